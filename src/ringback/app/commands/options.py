"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import click

from ringback.app.home import default_home

Function: TypeAlias = Callable[..., None]
PATH: Final = click.Path(path_type=Path)


def home_option(command: Function) -> Function:
    """Where the data is; see ``place``."""
    return click.option(
        "--home", type=PATH, envvar="RINGBACK_HOME", help="Data directory (or RINGBACK_HOME)."
    )(command)


def place(home: Path | None) -> Path:
    """The data directory that was named, or the default."""
    return (home or default_home()).absolute()
