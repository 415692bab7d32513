"""The command ``ringback`` (design §3)."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

import click

from ringback import __version__
from ringback.app.bootstrap import Daemon, ExplicitWayError, Options
from ringback.app.clock import FastLoop
from ringback.app.home import Home, HomeBusyError, default_home
from ringback.app.logs import to_standard_error
from ringback.app.memory import give_back_large_blocks
from ringback.domain.handles import canonical, is_well_formed
from ringback.ports.store import StoreError
from ringback.tools.attach import Attached, DBusProgram, Heard, UnixProgram
from ringback.tools.terminal import Look, Output, printable

#: Exit codes of ``send`` and ``trace``: an answer was an ERROR; no engine there; the engine refused us.
FAILED, NO_ENGINE, REFUSED = 1, 3, 4
#: As shells say it: ended by a signal, by a reader that left.
INTERRUPTED, TERMINATED, PIPE_CLOSED = 130, 143, 141

_Command: TypeAlias = Callable[..., None]
_PATH: Final = click.Path(path_type=Path)


def _home_option(command: _Command) -> _Command:
    return click.option(
        "--home", type=_PATH, envvar="RINGBACK_HOME", help="Data directory (or RINGBACK_HOME)."
    )(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Ringback answers the Skype Desktop API."""


def _place(home: Path | None) -> Path:
    return (home or default_home()).absolute()


def _accounts(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not is_well_formed(name):
            raise click.BadParameter(f"{name!r} cannot be the name of an account", param_hint="--account")
    if len({canonical(name) for name in names}) < len(names):
        raise click.BadParameter("an account is named twice", param_hint="--account")
    return names or ("me",)


def _bus(text: str) -> tuple[str, str]:
    """``[ACCOUNT=]ADDRESS``: what stands before the first ``=`` is an account only without a colon."""
    head, mark, tail = text.partition("=")
    return (head, tail) if mark and ":" not in head else ("", text)


@main.command()
@click.option("--account", "accounts", multiple=True, help="An account to run; may be repeated.")
@click.option(
    "--network", type=click.Choice(["embedded"]), default="embedded", help="The network of new accounts."
)
@_home_option
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
    network: str,
    home: Path | None,
    unix: bool,
    buses: tuple[str, ...],
    no_dbus: bool,
    tour: bool,
    leave: bool,
    verbose: bool,
    speed: float,
) -> None:
    """Run accounts in the foreground until interrupted.

    Exit codes: 0 ended as asked, 1 could not start (the home is in use, a database is damaged or from a newer
    program, a bus asked for is not there; the message says which and what to do) or the tour failed,
    2 wrong use.
    """
    if no_dbus and buses:
        raise click.UsageError("--dbus and --no-dbus exclude each other")
    if tour and not unix:
        raise click.UsageError("--tour attaches over the Unix socket")
    if leave and not tour:
        raise click.UsageError("--exit needs --tour")
    to_standard_error(verbose)
    give_back_large_blocks()
    options = Options(
        home=_place(home),
        accounts=_accounts(accounts),
        unix=unix,
        buses=None if no_dbus else tuple(_bus(text) for text in buses),
        speed=speed,
    )
    loops = None if speed == 1 else functools.partial(FastLoop, speed)  # docs/adr/0010-fast-clock.md
    with asyncio.Runner(loop_factory=loops) as runner:
        sys.exit(runner.run(_run(options, tour, leave)))


async def _run(options: Options, tour: bool, leave: bool) -> int:
    # Who waits for "ready" may close the pipe then; that is no reason to end.
    output = Output()
    daemon = Daemon(options)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        await daemon.start()
    except (HomeBusyError, StoreError, OSError, ExplicitWayError) as error:
        await daemon.stop()
        click.echo(f"ringback: {_reason(error, options.home)}", err=True)
        return 1
    for warning in daemon.warnings:
        click.echo(f"warning: {warning}", err=True)
    for line in daemon.listening:
        output.say(line)
    output.say("ready")
    code = 0
    if tour:
        touring = asyncio.ensure_future(_tour(options, output))
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
            output.say("serving; end with Ctrl-C")
    await stopping.wait()
    await daemon.stop()
    return code


def _reason(error: Exception, home: Path) -> str:
    if isinstance(error, OSError):
        what = error.filename or home
        return f"cannot use {what}: {error.strerror or error}. Give another --home, or set RINGBACK_HOME."
    return str(error)


