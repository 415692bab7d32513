"""What is fuzzed: each target takes bytes and raises when something is not as it must be.

A target is made by a function, so that its engine is made once and not for every input. Inputs are read
from the front by ``Bytes``; whatever they are, they mean something.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast._private.unmarshaller import Unmarshaller

from fuzz.calls import calls
from fuzz.input import Bytes
from fuzz.ports import ports
from fuzz.words import ODD
from ringback.domain.failures import Meaning
from ringback.media import legs
from ringback.media.pictures import SHOWN_BYTES, PictureFiles
from ringback.ports.pictures import PictureError
from ringback.protocol.lexer import assignments, split_id, targets, word
from ringback.session.link import Peer
from ringback.session.sessions import Sessions
from ringback.transport.dbus import CLIENT_PATH, NAME, PATH, DBusServer
from ringback.transport.framing import Framing, TooLargeError
from support.bus import introduce
from support.replay import World

Target = Callable[[bytes], None]
BLANKS = " \t\r\n"


def lexer(_folder: Path) -> Target:
    def target(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        name, rest = split_id(text)
        assert text in {name + rest, *(name + blank + rest for blank in BLANKS)}, "an id loses nothing"
        first, rest = word(text)
        assert not set(BLANKS) & set(first), "a word has no blanks"
        assert text.lstrip(BLANKS).startswith(first), "a word is what was said"
        assert text.endswith(rest), "the right end is kept"
        for part in targets(text):
            assert part, "no empty target"
            assert part == part.strip(), "no blanks around a target"
            assert "," not in part, "one target at a time"
        try:
            pairs = list(assignments(text))
        except ValueError:
            return
        spelled = " ".join(
            key if value is None else key + '="' + value.replace('"', '""') + '"' for key, value in pairs
        )
        assert list(assignments(spelled)) == pairs, "quoting is reversible"

    return target


def framing(_folder: Path) -> Target:
    largest = 60

    def heard(pieces: list[bytes]) -> tuple[list[str], bool]:
        one = Framing(largest)
        messages: list[str] = []
        try:
            for piece in pieces:
                messages += one.feed(piece)
        except TooLargeError:
            return messages, True
        return messages, False

    def target(data: bytes) -> None:
        size, data = 1 + sum(data[:1]) % 20, data[1:]
        whole, refused = heard([data])
        for step in {1, size}:
            pieces = [data[start : start + step] for start in range(0, len(data), step)]
            cut, also = heard(pieces)
            assert refused == also, "a message is too large however it comes"
            # A connection with such a message ends; what came before it in the same piece is not asked for.
            assert cut[: len(whole)] == whole, "the same messages"
            assert refused or cut == whole, "the same messages"
        for message in whole:
            assert len(message) <= largest
            back = Framing()
            back.feed(b"x\0")
            read = message.replace("\0", "").lstrip("\r\n")
            assert back.feed(Framing().frame(message)) == [read], "what is sent can be read"

    return target


class _FencedPath:
    """Files of hostile routes stay in one folder, whatever they are called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, text: str) -> Path:
        Path(text).expanduser().exists()
        return self._folder / hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:1]


class Account:
    """An engine with a call to echo123 in progress, renewed now and then so that inputs stay small."""

    LASTS = 300

    def __init__(self, folder: Path) -> None:
        self._used = self.LASTS
        # Nothing that an input says may touch a file of this machine.
        legs.Path = _FencedPath(folder)

    def world(self) -> World:
        if self._used >= self.LASTS:
            self._used = 0
            self._world = World()
            self.reported: list[BaseException] = []
            runtime = self._world.runtimes["me"]
            runtime._report = runtime.dispatcher._report = lambda error, _what: self.reported.append(error)
            self.caller = self._world.attach()
        self._used += 1
        if not self._world.runtimes["me"].engine.account.calls.alive and not self._talks():
            # An input went offline, blocked echo123 or the like.
            assert self._used > 1, "a call can be made in a fresh world"
            self._used = self.LASTS
            return self.world()
        self.caller.link.lines.clear()
        return self._world

    def _talks(self) -> bool:
        """A call, whose id is told to the input as {}; it is 1 in a fresh world. False if there is none."""
        answer = self.caller.ask("CALL echo123")
        if answer.startswith("ERROR"):
            return False
        self.call = answer.split(" ")[1]
        self._world.wait(2.1)
        return self.caller.ask(f"GET CALL {self.call} STATUS").endswith("INPROGRESS")


