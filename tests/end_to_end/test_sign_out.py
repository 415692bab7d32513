"""Signing out detaches every program, over real ways in (what makes the account sign out comes later)."""

import asyncio

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import DBusServer
from ringback.transport.unix import UnixServer
from support.bus import Bus
from support.replay import World

LAST = ["USERSTATUS LOGGEDOUT", "CONNSTATUS LOGGEDOUT"]


class Socket(asyncio.Protocol):
    def __init__(self):
        self.heard, self.more = b"", asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data
        self.more.set()

    async def ask(self, text):
        self.transport.write(f"#q {text}\0".encode())
        while b"#q " not in self.heard or not self.heard.endswith(b"\0"):
            self.more.clear()
            await self.more.wait()
        *_, answer = [line for line in self.heard.decode().split("\0") if line.startswith("#q ")]
        self.heard = b""
        return answer[3:]


async def story(folder):
    runtime = World().runtimes["me"]
    with Bus(folder) as bus:
        ways = (
            DBusServer(bus.address, runtime, lambda: None),
            UnixServer(folder / "api.sock", runtime),
        )
        for way in ways:
            await way.start()
        loop = asyncio.get_running_loop()
        _, program = await loop.create_unix_connection(Socket, str(folder / "api.sock"))
        caller = await MessageBus(bus_address=bus.address).connect()
        said = asyncio.Queue()

        def hear(message):
            if message.member == "Notify":
                said.put_nowait(message.body[0])
                return True
            return None

        caller.add_message_handler(hear)

        async def invoke(text):
            message = Message("com.Skype.API", "/com/Skype", None, "Invoke", signature="s", body=[text])
            return (await caller.call(message)).body[0]

        for ask in (program.ask, invoke):
            assert await ask("NAME test") == "OK"
            assert await ask("GET USERSTATUS") == "USERSTATUS ONLINE"
        runtime.sessions.sign_out()
        assert [await said.get(), await said.get()] == LAST
        while program.heard.decode().split("\0")[:-1] != LAST:
            program.more.clear()
            await program.more.wait()
        program.heard = b""
        for ask in (program.ask, invoke):
            assert await ask("GET USERSTATUS") == "ERROR 68"
            assert await ask("NAME test") == "CONNSTATUS OFFLINE"
            runtime.sessions.signed_in = True
            assert await ask("NAME test") == "OK"
            runtime.sessions.signed_in = False
        program.transport.close()
        caller.disconnect()
        await caller.wait_for_disconnect()
        for way in ways:
            await way.stop()


def test_everybody_is_told_and_detached(tmp_path):
    asyncio.run(asyncio.wait_for(story(tmp_path), 20))
