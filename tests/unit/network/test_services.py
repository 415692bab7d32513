"""echo123 exists beside everybody else, and nobody else of the embedded network does."""

from ringback.domain.effects import CallAct, PostMessage
from ringback.domain.inputs import LinkChanged, MessageCame, PeopleFound, PersonSeen, Posted
from ringback.domain.nature import Nature, Part
from ringback.media.pipes import ProcessPipes
from ringback.network.embedded.network import EmbeddedNetwork
from ringback.network.embedded.world import EmbeddedWorld
from ringback.network.services import WithServices
from support.clock import FakeClock
from support.replay import PROMPTS

NATURE = Nature(frozenset({Part.CHATS}))


class Recorder:
    """A network that notes what it is asked."""

    nature = NATURE

    def __init__(self) -> None:
        self.asked = []
        self.listener = None

    def connect(self, account, listener):
        self.listener = listener

    def next_deadline(self):
        return None

    def __getattr__(self, name):
        return lambda *given: self.asked.append((name, *given))


class Pair:
    def __init__(self) -> None:
        clock = FakeClock()
        self.main, self.events = Recorder(), []
        services = EmbeddedNetwork(EmbeddedWorld(ProcessPipes(), PROMPTS, lambda: None), clock)
        self.both = WithServices(self.main, services, frozenset({"echo123"}))
        self.both.connect("alice", self.events.append)

    def took(self):
        events, self.events[:] = list(self.events), []
        return events


def letter(to):
    return PostMessage(f"uid-{to}", to, f"#alice/${to};0123456789abcdef", "said", "hello", 5)


def test_services_are_there_when_the_network_is():
    pair = Pair()
    assert pair.both.nature is NATURE
    pair.main.listener(LinkChanged("connecting"))
    assert pair.took() == [LinkChanged("connecting")]
    pair.main.listener(LinkChanged("online"))
    seen = pair.took()
    assert seen[0] == LinkChanged("online")
    assert {event.handle for event in seen[1:]} == {"echo123"}
    assert any(isinstance(event, PersonSeen) for event in seen)


def test_each_is_asked_for_its_own():
    pair = Pair()
    pair.main.listener(LinkChanged("online"))
    pair.took()
    pair.both.post(letter("echo123"))
    posted, echo = pair.took()
    assert isinstance(posted, Posted)
    assert isinstance(echo, MessageCame)
    assert echo.sender == "echo123"
    assert pair.main.asked == []
    pair.both.acknowledge(echo.receipt)
    pair.both.post(letter("bob"))
    pair.both.acknowledge("m1")
    pair.both.signal_call("c", "bob", CallAct.OFFER, "")
    assert [asked[0] for asked in pair.main.asked] == ["post", "acknowledge", "signal_call"]
    pair.both.search_people(7, "Echo123 ")
    found = [event for event in pair.took() if isinstance(event, PeopleFound)]
    assert [person.handle for event in found for person in event.people] == ["echo123"]
    pair.both.search_people(8, "bob")
    assert pair.main.asked[-1] == ("search_people", 8, "bob")


def test_without_a_link_nobody_answers():
    pair = Pair()
    pair.main.listener(LinkChanged("online"))
    pair.main.listener(LinkChanged("connecting"))
    pair.took()
    pair.both.post(letter("echo123"))
    assert not [event for event in pair.took() if isinstance(event, MessageCame)]
