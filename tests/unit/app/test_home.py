"""The data directory: folders that any handle can have, and that nobody else can look into."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringback.app.home import CannotStartError, Home
from ringback.domain.handles import canonical, is_well_formed


def mode(path):
    return path.stat().st_mode & 0o777


HANDLES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=255).filter(is_well_formed)


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        ("anna", "anna"),
        ("Anna.B-c_d+1", "anna.b-c_d+1"),
        ("zoë", "zo%eb%"),
        ("..", "%2e%."),
        (".", "%2e%"),
        ("lock", "%6c%ock"),
        ("Control.sock", "%63%ontrol.sock"),
        ("embedded.sqlite-wal", "%65%mbedded.sqlite-wal"),
        ("a%b", "a%25%b"),
        ("a:b", "a%3a%b"),
        ("a~b", "a%7e%b"),
    ],
)
def test_names_of_folders(tmp_path, handle, name):
    assert Home(tmp_path).folder(handle).name == name


@given(HANDLES, HANDLES)
@example("a" * 255, "a" * 254)
@example("ж" * 200, "ж" * 199)
@example("%25%", "%")
@example("%%", "%")
def test_every_handle_has_its_own_folder(tmp_path_factory, one, other):
    home = Home(tmp_path_factory.getbasetemp() / "home")
    name = home.folder(one).name
    assert len(name) <= 255
    assert name.isascii()
    assert "/" not in name
    assert (name == home.folder(other).name) is (canonical(one) == canonical(other))


@pytest.mark.parametrize("handles", [["bob", "Anna", "zoë", "..", "lock", "a%b", "ж" * 200, "x" * 255]])
def test_the_accounts_of_a_home(tmp_path, handles):
    home = Home(tmp_path)
    assert home.accounts() == ()
    for handle in handles:
        (home.account(handle) / "account.sqlite").touch()
    (tmp_path / "lock").touch()
    (tmp_path / "kept~2026/old").mkdir(parents=True)
    (tmp_path / "kept~2026/old/account.sqlite").touch()
    assert home.accounts() == tuple(sorted(map(canonical, handles)))


def test_folders_are_closed_to_others(tmp_path):
    (tmp_path / "anna").mkdir(mode=0o755)
    home = Home(tmp_path)
    assert mode(home.account("anna")) == 0o700
    home.lock()
    assert mode(tmp_path / "lock") == 0o600


def test_a_home_that_is_made_is_private(tmp_path):
    home = Home(tmp_path / "a/b")
    home.lock()
    assert mode(home.path) == 0o700
    assert not home.open_to_others


@pytest.mark.parametrize("before", [0o700, 0o755, 0o710])
def test_a_folder_with_other_things_is_left_as_it_is(tmp_path, before):
    tmp_path.chmod(before)
    (tmp_path / "letters").mkdir()
    home = Home(tmp_path)
    home.lock()
    assert mode(tmp_path) == before
    assert home.open_to_others == (before != 0o700)


@pytest.mark.parametrize("before", [0o700, 0o755, 0o710])
def test_a_folder_that_holds_nothing_else_is_closed(tmp_path, before):
    tmp_path.chmod(before)
    home = Home(tmp_path)
    home.lock()
    assert mode(tmp_path) == 0o700
    home.unlock()
    (home.account("ann") / "account.sqlite").touch()
    for name in ("embedded.sqlite-wal", "ringback.toml", "rates.json", "control.sock"):
        (tmp_path / name).touch()
    tmp_path.chmod(before)
    home.lock()
    assert not home.open_to_others


@pytest.mark.parametrize("before", [0o1777, 0o770, 0o722])
def test_a_folder_that_others_may_write_to_is_no_home(tmp_path, before):
    tmp_path.chmod(before)
    with pytest.raises(CannotStartError, match=f"others may write to {tmp_path}.*chmod 700"):
        Home(tmp_path).lock()
    assert list(tmp_path.iterdir()) == []
    assert mode(tmp_path) == before & 0o777
