"""What the user sees. A machine without a window has one too: it shows nothing and agrees to everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ringback.domain.inputs import UserAnswered

Listener: TypeAlias = Callable[[UserAnswered], None]


class Desktop(Protocol):
    """One account's window. Requests return at once. What the user does comes as use cases, not from here."""

    def listen(self, listener: Listener) -> None:
        """Answers go to ``listener``, which only queues them (it may be called inside a request)."""
        ...

    def show_window(self, state: str) -> None:
        """Show the window: normal (in front), minimized, maximized or hidden."""
        ...

    def show_page(self, page: str, arguments: tuple[str, ...]) -> None:
        """Open a page by its name, with what it is about: dialpad; userinfo, handle; im, chat, text; ..."""
        ...

    def ask(self, operation: int, question: str, program: str) -> None:
        """Ask the user about a wish of a program; UserAnswered follows. ``question``: silent_mode."""
        ...
