"""CHAT (reference: CHAT object; Chats and messages)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ringback.domain import chats, listing
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.chats import Chat
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.protocol.objects import keys
from ringback.protocol.schema import (
    Access,
    Acting,
    Action,
    Echo,
    Faults,
    Key,
    ObjectType,
    Property,
    Writer,
)
from ringback.protocol.values import (
    BLANK_LIST,
    BOOLEAN,
    CHAT_ID,
    COMMA_LIST,
    HANDLE,
    HANDLES,
    NUMBER,
    STAMP,
    TEXT,
    enumeration,
)

STATUS: Final = enumeration(
    "chat status",
    {
        "LEGACY_DIALOG": "a dialog of the old kind",
        "DIALOG": "between two",
        "MULTI_SUBSCRIBED": "with several, and we are in it",
        "UNSUBSCRIBED": "we left it",
        "MULTI_NEED_ACCEPT": "with several, and we must accept first",
    },
)
TYPE: Final = enumeration(
    "chat type",
    {
        "LEGACY_DIALOG": "dialog of the old kind, not made any more",
        "DIALOG": "two people",
        "MULTICHAT": "any number of people",
        "SHAREDGROUP": "carries a shared contact group",
        "LEGACY_UNSUBSCRIBED": "old chat that we left, not made any more",
    },
)
MYSTATUS: Final = enumeration(
    "own status in a chat",
    {
        "CONNECTING": "on the way in",
        "WAITING_REMOTE_ACCEPT": "asked, and not let in yet",
        "ACCEPT_REQUIRED": "we must accept first",
        "PASSWORD_REQUIRED": "the password must be given",
        "SUBSCRIBED": "in it",
        "UNSUBSCRIBED": "out of it",
        "CHAT_DISBANDED": "the chat was dissolved",
        "QUEUED_BECAUSE_CHAT_IS_FULL": "waiting for a free place",
        "APPLICATION_DENIED": "our wish to join was refused",
        "KICKED": "thrown out, may come back",
        "BANNED": "thrown out for good",
        "RETRY_CONNECTING": "failed to get in, trying again",
    },
)
#: Ranks, highest first (reference: chat roles).
ROLES: Final = {
    "CREATOR": "made the chat",
    "MASTER": "runs it, second to the creator",
    "HELPER": "may do more than a user, no ranks",
    "USER": "reads and writes",
    "LISTENER": "reads only",
    "APPLICANT": "waits to be let in",
}
MYROLE: Final = enumeration("own role in a chat", ROLES)
#: A sum of bits (reference: chat options; recovered values).
OPTIONS: Final = replace(
    NUMBER,
    name="sum of option bits",
    words=("1", "2", "4", "8", "16", "32"),
    meanings=(
        "people may join",
        "who joins becomes an applicant",
        "who joins becomes a listener",
        "who joins sees what was said before",
        "users only listen",
        "users cannot change topic and picture",
    ),
    since=(0,) * 6,
)


def find(account: Account, name: Key) -> Chat | None:
    """The chat of that id."""
    return account.chats.find(str(name))


def _title(account: Account, name: Key, _argument: str) -> Value:
    chat = find(account, name)
    return None if chat is None else chats.title(account, chat)


def _messages(name: Key, _argument: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        chat = find(account, name)
        where = {"chat": "" if chat is None else chat.name}
        return listing.keys(account, context, Kind.MESSAGE, where, newest_first=False)

    return use_case


def _recent(name: Key, _argument: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        chat = find(account, name)
        return () if chat is None else chats.recent(account, context, chat)

    return use_case


def _members(account: Account, name: Key, _argument: str) -> Value:
    chat = find(account, name)
    return () if chat is None else tuple(member.id for member in account.chats.in_chat[chat.name])


def _simple(act: Callable[[Account, Context, str], Value]) -> Acting:
    def acting(name: Key, _arguments: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            return act(account, context, str(name))

        return use_case

    return acting


def _topic(rich: bool) -> Acting:
    def acting(name: Key, arguments: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            return chats.set_topic(account, context, str(name), arguments, rich)

        return use_case

    return acting


def _write_topic(rich: bool) -> Writer:
    def write(name: Key, value: Value) -> UseCase:
        return _topic(rich)(name, str(value))

    return write


def _bookmark(wanted: bool) -> Acting:
    def acting(name: Key, _arguments: str) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            return chats.bookmark(account, context, str(name), wanted)

        return use_case

    return acting


def _alert(name: Key, arguments: str) -> UseCase:
    alert = arguments
    if len(alert) > 1 and alert[0] == alert[-1] == '"':
        alert = alert[1:-1]

    def use_case(account: Account, context: Context) -> Value:
        return chats.set_alert(account, context, str(name), alert)

    return use_case


def _refuse(name: Key, _value: Value) -> UseCase:
    return _only_with_several(name, "")


_only_with_several: Final = _simple(chats.only_with_several)

CHAT: Final = ObjectType(
    word="CHAT",
    kind=Kind.CHAT,
    key=keys.chat,
    find=find,
    # The window shows it, or no more; from client 3.6 on.
    events=("OPENED", "CLOSED"),
    line=2646,
    introduced="protocol 3",
    meaning="A conversation, addressed by its chat id.",
    faults=Faults(
        get_key=105,
        get_unknown=105,
        get_property=106,
        alter_key_missing=500,
        alter_key=500,
        alter_unknown=501,
        alter_action_missing=502,
        alter_action=503,
        alter_arguments=504,
        alter_failed=504,
    ),
    properties=(
        Property("NAME", CHAT_ID, "name", line=2649, meaning="the chat's own id"),
        Property("TIMESTAMP", STAMP, "timestamp", line=2651, meaning="when it was made"),
        Property("ADDER", HANDLE, "adder", line=2653, meaning="who brought us in"),
        Property("STATUS", STATUS, "status", line=2655, meaning="its kind, and whether we are in it"),
        Property("POSTERS", BLANK_LIST, "posters", line=2662, meaning="who has written"),
        Property("MEMBERS", BLANK_LIST, "members", line=2664, meaning="who belongs to it"),
        Property(
            "TOPIC",
            TEXT,
            "topic",
            Access.READ_WRITE,
            write=_write_topic(False),
            sensitive=0,
            line=2666,
            meaning="what it is about, plain text",
        ),
        Property(
            "TOPICXML",
            TEXT,
            "topic_xml",
            Access.READ_WRITE,
            write=_write_topic(True),
            sensitive=0,
            line=2668,
            introduced="API 3.1",
            meaning="the topic with its formatting, XML",
        ),
        Property(
            "CHATMESSAGES",
            COMMA_LIST,
            fetch=_messages,
            line=2672,
            introduced="protocol 3",
            unknown=501,
            meaning="ids of all its messages",
        ),
        Property(
            "ACTIVEMEMBERS", BLANK_LIST, "active_members", line=2674, meaning="members who are still there"
        ),
        Property(
            "FRIENDLYNAME",
            TEXT,
            "friendly_name",
            read=_title,
            sensitive=0,
            line=2676,
            meaning="the title of its window",
        ),
        Property(
            "RECENTCHATMESSAGES",
            COMMA_LIST,
            fetch=_recent,
            line=2679,
            introduced="protocol 5",
            unknown=501,
            meaning="ids of its unread and latest messages",
        ),
        Property(
            "BOOKMARKED",
            BOOLEAN,
            "bookmarked",
            line=2680,
            introduced="protocol 6, API 2.5",
            meaning="is it among the bookmarks",
        ),
        Property(
            "MEMBEROBJECTS",
            COMMA_LIST,
            read=_members,
            line=2684,
            introduced="protocol 7, API 3.0",
            meaning="ids of its CHATMEMBER objects",
        ),
        Property(
            "PASSWORDHINT",
            TEXT,
            "password_hint",
            sensitive=0,
            line=2686,
            introduced="protocol 7, API 3.0",
            meaning="what helps to remember the password",
        ),
        Property(
            "GUIDELINES",
            TEXT,
            "guidelines",
            access=Access.READ_WRITE,
            write=_refuse,
            sensitive=0,
            line=2688,
            introduced="protocol 7, API 3.0",
            meaning="its house rules",
        ),
        Property(
            "OPTIONS",
            OPTIONS,
            "options",
            access=Access.READ_WRITE,
            write=_refuse,
            line=2688,
            introduced="protocol 7, API 3.0",
            meaning="what joining people and users may do",
        ),
        Property(
            "DESCRIPTION",
            TEXT,
            "description",
            sensitive=0,
            line=2690,
            introduced="protocol 7, API 3.0",
            meaning="used by shared groups only",
        ),
        Property(
            "DIALOG_PARTNER",
            HANDLE,
            "partner",
            line=2690,
            introduced="protocol 7, API 3.0",
            meaning="the other one of a chat of two",
        ),
        Property(
            "ACTIVITY_TIMESTAMP",
            STAMP,
            "activity",
            line=2691,
            introduced="protocol 7, API 3.0",
            meaning="when something happened last, 0 if nothing did",
        ),
        Property(
            "TYPE",
            TYPE,
            "kind",
            line=2692,
            introduced="protocol 7, API 3.0",
            meaning="its kind, however we stand to it",
        ),
        Property(
            "MYSTATUS",
            MYSTATUS,
            "my_status",
            line=2699,
            introduced="protocol 7, API 3.0",
            meaning="how we stand to it",
        ),
        Property(
            "MYROLE", MYROLE, "my_role", line=2720, introduced="protocol 7, API 3.0", meaning="our rank in it"
        ),
        Property(
            "BLOB",
            TEXT,
            "blob",
            sensitive=0,
            line=2721,
            introduced="protocol 7, API 3.0",
            meaning="invitation to a public chat, for links",
        ),
        Property(
            "APPLICANTS",
            BLANK_LIST,
            "applicants",
            line=2724,
            introduced="protocol 7, API 3.0",
            meaning="who waits to be let in",
        ),
    ),
    actions=(
        Action(
            "SETTOPIC",
            _topic(False),
            arguments="<topic>",
            echo=Echo.ACTION,
            sensitive=0,
            line=885,
            introduced="protocol 5",
            meaning="change the topic",
        ),
        Action(
            "SETTOPICXML",
            _topic(True),
            arguments="<topic>",
            echo=Echo.ACTION,
            sensitive=0,
            line=894,
            introduced="protocol 7, API 3.0",
            meaning="change the topic with formatting",
        ),
        Action(
            "ADDMEMBERS",
            arguments="<handle>[, <handle>]*",
            type=HANDLES,
            needs_argument=True,
            echo=Echo.ACTION,
            missing=506,
            line=902,
            introduced="protocol 5",
            meaning="bring people in",
        ),
        Action(
            "LEAVE",
            _only_with_several,
            takes_argument=False,
            echo=Echo.ACTION,
            missing=505,
            line=911,
            meaning="leave the chat",
        ),
        Action(
            "JOIN",
            _only_with_several,
            takes_argument=False,
            echo=Echo.ACTION,
            after_changes=True,
            line=1032,
            introduced="protocol 7, API 3.0",
            meaning="come back into a public chat",
        ),
        Action(
            "BOOKMARK",
            _bookmark(True),
            takes_argument=False,
            shown="BOOKMARKED TRUE",
            line=918,
            introduced="protocol 6, API 2.5",
            meaning="put it among the bookmarks",
        ),
        Action(
            "UNBOOKMARK",
            _bookmark(False),
            takes_argument=False,
            shown="BOOKMARKED FALSE",
            line=918,
            introduced="protocol 6, API 2.5",
            meaning="take it from the bookmarks",
        ),
        Action(
            "CLEARRECENTMESSAGES",
            _simple(chats.clear_recent),
            takes_argument=False,
            echo=Echo.ACTION,
            line=1044,
            introduced="protocol 7, API 3.0",
            meaning="empty the list of recent messages",
        ),
        Action(
            "SETALERTSTRING",
            _alert,
            arguments="<text>",
            echo=Echo.ACTION,
            line=1051,
            introduced="protocol 7, API 3.0",
            meaning="choose what must be said in it to alert us",
        ),
        Action(
            "ACCEPTADD",
            _only_with_several,
            takes_argument=False,
            echo=Echo.ACTION,
            line=1064,
            introduced="protocol 7, API 3.0",
            meaning="accept an invitation to a shared group's chat",
        ),
        Action(
            "DISBAND",
            _only_with_several,
            takes_argument=False,
            echo=Echo.ACTION,
            line=1069,
            introduced="protocol 7, API 3.0",
            meaning="dissolve the chat",
        ),
        Action(
            "SETPASSWORD",
            _only_with_several,
            arguments="<password> <hint>",
            needs_argument=True,
            echo=Echo.ACTION,
            sensitive=0,
            line=1092,
            introduced="protocol 7, API 3.0",
            meaning="demand a password of those who join",
        ),
        Action(
            "ENTERPASSWORD",
            _only_with_several,
            arguments="<password>",
            needs_argument=True,
            echo=Echo.ACTION,
            sensitive=0,
            line=1100,
            introduced="protocol 7, API 3.0",
            meaning="give the password that is demanded",
        ),
        Action(
            "SETOPTIONS",
            _only_with_several,
            arguments="<bits>",
            type=NUMBER,
            needs_argument=True,
            echo=Echo.ACTION,
            after_changes=True,
            line=1107,
            introduced="protocol 7, API 3.0",
            meaning="change the option bits",
        ),
        Action(
            "KICK",
            _only_with_several,
            arguments="<handle>[, <handle>]*",
            type=HANDLES,
            needs_argument=True,
            echo=Echo.ACTION,
            line=1154,
            introduced="protocol 7, API 3.0",
            meaning="throw people out",
        ),
        Action(
            "KICKBAN",
            _only_with_several,
            arguments="<handle>[, <handle>]*",
            type=HANDLES,
            needs_argument=True,
            echo=Echo.ACTION,
            line=1162,
            introduced="protocol 7, API 3.0",
            meaning="throw people out for good",
        ),
        Action(
            "SETGUIDELINES",
            _only_with_several,
            arguments="<text>",
            echo=Echo.ACTION,
            after_changes=True,
            sensitive=0,
            line=1185,
            introduced="protocol 7, API 3.0",
            meaning="change the house rules",
        ),
    ),
)
