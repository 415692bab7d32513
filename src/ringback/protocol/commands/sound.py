"""Settings of what the user hears and speaks into (reference: AUDIO_IN to MUTE, RINGTONE, VIDEO_IN)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ringback.domain import muting, sound
from ringback.domain.account import Account, set_setting
from ringback.domain.changes import Value
from ringback.domain.effects import Device
from ringback.domain.engine import UseCase
from ringback.domain.failures import Meaning
from ringback.domain.journal import Context
from ringback.protocol.lexer import word
from ringback.protocol.schema import Access, Key, Property, Setting, Writer
from ringback.protocol.values import SWITCH, TEXT, ValueType, one_file

_STATUS: Final = "STATUS"


def _read_device(text: str) -> str:
    return text.strip()


DEVICE: Final = ValueType("name of a device, empty = default", TEXT.show, _read_device)


def _read_which(text: str) -> str:
    number, what = word(text)
    if number != "1" or what.strip().upper() not in ("", _STATUS):
        raise ValueError("there is only ringtone 1, and its STATUS")
    return text


def _read_ringtone(text: str) -> str | bool:
    number, rest = word(text)
    rest = rest.rstrip()
    what, state = word(rest)
    if number != "1" or not rest:
        raise ValueError("there is only ringtone 1, and it needs a file")
    return SWITCH.read(state) is True if what.upper() == _STATUS else rest


def _ringtone_file(text: str) -> tuple[str, ...]:
    path = word(text)[1]
    return () if word(path)[0].upper() == _STATUS else one_file(path)


def _show_ringtone(value: Value, version: int) -> str:
    shown = SWITCH.show(value, version) if isinstance(value, bool) else TEXT.show(value, version)
    return f"1 {shown}"


#: Which ringtone, of which only 1 exists, and whether its STATUS is meant.
WHICH: Final = ValueType("1, or 1 STATUS", TEXT.show, _read_which)
#: The domain's values are a file and a switch; the number belongs to the language (ambiguity A69).
RINGTONE: Final = ValueType(
    "1 and the path of a sound, or 1 STATUS and a switch",
    _show_ringtone,
    _read_ringtone,
    files=_ringtone_file,
)


def _choose(device: Device) -> Writer:
    def write(_key: Key, value: Value) -> UseCase:
        def use_case(account: Account, context: Context) -> Value:
            return sound.choose_device(account, context, device, str(value))

        return use_case

    return write


def _fetch_ringtone(_key: Key, argument: str) -> UseCase:
    def use_case(account: Account, _context: Context) -> Value:
        settings = account.settings
        return settings.ringtone_on if word(argument)[1] else settings.ringtone

    return use_case


def _set_ringtone(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        if isinstance(value, bool):
            return sound.switch_ringtone(account, context, value)
        return sound.choose_ringtone(account, context, str(value))

    return use_case


def _set_mute(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return muting.set_mute(account, context, value is True)

    return use_case


def _set_pc_speaker(_key: Key, value: Value) -> UseCase:
    def use_case(account: Account, context: Context) -> Value:
        return set_setting(account, context, "pc_speaker", value is True)

    return use_case


def _device(name: str, device: Device, line: int, introduced: str, meaning: str) -> Setting:
    return Setting(
        Property(
            name,
            DEVICE,
            device.value,
            Access.READ_WRITE,
            write=_choose(device),
            deferred=True,
            line=line,
            introduced=introduced,
            failures={Meaning.DEVICE_FAILED: 50},
            meaning=meaning,
        ),
        set_error=50,
    )


def _switch(
    name: str, field: str, write: Callable[[Key, Value], UseCase], line: int, meaning: str, error: int = 18
) -> Setting:
    return Setting(
        Property(
            name,
            SWITCH,
            field,
            Access.READ_WRITE,
            write=write,
            line=line,
            introduced="protocol 1",
            meaning=meaning,
        ),
        set_error=error,
    )


SOUND_SETTINGS: Final = (
    _device("AUDIO_IN", Device.MICROPHONE, 3331, "protocol 1", "microphone"),
    _device("AUDIO_OUT", Device.LOUDSPEAKER, 3346, "protocol 1", "loudspeaker"),
    _device("RINGER", Device.RINGER, 3360, "client 1.3", "device that rings"),
    _device("VIDEO_IN", Device.CAMERA, 594, "protocol 1", "camera"),
    _switch("MUTE", "mute", _set_mute, 3372, "do we send silence; OFF without a call", 33),
    _switch("PCSPEAKER", "pc_speaker", _set_pc_speaker, 3462, "does the machine's own speaker ring too"),
    Setting(
        Property(
            "RINGTONE",
            RINGTONE,
            "ringtone",
            Access.READ_WRITE,
            fetch=_fetch_ringtone,
            write=_set_ringtone,
            argument=WHICH,
            bad_argument=115,
            deferred=True,
            failures={Meaning.FILE_NOT_FOUND: 111, Meaning.INVALID_VALUE: 115},
            line=3428,
            introduced="client 1.3",
            meaning="sound that rings, and with STATUS whether it does",
        ),
        set_error=115,
    ),
)
