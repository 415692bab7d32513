"""`python -m fuzz TARGET|all [libFuzzer options]`: fuzz with coverage of the whole package as the guide.

Without options it runs until something is found; the input is then written to build/fuzz/. New inputs are
collected in build/fuzz/TARGET. The dictionary comes from the declarations.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "fuzz"


def fuzz(name: str, options: list[str]) -> None:
    """Does not return: libFuzzer ends the process. Status 0 = nothing found."""
    with atheris.instrument_imports(include=["ringback"]):
        from fuzz.targets import TARGETS
        from fuzz.words import dictionary
    logging.disable(logging.CRITICAL)
    files = BUILD / "files" / str(os.getpid())
    files.mkdir(parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, files, ignore_errors=True)
    target = TARGETS[name](files)
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    words = folder.with_suffix(".dict")
    words.write_text(dictionary())
    given = [f"-dict={words}", "-timeout=10", f"-artifact_prefix={BUILD}/{name}-", *options]
    if not any(not option.startswith("-") for option in options):
        given += [str(folder), str(HERE / "corpus" / name)]
    atheris.Setup([name, *given], target)
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """All targets one after the other, or one of them."""
    names = [entry.name for entry in sorted((HERE / "corpus").iterdir())]
    if arguments[:1] and arguments[0] in names:
        fuzz(arguments[0], arguments[1:])
    asked = arguments[1:] if arguments[:1] == ["all"] else arguments
    for name in names:
        done = subprocess.run(
            [sys.executable, "-m", "fuzz", name, *(asked or ["-max_total_time=600"])], env=os.environ
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
