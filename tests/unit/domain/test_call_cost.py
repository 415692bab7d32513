"""What seconds cost, to the hundredth."""

import pytest

from ringback.domain.call import Call
from ringback.domain.call_cost import price


@pytest.mark.parametrize(
    ("rate", "precision", "seconds", "hundredths"),
    [
        (1234, 2, 60, 1234),
        (60, 2, 1, 1),
        (60, 2, 0, 0),
        (17, 3, 1, 1),
        (17, 3, 35, 1),
        (17, 3, 36, 2),
        (17, 3, 60, 2),
        (2, 0, 30, 100),
        (0, 2, 1000, 0),
    ],
)
def test_a_started_hundredth_is_paid(rate, precision, seconds, hundredths):
    call = Call(1, "+1", "", False, "", 0, "inprogress", rate=rate, rate_precision=precision)
    assert price(call, seconds) == hundredths
