"""``ringback print``: files for the programs around it."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.app.commands.options import PATH
from ringback.app.surroundings import FILES


@click.command("print")
@click.option("--home", type=PATH, help="The data directory that the file shall name.")
@click.argument("what", type=click.Choice(list(FILES)))
def command(home: Path | None, what: str) -> None:
    """Print a file that another program needs; where it belongs stands in its first lines.

    systemd-unit starts the engine with your session, dbus-policy lets it onto the system bus, desktop-entry
    has it open skype: links.
    """
    click.echo(FILES[what](home), nl=False)
