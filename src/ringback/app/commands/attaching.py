"""What commands share that attach to a running engine as any program does (ADR 8)."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

import click

from ringback.app.commands.options import Function, home_option, place
from ringback.app.exits import Exit
from ringback.app.home import Home
from ringback.tools.attach import Attached, DBusProgram, Heard, UnixProgram
from ringback.tools.terminal import Output


def attaching(name: str) -> Callable[[Function], Function]:
    """Their options. ``name``: under which they attach."""
    options = (
        click.option("--account", default="me", help="The account to attach to."),
        home_option(),
        click.option("--via", type=click.Choice(["unix", "dbus"]), default="unix", help="The way in."),
        click.option("--bus", default="session", help="With --via dbus: session, system or a bus address."),
        click.option("--protocol", type=click.IntRange(1), default=8, help="Protocol version to ask for."),
        click.option("--name", default=name, help="Name to attach under."),
    )

    def add(command: Function) -> Function:
        for option in reversed(options):
            command = option(command)
        return command

    return add


async def attach(account: str, home: Path | None, via: str, bus: str, heard: Heard) -> Attached:
    """Connect; notifications go to ``heard``. Raises OSError when there is no engine."""
    if via == "dbus":
        return await DBusProgram.attach(bus, heard)
    return await UnixProgram.attach(Home(place(home)).folder(account) / "api.sock", heard)


async def greet(program: Attached, name: str, protocol: int) -> bool:
    """Say NAME and PROTOCOL; False (and a message) when the engine does not want us."""
    answer = await program.ask(f"NAME {name}")
    if answer != "OK":
        click.echo(f"ringback: refused ({answer})", err=True)
        return False
    await program.ask(f"PROTOCOL {protocol}")
    return True


def end_with(talk: Callable[[Output], Coroutine[Any, Any, int]]) -> NoReturn:
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
        for number, says in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)):
            loop.add_signal_handler(number, end, says)
        output.left = lambda: end(Exit.PIPE_CLOSED)
        return await talk(output)

    try:
        code = asyncio.run(guarded())
    except asyncio.CancelledError:
        pass
    except OSError as error:
        reason = error.strerror or error
        click.echo(f"ringback: no engine there ({reason}); start one with 'ringback run'", err=True)
        code = Exit.NO_ENGINE
    sys.exit(code)
