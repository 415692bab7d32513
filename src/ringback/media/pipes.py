"""Sound paths inside the process: what one end writes, the other reads, block by block."""

from __future__ import annotations

from collections import deque
from typing import Final

from ringback.ports.media import SILENCE

#: Blocks kept for an end that does not read; older ones go, so that nobody hears the past.
LONGEST: Final = 20


class _End:
    """One end: reads what the other end wrote."""

    def __init__(self, path: _Path, heard: deque[bytes], said: deque[bytes]) -> None:
        self._path = path
        self._heard = heard
        self._said = said
        self._open = True

    @property
    def over(self) -> bool:
        """Only once it is closed."""
        return not self._open

    @property
    def unheard(self) -> int:
        """Blocks on their way to the other end."""
        return len(self._said)

    def read(self) -> bytes:
        """The next block, silence if the other end said nothing."""
        return self._heard.popleft() if self._heard else SILENCE

    def write(self, block: bytes) -> None:
        """Say a block."""
        self._said.append(block)

    def close(self) -> None:
        """Give the end back."""
        if self._open:
            self._open = False
            self._path.left()


class _Path:
    def __init__(self, pipes: ProcessPipes, name: str) -> None:
        there: deque[bytes] = deque(maxlen=LONGEST)
        back: deque[bytes] = deque(maxlen=LONGEST)
        self._pipes = pipes
        self._name = name
        self._using = 0
        self.free = [_End(self, back, there), _End(self, there, back)]

    def take(self) -> _End:
        self._using += 1
        return self.free.pop()

    def left(self) -> None:
        self._using -= 1
        if not self._using:
            self._pipes.forget(self._name)


class ProcessPipes:
    """All sound paths of a process by name (implements ``ringback.ports.media.Pipes``)."""

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}

    def join(self, name: str) -> tuple[_End, _End]:
        """Take a free end of ``name``. Raises LookupError when both ends are taken."""
        path = self._paths.get(name)
        if path is None:
            path = self._paths[name] = _Path(self, name)
        if not path.free:
            raise LookupError(f"sound path {name} is taken")
        end = path.take()
        return end, end

    def forget(self, name: str) -> None:
        """A path whose ends are both closed is gone."""
        self._paths.pop(name, None)

    def __len__(self) -> int:
        return len(self._paths)
