"""Attaching, versions and the pushed lines (reference: Using the Skype API on Linux; design 4)."""

import pytest

from ringback.session.link import Peer
from ringback.session.sessions import BACKLOG_LIMIT, Sessions

LAST = ["USERSTATUS LOGGEDOUT", "CONNSTATUS LOGGEDOUT"]


class Line:
    def __init__(self, user=0):
        self.peer = Peer("memory", "", user)
        self.said, self.closed, self.backlog = [], "", 0

    def answer(self, ticket, text):
        self.said.append(text)

    def notify(self, text):
        self.said.append(text)

    def close(self, reason):
        self.closed = reason


@pytest.fixture
def sessions():
    return Sessions(
        lambda peer, _name: peer.user == 0, lambda version: (f"GREETING {version}",), lambda _text: None
    )


def talk(sessions, line, *texts, now=0.0):
    number = sessions.opened(line)
    for text in texts:
        sessions.received(number, None, text, now)
    return number


def tell(sessions, lines, now=0.0):
    sessions.notify(lines, sessions.audience(), now)


@pytest.mark.rule("name-r02", "command-id-r01", "protocol-r07")
def test_the_handshake_and_the_push(sessions):
    line = Line()
    talk(sessions, line, "#0 NAME Skype4Py", "#1 PROTOCOL 5")
    assert line.said == ["#0 OK", "#1 PROTOCOL 5"]
    tell(sessions, {5: ("USER a MOOD_TEXT ",)})
    sessions.advance(0.05)
    assert line.said[2:] == []
    sessions.advance(0.1)
    assert line.said[2:] == ["GREETING 5", "USER a MOOD_TEXT "]


@pytest.mark.parametrize("delay", [0.0, 3.0])
def test_the_moment_of_the_push_is_a_setting(delay):
    sessions = Sessions(lambda _peer, _name: True, lambda _version: ("GREETING",), lambda _text: None, delay)
    line = Line()
    talk(sessions, line, "NAME x", "PROTOCOL 5", now=10.0)
    assert sessions.next_deadline() == 10.0 + delay
    sessions.advance(9.9 + delay)
    assert "GREETING" not in line.said
    sessions.advance(10.0 + delay)
    assert line.said[-1] == "GREETING"


@pytest.mark.rule("P03", "P04", "P05", "protocol-r02", "protocol-r05", "protocol-r06")
@pytest.mark.parametrize(
    ("asked", "answer"),
    [("1", "PROTOCOL 1"), ("8", "PROTOCOL 8"), ("99", "PROTOCOL 8"), ("9999", "PROTOCOL 8")]
    + [("00000000005", "PROTOCOL 5"), ("9" * 5000, "PROTOCOL 8"), ("7  ", "PROTOCOL 7")]
    + [
        (bad, "ERROR 27 Invalid version number")
        for bad in ("0", "000", "-12,9", "", "five", "5.0", "5 6", "+5", "\u0665")
    ],
)
def test_protocol_numbers(sessions, asked, answer):
    line = Line()
    talk(sessions, line, "NAME x", f"PROTOCOL {asked}")
    assert line.said[1] == answer


