"""The barest engine: ``python -m support.floor SOCKET BUS`` says everything back, over a socket and a bus.

It frames messages and does nothing else, so what its programs have to wait for is the machine, the bus and
the other programs, but no work.
"""

from __future__ import annotations

import asyncio
import sys

from dbus_fast import Message, MessageFlag, MessageType
from dbus_fast.aio import MessageBus

from ringback.transport.dbus import NAME, _PatientSocket


class Echo(asyncio.Protocol):
    """Messages that end with NUL, as ours."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if b"\0" not in data:
            self._rest += data
            return
        self._rest += data
        *messages, rest = self._rest.split(b"\0")
        self._rest = rest
        for message in messages:
            self._transport.write(message + b"\0")


async def main(path: str, address: str) -> None:
    bus = await MessageBus(bus_address=address).connect()
    bus._writer.sock = _PatientSocket(bus._writer.sock)

    def called(message: Message) -> bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if MessageFlag.NO_REPLY_EXPECTED not in message.flags:
            text = message.body[0] if message.signature == "s" else ""
            answer = Message.new_method_return(message, "s", [text])
            # As fast as the library can: its own send makes a future for each message.
            answer.serial = bus.next_serial()
            bus._writer.schedule_write(answer)
        return True

    bus.add_message_handler(called)
    await bus.request_name(NAME)
    server = await asyncio.get_running_loop().create_unix_server(Echo, path, backlog=128)
    print("ready", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
