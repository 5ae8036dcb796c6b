"""A TCP server that sleeps until somebody connects: a lab of fifty hosts has a hundred, and none may look every now and then.

Touches the sockets it is given, on loopback.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from socketserver import TCPServer


def break_off(connection: socket.socket) -> None:
    """Cut a connection that another thread serves, below its TLS: `SSLSocket.shutdown` would take the TLS out of its hands."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class WaitingServer(TCPServer):
    """A server whose `serve` runs in a thread of its own until `stop`, which that thread sees at once."""

    _stopped = False
    _thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        """Serve in a thread of this name."""
        self._thread = threading.Thread(target=self.serve, name=name, daemon=True)
        self._thread.start()

    def serve(self) -> None:
        """Answer who connects, until `stop`."""
        while not self._stopped:
            self.handle_request()

    def stop(self) -> None:
        """Listen no more, and wait for the thread to end. Connections that are open stay so. May be called again."""
        self._stopped = True
        with contextlib.suppress(OSError):  # it was closed before
            self.socket.shutdown(socket.SHUT_RDWR)  # which wakes whoever waits for it
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self.server_close()
