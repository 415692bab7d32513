"""What must be so around each transcript that we can play, and why the others cannot be played yet."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import ringback.media
from ringback.domain import chats
from ringback.network.embedded.phones import Rates
from support.dialogue import Scene, Step
from support.pictures import picture
from support.theatre import Theatre

PROMPT = Path(ringback.media.__file__).parent / "prompts" / "sample.wav"

ECHO: list[Step] = [("me", "CALL echo123")]
TALKING: list[Step] = [*ECHO, 3.0]
TWO_MISSED: list[Step] = [
    *[("jane", "CALL me"), 0.5, ("jane", "ALTER CALL 1 HANGUP")],
    *[("jane", "CALL me"), 0.5, ("jane", "ALTER CALL 2 HANGUP")],
]
THREE_CALLS: list[Step] = [
    step
    for number in (1, 2, 3)
    for step in [("me", "CALL dee.clines"), 0.5, ("me", f"GET CALL {number} STATUS")]
]
_SEEN = "no longer told since API 3.0 (ambiguity A63)"
_COUNTRY = "news of a person whose data that client fetched anew; ours does not change"
_FOCUS = "the window's focus changed by chance"
_UNPLACED = "the answer says UNPLACED at every protocol, so ROUTING comes once"
_STRAY = "a stray line (ambiguity A64)"
_WAV = {r"c:\test.wav": "{folder}/test.wav"}


#: What the document calls us.
US = {"anappo": "me"}
#: Message 3 of ours, and 5, the same text from echo123, which nobody has seen.
ECHOED: list[Step] = [("me", "MESSAGE echo123 hi"), 0.1]
DIALOG: list[Step] = [("me", "CHAT CREATE ann.answers")]
TWO_DIALOGS: list[Step] = [*DIALOG, ("me", "CHAT CREATE dee.clines")]
TWO_CHATS = ("#bitman/$jessy;eb06e65612353279", "#bitman/$jdenton;9244e98f82d7d391")


def close_windows(theatre: Theatre) -> None:
    """The user closes what stands in the window."""
    runtime = theatre.world.runtimes["me"]
    for name in list(runtime.engine.account.chats.opened):
        runtime.act(partial(chats.hide, name=name))


def sample(theatre: Theatre) -> None:
    """A WAV file to speak from."""
    shutil.copy(PROMPT, theatre.folder / "test.wav")


_KITTEN = {
    r"C:\Documents and Settings\Administrator\My Documents\My Pictures\kitten.jpg": "{folder}/My kitten.jpg",
    r"c:\stuff": "{folder}",
    "\\test2.jpg": "/test2.jpg",
    "\\userpic.jpg": "/userpic.jpg",
    "<kitten>": "{folder}/My kitten.jpg",
}
_WALLPAPER = {
    r"C:\Stuff\test.bmp": "{folder}/test.bmp",
    r"c:\Stuff\wrongfile.bmp": "{folder}/wrongfile.bmp",
}


def pictures(theatre: Theatre) -> None:
    """A photograph and a wallpaper."""
    picture(theatre.folder / "My kitten.jpg")
    picture(theatre.folder / "test.bmp")


def disturbance(theatre: Theatre) -> None:
    """The phone network takes no call."""
    theatre.world.phones.rates = replace(theatre.world.phones.rates, in_service=False)


def dear(theatre: Theatre) -> None:
    """A minute to anywhere costs 12.34."""
    theatre.world.phones.rates = Rates("EUR", 5000, 2, {"": 1234})


#: The last of three is a minute with a phone.
A_PAID_CALL: list[Step] = [
    *[dear, ("me", "CALL dee.clines"), 0.5, ("me", "CALL dee.clines"), 0.5],
    *[("me", "CALL +15005550001"), 62.5, ("me", "ALTER CALL 3 HANGUP")],
]
ONE_MISSED: list[Step] = [("test2", "CALL me"), 0.5, ("test2", "ALTER CALL 1 HANGUP")]

#: echo123 asks nobody.
_ASKING = {"echo123": "carl"}

SCENES: dict[str, Scene] = {
    "T001-get-user-properties": Scene(),
    "T002-call-echo123-tracer": Scene(left_out=dict.fromkeys((5, 6, 7, 9), _COUNTRY)),
    "T003-linux-name-and-protocol": Scene(texts={"<application_name>": "test"}),
    "T004-command-id-simple": Scene(),
    "T005-command-id-error": Scene(),
    "T006-command-id-response-then-notification": Scene(before=[("me", "SET USERSTATUS AWAY")]),
    "T007-command-id-async-call": Scene(before=[disturbance], protocol=4, left_out={4: _UNPLACED}),
    "T008-command-id-interleaved-ping": Scene(
        people={"echo123": "pat"},
        others=("pat",),
        at={4: [("pat", "SET PROFILE FULLNAME Echo Test Service")]},
        left_out={3: _SEEN, 5: _SEEN},
    ),
    "T009-call-echo123": Scene(protocol=1, left_out={4: _UNPLACED}),
    "T010-get-call-type": Scene(before=ECHO, ids=("1594",), protocol=1),
    "T012-set-call-seen": Scene(before=ECHO, ids=("15",)),
    "T013-alter-call-hangup": Scene(before=TALKING, ids=("1719",)),
    "T014-get-call-can-transfer": Scene(before=ECHO, ids=("1034",), protocol=7),
    "T022-call-cost": Scene(before=A_PAID_CALL, protocol=6),
    "T023-get-call-video-status": Scene(before=ECHO, ids=("5921",)),
    "T024-open-options-video": Scene(),
    "T026-get-call-noanswer-timeout": Scene(before=[("me", "SET PROFILE CALL_NOANSWER_TIMEOUT 15")]),
    "T027-set-call-noanswer-timeout": Scene(),
    "T030-alter-chat-settopicxml": Scene(before=DIALOG, chats=("#test/$b9275b3b334341f2",), protocol=7),
    "T031-set-chatmessage-seen": Scene(before=ECHOED, texts={"MESSAGE 61": "MESSAGE 5"}, protocol=7),
    "T032-chatmessage-send-and-edit": Scene(
        before=DIALOG, chats=("#anappo/$a1044019f5dc8c48",), people=US, protocol=7
    ),
    "T033-set-message-seen": Scene(before=ECHOED, texts={"MESSAGE 1578": "MESSAGE 5"}, protocol=1),
    "T034-message-send": Scene(protocol=1),
    "T038-alter-chat-clearrecentmessages": Scene(
        before=DIALOG, chats=("#anappo/$test_p;297fcefb07ffc4b2",), protocol=7
    ),
    "T039-alter-chat-setalertstring": Scene(before=DIALOG, chats=("#anappo/$a1044019f5dc8c48",), protocol=7),
    "T055-search-friends": Scene(
        before=[
            ("me", "SET USER echo123 BUDDYSTATUS 1"),
            *(("me", f"SET USER {name} BUDDYSTATUS 2 hello") for name in ("tim", "joe", "mike")),
        ],
        people={"tim": "no.answer", "joe": "busy.bee", "mike": "ann.answers"},
        protocol=1,
    ),
    "T056-search-users": Scene(others=("echo1232885",), protocol=1),
    "T057-search-calls": Scene(before=THREE_CALLS, people={"abc": "dee.clines"}, protocol=1),
    "T058-search-activecalls": Scene(before=[*TALKING, ("me", "CALL ann.answers")], protocol=1),
    "T059-search-missedcalls": Scene(before=TWO_MISSED, others=("jane",), protocol=1),
    "T064-search-messages": Scene(before=ECHOED, people={"abc": "echo123"}, protocol=1),
    "T065-search-missedmessages": Scene(before=[*ECHOED, *ECHOED], protocol=1),
    "T066-search-chats": Scene(before=TWO_DIALOGS, chats=TWO_CHATS, protocol=3),
    "T067-search-activechats": Scene(before=[("me", "OPEN IM echo123"), ("me", "OPEN IM ann.answers")]),
    "T068-search-missedchats": Scene(before=[*ECHOED, ("jane", "MESSAGE me hi"), 0.1], others=("jane",)),
    "T069-search-recentchats": Scene(before=[*ECHOED, ("me", "MESSAGE ann.answers hi"), 0.1]),
    "T070-search-bookmarkedchats": Scene(
        before=[*TWO_DIALOGS, *[("me", f"ALTER CHAT {chat} BOOKMARK") for chat in TWO_CHATS]], chats=TWO_CHATS
    ),
    "T071-search-chatmessages": Scene(before=ECHOED, people={"abc": "echo123"}, protocol=3),
    "T072-search-missedchatmessages": Scene(before=[*ECHOED, *ECHOED], protocol=3),
    "T079-windowstate-get-set": Scene(left_out={9: _STRAY}),
    "T080-windowstate-get-set-copy": Scene(left_out={9: _STRAY}),
    "T081-open-im-prefilled": Scene(people=US, protocol=1),
    "T082-open-chat": Scene(before=DIALOG, chats=("#test/$echo123;52c2750d8686c10c",)),
    "T083-open-filetransfer": Scene(
        before=[("me", "SET USER busy.bee BUDDYSTATUS 2 hello"), 0.1],
        people={"myfriend": "busy.bee", "echo123": "dee.clines"},
        texts={"C:\\temp": "{folder}"},
    ),
    "T078-clear-callhistory": Scene(before=ONE_MISSED, others=("test2",)),
    "T073-search-userswaitingmyauthorization": Scene(
        before=[
            step
            for name in ("tim", "john", "echo123")
            for step in [(_ASKING.get(name, name), "SET USER me BUDDYSTATUS 2 hello"), 0.1]
        ],
        people=_ASKING,
        others=("tim", "john", "carl"),
    ),
    "T084-ui-language": Scene(),
    "T085-wallpaper": Scene(before=[pictures], texts=_WALLPAPER),
    "T086-silent-mode": Scene(),
    "T100-voice-capture-incoming": Scene(texts=_WAV, protocol=6, left_out={9: _FOCUS}),
    "T101-voice-set-input": Scene(before=[sample], texts=_WAV, protocol=6),
    "T102-voice-capture-mic": Scene(texts=_WAV, protocol=6, left_out={7: _FOCUS}),
    "T103-get-call-voice-properties": Scene(before=TALKING, ids=("748",), protocol=6),
    "T104-alter-call-set-input": Scene(before=[sample, *TALKING], ids=("846",), texts=_WAV, protocol=6),
    "T105-alter-call-set-output": Scene(before=TALKING, ids=("808",), texts=_WAV, protocol=6),
    "T106-alter-call-set-capture-mic": Scene(before=TALKING, ids=("889",), texts=_WAV, protocol=6),
    "T118-get-user-fullname": Scene(people={"pamela": "ann.answers"}, texts={"Jane Doe": "Ann Answers"}),
    "T119-get-chat-name": Scene(before=DIALOG, chats=("#bitman/$jessy;eb06e65635359671",), protocol=3),
    "T120-get-chatmessage-chatname": Scene(before=ECHOED, texts={"MESSAGE 60": "MESSAGE 3"}, protocol=3),
    "T121-get-message-type": Scene(before=ECHOED, texts={"MESSAGE 159": "MESSAGE 3"}, protocol=1),
    "T122-get-skypeversion": Scene(texts={"1.3.0.28": "3.8.0.188"}),
    "T123-set-userstatus": Scene(before=[("me", "SET USERSTATUS ONLINE")]),
    "T124-get-privilege": Scene(),
    "T125-get-profile-balance": Scene(),
    "T126-get-predictive-dialer-country": Scene(before=[("me", "SET PROFILE COUNTRY ee")]),
    "T127-set-profile-mood-text": Scene(),
    "T129-rich-mood-text-examples": Scene(),
    "T130-get-connstatus": Scene(),
    "T131-get-audio-in": Scene(before=[("me", "SET AUDIO_IN SB Audigy 2 ZS Audio [DC00]")]),
    "T132-get-audio-out": Scene(before=[("me", "SET AUDIO_OUT SB Audigy 2 ZS Audio [DC00]")]),
    "T133-get-ringer": Scene(before=[("me", "SET RINGER SB Audigy 2 ZS Audio [DC00]")]),
    "T134-mute-without-call": Scene(),
    "T135-set-avatar": Scene(before=[pictures], texts=_KITTEN),
    "T136-get-avatar": Scene(before=[pictures, ("me", "SET AVATAR 1 <kitten>")], texts=_KITTEN),
    "T137-get-user-avatar": Scene(
        before=[pictures, ("jane", "SET AVATAR 1 <kitten>")],
        people={"anappo2": "jane"},
        others=("jane",),
        texts=_KITTEN,
    ),
    "T138-ringtone": Scene(before=[sample], texts={"C:/WINDOWS/Media/tada.wav": "{folder}/test.wav"}),
    "T139-ringtone-status": Scene(protocol=7),
    "T140-get-autoaway": Scene(before=[("me", "SET AUTOAWAY ON")]),
    "T141-set-autoaway": Scene(),
    "T142-chat-window-events": Scene(
        before=[*DIALOG, ("me", "OPEN IM ann.answers")],
        chats=("#anappo2/$anappo;87ba791d4025455c",),
        at={1: [close_windows], 2: [("me", "OPEN IM ann.answers")]},
        protocol=7,
    ),
    "T146-release-note-country-prefix": Scene(
        before=[("jane", "SET PROFILE COUNTRY ee"), ("me", "GET USER jane COUNTRY"), 0.1],
        people={"echo123": "jane"},
        others=("jane",),
        protocol=4,
    ),
    "T143-buddystatus-notifications": Scene(
        others=("pamela",),
        at={
            2: [("me", "SET USER pamela BUDDYSTATUS 2 hello")],
            4: [("pamela", "SET USER me ISAUTHORIZED TRUE")],
            6: [("me", "SET USER pamela BUDDYSTATUS 1")],
        },
    ),
    "T145-currentuserhandle-notification": Scene(
        who="banana", protocol=None, at={1: [("banana", "PROTOCOL 5")]}
    ),
}
