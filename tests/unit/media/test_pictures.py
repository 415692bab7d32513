"""Files of pictures: what is one, what is made of it, and what is never waited for or overwritten."""

import errno
import io
import os
import time

import pytest
from PIL import Image

from ringback.domain.failures import Meaning
from ringback.media import pictures as pictures_module
from ringback.media.pictures import LARGEST_FILE, LARGEST_PICTURE, SHOWN_BYTES, SHOWN_SIDES, PictureFiles
from ringback.ports.pictures import PictureError
from support.pictures import noisy, picture, png_of, shows

FILES = PictureFiles()


def why(do, *arguments):
    with pytest.raises(PictureError) as refused:
        do(*arguments)
    return refused.value.meaning


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a b ä.jpeg", "a.picture"])
def test_a_small_picture_is_kept_as_it_is(tmp_path, name):
    path = picture(tmp_path / name, "PNG" if name == "a.picture" else None)
    assert FILES.read(str(path)) == (str(path), path.read_bytes())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png(tmp_path, mode):
    path = tmp_path / "a.png"
    Image.new(mode, (900, 30)).save(path)
    _, data = FILES.read(str(path))
    assert opened(data).size[0] == SHOWN_SIDES[0]


def test_a_large_picture_is_made_smaller(tmp_path):
    path = noisy(tmp_path / "a.png", 1500)
    assert path.stat().st_size > 1024 * 1024
    _, data = FILES.read(str(path))
    assert len(data) <= SHOWN_BYTES
    assert max(opened(data).size) <= SHOWN_SIDES[0]
    assert opened(data).format == "PNG"
    path = noisy(tmp_path / "a.jpg", 2000, quality=95)
    _, data = FILES.read(str(path))
    assert len(data) <= SHOWN_BYTES
    assert opened(data).format == "JPEG"


def test_a_photograph_stands_upright_and_tells_nothing_of_its_camera(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Anna"
    path = picture(tmp_path / "a.jpg", size=(40, 20), exif=exif)
    assert b"Camera of Anna" in path.read_bytes()
    _, data = FILES.read(str(path))
    assert opened(data).size == (20, 40)
    assert b"Camera" not in data
    assert not opened(data).getexif()


def test_transparency_stays(tmp_path):
    path = picture(tmp_path / "a.png", size=(700, 700), mode="RGBA", colour=(255, 0, 0, 40))
    _, data = FILES.read(str(path))
    assert opened(data).convert("RGBA").getpixel((5, 5)) == (255, 0, 0, 40)


def bad(tmp_path, name):
    good = picture(tmp_path / "good.png", size=(300, 300)).read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    made = {
        "empty": b"",
        "text": b"not a picture\n" * 100,
        "half": good[: len(good) // 2],
        "flipped": bytes(flipped),
        "head": good[:40],
        "bomb": png_of(60_000, 60_000),
        "wide": png_of(2**31 - 1, 1),
        "short of pixels": png_of(500, 500),
        "huge file": b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_FILE),
        "gif": picture(tmp_path / "x.gif").read_bytes(),
        "bmp": picture(tmp_path / "x.bmp").read_bytes(),
        "half a photograph": noisy(tmp_path / "x.jpg", 300).read_bytes()[:5000],
    }
    path = tmp_path / f"{name}.png"
    path.write_bytes(made[name])
    return path


@pytest.mark.parametrize(
    "name",
    [
        "empty",
        "text",
        "half",
        "flipped",
        "head",
        "bomb",
        "wide",
        "short of pixels",
        "huge file",
        "gif",
        "bmp",
        "half a photograph",
    ],
)
def test_what_is_no_picture(tmp_path, name):
    started = time.process_time()
    assert why(FILES.read, str(bad(tmp_path, name))) is Meaning.INVALID_PICTURE
    assert time.process_time() - started < 2


def test_the_largest_picture(tmp_path):
    side = int(LARGEST_PICTURE**0.5)
    path = tmp_path / "a.png"
    Image.new("1", (side, side)).save(path)
    assert len(FILES.read(str(path))[1]) <= SHOWN_BYTES
    Image.new("1", (side + 2, side + 2)).save(path)
    assert why(FILES.read, str(path)) is Meaning.INVALID_PICTURE


def test_a_wallpaper_may_also_be_a_bmp_and_stays_where_it_is(tmp_path):
    for name in ("a.bmp", "a.png", "a.jpg"):
        FILES.look(str(picture(tmp_path / name, size=(1000, 700))))
    assert why(FILES.look, str(picture(tmp_path / "a.gif"))) is Meaning.INVALID_PICTURE
    assert why(FILES.look, str(tmp_path / "none.png")) is Meaning.FILE_NOT_FOUND


def test_the_index_of_a_collection(tmp_path):
    path = picture(tmp_path / "a.png")
    assert FILES.read(f"{path}:0") == (str(path), path.read_bytes())
    assert why(FILES.read, f"{path}:1") is Meaning.INVALID_PICTURE
    assert why(FILES.read, f"{tmp_path}/none.png:0") is Meaning.FILE_NOT_FOUND
    odd = picture(tmp_path / "a:1", "PNG")
    assert FILES.read(str(odd))[0] == str(odd)


@pytest.mark.parametrize(
    "path", ["a.png", "", "~/a.png", "/nowhere/at/all.png", "/", "/dev/zero", "/a\0b", "C:\\a.png"]
)
def test_what_is_no_file(tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "a.png")
    assert why(FILES.read, path) is Meaning.FILE_NOT_FOUND
    assert why(FILES.look, path) is Meaning.FILE_NOT_FOUND


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    path = picture(tmp_path / "a.png")
    assert why(FILES.read, str(tmp_path / "pipe")) is Meaning.FILE_NOT_FOUND
    assert why(FILES.write, path.read_bytes(), str(tmp_path / "pipe")) is Meaning.FILE_NOT_FOUND


# Writing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a", None)]
)
def test_a_picture_is_written_as_the_name_says(tmp_path, given, name, kind):
    data = picture(tmp_path / "given", given, colour=(0, 0, 255)).read_bytes()
    FILES.write(data, str(tmp_path / name))
    shown, size, (red, _, blue) = shows(tmp_path / name)
    assert (shown, size) == (kind or given, (32, 24))
    assert red < 10
    assert blue > 240
    if kind in (None, given):
        assert (tmp_path / name).read_bytes() == data


