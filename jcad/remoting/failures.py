"""What went wrong on the wire, as jcad's errors. Pure.

WSMan fault codes: MS-WSMV 2.2.4.43 and winrm's own numbers; told by code, never by message (servers are localised).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

import requests
import urllib3.exceptions
from pypsrp.exceptions import AuthenticationError, WinRMError, WinRMTransportError, WSManFaultError

from jcad.errors import (
    AccessDenied,
    AuthenticationFailed,
    CertificateError,
    ConnectionFailed,
    JcadError,
    RemotingError,
)
from jcad.remoting.endpoint import Endpoint, Protocol

OPERATION_TIMED_OUT = 2150858793
_ACCESS_DENIED = 5
_GONE = {
    2150858843: "the host no longer knows the session (it was idle too long, or WinRM restarted)",
    995: "the host gave the operation up",
    1726: "the host's session process ended (killed, crashed, or out of memory)",
}
_QUOTAS = {
    2150859173: "the account has used up its shells on this host",
    2150859174: "the account has used up its operations on this host",
    2150859241: "the session has used up its commands",
    2150859238: "PowerShell's shells on this host are used up",
    2150859175: "the account has used up its quota on this host",
    2150859176: "the host's own quota is used up",
}
_ENDPOINT_MISSING = frozenset({2150858811, 2150858752})
_LOGON_HINT = (
    "a session needs membership of Administrators or Remote Management Users (S-1-5-32-580) on that host; on a domain "
    "controller the latter means a shell on every domain controller: prefer a member server with RSAT, or a JEA endpoint"
)
_SHELL_HINT = "the command shell is for members of Administrators on that host alone; psrp needs less"
_JEA_HINT = "the session configuration's RoleDefinitions must name a group of the account (Get-PSSessionConfiguration)"
_LONGEST = 300

WIRE_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    WinRMError,
    ParseError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
)
"""What pypsrp and requests raise for an answer that does not come or is not in its own shape."""


def translated(error: Exception, endpoint: Endpoint) -> JcadError:
    """The error as jcad names it. Errors that are jcad's already come back as they are."""
    if isinstance(error, JcadError):
        return error
    if isinstance(error, WSManFaultError):
        return _fault(error, endpoint)
    if isinstance(error, AuthenticationError):
        return AuthenticationFailed(
            f"{endpoint.url} refused the login of {endpoint.user} by {endpoint.authentication.value}",
            account=endpoint.user,
        )
    if isinstance(error, WinRMTransportError):
        return _http(error, endpoint)
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError | OSError) and not isinstance(
        error, requests.exceptions.TooManyRedirects
    ):
        return _broken(error, endpoint)
    return RemotingError(
        f"{endpoint.url} answered something that is not PowerShell remoting: {_short(error)}",
        hint="is something else, such as a proxy, listening on that port?",
    )


def _fault(error: WSManFaultError, endpoint: Endpoint) -> JcadError:
    code = error.code if isinstance(error.code, int) else 0
    if code == _ACCESS_DENIED:
        return AccessDenied(
            f"{endpoint.user} may not open a session on {endpoint.host} (access denied)",
            hint=_JEA_HINT if endpoint.jea else _LOGON_HINT if endpoint.protocol is Protocol.PSRP else _SHELL_HINT,
        )
    if code in _GONE:
        return ConnectionFailed(
            f"{endpoint.url}: {_GONE[code]}", hint="what was under way is unknown until it is read back"
        )
    if code in _QUOTAS:
        return RemotingError(
            f"{endpoint.url}: {_QUOTAS[code]} (WSMan {code})",
            code=code,
            hint="close sessions that were left behind (Get-WSManInstance shell -Enumerate), or wait for them to idle out",
        )
    if code in _ENDPOINT_MISSING:
        return RemotingError(
            f"{endpoint.url}: the host has no session configuration {endpoint.configuration} (WSMan {code})",
            code=code,
            hint="Register-PSSessionConfiguration on the host registers it; Get-PSSessionConfiguration lists them"
            if endpoint.jea
            else "Enable-PSRemoting -Force on the host registers Microsoft.PowerShell",
        )
    named = f"WSMan {code}" if code else str(error.code or "no code")
    return RemotingError(f"{endpoint.url} refused the operation ({named}): {_short(error.reason or '')}", code=code)


