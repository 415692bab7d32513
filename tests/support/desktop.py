"""A window that only remembers what it was told to show."""

from __future__ import annotations

from ringback.domain.inputs import UserAnswered


class FakeDesktop:
    """``agrees`` None: the user has not answered yet; ``decide`` does it then."""

    def __init__(self) -> None:
        self.window = "normal"
        self.pages: list[tuple[str, ...]] = []
        self.questions: list[tuple[int, str, str]] = []
        self.agrees: bool | None = True

    def listen(self, listener) -> None:
        self._listener = listener

    def show_window(self, state: str) -> None:
        self.window = state

    def show_page(self, page: str, arguments: tuple[str, ...]) -> None:
        self.pages.append((page, *arguments))

    def ask(self, operation: int, question: str, program: str) -> None:
        self.questions.append((operation, question, program))
        if self.agrees is not None:
            self.decide(self.agrees)

    def decide(self, agreed: bool) -> None:
        self._listener(UserAnswered(self.questions[-1][0], agreed))
