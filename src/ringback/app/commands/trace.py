"""``ringback trace``: the API tracer."""

from __future__ import annotations

import sys
from functools import partial

import click

from ringback.app.commands.attaching import Where, attaching, end_with, greet
from ringback.app.commands.options import place
from ringback.app.exits import Exit
from ringback.tools.terminal import Look, Output


@click.command("trace")
@attaching("ringback-trace")
def command(where: Where, protocol: int, name: str) -> None:
    """Talk to the engine and watch what it says (.help COMMAND, .save FILE, .wait SECONDS, .quit).

    Without a terminal: commands from standard input, one a line. Exit codes: 0 end of input, 2 wrong use,
    3 no engine, or it left, 4 refused or detached.
    """
    from ringback.tools.tracer import Tracer, history  # noqa: PLC0415 - brings the prompt library

    terminal = sys.stdin.isatty() and sys.stdout.isatty()

    async def talk(output: Output) -> int:
        past = partial(history, place(where.home))
        tracer = Tracer(terminal, Look.of(sys.stdout), output.say, past)
        program = await where.attach(tracer.heard)
        try:
            if not await greet(program, name, protocol):
                return Exit.REFUSED
            await tracer.talk(program)
        finally:
            await program.close()
        return Exit.OK

    end_with(where, talk)
