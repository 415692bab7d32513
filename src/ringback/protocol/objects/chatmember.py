"""CHATMEMBER (reference: CHATMEMBER object)."""

from __future__ import annotations

from typing import Final

from ringback.domain import chats
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.chats import Member
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.protocol.objects import keys
from ringback.protocol.objects.chat import ROLES
from ringback.protocol.schema import Action, Echo, Faults, Key, ObjectType, Property
from ringback.protocol.values import BOOLEAN, CHAT_ID, HANDLE, enumeration

ROLE: Final = enumeration("role in a chat", ROLES)
#: Nobody is made an applicant: that is who asks to be let in.
GIVEN_ROLE: Final = enumeration(
    "role to give", {word: meaning for word, meaning in ROLES.items() if word != "APPLICANT"}
)


def find(account: Account, number: Key) -> Member | None:
    """The member of that id."""
    return account.chats.members.get(number) if isinstance(number, int) else None


def _refused(number: Key, _arguments: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        member = find(account, number)
        assert member is not None, "the dispatcher looks the member up first"
        return chats.only_with_several(account, context, member.chat)

    return use_case


def _may_give(_number: Key, _arguments: str) -> UseCase:
    def use_case(_account: Account, _context: Context) -> Value:
        # Both are equals in a conversation of two.
        return False

    return use_case


CHATMEMBER: Final = ObjectType(
    word="CHATMEMBER",
    kind=Kind.MEMBER,
    key=keys.number,
    find=find,
    line=2729,
    introduced="protocol 7, API 3.0",
    meaning="Somebody's place in a chat, addressed by number.",
    # Without numbers of its own; a refused change of rank is an action on a chat that failed.
    faults=Faults(alter_failed=504),
    properties=(
        Property("CHATNAME", CHAT_ID, "chat", line=2732, meaning="the chat"),
        Property("IDENTITY", HANDLE, "identity", line=2733, meaning="the person"),
        Property("ROLE", ROLE, "role", line=2734, meaning="rank in the chat"),
        Property("IS_ACTIVE", BOOLEAN, "is_active", line=2736, meaning="has ever been reached in it"),
    ),
    actions=(
        Action(
            "SETROLETO",
            _refused,
            arguments="<role>",
            type=GIVEN_ROLE,
            needs_argument=True,
            echo=Echo.ACTION,
            line=1131,
            introduced="protocol 7, API 3.0",
            meaning="raise or lower the rank",
        ),
        Action(
            "CANSETROLETO",
            _may_give,
            arguments="<role>",
            type=ROLE,
            needs_argument=True,
            echo=Echo.RESULT,
            line=1143,
            introduced="protocol 7, API 3.0",
            meaning="ask whether we may give this rank",
        ),
    ),
)
