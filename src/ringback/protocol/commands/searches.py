"""SEARCH: headings and targets of every search (reference: SEARCH; ambiguities A49, A94)."""

from __future__ import annotations

from typing import Final

from ringback.domain import chats, finding, listing
from ringback.domain.account import Account
from ringback.domain.changes import Kind, Value
from ringback.domain.engine import UseCase
from ringback.domain.journal import Context
from ringback.protocol.errors import WireError
from ringback.protocol.schema import Key, Search, Target


def _calls(target: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        where: dict[str, str | int] = {"partner": account.people.address(target)} if target else {}
        return listing.keys(account, context, Kind.CALL, where)

    return use_case


def _active_calls(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(account.calls.alive)


def _missed_calls(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(sorted(account.calls.missed, reverse=True))


def _friends(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(person.handle for person in account.people.contacts())


def _users(target: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return finding.search(account, context, target)

    return use_case


def _waiting(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(person.handle for person in account.people.waiting())


def _chats(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(account.chats.all)


def _active_chats(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(account.chats.opened)


def _missed_chats(account: Account, _target: str) -> tuple[Key, ...]:
    return chats.missed(account)


def _recent_chats(account: Account, _target: str) -> tuple[Key, ...]:
    active = (chat for chat in account.chats.all.values() if chat.activity)
    latest_first = sorted(active, key=lambda chat: (chat.activity, chat.last), reverse=True)
    return tuple(chat.name for chat in latest_first)


def _bookmarked_chats(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(chat.name for chat in account.chats.all.values() if chat.bookmarked)


def _messages(target: str) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        where: dict[str, str | int] = (
            {"partner": account.people.address(account.resolve(target))} if target else {}
        )
        return listing.keys(account, context, Kind.MESSAGE, where)

    return use_case


def _missed_messages(_target: str) -> UseCase:
    where = {"status": "received"}
    return lambda account, context: listing.keys(account, context, Kind.MESSAGE, where, newest_first=False)


def _greeting(_account: Account, _target: str) -> tuple[Key, ...]:
    # Nobody has voicemail, so nobody's greeting can be had (reference: error 535).
    raise WireError(535)


SEARCHES: Final = (
    Search(
        "USERS",
        "USERS",
        target=Target.REQUIRED,
        missing=4,
        malformed=None,
        begin=_users,
        deferred=True,
        line=1356,
        introduced="protocol 1",
        meaning="people of the network whose handle or full name holds the target; with @ the whole handle",
    ),
    Search(
        "FRIENDS",
        "USERS",
        _friends,
        refused=67,
        line=1346,
        introduced="protocol 1",
        meaning="contacts, phone numbers among them, in the order in which they came into the list",
    ),
    Search(
        "USERSWAITINGMYAUTHORIZATION",
        "USERS",
        _waiting,
        line=1586,
        introduced="protocol 5",
        meaning="people who ask for our leave",
    ),
    Search(
        "CALLS",
        "CALLS",
        target=Target.OPTIONAL,
        begin=_calls,
        malformed=5,
        currency=8,
        line=1379,
        introduced="protocol 1",
        meaning="all calls, or those with the target; newest first",
    ),
    Search(
        "ACTIVECALLS",
        "CALLS",
        _active_calls,
        line=1396,
        introduced="protocol 1",
        meaning="calls that are not over",
    ),
    Search(
        "MISSEDCALLS",
        "CALLS",
        _missed_calls,
        refused=6,
        line=1409,
        introduced="protocol 1",
        meaning="missed calls that are not marked as seen",
    ),
    Search("VOICEMAILS", "VOICEMAILS", line=1444, introduced="protocol 5", meaning="all voicemails"),
    Search(
        "MISSEDVOICEMAILS",
        "VOICEMAILS",
        line=1455,
        introduced="protocol 6",
        meaning="voicemails that nobody heard",
    ),
    # Only rows 534 and 535 of the error table know this search.
    Search(
        "GREETING",
        "VOICEMAILS",
        target=Target.REQUIRED,
        missing=534,
        malformed=534,
        nothing=535,
        line=3723,
        meaning="the greeting that the target's callers hear",
    ),
    Search("CHATS", "CHATS", _chats, refused=107, line=1500, introduced="protocol 3", meaning="all chats"),
    Search(
        "ACTIVECHATS",
        "CHATS",
        _active_chats,
        line=1512,
        introduced="protocol 5",
        meaning="chats that are open in the window",
    ),
    Search(
        "MISSEDCHATS",
        "CHATS",
        _missed_chats,
        line=1524,
        introduced="protocol 5",
        meaning="chats with unread messages",
    ),
    Search(
        "RECENTCHATS",
        "CHATS",
        _recent_chats,
        line=1536,
        introduced="protocol 5",
        meaning="chats in which something happened",
    ),
    Search(
        "BOOKMARKEDCHATS",
        "CHATS",
        _bookmarked_chats,
        line=1548,
        introduced="protocol 5",
        meaning="chats with a bookmark",
    ),
    Search(
        "CHATMESSAGES",
        "CHATMESSAGES",
        begin=_messages,
        target=Target.OPTIONAL,
        malformed=5,
        currency=8,
        line=1560,
        introduced="protocol 3",
        meaning="all chat messages, or those with the target",
    ),
    Search(
        "MISSEDCHATMESSAGES",
        "CHATMESSAGES",
        begin=_missed_messages,
        line=1574,
        introduced="protocol 3",
        meaning="chat messages that are unread",
    ),
    Search(
        "MESSAGES",
        "MESSAGES",
        begin=_messages,
        target=Target.OPTIONAL,
        malformed=5,
        currency=8,
        line=1466,
        introduced="protocol 1",
        deprecated="protocol 3, use SEARCH CHATMESSAGES",
        meaning="the same under its old name",
    ),
    Search(
        "MISSEDMESSAGES",
        "MESSAGES",
        begin=_missed_messages,
        line=1485,
        introduced="protocol 1",
        deprecated="protocol 3, use SEARCH MISSEDCHATMESSAGES",
        meaning="unread messages under their old name",
    ),
    Search(
        "GROUPS",
        "GROUPS",
        target=Target.OPTIONAL,
        malformed=561,
        choices=("ALL", "CUSTOM", "HARDWIRED"),
        line=1596,
        introduced="protocol 5",
        meaning="all groups, or one kind of them",
    ),
    Search("SMSS", "SMSS", line=1422, introduced="API 2.5", meaning="all phone texts"),
    Search("MISSEDSMSS", "SMSS", line=1435, introduced="API 2.5", meaning="phone texts that are unread"),
    Search(
        "FILETRANSFERS",
        "FILETRANSFERS",
        line=1607,
        introduced="protocol 7, API 3.0",
        meaning="all file transfers",
    ),
    Search(
        "ACTIVEFILETRANSFERS",
        "FILETRANSFERS",
        line=1616,
        introduced="protocol 7, API 3.0",
        meaning="file transfers that are not over",
    ),
)
