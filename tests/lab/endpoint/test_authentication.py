"""Who gets in: every mechanism with real clients, and what a refused logon costs."""

from __future__ import annotations

import base64
import http.client
import ssl

import pytest
import requests
import spnego
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from spnego.channel_bindings import GssChannelBindings

from jcad.errors import LabError, LabUnsupported
from jcad.lab.endpoint import EndpointServer


def test_ntlm_over_http_is_encrypted_and_logs_on(http, run):
    assert run(http, "whoami", auth="ntlm").output == ["LAB\\admin ntlm"]


def test_negotiate_over_http_is_encrypted_and_logs_on(http, run):
    assert run(http, "whoami", auth="negotiate").output == ["LAB\\admin ntlm"]


def test_ntlm_over_https_logs_on_with_the_channels_bindings(https, run, certificate):
    shell = run(https, "whoami", auth="ntlm", cert_validation=str(certificate.certificate))
    assert shell.output == ["LAB\\admin ntlm"]


def test_negotiate_over_https_logs_on_with_the_channels_bindings(https, run, certificate):
    shell = run(https, "whoami", auth="negotiate", cert_validation=str(certificate.certificate))
    assert shell.output == ["LAB\\admin ntlm"]


def test_message_encryption_works_inside_tls_too(https, run, certificate):
    shell = run(https, "whoami", auth="ntlm", encryption="always", cert_validation=str(certificate.certificate))
    assert shell.output == ["LAB\\admin ntlm"]


def test_basic_over_https_logs_on(https, run, certificate):
    shell = run(https, "whoami", auth="basic", cert_validation=str(certificate.certificate))
    assert shell.output == ["LAB\\admin basic"]


def test_a_client_without_channel_bindings_is_refused(https, connect, accounts, certificate):
    wsman = connect(https, auth="ntlm", negotiate_send_cbt=False, cert_validation=str(certificate.certificate))
    with pytest.raises(AuthenticationError):
        wsman.get_server_config()
    assert https.refusals[0].code == "80090346"
    assert not accounts.wrong


def test_a_client_without_channel_bindings_passes_where_the_host_is_relaxed(accounts, certificate, connect):
    server = EndpointServer(
        "127.0.0.1",
        0,
        name="dc1.lab.jcad.test",
        certificate=certificate,
        authentication=("negotiate",),
        accounts=accounts,
        runspaces=lambda _: pytest.fail("no runspace is needed"),
        strict_bindings=False,
    )
    with server:
        options = {"auth": "ntlm", "cert_validation": str(certificate.certificate)}
        connect(server, negotiate_send_cbt=False, **options).get_server_config()
        wrong = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes(32))
        assert _ntlm_status(server, certificate, wrong) == 401
    assert server.refusals[0].code == "80090346"


def _ntlm_status(server, certificate, bindings):
    """The status at the end of an NTLM exchange with these channel bindings."""
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trust)
    client = spnego.client("admin", "Lab-Passw0rd!", protocol="ntlm", channel_bindings=bindings)
    token = client.step()
    try:
        while True:
            header = {"Authorization": "Negotiate " + base64.b64encode(token).decode()}
            connection.request("POST", "/wsman", headers=header)
            answer = connection.getresponse()
            answer.read()
            challenge = answer.getheader("WWW-Authenticate", "").partition(" ")[2]
            if client.complete:
                return answer.status
            token = client.step(base64.b64decode(challenge))
    finally:
        connection.close()


def test_basic_is_not_offered_without_tls(http):
    answer = requests.post(http.url, timeout=5)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Negotiate"


def test_basic_over_http_is_refused_without_a_look_at_the_password(http, accounts):
    answer = requests.post(http.url, auth=("admin", "wrong"), timeout=5)
    assert answer.status_code == 401
    assert not accounts.wrong


def test_https_offers_negotiate_before_basic(https, certificate):
    answer = requests.post(https.url, verify=str(certificate.certificate), timeout=5)
    assert answer.headers["WWW-Authenticate"] == 'Negotiate, Basic realm="WSMAN"'


@pytest.mark.parametrize("user", ["admin", "LAB\\admin", "ADMIN", "admin@lab.jcad.test"])
@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_an_account_may_be_named_in_every_way(http, run, user, auth):
    assert run(http, "whoami", user=user, auth=auth).output == ["LAB\\admin ntlm"]


