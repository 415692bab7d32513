"""``skype:`` links, as pages and mails hold them, and the commands that do what they say.

Reference: Skype URI handler (lines 3758-3765; ambiguity A88). A link never holds a command: names and numbers
in it are checked before they stand in one.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from ringback.domain.handles import is_well_formed

#: Yields commands, is sent their answers.
Steps: TypeAlias = Generator[str, str, None]
#: What a link can ask for; the empty one is what a double click on the contact does.
ACTIONS: Final = ("", "call", "chat", "voicemail", "add", "sendfile", "userinfo")
#: Those that are about exactly one person.
_ABOUT_ONE: Final = ("voicemail", "add", "userinfo")
_PHONE: Final = re.compile(r"\+[0-9A-Za-z][0-9A-Za-z-]*")
#: A moment in a chat, which a link to one may end with; both spellings of the reference.
_MOMENT: Final = re.compile(r"#\d{4}-\d\d-\d\d[TZ]\d\d:\d\d:\d\d[A-Za-z0-9:+-]*$")
#: Characters of the longest link that is looked at.
_LONGEST: Final = 8192


class LinkError(ValueError):
    """It is no such link, or names what cannot be; the text says what."""


@dataclass(frozen=True, slots=True)
class SkypeLink:
    """What a link says. ``terms``: what stands behind its action, by word."""

    action: str = ""
    targets: tuple[str, ...] = ()
    terms: dict[str, str] = field(default_factory=dict)


def read(text: str) -> SkypeLink:
    """Take a link apart. Raises LinkError."""
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() != "skype":
        raise LinkError("a link begins with skype:")
    if len(text) > _LONGEST:
        raise LinkError("the link is too long")
    if rest.startswith("//"):
        raise LinkError("there is no // in skype: links")
    names, _, query = rest.partition("?")
    # The id of a chat begins with the sign that begins a fragment elsewhere.
    query = _MOMENT.sub("", query) if re.search("[&?]id=", query) else query.partition("#")[0]
    action, *more = re.split("[&?]", query)
    action = action.lower()
    if action not in ACTIONS:
        raise LinkError(f"no link asks for {action!r}; there are {', '.join(ACTIONS[1:])}")
    terms = dict(_term(term) for term in more if term)
    targets = tuple(_target(name) for name in names.partition("#")[0].split(";") if name)
    return _sensible(SkypeLink(action, targets, terms))


def _term(text: str) -> tuple[str, str]:
    word, _, value = text.partition("=")
    return word.lower(), _plain(value)


def _plain(text: str) -> str:
    try:
        plain = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise LinkError(f"{text!r} is not UTF-8") from None
    if not plain.isprintable():
        raise LinkError(f"{text!r} holds what cannot be written")
    return plain


def _target(text: str) -> str:
    name = _plain(text)
    if _PHONE.fullmatch(name) is None and not is_well_formed(name):
        raise LinkError(f"{name!r} can be nobody's name")
    return name


def _sensible(link: SkypeLink) -> SkypeLink:
    one = len(link.targets) == 1
    if link.action in _ABOUT_ONE and not one:
        raise LinkError(f"{link.action} is about one person")
    if link.action == "chat" and "id" in link.terms:
        if link.targets or re.fullmatch(r"\S+", link.terms["id"]) is None:
            raise LinkError("a chat is named by its id alone")
    elif link.action and not link.targets:
        raise LinkError(f"{link.action} needs somebody")
    return link


def steps(link: SkypeLink) -> Steps:
    """The commands, one after the other; ends early when one is answered with an error."""
    everybody = ", ".join(link.targets)
    first = link.targets[0] if link.targets else ""
    match link.action:
        case "" if not link.targets:
            yield "FOCUS"
        case "" if all(_PHONE.fullmatch(target) for target in link.targets):
            yield f"CALL {everybody}"
        case "" if len(link.targets) == 1:
            yield f"OPEN IM {first}"
        case "call":
            yield f"CALL {everybody}"
        case "chat" if "id" in link.terms:
            yield f"OPEN CHAT {link.terms['id']}"
        case "chat" | "":
            yield from _chat(everybody, link.terms.get("topic", ""))
        case "voicemail":
            yield f"CALLVOICEMAIL {first}"
        case "add":
            name = link.terms.get("displayname", "")
            answer = (yield f"SET USER {first} DISPLAYNAME {name}") if name else ""
            if not answer.startswith("ERROR "):
                yield f"OPEN ADDAFRIEND {first}"
        case "sendfile":
            yield f"OPEN FILETRANSFER {everybody}"
        case "userinfo":
            yield f"OPEN USERINFO {first}"
        case _:
            raise AssertionError(link.action)


def _chat(everybody: str, topic: str) -> Steps:
    answer = yield f"CHAT CREATE {everybody}"
    if not answer.startswith("CHAT "):
        return
    chat = answer.split(" ", 2)[1]
    if topic:
        answer = yield f"ALTER CHAT {chat} SETTOPIC {topic}"
        if answer.startswith("ERROR "):
            return
    yield f"OPEN CHAT {chat}"
