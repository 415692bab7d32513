"""People with accounts on a server, and servers that a test may harm."""

import pytest

from servers import island
from servers.prosody import Prosody
from support.xmpp import Resident


@pytest.fixture
def server(prosody):
    """Where residents live, if a file does not say otherwise."""
    return prosody


@pytest.fixture
def residents(server, tmp_path):
    """Makes people with accounts, ``at`` a server; ``made`` holds them."""
    made = []

    def make(*names, at=server):
        made.extend(Resident(at, tmp_path, name) for name in names)
        return made[-len(names) :]

    make.made = made
    yield make
    for resident in made:
        resident.close()


@pytest.fixture
def own_server(authority, tmp_path):
    """A Prosody that may be harmed and changed."""
    with Prosody(tmp_path / "server", "frail.test", authority) as made:
        yield made


@pytest.fixture
def lan(tmp_path):
    """Islands with a cable to one another, which can be pulled."""
    with island.lan(tmp_path / "lan") as made:
        yield made
