"""The server that waits: it ends at once when it is told to, whatever it does then, and leaves open connections alone."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from socketserver import BaseRequestHandler, ThreadingMixIn

import pytest

from jcad.lab.domain.certificates import CertificateAuthority
from jcad.lab.endpoint.tls import server_context
from jcad.lab.waiting import WaitingServer, break_off


class Echo(BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(100):
            self.request.sendall(data)


class Server(ThreadingMixIn, WaitingServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def server():
    made = Server(("127.0.0.1", 0), Echo)
    made.start("waits")
    yield made
    made.stop()


def talk(connection, data=b"hello"):
    connection.sendall(data)
    return connection.recv(100)


def test_it_answers_whoever_comes(server):
    for _ in range(3):
        with socket.create_connection(server.server_address) as one:
            assert talk(one) == b"hello"


def test_it_stops_while_it_waits_and_listens_no_more(server):
    server.stop()
    assert "waits" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.server_address)


def test_stopping_leaves_open_connections_to_their_owner(server):
    with socket.create_connection(server.server_address) as one:
        assert talk(one) == b"hello"
        server.stop()
        server.stop()
        assert talk(one, b"still there") == b"still there"


def test_it_does_not_look_while_nobody_comes(server):
    """Its thread uses no processor time."""
    thread = next(each for each in threading.enumerate() if each.name == "waits")
    clock = time.pthread_getcpuclockid(thread.ident)
    with socket.create_connection(server.server_address) as one:
        talk(one)  # by then it runs, and waits for the next
    time.sleep(0.3)
    before = time.clock_gettime(clock)
    time.sleep(0.5)
    assert time.clock_gettime(clock) - before < 50e-6  # ten looks would be more


def test_a_connection_that_is_broken_off_keeps_its_tls_for_the_thread_that_serves_it(tmp_path):
    """`SSLSocket.shutdown` would put None in its place, under the hands of whoever is about to ask it something."""
    certificate = CertificateAuthority(tmp_path).issue("dc1.lab.jcad.test")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    near, far = socket.socketpair()
    with far, near:
        served = server_context(certificate, None).wrap_socket(near, server_side=True, do_handshake_on_connect=False)
        shaking = threading.Thread(target=served.do_handshake)
        shaking.start()
        with served, context.wrap_socket(far) as client:
            shaking.join()
            break_off(served)
            assert served.getpeercert(binary_form=True) is None
            assert client.recv(1) == b""
            break_off(served)
