"""What the running engine can be asked through ``ringback.app.control``, and what it then does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ringback.app.account_names import objection
from ringback.app.consent import Consent
from ringback.app.control import ControlError, Handler
from ringback.app.home import CannotStartError
from ringback.app.runtime import AccountRuntime
from ringback.app.status import of_engine
from ringback.domain import presence
from ringback.domain.failures import Failure
from ringback.domain.handles import canonical
from ringback.ports.store import StoreError
from ringback.session.access import Rule


class Questions:
    """The handlers for one engine. ``since``: when it started, UTC seconds."""

    def __init__(
        self,
        home: str,
        since: float,
        listening: Callable[[], Sequence[str]],
        runtimes: Mapping[str, AccountRuntime],
        consent: Consent,
        add: Callable[[str], Awaitable[list[str]]],
    ) -> None:
        self._status: Callable[[], dict[str, Any]] = lambda: of_engine(home, since, listening(), runtimes)
        self._runtimes = runtimes
        self._consent = consent
        self._open = add
        self._opening: set[str] = set()

    def handlers(self) -> dict[str, Handler]:
        """By the ``do`` of the question."""
        return {
            "status": lambda _asked: self._status(),
            "add": self._add,
            "sign-in": self._sign_in,
            "try-again": lambda asked: self._runtime(asked).act(presence.try_again),
            "detach": self._detach,
            "access": lambda _asked: self._consent.listed(),
            "decide": self._decide,
            "forget": self._forget,
        }

    async def _add(self, asked: Mapping[str, Any]) -> list[str]:
        """Returns what is listened on for the new account."""
        handle = asked.get("account")
        if wrong := objection(handle):
            raise ControlError(wrong)
        handle = str(handle)
        running = {canonical(name) for name in self._runtimes} | self._opening
        if canonical(handle) in running:
            raise ControlError(f"account {handle} runs already")
        self._opening.add(canonical(handle))
        try:
            return await self._open(handle)
        except (CannotStartError, StoreError) as error:
            raise ControlError(str(error)) from None
        finally:
            self._opening.discard(canonical(handle))

    async def _sign_in(self, asked: Mapping[str, Any]) -> None:
        runtime = self._runtime(asked)
        handle = canonical(str(asked["account"]))
        try:
            done = await runtime.sign_in()
        except Failure:
            raise ControlError(f"account {handle} is signed in already") from None
        if not done:
            raise ControlError(f"account {handle} cannot be stored; it stays signed out")

    def _detach(self, asked: Mapping[str, Any]) -> None:
        runtime, session = self._runtime(asked), asked.get("session")
        if not isinstance(session, int) or not runtime.sessions.detach(session, "the user wants it"):
            raise ControlError(f"account {canonical(str(asked['account']))} has no session {session}")

    def _runtime(self, asked: Mapping[str, Any]) -> AccountRuntime:
        """Of the account that is meant."""
        account = canonical(str(asked.get("account")))
        for name, runtime in self._runtimes.items():
            if canonical(name) == account:
                return runtime
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
