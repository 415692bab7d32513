"""However a command is typed, it is understood; whatever the protocol, values stay within the language."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.protocol.registry import LANGUAGE
from ringback.protocol.versions import older_command, older_line
from support.replay import World

COMMANDS = [
    "GET USER echo123 FULLNAME",
    "GET CALL 1 PARTNER_HANDLE",
    "GET SKYPEVERSION",
    "GET PRIVILEGE SKYPEOUT",
    "GET MESSAGE 5 PARTNER_HANDLE",
    "SET PROFILE MOOD_TEXT",
    "SET CALL 1 SEEN",
    "SET MUTE OFF",
    "SEARCH CALLS echo123",
    "SEARCH MISSEDMESSAGES",
    "ALTER CALL 1 DTMF 5",
    "CHAT CREATE !",
    "PROTOCOL 0",
    "PING",
]
#: Arguments, which are echoed as typed.
AS_TYPED = {"echo123", "SKYPEOUT"}
BLANKS = st.text(" \t", min_size=1, max_size=3)


@pytest.fixture(scope="module", params=[1, 8])
def program(request):
    world = World()
    program = world.attach(protocol=request.param)
    program.ask("CALL echo123")
    world.wait(3)
    return program


@settings(max_examples=150, deadline=None)
@given(command=st.sampled_from(COMMANDS), spelling=st.data())
def test_case_and_blanks_do_not_matter(program, command, spelling):
    typed = spelling.draw(st.text(" \t\r\n", max_size=2))
    for word in command.split(" "):
        shouted = word in AS_TYPED or spelling.draw(st.booleans())
        typed += (word if shouted else word.lower()) + spelling.draw(BLANKS)
    assert program.ask(typed) == program.ask(command)


TYPES = {
    (kind.word, declared.name): declared.type for kind in LANGUAGE.objects for declared in kind.properties
} | {("GENERAL", name): setting.property.type for name, setting in LANGUAGE.setting_by_word.items()}
#: Their words are only part of a value.
COMPOSED = {"INPUT", "OUTPUT", "CAPTURE_MIC", "TARGET_STATUSES"}
ENUMERATIONS = {
    where: kind
    for where, kind in TYPES.items()
    if kind.words and kind.words[0] not in ("TRUE", "ON") and where[1] not in COMPOSED
}


@pytest.mark.parametrize("where", ENUMERATIONS, ids=" ".join)
def test_values_stay_within_the_language_at_every_protocol(where):
    """What an old program is shown is a word that it knows and that would be shown to it again."""
    kind = ENUMERATIONS[where]
    for word in kind.words:
        assert kind.show(word.lower(), 8) == word
        # Below 3 a chat message is a MESSAGE, whose types are others.
        for version in range(3 if where == ("CHATMESSAGE", "TYPE") else 1, 9):
            shown = kind.show(word.lower(), version)
            assert shown in kind.words
            assert kind.show(shown.lower(), version) == shown
            # A value that is once known stays known.
            if shown == word:
                assert {kind.show(word.lower(), later) for later in range(version, 9)} == {word}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["GET", "SET", "SEARCH", "ALTER", "MESSAGE", ""]))
def test_only_words_about_messages_are_converted(text, verb):
    first = text.split(maxsplit=1)[:1]
    if not first or first[0].upper() not in {"MESSAGE", "MESSAGES", "MISSEDMESSAGES"}:
        assert older_command(verb, text) == text
    if not text.startswith("CHATMESSAGE "):
        assert older_line(text) == text
