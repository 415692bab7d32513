"""Letters: taken once, kept until they are acknowledged, in order, never a flood."""

import sqlite3

import pytest

from ringback.domain.effects import ChangeContact, ContactAct, PostEdit, PostMessage
from ringback.domain.inputs import ContactCame, EditCame, MessageCame, Posted, PostRefused
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Mailbox
from ringback.network.embedded.post import IN_FLIGHT, RETRY, PostOffice
from ringback.network.embedded.sightings import Sightings
from ringback.ports.store import StoreError

CHAT = "#ann/$bob;0123456789abcdef"


def arrive(post, handle, listener):
    """An account is there and gets what waited for it."""
    post.open_box(handle, listener)
    post.deliver(handle)


def message(uid, body="hi"):
    return PostMessage(uid, "bob", CHAT, "said", body, 7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "embedded.sqlite"


def office(path, file=None):
    """The post office alone: nobody hears of anybody but by letters."""
    file = file or EmbeddedFile(path)
    directory = Directory(file, {})
    return PostOffice(file, Mailbox(file), directory, Sightings(directory, lambda _to, _event: False), {})


def test_a_letter_waits_for_its_receiver_even_when_the_process_ends(path):
    first = office(path)
    heard = []
    arrive(first, "bob", lambda event: None)
    first.leave("bob")
    arrive(first, "ann", heard.append)
    first.post("ann", message("1", "line\nbreak"), 0.0)
    first.post("ann", message("1"), 0.0)
    first.post("ann", PostEdit("2", "bob", CHAT, "1", "new", 8), 0.0)
    first.post("ann", ChangeContact("3", "bob", ContactAct.ASK, "please", 5), 0.0)
    assert heard == [Posted("1"), Posted("1"), Posted("2"), Posted("3")]
    # Not closed: as after kill -9.
    second, bob = office(path), []
    arrive(second, "bob", bob.append)
    assert bob == [
        MessageCame("1", "1", "ann", CHAT, "said", "line\nbreak", 7),
        EditCame(bob[1].receipt, "2", "ann", CHAT, "1", "new", 8),
        ContactCame(bob[2].receipt, "3", "ann", ContactAct.ASK, "please", 5),
    ]
    for event in bob[:2]:
        second.acknowledge("bob", event.receipt, 0.0)
    again = []
    arrive(office(path), "bob", again.append)
    assert again == bob[2:]


def test_nobody_is_written_to_whom_nobody_knows(path):
    heard = []
    post = office(path)
    arrive(post, "ann", heard.append)
    post.post("ann", message("1"), 0.0)
    assert heard == [PostRefused("1", "user_not_found")]


def test_a_crowd_of_letters_is_given_in_portions(path):
    post, heard = office(path), []
    arrive(post, "bob", lambda event: None)
    post.leave("bob")
    for number in range(IN_FLIGHT + 10):
        post.post("ann", message(str(number)), 0.0)
    arrive(post, "bob", heard.append)
    assert len(heard) == IN_FLIGHT
    for event in heard[:7]:
        post.acknowledge("bob", event.receipt, 0.0)
    assert [event.uid for event in heard] == [str(n) for n in range(IN_FLIGHT + 7)]


def test_what_cannot_be_written_waits_for_the_disk_in_its_order(path):
    file = EmbeddedFile(path)
    post, heard, bob = office(path, file), [], []
    arrive(post, "ann", heard.append)
    arrive(post, "bob", bob.append)
    db = file._db
    db.execute("PRAGMA query_only=ON")
    post.post("ann", message("1"), 0.0)
    post.post("ann", message("2"), 0.0)
    assert heard == bob == []
    assert post.next_deadline() == RETRY
    post.advance(RETRY)
    assert heard == []
    db.execute("PRAGMA query_only=OFF")
    post.advance(2 * RETRY)
    assert heard == [Posted("1"), Posted("2")]
    assert [event.uid for event in bob] == ["1", "2"]
    assert post.next_deadline() is None


def test_a_newer_or_foreign_file_is_refused_and_left_alone(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.execute("CREATE TABLE other (a)")
    db.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="Nothing was changed"):
        EmbeddedFile(path)
    db.close()
    assert path.read_bytes()[100:] == before[100:]


def test_the_file_is_for_its_owner_only(path):
    EmbeddedFile(path)
    assert path.stat().st_mode & 0o777 == 0o600
