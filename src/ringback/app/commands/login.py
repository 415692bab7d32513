"""``ringback login``: an account on XMPP for this home."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from ringback.app import control, networks
from ringback.app.commands.options import fail, home_option, place
from ringback.app.home import CannotStartError, Home
from ringback.domain.handles import canonical
from ringback.transport.ports import split


class Address(click.ParamType[str]):
    """The address of an account: name@domain."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        from ringback.network.xmpp.addresses import Addresses, NoAddressError  # noqa: PLC0415 - takes a while

        try:
            return Addresses(str(value)).own
        except NoAddressError:
            self.fail(f"{value!r} is no address such as alice@example.org", param, ctx)


class Server(click.ParamType[str]):
    """Host and port."""

    name = "host:port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        try:
            host, port = split(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not host or not port:
            self.fail(f"{value!r} is not HOST:PORT", param, ctx)
        return str(value)


@click.command("login")
@home_option()
@click.argument("address", type=Address())
@click.option("--register", is_flag=True, help="Have the server make the account first.")
@click.option("--server", type=Server(), help="Where the server is, if its domain does not tell (SRV).")
@click.option("--direct-tls", is_flag=True, help="That server speaks TLS from the first byte (port 5223).")
@click.option(
    "--authority",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True),
    help="Trust the certificates in this file (PEM) instead of the system's.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True),
    help="Read the password from this file (mode 0600), now and at every start.",
)
def command(
    home: Path | None,
    address: str,
    register: bool,
    server: str | None,
    direct_tls: bool,
    authority: Path | None,
    password_file: Path | None,
) -> None:
    """Log an account in at its server, and keep it for "ringback run".

    Without --password-file the password is asked for and kept in the keyring of the desktop, or, where there
    is none, in a file of mode 0600 in the account's folder. It is never an argument. A second login of the
    same address replaces what was kept.

    Exit codes: 0 logged in, 1 the server does not take it (the message says why), 2 wrong use.
    """
    from ringback.app.xmpp import credentials  # noqa: PLC0415 - takes a while
    from ringback.network.xmpp import login  # noqa: PLC0415

    if direct_tls and server is None:
        raise click.UsageError("--direct-tls is about a --server; a domain tells by itself")
    house = Home(place(home))
    kept = networks.XmppAccount(address, server or "", direct_tls, authority)
    try:
        if password_file is None:
            password = click.prompt("Password", hide_input=True, confirmation_prompt=register)
        else:
            password = networks.from_file(password_file)
        attempt = login.register if register else login.try_login
        asyncio.run(attempt(credentials(kept, password)))
        house.make()
        where = str(password_file or networks.keep_secret(house, address, address, password))
        networks.write(
            house, address, networks.XmppAccount(address, kept.server, direct_tls, authority, where)
        )
    except (login.LoginError, CannotStartError) as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename or authority or house.path}: {error.strerror or error}")
    said = {"keyring": "the password is in the keyring", "kept": "the password is in a file of mode 0600"}
    click.echo(f"logged in as {address}; {said.get(where, f'the password is read from {where}')}")
    _take_in(house, address)


def _take_in(house: Home, address: str) -> None:
    """Have a running engine serve the account, too."""
    try:
        status = control.ask(house.control, "status")
        if canonical(address) in {account["account"] for account in status["accounts"]}:
            control.ask(house.control, "try-again", account=address)
            click.echo("it runs already, and uses what is kept now from its next connection on")
            return
        for line in control.ask(house.control, "add", account=address):
            click.echo(line)
    except (control.NoEngineError, OSError):
        click.echo("'ringback run' serves it")
    except control.ControlError as error:
        fail(error)
