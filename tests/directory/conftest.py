"""A name server and scripted LDAP servers on loopback: what the tests of the wire talk to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import dns.message
import dns.rrset
import pytest


class Peer:
    """The client at the other end, whose messages come one at a time: TCP may deliver two of them at once."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def recv(self, size: int) -> bytes:
        """The next whole LDAP message; nothing when the client has hung up."""
        while (length := _length(self._held)) is None or len(self._held) < length:
            more = self._connection.recv(size)
            if not more:
                return b""
            self._held += more
        message, self._held = self._held[:length], self._held[length:]
        return message

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def _length(data: bytes) -> int | None:
    """How long the message is that begins here, its header with it; None while that is not known."""
    if len(data) < 2:
        return None
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big") if len(data) >= 2 + octets else None


Zone = dict[tuple[str, str], list[str]]
Script = Callable[[socket.socket], None]


def answer(query: bytes, zone: Zone) -> bytes:
    """What a name server with this zone says."""
    asked = dns.message.from_wire(query)
    (question,) = asked.question
    reply = dns.message.make_response(asked)
    kind = dns.rdatatype.to_text(question.rdtype)
    name = question.name.to_text().rstrip(".").lower()
    found = zone.get((name, kind))
    if found:
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
    elif not any(known == name for known, _ in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


@pytest.fixture
def name_server() -> Iterator[Callable[[Zone], str]]:
    """Starts a name server for a zone of (name, type) to records; gives its `address:port`."""
    with contextlib.ExitStack() as stack:

        def start(zone: Zone) -> str:
            listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            listener.bind(("127.0.0.1", 0))

            def serve() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        query, peer = listener.recvfrom(4096)
                        if not query:
                            return
                        listener.sendto(answer(query, zone), peer)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            address, port = listener.getsockname()
            stack.callback(lambda: listener.sendto(b"", (address, port)))
            return f"{address}:{port}"

        yield start


@pytest.fixture
def scripted_server() -> Iterator[Callable[..., int]]:
    """Starts a server that does with its one connection what the script says; gives its port."""
    with contextlib.ExitStack() as stack:

        def start(script: Script, address: str = "127.0.0.1") -> int:
            listener = stack.enter_context(socket.create_server((address, 0)))

            def serve() -> None:
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(60)
                        script(Peer(connection))

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)  # wakes a server that nobody called
            return int(listener.getsockname()[1])

        yield start
