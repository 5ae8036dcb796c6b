"""What the wire may do to a connection: silence, garbage, a cut, a goodbye. The servers are scripted, the sockets real."""

from __future__ import annotations

import logging
import socket
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from ldap3.utils.log import EXTENDED, OFF, set_library_log_detail_level

from jcad.directory import DirectoryTarget, Host, Timeouts, WireProtection
from jcad.directory.ber import ENUMERATED, OCTETS, integer, sequence, tlv
from jcad.directory.connection import LdapConnection
from jcad.directory.filters import equals
from jcad.directory.messages import SearchRequest, envelope
from jcad.directory.search import read, search, with_whole_values
from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.model import Secret

Serve = Callable[..., int]
REQUEST = SearchRequest(base="DC=x", filter=equals("cn", "x"), attributes=("cn",))


def target(**changed: Any) -> DirectoryTarget:
    given: dict[str, Any] = {
        "domain": "lab.jcad.test",
        "account": "LAB\\anna",
        "password": Secret("pa$$word-hunter2"),
        "protection": WireProtection.PLAIN,
        "insecure": True,
        "timeouts": Timeouts(connect=5, read=15),
    }
    return DirectoryTarget(**{**given, **changed})


def opened(port: int, **changed: Any) -> LdapConnection:
    return LdapConnection.open(Host(name="dc1", address="127.0.0.1", port=port), target(**changed))


def message_id(request: bytes) -> int:
    """The id of a request: every message here is short."""
    head = 2 if request[1] < 0x80 else 2 + (request[1] & 0x7F)
    return int.from_bytes(request[head + 2 : head + 2 + request[head + 1]], "big")


def entry(number: int, name: str) -> bytes:
    attribute = sequence(tlv(OCTETS, b"cn"), tlv(0x31, tlv(OCTETS, name.encode())))
    return envelope(number, tlv(0x64, tlv(OCTETS, f"CN={name}".encode()) + sequence(attribute)))


def done(number: int, code: int = 0, cookie: bytes | None = None, text: bytes = b"") -> bytes:
    body = integer(code, ENUMERATED) + tlv(OCTETS, b"") + tlv(OCTETS, text)
    message = integer(number) + tlv(0x65, body)
    if cookie is not None:
        value = sequence(integer(0), tlv(OCTETS, cookie))
        control = sequence(tlv(OCTETS, b"1.2.840.113556.1.4.319"), tlv(OCTETS, value))
        message += tlv(0xA0, control)
    return sequence(message)


def bind_answer(number: int, code: int, text: bytes = b"") -> bytes:
    return envelope(number, tlv(0x61, integer(code, ENUMERATED) + tlv(OCTETS, b"") + tlv(OCTETS, text)))


