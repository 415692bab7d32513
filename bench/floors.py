"""What ours is compared with: the barest servers of the same kind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import _PatientSocket


def bare_socket(path: str) -> None:
    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            self.transport.write(data)

    async def serve():
        server = await asyncio.get_running_loop().create_unix_server(Echo, path)
        await server.serve_forever()

    asyncio.run(serve())


def bare_bus(address: str, name: str, ready: str) -> None:
    async def serve():
        bus = await MessageBus(bus_address=address).connect()
        bus._writer.sock = _PatientSocket(bus._writer.sock)

        def handle(message):
            if message.member == "Invoke":
                return Message.new_method_return(message, "s", [message.body[0]])
            return None

        bus.add_message_handler(handle)
        await bus.request_name(name)
        Path(ready).touch()
        await bus.wait_for_disconnect()

    asyncio.run(serve())
