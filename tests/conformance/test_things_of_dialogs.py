"""Every property of dialogs, their members and their entries, at protocols 1, 2 and 8.

ann begins one with bob; a minute later carl begins one with ann, and ann writes to nobody.
"""

import pytest

from support.replay import World

OURS = "#ann/$bob;0000000000000001"
THEIRS = "#carl/$ann;0000000000000003"
NOWHERE = "#ann/$nobody.here;0000000000000005"


@pytest.fixture(scope="module")
def talks():
    """A world, and when it began."""
    world = World("ann", "bob", "carl")
    ann, _bob, carl = (world.attach(name) for name in ("ann", "bob", "carl"))
    carl.ask("SET PROFILE FULLNAME Carl Cee")
    begun = world.clock.now().stamp()
    ann.ask("MESSAGE bob hello")
    world.wait(60)
    carl.ask("MESSAGE ann /me waves")
    ann.ask("MESSAGE nobody.here lost")
    return world, begun


#: Of both dialogs.
CHATS = {
    "TIMESTAMP": ("{begun}", "{later}"),
    "ADDER": ("ann", "carl"),
    "STATUS": ("DIALOG", "DIALOG"),
    "TYPE": ("DIALOG", "DIALOG"),
    "MEMBERS": ("ann bob", "ann carl"),
    "ACTIVEMEMBERS": ("ann", "ann carl"),
    "POSTERS": ("ann", "carl"),
    "FRIENDLYNAME": ("bob | hello", "Carl Cee | waves"),
    "DIALOG_PARTNER": ("bob", "carl"),
    "MYSTATUS": ("SUBSCRIBED", "SUBSCRIBED"),
    "MYROLE": ("USER", "USER"),
    "MEMBEROBJECTS": ("1, 2", "5, 6"),
    "RECENTCHATMESSAGES": ("3", "7"),
    "PASSWORDHINT": ("", ""),
    "GUIDELINES": ("", ""),
    "OPTIONS": ("0", "0"),
    "DESCRIPTION": ("", ""),
    "APPLICANTS": ("", ""),
}
#: Of ann in her dialog, and carl in his.
MEMBERS = {
    "CHATNAME": (OURS, THEIRS),
    "IDENTITY": ("ann", "carl"),
    "ROLE": ("USER", "USER"),
    "IS_ACTIVE": ("TRUE", "TRUE"),
}
#: Of ann's words, carl's, and the entry that says what became of those to nobody.
ENTRIES = {
    "TIMESTAMP": ("{begun}", "{later}", "{later}"),
    "FROM_HANDLE": ("ann", "carl", "nobody.here"),
    "FROM_DISPNAME": ("ann", "Carl Cee", "nobody.here"),
    "PARTNER_HANDLE": ("ann", "carl", "nobody.here"),
    "PARTNER_DISPNAME": ("ann", "Carl Cee", "nobody.here"),
    "TYPE": ("SAID", "EMOTED", "LEFT"),
    "USERS": ("", "", "nobody.here"),
    "LEAVEREASON": ("", "", "USER_NOT_FOUND"),
    "CHATNAME": (OURS, THEIRS, NOWHERE),
    "STATUS": ("SENT", "RECEIVED", "RECEIVED"),
    "BODY": ("hello", "waves", ""),
    "OPTIONS": ("0", "0", "0"),
    "ROLE": ("UNKNOWN", "UNKNOWN", "UNKNOWN"),
    "IS_EDITABLE": ("TRUE", "FALSE", "FALSE"),
}
#: The same of the old object.
MESSAGES = {
    "TIMESTAMP": ("{begun}", "{later}", "{later}"),
    "PARTNER_HANDLE": ("ann", "carl", "nobody.here"),
    "PARTNER_DISPNAME": ("ann", "Carl Cee", "nobody.here"),
    "CONF_ID": ("0", "0", "0"),
    "TYPE": ("TEXT", "TEXT", "UNKNOWN"),
    "STATUS": ("SENT", "RECEIVED", "RECEIVED"),
    "FAILUREREASON": ("0", "0", "0"),
    "BODY": ("hello", "waves", ""),
}


@pytest.mark.parametrize(
    ("word", "things", "wanted", "versions"),
    [
        ("CHAT", (OURS, THEIRS), CHATS, (2, 3, 8)),
        ("CHATMEMBER", ("1", "6"), MEMBERS, (2, 3, 8)),
        ("CHATMESSAGE", ("3", "7", "12"), ENTRIES, (3, 8)),
        ("MESSAGE", ("3", "7", "12"), MESSAGES, (1, 2, 3, 8)),
    ],
)
def test_what_is_said_of_things(talks, word, things, wanted, versions):
    world, begun = talks
    for version in versions:
        program = world.attach("ann", protocol=version)
        for name, values in wanted.items():
            for thing, value in zip(things, values, strict=True):
                shown = value.format(begun=begun, later=begun + 60)
                head = f"{word} {thing} {name}"
                assert program.ask(f"GET {head}") == f"{head} {shown}", version
