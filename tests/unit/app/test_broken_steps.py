"""Something of ours goes wrong in the middle of a step: nothing of it is left, and everything goes on."""

import pytest

from ringback.app import runtime as runtime_module
from ringback.domain.changes import Kind
from ringback.domain.engine import Engine
from ringback.domain.failures import Failure, Meaning
from ringback.domain.inputs import DeadlinePassed, LinkChanged, MessageCame
from ringback.domain.settings import SETTINGS
from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from ringback.store.sqlite import SqliteStore
from support.faults import Fault, Faults, assert_memory_is_store
from support.replay import World

CRASH = "ERROR 9901 Internal error"
CHAT = "#me/$bob;0000000000000001"
#: What is done before, what breaks, and the beginning of the answer when it does not.
BROKEN = {
    "settings": ((), "SET AUTOAWAY OFF", "AUTOAWAY OFF"),
    "status": ((), "SET USERSTATUS DND", "USERSTATUS DND"),
    "offline": (("CALL echo123",), "SET USERSTATUS OFFLINE", "USERSTATUS OFFLINE"),
    "signing out": (("CALL echo123",), "SET USERSTATUS LOGGEDOUT", "USERSTATUS LOGGEDOUT"),
    "profile": ((), "SET PROFILE CITY Tartu", "PROFILE CITY Tartu"),
    "contact": ((), "SET USER bob BUDDYSTATUS 2 please", "USER bob BUDDYSTATUS 2"),
    "block": (("MESSAGE bob hello",), "SET USER bob ISBLOCKED TRUE", "USER bob ISBLOCKED TRUE"),
    "dialog": ((), "CHAT CREATE bob", "CHAT #me/$bob"),
    "message": (("MESSAGE bob hello",), "MESSAGE bob again", "CHATMESSAGE"),
    "first message": ((), "MESSAGE bob hello", "CHATMESSAGE"),
    "edit": (("MESSAGE bob hello",), "SET CHATMESSAGE 3 BODY bye", "CHATMESSAGE 3 BODY bye"),
    "topic": (("MESSAGE bob hello",), f"ALTER CHAT {CHAT} SETTOPIC tea", "ALTER CHAT SETTOPIC"),
    "bookmark": (("MESSAGE bob hello",), f"ALTER CHAT {CHAT} BOOKMARK", f"ALTER CHAT {CHAT} BOOKMARKED TRUE"),
    "clear messages": (("MESSAGE bob a", "MESSAGE bob b"), "CLEAR CHATHISTORY", "CLEAR CHATHISTORY"),
    "call": ((), "CALL bob", "CALL 1 STATUS UNPLACED"),
    "hang up": (("CALL echo123",), "ALTER CALL 1 HANGUP", "ALTER CALL 1 HANGUP"),
    "second call": (("CALL echo123", "WAIT"), "ALTER CALL 1 HOLD", "ALTER CALL 1 HOLD"),
    "clear calls": (("CALL busy.bee", "WAIT"), "CLEAR CALLHISTORY ALL", "CLEAR CALLHISTORY ALL"),
    "seen": (("BOB CALL me", "BOB ALTER CALL 1 HANGUP"), "SET CALL 1 SEEN", "CALL 1 SEEN TRUE"),
    "search": ((), "SEARCH USERS bob", "USERS bob"),
    "silence": ((), "SET SILENT_MODE ON", "SILENT_MODE ON"),
}


@pytest.fixture
def faults(monkeypatch):
    return Faults(monkeypatch)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "me.sqlite")
    yield made
    made.close()


def prepared(stores, before):
    world = World("me", "bob", stores=stores)
    me, other = world.attach("me"), world.attach("me", name="other")
    for command in before:
        if command == "WAIT":
            world.wait(4)
        elif command.startswith("BOB "):
            assert "ERROR" not in world.attach("bob").ask(command.removeprefix("BOB "))
        else:
            assert "ERROR" not in me.ask(command)
    me.news()
    other.news()
    return world, me, other