def _http(error: WinRMTransportError, endpoint: Endpoint) -> JcadError:
    if error.code == 404:
        return RemotingError(
            f"{endpoint.url}: nothing answers at this path (HTTP 404)", hint="the path of WinRM is usually wsman"
        )
    if error.code == 503:
        return ConnectionFailed(
            f"{endpoint.url}: WinRM does not answer (HTTP 503)", hint="Get-Service WinRM on the host"
        )
    return RemotingError(f"{endpoint.url} answered with HTTP {error.code} and no WSMan fault")


def _broken(error: Exception, endpoint: Endpoint) -> JcadError:
    causes = list(_causes(error))
    if any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes):
        return _by_proxy(causes, endpoint)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                f"{endpoint.url}: the certificate does not verify: {cause.verify_message or _short(cause)}",
                hint="give the authority's certificate (ca_file), or pin this one by its SHA-256 fingerprint",
            )
        if type(cause) is urllib3.exceptions.SSLError and endpoint.fingerprint and not _has_ssl_cause(causes):
            return CertificateError(
                f"{endpoint.url}: the certificate is not the one that was pinned",
                hint="was it renewed? Compare it on the host itself before the new fingerprint goes into the settings",
            )
    for cause in causes:
        if isinstance(cause, TimeoutError | urllib3.exceptions.ConnectTimeoutError) and not isinstance(
            cause, urllib3.exceptions.NewConnectionError
        ):
            return ConnectionFailed(
                f"{endpoint.url} did not take the connection within {endpoint.connect_timeout} s",
                hint="a firewall that drops packets, or a host that is down, looks like this",
            )
        if isinstance(cause, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            return ConnectionFailed(
                f"{endpoint.url} said nothing for {endpoint.read_timeout} s, although it was asked to answer within "
                f"{endpoint.operation_timeout} s",
                hint="what was under way is unknown until it is read back",
            )
    return ConnectionFailed(f"{endpoint.url}: {_reason(causes)}", hint=_connection_hint(causes))


def _by_proxy(causes: list[BaseException], endpoint: Endpoint) -> JcadError:
    said = next((str(cause) for cause in causes if str(cause).startswith("Tunnel connection failed")), "")
    if not said:
        return ConnectionFailed(
            f"the proxy {endpoint.proxy} cannot be reached: {_reason(causes)}", hint="check `proxy` in [remoting]"
        )
    answer = said.partition(": ")[2].strip()
    return ConnectionFailed(
        f"the proxy {endpoint.proxy} makes no connection to {endpoint.host}:{endpoint.port}; it answered {answer}",
        hint="it wants a login of its own, which jcad does not have: let this machine through without one"
        if answer.startswith("407")
        else f"allow CONNECT to port {endpoint.port} of that host in the proxy, or leave `proxy` out",
    )


def _reason(causes: list[BaseException]) -> str:
    for cause in reversed(causes):
        if isinstance(cause, ssl.SSLError):
            return f"no TLS there ({cause.reason or _short(cause)})"
        if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, requests.RequestException):
            return cause.strerror.lower()
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return "the connection of this session is gone"
    return "the connection broke before the answer was whole"


def _connection_hint(causes: list[BaseException]) -> str:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "does WinRM listen there? `winrm enumerate winrm/config/listener` on the host"
    return "what was under way is unknown until it is read back"


def _has_ssl_cause(causes: list[BaseException]) -> bool:
    return any(isinstance(cause, ssl.SSLError) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything that it was made from, outermost first."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [getattr(current, "reason", None), current.__cause__, current.__context__, *current.args]
        pending.extend(cause for cause in inner if isinstance(cause, BaseException))


def _short(what: object) -> str:
    text = " ".join(str(what).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
