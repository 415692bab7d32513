"""``ringback doctor``: what works here."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from ringback.app.commands.options import home_option, place
from ringback.app.doctor import examine
from ringback.app.exits import Exit


@click.command("doctor")
@home_option()
@click.option("--dbus", "buses", multiple=True, metavar="ADDRESS", help="A bus to look at, too.")
def command(home: Path | None, buses: tuple[str, ...]) -> None:
    """Tell what works here and what to do about the rest; exit code 1 if something does not work."""
    troubles = asyncio.run(examine(place(home), buses, os.environ, click.echo))
    sys.exit(Exit.FAILED if troubles else Exit.OK)
