"""Writes corpus/: interesting beginnings for each target, the same files every time."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree.ElementTree import tostring

from fuzz.ports import OPENINGS, TOKEN, framed
from fuzz.words import ODD, sentences
from ringback.jingle import Role, to_sdp
from ringback.jingle.stanzas import Action, Jingle, jingle_element
from support.jingle import described
from support.jingle_stanzas import BROWSER, DESKTOP, TELEPHONE
from support.pictures import png_of

HERE = Path(__file__).parent / "corpus"
SEPARATOR = b"\xff"
AUDIO = '<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"/>'
CANDIDATE = "candidate:1 1 udp 1 127.0.0.1 9 typ host"
HOLD = '<hold xmlns="urn:xmpp:jingle:apps:rtp:info:1"/>'
#: Sentences in one seed: few enough to be cut and joined well.
TOGETHER = 12
#: A grey square, 8 by 8.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb00430050373c463c32504641465a55505f78c882786e6e78f5afb991"
    "c8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0000b08000800080101"
    "1100ffc40014000100000000000000000000000000000000ffc40014100100000000000000000000000000000000ffda0008"
    "010100003f003fffd9"
)


def heard(*sayings: tuple[int, int, str]) -> bytes:
    """What strangers say to a device: IQ (0) or message (4), who, what."""
    return b"\2" + b"".join(bytes([how, who]) + text.encode() + b"\xff" for how, who, text in sayings)


def asked(action: str, inside: str = "", sid: str = "{sid}") -> str:
    """A request of Jingle."""
    return f'<jingle xmlns="urn:xmpp:jingle:1" action="{action}" sid="{sid}">{inside}</jingle>'


def accepted() -> str:
    """An answer to our newest offer."""
    said = Jingle(Action.SESSION_ACCEPT, "{new}", described(ufrag="efgh"))
    return tostring(jingle_element(said)).decode()


def errors(condition: str, own: str = "") -> str:
    """An error of a stanza, with Jingle's own condition."""
    more = f'<{own} xmlns="urn:xmpp:jingle:errors:1"/>' if own else ""
    return f'<error type="cancel"><{condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>{more}</error>'


def announced(word: str, sid: str = "new", inside: str = "") -> str:
    """A message about a call."""
    return f'<{word} xmlns="urn:xmpp:jingle-message:0" id="{sid}">{inside}</{word}>'


