"""AVATAR and WALLPAPER through the whole engine, with real files."""

import pytest

from ringback.domain.inputs import AvatarSeen, PersonSeen
from ringback.store.sqlite import SqliteStore
from support.faults import IllStore
from support.pictures import picture, shows
from support.replay import World


@pytest.fixture
def world():
    return World("anna", "bob")


@pytest.mark.rule("set-avatar-r01", "get-avatar-r01")
@pytest.mark.parametrize("name", ["kitten.png", "my kitten.jpg"])
def test_the_own_picture_goes_in_and_comes_out(anna, tmp_path, name):
    given = picture(tmp_path / name)
    saved = tmp_path / f"saved {name}"
    assert anna.ask(f"SET AVATAR 1 {given}") == f"AVATAR 1 {given}"
    assert anna.news() == []
    wanted = given.read_bytes()
    given.unlink()
    assert anna.ask(f"GET AVATAR 1 {saved}") == f"AVATAR 1 {saved}"
    assert saved.read_bytes() == wanted
    for command in (f"SET AVATAR 0 {saved}", f"SET AVATAR 2 {saved}", f"GET AVATAR 2 {saved}"):
        assert anna.ask(command).startswith("ERROR 114 ")


def test_the_answer_to_an_index_is_without_it(anna, tmp_path):
    given = picture(tmp_path / "a.png")
    assert anna.ask(f"SET AVATAR 1 {given}:0") == f"AVATAR 1 {given}"
    assert anna.ask(f"SET AVATAR 1 {given}:3").startswith("ERROR 114 ")


def test_a_refused_picture_changes_nothing(anna, bob, tmp_path):
    given = picture(tmp_path / "a.png", colour="blue")
    anna.ask(f"SET AVATAR 1 {given}")
    (tmp_path / "bad.png").write_text("no picture")
    assert anna.ask(f"SET AVATAR 1 {tmp_path}/bad.png").startswith("ERROR 114 ")
    assert anna.ask(f"SET AVATAR 1 {tmp_path}/none.png").startswith("ERROR 111 ")
    for number, asker, whose in ((1, anna, ""), (2, bob, "USER anna ")):
        assert asker.ask(f"GET {whose}AVATAR 1 {tmp_path}/{number}.png").endswith(f"{number}.png")
        assert (tmp_path / f"{number}.png").read_bytes() == given.read_bytes()


@pytest.mark.rule("get-user-avatar-r01")
def test_others_have_the_picture(world, anna, bob, tmp_path):
    given = picture(tmp_path / "a.png", colour="blue")
    target = tmp_path / "b.jpg"
    assert anna.ask(f"GET USER bob AVATAR 1 {target}").startswith("ERROR 122 ")
    bob.ask(f"SET AVATAR 1 {given}")
    assert anna.ask(f"GET USER BOB AVATAR 1 {target}") == f"USER BOB AVATAR 1 {target}"
    kind, size, (red, _, blue) = shows(target)
    assert (kind, size) == ("JPEG", (32, 24))
    assert blue > 240
    assert red < 10
    # The own picture as somebody else's.
    assert bob.ask(f"GET USER bob AVATAR 1 {tmp_path}/own.png") == f"USER bob AVATAR 1 {tmp_path}/own.png"
    # Whoever comes later sees it, and who has seen it keeps it.
    again = World("carol", "bob", "anna", stores=world.stores)
    for handle in ("carol", "anna"):
        saved = tmp_path / f"{handle}.png"
        assert again.attach(handle).ask(f"GET USER bob AVATAR 1 {saved}") == f"USER bob AVATAR 1 {saved}"
        assert saved.read_bytes() == given.read_bytes()
    alone = World("anna", stores=world.stores).attach("anna")
    assert alone.ask(f"GET USER bob AVATAR 1 {tmp_path}/alone.png").startswith("USER bob AVATAR 1 ")


def test_a_new_picture_replaces_the_old_one_everywhere(anna, bob, tmp_path):
    for number, colour in enumerate(("blue", "red", "blue")):
        given = picture(tmp_path / f"{number}.png", colour=colour)
        bob.ask(f"SET AVATAR 1 {given}")
        saved = tmp_path / f"saved{number}.png"
        anna.ask(f"GET USER bob AVATAR 1 {saved}")
        assert saved.read_bytes() == given.read_bytes()


