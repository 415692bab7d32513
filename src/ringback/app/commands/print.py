"""``ringback print``: files for the programs around it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ringback.app.commands.options import home_option
from ringback.app.home import default_home
from ringback.app.surroundings import FILES


@click.command("print")
@home_option()
@click.argument("what", type=click.Choice(list(FILES)))
def command(home: Path | None, what: str) -> None:
    """Print a file that another program needs; where it belongs stands in its first lines.

    systemd-unit starts the engine with your session, dbus-policy lets it onto the system bus, desktop-entry
    has it open skype: links. They name the data directory, if it is not the usual one here.
    """
    if home is None and os.environ.get("XDG_DATA_HOME"):
        # A shell's variable; a service need not have it.
        home = default_home()
    click.echo(FILES[what](home), nl=False)
