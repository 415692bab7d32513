"""``ringback doctor``: looks at everything that Ringback stands on, changes nothing, says what to do."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import re
import shutil
import socket
import sqlite3
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dbus_fast import DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError

from ringback.app.configuration import ConfigurationError, load
from ringback.app.consent import DamagedAccessError, read
from ringback.app.control import ControlError, NoEngineError, ask
from ringback.app.doctor_networks import networks
from ringback.app.findings import PATIENCE, Finding, Verdict, note, ok, patiently, trouble
from ringback.app.home import Home
from ringback.app.row_check import read_letters, read_rows
from ringback.app.tokens import stored
from ringback.database.faults import FileError, unusable
from ringback.database.opening import Format, look, read_through, reading
from ringback.media.cameras import cameras
from ringback.media.devices import DeviceError, Devices, Driver, MachineDriver
from ringback.media.pc_speaker import DEVICE as PC_SPEAKER
from ringback.network.embedded.file import FORMAT as NETWORK
from ringback.store.tables import FORMAT as ACCOUNT
from ringback.tools.attach import RefusedError, StreamProgram, WebProgram
from ringback.tools.terminal import counted
from ringback.transport.buses import bus_address
from ringback.transport.dbus import NAME
from ringback.transport.ports import split
from ringback.transport.socket_files import address as socket_address

#: Less than this much free space is trouble; recordings take two megabytes a minute.
ENOUGH_BYTES: Final = 100 * 1024 * 1024
PYTHON: Final = (3, 11)
_DAEMON: Final = "org.freedesktop.DBus"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an engine here would be told. ``buses``: addresses, none = the session bus if there is one; None =
    no D-Bus at all. ``refusal``: why it would not start."""

    buses: tuple[str, ...] | None = ()
    refusal: str | None = None


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Iterator[Finding]:
    """The interpreter."""
    shown = ".".join(map(str, version))
    if version[:2] >= PYTHON:
        yield ok(f"Python {shown}")
    else:
        yield trouble(f"Python {shown} is too old", "install Python 3.11 or newer and make setup again")


def packages(wanted: list[str] | None = None) -> Iterator[Finding]:
    """What was installed, against what the package says that it needs."""
    if wanted is None:
        try:
            wanted = importlib.metadata.requires("ringback") or []
        except importlib.metadata.PackageNotFoundError:
            yield note("ringback is not installed, it runs from its source", "make setup")
            return
    good = []
    for requirement in wanted:
        found = re.fullmatch(r"([\w.-]+)(==|>=)([\w.]+)", requirement.replace(" ", ""))
        if found is None:
            continue  # an extra: for developers
        name, relation, needed = found.groups()
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield trouble(f"package {name} is missing", "make setup")
            continue
        have, need = _version(version), _version(needed)
        if have == need or (relation == ">=" and have > need):
            good.append(f"{name} {version}")
        else:
            yield trouble(f"package {name} {version}, needed is {relation}{needed}", "make setup")
    yield ok(f"packages {', '.join(good)}")


def home(place: Path, enough: int = ENOUGH_BYTES) -> Iterator[Finding]:
    """The data directory: can it be written, is it private, is there room?"""
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield trouble(f"home {place} cannot be written", "give another --home, or set RINGBACK_HOME")
        return
    yield ok(f"home {place}" + ("" if place.exists() else " (the first run makes it)"))
    if place.exists() and place.stat().st_mode & 0o077:
        yield trouble("others can look into the home", f"chmod 700 {place}")
    free = shutil.disk_usage(there).free
    room = f"{free / 1e9:.1f} GB free in the home"
    yield ok(room) if free >= enough else trouble(f"only {room}", "make room, or give another --home")


def settings(place: Path) -> Iterator[Finding]:
    """What the engine is told, and what was decided about programs: can it be understood?"""
    house = Home(place)
    if house.configuration.exists():
        try:
            told = load(house.configuration)
        except ConfigurationError as error:
            yield trouble(str(error), "put it right; 'ringback config --help' tells how")
        else:
            yield ok(f"ringback.toml tells {', '.join(told) or 'nothing'}")
    if house.access.exists():
        try:
            rules = read(house.access)
        except (DamagedAccessError, OSError) as error:
            yield trouble(str(error), "nobody can attach before")
        else:
            yield ok(f"{counted(len(rules), 'decision')} about programs, see 'ringback access'")


def accounts(place: Path) -> Iterator[Finding]:
    """Databases and sockets of the accounts that are there."""
    house = Home(place)
    busy = house.busy()
    if busy:
        yield ok(f"an engine runs on this home (process {house.owner()})")
    network = place / "embedded.sqlite"
    if network.exists():
        yield database_of("embedded network", network, NETWORK, read_letters)
    folders = sorted(place.glob("*/account.sqlite")) if place.is_dir() else []
    for database in folders:
        name = database.parent.name
        yield database_of(f"account {name}", database, ACCOUNT, read_rows)
        yield from socket_of(name, database.parent / "api.sock", busy)
        yield from token_of(name, database.parent / "token")


