"""What commands share that attach to a running engine as any program does (ADR 8)."""

from __future__ import annotations

import asyncio
import functools
import signal
import ssl
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

import click

from ringback.app import control
from ringback.app.commands.options import PATH, Function, account_option, home_option, place, usual_account
from ringback.app.exits import Exit
from ringback.app.home import Home
from ringback.app.tokens import stored
from ringback.domain.handles import canonical
from ringback.session.sessions import REFUSED, SIGNED_OUT
from ringback.tools.attach import (
    Attached,
    DBusProgram,
    Heard,
    LostError,
    RefusedError,
    StreamProgram,
    WebProgram,
)
from ringback.tools.explain import bare
from ringback.tools.terminal import NO_ROOM, Output
from ringback.transport.ports import is_loopback, split


@dataclass(frozen=True, slots=True)
class Where:
    """Which engine, which account of it, and how to come to it.

    ``address``: HOST:PORT for TCP and WebSocket, None = where the engine on this home listens. ``tls``: also
    to this machine; to others it is always used. ``authority``: the certificate that is trusted, None = those
    that the system trusts.
    """

    account: str
    home: Path | None
    via: str
    bus: str
    address: str | None
    tls: bool
    authority: Path | None
    token_file: Path | None

    async def attach(self, heard: Heard) -> Attached:
        """Connect; notifications go to ``heard``. Raises OSError when there is no engine, RefusedError."""
        if self.via == "dbus":
            return await DBusProgram.attach(self.bus, heard)
        house = Home(place(self.home))
        if self.via == "unix":
            return await StreamProgram.unix(house.folder(self.account) / "api.sock", heard)
        host, port, secured = self._found(house)
        tls = ssl.create_default_context(cafile=self.authority) if secured else None
        path = self.token_file or house.token(self.account)
        try:
            token = stored(path)
        except ValueError as error:
            raise RefusedError(f"{path}: {error}") from None
        if not token:
            raise RefusedError(f"there is no token in {path}")
        come = StreamProgram.tcp if self.via == "tcp" else WebProgram.attach
        return await come(host, port, tls, token, heard)

    def _found(self, house: Home) -> tuple[str, int, bool]:
        """Host, port, and whether to use TLS."""
        if self.address is not None:
            host, port = split(self.address)
            return host, port, self.tls or self.authority is not None or not is_this_machine(host)
        try:
            told = control.ask(house.control, "status")
        except control.NoEngineError as error:
            raise ConnectionError(str(error)) from None
        for line in told["listening"] if self._is_served(told) else ():
            way, _, where = line.partition(" ")
            if way == self.via:
                address, _, more = where.partition(" ")
                host, port = split(address)
                return host, port, bool(more)
        raise ConnectionError("not there")  # ``absent`` tells the rest

    def _running(self) -> dict[str, Any] | None:
        """What the engine on this home tells of itself; None if there is none, or another one was meant."""
        if self.address is not None:
            return None
        try:
            told: dict[str, Any] = control.ask(Home(place(self.home)).control, "status")
        except (control.NoEngineError, control.ControlError, OSError):
            return None
        return told

    def _is_served(self, told: dict[str, Any]) -> bool:
        return canonical(self.account) in [each["account"] for each in told["accounts"]]

    def absent(self, error: OSError) -> tuple[str, Exit]:
        """Why there was nothing to attach to, in words."""
        reason = error.strerror or error
        told = self._running()
        if told is None:
            return f"no engine there ({reason}); start one with 'ringback run'", Exit.NO_ENGINE
        engine = f"the engine on {told['home']}"
        if self.via != "dbus" and not self._is_served(told):
            accounts = ", ".join(each["account"] for each in told["accounts"])
            return (
                f"{engine} does not run account {self.account}, it runs {accounts}; name one with --account, "
                f"or have it run with 'ringback accounts add {self.account}'",
                Exit.NO_ENGINE,
            )
        ways = "; ".join(told["listening"]) or "nothing"
        if self.via == "dbus":
            return f"no engine on that bus ({reason}); {engine} listens on {ways}", Exit.NO_ENGINE
        if not any(line.startswith(f"{self.via} ") for line in told["listening"]):
            remedy = "" if self.via == "unix" else f"; run it with --{self.via} HOST:PORT"
            return f"{engine} does not listen on {self.via}, but on {ways}{remedy}", Exit.NO_ENGINE
        return f"{engine} cannot be reached over {self.via} ({reason})", Exit.NO_ENGINE

    def lost(self, error: LostError) -> tuple[str, Exit]:
        """Why an engine is there no more for us that had let us in, in words."""
        why = f": {error}" if str(error) else ""
        # On a bus an end is the engine's end; elsewhere it may have been ours alone.
        if why or isinstance(error, DetachedError) or (self.via != "dbus" and self._running() is not None):
            return (
                f"this program was detached{why}; the engine runs on (see 'ringback status', "
                "'ringback access' and its log)",
                Exit.REFUSED,
            )
        return "the engine left", Exit.NO_ENGINE


