"""While the store is ill nothing is shown that could be lost, and what happens is not forgotten."""

from copy import deepcopy

import pytest

from ringback.app import recovery
from ringback.domain.changes import Kind, Ref
from ringback.domain.inputs import MessageCame, PersonSeen
from ringback.domain.settings import PROFILE
from ringback.ports.store import StoreError
from ringback.store.memory import MemoryStore
from ringback.store.sqlite import SqliteStore
from support.faults import Faults, IllStore, assert_memory_is_store
from support.replay import World


@pytest.fixture
def store():
    return IllStore()


@pytest.fixture
def world(store):
    return World("me", "bob", stores={"me": store})


def statuses(program):
    return [line for line in program.news() if " STATUS " in line]


def test_a_call_that_comes_in_meanwhile_rings_afterwards(world, store):
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    bob.ask("CALL me")
    world.wait(3)
    assert me.news() == []
    assert me.ask("SEARCH CALLS") == "CALLS "
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING"]
    assert statuses(bob)[-1] == "CALL 1 STATUS RINGING"
    assert me.ask("ALTER CALL 1 ANSWER") == "ALTER CALL 1 ANSWER"
    world.wait(0.1)
    assert statuses(bob)[-1] == "CALL 1 STATUS INPROGRESS"


def test_the_call_whose_coming_could_not_be_stored_rings_afterwards(world, store):
    """The store fails at the very event: it is taken back, and taken again."""
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    bob.ask("CALL me")
    world.wait(0.5)
    assert me.news() == []
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING"]
    assert me.ask("GET CALL 1 PARTNER_HANDLE") == "CALL 1 PARTNER_HANDLE bob"


def test_a_caller_who_gave_up_meanwhile_was_missed(world, store):
    me, bob = world.attach("me"), world.attach("bob")
    store.ill = True
    bob.ask("CALL me")
    bob.ask("ALTER CALL 1 HANGUP")
    world.wait(3)
    assert me.news() == []
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS RINGING", "CALL 1 STATUS MISSED"]
    assert me.ask("SEARCH MISSEDCALLS") == "CALLS 1"


def talking(world):
    """Me calls Bob, who has answered; what was said so far is heard."""
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    bob.ask("ALTER CALL 1 ANSWER")
    world.wait(0.5)
    assert statuses(me)[-1] == "CALL 1 STATUS INPROGRESS"
    assert statuses(bob)[-1] == "CALL 1 STATUS INPROGRESS"
    return me, bob


def test_the_seconds_of_a_call_are_not_written(world, store):
    """A disk that fills up while somebody talks is noticed by nobody, for half a minute."""
    me, _bob = talking(world)
    store.ill = True
    world.wait(3)
    assert me.news() == [f"CALL 1 DURATION {second}" for second in (1, 2, 3)]
    store.ill = False
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 3"


def test_a_call_goes_on(world, store):
    me, bob = talking(world)
    store.ill = True
    for command in ("SET PROFILE ABOUT x", "CALL echo123"):
        assert me.ask(command) == "ERROR 9901 Internal error"
    world.wait(2.2)
    assert me.news() == ["CALL 1 DURATION 1", "CALL 1 DURATION 2"]
    assert bob.news() == ["CALL 1 DURATION 1", "CALL 1 DURATION 2"]
    assert me.ask("SEARCH ACTIVECALLS") == "CALLS 1"
    assert world.legs["me"].busy()
    store.ill = False
    world.wait(1)
    assert me.news() == ["CALL 1 DURATION 3"]
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    world.wait(0.1)
    assert statuses(bob) == ["CALL 1 STATUS FINISHED"]
    assert me.ask("CALL echo123") == "CALL 2 STATUS UNPLACED"


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("refused", ["ALTER CALL 1 ANSWER", "ALTER CALL 1 HANGUP"])
def test_a_call_is_as_it_was_before_what_was_refused(world, store, refused, known):
    """After a start it would be missed, so neither is told.

    Also the very command that finds the store ill has changed the call in memory; nothing of that is seen.
    """
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("CALL me")
    me.news()
    shown = ["GET CALL 1 STATUS", "GET CALL 1 DURATION", "GET CALL 1 OUTPUT", "GET MUTE"]
    before = [me.ask(command) for command in shown]
    store.ill = True
    if known:
        assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask(refused) == "ERROR 9901 Internal error"
    assert [me.ask(command) for command in shown] == before
    store.ill = False
    world.wait(1)
    assert statuses(me) == []
    assert statuses(bob)[-1] == "CALL 1 STATUS RINGING"
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    assert statuses(me) == ["CALL 1 STATUS REFUSED"]


