"""``ringback doctor``: what works here."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from ringback.app.commands import run
from ringback.app.commands.options import home_option, place
from ringback.app.configuration import ConfigurationError, load
from ringback.app.doctor import Plan, examine
from ringback.app.exits import Exit
from ringback.app.home import Home


@click.command("doctor")
@home_option()
@click.option("--dbus", "buses", multiple=True, metavar="ADDRESS", help="A bus to look at, too.")
def command(home: Path | None, buses: tuple[str, ...]) -> None:
    """Tell what works here and what to do about the rest; exit code 1 if something does not work.

    What nobody has asked for and may be missing (a session bus, a sound card) is noted, and is no trouble.
    """
    path = place(home)
    troubles = asyncio.run(examine(path, buses, os.environ, click.echo, _plan(path)))
    sys.exit(Exit.FAILED if troubles else Exit.OK)


def _plan(path: Path) -> Plan:
    """What an engine on this home would be told."""
    try:
        load(Home(path).configuration)
        context = run.intended(path)
    except ConfigurationError:
        return Plan()  # the doctor looks at the file by itself
    except click.UsageError as error:
        return Plan(refusal=error.format_message())
    told = context.params
    addresses = tuple(address for _account, address in map(run.bus, told["dbus"]))
    return Plan(None if told["no_dbus"] else addresses, run.refusal(context))
