"""What the tour and the tracer print fits into a terminal and cannot steer it."""

import pytest
from click import unstyle

from ringback.protocol.registry import LANGUAGE
from ringback.tools.terminal import Look, counted, printable
from ringback.tools.tour import REMARKS, find, remark, row


@pytest.mark.parametrize(
    ("arrow", "text"),
    [
        ("->", "PING"),
        ("<-", "USER echo123 FULLNAME Echo / Sound Test Service"),
        ("->", 'ALTER CALL 1 SET_INPUT FILE="/a/very/long/' + "folder/" * 20 + 'sample.wav"'),
        ("<-", "CALL 1 SUBJECT " + "x" * 300),
        ("<-", "CALL 1 SUBJECT "),
    ],
)
@pytest.mark.parametrize("meaning", ["", "the call has a number now"])
def test_a_line_of_the_tour_fits_and_is_whole(arrow, text, meaning):
    shown = unstyle(row(1.5, arrow, text, meaning, Look(80, True)))
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.startswith("  1.500  " + arrow)
    assert shown.endswith(meaning)
    said = shown.removesuffix(meaning).removeprefix(f"  1.500  {arrow} ")
    assert "".join(said.split()) == "".join(text.split())


def test_remarks_fit_beside_the_line_and_are_about_the_language():
    for beginning, meaning in REMARKS.items():
        assert len(meaning) <= 32, meaning
        words = [word for word in beginning.split()[1:] if word != "#"]
        known = {*LANGUAGE.object_by_word, *LANGUAGE.setting_by_word}
        assert words[0] in {*known, "NAME", "OK", "PROTOCOL", "ALTER", "GET", "ERROR", "CALLHISTORYCHANGED"}


def test_the_closest_remark_counts():
    assert remark("<-", "CALL 7 STATUS FINISHED") == "the other side hung up"
    assert remark("<-", "CALL 7 STATUS BUSY") == "the call came to nothing"
    assert remark("<-", "CALL 7 VAA_INPUT_STATUS TRUE") == "our file speaks now"
    assert remark("<-", "CALL 7 VAA_INPUT_STATUS FALSE") == "no file of ours speaks"
    assert remark("<-", "CALLS 1") == ""


def test_no_text_from_outside_steers_the_terminal():
    assert printable("mood \x1b[2J\x07\x9b5n ä☎\tend") == "mood \\x1b[2J\\x07\\x9b5n ä☎\tend"


class Stream:
    def __init__(self, terminal):
        self._terminal = terminal

    def isatty(self):
        return self._terminal


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Look.of(Stream(True)).colour
    assert not Look.of(Stream(False)).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Look.of(Stream(True)).colour
    assert Look.of(Stream(True)).paint("x", "red") == "x"


def test_the_search_for_the_sample_tells_it_from_other_sound():
    def wave(period, rising):
        levels = (n if rising else 8000 for n in range(8000))
        signs = (1 if n % period < period // 2 else -1 for n in range(8000))
        return b"".join(
            (a * b).to_bytes(2, "little", signed=True) for a, b in zip(levels, signs, strict=True)
        )

    said, silence = wave(8000, rising=True), bytes(2 * 3200)
    back = find(said, silence + said + silence)
    assert back.came_back
    assert back.seconds == pytest.approx(0.2, abs=0.02)
    for other in (silence * 4, wave(50, rising=False), said[: len(said) // 2] + silence * 2):
        assert not find(said, silence + other + silence).came_back
    assert not find(said, b"").came_back


def test_how_many():
    assert [counted(number, "program") for number in (0, 1, 2)] == ["no programs", "1 program", "2 programs"]