def after_a_kill(store):
    """A program of an account that begins with what the store has now, on a disk with room."""
    left = deepcopy(store)
    left.ill = False
    return World("me", stores={"me": left}).attach()


def put_off(store, me, known):
    """Nothing can be stored from now on; it may be known already."""
    store.ill = True
    if known:
        assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    "end", ["SET CALL 1 STATUS FINISHED", "ALTER CALL 1 HANGUP", "ALTER CALL 1 END HANGUP"]
)
def test_a_call_can_be_hung_up(world, store, end, known):
    """The sound ends and the other side hears of it at once; the row is stored when the store is well."""
    me, bob = talking(world)
    world.wait(2)
    me.news()
    put_off(store, me, known)
    assert not me.ask(end).startswith("ERROR")
    assert me.news() == ["CALL 1 STATUS FINISHED"]
    assert statuses(bob) == ["CALL 1 STATUS FINISHED"]
    assert not world.legs["me"].busy()
    assert me.ask("SEARCH ACTIVECALLS") == "CALLS "
    # An account that is read again meanwhile has it, too.
    assert me.ask("SET CALL 1 SEEN") == "CALL 1 SEEN TRUE"
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    assert after_a_kill(store).ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    store.ill = False
    world.wait(1.1)
    assert me.news() == []
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    assert again.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 2"
    assert me.ask("CALL echo123") == "CALL 2 STATUS UNPLACED"


@pytest.mark.parametrize("known", [False, True])
def test_a_call_can_be_muted_and_held(world, store, known):
    me, bob = talking(world)
    put_off(store, me, known)
    assert me.ask("SET MUTE ON") == "MUTE ON"
    assert me.ask("SET CALL 1 STATUS ONHOLD") == "CALL 1 STATUS LOCALHOLD"
    assert statuses(bob) == ["CALL 1 STATUS REMOTEHOLD"]
    assert me.ask("ALTER CALL 1 RESUME") == "ALTER CALL 1 RESUME"
    assert statuses(bob) == ["CALL 1 STATUS INPROGRESS"]
    assert me.ask("SET CALL 1 STATUS INPROGRESS") == "ERROR 23 Cannot resume this call at the moment"
    assert me.ask("GET MUTE") == "MUTE ON"
    assert me.ask("SET MUTE OFF") == "MUTE OFF"
    assert me.ask("ALTER CALL 1 DTMF 1") == "ALTER CALL 1 DTMF 1"
    assert me.ask("ALTER CALL 1 HOLD") == "ALTER CALL 1 HOLD"
    store.ill = False
    world.wait(1.1)
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS LOCALHOLD"
    assert dict(store.load(Kind.CALL))[1]["state"] == "localhold"


@pytest.mark.parametrize("known", [False, True])
def test_our_own_call_can_be_given_up(world, store, known):
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    me.news()
    put_off(store, me, known)
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    assert me.news() == ["CALL 1 STATUS CANCELLED"]
    assert statuses(bob)[-1] == "CALL 1 STATUS MISSED"
    assert after_a_kill(store).ask("GET CALL 1 STATUS") == "CALL 1 STATUS CANCELLED"


def test_a_call_to_a_phone_goes_on_is_paid_and_can_be_hung_up(world, store):
    me = world.attach("me")
    me.ask("CALL +15005550001")
    world.wait(4)
    assert statuses(me)[-1] == "CALL 1 STATUS INPROGRESS"
    put_off(store, me, known=True)
    me.news()
    world.wait(60)
    assert "CALL 1 DURATION 60" in me.news()
    balance = me.ask("GET PROFILE PSTN_BALANCE")
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    store.ill = False
    world.wait(1.1)
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET PROFILE PSTN_BALANCE") == balance != "PROFILE PSTN_BALANCE 5000"
    assert again.ask("GET CALL 1 DURATION") == me.ask("GET CALL 1 DURATION")


