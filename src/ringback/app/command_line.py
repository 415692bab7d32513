"""The command ``ringback`` (design §3)."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
import time
from importlib import resources
from pathlib import Path

import click

from ringback import __version__
from ringback.app.bootstrap import Daemon, ExplicitWayError, Options
from ringback.app.clock import FastLoop
from ringback.app.home import Home, HomeBusyError, default_home
from ringback.app.logs import to_standard_error
from ringback.ports.store import StoreError
from ringback.tools.attach import Attached, DBusProgram, Heard, UnixProgram

#: Exit codes of ``send``: an answer was an ERROR; no engine there; the engine refused us.
FAILED, NO_ENGINE, REFUSED = 1, 3, 4


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Ringback answers the Skype Desktop API."""


def _accounts(names: tuple[str, ...]) -> tuple[str, ...]:
    return names or ("me",)


def _bus(text: str) -> tuple[str, str]:
    """``[ACCOUNT=]ADDRESS``: what stands before the first ``=`` is an account only without a colon."""
    head, mark, tail = text.partition("=")
    return (head, tail) if mark and ":" not in head else ("", text)


@main.command()
@click.option("--account", "accounts", multiple=True, help="An account to run; may be repeated.")
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Data directory.")
@click.option("--unix/--no-unix", default=True, help="Listen on the Unix socket.")
@click.option(
    "--dbus", "buses", multiple=True, metavar="[ACCOUNT=]ADDRESS", help="session, system or a bus address."
)
@click.option("--no-dbus", is_flag=True, help="Stay off D-Bus.")
@click.option("--tour", is_flag=True, help="Attach to itself, call echo123 and show what happens.")
@click.option("--exit", "leave", is_flag=True, help="With --tour: end after it.")
@click.option("--verbose", is_flag=True, help="Log more.")
@click.option("--speed", type=click.FloatRange(0, 100, min_open=True), default=1.0, hidden=True)
def run(
    accounts: tuple[str, ...],
    home: Path | None,
    unix: bool,
    buses: tuple[str, ...],
    no_dbus: bool,
    tour: bool,
    leave: bool,
    verbose: bool,
    speed: float,
) -> None:
    """Run accounts in the foreground until interrupted."""
    if no_dbus and buses:
        raise click.UsageError("--dbus and --no-dbus exclude each other")
    if tour and not unix:
        raise click.UsageError("--tour attaches over the Unix socket")
    to_standard_error(verbose)
    options = Options(
        home=home or default_home(),
        accounts=_accounts(accounts),
        unix=unix,
        buses=None if no_dbus else tuple(_bus(text) for text in buses),
        speed=speed,
    )
    loops = None if speed == 1 else functools.partial(FastLoop, speed)  # docs/adr/0010-fast-clock.md
    with asyncio.Runner(loop_factory=loops) as runner:
        sys.exit(runner.run(_run(options, tour, leave)))


