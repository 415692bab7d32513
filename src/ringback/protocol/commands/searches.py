"""SEARCH: headings and targets of every search (reference: SEARCH; ambiguities A49, A94)."""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.handles import canonical, phone_number
from ringback.protocol.schema import Key, Search, Target


def _calls(account: Account, target: str) -> tuple[Key, ...]:
    wanted = (phone_number(target) or canonical(target)) if target else ""
    newest_first = reversed(account.calls.all.values())
    return tuple(call.id for call in newest_first if not wanted or call.partner == wanted)


def _active_calls(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(account.calls.alive)


def _missed_calls(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(c.id for c in reversed(account.calls.all.values()) if c.missed and not c.seen)


def _friends(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(sorted(p.handle for p in account.people.known.values() if p.standing == 3))


def _users(account: Account, target: str) -> tuple[Key, ...]:
    wanted = canonical(target)
    return tuple(
        sorted(
            p.handle
            for p in account.people.known.values()
            if wanted in p.handle or wanted in canonical(p.fullname)
        )
    )


def _waiting(account: Account, _target: str) -> tuple[Key, ...]:
    return tuple(sorted(p.handle for p in account.people.known.values() if p.received_auth_request))


SEARCHES: Final = (
    Search("USERS", "USERS", _users, Target.REQUIRED, missing=4),
    Search("FRIENDS", "USERS", _friends, refused=67),
    Search("USERSWAITINGMYAUTHORIZATION", "USERS", _waiting),
    Search("CALLS", "CALLS", _calls, Target.OPTIONAL, malformed=5),
    Search("ACTIVECALLS", "CALLS", _active_calls),
    Search("MISSEDCALLS", "CALLS", _missed_calls, refused=6),
    Search("VOICEMAILS", "VOICEMAILS"),
    Search("MISSEDVOICEMAILS", "VOICEMAILS"),
    Search("CHATS", "CHATS", refused=107),
    Search("ACTIVECHATS", "CHATS"),
    Search("MISSEDCHATS", "CHATS"),
    Search("RECENTCHATS", "CHATS"),
    Search("BOOKMARKEDCHATS", "CHATS"),
    Search("CHATMESSAGES", "CHATMESSAGES", target=Target.OPTIONAL, malformed=8),
    Search("MISSEDCHATMESSAGES", "CHATMESSAGES"),
    Search("MESSAGES", "MESSAGES", target=Target.OPTIONAL, malformed=5),
    Search("MISSEDMESSAGES", "MESSAGES"),
    Search("GROUPS", "GROUPS", target=Target.OPTIONAL, malformed=561, choices=("ALL", "CUSTOM", "HARDWIRED")),
    Search("SMSS", "SMSS"),
    Search("MISSEDSMSS", "SMSS"),
    Search("FILETRANSFERS", "FILETRANSFERS"),
    Search("ACTIVEFILETRANSFERS", "FILETRANSFERS"),
)
