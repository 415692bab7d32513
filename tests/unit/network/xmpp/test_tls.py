"""Certificates of servers: read once for each authority, and always checked."""

import os
import ssl

import pytest

from ringback.network.xmpp.tls import tls
from servers.authority import Authority


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def test_who_trusts_the_same_shares_what_was_read(authority, tmp_path):
    other = Authority(tmp_path / "other")
    assert tls(authority.root) is tls(authority.root)
    assert tls(authority.root) is not tls(other.root)
    assert tls(None) is tls(None)
    assert tls(authority.root, direct=True) is not tls(authority.root)


def test_a_file_that_was_changed_is_read_anew(authority, tmp_path):
    before = tls(authority.root)
    authority.root.write_bytes(Authority(tmp_path / "other").root.read_bytes())
    os.utime(authority.root, ns=(1, 1))
    assert tls(authority.root) is not before


@pytest.mark.parametrize("direct", [False, True])
def test_names_and_certificates_are_checked(authority, direct):
    made = tls(authority.root, direct=direct)
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_what_is_no_certificate_is_said(tmp_path):
    file = tmp_path / "no.pem"
    with pytest.raises(FileNotFoundError):
        tls(file)
    file.write_text("no certificate")
    with pytest.raises(ssl.SSLError):
        tls(file)
