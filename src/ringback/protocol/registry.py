"""The language as a whole, collected from its declarations."""

from __future__ import annotations

from typing import Final

from ringback.protocol.commands.calls import COMMANDS as CALL_COMMANDS
from ringback.protocol.commands.chats import COMMANDS as CHAT_COMMANDS
from ringback.protocol.commands.files import FILE_COMMANDS
from ringback.protocol.commands.pictures import PICTURES
from ringback.protocol.commands.plain import COMMANDS, VERBS
from ringback.protocol.commands.searches import SEARCHES
from ringback.protocol.commands.settings import SETTINGS
from ringback.protocol.commands.sound import SOUND_SETTINGS
from ringback.protocol.commands.window import WINDOW_COMMANDS, WINDOW_SETTINGS
from ringback.protocol.objects.application import APPLICATION
from ringback.protocol.objects.call import CALL
from ringback.protocol.objects.chat import CHAT
from ringback.protocol.objects.chatmember import CHATMEMBER
from ringback.protocol.objects.chatmessage import CHATMESSAGE
from ringback.protocol.objects.event import EVENT
from ringback.protocol.objects.filetransfer import FILETRANSFER
from ringback.protocol.objects.group import GROUP
from ringback.protocol.objects.menu_item import MENU_ITEM
from ringback.protocol.objects.message import MESSAGE
from ringback.protocol.objects.profile import PROFILE
from ringback.protocol.objects.sms import SMS
from ringback.protocol.objects.user import USER
from ringback.protocol.objects.voicemail import VOICEMAIL
from ringback.protocol.schema import Language

LANGUAGE: Final = Language(
    objects=(
        USER,
        PROFILE,
        CALL,
        MESSAGE,
        CHAT,
        CHATMEMBER,
        CHATMESSAGE,
        VOICEMAIL,
        SMS,
        APPLICATION,
        GROUP,
        FILETRANSFER,
        MENU_ITEM,
        EVENT,
    ),
    settings=(*SETTINGS, *SOUND_SETTINGS, *PICTURES, *WINDOW_SETTINGS),
    searches=SEARCHES,
    commands=(*COMMANDS, *CALL_COMMANDS, *CHAT_COMMANDS, *WINDOW_COMMANDS, *FILE_COMMANDS),
    verbs=VERBS,
)
