"""The multipart body of message encryption: any content passes, and nothing malformed does."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypsrp.encryption import WinRMEncryption

from jcad.lab.endpoint import sealing

PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"


class Keys:
    """Seals by turning every bit, and signs with a digest."""

    def seal(self, message):
        return hashlib.md5(message).digest(), bytes(octet ^ 0xFF for octet in message)

    def unseal(self, signature, sealed):
        message = bytes(octet ^ 0xFF for octet in sealed)
        if hashlib.md5(message).digest() != signature:
            raise ValueError("signature")
        return message

    def wrap_winrm(self, message):
        return (*self.seal(message), 0)


MESSAGES = st.binary() | st.binary().map(lambda b: b + b"--Encrypted Boundary\r\n--Encrypted Boundary--\r\n" + b)


@given(message=MESSAGES)
def test_any_message_comes_back(message):
    assert sealing.unseal(Keys(), sealing.seal(Keys(), message, PROTOCOL)) == message


@given(message=MESSAGES)
def test_what_pypsrp_seals_is_read(message):
    _, body = WinRMEncryption(Keys(), PROTOCOL).wrap_message(message)
    assert sealing.unseal(Keys(), body) == message


@given(message=st.binary(min_size=1), data=st.data())
def test_a_body_that_is_cut_off_is_refused(message, data):
    body = sealing.seal(Keys(), message, PROTOCOL)
    cut = data.draw(st.integers(0, len(body) - 5))
    with pytest.raises(ValueError):
        sealing.unseal(Keys(), body[:cut])


@given(body=st.binary())
def test_noise_is_refused(body):
    with pytest.raises(ValueError):
        sealing.unseal(Keys(), body)


def test_several_parts_make_one_message():
    first, second = sealing.seal(Keys(), b"one", PROTOCOL), sealing.seal(Keys(), b"two", PROTOCOL)
    end = sealing.BOUNDARY + b"--\r\n"
    assert sealing.unseal(Keys(), first.removesuffix(end) + second) == b"onetwo"


def test_the_protocol_is_read_from_the_content_type_and_repeated():
    assert sealing.protocol_of(sealing.content_type(PROTOCOL)) == PROTOCOL
    assert sealing.protocol_of("application/soap+xml;charset=UTF-8") is None
