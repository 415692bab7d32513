"""The window: programs and the user act on it, a desktop is told what to show (reference: user interface)."""

from functools import partial

import pytest

from ringback.domain import chats, pictures, ui_state
from ringback.domain.account import set_setting
from ringback.domain.ui_state import MOST_RECEIVERS
from support.pictures import picture
from support.replay import World


@pytest.fixture
def desktop(world):
    return world.desktops["me"]


def user(world, use_case, *arguments):
    """The user does something in the window."""
    world.runtimes["me"].act(lambda account, context: use_case(account, context, *arguments))


def contacts(program, *handles):
    """Robots say yes at once."""
    for handle in handles:
        program.ask(f"SET USER {handle} BUDDYSTATUS 2 hello")
        assert program.ask(f"GET USER {handle} BUDDYSTATUS") == f"USER {handle} BUDDYSTATUS 3"
    program.news()


# The window as a whole --------------------------------------------------------------------------------------


@pytest.mark.rule("get-windowstate-r01", "set-windowstate-r02", "set-windowstate-r06")
@pytest.mark.parametrize("state", ["MINIMIZED", "MAXIMIZED", "HIDDEN"])
def test_the_windows_state_is_said_twice(program, desktop, state):
    assert program.ask("GET WINDOWSTATE") == "WINDOWSTATE NORMAL"
    program.link.lines.clear()
    program._seen = 0
    program.link.send(f"#1 SET WINDOWSTATE {state}")
    assert program.link.lines == [f"#1 WINDOWSTATE {state}", f"WINDOWSTATE {state}"]
    assert program.ask("GET WINDOWSTATE") == f"WINDOWSTATE {state}"
    assert desktop.window == state.lower()


@pytest.mark.rule("minimize-r01", "minimize-r03", "focus-r01", "focus-r02")
@pytest.mark.parametrize(("before", "after"), [("NORMAL",) * 2, ("MAXIMIZED",) * 2, ("MINIMIZED", "NORMAL")])
def test_the_window_goes_away_and_comes_back(program, desktop, before, after):
    program.ask(f"SET WINDOWSTATE {before}")
    program.news()
    assert program.ask("FOCUS") == "FOCUS"
    assert program.news() == [f"WINDOWSTATE {after}"]
    assert desktop.window == after.lower()
    for told in (["WINDOWSTATE HIDDEN"], []):
        assert program.ask("MINIMIZE") == "MINIMIZE"
        assert program.news() == told, "where it was already, nothing has changed"
        assert desktop.window == "hidden"
    assert program.ask("FOCUS") == "FOCUS"
    assert program.news() == ["WINDOWSTATE NORMAL"]
    assert desktop.window == "normal"


@pytest.mark.rule("minimize-r02", "set-windowstate-r01")
@pytest.mark.parametrize("command", ["MINIMIZE", "SET WINDOWSTATE MINIMIZED", "SET WINDOWSTATE HIDDEN"])
def test_windows_of_chats_stay(world, program, command):
    program.ask("OPEN IM echo123")
    program.news()
    program.ask(command)
    assert [line for line in program.news() if line.startswith("CHAT ")] == []
    assert len(world.runtimes["me"].engine.account.chats.opened) == 1


@pytest.mark.rule("get-windowstate-r02", "ui-language-r01", "wallpaper-r04", "events-object-r02")
def test_what_the_user_changes_is_told_as_what_a_program_changes(world, program, tmp_path):
    path = str(picture(tmp_path / "wall.bmp"))
    for command, use_case, *arguments in (
        ("SET WINDOWSTATE MAXIMIZED", ui_state.set_window, "maximized"),
        ("SET UI_LANGUAGE de", set_setting, "ui_language", "de"),
        (f"SET WALLPAPER {path}", pictures.set_wallpaper, path),
    ):
        user(world, use_case, *arguments)
        by_user = program.news()
        back = " ".join(command.split()[1:2])
        program.ask(
            {"WINDOWSTATE": "SET WINDOWSTATE NORMAL", "UI_LANGUAGE": "SET UI_LANGUAGE en"}.get(
                back, f"SET {back}"
            )
        )
        program.news()
        program.ask(command)
        assert by_user == program.news() == [command.removeprefix("SET ")]


