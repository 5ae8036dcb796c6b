"""LDAPS readiness: certificates that meet every rule, and one for each rule that it breaks."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from jcad.directory import DirectoryTarget, Host, Trust
from jcad.directory.ldaps import PresentedCertificate, judge, presented
from jcad.errors import ConnectionFailed
from jcad.lab.domain.certificates import CertificateAuthority
from jcad.model import Secret

NAME = "dc1.corp.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


def verdicts(issued, *, name=NAME, later=timedelta(0)):
    certificate = x509.load_pem_x509_certificate(issued.certificate.read_bytes())
    shown = PresentedCertificate(host=Host(name=name, address=name, port=636), certificate=certificate, distrust=None)
    return {rule.name: rule for rule in judge(shown, datetime.now(UTC) + later)}


def test_a_certificate_for_the_domain_controller_meets_every_rule(authority):
    assert {rule.holds for rule in verdicts(authority.issue(NAME)).values()} == {True}


def test_the_name_is_compared_whatever_its_case(authority):
    assert verdicts(authority.issue("DC1.Corp.Example"))["name"].holds is True


@pytest.mark.parametrize(("name", "holds"), [("dc2.corp.example", False), ("10.0.0.1", None), ("dc1", None)])
def test_another_name_fails_and_one_that_is_no_full_name_cannot_be_judged(authority, name, holds):
    rule = verdicts(authority.issue(NAME), name=name)["name"]
    assert rule.holds is holds
    assert rule.remedy


def test_a_certificate_for_clients_is_not_one_for_servers(authority):
    rule = verdicts(authority.issue_client("someone", "someone@corp.example"))["server authentication"]
    assert rule.holds is False
    assert "1.3.6.1.5.5.7.3.2" in rule.detail


def test_an_expired_certificate_fails_and_one_that_ends_soon_is_told_of(authority):
    assert verdicts(authority.issue(NAME, days=-1))["expiry"].holds is False
    soon = verdicts(authority.issue(NAME, days=10))["expiry"]
    assert soon.holds is True
    assert soon.remedy.startswith(("It ends in 9 days", "It ends in 10 days"))
    assert verdicts(authority.issue(NAME), later=-timedelta(days=1))["expiry"].holds is False


@contextlib.contextmanager
def answering(handle):
    """A port that answers every connection, as `handle` does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), connection:
                    handle(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def target(port, ca_file):
    return DirectoryTarget(
        domain="corp.example",
        account="x",
        password=Secret("y"),
        hosts=(f"127.0.0.1:{port}",),
        trust=Trust(ca_file=ca_file),
    )


def serving(issued):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)

    def handle(connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(1)

    return handle


def test_what_is_shown_is_read_whether_it_is_trusted_or_not(authority, tmp_path):
    stranger = CertificateAuthority(tmp_path / "stranger")
    with answering(serving(authority.issue(NAME, addresses=["127.0.0.1"]))) as port:
        host = Host(name="127.0.0.1", address="127.0.0.1", port=port)
        trusted = presented(host, target(port, authority.certificate))
        distrusted = presented(host, target(port, stranger.certificate))
    assert trusted.distrust is None
    assert "CN=dc1.corp.example" in trusted.certificate.subject.rfc4514_string()
    assert len(trusted.fingerprint.split(":")) == 32
    assert "does not verify" in str(distrusted.distrust)
    assert {rule.name: rule.holds for rule in judge(distrusted, datetime.now(UTC))}["trust"] is False


def test_a_port_that_speaks_no_tls_and_one_that_is_shut_are_told_apart(authority):
    with answering(lambda connection: connection.sendall(b"220 something else\r\n")) as port:
        host = Host(name="127.0.0.1", address="127.0.0.1", port=port)
        with pytest.raises(ConnectionFailed, match="not with TLS"):
            presented(host, target(port, authority.certificate))
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        presented(host, target(port, authority.certificate))
