"""What several commands have in common: options, and questions to the running engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

import click

from ringback.app import control
from ringback.app.exits import Exit
from ringback.app.home import Home, default_home

Function: TypeAlias = Callable[..., None]
PATH: Final = click.Path(path_type=Path)


def home_option(**more: Any) -> Callable[[Function], Function]:
    """Where the data is; see ``place``. ``more``: as click knows it."""
    return click.option(
        "--home", type=PATH, envvar="RINGBACK_HOME", help="Data directory (or RINGBACK_HOME).", **more
    )


def json_option(command: Function) -> Function:
    """Given as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="For machines.")(command)


def place(home: Path | None) -> Path:
    """The data directory that was named, or the default."""
    return (home or default_home()).absolute()


def fail(reason: object, code: Exit = Exit.FAILED) -> NoReturn:
    """End with a message."""
    click.echo(f"ringback: {reason}", err=True)
    sys.exit(code)


def asked(home: Path | None, do: str, **more: Any) -> Any:
    """What the engine that runs on this home answers; without one the command ends."""
    try:
        return control.ask(Home(place(home)).control, do, **more)
    except control.ControlError as error:
        fail(error)
    except control.NoEngineError as error:
        fail(f"{error}; start one with 'ringback run'", Exit.NO_ENGINE)
    except OSError as error:
        fail(f"the engine does not answer: {error.strerror or error}", Exit.NO_ENGINE)


def account_option(command: Function) -> Function:
    """Given as ``account``; None if nobody says, see ``usual_account``."""
    return click.option(
        "--account",
        envvar="RINGBACK_ACCOUNT",
        help="The account; without it the only one of the home, or me.",
    )(command)


def usual_account(home: Path | None) -> str:
    """The account that is meant when none is named."""
    accounts = Home(place(home)).accounts()
    return accounts[0] if len(accounts) == 1 else "me"
