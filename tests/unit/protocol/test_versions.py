"""Conversions of protocols 1 to 8, on the pure renderer (reference: Skype protocol)."""

import pytest

from ringback.protocol.objects.call import STATUS
from ringback.protocol.objects.chatmessage import TYPE
from ringback.protocol.objects.sms import FAILUREREASON
from ringback.protocol.objects.user import ONLINE_STATUS
from ringback.protocol.values import COUNTRY, LANGUAGE, OWN_COUNTRY
from ringback.protocol.versions import older_command, older_line


@pytest.mark.rule("P07", "P08", "P09", "P37", "P42")
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("localhold", {1: "ONHOLD", 2: "LOCALHOLD", 8: "LOCALHOLD"}),
        ("remotehold", {1: "ONHOLD", 2: "REMOTEHOLD"}),
        ("cancelled", {1: "FINISHED", 2: "CANCELLED"}),
        ("transferring", {1: "INPROGRESS", 6: "INPROGRESS", 7: "TRANSFERRING"}),
        ("transferred", {6: "FINISHED", 7: "TRANSFERRED"}),
        ("redial_pending", {7: "ROUTING", 8: "REDIAL_PENDING"}),
        ("waiting_redial_command", {7: "ROUTING", 8: "WAITING_REDIAL_COMMAND"}),
    ],
)
def test_call_statuses_by_protocol(value, shown):
    assert {version: STATUS.show(value, version) for version in shown} == shown


@pytest.mark.rule("P10")
def test_skypeme_exists_from_2():
    assert [ONLINE_STATUS.show("skypeme", v) for v in (1, 2)] == ["ONLINE", "SKYPEME"]


@pytest.mark.rule("P27", "P28", "P29")
def test_country_and_language_have_codes_from_4():
    assert [COUNTRY.show("ee", v) for v in (3, 4)] == ["Estonia", "ee Estonia"]
    assert [LANGUAGE.show("en", v) for v in (3, 4)] == ["English", "en English"]
    assert [OWN_COUNTRY.show("ee", v) for v in (1, 8)] == ["ee Estonia", "ee Estonia"]


NEW_TYPES = [
    "POSTEDCONTACTS",
    "GAP_IN_CHAT",
    "SETROLE",
    "KICKED",
    "SETOPTIONS",
    "KICKBANNED",
    "JOINEDASAPPLICANT",
    "SETPICTURE",
    "SETGUIDELINES",
]


@pytest.mark.rule("P38", "P39", "protocol-r03")
@pytest.mark.parametrize("kind", NEW_TYPES)
def test_message_types_of_7_are_unknown_below(kind):
    assert [TYPE.show(kind.lower(), v) for v in (6, 7)] == ["UNKNOWN", kind]


@pytest.mark.rule("P43")
def test_sender_id_failure_exists_from_8():
    assert [FAILUREREASON.show("no_senderid_capability", v) for v in (7, 8)] == [
        "UNKNOWN",
        "NO_SENDERID_CAPABILITY",
    ]


@pytest.mark.rule("P11", "P12", "P13", "P14", "P15", "P16")
@pytest.mark.parametrize(
    ("verb", "rest", "meant"),
    [
        ("SEARCH", "MESSAGES", "CHATMESSAGES"),
        ("SEARCH", "missedmessages", "MISSEDCHATMESSAGES"),
        ("SEARCH", "MESSAGES echo123", "CHATMESSAGES echo123"),
        ("GET", "MESSAGE 5 PARTNER_HANDLE", "CHATMESSAGE 5 FROM_HANDLE"),
        ("GET", "message 5 partner_dispname ", "CHATMESSAGE 5 FROM_DISPNAME"),
        ("GET", "MESSAGE 5 BODY", "CHATMESSAGE 5 BODY"),
        ("SET", "MESSAGE 5 SEEN", "CHATMESSAGE 5 SEEN"),
        ("GET", "CHAT 5 NAME", "CHAT 5 NAME"),
        ("MESSAGE", "MESSAGE 5", "MESSAGE 5"),
    ],
)
def test_commands_below_3(verb, rest, meant):
    assert older_command(verb, rest) == meant


@pytest.mark.rule("P17", "P18", "P19", "P20")
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("CHATMESSAGE 5 FROM_HANDLE bob", "MESSAGE 5 PARTNER_HANDLE bob"),
        ("CHATMESSAGE 5 FROM_DISPNAME Bob B", "MESSAGE 5 PARTNER_DISPNAME Bob B"),
        ("CHATMESSAGE 5 BODY CHATMESSAGE 6", "MESSAGE 5 BODY CHATMESSAGE 6"),
        ("CHATMESSAGE 5 BODY ", "MESSAGE 5 BODY "),
        ("CHATMESSAGES 1, 2", "MESSAGES 1, 2"),
        ("CHAT x STATUS DIALOG", "CHAT x STATUS DIALOG"),
    ],
)
def test_lines_below_3(line, shown):
    assert older_line(line) == shown
