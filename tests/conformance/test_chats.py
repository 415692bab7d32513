"""Chats of two and what is written in them (reference: Chats and messages; CHAT, CHATMEMBER, CHATMESSAGE)."""

from functools import partial

import pytest

from ringback.domain import chats, messages
from ringback.domain.changes import Kind
from ringback.domain.inputs import EditCame, LinkChanged, MessageCame
from ringback.domain.messages import KEPT, SPARE
from ringback.store.sqlite import SqliteStore
from support.replay import World

CHAT = "#ann/$bob;0000000000000001"


def two(*others):
    world = World("ann", "bob", *others)
    return world, world.attach("ann"), world.attach("bob")


def begun():
    """ann has written "hello" to bob: message 3 on both sides, chat CHAT."""
    world, ann, bob = two()
    assert ann.ask("MESSAGE bob hello") == "CHATMESSAGE 3 STATUS SENDING"
    ann.news()
    bob.news()
    return world, ann, bob


@pytest.mark.rule("message-r01", "message-r03", "chatmessage-r01")
def test_a_first_message_makes_the_dialog_on_both_sides():
    _world, ann, bob = two()
    assert ann.ask("MESSAGE bob hello") == "CHATMESSAGE 3 STATUS SENDING"
    ours = ann.news()
    assert ours[0] == f"CHAT {CHAT} NAME {CHAT}"
    assert ours[-2:] == ["CHATMESSAGE 3 STATUS SENDING", "CHATMESSAGE 3 STATUS SENT"]
    theirs = bob.news()
    assert theirs[-1] == "CHATMESSAGE 3 STATUS RECEIVED"
    for line in ("STATUS DIALOG", "TYPE DIALOG", "MYROLE USER", "MYSTATUS SUBSCRIBED"):
        assert f"CHAT {CHAT} {line}" in ours
        assert f"CHAT {CHAT} {line}" in theirs
    assert f"CHAT {CHAT} MEMBERS ann bob" in ours
    assert f"CHAT {CHAT} MEMBERS bob ann" in theirs
    assert [bob.ask(f"GET CHATMESSAGE 3 {name}") for name in ("BODY", "FROM_HANDLE", "TYPE", "CHATNAME")] == [
        "CHATMESSAGE 3 BODY hello",
        "CHATMESSAGE 3 FROM_HANDLE ann",
        "CHATMESSAGE 3 TYPE SAID",
        f"CHATMESSAGE 3 CHATNAME {CHAT}",
    ]
    assert ann.ask("GET CHATMESSAGE 3 STATUS") == "CHATMESSAGE 3 STATUS SENT"


@pytest.mark.rule("events-object-r04", "chatmessage-r01")
def test_the_second_message_uses_the_same_chat_and_wakes_the_other_one():
    _world, ann, bob = begun()
    assert bob.ask(f"CHATMESSAGE {CHAT} hi ann") == "CHATMESSAGE 4 STATUS SENDING"
    news = ann.news()
    assert news[0].endswith(" IS_ACTIVE TRUE")
    assert f"CHAT {CHAT} ACTIVEMEMBERS ann bob" in news
    assert f"CHAT {CHAT} POSTERS ann bob" in news
    assert news[-1].endswith(" STATUS RECEIVED")
    assert ann.ask("SEARCH CHATS") == bob.ask("SEARCH CHATS") == f"CHATS {CHAT}"


@pytest.mark.rule("chat-create-r01", "chat-create-r02", "chat-create-r05", "search-chats-r01")
def test_a_dialog_is_made_once():
    _world, ann, _bob = two()
    made = ann.ask("CHAT CREATE bob")
    assert made == f"CHAT {CHAT} STATUS DIALOG"
    assert not [line for line in ann.news() if line.endswith("OPENED")]
    assert ann.ask("chat create Bob") == made
    assert ann.news() == []
    assert ann.ask("SEARCH CHATS") == f"CHATS {CHAT}"
    assert ann.ask("SEARCH ACTIVECHATS") == "CHATS "


