"""The messages that jcad writes, read by ldap3; results written by pyasn1, read by jcad."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ldap3.protocol.controls import build_control
from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp, SearchResultDone
from ldap3.utils.asn1 import decoder
from pyasn1.codec.ber.encoder import encode
from pyasn1.type.univ import OctetString

from jcad.directory.entries import MessageSplitter
from jcad.directory.filters import equals
from jcad.directory.messages import (
    PAGED_RESULTS,
    SD_FLAGS,
    SHOW_DELETED,
    Scope,
    SearchRequest,
    SecurityParts,
    abandon,
    envelope,
    paging_control,
    read_disconnection,
    read_result,
    security_descriptor_control,
    show_deleted_control,
    unbind,
)
from jcad.errors import DirectoryError
from jcad.model import DistinguishedName


def read_by_ldap3(raw: bytes) -> Any:
    message, rest = decoder.decode(raw, asn1Spec=LDAPMessage())
    assert rest == b""
    return message


@given(
    st.integers(1, 2**31 - 1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(Scope),
    st.integers(0, 900),
)
@settings(deadline=None)
def test_a_search_request_says_what_it_was_made_of(message_id: int, name: str, scope: Scope, limit: int) -> None:
    base = DistinguishedName.parse("DC=lab,DC=jcad,DC=test").child("OU", name)
    request = SearchRequest(
        base=base,
        scope=scope,
        filter=equals("cn", name),  # ldap3 cannot read nested ones; test_filters.py compares what it writes
        attributes=("objectGUID", "member;range=0-*"),
        time_limit=limit,
    )
    message = read_by_ldap3(envelope(message_id, request.encode()))
    read = message["protocolOp"]["searchRequest"]
    assert int(message["messageID"]) == message_id
    assert bytes(read["baseObject"]).decode() == str(base)
    assert (int(read["scope"]), int(read["derefAliases"]), int(read["timeLimit"])) == (scope, 0, limit)
    assert [bytes(name).decode() for name in read["attributes"]] == ["objectGUID", "member;range=0-*"]
    assert bytes(read["filter"]["equalityMatch"]["assertionValue"]).decode() == name


def test_controls_carry_what_active_directory_wants() -> None:
    controls = (
        paging_control(1000, b"\x00cookie"),
        security_descriptor_control(SecurityParts.OWNER | SecurityParts.GROUP | SecurityParts.DACL),
        show_deleted_control(),
    )
    request = SearchRequest(base="DC=x")
    read = read_by_ldap3(envelope(3, request.encode(), controls))["controls"]
    assert [str(control["controlType"]) for control in read] == [PAGED_RESULTS, SD_FLAGS, SHOW_DELETED]
    assert all(bool(control["criticality"]) for control in read)
    assert bytes(read[0]["controlValue"]) == bytes.fromhex("300d020203e80407") + b"\x00cookie"
    assert bytes(read[1]["controlValue"]) == bytes.fromhex("3003020107")
    assert not read[2]["controlValue"].hasValue()


def test_abandon_and_unbind_are_whole_messages() -> None:
    assert int(read_by_ldap3(abandon(9, 300))["protocolOp"]["abandonRequest"]) == 300
    assert read_by_ldap3(unbind(10))["protocolOp"].getName() == "unbindRequest"


def done(code: int, text: str, cookie: bytes | None = None) -> bytes:
    """A SearchResultDone, by pyasn1; with a cookie, in a paging control."""
    result = SearchResultDone()
    result["resultCode"] = code
    result["matchedDN"] = ""
    result["diagnosticMessage"] = text
    message = LDAPMessage()
    message["messageID"] = MessageID(4)
    message["protocolOp"] = ProtocolOp().setComponentByName("searchResDone", result)
    if cookie is not None:
        value = bytes(encode(OctetString(cookie)))
        body = b"\x02\x01\x00" + value
        message["controls"][0] = build_control(PAGED_RESULTS, False, b"0" + bytes((len(body),)) + body, encode_control_value=False)  # noqa: E501  # fmt: skip
    return bytes(encode(message))


@given(st.sampled_from([0, 1, 4, 32, 50, 51]), st.text("abc: é", max_size=30), st.none() | st.binary(max_size=60))
@settings(deadline=None)
def test_results_are_read_with_their_cookie(code: int, text: str, cookie: bytes | None) -> None:
    (message,) = MessageSplitter().feed(done(code, text, cookie))
    result = read_result(message)
    assert (result.code, result.message, result.cookie) == (code, text, cookie or b"")


def test_a_notice_of_disconnection_says_why() -> None:
    raw = bytes.fromhex(
        "30 2f 02 01 00 78 2a 0a 01 34 04 00 04 0b 73 68 75 74 74 69 6e 67 20 64 6f 8a 16"
        "31 2e 33 2e 36 2e 31 2e 34 2e 31 2e 31 34 36 36 2e 32 30 30 33 36"
    )
    (message,) = MessageSplitter().feed(raw)
    assert read_disconnection(message) == ("1.3.6.1.4.1.1466.20036", "shutting do")


@pytest.mark.parametrize("raw", ["30 05 02 01 04 65 00", "30 08 02 01 04 65 03 0a 01 00", "30 07 02 01 04 65 02 0a 00"])
def test_a_result_that_is_cut_off_is_a_named_error(raw: str) -> None:
    (message,) = MessageSplitter().feed(bytes.fromhex(raw))
    with pytest.raises(DirectoryError, match="cannot be read"):
        read_result(message)