@pytest.mark.parametrize("code", ["en", "ET", "ja", "pt-BR", "zh"])
def test_languages_of_the_window(world, program, code):
    assert program.ask(f"SET UI_LANGUAGE {code}") == f"UI_LANGUAGE {code.lower()}"
    again = World("me", stores=world.stores).attach()
    assert again.ask("GET UI_LANGUAGE") == f"UI_LANGUAGE {code.lower()}"


@pytest.mark.parametrize("code", ["", "xx", "e", "english", "en-xx-yy", "1", "en_US.UTF-8", "../etc", "\0"])
def test_what_is_no_language(program, code):
    assert program.ask(f"SET UI_LANGUAGE {code}").startswith("ERROR 18 ")
    assert program.ask("GET UI_LANGUAGE") == "UI_LANGUAGE en"


# Pages ------------------------------------------------------------------------------------------------------

PAGES = [
    pytest.param("OPEN LIVETAB", "livetab", marks=pytest.mark.rule("open-livetab-r01")),
    pytest.param("OPEN PROFILE", "profile", marks=pytest.mark.rule("open-profile-r01")),
    pytest.param("OPEN CONFERENCE", "conference", marks=pytest.mark.rule("open-conference-r01")),
    pytest.param("OPEN SEARCH", "search", marks=pytest.mark.rule("open-search-r01")),
    pytest.param("OPEN CALLHISTORY", "callhistory", marks=pytest.mark.rule("open-callhistory-r01")),
    pytest.param("OPEN CONTACTS", "contacts", marks=pytest.mark.rule("open-contacts-r01")),
    pytest.param("OPEN DIALPAD", "dialpad", marks=pytest.mark.rule("open-dialpad-r01")),
    pytest.param("OPEN BLOCKEDUSERS", "blockedusers", marks=pytest.mark.rule("open-blockedusers-r01")),
    pytest.param("OPEN IMPORTCONTACTS", "importcontacts", marks=pytest.mark.rule("open-importcontacts-r01")),
    pytest.param("OPEN GETTINGSTARTED", "gettingstarted", marks=pytest.mark.rule("open-gettingstarted-r01")),
    pytest.param("OPEN VIDEOTEST", "videotest", marks=pytest.mark.rule("open-videotest-r01")),
]


@pytest.mark.parametrize(("command", "page"), PAGES)
def test_pages_without_arguments(program, desktop, command, page):
    assert program.ask(command) == command
    assert program.ask(command.lower().replace("open", "oPen")) == command
    assert desktop.pages == [(page,), (page,)]
    assert program.ask(f"{command} now").startswith("ERROR 69 ")
    assert program.news() == []
    assert len(desktop.pages) == 2


@pytest.mark.rule("open-addafriend-r01")
def test_adding_a_contact(program, desktop):
    assert program.ask("OPEN ADDAFRIEND") == "OPEN ADDAFRIEND"
    assert program.ask("OPEN ADDAFRIEND Pamela") == "OPEN ADDAFRIEND Pamela"
    assert program.ask("OPEN ADDFRIEND Pamela").startswith("ERROR 69 ")
    assert desktop.pages == [("addafriend", ""), ("addafriend", "Pamela")]


@pytest.mark.rule("open-userinfo-r01")
def test_somebodys_profile(world, program, desktop):
    contacts(program, "busy.bee")
    for handle in ("busy.bee", "stranger"):
        assert program.ask(f"OPEN USERINFO {handle}") == f"OPEN USERINFO {handle}"
    assert program.ask("OPEN USERINFO !").startswith("ERROR 8 ")
    assert desktop.pages == [("userinfo", "busy.bee"), ("userinfo", "stranger")]