@pytest.mark.parametrize("name", BROKEN)
def test_a_command_that_breaks_anywhere_leaves_nothing(name, faults, caplog):
    before, command, answer = BROKEN[name]
    point = 0
    while True:
        point += 1
        stores = {"me": MemoryStore()}
        world, me, other = prepared(stores, before)
        runtime = world.runtimes["me"]
        faults.at = point
        given = me.ask(command)
        if faults.at:
            # The step ended before it came to that.
            faults.at = 0
            break
        if given == CRASH:
            # Else it broke in what the network made of it, which is asked below.
            assert me.news() == other.news() == []
        assert_memory_is_store(runtime, stores["me"])
        assert other.ask("PING") == "PONG"
        assert "on purpose" in caplog.text
        caplog.clear()
        if given == CRASH:
            assert me.ask(command).startswith(answer), "it can be done the next time"
            assert_memory_is_store(runtime, stores["me"])
    assert point > 1
    assert given.startswith(answer)


@pytest.mark.parametrize(
    "command",
    ["MESSAGE me hello", "CALL me", "SET USER me BUDDYSTATUS 2 please", "SET PROFILE FULLNAME Robert"],
)
def test_news_that_break_anywhere_leave_nothing(command, faults):
    """What comes of the network is taken whole or not at all, at whichever point it breaks."""
    for point in range(1, 40):
        stores = {"me": MemoryStore()}
        world, me, _ = prepared(stores, ())
        bob = world.attach("bob")
        told = world.runtimes["me"]._heard

        def heard(event, told=told, point=point):
            faults.at = point
            told(event)
            faults.at = 0

        world.runtimes["me"]._outside._heard = heard
        world.world.leave("me", world.clock.now())
        world.runtimes["me"].start()
        bob.ask(command)
        faults.at = 0
        assert_memory_is_store(world.runtimes["me"], stores["me"])
        assert me.ask("PING") == "PONG"
    assert faults.raised > 1


def test_what_others_said_before_and_wait_for_goes_on(faults, store):
    """Steps that wait for the store are not lost by one that breaks behind them."""
    world = World("me", "bob", stores={"me": store})
    me, other = world.attach("me"), world.attach("me", name="other")
    runtime, answered = world.runtimes["me"], []
    commit, group = store.commit, []

    def slowly(records):
        # In the middle of the commit, as if the writer's thread were at it.
        if not group:
            group.append(records)
            me.link.send("#1 MESSAGE bob first")
            faults.at = 3
            other.link.send("#2 MESSAGE bob second")
            me.link.send("#3 GET PROFILE CITY")
            answered.extend(line for p in (me, other) for line in p.link.lines if line[:1] == "#")
        commit(records)

    store.commit = slowly
    me.link.send("#0 SET PROFILE CITY Tartu")
    assert answered == [], "they wait for what is before them"
    assert [line for line in me.link.lines if line.startswith("#")] == [
        "#0 PROFILE CITY Tartu",
        "#1 CHATMESSAGE 3 STATUS SENDING",
        "#3 PROFILE CITY Tartu",
    ]
    assert [line for line in other.link.lines if line.startswith("#")] == [f"#2 {CRASH}"]
    assert_memory_is_store(runtime, store)
    assert me.ask("GET CHATMESSAGE 3 STATUS") == "CHATMESSAGE 3 STATUS SENT"
    assert world.attach("bob").ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 3"


