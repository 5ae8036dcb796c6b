"""JumpCloud's API of the lab over HTTP or HTTPS. Listens on loopback only.

Touches sockets; every connection has its own thread.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from jcad.errors import LabError
from jcad.lab.faults import Faults
from jcad.lab.jumpcloud.api import Api
from jcad.lab.jumpcloud.exchange import Reply, Request, refusal
from jcad.lab.jumpcloud.tenant import Tenant
from jcad.lab.jumpcloud.tokens import TokenDesk
from jcad.lab.waiting import WaitingServer, break_off

_SEEN = 10_000
_LARGEST_BODY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate: PEM files of the chain and of its key."""

    chain: Path
    key: Path


class JumpCloudServer:
    """The API of one tenant (and of `others`, which a multi-tenant key opens as well).

        with JumpCloudServer("127.0.0.1", tenant=tenant, faults=faults) as server:
            server.url                 # http://127.0.0.1:41234
            server.seen                # the requests so far, as "GET /api/systemusers?limit=10"

    `on_request` is called with every request before it is answered: a scenario may change the tenant there.
    """

    def __init__(
        self, address: str = "127.0.0.1", port: int = 0, *, tenant: Tenant, others: Sequence[Tenant] = (),
        certificate: Certificate | None = None, faults: Faults | None = None,
        on_request: Callable[[Request], None] | None = None,
    ) -> None:  # fmt: skip
        if not ipaddress.ip_address(address).is_loopback:
            raise LabError(f"the lab listens on loopback only, not on {address}", hint="use 127.0.0.1")
        self.tenant = tenant
        self.faults = faults if faults is not None else Faults()
        self.seen: deque[str] = deque(maxlen=_SEEN)
        self._api = Api((tenant, *others))
        self._on_request = on_request
        self._scheme = "https" if certificate else "http"
        self._server = _Server((address, port), self, _context(certificate))

    @property
    def url(self) -> str:
        """The base URL; `/api` and `/api/v2` are below it."""
        host, port = self._server.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"

    @property
    def tokens(self) -> TokenDesk:
        """Where service accounts get their tokens."""
        return self._api.tokens

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start("lab-jumpcloud")
        return self

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, request: Request) -> Reply:
        """The reply to a request, faults of the status kind included."""
        query = urlencode([(name, value) for name, values in request.query.items() for value in values], safe=":$")
        self.seen.append(f"{request.method} {request.path}{'?' if query else ''}{query}")
        if self._on_request is not None:
            self._on_request(request)
        if delay := self.faults.take("jumpcloud.delay"):
            time.sleep(float(delay.value))
        if fault := self.faults.take("jumpcloud.status"):
            return self._refused(HTTPStatus(int(fault.value)))
        return self._api.answer(request)

    def _refused(self, status: HTTPStatus) -> Reply:
        reply = refusal(status, status.phrase)
        if after := self.faults.take("jumpcloud.retry_after"):
            return Reply(reply.status, reply.body, (("Retry-After", str(after.value)),))
        return reply


def _context(certificate: Certificate | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


class _Server(WaitingServer, ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: JumpCloudServer, context: ssl.SSLContext | None) -> None:
        self.owner = owner
        self.context = context
        self.open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.open):
            break_off(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that goes away is nothing to report."""


class _Connection(BaseHTTPRequestHandler):
    server_version = "jcad-lab"
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        if self.server.context is not None:  # the handshake belongs to the connection's own thread
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.server.open.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.open.discard(self.request)
        try:
            super().finish()
        finally:
            if self.server.context is not None:  # the base class closes only the socket that was wrapped
                self.request.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  - the base class's name
        """Keep silent; `seen` holds the requests."""

    def _answer(self) -> None:
        owner = self.server.owner
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.close_connection = True
            return
        body = self.rfile.read(length)
        if owner.faults.take("jumpcloud.drop"):
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        self._send(owner.answer(Request(self.command, unquote(parts.path), query, headers, body)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  - http.server's names

    def _send(self, reply: Reply) -> None:
        faults = self.server.owner.faults
        kind, body = "application/json; charset=utf-8", b""
        if reply.body is not None:
            body = json.dumps(reply.body, ensure_ascii=False).encode()
        status = reply.status
        if faults.take("jumpcloud.not_json"):
            status, kind, body = HTTPStatus.OK, "text/html", b"<html><body>We will be right back.</body></html>"
        self.send_response(status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut := faults.take("jumpcloud.truncate"):
            body = body[: int(cut.value)]
            self.close_connection = True
        self.wfile.write(body)
