"""Random walks of three accounts that write to each other, go away, are killed and come back.

Whatever they do, legal or not, every command has one answer (``ask`` checks it); when all is quiet both ends
of a dialog hold the same entries, and another restart changes nothing that can be seen.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.domain.changes import Kind
from ringback.domain.inputs import LinkChanged
from support.replay import World

PEOPLE = ("ann", "bob", "carl")
who = st.sampled_from(PEOPLE)
text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
number = st.integers(0, 12)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("write"), who, who, text),
        st.tuples(st.just("say"), who, number, text),
        st.tuples(st.just("edit"), who, number, text),
        st.tuples(st.just("seen"), who, number),
        st.tuples(st.just("topic"), who, number, text),
        st.tuples(st.just("bookmark"), who, number),
        st.tuples(st.just("create"), who, who),
        st.tuples(st.just("clear"), who),
        st.tuples(st.just("offline"), who),
        st.tuples(st.just("online"), who),
        st.tuples(st.just("killed"), who),
    ),
    max_size=30,
)


def of(items, position):
    return items[position % len(items)] if items else "#x/$y;0000000000000000"


class Walk:
    def __init__(self):
        self.world = World(*PEOPLE)
        self.programs = {name: self.world.attach(name) for name in PEOPLE}

    def listed(self, name, search):
        answer = self.programs[name].ask(f"SEARCH {search}")
        return [item for item in answer.partition(" ")[2].split(", ") if item]

    def do(self, act):
        kind, name, *rest = act
        program = self.programs[name]
        match kind:
            case "write":
                program.ask(f"MESSAGE {rest[0]} {rest[1]}")
            case "say":
                program.ask(f"CHATMESSAGE {of(self.listed(name, 'CHATS'), rest[0])} {rest[1]}")
            case "edit":
                program.ask(
                    f"SET CHATMESSAGE {of(self.listed(name, 'CHATMESSAGES'), rest[0])} BODY {rest[1]}"
                )
            case "seen":
                program.ask(f"SET CHATMESSAGE {of(self.listed(name, 'CHATMESSAGES'), rest[0])} SEEN")
            case "topic":
                program.ask(f"ALTER CHAT {of(self.listed(name, 'CHATS'), rest[0])} SETTOPIC {rest[1]}")
            case "bookmark":
                program.ask(f"ALTER CHAT {of(self.listed(name, 'CHATS'), rest[0])} BOOKMARK")
            case "create":
                program.ask(f"CHAT CREATE {rest[0]}")
            case "clear":
                program.ask("CLEAR CHATHISTORY")
            case "offline" | "online":
                self.world.runtimes[name]._heard(LinkChanged(kind))
            case "killed":
                self.programs[name] = self.world.restart(name)

    def entries(self, name, other):
        """What a side holds of what was written between two: by the name that both know it by."""
        messages = self.world.runtimes[name].engine.account.messages
        found = (messages.find(key) for key in messages.rows.keys(Kind.MESSAGE, {"partner": other}))
        shared = (m for m in found if m.sort in ("said", "emoted", "settopic"))
        return {m.uid: (m.author, m.sort, m.body, m.timestamp, m.edited_at, m.chat) for m in shared}

    def seen(self, name):
        """All that a program can ask for about chats."""
        program, shown = self.programs[name], []
        for search in (
            "CHATS",
            "RECENTCHATS",
            "MISSEDCHATS",
            "BOOKMARKEDCHATS",
            "CHATMESSAGES",
            "MISSEDCHATMESSAGES",
        ):
            shown.append(sorted(self.listed(name, search)))
        for chat in self.listed(name, "CHATS"):
            for field in ("STATUS", "POSTERS", "TOPIC", "FRIENDLYNAME", "CHATMESSAGES", "RECENTCHATMESSAGES"):
                shown.append(program.ask(f"GET CHAT {chat} {field}"))
        for key in self.listed(name, "CHATMESSAGES"):
            for field in ("BODY", "STATUS", "TYPE", "FROM_HANDLE", "TIMESTAMP", "EDITED_BY", "IS_EDITABLE"):
                shown.append(program.ask(f"GET CHATMESSAGE {key} {field}"))
        return shown


@settings(max_examples=60, deadline=None)
@given(acts)
def test_both_ends_agree_and_a_restart_changes_nothing(script):
    walk = Walk()
    cleared = set()
    for act in script:
        walk.do(act)
        if act[0] == "clear":
            cleared.add(act[1])
    for name in PEOPLE:
        walk.do(("online", name))
    for one, other in (("ann", "bob"), ("ann", "carl"), ("bob", "carl")):
        here, there = walk.entries(one, other), walk.entries(other, one)
        if not cleared & {one, other}:
            assert here == there
        for uid in here.keys() & there.keys():
            assert here[uid] == there[uid]
    for name in PEOPLE:
        account = walk.world.runtimes[name].engine.account
        assert not account.outbox.waiting
        before = walk.seen(name)
        walk.do(("killed", name))
        assert walk.seen(name) == before
