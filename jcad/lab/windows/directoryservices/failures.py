"""What System.DirectoryServices throws when the directory refuses, or cannot be reached. Pure.

The codes are ADSI's HRESULTs, the texts those of public transcripts; each ends in a line break, as Windows' own do.
"""

from __future__ import annotations

from typing import Final

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.powershell.errors import NetError
from jcad.lab.windows.failures import ACCESS_DENIED, INSUFFICIENT_RIGHTS, AdFailure
from jcad.lab.windows.ldap import ResultCode

_COM: Final = "System.Runtime.InteropServices.COMException"
_SERVICES: Final = "System.DirectoryServices.DirectoryServicesCOMException"
_UNAUTHORIZED: Final = "System.UnauthorizedAccessException"

_HRESULTS: Final[dict[int, tuple[int, str]]] = {
    ResultCode.OPERATIONS_ERROR: (0x80072020, "An operations error occurred."),
    ResultCode.REFERRAL: (0x8007202B, "A referral was returned from the server."),
    ResultCode.CONSTRAINT_VIOLATION: (0x8007202F, "A constraint violation occurred."),
    ResultCode.NO_SUCH_OBJECT: (0x80072030, "There is no such object on the server."),
    ResultCode.INVALID_DN: (0x80072032, "An invalid dn syntax has been specified."),
    ResultCode.UNWILLING: (0x80072035, "The server is unwilling to process the request."),
    ResultCode.NOT_ALLOWED_ON_NON_LEAF: (
        0x80072015,
        "The directory service can perform the requested operation only on a leaf object.",
    ),
    ResultCode.ENTRY_ALREADY_EXISTS: (0x80071392, "The object already exists."),
    ResultCode.NO_SUCH_ATTRIBUTE: (
        0x8007200A,
        "The specified directory service attribute or value does not exist.",
    ),
}


def com_error(code: int, message: str, kind: str = _SERVICES) -> NetError:
    """A COM exception; `code` is its HRESULT as an unsigned number."""
    signed = code - (1 << 32)
    return NetError.of(kind, f"{message}\r\n", HResult=signed, ErrorCode=signed)


def no_such_object() -> NetError:
    """A path that names nothing, or nothing that the account may see."""
    return com_error(*_HRESULTS[ResultCode.NO_SUCH_OBJECT])


def unknown_provider(path: str) -> NetError:
    """A path that no provider takes."""
    del path
    return NetError.of(
        _COM, "Unknown error (0x80005000)", HResult=0x80005000 - (1 << 32), ErrorCode=0x80005000 - (1 << 32)
    )


def not_operational() -> NetError:
    """A server that does not answer."""
    return com_error(0x8007203A, "The server is not operational.", _COM)


def translated(error: Exception, *, with_password: bool) -> NetError:
    """The exception for what the directory, or the way to it, answered. Anything else is raised again."""
    if isinstance(error, AuthenticationFailed):
        return com_error(0x8007052E, "The user name or password is incorrect.")
    if isinstance(error, ConnectionFailed):
        return not_operational()
    if isinstance(error, AdFailure):
        refused = error.exception.endswith("AuthenticationException")
        if refused and with_password:
            return com_error(0x8007052E, "The user name or password is incorrect.")
        return com_error(*_HRESULTS[ResultCode.OPERATIONS_ERROR]) if refused else not_operational()
    if not isinstance(error, DirectoryError):
        raise error
    if error.result == ResultCode.INSUFFICIENT_ACCESS or error.code in {ACCESS_DENIED, INSUFFICIENT_RIGHTS}:
        code = 0x80070005 - (1 << 32)
        return NetError.of(_UNAUTHORIZED, "Access is denied.\r\n", HResult=code)
    found = _HRESULTS.get(error.result) or _HRESULTS[ResultCode.UNWILLING]
    return com_error(*found)
