"""What the user hears and speaks into: devices, ringtone, and the tones that tell of calls.

Devices and files are the world's: a choice takes effect when the world has found what was chosen. The tones
are derived from the state of the calls at the end of each step, so that nothing has to remember to end them
(reference: AUDIO_IN, AUDIO_OUT, RINGER, VIDEO_IN, RINGTONE, PCSPEAKER).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringback.domain.call_table import TALKING
from ringback.domain.changes import Changed, Kind, Value
from ringback.domain.effects import Device, Sound, Tone, TryDevice, TryRingtone, UseDevice, UseRingtone
from ringback.domain.failures import Meaning
from ringback.domain.inputs import ChoiceMade, ChoiceRefused
from ringback.domain.journal import Context
from ringback.domain.settings import BUILT_IN_RINGTONE, SETTINGS
from ringback.domain.step import Settled

if TYPE_CHECKING:
    from ringback.domain.account import Account

_SILENCE: Final = Sound()
#: How an attempt to reach somebody ends without talk, and what is heard then.
_ENDINGS: Final = {
    "busy": Tone.BUSY,
    "refused": Tone.BUSY,
    "waiting_redial_command": Tone.BUSY,
    "failed": Tone.FAILED,
}


@dataclass(slots=True)
class SoundState:
    """waiting: choices that the world looks at, by operation: the setting and its new value.

    latest: the last choice of each setting. sounding: the tone that was asked for last.
    """

    waiting: dict[int, tuple[str, str]] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    sounding: Sound = _SILENCE


# Use cases ------------------------------------------------------------------------------------------------


def choose_device(account: Account, context: Context, device: Device, name: str) -> Value:
    """Use another device; over when the world has found it. An empty name is the machine's default."""
    operation = _choice(account, device.value, name)
    if name:
        context.ask(TryDevice(device, name, operation))
        context.wait_for(operation)
    else:
        _chosen(account, context, operation)
    return name


def choose_ringtone(account: Account, context: Context, path: str) -> Value:
    """Ring with a file; over when the world has found a sound in it. The built-in tone goes by its name."""
    operation = _choice(account, "ringtone", path)
    if path == BUILT_IN_RINGTONE:
        _chosen(account, context, operation)
    else:
        context.ask(TryRingtone(path, operation))
        context.wait_for(operation)
    return path


def switch_ringtone(account: Account, context: Context, on: bool) -> Value:
    """Ring, or do not ring, when somebody calls."""
    old, account.settings.ringtone_on = account.settings.ringtone_on, on
    if old != on:
        context.changed(SETTINGS, "ringtone_on", old, on)
        # Both forms of RINGTONE are told as one setting.
        context.reported(SETTINGS, "ringtone", on)
    return on


def _choice(account: Account, setting: str, value: str) -> int:
    operation = account.ids.operation()
    account.sound.waiting[operation] = setting, value
    account.sound.latest[setting] = operation
    return operation


def _chosen(account: Account, context: Context, operation: int) -> None:
    setting, new = account.sound.waiting.pop(operation)
    old: Value = getattr(account.settings, setting)
    setattr(account.settings, setting, new)
    if old != new:
        context.changed(SETTINGS, setting, old, new)
    if setting == "ringtone":
        context.ask(UseRingtone("" if new == BUILT_IN_RINGTONE else new))
    else:
        context.ask(UseDevice(Device(setting), new))


# Events ---------------------------------------------------------------------------------------------------


def choice_made(account: Account, context: Context, event: ChoiceMade) -> None:
    """What was chosen is there; a later choice of the same setting still wins."""
    waiting = account.sound.waiting.get(event.operation)
    if waiting is None:
        return
    if event.operation < account.sound.latest[waiting[0]]:
        del account.sound.waiting[event.operation]
        context.settle(Settled(event.operation, Meaning.ACTION_FAILED))
        return
    if event.path:
        account.sound.waiting[event.operation] = waiting[0], event.path
    _chosen(account, context, event.operation)
    context.settle(Settled(event.operation, result=event.path or None))


def choice_refused(account: Account, context: Context, event: ChoiceRefused) -> None:
    """What was chosen cannot be used; everything stays as it was."""
    if account.sound.waiting.pop(event.operation, None) is not None:
        context.settle(Settled(event.operation, event.failure))


# Tones ----------------------------------------------------------------------------------------------------


def follow_calls(account: Account, context: Context) -> None:
    """Ask for the tone that fits the calls as they are now, if it is another one."""
    wanted = _wanted(account)
    ending = _ending(account, context) if wanted == _SILENCE else None
    if ending is not None or wanted != account.sound.sounding:
        account.sound.sounding = wanted
        context.ask(ending or wanted)


def resume(account: Account) -> None:
    """After the account was read again: the tone of the calls that are alive is what sounds."""
    account.sound.sounding = _wanted(account)


def _wanted(account: Account) -> Sound:
    calls = account.calls.alive.values()
    settings = account.settings
    ours = [call for call in calls if not call.ringing]
    if len(ours) < len(calls) and settings.ringtone_on and settings.user_status != "dnd":
        return Sound(Tone.CALL_WAITING) if ours else Sound(Tone.RINGTONE, settings.pc_speaker)
    states = {call.state for call in ours if call.output.soundcard is not None}
    return Sound(Tone.RINGBACK) if "ringing" in states and "inprogress" not in states else _SILENCE


def _ending(account: Account, context: Context) -> Sound | None:
    """The short tone for a call of ours that came to nothing in this step, or broke off."""
    for change in context.changes:
        if not isinstance(change, Changed) or change.ref.kind is not Kind.CALL or change.field != "status":
            continue
        tone = _ENDINGS.get(str(change.new))
        call = account.calls.find(change.ref.key) if isinstance(change.ref.key, int) else None
        if tone is None or call is None or call.output.soundcard is None:
            continue
        others = account.calls.alive.keys() - {call.id}
        if (not call.incoming or change.old in TALKING) and not others:
            return Sound(tone)
    return None
