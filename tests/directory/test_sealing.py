"""The tokens of a SASL login: bound to the TLS channel within TLS, and asking to seal only without it."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from spnego._ntlm_raw.messages import (
    Authenticate,
    AvId,
    Challenge,
    Negotiate,
    NegotiateFlags,
    NTClientChallengeV2,
    TargetInfo,
)
from spnego._spnego import NegState, NegTokenResp, unpack_token

from jcad.directory.sealing import SealedLogin, channel_bindings
from jcad.model import Secret

NTLM = "1.3.6.1.4.1.311.2.2.10"


@pytest.fixture(scope="module")
def certificate():
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dc1.corp.example")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    return made.sign(key, hashes.SHA384()).public_bytes(serialization.Encoding.DER)


def exchange(channel):
    """The client's two NTLM messages, as a domain controller would see them."""
    login = SealedLogin("CORP\\jcsync", Secret("Pass.word-1"), "dc1.corp.example", channel)
    negotiate = Negotiate.unpack(unpack_token(login.first).mech_token)
    info = TargetInfo()
    info[AvId.nb_domain_name], info[AvId.nb_computer_name] = "CORP", "DC1"
    challenge = Challenge(
        negotiate.flags | NegotiateFlags.target_info, b"12345678", target_name="CORP", target_info=info
    )
    answer = NegTokenResp(
        neg_state=NegState.accept_incomplete, supported_mech=NTLM, response_token=challenge.pack()
    ).pack()
    return negotiate, Authenticate.unpack(unpack_token(login.step(answer)).response_token)


def bindings_of(message):
    pairs = NTClientChallengeV2.unpack(message.nt_challenge_response[16:]).av_pairs
    return pairs.get(AvId.channel_bindings, bytes(16))


def test_within_tls_the_token_is_bound_to_the_servers_certificate(certificate):
    _, message = exchange(certificate)
    data = b"tls-server-end-point:" + hashlib.sha384(certificate).digest()
    packed = bytes(16) + len(data).to_bytes(4, "little") + data
    assert bindings_of(message) == hashlib.md5(packed, usedforsecurity=False).digest()


def test_without_tls_the_token_is_bound_to_nothing():
    _, message = exchange(None)
    assert bindings_of(message) == bytes(16)


def test_sealing_is_asked_for_without_tls_alone(certificate):
    assert exchange(None)[0].flags & NegotiateFlags.seal
    within, _ = exchange(certificate)
    assert not within.flags & (NegotiateFlags.seal | NegotiateFlags.sign)


def test_a_binding_uses_sha256_where_the_signature_is_weaker(certificate, mocker):
    weak = mocker.Mock(signature_hash_algorithm=hashes.SHA1())
    mocker.patch("jcad.directory.sealing.x509.load_der_x509_certificate", return_value=weak)
    assert channel_bindings(certificate).application_data.endswith(hashlib.sha256(certificate).digest())
