"""The world around one account: effects go to whichever part of it does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

from ringback.app.chores import Chores
from ringback.app.listings import Listings
from ringback.domain.account import Account
from ringback.domain.call import Call
from ringback.domain.effects import (
    Acknowledge,
    AskProfile,
    AskUser,
    CallAct,
    ChangeContact,
    CheckPicture,
    CloseLeg,
    Connect,
    Device,
    Disconnect,
    Effect,
    HoldLeg,
    ListKeys,
    LookAtFolder,
    LookAtPicture,
    Mute,
    OpenLeg,
    PlayTones,
    PostEdit,
    PostMessage,
    PostSeen,
    ReadOn,
    ReadPicture,
    SearchPeople,
    SetAvatar,
    SetPresence,
    SetProfile,
    SetRoute,
    ShowPage,
    ShowWindow,
    SignalCall,
    SignIn,
    SignOut,
    Sound,
    TryDevice,
    TryRingtone,
    UseDevice,
    UseRingtone,
    WritePicture,
)
from ringback.domain.failures import Meaning
from ringback.domain.inputs import (
    ChoiceRefused,
    DeskEvent,
    FileEvent,
    MediaEvent,
    NetworkEvent,
    RouteFailed,
    SeenElsewhere,
    UserAnswered,
)
from ringback.domain.settings import BUILT_IN_RINGTONE
from ringback.media.pictures import PictureFiles
from ringback.media.worker import Worker
from ringback.ports.desktop import Desktop
from ringback.ports.media import Desk, Media
from ringback.ports.network import Network

#: What the world tells.
News = NetworkEvent | MediaEvent | DeskEvent | FileEvent | UserAnswered
_UNEXPECTED: Final = "unexpected"


class Outside:
    """One account's network, media, desk, window and files.

    ``heard`` gets their news. ``ticking``: something sounds from now on. ``program``: the name of a session's
    program. ``signed``: lets programs attach (True), or detaches them with the news that nobody is signed in.
    """

    def __init__(
        self,
        handle: str,
        network: Network,
        media: Media,
        desk: Desk,
        desktop: Desktop,
        worker: Worker,
        listings: Listings,
        heard: Callable[[News], None],
        ticking: Callable[[], None],
        program: Callable[[int], str],
        signed: Callable[[bool], None],
    ) -> None:
        self._handle = handle
        self.network = network
        self.media = media
        self.desk = desk
        self._desktop = desktop
        self._heard = heard
        self._ticking = ticking
        self._program = program
        self._signed = signed
        self._listings = listings
        self._chores = Chores(PictureFiles(), worker, heard)

    def start(self, account: Account) -> None:
        """Listen, and go online, unless the user has chosen to be offline."""
        for part in (self.media, self.desk, self._desktop):
            part.listen(self._heard)
        self.lay_desk(account)
        if account.settings.user_status != "offline":
            self.network.connect(self._handle, self._heard)

    def stop(self, calls: list[int]) -> None:
        """Leave the network and these calls; be silent."""
        self._listings.stop()
        self.network.disconnect()
        for call in calls:
            self.media.close_leg(call)
        self.desk.sound(Sound())

    def lay_desk(self, account: Account) -> None:
        """Make desk and microphone as the account says, when it begins or was read again."""
        settings = account.settings
        for device in Device:
            self.desk.use_device(device, getattr(settings, device.value))
        self.desk.use_ringtone("" if settings.ringtone == BUILT_IN_RINGTONE else settings.ringtone)
        self.desk.sound(account.sound.sounding)
        self.media.mute(account.calls.muted)

    def end_call(self, call: Call) -> None:
        """A call is over of which nobody has said so."""
        self.media.close_leg(call.id)
        self.network.signal_call(call.signal_id, call.partner, CallAct.END, "")

    def failed(self, effect: Effect) -> None:
        """An effect broke: somebody may wait for what comes of it."""
        if isinstance(effect, SetRoute):
            self._heard(RouteFailed(effect.operation, effect.call, effect.route, _UNEXPECTED))
        elif isinstance(effect, TryDevice | TryRingtone):
            self._heard(ChoiceRefused(effect.operation, Meaning.ACTION_FAILED, _UNEXPECTED))

    def carry_out(self, effect: Effect) -> None:
        """Have it done; what comes of it is heard."""
        match effect:
            case SignalCall():
                self.network.signal_call(effect.signal_id, effect.to, effect.act, effect.payload)
            case OpenLeg():
                self.media.open_leg(effect.call, effect.pipe)
                self._ticking()
            case HoldLeg():
                self.media.hold_leg(effect.call, effect.held)
            case CloseLeg():
                self.media.close_leg(effect.call)
            case PlayTones():
                self.media.play_tones(effect.call, effect.tones)
            case SetRoute():
                self.media.set_route(effect.call, effect.route, effect.endpoints, effect.operation)
            case Connect():
                self.network.connect(self._handle, self._heard)
            case Disconnect():
                self.network.disconnect()
            case SignOut():
                self._signed(False)
            case SignIn():
                self._signed(True)
            case Mute():
                self.media.mute(effect.muted)
            case Sound():
                self.desk.sound(effect)
                self._ticking()
            case TryDevice():
                self.desk.try_device(effect.device, effect.name, effect.operation)
            case UseDevice():
                self.desk.use_device(effect.device, effect.name)
            case TryRingtone():
                self.desk.try_ringtone(effect.path, effect.operation)
            case UseRingtone():
                self.desk.use_ringtone(effect.path)
            case SetPresence():
                self.network.set_presence(effect.state)
            case PostMessage() | PostEdit() | ChangeContact() | PostSeen():
                self.network.post(effect)
            case ReadOn():
                self._heard(SeenElsewhere(effect.partner, effect.uid))
            case Acknowledge():
                self.network.acknowledge(effect.receipt)
            case SetProfile():
                self.network.set_profile(effect.fields)
            case SetAvatar():
                self.network.set_avatar(effect.data)
            case ReadPicture() | LookAtPicture() | WritePicture() | CheckPicture() | LookAtFolder():
                self._chores.do(effect)
            case ListKeys():
                self._listings.read(effect)
            case AskProfile():
                self.network.ask_profile(effect.handle)
            case SearchPeople():
                self.network.search_people(effect.operation, effect.text)
            case ShowWindow():
                self._desktop.show_window(effect.state)
            case ShowPage():
                self._desktop.show_page(effect.page, effect.arguments)
            case AskUser():
                self._desktop.ask(effect.operation, effect.question, self._program(effect.session))
            case _:
                assert_never(effect)