@pytest.mark.rule(
    "events-object-r05", "open-chat-r01", "open-chat-r02", "search-activechats-r01", "chat-create-r04"
)
def test_opening_a_chat_shows_it():
    _world, ann, _bob = begun()
    assert ann.ask(f"OPEN CHAT {CHAT}") == f"OPEN CHAT {CHAT}"
    assert ann.news() == [f"CHAT {CHAT} OPENED"]
    assert ann.ask("SEARCH ACTIVECHATS") == f"CHATS {CHAT}"
    assert ann.ask(f"OPEN CHAT {CHAT}") == f"OPEN CHAT {CHAT}"
    assert ann.news() == []


def test_what_stands_in_the_window_stands_there_after_a_restart():
    world, ann, _bob = begun()
    other = ann.ask("CHAT CREATE echo123").split()[1]
    for name in (other, CHAT):
        ann.ask(f"OPEN CHAT {name}")
    ann = world.restart("ann")
    assert ann.ask("SEARCH ACTIVECHATS") == f"CHATS {other}, {CHAT}"
    runtime = world.runtimes["ann"]
    runtime.act(partial(chats.hide, name=other))
    assert ann.news() == [f"CHAT {other} CLOSED"]
    assert world.restart("ann").ask("SEARCH ACTIVECHATS") == f"CHATS {CHAT}"


def test_all_dialogs_with_somebody_are_called_as_they_are():
    """Both begin one at the same moment."""
    world, ann, bob = two()
    world.runtimes["ann"]._heard(LinkChanged("offline"))
    ann.ask("MESSAGE bob from ann")
    bob.ask("MESSAGE ann from bob")
    world.runtimes["ann"]._heard(LinkChanged("online"))
    both = ann.ask("SEARCH CHATS").removeprefix("CHATS ").split(", ")
    assert len(both) == 2
    ann.news()
    ann.ask("SET USER bob DISPLAYNAME Robert")
    titles = [ann.ask(f"GET CHAT {name} FRIENDLYNAME") for name in both]
    assert all(" FRIENDLYNAME Robert" in title for title in titles)
    assert [line for line in ann.news() if "FRIENDLYNAME" in line] == titles


@pytest.mark.rule("open-im-r01", "open-im-r02")
def test_the_answer_to_open_im_follows_what_it_makes():
    _world, ann, _bob = two()
    ann.link.send("#x OPEN IM bob hello there")
    news = ann.news()
    assert news[-1] == "#x OPEN IM bob hello there"
    assert news[0] == f"CHAT {CHAT} NAME {CHAT}"
    assert f"CHAT {CHAT} OPENED" in news


@pytest.mark.rule(
    "set-chatmessage-seen-r01",
    "set-chatmessage-seen-r02",
    "set-chatmessage-seen-r03",
    "search-missedchatmessages-r01",
    "search-missedchats-r01",
)
def test_what_is_seen_is_missed_no_more():
    _world, _ann, bob = begun()
    assert bob.ask("SEARCH MISSEDCHATMESSAGES") == "CHATMESSAGES 3"
    assert bob.ask("SEARCH MISSEDCHATS") == f"CHATS {CHAT}"
    assert bob.ask("SET CHATMESSAGE 3 SEEN") == "CHATMESSAGE 3 STATUS READ"
    assert bob.news() == ["CHATMESSAGE 3 STATUS READ"]
    assert bob.ask("SEARCH MISSEDCHATMESSAGES") == "CHATMESSAGES "
    assert bob.ask("SEARCH MISSEDCHATS") == "CHATS "
    assert bob.ask("SET CHATMESSAGE 3 SEEN").startswith("ERROR 32 ")


@pytest.mark.rule("set-chatmessage-seen-r04")
def test_without_a_property_the_fault_is_the_same_for_any_message():
    _world, _ann, bob = begun()
    assert bob.ask("SET CHATMESSAGE 3").startswith("ERROR 32 ")
    assert bob.ask("SET CHATMESSAGE 99").startswith("ERROR 32 ")


