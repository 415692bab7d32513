"""The tracer: a prompt with completion and history; without a terminal, lines from standard input."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from ringback.protocol.registry import LANGUAGE
from ringback.tools import explain
from ringback.tools.attach import Attached, LostError
from ringback.tools.reference_text import about
from ringback.tools.standard_input import lines
from ringback.tools.terminal import ANSWERED, ASKED, DIM, TOLD, Look, printable

HELP: Final = """\
Type a command of the language; Tab completes, arrows go through what was typed before.
  .help WORD      what the reference says of a command, object or property
  .save FILE      write what was said so far into a file
  .wait SECONDS   only listen for a while
  .quit           leave (Ctrl-D too)"""
_DOT_WORDS: Final = (".help", ".quit", ".save", ".wait")
_ID_WORDS: Final = 2
#: Seconds in which a key that is read at a prompt was typed before it.
EARLY: Final = 1.0


class DeclaredCompleter(Completer):
    """Offers what may come next: words of the declarations, and ids that were heard."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, None]] = {}

    def learn(self, text: str) -> None:
        """Remember the object that a line is about."""
        words = text.split(" ", _ID_WORDS)
        kind = LANGUAGE.object_by_word.get(words[0])
        if kind is not None and not kind.single and len(words) > _ID_WORDS:
            self._ids.setdefault(words[0], {})[words[1]] = None

    def offers(self, typed: str) -> tuple[str, list[str]]:
        """The beginning of the word that is being typed, and all that it may become."""
        words = explain.bare(typed).upper().split()
        begun = words.pop() if words and not typed[-1:].isspace() else ""
        found = explain.following(words)
        match words:
            case []:
                found = [*found, *_DOT_WORDS]
            case ["GET" | "SET" | "ALTER", word] if not found:
                found = list(self._ids.get(word, ()))
        return begun, [word for word in found if word.upper().startswith(begun)]

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """For the prompt."""
        begun, found = self.offers(document.text_before_cursor)
        return [Completion(word, -len(begun)) for word in found]


def history(home: Path) -> History:
    """What was typed in earlier traces of this home; it is as private as the home."""
    path = home / "trace-history"
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


class Tracer:
    """Shows traffic; with a terminal in colours and with the time."""

    def __init__(
        self, terminal: bool, look: Look, say: Callable[[str], None], past: Callable[[], History]
    ) -> None:
        self._terminal = terminal
        self._look = look
        self._say = say
        self._past = past
        self._completer = DeclaredCompleter()
        self._shown: list[str] = []
        #: When there was a prompt last, on the loop's clock.
        self._prompted = 0.0

    def heard(self, text: str) -> None:
        """A notification came."""
        self._show("<-", text, TOLD)

    def _show(self, arrow: str, text: str, colour: str) -> None:
        self._completer.learn(text)
        line = f"{arrow} {text}"
        self._shown.append(line)
        if self._terminal:
            stamp = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
            self._say(f"{self._look.paint(stamp, DIM)} {self._look.paint(printable(line), colour)}")
        else:
            self._say(line)

    def _remark(self, text: str) -> None:
        """Something that is not traffic; scripts read traffic only, so it is for a terminal."""
        if self._terminal and text:
            self._say(self._look.paint(f"             {text}", DIM))

    async def talk(self, program: Attached) -> None:
        """Until the end of input or ``.quit``. Raises LostError when the engine leaves."""
        talking = asyncio.ensure_future(self._at_prompt(program) if self._terminal else self._piped(program))
        leaving = asyncio.ensure_future(program.gone())
        try:
            await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():
                raise LostError(leaving.result())
            talking.result()
        finally:
            leaving.cancel()
            talking.cancel()
            # The prompt gives the terminal back while it is cancelled.
            await asyncio.gather(talking, leaving, return_exceptions=True)

    async def _at_prompt(self, program: Attached) -> None:
        self._say(HELP)
        session: PromptSession[str] = PromptSession(
            "> ",
            completer=self._completer,
            complete_while_typing=False,
            history=self._past(),
            key_bindings=self._early_end(),
        )
        with patch_stdout(raw=True):
            while True:
                self._prompted = asyncio.get_running_loop().time()
                try:
                    # Its own handler of exceptions asks for Enter, for ever when the terminal is gone.
                    line = await session.prompt_async(set_exception_handler=False)
                except (EOFError, KeyboardInterrupt, OSError):
                    return
                if not await self._line(program, line):
                    return

    def _early_end(self) -> KeyBindings:
        """Ctrl-D from before the prompt was there comes as NUL, which is Ctrl-Space, too, but later.

        ``script`` types it when its own input ends.
        """
        keys = KeyBindings()
        now = asyncio.get_running_loop().time

        @keys.add("c-@", filter=Condition(lambda: now() < self._prompted + EARLY))
        def _end(event: KeyPressEvent) -> None:
            if not event.current_buffer.text:
                event.app.exit(exception=EOFError)

        return keys

    async def _piped(self, program: Attached) -> None:
        async for line in lines():
            if not await self._line(program, line):
                return

    def _save(self, name: str) -> None:
        if not name:
            self._complain(".save needs a file name")
            return
        try:
            Path(name).write_text("\n".join(self._shown) + "\n", encoding="utf-8")
        except OSError as error:
            self._complain(f"cannot write {name}: {error.strerror}")
        else:
            self._remark(f"{len(self._shown)} lines are in {name}")

    @staticmethod
    def _complain(text: str) -> None:
        sys.stderr.write(f"ringback: {text}\n")

    async def _wait(self, text: str) -> None:
        try:
            seconds = float(text)
        except ValueError:
            self._complain(".wait needs a number of seconds")
        else:
            await asyncio.sleep(seconds)

    async def _line(self, program: Attached, line: str) -> bool:
        word, _, rest = line.strip().partition(" ")
        match word.lower():
            case "":
                return True
            case ".quit":
                return False
            case ".save":
                self._save(rest.strip())
            case ".wait":
                await self._wait(rest)
            case ".help":
                self._say(about(rest.strip().upper()) if rest.strip() else HELP)
            case _ if word.startswith("."):
                self._complain(f"{word} is unknown; there are {', '.join(_DOT_WORDS)}")
            case _:
                self._show("->", line, ASKED)
                answer = await program.ask(line)
                self._show("<-", answer, ANSWERED)
                said = explain.bare(answer)
                if said.startswith("ERROR "):
                    self._remark(explain.error(int(said.split()[1]), line))
        return True
