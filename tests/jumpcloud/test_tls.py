"""Certificates are verified; one's own authority is named by a file."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jcad.errors import CertificateError, ConnectionFailed, SettingsError
from jcad.lab.jumpcloud import Certificate, JumpCloudServer


def make_certificate(folder, name, *, address="127.0.0.1", days=10):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(chain, private)


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path, "good")


@pytest.fixture
def secure(tenant, certificate):
    with JumpCloudServer(tenant=tenant, certificate=certificate) as server:
        yield server


def test_a_server_is_read_over_tls_with_its_authority_named(secure, certificate, open_reader, seed):
    assert secure.url.startswith("https://")
    reader = open_reader(url=secure.url, ca_file=certificate.chain)
    assert set(reader.observe(seed.tenant.instance_id).users) == {user.id for user in seed.expected.users}


def test_an_unknown_authority_is_a_certificate_error_at_the_first_try(secure, open_reader):
    with pytest.raises(CertificateError, match="does not verify") as caught:
        open_reader(url=secure.url).instances()
    assert "ca_file" in caught.value.hint
    assert not secure.seen


@pytest.mark.parametrize(("address", "days", "why"), [("127.0.0.9", 10, "127.0.0.1"), ("127.0.0.1", -1, "expired")])
def test_the_certificate_must_be_of_this_server_and_of_today(tmp_path, tenant, open_reader, address, days, why):
    bad = make_certificate(tmp_path, "bad", address=address, days=days)
    with (
        JumpCloudServer(tenant=tenant, certificate=bad) as server,
        pytest.raises(CertificateError, match=why),
    ):
        open_reader(url=server.url, ca_file=bad.chain).instances()


def test_tls_with_a_server_that_speaks_none_is_an_error(server, open_reader):
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        open_reader(url=server.url.replace("http://", "https://")).instances()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_used_is_named(tmp_path, open_reader, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        open_reader(ca_file=path)
