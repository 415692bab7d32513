"""``ringback restore``: a home out of one file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ringback.app.archive import ArchiveError, restore
from ringback.app.commands.backup import shown
from ringback.app.commands.options import PATH, fail, home_option, place
from ringback.app.home import CannotStartError, Home, HomeBusyError


@click.command("restore")
@home_option()
@click.option(
    "--replace", is_flag=True, help="Also into a home that is in use; what is in it is kept beside."
)
@click.argument("file", type=PATH)
def command(home: Path | None, replace: bool, file: Path) -> None:
    """Put what ``ringback backup`` saved into FILE back into the home.

    No engine may run on it. The archive is checked before anything is moved.

    Exit codes: 0, 1 it could not be done; then the home is as it was.
    """
    house = Home(place(home))
    os.umask(0o077)
    try:
        report = restore(house, file.absolute(), replace)
    except HomeBusyError:
        fail(f"an engine runs on {house.path} (process {house.owner()}); stop it first")
    except (ArchiveError, CannotStartError) as error:
        hint = "; --replace puts it aside" if str(error).startswith(f"{house.path} is in use") else ""
        fail(f"{error}{hint}")
    click.echo(f"{house.path}: {shown(report)}")
    if report.kept is not None:
        click.echo(f"what was there before is in {report.kept}")