@pytest.mark.rule("set-chatmessage-body-r01", "set-chatmessage-body-r02", "set-chatmessage-body-r05")
def test_own_messages_can_be_edited_on_both_sides():
    world, ann, bob = begun()
    assert ann.ask("GET CHATMESSAGE 3 IS_EDITABLE") == "CHATMESSAGE 3 IS_EDITABLE TRUE"
    assert bob.ask("GET CHATMESSAGE 3 IS_EDITABLE") == "CHATMESSAGE 3 IS_EDITABLE FALSE"
    assert bob.ask("SET CHATMESSAGE 3 BODY not mine").startswith("ERROR 32 ")
    world.clock.seconds += 60
    assert ann.ask("SET CHATMESSAGE 3 BODY hello, bob") == "CHATMESSAGE 3 BODY hello, bob"
    stamp = 1_700_000_000 + int(world.clock.seconds)
    told = [
        f"CHATMESSAGE 3 EDITED_TIMESTAMP {stamp}",
        "CHATMESSAGE 3 EDITED_BY ann",
        "CHATMESSAGE 3 BODY hello, bob",
    ]
    assert ann.news() == bob.news() == told
    assert bob.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY hello, bob"
    assert bob.ask("GET CHATMESSAGE 3 EDITED_BY") == "CHATMESSAGE 3 EDITED_BY ann"
    assert bob.ask("GET CHATMESSAGE 3 EDITED_TIMESTAMP") == f"CHATMESSAGE 3 EDITED_TIMESTAMP {stamp}"
    # An empty text removes it.
    assert ann.ask("SET CHATMESSAGE 3 BODY ") == "CHATMESSAGE 3 BODY "
    assert bob.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY "


def test_nobody_edits_what_others_wrote_even_on_the_network():
    world, ann, _bob = begun()
    uid = world.runtimes["ann"].engine.account.messages.find(3).uid
    hear = world.runtimes["ann"]._heard
    hear(EditCame("9", "e1", "bob", CHAT, uid, "forged", 5))
    hear(EditCame("10", "e2", "ann", CHAT, "nosuch", "lost", 5))
    assert ann.news() == []
    assert ann.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY hello"


@pytest.mark.rule("alter-chat-bookmark-r01", "alter-chat-bookmark-r02", "alter-chat-bookmark-r03")
@pytest.mark.rule("alter-chat-bookmark-r04", "search-bookmarkedchats-r01")
def test_bookmarks():
    _world, ann, bob = begun()
    old = _world.attach("ann", protocol=1)
    assert ann.ask(f"ALTER CHAT {CHAT} bookmark") == f"ALTER CHAT {CHAT} BOOKMARKED TRUE"
    assert ann.news() == [f"CHAT {CHAT} BOOKMARKED TRUE"]
    assert ann.ask("SEARCH BOOKMARKEDCHATS") == old.ask("SEARCH BOOKMARKEDCHATS") == f"CHATS {CHAT}"
    assert bob.ask("SEARCH BOOKMARKEDCHATS") == "CHATS "
    assert ann.ask(f"GET CHAT {CHAT} BOOKMARKED") == f"CHAT {CHAT} BOOKMARKED TRUE"
    assert ann.ask(f"ALTER CHAT {CHAT} UNBOOKMARK") == f"ALTER CHAT {CHAT} BOOKMARKED FALSE"
    assert ann.ask("SEARCH BOOKMARKEDCHATS") == "CHATS "


@pytest.mark.rule("alter-chat-settopic-r01", "alter-chat-settopic-r02")
@pytest.mark.rule("alter-chat-settopicxml-r01", "alter-chat-settopicxml-r02")
def test_topics_plain_and_rich():
    _world, ann, bob = begun()
    assert ann.ask(f"ALTER CHAT {CHAT} SETTOPIC tea & <cake>") == "ALTER CHAT SETTOPIC"
    for program in (ann, bob):
        assert f"CHAT {CHAT} TOPIC tea & <cake>" in program.news()
        assert program.ask(f"GET CHAT {CHAT} TOPICXML") == f"CHAT {CHAT} TOPICXML "
        assert program.ask(f"GET CHAT {CHAT} FRIENDLYNAME") == f"CHAT {CHAT} FRIENDLYNAME tea & <cake>"
    rich = '<B>tea</B> &amp; <SS type="smile">:-)</SS>'
    assert ann.ask(f"ALTER CHAT {CHAT} SETTOPICXML {rich}") == "ALTER CHAT SETTOPICXML"
    for program in (ann, bob):
        assert program.ask(f"GET CHAT {CHAT} TOPIC") == f"CHAT {CHAT} TOPIC tea & :-)"
        assert program.ask(f"GET CHAT {CHAT} TOPICXML") == f"CHAT {CHAT} TOPICXML {rich}"
    last = bob.ask("SEARCH CHATMESSAGES").split(" ")[1].rstrip(",")
    assert bob.ask(f"GET CHATMESSAGE {last} TYPE") == f"CHATMESSAGE {last} TYPE SETTOPIC"
    assert ann.ask(f"SET CHAT {CHAT} TOPIC plain") == f"CHAT {CHAT} TOPIC plain"
    assert bob.ask(f"GET CHAT {CHAT} TOPIC") == f"CHAT {CHAT} TOPIC plain"
    assert bob.ask(f"GET CHAT {CHAT} TOPICXML") == f"CHAT {CHAT} TOPICXML "


