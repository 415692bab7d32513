"""Numbers by verb, object and fault (reference: Error codes; ambiguities A13, A47, A48, A96, A97)."""

import pytest

from support.replay import World


@pytest.fixture(scope="module")
def program():
    world = World()
    program = world.attach()
    assert program.ask("CALL echo123") == "CALL 1 STATUS UNPLACED"
    world.wait(3)
    return program


@pytest.mark.parametrize(
    ("number", "command"),
    [
        (1, " "),
        (1, ""),
        (2, "GRT"),
        (2, "GRT USER x HANDLE"),
        (3, "SEARCH"),
        (3, "SEARCH CALLZ"),
        (4, "SEARCH USERS"),
        (5, "SEARCH CALLS !"),
        (6, "SEARCH MISSEDCALLS echo123"),
        (7, "GET"),
        (7, "GET XZY"),
        (8, "GET USER ! HANDLE"),
        (8, "GET USER"),
        (10, "GET USER echo123"),
        (10, "GET USER echo123 FULNAME"),
        (11, "GET CALL x STATUS"),
        (11, "GET CALL"),
        (11, "GET CALL -1 STATUS"),
        (12, "GET CALL 9999 STATUS"),
        (13, "GET CALL 1 PARTNER_DISPLAYNAME"),
        (13, "GET CALL 1"),
        (14, "GET CHATMESSAGE x BODY"),
        (15, "GET MESSAGE 5 BODY"),
        (18, "SET"),
        (18, "SET XYZ 5"),
        (19, "SET CALL x STATUS ONHOLD"),
        (20, "SET CALL 99 STATUS ONHOLD"),
        (21, "SET CALL 1 STATUS ONHOL"),
        (23, "SET CALL 1 STATUS INPROGRESS"),
        (25, "SET CALL 1 STATU ONHOLD"),
        (26, "MESSAGE "),
        (27, "PROTOCOL -12,9"),
        (27, "PROTOCOL 0"),
        (27, "PROTOCOL"),
        (28, "SET USERSTATUS RICH"),
        (29, "SEARCH MISSEDMESSAGES echo123"),
        (29, "SEARCH ACTIVECHATS x"),
        (30, "SET CHATMESSAGE x SEEN"),
        (31, "SET MESSAGE 5 SEEN"),
        (33, "SET MUTE O"),
        (34, "CALL "),
        (34, "CALL , ,"),
        (40, "GET PRIVILEGE FLYING"),
        (42, "SET CALL 1 DTMF x"),
        (43, "MESSAGE echo123"),
        (53, "SET AUTOAWAY MAYBE"),
        (67, "SEARCH FRIENDS x"),
        (69, "OPEN"),
        (69, "OPEN IN"),
        (70, "OPEN IM"),
        (71, "GET CALL 1 CONF_PARTICIPANT 1"),
        (72, "SET CALL 1 JOIN_CONFERENCE x"),
        (73, "CALL a, b, c, d, e"),
        (74, "BTN_PRESSED Q"),
        (91, "CALL 112"),
        (91, "CALL +911"),
        (92, "CALL +1"),
        (92, "CALL 3725555555"),
        (93, "CALL !"),
        (94, "CALL ME"),
        (101, "CALL echo123"),
        (105, "GET CHAT #x/$y;1 TOPIC"),
        (105, "OPEN CHAT x"),
        (107, "SEARCH CHATS x"),
        (110, "CALLVOICEMAIL echo123"),
        (500, "ALTER CHAT"),
        (501, "ALTER CHAT #x LEAVE"),
        (502, "ALTER CHAT #x"),
        (503, "ALTER CHAT #x DANCE"),
        (509, "CHATMESSAGE"),
        (510, "CHATMESSAGE #x hello"),
        (507, "CHAT CREATE !"),
        (512, "GET VOICEMAIL x TYPE"),
        (513, "GET VOICEMAIL 5 TYPE"),
        (520, "CLEAR"),
        (521, "CLEAR DESK"),
        (522, "CLEAR CHATHISTORY now"),
        (523, "CLEAR VOICEMAILHISTORY now"),
        (524, "CLEAR CALLHISTORY"),
        (525, "CLEAR CALLHISTORY ALL !"),
        (526, "ALTER"),
        (527, "ALTER TABLE"),
        (528, "ALTER VOICEMAIL"),
        (529, "ALTER VOICEMAIL 5 STARTPLAYBACK"),
        (530, "ALTER VOICEMAIL 5"),
        (532, "ALTER VOICEMAIL 5 DANCE"),
        (536, "CREATE"),
        (537, "CREATE TROUBLE"),
        (538, "DELETE"),
        (539, "DELETE TROUBLE"),
        (540, "CREATE APPLICATION"),
        (542, "DELETE APPLICATION"),
        (543, "GET APPLICATION"),
        (552, "SET PROFILE HAT red"),
        (552, "SET PROFILE SEX PERHAPS"),
        (553, "SET PROFILE CALL_SEND_TO_VM TRUE"),
        (555, "ALTER CALL"),
        (556, "ALTER CALL x HANGUP"),
        (556, "ALTER CALL 99 HANGUP"),
        (557, "ALTER CALL 1"),
        (558, "ALTER CALL 1 END"),
        (558, "ALTER CALL 1 END LATER"),
        (558, "ALTER CALL 1 HANGUP now"),
        (558, "ALTER CALL 1 DTMF x"),
        (558, 'ALTER CALL 1 SET_INPUT PORT="high"'),
        (559, "ALTER CALL 1 RESUME"),
        (559, 'ALTER CALL 1 SET_OUTPUT FILE="/nowhere/at/all.wav"'),
        (559, 'ALTER CALL 1 SET_OUTPUT PORT="9"'),
        (560, "ALTER CALL 1 DANCE"),
        (561, "SEARCH GROUPS SOME"),
        (562, "GET GROUP x TYPE"),
        (563, "GET GROUP 5 TYPE"),
        (569, "GET AEC now"),
        (570, "SET AEC LOUD"),
        (571, "GET AGC now"),
        (572, "SET AGC LOUD"),
    ],
)
def test_a_fault_has_its_number(program, number, command):
    answer = program.ask(command)
    assert answer.startswith(f"ERROR {number} "), answer
    assert program.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"


@pytest.mark.parametrize(
    "command", ["CHAT CREATE bob", "CREATE SMS OUTGOING +1", "OPEN OPTIONS", "MESSAGE bob hi"]
)
def test_what_is_not_built_says_so(program, command):
    assert program.ask(command).startswith("ERROR 9901 Not available yet: ")


def test_a_command_before_name_is_refused_bare(program):
    from support.replay import Program

    stranger = Program(program.world, program.world.runtimes["me"])
    assert stranger.ask("GET USERSTATUS") == "ERROR 68"
    assert stranger.ask("PROTOCOL 5") == "ERROR 68"
    assert stranger.ask("PING") == "PONG"
    assert stranger.ask("NAME x") == "OK"
    assert stranger.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