def test_no_more_than_half_a_minute_of_a_call_is_lost(world, store):
    """As after kill -9: a row every thirty seconds."""
    me, _bob = talking(world)
    world.wait(89)
    assert "CALL 1 DURATION 89" in me.news()
    again = World("me", stores={"me": store}).attach()
    assert again.ask("GET CALL 1 DURATION") == "CALL 1 DURATION 60"


def test_the_other_side_hangs_up_meanwhile(world, store):
    me, bob = talking(world)
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert bob.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    world.wait(0.5)
    assert statuses(me) == ["CALL 1 STATUS FINISHED"]
    assert not world.legs["me"].busy()
    store.ill = False
    world.wait(1)
    assert statuses(me) == []
    assert dict(store.load(Kind.CALL))[1]["state"] == "finished"


def test_news_of_a_call_keep_their_order(world, store):
    """The answer has to be stored, so the end that follows it waits, too."""
    me, bob = world.attach("me"), world.attach("bob")
    me.ask("CALL bob")
    put_off(store, me, known=True)
    bob.ask("ALTER CALL 1 ANSWER")
    bob.ask("ALTER CALL 1 HANGUP")
    world.wait(0.5)
    assert statuses(me)[-1] == "CALL 1 STATUS RINGING"
    store.ill = False
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS INPROGRESS", "CALL 1 STATUS FINISHED"]


def test_a_recording_fails_on_the_disk_that_is_full(world, store, tmp_path, monkeypatch):
    """An error of the sound is seen at once: nothing of it has to be stored."""
    me, _bob = talking(world)
    assert me.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{tmp_path / "a.wav"}"').startswith(
        "ALTER CALL 1 SET_OUTPUT"
    )
    assert "a.wav" in me.ask("GET CALL 1 OUTPUT")

    def full(_self, _block):
        raise OSError(28, "No space left on device")

    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    monkeypatch.setattr("ringback.media.wav.WavSink.write", full)
    world.wait(0.1)
    assert me.ask("GET CALL 1 OUTPUT") == "CALL 1 OUTPUT "
    world.wait(1)
    assert me.news() == ["CALL 1 DURATION 1"]


@pytest.mark.parametrize("known", [False, True])
def test_sound_is_led_elsewhere(world, store, tmp_path, known):
    """Nothing of a route is stored: a recording can be ended that has filled the disk."""
    me, _bob = talking(world)
    path = tmp_path / "a.wav"
    assert not me.ask(f'ALTER CALL 1 SET_OUTPUT FILE="{path}"').startswith("ERROR")
    world.wait(1)
    put_off(store, me, known)
    assert me.ask("ALTER CALL 1 SET_OUTPUT") == "ALTER CALL 1 SET_OUTPUT"
    assert me.ask("GET CALL 1 OUTPUT") == "CALL 1 OUTPUT "
    size = path.stat().st_size
    world.wait(1)
    assert path.stat().st_size == size
    missing = tmp_path / "none" / "b.wav"
    assert me.ask(f'ALTER CALL 1 SET_CAPTURE_MIC FILE="{missing}"') == "ERROR 559 CALL: Action failed"
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    store.ill = False
    world.wait(1.1)
    assert me.ask("GET CALL 1 OUTPUT") == "CALL 1 OUTPUT "


def test_a_route_that_is_under_way_is_answered(store):
    """The port answers while the store is ill."""
    dials = []

    class SlowDialer:
        def dial(self, port, dialled):
            dials.append(dialled)

    world = World("me", "bob", stores={"me": store}, dialer=SlowDialer())
    me, _bob = talking(world)
    me.link.send('#r ALTER CALL 1 SET_INPUT PORT="99"')
    store.ill = True
    me.link.send("#s SET PROFILE ABOUT x")
    dials[0](None, "nobody listens")
    answers = [line for line in me.link.lines if line.startswith("#")]
    assert answers == ["#s ERROR 9901 Internal error", "#r ERROR 559 CALL: Action failed"]
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"


def test_what_is_due_waits(world, store):
    """Nobody answers for a minute: the call ends when the store can keep that."""
    me = world.attach("me")
    me.ask("CALL no.answer")
    world.wait(59)
    store.ill = True
    world.wait(3)
    assert statuses(me)[-1] == "CALL 1 STATUS RINGING"
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS RINGING"
    store.ill = False
    world.wait(1.1)
    assert statuses(me) == ["CALL 1 STATUS FAILED"]


