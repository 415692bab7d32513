import pytest

from ringback.protocol.lexer import assignments, named, split_id, targets, word
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.values import BLANK_LIST, COMMA_LIST
from support.replay import World


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("#1-4711 GET USERSTATUS", ("#1-4711", "GET USERSTATUS")),
        ("#ciapalino PING", ("#ciapalino", "PING")),
        ("#1", ("#1", "")),
        ("GET CHAT #a/$b;c TOPIC", ("", "GET CHAT #a/$b;c TOPIC")),
        ("#333\tPING", ("#333", "PING")),
        ("#a\r\nPING", ("#a", "\nPING")),
        ("#a  SET PROFILE ABOUT x ", ("#a", " SET PROFILE ABOUT x ")),
        ("##a;b/$c PING", ("##a;b/$c", "PING")),
        ("#\u00fc\u4e16 PING", ("#\u00fc\u4e16", "PING")),
        ("# PING", ("#", "PING")),
        ("#a ", ("#a", "")),
        (" #a PING", ("", " #a PING")),
        ("", ("", "")),
    ],
)
def test_an_id_is_only_at_the_very_start(text, parts):
    assert split_id(text) == parts


def test_a_free_text_keeps_its_right_end():
    assert word("  SETTOPIC   two  blanks  ") == ("SETTOPIC", "two  blanks  ")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("", "")),
        ("  \t\r\n", ("", "")),
        ("PING", ("PING", "")),
        ("PING  ", ("PING", "")),
        ("\t GET\tUSERSTATUS", ("GET", "USERSTATUS")),
        ("BODY first\nsecond", ("BODY", "first\nsecond")),
        ("BODY\u00a0x y", ("BODY\u00a0x", "y")),
    ],
)
def test_words_end_at_blanks_that_can_be_typed(text, parts):
    assert word(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("anna,bob , +3725555555,,", ("anna", "bob", "+3725555555")),
        ("anna, bob", ("anna", "bob")),
        ("anna", ("anna",)),
        ("+372 555 5555, anna ", ("+372 555 5555", "anna")),
        (" , ,", ()),
        ("", ()),
    ],
)
def test_targets_with_and_without_blanks(text, parts):
    assert targets(text) == parts
    assert targets(text, 1) == parts[:1]


@pytest.mark.parametrize(
    "text", ['"a b"', 'say "hi"', '""', '"', "'x'", '  two  ""quotes""', "a\\b\\n", "a, b"]
)
def test_free_texts_keep_their_quotation_marks(text):
    """A07: the last argument of a line is taken as it comes."""
    program = World().attach()
    assert program.ask(f"SET PROFILE ABOUT {text}") == f"PROFILE ABOUT {text.lstrip()}"
    assert program.ask("GET PROFILE ABOUT") == f"PROFILE ABOUT {text.lstrip()}"


def test_a_text_may_have_several_lines():
    program = World().attach()
    assert program.ask("SET PROFILE ABOUT one\ntwo") == "PROFILE ABOUT one\ntwo"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (BLANK_LIST, ("a", "b"), "a b"),
        (COMMA_LIST, ("a", "b"), "a, b"),
        (COMMA_LIST, (3, 1), "3, 1"),
        (BLANK_LIST, (), ""),
        (COMMA_LIST, (), ""),
    ],
)
def test_lists_and_their_separators(kind, value, shown):
    assert kind.show(value, 8) == shown


@pytest.mark.parametrize(
    ("owner", "name", "kind"),
    [
        *[("GROUP", "USERS", COMMA_LIST), ("CHAT", "MEMBEROBJECTS", COMMA_LIST)],
        *[("CHAT", "CHATMESSAGES", COMMA_LIST), ("CHAT", "RECENTCHATMESSAGES", COMMA_LIST)],
        *[("SMS", "TARGET_NUMBERS", COMMA_LIST), ("SMS", "TARGET_STATUSES", COMMA_LIST)],
        *[("CHAT", name, BLANK_LIST) for name in ("MEMBERS", "ACTIVEMEMBERS", "POSTERS")],
        *[("CHATMESSAGE", "USERS", BLANK_LIST), ("USER", "ALIASES", BLANK_LIST)],
        *[
            ("APPLICATION", n, BLANK_LIST)
            for n in ("STREAMS", "SENDING", "RECEIVED", "CONNECTING", "CONNECTABLE")
        ],
    ],
)
def test_each_list_has_its_separator(owner, name, kind):
    declared = LANGUAGE.object_by_word[owner].by_word[name].type
    assert declared.show(("one", "two"), 8) == kind.show(("one", "two"), 8)