def test_a_call_goes_on_and_a_route_under_way_is_answered(faults):
    dials = []

    class SlowDialer:
        def dial(self, port, dialled):
            dials.append(dialled)

    world = World("me", "bob", dialer=SlowDialer())
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    world.wait(0.5)
    me.link.send('#r ALTER CALL 1 SET_INPUT PORT="99"')
    faults.at = 1
    assert me.ask("ALTER CALL 1 HOLD") == CRASH
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    assert world.legs["me"].busy()
    dials[0](None, "nobody listens")
    assert "#r ERROR 559 CALL: Action failed" in me.link.lines
    me.news()
    world.wait(1)
    assert me.news() == ["CALL 1 DURATION 1"]
    assert me.ask("ALTER CALL 1 HOLD") == "ALTER CALL 1 HOLD"


def test_who_waits_for_the_world_goes_on_waiting(faults):
    world = World("me", "bob")
    me, other = world.attach("me"), world.attach("me", name="other")
    world.desktops["me"].patient = True
    search = world.runtimes["me"]._network.search_people
    asked = []
    world.runtimes["me"]._network.search_people = lambda *request: asked.append(request)
    other.link.send("#s SEARCH USERS bob")
    faults.at = 1
    assert me.ask("SET PROFILE CITY Tartu") == CRASH
    assert not [line for line in other.link.lines if line.startswith("#s")]
    search(*asked[0])
    world.wait(0.1)
    assert [line for line in other.link.lines if line.startswith("#s")] == ["#s USERS bob"]


def test_who_waited_for_what_broke_is_told(faults):
    world = World("me", "bob")
    me = world.attach("me")
    search = world.runtimes["me"]._network.search_people

    def found(*request):
        faults.at = 1
        search(*request)

    world.runtimes["me"]._network.search_people = found
    assert me.ask("SEARCH USERS bob") == CRASH
    del world.runtimes["me"]._network.search_people
    assert me.ask("SEARCH USERS bob") == "USERS bob"


def test_what_cannot_be_told_did_not_happen(monkeypatch):
    """The step is whole, but its lines or its answer cannot be made."""
    store = MemoryStore()
    world = World("me", stores={"me": store})
    me = world.attach("me")

    def lines(*_):
        raise Fault

    with monkeypatch.context() as patch:
        patch.setattr(runtime_module, "lines", lines)
        assert me.ask("SET PROFILE CITY Tartu") == CRASH
        assert me.ask("CALL echo123") == CRASH
        with pytest.raises(Fault):
            world.runtimes["me"].act(lambda _a, c: c.reported(SETTINGS, "mute", True))
    assert_memory_is_store(world.runtimes["me"], store)
    assert me.ask("GET PROFILE CITY") == "PROFILE CITY "
    assert me.ask("CALL echo123") == "CALL 1 STATUS UNPLACED"


def test_a_refusal_after_a_change_changes_nothing(monkeypatch):
    """It is a mistake, and costs nobody anything."""
    store = MemoryStore()
    world = World("me", stores={"me": store})
    me = world.attach("me")

    def use_case(account, context, *_):
        account.settings.auto_away = not account.settings.auto_away
        context.changed(SETTINGS, "auto_away", True, False)
        raise Failure(Meaning.ACTION_FAILED)

    monkeypatch.setattr("ringback.domain.presence.set_auto_away", use_case)
    assert me.ask("GET AUTOAWAY") == "AUTOAWAY ON"
    assert me.ask("SET AUTOAWAY OFF").startswith("ERROR")
    assert me.ask("GET AUTOAWAY") == "AUTOAWAY ON"
    assert_memory_is_store(world.runtimes["me"], store)


def test_what_is_due_and_breaks_is_tried_once_a_second(monkeypatch, caplog):
    world = World("me")
    me = world.attach("me")
    step, tries = Engine.step, []

    def broken(engine, given, now):
        if isinstance(getattr(given, "event", None), DeadlinePassed):
            tries.append(now.monotonic)
            raise Fault
        return step(engine, given, now)

    me.ask("CALL echo123")
    world.wait(3)
    monkeypatch.setattr(Engine, "step", broken)
    world.wait(4)
    assert len(tries) in (4, 5)
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"


# Events that need the store, which cannot be read -----------------------------------------------------------


