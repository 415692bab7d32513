"""Replays a dialogue of the reference: commands are said, expected lines are looked for, names are bound.

Object ids, chat names and blobs are bound at first sight and must then stay the same; timestamps and
durations are any number; people of the document's world are renamed to ours; of an error the number counts;
the right end is trimmed. The order of lines about one property of one object is kept, other order is free.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from support.theatre import Actor, Theatre

OBJECTS = {"CALL", "CHATMESSAGE", "MESSAGE", "SMS", "VOICEMAIL", "GROUP", "FILETRANSFER", "CHATMEMBER"}
LISTS = {
    "CALLS",
    "CHATMESSAGES",
    "MESSAGES",
    "SMSS",
    "VOICEMAILS",
    "GROUPS",
    "FILETRANSFERS",
    "MEMBEROBJECTS",
}
LISTS |= {"RECENTCHATMESSAGES"}

Step: TypeAlias = "tuple[str, str] | float | Callable[[Theatre], None]"


@dataclass
class Scene:
    """What must be so before and during a transcript, in our world.

    ``before`` and ``at`` (by line number, done before that line) are steps: (who, command), seconds to wait,
    or a function. ``ids`` are the document's object ids in the order in which ``before`` makes objects,
    ``chats`` its chat ids likewise (several names of one chat with blanks between). ``people`` and ``texts``
    rename. ``left_out`` are lines that the reference calls typos, or that belong to another program's run, by
    number, with the reason.
    """

    before: list[Step] = field(default_factory=list)
    at: dict[int, list[Step]] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    people: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    who: str = "me"
    others: tuple[str, ...] = ()
    protocol: int | None = 5
    #: Seconds of the world's time within which an expected line must come.
    patience: float = 40.0


class Mismatch(AssertionError):
    """A line that was expected did not come."""


def kind_of(words: list[str], position: int) -> str:
    """What the word at this position is: an id, a chat, some number, or itself."""
    word = words[position].rstrip(",")
    before = words[position - 1].upper() if position else ""
    if re.fullmatch(r"#[^ ]+/\$[^ ]*", word):
        return "chat"
    if not re.fullmatch(r"\d+", word):
        return "blob" if before == "BLOB" else "word"
    if before.endswith("TIMESTAMP") or before in {"DURATION", "VM_DURATION", "SEEN_TIMESTAMP"}:
        return "number"
    if before in OBJECTS or before in {"CONF_ID", "JOIN_CONFERENCE"}:
        return "id"
    inside = [w for w in words[:position] if w.upper() in LISTS]
    return "id" if inside else "word"


class Dialogue:
    """One transcript on one stage."""

    def __init__(self, theatre: Theatre, scene: Scene) -> None:
        self.theatre = theatre
        self.scene = scene
        self.bound: dict[tuple[str, str], str] = {}
        self.actors: dict[str, Actor] = {
            handle: theatre.attach(handle, scene.protocol) for handle in theatre.handles
        }
        self._heard: list[tuple[str, bool]] = []
        self._last: dict[str, int] = {}
        ids, chats = iter(scene.ids), iter(scene.chats)
        for step in scene.before:
            answer = self._do(step)
            made = re.match(r"(?:CALL|CHATMESSAGE|MESSAGE|SMS|GROUP) (\d+) ", answer or "")
            if made:
                theirs = next(ids, None)
                if theirs is not None:
                    self.bound["id", theirs] = made[1]
            begun = re.match(r"CHAT (#\S+) STATUS", answer or "")
            if begun:
                for theirs in next(chats, "").split():
                    self.bound["chat", theirs] = begun[1]
        for actor in self.actors.values():
            actor.news()

    def _do(self, step: Step) -> str | None:
        if isinstance(step, tuple):
            who, command = step
            return self.actors[who].ask(self._ours(command))
        if isinstance(step, float | int):
            self.theatre.wait(step)
        else:
            step(self.theatre)
        return None

    def _renamed(self, text: str) -> str:
        for theirs, ours in self.scene.texts.items():
            text = text.replace(theirs, ours.replace("{folder}", str(self.theatre.folder)))
        return text

    def _ours(self, text: str) -> str:
        text = self._renamed(text)
        words = text.split(" ")
        for position, word in enumerate(words):
            bare = word.rstrip(",")
            end = word[len(bare) :]
            kind = kind_of(words, position)
            if kind == "word":
                words[position] = self.scene.people.get(bare, bare) + end
            elif (kind, bare) in self.bound:
                words[position] = self.bound[kind, bare] + end
        return " ".join(words)

    def _same(self, expected: str, actual: str) -> bool:
        expected = self._renamed(expected)
        wanted, found = expected.rstrip().split(" "), actual.rstrip().split(" ")
        if wanted[0] == "ERROR":
            return wanted[:2] == found[:2]
        if len(wanted) != len(found):
            return False
        fresh = dict(self.bound)
        for position, (theirs, ours) in enumerate(zip(wanted, found, strict=True)):
            bare, real = theirs.rstrip(","), ours.rstrip(",")
            kind = kind_of(wanted, position)
            if kind == "number":
                if not real.isdecimal():
                    return False
            elif kind == "word":
                if self.scene.people.get(bare, bare) != real:
                    return False
            elif (kind == "id" and not real.isdecimal()) or fresh.setdefault((kind, bare), real) != real:
                return False
        if len(set(fresh.values())) != len(fresh):
            return False
        self.bound = fresh
        return True

    def _listen(self) -> None:
        self._heard += [(line, False) for line in self.actors[self.scene.who].news()]

    def _find(self, expected: str, again: str) -> bool:
        words = expected.split(" ")
        about = " ".join(words[:3] if words[0] in OBJECTS | {"USER", "CHAT", "APPLICATION"} else words[:1])
        for number, (line, used) in enumerate(self._heard):
            if used or number < self._last.get(about, 0) or not self._same(expected, line):
                continue
            self._heard[number] = (line, True)
            self._last[about] = number
            return True
        # A repeated identical line: an answer and its notification may look the same and come once.
        return expected == again

    def play(self, lines: list[dict[str, object]]) -> None:
        """Raises Mismatch."""
        last = ""
        silent = ""
        for line in [*lines, {"n": 0, "norm_dir": "->", "text": ""}]:
            if line["norm_dir"] == "->" and silent:
                # A command after which the reference prints nothing: it worked.
                raise Mismatch(f"refused: {silent}")
            if not line["text"]:
                break
            silent = ""
            number, text = int(str(line["n"])), str(line["text"])
            for step in self.scene.at.get(number, ()):
                self._do(step)
            if number in self.scene.left_out:
                continue
            # The programs put ids of their own in front; that any id comes back is tested with sessions.
            text = re.sub(r"^#\w+ (?=[A-Za-z])", "", text)
            if line["norm_dir"] == "->":
                answer = self.actors[self.scene.who].ask(self._ours(text))
                silent = answer if answer.startswith("ERROR") else ""
                self._heard.append((answer, False))
                self._listen()
                last = ""
                continue
            waited = 0.0
            self._listen()
            while not self._find(text, last):
                if waited >= self.scene.patience:
                    raise Mismatch(
                        f"line {number}: {text!r} not in {[h for h, used in self._heard if not used]}"
                    )
                self.theatre.wait(0.5)
                waited += 0.5
                self._listen()
            last = text
