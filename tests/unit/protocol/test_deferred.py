"""Answers that wait for the world: any GET, SET, ALTER or other command may, by what its use case does."""

import pytest

from ringback.domain.changes import Cause, Kind, Origin
from ringback.domain.engine import Engine
from ringback.domain.failures import Failure, Meaning
from ringback.domain.step import Settled
from ringback.domain.time import Instant
from ringback.protocol.dispatch import Dispatcher
from ringback.protocol.schema import Access, Action, Command, Language, ObjectType, Property, Setting
from ringback.protocol.values import NUMBER, TEXT

NOW = Instant(0.0, 0.0)
CAUSE = Cause(Origin.CLIENT, 1)
WAITS, REFUSES = "later", "never"


def waiting(value):
    def use_case(account, context):
        if value == REFUSES:
            raise Failure(Meaning.FILE_NOT_FOUND)
        if value.startswith(WAITS):
            context.wait_for(account.ids.operation())
        return value

    return use_case


LATER = Property(
    "LATER",
    TEXT,
    access=Access.READ_WRITE,
    argument=TEXT,
    fetch=lambda _key, argument: waiting(argument),
    write=lambda _key, value: waiting(value),
    failures={Meaning.FILE_NOT_FOUND: 111},
    get_failures={Meaning.FILE_NOT_FOUND: 12},
    deferred=True,
)
THING = ObjectType(
    "CHATMESSAGE",
    Kind.MESSAGE,
    lambda text: int(NUMBER.read(text)),
    lambda _account, key: key if key == 1 else None,
    (LATER,),
    actions=(Action("DO", lambda _key, rest: waiting(rest), deferred=True),),
)
LANGUAGE = Language(
    objects=(THING,),
    settings=(Setting(LATER),),
    searches=(),
    commands=(
        Command(("DO",), act=waiting, failures={Meaning.FILE_NOT_FOUND: 109, Meaning.NOT_SUPPORTED: 615}),
        Command(
            ("SAY",), act=waiting, answer=lambda _account, result, _rest, _version: f"CHATMESSAGE {result}"
        ),
    ),
    verbs=(),
)


@pytest.fixture
def dispatcher():
    def unexpected(error, _command):
        raise error

    return Dispatcher(Engine("me"), LANGUAGE, unexpected)


@pytest.mark.parametrize(
    ("command", "answer", "refused"),
    [
        ("GET LATER {}", "LATER {}", 12),
        ("SET LATER {}", "LATER {}", 111),
        ("GET CHATMESSAGE 1 LATER {}", "CHATMESSAGE 1 LATER {}", 12),
        ("SET CHATMESSAGE 1 LATER {}", "CHATMESSAGE 1 LATER {}", 111),
        ("ALTER CHATMESSAGE 1 DO {}", "ALTER CHATMESSAGE 1 DO {}", 18),
        ("DO {}", "DO {}", 109),
    ],
)
def test_the_answer_is_the_same_at_once_and_later(dispatcher, command, answer, refused):
    def ask(value):
        return dispatcher.perform(command.format(value), 8, CAUSE, NOW)

    assert ask("x").answer == answer.format("x")
    assert ask(REFUSES).answer.startswith(f"ERROR {refused} ")
    first, second = ask(f"{WAITS} a"), ask(f"{WAITS} b")
    assert first.answer is None
    assert second.answer is None
    assert dispatcher.settle(Settled(second.step.awaits)) == answer.format(f"{WAITS} b")
    failed = Settled(first.step.awaits, Meaning.FILE_NOT_FOUND)
    assert dispatcher.settle(failed).startswith(f"ERROR {refused} ")


def test_what_came_of_it_replaces_what_was_asked(dispatcher):
    operation = dispatcher.perform("SET LATER later", 8, CAUSE, NOW).step.awaits
    assert dispatcher.settle(Settled(operation, result="found")) == "LATER found"


def test_old_programs_get_late_answers_in_their_own_words(dispatcher):
    operation = dispatcher.perform("SAY later", 2, CAUSE, NOW).step.awaits
    assert dispatcher.settle(Settled(operation, result="5 STATUS SENT")) == "MESSAGE 5 STATUS SENT"
    operation = dispatcher.perform("DO later", 7, CAUSE, NOW).step.awaits
    assert dispatcher.settle(Settled(operation, Meaning.NOT_SUPPORTED)).startswith("ERROR 615 ")


def test_what_is_forgotten_is_not_kept(dispatcher):
    operation = dispatcher.perform("DO later", 8, CAUSE, NOW).step.awaits
    dispatcher.forget(operation)
    dispatcher.forget(operation)
    with pytest.raises(KeyError):
        dispatcher.settle(Settled(operation))
