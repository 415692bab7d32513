"""``ringback send``: a few commands, their answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator

import click

from ringback.app.commands.attaching import (
    DetachedError,
    Where,
    ask,
    attaching,
    end_with,
    greet,
    is_detached,
    timeout_option,
)
from ringback.app.exits import Exit
from ringback.tools.attach import LostError
from ringback.tools.explain import bare
from ringback.tools.standard_input import lines
from ringback.tools.terminal import Output, printable


async def _all(commands: tuple[str, ...]) -> AsyncIterator[str]:
    """The commands; in the place of ``-`` the lines of standard input."""
    for text in commands:
        if text != "-":
            yield text
            continue
        async for line in lines():
            if line.strip():
                yield line


def _number(answer: str) -> int | None:
    """The number of an answer that is an ERROR."""
    words = bare(answer).split(" ", 2)
    return int(words[1]) if words[0] == "ERROR" and len(words) > 1 and words[1].isdecimal() else None


@click.command("send")
@attaching("ringback-send")
@timeout_option
@click.option(
    "--wait", type=click.FloatRange(0), default=0.0, help="Seconds to go on printing notifications."
)
@click.option("--json", "as_json", is_flag=True, help="Print an object for each answer and notification.")
@click.argument("commands", nargs=-1, required=True)
def command(
    where: Where,
    protocol: int,
    name: str,
    timeout: float,
    wait: float,
    as_json: bool,
    commands: tuple[str, ...],
) -> None:
    """Send commands and print their answers, and what is notified meanwhile.

    In the place of a command, - means those on standard input, one a line, sent as they come.

    Exit codes: 0 all answered, 1 an answer was an ERROR, 2 wrong use, 3 no engine for this account, or it
    left, 4 refused or detached, 5 no answer in time.
    """
    # A pipe gets every byte; on a terminal nothing may steer it.
    plain = printable if sys.stdout.isatty() else str

    def shown(**said: str | int | None) -> str:
        if as_json:
            return json.dumps({word: what for word, what in said.items() if what is not None})
        return plain(str(said.get("answer", said.get("notification"))))

    async def talk(output: Output) -> int:
        code = Exit.OK
        program = await where.attach(lambda text: output.say(shown(notification=text)))
        try:
            if not await greet(program, name, protocol, timeout):
                return Exit.REFUSED
            async for text in _all(commands):
                answer = await ask(program, text, timeout)
                error = _number(answer)
                output.say(shown(command=text, answer=answer, error=error))
                if is_detached(text, answer):
                    raise DetachedError
                if error is not None:
                    code = Exit.FAILED
            if wait:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        raise LostError(await program.gone())
        finally:
            await program.close()
        return code

    end_with(where, talk)