@pytest.mark.rule("get-chat-memberobjects-r01", "get-chatmember-r01", "get-chat-r01", "set-chat-r01")
def test_members_are_objects():
    _world, ann, bob = begun()
    assert ann.ask(f"GET CHAT {CHAT} MEMBEROBJECTS") == f"CHAT {CHAT} MEMBEROBJECTS 1, 2"
    shown = [ann.ask(f"GET CHATMEMBER {n} {name}") for n in (1, 2) for name in ("IDENTITY", "IS_ACTIVE")]
    assert shown == [
        "CHATMEMBER 1 IDENTITY ann",
        "CHATMEMBER 1 IS_ACTIVE TRUE",
        "CHATMEMBER 2 IDENTITY bob",
        "CHATMEMBER 2 IS_ACTIVE FALSE",
    ]
    bob.ask("MESSAGE ann hi")
    assert ann.ask("GET CHATMEMBER 2 IS_ACTIVE") == "CHATMEMBER 2 IS_ACTIVE TRUE"
    assert ann.ask("GET CHATMEMBER 2 CHATNAME") == f"CHATMEMBER 2 CHATNAME {CHAT}"
    assert ann.ask("GET CHATMEMBER 2 ROLE") == "CHATMEMBER 2 ROLE USER"
    assert ann.ask("ALTER CHATMEMBER 2 CANSETROLETO HELPER") == "ALTER CHATMEMBER CANSETROLETO FALSE"
    assert ann.ask("GET CHATMEMBER 99 ROLE").startswith("ERROR 7 ")


@pytest.mark.rule("get-chat-chatmessages-r01", "get-chat-recentchatmessages-r01")
@pytest.mark.rule("alter-chat-clearrecentmessages-r01", "alter-chat-clearrecentmessages-r02")
def test_messages_of_a_chat_and_the_recent_ones():
    _world, ann, bob = begun()
    for number in range(25):
        bob.ask(f"MESSAGE ann {number}")
    every = ann.ask(f"GET CHAT {CHAT} CHATMESSAGES").removeprefix(f"CHAT {CHAT} CHATMESSAGES ").split(", ")
    assert len(every) == 26
    assert every == sorted(every, key=int)
    for key in every[1:]:
        assert ann.ask(f"SET CHATMESSAGE {key} SEEN").endswith(" STATUS READ")
    recent = ann.ask(f"GET CHAT {CHAT} RECENTCHATMESSAGES").rpartition("RECENTCHATMESSAGES ")[2].split(", ")
    assert recent == every[-20:]
    assert ann.ask(f"ALTER CHAT {CHAT} CLEARRECENTMESSAGES") == "ALTER CHAT CLEARRECENTMESSAGES"
    assert ann.ask(f"GET CHAT {CHAT} RECENTCHATMESSAGES") == f"CHAT {CHAT} RECENTCHATMESSAGES "
    assert ann.ask(f"GET CHAT {CHAT} CHATMESSAGES").endswith(every[-1])
    assert ann.ask(f"GET CHAT {CHAT.replace('1', '9')} CHATMESSAGES").startswith("ERROR 501 ")


@pytest.mark.rule("clear-chathistory-r01", "clear-chathistory-r02", "events-status-r02")
def test_history_is_cleared_and_chats_stay():
    _world, ann, bob = begun()
    assert ann.ask("CLEAR CHATHISTORY") == "CLEAR CHATHISTORY"
    assert ann.news() == ["IMHISTORYCHANGED"]
    assert ann.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "
    assert ann.ask("GET CHATMESSAGE 3 BODY").startswith("ERROR 15 ")
    assert ann.ask("SEARCH CHATS") == f"CHATS {CHAT}"
    bob.ask("MESSAGE ann again")
    assert ann.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 5"
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 4, 3"


