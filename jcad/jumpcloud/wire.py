"""One request to JumpCloud's API: the key, the organisation, TLS, and trying again. Touches the network.

What is idempotent (reading, deleting) is tried again: on 429, 5xx, a connection that cannot be made or breaks, and a reply that
is not whole. What is not (making) is tried again only where the server surely has not carried it out.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import httpx
import structlog
import tenacity

from jcad.errors import CertificateError, ConnectionFailed, JumpCloudError, SettingsError
from jcad.jumpcloud.address import Address
from jcad.jumpcloud.credentials import ClientCredentials, KeyAuth, TokenAuth
from jcad.jumpcloud.known import Known
from jcad.jumpcloud.replies import Again, Unanswered, cut_short, read, unreachable
from jcad.model import Secret

_log = structlog.get_logger("jcad.jumpcloud")

OK: Final = 200
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often is tried. Times in seconds.

    Waits are `first` doubled each time, up to `longest`, plus up to half as much again at random. A Retry-After is kept to;
    one over `limit` ends the trying at once.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    limit: float = 120.0
    timeout: float = 30.0


class _Gate:
    """What JumpCloud asks of one request, the others keep to as well: nobody asks before it opens again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opens = 0.0
        self._closed = threading.Event()

    def hold(self, seconds: float) -> None:
        with self._lock:
            self._opens = max(self._opens, time.monotonic() + seconds)

    def wait(self) -> None:
        with self._lock:
            seconds = self._opens - time.monotonic()
        if seconds > 0:
            self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        self._closed.wait(seconds)

    def close(self) -> None:
        self._closed.set()

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()


