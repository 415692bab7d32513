"""What comes in on a connection, said by servers that are none, and by strangers through honest ones."""

import asyncio
import contextlib
from xml.etree import ElementTree as ET

import pytest

from ringback.network.xmpp import stream as module
from ringback.network.xmpp.stream import DEEPEST, LARGEST_STANZA, MOST_ELEMENTS, PORTION, Stream

LARGE, MANY = 1 << 18, 5_000
HEAD = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"


class Transport:
    def __init__(self) -> None:
        self.reads = self.closed = False

    def is_closing(self):
        return self.closed

    def get_extra_info(self, _name, default=None):
        return default

    def write(self, _data):
        pass

    def pause_reading(self):
        self.reads = False

    def resume_reading(self):
        self.reads = True


class Heard(Stream):
    """Notes what it is given. ``secure``: as if under TLS."""

    def __init__(self, *, secure: bool = True) -> None:
        super().__init__("alice@home.example", "secret")
        self.secure, self.refused, self.faults, self.stanzas = secure, [], [], []
        self.transport = Transport()
        self.init_parser()

    @property
    def encrypted(self):
        return self.secure

    def refuse(self, why):
        self.refused.append(why)
        self.forget_unread()
        self.parser = None

    def exception(self, exception):
        self.faults.append(exception)

    def _spawn_event(self, xml):
        self.stanzas.append(ET.tostring(xml).decode())
        if xml.get("id") == "fault":
            raise RecursionError

    async def hears(self, *said, head=HEAD):
        """All of it, however many turns that takes."""
        for one in (head, *said):
            self.data_received(one)
        while self._unread and not self._held:  # noqa: ASYNC110 - turns of the loop are what is tried
            await asyncio.sleep(0)


@pytest.fixture
def small(monkeypatch):
    """Bounds that are reached soon."""
    monkeypatch.setattr(module, "LARGEST_STANZA", LARGE)
    monkeypatch.setattr(module, "MOST_ELEMENTS", MANY)


def heard(*said, secure=True, head=HEAD):
    async def scene():
        connection = Heard(secure=secure)
        await connection.hears(*said, head=head)
        return connection

    return asyncio.run(scene())


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE s [<!ENTITY a 'b'>]>" + HEAD,
        b"<?xml version='1.0'?>\n  <!DOCTYPE s [<!ENTITY a 'b'>]>" + HEAD,
        "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE s>".encode("utf-16"),
        "<?xml version='1.0' encoding='UTF-16'?><s/>".encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_document_type_is_seen_however_it_comes(head, size):
    parts = [head[start : start + size] for start in range(0, len(head), size)]
    assert heard(*parts, head=b"").refused == ["sent a document type"]


@pytest.mark.parametrize(
    "said",
    [
        b"<message><a></b></message>",
        b"<!DOCTYPE s [<!ENTITY a 'b'>]>",
        b"<message><body>&a;</body></message>",
        b"<message><body>\x01</body></message>",
        b"<message><body>&#0;</body></message>",
        b"<message a='1' a='2'/>",
        b"\xff\xfe",
    ],
)
def test_what_is_no_xml_is_refused(said):
    connection = heard(said, b"<message/>")
    assert connection.refused == ["sent what is no XML"]
    assert connection.stanzas == []


@pytest.mark.parametrize(
    "endless",
    [
        b"<message><body>" + b"x" * (LARGE + PORTION),
        b"<message><a>" + b"<b/>" * (MANY + PORTION),
        b"<message><!--" + b"x" * (LARGE + PORTION),
        b" " * (LARGE + PORTION),
    ],
)
def test_nothing_is_endless(small, endless):
    assert heard(endless).refused == ["sent more at once than anybody may"]


