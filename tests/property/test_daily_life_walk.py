"""Random walks of three accounts through a whole day: people, chats, calls, settings, restarts, wrong words.

Every command has exactly one answer (``ask`` checks it) and no answer is an internal error; when all is quiet
both ends agree on who may see whom, what was written and which calls live; another restart changes nothing
that can be seen.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.domain.call_table import FINAL
from ringback.domain.changes import Kind
from ringback.domain.inputs import LinkChanged
from support.replay import World

PEOPLE = ("ann", "bob", "carl")
SOMEBODY = (*PEOPLE, "echo123", "busy.bee", "nobody.here", "+15005550002", "")
who = st.sampled_from(PEOPLE)
whom = st.sampled_from(SOMEBODY)
nth = st.integers(0, 5)
#: ``{who}`` somebody, ``{call}``, ``{chat}``, ``{message}`` something that the account has, or has not.
COMMANDS = (
    "SET USER {who} BUDDYSTATUS 2 let me in",
    "SET USER {who} BUDDYSTATUS 1",
    "SET USER {who} ISAUTHORIZED TRUE",
    "SET USER {who} ISAUTHORIZED FALSE",
    "SET USER {who} ISBLOCKED TRUE",
    "SET USER {who} ISBLOCKED FALSE",
    "SET USER {who} DISPLAYNAME The {who}",
    "SET USER {who} SPEEDDIAL 7",
    "MESSAGE {who} hello",
    "MESSAGE 7 hello by number",
    "CHAT CREATE {who}",
    "CHATMESSAGE {chat} more",
    "SET CHATMESSAGE {message} BODY other words",
    "SET CHATMESSAGE {message} SEEN",
    "ALTER CHAT {chat} SETTOPIC tea",
    "ALTER CHAT {chat} BOOKMARK",
    "ALTER CHAT {chat} LEAVE",
    "OPEN IM {who}",
    "CLEAR CALLHISTORY ALL",
    "CALL {who}",
    "ALTER CALL {call} ANSWER",
    "ALTER CALL {call} HOLD",
    "ALTER CALL {call} RESUME",
    "ALTER CALL {call} HANGUP",
    "SET CALL {call} SEEN",
    "SET CALL {call} DTMF 5",
    "SET USERSTATUS AWAY",
    "SET USERSTATUS INVISIBLE",
    "SET USERSTATUS ONLINE",
    "SET PROFILE MOOD_TEXT tea",
    "SET PROFILE RICH_MOOD_TEXT <b>tea</b>",
    "SET PROFILE FULLNAME Somebody Else",
    "SET MUTE ON",
    "GET USER {who} ONLINESTATUS",
    "SEARCH FRIENDS",
    "DANCE {who}",
)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("say"), who, st.sampled_from(COMMANDS), whom, nth),
        st.tuples(st.just("wait"), who, st.just(""), st.just(""), st.integers(1, 40)),
        st.tuples(
            st.sampled_from(["killed", "offline", "online"]), who, st.just(""), st.just(""), st.just(0)
        ),
    ),
    min_size=5,
    max_size=40,
)
USER = ("BUDDYSTATUS", "ISAUTHORIZED", "ISBLOCKED", "DISPLAYNAME", "SPEEDDIAL", "RECEIVEDAUTHREQUEST")
CALL = ("STATUS", "TYPE", "PARTNER_HANDLE", "TIMESTAMP", "DURATION", "FAILUREREASON", "SEEN")
CHAT = ("STATUS", "POSTERS", "TOPIC", "CHATMESSAGES", "BOOKMARKED", "DIALOG_PARTNER", "MEMBERS", "ADDER")
CHAT += ("ACTIVEMEMBERS", "MEMBEROBJECTS", "FRIENDLYNAME", "RECENTCHATMESSAGES", "TIMESTAMP")
MESSAGE = ("BODY", "STATUS", "TYPE", "FROM_HANDLE", "TIMESTAMP", "EDITED_BY")
SEARCHES = ("FRIENDS", "USERSWAITINGMYAUTHORIZATION", "CALLS", "MISSEDCALLS", "CHATS", "RECENTCHATS")
SEARCHES += ("BOOKMARKEDCHATS", "CHATMESSAGES", "MISSEDCHATMESSAGES", "ACTIVECHATS")
OWN = ("USERSTATUS", "PROFILE MOOD_TEXT", "PROFILE RICH_MOOD_TEXT", "PROFILE FULLNAME")


class Day:
    def __init__(self):
        self.world = World(*PEOPLE)
        self.programs = {name: self.world.attach(name) for name in PEOPLE}
        #: Who blocked whom, for however long.
        self.blocked = set()

    def account(self, name):
        return self.world.runtimes[name].engine.account

    def listed(self, name, search):
        answer = self.programs[name].ask(f"SEARCH {search}")
        return [item for item in answer.partition(" ")[2].split(", ") if item]

    def one(self, name, search, number):
        """One of what there is; the first that there is not stands in for what cannot be."""
        found = [*self.listed(name, search), "99999"]
        return found[number % len(found)]

    def do(self, act):
        kind, name, command, somebody, number = act
        match kind:
            case "say":
                for what, search in (("{call}", "CALLS"), ("{chat}", "CHATS"), ("{message}", "CHATMESSAGES")):
                    if what in command:
                        command = command.replace(what, self.one(name, search, number))
                answer = self.programs[name].ask(command.replace("{who}", somebody))
                assert not answer.startswith("ERROR 9901 Internal"), (command, answer)
                if answer.endswith("ISBLOCKED TRUE"):
                    self.blocked.add((name, somebody))
            case "wait":
                self.pass_time(number / 2)
            case "killed":
                self.programs[name] = self.world.restart(name)
            case "offline":
                self.world.world.leave(name, self.world.clock.now())
                self.world.runtimes[name]._heard(LinkChanged("offline"))
            case "online":
                # Who joins is told how everybody is.
                self.world.world.arrive(name, self.world.runtimes[name]._heard)

    def pass_time(self, seconds):
        """Time without sound, in steps of half a second."""
        for _ in range(round(seconds * 2)):
            self.world.clock.seconds += 0.5
            for runtime in self.world.runtimes.values():
                runtime.time_passed()

    def quiet(self):
        """Everybody hangs up, comes back and has heard all news."""
        for name in PEOPLE:
            self.do(("online", name, "", "", 0))
            for call in list(self.account(name).calls.alive):
                self.programs[name].ask(f"ALTER CALL {call} HANGUP")
        self.pass_time(100)

    def entries(self, name, other):
        messages = self.account(name).messages
        found = (messages.find(key) for key in messages.rows.keys(Kind.MESSAGE, {"partner": other}))
        shared = (m for m in found if m.sort in ("said", "emoted", "settopic"))
        return {m.uid: (m.author, m.sort, m.body, m.timestamp, m.edited_at, m.chat) for m in shared}

    def seen(self, name):
        """What a program can ask for and no connection tells."""
        program = self.programs[name]
        shown = {f"SEARCH {search}": self.listed(name, search) for search in SEARCHES}
        questions = [f"GET {own}" for own in OWN]
        questions += [f"GET USER {user} {p}" for user in PEOPLE if user != name for p in USER]
        for search, kind, properties in (
            ("CALLS", "CALL", CALL),
            ("CHATS", "CHAT", CHAT),
            ("CHATMESSAGES", "CHATMESSAGE", MESSAGE),
        ):
            questions += [f"GET {kind} {key} {p}" for key in shown[f"SEARCH {search}"] for p in properties]
        return shown | {question: program.ask(question) for question in questions}


@settings(max_examples=80, deadline=None)
@given(acts)
def test_a_day_of_three(script):
    day = Day()
    for act in script:
        day.do(act)
    day.quiet()
    for name in PEOPLE:
        account = day.account(name)
        assert not account.outbox.waiting
        assert not account.calls.alive
        for call in day.listed(name, "CALLS"):
            status = day.programs[name].ask(f"GET CALL {call} STATUS").rpartition(" ")[2].lower()
            assert status in FINAL
    for one, other in (("ann", "bob"), ("ann", "carl"), ("bob", "carl")):
        here, there = day.account(one).person(other), day.account(other).person(one)
        assert here.has_authorized == there.is_authorized
        assert there.has_authorized == here.is_authorized
        here_kept, there_kept = day.entries(one, other), day.entries(other, one)
        if (one, other) not in day.blocked and (other, one) not in day.blocked:
            assert here_kept == there_kept
        for uid in here_kept.keys() & there_kept.keys():
            assert here_kept[uid] == there_kept[uid]
        for kept, missing in ((here_kept, there_kept), (there_kept, here_kept)):
            # What only one side holds is its own, and was written to somebody who blocked it for a while.
            for uid in kept.keys() - missing.keys():
                writer = kept[uid][0]
                assert ({one: other, other: one}[writer], writer) in day.blocked
        if not (here.is_blocked or there.is_blocked):
            for me, them, mine in ((one, other, here), (other, one, there)):
                status = day.account(them).settings.user_status
                visible = mine.has_authorized and status not in ("invisible", "offline")
                shown = day.programs[me].ask(f"GET USER {them} ONLINESTATUS").rpartition(" ")[2].lower()
                assert shown == (status if visible else "offline"), (me, them)
    for name in PEOPLE:
        before = day.seen(name)
        day.do(("killed", name, "", "", 0))
        assert day.seen(name) == before
