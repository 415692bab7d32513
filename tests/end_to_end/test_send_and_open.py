"""Scripts that send commands, read them from elsewhere or follow links: what they print and end with."""

import json
import socket
import time

import pytest

from support.daemon import Daemon, SocketProgram, begin, outcome_on

#: What every program is told comes half a second after its PROTOCOL, on a machine however busy.
FAST = ("--speed", "8", "--push-delay", "4000")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("engine")
    with Daemon(home, "--no-dbus", "--account", "me", "--account", "bob", *FAST):
        yield home


# send -----------------------------------------------------------------------------------------------------


def test_commands_from_standard_input(home):
    given = "GET MUTE\n\n  \nSET AGC OFF\r\nGET CALL 99 STATUS\nSET AGC ON"
    told = outcome_on(home, "send", "PING", "-", "GET AGC", input=given)
    assert told == (1, "PONG\nMUTE OFF\nAGC OFF\nERROR 12 Unknown call\nAGC ON\nAGC ON\n", "")
    assert outcome_on(home, "send", "-", input="") == (0, "", "")


def test_lines_are_sent_as_they_come(home):
    sending = begin("send", "--home", home, "-")
    for text, answer in (("PING", "PONG"), ("GET MUTE", "MUTE OFF")):
        sending.stdin.write(text + "\n")
        sending.stdin.flush()
        assert sending.stdout.readline() == answer + "\n"
    _, errors = sending.communicate(timeout=20)
    assert (sending.returncode, errors) == (0, "")


def test_objects_for_machines(home):
    commands = ("SET PROFILE MOOD_TEXT zoë\n", "GET X", "#7 PING")
    code, said, errors = outcome_on(home, "send", "--json", "--wait", "1.5", *commands)
    assert (code, errors) == (1, "")
    told = [json.loads(line) for line in said.splitlines()]
    assert [each for each in told if "command" in each] == [
        {"command": commands[0], "answer": "PROFILE MOOD_TEXT zo\u00eb\n"},
        {"command": "GET X", "answer": "ERROR 7 GET: invalid WHAT", "error": 7},
        {"command": "#7 PING", "answer": "#7 PONG"},
    ]
    news = [each["notification"] for each in told if "notification" in each]
    assert {"CONNSTATUS ONLINE", "CURRENTUSERHANDLE me"} <= set(news)
    assert said.isascii()


class Silent:
    """An engine that lets programs in and then answers only what it is told to."""

    def __init__(self, home, answers):
        self.answers = answers
        (home / "me").mkdir()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.settimeout(20)
        self.listener.bind(str(home / "me/api.sock"))
        self.listener.listen()

    def serve(self):
        connection, _ = self.listener.accept()
        connection.settimeout(20)
        with connection:
            while data := connection.recv(1000):
                for text in data.decode().split("\0")[:-1]:
                    key, _, command = text.partition(" ")
                    if command in self.answers:
                        connection.sendall(f"{key} {self.answers[command]}\0".encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


@pytest.mark.parametrize(
    ("answers", "said", "about"),
    [
        ({}, "", "NAME ringback-send"),
        ({"NAME ringback-send": "OK"}, "", "PROTOCOL 8"),
        ({"NAME ringback-send": "OK", "PROTOCOL 8": "PROTOCOL 8", "PING": "PONG"}, "PONG\n", "GET MUTE"),
    ],
)
def test_an_engine_that_does_not_answer(tmp_path, answers, said, about):
    with Silent(tmp_path, answers) as engine:
        sending = begin("send", "--home", tmp_path, "--timeout", "0.3", "PING", "GET MUTE", "PING")
        engine.serve()
        told = sending.communicate(timeout=20)
    assert (sending.returncode, *told) == (5, said, f"ringback: no answer to {about!r} within 0.3 seconds\n")


# open -----------------------------------------------------------------------------------------------------


def test_a_link_does_what_commands_do(home):
    program = SocketProgram(home)
    before = program.ask("SEARCH CALLS")
    code, said, errors = outcome_on(home, "open", "skype:echo123?call")
    assert (code, errors) == (0, "")
    call = said.split()[1]
    assert said == f"CALL {call} STATUS UNPLACED\n"
    assert call not in before
    program.until(f"CALL {call} STATUS INPROGRESS")
    program.ask(f"ALTER CALL {call} HANGUP")
    chat = outcome_on(home, "open", "skype:bob?chat")
    assert chat[0] == 0
    made, shown = chat[1].splitlines()
    assert made.startswith("CHAT #me/$bob;")
    assert shown == f"OPEN CHAT {made.split()[1]}"
    again = outcome_on(home, "open", f"skype:?chat&id={made.split()[1]}")
    assert again == (0, f"{shown}\n", "")
    assert outcome_on(home, "open", "skype:") == (0, "FOCUS\n", "")
    assert outcome_on(home, "open", "skype:bob?userinfo") == (0, "OPEN USERINFO bob\n", "")
    program.close()


def test_links_that_lead_nowhere(home, tmp_path):
    nowhere = outcome_on(home, "open", "skype:?chat&id=%23no/$such;1")
    assert nowhere == (1, "ERROR 105 Invalid chat name\n", "")
    for wrong in ("skype://echo123", "mailto:me", "skype:a%0ASET%20USERSTATUS%20OFFLINE?call"):
        code, said, errors = outcome_on(home, "open", wrong)
        assert (code, said) == (2, "")
        assert "LINK" in errors
    code, said, errors = outcome_on(tmp_path, "open", "skype:echo123?call")
    assert (code, said) == (3, "")
    assert "ringback run" in errors
    assert list(tmp_path.iterdir()) == []


def test_the_moment_of_the_push_is_a_setting(tmp_path):
    (tmp_path / "ringback.toml").write_text("push_delay = 60000\n")
    with Daemon(tmp_path, "--no-dbus", "--speed", "50"):
        program = SocketProgram(tmp_path)
        begun = time.monotonic()
        program.until("CONNSTATUS ONLINE")
        assert time.monotonic() - begun > 0.5
        program.close()
