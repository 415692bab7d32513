"""STUN and TURN of the server (XEP-0215)."""

from xml.etree.ElementTree import fromstring

import pytest

from ringback.jingle import FEATURES, MalformedError, Service, services_of, services_request

ANSWER = """
<services xmlns="urn:xmpp:extdisco:2">
  <service type="stun" host="198.51.100.1" port="3478" transport="udp"/>
  <service type="turn" host="turn.example.org" transport="tcp" port="3479" username="1800:x" password="secret"
    restricted="1" expires="2026-11-27T00:00:00Z"/>
  <service type="turns" host="turn.example.org" username="u" password="p"/>
  <service type="ftp" host="files.example.org"/>
  <service type="turn"/>
  <service type="turn" host="a?transport=udp"/>
  <service type="stun" host="a" port="70000"/>
  <service type="stun" host="a" transport="sctp"/>
  <other/>
</services>"""


def test_what_a_server_tells():
    assert services_of(fromstring(ANSWER)) == (
        Service("stun", "198.51.100.1", 3478),
        Service("turn", "turn.example.org", 3479, "tcp", "1800:x", "secret"),
        Service("turns", "turn.example.org", 5349, "tcp", "u", "p"),
    )


def test_passwords_are_not_shown():
    assert "secret" not in repr(services_of(fromstring(ANSWER)))


def test_too_many_are_left_out():
    one = '<service type="stun" host="a"/>'
    text = f'<services xmlns="urn:xmpp:extdisco:2">{one * 200}</services>'
    assert len(services_of(fromstring(text))) == 32
    with pytest.raises(MalformedError):
        services_of(fromstring(f'<services xmlns="urn:xmpp:extdisco:2">{one * 300}</services>'))


def test_another_answer():
    with pytest.raises(MalformedError):
        services_of(fromstring("<services/>"))
    assert services_request().tag == "{urn:xmpp:extdisco:2}services"


def test_features_are_named_once():
    assert len(set(FEATURES)) == len(FEATURES)
