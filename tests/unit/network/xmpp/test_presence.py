"""How people are seen, and how the account is."""

from slixmpp.jid import JID

from ringback.domain.inputs import PersonSeen
from ringback.network.xmpp.presence import MOST_DEVICES, PresenceBook
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, xml

BOB = "bob@away.example"


class Street(Shared):
    def __init__(self) -> None:
        super().__init__()
        roster = Roster(self.line)
        roster.items[BOB] = Item(subscription="to")
        self.book = PresenceBook(self.line, roster)

    def comes(self, where, inside="", kind="", who=BOB):
        self.book.heard(JID(f"{who}/{where}"), xml(f"<presence type='{kind}'>{inside}</presence>"))
        return [dict(e.fields) for e in self.took() if isinstance(e, PersonSeen)]


def test_somebody_is_seen_as_on_the_device_where_they_are_most():
    street = Street()
    (seen,) = street.comes("a", "<show>xa</show>")
    assert seen["online_status"] == "na"
    (seen,) = street.comes("b", "<show>away</show><status>Back soon</status>")
    assert (seen["online_status"], seen["mood_text"]) == ("away", "Back soon")
    assert street.book.best_device(BOB) == f"{BOB}/b"
    (seen,) = street.comes("c", "<show>chat</show><state xmlns='urn:ringback:presence:0'>skypeme</state>")
    assert seen["online_status"] == "skypeme"
    (seen,) = street.comes("c", "<show>chat</show>")
    assert seen["online_status"] == "online"
    assert street.comes("c", kind="unavailable")[0]["online_status"] == "away"
    assert street.comes("b", kind="unavailable")[0]["online_status"] == "na"
    (seen,) = street.comes("a", kind="unavailable")
    assert seen == {"online_status": "offline", "last_online": 1_700_000_100}
    assert street.book.best_device(BOB) == ""


def test_strangers_and_crowds_of_devices_are_not_remembered():
    street = Street()
    assert street.comes("x", who="eve@evil.example") == []
    for i in range(MOST_DEVICES + 5):
        street.comes(str(i))
    assert len(street.book.devices[BOB]) == MOST_DEVICES
    assert list(street.book.devices) == [BOB]


def test_odd_presences_are_read_as_far_as_they_go():
    street = Street()
    assert street.comes("a", "<show>sleeping</show><priority>high</priority>")[0]["online_status"] == "online"


def test_the_account_is_seen_as_it_wants():
    street = Street()
    street.book.set_mood("glad")
    assert street.wire.said == []
    for state in ("online", "away", "na", "dnd", "skypeme"):
        street.book.publish(state)
    shows = [s.findtext("{jabber:client}show") for s in street.wire.said]
    assert shows == [None, "away", "xa", "dnd", "chat"]
    assert {s.findtext("{jabber:client}status") for s in street.wire.said} == {"glad"}
    street.book.publish("invisible")
    assert street.wire.said[-1].get("type") == "unavailable"
    street.book.set_mood("sad")
    assert len(street.wire.said) == 6
    street.book.publish("online")
    street.book.set_mood("a\x01")
    assert street.wire.said[-1].find("{jabber:client}status") is None