def test_a_cut_in_the_middle_of_an_answer_is_a_lost_connection(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        number = message_id(peer.recv(4096))
        peer.sendall(entry(number, "a") + entry(number, "b")[:9])

    with opened(scripted_server(script)) as connection:
        with pytest.raises(ConnectionFailed, match="closed the connection in the middle"):
            list(search(connection, REQUEST))
        assert connection.closed


def test_a_whole_page_without_its_end_gives_no_entries(scripted_server: Serve) -> None:
    """Half a result must not pass for a whole one, however many entries have come."""

    def script(peer: socket.socket) -> None:
        number = message_id(peer.recv(4096))
        peer.sendall(b"".join(entry(number, f"u{i}") for i in range(500)))

    found: list[object] = []
    with opened(scripted_server(script)) as connection, pytest.raises(ConnectionFailed):
        found.extend(search(connection, REQUEST))
    assert found == []


def test_silence_ends_with_the_seconds_waited(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.recv(4096)

    with (
        opened(scripted_server(script)) as connection,
        pytest.raises(ConnectionFailed, match=r"sent nothing for 15"),
    ):
        read(connection, "DC=x")


def test_garbage_is_a_named_error_and_ends_the_connection(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with opened(scripted_server(script)) as connection:
        with pytest.raises(DirectoryError, match="cannot be read"):
            read(connection, "DC=x")
        with pytest.raises(ConnectionFailed, match="is closed"):
            read(connection, "DC=x")


def test_a_notice_of_disconnection_is_passed_on(scripted_server: Serve) -> None:
    notice = tlv(
        0x78,
        integer(52, ENUMERATED) + tlv(OCTETS, b"") + tlv(OCTETS, b"going down") + tlv(0x8A, b"1.3.6.1.4.1.1466.20036"),
    )

    def script(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(envelope(0, notice))

    with (
        opened(scripted_server(script)) as connection,
        pytest.raises(ConnectionFailed, match="ended the connection: going down"),
    ):
        read(connection, "DC=x")


def test_the_next_page_is_asked_for_before_the_last_is_decoded(scripted_server: Serve) -> None:
    """The server gets the second request although not one entry of the first page has been taken yet."""
    asked: list[bytes] = []

    def script(peer: socket.socket) -> None:
        first = peer.recv(4096)
        peer.sendall(entry(message_id(first), "a") + done(message_id(first), cookie=b"more"))
        second = peer.recv(4096)
        asked.append(second)
        peer.sendall(entry(message_id(second), "b") + done(message_id(second), cookie=b""))
        peer.recv(4096)

    with opened(scripted_server(script)) as connection:
        stream = search(connection, REQUEST)
        assert next(stream)[0] == "CN=a"
        assert [dn for dn, _ in stream] == ["CN=b"]
    assert b"more" in asked[0]


def test_an_error_on_a_later_page_is_raised(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        first = message_id(peer.recv(4096))
        peer.sendall(entry(first, "a") + done(first, cookie=b"more"))
        peer.sendall(done(message_id(peer.recv(4096)), 3, text=b"too slow"))
        peer.recv(4096)

    with opened(scripted_server(script)) as connection:
        stream = search(connection, REQUEST)
        assert next(stream)[0] == "CN=a"
        with pytest.raises(DirectoryError, match="longer than the server allows") as raised:
            next(stream)
    assert raised.value.result == 3


def test_stopping_early_leaves_the_connection_usable(scripted_server: Serve) -> None:
    """The page that is still on its way is abandoned; when it comes all the same it is thrown away."""

    def script(peer: socket.socket) -> None:
        first = message_id(peer.recv(4096))
        peer.sendall(entry(first, "a") + done(first, cookie=b"more"))
        second = message_id(peer.recv(4096))
        assert b"\x50" in peer.recv(4096)  # an AbandonRequest
        third = message_id(peer.recv(4096))
        peer.sendall(entry(second, "late") + done(second, cookie=b"") + entry(third, "asked") + done(third))
        peer.recv(4096)

    with opened(scripted_server(script)) as connection:
        stream = search(connection, REQUEST)
        next(stream)
        stream.close()
        found = read(connection, "CN=asked")
    assert found == ("CN=asked", {"cn": [b"asked"]})


def test_two_searches_at_once_do_not_mix(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        first = message_id(peer.recv(4096))
        peer.sendall(entry(first, "a1") + done(first, cookie=b"more"))
        second = message_id(peer.recv(4096))
        third = message_id(peer.recv(4096))
        peer.sendall(entry(second, "a2") + done(second) + entry(third, "other") + done(third))
        peer.recv(4096)

    with opened(scripted_server(script)) as connection:
        stream = search(connection, REQUEST)
        assert next(stream)[0] == "CN=a1"
        assert read(connection, "CN=other") == ("CN=other", {"cn": [b"other"]})
        assert [dn for dn, _ in stream] == ["CN=a2"]
        assert not connection.busy


def peak_of(pages: int, scripted_server: Serve) -> int:
    """The bytes that are held at most while so many pages of 500 entries stream through."""

    def script(peer: socket.socket) -> None:
        for page in range(1, pages + 1):
            number = message_id(peer.recv(4096))
            entries = b"".join(entry(number, f"{page}-{i}-{'x' * 200}") for i in range(500))
            peer.sendall(entries + done(number, cookie=b"more" if page < pages else b""))

    with opened(scripted_server(script), timeouts=Timeouts(connect=2, read=10)) as connection:
        tracemalloc.start()
        assert sum(1 for _ in search(connection, REQUEST)) == 500 * pages
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_memory_stays_flat_however_many_pages_there_are(scripted_server: Serve) -> None:
    assert peak_of(30, scripted_server) < 1.5 * peak_of(6, scripted_server)


def test_closing_ends_what_is_still_being_read(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        first = message_id(peer.recv(4096))
        peer.sendall(entry(first, "a") + done(first, cookie=b"more"))
        peer.recv(4096)

    connection = opened(scripted_server(script))
    stream = search(connection, REQUEST)
    assert next(stream)[0] == "CN=a"
    connection.close()
    with pytest.raises(ConnectionFailed, match="is closed"):
        next(stream)


def ranged(number: int, name: str, count: int) -> bytes:
    """An entry whose only attribute is a range of `member`."""
    values = b"".join(tlv(OCTETS, b"CN=%d" % index) for index in range(count))
    attribute = sequence(tlv(OCTETS, name.encode()), tlv(0x31, values))
    return envelope(number, tlv(0x64, tlv(OCTETS, b"CN=g") + sequence(attribute)))


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        pytest.param(("member;range=3-5", 3), "does not go on from value 2", id="a gap"),
        pytest.param(("member;range=0-1", 2), "does not go on from value 2", id="the same again"),
        pytest.param(("member;range=2-*", 0), "does not go on from value 2", id="nothing in it"),
        pytest.param(("member;range=2-9", 2), "with 4 values in all", id="less than it says"),
        pytest.param(("description", 1), "no longer has the rest of member", id="another attribute"),
        pytest.param(None, "was deleted while", id="no entry"),
    ],
)
def test_ranges_that_do_not_fit_together_are_refused(
    scripted_server: Serve, second: tuple[str, int] | None, reason: str
) -> None:
    """Half a group must not pass for a whole one: its missing members would be added, or counted as gone."""

    def script(peer: socket.socket) -> None:
        first = message_id(peer.recv(4096))
        peer.sendall(ranged(first, "member;range=0-1", 2) + done(first))
        while request := peer.recv(4096):
            if len(request) < 12:  # an unbind
                return
            number = message_id(request)
            peer.sendall((ranged(number, *second) if second else b"") + done(number))

    with opened(scripted_server(script)) as connection:
        entry_ = read(connection, "CN=g", ("member",))
        assert entry_ is not None
        with pytest.raises(DirectoryError, match=reason):
            with_whole_values(connection, entry_)


def test_nobody_listening_is_a_reason(scripted_server: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionFailed, match=rf"dc1 \(127.0.0.1:{port}\) cannot be reached: .*refused"):
        opened(port)


def test_a_refused_password_is_tried_once_and_never_shown(
    scripted_server: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[bytes] = []
    finished = threading.Event()

    def script(peer: socket.socket) -> None:
        request = peer.recv(4096)
        seen.append(request)
        text = b"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580"
        peer.sendall(bind_answer(message_id(request), 49, text))
        seen.append(peer.recv(4096))
        finished.set()

    caplog.set_level(logging.DEBUG)
    set_library_log_detail_level(EXTENDED)
    try:
        connection = opened(scripted_server(script))
        with pytest.raises(AuthenticationFailed) as raised:
            connection.login(target())
    finally:
        set_library_log_detail_level(OFF)
    assert (raised.value.code, raised.value.account) == ("52e", "LAB\\anna")
    assert finished.wait(5)
    assert b"hunter2" in seen[0]
    assert b"hunter2" not in seen[1]
    assert connection.closed
    shown = caplog.text + str(raised.value) + repr(raised.value) + repr(vars(connection._ldap))
    assert "hunter2" not in shown


def test_a_password_is_sent_as_it_is(scripted_server: Serve) -> None:
    """ldap3 would put a text through SASLprep: a soft hyphen would vanish, and the password would be wrong."""
    seen: list[bytes] = []

    def script(peer: socket.socket) -> None:
        request = peer.recv(4096)
        seen.append(request)
        peer.sendall(bind_answer(message_id(request), 0))
        peer.recv(4096)

    odd = "a\u00adb\u2168\u00a0c"
    with opened(scripted_server(script)) as connection:
        connection.login(target(password=Secret(odd)))
    assert odd.encode() in seen[0]


def test_a_connection_that_breaks_during_the_login_is_not_a_refusal(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        peer.recv(4096)

    connection = opened(scripted_server(script))
    with pytest.raises(ConnectionFailed, match="during the login"):
        connection.login(target())


def test_tls_against_a_server_without_it_says_so(scripted_server: Serve) -> None:
    def script(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(b"no TLS here\r\n")

    with pytest.raises(ConnectionFailed, match="does not speak TLS"):
        opened(scripted_server(script), protection=WireProtection.LDAPS, insecure=False)
