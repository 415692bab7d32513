"""Work on files: each chore ends with its event, whatever happens, and nobody can pile up too much of it."""

import pytest

from ringback.app.chores import MOST_WAITING, Chores
from ringback.domain.effects import CheckPicture, LookAtFolder, LookAtPicture, ReadPicture, WritePicture
from ringback.domain.failures import Meaning
from ringback.domain.inputs import (
    FolderFound,
    PictureChecked,
    PictureFound,
    PictureRead,
    PictureRefused,
    PictureWritten,
)
from ringback.media.pictures import PictureFiles
from ringback.media.worker import InlineWorker
from ringback.ports.pictures import PictureError
from support.pictures import picture


class LateWorker:
    """Does nothing until it is told to."""

    def __init__(self):
        self.jobs = []

    def do(self, job, done):
        self.jobs.append((job, done))


class Failing:
    def __init__(self, error):
        self.error = error

    def __getattr__(self, _name):
        def fail(*_arguments):
            raise self.error

        return fail


def done(pictures, chore):
    heard = []
    Chores(pictures, InlineWorker(), heard.append).do(chore)
    return heard


def test_each_chore_ends_with_its_event(tmp_path):
    path = picture(tmp_path / "a.png")
    data = path.read_bytes()
    files = PictureFiles()
    assert done(files, ReadPicture(1, f"{path}:0")) == [PictureRead(1, str(path), data)]
    assert done(files, LookAtPicture(2, str(path))) == [PictureFound(2, str(path))]
    assert done(files, WritePicture(3, data, f"{tmp_path}/b.png")) == [PictureWritten(3)]
    assert done(files, CheckPicture("bob", "digest", data)) == [PictureChecked("bob", "digest", data)]
    assert done(files, CheckPicture("bob", "digest", b"x")) == [PictureChecked("bob", "digest", b"")]
    assert done(files, LookAtFolder(4, str(tmp_path))) == [FolderFound(4, True)]
    for wrong in (str(path), f"{tmp_path}/none", "tmp", "", "C:\\temp", "/a\0b"):
        assert done(files, LookAtFolder(4, wrong)) == [FolderFound(4, False)]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PictureError(Meaning.FILE_NOT_EMPTY), Meaning.FILE_NOT_EMPTY),
        (TimeoutError("no answer"), Meaning.ACTION_FAILED),
        (ZeroDivisionError("our fault"), Meaning.ACTION_FAILED),
    ],
)
def test_what_goes_wrong_is_told(error, why, caplog):
    files = Failing(error)
    for chore in (ReadPicture(1, "/x"), LookAtPicture(1, "/x"), WritePicture(1, b"", "/x")):
        assert done(files, chore) == [PictureRefused(1, why)]
    assert done(files, CheckPicture("bob", "digest", b"x")) == [PictureChecked("bob", "digest", b"")]
    assert ("our fault" in caplog.text) == isinstance(error, ZeroDivisionError)


def test_too_many_chores_are_refused_at_once(tmp_path):
    heard, worker = [], LateWorker()
    chores = Chores(PictureFiles(), worker, heard.append)
    for number in range(MOST_WAITING + 5):
        chores.do(LookAtPicture(number, "/nowhere"))
    assert heard == [PictureRefused(MOST_WAITING + n, Meaning.ACTION_FAILED) for n in range(5)]
    heard.clear()
    chores.do(LookAtFolder(1, "/"))
    assert heard == [FolderFound(1, False)]
    # Pictures of other people are no program's fault.
    chores.do(CheckPicture("bob", "digest", b"x"))
    assert len(worker.jobs) == MOST_WAITING + 1
    job, done_with = worker.jobs.pop(0)
    try:
        done_with(job())
    except PictureError as error:
        done_with(error)
    assert heard[-1] == PictureRefused(0, Meaning.FILE_NOT_FOUND)
