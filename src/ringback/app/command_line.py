"""The command ``ringback`` (design §3): a table of commands, each in its own file of ``app/commands``."""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Any, Final

import click

from ringback import __version__
from ringback.app.exits import Exit
from ringback.app.logs import told
from ringback.tools.terminal import NO_ROOM, forsake_output

#: The commands in the order of the help; each is ``command`` in the file of its name.
TABLE: Final = (
    "run",
    "trace",
    "send",
    "open",
    "status",
    "accounts",
    "login",
    "access",
    "detach",
    "config",
    "backup",
    "restore",
    "doctor",
    "print",
    "reference",
)


class _Commands(click.Group):
    """Brings only the file of the command that is typed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(TABLE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in TABLE:
            return None
        found = importlib.import_module(f"ringback.app.commands.{cmd_name}").command
        assert isinstance(found, click.Command)
        return found

    def main(self, *args: Any, **more: Any) -> Any:
        """Do it all; a full disk is told, whatever was written to it."""
        try:
            return super().main(*args, **more)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            forsake_output()
            click.echo(f"ringback: cannot be written: {error.strerror}", err=True)
            sys.exit(Exit.FAILED)

    def invoke(self, ctx: click.Context) -> Any:
        """Do what was typed; a fault of ours has an exit code of its own, so that a restart may mend it."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in {errno.EPIPE, *NO_ROOM}:
                raise  # whoever reads has left, or takes no more
            click.echo(f"ringback: a fault of ours, please report it:\n{told(error)}", err=True)
            ctx.exit(Exit.FAULT)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Ringback answers the Skype Desktop API."""


if __name__ == "__main__":
    main()
