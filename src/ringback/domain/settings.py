"""The account's own settings: plain stored values with their defaults (reference: General parameters)."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.domain.changes import Kind, Ref

SETTINGS = Ref(Kind.ACCOUNT, "")
#: Name of the tone that rings if the user has chosen no file (reference: RINGTONE).
BUILT_IN_RINGTONE = "call_in"


@dataclass(frozen=True, slots=True)
class Told:
    """What an account is told anew at each start, and does not keep.

    ``country``: ISO 3166 code of where the machine is, small letters, "" if nobody said. ``away_after``,
    ``na_after``: seconds without a sign of the user until AWAY and NA, at least 60.
    """

    country: str = ""
    away_after: int = 300
    na_after: int = 1200


@dataclass(slots=True)
class Settings:
    """Values that programs read and set. Booleans are switches; devices are names, "" = default.

    ``idle_from``: the status that idling has changed, "" if it has not. ``signed_out``: nobody is signed in.
    """

    user_status: str = "online"
    idle_from: str = ""
    signed_out: bool = False
    connection: str = "offline"
    version: str = "3.8.0.188"
    audio_in: str = ""
    audio_out: str = ""
    ringer: str = ""
    video_in: str = ""
    mute: bool = False
    pc_speaker: bool = True
    ringtone: str = BUILT_IN_RINGTONE
    ringtone_on: bool = True
    agc: bool = True
    aec: bool = True
    auto_away: bool = True
    window_state: str = "normal"
    focused_contact: str = ""
    wallpaper: str = ""
    ui_language: str = "en"
    silent_mode: bool = False
    may_call_phones: bool = True
    has_own_number: bool = False
    has_voicemail: bool = False


@dataclass(slots=True)
class Profile:
    """The account's own profile, as other people see it (reference: PROFILE object).

    ``balance``: hundredths; ``credited``: the phone network has given what a new account begins with.
    """

    credited: bool = False
    balance: int = 5000
    balance_currency: str = "EUR"
    fullname: str = ""
    birthday: int = 0
    sex: str = "unknown"
    languages: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    phone_home: str = ""
    phone_office: str = ""
    phone_mobile: str = ""
    homepage: str = ""
    about: str = ""
    mood_text: str = ""
    rich_mood_text: str = ""
    timezone: int = 86400
    apply_forwarding: bool = False
    no_answer_timeout: int = 15
    forward_rules: str = ""
    send_to_voicemail: bool = False
    validated_numbers: str = ""


PROFILE = Ref(Kind.PROFILE, "")
