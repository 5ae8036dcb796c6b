"""The accepting side of NTLM and SPNEGO against pyspnego's initiating side, token by token."""

from __future__ import annotations

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego._context import GSSMech
from spnego._ntlm_raw.messages import AvId, Challenge
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, unpack_token

from jcad.lab.endpoint.logon import LogonRefused
from jcad.lab.endpoint.negotiate import NegotiateAcceptor
from jcad.lab.endpoint.ntlm import HostNames, NtlmAcceptor

NAMES = HostNames("dc1.lab.jcad.test")


@pytest.fixture
def acceptor(accounts):
    return NegotiateAcceptor(NtlmAcceptor(accounts, NAMES, None))


@pytest.fixture
def client():
    return spnego.client("LAB\\admin", "Lab-Passw0rd!", protocol="ntlm")


def exchange(client, acceptor):
    token = client.step()
    while token is not None:
        answer = acceptor.step(token)
        token = client.step(answer) if answer is not None else None
    return acceptor.ntlm


def test_a_host_names_itself_and_its_domain(acceptor, client):
    challenge = Challenge.unpack(acceptor.step(client.step()))
    assert challenge.target_name == "LAB"
    assert challenge.target_info[AvId.nb_domain_name] == "LAB"
    assert challenge.target_info[AvId.nb_computer_name] == "DC1"
    assert challenge.target_info[AvId.dns_domain_name] == "lab.jcad.test"
    assert challenge.target_info[AvId.dns_computer_name] == "dc1.lab.jcad.test"


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_both_sides_have_the_same_keys(acceptor, protocol):
    client = spnego.client("admin", "Lab-Passw0rd!", protocol=protocol)
    keys = exchange(client, acceptor).keys
    for message in (b"first", b"", b"third" * 1000):
        sealed = client.wrap_winrm(message)
        assert keys.unseal(sealed.header, sealed.data) == message
        signature, data = keys.seal(message)
        assert client.unwrap_winrm(signature, data) == message


def test_a_changed_message_is_refused(acceptor, client):
    keys = exchange(client, acceptor).keys
    sealed = client.wrap_winrm(b"message")
    with pytest.raises(ValueError, match="signature"):
        keys.unseal(sealed.header, bytes([sealed.data[0] ^ 1]) + sealed.data[1:])


def test_nothing_is_sealed_before_the_exchange_is_over(acceptor, client):
    acceptor.step(client.step())
    with pytest.raises(LogonRefused):
        _ = acceptor.ntlm.keys


def test_a_client_that_prefers_kerberos_is_led_to_ntlm(acceptor):
    ntlm = spnego.client("admin", "Lab-Passw0rd!", protocol="ntlm")
    mechanisms = [GSSMech.kerberos.value, GSSMech.ntlm.value]
    first = unpack_token(acceptor.step(NegTokenInit(mechanisms, mech_token=b"a ticket").pack()))
    assert first.supported_mech == GSSMech.ntlm.value
    assert first.neg_state == NegState.request_mic
    assert first.response_token is None
    second = unpack_token(acceptor.step(NegTokenResp(response_token=ntlm.step()).pack()))
    last = NegTokenResp(response_token=ntlm.step(second.response_token))
    with pytest.raises(LogonRefused, match="did not sign"):
        acceptor.step(last.pack())
    assert acceptor.ntlm.login is None


def test_a_client_that_knows_kerberos_alone_is_refused(acceptor):
    with pytest.raises(LogonRefused, match="none of the client's mechanisms"):
        acceptor.step(NegTokenInit([GSSMech.kerberos.value], mech_token=b"a ticket").pack())


def test_a_changed_list_of_mechanisms_is_noticed(acceptor):
    client = spnego.client("admin", "Lab-Passw0rd!", protocol="negotiate")
    token = client.step(acceptor.step(client.step()))
    acceptor._mechanisms.append("1.2.3.4")
    with pytest.raises(LogonRefused, match="changed on its way"):
        acceptor.step(token)
    assert acceptor.ntlm.login is None


def test_a_changed_authenticate_message_fails_its_integrity_code(acceptor, client):
    token = bytearray(client.step(acceptor.step(client.step())))
    token[60] ^= 0x02  # a flag: the response still proves the password
    with pytest.raises(LogonRefused) as refused:
        acceptor.step(bytes(token))
    assert refused.value.code == "80090308"


@given(token=st.binary(max_size=200))
def test_noise_is_refused_and_counts_nothing(token):
    acceptor = NegotiateAcceptor(NtlmAcceptor(None, NAMES, None))
    with pytest.raises(LogonRefused):
        acceptor.step(token)


@given(rest=st.binary(max_size=200))
def test_noise_that_begins_like_ntlm_is_refused(rest):
    acceptor = NegotiateAcceptor(NtlmAcceptor(None, NAMES, None))
    with pytest.raises(LogonRefused):
        acceptor.step(b"NTLMSSP\x00" + rest)
