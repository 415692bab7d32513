"""``ringback access``: who may attach."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from ringback.app import control
from ringback.app.commands.options import PATH, fail, home_option, json_option, place
from ringback.app.consent import Consent
from ringback.app.home import CannotStartError, Home
from ringback.session.access import LONGEST_NAME, Rule, Verdict, folded
from ringback.tools.terminal import counted, printable

_T = TypeVar("_T")
_DECIDED: Final = {Verdict.ALLOW: "allowed", Verdict.DENY: "denied", Verdict.ASK: "to be asked about"}


class _User(click.ParamType[int]):
    """A user's id or name, or ``any``; gives -1 for any."""

    name = "user"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if value == "any":
            return -1
        if str(value).isdecimal():
            return int(value)
        try:
            return pwd.getpwnam(value).pw_uid
        except KeyError:
            self.fail(f"there is no user {value!r}", param, ctx)


@click.command("access")
@home_option()
@json_option
@click.option("--user", type=_User(), metavar="ID|NAME|any", help="Only programs of this user.")
@click.option("--executable", type=PATH, help="Only programs that run this file.")
@click.argument(
    "action", type=click.Choice(["list", "allow", "deny", "ask", "forget"]), default="list", required=False
)
@click.argument("name", required=False)
def command(
    home: Path | None,
    as_json: bool,
    user: int | None,
    executable: Path | None,
    action: str,
    name: str | None,
) -> None:
    """Decide who may attach; NAME is what a program calls itself, '*' means every program.

    Without a decision programs of your own user come in and those that show the token; everybody else is
    refused with ERROR 68 until allowed. ``allow`` is about your own user if nothing else is said, ``deny``
    and ``ask`` about all. Those that may not be attached any more are detached; ``ask`` refuses until there
    is somebody to ask. Works whether an engine runs or not.

    Exit codes: 0, 1 could not be kept, 2 wrong use.
    """
    if (name is None) != (action == "list"):
        raise click.UsageError("list takes no NAME" if name else f"{action} needs a NAME")
    if name is not None and not 0 < len(name) <= LONGEST_NAME:
        raise click.BadParameter("no program has such a name", param_hint="NAME")
    if action in ("list", "forget") and (user is not None or executable is not None):
        raise click.UsageError(f"{action} takes no --user and no --executable")
    consents = Home(place(home))
    if action == "list" or name is None:
        told = _either(consents, lambda consent: consent.listed(), "access")
        click.echo(json.dumps(told, indent=2) if as_json else printable("\n".join(_listed(told))))
        return
    if action == "forget":
        gone = _either(consents, lambda consent: consent.forget(name), "forget", program=name)
        click.echo(f"{counted(gone, 'decision')} about {name!r} forgotten")
        return
    verdict = Verdict(action)
    if user is None:
        user = os.getuid() if verdict is Verdict.ALLOW else -1
    path = None if executable is None else _executable(executable)
    if folded(name) == "ringback":
        names = ", ".join(f"ringback-{tool}" for tool in ("send", "trace", "open"))
        click.echo(f"note: the commands of ringback call themselves {names}", err=True)
    rule = Rule(name, verdict, None if user < 0 else user, path)
    detached = _either(consents, lambda consent: consent.decide(rule), "decide", **rule.data())
    click.echo(f"{_described(rule)} {_DECIDED[verdict]}")
    if detached:
        click.echo(f"{detached} detached")


def _executable(path: Path) -> str:
    """As the system tells it of a process: whole, and without links."""
    try:
        return str(path.resolve(strict=True))
    except OSError:
        if not path.is_absolute():
            raise click.BadParameter(
                f"there is no file {path.absolute()}", param_hint="--executable"
            ) from None
    click.echo(f"note: there is no file {path} at the moment", err=True)
    return str(path.resolve())


def _either(home: Home, alone: Callable[[Consent], _T], do: str, **more: Any) -> _T | Any:
    """Have the running engine do it, or do it on the files of the home if none runs."""
    try:
        return control.ask(home.control, do, **more)
    except control.NoEngineError:
        pass
    except (control.ControlError, OSError) as error:
        fail(error)
    consent = Consent(home.access, lambda _text: None)
    try:
        if do != "access":
            home.lock()
        consent.load()
        return alone(consent)
    except CannotStartError as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename or home.path}: {error.strerror or error}")


def _described(rule: Rule) -> str:
    who = [] if rule.user is None else [f"user {rule.user}"]
    who += [] if rule.executable is None else [rule.executable]
    return repr(rule.program) + (f" ({', '.join(who)})" if who else " (any user)")


def _listed(told: dict[str, Any]) -> list[str]:
    lines = [f"{rule.verdict.value:<5} {_described(rule)}" for rule in map(Rule.read, told["rules"])]
    for asked in told["asked"]:
        times = counted(asked["times"], "time")
        lines.append(f"asked {asked['program']!r} ({asked['peer']}), {times}; to let it in:")
        lines.append(f"      {asked['command']}")
    return lines or [f"nothing is decided; programs of user {os.getuid()} may attach, others may not"]