@pytest.mark.rule("search-chatmessages-r01", "search-chatmessages-r02", "search-messages-r02", "search-r01")
@pytest.mark.rule("search-recentchats-r01")
def test_searching_messages_with_somebody():
    world, ann, bob = two("carl")
    carl = world.attach("carl")
    ann.ask("MESSAGE bob one")
    ann.ask("MESSAGE carl two")
    carl.ask("MESSAGE ann three")
    bob.ask("MESSAGE ann four")
    ids = {ann.ask(f"GET CHATMESSAGE {n} BODY").split(" ")[-1]: n for n in range(1, 20)}
    with_carl = f"{ids['three']}, {ids['two']}"
    assert ann.ask("SEARCH CHATMESSAGES Carl") == f"CHATMESSAGES {with_carl}"
    assert ann.ask("SEARCH MESSAGES carl") == f"MESSAGES {with_carl}"
    assert ann.ask("SEARCH CHATMESSAGES") == f"CHATMESSAGES {ids['four']}, {with_carl}, {ids['one']}"
    for search in ("CHATMESSAGES", "MESSAGES"):
        assert ann.ask(f"SEARCH {search} €uro").startswith("ERROR 8 ")
    recent = ann.ask("SEARCH RECENTCHATS").removeprefix("CHATS ").split(", ")
    assert sorted(recent) == sorted(ann.ask("SEARCH CHATS").removeprefix("CHATS ").split(", "))


@pytest.mark.rule(
    "P13", "P14", "P15", "P16", "P17", "P18", "P19", "P21", "get-message-r01", "set-message-r01"
)
@pytest.mark.rule("set-message-seen-r01", "search-missedmessages-r01")
def test_programs_below_3_know_messages():
    world, ann, bob = begun()
    for version in (1, 2):
        old = world.attach("bob", protocol=version)
        assert old.ask("GET MESSAGE 3 PARTNER_HANDLE") == "MESSAGE 3 PARTNER_HANDLE ann"
        assert old.ask("get message 3 partner_dispname ") == "MESSAGE 3 PARTNER_DISPNAME ann"
        assert old.ask("GET CHATMESSAGE 3 FROM_HANDLE") == "MESSAGE 3 PARTNER_HANDLE ann"
        assert old.ask("GET MESSAGE 3 TYPE") == "MESSAGE 3 TYPE TEXT"
        assert old.ask("get message 3 conf_id") == "MESSAGE 3 CONF_ID 0"
        assert old.ask("GET MESSAGE 3 FAILUREREASON") == "MESSAGE 3 FAILUREREASON 0"
        assert old.ask("GET MESSAGE x FAILUREREASON").startswith("ERROR 14 ")
        assert old.ask("GET MESSAGE 99 FAILUREREASON").startswith("ERROR 15 ")
        assert old.ask("GET MESSAGE 3 XYZ").startswith("ERROR 16 ")
        assert old.ask("SEARCH MISSEDMESSAGES") == "MESSAGES 3"
        assert old.ask("SET MESSAGE 3 BODY x").startswith("ERROR ")
    assert old.ask("SET MESSAGE 3 SEEN") == "MESSAGE 3 STATUS READ"
    assert old.news() == ["MESSAGE 3 STATUS READ"]
    assert bob.news() == ["CHATMESSAGE 3 STATUS READ"]
    # From 3 on the old object still answers, under its own name.
    assert ann.ask("GET MESSAGE 3 PARTNER_HANDLE") == "MESSAGE 3 PARTNER_HANDLE ann"
    assert ann.ask("GET MESSAGE 3 TYPE") == "MESSAGE 3 TYPE TEXT"
    assert ann.ask("GET MESSAGE 3 FAILUREREASON") == "MESSAGE 3 FAILUREREASON 0"
    assert ann.ask("GET MESSAGE 3 CONF_ID") == "MESSAGE 3 CONF_ID 0"
    for name in ("BODY", "STATUS", "TYPE", "TIMESTAMP", "PARTNER_HANDLE"):
        assert ann.ask(f"SET MESSAGE 3 {name} x").startswith("ERROR 32 ")
    assert ann.ask("SET MESSAGE 99 SEEN").startswith("ERROR 31 ")


