"""Commands about chats (reference: Chats and messages; OPEN IM, OPEN CHAT, CLEAR CHATHISTORY)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain import chats
from ringback.domain.account import Account
from ringback.domain.changes import Value
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.handles import is_address
from ringback.domain.journal import Context
from ringback.protocol.commands.checks import first_handle, handles, needs, none
from ringback.protocol.lexer import targets, word
from ringback.protocol.objects.chat import STATUS
from ringback.protocol.schema import Check, Command


def _message(_account: Account, rest: str) -> int | None:
    handle, text = word(rest)
    if not is_address(handle):
        return 26
    return None if text.strip() else 43


def _chat_message(account: Account, rest: str) -> int | None:
    name, text = word(rest)
    if not name:
        return 509
    if account.chats.find(name) is None:
        return 510
    return None if text.strip() else 511


def _chat_create(account: Account, rest: str) -> int | None:
    return handles(507).look(account, rest) if rest.strip() else None


def _known_chat(account: Account, rest: str) -> int | None:
    return 105 if account.chats.find(rest.strip()) is None else None


def _say(act: Callable[[Account, Context, str, str], Value]) -> Callable[[str], UseCase]:
    def make(rest: str) -> UseCase:
        where, text = word(rest)

        def use_case(account: Account, context: Context) -> Value:
            return act(account, context, where, text)

        return use_case

    return make


def _create(rest: str) -> UseCase:
    given = targets(rest)

    def use_case(account: Account, context: Context) -> Value:
        return chats.create(account, context, given)

    return use_case


def _show(rest: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return chats.show(account, context, rest.strip())

    return use_case


def _show_dialog(rest: str) -> UseCase:
    target, text = word(rest)

    def use_case(account: Account, context: Context) -> Value:
        return chats.show_dialog(account, context, target, text)

    return use_case


def _clear(_rest: str) -> UseCase:
    return chats.clear_history


def _sending(_account: Account, result: Value, _rest: str, _version: int) -> str:
    # Below protocol 3 the dispatcher makes it a MESSAGE.
    return f"CHATMESSAGE {result} STATUS SENDING"


def _chat_status(account: Account, result: Value, _rest: str, version: int) -> str:
    return f"CHAT {result} STATUS {STATUS.show(account.chats.all[str(result)].status, version)}"


_FAILURES: Final = {
    Meaning.ACTION_FAILED: 511,
    Meaning.NOT_ALLOWED: 511,
    Meaning.NOT_SUPPORTED: 615,
    Meaning.TEXT_NOT_CARRIED: 511,
}
_API_3: Final = "protocol 7, API 3.0"

COMMANDS: Final = (
    Command(
        ("MESSAGE",),
        Check(_message, {26: "no handle, or a malformed one", 43: "no text"}),
        _say(chats.say_to),
        _sending,
        # Nobody can be written to by number, or by oneself.
        {Meaning.ACTION_FAILED: 26, Meaning.NOT_SUPPORTED: 615, Meaning.TEXT_NOT_CARRIED: 511},
        "<target> <text>",
        990,
        "write to somebody",
        "CHATMESSAGE <id> STATUS SENDING; MESSAGE below protocol 3",
        introduced="protocol 1",
        deprecated="protocol 3, use CHATMESSAGE",
        sensitive=1,
    ),
    Command(
        ("CHATMESSAGE",),
        Check(_chat_message, {509: "no chat", 510: "no such chat", 511: "no text"}),
        _say(chats.say),
        _sending,
        _FAILURES,
        "<chat> <text>",
        872,
        "write into a chat",
        "CHATMESSAGE <id> STATUS SENDING",
        introduced="protocol 5",
        sensitive=1,
    ),
    Command(
        ("CHAT", "CREATE"),
        Check(_chat_create, {507: "a malformed handle"}),
        _create,
        _chat_status,
        {Meaning.ACTION_FAILED: 508, Meaning.NOT_SUPPORTED: 615},
        "[<target>[, <target>]*]",
        853,
        "make a chat with one, several or nobody yet",
        "CHAT <chat> STATUS <status>",
        introduced="protocol 5",
    ),
    Command(
        ("CHAT", "CREATEUSINGBLOB"),
        needs(504, "blob"),
        arguments="<blob>",
        sensitive=0,
        line=1178,
        meaning="get the chat that a blob invites to",
        shape="CHAT <chat> NAME <chat>",
        introduced=_API_3,
    ),
    Command(
        ("CHAT", "FINDUSINGBLOB"),
        needs(504, "blob"),
        arguments="<blob>",
        sensitive=0,
        line=1169,
        meaning="find a known chat by its blob",
        shape="CHAT <chat> STATUS <status>",
        introduced=_API_3,
    ),
    Command(
        ("CLEAR", "CHATHISTORY"), none(522), _clear, line=1632, meaning="forget all messages; the chats stay"
    ),
    Command(
        ("OPEN", "IM"),
        first_handle(70),
        _show_dialog,
        failures={Meaning.ACTION_FAILED: 70, Meaning.NOT_SUPPORTED: 615},
        arguments="<handle> [<text>]",
        sensitive=1,
        line=1719,
        meaning="show the chat with somebody, with a text to begin with",
        introduced="client 1.0",
        after_changes=True,
    ),
    Command(
        ("OPEN", "CHAT"),
        Check(_known_chat, {105: "no such chat"}),
        _show,
        arguments="<chat>",
        line=1740,
        meaning="show a chat",
        introduced="client 1.3",
    ),
)
