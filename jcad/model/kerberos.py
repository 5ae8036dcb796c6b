"""What Kerberos says when it does not work, as jcad's errors with their remedies; and how its principals are written. Pure.

Sources: RFC 4120 7.5.9 (error codes), MIT's krb5_err.et and k5e1_err.et (numbers from -1765328384), RFC 2744 3.9.1 (major
codes), winerror.h (SEC_E_*).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jcad.errors import AuthenticationFailed, ConnectionFailed, JcadError, SecretError

_BASE: Final = -1765328384
_GSS_NO_CREDENTIALS: Final = 7
_GSS_EXPIRED: Final = 11


class KerberosSource(StrEnum):
    """Where the ticket comes from."""

    CACHE = "the ticket cache"
    KEYTAB = "the keytab"
    PASSWORD = "the password"  # noqa: S105  - a word


def kerberos_principal(account: str, domain: str) -> str:
    r"""The principal of `DOMAIN\user` or `user@domain`: `user@REALM`; the realm of `DOMAIN\user` is that of `domain`."""
    user, at, suffix = account.rpartition("\\")[2].rpartition("@")
    return f"{user}@{suffix.upper()}" if at else f"{suffix}@{domain.rstrip('.').upper()}"


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a code means. Texts may name {account}, {service}, {realm} and {source}; `logon` is the sub-code of a refusal."""

    kind: type[JcadError]
    what: str
    hint: str
    logon: str = ""


def kerberos_failure(error: BaseException, *, account: str, service: str, source: KerberosSource) -> JcadError:
    """The error that a Kerberos library raised while `account` asked for a ticket to `service` (`ldap/dc1.corp.example`).

    What the KDC refused is AuthenticationFailed (it may count as a wrong password); a ticket or key that is not there is
    SecretError, because nothing was tried with it; the clock and the KDC itself are ConnectionFailed.
    """
    meaning = _meaning(error, source)
    names = {
        "account": account,
        "service": service,
        "realm": account.rpartition("@")[2],
        "source": source.value,
        "words": _words(error),
    }
    message, hint = meaning.what.format_map(names), meaning.hint.format_map(names)
    if meaning.kind is AuthenticationFailed:
        return AuthenticationFailed(message, account=account, code=meaning.logon, hint=hint)
    return meaning.kind(message, hint=hint)


def kerberos_missing(error: BaseException) -> JcadError:
    """The error where this machine has no Kerberos library."""
    return SecretError(
        f"logging on by Kerberos needs a library that is not installed: {_words(error)}",
        hint='pip install "jcad[kerberos]"; on Linux its build needs the headers of MIT Kerberos (libkrb5-dev)',
    )


_EXPIRED: Final = _Meaning(
    SecretError,
    "the Kerberos ticket of {account} has expired, so there is none to {service}",
    "kinit {account}, or set `keytab`, which makes a new one when it is needed",
)
_SKEW: Final = _Meaning(
    ConnectionFailed,
    "the clocks of this machine and the domain differ too much for Kerberos (clock skew, five minutes at most), so "
    "{account} has no ticket to {service}",
    "set this machine's clock by the domain's time (chrony, w32tm); no password was refused",
)
_NO_TICKET: Final = _Meaning(
    SecretError,
    "the ticket cache holds no Kerberos ticket of {account}, so there is none to {service}",
    "kinit {account} (klist shows what is there; KRB5CCNAME says where), or set `keytab`",
)
_NO_KEY: Final = _Meaning(
    SecretError,
    "the keytab is not there, or holds no key of {account}, so there is no ticket to {service}",
    "`klist -k FILE` lists whose keys it holds; the name must be written as there, user@REALM",
)
_NO_ACCOUNT: Final = _Meaning(
    AuthenticationFailed,
    "the domain knows no account {account} (Kerberos: client not found)",
    "write it as user@REALM with the realm of its own domain, or as DOMAIN\\user",
    "525",
)
_NO_SERVICE: Final = _Meaning(
    ConnectionFailed,
    "the domain knows no service {service}, so {account} can have no ticket to it",
    "use the host's full DNS name as it is registered (setspn -Q {service}); an address or an alias has none",
)
_REVOKED: Final = _Meaning(
    AuthenticationFailed,
    "the account {account} is disabled, locked or expired (Kerberos says no more than: revoked)",
    "look at the account in Active Directory; Kerberos does not say which of the three it is",
    "533",
)
_PASSWORD_EXPIRED: Final = _Meaning(
    AuthenticationFailed,
    "the password of {account} has expired or must be changed (Kerberos: key expired)",
    "set a new one, and mark a service account's password as never expiring",
    "532",
)
_WRONG: Final = _Meaning(
    AuthenticationFailed,
    "the domain refused {source} of {account} (Kerberos: pre-authentication failed)",
    "correct the password, or make the keytab again (ktpass, ktutil): it does not follow a change of password. Nothing was "
    "tried a second time, so badPwdCount rose by one at most",
    "52e",
)
_NO_KDC: Final = _Meaning(
    ConnectionFailed,
    "no domain controller of {realm} answers Kerberos, so {account} has no ticket to {service}",
    "port 88 (TCP and UDP) must be open; the realm is found through DNS (_kerberos._udp) or krb5.conf",
)
_UNKNOWN: Final = _Meaning(
    ConnectionFailed,
    "Kerberos gave no ticket to {service} for {account}: {words}",
    "`kinit` and `kvno` show the same with the system's own tools; KRB5_TRACE=/dev/stderr shows every step",
)
_MEANINGS: Final = {
    _BASE + 6: _NO_ACCOUNT,
    _BASE + 7: _NO_SERVICE,
    _BASE + 18: _REVOKED,
    _BASE + 23: _PASSWORD_EXPIRED,
    _BASE + 24: _WRONG,
    _BASE + 31: _WRONG,
    _BASE + 32: _EXPIRED,
    _BASE + 33: _SKEW,
    _BASE + 37: _SKEW,
    _BASE + 141: _NO_TICKET,
    _BASE + 154: _NO_KDC,
    _BASE + 156: _NO_KDC,
    _BASE + 181: _NO_KEY,
    _BASE + 195: _NO_TICKET,
    _BASE + 210: _NO_KEY,
    0x80090303: _NO_SERVICE,
    0x8009030C: _WRONG,
    0x8009030E: _NO_TICKET,
    0x80090311: _NO_KDC,
    0x80090324: _SKEW,
    0x80090327: _EXPIRED,
}


def _meaning(error: BaseException, source: KerberosSource) -> _Meaning:
    code, routine = _codes(error)
    if routine == _GSS_EXPIRED:
        return _EXPIRED
    if code in _MEANINGS:
        return _MEANINGS[code]
    return _NO_TICKET if routine == _GSS_NO_CREDENTIALS and source is KerberosSource.CACHE else _UNKNOWN


def _codes(error: BaseException) -> tuple[int, int]:
    """Kerberos' own code, and GSSAPI's major one (its routine error); from whichever library raised the error."""
    found = getattr(error, "base_error", None) or error
    for name in ("err_code", "min_code", "winerror"):
        code = getattr(found, name, None)
        if isinstance(code, int) and code:
            break
    else:
        code = 0
    major = getattr(found, "maj_code", 0)
    routine = (major >> 16) & 0xFF if isinstance(major, int) else 0
    unsigned = code & 0xFFFFFFFF
    return (unsigned if unsigned >> 16 == 0x8009 or unsigned < 0x10000 else unsigned - (1 << 32)), routine


def _words(error: BaseException) -> str:
    return " ".join(str(getattr(error, "base_error", None) or error).split())[:300]
