"""The declarations against the corpus: everything is there, of the right type, and says what it means."""

import json
import re
from pathlib import Path

import pytest

from ringback.domain.changes import Kind
from ringback.protocol.errors import TEXTS
from ringback.protocol.registry import LANGUAGE
from ringback.protocol.schema import (
    Access,
    Action,
    Check,
    Command,
    Language,
    ObjectType,
    Property,
    Search,
    Setting,
    nothing,
)
from ringback.protocol.values import BOOLEAN, DATE, NUMBER, SECONDS, STAMP, SWITCH

CORPUS = Path(__file__).parents[3] / "corpus"


def read(name):
    return json.loads((CORPUS / f"{name}.json").read_text())


#: Declared elsewhere: RINGTONE has both its forms, RESETIDLETIMER is a command.
NOT_PROPERTIES = {"RINGTONE STATUS", "RESETIDLETIMER"}
PAIRS = [
    pytest.param(kind["object"], wanted, id=f"{kind['object']}-{wanted['name']}")
    for kind in read("objects")
    for wanted in kind["properties"]
    if wanted["name"] not in NOT_PROPERTIES
]
KINDS = {kind["object"]: kind for kind in read("objects")}


def declared(kind: str, name: str) -> Property:
    if kind == "GENERAL":
        return LANGUAGE.setting_by_word[name].property
    return LANGUAGE.object_by_word[kind].by_word[name]


def test_nothing_is_declared_that_the_reference_does_not_have():
    ours = {f"{o.word} {p.name}" for o in LANGUAGE.objects for p in o.properties}
    ours |= {f"GENERAL {name}" for name in LANGUAGE.setting_by_word}
    theirs = {f"{kind['object']} {p['name']}" for kind in read("objects") for p in kind["properties"]}
    # What old programs ask for although it is not written down.
    assert ours - theirs == {"GENERAL AUTH_CONTACTS_PROFILES"}


@pytest.mark.parametrize(("kind", "wanted"), PAIRS)
def test_a_property_has_its_access(kind, wanted):
    # A call's voice routes are written by ALTER only (reference, line 2598).
    routes = kind == "CALL" and wanted["name"] in ("INPUT", "OUTPUT", "CAPTURE_MIC")
    expected = Access.READ if routes else Access(wanted["access"])
    assert declared(kind, wanted["name"]).access is expected


def as_described(described: str, found: Property) -> bool:
    """Is the type the one that the reference describes in words?"""
    name = found.type.name
    exact = {"unix time": STAMP, "date YYYYMMDD": DATE, "integer (seconds)": SECONDS}
    if described in exact:
        return found.type is exact[described]
    if described.startswith(("integer", "64-bit")):
        return found.type is NUMBER or bool(found.type.words)
    if described.startswith("boolean"):
        return found.type in (BOOLEAN, SWITCH)
    if described == "flag":
        return found.flag is True
    if described == "enum":
        return bool(found.type.words)
    if described.startswith("blank-separated"):
        return name.startswith("list") and name.endswith("blank between") and "comma" not in name
    if described.startswith("comma-separated"):
        return name.startswith("list") and "comma" in name
    if described in ("handle", "handle or number"):
        return name == "handle"
    if described in ("chat id", "device name", "language code", "path"):
        return described in name or described.removesuffix(" name") in name
    if described == "path of a PNG":
        return name == "file path"
    if described == 'key="value"':
        return name == "ends of a voice route"
    # Everything else is free text or has a form of its own.
    return found.type not in (NUMBER, BOOLEAN, SWITCH, STAMP, DATE) or described == "call id"


@pytest.mark.parametrize(("kind", "wanted"), PAIRS)
def test_a_property_has_its_type(kind, wanted):
    assert as_described(wanted["type"], declared(kind, wanted["name"])), wanted["type"]


@pytest.mark.parametrize(("kind", "wanted"), PAIRS)
def test_a_property_has_exactly_its_values(kind, wanted):
    found = declared(kind, wanted["name"])
    kind_of_value = found.argument if wanted["name"] == "PRIVILEGE" else found.type
    if not wanted["values"]:
        # Written down beside another property, or with the type.
        # An answer may show another property (SEEN shows STATUS).
        named = kind_of_value in (BOOLEAN, SWITCH) or found.answers or wanted["name"] in SHARED
        assert not kind_of_value.words or named
        return
    assert {v.upper() for v in wanted["values"]} == {w.upper() for w in kind_of_value.words}
    since = dict(zip(kind_of_value.words, kind_of_value.since, strict=True))
    for word, number in wanted["values_since"].items():
        assert since[word] == number, word


