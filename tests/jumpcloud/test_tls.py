"""Certificates are verified; one's own authority is named by a file."""

from __future__ import annotations

import pytest

from jcad.errors import CertificateError, ConnectionFailed, SettingsError
from jcad.lab.jumpcloud import JumpCloudServer


@pytest.fixture
def certificate(tmp_path, make_certificate):
    return make_certificate(tmp_path, "good")


@pytest.fixture
def secure(tenant, certificate):
    with JumpCloudServer(tenant=tenant, certificate=certificate) as server:
        yield server


def test_a_server_is_read_over_tls_with_its_authority_named(secure, certificate, open_reader, seed):
    assert secure.url.startswith("https://")
    reader = open_reader(url=secure.url, ca_file=certificate.chain)
    assert len(reader.observe(seed.tenant.instance_id).users) == len(seed.tenant.users)


def test_an_unknown_authority_is_a_certificate_error_at_the_first_try(secure, open_reader):
    with pytest.raises(CertificateError, match="does not verify") as caught:
        open_reader(url=secure.url).instances()
    assert "ca_file" in caught.value.hint
    assert not secure.seen


@pytest.mark.parametrize(
    ("bad", "why"),
    [({"address": "127.0.0.9"}, "127.0.0.1"), ({"days": -1}, "expired")],
)
def test_the_certificate_must_be_of_this_server_and_of_today(tmp_path, make_certificate, tenant, open_reader, bad, why):
    certificate = make_certificate(tmp_path, "bad", **bad)
    with (
        JumpCloudServer(tenant=tenant, certificate=certificate) as server,
        pytest.raises(CertificateError, match=why),
    ):
        open_reader(url=server.url, ca_file=certificate.chain).instances()


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
