"""On which networks the contract is shown."""

import pytest

from ringback.domain.nature import EMBEDDED
from support.members import EmbeddedStage

#: Kind of network: its parts, how a stage for it is made (from the request for a fixture), and its markers.
NETWORKS = {
    "embedded": (EMBEDDED, lambda _request: EmbeddedStage(), ()),
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
    yield made
    made.close()
