"""The reference's own transcripts, replayed over memory, the Unix socket and D-Bus.

SCENES says what is around each; PENDING lists the others, each with its reason, and a listed one that passes
without any preparation fails the run.
"""

import json
from pathlib import Path

import pytest

from conformance.scenes import SCENES
from support.dialogue import Dialogue, Mismatch, Scene
from support.theatre import WAYS, Theatre, private_buses

ROOT = Path(__file__).parents[2]
CORPUS = {t["id"]: t for t in json.loads((ROOT / "corpus" / "transcripts.json").read_text())}
EXAMPLES = [name for name, entry in CORPUS.items() if entry["kind"] == "example"]
PENDING = json.loads((Path(__file__).parent / "pending_transcripts.json").read_text())


@pytest.fixture(scope="module")
def buses(tmp_path_factory):
    with private_buses(tmp_path_factory.mktemp("buses"), 4) as addresses:
        yield addresses


def play(name, scene, way, folder, buses=()):
    theatre = Theatre(way, (scene.who, *scene.others), folder, buses)
    try:
        Dialogue(theatre, scene).play(CORPUS[name]["lines"])
    finally:
        theatre.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SCENES)
def test_transcript(name, way, tmp_path, buses):
    play(name, SCENES[name], way, tmp_path, buses)


def test_every_example_is_played_or_listed_with_a_reason():
    assert set(SCENES) | set(PENDING) == set(EXAMPLES)
    assert not set(SCENES) & set(PENDING)
    assert all(len(reason.split()) > 1 for reason in PENDING.values())


@pytest.mark.parametrize("name", PENDING)
def test_a_listed_transcript_does_not_pass(name, tmp_path):
    with pytest.raises(Mismatch):
        play(name, Scene(patience=0.0), "memory", tmp_path)
