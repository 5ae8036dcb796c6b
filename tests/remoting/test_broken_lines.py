"""Connections that break, and sessions that are closed while they work: lines are kept, shells are not."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time

import pytest

from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.remoting import open_session


def collect(lines, into):
    for line in lines:
        into.append(line)


@pytest.fixture(params=["http", "https"])
def server(request):
    return request.getfixturevalue(request.param)


def test_the_lines_before_a_break_are_kept_and_the_script_is_stopped(  # noqa: PLR0917  - fixtures
    server, endpoint, password, call, faults, runspaces, eventually
):
    """A script that ran on would write while the caller reads back."""
    received = []
    with open_session(endpoint(server), password) as session:
        faults.set("endpoint.drop_after_records", at=3)
        with pytest.raises(ConnectionFailed):
            collect(session.run(call("slow 100")), received)
        assert eventually(lambda: runspaces.stopped == 1)
        assert server.shells == 0
        with pytest.raises(ConnectionFailed, match="the session was closed"):
            list(session.run(call("lines 1")))
    assert received == ["line 0", "line 1", "line 2"]


def test_a_request_that_is_not_answered_is_not_repeated(server, endpoint, password, call, faults):
    with open_session(endpoint(server), password) as session:
        commands = server.requests["command"]
        faults.set("endpoint.drop_request")
        with pytest.raises(ConnectionFailed):
            list(session.run(call("lines 1")))
        assert server.requests["command"] - commands <= 1


@pytest.mark.parametrize("size", [0, 1, 100, 1_000])
def test_an_answer_that_is_cut_is_a_broken_connection(http, endpoint, password, call, faults, size):
    with open_session(endpoint(http), password) as session:
        faults.set("endpoint.drop_after_bytes", size)
        with pytest.raises(ConnectionFailed):
            list(session.run(call("lines 1")))
    assert http.shells == 0


def test_a_host_that_is_gone_is_named_and_closing_does_not_raise(http, endpoint, password, call):
    session = open_session(endpoint(http, connect_timeout=1), password)
    http.close()
    with pytest.raises(ConnectionFailed):
        list(session.run(call("lines 1")))
    session.close()


def test_an_answer_that_is_too_late_is_named(http, endpoint, password, call, faults):
    with open_session(endpoint(http, operation_timeout=1, read_timeout=2), password) as session:
        faults.set("endpoint.delay", 3)
        with pytest.raises(ConnectionFailed, match="said nothing for 2 s"):
            list(session.run(call("lines 1")))
    assert http.shells == 0


def test_a_session_can_be_closed_from_another_thread_while_it_works(
    http, endpoint, password, call, runspaces, eventually
):
    session = open_session(endpoint(http), password)
    received, errors = [], []

    def work():
        try:
            collect(session.run(call("slow 100")), received)
        except ConnectionFailed as error:
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert eventually(lambda: len(received) > 2)
    begun = time.monotonic()
    session.close()
    worker.join(timeout=10)
    assert not worker.is_alive()
    assert time.monotonic() - begun < 5
    assert "the session was closed" in str(errors[0])
    assert http.shells == 0
    assert eventually(lambda: runspaces.open == 0)


def test_ctrl_c_in_the_middle_of_a_poll_leaves_no_shell(http, endpoint, password, call, runspaces, eventually):
    """The interrupt comes while an answer is awaited: that connection is of no more use, so another one cleans up."""
    timer = threading.Timer(0.5, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), open_session(endpoint(http), password) as session:  # noqa: PT012
        timer.start()
        list(session.run(call("silent 100")))
    timer.join()
    assert http.shells == 0
    assert eventually(lambda: runspaces.open == 0)


def test_an_interrupt_while_the_session_opens_leaves_no_shell(http, endpoint, password, faults, eventually):
    faults.set("endpoint.delay", 1, at=4, times=None)
    timer = threading.Timer(0.5, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        open_session(endpoint(http), password)
    timer.join()
    faults.clear()
    assert eventually(lambda: http.shells == 0)


class Cable:
    """A stretch of the way to a server, which the test can cut: connections are passed on, byte by byte."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target, self.ends, self.made = port, [], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.made += 1
                self.ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                sink.sendall(part)

    def cut(self):
        ends, self.ends = self.ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self):
        self.cut()
        self.listener.close()


@pytest.fixture
def cable(http):
    made = Cable(http.port)
    yield made
    made.close()


def test_a_host_that_hangs_up_between_two_scripts_is_called_again(http, cable, endpoint, password, call):
    """Windows does so after two idle minutes; nothing was under way, so nothing is lost."""
    with open_session(endpoint(http, port=cable.port), password) as session:
        assert list(session.run(call("lines 1"))) == ["line 0"]
        cable.cut()
        assert list(session.run(call("lines 2"))) == ["line 0", "line 1"]
        assert cable.made == 2
        assert http.shells == 1
    assert http.shells == 0


def test_being_called_again_is_refused_once_where_the_password_was_changed(
    http, cable, endpoint, password, call, accounts
):
    with open_session(endpoint(http, port=cable.port), password) as session:
        cable.cut()
        accounts.add("admin", "changed meanwhile", "S-1-5-32-544")
        with pytest.raises(AuthenticationFailed):
            list(session.run(call("lines 1")))
        assert accounts.wrong == {"admin": 1}
    http.close()  # nobody can delete the old shell now: the host does when it has been idle long enough
