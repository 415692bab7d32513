"""A name server for one island: ``name_server.py ZONE ASKED`` tells what is in ZONE, and notes who asks."""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

#: Seconds for which an answer may be kept.
KEPT = 0


def answer(wire: bytes) -> bytes:
    query = dns.message.from_wire(wire)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA | dns.flags.RA
    (question,) = query.question
    name, known = question.name.to_text(omit_final_dot=True).lower(), False
    with Path(sys.argv[2]).open("a") as asked:
        asked.write(f"{name} {dns.rdatatype.to_text(question.rdtype)}\n")
    texts = []
    for owner, kind, data in json.loads(Path(sys.argv[1]).read_text()):
        known |= owner == name
        if (owner, dns.rdatatype.from_text(kind)) == (name, question.rdtype):
            texts.append(data)
    if texts:
        kind = dns.rdatatype.to_text(question.rdtype)
        reply.answer.append(dns.rrset.from_text_list(question.name, KEPT, "IN", kind, texts))
    elif not known:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


class Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, stream = self.request
        stream.sendto(answer(data), self.client_address)


class Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        wire = answer(self.rfile.read(int.from_bytes(self.rfile.read(2), "big")))
        self.wfile.write(len(wire).to_bytes(2, "big") + wire)


if __name__ == "__main__":
    datagrams = socketserver.UDPServer(("127.0.0.1", 53), Datagram)
    threading.Thread(target=datagrams.serve_forever, daemon=True).start()
    socketserver.TCPServer(("127.0.0.1", 53), Stream).serve_forever()
