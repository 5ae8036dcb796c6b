"""What a host can refuse, and that a password is used once: each error is named, with what to do."""

from __future__ import annotations

import socket
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from jcad.errors import (
    AccessDenied,
    AuthenticationFailed,
    CertificateError,
    ConnectionFailed,
    RemotingError,
    SettingsError,
)
from jcad.model.secret import Secret
from jcad.remoting import Authentication, Endpoint, open_session

ALL = [Authentication.NTLM, Authentication.NEGOTIATE, Authentication.BASIC]
"""The ways in which a password itself is used."""


def fingerprint_of(files) -> str:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize("authentication", ALL)
def test_a_wrong_password_is_counted_once(https, endpoint, accounts, authentication):
    with pytest.raises(AuthenticationFailed, match=r"refused the login of LAB\\admin") as caught:
        open_session(endpoint(https, authentication=authentication), Secret("wrong"))
    assert accounts.wrong == {"admin": 1}
    assert caught.value.account == "LAB\\admin"
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("authentication", [Authentication.NTLM, Authentication.NEGOTIATE])
def test_a_wrong_password_is_counted_once_over_sealed_http(http, endpoint, accounts, authentication):
    with pytest.raises(AuthenticationFailed):
        open_session(endpoint(http, authentication=authentication), Secret("wrong"))
    assert accounts.wrong == {"admin": 1}


@pytest.mark.parametrize("authentication", ALL)
def test_a_refusal_of_a_right_password_is_a_refusal(https, endpoint, accounts, password, authentication):
    """A locked account looks like a wrong password, and is treated as one."""
    accounts.refusals["admin"] = "775"
    with pytest.raises(AuthenticationFailed):
        open_session(endpoint(https, authentication=authentication), password)
    assert https.requests["create"] == 0


@pytest.mark.parametrize("authentication", ALL)
@pytest.mark.parametrize("status", [400, 403])
def test_an_unclear_refusal_counts_as_a_wrong_password(https, endpoint, faults, password, authentication, status):
    faults.set("endpoint.status", status, at=1, times=None)
    with pytest.raises((AuthenticationFailed, RemotingError)) as caught:
        open_session(endpoint(https, authentication=authentication), password)
    used = authentication is Authentication.BASIC or https.requests["http"] > 1
    assert isinstance(caught.value, AuthenticationFailed) == used


def test_an_account_without_a_right_to_log_on_is_told_so(http, endpoint, accounts, password):
    with pytest.raises(AccessDenied, match=r"LAB\\nobody may not open a session on dc1") as caught:
        open_session(endpoint(http, user="LAB\\nobody"), password)
    assert "Remote Management Users" in (caught.value.hint or "")
    assert not accounts.wrong


def test_used_up_shells_are_named(http, endpoint, faults, password):
    faults.set("endpoint.quota")
    with pytest.raises(RemotingError, match="used up its shells") as caught:
        open_session(endpoint(http), password)
    assert caught.value.code == 2150859173


def test_a_certificate_is_verified_by_default(https, endpoint, password, accounts):
    with pytest.raises(CertificateError, match="does not verify"):
        open_session(endpoint(https, ca_file=None), password)
    assert https.requests["http"] == 0


def test_another_authority_does_not_do(https, endpoint, password, another_certificate):
    with pytest.raises(CertificateError, match="does not verify"):
        open_session(endpoint(https, ca_file=str(another_certificate.certificate)), password)


def test_another_name_does_not_do(serve, endpoint, password, misnamed_certificate):
    server = serve(misnamed_certificate)
    with pytest.raises(CertificateError, match=r"not valid for .dc1\.lab\.jcad\.test"):
        open_session(endpoint(server, ca_file=str(misnamed_certificate.certificate)), password)


@pytest.mark.parametrize(
    "written", [str.lower, str.upper, lambda text: "sha256:" + ":".join(text[i : i + 2] for i in range(0, 64, 2))]
)
def test_a_pinned_certificate_needs_no_authority(https, endpoint, password, call, certificate, written):
    described = endpoint(https, ca_file=None, fingerprint=written(fingerprint_of(certificate)))
    with open_session(described, password) as session:
        assert list(session.run(call("lines 1"))) == ["line 0"]


