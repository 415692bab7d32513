"""The reference's own transcripts, replayed over memory, the Unix socket and D-Bus.

SCENES says what is around each. PENDING lists the others, each with its reason, and UNBUILT says for each
reason what of the declared language has no behaviour yet: once that is built, the reason fails the run.
"""

import json
import re
from pathlib import Path

import pytest

from conformance.scenes import SCENES
from ringback.protocol.registry import LANGUAGE
from support.dialogue import Dialogue, Mismatch, Scene
from support.theatre import WAYS, Theatre, private_buses

ROOT = Path(__file__).parents[2]
CORPUS = {t["id"]: t for t in json.loads((ROOT / "corpus" / "transcripts.json").read_text())}
EXAMPLES = [name for name, entry in CORPUS.items() if entry["kind"] == "example"]
PENDING = json.loads((Path(__file__).parent / "pending_transcripts.json").read_text())
#: What each reason of PENDING stands for, as ``Language.unbuilt`` names it.
UNBUILT = {
    "SMS is not built yet": {"CREATE SMS", "SEARCH SMSS", "SEARCH MISSEDSMSS"},
    "application streams are not built yet": {"CREATE APPLICATION", "ALTER APPLICATION CONNECT"},
    "call transfer is not built yet": {"ALTER CALL TRANSFER"},
    "chats of several people are not built yet": {"ALTER CHAT ADDMEMBERS", "CHAT CREATEUSINGBLOB"},
    "conferences are not built yet": {"SET CALL JOIN_CONFERENCE"},
    "contact groups are not built yet": {"SEARCH GROUPS", "GET GROUP NROFUSERS", "ALTER GROUP REMOVEUSER"},
    "file transfers are not built yet": {"SEARCH FILETRANSFERS", "GET FILETRANSFER STATUS"},
    "menu items and alert events are not built yet": {"CREATE MENU_ITEM", "CREATE EVENT"},
    "voicemail is not built yet": {"CALLVOICEMAIL", "SEARCH VOICEMAILS", "CLEAR VOICEMAILHISTORY"},
}


#: What a transcript of each reason speaks of.
SPOKEN_OF = {
    "SMS is not built yet": r"\bSMS",
    "application streams are not built yet": r"\bAPPLICATION\b",
    "call transfer is not built yet": r"\bTRANSFER",
    "chats of several people are not built yet": r"\b(CHAT CREATE \w+, ?\w+|MULTI|DISBAND|SETPASSWORD|"
    r"ENTERPASSWORD|SETOPTIONS|SETROLETO|CANSETROLETO|KICK|KICKBAN|\w+USINGBLOB|SETGUIDELINES|JOIN|"
    r"MEMBEROBJECTS \d+, \d+, \d+|CHATMEMBER \d+)\b",
    "conferences are not built yet": r"\b(JOIN_CONFERENCE|CONF_ID)\b",
    "contact groups are not built yet": r"\bGROUPS?\b",
    "file transfers are not built yet": r"\bFILETRANSFERS?\b",
    "menu items and alert events are not built yet": r"\b(MENU_ITEM|EVENT)\b",
    "voicemail is not built yet": r"VOICEMAIL|CALL_SEND_TO_VM",
}


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
    assert set(PENDING.values()) == set(UNBUILT)


@pytest.mark.parametrize("reason", UNBUILT)
def test_a_reason_holds_as_long_as_something_is_not_built(reason):
    """When this fails, play the transcripts with that reason: their scenes belong into SCENES."""
    assert UNBUILT[reason] <= LANGUAGE.unbuilt()


def stated(name):
    """The protocol that the document gives for a transcript."""
    number = re.match(r"Protocol (\d)\b", CORPUS[name]["protocol"] or "")
    return int(number[1]) if number else 5


@pytest.mark.parametrize("name", PENDING)
def test_a_listed_transcript_is_about_its_reason(name):
    assert any(re.search(SPOKEN_OF[PENDING[name]], line["text"]) for line in CORPUS[name]["lines"])


@pytest.mark.parametrize("name", PENDING)
def test_a_listed_transcript_does_not_pass(name, tmp_path):
    """As far as a bare scene can tell; that its reason holds is what says so for certain."""
    with pytest.raises(Mismatch):
        play(name, Scene(protocol=stated(name)), "memory", tmp_path)
