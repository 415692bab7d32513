"""Files are declared where they are named; those out of reach are refused before anything is done."""

import pytest

from ringback.domain.changes import Cause, Kind, Origin
from ringback.domain.engine import Engine
from ringback.domain.failures import Meaning
from ringback.domain.time import Instant
from ringback.protocol.dispatch import Dispatcher
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import Access, Action, Command, Faults, Language, ObjectType, Property, Setting
from ringback.protocol.values import PATH, ValueType, one_file

NOT_THERE = {Meaning.FILE_NOT_FOUND: 111}
REMEMBERED = ValueType("1 and a path", str, lambda text: text, files=lambda text: one_file(text[2:]))


class Stage:
    """A language in which everything names files, and what was done in it."""

    def __init__(self):
        self.done = []
        self.asked = []
        pictures = Property(
            "PICTURE",
            PATH,
            access=Access.READ_WRITE,
            argument=REMEMBERED,
            fetch=lambda _key, path: self.do(path),
            write=lambda _key, path: self.do(path),
            failures=NOT_THERE,
            get_failures=NOT_THERE,
        )
        bare = Property("BARE", PATH, access=Access.WRITE, write=lambda _key, path: self.do(path))
        thing = ObjectType(
            "USER",
            Kind.PERSON,
            str,
            lambda _account, key: key if key == "anna" else None,
            (pictures, bare),
            Faults(get_unknown=12, alter_failed=559, alter_unknown=556),
            (Action("PLAY", lambda _key, path: self.do(path), type=PATH),),
        )
        commands = (Command(("SEND",), act=self.do, files=one_file, failures={Meaning.FILE_NOT_FOUND: 109}),)
        language = Language((thing,), (Setting(pictures), Setting(bare, set_error=21)), (), commands, ())
        self.dispatcher = Dispatcher(Engine("me"), language, lambda error, _what: self.done.append(error))

    def do(self, path):
        def use_case(_account, _context):
            self.done.append(path)
            return path

        return use_case

    def reach(self, path):
        self.asked.append(path)
        return path.startswith("/in/")

    def say(self, text, *reach):
        cause = Cause(Origin.CLIENT, 1)
        return self.dispatcher.perform(text, 8, cause, Instant(0.0, 0.0), *reach).answer


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("GET PICTURE 1 {}", 111),
        ("GET USER anna PICTURE 1 {}", 111),
        ("SET PICTURE {}", 111),
        ("SET USER anna PICTURE {}", 111),
        ("SET BARE {}", 21),
        ("SET USER anna BARE {}", 18),
        ("ALTER USER anna PLAY {}", 559),
        ("SEND {}", 109),
    ],
)
def test_every_verb_is_refused_what_is_out_of_reach(command, number):
    stage = Stage()
    assert stage.say(command.format("/out/x"), stage.reach).startswith(f"ERROR {number} ")
    assert stage.done == []
    assert stage.asked == ["/out/x"]
    assert not stage.say(command.format("/in/x"), stage.reach).startswith("ERROR")
    assert not stage.say(command.format("/out/x")).startswith("ERROR")
    assert [str(path).removeprefix("1 ") for path in stage.done] == ["/in/x", "/out/x"]


def test_words_and_state_are_said_to_be_wrong_before_that():
    stage = Stage()
    assert stage.say("GET USER bob PICTURE 1 /out/x", stage.reach).startswith("ERROR 12 ")
    assert stage.say("ALTER USER bob PLAY /out/x", stage.reach).startswith("ERROR 556 ")
    assert stage.asked == []


def test_an_index_and_blanks_around_a_path_hide_nothing():
    assert one_file("/a/b:12") == ("/a/b:12", "/a/b")
    assert one_file("/a/b:\u0660") == ("/a/b:\u0660", "/a/b")
    assert one_file(" /a/b ") == (" /a/b ", "/a/b")
    assert one_file("/a/b") == ("/a/b",)
    assert one_file("  ") == ("  ",)
    assert one_file("") == ()


def test_a_declaration_that_names_a_file_has_a_number_for_a_missing_one():
    with pytest.raises(TypeError, match="SEND: names a file"):
        Command(("SEND",), files=one_file)
    with pytest.raises(TypeError, match="GET PICTURE: names a file"):
        Property("PICTURE", argument=REMEMBERED, fetch=lambda _key, _path: None)


def naming():
    """What of the language names files, with an example of each."""
    for setting in LANGUAGE.settings:
        declared = setting.property
        yield f"SET {declared.name}", declared.type
        if declared.argument is not None:
            yield f"GET {declared.name}", declared.argument
    for kind in LANGUAGE.objects:
        for declared in kind.properties:
            if declared.writable or declared.argument is not None:
                yield f"{kind.word} {declared.name}", declared.argument or declared.type
        for action in kind.actions:
            if action.type is not None:
                yield f"ALTER {kind.word} {action.word}", action.type
    for command in LANGUAGE.commands:
        yield " ".join(command.words), command


def test_these_parts_of_the_language_name_files():
    path = "/x/y.z"
    examples = (path, f"1 {path}", f'FILE="{path}"', f"bob IN {path}", f"x CONTEXT chat ICON {path}")

    def found(declared):
        seen = set()
        for example in examples:
            try:
                seen.update(declared.files(example))
            except ValueError:
                continue
        return path in seen

    assert {name for name, declared in naming() if found(declared)} == {
        "SET WALLPAPER",
        "GET AVATAR",
        "SET AVATAR",
        "USER AVATAR",
        "SET RINGTONE",
        *(
            f"{head} {thing} {rest}{route}"
            for thing in ("CALL", "VOICEMAIL")
            for route in ("INPUT", "OUTPUT", "CAPTURE_MIC")
            for head, rest in (("ALTER", "SET_"),)
        ),
        *(f"{thing} {route}" for thing in ("VOICEMAIL",) for route in ("INPUT", "OUTPUT", "CAPTURE_MIC")),
        "ALTER FILETRANSFER ACCEPT",
        "OPEN FILETRANSFER",
        "TRANSFER",
        "FILE",
        "CREATE MENU_ITEM",
    }


@pytest.mark.parametrize(
    "spelling", ['FILE="{}"', "file={}", 'SOUNDCARD="default", FILE="{}"', 'File = "{}"']
)
def test_a_route_is_read_once(spelling):
    """What is checked is what is opened, however sloppily it is written."""
    ends = LANGUAGE.object_by_word["CALL"].action_by_word["SET_OUTPUT"].type
    assert ends.files(spelling.format("/x/y.wav")) == ("/x/y.wav",)
    assert ends.files('FILE="" PORT="5"') == (5,)
    assert ends.files('FILE="" PORT=""') == ()
    assert ends.files(spelling.format("/x/y.wav") + " port=70") == ("/x/y.wav", 70)