def is_this_machine(host: str) -> bool:
    """True for names and addresses of this machine alone; without looking a name up."""
    try:
        return is_loopback(host)
    except ValueError:
        return host == "localhost"


def _address(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    try:
        if given is not None:
            split(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return given


def attaching(name: str) -> Callable[[Function], Function]:
    """Their options, gathered as ``where``, ``protocol`` and ``name``. ``name``: under which they attach."""
    options = (
        account_option,
        home_option(),
        click.option(
            "--via", type=click.Choice(["unix", "tcp", "ws", "dbus"]), default="unix", help="The way in."
        ),
        click.option("--bus", default="session", help="With --via dbus: session, system or a bus address."),
        click.option(
            "--address",
            metavar="HOST:PORT",
            callback=_address,
            help="With --via tcp or ws: where; else as the engine on this home listens.",
        ),
        click.option("--tls", is_flag=True, help="Use TLS to this machine, too; to others it always is."),
        click.option(
            "--tls-ca", "authority", type=PATH, help="Trust this certificate (PEM), not the system's."
        ),
        click.option(
            "--token-file",
            type=PATH,
            envvar="RINGBACK_TOKEN_FILE",
            help="With --via tcp or ws: the token, if it is not in this home.",
        ),
        click.option("--protocol", type=click.IntRange(1), default=8, help="Protocol version to ask for."),
        click.option("--name", default=name, help="Name to attach under."),
    )

    def add(command: Function) -> Function:
        @functools.wraps(command)
        def gathered(**given: Any) -> None:
            given["account"] = given["account"] or usual_account(given["home"])
            where = Where(**{field.name: given.pop(field.name) for field in fields(Where)})
            command(where=where, **given)

        adding: Function = gathered
        for option in reversed(options):
            adding = option(adding)
        return adding

    return add


class NoAnswerError(Exception):
    """The engine did not answer in time."""


class DetachedError(LostError):
    """The engine does not know us any more."""


def is_detached(command: str, answer: str) -> bool:
    """True for the answer that only strangers get; one to NAME is about the new name."""
    return bare(answer) == REFUSED and bare(command).split(" ", 1)[0].upper() != "NAME"


def timeout_option(command: Function) -> Function:
    """Given as ``timeout``, for ``ask`` and ``greet``."""
    return click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=60.0,
        help="Seconds to wait for each answer.",
    )(command)


async def ask(program: Attached, command: str, patience: float | None) -> str:
    """The answer to a command. Raises NoAnswerError, ConnectionError."""
    try:
        async with asyncio.timeout(patience):
            return await program.ask(command)
    except TimeoutError:
        raise NoAnswerError(f"no answer to {command!r} within {patience:g} seconds") from None


async def greet(program: Attached, name: str, protocol: int, patience: float | None = None) -> bool:
    """Say NAME and PROTOCOL; False (and a message) when the engine does not want us. Raises as ``ask``."""
    answer = await ask(program, f"NAME {name}", patience)
    if answer != "OK":
        # Only a sign-out gives the other answer (reference: USERSTATUS).
        hints = {
            REFUSED: f": {name!r} may not attach, see 'ringback access'",
            SIGNED_OUT: ": the user has signed out, see 'ringback accounts sign-in'",
        }
        click.echo(f"ringback: refused ({answer}){hints.get(answer, '')}", err=True)
        return False
    await ask(program, f"PROTOCOL {protocol}", patience)
    return True


def end_with(where: Where, talk: Callable[[Output], Coroutine[Any, Any, int]]) -> NoReturn:
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

        def left(error: OSError) -> None:
            if error.errno in NO_ROOM:
                click.echo(f"ringback: cannot be written: {error.strerror}", err=True)
                end(Exit.FAILED)
            else:
                end(Exit.PIPE_CLOSED)

        output.left = left
        return await talk(output)

    try:
        code = asyncio.run(guarded())
    except asyncio.CancelledError:
        pass
    except NoAnswerError as error:
        click.echo(f"ringback: {error}", err=True)
        code = Exit.TIMEOUT
    except RefusedError as error:
        click.echo(f"ringback: refused: {error}", err=True)
        code = Exit.REFUSED
    except ssl.SSLCertVerificationError as error:
        click.echo(f"ringback: the certificate is not trusted: {error.verify_message}", err=True)
        code = Exit.REFUSED
    except LostError as error:
        reason, code = where.lost(error)
        click.echo(f"ringback: {reason}", err=True)
    except OSError as error:
        reason, code = where.absent(error)
        click.echo(f"ringback: {reason}", err=True)
    output.close()
    sys.exit(code)