@pytest.mark.rule("open-options-r01", "open-options-r04", "open-options-video-r01")
@pytest.mark.parametrize(
    "page",
    [
        "general",
        "privacy",
        "notifications",
        "soundalerts",
        "sounddevices",
        "hotkeys",
        "connection",
        "voicemail",
        "callforward",
        "VIDEO",
        "advanced",
        "",
    ],
)
def test_pages_of_the_settings(program, desktop, page):
    command = f"OPEN OPTIONS {page}".rstrip()
    assert program.ask(command) == command
    assert desktop.pages == [("options", page.lower())]


@pytest.mark.rule("open-options-r02")
def test_a_page_of_the_settings_that_does_not_exist(program, desktop):
    assert program.ask("OPEN OPTIONS colours") == "OPEN OPTIONS colours"
    assert desktop.pages == []


@pytest.mark.rule("open-sendcontacts-r01")
def test_sending_contacts(program, desktop):
    command = "OPEN SENDCONTACTS bob carol dave"
    assert program.ask(command) == command
    for wrong in ("", " ", " !", " bob !"):
        assert program.ask(f"OPEN SENDCONTACTS{wrong}").startswith("ERROR 4 ")
    assert desktop.pages == [("sendcontacts", "bob", "carol", "dave")]


@pytest.mark.rule("open-authorization-r01")
def test_authorizing_somebody(program, desktop):
    assert program.ask("OPEN AUTHORIZATION stranger") == "OPEN AUTHORIZATION stranger"
    program.ask("SET USER bob ISAUTHORIZED TRUE")
    assert program.ask("OPEN AUTHORIZATION bob").startswith("ERROR 117 ")
    assert program.ask("OPEN AUTHORIZATION").startswith("ERROR 8 ")
    assert desktop.pages == [("authorization", "stranger")]


@pytest.mark.rule("open-sms-r01")
def test_a_phone_text(program, desktop):
    assert program.ask("OPEN SMS") == "OPEN SMS"
    for unknown in ("5", "x"):
        assert program.ask(f"OPEN SMS {unknown}") == "ERROR 69 Invalid open what"
    assert desktop.pages == [("sms", "")]


def test_a_voicemail_that_does_not_exist(program, desktop):
    for wrong in ("", " 5", " x"):
        assert program.ask(f"OPEN VOICEMAIL{wrong}").startswith("ERROR 512 ")
    assert desktop.pages == []


@pytest.mark.rule("open-filetransfer-r01", "open-filetransfer-r02", "transfer-r01")
@pytest.mark.parametrize("command", ["OPEN FILETRANSFER", "TRANSFER"])
def test_choosing_files_for_contacts(program, desktop, tmp_path, command):
    contacts(program, "busy.bee", "ann.answers")
    folder = tmp_path / "two words"
    folder.mkdir()
    for arguments, shown in (
        ("busy.bee", ("busy.bee", "")),
        ("busy.bee, ann.answers", ("busy.bee, ann.answers", "")),
        (f"busy.bee IN {folder}", ("busy.bee", str(folder))),
        (f"busy.bee, ann.answers IN {folder}", ("busy.bee, ann.answers", str(folder))),
    ):
        assert program.ask(f"{command} {arguments}") == f"{command} {arguments}"
        assert desktop.pages.pop() == ("filetransfer", *shown)
    assert program.ask(f"{command.lower()} busy.bee in {folder}") == f"{command} busy.bee IN {folder}"
    assert desktop.pages.pop() == ("filetransfer", "busy.bee", str(folder))
    for number, arguments in (
        (108, "stranger"),
        (108, "busy.bee, stranger"),
        (109, f"busy.bee IN {tmp_path}/none"),
        (109, f"busy.bee IN {picture(tmp_path / 'a.png')}"),
        (109, "busy.bee IN C:\\temp"),
        (112, ", ".join(["busy.bee"] * (MOST_RECEIVERS + 1))),
    ):
        assert program.ask(f"{command} {arguments}").startswith(f"ERROR {number} ")
    assert desktop.pages == []


