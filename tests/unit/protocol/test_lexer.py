import pytest

from ringback.protocol.lexer import assignments, named, split_id, targets, word


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("#1-4711 GET USERSTATUS", ("#1-4711", "GET USERSTATUS")),
        ("#ciapalino PING", ("#ciapalino", "PING")),
        ("#1", ("#1", "")),
        ("GET CHAT #a/$b;c TOPIC", ("", "GET CHAT #a/$b;c TOPIC")),
    ],
)
def test_an_id_is_only_at_the_very_start(text, parts):
    assert split_id(text) == parts


def test_a_free_text_keeps_its_right_end():
    assert word("  SETTOPIC   two  blanks  ") == ("SETTOPIC", "two  blanks  ")


def test_targets_with_and_without_blanks():
    assert targets("anna,bob , +3725555555,,") == ("anna", "bob", "+3725555555")


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
