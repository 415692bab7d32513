"""Tries an account before it is kept: does the server take it, or make it (registration, XEP-0077)?"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from xml.etree import ElementTree as ET

from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.matcher import MatchXPath

from ringback.network.xmpp import names
from ringback.network.xmpp.client import Client, Credentials, Trouble

#: Seconds that a server has to let us in.
PATIENCE: Final = 30.0
_REGISTER: Final = "jabber:iq:register"
_OFFERED: Final = "{http://jabber.org/features/iq-register}register"


class LoginError(Exception):
    """The account cannot be used; the text says why."""


async def try_login(credentials: Credentials) -> None:
    """Log in and out again. Raises LoginError, OSError."""
    await _Attempt(credentials, register=False).outcome()


async def register(credentials: Credentials) -> None:
    """Have the server make the account, then log in and out again. Raises LoginError, OSError."""
    await _Attempt(credentials, register=True).outcome()
    await try_login(credentials)


class _Attempt:
    def __init__(self, credentials: Credentials, *, register: bool) -> None:
        self._credentials = credentials
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._client = Client(credentials, self._ended)
        if register:
            features = MatchXPath(f"{{{self._client.stream_ns}}}features")
            # Nothing but the wish for an account is said.
            self._client.unregister_feature("mechanisms", self._client.plugin["feature_mechanisms"].order)
            self._client.listen("registration", features, self._offered)
        else:
            self._client.add_event_handler("session_start", lambda _event: self._settle(None))

    async def outcome(self) -> None:
        self._client.go()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._done
        except TimeoutError:
            trouble = self._client.trouble
            raise LoginError(trouble.why if trouble else "the server does not answer") from None
        finally:
            self._client.leave()

    def _settle(self, error: LoginError | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    def _ended(self, trouble: Trouble) -> None:
        self._settle(LoginError(trouble.why))

    def _offered(self, features: Any) -> None:
        if not self._client.encrypted:
            return
        offered: ET.Element | None = features.xml.find(_OFFERED)
        if offered is None:
            domain = self._credentials.address.partition("@")[2]
            self._settle(LoginError(f"{domain} makes no accounts for people who ask for one"))
            return
        asyncio.ensure_future(self._register()).add_done_callback(self._registered)

    async def _register(self) -> None:
        query = names.element(_REGISTER, "query")
        names.within(query, _REGISTER, "username", self._credentials.address.partition("@")[0])
        names.within(query, _REGISTER, "password", self._credentials.secret)
        iq = self._client.make_iq(itype="set")
        iq.append(query)
        # slixmpp lets through before the login only what it knows as registration by itself.
        self._client._always_send_everything = True
        try:
            await iq.send(timeout=PATIENCE)  # type: ignore[no-untyped-call]
        except IqError as error:
            reasons = {
                "conflict": "somebody has this address already",
                "not-acceptable": "the server wants more for an account than a name and a password; "
                "make it on its web page",
                "resource-constraint": "the server makes no more accounts for now",
            }
            raise LoginError(reasons.get(error.condition, error.text or error.condition)) from None
        except IqTimeout:
            raise LoginError("the server does not answer") from None

    def _registered(self, work: asyncio.Future[None]) -> None:
        error = work.exception()
        self._settle(error if isinstance(error, LoginError) or error is None else LoginError(str(error)))