class DarkStore(MemoryStore):
    """``dark``: how many look-ups fail from now on, -1 for all."""

    def __init__(self):
        super().__init__()
        self.dark = 0

    def _look(self):
        if self.dark:
            self.dark -= self.dark > 0
            raise StoreError("cannot be read")

    def find(self, ref):
        self._look()
        return super().find(ref)

    def keys(self, *where):
        self._look()
        return super().keys(*where)

    def load(self, kind):
        self._look()
        return super().load(kind)


@pytest.mark.parametrize("dark", [1, 2, 3, -1])
def test_a_confirmation_that_cannot_be_looked_up_comes_again(dark):
    """It takes the request from the outbox before it looks for the message; both or none."""
    store = DarkStore()
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    post = world.runtimes["me"]._network.post
    kept = []
    world.runtimes["me"]._network.post = kept.append
    assert me.ask("MESSAGE bob hello") == "CHATMESSAGE 3 STATUS SENDING"
    messages = world.runtimes["me"].engine.account.messages
    messages.kept.clear()
    messages.uids.clear()
    store.dark = dark
    post(kept[0])
    me.news()
    world.wait(0.5)
    store.dark = 0
    world.wait(1.5)
    assert [line for line in me.news() if "STATUS" in line] == ["CHATMESSAGE 3 STATUS SENT"]
    assert_memory_is_store(world.runtimes["me"], store)
    assert not world.runtimes["me"].engine.account.outbox.waiting
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 3"


@pytest.mark.parametrize("dark", [1, 2, 3, -1])
def test_messages_that_come_meanwhile_come_once_and_in_order(dark):
    store = DarkStore()
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("MESSAGE me 1")
    store.dark = dark
    for number in range(2, 6):
        bob.ask(f"MESSAGE me {number}")
    world.wait(0.5)
    store.dark = 0
    world.wait(1.5)
    keys = me.ask("SEARCH CHATMESSAGES").removeprefix("CHATMESSAGES ").split(", ")
    bodies = [me.ask(f"GET CHATMESSAGE {key} BODY").split()[-1] for key in reversed(keys)]
    assert bodies == ["1", "2", "3", "4", "5"]
    assert_memory_is_store(world.runtimes["me"], store)


def test_what_was_lost_with_a_commit_comes_before_what_was_put_off():
    """The first message cannot be written, the second could not even be looked up."""
    store = DarkStore()
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    runtime, commit = world.runtimes["me"], store.commit

    def fails(_records):
        store.commit = commit
        store.dark = 1
        runtime._heard(MessageCame("77", "feed", "bob", "#bob/$me;0000000000000001", "said", "2", 1))
        raise StoreError("disk full")

    store.commit = fails
    bob.ask("MESSAGE me 1")
    world.wait(2)
    keys = me.ask("SEARCH CHATMESSAGES").removeprefix("CHATMESSAGES ").split(", ")
    assert [me.ask(f"GET CHATMESSAGE {key} BODY").split()[-1] for key in reversed(keys)] == ["1", "2"]
    assert_memory_is_store(world.runtimes["me"], store)


def test_a_link_that_came_while_the_store_was_dark_is_told():
    store = DarkStore()
    world = World("me", "bob", stores={"me": store})
    me, runtime = world.attach("me"), world.runtimes["me"]
    runtime._heard(LinkChanged("offline"))
    assert "CONNSTATUS OFFLINE" in me.news()
    store.dark = 1
    runtime._heard(LinkChanged("online"))
    assert me.news() == []
    assert me.ask("GET CONNSTATUS") == "CONNSTATUS OFFLINE", "as programs have heard"
    world.wait(1.5)
    assert me.news().count("CONNSTATUS ONLINE") == 1
    assert me.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"