@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_names_and_passwords_beyond_ascii_log_on(http, run, auth):
    assert run(http, "whoami", user="José", password="Pässwörd-渡辺", auth=auth).output == ["LAB\\José ntlm"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_basic_takes_both_encodings_that_clients_use(https, accounts, certificate, encoding):
    accounts.add("René", "pässword", "S-1-5-32-544")
    header = {"Authorization": "Basic " + base64.b64encode("René:pässword".encode(encoding)).decode()}
    answer = requests.post(https.url, headers=header, verify=str(certificate.certificate), timeout=5)
    assert answer.status_code == 200


@pytest.mark.parametrize("auth", ["ntlm", "negotiate", "basic"])
def test_a_wrong_password_is_counted_exactly_once(https, connect, accounts, certificate, auth):
    wsman = connect(https, password="wrong", auth=auth, cert_validation=str(certificate.certificate))
    with pytest.raises(AuthenticationError):
        wsman.get_server_config()
    assert accounts.wrong == {"admin": 1}
    assert [refusal.code for refusal in https.refusals] == ["52e"]


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_an_unknown_account_is_refused_and_nothing_is_counted(https, connect, accounts, certificate, auth):
    wsman = connect(https, user="ghost", auth=auth, cert_validation=str(certificate.certificate))
    with pytest.raises(AuthenticationError):
        wsman.get_server_config()
    assert not accounts.wrong
    assert https.refusals[0].code == "525"


@pytest.mark.parametrize("code", ["533", "775", "773", "532", "701"])
def test_an_account_that_may_not_log_on_is_refused(http, connect, accounts, code):
    accounts.refusals["admin"] = code
    with pytest.raises(AuthenticationError):
        connect(http).get_server_config()
    assert http.refusals[0].code == code
    assert not accounts.wrong


def test_a_locked_account_is_refused_before_its_password_is_looked_at(http, connect, accounts):
    accounts.refusals["admin"] = "775"
    with pytest.raises(AuthenticationError):
        connect(http, password="wrong").get_server_config()
    assert http.refusals[0].code == "775"
    assert not accounts.wrong


def test_a_changed_password_is_the_current_one_from_the_next_logon_on(http, run, connect, accounts):
    assert run(http, "whoami").output == ["LAB\\admin ntlm"]
    accounts.add("admin", "New-Passw0rd!", "S-1-5-32-544")
    with pytest.raises(AuthenticationError):
        connect(http).get_server_config()
    assert run(http, "whoami", password="New-Passw0rd!").output == ["LAB\\admin ntlm"]


def test_a_member_of_remote_management_users_may_open_a_session(http, run):
    assert run(http, "whoami", user="remote", password="R3mote-Pass").output == ["LAB\\remote ntlm"]


def test_an_account_in_neither_group_is_refused_a_session_with_access_denied(http, run, accounts):
    with pytest.raises(WSManFaultError) as refused:
        run(http, "whoami", user="nobody", password="N0body-Pass")
    assert refused.value.code == 5
    assert http.shells == 0
    assert not accounts.wrong


def test_http_without_message_encryption_is_refused(http, connect):
    with pytest.raises(WinRMTransportError):
        connect(http, encryption="never").get_server_config()


def test_refusing_authentication_is_a_fault_on_demand(http, connect, faults, accounts, run):
    faults.set("endpoint.refuse_authentication")
    with pytest.raises(AuthenticationError):
        connect(http).get_server_config()
    assert not accounts.wrong
    assert run(http, "whoami").output == ["LAB\\admin ntlm"]


def test_a_directory_that_is_down_lets_nobody_in(http, connect, accounts, monkeypatch):
    def down(_):
        raise LabError("dc1's Samba does not answer")

    monkeypatch.setattr(accounts, "find", down)
    with pytest.raises(AuthenticationError):
        connect(http).get_server_config()
    assert http.refusals[0].code == "51f"


@pytest.mark.parametrize("token", ["bm9uc2Vuc2U=", "%%%", "TlRMTVNTUAABAAAA", ""])
def test_a_token_that_is_none_is_refused(http, token):
    answer = requests.post(http.url, headers={"Authorization": f"Negotiate {token}"}, timeout=5)
    assert answer.status_code == 401


def test_a_request_without_credentials_on_a_new_connection_is_refused(http):
    answer = requests.post(http.url, data=b"<x/>", headers={"Content-Type": "application/soap+xml"}, timeout=5)
    assert answer.status_code == 401


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "localhost.example"])
def test_the_endpoint_binds_to_loopback_alone(accounts, address):
    with pytest.raises(LabError, match="does not listen"):
        EndpointServer(
            address, 0, name="x", certificate=None, authentication=("negotiate",), accounts=accounts, runspaces=None
        )


def test_a_mechanism_that_the_lab_lacks_is_refused_by_name(accounts):
    with pytest.raises(LabUnsupported, match="credssp"):
        EndpointServer(
            "127.0.0.1", 0, name="x", certificate=None, authentication=("credssp",), accounts=accounts, runspaces=None
        )