@pytest.mark.parametrize(("whose", "shown"), [("", ""), ("USER bob ", "USER bob ")])
def test_why_a_picture_is_not_put_into_a_file(anna, bob, tmp_path, whose, shown):
    """The numbers of a program that imitated the API (121, 122, 124); an index has the table's own (114)."""
    ask = f"GET {whose}AVATAR"
    assert bob.ask(f"{ask} 1 {tmp_path}/a.png").startswith("ERROR 122 ")
    bob.ask(f"SET AVATAR 1 {picture(tmp_path / 'given.png')}")
    assert bob.ask(f"{ask} 2 {tmp_path}/a.png").startswith("ERROR 114 ")
    assert bob.ask(f"{ask} 1").startswith("ERROR 114 ")
    for path in ("/nowhere/at/all.png", "a.png", f"{tmp_path}", "/dev/null"):
        assert bob.ask(f"{ask} 1 {path}").startswith("ERROR 121 ")
    (tmp_path / "full.png").write_text("mine")
    assert bob.ask(f"{ask} 1 {tmp_path}/full.png").startswith("ERROR 124 ")
    (tmp_path / "empty.png").touch()
    assert bob.ask(f"{ask} 1 {tmp_path}/empty.png") == f"{shown}AVATAR 1 {tmp_path}/empty.png"


def test_what_the_network_calls_a_picture_is_checked(world, anna, tmp_path):
    happens = world.runtimes["anna"]._heard
    happens(PersonSeen("eve", (("fullname", "Eve"),)))
    for hostile in (b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(10_000)):
        happens(AvatarSeen("eve", hostile))
        assert anna.ask(f"GET USER eve AVATAR 1 {tmp_path}/x.png").startswith("ERROR 122 ")
    large = picture(tmp_path / "large.png", size=(2000, 1000)).read_bytes()
    happens(AvatarSeen("eve", large))
    anna.ask(f"GET USER eve AVATAR 1 {tmp_path}/eve.png")
    assert shows(tmp_path / "eve.png")[1] == (640, 320)
    happens(AvatarSeen("eve", b""))
    assert anna.ask(f"GET USER eve AVATAR 1 {tmp_path}/x.png").startswith("ERROR 122 ")
    assert not (tmp_path / "x.png").exists()


def test_a_picture_that_could_not_be_stored_was_not_taken(tmp_path):
    store = IllStore()
    world = World("anna", "bob", stores={"bob": store})
    anna, bob = world.attach("anna"), world.attach("bob")
    given = picture(tmp_path / "a.png")
    store.ill = True
    assert bob.ask(f"SET AVATAR 1 {given}").startswith("ERROR 9901 ")
    assert bob.ask(f"GET AVATAR 1 {tmp_path}/x.png").startswith("ERROR ")
    store.ill = False
    world.wait(2)
    assert bob.ask(f"GET AVATAR 1 {tmp_path}/x.png").startswith("ERROR 122 ")
    assert anna.ask(f"GET USER bob AVATAR 1 {tmp_path}/x.png").startswith("ERROR 122 ")
    assert bob.ask(f"SET AVATAR 1 {given}") == f"AVATAR 1 {given}"


def test_pictures_are_kept_in_the_database(tmp_path):
    given = picture(tmp_path / "a.png")
    for answer in ("SET", "GET"):
        store = SqliteStore(tmp_path / "account.sqlite")
        world = World("me", stores={"me": store})
        program = world.attach()
        path = given if answer == "SET" else tmp_path / "saved.png"
        assert program.ask(f"{answer} AVATAR 1 {path}") == f"AVATAR 1 {path}"
        world.runtimes["me"].stop()
    assert (tmp_path / "saved.png").read_bytes() == given.read_bytes()


# Wallpaper ------------------------------------------------------------------------------------------------


@pytest.mark.rule("wallpaper-r01", "wallpaper-r05")
def test_the_wallpaper_is_said_twice_and_goes_with_an_empty_name(world, anna, tmp_path):
    other = world.attach("anna")
    path = picture(tmp_path / "my wall.bmp")
    assert anna.ask("GET WALLPAPER") == "WALLPAPER "
    assert anna.ask(f"SET WALLPAPER {path}") == f"WALLPAPER {path}"
    assert anna.news() == other.news() == [f"WALLPAPER {path}"]
    assert anna.ask("GET WALLPAPER") == f"WALLPAPER {path}"
    assert World("anna", stores=world.stores).attach("anna").ask("GET WALLPAPER") == f"WALLPAPER {path}"
    assert anna.ask("SET WALLPAPER") == "WALLPAPER "
    assert anna.news() == ["WALLPAPER "]
    assert anna.ask("GET WALLPAPER") == "WALLPAPER "


@pytest.mark.rule("wallpaper-r02", "wallpaper-r03")
def test_a_wallpaper_is_a_picture_by_its_full_path(anna, tmp_path):
    for name in ("a.png", "a.jpg", "a.bmp"):
        path = picture(tmp_path / name)
        assert anna.ask(f"SET WALLPAPER {path}") == f"WALLPAPER {path}"
    assert anna.ask(f'SET WALLPAPER "{path}"').startswith("ERROR 111 ")
    assert anna.ask("SET WALLPAPER a.bmp").startswith("ERROR 111 ")
    assert anna.ask(f"SET WALLPAPER {picture(tmp_path / 'a.gif')}").startswith("ERROR 18 ")
    assert anna.ask("GET WALLPAPER") == f"WALLPAPER {path}"
