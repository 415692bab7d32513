"""skype: links (reference 3758-3765): every form that is named there, and what they must never become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.tools.uri import LinkError, read, steps

CHAT = "#anna/$bob;1234567890abcdef"


def said(text, *answers):
    """The commands of a link, when they are answered so (the last answer again and again)."""
    going = steps(read(text))
    commands = [next(going)]
    answers = list(answers) or ["OK"]
    while True:
        try:
            commands.append(going.send(answers.pop(0) if len(answers) > 1 else answers[0]))
        except StopIteration:
            return commands


@pytest.mark.parametrize(
    ("link", "commands"),
    [
        ("skype:", ["FOCUS"]),
        ("skype:echo123", ["OPEN IM echo123"]),
        ("skype:+18005551234", ["CALL +18005551234"]),
        ("skype:echo123?call", ["CALL echo123"]),
        ("SKYPE:echo123?Call", ["CALL echo123"]),
        ("skype:anna;bob;+800-FLOWERS?call", ["CALL anna, bob, +800-FLOWERS"]),
        ("skype:anna;?call", ["CALL anna"]),
        ("skype:anna?call&video=true", ["CALL anna"]),
        ("skype:zo%C3%AB?call", ["CALL zoë"]),
        ("skype:zoë?call", ["CALL zoë"]),
        ("skype:a_b-c.d?userinfo", ["OPEN USERINFO a_b-c.d"]),
        ("skype:anna?voicemail", ["CALLVOICEMAIL anna"]),
        ("skype:anna?add", ["OPEN ADDAFRIEND anna"]),
        ("skype:anna?add&displayname=Anna%20B", ["SET USER anna DISPLAYNAME Anna B", "OPEN ADDAFRIEND anna"]),
        ("skype:anna?add?displayname=Anna", ["SET USER anna DISPLAYNAME Anna", "OPEN ADDAFRIEND anna"]),
        ("skype:anna;bob?sendfile", ["OPEN FILETRANSFER anna, bob"]),
        (f"skype:?chat&id={CHAT}", [f"OPEN CHAT {CHAT}"]),
        (f"skype:?chat&id={CHAT}#2004-01-01T12:30:00Z", [f"OPEN CHAT {CHAT}"]),
        (f"skype:?chat&id={CHAT}#2004-01-01Z12:30:00", [f"OPEN CHAT {CHAT}"]),
        ("skype:?chat&id=%23anna/$bob;1", ["OPEN CHAT #anna/$bob;1"]),
        ("skype:anna?chat#2004", ["CHAT CREATE anna"]),
        ("  skype:anna?call\n", ["CALL anna"]),
    ],
)
def test_the_forms_of_the_reference(link, commands):
    assert said(link) == commands


def test_a_chat_is_made_and_shown():
    made = f"CHAT {CHAT} STATUS DIALOG"
    assert said("skype:anna?chat", made) == ["CHAT CREATE anna", f"OPEN CHAT {CHAT}"]
    assert said("skype:anna;bob", made) == ["CHAT CREATE anna, bob", f"OPEN CHAT {CHAT}"]
    assert said("skype:anna;bob?chat&topic=our%20plans", made, "ALTER CHAT SETTOPIC") == [
        *("CHAT CREATE anna, bob", f"ALTER CHAT {CHAT} SETTOPIC our plans", f"OPEN CHAT {CHAT}")
    ]


@pytest.mark.parametrize(
    ("link", "answers", "last"),
    [
        ("skype:anna?chat", ["ERROR 511 CHAT: Cannot create chat"], "CHAT CREATE anna"),
        (
            "skype:anna?chat&topic=x",
            [f"CHAT {CHAT} STATUS DIALOG", "ERROR 501 x"],
            f"ALTER CHAT {CHAT} SETTOPIC x",
        ),
        ("skype:anna?add&displayname=x", ["ERROR 10 x"], "SET USER anna DISPLAYNAME x"),
    ],
)
def test_an_error_is_the_end(link, answers, last):
    assert said(link, *answers)[-1] == last


@pytest.mark.parametrize(
    "link",
    [
        *("", "skype", "http:x", "skype://echo123", "skype:anna?dance", "skype:a b?call", "skype:a,b?call"),
        *("skype:?call", "skype:?userinfo", "skype:?chat", "skype:a;b?voicemail", "skype:a;b?add"),
        *("skype:%ff?call", "skype:a%0ACALL%20b?call", "skype:a%00?call", "skype:+1%20HANGUP?call"),
        *(
            "skype:a?chat&topic=x%0Ay",
            "skype:a?add&displayname=%0d",
            "skype:?chat&id=",
            "skype:?chat&id=a%20b",
        ),
        *("skype:a?chat&id=x", "skype:" + "a" * 9000, "skype:" + "a" * 256 + "?call", "skype:#a?call"),
    ],
)
def test_what_is_no_link(link):
    with pytest.raises(LinkError):
        steps(read(link)).send(None)


@given(
    st.text(max_size=40),
    st.sampled_from(["", "?call", "?chat&topic=", "?add&displayname=", "?chat&id="]),
    st.text(max_size=20),
)
def test_a_link_never_holds_a_command(names, query, more):
    """Whatever a page puts into a link, each command is of one line and begins with a word of ours."""
    try:
        commands = said(f"skype:{names}{query}{more}", f"CHAT {CHAT} STATUS DIALOG", "OK")
    except LinkError:
        return
    for command in commands:
        assert command.isprintable()
        assert command.split(" ")[0] in ("FOCUS", "CALL", "OPEN", "CHAT", "ALTER", "SET", "CALLVOICEMAIL")
