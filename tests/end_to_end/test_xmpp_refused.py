"""What keeps an account from its server: what the user and programs are told, and what is tried again."""

import asyncio
import json
import re
from xml.etree import ElementTree as ET

import pytest

from servers.authority import Authority
from servers.stranger import Stranger
from support.xmpp import Program, Resident

REGISTER = "jabber:iq:register"


@pytest.fixture(params=["prosody", pytest.param("ejabberd", marks=pytest.mark.slow)])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def resident(tmp_path):
    made = []

    def make(server):
        made.append(Resident(server, tmp_path, "alice"))
        return made[-1]

    yield make
    for one in made:
        one.close()


#: Pauses pass on the engine's clock; what a server takes for an answer does not, so not faster than this.
FAST = ("--speed", "20")


def states(program):
    return [line.removeprefix("CONNSTATUS ") for line in program.news if line.startswith("CONNSTATUS ")]


def stays_offline(program, alice):
    """Nothing is tried any more (``tests/unit/network/xmpp/test_link.py``: no deadline is left)."""
    assert states(program)[-1] == "OFFLINE"
    assert alice.status()["link"] == "offline"
    assert program.ask("GET CONNSTATUS") == "CONNSTATUS OFFLINE"


def expired(server, folder):
    server.authority.issue(folder, server.domain, days=-1)


def of_another_name(server, folder):
    server.authority.issue(folder, "another.test")
    for kind in ("crt", "key"):
        (folder / f"another.test.{kind}").rename(folder / f"{server.domain}.{kind}")


def of_an_unknown_authority(_server, folder):
    Authority(folder / "unknown").issue(folder, "frail.test")


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (expired, "the certificate of frail.test is not valid: certificate has expired"),
        (of_another_name, "the certificate of frail.test is not valid: Hostname mismatch, certificate is"),
        (of_an_unknown_authority, "the certificate of frail.test is not valid: unable to get local issuer"),
    ],
)
def test_a_certificate_that_is_not_valid(own_server, resident, certificate, why):
    """Told as what it is, tried again by itself; the password is kept until it is mended."""
    alice = resident(own_server)
    one = alice.start(*FAST).online()
    own_server.kill()
    folder = own_server.folder / "certificates"
    good = {path: path.read_bytes() for path in folder.iterdir()}
    certificate(own_server, folder)
    own_server.start()
    _waits_until_mended(one, alice, why)
    refused = alice.login()
    assert (refused.returncode, why in refused.stderr) == (1, True)
    own_server.kill()
    for path, content in good.items():
        path.write_bytes(content)
    own_server.start()
    assert "uses what is kept now" in alice.login().stdout
    one.until("CONNSTATUS ONLINE")
    assert alice.status()["why"] == ""


def _waits_until_mended(one, alice, why):
    """The first pauses are told of, and between them no more than one attempt each."""
    while why not in alice.status()["why"]:
        one.until("CONNSTATUS")
    begun = len(states(one))
    for _ in range(2):
        one.until("CONNSTATUS CONNECTING")
        one.until("CONNSTATUS PAUSING")
    told = states(one)[begun:]
    assert told == (["PAUSING"] * (len(told) % 2) + ["CONNECTING", "PAUSING"] * (len(told) // 2))
    assert why in alice.status()["why"]


def test_a_server_without_tls(own_server, resident):
    alice = resident(own_server)
    one = alice.start(*FAST).online()
    own_server.kill()
    own_server.tls = False
    own_server.start()
    _waits_until_mended(one, alice, "frail.test offers no TLS")
    own_server.kill()
    own_server.tls = True
    own_server.start()
    one.until("CONNSTATUS ONLINE")


def test_a_server_without_scram(own_server, resident):
    """It is the real one, and says that it takes passwords only as they are: that does not go by itself."""
    alice = resident(own_server)
    one = alice.start().online()
    own_server.kill()
    own_server.scram = False
    own_server.start()
    one.until("CONNSTATUS OFFLINE")
    assert "frail.test offers no way to log in that keeps the password safe" in alice.status()["why"]
    stays_offline(one, alice)
    assert "PLAIN" not in own_server.output()


def test_a_server_of_another_domain(own_server, resident):
    alice = resident(own_server)
    one = alice.start(*FAST).online()
    own_server.kill()
    own_server.domain = "elsewhere.test"
    own_server.authority.issue(own_server.folder / "certificates", "elsewhere.test", "frail.test")
    own_server.start()
    _waits_until_mended(one, alice, "this server does not serve frail.test")


def test_somebody_else_comes_under_the_name_of_the_device(server, resident):
    """The later one stays, or both would throw each other out for ever."""
    alice = resident(server)
    one = alice.start().online()
    device = json.loads((alice.folder / "xmpp.json").read_text())["device"]

    async def scene():
        async with Stranger(server, alice.handle, alice.secret, device) as other:
            assert other.boundjid.resource == device
            await asyncio.to_thread(one.until, "CONNSTATUS OFFLINE")
            assert alice.status()["why"] == "somebody else connected under the name of this device"
            await asyncio.to_thread(stays_offline, one, alice)
            await other.plugin["xep_0199"].ping(server.domain)
            assert other.is_connected()

    asyncio.run(scene())
    one.ask("SET USERSTATUS OFFLINE")
    one.ask("SET USERSTATUS ONLINE")
    one.online()


def of_account(server, alice, *words):
    """Change something about the account, as its other client."""

    async def scene():
        async with Stranger(server, alice.handle, alice.secret, "other") as other:
            query = ET.Element(f"{{{REGISTER}}}query")
            for word, text in words:
                ET.SubElement(query, f"{{{REGISTER}}}{word}").text = text
            iq = other.make_iq_set()
            iq.append(query)
            # Who takes the account away is thrown out before the answer.
            other.add_event_handler("disconnected", lambda _reason: gone.set())
            gone = asyncio.Event()
            answered = asyncio.ensure_future(iq.send())
            await asyncio.wait(
                {answered, asyncio.ensure_future(gone.wait())}, return_when=asyncio.FIRST_COMPLETED
            )

    asyncio.run(scene())


def test_the_account_is_taken_away_while_it_is_online(server, resident):
    alice = resident(server)
    one = alice.start().online()
    of_account(server, alice, ("remove", None))
    one.until("CONNSTATUS OFFLINE")
    assert re.match(rf"{server.domain} does not (know|let) {alice.address}", alice.status()["why"])
    stays_offline(one, alice)


def test_the_password_is_changed_while_the_account_is_online(server, resident):
    """At the latest the next connection wants the new one; who logs in with it need not do more."""
    alice = resident(server)
    one = alice.start().online()
    of_account(server, alice, ("username", alice.handle), ("password", "new"))
    # ejabberd lets those go on who are there.
    one.ask("SET USERSTATUS OFFLINE")
    one.ask("SET USERSTATUS ONLINE")
    one.until("CONNSTATUS CONNECTING")
    one.until("CONNSTATUS OFFLINE")
    one.comes_to("CONNSTATUS", "OFFLINE")
    assert f"does not know {alice.address} with this password" in alice.status()["why"]
    stays_offline(one, alice)
    alice.password.write_text("new\n")
    assert alice.login().returncode == 0
    one.online()
    assert Program(alice).ask("GET CONNSTATUS") == "CONNSTATUS ONLINE"