def seeds() -> dict[str, dict[str, bytes]]:
    """Target → name → input."""
    lines = [line.replace("CALL 1", "CALL {}").encode() for line in sentences()]
    groups = [lines[start : start + TOGETHER] for start in range(0, len(lines), TOGETHER)]
    odd = [text.encode() for text in ODD]
    call = bytes([0, 0, 0, 0, 0, 0, 0])
    signal = bytes([5, 0, 3, 6, 4, 4, 11])
    return {
        "lexer": {
            "assignments": b'SET_INPUT PORT="1", file="a ""b""" SOUNDCARD=default,X',
            "targets": b"#id CALL a, b ,,c\t",
            "odd": b" ".join(odd),
        },
        "framing": {
            "nul": b"\x03NAME a\0\r\nPING\0",
            "lines": b"\x05NAME a\\n\r\nGET X\\\\\n\n",
            "broken": b"\x07\xff\xfe\0\xc3\0\xe2\x82\0",
        },
        "sessions": {
            "two": bytes([0, 0, 1, 0, 0, 1, 0, 3, 1, 0, 7, 1, 0, 7, 3, 0, 1, 5, 0, 6, 0, 200, 7, 1]),
            "quirk": bytes([0, 1, 0, 1, 1, 0, 7, 3, 0, 0, 1, 0, 0, 1, 0, 7, 3, 0, 0, 6, 0, 50]),
        },
        "dispatch": {
            **{f"say{n:02}": bytes([n % 8]) + SEPARATOR.join(group) for n, group in enumerate(groups)},
            "odd": b"\7" + SEPARATOR.join(b"GET USER " + text + b" FULLNAME" for text in odd),
        },
        "pictures": {
            "png": png_of(8, 8, bytes(16)),
            "wide": png_of(800, 1, bytes(101)),
            "bomb": png_of(60_000, 60_000),
            "jpeg": JPEG,
        },
        "ports": {
            "token": b"\0\3#1 TOKEN " + TOKEN.encode() + b"\nPING\nNAME x\\n\n",
            "stranger": b"\0\3PING\0NAME x\0",
            "guest": b"\1\7NAME a\0\r\nPING\0\xff\0PROTO",
            "opening": b"\2\30" + OPENINGS[0].encode() + framed(b"\x81NAME a\xfe\x88\x03\xe8"),
            "http": b"\2\1GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "frames": b"\3\5\x81NAME a\xfe\x01in \xfe\x89ping\xfe\x80parts\xfe\x81"
            + b"y" * 200
            + b"\xfe\x88\x03\xe8bye",
            "first": b"\7\1\x81TOKEN " + TOKEN.encode() + b"\xfe\x81PING\xfe\x82binary\xfe\x81AFTER",
            "wrong": b"\7\11\x81TOKEN 00\xfe\x81PING",
            "broken": b"\3\2\x81\xc3\xfe\x81after\xfe\x80alone",
        },
        "calls": {
            "desktop": b"\0" + DESKTOP.encode(),
            "telephone": b"\0" + TELEPHONE.encode(),
            "browser": b"\0" + BROWSER.encode(),
            "propose": b"\0" + announced("propose", "x", AUDIO).encode(),
            "sdp": b"\1" + to_sdp(described(video=True), Role.RESPONDER).encode(),
            "offer": heard((0, 1, DESKTOP)) + bytes([6, 0, 6, 1]),
            "smuggled": b"\0" + DESKTOP.replace('value="1"', f'value="1&#10;a={CANDIDATE}"', 1).encode(),
            "malformed": heard((0, 1, DESKTOP.replace("10.0.0.3", "nowhere"))),
            "services": b"\0<services xmlns='urn:xmpp:extdisco:2'>"
            b"<service type='turns' host='relay.example' transport='tcp' username='a' password='b'/>"
            b"<service type='stun' host='::1' port='3478'/><service type='stun' host='a b'/></services>",
            "placed": bytes([2, 6, 13])
            + heard(
                (4, 0, announced("ringing", "{new}")),
                (4, 0, announced("proceed", "{new}")),
            )[1:]
            + bytes([6, 4, 6, 9])
            + heard((0, 0, accepted()))[1:]
            + bytes([6, 10, 6, 12, 6, 3, 6, 14, 6, 15]),
            "refusals": bytes([2, 6, 3])
            + heard(
                (5, 0, errors("feature-not-implemented", "unsupported-info")),
                (5, 0, errors("conflict", "tie-break")),
                (5, 1, errors("gone")),
            )[1:]
            + bytes([6, 13])
            + heard((5, 0, errors("service-unavailable")))[1:],
            "added": heard(
                (0, 0, asked("content-add", '<content name="v" creator="responder"/>')),
                (0, 0, asked("transport-replace", '<content name="0" creator="initiator"/>')),
                (0, 0, asked("content-remove", '<content name="0" creator="initiator"/>')),
            ),
            "left": heard((4, 1, announced("propose", "x", AUDIO))),
            "rung": heard((4, 1, announced("propose", "x", AUDIO)), (4, 1, announced("retract", "x")))
            + bytes([7, 5]),
            "answered": heard((4, 1, announced("propose", "d3f1a0", AUDIO)))
            + bytes([6, 0])
            + heard((0, 1, DESKTOP))[1:]
            + bytes([6, 1, 6, 3, 6, 2]),
            "talk": heard(
                (0, 0, asked("session-info", HOLD)),
                (0, 0, asked("content-modify", '<content name="0" creator="initiator" senders="none"/>')),
                (0, 0, asked("content-add", '<content name="v" creator="responder"/>')),
                (0, 1, asked("session-terminate", "<reason><gone/></reason>")),
                (0, 2, asked("transport-info", '<content name="0" creator="initiator"/>')),
                (4, 3, announced("accept", "{sid}")),
                (4, 2, announced("finish", "{sid}")),
                (0, 0, asked("session-terminate")),
            ),
        },
        "dbus": {
            "attach": call + b"NAME a\xff\7" + call + b"PROTOCOL 8\xff\7" + call + b"CALL echo123\xff\7",
            "odd": b"".join(call + text + b"\xff\7" for text in odd),
            "signal": signal + b":1.1\xff:1.1\xff\xff\7",
        },
    }


def main() -> None:
    """Write what is missing or differs, remove what is no longer made."""
    made = {f"{target}/{name}": data for target, named in seeds().items() for name, data in named.items()}
    for path in HERE.glob("*/*"):
        if str(path.relative_to(HERE)) not in made:
            path.unlink()
    for name, data in made.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