@pytest.mark.rule("open-im-r01")
def test_a_chat_with_a_text_to_begin_with(program, desktop):
    assert program.ask("OPEN IM echo123 this is a text") == "OPEN IM echo123 this is a text"
    page, chat, text = desktop.pages[0]
    assert (page, text) == ("chat", "this is a text")
    for message in program.ask("SEARCH CHATMESSAGES").split()[1:]:
        assert program.ask(f"GET CHATMESSAGE {message} BODY") == f"CHATMESSAGE {message} BODY "
    assert program.ask(f"OPEN CHAT {chat}") == f"OPEN CHAT {chat}"
    assert desktop.pages[1] == ("chat", chat, "")


# The contact in focus ---------------------------------------------------------------------------------------


@pytest.mark.rule("get-contacts-focused-r01", "get-contacts-focused-r02", "events-status-r05")
def test_the_contact_in_focus(world, program):
    assert program.ask("GET CONTACTS_FOCUSED") == "CONTACTS FOCUSED "
    for handle in ("bob", "carol"):
        user(world, ui_state.focus_contact, handle)
        assert program.news() == [f"CONTACTS FOCUSED {handle}"]
        assert program.ask("GET CONTACTS_FOCUSED") == f"CONTACTS FOCUSED {handle}"
    user(world, ui_state.focus_contact, "")
    assert program.news() == ["CONTACTS FOCUSED "]
    user(world, ui_state.focus_contact, "bob")
    assert World("me", stores=world.stores).attach().ask("GET CONTACTS_FOCUSED") == "CONTACTS FOCUSED "
    assert program.ask("SET CONTACTS_FOCUSED bob").startswith("ERROR 18 ")


# Keys -------------------------------------------------------------------------------------------------------

KEYS = [*"0123456789", *"AQZ", "#", "*", "+", "UP", "DOWN", "YES", "NO", "SKYPE", "PAGEUP", "PAGEDOWN"]


def played(world, monkeypatch, handle="me"):
    """The keypad tones that an account's calls say."""
    heard = []
    legs = world.legs[handle]
    play = legs.play_tones

    def playing(call, tones):
        heard.extend(tones)
        play(call, tones)

    monkeypatch.setattr(legs, "play_tones", playing)
    return heard


@pytest.fixture
def tones(world, monkeypatch):
    return played(world, monkeypatch)


@pytest.mark.rule("btn-pressed-r01", "btn-released-r01")
@pytest.mark.parametrize("key", KEYS)
def test_keys_without_a_call(program, tones, key):
    for verb in ("BTN_PRESSED", "BTN_RELEASED"):
        assert program.ask(f"{verb} {key.lower()}") == f"{verb} {key}"
        assert program.ask(f"{verb} {key}{key}x").startswith("ERROR 74 ")
    assert program.news() == []
    assert tones == []


@pytest.mark.rule("btn-pressed-r02", "btn-released-r02", "set-call-dtmf-r03", "set-call-dtmf-r04", "call-r04")
def test_keys_during_a_call(world, program, desktop, tones):
    program.ask("OPEN CONTACTS")
    program.ask("CALL ann.answers")
    assert desktop.pages[-1] == ("call", "1")
    program.ask("BTN_RELEASED 1")
    assert tones == []
    world.wait(3)
    for key in KEYS:
        program.ask(f"BTN_PRESSED {key}")
    assert tones == []
    for key in KEYS:
        program.ask(f"BTN_RELEASED {key}")
    assert tones == [*"0123456789", "#", "*"]
    tones.clear()
    program.ask("OPEN CONTACTS")
    program.ask("BTN_RELEASED 5")
    assert tones == []
    program.ask("OPEN DIALPAD")
    program.ask("BTN_RELEASED 6")
    assert tones == ["6"]
    program.ask("ALTER CALL 1 HANGUP")
    program.ask("BTN_RELEASED 7")
    assert tones == ["6"]


