"""On which networks the contract is shown."""

import pytest

from ringback.domain.nature import EMBEDDED
from ringback.network.xmpp.network import OF_SOME
from support.members import EmbeddedStage
from support.xmpp_stage import XmppStage

#: Kind of network: its parts, how a stage for it is made (from the request for a fixture), and its markers.
NETWORKS = {
    "embedded": (EMBEDDED, lambda _request: EmbeddedStage(), ()),
    "prosody": (XmppStage.parts, lambda request: XmppStage(request.getfixturevalue("prosody")), ()),
    "ejabberd": (
        XmppStage.parts | OF_SOME,
        lambda request: XmppStage(request.getfixturevalue("ejabberd"), OF_SOME),
        (pytest.mark.slow,),
    ),
}


def pytest_generate_tests(metafunc):
    """Each test of the network for each kind; where the part is missing, the name says so."""
    if "stage" not in metafunc.fixturenames or hasattr(metafunc.module, "stage"):
        return
    part = getattr(metafunc.function, "needs", None)
    kinds = [
        pytest.param(kind, id=kind if part is None or part in parts else f"{kind}-refuses", marks=marks)
        for kind, (parts, _, marks) in NETWORKS.items()
    ]
    metafunc.parametrize("stage", kinds, indirect=True)


@pytest.fixture
def stage(request):
    parts, make, _ = NETWORKS[request.param]
    made = make(request)
    assert made.parts == parts
    if request.node.get_closest_marker("xfail"):
        made.patience = 2.0
    yield made
    made.close()


#: What an adapter owes, by network, test and parameters. What is paid fails the run until it is taken out.
OWED = {}


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item, "callspec") and "stage" in item.callspec.params:
            kind, _, rest = item.callspec.id.partition("-")
            owed = OWED.get(kind, {}).get(f"{item.originalname}-{rest}".rstrip("-"))
            if owed is not None:
                item.add_marker(pytest.mark.xfail(reason=owed, strict=True))
