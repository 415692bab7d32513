"""Keypad tones that nobody lets sound do not pile up."""

from ringback.domain.keypad import MOST
from ringback.media.dtmf import PAUSE_BLOCKS, TONE_BLOCKS
from ringback.media.legs import Legs
from ringback.media.pipes import ProcessPipes
from ringback.ports.media import SILENCE


def test_what_a_leg_holds_is_bounded():
    """Whoever lets it play tones counts them in seconds, the leg in blocks."""
    pipes = ProcessPipes()
    legs = Legs(pipes, dialer=None)
    legs.open_leg(1, "pipe/a")
    heard, _said = pipes.join("pipe/a")
    for _ in range(20):
        legs.play_tones(1, "5" * MOST)
    blocks = []
    for _ in range(20 * MOST * (TONE_BLOCKS + PAUSE_BLOCKS)):
        legs.tick()
        blocks.append(heard.read())
    assert 0 < sum(block != SILENCE for block in blocks) <= 2 * MOST * TONE_BLOCKS