def test_what_is_seen_through_is_white_in_a_photograph(tmp_path):
    data = picture(tmp_path / "given.png", mode="RGBA", colour=(0, 0, 0, 0)).read_bytes()
    FILES.write(data, str(tmp_path / "a.jpg"))
    assert shows(tmp_path / "a.jpg")[2] == (255, 255, 255)


def test_an_empty_file_is_filled_and_nothing_else_is_touched(tmp_path):
    data = picture(tmp_path / "given.png").read_bytes()
    (tmp_path / "empty.png").touch()
    FILES.write(data, str(tmp_path / "empty.png"))
    assert (tmp_path / "empty.png").read_bytes() == data
    (tmp_path / "full.png").write_text("mine")
    assert why(FILES.write, data, str(tmp_path / "full.png")) is Meaning.FILE_NOT_EMPTY
    assert (tmp_path / "full.png").read_text() == "mine"
    (tmp_path / "link.png").symlink_to(tmp_path / "target.png")
    assert why(FILES.write, data, str(tmp_path / "link.png")) is Meaning.FILE_NOT_FOUND
    assert not (tmp_path / "target.png").exists()


@pytest.mark.parametrize(
    "path", ["a.png", "", "/nowhere/at/all.png", "/", "/dev/null", "/a\0b", "/proc/x.png"]
)
def test_where_nothing_can_be_written(tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = picture(tmp_path / "given.png").read_bytes()
    assert why(FILES.write, data, path) is Meaning.FILE_NOT_FOUND
    assert sorted(p.name for p in tmp_path.iterdir()) == ["given.png"]


def test_a_full_disk_leaves_no_half_picture(tmp_path, monkeypatch):
    data = picture(tmp_path / "given.png").read_bytes()
    real = os.fdopen

    def full(handle, *how, **more):
        file = real(handle, *how, **more)

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, _data):
                raise OSError(errno.ENOSPC, "no space left")

        return Full()

    monkeypatch.setattr(pictures_module.os, "fdopen", full)
    assert why(FILES.write, data, str(tmp_path / "a.png")) is Meaning.ACTION_FAILED
    assert not (tmp_path / "a.png").exists()
