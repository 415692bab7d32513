"""Devices that call each other through a network which keeps the order between two of them, and nothing else.

Stanzas travel as text. Messages go to every device of a bare address, and as carbons to the other devices of
sender and receiver, as XEP-0280 has it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from xml.etree.ElementTree import fromstring, tostring

from ringback.jingle import (
    Content,
    Description,
    Endpoint,
    Fingerprint,
    Group,
    Offered,
    Output,
    Over,
    Parameter,
    PayloadType,
    Role,
    Rtp,
    SendError,
    SendIq,
    SendMessage,
    SendResult,
    Setup,
    Transport,
)
from ringback.jingle.description import Candidate, Senders
from ringback.jingle.namespaces import STANZAS

ALICE, BOB, PHONE = "alice@one.example/ringback", "bob@two.example/ringback", "bob@two.example/phone"
#: Bob, wherever he is.
BOBS = "bob@two.example"
#: A fingerprint.
PRINT = ":".join(f"{n:02X}" for n in range(32))
OPUS = PayloadType(96, "opus", 48_000, 2, (Parameter("minptime", "10"), Parameter("useinbandfec", "1")))


def candidate(port=40_000, ip="192.0.2.7"):
    return Candidate(1, "1", ip, port, 2_130_706_431)


def described(*, setup=Setup.ACTPASS, name="0", ufrag="abcd", video=False, candidates=()):
    """What a side may say."""
    way = Transport(ufrag, "p" * 22, candidates, (Fingerprint("sha-256", PRINT, setup),))
    contents = [Content(name, Role.INITIATOR, Senders.BOTH, Rtp("audio", (OPUS,)), way)]
    if video:
        vp8 = PayloadType(98, "VP8", 90_000)
        contents.append(Content("video", Role.INITIATOR, Senders.BOTH, Rtp("video", (vp8,)), way))
    names = tuple(content.name for content in contents)
    return Description(tuple(contents), (Group("BUNDLE", names),))


def bare(address):
    return address.partition("/")[0]


@dataclass
class Device:
    """An endpoint, what happened to it, and what it answers by itself if it is a willing one."""

    endpoint: Endpoint
    events: list = field(default_factory=list)

    @property
    def address(self):
        return self.endpoint.address

    def names(self):
        return [type(event).__name__ for event in self.events]

    def last(self, kind):
        """The newest event of a kind."""
        return [event for event in self.events if isinstance(event, kind)][-1]


class Net:
    """See the module. ``sent``: every stanza, as (sender, output)."""

    def __init__(self, *addresses):
        self.now = 0.0
        self.devices = {}
        self.sent = []
        self._ids = count(1)
        self._ways = {}
        for address in addresses:
            self.join(address)

    def join(self, address, ids=None):
        given = ids or (lambda: f"id{next(self._ids)}")
        device = self.devices[address] = Device(Endpoint(address, given))
        return device

    def do(self, address, wish, *arguments, **more):
        """A wish of a device's user; gives what came of it."""
        outputs = getattr(self.devices[address].endpoint, wish)(*arguments, self.now, **more)
        self._take(address, outputs)
        return outputs

    def _take(self, address, outputs: list[Output]):
        for output in outputs:
            match output:
                case SendMessage():
                    self.sent.append((address, output))
                    known = bare(output.to) in {bare(device) for device in self.devices}
                    if not known:
                        self._put(address, address, ("bounce", output))
                    for to in self.devices:
                        if to != address and bare(to) in {bare(output.to), bare(address)}:
                            self._put(address, to, ("message", output))
                case SendIq() | SendResult() | SendError():
                    self.sent.append((address, output))
                    self._put(address, output.to, ("stanza", output))
                case _:
                    self.devices[address].events.append(output)

    def _put(self, sender, to, what):
        self._ways.setdefault((sender, to), deque()).append(what)

    @property
    def busy(self):
        """The ways on which something travels, always in the same order."""
        return sorted(way for way, queue in self._ways.items() if queue)

    def deliver(self, way):
        """Let the next stanza of a way arrive."""
        sender, to = way
        kind, output = self._ways[way].popleft()
        device = self.devices.get(to)
        if kind == "bounce" or device is None:
            error = f'<error><service-unavailable xmlns="{STANZAS}"/></error>'
            if isinstance(output, SendIq | SendMessage):
                back = self.devices[sender].endpoint.answered(
                    output.id, output.to, fromstring(error), self.now
                )
                self._take(sender, back)
            return
        match output:
            case SendMessage(_, for_whom, element):
                outputs = device.endpoint.message(sender, fromstring(tostring(element)), self.now, for_whom)
            case SendIq(key, _, element):
                outputs = device.endpoint.iq(sender, key, fromstring(tostring(element)), self.now)
            case SendResult(key, _):
                outputs = device.endpoint.answered(key, sender, None, self.now)
            case SendError(key, _, element):
                outputs = device.endpoint.answered(key, sender, fromstring(tostring(element)), self.now)
        self._take(to, outputs)

    def settle(self):
        """Let everything arrive."""
        while self.busy:
            self.deliver(self.busy[0])

    def wait(self, seconds):
        """Let time pass."""
        self.now += seconds
        for address, device in self.devices.items():
            due = device.endpoint.next_deadline()
            if due is not None and due <= self.now:
                self._take(address, device.endpoint.advance(self.now))
        self.settle()

    def actions(self, address):
        """What a device has sent, by the words of it."""
        words = []
        for sender, output in self.sent:
            if sender == address and isinstance(output, SendIq | SendMessage):
                element = output.element
                words.append(element.get("action") or element.tag.partition("}")[2])
        return words


def ringing(net, callee=BOB):
    """Alice calls as "a"; gives the callee's name of the call."""
    net.do(ALICE, "place", "a", BOBS)
    net.settle()
    call = net.devices[callee].last(Offered).call
    net.do(callee, "ring", call)
    net.settle()
    return call


def talking(net, callee=BOB):
    call = ringing(net, callee)
    net.do(callee, "answer", call)
    net.settle()
    net.do(ALICE, "offer", "a", described(candidates=(candidate(),)))
    net.settle()
    net.do(callee, "accept", call, described(setup=Setup.ACTIVE, ufrag="efgh"))
    net.settle()
    return call


def directly(net):
    """Alice calls one device of Bob's without messages."""
    net.do(ALICE, "place", "a", BOB, announce=False)
    net.do(ALICE, "offer", "a", described())
    net.settle()
    return net.devices[BOB].last(Offered).call


def outcome(net, address):
    (over,) = [event for event in net.devices[address].events if isinstance(event, Over)]
    return over.outcome


def quiet(net):
    """Nothing is left of any call."""
    for device in net.devices.values():
        assert device.endpoint.calls == ()
        assert device.endpoint.next_deadline() is None
