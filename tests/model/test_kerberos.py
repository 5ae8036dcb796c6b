"""Kerberos' codes as errors, and how principals are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import AuthenticationFailed, ConnectionFailed, JcadError, SecretError
from jcad.model import KerberosSource, kerberos_failure, kerberos_principal

BASE = -1765328384


class LibraryError(Exception):
    """An error as the libraries raise them: krb5 signed, GSSAPI unsigned with a major code, SSPI by winerror."""

    def __init__(self, *, err_code=None, min_code=None, maj_code=None, winerror=None):
        super().__init__("something")
        for name, value in (
            ("err_code", err_code),
            ("min_code", min_code),
            ("maj_code", maj_code),
            ("winerror", winerror),
        ):
            if value is not None:
                setattr(self, name, value)


def failure(error, source=KerberosSource.CACHE):
    return kerberos_failure(error, account="jcsync@CORP.EXAMPLE", service="ldap/dc1.corp.example", source=source)


@pytest.mark.parametrize(
    ("account", "principal"),
    [
        ("CORP\\jcsync", "jcsync@CORP.EXAMPLE"),
        ("jcsync", "jcsync@CORP.EXAMPLE"),
        ("jcsync@other.example", "jcsync@OTHER.EXAMPLE"),
        ("jcsync@corp.example", "jcsync@CORP.EXAMPLE"),
        ("CORP\\j@sync", "j@SYNC"),
    ],
)
def test_a_principal_has_the_realm_of_its_own_domain(account, principal):
    assert kerberos_principal(account, "corp.example.") == principal


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (32, SecretError, "has expired"),
        (37, ConnectionFailed, "clock skew"),
        (33, ConnectionFailed, "clock skew"),
        (195, SecretError, "holds no Kerberos ticket"),
        (6, AuthenticationFailed, "knows no account"),
        (7, ConnectionFailed, "knows no service ldap/dc1.corp.example"),
        (18, AuthenticationFailed, "disabled, locked or expired"),
        (24, AuthenticationFailed, "refused"),
        (154, ConnectionFailed, "no domain controller of CORP.EXAMPLE"),
        (181, SecretError, "holds no key"),
    ],
)
def test_a_code_has_one_meaning_however_it_is_reported(code, kind, words):
    for error in (
        LibraryError(err_code=BASE + code),
        LibraryError(min_code=BASE + code + (1 << 32), maj_code=13 << 16),
    ):
        found = failure(error)
        assert type(found) is kind
        assert words in found.message
        assert found.hint


def test_windows_own_codes_mean_the_same():
    assert "clock skew" in failure(LibraryError(winerror=0x80090324 - (1 << 32))).message
    assert "holds no Kerberos ticket" in failure(LibraryError(winerror=0x8009030E)).message


def test_an_expired_credential_is_told_by_the_major_code_alone():
    assert "has expired" in failure(LibraryError(min_code=100001, maj_code=11 << 16)).message


def test_a_refusal_carries_account_and_sub_code():
    error = failure(LibraryError(err_code=BASE + 24), KerberosSource.PASSWORD)
    assert isinstance(error, AuthenticationFailed)
    assert (error.account, error.code) == ("jcsync@CORP.EXAMPLE", "52e")


@given(
    st.builds(
        LibraryError,
        err_code=st.none() | st.integers(-(2**31), 2**32),
        min_code=st.none() | st.integers(0, 2**32),
        maj_code=st.none() | st.integers(0, 2**32),
        winerror=st.none() | st.integers(-(2**31), 2**31),
    ),
    st.sampled_from(KerberosSource),
)
def test_any_code_is_an_error_with_a_remedy(error, source):
    found = failure(error, source)
    assert isinstance(found, JcadError)
    assert found.hint
    assert "{" not in found.message + found.hint


@given(st.text(max_size=30), st.text("abc.", min_size=1, max_size=12))
def test_a_principal_always_has_a_realm(account, domain):
    assert "@" in kerberos_principal(account, domain)