#: Properties whose words stand at another property in the reference.
SHARED = {"TRANSFER_STATUS", "OUTPUT", "CAPTURE_MIC", "OPTIONS"}


@pytest.mark.parametrize(("kind", "wanted"), PAIRS)
def test_a_property_knows_when_it_came_and_went(kind, wanted):
    found = declared(kind, wanted["name"])
    since = wanted["since"] or KINDS[kind]["since"]
    ours = found.introduced or LANGUAGE.object_by_word[kind].introduced
    assert ours == since
    assert bool(found.deprecated) == wanted["deprecated"]
    assert found.line == wanted["line"]


#: Constant for a session although the reference does not say so.
CONSTANT_FOR_US = {"USER HANDLE", "GENERAL SKYPEVERSION", "GENERAL CURRENTUSERHANDLE"}


@pytest.mark.parametrize(("kind", "wanted"), PAIRS)
def test_what_never_changes_says_so(kind, wanted):
    expected = wanted["constant"] or f"{kind} {wanted['name']}" in CONSTANT_FOR_US
    assert declared(kind, wanted["name"]).constant == expected


@pytest.mark.parametrize("kind", LANGUAGE.objects, ids=lambda o: o.word)
def test_an_object_knows_when_it_came_and_went(kind):
    assert kind.introduced == KINDS[kind.word]["since"]
    assert bool(kind.deprecated) == KINDS[kind.word]["deprecated"]


def test_every_error_has_a_text():
    assert {e["code"] for e in read("errors")} <= set(TEXTS)


def test_every_search_is_declared():
    found = {c["id"].removeprefix("SEARCH_"): c for c in read("commands") if c["id"].startswith("SEARCH_")}
    assert set(found) == set(LANGUAGE.search_by_word)
    for word, search in LANGUAGE.search_by_word.items():
        assert search.introduced == found[word]["since"]
        assert bool(search.deprecated) == bool(found[word]["deprecated"])
        assert search.line == found[word]["line"]


#: Attaching is the session's; notifications are nobody's command; of CLOSE only an error is known.
OUTSIDE = {"NAME", "PROTOCOL", "PING", "CLOSE", "#<command_id>", "(none:", "(any)"}
FORMS = [
    pytest.param(form, id=form.split(" [")[0])
    for command in read("commands")
    if command["status"] in ("active", "deprecated", "mentioned")
    for form in command["syntax"]
    if form.split()[0] not in OUTSIDE
]


def literal(word: str) -> str:
    """A printed word without marks of choice; "" for a placeholder."""
    return word if re.fullmatch(r"[A-Z_]+", word) else ""


@pytest.mark.parametrize("form", FORMS)
def test_every_printed_form_is_declared(form):
    verb, *words = form.split()
    if verb in ("GET", "SET", "ALTER"):
        kind = LANGUAGE.object_by_word.get(words[0])
        if kind is None:
            assert words[0] in LANGUAGE.setting_by_word
            return
        named = literal(words[1] if kind.single else words[2])
        table = kind.action_by_word if verb == "ALTER" else kind.by_word
        assert not named or named in table
        if named and verb == "GET":
            assert table[named].readable
        if named and verb == "SET":
            assert table[named].writable
        if verb == "ALTER" and named:
            assert bool(table[named].arguments) == (len(words) > 3)
    elif verb == "SEARCH":
        assert words[0] in LANGUAGE.search_by_word
    else:
        longest = LANGUAGE.verb_by_word.get(verb)
        assert ((verb, words[0]) if longest else (verb,)) in LANGUAGE.command_by_words


def test_every_plain_command_knows_when_it_came_and_went():
    by_words = {tuple(c["verb"].split()): c for c in read("commands") if not c["id"].endswith("_VIDEO")}
    # What an old program sends although it is not written down.
    assert set(LANGUAGE.command_by_words) - set(by_words) == {("FILE",)}
    for words, command in LANGUAGE.command_by_words.items():
        if words == ("FILE",):
            continue
        wanted = by_words[words]
        assert command.introduced == wanted["since"], words
        assert bool(command.deprecated) == (wanted["status"] == "deprecated"), words
        assert command.line == wanted["line"], words


def test_every_action_knows_when_it_came():
    rows = {}
    for command in read("commands"):
        for form in command["syntax"]:
            if form.startswith("ALTER "):
                words = form.split()
                # The section of its own comes after the list of all actions.
                rows[words[1], words[3]] = command
    for kind in LANGUAGE.objects:
        for action in kind.actions:
            wanted = rows.get((kind.word, action.word))
            if kind.word == "FILETRANSFER":
                assert wanted is None
                continue
            assert (action.introduced, action.line) == (wanted["since"], wanted["line"]), action.word


