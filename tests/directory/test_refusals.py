"""What servers say when they refuse, as they say it."""

from __future__ import annotations

import pytest

from jcad.directory.refusals import BIND_CODES, bind_refusal, search_refusal, sub_code, win32_code
from jcad.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, DirectoryError

WINDOWS = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {}, v2580"


@pytest.mark.parametrize("code", BIND_CODES)
def test_windows_sub_codes_are_named(code: str) -> None:
    error = bind_refusal("LAB\\anna", "dc1", 49, WINDOWS.format(code))
    assert isinstance(error, AuthenticationFailed)
    assert (error.code, error.account) == (code, "LAB\\anna")
    assert BIND_CODES[code][0] in error.message
    assert "dc1" in error.message
    assert "LAB\\anna" in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1", "52e"),
        ("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 0000052E, v1db1", "52e"),
        ("SASL:[GSS-SPNEGO]: NT_STATUS_LOGON_FAILURE", "52e"),
        ("SASL:[GSS-SPNEGO]: NT_STATUS_ACCOUNT_LOCKED_OUT", "775"),
        ("NT_STATUS_PASSWORD_MUST_CHANGE", "773"),
        ("something else", ""),
        ("", ""),
    ],
)
def test_the_sub_code_is_found_however_it_is_written(message: str, code: str) -> None:
    assert sub_code(message) == code


def test_an_unknown_refusal_is_still_a_refused_password() -> None:
    """An unclear refusal is treated as a wrong password: nothing else may be tried with it."""
    error = bind_refusal("anna", "dc1", 49, "new words of a new server")
    assert isinstance(error, AuthenticationFailed)
    assert error.code == ""
    assert "new words of a new server" in error.message


def test_other_bind_results_are_no_wrong_password() -> None:
    assert isinstance(bind_refusal("a", "dc", 8, "BindSimple: Transport encryption required."), AccessDenied)
    assert isinstance(bind_refusal("a", "dc", 51, "busy"), ConnectionFailed)
    other = bind_refusal("a", "dc", 1, "000004DC: LdapErr: DSID-0C0907C2")
    assert isinstance(other, DirectoryError)
    assert (other.result, other.code) == (1, 1244)


def test_search_results_become_errors_with_both_codes() -> None:
    error = search_refusal("dc1", "(cn=x) under DC=x", 32, "0000208D: NameErr: DSID-03100245, problem 2001 (NO_OBJECT)")
    assert isinstance(error, DirectoryError)
    assert (error.result, error.code) == (32, 8333)
    assert "there is no such object" in error.message
    assert isinstance(search_refusal("dc1", "x", 50, "00002098: SecErr"), AccessDenied)
    assert "result 99" in search_refusal("dc1", "x", 99, "").message


def test_win32_codes_stand_at_the_head_of_the_message() -> None:
    assert win32_code("00002071: UpdErr: DSID-031B0D6A") == 8305
    assert win32_code("no code") == 0
