"""Programs' TCP ports for worlds on a fake clock."""

from __future__ import annotations

from ringback.ports.media import BLOCK_BYTES, SILENCE


class Port:
    """A program's port: keeps what it hears, says ``said``, may break."""

    def __init__(self, said=b""):
        self.said = bytearray(said)
        self.heard = bytearray()
        self.closed = self.broken = self.over = False

    def read(self):
        if self.broken:
            raise ConnectionError("gone")
        block = bytes(self.said[:BLOCK_BYTES])
        del self.said[:BLOCK_BYTES]
        return block + SILENCE[len(block) :]

    def write(self, block):
        if self.broken:
            raise ConnectionError("gone")
        self.heard += block

    def close(self):
        self.closed = True


class Ports:
    """Programs that listen on ports; nobody on the others. ``late`` ports answer when told to."""

    def __init__(self):
        self.listening = {}
        self.asked = []
        self.late = {}

    def dial(self, port, dialled):
        self.asked.append(port)
        if port in self.late:
            self.late[port] = lambda: dialled(self.listening[port], "")
        elif port in self.listening:
            dialled(self.listening[port], "")
        else:
            dialled(None, "connection refused")
