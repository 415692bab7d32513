"""One account's desk: which devices it uses, its ringtone, and the tones that tell of calls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from ringback.domain.effects import Device, Sound, Tone
from ringback.domain.failures import Meaning
from ringback.domain.inputs import ChoiceMade, ChoiceRefused
from ringback.media import ringtone
from ringback.media.cameras import cameras
from ringback.media.cards import SoundCards
from ringback.media.devices import Direction
from ringback.media.pc_speaker import PcSpeaker
from ringback.media.tones import sounding
from ringback.media.worker import InlineWorker, Worker
from ringback.ports.media import DeskListener

_LOG: Final = logging.getLogger(__name__)


class AccountDesk:
    """Implements ``ringback.ports.media.Desk`` and is the sound card of the account's legs."""

    def __init__(
        self,
        cards: SoundCards,
        files: Worker,
        pc_speaker: PcSpeaker | None = None,
        seen: Callable[[], tuple[str, ...]] = cameras,
    ) -> None:
        self._cards = cards
        self._files = files
        self._pc_speaker = pc_speaker
        self._cameras = seen
        self._listener: DeskListener = lambda _event: None
        self._names = dict.fromkeys(Device, "")
        self._ringtone = ""
        self._sound = Sound()
        self._blocks: Iterator[bytes] | None = None

    def listen(self, listener: DeskListener) -> None:
        """Events go to ``listener``."""
        self._listener = listener

    # Choices ----------------------------------------------------------------------------------------------

    def try_device(self, device: Device, name: str, operation: int) -> None:
        """Look for it among what is there now."""

        def found(there: bool, why: str) -> None:
            if there:
                self._listener(ChoiceMade(operation))
            else:
                _LOG.debug("%s not set: %s", device.value, why)
                self._listener(ChoiceRefused(operation, Meaning.DEVICE_FAILED, why))

        if device is Device.CAMERA:
            known = self._cameras()
            found(name in known, f"no camera {name}; there are: {', '.join(known) or 'none'}")
        else:
            direction = Direction.INPUT if device is Device.MICROPHONE else Direction.OUTPUT
            self._cards.find(direction, name, found)

    def use_device(self, device: Device, name: str) -> None:
        """Use it from the next block on; the one before is given back by not being used."""
        self._names[device] = name

    def try_ringtone(self, path: str, operation: int) -> None:
        """Decode it to see whether it can be."""

        def decoded(result: str | Exception) -> None:
            if isinstance(result, str):
                self._listener(ChoiceMade(operation, result))
                return
            missing = isinstance(result, FileNotFoundError)
            meaning = Meaning.FILE_NOT_FOUND if missing else Meaning.INVALID_VALUE
            self._listener(ChoiceRefused(operation, meaning, str(result)))

        self._files.do(lambda: ringtone.checked(path), decoded)

    def use_ringtone(self, path: str) -> None:
        """Ring with it the next time."""
        self._ringtone = path

    # The sound card of the legs ---------------------------------------------------------------------------

    def microphone(self) -> bytes:
        """The block that is spoken now."""
        return self._cards.listen(self._names[Device.MICROPHONE])

    def loudspeaker(self, block: bytes) -> None:
        """Let a block sound now."""
        self._cards.play(self._names[Device.LOUDSPEAKER], block)

    # Tones ------------------------------------------------------------------------------------------------

    def sound(self, sound: Sound) -> None:
        """Let a tone be heard instead of the one before; the same one goes on."""
        if sound == self._sound:
            return
        self._sound = sound
        self._blocks = None
        if self._pc_speaker is not None:
            self._pc_speaker.ring(sound.pc_speaker)
        if sound.tone is Tone.RINGTONE and self._ringtone:
            self._ring_own(self._ringtone)
        elif sound.tone is not None:
            self._blocks = sounding(sound.tone)

    def _ring_own(self, path: str) -> None:
        """Read the user's file each time: it may have changed, and silence needs no memory."""
        wanted = self._sound

        def decoded(result: bytes | Exception) -> None:
            if self._sound is not wanted:
                return
            if isinstance(result, Exception):
                _LOG.warning("ringtone %s: %s; the built-in one rings", path, result)
                self._blocks = sounding(Tone.RINGTONE)
            else:
                self._blocks = sounding(Tone.RINGTONE, result)

        self._files.do(lambda: ringtone.decoded(path), decoded)

    def busy(self) -> bool:
        """True while a tone sounds or is about to."""
        return self._sound.tone is not None

    def tick(self) -> None:
        """The next block of the tone."""
        if self._pc_speaker is not None:
            self._pc_speaker.tick()
        if self._blocks is None:
            return
        block = next(self._blocks, None)
        if block is None:
            self._sound, self._blocks = Sound(), None
            return
        rings = self._sound.tone is Tone.RINGTONE
        self._cards.play(self._names[Device.RINGER if rings else Device.LOUDSPEAKER], block)


def silent_desk() -> AccountDesk:
    """A desk with nothing on it: choices of files work, every device is refused, all sound is silence."""
    worker = InlineWorker()
    return AccountDesk(SoundCards(None, worker), worker, seen=lambda: ())
