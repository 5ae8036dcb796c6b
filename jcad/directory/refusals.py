"""What a domain controller says when it refuses: bind sub-codes and LDAP result codes as jcad's errors. Pure.

Sources: the LDAP error 49 sub-codes of Microsoft's support articles, MS-ADTS 3.1.1.3.1.9 (Win32 code at the head of the
message), MS-ERREF 2.3.1 (NTSTATUS), RFC 4511 4.1.9 (result codes).
"""

from __future__ import annotations

import re
from typing import Final

from jcad.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, DirectoryError, JcadError

INVALID_CREDENTIALS: Final = 49
NO_SUCH_OBJECT: Final = 32

BIND_CODES: Final[dict[str, tuple[str, str]]] = {
    "525": ("there is no such account", "Check the name; write it as DOMAIN\\user or user@domain."),
    "52e": ("the password or the name is wrong", "Check the secret; jcad does not try again, to lock nobody out."),
    "530": ("the account may not log on at this hour", "Widen its logon hours, or wait."),
    "531": ("the account may not log on from this machine", "Look at its list of workstations."),
    "532": ("the password has expired", "Set a new one, and mark a service account's password as never expiring."),
    "533": ("the account is disabled", "Enable it in Active Directory."),
    "701": ("the account has expired", "Set accountExpires to never, or to a later day."),
    "773": ("the password must be changed before the first logon", "Clear 'must change password at next logon'."),
    "775": ("the account is locked", "Unlock it, and find out who has been trying wrong passwords."),
}

_NT_STATUS: Final = {
    "NT_STATUS_NO_SUCH_USER": "525",
    "NT_STATUS_LOGON_FAILURE": "52e",
    "NT_STATUS_WRONG_PASSWORD": "52e",
    "NT_STATUS_INVALID_LOGON_HOURS": "530",
    "NT_STATUS_INVALID_WORKSTATION": "531",
    "NT_STATUS_PASSWORD_EXPIRED": "532",
    "NT_STATUS_ACCOUNT_DISABLED": "533",
    "NT_STATUS_ACCOUNT_EXPIRED": "701",
    "NT_STATUS_PASSWORD_MUST_CHANGE": "773",
    "NT_STATUS_ACCOUNT_LOCKED_OUT": "775",
}

_RESULTS: Final[dict[int, tuple[str, str]]] = {
    1: ("the server could not carry it out", ""),
    3: ("it took longer than the server allows", "Narrow the search, or raise MaxQueryDuration."),
    4: ("the result is larger than the server allows", "Narrow the search, or raise MaxResultSetSize."),
    10: ("the object belongs to another server", "The name may be of another domain of the forest."),
    11: ("an administrative limit of the server was reached", "Look at the LDAP policies of the domain controller."),
    12: ("the server does not know a control that is needed", "Is it an Active Directory domain controller?"),
    NO_SUCH_OBJECT: ("there is no such object", "It may have been renamed, moved or deleted."),
    34: ("the distinguished name is not valid", "Check the name's escaping."),
    51: ("the server is busy", "Try again later."),
    52: ("the server is not available", "Try again later, or another domain controller."),
    53: ("the server is not willing to", ""),
}

_SUB_CODE = re.compile(r"\bdata ([0-9a-fA-F]{1,8})\b")
_NT_NAME = re.compile(r"NT_STATUS_[A-Z_]+")
_WIN32 = re.compile(r"\s*([0-9A-Fa-f]{8}):")


def sub_code(message: str) -> str:
    """The bind sub-code in a server's message (`52e`), however this server writes it; empty where there is none."""
    if found := _SUB_CODE.search(message):
        return found[1].lower().lstrip("0")
    names = [_NT_STATUS[name] for name in _NT_NAME.findall(message) if name in _NT_STATUS]
    return names[0] if names else ""


def win32_code(message: str) -> int:
    """The Win32 error at the head of a server's message; 0 where there is none."""
    found = _WIN32.match(message)
    return int(found[1], 16) if found else 0


def bind_refusal(account: str, server: str, result: int, message: str) -> JcadError:
    """The error for a bind that did not succeed with this LDAP result code and message."""
    if result == INVALID_CREDENTIALS:
        code = sub_code(message)
        why, hint = BIND_CODES.get(code, ("the credentials were refused", "Check account and secret."))
        shown = f" (data {code})" if code else f" ({message.strip()})" if message.strip() else ""
        return AuthenticationFailed(f"{server} refused {account}: {why}{shown}", account=account, code=code, hint=hint)
    if result == 8:
        return AccessDenied(
            f"{server} wants the login of {account} to be protected: {message.strip()}",
            hint='The domain controller requires signing: use protection "ldaps", "ntlm" or "kerberos".',
        )
    if result in {51, 52}:
        return ConnectionFailed(f"{server} is not ready for a login: {message.strip()}", hint=_RESULTS[result][1])
    return DirectoryError(
        f"{server} did not let {account} log in: result {result}, {message.strip() or 'no reason given'}",
        code=win32_code(message),
        result=result,
    )


def search_refusal(server: str, what: str, result: int, message: str) -> JcadError:
    """The error for a search that ended with this LDAP result code. `what` names the base and the filter."""
    why, hint = _RESULTS.get(result, ("the server refused it", ""))
    detail = f" ({message.strip()})" if message.strip() else ""
    if result == 50:
        return AccessDenied(
            f"{server} did not allow reading {what}{detail}", hint="The account lacks the right to read it."
        )
    text = f"{server} did not answer for {what}: {why} (result {result}){detail}"
    return DirectoryError(text, code=win32_code(message), result=result, hint=hint or None)
