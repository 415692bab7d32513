"""However many messages nobody has seen, the start and each question read what they show and no more."""

import pytest

from ringback.domain import chats
from ringback.domain.changes import Cause, Kind, Origin, Ref
from ringback.domain.engine import Engine, Happened
from ringback.domain.ids import COUNTER
from ringback.domain.inputs import SeenElsewhere
from ringback.domain.records import Save
from ringback.domain.time import Instant
from ringback.domain.unsaved import Unsaved
from ringback.store.memory import MemoryStore
from support.replay import World

CHAT = "#{0}/$me;0000000000000001"
UNREAD = 3_000


class CountingStore(MemoryStore):
    """``given``: rows and keys that it gave since the start."""

    def __init__(self):
        super().__init__()
        self.given = 0

    def _count(self, found):
        self.given += len(found)
        return found

    def load(self, kind):
        return self._count(list(super().load(kind)))

    def keys(self, *where):
        return self._count(super().keys(*where))


@pytest.fixture
def store():
    """Ann has written much, Bob a little."""
    made = CountingStore()
    records = []
    for number, (name, many) in enumerate((("ann", UNREAD), ("bob", 3)), 1):
        chat = CHAT.format(name)
        records.append(
            Save(Ref(Kind.CHAT, chat), {"timestamp": 1, "partner": name, "number": number, "last": number})
        )
        for key in range(number * 10_000, number * 10_000 + many):
            row = {"chat": chat, "uid": f"u{key}", "author": name, "partner": name, "sort": "said"}
            row |= {"status": "received", "body": "x", "timestamp": 1}
            records.append(Save(Ref(Kind.MESSAGE, key), row))
    made.commit([*records, Save(COUNTER, {"value": "90000"})])
    return made


def test_the_start_and_questions(store):
    me = World("me", stores={"me": store}).attach("me")
    assert store.given < 30
    store.given = 0
    assert me.ask("SEARCH MISSEDCHATS") == f"CHATS {CHAT.format('bob')}, {CHAT.format('ann')}"
    assert me.ask(f"GET CHAT {CHAT.format('bob')} RECENTCHATMESSAGES").endswith(" 20000, 20001, 20002")
    assert me.ask("SET CHATMESSAGE 20002 SEEN").startswith("CHATMESSAGE 20002")
    assert me.ask("SEARCH MISSEDCHATS") == f"CHATS {CHAT.format('bob')}, {CHAT.format('ann')}"
    assert store.given < 30
    shown = me.ask("SEARCH MISSEDCHATMESSAGES").split(", ")
    assert len(shown) == UNREAD + 2
    assert shown[-1] == "20001"


@pytest.mark.parametrize("above", [0, 250])
def test_what_was_read_on_another_device_is_marked_step_by_step(store, above):
    """``above``: how many of them came after the message up to which it was read."""
    world = World("me", stores={"me": store})
    me = world.attach("me")
    last = 10_000 + UNREAD - 1 - above
    event = SeenElsewhere("ann", f"u{last}")
    engine = Engine("me", Unsaved(store))
    step = engine.step(Happened(Cause(Origin.NETWORK), event), Instant(1.0, 1.0))
    assert len(step.records) == chats.AT_ONCE
    world.runtimes["me"]._heard(event)
    read = [line for line in me.news() if line.endswith("STATUS READ")]
    assert len(read) == len(set(read)) == UNREAD - above
    assert me.ask("SEARCH MISSEDCHATMESSAGES").count(",") == above + 2
