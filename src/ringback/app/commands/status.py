"""``ringback status``: who is attached to the running engine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ringback.app.commands.options import asked, home_option, json_option
from ringback.app.status import shown
from ringback.tools.terminal import printable


@click.command("status")
@home_option()
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Tell what the running engine listens on and who is attached: by which way, protocol, what is unread.

    Exit codes: 0, 3 no engine.
    """
    told = asked(home, "status")
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for line in shown(told):
        click.echo(printable(line))