def test_a_damaged_row_is_no_ill_store(tmp_path, caplog):
    """What cannot be understood will not be understood the next time: the news are dropped, others go on."""
    store = SqliteStore(tmp_path / "me.sqlite")
    world = World("me", "bob", stores={"me": store})
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("MESSAGE me hello")
    messages = world.runtimes["me"].engine.account.messages
    messages.kept.clear()
    messages.uids.clear()
    find = store.find

    def found(ref):
        if ref.kind is Kind.MESSAGE:
            raise store.damaged(ref)
        return find(ref)

    store.find = found
    assert bob.ask("SET CHATMESSAGE 3 BODY bye") == "CHATMESSAGE 3 BODY bye"
    assert "row 3 of table message cannot be understood" in caplog.text
    assert me.ask("SET PROFILE CITY Tartu") == "PROFILE CITY Tartu"
    assert me.ask("GET CHATMESSAGE 3 BODY") == CRASH
    store.close()


# Other places -----------------------------------------------------------------------------------------------


def test_an_account_that_cannot_hang_up_ends_even_so(faults):
    store = MemoryStore()
    world = World("me", "bob", stores={"me": store})
    me = world.attach("me")
    me.ask("CALL bob")
    faults.at = 1
    world.runtimes["me"].stop()
    assert faults.raised == 1
    again = World("me", stores={"me": store}).attach("me")
    assert again.ask("GET CALL 1 STATUS") == "CALL 1 STATUS CANCELLED"


def test_what_was_found_is_known_after_a_fault(faults):
    """Strangers are in memory only."""
    world = World("me", "bob", met=False)
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("SET PROFILE FULLNAME Robert")
    assert me.ask("SEARCH USERS robert") == "USERS bob"
    faults.at = 1
    assert me.ask("SET PROFILE CITY Tartu") == CRASH
    assert "bob" in world.runtimes["me"].engine.account.people.strangers
    assert me.ask("GET USER bob FULLNAME") == "USER bob FULLNAME Robert"


def test_an_account_that_cannot_be_read_again_waits_for_a_better_moment(faults, monkeypatch, caplog):
    world = World("me")
    me = world.attach("me")
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "restore", lambda *_: 1 / 0)
        faults.at = 1
        assert me.ask("SET PROFILE CITY Tartu") == CRASH
        assert "unexpected error in 'reload'" in caplog.text
        assert me.ask("GET PROFILE CITY") == CRASH
        world.wait(3)
        assert me.ask("PING") == "PONG"
    world.wait(1)
    assert me.ask("GET PROFILE CITY") == "PROFILE CITY "
    assert me.ask("SET PROFILE CITY Tartu") == "PROFILE CITY Tartu"


def test_who_would_wait_for_the_world_does_not_while_the_store_is_ill(monkeypatch):
    store = DarkStore()
    world = World("me", "bob", stores={"me": store})
    me = world.attach("me")

    def full(_records):
        raise StoreError("full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "commit", full)
        assert me.ask("SET PROFILE CITY Tartu") == CRASH
        assert me.ask("SEARCH USERS bob") == CRASH
        assert not world.runtimes["me"].engine.torn
    world.wait(1.5)
    assert me.ask("SEARCH USERS bob") == "USERS bob"


def test_a_part_of_the_world_that_breaks_is_answered_for(monkeypatch, caplog):
    world = World("me", "bob")
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    world.wait(0.5)

    def broken(*_):
        raise Fault

    monkeypatch.setattr(world.legs["me"], "set_route", broken)
    monkeypatch.setattr(world.desks["me"], "try_device", broken)
    monkeypatch.setattr(world.desks["me"], "try_ringtone", broken)
    assert me.ask('ALTER CALL 1 SET_INPUT PORT="99"') == "ERROR 559 CALL: Action failed"
    assert me.ask("SET AUDIO_IN a device").startswith("ERROR ")
    assert me.ask("SET RINGTONE 1 /a/tone.wav").startswith("ERROR ")
    assert caplog.text.count("unexpected error") == 3
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
