"""``ringback config``: what holds, who says so, and how to change it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ringback.app.commands import run
from ringback.app.commands.options import fail, home_option, json_option, place
from ringback.app.configuration import ConfigurationError, change, changed, effective, key_of, load
from ringback.app.home import CannotStartError, Home
from ringback.tools.terminal import printable


@click.command("config")
@home_option()
@json_option
@click.argument("action", type=click.Choice(["list", "get", "set", "unset"]), default="list", required=False)
@click.argument("key", required=False)
@click.argument("values", nargs=-1)
def command(home: Path | None, as_json: bool, action: str, key: str | None, values: tuple[str, ...]) -> None:
    """Print what an engine on this home would be told, and by whom; or change its file.

    list shows every key with its value and origin: default, the file, a variable. get KEY prints one value,
    set KEY VALUE... and unset KEY change the file ringback.toml of the home; a running engine takes it when
    it is started again. Each key is also an option of run and a variable RINGBACK_KEY.

    What run would refuse (two keys that do not fit together, an address that others could listen in on) is
    not set, and list says it.

    Exit codes: 0, 1 the file cannot be used or run would refuse it, 2 wrong use.
    """
    if (key is None) != (action == "list"):
        raise click.UsageError("list takes no KEY" if key else f"{action} needs a KEY")
    if bool(values) != (action == "set"):
        raise click.UsageError("set needs a VALUE" if action == "set" else f"{action} takes no VALUE")
    house = Home(place(home))
    try:
        wanted = None if key is None else key_of(key)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    try:
        if wanted is not None and action in ("set", "unset"):
            load(house.configuration)
            value = wanted.typed(values) if action == "set" else None
            text = changed(house.configuration, wanted.name, value)
            refused = _refusal(house.path, text)
            # Who repairs a file may do it step by step.
            if refused and refused != _refusal(house.path):
                fail(f"not {action}, run would refuse it: {refused}")
            house.make()
            change(house.configuration, wanted.name, value)
            return
        context = run.intended(house.path)
        found = {each.key.name: each for each in effective(context, house.configuration)}
    except CannotStartError as error:
        fail(error)
    except ValueError as error:
        raise click.BadParameter(f"{key}: {error}") from None
    except OSError as error:
        fail(f"{error.filename or house.configuration}: {error.strerror}")
    if wanted is not None:
        click.echo(_shown(found[wanted.name].value, as_json))
    elif as_json:
        every = {name: {"value": _plain(each.value), "origin": each.origin} for name, each in found.items()}
        click.echo(json.dumps(every, indent=2))
    else:
        for name, each in found.items():
            click.echo(printable(f"{name:<12} {_shown(each.value, as_json=True):<24} {each.origin}"))
    if wanted is None and (refused := run.refusal(context)):
        fail(f"run would refuse this: {refused}")


def _refusal(home: Path, text: str | None = None) -> str | None:
    try:
        return run.refusal(run.intended(home, text))
    except click.UsageError:
        return None  # of the environment, not of the file


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _shown(value: Any, as_json: bool) -> str:
    plain = _plain(value)
    if as_json or isinstance(plain, bool):
        return json.dumps(plain, ensure_ascii=False)
    if isinstance(plain, list):
        return "\n".join(map(str, plain))
    return "" if plain is None else str(plain)
