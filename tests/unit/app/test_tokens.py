"""The token of an account: made once, private, changed by deleting it."""

import re

import pytest

from ringback.app.tokens import Tokens, stored


@pytest.fixture
def path(tmp_path):
    return tmp_path / "token"


def test_it_is_made_once_and_nobody_else_can_read_it(path):
    Tokens().add(path, "door")
    made = path.read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", made)
    assert path.stat().st_mode & 0o777 == 0o600
    Tokens().add(path, "door")
    assert path.read_text() == made
    assert stored(path) == made.strip()


def test_it_opens_its_own_door_alone(tmp_path):
    tokens = Tokens()
    for name in ("anna", "bob"):
        tokens.add(tmp_path / name, name)
    for name in ("anna", "bob"):
        real = stored(tmp_path / name)
        assert tokens.door(real) == name
        assert tokens.door(real.upper()) == name
        for wrong in (real[:-1], real + "0", real[::-1], "", "\udcff", "x" * 64):
            assert tokens.door(wrong) is None


@pytest.mark.parametrize("left", [None, "", "\n"])
def test_a_token_that_is_deleted_is_made_anew_and_the_old_one_is_worth_nothing(path, left):
    tokens = Tokens()
    tokens.add(path, "door")
    old = stored(path)
    if left is None:
        path.unlink()
    else:
        path.write_text(left)
    assert tokens.door(old) is None
    fresh = stored(path)
    assert fresh != old
    assert path.stat().st_mode & 0o777 == 0o600
    assert tokens.door(fresh) == "door"


def test_a_token_of_the_users_own(path):
    tokens = Tokens()
    path.write_text("ABCDEF0123456789" * 2 + "\n")
    tokens.add(path, "door")
    assert tokens.door("abcdef0123456789" * 2) == "door"


@pytest.mark.parametrize("text", ["secret", "0" * 31, "g" * 64, "0" * 32 + " " + "0" * 32, "é" * 40])
def test_what_is_no_token_opens_nothing(path, text, caplog):
    path.write_text(text)
    with pytest.raises(ValueError, match=r"hexadecimal|ascii"):
        Tokens().add(path, "door")
    path.unlink()
    tokens = Tokens()
    tokens.add(path, "door")
    good = stored(path)
    path.write_text(text)
    assert tokens.door(text) is None
    assert tokens.door(good) is None
    assert tokens.door("") is None
    # Said once, and without it.
    assert len(caplog.records) == 1
    assert text not in caplog.text
    path.write_text(good)
    assert tokens.door(good) == "door"


def test_a_folder_that_is_gone_opens_nothing(tmp_path):
    folder = tmp_path / "account"
    folder.mkdir()
    tokens = Tokens()
    tokens.add(folder / "token", "door")
    (folder / "token").unlink()
    folder.rmdir()
    assert tokens.door("") is None
    assert not folder.exists()


def test_a_token_that_others_could_read_is_closed_again(path, caplog):
    tokens = Tokens()
    tokens.add(path, "door")
    path.chmod(0o644)
    assert tokens.door(stored(path)) == "door"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "others could read" in caplog.text
