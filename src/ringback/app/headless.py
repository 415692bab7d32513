"""A desktop that is not there (implements ``ringback.ports.desktop.Desktop``)."""

from __future__ import annotations

from ringback.domain.inputs import UserAnswered
from ringback.ports.desktop import Listener


class Headless:
    """Shows nothing. Where nobody can be asked, nobody is disturbed: every wish is granted."""

    def __init__(self) -> None:
        self._listener: Listener = lambda _event: None

    def listen(self, listener: Listener) -> None:
        """Remember who is told."""
        self._listener = listener

    def show_window(self, _state: str) -> None:
        """Nothing to see."""

    def show_page(self, _page: str, _arguments: tuple[str, ...]) -> None:
        """Nothing to see."""

    def ask(self, operation: int, _question: str, _program: str) -> None:
        """Yes."""
        self._listener(UserAnswered(operation, True))
