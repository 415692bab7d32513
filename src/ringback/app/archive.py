"""A whole home in one file, taken while the engine runs, and put back.

Theory of the moment. All databases are copied as of one moment: for an instant nobody may write to any of
them (each is locked as a writer would), in which a read transaction is begun on each; then writers go on, and
the copies are made from these transactions at leisure. What is in the archive is thus what a process killed
at that moment would have left, which is what the engine is made to start from.

Theory of putting back. The new files are unpacked beside the old ones, checked, and only then moved into
their places; what was there before is kept in a folder of its own. A mark in the home tells that this has
begun and not ended; with it no engine starts, and doing it again is safe.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import lzma
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from ringback import __version__
from ringback.app.files import settle
from ringback.app.home import KEPT, Home
from ringback.database.faults import FileError
from ringback.database.opening import look, read_through, reading
from ringback.network.embedded.file import FORMAT as NETWORK
from ringback.store.tables import FORMAT as ACCOUNT

#: The first file of an archive: what it is and what is in it.
MANIFEST: Final = "ringback-backup.json"
FORMAT: Final = 1
#: Bytes of the longest manifest that is read.
_LONGEST: Final = 64 * 1024 * 1024
#: Seconds to wait for a database in which somebody writes.
_PATIENCE: Final = 30.0
_DATABASE: Final = ".sqlite"
#: Files beside databases that belong to the process that uses them, and copies that migrations made.
_BESIDE: Final = ("-wal", "-shm", "-journal", ".bak", ".sock")
#: How folders begin in which an archive is unpacked.
_UNPACKED: Final = ".unpacked."
_PIECE: Final = 1024 * 1024
#: How SQLite's errors begin that writing has: what is saved is only read.
_WRITING: Final = (
    "SQLITE_FULL",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_TRUNCATE",
    "SQLITE_IOERR_SHM",
)
#: What reading a file that is no archive, or a damaged one, may end in.
_UNREADABLE: Final = (
    *(tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile),
    *(ValueError, KeyError, TypeError, RecursionError),
)


class ArchiveError(Exception):
    """It cannot be done; the text says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was saved or put back. ``kept``: where the former home is now, None if there was none."""

    accounts: tuple[str, ...]
    files: int
    octets: int
    kept: Path | None = None


# Saving ---------------------------------------------------------------------------------------------------


def backup(home: Home, target: Path) -> Report:
    """Save a home into a new tar file of mode 0600 (compressed if it ends in ``gz``). Raises ArchiveError."""
    if target.exists():
        raise ArchiveError(f"{target} is there already")
    if not target.parent.is_dir():
        raise ArchiveError(f"there is no folder {target.parent}")
    try:
        names = _names(home.path)
        if not any(name.name.endswith(_DATABASE) for name in names):
            raise ArchiveError(f"nothing is in {home.path}")
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            stage = Path(folder)
            _copy(home.path, stage / "files", names)
            manifest = _manifest(home, stage / "files")
            _pack(stage, manifest, target.name.endswith("gz"))
            (stage / "tar").replace(target)
        settle(target.parent)
    except OSError as error:
        # What is made on the way to the target has names that nobody knows.
        own = error.filename is None or f".{target.name}." in str(error.filename)
        raise ArchiveError(f"{target if own else error.filename}: {error.strerror or error}") from None
    except FileError as error:
        raise ArchiveError(error.what) from None
    except sqlite3.Error as error:
        raise ArchiveError(f"a database cannot be read: {error}") from None
    return Report(
        tuple(manifest["accounts"]), len(manifest["files"]), sum(file["size"] for file in manifest["files"])
    )


def _names(home: Path) -> list[Path]:
    """What belongs into an archive: settings and databases of the home, everything in accounts' folders."""
    found = [path for path in home.glob("*") if path.suffix in (_DATABASE, ".toml", ".json")]
    for database in home.glob(f"*/*{_DATABASE}"):
        if not database.parent.name.startswith((".", KEPT)):
            found += database.parent.rglob("*")
    return sorted(
        {
            path.relative_to(home)
            for path in found
            if path.is_file()
            and not path.is_symlink()
            and not path.name.startswith(".")
            and not path.name.endswith(_BESIDE)
        }
    )


