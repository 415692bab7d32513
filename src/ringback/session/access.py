"""Who may attach: what the user decided of programs, and what holds for the others (design §4).

Theory. A program is known by its user id and executable, where the way in tells them, and by the name that
it gives itself. A rule is about a name (or every name) and may be narrowed to a user and to an executable; of
the rules that fit, the narrowest decides, and of equally narrow ones the forbidding one. Without a rule, whom
the way in itself has checked (``Peer.entitled``) and programs of our own users come in; about all others the
user has to be asked, which means refused until there is a rule.

Pure: rules come in and go out as values, messages go to ``log``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from ringback.domain.handles import canonical
from ringback.session.link import Peer

#: The name in a rule that is about every program.
ANY: Final = "*"
#: Programs that are remembered because nobody has decided about them; the oldest are forgotten first.
ASKED_KEPT: Final = 100
#: Characters of the longest name that a program may give itself and be let in or remembered.
LONGEST_NAME: Final = 1000
#: A line in the log for the first refusal of a program, then for each so many.
REFUSED_EVERY: Final = 1000


@unique
class Verdict(Enum):
    """What is decided of a program."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"


def folded(program: str) -> str:
    """The form in which names of programs are compared: that of handles."""
    return canonical(program)


@dataclass(frozen=True, slots=True)
class Rule:
    """One decision. ``user`` and ``executable`` None: whatever it is, and also where it is not known."""

    program: str
    verdict: Verdict
    user: int | None = None
    executable: str | None = None

    @classmethod
    def read(cls, data: Mapping[str, object]) -> Rule:
        """From a file or a question. Raises KeyError, ValueError."""
        program, user, executable = data["program"], data.get("user"), data.get("executable")
        if not isinstance(program, str) or not 0 < len(program) <= LONGEST_NAME:
            raise ValueError("no name of a program")
        if user is not None and type(user) is not int:
            raise ValueError("no user id")
        if executable is not None and not isinstance(executable, str):
            raise ValueError("no path of an executable")
        if isinstance(executable, str) and not executable.startswith("/"):
            raise ValueError(f"the path of an executable is not whole: {executable}")
        return cls(program, Verdict(data["verdict"]), user, executable)

    def data(self) -> dict[str, str | int]:
        """What ``read`` takes."""
        found: dict[str, str | int] = {"program": self.program, "verdict": self.verdict.value}
        if self.user is not None:
            found["user"] = self.user
        if self.executable is not None:
            found["executable"] = self.executable
        return found

    @property
    def about(self) -> tuple[str, int | None, str | None]:
        """What it is about: there is one rule for each."""
        return folded(self.program), self.user, self.executable

    def fits(self, peer: Peer, program: str) -> bool:
        """True if it is about this program."""
        return (
            (self.program == ANY or folded(self.program) == folded(program))
            and self.user in (None, peer.user)
            and self.executable in (None, peer.executable)
        )

    @property
    def weight(self) -> tuple[int, int]:
        """Narrower is heavier, and forbidding than allowing."""
        narrow = (self.program != ANY) + (self.user is not None) + (self.executable is not None)
        return narrow, (Verdict.ALLOW, Verdict.ASK, Verdict.DENY).index(self.verdict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A program that was refused because nobody has decided about it, and how often it tried."""

    program: str
    peer: Peer
    times: int


def command(asked: Asked) -> str:
    """What to type to let it in."""
    user = "any" if asked.peer.user is None else str(asked.peer.user)
    words = ["ringback", "access", "allow", asked.program, "--user", user]
    if asked.peer.executable is not None:
        words += ["--executable", asked.peer.executable]
    return shlex.join(words)


class Access:
    """The decisions about all programs of all accounts. ``own``: the user ids that are ours."""

    def __init__(self, own: Collection[int], log: Callable[[str], None]) -> None:
        self._own = frozenset(own)
        self._log = log
        self._rules: dict[tuple[str, int | None, str | None], Rule] = {}
        self._asked: dict[tuple[str, int | None, str | None], Asked] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All decisions, in the order in which they were made."""
        return tuple(self._rules.values())

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Who was refused and waits for a decision."""
        return tuple(self._asked.values())

    def use(self, rules: Iterable[Rule]) -> None:
        """Forget all decisions and take these."""
        self._rules = {}
        for rule in rules:
            self.put(rule)

    def put(self, rule: Rule) -> None:
        """Decide; an earlier decision about the same is replaced."""
        self._rules.pop(rule.about, None)
        self._rules[rule.about] = rule
        self._asked = {
            key: asked
            for key, asked in self._asked.items()
            if self.decide(asked.peer, asked.program) is Verdict.ASK
        }

    def forget(self, program: str) -> int:
        """Take back every decision about a name; returns how many there were."""
        gone = [about for about in self._rules if about[0] == folded(program)]
        for about in gone:
            del self._rules[about]
        return len(gone)

    def decide(self, peer: Peer, program: str) -> Verdict:
        """What holds for a program."""
        fitting = [rule for rule in self._rules.values() if rule.fits(peer, program)]
        if fitting:
            return max(fitting, key=lambda rule: rule.weight).verdict
        return Verdict.ALLOW if peer.entitled or peer.user in self._own else Verdict.ASK

    def allowed(self, peer: Peer, program: str) -> bool:
        """May it attach? Who may not is noted."""
        if len(program) > LONGEST_NAME:
            return False
        verdict = self.decide(peer, program)
        if verdict is Verdict.ALLOW:
            return True
        key = folded(program), peer.user, peer.executable
        before = self._asked.pop(key, None)
        asked = Asked(program, peer, 1 if before is None else before.times + 1)
        if verdict is Verdict.ASK:
            self._asked[key] = asked
            if len(self._asked) > ASKED_KEPT:
                del self._asked[next(iter(self._asked))]
        if asked.times % REFUSED_EVERY == 1:
            who = f"{program!r} ({described(peer)})"
            if verdict is Verdict.DENY:
                self._log(f"access: {who} refused, as was decided")
            else:
                self._log(f"access: {who} refused; to let it in: {command(asked)}")
        return False


def described(peer: Peer) -> str:
    """A program's other end in words."""
    known = [f"{peer.way} {peer.address}".strip()]
    if peer.user is not None:
        known.append(f"user {peer.user}")
    if peer.executable is not None:
        known.append(peer.executable)
    return ", ".join(known)
