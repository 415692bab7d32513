"""``ringback detach``: end one program's session."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.app.commands.options import account_option, asked, home_option, usual_account


@click.command("detach")
@home_option()
@account_option
@click.argument("session", type=click.IntRange(1))
def command(home: Path | None, account: str | None, session: int) -> None:
    """Detach a program; SESSION is its number in ``ringback status``. It may come again.

    To keep it out, deny it: ``ringback access deny NAME``. Exit codes: 0, 1 there is none, 3 no engine.
    """
    asked(home, "detach", account=account or usual_account(home), session=session)
