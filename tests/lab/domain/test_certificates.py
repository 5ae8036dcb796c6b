"""The lab's certificates, judged by OpenSSL through real handshakes in memory."""

from __future__ import annotations

import ssl
import stat

import pytest

from jcad.lab.domain.certificates import CertificateAuthority


@pytest.fixture
def authority(tmp_path):
    return CertificateAuthority(tmp_path / "certificates")


def handshake(issued, ca_file, name):
    """Shake hands in memory as a client that trusts this CA and expects this name. Raises ssl.SSLError."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(issued.certificate, issued.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=ca_file).wrap_bio(down, up, server_hostname=name)
    server = serving.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert()


@pytest.mark.parametrize("name", ["dc1.lab.jcad.test", "lab.jcad.test", "127.0.0.17"])
def test_a_certificate_is_good_for_each_of_its_names_and_addresses(authority, name):
    issued = authority.issue("dc1.lab.jcad.test", names=["lab.jcad.test"], addresses=["127.0.0.17"])
    assert handshake(issued, authority.certificate, name)["subject"] == ((("commonName", "dc1.lab.jcad.test"),),)


@pytest.mark.parametrize("name", ["dc2.lab.jcad.test", "127.0.0.18"])
def test_a_certificate_is_good_for_nobody_else(authority, name):
    issued = authority.issue("dc1.lab.jcad.test", addresses=["127.0.0.17"])
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(issued, authority.certificate, name)


def test_another_labs_authority_does_not_vouch_for_it(authority, tmp_path):
    issued = authority.issue("dc1.lab.jcad.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(issued, CertificateAuthority(tmp_path / "other").certificate, "dc1.lab.jcad.test")


def test_an_expired_certificate_can_be_had_for_the_tests(authority):
    issued = authority.issue("dc1.lab.jcad.test", days=-1)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(issued, authority.certificate, "dc1.lab.jcad.test")


def test_keys_are_for_their_owner_alone_and_the_authoritys_is_not_kept(authority, tmp_path):
    issued = authority.issue("dc1.lab.jcad.test")
    assert stat.S_IMODE(issued.key.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "certificates").glob("*.key")] == ["dc1.lab.jcad.test.key"]


def test_a_name_that_is_issued_again_gets_another_key(authority):
    first = authority.issue("dc1.lab.jcad.test").key.read_text()
    assert authority.issue("dc1.lab.jcad.test").key.read_text() != first
