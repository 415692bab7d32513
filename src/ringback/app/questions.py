"""What the running engine can be asked through ``ringback.app.control``, and what it then does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringback.app.consent import Consent
from ringback.app.control import ControlError, Handler
from ringback.app.runtime import AccountRuntime
from ringback.app.status import of_engine
from ringback.domain.handles import canonical
from ringback.session.access import Rule


class Questions:
    """The handlers for one engine. ``since``: when it started, UTC seconds."""

    def __init__(
        self,
        home: str,
        since: float,
        listening: Sequence[str],
        runtimes: Mapping[str, AccountRuntime],
        consent: Consent,
    ) -> None:
        self._status: Callable[[], dict[str, Any]] = lambda: of_engine(home, since, listening, runtimes)
        self._runtimes = runtimes
        self._consent = consent

    def handlers(self) -> dict[str, Handler]:
        """By the ``do`` of the question."""
        return {
            "status": lambda _asked: self._status(),
            "detach": self._detach,
            "access": lambda _asked: self._consent.listed(),
            "decide": self._decide,
            "forget": self._forget,
        }

    def _detach(self, asked: Mapping[str, Any]) -> None:
        account, session = canonical(str(asked.get("account"))), asked.get("session")
        for runtime in self._runtimes.values():
            if runtime.engine.account.handle == account:
                if isinstance(session, int) and runtime.sessions.detach(session, "the user wants it"):
                    return
                raise ControlError(f"account {account} has no session {session}")
        raise ControlError(f"no account {account} runs")

    def _decide(self, asked: Mapping[str, Any]) -> int:
        """Returns how many programs were detached."""
        try:
            rule = Rule.read(asked)
        except (KeyError, ValueError) as error:
            raise ControlError(f"no decision: {error}") from None
        self._consent.decide(rule)
        return self._expel()

    def _forget(self, asked: Mapping[str, Any]) -> int:
        """Returns how many decisions there were."""
        gone = self._consent.forget(str(asked.get("program")))
        self._expel()
        return gone

    def _expel(self) -> int:
        return sum(runtime.sessions.expel("the user decided so") for runtime in self._runtimes.values())