def database_of(whose: str, path: Path, form: Format, read: Callable[[Path], None]) -> Finding:
    """One database: readable, of a known version, whole, and every row in it is what it should be."""
    if not os.access(path, os.R_OK | os.W_OK):
        return trouble(f"{whose}: {path} cannot be read and written", f"chmod 600 {path}")
    try:
        schema = look(path, form)
        with closing(reading(path)) as database:
            read_through(path, database, "integrity_check")
        if schema == len(form.migrations):
            read(path)
    except FileError as error:
        return trouble(f"{whose}: {error.what}", error.remedy)
    except (sqlite3.Error, OSError) as error:
        fault = unusable(path, error, "cannot be read")
        return trouble(f"{whose}: {fault.what}", fault.remedy)
    if path.stat().st_mode & 0o077:
        return trouble(f"{whose}: others may read the database", f"chmod 600 {path}")
    older = "" if schema == len(form.migrations) else " (the next run migrates it, after a copy)"
    return ok(f"{whose}: database, schema {schema}, whole{older}")


def socket_of(name: str, path: Path, busy: bool) -> Iterator[Finding]:
    """One account's Unix socket: does an engine answer there?"""
    if not path.exists():
        if busy:
            yield note(f"account {name}: not served by the running engine", f"run it with --account {name}")
        return
    if path.stat().st_mode & 0o077:
        yield trouble(f"account {name}: others may use the socket", f"chmod 600 {path}")
    try:
        answer = _ping(path)
    except ConnectionRefusedError:
        yield note(f"account {name}: a killed engine left its socket; the next run clears it away")
    except OSError as error:
        reason = error.strerror or str(error)
        yield trouble(
            f"account {name}: the socket does not answer: {reason}", "stop the engine and run it again"
        )
    else:
        if answer == b"PONG":
            yield ok(f"account {name}: the socket answers")
        else:
            yield trouble(f"account {name}: something else listens on {path}", "stop it")


