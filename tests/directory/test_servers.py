"""Which servers may be used: scripted rootDSEs on real sockets, so that they can be what a Samba cannot."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jcad.directory import DirectoryReader, DirectoryTarget, Timeouts, WireProtection
from jcad.directory.ber import ENUMERATED, OCTETS, integer, sequence, tlv
from jcad.directory.messages import envelope
from jcad.directory.servers import ACTIVE_DIRECTORY, READ_ONLY
from jcad.errors import ConnectionFailed
from jcad.model import Secret

Serve = Callable[..., int]
WRITABLE = {"supportedCapabilities": [ACTIVE_DIRECTORY], "defaultNamingContext": ["DC=lab,DC=jcad,DC=test"]}


def connect(*ports: int, **changed: Any) -> DirectoryReader:
    given = target(*ports)
    return DirectoryReader.connect(replace(given, **changed))


def target(*ports: int) -> DirectoryTarget:
    return DirectoryTarget(
        domain="lab.jcad.test",
        account="LAB\\anna",
        password=Secret("hunter2"),
        hosts=tuple(f"127.0.0.1:{port}" for port in ports),
        protection=WireProtection.PLAIN,
        insecure=True,
        timeouts=Timeouts(connect=2, read=2),
    )


def root_dse(
    attributes: dict[str, list[str]], heard: list[bytes], hang_up_on: bytes = b"-"
) -> Callable[[socket.socket], None]:
    """A server that answers the first request with this rootDSE, notes what it hears, and hangs up at a word."""

    def script(peer: socket.socket) -> None:
        request = peer.recv(65536)
        heard.append(request)
        head = 2 if request[1] < 0x80 else 2 + (request[1] & 0x7F)
        # ldap3 counts message ids across the whole process: they have as many octets as they need
        number = int.from_bytes(request[head + 2 : head + 2 + request[head + 1]], "big")
        encoded = [
            sequence(tlv(OCTETS, name.encode()), tlv(0x31, b"".join(tlv(OCTETS, value.encode()) for value in values)))
            for name, values in attributes.items()
        ]
        peer.sendall(envelope(number, tlv(0x64, tlv(OCTETS, b"") + sequence(*encoded))))
        peer.sendall(envelope(number, tlv(0x65, integer(0, ENUMERATED) + tlv(OCTETS, b"") + tlv(OCTETS, b""))))
        while more := peer.recv(65536):
            heard.append(more)
            if hang_up_on in more:
                return

    return script


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"supportedCapabilities": [ACTIVE_DIRECTORY, READ_ONLY]}, "is a read-only domain controller"),
        ({"isSynchronized": ["FALSE"]}, "has not finished its first replication"),
        ({"defaultNamingContext": ["DC=other,DC=test"]}, "serves DC=other,DC=test, not DC=lab,DC=jcad,DC=test"),
        ({"supportedCapabilities": []}, "is no Active Directory domain controller"),
        ({"defaultNamingContext": []}, "is no Active Directory domain controller"),
    ],
)
def test_a_server_that_may_not_be_used_never_gets_the_password(
    scripted_server: Serve, changed: dict[str, Any], reason: str
) -> None:
    heard: list[bytes] = []
    port = scripted_server(root_dse({**WRITABLE, **changed}, heard))
    with pytest.raises(ConnectionFailed, match=reason):
        connect(port)
    assert b"hunter2" not in b"".join(heard)


def test_each_of_several_servers_has_its_reason(scripted_server: Serve) -> None:
    heard: list[bytes] = []
    read_only = scripted_server(root_dse({**WRITABLE, "supportedCapabilities": [ACTIVE_DIRECTORY, READ_ONLY]}, heard))
    stranger = scripted_server(root_dse({}, heard))
    with pytest.raises(ConnectionFailed) as raised:
        connect(read_only, stranger)
    assert "none of the 2 domain controllers of lab.jcad.test can be used" in raised.value.message
    assert f"127.0.0.1:{read_only} is a read-only" in raised.value.message
    assert f"127.0.0.1:{stranger} is no Active Directory" in raised.value.message
    assert raised.value.hint == "Name a writable one."


def test_a_login_that_breaks_is_not_tried_on_another_server(scripted_server: Serve) -> None:
    """The first server may have counted it, so a wrong password would count twice."""
    heard: list[bytes] = []
    other: list[bytes] = []
    first = scripted_server(root_dse(WRITABLE, heard, hang_up_on=b"hunter2"))
    with pytest.raises(ConnectionFailed, match="during the login"):
        connect(first, scripted_server(root_dse(WRITABLE, other)))
    assert b"".join(heard).count(b"hunter2") == 1
    assert other == []


def test_a_host_is_tried_at_every_address_that_it_has(scripted_server: Serve, name_server: Callable[..., str]) -> None:
    heard: list[bytes] = []
    port = scripted_server(root_dse({}, heard), address="127.0.0.2")
    zone = {("dc1.lab.jcad.test", "A"): ["127.0.0.1", "127.0.0.2"]}
    with pytest.raises(ConnectionFailed, match=rf"dc1.lab.jcad.test \(127.0.0.2:{port}\) is no Active Directory"):
        connect(hosts=(f"dc1.lab.jcad.test:{port}",), nameserver=name_server(zone))
    assert heard


@pytest.mark.parametrize("tail", [b"\x30\x05garbage", b""])
def test_a_server_that_answers_nonsense_is_passed_over(scripted_server: Serve, tail: bytes) -> None:
    def nonsense(peer: socket.socket) -> None:
        peer.recv(65536)
        peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" + tail)

    with pytest.raises(ConnectionFailed, match="cannot be read"):
        connect(scripted_server(nonsense))
