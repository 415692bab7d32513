"""Why a call comes to nothing, as programs read it, between an engine and other clients on one real server.

FAILUREREASON 9 and 11 are words of servers that ours do not say (tests/unit/network/xmpp/test_calls.py);
7, 12 (a sound card that is not there is silence), 10, 13 and 14 have no cause in a call between two.
"""

import asyncio

import pytest
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from servers.stranger import Stranger
from support.xmpp import befriend, play

JMI = "urn:xmpp:jingle-message:0"
REJECT = "<message to='{0}' type='chat'><reject xmlns='" + JMI + "' id='{1}'>{2}</reject></message>"
RINGING = "<message to='{0}' type='chat'><ringing xmlns='" + JMI + "' id='{1}'/></message>"
WHY = "<reason xmlns='urn:xmpp:jingle:1'><{0}/></reason>"


class Callee(Stranger):
    """Hears of calls; ``proposals``: who calls, and the name of the session."""

    def __init__(self, resident):
        super().__init__(resident.server, resident.handle, resident.secret)
        self.proposals = asyncio.Queue()
        self.register_handler(
            Callback("calls", MatchXPath(f"{{jabber:client}}message/{{{JMI}}}propose"), self._proposed)
        )

    def _proposed(self, stanza):
        proposal = stanza.xml.find(f"{{{JMI}}}propose")
        self.proposals.put_nowait((stanza["from"], proposal.get("id")))

    async def proposal(self):
        async with asyncio.timeout(30):
            return await self.proposals.get()


def fails(program, to):
    """Call somebody in vain; gives the reason."""
    number = program.ask(f"CALL {to}").split()[1]
    program.until(f"CALL {number} STATUS FAILED")
    return int(program.ask(f"GET CALL {number} FAILUREREASON").split()[-1])


def test_why_others_do_not_talk(residents):
    """Somebody whom we do not see: their client's word counts."""
    alice, bob = residents("alice", "bob")
    one = alice.start().online()

    async def scene():
        async with Callee(bob) as callee:
            for why, told in (
                ("general-error", "1"),
                ("gone", "3"),
                ("failed-transport", "4"),
                ("timeout", "5"),
                ("incompatible-parameters", "6"),
                ("media-error", "8"),
                ("busy", "BUSY"),
                ("decline", "REFUSED"),
            ):
                number = one.ask(f"CALL {bob.handle}").split()[1]
                caller, sid = await callee.proposal()
                callee.send_raw(RINGING.format(caller, sid))
                await asyncio.to_thread(one.until, f"CALL {number} STATUS RINGING")
                callee.send_raw(REJECT.format(caller, sid, WHY.format(why)))
                status = "FAILED" if told.isdecimal() else told
                await asyncio.to_thread(one.until, f"CALL {number} STATUS {status}")
                reason = told if told.isdecimal() else "0"
                assert one.ask(f"GET CALL {number} FAILUREREASON") == f"CALL {number} FAILUREREASON {reason}"

    play(scene)


def test_nobody_and_programs_without_calls(residents):
    alice, bob = residents("alice", "bob")
    one = alice.start().online()
    assert fails(one, "no.such.person") == 2
    assert fails(one, "somebody@no.such.server.test") == 2
    other = bob.start().online()
    befriend(one, other)
    other.close()
    bob.stop()
    one.until(f"USER {bob.handle} ONLINESTATUS OFFLINE")
    assert fails(one, bob.handle) == 3

    async def scene():
        async with Callee(bob) as callee:
            await asyncio.to_thread(one.until, f"USER {bob.handle} ONLINESTATUS ONLINE")
            # It says what it can do, and calls are not among it.
            assert await asyncio.to_thread(fails, one, bob.handle) == 6
            assert callee.is_connected()

    play(scene)


@pytest.mark.real_time
def test_who_signs_off_while_it_rings(residents, tmp_path):
    """Their other devices ring on; when nobody is left, the caller is told."""
    alice, bob = residents("alice", "bob")
    second = bob.again(tmp_path)
    residents.made.append(second)
    one, desk, phone = alice.start().online(), bob.start().online(), second.start().online()
    befriend(one, desk)
    phone.comes_to(f"USER {alice.handle} BUDDYSTATUS", "3")
    number = one.ask(f"CALL {bob.handle}").split()[1]
    calls = {device: device.until("STATUS RINGING").split()[1] for device in (desk, phone)}
    one.until(f"CALL {number} STATUS RINGING")
    phone.ask("SET USERSTATUS OFFLINE")
    phone.until(f"CALL {calls[phone]} STATUS MISSED")
    desk.ask(f"ALTER CALL {calls[desk]} ANSWER")
    one.until(f"CALL {number} STATUS INPROGRESS")
    one.ask(f"ALTER CALL {number} HANGUP")
    desk.until(f"CALL {calls[desk]} STATUS FINISHED")
    number = one.ask(f"CALL {bob.handle}").split()[1]
    desk.until("STATUS RINGING")
    one.until(f"CALL {number} STATUS RINGING")
    desk.ask("SET USERSTATUS OFFLINE")
    one.until(f"CALL {number} FAILUREREASON 3")
    one.until(f"CALL {number} STATUS FAILED")
