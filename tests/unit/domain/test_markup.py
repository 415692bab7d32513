"""Mood texts without their formatting."""

import time

import pytest

from ringback.domain.markup import LONGEST, plain


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ('Smiley: <SS type="smile">:-)</SS>', "Smiley: :-)"),
        ('<SS type="smile"></SS>', ""),
        ('<FONT COLOR="#FF0010">Red text</FONT>', "Red text"),
        ("<B>bold <I>both</B> italic</I>", "bold both italic"),
        ("First line<br/>Second line<BR>Third line", "First line Second line Third line"),
        ("Tom &amp; Jerry &lt;3 &#65;&#x42; &quot;x&quot;", 'Tom & Jerry <3 AB "x"'),
        ("&lt;B&gt;not bold&lt;/B&gt;", "<B>not bold</B>"),
        ("&bogus; & &", "&bogus; & &"),
        ("I <3 you, 1 < 2 > 0", "I <3 you, 1 < 2 > 0"),
        ('<a href="x>y">link</a>', "link"),
        ("<script>x = '<b>y</b>' &amp; z</script>!", "x = 'y' & z!"),
        ("<style>a</style><textarea>&lt;</textarea>", "a<"),
        ("<![CDATA[<raw> & text]]>!", "<raw> & text!"),
        ("a<!-- hidden -->b<?php hidden ?>c", "abc"),
        ("世界 <B>🎈</B> \u202eא", "世界 🎈 \u202eא"),
    ],
)
def test_tags_go_and_text_stays(rich, text):
    assert plain(rich) == text


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<![CDATA[", "<a ", '<a b="', "<a/", "</", "<!", "<?", "&#", "<a a"]
)
def test_no_text_takes_long(piece):
    """The parser's time grows with the square of the length on these, so not all of them is read."""
    hostile = piece * 1_000_000
    started = time.process_time()
    assert plain(hostile).endswith(hostile[LONGEST:])
    assert time.process_time() - started < 1
