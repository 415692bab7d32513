"""What a close look at messages found: broken markup, purges in one group, edits again, large backlogs."""

import sqlite3

import pytest

from ringback.domain import messages
from ringback.domain.inputs import EditCame, MessageCame
from ringback.network.embedded import mailbox
from ringback.network.embedded.file import EmbeddedFile
from ringback.network.embedded.mailbox import Mailbox
from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from support.replay import World

CHAT = "#ann/$bob;0000000000000001"


def begun(stores=None):
    world = World("ann", "bob", stores=stores)
    ann, bob = world.attach("ann"), world.attach("bob")
    assert ann.ask("MESSAGE bob hello") == "CHATMESSAGE 3 STATUS SENDING"
    ann.news()
    bob.news()
    return world, ann, bob


@pytest.mark.parametrize("broken", ["<![x[", "<![foo[bar]]>", "<![ x", "<!x", "<?", "</"])
def test_broken_markup_is_text(broken):
    _world, ann, bob = begun()
    assert ann.ask(f"ALTER CHAT {CHAT} SETTOPICXML {broken}") == "ALTER CHAT SETTOPICXML"
    assert bob.ask(f"GET CHAT {CHAT} TOPICXML") == f"CHAT {CHAT} TOPICXML {broken}"
    assert ann.ask(f"SET PROFILE RICH_MOOD_TEXT {broken}") == f"PROFILE RICH_MOOD_TEXT {broken}"


def test_what_is_written_between_two_purges_of_one_group_is_gone():
    world, ann, _bob = begun()
    runtime = world.runtimes["ann"]
    runtime._releasing = True
    release, runtime._release = runtime._release, lambda: None
    runtime._release_soon = lambda: None
    for command in ("CLEAR CHATHISTORY", "MESSAGE bob secret", "CLEAR CHATHISTORY"):
        ann.link.send(command)
    del runtime._release_soon
    runtime._release = release
    runtime._release()
    assert ann.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "
    assert world.restart("ann").ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "


def test_edits_that_come_again_or_late_change_nothing():
    world, ann, bob = begun()
    ann.ask("SET CHATMESSAGE 3 BODY two")
    ann.ask("SET CHATMESSAGE 3 BODY three")
    bob.news()
    uid = world.runtimes["bob"].engine.account.messages.find(3).uid
    for serial, text in ((1, "two"), (2, "three")):
        world.runtimes["bob"]._heard(EditCame(str(90 + serial), "e", "ann", CHAT, uid, text, 5, serial))
    assert bob.news() == []
    assert bob.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY three"


def test_blocked_people_change_nothing_and_are_not_written_to():
    _world, ann, bob = begun()
    assert bob.ask("SET USER ann ISBLOCKED TRUE") == "USER ann ISBLOCKED TRUE"
    bob.news()
    ann.ask("SET CHATMESSAGE 3 BODY insult")
    ann.ask(f"ALTER CHAT {CHAT} SETTOPIC insult")
    assert bob.news() == []
    assert bob.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY hello"
    assert bob.ask(f"ALTER CHAT {CHAT} SETTOPIC answer").startswith("ERROR ")
    assert ann.ask(f"GET CHAT {CHAT} TOPIC") == f"CHAT {CHAT} TOPIC insult"


def test_of_an_old_message_only_seen_can_be_set():
    world, ann, _bob = begun()
    old = world.attach("ann", protocol=2)
    assert old.ask("SET MESSAGE 3 BODY changed").startswith("ERROR 32 ")
    assert ann.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY hello"


class Unreadable(MemoryStore):
    broken = False

    def keys(self, *given):
        if self.broken:
            raise StoreError("input/output error")
        return super().keys(*given)


def test_a_message_waits_while_the_store_cannot_be_read():
    store = Unreadable()
    world, ann, bob = begun({"bob": store})
    store.broken = True
    ann.ask("MESSAGE bob one")
    assert bob.news() == []
    store.broken = False
    ann.ask("MESSAGE bob two")
    world.wait(3)
    assert [line for line in bob.news() if line.endswith("RECEIVED")] == [
        f"CHATMESSAGE {n} STATUS RECEIVED" for n in (4, 5)
    ]
    assert bob.ask("GET CHATMESSAGE 4 BODY") == "CHATMESSAGE 4 BODY one"


def test_waiting_letters_are_found_without_sorting(tmp_path):
    EmbeddedFile(tmp_path / "e.sqlite").close()
    db = sqlite3.connect(tmp_path / "e.sqlite")
    query = "SELECT number FROM letter WHERE receiver = 'a' AND number > 7 ORDER BY number LIMIT 5"
    plan = " ".join(step[3] for step in db.execute(f"EXPLAIN QUERY PLAN {query}"))
    db.close()
    assert "number>?" in plan
    assert "TEMP" not in plan


def test_large_letters_come_in_small_portions(tmp_path):
    post = Mailbox(EmbeddedFile(tmp_path / "e.sqlite"))
    for number in range(8):
        post.put("ann", "bob", str(number), {"what": "message", "body": "x" * mailbox.PORTION})
    assert len(post.waiting("bob", 0, 100)) == 1


def test_large_messages_are_not_kept_for_ever():
    world, ann, bob = begun()
    for _ in range(40):
        ann.ask(f"MESSAGE bob {'x' * 1_000_000}")
    for kept in (world.runtimes[name].engine.account.messages for name in ("ann", "bob")):
        assert kept.size == sum(len(message.body) for message in kept.kept.values())
        assert kept.size <= 2 * messages.KEPT_TEXT + 1_000_000
    ids = bob.ask("SEARCH CHATMESSAGES").partition(" ")[2].split(", ")
    assert len(ids) == 41
    assert all(len(bob.ask(f"GET CHATMESSAGE {key} BODY")) > 1_000_000 for key in ids[:-1])


def test_what_was_performed_does_not_keep_its_text():
    world = World("me")
    program = world.attach()
    world.world.search = lambda *_given: None
    program.link.send("SEARCH USERS nobody")
    for _ in range(5):
        program.link.send("FOO " + "y" * 1_000_000)
    (session,) = world.runtimes["me"].sessions._sessions.values()
    assert all(len(getattr(entry, "text", "")) < 100 for entry in session.queue)


def test_a_strange_message_is_taken_once_even_if_its_topic_is_broken():
    world, _ann, bob = begun()
    world.runtimes["bob"]._heard(MessageCame("9", "u9", "ann", CHAT, "settopicxml", "<![x[", 5))
    assert bob.ask(f"GET CHAT {CHAT} TOPIC") == f"CHAT {CHAT} TOPIC <![x["
