"""The reference's own transcripts, replayed over memory, the Unix socket and D-Bus.

READY says what must be so before a transcript begins. Ids are bound at first sight; the right end is trimmed;
of an error the number counts; the order of notifications does not.
"""

import asyncio
import json
import re
from pathlib import Path

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus

from support.daemon import Daemon, SocketProgram, private_bus
from support.replay import World

CORPUS = {
    t["id"]: t for t in json.loads((Path(__file__).parents[2] / "corpus" / "transcripts.json").read_text())
}
#: What comes before; ``{call}`` is the last call placed, and stands for the id that the transcript uses.
READY: dict[str, list[str]] = {
    "T001-get-user-properties": [],
    "T004-command-id-simple": [],
    "T005-command-id-error": [],
    "T006-command-id-response-then-notification": ["SET USERSTATUS AWAY"],
    "T010-get-call-type": ["CALL echo123"],
    "T012-set-call-seen": ["CALL echo123"],
    "T014-get-call-can-transfer": ["CALL echo123"],
    "T023-get-call-video-status": ["CALL echo123"],
    "T026-get-call-noanswer-timeout": ["SET PROFILE CALL_NOANSWER_TIMEOUT 15"],
    "T027-set-call-noanswer-timeout": [],
    "T086-silent-mode": [],
    "T103-get-call-voice-properties": ["CALL echo123"],
    "T118-get-user-fullname": [],
    "T123-set-userstatus": ["SET USERSTATUS ONLINE"],
    "T124-get-privilege": [],
    "T125-get-profile-balance": [],
    "T127-set-profile-mood-text": [],
    "T130-get-connstatus": [],
    "T140-get-autoaway": ["SET AUTOAWAY ON"],
    "T141-set-autoaway": [],
}
#: Names and values of the document's world, in ours.
OURS = {"pamela": "echo123", "Jane Doe": "Echo / Sound Test Service"}


class OverMemory:
    def __init__(self):
        self._program = World().attach(protocol=5)

    def ask(self, command):
        answer = self._program.ask(command)
        return answer, self._program.news()


class OverSocket:
    def __init__(self, home):
        self._program = SocketProgram(home, protocol=5)

    def ask(self, command):
        answer = self._program.ask(command)
        self._program.ask("PING")
        news, self._program.news = self._program.news, []
        return answer, news

    def close(self):
        self._program.close()


class OverBus:
    def __init__(self, address):
        self._loop = asyncio.new_event_loop()
        self._bus = self._loop.run_until_complete(self._connect(address))
        self._news = []
        self._bus.add_message_handler(self._hear)
        self.ask("NAME test")
        self.ask("PROTOCOL 5")

    async def _connect(self, address):
        return await MessageBus(bus_address=address).connect()

    def _hear(self, message):
        if message.member == "Notify":
            self._news.append(message.body[0])
            return True
        return None

    def ask(self, command):
        call = Message(
            "com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", signature="s", body=[command]
        )
        answer = self._loop.run_until_complete(self._bus.call(call)).body[0]
        if command != "PING":
            # What the bus brings before the answer to a later command was sent before it.
            self.ask("PING")
        news, self._news = self._news, []
        return answer, news

    async def _leave(self):
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    def close(self):
        self._loop.run_until_complete(self._leave())
        self._loop.close()


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transcripts")
    with private_bus(folder) as address, Daemon(folder / "home", "--dbus", address):
        bus = OverBus(address)
        unix = OverSocket(folder / "home")
        yield {"memory": OverMemory(), "unix": unix, "dbus": bus}
        bus.close()
        unix.close()


def same(expected, line):
    if expected.startswith("ERROR "):
        return line.split()[:2] == expected.split()[:2]
    return line.rstrip() == expected.rstrip()


@pytest.mark.parametrize("way", ["memory", "unix", "dbus"])
@pytest.mark.parametrize("name", READY)
def test_transcript(ways, name, way):
    program = ways[way]
    bound = dict(OURS)
    for command in READY[name]:
        answer, _ = program.ask(command)
        if command.startswith("CALL"):
            theirs = re.search(r"CALL (\d+)", CORPUS[name]["lines"][0]["text"])
            bound[f"CALL {theirs[1]} "] = f"CALL {answer.split()[1]} "
    lines = [(line["norm_dir"], line["text"]) for line in CORPUS[name]["lines"]]
    assert any(direction == "<-" for direction, _ in lines)
    said: list[str] = []
    for direction, text in lines:
        for theirs, ours in bound.items():
            text = text.replace(theirs, ours)  # noqa: PLW2901
        # The ways put ids of their own in front; that any id comes back is tested with the sessions.
        text = re.sub(r"^#\w+ ", "", text)  # noqa: PLW2901
        if direction == "->":
            answer, news = program.ask(text)
            said = [answer, *news]
        else:
            assert any(same(text, line) for line in said), (text, said)
    if any(key.startswith("CALL ") for key in bound):
        number = next(value for key, value in bound.items() if key.startswith("CALL ")).split()[1]
        assert program.ask(f"ALTER CALL {number} HANGUP")[0] == f"ALTER CALL {number} HANGUP"
