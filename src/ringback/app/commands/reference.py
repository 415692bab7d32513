"""``ringback reference``: the generated documentation."""

from __future__ import annotations

import click

from ringback.tools import make_reference


@click.command("reference")
@click.option("--html", is_flag=True, help="As a page instead of text.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(html: bool, as_json: bool) -> None:
    """Print the documentation of every command, property, value and error."""
    if as_json:
        click.echo(make_reference.as_json())
    else:
        click.echo(make_reference.html() if html else make_reference.text())
