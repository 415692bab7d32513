"""``ringback send``: a few commands, their answers."""

from __future__ import annotations

import asyncio
import sys

import click

from ringback.app.commands.attaching import Where, attaching, end_with, greet
from ringback.app.exits import Exit
from ringback.tools.terminal import Output, printable


@click.command("send")
@attaching("ringback-send")
@click.option(
    "--wait", type=click.FloatRange(0), default=0.0, help="Seconds to go on printing notifications."
)
@click.argument("commands", nargs=-1, required=True)
def command(where: Where, protocol: int, name: str, wait: float, commands: tuple[str, ...]) -> None:
    """Send commands and print their answers.

    Exit codes: 0 all answered, 1 an answer was an ERROR, 2 wrong use, 3 no engine, 4 refused.
    """
    # A pipe gets every byte; on a terminal nothing may steer it.
    shown = printable if sys.stdout.isatty() else str

    async def talk(output: Output) -> int:
        code = Exit.OK
        program = await where.attach(lambda text: output.say(shown(text)))
        try:
            if not await greet(program, name, protocol):
                return Exit.REFUSED
            for text in commands:
                answer = await program.ask(text)
                output.say(shown(answer))
                if answer.startswith("ERROR "):
                    code = Exit.FAILED
            if wait:
                await asyncio.sleep(wait)
        finally:
            await program.close()
        return code

    end_with(talk)
