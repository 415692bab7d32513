"""``ringback accounts``: who lives in a home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ringback.app import control
from ringback.app.commands.options import asked, fail, home_option, json_option, place
from ringback.app.configuration import ConfigurationError, Handle, load
from ringback.app.home import Home
from ringback.domain.handles import canonical
from ringback.tools.terminal import counted, printable


@click.command("accounts")
@home_option()
@json_option
@click.argument("action", type=click.Choice(["list", "add", "sign-in"]), default="list", required=False)
@click.argument("name", type=Handle(), required=False)
def command(home: Path | None, as_json: bool, action: str, name: str | None) -> None:
    """List the accounts of the home and which of them run; or have the running engine take in one more.

    ``add NAME`` makes the account if it is new. What the engine runs when it is started again is told by
    ``ringback config``. ``sign-in NAME`` brings back an account whose user has signed out.

    Exit codes: 0, 1 it could not be done, 2 wrong use, 3 no engine to do it.
    """
    if (name is None) != (action == "list"):
        raise click.UsageError("list takes no NAME" if name else f"{action} needs a NAME")
    house = Home(place(home))
    if name is None:
        found = _all(house)
        if as_json:
            click.echo(json.dumps(found, indent=2))
            return
        for account in found:
            click.echo(printable(f"{account['account']}  {_how(account)}"))
        return
    if action == "sign-in":
        asked(home, "sign-in", account=name)
        return
    for line in asked(home, "add", account=name):
        click.echo(line)
    try:
        listed = load(house.configuration).get("accounts", ())
    except ConfigurationError as error:
        fail(error)
    if listed and canonical(name) not in map(canonical, listed):
        names = " ".join((*listed, name))
        click.echo(f"to have it run at the next start, too: ringback config set accounts {names}", err=True)


def _all(house: Home) -> list[dict[str, Any]]:
    try:
        running = {
            account["account"]: (len(account["programs"]), account["signed_in"])
            for account in control.ask(house.control, "status")["accounts"]
        }
    except (control.NoEngineError, control.ControlError, OSError):
        running = {}
    found = []
    for handle in sorted({*house.accounts(), *running}):
        programs, signed_in = running.get(handle, (0, False))
        runs = handle in running
        found.append({"account": handle, "running": runs, "signed_in": signed_in, "programs": programs})
    return found


def _how(account: dict[str, Any]) -> str:
    if not account["running"]:
        return "does not run"
    if not account["signed_in"]:
        return "runs, signed out"
    return f"runs, {counted(account['programs'], 'program')}"
