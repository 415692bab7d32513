"""``ringback detach``: end one program's session."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.app.commands.options import asked, home_option


@click.command("detach")
@home_option()
@click.option("--account", default="me", help="The account that it is attached to.")
@click.argument("session", type=click.IntRange(1))
def command(home: Path | None, account: str, session: int) -> None:
    """Detach a program; SESSION is its number in ``ringback status``. It may come again.

    To keep it out, deny it: ``ringback access deny NAME``. Exit codes: 0, 1 there is none, 3 no engine.
    """
    asked(home, "detach", account=account, session=session)
