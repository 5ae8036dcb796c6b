"""Logging on over HTTP, exactly once (MS-N2HT for Negotiate, RFC 7617 for Basic, TLS for certificates). Answers hooks.

After a refusal nothing is tried again: no other mechanism, no second round. What is not clearly an acceptance counts
as a wrong password, because the domain may have counted it as one.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import spnego
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from requests.auth import AuthBase
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from jcad.errors import AuthenticationFailed, JcadError, RemotingError
from jcad.model.kerberos import KerberosSource, kerberos_failure, kerberos_missing, kerberos_principal
from jcad.model.secret import Secret
from jcad.remoting.endpoint import Authentication, Endpoint
from jcad.remoting.line import Line

_TOKEN = re.compile(r"Negotiate\s+([A-Za-z0-9+/=]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_LOOKED_AT = 20_000
_NOTHING_TO_DO_WITH_LOGINS = frozenset({404, 405, 503})
_REFUSED_HINT = (
    "correct the account's name or password; nothing was tried a second time, so badPwdCount rose by one at most"
)


_OWN_NTLM = spnego.NegotiateOptions.use_negotiate | spnego.NegotiateOptions.use_ntlm
_BY_CERTIFICATE = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"


def _source(endpoint: Endpoint, password: Secret) -> KerberosSource:
    if endpoint.keytab:
        return KerberosSource.KEYTAB
    return KerberosSource.PASSWORD if password else KerberosSource.CACHE


class _NtlmPassword(spnego.Password):
    """A password that may be used for NTLM alone, so that a negotiation cannot spend it on Kerberos first."""

    @property
    def supported_protocols(self) -> list[str]:
        return ["ntlm"]


class OneLogin(AuthBase):
    """Logs one connection on. `contexts` and their `response_auth_header` are where pypsrp looks for the sealing."""

    def __init__(self, endpoint: Endpoint, password: Secret, line: Line) -> None:
        self.contexts: dict[str, Any] = {}
        self.spent = False
        self.accepted = False
        self._endpoint = endpoint
        self._password = password
        self._line = line
        self._first: Any = None
        self._unread: requests.Response
        self._tried_first = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Prepare a request, as requests asks of an authentication."""
        if self._endpoint.authentication is Authentication.BASIC:
            self.spent = True
            text = f"{self._endpoint.user}:{self._password.reveal()}".encode()
            request.headers["Authorization"] = "Basic " + base64.b64encode(text).decode("ascii")
        elif self._endpoint.authentication is Authentication.CERTIFICATE:
            self.spent = True
            request.headers["Authorization"] = _BY_CERTIFICATE
        elif not (self._kerberos or self._tried_first):
            self._begin_unasked(request)
        request.headers["Connection"] = "Keep-Alive"
        request.hooks["response"].append(self._answered)
        return request

    def _begin_unasked(self, request: requests.PreparedRequest) -> None:
        """Show NTLM's first token before anybody asks: nothing of the password is in it, and a request is saved."""
        self._tried_first = True
        try:
            self._first = self._context()
            token = self._first.step()
        except SpnegoError as error:
            raise self._unfit(error) from error
        request.headers["Authorization"] = "Negotiate " + base64.b64encode(token).decode("ascii")

    def _answered(self, response: requests.Response, **options: Any) -> requests.Response:
        self._unread = response
        try:
            return self._understood(response, options)
        except BaseException:
            self._unread.close()  # nobody reads it to its end any more: its connection goes with it
            raise

    def _understood(self, response: requests.Response, options: dict[str, Any]) -> requests.Response:
        refuse_web_page(response, self._endpoint, spent=self.spent)
        if response.status_code == 401:
            response = self._challenged(response, options)
        if self.spent and not self.accepted:
            self._judge(response)
        return response

    def _challenged(self, response: requests.Response, options: dict[str, Any]) -> requests.Response:
        if self.spent:
            raise self.refusal()
        offered = response.headers.get("WWW-Authenticate", "")
        if "negotiate" not in offered.lower():
            raise RemotingError(
                f"{self._endpoint.url} does not offer Negotiate, only {offered or 'nothing'}; nobody was logged on",
                hint="choose basic over https, or enable Negotiate there (winrm get winrm/config/service/auth)",
            )
        try:
            return self._negotiate(response, options)
        except SpnegoError as error:
            raise self._unfit(error) from error

    def _negotiate(self, response: requests.Response, options: dict[str, Any]) -> requests.Response:
        context, token = self._go_on(response)
        while token is not None:
            _ = response.content  # read to its end, so that the same connection takes the next request
            response.raw.release_conn()
            request = response.request.copy()
            request.headers["Authorization"] = "Negotiate " + base64.b64encode(token).decode("ascii")
            self.spent = True
            send: Callable[..., requests.Response] = response.connection.send
            self._unread = response = send(request, **options)
            answer = _token(response)
            if answer is None:
                break
            token = self._step(context, answer)
        if self._kerberos and response.ok and not context.complete:
            raise RemotingError(
                f"{self._endpoint.url} took the ticket, but did not prove that it is {self._endpoint.host}"
            )
        context.response_auth_header = "negotiate"
        self.contexts[urlsplit(str(response.url)).hostname or ""] = context
        return response

    def _go_on(self, response: requests.Response) -> tuple[Any, bytes | None]:
        """The context and its next token: after the challenge to what was shown unasked, or where that was passed over, anew."""
        context, self._first = self._first, None
        challenge = None if context is None else _token(response)
        return self._begin() if challenge is None else (context, self._step(context, challenge))

    def _step(self, context: Any, answer: bytes) -> bytes | None:
        """The next token, bound to the channel that the line has by now: the first may have been made before it."""
        token: bytes | None = context.step(answer, channel_bindings=self._bindings)
        return token

    @property
    def _bindings(self) -> GssChannelBindings | None:
        certificate = self._line.certificate
        return None if certificate is None else channel_bindings(certificate)

    @property
    def _kerberos(self) -> bool:
        return self._endpoint.authentication is Authentication.KERBEROS

    def _begin(self) -> tuple[Any, bytes | None]:
        """The context and its first token. With Kerberos that asks the KDC for the ticket, and may fail there."""
        if not self._kerberos:
            context = self._context()
            return context, context.step()
        try:
            context = self._context()
            return context, context.step()
        except ImportError as error:
            raise kerberos_missing(error) from error
        except Exception as error:
            raise self._unfit(error) from error

    def _unfit(self, error: Exception) -> JcadError:
        if not self._kerberos:
            return self.refusal()
        account = kerberos_principal(self._endpoint.user, self._endpoint.domain)
        return kerberos_failure(
            error,
            account=account,
            service=f"host/{self._endpoint.host}",
            source=_source(self._endpoint, self._password),
        )

    def _credential(self) -> Any:
        if not self._kerberos:
            return _NtlmPassword(self._endpoint.user, self._password.reveal())
        principal = kerberos_principal(self._endpoint.user, self._endpoint.domain)
        match _source(self._endpoint, self._password):
            case KerberosSource.KEYTAB:
                return spnego.KerberosKeytab(self._endpoint.keytab, principal)
            case KerberosSource.PASSWORD:
                return spnego.Password(principal, self._password.reveal())
            case _:
                return spnego.CredentialCache(username=principal)

    def _context(self) -> Any:
        wrapping = spnego.NegotiateOptions.none if self._endpoint.secure else spnego.NegotiateOptions.wrapping_winrm
        return spnego.client(
            self._credential(),
            hostname=self._endpoint.host,
            service="host",
            channel_bindings=self._bindings,
            protocol=self._endpoint.authentication.value,
            options=wrapping if self._kerberos else wrapping | _OWN_NTLM,
        )

    def _judge(self, response: requests.Response) -> None:
        """The first answer after the password was used: an acceptance, or a refusal of whatever kind."""
        told_by_wsman = response.status_code == 500 and bool(response.content)
        if response.ok or told_by_wsman:
            self.accepted = True
        elif response.status_code not in _NOTHING_TO_DO_WITH_LOGINS:
            raise self.refusal(status=response.status_code)

    def refusal(self, status: int = 401) -> AuthenticationFailed:
        """The error of a refused login."""
        if self._endpoint.authentication is Authentication.CERTIFICATE:
            return AuthenticationFailed(
                f"{self._endpoint.url} does not take the client certificate {self._endpoint.certificate} (HTTP {status})",
                account=self._endpoint.user,
                hint="on the host: WSMan:\\localhost\\Service\\Auth\\Certificate true, a mapping under "
                "WSMan:\\localhost\\ClientCertificate for the certificate's UPN and issuer, the issuer trusted; it maps to "
                "a local account, so never on a domain controller",
            )
        if self._kerberos:
            return AuthenticationFailed(
                f"{self._endpoint.url} did not take the Kerberos ticket of {self._endpoint.user} (HTTP {status})",
                account=self._endpoint.user,
                hint=f"is host/{self._endpoint.host} registered for that very host, once (setspn -Q)? Are the clocks equal?",
            )
        unclear = "" if status == 401 else f" (HTTP {status}, which is taken for a wrong password)"
        return AuthenticationFailed(
            f"{self._endpoint.url} refused the login of {self._endpoint.user} "
            f"by {self._endpoint.authentication.value}{unclear}",
            account=self._endpoint.user,
            hint=_REFUSED_HINT,
        )


