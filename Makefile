# Every target makes what it needs by itself; `make run` and `make test` are the two to know.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.made
ARGS ?=
PARALLEL := -n 2 --dist worksteal
PYTEST := $(BIN)/python -m pytest

.PHONY: setup run trace test test-all check fix fuzz bench ledger generate docs clean

setup: $(STAMP)

# What is needed of the system: as root it is installed, otherwise the command to type is shown. What only the
# tests need does not keep anybody from running.
$(STAMP): pyproject.toml requirements/dev.txt tools/system_packages.sh
	@sh tools/system_packages.sh run "$(PYTHON)"
	@sh tools/system_packages.sh test || echo "Without them 'make run' works and 'make test' does not."
	@echo "making .venv (once)"
	@$(or $(PYTHON),python3) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: $(STAMP)
	@$(BIN)/ringback run --tour $(ARGS)

trace: $(STAMP)
	@$(BIN)/ringback trace $(ARGS)

# A whole run also shows that the ledger's page is what it has shown; `make ledger` writes it.
test: $(STAMP)
	@sh tools/system_packages.sh test
	@mkdir -p build && rm -f build/evidence.json*
	@RINGBACK_LEDGER=build/evidence.json $(PYTEST) -m "not slow" $(if $(ARGS),$(ARGS),$(PARALLEL))
	@test -n "$(ARGS)" || $(BIN)/python tools/ledger.py build/evidence.json docs/reference/ledger.md --check

test-all: $(STAMP)
	@sh tools/system_packages.sh test
	@sh tools/system_packages.sh all
	@$(PYTEST) $(if $(ARGS),$(ARGS),$(PARALLEL))

check: $(STAMP)
	@$(BIN)/ruff format --check --quiet src tests bench tools
	@$(BIN)/ruff check --quiet src tests bench tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/make_corpus.py --check
	@$(BIN)/python tools/check_generated.py
	@$(BIN)/python tools/check_links.py
	@$(PYTEST) tests/unit tests/conformance tests/property

fix: $(STAMP)
	@$(BIN)/ruff format --quiet src tests bench tools
	@$(BIN)/ruff check --quiet --fix src tests bench tools

# make fuzz ARGS="dispatch -max_total_time=3600"; without ARGS ten minutes for each target.
fuzz: $(STAMP)
	@PYTHONPATH=tests:src $(BIN)/python -m fuzz $(ARGS)

bench: $(STAMP)
	@sh tools/system_packages.sh bench || true
	@$(BIN)/python -m bench $(ARGS)

ledger: $(STAMP)
	@mkdir -p build && rm -f build/evidence.json*
	@RINGBACK_LEDGER=build/evidence.json $(PYTEST) -m "not slow" -q $(PARALLEL) >build/ledger-tests.txt 2>&1 || { tail -n 20 build/ledger-tests.txt; exit 1; }
	@$(BIN)/python tools/ledger.py build/evidence.json docs/reference/ledger.md

generate: $(STAMP)
	@$(BIN)/python -m ringback.tools.make_reference docs/reference
	@$(BIN)/python -m ringback.tools.make_diagrams docs/reference
	@$(BIN)/python -m ringback.tools.make_networks docs/reference
	@$(BIN)/python tools/licences.py
	@$(BIN)/python tools/changelog.py

docs: generate

clean:
	rm -rf .venv build
