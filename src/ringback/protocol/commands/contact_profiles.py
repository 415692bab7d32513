"""All contacts in one line, as some programs of the time ask for them.

COMPAT(pidgin, spectrum): not in the reference. They cut the line at each semicolon and take eight pieces a
contact; behind the eighth stand the mood text, a comma and the next contact's handle. So no value may hold a
semicolon, and no mood text a comma; blanks take their places.
"""

from __future__ import annotations

from typing import Final

from ringback.domain.account import Account
from ringback.domain.changes import Value
from ringback.domain.contacts import CONTACT
from ringback.domain.people import Person
from ringback.protocol.objects.user import ONLINE_STATUS
from ringback.protocol.schema import Key
from ringback.protocol.values import BOOLEAN, NEWEST

_CUTS: Final = str.maketrans(";\r\n", "   ")
_COMMA: Final = str.maketrans(",", " ")


def profiles(account: Account, _key: Key, _argument: str) -> Value:
    """Those who have authorized us, phone numbers among them."""
    return ",".join(_entry(person) for person in account.people.contacts() if person.standing == CONTACT)


def _entry(person: Person) -> str:
    pieces = (
        person.handle,
        person.fullname,
        person.phone_home,
        person.phone_office,
        person.phone_mobile,
        ONLINE_STATUS.show(person.online_status, NEWEST),
        person.display_name,
        BOOLEAN.show(person.is_voicemail_capable, NEWEST),
        person.mood_text.translate(_COMMA),
    )
    return ";".join(piece.translate(_CUTS) for piece in pieces)