async def _run(options: Options, tour: bool, leave: bool) -> int:
    daemon = Daemon(options)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        await daemon.start()
    except (HomeBusyError, StoreError, OSError, ExplicitWayError) as error:
        click.echo(f"ringback: {error}", err=True)
        return 1
    for warning in daemon.warnings:
        click.echo(f"warning: {warning}", err=True)
    for line in daemon.listening:
        click.echo(line)
    click.echo("ready")
    code = 0
    if tour:
        touring = asyncio.ensure_future(_tour(options))
        ending = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({touring, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if touring.done():
            code = 0 if touring.result() else 1
        else:
            touring.cancel()
        if leave:
            stopping.set()
        elif not stopping.is_set():
            click.echo("serving; end with Ctrl-C")
    await stopping.wait()
    await daemon.stop()
    return code


async def _tour(options: Options) -> bool:
    from ringback.tools.tour import tour  # noqa: PLC0415 - only the tour needs it

    home = Home(options.home)
    account = options.accounts[0]
    folder = home.account(account)
    with resources.as_file(resources.files("ringback.media").joinpath("prompts/sample.wav")) as sample:
        return await tour(
            home.socket(account),
            sample,
            folder / "tour.wav",
            click.echo,
            time.monotonic,  # noqa: TID251 - for the time column only
        )


async def _attach(account: str, home: Path | None, via: str, bus: str, heard: Heard) -> Attached:
    if via == "dbus":
        return await DBusProgram.attach(bus, heard)
    return await UnixProgram.attach(Home(home or default_home()).socket(account), heard)


async def _greet(program: Attached, name: str, protocol: int) -> bool:
    if await program.ask(f"NAME {name}") != "OK":
        return False
    await program.ask(f"PROTOCOL {protocol}")
    return True


@main.command()
@click.option("--account", default="me", help="The account to attach to.")
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Data directory.")
@click.option("--via", type=click.Choice(["unix", "dbus"]), default="unix", help="The way in.")
@click.option("--bus", default="session", help="With --via dbus: session or a bus address.")
@click.option("--protocol", type=int, default=8, help="Protocol version to ask for.")
@click.option("--name", default="ringback-send", help="Name to attach under.")
@click.option("--wait", type=float, default=0.0, help="Seconds to go on printing notifications.")
@click.argument("commands", nargs=-1, required=True)
def send(
    account: str,
    home: Path | None,
    via: str,
    bus: str,
    protocol: int,
    name: str,
    wait: float,
    commands: tuple[str, ...],
) -> None:
    """Send commands and print their answers.

    Exit codes: 0 all answered, 1 an answer was an ERROR, 2 wrong use, 3 no engine, 4 refused.
    """

    async def talk() -> int:
        code = 0
        program = await _attach(account, home, via, bus, click.echo)
        try:
            if not await _greet(program, name, protocol):
                return REFUSED
            for command in commands:
                answer = await program.ask(command)
                click.echo(answer)
                if answer.startswith("ERROR "):
                    code = FAILED
            if wait:
                await asyncio.sleep(wait)
        finally:
            await program.close()
        return code

    try:
        sys.exit(asyncio.run(talk()))
    except (OSError, ConnectionError) as error:
        click.echo(f"ringback: no engine there ({error}); start one with 'ringback run'", err=True)
        sys.exit(NO_ENGINE)


@main.command()
@click.option("--account", default="me", help="The account to attach to.")
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Data directory.")
@click.option("--via", type=click.Choice(["unix", "dbus"]), default="unix", help="The way in.")
@click.option("--bus", default="session", help="With --via dbus: session or a bus address.")
@click.option("--protocol", type=int, default=8, help="Protocol version to ask for.")
@click.option("--name", default="ringback-trace", help="Name to attach under.")
def trace(account: str, home: Path | None, via: str, bus: str, protocol: int, name: str) -> None:
    """Talk to the engine and watch what it says (.help COMMAND, .save FILE, .quit)."""
    from ringback.tools.tracer import Tracer  # noqa: PLC0415 - brings the prompt library

    async def talk() -> int:
        tracer = Tracer(sys.stdin.isatty())
        program = await _attach(account, home, via, bus, tracer.heard)
        try:
            if not await _greet(program, name, protocol):
                click.echo("ringback: refused", err=True)
                return REFUSED
            await tracer.talk(program)
        finally:
            await program.close()
        return 0

    try:
        sys.exit(asyncio.run(talk()))
    except (OSError, ConnectionError) as error:
        click.echo(f"ringback: no engine there ({error}); start one with 'ringback run'", err=True)
        sys.exit(NO_ENGINE)


@main.command()
@click.option("--html", is_flag=True, help="As a page instead of text.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def reference(html: bool, as_json: bool) -> None:
    """Print the documentation of every command, property, value and error."""
    from ringback.tools import make_reference  # noqa: PLC0415 - not needed to run

    if as_json:
        click.echo(make_reference.as_json())
    else:
        click.echo(make_reference.html() if html else make_reference.text())


@main.command()
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Data directory.")
def doctor(home: Path | None) -> None:
    """Tell what works here and what to do about the rest."""
    place = home or default_home()
    problems = 0

    def tell(good: bool, what: str, remedy: str = "") -> None:
        nonlocal problems
        problems += not good
        click.echo(f"{'ok ' if good else 'NO '} {what}" + (f": {remedy}" if not good and remedy else ""))

    parent = next(folder for folder in (place, *place.parents) if folder.exists())
    tell(os.access(parent, os.W_OK), f"home {place}", "not writable; give --home or set RINGBACK_HOME")
    if place.exists():
        tell(place.stat().st_mode & 0o077 == 0, "home is private", f"chmod 700 {place}")
    bus = os.environ.get("DBUS_SESSION_BUS_ADDRESS")
    tell(bool(bus), "session bus", "start the engine inside a session, or with dbus-run-session")
    tell(True, "sound: WAV files and TCP ports; no sound card is used yet")
    tell(True, "network: embedded")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