def test_much_is_taken_one_after_the_other(small):
    large = b"<message><body>" + b"x" * (LARGE // 3) + b"</body></message>"
    connection = heard(large, large, large, large)
    assert (len(connection.stanzas), connection.refused) == (4, [])


@pytest.mark.parametrize("levels", [DEEPEST, 10_000, 50_000])
def test_what_is_too_deep_is_emptied_and_nothing_else(levels):
    inside = b"<a>" * levels + b"</a>" * levels
    connection = heard(
        b"<message id='1' from='eve@away.example'><body>x</body>" + inside + b"</message>",
        b"<iq id='2' type='set'>" + inside + b"</iq>",
        b"<iq id='3' type='result'>" + inside + b"</iq>",
        b"<message id='4'><body>after</body></message>",
    )
    assert (connection.refused, connection.faults) == ([], [])
    message, order, answer, after = map(ET.fromstring, connection.stanzas)
    assert (message.get("id"), message.get("from"), len(message)) == ("1", "eve@away.example", 0)
    assert (order.get("type"), len(order)) == ("set", 0)
    # An answer that is empty would be one.
    assert (answer.get("type"), [child.tag for child in answer]) == ("error", ["{jabber:client}error"])
    assert after[0].text == "after"


def test_what_is_not_too_deep_is_whole():
    levels = DEEPEST - 2
    (stanza,) = heard(b"<message>" + b"<a>" * levels + b"</a>" * levels + b"</message>").stanzas
    assert stanza.count("<ns0:a") == levels


def test_a_fault_over_one_stanza_does_not_keep_back_the_next():
    connection = heard(b"<message id='fault'/><message id='next'/>")
    assert len(connection.faults) == 1
    assert "next" in connection.stanzas[-1]


@pytest.mark.parametrize(
    "said",
    [
        b"<message from='bob@away.example'><body>forged</body></message>",
        b"<presence from='bob@away.example'/>",
        b"<iq type='result' id='1'/>",
        b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        b"<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>",
    ],
)
def test_in_the_open_only_the_way_to_tls_is_spoken_of(said):
    features = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
    connection = heard(features, said, features, secure=False)
    assert connection.refused == ["spoke before TLS, or somebody in its name"]
    assert len(connection.stanzas) == 1
    assert heard(said).refused == []


def test_what_came_in_the_open_is_not_heard_under_tls():
    """Whoever is on the way may send it right behind the leave to begin TLS."""

    async def scene():
        connection = Heard(secure=False)
        connection.data_received(HEAD)
        leave = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
        connection.data_received(leave + b" " * PORTION + HEAD + b"<message/>")
        connection.secure = True
        connection.connection_made(connection.transport, send_event=False)
        await connection.hears(b"<iq/>")
        return connection

    connection = asyncio.run(scene())
    assert [stanza.partition(" ")[0] for stanza in connection.stanzas] == ["<ns0:proceed", "<ns0:iq"]
    assert connection.refused == []


def test_only_a_portion_is_read_in_one_go_and_nothing_more_let_in():
    async def scene():
        connection = Heard()
        await connection.hears()
        said = b"<message/>" * PORTION
        connection.data_received(said)
        first = len(connection.stanzas)
        assert 0 < first <= PORTION / len(b"<message/>")
        assert not connection.transport.reads
        await asyncio.sleep(0)
        assert first < len(connection.stanzas) <= 2 * first + 1
        connection.hold(True)
        before = len(connection.stanzas)
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(connection.stanzas) == before
        assert not connection.transport.reads
        connection.hold(False)
        while connection._unread:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        assert len(connection.stanzas) == PORTION
        assert connection.transport.reads

    asyncio.run(scene())


def test_the_last_that_came_is_heard_when_the_connection_is_gone():
    async def scene():
        connection = Heard()
        await connection.hears()
        connection.data_received(b"<message/>" * PORTION + b"<stream:error/>")
        with contextlib.suppress(AttributeError):
            connection.connection_lost(None)
        assert len(connection.stanzas) == PORTION + 1
        assert connection._turn is None

    asyncio.run(scene())


def test_bounds_fit_each_other():
    """Whoever says four bytes for each element cannot end the connection with what servers let through."""
    assert MOST_ELEMENTS * 4 > 1.5 * (512 << 10)
    assert LARGEST_STANZA > 8 * (512 << 10)
    assert DEEPEST < 200, "copying takes several calls for each level"