@pytest.mark.parametrize("with_authority", [False, True])
def test_a_pinned_certificate_is_the_only_one(
    https, endpoint, password, certificate, another_certificate, with_authority
):
    """No falling back on an authority that would vouch for another one."""
    authority = str(certificate.certificate) if with_authority else None
    described = endpoint(https, ca_file=authority, fingerprint=fingerprint_of(another_certificate))
    with pytest.raises(CertificateError, match="not the one that was pinned"):
        open_session(described, password)
    assert https.requests["http"] == 0


def test_a_ca_file_that_is_none_is_a_wrong_setting(https, endpoint, password, tmp_path):
    with pytest.raises(SettingsError, match="cannot be used"):
        open_session(endpoint(https, ca_file=str(tmp_path / "missing.pem")), password)


def test_http_where_https_was_asked_for_is_named(http, endpoint, password):
    with pytest.raises(ConnectionFailed, match="no TLS there"):
        open_session(endpoint(http, scheme="https"), password)


def test_nothing_listening_is_named(password):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    described = Endpoint(host="dc1.lab.jcad.test", address="127.0.0.1", port=port, scheme="http", user="admin")
    with pytest.raises(ConnectionFailed, match="connection refused") as caught:
        open_session(described, password)
    assert "listen" in (caught.value.hint or "")


def test_a_name_that_does_not_resolve_is_named(password):
    described = Endpoint(host="dc1.invalid", scheme="http", user="admin")
    with pytest.raises(ConnectionFailed, match=r"dc1\.invalid"):
        open_session(described, password)


def test_a_host_that_says_nothing_is_named_with_its_time(password):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        described = Endpoint(
            host="dc1.lab.jcad.test", address="127.0.0.1", port=silent.getsockname()[1], scheme="http", user="admin",
            read_timeout=1, operation_timeout=0,
        )  # fmt: skip
        with pytest.raises(ConnectionFailed, match="said nothing for 1 s"):
            open_session(described, password)


def test_something_else_on_the_port_is_named(password):
    def answer(server):
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            connection.recv(65_536)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        described = Endpoint(
            host="dc1.lab.jcad.test", address="127.0.0.1", port=server.getsockname()[1], scheme="http", user="admin"
        )
        with pytest.raises(RemotingError, match="not PowerShell remoting"):
            open_session(described, password)
        thread.join()


def test_a_wrong_path_is_no_wrong_password(https, endpoint, password, accounts, faults):
    faults.set("endpoint.status", 404, times=None)
    with pytest.raises(RemotingError, match="nothing answers at this path"):
        open_session(endpoint(https, authentication=Authentication.BASIC), password)


def test_basic_over_http_is_refused_before_anything_is_sent():
    with pytest.raises(SettingsError, match="in the clear"):
        Endpoint(host="dc1", user="admin", scheme="http", authentication=Authentication.BASIC)


@pytest.mark.parametrize(
    "wrong",
    [{"fingerprint": "ab:cd"}, {"scheme": "ftp"}, {"scheme": "http", "fingerprint": "0" * 64},
     {"read_timeout": 20, "operation_timeout": 20}],
)  # fmt: skip
def test_an_endpoint_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(SettingsError):
        Endpoint(host="dc1", user="admin", **wrong)


@pytest.mark.parametrize("name", ["credssp", "", "NTLM"])
def test_a_mechanism_that_does_not_exist_is_named(name):
    with pytest.raises(SettingsError, match=f"no way of logging on called '{name}'") as caught:
        Authentication(name)
    assert "ntlm, negotiate, basic, kerberos, certificate" in (caught.value.hint or "")


def test_the_ports_are_winrms_own():
    assert Endpoint(host="dc1", user="a").url == "https://dc1:5986/wsman"
    assert Endpoint(host="::1", user="a", scheme="http").url == "http://[::1]:5985/wsman"
