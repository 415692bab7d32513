"""Rich texts: what is left of them without their formatting (reference: RICH_MOOD_TEXT, TOPICXML)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

#: Characters that are read. The parser's time is quadratic on unfinished tags: 20 ms for the worst of these.
LONGEST: Final = 2000


class _Plain(HTMLParser):
    """Keeps what is text. Nothing in it is a script: every tag is only formatting."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []

    def set_cdata_mode(self, *_args: object, **_named: object) -> None:
        """What stands in a script or the like is read as everywhere else."""

    def handle_data(self, data: str) -> None:
        self.kept.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A line break parts words; the plain text has one line.
        if tag == "br" and attrs is not None:
            self.kept.append(" ")

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.kept.append(data.removeprefix("CDATA["))


def plain(text: str) -> str:
    """``text`` without its tags, with its entities read; broken or nested tags lose nothing else.

    Clarifications: a line break becomes a blank, so that words stay apart. What is longer than any formatted
    text of a person is left as it is from there on.
    """
    if "<" not in text and "&" not in text:
        return text
    parser = _Plain()
    try:
        parser.feed(text[:LONGEST])
        parser.close()
    except AssertionError:
        # The library's parser gives up on some broken declarations; then nothing in the text is formatting.
        return text
    return "".join(parser.kept) + text[LONGEST:]
