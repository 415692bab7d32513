"""How people are seen, and how the account is."""

import asyncio

from slixmpp.jid import JID

from ringback.domain.inputs import PersonSeen
from ringback.network.xmpp.presence import MOST_DEVICES, PresenceBook
from ringback.network.xmpp.roster import Item, Roster
from support.stanzas import Shared, answer_of, xml

BOB = "bob@away.example"


class Street(Shared):
    """What Alice sees of Bob."""

    def __init__(self) -> None:
        super().__init__()
        roster = Roster(self.line)
        roster.items[BOB] = Item(subscription="to")
        self.book = PresenceBook(self.line, roster)

    def comes(self, where, inside="", kind="", who=BOB):
        self.book.heard(
            JID(f"{who}/{where}".rstrip("/")), xml(f"<presence type='{kind}'>{inside}</presence>")
        )
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
    assert seen == {"online_status": "offline", "last_online": 1_700_001_000}
    assert street.book.best_device(BOB) == ""


def test_strangers_and_crowds_of_devices_are_not_remembered():
    street = Street()
    assert street.comes("x", who="eve@evil.example") == []
    for i in range(MOST_DEVICES + 5):
        street.comes(str(i))
    assert len(street.book.devices[BOB]) == MOST_DEVICES
    assert list(street.book.devices) == [BOB]


def test_ringbacks_are_known_by_what_they_say_of_themselves():
    street = Street()
    claim = "<c xmlns='http://jabber.org/protocol/caps' node='https://{}.example/' hash='sha-1' ver='x'/>"

    async def scene():
        assert not street.book.all_ours(BOB)
        street.comes("a", claim.format("ringback"))
        assert street.book.all_ours(BOB)
        street.comes("b", claim.format("other"))
        assert not street.book.all_ours(BOB)
        assert (street.book.is_ours(f"{BOB}/a"), street.book.is_ours(f"{BOB}/b")) == (True, False)
        street.comes("a", kind="unavailable")
        street.comes("b", kind="unavailable")
        assert not street.book.all_ours(BOB)
        await street.turn()
        street.line.cut()
        await street.turn()

    asyncio.run(scene())


def test_odd_presences_are_read_as_far_as_they_go():
    street = Street()
    assert street.comes("a", "<show>sleeping</show><priority>high</priority>")[0]["online_status"] == "online"


def claims(ver):
    return (
        f"<c xmlns='http://jabber.org/protocol/caps' node='https://them.example' hash='sha-1' ver='{ver}'/>"
    )


def test_who_can_take_part_in_video_is_told_when_it_is_known():
    """A device with a camera is enough, one that still has to say what it can do keeps a no back."""

    async def scene():
        street = Street()
        (seen,) = street.comes("a")
        assert seen["is_video_capable"] is False
        info, ver = answer_of("urn:xmpp:jingle:apps:rtp:video")
        (seen,) = street.comes("b", claims(ver))
        assert "is_video_capable" not in seen
        await street.answer(info)
        (seen,) = [dict(event.fields) for event in street.took()]
        assert seen["is_video_capable"] is True
        (seen,) = street.comes("b", kind="unavailable")
        assert seen["is_video_capable"] is False
        # What a program can do is known from now on.
        (seen,) = street.comes("c", claims(ver))
        assert seen["is_video_capable"] is True
        assert street.wire.asked == []
        # Who goes does not say that they cannot.
        street.comes("a", kind="unavailable")
        (seen,) = street.comes("c", kind="unavailable")
        assert "is_video_capable" not in seen

    asyncio.run(scene())


def test_who_was_never_there_did_not_leave_now():
    street = Street()
    assert street.comes("", kind="unavailable") == [{"online_status": "offline"}]
