"""``ringback run``: the engine in the foreground."""

from __future__ import annotations

import asyncio
import functools
import signal
import sys
import time
from importlib import resources
from pathlib import Path

import click

from ringback.app import logs
from ringback.app.bootstrap import Daemon, Options
from ringback.app.clock import FastLoop, SystemClock
from ringback.app.commands.options import PATH, fail, home_option, place
from ringback.app.exits import Exit
from ringback.app.home import CannotStartError, Home
from ringback.app.memory import give_back_large_blocks
from ringback.app.readiness import Manager
from ringback.domain.handles import canonical, is_well_formed
from ringback.ports.store import StoreError
from ringback.tools.terminal import Look, Output


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


@click.command("run")
@click.option("--account", "accounts", multiple=True, help="An account to run; may be repeated.")
@click.option(
    "--network", type=click.Choice(["embedded"]), default="embedded", help="The network of new accounts."
)
@home_option
@click.option("--unix/--no-unix", default=True, help="Listen on the Unix socket.")
@click.option(
    "--dbus", "buses", multiple=True, metavar="[ACCOUNT=]ADDRESS", help="session, system or a bus address."
)
@click.option("--no-dbus", is_flag=True, help="Stay off D-Bus.")
@click.option(
    "--sound/--no-sound",
    default=True,
    envvar="RINGBACK_SOUND",
    help="Use the machine's sound cards; without, calls have ports and files.",
)
@click.option("--tour", is_flag=True, help="Attach to itself, call echo123 and show what happens.")
@click.option("--exit", "leave", is_flag=True, help="With --tour: end after it.")
@click.option("--log", "log_file", type=PATH, help="Log into this file; SIGHUP opens it anew.")
@click.option("--log-level", type=click.Choice(logs.LEVELS), default="info", help="How much is logged.")
@click.option("--log-format", type=click.Choice(logs.FORMATS), default="text", help="One line or one object.")
@click.option("--verbose", "log_level", flag_value="debug", help="The same as --log-level debug.")
@click.option("--speed", type=click.FloatRange(0, 100, min_open=True), default=1.0, hidden=True)
def command(
    accounts: tuple[str, ...],
    network: str,
    home: Path | None,
    unix: bool,
    buses: tuple[str, ...],
    no_dbus: bool,
    sound: bool,
    tour: bool,
    leave: bool,
    log_file: Path | None,
    log_level: str,
    log_format: str,
    speed: float,
) -> None:
    """Run accounts in the foreground until interrupted.

    Exit codes: 0 ended as asked, 1 could not start (the home is in use, a database is damaged or from a newer
    program, a bus asked for is not there; the message says which and what to do) or the tour failed,
    2 wrong use, 70 a fault of ours. Only after the last a restart may help.
    """
    if no_dbus and buses:
        raise click.UsageError("--dbus and --no-dbus exclude each other")
    if tour and not unix:
        raise click.UsageError("--tour attaches over the Unix socket")
    if leave and not tour:
        raise click.UsageError("--exit needs --tour")
    try:
        log = logs.start(log_file, log_level, log_format)
    except OSError as error:
        fail(f"cannot log into {log_file}: {error.strerror}")
    give_back_large_blocks()
    options = Options(
        home=place(home),
        accounts=_accounts(accounts),
        unix=unix,
        buses=None if no_dbus else tuple(_bus(text) for text in buses),
        speed=speed,
        sound=sound,
    )
    loops = None if speed == 1 else functools.partial(FastLoop, speed)  # docs/adr/0010-fast-clock.md
    with asyncio.Runner(loop_factory=loops) as runner:
        sys.exit(runner.run(_run(options, log, tour, leave)))


async def _run(options: Options, log: logs.LogFile, tour: bool, leave: bool) -> int:
    # Who waits for "ready" may close the pipe then; that is no reason to end.
    output = Output()
    daemon = Daemon(options)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    manager = Manager()
    clock = SystemClock()
    serving = f"serving {', '.join(options.accounts)}"

    def reload() -> None:
        manager.reloading(clock)
        log.reopen()
        manager.ready(serving)

    loop.add_signal_handler(signal.SIGHUP, reload)
    loop.set_exception_handler(logs.of_loop)
    try:
        await daemon.start()
    except (CannotStartError, StoreError, OSError) as error:
        await daemon.stop()
        click.echo(f"ringback: {_reason(error, options.home)}", err=True)
        return Exit.FAILED
    for warning in daemon.warnings:
        click.echo(f"warning: {warning}", err=True)
    for line in daemon.listening:
        output.say(line)
    output.say("ready")
    manager.ready(serving)
    manager.watch(loop)
    code = Exit.OK
    if tour:
        touring = asyncio.ensure_future(_tour(options, output))
        ending = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({touring, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if touring.done():
            code = Exit.OK if touring.result() else Exit.FAILED
        else:
            touring.cancel()
        if leave:
            stopping.set()
        elif not stopping.is_set():
            output.say("serving; end with Ctrl-C")
    await stopping.wait()
    manager.stopping()
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
