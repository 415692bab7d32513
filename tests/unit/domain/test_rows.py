"""Rows hold every field, and come back as they were."""

from dataclasses import fields

from ringback.domain.account import Account
from ringback.domain.engine import Engine
from ringback.domain.people import Person
from ringback.domain.settings import PROFILE, SETTINGS


def filled(thing):
    """Every field with a value of its own type that is not its default."""
    for f in fields(thing):
        value = getattr(thing, f.name)
        if f.name == "handle":
            continue
        if isinstance(value, bool):
            setattr(thing, f.name, not value)
        elif isinstance(value, int):
            setattr(thing, f.name, value + 7)
        elif isinstance(value, tuple):
            setattr(thing, f.name, ("a1", "b2"))
        else:
            setattr(thing, f.name, value + "ü")
    return thing


def test_every_field_survives():
    account = Account("me")
    person = account.people.known["ann"] = filled(Person("ann"))
    filled(account.settings)
    filled(account.profile)
    rows = [(ref, account.record(ref).row) for ref in (SETTINGS, PROFILE, person.ref)]
    assert all(type(value) in (str, int) for _, row in rows for value in row.values())
    engine = Engine("me")
    engine.restore(rows)
    again = engine.account
    account.settings.mute = False
    # Idling, a sign-out, the link and the focus end with the process, too.
    account.settings.signed_out = False
    account.settings.focused_contact = ""
    account.settings.user_status, account.settings.idle_from = account.settings.idle_from, ""
    account.settings.connection = "offline"
    assert again.settings == account.settings
    assert again.profile == account.profile
    # No call outlives the process, and without one nothing is muted; who is there is told anew.
    person.online_status = "offline"
    assert again.people.known["ann"] == person
