"""A small HTTP server on loopback that answers /metrics and /health while the loop runs. Listens only where it was asked to."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from jcad.errors import SettingsError
from jcad.runs.health import health

if TYPE_CHECKING:
    from jcad.runs.cycle import Cycle
    from jcad.runs.loop import State
    from jcad.runs.metrics import Metrics


class Listener:
    """A Reporter that answers on `ADDRESS:PORT`, within `with`. Raises SettingsError for any but a loopback address."""

    def __init__(self, listen: str, metrics: Metrics) -> None:
        address = _loopback(listen)
        self._health: dict[str, Any] | None = None
        self._success: float | None = None
        try:
            self._server = ThreadingHTTPServer(address, _handler(self, metrics))
        except OSError as error:
            raise SettingsError(f"Nothing can listen on {listen}: {error.strerror or error}.") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    @property
    def health(self) -> dict[str, Any] | None:
        """How the last cycle ended; None before the first."""
        return self._health

    def ended(self, cycle: Cycle, state: State) -> None:
        """Keep how a cycle ended."""
        if cycle.outcome.healthy:
            self._success = cycle.started + cycle.seconds
        self._health = health(cycle, state, self._success)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _loopback(listen: str) -> tuple[str, int]:
    address, _, port = listen.rpartition(":")
    try:
        loopback = ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback or not port.isdecimal() or int(port) > 65535 or ":" in address:
        raise SettingsError(
            f"Metrics are not offered on {listen!r}: it is no loopback address with a port.",
            hint="Write 127.0.0.1:9400; for others put a server with TLS and a login in front of it.",
        )
    return address, int(port)


def _handler(listener: Listener, metrics: Metrics) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET; says nothing of what it runs on."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer /metrics with the metrics, /health with 200 while the loop is healthy and 503 else."""
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
            elif self.path == "/health":
                found = listener.health
                healthy = found is None or found["healthy"]
                status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, json.dumps(found or {"healthy": True, "cycle": 0}), "application/json")
            else:
                self._answer(HTTPStatus.NOT_FOUND, "/metrics or /health\n", "text/plain; charset=utf-8")

        def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
            body = text.encode("utf-8", "backslashreplace")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def version_string(self) -> str:
            """Name the server."""
            return "jcad"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  - the base class's name
            """Say nothing: standard error is for what happens."""

    return Handler
