"""Conversions of protocols 1 to 8, on the pure renderer (reference: Skype protocol).

What the whole engine can show of them is in tests/conformance/test_rules.py.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ringback.domain.account import Account
from ringback.domain.changes import Cause, Changed, Kind, Origin, Ref, Reported
from ringback.domain.engine import Engine
from ringback.domain.time import Instant
from ringback.protocol.dispatch import Dispatcher
from ringback.protocol.errors import TEXTS
from ringback.protocol.notify import lines
from ringback.protocol.objects.call_words import STATUS
from ringback.protocol.objects.chatmessage import STATUS as MESSAGE_STATUS
from ringback.protocol.objects.chatmessage import TYPE
from ringback.protocol.objects.sms import FAILUREREASON
from ringback.protocol.objects.user import ONLINE_STATUS
from ringback.protocol.registry import LANGUAGE as WHOLE
from ringback.protocol.schema import Check
from ringback.protocol.values import COUNTRY, LANGUAGE, OWN_COUNTRY
from ringback.protocol.versions import older_answer, older_command, older_error, older_line
from support.replay import World

ROOT = Path(__file__).parents[3]

#: Rules of protocols.json that say when something came or went, without anything that behaves otherwise:
#: nothing is hidden or refused by the number (P02, which is tested).
HISTORICAL = {
    "P22": "names the object that took over; its conversions are P11 to P21",
    "P24": "deprecated, not refused",
    "P25": "deprecated, not refused; what they answer is P20",
    "P26": "deprecated, not refused; what it is converted to is P13",
    "P31": "a list of what came with 5",
    "P33": "a list of what is marked with 5",
    "P35": "deprecated, not refused",
    "P36": "a list of what came with 6",
    "P40": "a list of what came with 7",
    "P45": "a list of what came with 8",
}


def test_every_rule_is_shown_or_historical():
    claimed = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for marker in re.findall(r"mark\.rule\(([^)]*)\)", path.read_text()):
            claimed |= set(re.findall(r'"(P\d\d)"', marker))
    assert not claimed & set(HISTORICAL)
    assert claimed | set(HISTORICAL) == set(json.loads((ROOT / "corpus" / "protocol_rules.json").read_text()))


def told(kind, word, value, version, change=Reported):
    """What a program hears when a property of an object has a value, though nothing holds it yet."""
    declared = WHOLE.object_by_kind[kind]
    properties = tuple(replace(p, field="told") if p.name == word else p for p in declared.properties)
    objects = tuple(replace(o, properties=properties) if o is declared else o for o in WHOLE.objects)
    language = replace(WHOLE, objects=objects)
    ref, cause = Ref(kind, 5), Cause(Origin.NETWORK)
    happened = (
        Changed(ref, "told", None, value, cause) if change is Changed else change(ref, "told", value, cause)
    )
    return lines(language, [happened], version, Account("me"))


@pytest.mark.rule("P07", "P08", "P09", "P37", "P42")
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("localhold", {1: "ONHOLD", 2: "LOCALHOLD", 8: "LOCALHOLD"}),
        ("remotehold", {1: "ONHOLD", 2: "REMOTEHOLD"}),
        ("onhold", {1: "ONHOLD", 8: "ONHOLD"}),
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


@pytest.mark.rule("P32", "o-call-r01")
@pytest.mark.parametrize(
    ("value", "before"),
    [
        *[(f"vm_{word}", "INPROGRESS") for word in ("buffering_greeting", "playing_greeting", "recording")],
        ("vm_uploading", "INPROGRESS"),
        ("vm_sent", "FINISHED"),
        ("vm_cancelled", "CANCELLED"),
        ("vm_failed", "FAILED"),
    ],
)
def test_voicemail_statuses_of_a_call_exist_from_5(value, before):
    assert [STATUS.show(value, v) for v in (4, 5, 8)] == [before, value.upper(), value.upper()]
    assert STATUS.show(value, 1) == ("FINISHED" if before == "CANCELLED" else before)
    assert {"VM_DURATION", "VM_ALLOWED_DURATION"} <= set(WHOLE.object_by_word["CALL"].by_word)


@pytest.mark.rule("P10")
def test_every_word_for_presence_has_an_older_one():
    for word in ("UNKNOWN", "OFFLINE", "ONLINE", "AWAY", "NA", "DND", "SKYPEOUT"):
        assert {ONLINE_STATUS.show(word.lower(), v) for v in range(1, 9)} == {word}


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


@pytest.mark.rule("P38", "P39", "protocol-r03", "o-chatmessage-r01")
@pytest.mark.parametrize("kind", NEW_TYPES)
def test_message_types_of_7_are_unknown_below(kind):
    assert [TYPE.show(kind.lower(), v) for v in (6, 7)] == ["UNKNOWN", kind]
    assert told(Kind.MESSAGE, "TYPE", kind.lower(), 1) == ("MESSAGE 5 TYPE UNKNOWN",)
    assert told(Kind.MESSAGE, "TYPE", kind.lower(), 3) == ("CHATMESSAGE 5 TYPE UNKNOWN",)
    assert told(Kind.MESSAGE, "TYPE", kind.lower(), 7) == (f"CHATMESSAGE 5 TYPE {kind}",)


@pytest.mark.parametrize("kind", sorted(set(TYPE.words) - set(NEW_TYPES)))
def test_older_message_types_are_the_same_from_3_on(kind):
    assert {TYPE.show(kind.lower(), v) for v in range(3, 9)} == {kind}


@pytest.mark.parametrize("kind", TYPE.words)
def test_below_3_types_are_those_of_the_message_object(kind):
    text = kind in ("SAID", "EMOTED", "SETTOPIC")
    assert {TYPE.show(kind.lower(), v) for v in (1, 2)} == {"TEXT" if text else "UNKNOWN"}


@pytest.mark.parametrize(("version", "shown"), [(1, "FAILED"), (2, "FAILED"), (3, "SENDING"), (8, "SENDING")])
def test_a_message_that_failed_had_a_word_for_it_once(version, shown):
    assert MESSAGE_STATUS.show("failed", version) == shown


@pytest.mark.rule("P17", "P18", "P19", "P21", "P23", "message-r01", "events-object-r06")
@pytest.mark.parametrize("change", [Reported, Changed])
@pytest.mark.parametrize(
    ("word", "value", "old", "new"),
    [
        ("STATUS", "sending", "MESSAGE 5 STATUS SENDING", "CHATMESSAGE 5 STATUS SENDING"),
        ("FROM_HANDLE", "bob", "MESSAGE 5 PARTNER_HANDLE bob", "CHATMESSAGE 5 FROM_HANDLE bob"),
        ("FROM_DISPNAME", "Bob B", "MESSAGE 5 PARTNER_DISPNAME Bob B", "CHATMESSAGE 5 FROM_DISPNAME Bob B"),
        ("BODY", "", "MESSAGE 5 BODY ", "CHATMESSAGE 5 BODY "),
    ],
)
def test_notifications_of_messages(word, value, old, new, change):
    said = [told(Kind.MESSAGE, word, value, version, change) for version in range(1, 9)]
    assert said == [(old,)] * 2 + [(new,)] * 6


@pytest.mark.rule("P41", "o-group-r01", "o-group-r02")
def test_groups_tell_their_size_only():
    assert told(Kind.GROUP, "NROFUSERS", 3, 8) == ("GROUP 5 NROFUSERS 3",)
    assert told(Kind.GROUP, "NROFUSERS_ONLINE", 1, 8) == ()
    assert told(Kind.GROUP, "USERS", ("bob", "carol"), 8) == ()


@pytest.mark.rule("P44")
@pytest.mark.parametrize(("verb", "before"), [("CHAT", 508), ("CHATMESSAGE", 511), ("MESSAGE", 511)])
def test_error_615_exists_from_8(verb, before):
    assert [older_error(615, verb, v) for v in (1, 7, 8)] == [before, before, 615]
    assert older_error(510, verb, 1) == 510
    assert {615, before} <= set(TEXTS)


@pytest.mark.rule("P44")
def test_a_failure_that_came_with_8_is_answered_with_its_older_number():
    disabled = Check(lambda _account, _rest: 615, {615: "disabled"})
    declared = WHOLE.command_by_words["CHAT", "CREATE"]
    commands = tuple(replace(c, check=disabled) if c is declared else c for c in WHOLE.commands)
    dispatcher = Dispatcher(Engine("me"), replace(WHOLE, commands=commands), lambda *_: None)
    for version, number in ((7, 508), (8, 615)):
        outcome = dispatcher.perform("chat create bob", version, Cause(Origin.CLIENT), Instant(0, 0))
        assert outcome.answer == f"ERROR {number} {TEXTS[number]}"


#: Commands of protocols 5 to 8, with an answer that does not depend on when it is asked.
LATER = [
    "ALTER CALL 9 HANGUP",
    "ALTER CALL 9 TRANSFER bob",
    "CHAT CREATE bob",
    "CREATE GROUP x",
    "GET PROFILE CALL_FORWARD_RULES",
    "GET PROFILE RICH_MOOD_TEXT",
    "OPEN OPTIONS",
    "CREATE SMS OUTGOING +1",
    "GET UI_LANGUAGE",
    "GET SILENT_MODE",
    "SEARCH BOOKMARKEDCHATS",
    "ALTER CHAT #a/$b JOIN",
    "SEARCH FILETRANSFERS",
    "CALLVOICEMAIL bob",
    'ALTER VOICEMAIL 5 SET_INPUT FILE="x"',
    "RESETIDLETIMER",
    "GET WINDOWSTATE",
]


@pytest.mark.rule("P02", "protocol-r04")
@pytest.mark.parametrize("command", LATER)
def test_later_commands_are_not_hidden_by_the_number(command):
    world = World()
    answers = {world.attach(protocol=version).ask(command) for version in range(3, 9)}
    assert len(answers) == 1
    assert world.attach(protocol=None).ask(command) in answers
    assert not re.match(r"ERROR (2|3|7|18|69|527|537) ", answers.pop())


@pytest.mark.rule("P06", "P04")
def test_8_is_the_newest():
    program = World().attach(protocol=None)
    assert [program.ask(f"PROTOCOL {n}") for n in (7, 8, 9, 99999)] == [
        "PROTOCOL 7",
        "PROTOCOL 8",
        "PROTOCOL 8",
        "PROTOCOL 8",
    ]


@pytest.mark.rule("P20", "search-messages-r01")
def test_searching_messages_by_protocol():
    world = World()
    for version in (None, 1, 2, 3, 8):
        program = world.attach(protocol=version)
        for search in ("SEARCH MESSAGES", "SEARCH MISSEDMESSAGES", "search  messages  echo123 "):
            assert program.ask(search) == "MESSAGES "
        assert program.ask("SEARCH MISSEDMESSAGES echo123").startswith("ERROR 29 ")
        assert program.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "
        assert program.ask("SEARCH MISSEDCHATMESSAGES") == "CHATMESSAGES "


@pytest.mark.rule("P43")
def test_sender_id_failure_is_notified_as_unknown_below_8():
    assert told(Kind.PHONE_TEXT, "FAILUREREASON", "no_senderid_capability", 7) == (
        "SMS 5 FAILUREREASON UNKNOWN",
    )
    assert told(Kind.PHONE_TEXT, "FAILUREREASON", "ip_blocked", 1) == ("SMS 5 FAILUREREASON IP_BLOCKED",)


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
        ("GET", "Message   5   Partner_Handle  ", "CHATMESSAGE 5 FROM_HANDLE"),
        ("GET", "MESSAGE\t5\tPARTNER_HANDLE", "CHATMESSAGE 5 FROM_HANDLE"),
        ("GET", "MESSAGE", "CHATMESSAGE"),
        ("GET", "MESSAGE 5", "CHATMESSAGE 5"),
        # Only SEEN could be set (rule set-message-r01).
        ("SET", "MESSAGE 5 BODY two  blanks ", "MESSAGE 5 BODY two  blanks "),
        ("SET", "MESSAGE 5 PARTNER_HANDLE x", "MESSAGE 5 PARTNER_HANDLE x"),
        ("GET", "CHAT 5 NAME", "CHAT 5 NAME"),
        ("GET", "CHATMESSAGE 5 PARTNER_HANDLE", "CHATMESSAGE 5 PARTNER_HANDLE"),
        ("SEARCH", "CHATS", "CHATS"),
        ("SEARCH", "MESSAGE 5", "MESSAGE 5"),
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
        ("CHAT x STATUS DIALOG", "CHAT x STATUS DIALOG"),
    ],
)
def test_lines_below_3(line, shown):
    assert older_line(line) == shown
    assert older_answer(line, True) == older_answer(line, False) == shown


@pytest.mark.rule("P20")
def test_lists_of_messages_are_headed_as_they_were_asked_for():
    assert older_answer("CHATMESSAGES 1, 2", True) == "MESSAGES 1, 2"
    assert older_answer("CHATMESSAGES 1, 2", False) == "CHATMESSAGES 1, 2"
