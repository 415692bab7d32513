"""What the doctor says of accounts and their networks."""

import asyncio
import socket
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from ringback.app import findings
from ringback.app.doctor_networks import networks
from ringback.app.findings import Verdict
from ringback.app.home import Home
from ringback.app.networks import XmppAccount, write
from ringback.network.xmpp.places import NoPlaceError, Places, Record
from servers.authority import Authority

ALICE = "alice@away.example"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("horse\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def there():
    """Where somebody listens, HOST:PORT."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield "127.0.0.1:{1}".format(*listening.getsockname())


def looked(home, lookup=None):
    """Verdict and words of everything that is found."""
    places = None if lookup is None else Places(lookup)
    return [(f.verdict, f.what, f.remedy) for f in asyncio.run(networks(home.path, places))]


def test_a_home_without_accounts(home):
    ((verdict, what, _),) = looked(home)
    assert verdict is Verdict.OK
    assert "the embedded one" in what


def test_each_account_has_its_own(home, secret, there):
    (home.account("me") / "account.sqlite").touch()
    write(home, ALICE, XmppAccount(ALICE, there, password=str(secret)))
    assert looked(home) == [
        (Verdict.OK, f"account {ALICE}: XMPP, its password is in {secret}", ""),
        (Verdict.OK, f"account {ALICE}: {there} takes connections", ""),
        (Verdict.OK, "account me: embedded network", ""),
    ]


def test_what_is_kept_of_it_cannot_be_read(home):
    (home.account(ALICE) / "network.toml").write_text("network = 'smoke signals'")
    ((verdict, what, _),) = looked(home)
    assert verdict is Verdict.TROUBLE
    assert "it names no network that there is" in what
    assert f"'ringback login {ALICE}' writes it anew" in what


def passwords(found):
    return found[0]


def test_a_password_that_others_may_read(home, secret, there):
    secret.chmod(0o644)
    write(home, ALICE, XmppAccount(ALICE, there, password=str(secret)))
    verdict, what, _ = passwords(looked(home))
    assert verdict is Verdict.TROUBLE
    assert f"others may read {secret}: 'chmod 600 {secret}'" in what


def test_a_password_that_is_kept_beside(home, there):
    write(home, ALICE, XmppAccount(ALICE, there, password="kept"))
    verdict, what, _ = passwords(looked(home))
    assert (verdict, "no password can be read from" in what) == (Verdict.TROUBLE, True)
    hidden = home.account(ALICE) / ".password"
    hidden.write_text("horse")
    hidden.chmod(0o600)
    assert passwords(looked(home)) == (
        Verdict.OK,
        f"account {ALICE}: XMPP, its password is in a file in its folder",
        "",
    )


class Keys(NoKeyring):
    """Holds one password, or never answers."""

    def __init__(self, password, open_=True):
        self.password, self.answers = password, threading.Event()
        if open_:
            self.answers.set()

    def get_password(self, _service, _name):
        self.answers.wait(20)
        return self.password


@pytest.mark.parametrize(
    ("keys", "verdict", "said"),
    [
        (Keys("horse"), Verdict.OK, "its password is in the keyring"),
        (Keys(None), Verdict.TROUBLE, f"no password of {ALICE} is in the keyring"),
        (NoKeyring(), Verdict.TROUBLE, "the keyring does not open"),
        (Keys("horse", open_=False), Verdict.TROUBLE, "the keyring does not answer"),
    ],
)
def test_a_keyring(home, there, monkeypatch, keys, verdict, said):
    monkeypatch.setattr(findings, "PATIENCE", 0.5)
    monkeypatch.setattr(keyring, "get_password", keys.get_password)
    write(home, ALICE, XmppAccount(ALICE, there))
    found = passwords(looked(home))
    if isinstance(keys, Keys):
        keys.answers.set()
    assert found[0] is verdict
    assert said in found[1]
    assert "horse" not in str(found)


def test_the_authority_that_is_trusted(home, secret, there, tmp_path):
    root = Authority(tmp_path / "authority").root
    for path, verdict, said in (
        (root, Verdict.OK, f"trusts the certificates in {root}"),
        (secret, Verdict.TROUBLE, f"certificates cannot be read from {secret}"),
        (
            Path("/no/such.pem"),
            Verdict.TROUBLE,
            "cannot be read from /no/such.pem: No such file or directory",
        ),
    ):
        write(home, ALICE, XmppAccount(ALICE, there, authority=path, password=str(secret)))
        _, found, server = looked(home)
        assert found[0] is verdict
        assert said in found[1]
        assert server[0] is Verdict.OK


def answering(*records):
    async def lookup(name):
        return records if name.startswith("_xmpp-client") else ()

    return lookup


def test_a_server_that_its_domain_tells(home, secret, there):
    """The second of two places is as good as the first."""
    port = int(there.rpartition(":")[2])
    write(home, ALICE, XmppAccount(ALICE, password=str(secret)))
    closed = Record(1, 0, "127.0.0.2", port)
    found = looked(home, answering(closed, Record(2, 0, "127.0.0.1", port)))[-1]
    assert found == (Verdict.OK, f"account {ALICE}: {there} takes connections", "")
    verdict, what, remedy = looked(home, answering(closed))[-1]
    assert verdict is Verdict.TROUBLE
    assert f"no connection to 127.0.0.2:{port}: Connection refused" in what
    assert f"ringback login {ALICE} --server" in remedy


def test_a_domain_of_which_nobody_tells(home, secret):
    async def silent(_name):
        raise NoPlaceError("the name server does not tell of it")

    write(home, ALICE, XmppAccount(ALICE, password=str(secret)))
    verdict, what, _ = looked(home, silent)[-1]
    assert (verdict, what) == (Verdict.TROUBLE, f"account {ALICE}: the name server does not tell of it")


def test_a_server_that_takes_no_connection(home, secret, monkeypatch):
    """It is not waited for."""
    monkeypatch.setattr("ringback.app.doctor_networks.PATIENCE", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            write(home, ALICE, XmppAccount(ALICE, f"127.0.0.1:{port}", password=str(secret)))
            verdict, what, _ = looked(home)[-1]
    assert (verdict, "it does not answer" in what) == (Verdict.TROUBLE, True), what