def test_who_idles_stops_no_call(world, store):
    """AWAY has to be stored and waits; the seconds of a call are told and paid all the same."""
    me = world.attach("me")
    me.ask("CALL +15005550001")
    world.wait(4)
    put_off(store, me, known=True)
    me.news()
    world.wait(300)
    seconds = [line for line in me.news() if "DURATION" in line]
    assert len(seconds) == 300
    assert me.ask("GET USERSTATUS") == "USERSTATUS ONLINE"
    balance = me.ask("GET PROFILE PSTN_BALANCE")
    world.wait(60)
    assert me.ask("GET PROFILE PSTN_BALANCE") != balance
    me.news()
    store.ill = False
    world.wait(1.1)
    assert "USERSTATUS AWAY" in me.news()


def test_a_call_that_nobody_answers_stops_no_other(world, store):
    """Its end has to be stored and waits; the caller who is talked to is not kept waiting."""
    me, _bob = talking(world)
    assert me.ask("CALL no.answer") == "CALL 2 STATUS UNPLACED"
    world.wait(0.5)
    me.ask("ALTER CALL 1 RESUME")
    put_off(store, me, known=True)
    world.wait(70)
    assert me.ask("GET CALL 2 STATUS") == "CALL 2 STATUS RINGING"
    me.news()
    world.wait(3)
    assert len([line for line in me.news() if line.startswith("CALL 1 DURATION")]) == 3


def test_a_call_that_the_store_knows_as_over_is_over(world, store):
    """It failed to say so, but had kept the end."""
    me, bob = talking(world)

    def commit(records):
        MemoryStore.commit(store, records)
        raise StoreError("who knows")

    store.commit = commit
    assert me.ask("ALTER CALL 1 HANGUP") == "ERROR 559 CALL: Action failed", "it is over already"
    del store.commit
    world.wait(1)
    assert statuses(me) == ["CALL 1 STATUS FINISHED"]
    assert statuses(bob) == ["CALL 1 STATUS FINISHED"]
    assert not world.legs["me"].busy()


def test_who_idles_is_still_away(world, store):
    me = world.attach("me")
    world.wait(301)
    assert "USERSTATUS AWAY" in me.news()
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask("GET USERSTATUS") == "USERSTATUS AWAY"
    store.ill = False
    world.wait(1)
    assert me.ask("RESETIDLETIMER") == "RESETIDLETIMER"
    assert "USERSTATUS ONLINE" in me.news()


def test_what_is_known_of_people_stays(world, store):
    me = world.attach("me")
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask("GET USER echo123 ONLINESTATUS") == "USER echo123 ONLINESTATUS ONLINE"
    assert me.ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"


def test_a_store_that_cannot_be_read_either_tells_nothing(world, store):
    me = world.attach("me")
    me.ask("SET PROFILE CITY before")
    me.news()
    store.ill = store.dark = True
    assert me.ask("SET PROFILE CITY after") == "ERROR 9901 Internal error"
    # In memory it is "after", which nobody may see.
    assert me.ask("GET PROFILE CITY") == "ERROR 9901 Internal error"
    store.ill = False
    world.wait(3)
    assert me.ask("GET PROFILE CITY") == "ERROR 9901 Internal error"
    store.dark = False
    world.wait(1)
    assert me.ask("GET PROFILE CITY") == "PROFILE CITY before"
    assert me.ask("SET PROFILE CITY after") == "PROFILE CITY after"


@pytest.mark.parametrize("end", ["ALTER CALL 1 HANGUP", "SET USERSTATUS OFFLINE"])
def test_a_step_that_breaks_while_nothing_can_be_read(monkeypatch, end):
    """At whichever point it breaks: the call goes on, and is seen as it was once there is a store again."""
    faults = Faults(monkeypatch)
    broken = 0
    for point in range(1, 40):
        fresh = IllStore()
        world = World("me", "bob", stores={"me": fresh})
        me, bob = talking(world)
        faults.at, fresh.dark = point, True
        answer = me.ask(end)
        if faults.at:
            faults.at = 0
            break
        fresh.dark = False
        if answer != "ERROR 9901 Internal error":
            # It broke in what the other side made of it.
            continue
        broken += 1
        assert world.legs["me"].busy()
        assert me.news() == []
        world.wait(2)
        assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
        assert statuses(me) == statuses(bob) == []
        assert world.legs["me"].busy()
        assert not me.ask(end).startswith("ERROR")
        assert statuses(me) == ["CALL 1 STATUS FINISHED"]
        assert not world.legs["me"].busy()
    assert broken > 1


