"""``ringback run``: the engine in the foreground."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ringback.app import descriptors, logs
from ringback.app.bootstrap import Daemon, Options
from ringback.app.clock import FastLoop, SystemClock
from ringback.app.commands.options import fail, home_option, place
from ringback.app.configuration import KEYS, ConfigurationError, load
from ringback.app.exits import Exit
from ringback.app.home import CannotStartError, Home
from ringback.app.memory import give_back_large_blocks
from ringback.app.ports import Ports
from ringback.app.readiness import Manager
from ringback.database.faults import advice_on
from ringback.domain.handles import canonical
from ringback.domain.settings import Told
from ringback.ports.store import StoreError
from ringback.tools.terminal import Look, Output


def _accounts(names: tuple[str, ...], home: Home) -> tuple[str, ...]:
    if len({canonical(name) for name in names}) < len(names):
        raise click.BadParameter("an account is named twice", param_hint="--account")
    return names or home.accounts() or ("me",)


def bus(text: str) -> tuple[str, str]:
    """``[ACCOUNT=]ADDRESS``: what stands before the first ``=`` is an account only without a colon."""
    head, mark, tail = text.partition("=")
    return (head, tail) if mark and ":" not in head else ("", text)


def _home(context: click.Context, _option: click.Parameter, home: Path | None) -> Path:
    """Where the file is that tells what no option and no variable tells."""
    path = place(home)
    try:
        # ``intended`` brings what would be in the file.
        context.default_map = load(Home(path).configuration, context.obj)
    except ConfigurationError as error:
        fail(error)
    return path


def _keys(command: click.Command) -> click.Command:
    command.params[:0] = [key.declared() for key in KEYS]
    return command


@_keys
@click.command("run")
@home_option(is_eager=True, callback=_home)
@click.option("--tour", is_flag=True, help="Attach to itself, call echo123 and show what happens.")
@click.option("--exit", "leave", is_flag=True, help="With --tour: end after it.")
@click.option("--verbose", is_flag=True, help="The same as --log-level debug.")
@click.option("--speed", type=click.FloatRange(0, 100, min_open=True), default=1.0, hidden=True)
@click.pass_context
def command(
    context: click.Context, /, home: Path, tour: bool, leave: bool, verbose: bool, speed: float, **told: Any
) -> None:
    """Run accounts in the foreground until interrupted.

    Exit codes: 0 ended as asked, 1 could not start (the home is in use, a database is damaged or from a newer
    program, a bus or port asked for cannot be had; the message says which and what to do) or the tour failed,
    2 wrong use, 70 a fault of ours. Only after the last a restart may help.
    """
    if told["no_dbus"] and told["dbus"]:
        _decide_about_dbus(context, told)
    if tour and not told["unix"]:
        raise click.UsageError("--tour attaches over the Unix socket")
    if leave and not tour:
        raise click.UsageError("--exit needs --tour")
    accounts = _accounts(told["accounts"], Home(home))
    try:
        if told["log"] is not None and home in told["log"].absolute().parents:
            Home(home).make()  # it may be the first to be there
        log = logs.start(told["log"], "debug" if verbose else told["log_level"], told["log_format"])
    except OSError as error:
        fail(f"cannot log into {told['log']}: {error.strerror}")
    os.umask(0o077)
    give_back_large_blocks()
    descriptors.allow_many()
    options = Options(
        home=home,
        accounts=accounts,
        network=told["network"],
        unix=told["unix"],
        buses=None if told["no_dbus"] else tuple(bus(text) for text in told["dbus"]),
        ports=Ports.asked(told),
        durable=told["durable"],
        speed=speed,
        sound=told["sound"],
        told=Told(told["country"], told["away_after"], told["na_after"]),
        push_delay=told["push_delay"] / 1000,
    )
    loops = None if speed == 1 else functools.partial(FastLoop, speed)  # docs/adr/0010-fast-clock.md
    with asyncio.Runner(loop_factory=loops) as runner:
        sys.exit(runner.run(_run(options, log, tour, leave)))


def intended(home: Path, text: str | None = None) -> click.Context:
    """What ``run`` on this home would be told; ``text``: if this were in its file. Raises UsageError."""
    return command.make_context("run", ["--home", str(home)], obj=text)


def refusal(context: click.Context) -> str | None:
    """Why an engine that is told this would not start, as far as that can be seen without starting it."""
    told = dict(context.params)
    try:
        if told["no_dbus"] and told["dbus"]:
            _decide_about_dbus(context, told)
        accounts = _accounts(told["accounts"], Home(told["home"]))
        for account, _address in () if told["no_dbus"] else map(bus, told["dbus"]):
            if account and account not in accounts:
                return f"--dbus: no account {account}"
        Ports.asked(told).check()
    except click.UsageError as error:
        return error.message
    except CannotStartError as error:
        return str(error)
    return None


def _decide_about_dbus(context: click.Context, told: dict[str, Any]) -> None:
    """An option for D-Bus outweighs a variable or the file against it, and the other way round."""
    wanted, unwanted = (context.get_parameter_source(name) for name in ("dbus", "no_dbus"))
    if wanted is unwanted:
        raise click.UsageError("--dbus and --no-dbus exclude each other")
    order = list(ParameterSource)
    if order.index(wanted or order[-1]) < order.index(unwanted or order[-1]):
        told["no_dbus"] = False
    else:
        told["dbus"] = ()


async def _run(options: Options, log: logs.Beside, tour: bool, leave: bool) -> int:
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

    # At a terminal it means that the window was closed.
    loop.add_signal_handler(signal.SIGHUP, stopping.set if sys.stdin.isatty() else reload)
    loop.set_exception_handler(logs.of_loop)
    try:
        await daemon.start()
    except (CannotStartError, StoreError, OSError) as error:
        await daemon.abandon()
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
    checkup = asyncio.ensure_future(daemon.look_through())
    checkup.add_done_callback(lambda done: stopping.set() if done.exception() else None)
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
    try:
        await checkup
    except StoreError as error:
        click.echo(f"ringback: {error}", err=True)
        code = Exit.FAILED
    return code


def _reason(error: Exception, home: Path) -> str:
    if isinstance(error, OSError):
        what = error.filename or home
        advice = advice_on(error)
        other = "or give another --home" if advice else "Give another --home, or set RINGBACK_HOME"
        return f"cannot use {what}: {error.strerror or error}. {advice}{other}."
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