@pytest.mark.rule("btn-released-r02")
def test_keys_during_a_call_that_came_in(monkeypatch):
    world = World("anna", "bob")
    anna, bob = world.attach("anna"), world.attach("bob")
    bob.ask("OPEN CONTACTS")
    anna.ask("CALL bob")
    world.wait(1)
    bob.ask("ALTER CALL 1 ANSWER")
    world.wait(1)
    heard = played(world, monkeypatch, "bob")
    bob.ask("BTN_RELEASED 5")
    assert heard == ["5"]


# Idling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "FOCUS",
        "MINIMIZE",
        "SET WINDOWSTATE NORMAL",
        "BTN_PRESSED 1",
        "BTN_RELEASED 1",
        "OPEN DIALPAD",
        "OPEN OPTIONS x",
    ],
)
def test_acts_on_the_window_are_signs_of_the_user(world, program, command):
    for _ in range(310):
        world.clock.seconds += 1.0
        world.runtimes["me"].time_passed()
    assert program.ask("GET USERSTATUS") == "USERSTATUS AWAY"
    program.ask(command)
    assert program.ask("GET USERSTATUS") == "USERSTATUS ONLINE"


# Silence ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("get-silent-mode-r02", "set-silent-mode-r02")
def test_the_user_is_asked_each_time(world, program, desktop):
    other = world.attach(name="Old Program 1.0")
    for asker, name in ((program, "test"), (other, "Old Program 1.0"), (other, "Old Program 1.0")):
        assert asker.ask("SET SILENT_MODE ON") == "SILENT_MODE ON"
        assert desktop.questions.pop()[1:] == ("silent_mode", name)
    assert program.ask("GET SILENT_MODE") == "SILENT_MODE ON"
    assert program.news() == other.news() == ["SILENT_MODE ON"]
    assert other.ask("SET SILENT_MODE OFF") == "SILENT_MODE OFF"
    assert program.news() == ["SILENT_MODE OFF"]
    assert desktop.questions == []


@pytest.mark.rule("set-silent-mode-r04")
def test_the_answer_comes_when_the_user_has_agreed(world, program, desktop):
    other = world.attach()
    desktop.agrees = None
    program.link.send("#1 SET SILENT_MODE ON")
    program.link.send("#2 PING")
    assert other.ask("PING") == "PONG"
    assert other.ask("GET SILENT_MODE") == "SILENT_MODE OFF"
    assert not [line for line in program.link.lines if line.startswith("#1 ")]
    desktop.decide(True)
    assert [line for line in program.link.lines if line.startswith("#")] == ["#2 PONG", "#1 SILENT_MODE ON"]
    assert other.news() == ["SILENT_MODE ON"]


def test_a_user_who_does_not_agree(program, desktop):
    desktop.agrees = False
    assert program.ask("SET SILENT_MODE ON") == "SILENT_MODE OFF"
    assert program.ask("GET SILENT_MODE") == "SILENT_MODE OFF"
    assert program.news() == []


@pytest.mark.rule("set-silent-mode-r03")
def test_the_user_ends_the_silence(world, program, desktop):
    program.ask("SET SILENT_MODE ON")
    program.news()
    user(world, ui_state.set_silent_mode, False)
    assert program.news() == ["SILENT_MODE OFF"]
    assert program.ask("GET SILENT_MODE") == "SILENT_MODE OFF"


def test_a_program_that_is_gone_before_the_user_answers(world, program, desktop):
    desktop.agrees = None
    program.link.send("SET SILENT_MODE ON")
    program.link.leave()
    desktop.decide(True)
    assert world.attach().ask("GET SILENT_MODE") == "SILENT_MODE ON"


def test_the_user_closes_a_chat(world, program, desktop):
    program.ask("OPEN IM echo123")
    program.news()
    chat = desktop.pages[0][1]
    world.runtimes["me"].act(partial(chats.hide, name=chat))
    assert program.news() == [f"CHAT {chat} CLOSED"]