class _Sockets:
    """The sockets of a client, learnt from httpx's trace, so that closing ends a request that waits for its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._ended = False

    def trace(self, event: str, told: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            opened = told["return_value"].get_extra_info("socket")
            with self._lock:
                self._open.add(opened)
                if self._ended:  # connected while the others were being ended
                    _end(opened)

    def end(self) -> None:
        with self._lock:
            self._ended = True
            for each in list(self._open):
                _end(each)


def _end(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in recv, as close alone does not
    opened.close()


class Wire:
    """Sends requests. Thread-safe; `close` ends waiting requests as well."""

    def __init__(
        self,
        address: Address,
        key: Secret | ClientCredentials,
        *,
        patience: Patience | None = None,
        connections: int = 8,
    ) -> None:
        self.address = address
        self._patience = patience if patience is not None else Patience()
        self._gate = _Gate()
        self._sockets = _Sockets()
        self.known = Known()
        self._client = httpx.Client(
            auth=KeyAuth(key, address.organisation)
            if isinstance(key, Secret)
            else TokenAuth(key, address.organisation),
            headers={"accept": "application/json", "user-agent": "jcad"},
            timeout=self._patience.timeout,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            verify=_trust(address),
            proxy=address.proxy or None,
            trust_env=not address.is_loopback,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close every connection, and wake whoever waits to try again."""
        self._gate.close()
        self._sockets.end()
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait so many seconds, or until the wire is closed."""
        self._gate.sleep(seconds)

    def get(self, path: str, query: Mapping[str, str], *, what: str) -> Any:
        """The JSON of a GET. Raises as `get_as` does."""
        return self.get_as(path, query, _as_it_is, what=what)[0]

    def get_as(
        self, path: str, query: Mapping[str, str], understand: Callable[[Any], Value], *, what: str
    ) -> tuple[Value, httpx.Headers]:
        """What a GET brings, and its headers; `what` says for messages what was wanted (`list the users`).

        `understand` makes a value of the JSON. It is not called where the reply is to the byte that of the last time: the
        value of then is given again, so it must be one that nobody changes.

        Raises `AuthenticationFailed`, `AccessDenied`, `CertificateError`, `ConnectionFailed` or `JumpCloudError`.
        """
        return self._attempts(what)(self._once, path, query, what, understand)

    def ask(self, path: str, body: Mapping[str, Any], *, what: str) -> tuple[Any, httpx.Headers]:
        """What a POST that only reads brings, and its headers; tried again as a GET is. Raises as `get_as` does."""

        def once() -> tuple[Any, httpx.Headers]:
            self._gate.wait()
            reply = self._send("POST", path, what, body=body)
            return self._read(reply, what), reply.headers

        return self._attempts(what)(once)

    def delete(self, path: str, *, what: str) -> None:
        """DELETE an object. Raises as `get_as` does; a try after a lost answer may find nothing any more (404)."""
        self._attempts(what)(lambda: self._read(self._send("DELETE", path, what), what))

    def post(self, path: str, body: Mapping[str, str], *, what: str) -> Any:
        """The JSON that a POST is answered with; `body` is sent as a JSON object.

        Sent once more only after a refusal (429) or where no connection was made. Raises `Unanswered` where it may have
        been carried out and nothing whole came back, and as `get_as` does.
        """
        return self._attempts(what)(self._post_once, path, body, what)

    def _post_once(self, path: str, body: Mapping[str, str], what: str) -> Any:
        self._gate.wait()
        try:
            return self._read(self._send("POST", path, what, body=body), what)
        except Again as again:
            if again.untouched:
                raise
            raise Unanswered(again.final) from None
        except JumpCloudError as error:
            if error.status:
                raise
            raise Unanswered(error) from None

    def _attempts(self, what: str) -> tenacity.Retrying:
        def give_up(state: tenacity.RetryCallState) -> Any:
            raise _reason(state).final

        def told(state: tenacity.RetryCallState) -> None:
            seconds = state.next_action.sleep if state.next_action else 0.0
            _log.warning("trying again", what=what, why=str(_reason(state)), seconds=round(seconds, 1))

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=self._enough,
            wait=self._pause,
            sleep=self._gate.sleep,
            before_sleep=told,
            retry_error_callback=give_up,
        )

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        after = _reason(state).after or 0.0
        return state.attempt_number >= self._patience.attempts or after > self._patience.limit or self._gate.is_closed

    def _pause(self, state: tenacity.RetryCallState) -> float:
        after = _reason(state).after
        if after is not None:
            self._gate.hold(after)
            return after + random.uniform(0, 0.25)  # noqa: S311  - spreads requests, guards nothing
        base = min(self._patience.longest, self._patience.first * 2.0 ** (state.attempt_number - 1))
        return base + random.uniform(0, base / 2)  # noqa: S311  - spreads requests, guards nothing

    def _once(
        self, path: str, query: Mapping[str, str], what: str, understand: Callable[[Any], Value]
    ) -> tuple[Value, httpx.Headers]:
        self._gate.wait()
        reply = self._send("GET", path, what, query=query)

        def understood() -> Value:
            return understand(self._read(reply, what))

        if reply.status_code != OK:
            return understood(), reply.headers
        return self.known.page(str(reply.request.url), reply.content, understood), reply.headers

    def _read(self, reply: httpx.Response, what: str) -> Any:
        return read(
            reply.status_code, reply.headers, reply.content, what=what, organisation=self.address.organisation,
            now=datetime.now(UTC),
        )  # fmt: skip

    def _send(
        self, method: str, path: str, what: str, *,
        query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """Send one request; `path` may be a whole URL, of another of JumpCloud's hosts."""
        if self._gate.is_closed:
            raise ConnectionFailed("the connection to JumpCloud was closed while it was used")
        try:
            return self._client.request(
                method, path if "://" in path else f"{self.address.url}{path}", params=dict(query or {}),
                json=body if body is None else dict(body),
                extensions={"trace": self._sockets.trace},
            )  # fmt: skip
        except httpx.TimeoutException as error:
            why = f"no answer within {self._patience.timeout:g} s"
            raise Again(
                unreachable(self.address.host, why),
                untouched=isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout),
            ) from None
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            raise Again(cut_short(what, str(error) or "connection reset")) from None
        except httpx.TransportError as error:
            raise self._transport(error) from None
        except httpx.HTTPError as error:
            raise cut_short(what, str(error)) from None
        except RuntimeError as error:  # httpx's word for a client that another thread has closed
            raise ConnectionFailed(f"the connection to JumpCloud was closed while it was used: {error}") from None

    def _transport(self, error: httpx.TransportError) -> Exception:
        if isinstance(error, httpx.ProxyError | httpx.UnsupportedProtocol):
            named = f"the proxy {self.address.proxy}" if self.address.proxy else "the proxy"
            return unreachable(self.address.host, f"{named} answered: {error}")
        if cause := _certificate_trouble(error):
            return CertificateError(
                f"the certificate of {self.address.host} does not verify: {cause}",
                hint="name the authority's certificate with ca_file; behind an inspecting proxy, that proxy's",
            )
        why = str(error) or type(error).__name__
        return Again(unreachable(self.address.host, why), untouched=isinstance(error, httpx.ConnectError))


def _as_it_is(found: Any) -> Any:
    return found


def _reason(state: tenacity.RetryCallState) -> Again:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Again):
        raise TypeError(f"retried without a reason: {error!r}")
    return error


def _certificate_trouble(error: BaseException) -> str:
    """Why a certificate was refused, or an empty text where that was not the trouble."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return "" if "CERTIFICATE_VERIFY_FAILED" not in str(error) else str(error)


def _trust(address: Address) -> ssl.SSLContext:
    if address.ca_file is None:
        return httpx.create_ssl_context(trust_env=not address.is_loopback)
    try:
        return ssl.create_default_context(cafile=str(address.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"the file of authorities {address.ca_file} cannot be used: {error}",
            hint="ca_file is a PEM file with one or more certificates",
        ) from error