def test_a_step_that_breaks_while_the_store_is_tried(world, store, monkeypatch):
    """The store takes what is written, but could not be read just before: the account is not well yet."""
    faults = Faults(monkeypatch)
    me, _bob = talking(world)
    put_off(store, me, known=True)
    me.news()
    commit = store.commit

    def breaks_first(records):
        store.commit = commit
        faults.at, store.dark = 2, True
        assert me.ask("ALTER CALL 1 HANGUP") == "ERROR 9901 Internal error"
        store.ill = False
        commit(records)

    store.commit = breaks_first
    world.wait(1.1)
    assert faults.raised == 1
    assert me.ask("GET CALL 1 STATUS") == "ERROR 9901 Internal error"
    store.dark = False
    world.wait(1.1)
    assert me.ask("GET CALL 1 STATUS") == "CALL 1 STATUS INPROGRESS"
    assert world.legs["me"].busy()


def test_it_is_tried_once_a_second(world, store):
    me = world.attach("me")
    store.ill = True
    me.ask("SET PROFILE ABOUT x")
    tries = 0

    def commit(_records):
        nonlocal tries
        tries += 1
        raise StoreError("still full")

    store.commit = commit
    world.wait(10)
    assert tries == 10


def test_news_are_bounded(world, store, monkeypatch, caplog):
    monkeypatch.setattr(recovery, "NEWS_KEPT", 5)
    me = world.attach("me")
    store.ill = True
    me.ask("SET PROFILE ABOUT x")
    for number in range(8):
        world.runtimes["me"]._heard(PersonSeen(f"p{number}", (("fullname", f"P {number}"),)))
    assert "news of the network are lost" in caplog.text
    store.ill = False
    world.wait(1)
    assert [me.ask(f"GET USER p{number} FULLNAME") for number in (2, 3, 7)] == [
        "USER p2 FULLNAME ",
        "USER p3 FULLNAME P 3",
        "USER p7 FULLNAME P 7",
    ]


@pytest.mark.parametrize("again", ["ALTER CALL 1 ANSWER", " alter  call 1 answer"])
def test_who_is_refused_may_ask_as_often_as_they_like(world, store, again):
    """The account is read again once, which takes long for one with many contacts."""
    me, bob = world.attach("me"), world.attach("bob")
    bob.ask("CALL me")
    store.ill = True
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask("ALTER CALL 1 ANSWER") == "ERROR 9901 Internal error"
    before = store.loads
    for _ in range(5):
        assert me.ask(again) == "ERROR 9901 Internal error"
    assert store.loads == before
    # It is tried again when things are otherwise.
    bob.ask("ALTER CALL 1 HANGUP")
    world.wait(1)
    store.ill = False
    world.wait(2)
    assert statuses(me) == ["CALL 1 STATUS RINGING", "CALL 1 STATUS MISSED"]
    assert me.ask(again).startswith("ERROR 5")


# Rows that no store can keep -------------------------------------------------------------------------------


def came(number, body):
    chat = "#bob/$me;0000000000000001"
    return MessageCame(str(number), f"uid{number}", "bob", chat, "said", body, 1_700_000_000)


def test_news_that_no_store_can_keep_are_dropped(tmp_path, caplog):
    """They take nothing along that came with them, and nothing of them is said."""
    store = SqliteStore(tmp_path / "account.sqlite")
    world = World("me", stores={"me": store})
    me, runtime = world.attach("me"), world.runtimes["me"]
    for number, body in enumerate(("one", "private \ud800", "two")):
        runtime._events.append(came(number, body))
    runtime.drain()
    (told,) = caplog.messages
    assert told.startswith("row ")
    assert "of message cannot be kept: UnicodeEncodeError" in told
    bodies = [f"GET CHATMESSAGE {key} BODY" for key in me.ask("SEARCH CHATMESSAGES").split()[1:]]
    assert sorted(me.ask(ask.replace(",", "")).split()[-1] for ask in bodies) == ["one", "two"]
    assert me.ask("SET PROFILE ABOUT x") == "PROFILE ABOUT x"
    assert_memory_is_store(runtime, store)
    world.wait(10)
    assert len(caplog.messages) == 1
    caplog.clear()


