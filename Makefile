# Every target makes what it needs by itself; `make run` and `make test` are the two to know.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.made
SYSTEM := .venv/.system
ARGS ?=
PARALLEL := -n 2 --dist worksteal
PYTEST := $(BIN)/python -m pytest

.PHONY: setup run trace test test-all check fix fuzz bench ledger generate docs clean

setup: $(STAMP)

# What tests need of the system. As root it is installed; otherwise the command to type is shown.
$(STAMP): pyproject.toml requirements/dev.txt tools/system_packages.sh
	@sh tools/system_packages.sh
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@echo "making .venv (once)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: $(STAMP)
	@$(BIN)/ringback run --tour $(ARGS)

trace: $(STAMP)
	@$(BIN)/ringback trace $(ARGS)

# A whole run also shows that the ledger's page claims no more than is true.
test: $(STAMP)
	@mkdir -p build && rm -f build/evidence.json*
	@RINGBACK_LEDGER=build/evidence.json $(PYTEST) -m "not slow" $(if $(ARGS),$(ARGS),$(PARALLEL))
	@test -n "$(ARGS)" || $(BIN)/python tools/ledger.py build/evidence.json docs/reference/ledger.md --check

test-all: $(STAMP)
	@$(PYTEST) $(if $(ARGS),$(ARGS),$(PARALLEL))

check: $(STAMP)
	@$(BIN)/ruff format --check --quiet src tests bench tools
	@$(BIN)/ruff check --quiet src tests bench tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/make_corpus.py --check
	@$(BIN)/python tools/check_generated.py
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

docs: generate

clean:
	rm -rf .venv build