def _ping(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as program:
        program.settimeout(PATIENCE)
        with socket_address(path) as address:
            program.connect(address)
        program.sendall(b"PING\0")
        said = b""
        while b"\0" not in said:
            data = program.recv(4096)
            if not data:
                break
            said += data
        return said.partition(b"\0")[0]


async def bus(label: str, address: str, place: Path, needed: bool) -> Finding:
    """One bus: can it be reached, and is the name free or ours?"""
    complain = trouble if needed else note
    connection = None
    try:
        connection = MessageBus(bus_address=address)
        async with asyncio.timeout(PATIENCE):
            await connection.connect()
            owner = await _ask(connection, "GetNameOwner", NAME)
            if owner is None:
                return ok(f"{label} bus: reached, {NAME} is free")
            process = await _ask(connection, "GetConnectionUnixProcessID", str(owner))
    except (OSError, DBusError, InvalidAddressError, AuthError, EOFError) as error:
        reason = str(error) or type(error).__name__
        return complain(f"{label} bus cannot be reached: {reason}", "is it running, and may you use it?")
    finally:
        if connection is not None and connection.connected:
            connection.disconnect()
    if Home(place).busy() and process == Home(place).owner():
        return ok(f"{label} bus: the engine on this home owns {NAME}")
    return complain(
        f"{label} bus: {NAME} is taken by process {process} ({_program(process)})",
        "stop it, or run with --no-dbus or on another bus (--dbus ADDRESS)",
    )


async def _ask(connection: MessageBus, member: str, name: str) -> str | int | None:
    message = Message(_DAEMON, "/org/freedesktop/DBus", _DAEMON, member, signature="s", body=[name])
    reply = await connection.call(message)
    if reply is None or reply.message_type is MessageType.ERROR:
        return None
    value: str | int = reply.body[0]
    return value


def _program(process: str | int | None) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "of somebody else"


async def buses(
    place: Path, asked: tuple[str, ...], environment: Mapping[str, str], planned: tuple[str, ...] | None
) -> list[Finding]:
    """The buses that an engine is told of and those that were asked for, or else what there is.

    Only what somebody wants can be trouble: a server has no session bus, and sockets need none.
    """
    wanted = list(dict.fromkeys((*(planned or ()), *asked)))
    found = []
    if planned is None:
        found.append(ok("no D-Bus, as the settings say (no_dbus); programs come over the other ways"))
    elif "session" not in wanted:
        found.append(await _session_bus(place, environment, needed=not planned))
    if planned is not None and "system" not in wanted:
        found.append(await bus("system", bus_address("system", environment), place, needed=False))
    for address in wanted:
        try:
            found.append(await bus(address, bus_address(address, environment), place, needed=True))
        except ConnectionError as error:
            found.append(trouble(str(error), "start the engine inside a session, or name another bus"))
    return found


async def _session_bus(place: Path, environment: Mapping[str, str], needed: bool) -> Finding:
    """``needed``: if there is one, it has to work."""
    try:
        address = bus_address("session", environment)
    except ConnectionError as error:
        return note(
            f"{error}: old programs cannot attach over D-Bus, sockets work",
            "nothing on a server without such programs; for them start the engine inside a session, both "
            "with dbus-run-session, or name a bus (--dbus)",
        )
    return await bus("session", address, place, needed)


def token_of(name: str, path: Path) -> Iterator[Finding]:
    """One account's access token, if it has one."""
    if not path.exists():
        return
    try:
        stored(path)
    except (OSError, ValueError) as error:
        yield trouble(f"account {name}: {path} is no token: {error}", f"rm {path}")
        return
    if path.stat().st_mode & 0o077:
        yield trouble(f"account {name}: others may read the token", f"rm {path}, a new one is made")


async def ports(place: Path) -> list[Finding]:
    """Where the running engine listens on the network: does it answer there, and is its certificate good?"""
    try:
        told = ask(Home(place).control, "status")
    except (NoEngineError, ControlError, OSError):
        return []
    account = next((each["account"] for each in told["accounts"]), "")
    found = []
    for line in told["listening"]:
        way, _, where = line.partition(" ")
        if way in ("tcp", "ws"):
            found.append(await _port(way, where, Home(place).token(account)))
    return found


async def _port(way: str, where: str, path: Path) -> Finding:
    address, _, secured = where.partition(" ")
    host, number = split(address)
    come = StreamProgram.tcp if way == "tcp" else WebProgram.attach
    try:
        async with asyncio.timeout(PATIENCE):
            if secured:
                return await _certificate(way, where, host, number)
            program = await come(host, number, None, stored(path), lambda _text: None)
            answer = await program.ask("PING")
            await program.close()
    except (RefusedError, OSError, ValueError) as error:
        reason = str(error) or "no answer"
        return trouble(f"{way} {where} does not answer: {reason}", "stop the engine and run it again")
    return ok(f"{way} {where} answers{'' if answer == 'PONG' else f' {answer}'}")


async def _certificate(way: str, where: str, host: str, number: int) -> Finding:
    """Its name is not looked at, since nobody knows by which one others come."""
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        _reader, writer = await asyncio.open_connection(host, number, ssl=context)
    except ssl.SSLCertVerificationError as error:
        return note(
            f"{way} {where}: this machine does not trust its certificate: {error.verify_message}",
            "renew it if it is too old; if nobody has signed it, programs need it themselves (--tls-ca)",
        )
    writer.close()
    return ok(f"{way} {where}: this machine trusts its certificate")


def sound(
    driver: Driver | None = None,
    nodes: Path = Path("/dev/snd"),
    eyes: Callable[[], tuple[str, ...]] = cameras,
    beeper: Path = PC_SPEAKER,
) -> Iterator[Finding]:
    """Where sound can go, and what there is to choose from."""
    yield ok("sound to and from WAV files and TCP ports")
    silent = "calls are silent here, with files and ports they work"
    try:
        found = patiently((driver or MachineDriver()).devices)
    except DeviceError as error:
        yield note(f"no sound cards: {error}; {silent}", _sound_remedy(nodes))
    except TimeoutError:
        yield trouble(
            f"the sound system does not answer; {silent}", "restart it, for example: pulseaudio --kill"
        )
    else:
        yield from _cards(found, note(f"no sound cards by {found.system}; {silent}", _sound_remedy(nodes)))
    if eyes():
        yield ok(f"cameras (VIDEO_IN): {', '.join(eyes())}")
    if beeper.exists() and not os.access(beeper, os.W_OK):
        yield note("PCSPEAKER is silent: its device may not be used", "add yourself to the group input")


def _cards(found: Devices, none: Finding) -> Iterator[Finding]:
    if not found.inputs and not found.outputs:
        yield none
        return
    for kind, setting, names in (
        ("microphones", "AUDIO_IN", found.inputs),
        ("loudspeakers", "AUDIO_OUT, RINGER", found.outputs),
    ):
        listed = f"{kind} ({setting}) by {found.system}: {', '.join(names)}"
        yield ok(listed) if names else note(f"no {kind} by {found.system}; that way calls are silent")


def _sound_remedy(nodes: Path) -> str:
    if any(not os.access(node, os.R_OK | os.W_OK) for node in nodes.glob("pcm*")):
        return "add yourself to the group audio, or start PulseAudio or PipeWire"
    return "nothing on a server; on a desktop install and start PulseAudio or pipewire-pulse"


async def examine(
    place: Path,
    asked: tuple[str, ...],
    environment: Mapping[str, str],
    say: Callable[[str], object],
    plan: Plan,
) -> int:
    """Look at everything and say it; returns how many things are trouble."""
    findings = [*python(), *packages(), *home(place), *settings(place), *accounts(place)]
    if plan.refusal is not None:
        findings.append(trouble(f"run would refuse what it is told: {plan.refusal}", "see 'ringback config'"))
    findings += await ports(place)
    findings += await buses(place, asked, environment, plan.buses)
    findings += [*sound(), *await networks(place)]
    for finding in findings:
        say(f"{finding.verdict.value:<5} {finding.what}")
        if finding.remedy:
            say(f"      -> {finding.remedy}")
    troubles = sum(finding.verdict is Verdict.TROUBLE for finding in findings)
    say("everything works" if not troubles else f"{troubles} to be looked at")
    return troubles
