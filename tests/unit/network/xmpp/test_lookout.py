"""Contacts are asked how they are, in turn and without haste."""

from slixmpp.jid import JID

from ringback.network.xmpp.lookout import MISSES, PER_STEP, ROUND, STEP, Lookout
from ringback.network.xmpp.presence import PresenceBook
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, xml


class Tower(Shared):
    def __init__(self, contacts) -> None:
        super().__init__()
        roster = Roster(self.line)
        roster.items["nobody@x"] = Item(subscription="from")
        for i in range(contacts):
            roster.items[f"p{i}@x"] = Item(subscription="to")
        self.book = PresenceBook(self.line, roster)
        self.lookout = Lookout(self.line, roster, self.book, lambda: None)

    def hear(self, where):
        self.book.heard(JID(where), xml("<presence/>"))

    def there(self):
        return sorted(self.book.devices["p0@x"])

    def passes(self, seconds):
        """Whom it asks in that time, and when after its beginning."""
        begin, asked = self.clock.seconds, []
        while (due := self.lookout.next_deadline()) is not None and due < begin + seconds:
            self.clock.seconds = max(due, self.clock.seconds)
            self.lookout.advance(self.clock.seconds)
            asked += [(self.clock.seconds - begin, stanza.get("to")) for stanza in self.wire.said]
            assert {stanza.get("type") for stanza in self.wire.said} <= {"probe"}
            self.wire.said.clear()
        self.clock.seconds = begin + seconds
        return asked


def test_few_are_asked_once_in_a_round():
    tower = Tower(2)
    assert tower.passes(100) == []
    tower.lookout.look()
    assert tower.passes(2 * ROUND) == [(when, f"p{i}@x") for when in (0.0, ROUND) for i in range(2)]
    tower.lookout.over()
    assert tower.passes(100) == []


def test_many_are_asked_so_many_in_each_second():
    tower = Tower(PER_STEP * 20)
    tower.lookout.look()
    asked = tower.passes(20 * STEP)
    assert len({who for _, who in asked}) == PER_STEP * 20
    assert max(sum(when == moment for when, _ in asked) for moment, _ in asked) == PER_STEP


def test_nobody_is_asked_without_a_connection():
    tower = Tower(1)
    tower.lookout.look()
    tower.line.cut()
    assert tower.lookout.next_deadline() is None


def test_a_device_that_shows_itself_no_more_is_gone_at_once_and_somebody_silent_after_a_while():
    tower = Tower(1)
    for where in ("p0@x/a", "p0@x/b"):
        tower.hear(where)
    tower.lookout.look()
    tower.passes(ROUND)
    assert tower.there() == ["a", "b"]
    tower.hear("p0@x/a")
    tower.passes(ROUND)
    assert tower.there() == ["a"]
    tower.passes(ROUND * (MISSES - 1))
    # One answer is enough to begin anew.
    tower.hear("p0@x/a")
    tower.passes(ROUND)
    for _ in range(MISSES):
        assert tower.there() == ["a"]
        tower.passes(ROUND)
    assert tower.there() == []
    assert dict(tower.took()[-1].fields)["online_status"] == "offline"
