"""The endpoint's HTTP(S) server: loopback only, a thread a connection, one request after the other on each.

It owns the sockets. What a request says is the business of the `Service` it is given.
"""

from __future__ import annotations

import contextlib
import http
import ipaddress
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final, Protocol

from jcad.errors import LabError
from jcad.lab.endpoint import bodies, sealing
from jcad.lab.endpoint.authentication import ConnectionSecurity, Header, Policy
from jcad.lab.endpoint.wsman import ConnectionDropped
from jcad.lab.waiting import WaitingServer, break_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jcad.lab.endpoint.logon import LogonRefused
    from jcad.lab.faults import Faults
    from jcad.lab.login import Login

SOAP: Final = "application/soap+xml;charset=UTF-8"
HANDSHAKE_SECONDS: Final = 10


class Service(Protocol):
    """What answers the requests of clients that have logged on."""

    def answer(self, envelope: bytes, login: Login, client: str) -> tuple[int, bytes]:
        """Answer a SOAP envelope: HTTP status and body. Raises `ConnectionDropped`."""

    def refused(self, refusal: LogonRefused) -> None:
        """Take note of a refused logon."""

    def arrived(self) -> None:
        """Count one HTTP request."""


def loopback(address: str) -> str:
    """The address, if it is one of loopback. Raises `LabError`: the lab listens nowhere else."""
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise LabError(
        f"the lab does not listen on {address}: its servers are for this machine alone",
        hint="Give an address of loopback, such as 127.0.0.1.",
    )


class Listener(ThreadingMixIn, WaitingServer):
    """The listening socket and its connections. `close` ends all of them, at once."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        service: Service,
        policy: Policy,
        tls: ssl.SSLContext | None,
        faults: Faults,
    ) -> None:
        self.service = service
        self.policy = policy
        self.faults = faults
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Condition()
        super().__init__((loopback(address[0]), address[1]), _Connection)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept one connection, without Nagle's delay between the parts of an answer."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)  # here, not in its thread: `abort_connections` must not miss it
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, in its own thread: the TLS handshake, then its requests."""
        # A client that goes away, in the handshake or later, is no event for the lab.
        with contextlib.suppress(OSError), self._counted(request):
            if self._tls is None:
                self.finish_request(request, client_address)
                return
            request.settimeout(HANDSHAKE_SECONDS)
            # Wrapping empties `request`: only what is known before the handshake begins can be broken off within it.
            wrapped = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            with self._counted(wrapped):
                wrapped.do_handshake()
                wrapped.settimeout(None)
                self.finish_request(wrapped, client_address)

    @contextlib.contextmanager
    def _counted(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            with connection:
                yield
        finally:
            with self._lock:
                self._open.discard(connection)
                self._lock.notify_all()

    def abort_connections(self, timeout: float = 5) -> None:
        """Break off every connection, and wait for their threads to see it."""
        with self._lock:
            for connection in self._open:
                break_off(connection)
            self._lock.wait_for(lambda: not self._open, timeout)


class _Connection(BaseHTTPRequestHandler):
    """One connection: its security context, and its requests in order."""

    protocol_version = "HTTP/1.1"
    server: Listener

    def setup(self) -> None:
        super().setup()
        certificate = (
            self.connection.getpeercert(binary_form=True) if isinstance(self.connection, ssl.SSLSocket) else None
        )
        self.security = ConnectionSecurity(self.server.policy, self.server.service.refused, certificate)

    def log_message(self, *_: Any) -> None:
        """Say nothing: requests are counted, not logged."""

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionDropped:
            self._abort()

    def do_POST(self) -> None:
        """Answer one request."""
        self.server.service.arrived()
        body = self._read_body()
        if body is None:
            return
        if self.server.faults.take("endpoint.drop_request"):
            raise ConnectionDropped
        broken = self.server.faults.take("endpoint.status")
        if broken is not None:
            self._reply(broken.value)
            return
        if self.server.faults.take("endpoint.garbage"):
            self._reply(http.HTTPStatus.OK, b"<html><body>Please log in to the network.</body></html>", "text/html")
            return
        if self.path.partition("?")[0].rstrip("/").lower() != "/wsman":
            self._reply(http.HTTPStatus.NOT_FOUND)
            return
        admission = self.security.admit(self.headers.get("Authorization"))
        if admission.login is None:
            self._reply(http.HTTPStatus.UNAUTHORIZED, headers=admission.headers)
        elif not body:
            # The last leg of a handshake whose client encrypts: it shows its token before it may seal anything.
            self._reply(http.HTTPStatus.OK, headers=admission.headers)
        else:
            self._answer(body, admission.login, admission.headers)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request, or one of another method: a status, and the end of the connection."""
        del message, explain  # the base class would make a page of them
        self.close_connection = True
        self._reply(code)

    def _read_body(self) -> bytes | None:
        try:
            return bodies.read_body(self.headers, self.rfile)
        except bodies.Unreadable as error:
            self.close_connection = True
            self._reply(error.status)
            return None

    def _answer(self, body: bytes, login: Login, headers: tuple[Header, ...]) -> None:
        protocol = sealing.protocol_of(self.headers.get("Content-Type", ""))
        client = self.client_address[0]
        if protocol is None:
            if self.server.policy.bindings is None:
                # AllowUnencrypted is false.  # unverified on Windows: status and body of this refusal
                self._reply(http.HTTPStatus.INTERNAL_SERVER_ERROR, headers=headers)
                return
            status, answer = self.server.service.answer(body, login, client)
            self._reply(status, answer, SOAP, headers)
            return
        keys = self.security.keys
        envelope = None
        if keys is not None:
            with contextlib.suppress(ValueError):
                envelope = sealing.unseal(keys, body)
        if keys is None or envelope is None:
            self.close_connection = True
            self._reply(http.HTTPStatus.BAD_REQUEST)
            return
        status, answer = self.server.service.answer(envelope, login, client)
        self._reply(status, sealing.seal(keys, answer, protocol), sealing.content_type(protocol), headers)

    def _reply(self, status: int, body: bytes = b"", content_type: str = "", headers: tuple[Header, ...] = ()) -> None:
        late = self.server.faults.take("endpoint.delay")
        if late is not None:
            time.sleep(late.value)
        lines = [f"HTTP/1.1 {int(status)} {http.HTTPStatus(status).phrase}", "Server: Microsoft-HTTPAPI/2.0"]
        lines += [f"{name}: {value}" for name, value in headers]
        if content_type and body:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"Date: {self.date_time_string()}", f"Content-Length: {len(body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        answer = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        cut = self.server.faults.take("endpoint.drop_after_bytes")
        if cut is not None:
            self.connection.sendall(answer[: cut.value])
            raise ConnectionDropped
        self.connection.sendall(answer)

    def _abort(self) -> None:
        """Break off with a reset rather than a farewell, as a cut cable would look to the client in the end."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
