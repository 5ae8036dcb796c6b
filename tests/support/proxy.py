"""A proxy for the tests: CONNECT to anywhere on this machine, or a refusal with a page of HTML."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Self

PAGE = b"<html><head><title>Access blocked by policy</title></head><body>Ask your administrator.</body></html>"


class Proxy:
    """`with Proxy() as proxy:` tunnels and notes where to in `tunnels`; with a `status` it answers every request with a page."""

    def __init__(self, status: int = 0, reason: str = "Forbidden") -> None:
        self.tunnels: list[str] = []
        self._status = status
        self._reason = reason
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096) or b"\r\n\r\n"
            target = head.split(b" ", 2)[1].decode()
            self.tunnels.append(target)
            if self._status:
                answer = f"HTTP/1.1 {self._status} {self._reason}\r\nContent-Type: text/html\r\n"
                connection.sendall(answer.encode() + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
                return
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pump(connection, there)


def _pump(one: socket.socket, other: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([one, other], [], [], 30)
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)
        if not ready:
            return