def _copy(home: Path, stage: Path, names: list[Path]) -> None:
    databases = [name for name in names if name.suffix == _DATABASE]
    for name in names:
        (stage / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _frozen([home / name for name in databases]) as moments:
        for name, moment in zip(databases, moments, strict=True):
            _copy_database(moment, stage / name)
    for name in names:
        if name not in databases:
            # A file that goes away meanwhile is none of what was saved at that moment.
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(home / name, stage / name)


@contextlib.contextmanager
def _frozen(databases: list[Path]) -> Iterator[list[sqlite3.Connection]]:
    """Read transactions on all of them that see the same moment."""
    with contextlib.ExitStack() as opened:

        def connect(path: Path) -> sqlite3.Connection:
            db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            opened.callback(db.close)
            return db

        barred = [connect(path) for path in databases]
        moments = [connect(path) for path in databases]
        try:
            for db in barred:
                db.execute("BEGIN IMMEDIATE")
            for db in moments:
                db.execute("BEGIN")
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            for db in barred:
                if db.in_transaction:
                    db.execute("ROLLBACK")
        yield moments


def _copy_database(moment: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        moment.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        read_through(target, copy)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "").startswith(_WRITING):
            why = f"cannot be written ({error}); is there room on its disk?"
            raise OSError(errno.ENOSPC, why, str(target)) from None
        raise
    finally:
        copy.close()


def _manifest(home: Home, stage: Path) -> dict[str, Any]:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "ringback": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "accounts": list(home.accounts()),
        "files": [
            {
                "name": path.relative_to(stage).as_posix(),
                "size": path.stat().st_size,
                "sha256": _checksum(path),
            }
            for path in files
        ],
    }


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(stage: Path, manifest: dict[str, Any], compressed: bool) -> None:
    (stage / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    with os.fdopen(os.open(stage / "tar", os.O_RDWR | os.O_CREAT, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz" if compressed else "w") as tar:
            names = [(MANIFEST, stage / MANIFEST)]
            names += [(entry["name"], stage / "files" / entry["name"]) for entry in manifest["files"]]
            for name, path in names:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = path.stat().st_size, 0o600, int(path.stat().st_mtime)
                with path.open("rb") as content:
                    tar.addfile(entry, content)
        file.flush()
        os.fsync(file.fileno())


# Putting back ---------------------------------------------------------------------------------------------


def restore(home: Home, archive: Path, replace: bool) -> Report:
    """Put an archive into a home that no engine uses. Raises ArchiveError, HomeBusyError.

    What is there stays, in a folder beside, and only if ``replace`` says so.
    """
    _recognise(archive)
    try:
        home.lock(restoring=True)
        for left in home.path.glob(f"{_UNPACKED}*"):  # of one that was killed
            shutil.rmtree(left)
        before = [path for path in home.path.iterdir() if _is_content(path)]
        if before and not replace:
            raise ArchiveError(f"{home.path} is in use: {', '.join(sorted(path.name for path in before))}")
        with tempfile.TemporaryDirectory(dir=home.path, prefix=_UNPACKED) as folder:
            stage = Path(folder)
            manifest = _unpack(archive, stage)
            _examine(stage)
            kept = _exchange(home, before, stage)
    except OSError as error:
        raise ArchiveError(f"{error.filename or home.path}: {error.strerror or error}") from None
    finally:
        home.unlock()
    files = manifest["files"]
    return Report(tuple(manifest["accounts"]), len(files), sum(file["size"] for file in files), kept)


def _is_content(path: Path) -> bool:
    return not (path.name in ("lock", "control.sock", "restoring") or path.name.startswith((".", KEPT)))


def _exchange(home: Home, before: list[Path], stage: Path) -> Path | None:
    """Move the old files away and the new ones in; only a whole new home may be used after it has begun."""
    kept = None
    if before:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = Path(tempfile.mkdtemp(dir=home.path, prefix=f"{KEPT}{stamp}-"))
    home.restoring.touch(0o600)
    settle(home.path)
    if kept is not None:
        _move(before, kept)
        settle(kept)
    _move(list(stage.iterdir()), home.path)
    settle(home.path)
    home.restoring.unlink()
    return kept


def _move(paths: list[Path], folder: Path) -> None:
    for path in paths:
        path.rename(folder / path.name)


def _recognise(archive: Path) -> None:
    """See whether it is a backup at all, before anything is made for it."""
    try:
        with tarfile.open(archive) as tar:
            _first(archive, tar)
    except _UNREADABLE:
        raise ArchiveError(f"{archive} is no backup of Ringback, or is damaged") from None
    except OSError as error:
        raise ArchiveError(f"{archive}: {error.strerror or error}") from None


def _first(archive: Path, tar: tarfile.TarFile) -> tarfile.TarInfo:
    first = tar.next()
    if first is None or first.name != MANIFEST or first.size > _LONGEST:
        raise ArchiveError(f"{archive} is no backup of Ringback")
    return first


def _unpack(archive: Path, stage: Path) -> dict[str, Any]:
    try:
        with tarfile.open(archive) as tar:
            first = _first(archive, tar)
            manifest = _read_manifest(archive, _content(archive, tar, first).read())
            wanted = {file["name"]: file for file in manifest["files"]}
            while (entry := tar.next()) is not None:
                file = wanted.pop(entry.name, None)
                if file is None or not entry.isfile() or entry.size != file["size"]:
                    raise ArchiveError(f"{archive} is damaged: {entry.name} should not be so in it")
                _write(_content(archive, tar, entry), stage, entry.name, file["sha256"], archive)
    except _UNREADABLE as error:
        raise ArchiveError(f"{archive} is damaged: {error}") from None
    if wanted:
        raise ArchiveError(f"{archive} is damaged: {next(iter(wanted))} is missing")
    return manifest


def _content(archive: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(entry)
    if content is None:
        raise ArchiveError(f"{archive} is damaged: {entry.name} is no file")
    return content


def _read_manifest(archive: Path, text: bytes) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise ArchiveError(f"{archive} is of a newer Ringback ({manifest['ringback']})")
    for file in manifest["files"]:
        path = PurePosixPath(file["name"])
        if path.is_absolute() or ".." in path.parts or not path.parts or str(path) != file["name"]:
            raise ArchiveError(f"{archive} is damaged: {file['name']!r} does not belong into a home")
        if not isinstance(file["size"], int) or not isinstance(file["sha256"], str):
            raise ArchiveError(f"{archive} is damaged: {file}")
    if not all(isinstance(name, str) for name in manifest["accounts"]):
        raise ArchiveError(f"{archive} is damaged: {manifest['accounts']}")
    return manifest


def _write(content: IO[bytes], stage: Path, name: str, checksum: str, archive: Path) -> None:
    path = stage / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            seen.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if seen.hexdigest() != checksum:
        raise ArchiveError(f"{archive} is damaged: {name} is not what was saved")


def _examine(stage: Path) -> None:
    """The databases are whole, ours, and of a version that we know."""
    for path in sorted(stage.rglob(f"*{_DATABASE}")):
        form = NETWORK if path.parent == stage else ACCOUNT
        try:
            look(path, form)
            with contextlib.closing(reading(path)) as db:
                read_through(path, db)
        except FileError as error:
            raise ArchiveError(f"in the backup {error.what.replace(f'{stage}/', '')}") from None
        except sqlite3.Error as error:
            raise ArchiveError(f"in the backup {path.relative_to(stage)} cannot be used: {error}") from None
