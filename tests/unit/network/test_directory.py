"""Who sees what of whom, whatever was said in whatever order, and after the process was killed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.domain.effects import ChangeContact, ContactAct
from ringback.domain.finding import Wanted
from ringback.network.embedded.directory import Directory
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.residents import RESIDENTS

A, B = "ann", "bob"
PROFILE = (("fullname", "Ann A."), ("mood_text", "fine"), ("phone_home", "1"), ("birthday", 19800131))


@pytest.fixture
def directory():
    directory = Directory(EmbeddedFile(), RESIDENTS)
    directory.show(A, PROFILE)
    directory.appear(A, "away", 5)
    return directory


def says(directory, act, serial, owner=A, other=B):
    return directory.note(owner, ChangeContact(str(serial), other, act, serial=serial))


def seen(directory, viewer=B):
    fields = dict(directory.view(A, viewer))
    return tuple(fields.get(name) for name in ("online_status", "mood_text", "phone_home", "fullname"))


STRANGER, FRIEND = ("offline", "", "", "Ann A."), ("away", "fine", "1", "Ann A.")


def test_a_stranger_sees_what_is_for_all(directory):
    assert seen(directory) == STRANGER
    assert directory.view("nobody", B) is None
    assert dict(directory.view(A, B))["birthday"] == 19800131
    assert seen(directory, A) == FRIEND


@pytest.mark.parametrize("act", [ContactAct.ASK, ContactAct.GRANT])
def test_leave_is_given_with_a_question_or_an_answer(directory, act):
    assert says(directory, act, 1)
    assert seen(directory) == FRIEND
    assert directory.watchers(A) == [B]
    assert directory.watched(B) == [A]
    assert dict(directory.view(B, A) or ()) == {}


@pytest.mark.parametrize("act", [ContactAct.REFUSE, ContactAct.REMOVE])
def test_leave_is_taken_back(directory, act):
    says(directory, ContactAct.GRANT, 1)
    assert says(directory, act, 2)
    assert seen(directory) == STRANGER
    assert directory.watchers(A) == directory.watched(B) == []


def test_who_is_blocked_sees_somebody_who_went_away(directory):
    says(directory, ContactAct.GRANT, 1)
    assert says(directory, ContactAct.BLOCK, 9_000)
    assert seen(directory) == ("offline", None, None, "Ann A.")
    assert dict(directory.view(A, B))["last_online"] == 9
    directory.appear(A, "online", 20)
    directory.appear(A, "offline", 30)
    assert dict(directory.view(A, B))["last_online"] == 9
    assert says(directory, ContactAct.UNBLOCK, 40_000)
    assert dict(directory.view(A, B))["last_online"] == 30
    # Who hides already went away when they hid.
    assert says(directory, ContactAct.BLOCK, 50_000)
    assert dict(directory.view(A, B))["last_online"] == 30


def test_words_that_come_again_or_late_are_known(directory):
    assert says(directory, ContactAct.GRANT, 5)
    for serial in (5, 4, 0):
        assert not says(directory, ContactAct.REMOVE, serial)
    assert seen(directory) == FRIEND


def test_residents_are_seen_as_they_say():
    directory = Directory(EmbeddedFile(), RESIDENTS)
    assert dict(directory.view("echo123", B))["online_status"] == "online"
    assert dict(directory.view("busy.bee", B))["online_status"] == "offline"
    for robot, resident in RESIDENTS.items():
        answer = resident.answers(ChangeContact("u", robot, ContactAct.ASK, serial=7), B)
        assert answer is None or (answer.to, answer.serial) == (B, 7)
        assert resident.answers(ChangeContact("u", robot, ContactAct.REMOVE, serial=7), B) is None


def test_it_is_the_same_after_a_kill(tmp_path):
    path = tmp_path / "embedded.sqlite"
    first = Directory(EmbeddedFile(path), RESIDENTS)
    first.show(A, PROFILE)
    first.appear(A, "online", 77)
    first.look(A, b"picture")
    says(first, ContactAct.GRANT, 3)
    # Not closed.
    second = Directory(EmbeddedFile(path), RESIDENTS)
    assert seen(second) == ("offline", "fine", "1", "Ann A.")
    assert dict(second.view(A, B))["last_online"] == 77
    assert second.picture(A) == b"picture"
    assert not second.look(A, b"picture")
    assert second.look(A, b"")
    assert second.picture(A) == b""
    assert not says(second, ContactAct.REMOVE, 3)


TEXT = st.text(st.sampled_from("anAN @.Ä"), min_size=1, max_size=4)


@settings(deadline=None)
@given(TEXT, st.lists(st.tuples(st.text(st.sampled_from("an@.ä"), min_size=1, max_size=5), TEXT), max_size=5))
def test_the_file_finds_whom_the_rule_finds(text, people):
    """One rule, once in SQL and once for those who are known without a network."""
    directory = Directory(EmbeddedFile(), {})
    for handle, fullname in people:
        directory.show(handle, (("fullname", fullname),))
    wanted = Wanted(text)
    if wanted.text:
        assert set(directory.find(text)) == {
            h for h, name in dict(people).items() if wanted.is_met_by(h, name)
        }