def refuse_web_page(response: requests.Response, endpoint: Endpoint, *, spent: bool) -> None:
    """Raise RemotingError for a page: WinRM answers with none, but for http.sys' own errors, before anybody has logged on.

    `spent` says whether the password was used: then what is no success stays a refusal.
    """
    if "html" not in response.headers.get("Content-Type", "").lower():
        return
    if response.ok or not (spent or response.status_code in _NOTHING_TO_DO_WITH_LOGINS | {401}):
        title = _TITLE.search(response.text[:_LOOKED_AT])
        named = f" ({' '.join(title[1].split())[:100]})" if title else ""
        raise RemotingError(
            f"{endpoint.url} answered with a web page{named}, HTTP {response.status_code}: this is a proxy or some other web "
            "server, not WinRM",
            hint="name the proxy as `proxy`, make an exception for this host in it, or check host and port",
        )


def channel_bindings(certificate: bytes) -> GssChannelBindings:
    """The tls-server-end-point binding of a certificate in DER (RFC 5929 4.1)."""
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None or algorithm.name in {"md5", "sha1"}:
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate)
    return GssChannelBindings(application_data=b"tls-server-end-point:" + digest.finalize())


def _token(response: requests.Response) -> bytes | None:
    match = _TOKEN.search(response.headers.get("WWW-Authenticate", ""))
    try:
        return base64.b64decode(match[1], validate=True) if match else None
    except binascii.Error as error:
        raise RemotingError(f"{response.url} answered the login with a token that is not one") from error
