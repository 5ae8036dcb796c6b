"""Through a proxy: the tunnel, the certificate behind it, and proxies that answer instead of the host."""

from __future__ import annotations

import socket

import pytest
from proxy import Proxy

from jcad.errors import CertificateError, ConnectionFailed, RemotingError, SettingsError
from jcad.model import Call, Script
from jcad.remoting import Authentication, Protocol, open_session

LINES = Call(script=Script(name="lines", synopsis="", text="lines 3", digest=""), parameters={})


@pytest.mark.parametrize("authentication", [Authentication.NTLM, Authentication.BASIC])
def test_a_session_goes_through_the_tunnel(https, endpoint, password, authentication):
    with Proxy() as proxy:
        at = endpoint(https, proxy=proxy.url, authentication=authentication)
        with open_session(at, password) as session:
            assert list(session.run(LINES)) == ["line 0", "line 1", "line 2"]
        assert set(proxy.tunnels) == {f"127.0.0.1:{https.port}"}


def test_behind_a_proxy_the_certificate_is_verified_as_ever(https, endpoint, password, another_certificate):
    with Proxy() as proxy, pytest.raises(CertificateError):
        open_session(endpoint(https, proxy=proxy.url, ca_file=str(another_certificate.certificate)), password)


def test_behind_a_proxy_a_fingerprint_is_compared_as_ever(https, endpoint, password):
    with Proxy() as proxy, pytest.raises(CertificateError, match="pinned"):
        open_session(endpoint(https, proxy=proxy.url, ca_file=None, fingerprint="ab" * 32), password)


@pytest.mark.parametrize(
    ("status", "hint"), [(403, "allow CONNECT"), (407, "a login of its own"), (502, "allow CONNECT")]
)
def test_a_proxy_that_answers_with_a_page_is_told(https, endpoint, password, accounts, status, hint):
    with Proxy(status) as proxy, pytest.raises(ConnectionFailed, match=f"it answered {status}") as caught:
        open_session(endpoint(https, proxy=proxy.url), password)
    assert proxy.url in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert not accounts.wrong


def test_a_proxy_that_is_not_there_is_told(https, endpoint, password):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ConnectionFailed, match=f"the proxy http://127.0.0.1:{port} cannot be reached"):
        open_session(endpoint(https, proxy=f"http://127.0.0.1:{port}"), password)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_web_server_in_the_place_of_the_host_is_told_by_its_page(endpoint, password, http, protocol):
    """An intercepting proxy: it answers by itself, and no login is made."""
    with Proxy(200, "OK") as proxy:
        port = int(proxy.url.rpartition(":")[2])
        with pytest.raises(RemotingError, match=r"a web page \(Access blocked by policy\)") as caught:
            open_session(endpoint(http, port=port, protocol=protocol), password)
    assert "proxy" in (caught.value.hint or "")


@pytest.mark.parametrize("proxy", ["proxy:3128", "socks5://proxy:1080", "http://user:secret@proxy:3128", "http://"])
def test_what_is_no_proxy_is_refused_without_repeating_it(endpoint, https, proxy):
    with pytest.raises(SettingsError) as caught:
        endpoint(https, proxy=proxy)
    assert "secret" not in str(caught.value)


def test_a_proxy_is_for_https_alone(endpoint, http):
    with pytest.raises(SettingsError, match="https alone"):
        endpoint(http, proxy="http://proxy:3128")
