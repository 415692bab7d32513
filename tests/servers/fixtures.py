"""Servers for a whole run of tests, one of each kind for a worker, started when a test first wants them."""

from __future__ import annotations

import pytest

from servers.authority import Authority
from servers.ejabberd import Ejabberd
from servers.prosody import Prosody
from servers.relay import Relay


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Who vouches for the servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def relay(tmp_path_factory):
    """A relay for calls, of which the servers tell."""
    with Relay(tmp_path_factory.mktemp("relay")) as server:
        yield server


@pytest.fixture(scope="session")
def prosody(authority, relay, tmp_path_factory):
    """A Prosody; every test takes accounts of its own."""
    with Prosody(tmp_path_factory.mktemp("prosody"), "prosody.test", authority, relay=relay) as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd(authority, relay, tmp_path_factory):
    """An ejabberd; every test takes accounts of its own."""
    with Ejabberd(tmp_path_factory.mktemp("ejabberd"), "ejabberd.test", authority, relay=relay) as server:
        yield server


@pytest.fixture(scope="session")
def two_servers(authority, tmp_path_factory):
    """A Prosody and an ejabberd that know where the other is."""
    here = Prosody(tmp_path_factory.mktemp("here"), "here.test", authority)
    there = Ejabberd(tmp_path_factory.mktemp("there"), "there.test", authority)
    here.known, there.known = [there], [here]
    with here, there:
        yield here, there
