"""What is kept of an account's network, and where its password is."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked

from ringback.app import networks
from ringback.app.home import CannotStartError, Home
from ringback.app.networks import NoPasswordError, XmppAccount

NAME = "alice@home.example"


class Ring(KeyringBackend):
    """A keyring that may be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept, self.locked = {}, False

    def _open(self):
        if self.locked:
            raise KeyringLocked

    def get_password(self, service, username):
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self._open()
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def ring(request):
    before, made = keyring.get_keyring(), getattr(request, "param", Ring)()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    "kept",
    [
        XmppAccount(NAME),
        XmppAccount(NAME, "[::1]:5223", True, None, "kept"),
        XmppAccount(NAME, "xmpp.home.example:5222", False, password="/somewhere/else"),
    ],
)
def test_it_comes_back_as_it_was_kept(home, kept):
    assert networks.read(home, NAME) is None
    home.make()
    networks.write(home, NAME, kept)
    assert networks.read(home, NAME) == kept
    assert home.accounts() == (NAME,)
    assert not home.holds(NAME)


def test_the_server_is_a_host_and_a_port():
    assert XmppAccount(NAME).endpoint is None
    assert XmppAccount(NAME, "[::1]:5223").endpoint == ("::1", 5223)


@pytest.mark.parametrize(
    "text",
    [
        *("", "network = 'smoke'", "network = 'xmpp'", "="),
        *(f"network='xmpp'\naddress='a@b'\nserver='{place}'" for place in ("x", ":5222", "x:0", "::1:5222")),
    ],
)
def test_what_makes_no_sense_is_said(home, text):
    (home.account(NAME) / "network.toml").write_text(text)
    with pytest.raises(CannotStartError, match="cannot be used"):
        networks.read(home, NAME)


def test_a_password_is_in_the_keyring_if_there_is_one(home, ring):
    assert networks.keep_secret(home, NAME, NAME, "secret") == "keyring"
    assert networks.secret(home, NAME, XmppAccount(NAME)) == "secret"
    assert not [path for path in home.account(NAME).iterdir() if b"secret" in path.read_bytes()]
    ring.kept.clear()
    with pytest.raises(NoPasswordError, match="no password"):
        networks.secret(home, NAME, XmppAccount(NAME))
    ring.locked = True
    with pytest.raises(NoPasswordError, match="does not open"):
        networks.secret(home, NAME, XmppAccount(NAME))
    assert networks.keep_secret(home, NAME, NAME, "secret") == "kept"


@pytest.mark.parametrize("ring", [fail.Keyring], indirect=True)
def test_without_one_it_is_in_a_file_that_nobody_else_reads(home, ring):
    assert networks.keep_secret(home, NAME, NAME, "secret ☎") == "kept"
    (hidden,) = [path for path in home.account(NAME).iterdir() if path.name == ".password"]
    assert hidden.stat().st_mode & 0o777 == 0o600
    assert networks.secret(home, NAME, XmppAccount(NAME, password="kept")) == "secret ☎"


def test_a_file_that_others_read_is_refused(home, tmp_path):
    file = tmp_path / "password"
    with pytest.raises(NoPasswordError, match="no password can be read"):
        networks.from_file(file)
    file.write_text("secret\nmore\n")
    file.chmod(0o640)
    with pytest.raises(NoPasswordError, match="others may read"):
        networks.from_file(file)
    file.chmod(0o600)
    assert networks.from_file(file) == "secret"
