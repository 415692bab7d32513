"""Random walks of two accounts that ask, grant, refuse, remove and block each other, go away, are killed.

Acknowledgements get lost and requests are made again, as after a kill at a bad moment. Each command has
exactly one answer (``ask`` checks it). When both are there and quiet, they agree: who is seen is who gave
leave and does not block, and BUDDYSTATUS says so; another kill changes nothing that can be seen.
"""

from itertools import permutations, product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.replay import World

PEOPLE = ("ann", "bob")
COMMANDS = {
    "ask": "BUDDYSTATUS 2 hello",
    "remove": "BUDDYSTATUS 1",
    "grant": "ISAUTHORIZED TRUE",
    "refuse": "ISAUTHORIZED FALSE",
    "block": "ISBLOCKED TRUE",
    "unblock": "ISBLOCKED FALSE",
}
#: What a command makes of (may the other see us, is the other blocked); None: it stays.
MEANS = {
    "ask": (True, False),
    "remove": (False, None),
    "grant": (True, False),
    "refuse": (False, None),
    "block": (None, True),
    "unblock": (None, False),
}
PAIRS = list(permutations(PEOPLE, 2))
ACTS = [
    *product(COMMANDS, PAIRS),
    *product(("away", "back", "killed", "deaf", "stutter"), PEOPLE),
    *[("all killed", None), ("wait", 0.01), ("wait", 1.0)],
]


class Walk:
    def __init__(self):
        self.world = World(*PEOPLE)
        self.model = dict.fromkeys(PAIRS, (False, False))
        self.programs, self.said = {}, {name: [] for name in PEOPLE}
        for name in PEOPLE:
            self.attend(name)

    def attend(self, name):
        """Have a program attached, and remember what is posted."""
        self.programs[name] = self.world.attach(name)
        network, said = self.world.runtimes[name]._network, self.said[name]
        post = network.post
        network.post = lambda request: (said.append(request), post(request))

    def do(self, kind, what):
        match kind:
            case "away":
                self.programs[what].ask("SET USERSTATUS OFFLINE")
            case "back":
                self.programs[what].ask("SET USERSTATUS ONLINE")
            case "killed":
                self.world.restart(what)
                self.attend(what)
            case "deaf":
                # What is delivered from now on comes again after the next connection.
                self.world.runtimes[what]._network.acknowledge = lambda _receipt: None
            case "stutter":
                for request in list(self.said[what]):
                    self.world.world.post(what, request, self.world.clock.now())
            case "all killed":
                self.world = self.world.again()
                for name in PEOPLE:
                    self.attend(name)
            case "wait":
                self.world.wait(what)
            case _:
                ours, theirs = what
                if not self.programs[ours].ask(f"SET USER {theirs} {COMMANDS[kind]}").startswith("ERROR"):
                    old = self.model[what]
                    self.model[what] = tuple(
                        before if new is None else new for before, new in zip(old, MEANS[kind], strict=True)
                    )

    def get(self, ours, theirs, name):
        return self.programs[ours].ask(f"GET USER {theirs} {name}").split(" ", 3)[3]

    def seen(self):
        """All that programs can see of it."""
        names = ("BUDDYSTATUS", "ISAUTHORIZED", "ISBLOCKED", "ONLINESTATUS", "RECEIVEDAUTHREQUEST")
        shown = {(a, b): [self.get(a, b, name) for name in names] for a, b in PAIRS}
        for name in PEOPLE:
            for what in ("FRIENDS", "USERSWAITINGMYAUTHORIZATION"):
                shown[name, what] = self.programs[name].ask(f"SEARCH {what}")
        return shown


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=30))
@example([("ask", ("ann", "bob")), ("block", ("ann", "bob")), ("killed", "bob"), ("unblock", ("ann", "bob"))])
@example([("deaf", "bob"), ("ask", ("ann", "bob")), ("refuse", ("bob", "ann"))])
@example([("away", "ann"), ("ask", ("ann", "bob")), ("ask", ("bob", "ann")), ("block", ("ann", "bob"))])
@example([("away", "ann"), ("ask", ("ann", "bob")), ("all killed", None), ("remove", ("ann", "bob"))])
def test_both_sides_agree(script):
    walk = Walk()
    for act in script:
        walk.do(*act)
    for name in PEOPLE:
        walk.do("back", name)
    shown = walk.seen()
    for ours, theirs in PAIRS:
        standing, authorized, blocked, presence, asks = shown[ours, theirs]
        leave, kept_out = walk.model[ours, theirs]
        assert (authorized, blocked) == (str(leave).upper(), str(kept_out).upper())
        given_leave, shut_out = walk.model[theirs, ours]
        assert presence == ("ONLINE" if given_leave and not shut_out else "OFFLINE")
        assert standing in (("0", "1", "3") if given_leave else ("0", "1", "2"))
        if asks:
            assert not leave
            assert not kept_out
            assert shown[theirs, ours][0] == "2"
    walk.do("all killed", None)
    assert walk.seen() == shown
