"""``ringback open``: do what a ``skype:`` link says."""

from __future__ import annotations

import sys

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
from ringback.tools.terminal import Output, printable
from ringback.tools.uri import LinkError, read, steps


@click.command("open")
@attaching("ringback-open")
@timeout_option
@click.argument("link")
def command(where: Where, protocol: int, name: str, timeout: float, link: str) -> None:
    """Do what a skype: link says, through the running engine, and print the answers.

    skype:NAME shows a chat, skype:NAME?call calls; several names are divided by semicolons. There are also
    ?chat (&topic=TEXT, or &id=CHAT without a name), ?voicemail, ?add (&displayname=TEXT), ?sendfile and
    ?userinfo; skype: alone shows the window.

    Exit codes: 0, 1 an answer was an ERROR, 2 no such link, 3 no engine, 4 refused or detached,
    5 no answer in time.
    """
    try:
        doing = steps(read(link))
    except LinkError as error:
        raise click.BadParameter(str(error), param_hint="LINK") from None
    plain = printable if sys.stdout.isatty() else str

    async def talk(output: Output) -> int:
        program = await where.attach(lambda _text: None)
        try:
            if not await greet(program, name, protocol, timeout):
                return Exit.REFUSED
            answer = ""
            text = next(doing)
            while True:
                answer = await ask(program, text, timeout)
                output.say(plain(answer))
                if is_detached(text, answer):
                    raise DetachedError
                text = doing.send(answer)
        except StopIteration:
            return Exit.FAILED if answer.startswith("ERROR ") else Exit.OK
        finally:
            await program.close()

    end_with(where, talk)
