"""Real buses that can be stopped and come back, and real programs on them in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from dbus_fast import Message, MessageType, Variant

from ringback.transport.dbus import BUS, DBusServer
from support.daemon import CONFIG

PROGRAM = """
import sys, dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib
DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
heard = 0
class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        global heard
        if text.startswith("PROFILE ABOUT"):
            assert text.startswith("PROFILE ABOUT %d " % heard), (heard, text[:50])
            heard += 1
client = Client(bus, "/com/Skype/Client")
def typed(*_):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    line = line.rstrip("\\n")
    try:
        print(heard if line == "heard?" else bus.call_blocking(
            "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s", (line,)), flush=True)
    except dbus.DBusException as error:
        print(error.get_dbus_name(), flush=True)
    return True
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, typed)
loop = GLib.MainLoop()
loop.run()
"""


class Bus:
    """A dbus-daemon of our own, with limits as wanted; ``kill`` and ``start`` keep the address."""

    def __init__(self, folder: Path, limits: str = "") -> None:
        folder.mkdir(exist_ok=True)
        self._path = folder / "bus"
        self._config = folder / "bus.conf"
        self._config.write_text(
            CONFIG.format(path=self._path).replace("</busconfig>", f"{limits}</busconfig>")
        )
        self.address = f"unix:path={self._path}"
        self.start()

    def start(self) -> None:
        self._path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


class BusProgram:
    """A program with libdbus in its own process. It checks the order of ``PROFILE ABOUT <n> …`` lines."""

    def __init__(self, address: str, source: str = PROGRAM, user: int | None = None) -> None:
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-c", source, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=user,
        )

    def ask(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def attach(self) -> BusProgram:
        return self.attach_as("bus program")

    def attach_as(self, name: str) -> BusProgram:
        assert self.ask(f"NAME {name}") == "OK"
        assert self.ask("PROTOCOL 8") == "PROTOCOL 8"
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def __enter__(self) -> BusProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    """Open files of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def introduce(server: DBusServer, user: int | None = None) -> None:
    """A server without a bus: whoever comes is told to be of this user (of ours), at once."""
    told = {"UnixUserID": Variant("u", os.getuid() if user is None else user)}

    def known(flow: object) -> None:
        server._introduced(
            flow,
            Message(
                message_type=MessageType.METHOD_RETURN,
                reply_serial=1,
                sender=BUS,
                signature="a{sv}",
                body=[told],
            ),
        )  # type: ignore[arg-type]

    server._ask_who = known  # type: ignore[method-assign]
