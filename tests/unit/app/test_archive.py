"""Backups: one moment of all databases, whole or refused, and a former home is never lost."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from ringback.app import archive
from ringback.app.archive import FORMAT, MANIFEST, ArchiveError, backup, restore
from ringback.app.home import CannotStartError, Home, HomeBusyError
from ringback.domain.changes import Kind, Ref
from ringback.domain.records import Save
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Mailbox
from ringback.store.sqlite import SqliteStore
from ringback.store.tables import FORMAT as ACCOUNT


def said(store):
    return [row["about"] for _, row in store.load(Kind.PROFILE)]


def say(store, text):
    store.commit([Save(Ref(Kind.PROFILE, ""), {"about": text})])


@pytest.fixture
def home(tmp_path):
    """Two accounts, of which one was killed: its last words are in the write-ahead log."""
    home = Home(tmp_path / "home")
    for handle in ("anna", "bob"):
        store = SqliteStore(home.account(handle) / "account.sqlite")
        say(store, f"{handle} before")
        store.close()
    file = EmbeddedFile(home.path / "embedded.sqlite")
    Mailbox(file).put("anna", "bob", "1", {"body": "hello"})
    file.close()
    (home.path / "ringback.toml").write_text("sound = false\n")
    (home.folder("anna") / "token").write_text("abc\n")
    (home.folder("anna") / "pictures/small").mkdir(parents=True)
    (home.folder("anna") / "pictures/small/1.png").write_bytes(b"\x89PNG" * 100_000)
    return home


def everything(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("lock",) and not path.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.parametrize("name", ["saved.tar", "saved.tar.gz"])
def test_there_and_back(tmp_path, home, name):
    for passing in ("lock", "anna/api.sock", "anna/account.schema1.bak", "log", ".hidden", "trace-history"):
        (home.path / passing).write_text("not saved")
    (home.path / "kept~2020").mkdir()
    (home.path / "kept~2020/embedded.sqlite").write_text("not saved")
    (home.path / "anna/link").symlink_to("/etc/passwd")
    target = tmp_path / name
    report = backup(home, target)
    assert (report.accounts, report.files) == (("anna", "bob"), 6)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    with tarfile.open(target) as tar:
        names = tar.getnames()
        assert names == [
            MANIFEST,
            *("anna/account.sqlite", "anna/pictures/small/1.png", "anna/token"),
            *("bob/account.sqlite", "embedded.sqlite", "ringback.toml"),
        ]
    other = Home(tmp_path / "other")
    again = restore(other, target, replace=False)
    assert again == report
    assert set(everything(other.path)) == set(names) - {MANIFEST}
    assert all(path.stat().st_mode & 0o077 == 0 for path in other.path.rglob("*") if path.is_file())
    store = SqliteStore(other.folder("bob") / "account.sqlite")
    assert said(store) == ["bob before"]
    store.close()
    file = EmbeddedFile(other.path / "embedded.sqlite")
    assert [letter.content for letter in Mailbox(file).waiting("bob", 0, 9)] == [{"body": "hello"}]
    file.close()
    assert (other.folder("anna") / "token").read_text() == "abc\n"


def test_all_databases_are_of_one_moment(tmp_path, home):
    """Somebody writes into one, then into the other, as fast as can be: never is the second ahead."""
    first, second = (SqliteStore(home.folder(handle) / "account.sqlite") for handle in ("anna", "bob"))
    done = threading.Event()
    written = 0

    def write():
        nonlocal written
        while not done.is_set():
            written += 1
            say(first, str(written))
            say(second, str(written))

    say(first, "0")
    say(second, "0")
    writing = threading.Thread(target=write)
    writing.start()
    try:
        moments = []
        for number in range(8):
            before = written
            backup(home, tmp_path / f"{number}.tar")
            moments.append((before, written))
    finally:
        done.set()
        writing.join()
        first.close()
        second.close()
    seen = []
    for number, (before, after) in enumerate(moments):
        other = Home(tmp_path / f"other {number}")
        restore(other, tmp_path / f"{number}.tar", replace=False)
        values = []
        for handle in ("anna", "bob"):
            store = SqliteStore(other.folder(handle) / "account.sqlite")
            values += map(int, said(store))
            store.close()
        assert values[0] - values[1] in (0, 1)
        assert before - 1 <= values[1] <= after
        seen.append(values[0])
    assert len(set(seen)) > 1, "it was written meanwhile"


def test_what_was_committed_while_the_copy_is_made_is_not_in_it(tmp_path, home):
    path = home.folder("anna") / "account.sqlite"
    store = SqliteStore(path)
    say(store, "then")
    with archive._frozen([path]) as [moment]:
        say(store, "now")
        archive._copy_database(moment, tmp_path / "copy.sqlite")
    store.close()
    copy = SqliteStore(tmp_path / "copy.sqlite")
    assert said(copy) == ["then"]
    copy.close()


def test_a_home_in_use_is_kept(tmp_path, home):
    backup(home, tmp_path / "saved.tar")
    store = SqliteStore(home.folder("anna") / "account.sqlite")
    say(store, "after")
    store.close()
    before = everything(home.path)
    with pytest.raises(ArchiveError, match=r"is in use: anna, bob, embedded\.sqlite, ringback\.toml"):
        restore(Home(home.path), tmp_path / "saved.tar", replace=False)
    assert everything(home.path) == before
    report = restore(Home(home.path), tmp_path / "saved.tar", replace=True)
    assert everything(report.kept) == before
    assert report.kept.stat().st_mode & 0o777 == 0o700
    store = SqliteStore(home.folder("anna") / "account.sqlite")
    assert said(store) == ["anna before"]
    store.close()
    # Once more: both former homes stay, and none is saved or in the way.
    twice = restore(Home(home.path), tmp_path / "saved.tar", replace=True)
    assert twice.kept != report.kept
    assert everything(report.kept) == before
    assert backup(home, tmp_path / "again.tar").files == 6


@pytest.mark.parametrize("after", range(9))
def test_a_restore_that_is_killed_can_be_done_again(tmp_path, home, monkeypatch, after):
    backup(home, tmp_path / "saved.tar")
    store = SqliteStore(home.folder("anna") / "account.sqlite")
    say(store, "after")
    store.close()
    before = everything(home.path)
    moved = 0
    rename = Path.rename

    def rename_until(path, target):
        nonlocal moved
        moved += 1
        if moved > after:
            raise SystemExit("killed")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_until)
    if after < 8:
        with pytest.raises(SystemExit):
            restore(Home(home.path), tmp_path / "saved.tar", replace=True)
        if after or home.restoring.exists():
            with pytest.raises(CannotStartError, match="half restored"):
                Home(home.path).lock()
    monkeypatch.setattr(Path, "rename", rename)
    restore(Home(home.path), tmp_path / "saved.tar", replace=True)
    store = SqliteStore(home.folder("anna") / "account.sqlite")
    assert said(store) == ["anna before"]
    store.close()
    kept = {item for folder in home.path.glob("kept~*") for item in everything(folder).items()}
    assert set(before.items()) <= kept, "every former file is somewhere"


def test_a_running_engine_keeps_its_home(tmp_path, home):
    backup(home, tmp_path / "saved.tar")
    running = Home(home.path)
    running.lock()
    for replace in (False, True):
        with pytest.raises(HomeBusyError):
            restore(Home(home.path), tmp_path / "saved.tar", replace)


def test_what_cannot_be_saved(tmp_path, home):
    with pytest.raises(ArchiveError, match="nothing is in"):
        backup(Home(tmp_path / "none"), tmp_path / "saved.tar")
    (tmp_path / "there.tar").write_text("mine")
    with pytest.raises(ArchiveError, match="is there already"):
        backup(home, tmp_path / "there.tar")
    assert (tmp_path / "there.tar").read_text() == "mine"
    for folder in ("no/such", "there.tar"):
        with pytest.raises(ArchiveError) as error:
            backup(home, tmp_path / folder / "saved.tar")
        assert str(error.value) == f"there is no folder {tmp_path}/{folder}"
    database = home.folder("bob") / "account.sqlite"
    database.write_bytes(database.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(ArchiveError, match=r"cannot be read|is damaged"):
        backup(home, tmp_path / "saved.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "there.tar"]


def packed(path, files, manifest=None, kinds=()):
    """An archive as somebody else makes one."""
    listed = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files
    ]
    if manifest is None:
        manifest = {"format": FORMAT, "ringback": "9", "accounts": [], "files": listed}
    with tarfile.open(path, "w") as tar:
        for name, data in [(MANIFEST, json.dumps(manifest).encode()), *files]:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            for kind, changes in kinds:
                if kind == name:
                    for field, value in changes.items():
                        setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(data))
    return path


def database(**pragmas):
    db = ACCOUNT.empty()
    for name, value in pragmas.items():
        db.execute(f"PRAGMA {name}={value}")
    data = bytes(db.serialize())
    db.close()
    return data


SOUND = [("me/account.sqlite", database())]


@pytest.mark.parametrize(
    ("files", "more", "message"),
    [
        ([("../x", b"a")], {}, "does not belong into a home"),
        ([("/tmp/x", b"a")], {}, "does not belong into a home"),
        ([("a/../../x", b"a")], {}, "does not belong into a home"),
        ([("a//x", b"a")], {}, "does not belong into a home"),
        ([("", b"a")], {}, "does not belong into a home"),
        (SOUND, {"kinds": [(SOUND[0][0], {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})]}, "damaged"),
        (SOUND, {"kinds": [(SOUND[0][0], {"type": tarfile.CHRTYPE})]}, "damaged"),
        (SOUND, {"kinds": [(SOUND[0][0], {"type": tarfile.LNKTYPE, "linkname": MANIFEST})]}, "damaged"),
        (SOUND + SOUND, {}, "should not be so in it"),
        (
            SOUND,
            {"manifest": {"format": FORMAT + 1, "ringback": "9", "files": []}},
            r"of a newer Ringback \(9\)",
        ),
        (SOUND, {"manifest": {"format": FORMAT, "accounts": [], "files": []}}, "should not be so in it"),
        (SOUND, {"manifest": {"format": FORMAT}}, "is damaged"),
        (SOUND, {"manifest": {"format": FORMAT, "accounts": [5], "files": []}}, "is damaged"),
        (SOUND, {"manifest": [1]}, "is damaged"),
        (
            [],
            {
                "manifest": {
                    "format": FORMAT,
                    "accounts": [],
                    "files": [{"name": "x", "size": 1, "sha256": "0"}],
                }
            },
            "x is missing",
        ),
        ([("me/account.sqlite", database(user_version=999))], {}, "of a newer Ringback|by a newer Ringback"),
        ([("me/account.sqlite", b"no database" * 100)], {}, "in the backup me/account.sqlite"),
        ([("me/account.sqlite", database(application_id=5))], {}, "belongs to another program"),
        ([("me/account.sqlite", b"")], {}, "is empty"),
        ([("embedded.sqlite", database())], {}, "belongs to another program"),
    ],
)
def test_archives_that_are_not_as_they_should_be(tmp_path, home, files, more, message):
    path = packed(tmp_path / "bad.tar", files, **more)
    before = everything(home.path)
    with pytest.raises(ArchiveError, match=message):
        restore(Home(home.path), path, replace=True)
    assert everything(home.path) == before
    assert not (tmp_path / "x").exists()
    assert not home.restoring.exists()


@pytest.mark.parametrize("harm", ["short", "flipped", "empty", "text", "none"])
def test_archives_that_were_damaged(tmp_path, home, harm):
    path = tmp_path / "saved.tar"
    backup(home, path)
    data = bytearray(path.read_bytes())
    match harm:
        case "short":
            path.write_bytes(data[: len(data) // 2])
        case "flipped":
            place = data.index(b"\x89PNG" * 100) + 50
            data[place] ^= 1
            path.write_bytes(data)
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("no archive\n" * 2000)
        case "none":
            path.unlink()
    before = everything(home.path)
    with pytest.raises(ArchiveError):
        restore(Home(home.path), path, replace=True)
    assert everything(home.path) == before


def zipped(data):
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("x", data)
        return file.getvalue()


def foreign(data):
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("holiday.jpg"), io.BytesIO(data))
        return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"root:x:0:0:root:/root:/bin/bash\n",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"no deflate" * 100,
        b"BZh9" + b"no blocks" * 100,
        b"\xfd7zXZ\0" + b"no xz" * 100,
        gzip.compress(b"no tar"),
        zipped(b"x"),
        foreign(b"x"),
        bytes(5000),
    ],
    ids=["empty", "text", "gzip", "bzip2", "xz", "no tar in it", "zip", "foreign", "noughts"],
)
def test_what_is_no_backup_at_all(tmp_path, content):
    """One line that says so, and nothing is made."""
    path = tmp_path / "file"
    path.write_bytes(content)
    for place in (tmp_path / "new", tmp_path):
        with pytest.raises(ArchiveError) as error:
            restore(Home(place), path, replace=False)
        assert str(error.value).startswith(f"{path} is no backup of Ringback")
        assert "\n" not in str(error.value)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def what_is_said_of(home, path):
    try:
        restore(Home(home.path), path, replace=True)
    except ArchiveError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", ["saved.tar", "saved.tar.gz"])
def test_a_backup_that_was_harmed_on_its_way(tmp_path, home, name):
    """Wherever: cut off, or a byte of it changed."""
    backup(home, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    bad = tmp_path / "bad"
    before = everything(home.path)
    saved = None
    places = range(0, len(whole), len(whole) // 40)
    refused = 0
    for place in places:
        turned = bytearray(whole)
        turned[place] ^= 0xFF
        for harmed in (whole[:place], bytes(turned)):
            bad.write_bytes(harmed)
            said = what_is_said_of(home, bad)
            if said is None:
                # It was in what fills a block up, or in a comment of the packer.
                before = everything(home.path)
                saved = saved or before
                assert {name: before[name] for name in saved if "kept~" not in name} == {
                    name: data for name, data in saved.items() if "kept~" not in name
                }
                continue
            assert said.startswith((str(bad), "in the backup "))
            assert "\n" not in said
            assert everything(home.path) == before
            refused += 1
    assert refused > 1.5 * len(places)