def test_aliases_have_blanks_between():
    world = World()
    program = world.attach()
    world.runtimes["me"].engine.account.people.known["echo123"].aliases = ("one", "two")
    assert program.ask("GET USER echo123 ALIASES") == "USER echo123 ALIASES one two"


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("get user ECHO123 fullname", "USER ECHO123 FULLNAME Echo / Sound Test Service"),
        ("Get  User\techo123   FullName  ", "USER echo123 FULLNAME Echo / Sound Test Service"),
        ("set userstatus away ", "USERSTATUS AWAY"),
        ("set profile call_apply_cf true", "PROFILE CALL_APPLY_CF TRUE"),
        ("search friends ", "USERS echo123"),
        ("get privilege SkypeOut", "PRIVILEGE SkypeOut TRUE"),
        ("  ping", "PONG"),
        ("protocol 08 ", "PROTOCOL 8"),
    ],
)
def test_answers_are_canonical_whatever_is_typed(typed, canonical):
    """A01, A02: words in capitals, arguments as given."""
    assert World().attach().ask(typed) == canonical


@pytest.mark.parametrize(
    ("spelled", "pairs"),
    [
        ('PORT="5001"', [("PORT", "5001")]),
        ('SOUNDCARD="default" PORT="5001"', [("SOUNDCARD", "default"), ("PORT", "5001")]),
        ('SOUNDCARD="default", FILE="c:\\a b.wav"', [("SOUNDCARD", "default"), ("FILE", "c:\\a b.wav")]),
        ("port=5001,soundcard=default", [("PORT", "5001"), ("SOUNDCARD", "default")]),
        ('file="say ""hi"".wav"', [("FILE", 'say "hi".wav')]),
        ('FILE=""', [("FILE", "")]),
        ("SOUNDCARD", [("SOUNDCARD", None)]),
        ('  PORT = "5"  FILE =x', [("PORT", "5"), ("FILE", "x")]),
        ('FILE= PORT="1"', [("FILE", ""), ("PORT", "1")]),
        ('SOUNDCARD PORT="1"', [("SOUNDCARD", None), ("PORT", "1")]),
        ('FILE="a, b=c" ,PORT="1"', [("FILE", "a, b=c"), ("PORT", "1")]),
        ('PORT="1"PORT="2"', [("PORT", "1"), ("PORT", "2")]),
        ("FILE=", [("FILE", "")]),
        (r"FILE=c:\a=b.wav", [("FILE", r"c:\a=b.wav")]),
        (" , ", []),
        ("", []),
    ],
)
def test_parameters_in_every_spelling(spelled, pairs):
    assert list(assignments(spelled)) == pairs


def test_an_unfinished_quotation_is_no_parameter():
    with pytest.raises(ValueError, match="unfinished"):
        list(assignments('FILE="abc'))


NAMES = frozenset({"CONTEXT", "CAPTION", "ENABLED"})


@pytest.mark.parametrize(
    ("spelled", "pairs"),
    [
        ("", {}),
        (
            'context tools CAPTION "TEST 01" ENABLED true',
            {"CONTEXT": "tools", "CAPTION": "TEST 01", "ENABLED": "true"},
        ),
        ("CAPTION two words CONTEXT call", {"CAPTION": "two words", "CONTEXT": "call"}),
        ('CAPTION "say ""hi"" CONTEXT"', {"CAPTION": 'say "hi" CONTEXT'}),
        ('CAPTION ""', {"CAPTION": ""}),
        ("CAPTION enabled ENABLED true", {"CAPTION": "enabled", "ENABLED": "true"}),
    ],
)
def test_named_properties(spelled, pairs):
    assert named(spelled, NAMES) == pairs


@pytest.mark.parametrize("spelled", ["COLOUR red", "CAPTION", "CAPTION a CAPTION b", 'CAPTION "a', "red"])
def test_named_properties_that_are_none(spelled):
    with pytest.raises(ValueError, match=r"unknown, repeated|unfinished"):
        named(spelled, NAMES)
