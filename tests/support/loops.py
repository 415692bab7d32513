"""A loop whose turns a test takes."""

from __future__ import annotations


class Loop:
    """Time passes only where somebody works."""

    def __init__(self):
        self.seconds = 0.0
        self.soon = []

    def time(self):
        return self.seconds

    def call_soon(self, callback):
        self.soon.append(callback)

    def call_at(self, _moment, callback):
        self.soon.append(callback)

    def turn(self):
        """One turn; how long it took."""
        begun = self.seconds
        soon, self.soon = self.soon, []
        for callback in soon:
            callback()
        return self.seconds - begun