def test_what_is_due_and_cannot_be_kept_is_tried_again_in_a_while(world, store, caplog):
    me, _bob = talking(world)
    me.news()
    store.unfit = Ref(Kind.CALL, 1)
    world.wait(40)
    assert 1 <= len(caplog.messages) <= 11
    assert me.ask("SET PROFILE ABOUT x") == "PROFILE ABOUT x"
    store.unfit = None
    world.wait(1)
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    assert_memory_is_store(world.runtimes["me"], store)
    caplog.clear()


def test_a_command_whose_row_cannot_be_kept_is_refused(world, store, caplog):
    me = world.attach("me")
    store.unfit = PROFILE
    assert me.ask("SET PROFILE ABOUT x") == "ERROR 9901 Internal error"
    assert me.ask("GET PROFILE ABOUT") == "PROFILE ABOUT "
    assert me.ask("SET USERSTATUS AWAY") == "USERSTATUS AWAY", "the store is well"
    assert len(caplog.messages) == 1
    caplog.clear()


def test_a_row_that_is_owed_and_cannot_be_kept_is_done_without(world, store, caplog):
    me, bob = talking(world)
    store.ill = True
    assert me.ask("ALTER CALL 1 HANGUP") == "ALTER CALL 1 HANGUP"
    assert statuses(bob) == ["CALL 1 STATUS FINISHED"]
    store.ill, store.unfit = False, Ref(Kind.CALL, 1)
    world.wait(5)
    assert me.ask("SET PROFILE ABOUT x") == "PROFILE ABOUT x"
    store.unfit = None
    again = World("me", stores={"me": store})
    assert again.attach().ask("GET CALL 1 STATUS") == "CALL 1 STATUS FINISHED"
    caplog.clear()


# A slow store ----------------------------------------------------------------------------------------------


class Slow:
    """Commits that end when a test lets them (takes the place of ``ringback.app.commits.Commits``)."""

    def __init__(self, store):
        self._store = store
        self.waiting = []

    def write(self, records, done):
        self.waiting.append((records, done))

    def end(self):
        """The oldest of them."""
        records, done = self.waiting.pop(0)
        try:
            self._store.commit(records)
        except StoreError as error:
            done(error)
        else:
            done(None)

    def stop(self, late):
        self._store.commit(late)


def test_one_attempt_at_a_time(world, store, monkeypatch):
    """A row that the first does not try is not taken for stored when the first has done it."""
    me, _bob = talking(world)
    me.ask("CALL echo123")
    world.wait(5)
    runtime = world.runtimes["me"]
    store.ill = True
    assert me.ask("ALTER CALL 2 HANGUP") == "ALTER CALL 2 HANGUP"
    slow = runtime._commits = Slow(store)
    world.wait(1)
    assert len(slow.waiting) == 1
    # A step breaks, and the account cannot be read either: that wants another attempt.
    Faults(monkeypatch).at, store.dark = 1, True
    assert me.ask("ALTER CALL 1 HANGUP") == "ERROR 9901 Internal error"
    store.dark = False
    world.wait(3)
    assert len(slow.waiting) == 1
    store.ill = False
    while slow.waiting:
        slow.end()
        world.wait(1)
    assert [me.ask(f"GET CALL {number} STATUS") for number in (1, 2)] == [
        "CALL 1 STATUS LOCALHOLD",
        "CALL 2 STATUS FINISHED",
    ]
    assert_memory_is_store(runtime, store)


@pytest.mark.parametrize("ill", [False, True])
def test_what_was_stored_after_the_end_or_not_is_told_to_nobody(world, store, caplog, ill):
    me = world.attach("me")
    slow = world.runtimes["me"]._commits = Slow(store)
    me.link.send("SET PROFILE ABOUT x")
    me.link.send("SET PROFILE ABOUT y")
    world.runtimes["me"].stop()
    store.ill = ill
    slow.end()
    assert me.news() == []
    assert slow.waiting == []
    assert caplog.messages == []