@pytest.mark.rule("message-r02")
def test_why_a_message_cannot_be_sent_is_said_by_an_entry():
    world, ann, _bob = two()
    old = world.attach("ann", protocol=2)
    assert ann.ask("MESSAGE nobody.here hi") == "CHATMESSAGE 3 STATUS SENDING"
    left = ann.news()[-1].split(" ")[1]
    assert [
        ann.ask(f"GET CHATMESSAGE {left} {name}") for name in ("TYPE", "LEAVEREASON", "USERS", "STATUS")
    ] == [
        f"CHATMESSAGE {left} TYPE LEFT",
        f"CHATMESSAGE {left} LEAVEREASON USER_NOT_FOUND",
        f"CHATMESSAGE {left} USERS nobody.here",
        f"CHATMESSAGE {left} STATUS RECEIVED",
    ]
    assert "MESSAGE 3 STATUS FAILED" in old.news()
    assert ann.ask("GET MESSAGE 3 FAILUREREASON") == "MESSAGE 3 FAILUREREASON 1"
    assert old.ask("GET MESSAGE 3 FAILUREREASON") == "MESSAGE 3 FAILUREREASON 1"


BODIES = [
    "two\nlines\r\n",
    "  kept blanks  ",
    "😀 emoji",
    "עברית مرحبا",
    "a\tb",
    "#1 no id",
    '"quoted"',
    "x" * 1_000_000,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_any_text_arrives_as_it_was_written(body):
    _world, ann, bob = begun()
    assert ann.ask(f"CHATMESSAGE {CHAT} {body}").endswith("STATUS SENDING")
    key = bob.ask("SEARCH CHATMESSAGES").split(" ")[1].rstrip(",")
    assert bob.ask(f"GET CHATMESSAGE {key} BODY") == f"CHATMESSAGE {key} BODY {body.lstrip(' ')}"


def test_emotes_are_told_from_texts():
    _world, ann, bob = begun()
    ann.ask("MESSAGE bob /me waves")
    key = bob.ask("SEARCH CHATMESSAGES").split(" ")[1].rstrip(",")
    assert bob.ask(f"GET CHATMESSAGE {key} TYPE") == f"CHATMESSAGE {key} TYPE EMOTED"
    assert bob.ask(f"GET CHATMESSAGE {key} BODY") == f"CHATMESSAGE {key} BODY waves"


def test_echo123_answers_with_the_same_text():
    _world, ann, _bob = two()
    ann.ask("MESSAGE echo123 one\ntwo")
    news = ann.news()
    assert "CHATMESSAGE 3 STATUS SENT" in news
    key = news[-1].split(" ")[1]
    assert news[-1] == f"CHATMESSAGE {key} STATUS RECEIVED"
    assert ann.ask(f"GET CHATMESSAGE {key} BODY") == f"CHATMESSAGE {key} BODY one\ntwo"
    assert ann.ask(f"GET CHATMESSAGE {key} FROM_DISPNAME").endswith(" Echo / Sound Test Service")


def test_echo123_calls_back_who_asks_for_it():
    world, ann, _bob = two()
    ann.ask("MESSAGE echo123 Call me ")
    call = next(line for line in ann.news() if line.endswith(" STATUS RINGING")).split(" ")[1]
    assert ann.ask(f"GET CALL {call} PARTNER_HANDLE") == f"CALL {call} PARTNER_HANDLE echo123"
    assert ann.ask(f"ALTER CALL {call} ANSWER") == f"ALTER CALL {call} ANSWER"
    world.wait(60)
    assert ann.news()[-1] == f"CALL {call} STATUS FINISHED"
    # It says the same text, too.
    assert ann.ask("SEARCH CHATMESSAGES echo123").count(",") == 1


def test_somebody_who_is_away_gets_it_later_and_once(tmp_path):
    world, ann, _bob = two()
    gone = world.runtimes["bob"]
    gone.stop()
    assert ann.ask("MESSAGE bob one") == "CHATMESSAGE 3 STATUS SENDING"
    assert "CHATMESSAGE 3 STATUS SENT" in ann.news()
    ann.ask("MESSAGE bob two")
    ann.ask("SET CHATMESSAGE 3 BODY uno")
    bob = world.restart("bob")
    assert bob.ask("SEARCH MISSEDCHATMESSAGES") == "CHATMESSAGES 3, 4"
    assert bob.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY uno"
    bob = world.restart("bob")
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 4, 3"


def test_what_is_written_offline_goes_out_later():
    world, ann, bob = begun()
    network = world.world._online["ann"]
    network(LinkChanged("offline"))
    # Number 4 went to the request by which message 3 was sent.
    assert ann.ask("MESSAGE bob later") == "CHATMESSAGE 5 STATUS SENDING"
    assert "CHATMESSAGE 5 STATUS SENT" not in ann.news()
    assert bob.news() == []
    network(LinkChanged("online"))
    assert ann.news()[-1] == "CHATMESSAGE 5 STATUS SENT"
    assert bob.news()[-1].endswith("STATUS RECEIVED")


def test_a_message_that_comes_twice_is_there_once():
    world, _ann, bob = begun()
    again = world.runtimes["bob"].engine.account.messages.find(3)
    came = MessageCame("99", again.uid, "ann", CHAT, "said", "hello", 5)
    world.runtimes["bob"]._heard(came)
    assert bob.news() == []
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 3"


def test_strange_chat_ids_are_not_believed():
    world, _ann, bob = begun()
    for number, name in enumerate(("#x", "#carl/$dave;0000000000000001", f"{CHAT} TOPIC", "#ann/$bob;zz")):
        world.runtimes["bob"]._heard(MessageCame(str(number), f"u{number}", "ann", name, "said", "x", 5))
    assert bob.ask("SEARCH CHATS") == f"CHATS {CHAT}"
    world.runtimes["bob"]._heard(MessageCame("9", "u9", "ann", CHAT, "odd kind", "x", 5))
    key = bob.ask("SEARCH CHATMESSAGES").split(" ")[1].rstrip(",")
    assert bob.ask(f"GET CHATMESSAGE {key} TYPE") == f"CHATMESSAGE {key} TYPE UNKNOWN"


def test_what_blocked_people_write_is_not_shown():
    _world, ann, bob = begun()
    assert bob.ask("SET USER ann ISBLOCKED TRUE") == "USER ann ISBLOCKED TRUE"
    bob.news()
    assert ann.ask("MESSAGE bob psst").endswith("SENDING")
    assert ann.news()[-1].endswith("STATUS SENT")
    assert bob.news() == []
    assert bob.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 3"


@pytest.mark.rule("alter-chat-setalertstring-r01", "alter-chat-setalertstring-r03")
def test_the_alert_text_loses_its_first_character():
    world, ann, _bob = begun()
    chat = world.runtimes["ann"].engine.account.chats.all[CHAT]
    for given, kept in (('"=tea"', "tea"), ("=two words", "two words"), ('"=', "=")):
        assert ann.ask(f"ALTER CHAT {CHAT} SETALERTSTRING {given}") == "ALTER CHAT SETALERTSTRING"
        assert chat.alert == kept


@pytest.mark.parametrize(
    "action",
    [
        *("LEAVE", "JOIN", "ACCEPTADD", "DISBAND", "SETPASSWORD a b", "ENTERPASSWORD a", "SETOPTIONS 1"),
        *("KICK bob", "KICKBAN bob", "SETGUIDELINES be kind"),
    ],
)
def test_what_takes_more_than_two_is_refused(action):
    _world, ann, _bob = begun()
    assert ann.ask(f"ALTER CHAT {CHAT} {action}").startswith("ERROR 504 ")
    assert ann.news() == []


def test_a_restart_changes_nothing_that_can_be_seen(tmp_path):
    stores = {name: SqliteStore(tmp_path / f"{name}.sqlite") for name in ("ann", "bob")}
    world = World("ann", "bob", stores=stores)
    ann, bob = world.attach("ann"), world.attach("bob")
    ann.ask("MESSAGE bob one")
    bob.ask("MESSAGE ann two")
    ann.ask(f"ALTER CHAT {CHAT} BOOKMARK")
    ann.ask(f"ALTER CHAT {CHAT} SETTOPICXML <b>tea</b>")
    names = (
        "NAME",
        "TIMESTAMP",
        "ADDER",
        "STATUS",
        "POSTERS",
        "MEMBERS",
        "TOPIC",
        "TOPICXML",
        "CHATMESSAGES",
    )
    names += ("ACTIVEMEMBERS", "FRIENDLYNAME", "RECENTCHATMESSAGES", "BOOKMARKED", "MEMBEROBJECTS", "TYPE")
    names += ("DIALOG_PARTNER", "ACTIVITY_TIMESTAMP", "MYSTATUS", "MYROLE", "OPTIONS")
    questions = [f"GET CHAT {CHAT} {name}" for name in names]
    questions += [f"GET CHATMEMBER {n} {name}" for n in (1, 2) for name in ("IDENTITY", "IS_ACTIVE", "ROLE")]
    questions += [
        f"GET CHATMESSAGE {n} {p}" for n in range(1, 9) for p in ("BODY", "STATUS", "TYPE", "TIMESTAMP")
    ]
    questions += ["SEARCH CHATS", "SEARCH MISSEDCHATS", "SEARCH RECENTCHATS", "SEARCH CHATMESSAGES"]
    questions += ["SEARCH CHATMESSAGES bob", "SEARCH MISSEDCHATMESSAGES", "SEARCH BOOKMARKEDCHATS"]
    before = [ann.ask(question) for question in questions]
    world.runtimes["ann"].stop()
    world.stores["ann"] = SqliteStore(tmp_path / "ann.sqlite")
    again = world.restart("ann")
    assert [again.ask(question) for question in questions] == before
    world.runtimes["bob"].stop()


def test_old_messages_are_looked_up_and_few_are_kept(tmp_path):
    store = SqliteStore(tmp_path / "me.sqlite")
    world = World("me", stores={"me": store})
    program = world.attach("me")
    program.ask("MESSAGE echo123 first")
    for number in range(KEPT + SPARE):
        program.ask(f"MESSAGE echo123 {number}")
    kept = world.runtimes["me"].engine.account.messages
    for key in (3, 5, 100):
        program.ask(f"GET CHATMESSAGE {key} BODY")
    assert program.ask("GET CHATMESSAGE 3 BODY") == "CHATMESSAGE 3 BODY first"
    assert len(kept.kept) <= KEPT + SPARE + 1
    assert not kept.rows.late(Kind.MESSAGE)
    assert len(kept.uids) == len(kept.kept)
    ids = program.ask("SEARCH CHATMESSAGES").removeprefix("CHATMESSAGES ").split(", ")
    assert len(ids) == 2 * (KEPT + SPARE + 1)
    assert ids == sorted(ids, key=int, reverse=True)
    world.runtimes["me"].stop()


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("lost", ["acknowledgement", "confirmation"])
def test_what_was_cleared_does_not_come_again(lost, restarted):
    """The network repeats what was not acknowledged, and the sender what was not confirmed."""
    world, ann, bob = two()
    if lost == "acknowledgement":
        world.runtimes["ann"]._network.acknowledge = lambda _receipt: None
    else:
        world.world._post_office._boxes["bob"].listener = lambda _event: None
    bob.ask("MESSAGE ann one")
    bob.ask("SET CHATMESSAGE 3 BODY two")
    assert ann.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES 3"
    for _ in range(2):
        assert ann.ask("CLEAR CHATHISTORY") == "CLEAR CHATHISTORY"
    ann.news()
    if restarted:
        ann = world.restart("ann")
    else:
        ann.ask("SET USERSTATUS OFFLINE")
        ann.ask("SET USERSTATUS ONLINE")
    bob = world.restart("bob")
    world.runtimes["bob"]._outside._heard(LinkChanged("online"))
    assert bob.ask("GET CHATMESSAGE 3 STATUS") == "CHATMESSAGE 3 STATUS SENT"
    assert ann.ask("SEARCH CHATMESSAGES") == "CHATMESSAGES "
    assert not [line for line in ann.news() if line.startswith("CHATMESSAGE")]
    bob.ask("MESSAGE ann three")
    assert [line for line in ann.news() if line.endswith("STATUS RECEIVED")]


def test_marks_of_what_was_cleared_are_bounded(monkeypatch):
    monkeypatch.setattr(messages, "FORGOTTEN", 3)
    world, ann, bob = two()
    for cleared in (2, 4, 4):
        for number in range(cleared):
            bob.ask(f"MESSAGE ann {number}")
            ann.ask("MESSAGE bob not mine to keep")
        ann.ask("CLEAR CHATHISTORY")
        assert 0 < len(world.runtimes["ann"].engine.account.messages.forgotten) <= 3