def declarations():
    for kind in LANGUAGE.objects:
        yield kind.word, kind.word, kind.meaning
        for part in (*kind.properties, *kind.actions):
            name = part.name if isinstance(part, Property) else part.word
            what = "property" if isinstance(part, Property) else "action"
            yield f"{kind.word} {what}", name, part.meaning
            if isinstance(part, Property):
                for word, meaning in zip(part.type.words, part.type.meanings, strict=True):
                    yield f"{kind.word} {name}", word, meaning
    for setting in LANGUAGE.settings:
        name = setting.property.name
        yield "settings", name, setting.property.meaning
        for word, meaning in zip(setting.property.type.words, setting.property.type.meanings, strict=True):
            yield name, word, meaning
        if setting.property.argument is not None:
            for word, meaning in zip(
                setting.property.argument.words, setting.property.argument.meanings, strict=True
            ):
                yield f"{name} argument", word, meaning
    for search in LANGUAGE.searches:
        yield "searches", search.word, search.meaning
    for command in LANGUAGE.commands:
        yield "commands", " ".join(command.words), command.meaning


def test_everything_has_a_meaning_of_its_own():
    seen: dict[str, dict[str, str]] = {}
    for scope, name, meaning in declarations():
        assert meaning.strip(), f"{scope} {name} has no meaning"
        assert meaning.lower() != name.lower()
        others = seen.setdefault(scope, {})
        assert meaning not in others, f"{scope}: {name} means the same as {others.get(meaning)}"
        others[meaning] = name


def test_an_undeclared_number_cannot_be_raised_by_a_check():
    check = Check(lambda _account, _rest: 7, {8: "declared"})
    with pytest.raises(AssertionError, match="error 7 is not declared"):
        check(None, "")


WORDS = re.compile(r"[A-Z_]+(?:\|[A-Z_]+)+")


def fixed_words():
    """Each word of the language that is an argument, with what repeats it."""
    for kind in LANGUAGE.objects:
        for action in kind.actions:
            choice = WORDS.match(action.arguments)
            words = choice[0].split("|") if choice else ()
            if action.type is not None and all(
                word.isupper() and "=" not in word for word in action.type.words
            ):
                words = words or action.type.words
            for word in words:
                assert action.type is not None, f"ALTER {kind.word} {action.word}"
                yield pytest.param(action.type.said, word, id=f"{kind.word} {action.word} {word}")
    for command in LANGUAGE.commands:
        choice = WORDS.match(command.arguments)
        for word in choice[0].split("|") if choice else ():
            yield pytest.param(command.said, word, id=f"{' '.join(command.words)} {word}")


@pytest.mark.parametrize(("said", "word"), list(fixed_words()))
def test_words_of_the_language_are_repeated_in_capitals(said, word):
    assert said(word.lower()) == word


def test_handles_and_paths_after_them_stay_as_typed():
    clear = LANGUAGE.command_by_words["CLEAR", "CALLHISTORY"]
    assert clear.said("missed Bob") == "MISSED Bob"
    send = LANGUAGE.command_by_words["OPEN", "FILETRANSFER"]
    assert send.said("Bob,  Ann in C:\\In Box") == "Bob,  Ann IN C:\\In Box"
    assert send.said("Bob") == "Bob"


def test_what_has_no_behaviour_is_known():
    built = Property("A", field="a", access=Access.READ_WRITE, write=lambda _key, _value: None)
    half = Property("B", field="b", access=Access.READ_WRITE)
    event = Property("C", access=Access.EVENT)
    bare = Property("D")

    def kind(word, find, *actions):
        return ObjectType(word, Kind.CALL, str, find, (built, half, event, bare), actions=actions)

    language = Language(
        objects=(
            kind("REAL", lambda _account, _key: None, Action("GO", lambda _key, _rest: None), Action("STAY")),
            kind("NEVER", nothing, Action("RUN", lambda _key, _rest: None)),
        ),
        settings=(Setting(half),),
        searches=(Search("X", "XS"), Search("Y", "YS", lambda _account, _target: ())),
        commands=(Command(("DO", "IT")), Command(("DONE",), act=lambda _rest: None)),
        verbs=(),
    )
    assert language.unbuilt() == {
        *("SET REAL B", "GET REAL D", "ALTER REAL STAY"),
        *("GET NEVER A", "SET NEVER A", "GET NEVER B", "SET NEVER B", "GET NEVER D", "ALTER NEVER RUN"),
        *("SET B", "SEARCH X", "DO IT"),
    }
