"""Turns a command into an answer and a step, by the declarations alone.

The whole of parsing, error numbers and answer shapes is here; handlers return values and never words.
What is wrong with the words is said before what is wrong with the state: an unknown property is named as such
even if the object does not exist either (the reference's own examples of errors 21 and 25 hold for any id).
Nothing raises out of ``perform``: what is wrong with the input becomes its numbered error, and what is wrong
with us is reported and answered as internal error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ringback.domain.changes import Cause, Value
from ringback.domain.engine import Act, Engine, UseCase
from ringback.domain.failures import Failure, Meaning
from ringback.domain.handles import CURRENCY_SIGNS, can_be_dialled, canonical
from ringback.domain.step import EMPTY, Settled, Step
from ringback.domain.time import Instant
from ringback.protocol import versions
from ringback.protocol.discretion import discreet
from ringback.protocol.errors import INTERNAL, WireError, not_available_yet
from ringback.protocol.lexer import word
from ringback.protocol.schema import Action, Echo, Key, Language, ObjectType, Property, Setting, Target
from ringback.protocol.values import BOOLEAN, COMMA_LIST, Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command.

    ``answer`` None: it is made by ``Dispatcher.settle`` when the operation is settled that ``step`` awaits.
    ``answer_last``: the declared exception in which the answer follows the notifications.
    """

    answer: str | None
    step: Step = EMPTY
    answer_last: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, when, in which protocol, by which verb, and which files it may name."""

    verb: str
    version: int
    cause: Cause
    now: Instant
    reach: Reach


@dataclass(frozen=True, slots=True)
class _Awaited:
    """An answer that is held back: how it is made of the result, and the numbers of what may go wrong.

    ``converted``: the command was one of a program below protocol 3 and was put into today's words.
    """

    asked: _Asked
    make: Callable[[Value], str]
    result: Value
    failures: Mapping[Meaning, int]
    otherwise: int
    converted: bool = False


#: May the program name this file or port? (design §4: over TCP and WebSocket only those that were given)
Reach: TypeAlias = Callable[[Place], bool]


def anywhere(_place: Place) -> bool:
    """The reach of programs on this machine: any file, any port."""
    return True


#: What may stand behind a property that takes no value (rule set-call-seen-r02).
_SET_FLAG: Final = "TRUE"
#: Called with the exception and what may be logged of the command when something unexpected happened.
Report = Callable[[Exception, str], None]


class Dispatcher:
    """Performs commands for one account."""

    def __init__(self, engine: Engine, language: Language, report: Report) -> None:
        self._engine = engine
        self._language = language
        self._report = report
        self._awaited: dict[int, _Awaited] = {}
        self._verbs: Mapping[str, Callable[[_Asked, str], Outcome]] = {
            "GET": self._get,
            "SET": self._set,
            "ALTER": self._alter,
            "SEARCH": self._search,
        }

    def perform(
        self, text: str, version: int, cause: Cause, now: Instant, reach: Reach = anywhere
    ) -> Outcome:
        """Carry out one command (without its id) for a program that speaks ``version``."""
        verb, rest = word(text)
        if not verb:
            return Outcome(WireError(1).line())
        asked = _Asked(verb.upper(), version, cause, now, reach)
        typed = rest
        try:
            if version < versions.RENAMED_IN:
                rest = versions.older_command(asked.verb, typed)
            outcome = self._verbs.get(asked.verb, self._command)(asked, rest)
        except WireError as error:
            return Outcome(_refusal(error, asked))
        except Exception as error:  # noqa: BLE001 - the last line of defence: one bad command ends nothing
            self._report(error, discreet(self._language, text, ours=False))
            return Outcome(WireError(INTERNAL).line())
        if version < versions.RENAMED_IN:
            converted = rest != typed
            if outcome.answer is not None:
                return replace(outcome, answer=versions.older_answer(outcome.answer, converted))
            operation = outcome.step.awaits
            self._awaited[operation] = replace(self._awaited[operation], converted=converted)
        return outcome

    def settle(self, settled: Settled) -> str:
        """The answer that was held back for an operation."""
        awaited = self._awaited.pop(settled.operation)
        if settled.failure is not None:
            number = awaited.failures.get(settled.failure, awaited.otherwise)
            return _refusal(WireError(number), awaited.asked)
        answer = awaited.make(awaited.result if settled.result is None else settled.result)
        if awaited.asked.version < versions.RENAMED_IN:
            return versions.older_answer(answer, awaited.converted)
        return answer

    def forget(self, operation: int) -> None:
        """Nobody will be told how an operation ended."""
        self._awaited.pop(operation, None)

    # GET --------------------------------------------------------------------------------------------------

    def _get(self, asked: _Asked, rest: str) -> Outcome:
        what, rest = word(rest)
        what = what.upper()
        kind = self._language.object_by_word.get(what)
        if kind is not None:
            return self._get_object(asked, kind, rest)
        setting = self._language.setting_by_word.get(what)
        if setting is None or not setting.property.readable:
            raise WireError(7)
        return self._get_setting(asked, setting, rest)

    def _get_object(self, asked: _Asked, kind: ObjectType, rest: str) -> Outcome:
        faults = kind.faults
        typed, key, rest = self._key(kind, rest, faults.get_key)
        name, argument = word(rest)
        thing = kind.find(self._engine.account, key)
        declared = kind.by_word.get(name.upper())
        if declared is None or not declared.readable:
            raise WireError(faults.get_property)
        _check_argument(declared, argument, faults.get_property)
        if thing is None:
            raise WireError(faults.get_unknown if declared.unknown is None else declared.unknown)
        head = kind.word if kind.single else f"{kind.word} {typed}"
        if declared.fetch is not None:
            return self._fetch(asked, declared, key, argument.strip(), head)
        if declared.read is not None:
            value = declared.read(self._engine.account, key, argument.strip())
        elif declared.field:
            value = getattr(thing, declared.field)
        else:
            raise not_available_yet(f"GET {kind.word} {declared.name}")
        shown = canonical(argument.strip()) if declared.folded else argument.strip()
        middle = declared.name if declared.argument is None else f"{declared.name} {shown}"
        answer = f"{head} {middle} {declared.type.show(value, asked.version)}"
        look = None if kind.look is None else kind.look(self._engine.account, key)
        if look is None:
            return Outcome(answer)
        return Outcome(answer, self._engine.step(Act(asked.cause, look), asked.now))

    def _fetch(self, asked: _Asked, declared: Property, key: Key, argument: str, head: str) -> Outcome:
        assert declared.fetch is not None, "asked before"
        files = () if declared.argument is None else declared.argument.files(argument)

        def answer(value: Value) -> str:
            return f"{head} {declared.name} {declared.type.show(value, asked.version)}".lstrip()

        use_case = declared.fetch(key, argument)
        return self._act(asked, use_case, answer, declared.get_failures, INTERNAL, files)

    def _key(self, kind: ObjectType, rest: str, number: int) -> tuple[str, Key, str]:
        if kind.single:
            return "", "", rest
        typed, rest = word(rest)
        try:
            return typed, kind.key(typed), rest
        except ValueError:
            raise WireError(number) from None

    def _get_setting(self, asked: _Asked, setting: Setting, rest: str) -> Outcome:
        declared = setting.property
        argument = rest.strip()
        if argument and setting.target_error is not None:
            raise WireError(setting.target_error)
        _check_argument(declared, argument, 7)
        if declared.fetch is not None:
            return self._fetch(asked, declared, "", argument, "")
        if declared.read is not None:
            value = declared.read(self._engine.account, "", argument)
        elif declared.field:
            value = getattr(self._engine.account.settings, declared.field)
        else:
            raise not_available_yet(f"GET {declared.name}")
        name = setting.shown or declared.name
        middle = name if declared.argument is None else f"{name} {argument}"
        return Outcome(f"{middle} {declared.type.show(value, asked.version)}")

    # SET --------------------------------------------------------------------------------------------------

    def _set(self, asked: _Asked, rest: str) -> Outcome:
        what, rest = word(rest)
        what = what.upper()
        kind = self._language.object_by_word.get(what)
        if kind is not None:
            return self._set_object(asked, kind, rest)
        setting = self._language.setting_by_word.get(what)
        if setting is None or not setting.property.writable:
            raise WireError(18)
        declared = setting.property
        value = self._read(declared, rest, setting.set_error)
        files = declared.type.files(rest)
        if declared.write is None:
            raise not_available_yet(f"SET {declared.name}")

        def answer(result: Value) -> str:
            return f"{declared.name} {declared.type.show(result, asked.version)}"

        return self._act(
            asked, declared.write("", value), answer, declared.failures, setting.set_error, files
        )

    def _set_object(self, asked: _Asked, kind: ObjectType, rest: str) -> Outcome:
        faults = kind.faults
        typed, key, rest = self._key(kind, rest, faults.set_key)
        name, text = word(rest)
        declared = kind.by_word.get(name.upper())
        if declared is None or not declared.writable:
            raise WireError(faults.set_property)
        number = faults.set_value if declared.bad_value is None else declared.bad_value
        if declared.flag is None:
            value = self._read(declared, text, number)
        elif text.strip().upper() in ("", _SET_FLAG):
            value = declared.flag
        else:
            raise WireError(number)
        if kind.find(self._engine.account, key) is None:
            raise WireError(faults.set_unknown)
        if declared.write is None:
            raise not_available_yet(f"SET {kind.word} {declared.name}")
        head = kind.word if kind.single else f"{kind.word} {typed}"
        if declared.set_echo:
            head = f"SET {head}"

        def answer(result: Value) -> str:
            return f"{head} {declared.answers or declared.name} {declared.type.show(result, asked.version)}"

        files = declared.type.files(text)
        return self._act(asked, declared.write(key, value), answer, declared.failures, number, files)

    def _read(self, declared: Property, text: str, number: int) -> Value:
        try:
            return declared.type.read(text)
        except ValueError:
            raise WireError(number) from None

    # ALTER ------------------------------------------------------------------------------------------------

    def _alter(self, asked: _Asked, rest: str) -> Outcome:
        what, rest = word(rest)
        if not what:
            raise WireError(526)
        kind = self._language.object_by_word.get(what.upper())
        if kind is None or not kind.actions:
            raise WireError(527)
        faults = kind.faults
        typed, rest = word(rest)
        if not typed:
            raise WireError(faults.alter_key_missing)
        try:
            key = kind.key(typed)
        except ValueError:
            raise WireError(faults.alter_key) from None
        name, arguments = word(rest)
        arguments = arguments.rstrip(" \t\r\n")
        if not name:
            raise WireError(faults.alter_action_missing)
        action = kind.action_by_word.get(name.upper())
        if action is None:
            raise WireError(faults.alter_action)
        bad = faults.alter_arguments if action.missing is None else action.missing
        if (action.needs_argument and not arguments) or (arguments and not action.takes_argument):
            raise WireError(bad)
        try:
            if action.type is not None and arguments:
                action.type.read(arguments)
            use_case = None if action.act is None else action.act(key, arguments)
        except ValueError:
            raise WireError(bad) from None
        if kind.find(self._engine.account, key) is None:
            raise WireError(faults.alter_unknown)
        if use_case is None:
            raise not_available_yet(f"ALTER {kind.word} {action.word}")
        answer = _echo(kind, typed, action, arguments)
        tells = action.echo is Echo.RESULT
        return self._act(
            asked,
            use_case,
            lambda result: f"{answer} {BOOLEAN.show(result, asked.version)}" if tells else answer,
            action.failures,
            faults.alter_failed,
            () if action.type is None else action.type.files(arguments),
            action.after_changes,
        )

    # SEARCH and the rest ----------------------------------------------------------------------------------

    def _search(self, asked: _Asked, rest: str) -> Outcome:
        what, target = word(rest)
        search = self._language.search_by_word.get(what.upper())
        if search is None:
            raise WireError(3)
        target = target.strip()
        if target and search.target is Target.FORBIDDEN:
            raise WireError(search.refused)
        if not target and search.target is Target.REQUIRED:
            raise WireError(search.missing)
        if target and search.currency is not None and CURRENCY_SIGNS & set(target):
            raise WireError(search.currency)
        if target and search.malformed is not None:
            fit = (
                target.upper() in search.choices
                if search.choices
                else can_be_dialled(self._engine.account.resolve(target))
            )
            if not fit:
                raise WireError(search.malformed)

        if search.begin is not None:
            return self._act(
                asked,
                search.begin(target),
                lambda found: f"{search.heading} {COMMA_LIST.show(found, asked.version)}",
                {},
                INTERNAL,
                (),
            )
        found = () if search.query is None else search.query(self._engine.account, target)
        if not found and search.nothing is not None:
            raise WireError(search.nothing)
        return Outcome(f"{search.heading} {', '.join(str(key) for key in found)}")

    def _command(self, asked: _Asked, rest: str) -> Outcome:
        language = self._language
        words: tuple[str, ...] = (asked.verb,)
        group = language.verb_by_word.get(asked.verb)
        if group is not None:
            second, rest = word(rest)
            if not second:
                raise WireError(group.missing)
            words = (asked.verb, second.upper())
            if words not in language.command_by_words:
                raise WireError(group.unknown)
        command = language.command_by_words.get(words)
        if command is None:
            raise WireError(2)
        rest = rest.rstrip(" \t\r\n") if command.answer is None else rest
        if command.check is not None:
            command.check(self._engine.account, rest)
        if command.act is None:
            raise not_available_yet(" ".join(words))

        def answer(result: Value) -> str:
            if command.answer is not None:
                return command.answer(self._engine.account, result, rest, asked.version)
            said = command.said(rest)
            return " ".join(words) + (f" {said}" if said else "")

        files, last = command.files(rest), command.after_changes
        return self._act(asked, command.act(rest), answer, command.failures, INTERNAL, files, last)

    def _act(
        self,
        asked: _Asked,
        use_case: UseCase,
        make: Callable[[Value], str],
        failures: Mapping[Meaning, int],
        otherwise: int,
        files: tuple[Place, ...],
        last: bool = False,
    ) -> Outcome:
        """Carry out a use case; the answer is made of its result, now or when what it awaits is settled.

        A file or port out of the program's reach is one that is not there, and looks so whether it is or not.
        """
        if files and not all(map(asked.reach, files)):
            raise WireError(failures.get(Meaning.FILE_NOT_FOUND, otherwise))
        try:
            step = self._engine.step(Act(asked.cause, use_case), asked.now)
        except Failure as failure:
            if failure.meaning is Meaning.NOT_AVAILABLE_YET:
                raise not_available_yet(f"{asked.verb} {failure.detail}") from None
            raise WireError(failures.get(failure.meaning, otherwise)) from None
        if step.awaits:
            self._awaited[step.awaits] = _Awaited(asked, make, step.result, failures, otherwise)
            return Outcome(None, step)
        return Outcome(make(step.result), step, last)


def _refusal(error: WireError, asked: _Asked) -> str:
    older = versions.older_error(error.number, asked.verb, asked.version)
    return (error if older == error.number else WireError(older)).line()


def _check_argument(declared: Property, argument: str, otherwise: int) -> None:
    if declared.argument is None:
        return
    try:
        declared.argument.read(argument.strip())
    except ValueError:
        raise WireError(otherwise if declared.bad_argument is None else declared.bad_argument) from None


def _echo(kind: ObjectType, typed: str, action: Action, arguments: str) -> str:
    done = action.shown or action.word
    if action.type is not None and arguments:
        arguments = action.type.said(arguments)
    match action.echo:
        case Echo.ACTION | Echo.RESULT:
            return f"ALTER {kind.word} {done}"
        case Echo.WITHOUT_LAST:
            return f"ALTER {kind.word} {typed} {done} {arguments.split(' ', 1)[0]}"
        case _:
            return f"ALTER {kind.word} {typed} {done}" + (f" {arguments}" if arguments else "")
