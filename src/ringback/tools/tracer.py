"""The tracer: a prompt with completion and history; without a terminal, lines from standard input."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout

from ringback.protocol.registry import LANGUAGE
from ringback.tools.attach import Attached
from ringback.tools.make_reference import about


def _words() -> list[str]:
    words = {"GET", "SET", "ALTER", "SEARCH", "NAME", "PROTOCOL", "PING", ".save", ".help", ".quit"}
    for kind in LANGUAGE.objects:
        words.add(kind.word)
        words.update(kind.by_word)
        words.update(kind.action_by_word)
    words.update(LANGUAGE.setting_by_word)
    words.update(LANGUAGE.search_by_word)
    for command in LANGUAGE.commands:
        words.update(command.words)
    return sorted(words)


class Tracer:
    """Shows traffic; with a terminal in colours and with the time."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._shown: list[str] = []

    def heard(self, text: str) -> None:
        """A notification came."""
        self._show("<-", text, "green")

    def _show(self, arrow: str, text: str, colour: str) -> None:
        line = f"{arrow} {text}"
        self._shown.append(line)
        if self._terminal:
            stamp = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
            click.secho(f"{stamp} {line}", fg=colour)
        else:
            click.echo(line)

    async def talk(self, program: Attached) -> None:
        """Until the end of input or ``.quit``."""
        if self._terminal:
            session: PromptSession[str] = PromptSession(
                "> ", completer=WordCompleter(_words(), ignore_case=True)
            )
            with patch_stdout(raw=True):
                while True:
                    try:
                        line = await session.prompt_async()
                    except (EOFError, KeyboardInterrupt):
                        return
                    if not await self._line(program, line):
                        return
        else:
            loop = asyncio.get_running_loop()
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                if not await self._line(program, line.rstrip("\n")):
                    return

    def _save(self, path: Path) -> None:
        path.write_text("\n".join(self._shown) + "\n", encoding="utf-8")

    async def _line(self, program: Attached, line: str) -> bool:
        word, _, rest = line.strip().partition(" ")
        match word:
            case "":
                return True
            case ".quit":
                return False
            case ".save":
                self._save(Path(rest))
            case ".help":
                click.echo(about(rest.upper()))
            case _:
                self._show("->", line, "cyan")
                self._show("<-", await program.ask(line), "yellow")
        return True