def dispatch(folder: Path) -> Target:
    account = Account(folder)

    def target(data: bytes) -> None:
        given = Bytes(data)
        world = account.world()
        program = world.attach(protocol=given.number(8) + 1)
        link = program.link
        answers: list[str] = []
        link.answer = lambda _ticket, text: answers.append(text)
        try:
            while given:
                text = given.line().replace("{}", account.call)
                answers.clear()
                link.send(f"#h {text}")
                assert len(answers) == 1, (text, answers)
                assert answers[0].startswith("#h "), text
                assert not answers[0].startswith("#h ERROR 9901 Internal"), text
                if account.reported:
                    raise account.reported[0]
                world.wait(0.02)
            answers.clear()
            link.send("PING")
            assert answers == ["PONG"], "a good command is answered after all that"
            assert not account.reported, account.reported
        finally:
            link.leave()

    return target


class _Link:
    """A program of the sessions target: notes what is sent to it."""

    peer = Peer("memory", "")
    backlog = 0

    def __init__(self) -> None:
        self.answered: list[object] = []
        self.closed = False

    def answer(self, ticket, text) -> None:
        assert not self.closed, "nothing is sent to a program that is gone"
        self.answered.append(ticket)

    def notify(self, text) -> None:
        assert not self.closed, "nothing is sent to a program that is gone"

    def close(self, reason) -> None:
        self.closed = True


class _Attached:
    def __init__(self, sessions: Sessions) -> None:
        self.link = _Link()
        self.number = sessions.opened(self.link)
        self.asked = 0
        self.pending = []


def sessions(_folder: Path) -> Target:
    said = (
        "NAME a",
        "NAME pidgin",
        "NAME",
        "PROTOCOL 8",
        "PROTOCOL 1",
        "PROTOCOL x",
        "PING",
        "GET MUTE",
        "#1 PING",
        "",
    )

    def target(data: bytes) -> None:
        given = Bytes(data)
        now = 0.0
        all_of_them = Sessions(
            lambda _peer, name: name != "bad", lambda _version: ("HELLO",), lambda _text: None
        )
        programs: list[_Attached] = []
        while given:
            action = given.number(8)
            if action == 0 or not programs:
                programs.append(_Attached(all_of_them))
                continue
            program = given.pick(programs)
            match action:
                case 1 | 2:
                    text = given.pick((*said, *ODD))
                    command = all_of_them.received(program.number, program.asked, text, now)
                    program.asked += 1
                    if command is not None:
                        program.pending.append(command)
                case 3 | 4 if program.pending:
                    command = program.pending.pop(given.number(len(program.pending)))
                    all_of_them.answer(command, "ANSWER", now)
                case 5:
                    lines = dict.fromkeys(range(1, 9), ("NEWS",))
                    all_of_them.notify(lines, all_of_them.audience(), now)
                case 6:
                    now += given.number(256) / 1000
                    all_of_them.advance(now)
                case 7:
                    all_of_them.closed(program.number)
                    program.link.closed = True
                    programs.remove(program)
                case _:
                    pass
            for one in programs:
                assert one.link.answered == list(range(len(one.link.answered))), (
                    "answers in the order of commands"
                )
        for program in programs:
            for command in reversed(program.pending):
                all_of_them.answer(command, "ANSWER", now)
        all_of_them.advance(now + 10)
        for program in programs:
            assert program.link.answered == list(range(program.asked)), "one answer for each command"
        assert all_of_them.next_deadline() is None, "nothing is left to do"

    return target


