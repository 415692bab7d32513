"""What a desktop has on its session bus, for a program without a screen that anybody looks at.

Notifications that a program shows are kept, and their buttons can be pressed. Widgets are found and pressed
by what they say of themselves to those who cannot see them (AT-SPI), so that nobody needs to know where they
are.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from support.waiting import eventually

NOTIFICATIONS = "org.freedesktop.Notifications"
REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE = "org.a11y.atspi.Accessible"
ACTION = "org.a11y.atspi.Action"
EDITABLE = "org.a11y.atspi.EditableText"
PROPERTIES = "org.freedesktop.DBus.Properties"


class GoneError(Exception):
    """A widget that is no more."""


@dataclass
class Notification:
    """``actions``: what its buttons do. ``closed``: the program took it back."""

    number: int
    title: str
    text: str
    actions: list[str]
    closed: bool = False


@dataclass
class Widget:
    """A widget as it tells of itself."""

    desktop: Desktop = field(repr=False)
    owner: str
    path: str
    role: str
    name: str
    about: str

    def children(self) -> list[Widget]:
        found = self.desktop.ask(self.owner, self.path, ACCESSIBLE, "GetChildren")
        return [self.desktop.widget(owner, path) for owner, path in found[0]]

    def walk(self) -> Iterator[Widget]:
        """It and what is in it; what vanishes meanwhile is left out."""
        yield self
        with contextlib.suppress(GoneError):
            for child in self.children():
                yield from child.walk()

    def actions(self) -> list[str]:
        """What can be done with it."""
        with contextlib.suppress(GoneError):
            found = self.desktop.ask(self.owner, self.path, ACTION, "GetActions")[0]
            return [name.lower() for name, _, _ in found]
        return []

    def do(self, action: str = "click") -> None:
        """Do one of these things with it."""
        number = self.actions().index(action)
        assert self.desktop.ask(self.owner, self.path, ACTION, "DoAction", "i", [number]) == [True]

    def write(self, text: str) -> None:
        """Put a text into it."""
        done = self.desktop.ask(self.owner, self.path, EDITABLE, "SetTextContents", "s", [text])
        assert done == [True]


class Desktop:
    """On the bus at ``address`` as long as it is used in ``with``."""

    def __init__(self, address: str) -> None:
        self.notifications: list[Notification] = []
        self.programs: list[tuple[str, str]] = []
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Desktop:
        self._thread.start()
        self._await(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._await(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _await(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _open(self) -> None:
        self._bus = await MessageBus(self._address).connect()
        self._bus.add_message_handler(self._called)
        for name in (NOTIFICATIONS, REGISTRY):
            await self._bus.request_name(name)

    async def _close(self) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    def _called(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        match message.interface, message.member, message.body:
            case _, "GetCapabilities", _:
                return Message.new_method_return(message, "as", [["actions", "body"]])
            case _, "GetServerInformation", _:
                return Message.new_method_return(message, "ssss", ["tests", "Ringback", "1", "1.2"])
            case _, "Notify", [_, _, _, title, text, actions, _, _]:
                number = len(self.notifications) + 1
                self.notifications.append(Notification(number, title, text, actions[::2]))
                return Message.new_method_return(message, "u", [number])
            case _, "CloseNotification", [number]:
                if 0 < number <= len(self.notifications):
                    self.notifications[number - 1].closed = True
                return Message.new_method_return(message)
            case _, "Embed", [program]:
                self.programs.append(tuple(program))
                return Message.new_method_return(message, "(so)", [[self._bus.unique_name, ROOT]])
            case _, "GetRegisteredEvents", _:
                return Message.new_method_return(message, "a(ss)", [[]])
            case _:
                return None

    def ask(
        self, owner: str, path: str, interface: str, member: str, signature: str = "", body: Any = ()
    ) -> list[Any]:
        """Call a method of a program."""
        call = Message(
            destination=owner,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        answer = self._await(self._bus.call(call))
        if answer.error_name == "org.freedesktop.DBus.Error.UnknownMethod":
            raise GoneError(member, path)
        assert answer.message_type is not MessageType.ERROR, (member, answer.error_name, answer.body)
        return answer.body

    # Notifications ------------------------------------------------------------------------------------------

    def shown(self, true: Callable[[Notification], bool], seconds: float) -> Notification:
        """The last notification that is so, when it is there."""
        found: list[Notification] = []

        def there() -> bool:
            found[:] = [one for one in self.notifications if not one.closed and true(one)]
            return bool(found)

        eventually(there, seconds)
        return found[-1]

    def press(self, notification: Notification, action: str) -> None:
        """Press a button of a notification."""
        assert action in notification.actions, notification
        signal = Message(
            message_type=MessageType.SIGNAL,
            path="/org/freedesktop/Notifications",
            interface=NOTIFICATIONS,
            member="ActionInvoked",
            signature="us",
            body=[notification.number, action],
        )
        self._loop.call_soon_threadsafe(self._bus.send, signal)

    # Widgets ------------------------------------------------------------------------------------------------

    def widget(self, owner: str, path: str) -> Widget:
        role = self.ask(owner, path, ACCESSIBLE, "GetRoleName")[0]
        asked = ("Name", "Description")
        said = [self.ask(owner, path, PROPERTIES, "Get", "ss", [ACCESSIBLE, what])[0] for what in asked]
        return Widget(self, owner, path, role, *(one.value for one in said))

    def widgets(self) -> Iterator[Widget]:
        """All widgets of all programs."""
        for owner, path in self.programs:
            yield from self.widget(owner, path).walk()