def test_a_second_protocol_pushes_nothing_again(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 5")
    sessions.advance(1)
    sessions.received(number, None, "PROTOCOL 7", 1)
    sessions.advance(2)
    assert line.said == ["OK", "PROTOCOL 5", "GREETING 5", "PROTOCOL 7"]
    assert set(sessions.audience()) == {7}


@pytest.mark.rule("P01", "protocol-r01")
def test_without_protocol_it_stays_at_1(sessions):
    line = Line()
    talk(sessions, line, "NAME x")
    tell(sessions, {1: ("A",), 8: ("B",)})
    assert line.said == ["OK", "A"]


@pytest.mark.rule("name-r03", "name-r04", "command-id-r02")
def test_strangers_hear_nothing_and_are_refused(sessions):
    line = Line(user=7)
    talk(sessions, line, "GET USERSTATUS", "NAME x", "ping", "#a PROTOCOL 5")
    tell(sessions, {1: ("A",)})
    assert line.said == ["ERROR 68", "ERROR 68", "PONG", "#a ERROR 68"]


def test_signing_out_detaches_everybody(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 8")
    sessions.advance(1)
    sessions.sign_out(1)
    assert line.said[-2:] == LAST
    sessions.received(number, None, "GET USERSTATUS", 1)
    sessions.received(number, None, "NAME x", 1)
    assert line.said[-2:] == ["ERROR 68", "CONNSTATUS OFFLINE"]


def test_who_is_detached_hears_of_nothing_more(sessions):
    """Neither the pushed lines nor what waited behind them, nor news on their way."""
    line, stranger = Line(), Line()
    talk(sessions, line, "NAME x", "PROTOCOL 5")
    talk(sessions, stranger, "PING")
    tell(sessions, {5: ("CALL 1 STATUS RINGING",)})
    audience = sessions.audience()
    sessions.sign_out(0.01)
    sessions.notify({5: ("CALL 1 STATUS FINISHED",)}, audience, 0.02)
    assert sessions.next_deadline() is None
    sessions.advance(1)
    assert line.said == ["OK", "PROTOCOL 5", *LAST]
    assert stranger.said == ["PONG"]


def test_answers_come_before_the_word_that_the_user_is_gone(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 8")
    sessions.advance(1)
    line.said.clear()
    slow = sessions.received(number, None, "#1 SET USERSTATUS AWAY", 1)
    sessions.received(number, None, "#2 PING", 1)
    sessions.answer(sessions.received(number, None, "#3 SET USERSTATUS DND", 1), "done", 1)
    sessions.received(number, None, "#4 PROTOCOL 5", 1)
    tell(sessions, {5: ("USERSTATUS DND",)}, 1)
    sessions.sign_out(1)
    sessions.received(number, None, "#5 GET USERSTATUS", 1)
    assert line.said == []
    assert sessions.owes
    sessions.answer(slow, "done", 2)
    assert line.said == ["#1 done", "#2 PONG", "#3 done", "#4 PROTOCOL 5", *LAST, "#5 ERROR 68"]
    assert not sessions.owes
    sessions.advance(3)
    assert len(line.said) == 7
    (session,) = sessions
    assert (session.held, session.ready, session.firm) == (0, 0, 0)


def test_a_quirk_holds_the_last_words_back_too(sessions):
    line = Line()
    number = talk(sessions, line, "NAME pidgin", "PROTOCOL 5")
    sessions.advance(0.02)
    sessions.received(number, None, "PING", 0.03)
    tell(sessions, {5: ("CALL 1 STATUS RINGING",)}, 0.03)
    sessions.sign_out(0.04)
    assert line.said == ["OK", "PROTOCOL 5"]
    assert sessions.owes
    sessions.advance(0.2)
    assert line.said == ["OK", "PROTOCOL 5", "PONG", *LAST]
    assert not sessions.owes


def test_who_comes_back_is_greeted_again(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 5")
    sessions.advance(1)
    sessions.sign_out(1)
    sessions.signed_in = True
    line.said.clear()
    for text in ("NAME x", "PROTOCOL 5"):
        sessions.received(number, None, text, 2)
    sessions.advance(3)
    assert line.said == ["OK", "PROTOCOL 5", "GREETING 5"]


def test_who_does_not_read_is_closed(sessions):
    line, good = Line(), Line()
    talk(sessions, line, "NAME x")
    talk(sessions, good, "NAME y")
    line.backlog = BACKLOG_LIMIT + 1
    tell(sessions, {1: ("A",)})
    assert line.closed
    assert not good.closed
    assert good.said[-1] == "A"


def test_a_quirk_holds_answers_back_in_order(sessions):
    line = Line()
    number = talk(sessions, line, "NAME Pidgin", now=1.0)
    sessions.received(number, None, "#1 PING", 1.01)
    assert line.said == []
    sessions.advance(1.021)
    assert line.said == ["OK"]
    sessions.advance(1.04)
    assert line.said == ["OK", "#1 PONG"]


def test_answers_come_in_the_order_of_the_commands(sessions):
    line, other = Line(), Line()
    number = talk(sessions, line, "NAME x")
    talk(sessions, other, "NAME y")
    line.said.clear()
    first = sessions.received(number, None, "#1 SET USERSTATUS AWAY", 0)
    assert sessions.received(number, None, "#2 PING", 0) is None
    second = sessions.received(number, None, "#3 GET USERSTATUS", 0)
    assert sessions.received(number, None, "#4 PROTOCOL 5", 0) is None
    assert line.said == []
    tell(sessions, {1: ("at 1",), 5: ("at 5",)})
    assert other.said == ["OK", "at 1"]
    sessions.answer(second, "second", 0)
    assert line.said == []
    sessions.answer(first, "first", 0)
    assert line.said == ["#1 first", "#2 PONG", "#3 second", "#4 PROTOCOL 5"]
    sessions.advance(0.2)
    assert line.said[4:] == ["GREETING 5", "at 5"]


@pytest.mark.rule("P34", "ping-r02")
@pytest.mark.parametrize(("version", "overtaken"), [(1, False), (5, False), (6, True), (8, True)])
def test_notifications_overtake_a_waiting_pong_from_6_on(sessions, version, overtaken):
    line = Line()
    number = talk(sessions, line, "NAME x", f"PROTOCOL {version}")
    sessions.advance(1)
    line.said.clear()
    slow = sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 1)
    sessions.received(number, None, "#p PING", 1)
    tell(sessions, {version: ("CALL 1 DURATION 1",)}, 1)
    assert line.said == (["CALL 1 DURATION 1"] if overtaken else [])
    sessions.answer(slow, "done", 1)
    ends = ["done", "#p PONG"]
    assert line.said == (["CALL 1 DURATION 1", *ends] if overtaken else [*ends, "CALL 1 DURATION 1"])


def test_no_notification_overtakes_an_answer_for_a_pong(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 8")
    sessions.advance(1)
    line.said.clear()
    slow = sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 1)
    sessions.received(number, None, "PING", 1)
    sessions.answer(sessions.received(number, None, "SET USERSTATUS AWAY", 1), "USERSTATUS AWAY", 1)
    tell(sessions, {8: ("USERSTATUS AWAY again",)}, 1)
    assert line.said == []
    sessions.answer(slow, "done", 1)
    assert line.said == ["done", "PONG", "USERSTATUS AWAY", "USERSTATUS AWAY again"]


def test_what_happened_before_a_change_of_version_is_told_as_it_was(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x")
    audience = sessions.audience()
    sessions.received(number, None, "PROTOCOL 8", 0)
    sessions.notify({1: ("at 1",)}, audience, 0)
    sessions.advance(1)
    assert line.said == ["OK", "PROTOCOL 8", "GREETING 8", "at 1"]


def test_answers_that_wait_count_as_unread(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x")
    sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 0)
    huge = sessions.received(number, None, "GET PROFILE ABOUT", 0)
    sessions.answer(huge, "x" * (BACKLOG_LIMIT + 1), 0)
    assert line.closed


def test_a_quirk_keeps_notifications_behind_answers(sessions):
    line = Line()
    number = talk(sessions, line, "NAME Pidgin", now=1.0)
    sessions.advance(1.02)
    asked = sessions.received(number, None, "SET USERSTATUS AWAY", 2.0)
    sessions.answer(asked, "USERSTATUS AWAY", 2.0)
    tell(sessions, {1: ("USER me ONLINESTATUS AWAY",)}, 2.0)
    assert line.said == ["OK"]
    sessions.advance(2.021)
    assert line.said == ["OK", "USERSTATUS AWAY", "USER me ONLINESTATUS AWAY"]


EURO = "\u20ac" * (BACKLOG_LIMIT // 3 + 1)


def behind_a_command(sessions, line):
    number = talk(sessions, line, "NAME x")
    sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 0)
    sessions.answer(sessions.received(number, None, "GET PROFILE ABOUT", 0), EURO, 0)


def behind_an_answer(sessions, line):
    number = talk(sessions, line, "NAME x")
    sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 0)
    sessions.received(number, None, "PING", 0)
    tell(sessions, {1: (EURO,)})


def until_it_is_stored(sessions, line):
    number = talk(sessions, line, "NAME x")
    sessions.reserve(sessions.received(number, None, "GET PROFILE ABOUT", 0), EURO)


def behind_the_pushed_lines(sessions, line):
    talk(sessions, line, "NAME x", "PROTOCOL 1")
    tell(sessions, {1: (EURO,)})


def for_a_quirk(sessions, line):
    number = talk(sessions, line, "NAME Pidgin")
    sessions.answer(sessions.received(number, None, "GET PROFILE ABOUT", 0), EURO, 0)


@pytest.mark.parametrize(
    "wait", [behind_a_command, behind_an_answer, until_it_is_stored, behind_the_pushed_lines, for_a_quirk]
)
def test_what_waits_is_counted_in_bytes(sessions, wait):
    line = Line()
    wait(sessions, line)
    assert line.closed == "too much unread"


def test_what_was_sent_is_no_longer_counted(sessions):
    line = Line()
    number = talk(sessions, line, "NAME Pidgin", "PROTOCOL 1")
    sessions.advance(0.02)
    tell(sessions, {1: (EURO[:100],)}, 0.02)
    slow = sessions.received(number, None, "ALTER CALL 1 SET_INPUT PORT=1", 0.02)
    sessions.answer(sessions.received(number, None, "GET PROFILE ABOUT", 0.02), EURO[:100], 0.02)
    tell(sessions, {1: (EURO[:100],)}, 0.02)
    sessions.reserve(slow, EURO[:100])
    (session,) = sessions
    assert session.held == 4 * 300
    sessions.answer(slow, EURO[:100], 0.03)
    sessions.advance(1)
    assert session.held == 0
    lines = [EURO[:100]] * 2
    assert line.said == ["OK", "PROTOCOL 1", *lines, "GREETING 1", *lines]


def test_answers_that_wait_for_the_store_count_as_unread(sessions):
    line = Line()
    number = talk(sessions, line, "NAME x")
    asked = [sessions.received(number, None, "GET PROFILE ABOUT", 0) for _ in range(3)]
    half = "x" * (BACKLOG_LIMIT // 2)
    for command in asked[:2]:
        sessions.reserve(command, half)
    assert not line.closed
    sessions.answer(asked[0], half, 0)
    sessions.reserve(asked[2], half)
    assert not line.closed
    sessions.reserve(sessions.received(number, None, "GET PROFILE ABOUT", 0), half)
    assert line.closed


# Detaching ------------------------------------------------------------------------------------------------


def test_a_program_is_detached(sessions):
    line, other = Line(), Line()
    number = talk(sessions, line, "NAME x", "PROTOCOL 8")
    talk(sessions, other, "NAME y", "PROTOCOL 8")
    waiting = sessions.received(number, None, "#5 GET MUTE", 1)
    sessions.received(number, None, "#6 PING", 1)
    assert sessions.detach(number, "enough")
    assert line.said == ["OK", "PROTOCOL 8", "#5 ERROR 68", "#6 ERROR 68"]
    assert line.closed == "enough"
    # What comes too late is refused until the link has noticed, and changes nothing.
    for _ in range(2):
        sessions.answer(waiting, "MUTE OFF", 2)
        assert sessions.received(number, None, "PING", 2) is None
        tell(sessions, {8: ("NEWS",)}, 2)
        sessions.advance(3)
        sessions.closed(number)
    assert line.said[4:] == ["ERROR 68"]
    assert other.said[-1] == "NEWS"
    assert not sessions.detach(number, "again")
    assert not sessions.detach(99, "whom?")


def test_an_answer_that_is_held_back_is_refused_when_its_program_is_detached(sessions):
    line = Line()
    number = talk(sessions, line, "NAME pidgin", "#2 PING")
    assert line.said == []
    sessions.detach(number, "enough")
    assert line.said == ["ERROR 68", "#2 ERROR 68"]
    assert sessions.next_deadline() is None


def test_whoever_may_not_be_attached_any_more_is_expelled():
    banned = set()
    sessions = Sessions(lambda _peer, name: name not in banned, lambda _version: (), lambda _text: None)
    lines = {name: Line() for name in ("a", "b", "b again")}
    for name, line in lines.items():
        talk(sessions, line, f"NAME {name[0]}")
    stranger = Line()
    talk(sessions, stranger)
    assert sessions.expel("why?") == 0
    banned.add("b")
    assert sessions.expel("decided") == 2
    assert [line.closed for line in (*lines.values(), stranger)] == ["", "decided", "decided", ""]


def test_when_it_came_and_what_it_has_not_read(sessions):
    line = Line()
    number = sessions.opened(line, since=1_700_000_000.5)
    sessions.received(number, None, "NAME x", 0)
    line.backlog = 100
    waiting = sessions.received(number, None, "GET MUTE", 1)
    sessions.reserve(waiting, "MUTE OFF")
    [session] = sessions
    assert (session.since, session.unread) == (1_700_000_000.5, 108)


@pytest.mark.rule("search-users-r05")
@pytest.mark.parametrize(
    ("number", "ticket", "passes"), [("#1 ", None, True), ("", object(), True), ("", None, False)]
)
def test_a_long_answer_lets_others_pass_if_it_can_be_told_apart(sessions, number, ticket, passes):
    line = Line()
    session = talk(sessions, line, "NAME x", "PROTOCOL 8")
    sessions.advance(1)
    line.said.clear()
    slow = sessions.received(session, ticket, f"{number}SEARCH USERS x", 1)
    sessions.step_aside(slow)
    sessions.received(session, ticket, "#2 PING", 2)
    other = sessions.received(session, ticket, "#3 GET USERSTATUS", 2)
    sessions.answer(other, "USERSTATUS ONLINE", 2)
    tell(sessions, {8: ("USER x FULLNAME X",)}, 3)
    meanwhile = ["#2 PONG", "#3 USERSTATUS ONLINE", "USER x FULLNAME X"]
    assert line.said == (meanwhile if passes else [])
    assert sessions.owes
    sessions.answer(slow, "USERS x", 11)
    answer = f"{number}USERS x"
    assert line.said == ([*meanwhile, answer] if passes else [answer, *meanwhile])
    assert not sessions.owes


def test_who_is_detached_while_an_answer_is_long_in_coming_is_refused(sessions):
    line = Line()
    session = talk(sessions, line, "NAME x")
    slow = sessions.received(session, None, "#1 SEARCH USERS x", 1)
    sessions.step_aside(slow)
    assert sessions.detach(session, "not wanted")
    assert line.said[-1] == "#1 ERROR 68"
    sessions.answer(slow, "USERS x", 11)
    assert line.said[-1] == "#1 ERROR 68"