async def _tour(options: Options, output: Output) -> bool:
    from ringback.tools.tour import tour  # noqa: PLC0415 - only the tour needs it

    home = Home(options.home)
    account = options.accounts[0]
    folder = home.account(account)
    with resources.as_file(resources.files("ringback.media").joinpath("prompts/sample.wav")) as sample:
        return await tour(
            home.socket(account),
            sample,
            folder / "tour.wav",
            output.say,
            time.monotonic,  # noqa: TID251 - for the time column only
            Look.of(sys.stdout),
        )


def _attaching(name: str) -> Callable[[_Command], _Command]:
    """The options of commands that attach to a running engine."""
    options = (
        click.option("--account", default="me", help="The account to attach to."),
        _home_option,
        click.option("--via", type=click.Choice(["unix", "dbus"]), default="unix", help="The way in."),
        click.option("--bus", default="session", help="With --via dbus: session, system or a bus address."),
        click.option("--protocol", type=click.IntRange(1), default=8, help="Protocol version to ask for."),
        click.option("--name", default=name, help="Name to attach under."),
    )

    def add(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


async def _attach(account: str, home: Path | None, via: str, bus: str, heard: Heard) -> Attached:
    if via == "dbus":
        return await DBusProgram.attach(bus, heard)
    return await UnixProgram.attach(Home(_place(home)).folder(account) / "api.sock", heard)


async def _greet(program: Attached, name: str, protocol: int) -> bool:
    answer = await program.ask(f"NAME {name}")
    if answer != "OK":
        click.echo(f"ringback: refused ({answer})", err=True)
        return False
    await program.ask(f"PROTOCOL {protocol}")
    return True


def _end_with(talk: Callable[[Output], Coroutine[Any, Any, int]]) -> NoReturn:
    """Run a conversation with an engine; whatever ends it becomes a message and an exit code."""
    output = Output()
    code = 0

    async def guarded() -> int:
        nonlocal code
        task = asyncio.current_task()
        assert task is not None

        def end(with_code: int) -> None:
            nonlocal code
            code = with_code
            task.cancel()

        loop = asyncio.get_running_loop()
        for number, says in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)):
            loop.add_signal_handler(number, end, says)
        output.left = lambda: end(PIPE_CLOSED)
        return await talk(output)

    try:
        code = asyncio.run(guarded())
    except asyncio.CancelledError:
        pass
    except OSError as error:
        reason = error.strerror or error
        click.echo(f"ringback: no engine there ({reason}); start one with 'ringback run'", err=True)
        code = NO_ENGINE
    sys.exit(code)


@main.command()
@_attaching("ringback-send")
@click.option(
    "--wait", type=click.FloatRange(0), default=0.0, help="Seconds to go on printing notifications."
)
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
    # A pipe gets every byte; on a terminal nothing may steer it.
    shown = printable if sys.stdout.isatty() else str

    async def talk(output: Output) -> int:
        code = 0
        program = await _attach(account, home, via, bus, lambda text: output.say(shown(text)))
        try:
            if not await _greet(program, name, protocol):
                return REFUSED
            for command in commands:
                answer = await program.ask(command)
                output.say(shown(answer))
                if answer.startswith("ERROR "):
                    code = FAILED
            if wait:
                await asyncio.sleep(wait)
        finally:
            await program.close()
        return code

    _end_with(talk)


@main.command()
@_attaching("ringback-trace")
def trace(account: str, home: Path | None, via: str, bus: str, protocol: int, name: str) -> None:
    """Talk to the engine and watch what it says (.help COMMAND, .save FILE, .wait SECONDS, .quit).

    Without a terminal: commands from standard input, one a line. Exit codes: 0 end of input, 2 wrong use,
    3 no engine, or it left, 4 refused.
    """
    from ringback.tools.tracer import Tracer, history  # noqa: PLC0415 - brings the prompt library

    terminal = sys.stdin.isatty() and sys.stdout.isatty()

    async def talk(output: Output) -> int:
        past = partial(history, _place(home))
        tracer = Tracer(terminal, Look.of(sys.stdout), output.say, past)
        program = await _attach(account, home, via, bus, tracer.heard)
        try:
            if not await _greet(program, name, protocol):
                return REFUSED
            await tracer.talk(program)
        finally:
            await program.close()
        return 0

    _end_with(talk)


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
@_home_option
@click.option("--dbus", "buses", multiple=True, metavar="ADDRESS", help="A bus to look at, too.")
def doctor(home: Path | None, buses: tuple[str, ...]) -> None:
    """Tell what works here and what to do about the rest; exit code 1 if something does not work."""
    from ringback.app.doctor import examine  # noqa: PLC0415 - not needed to run

    sys.exit(1 if asyncio.run(examine(_place(home), buses, os.environ, click.echo)) else 0)


if __name__ == "__main__":
    main()