def dbus(folder: Path) -> Target:
    account = Account(folder)
    senders = (":1.1", ":1.2", ":1.3", "org.freedesktop.DBus")
    paths = (PATH, PATH, "/", "/com", "/com/Skype/x", CLIENT_PATH, "/org/freedesktop/DBus")
    interfaces = (NAME, NAME, None, "a.b", "org.freedesktop.DBus", "org.freedesktop.DBus.Properties")
    members = ("Invoke", "Invoke", "Notify", "Get", "NameOwnerChanged", "NameAcquired", "Introspect")
    bodies = {"s": 1, "": 0, "ss": 2, "sss": 3, "as": 1, "v": 1, "u": 1, "(sa{sv})": 1, "ay": 1}

    def text(given: Bytes) -> str:
        return given.line().replace("\0", "")  # the bus lets none through

    def body(signature: str, given: Bytes) -> list[object]:
        match signature:
            case "as":
                return [[text(given) for _ in range(given.number(4))]]
            case "v":
                return [Variant("av", [Variant("s", text(given))])]
            case "u":
                return [given.number(256)]
            case "(sa{sv})":
                return [[text(given), {text(given): Variant("x", -1)}]]
            case "ay":
                return [given.line().encode()]
            case _:
                return [text(given) for _ in range(bodies[signature])]

    def message(given: Bytes) -> Message:
        """A message as it arrives: written as bytes and read from them."""
        kind = given.pick(
            (MessageType.METHOD_CALL, MessageType.METHOD_CALL, MessageType.METHOD_CALL, *MessageType)
        )
        flags = given.pick((MessageFlag.NONE, MessageFlag.NONE, MessageFlag.NO_REPLY_EXPECTED))
        sender = given.pick(senders)
        path, interface, member = given.pick(paths), given.pick(interfaces), given.pick(members)
        if kind is MessageType.SIGNAL and interface is None:
            interface = "a.b"
        signature = given.pick((*["s"] * 8, *bodies))
        sent = Message(
            destination=NAME,
            path=path,
            interface=interface,
            member=member,
            message_type=kind,
            flags=flags,
            error_name="a.b" if kind is MessageType.ERROR else None,
            reply_serial=1 if kind in (MessageType.ERROR, MessageType.METHOD_RETURN) else 0,
            signature=signature,
            body=body(signature, given),
            serial=1 + given.number(255),
        )
        arrived = Unmarshaller(io.BytesIO(bytes(sent._marshall(False)))).unmarshall()
        arrived.sender = sender
        return arrived

    def target(data: bytes) -> None:
        given = Bytes(data)
        world = account.world()
        server = DBusServer("none", world.runtimes["me"], lambda: None)
        introduce(server)
        sent: list[Message] = []
        server._send = lambda message: sent.append(message) or 1
        while given:
            arrived = message(given)
            sent.clear()
            result = server._handle(arrived)
            replies = [m for m in sent if m.message_type is not MessageType.METHOD_CALL]
            replies += [result] if isinstance(result, Message) else []
            wanted = (
                arrived.message_type is MessageType.METHOD_CALL
                and not arrived.flags & MessageFlag.NO_REPLY_EXPECTED
            )
            ours = arrived.member == "Invoke" and arrived.path == PATH and arrived.interface in (None, NAME)
            if wanted and ours:
                assert len(replies) == 1, (arrived.body, replies)
                assert replies[0].reply_serial == arrived.serial
                assert "9901 Internal" not in str(replies[0].body), arrived.body
            else:
                assert replies == [], "nobody asked"
                assert result is None or not wanted, "what is not ours is left to the library"
            for one in sent:
                one.serial = 1
                one._marshall(False)
            if account.reported:
                raise account.reported[0]
            world.wait(0.02)
        for name in list(server._links):
            server.gone(name)
        assert len(world.runtimes["me"].sessions) == 1, "whoever is gone left nothing behind"

    return target


#: Made with a folder for the files that inputs name.
def pictures(folder: Path) -> Target:
    """Files of pictures, good and bad: what is taken can be shown, everything else is refused."""
    files = PictureFiles()

    def target(data: bytes) -> None:
        try:
            shown = files.check(data)
        except PictureError as refused:
            if refused.meaning is not Meaning.INVALID_PICTURE:
                raise
            return
        assert len(shown) <= SHOWN_BYTES, "too much to show"
        assert files.check(shown) == shown, "what is shown is as it should be"
        for kind in ("png", "jpg"):
            path = folder / f"picture.{kind}"
            path.unlink(missing_ok=True)
            files.write(shown, str(path))
            files.look(str(path))

    return target


TARGETS: dict[str, Callable[[Path], Target]] = {
    "lexer": lexer,
    "framing": framing,
    "sessions": sessions,
    "dispatch": dispatch,
    "dbus": dbus,
    "ports": ports,
    "pictures": pictures,
    "calls": calls,
}
