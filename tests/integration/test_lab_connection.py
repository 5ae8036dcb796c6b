"""The lab's own LDAP connection to a real Samba, over a wire that breaks."""

from __future__ import annotations

import contextlib
import select
import socket
import threading

import pytest

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.domain.database import modify
from jcad.lab.seed import ADMINISTRATOR, DOMAIN_DN, NETBIOS_DOMAIN, password_of
from jcad.lab.windows import filters
from jcad.lab.windows.connection import Connection, Credential
from jcad.lab.windows.ldap import Change, ChangeKind, Scope

GROUP = f"CN=Guests,CN=Builtin,{DOMAIN_DN}"

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


class Wire:
    """A forwarder in front of a domain controller that can be cut: at once, or before the next answer goes back."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.seen = bytearray()
        self.swallow_answers = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.connections += 1
                far = socket.create_connection(self._target)
                self._open += [near, far]
                threading.Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                readable, _, _ = select.select([near, far], [], [])
                for one in readable:
                    received = one.recv(1 << 16)
                    if not received or (one is far and self.swallow_answers):
                        self.swallow_answers = False
                        self.cut()
                        return
                    self.seen += received
                    (far if one is near else near).sendall(received)

    def cut(self) -> None:
        """Cut what is open now, and not what comes in meanwhile: whoever is cut off connects anew at once."""
        cut, self._open = self._open, []
        for one in cut:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        self._listener.close()
        self.cut()


@pytest.fixture
def wire(lab):
    made = Wire((lab.dc(1).address, 389))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def as_found(lab):
    """The group's description as it was."""
    (before,) = lab.database.search("(cn=Guests)", ("description",), base=GROUP)
    yield
    lab.database.apply([modify(GROUP, ("replace", "description", before.texts("description")))])


@pytest.fixture
def connection(wire):
    account = Credential(f"{NETBIOS_DOMAIN}\\{ADMINISTRATOR}", password=password_of(ADMINISTRATOR))
    made = Connection("127.0.0.1", wire.port, account)
    yield made
    made.close()


def describe(text: str) -> list[Change]:
    return [Change(ChangeKind.REPLACE, "description", (text.encode(),))]


def test_a_connection_is_opened_once_and_kept(connection, wire):
    for _ in range(5):
        assert connection.read(GROUP, ["cn"]) is not None
    assert wire.connections == 1


def test_a_read_after_a_break_is_repeated_on_a_new_connection(connection, wire):
    connection.read(GROUP, ["cn"])
    wire.swallow_answers = True
    assert connection.read(GROUP, ["cn"]) is not None
    assert wire.connections == 2


def test_a_break_between_two_requests_is_noticed_before_a_write_is_sent(connection, wire, lab):
    connection.modify(GROUP, describe("before"))
    wire.cut()
    connection.modify(GROUP, describe("after"))
    assert wire.connections == 2
    assert lab.ldapsearch("(cn=Guests)", "description")[0].text("description") == "after"


def test_a_write_whose_answer_was_lost_is_reported_and_not_repeated(connection, wire, lab):
    """Whether it was carried out nobody can say, so it is not sent a second time: here it was carried out."""
    connection.modify(GROUP, describe("known"))
    wire.swallow_answers = True
    with pytest.raises(ConnectionFailed):
        connection.modify(GROUP, describe("unknown"))
    assert wire.connections == 1
    assert lab.ldapsearch("(cn=Guests)", "description")[0].text("description") == "unknown"


def test_a_search_that_breaks_in_the_middle_of_its_pages_is_not_begun_again(connection, wire):
    pages = connection.search(DOMAIN_DN, Scope.SUBTREE, filters.ANYTHING, ["cn"], page=2)
    next(pages)
    next(pages)
    wire.swallow_answers = True
    with pytest.raises(ConnectionFailed):
        next(pages)


def test_pages_are_read_to_the_last_and_no_further_than_asked(connection):
    whole = list(connection.search(DOMAIN_DN, Scope.SUBTREE, filters.ANYTHING, ["cn"], page=1000))
    paged = list(connection.search(DOMAIN_DN, Scope.SUBTREE, filters.ANYTHING, ["cn"], page=7))
    assert sorted(entry.dn for entry in paged) == sorted(entry.dn for entry in whole)
    assert len(list(connection.search(DOMAIN_DN, Scope.SUBTREE, filters.ANYTHING, ["cn"], page=7, limit=10))) == 10


def test_what_goes_over_the_wire_is_sealed(wire, connection):
    """Neither the value that is written nor the name of its object, nor the password, can be read on the way."""
    connection.modify(GROUP, describe("nobody reads this"))
    assert connection.read(GROUP, ["description"]).attributes["description"] == (b"nobody reads this",)
    assert len(wire.seen) > 500
    for secret in (b"nobody reads this", b"Guests", password_of(ADMINISTRATOR).encode()):
        assert secret not in wire.seen


def test_a_wrong_password_tells_its_sub_code(lab):
    wrong = Connection(lab.dc(1).address, 389, Credential(f"{NETBIOS_DOMAIN}\\no-such-account", password="wrong"))
    with pytest.raises(AuthenticationFailed) as refused:
        wrong.read("", ["cn"])
    assert refused.value.account.endswith("no-such-account")
    assert refused.value.code == "52e"


def test_a_refusal_carries_result_and_code(connection):
    with pytest.raises(DirectoryError) as refused:
        connection.modify(f"CN=nobody,{DOMAIN_DN}", describe("x"))
    assert (refused.value.result, refused.value.code) == (32, 8240)


def test_a_controller_that_does_not_listen_is_named():
    nobody = Connection("127.0.0.1", 9, Credential("x", password="x"))
    with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9"):
        nobody.read("", ["cn"])
