"""The first word, whatever the text: the quick way and the careful way agree."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from ringback.protocol.lexer import word

PATTERN = re.compile(r"[ \t\r\n]*([^ \t\r\n]*)[ \t\r\n]*(.*)", re.DOTALL)


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from(" \t\r\nab#\u00a0\u2028\x1f\x85"), st.characters()), max_size=30
    )
)
@example("GET\tUSER x")
@example("GET \r\n USER  x ")
@example("\u00a0GET x")
@example(" ")
def test_only_blanks_tabs_and_line_ends_part_words(text):
    assert word(text) == PATTERN.fullmatch(text).groups()
