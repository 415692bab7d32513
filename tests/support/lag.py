"""News of the embedded network that are still under way: each account hears them when the test says so."""

from __future__ import annotations

from collections import deque

from support.replay import World


class Lag:
    """Stands between the network and the accounts of a world."""

    def __init__(self, world: World) -> None:
        self._online = world.world._online
        self._hear = dict(self._online)
        self.under_way = {handle: deque() for handle in self._hear}
        for handle, queue in self.under_way.items():
            self._online[handle] = queue.append

    def deliver(self, handle: str) -> bool:
        """Let an account hear the next piece of news; False if there is none."""
        queue = self.under_way[handle]
        if queue:
            self._hear[handle](queue.popleft())
            return True
        return False

    def settle(self, *order: str) -> None:
        """Until nothing is under way any more; who is named first hears everything first."""
        while any(self.under_way.values()):
            for handle in (*order, *self.under_way):
                self.deliver(handle)
