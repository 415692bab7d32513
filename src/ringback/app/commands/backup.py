"""``ringback backup``: the whole home in one file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ringback.app.archive import ArchiveError, Report, backup
from ringback.app.commands.options import PATH, fail, home_option, place
from ringback.app.home import Home


def shown(report: Report) -> str:
    """What was saved or put back, in words."""
    accounts = ", ".join(report.accounts) or "no accounts"
    return f"{accounts}: {report.files} files, {report.octets / 1e6:.1f} MB"


@click.command("backup")
@home_option()
@click.argument("file", type=PATH)
def command(home: Path | None, file: Path) -> None:
    """Save every account, the network's mailbox, settings, decisions and tokens into FILE, a tar archive.

    The engine may go on running: all databases are saved as of one moment. FILE must not be there yet, gets
    mode 0600 and is compressed if it ends in gz. It holds what only you may read.

    Exit codes: 0, 1 it could not be done.
    """
    os.umask(0o077)
    try:
        report = backup(Home(place(home)), file.absolute())
    except ArchiveError as error:
        fail(error)
    click.echo(f"{file}: {shown(report)}")
