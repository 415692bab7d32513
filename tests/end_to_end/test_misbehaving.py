"""A hundred programs that misbehave beside good ones, over sockets and a bus: the good ones hardly notice."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from dbus_fast.aio import MessageBus

from support.bus import Bus
from support.daemon import Daemon
from support.misbehaving import invoke

#: Seconds of one look at the good ones, and looks with and without the bad ones, in turns.
LOOK = 0.7
LOOKS = 5
ASKED = (
    "PING",
    "GET USER echo123 FULLNAME",
    "SEARCH CALLS",
    "GET PROFILE CITY",
    "SET AUTOAWAY OFF",
    "SET AUTOAWAY ON",
)


class Good:
    """Asks one thing after the other and times each answer."""

    def __init__(self):
        self.times = []

    async def live(self, until):
        number = 0
        while time.monotonic() < until:
            command = ASKED[number % len(ASKED)]
            begun = time.monotonic()
            answer = await asyncio.wait_for(self.ask(command), 20)
            self.times.append(time.monotonic() - begun)
            assert not answer.startswith("ERROR"), (command, answer)
            number += 1
            await asyncio.sleep(0.002)


class GoodOnSocket(Good):
    async def attach(self, home):
        self.reader, self.writer = await asyncio.open_unix_connection(str(home / "me/api.sock"))
        assert await self.ask("NAME good") == "OK"
        assert await self.ask("PROTOCOL 8") == "PROTOCOL 8"
        return self

    async def ask(self, command):
        self.writer.write(f"#g {command}".encode() + b"\0")
        while True:
            line = (await self.reader.readuntil(b"\0"))[:-1].decode()
            if line.startswith("#g "):
                return line[3:]

    async def leave(self):
        self.writer.close()
        await self.writer.wait_closed()


class GoodOnBus(Good):
    async def attach(self, address):
        self.bus = await MessageBus(bus_address=address).connect()
        self.bus.add_message_handler(lambda message: True if message.member == "Notify" else None)
        assert await self.ask("NAME good") == "OK"
        assert await self.ask("PROTOCOL 8") == "PROTOCOL 8"
        return self

    async def ask(self, command):
        return (await self.bus.call(invoke(command))).body[0]

    async def leave(self):
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()


@contextlib.contextmanager
def crowd(home, address):
    """The hundred, once each has begun."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.misbehaving", str(home / "me/api.sock"), address],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_hundred_bad_ones(tmp_path):
    with (
        Bus(tmp_path / "bus") as bus,
        Daemon(tmp_path / "home", "--dbus", bus.address) as daemon,
    ):

        async def compare():
            good_ones = [await GoodOnSocket().attach(tmp_path / "home") for _ in range(3)]
            good_ones += [await GoodOnBus().attach(bus.address) for _ in range(3)]

            async def percentile():
                """The slowest of a hundred, of one look."""
                for good in good_ones:
                    good.times.clear()
                until = time.monotonic() + LOOK
                await asyncio.gather(*[good.live(until) for good in good_ones])
                times = sorted(t for good in good_ones for t in good.times)
                return times[len(times) * 99 // 100]

            loop = asyncio.get_running_loop()
            with contextlib.ExitStack() as ending:
                bad = await loop.run_in_executor(
                    None, ending.enter_context, crowd(tmp_path / "home", bus.address)
                )
                quiet, loud = [], []
                for _ in range(LOOKS):
                    bad.send_signal(signal.SIGSTOP)
                    quiet.append(await percentile())
                    bad.send_signal(signal.SIGCONT)
                    loud.append(await percentile())
                assert bad.poll() is None
            for good in good_ones:
                await good.leave()
            return quiet, loud

        quiet, loud = asyncio.run(compare())
        # What the machine does besides comes and goes; what the hundred do to others would be in every look.
        assert min(loud) < 3 * min(quiet) + 0.05, (quiet, loud)
        code, errors = daemon.end()
        assert code == 0
        assert "Traceback" not in errors
