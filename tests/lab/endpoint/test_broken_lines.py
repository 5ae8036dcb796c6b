"""Faults on demand: the line breaks, is late, or the host goes down in the middle of a batch."""

from __future__ import annotations

import socket
import time

import pytest
import requests
from pypsrp.exceptions import WinRMTransportError
from pypsrp.powershell import PowerShell, RunspacePool


@pytest.fixture
def lines_until_broken(connect):
    """Run `lines 10` until the line breaks; what came before."""

    def run_until_broken(server):
        wsman = connect(server)
        pool = RunspacePool(wsman)
        pool.open()
        shell = PowerShell(pool)
        shell.add_script("lines 10")
        with pytest.raises(requests.exceptions.ConnectionError):
            shell.invoke()
        wsman.close()
        return shell.output

    return run_until_broken


@pytest.mark.parametrize("records", [1, 3, 10])
def test_the_line_breaks_behind_a_result_line(http, lines_until_broken, faults, records):
    faults.set("endpoint.drop_after_records", at=records)
    assert lines_until_broken(http) == [f"line {n}" for n in range(records)]
    assert faults.taken("endpoint.drop_after_records") == 1
    assert http.shells == 1
    http.close()


def test_the_pipeline_runs_on_behind_a_broken_line(http, lines_until_broken, faults, small_runspace, monkeypatch):
    ran = []
    monkeypatch.setattr(small_runspace, "do_lines", _remembering(small_runspace.do_lines, ran))
    faults.set("endpoint.drop_after_records", at=2)
    lines_until_broken(http)
    assert ran == ["ended"]


def _remembering(original, ran):
    def wrapped(self, job):
        original(self, job)
        ran.append("ended")

    return wrapped


def test_the_host_stops_in_the_middle_of_a_batch(http, lines_until_broken, faults, monkeypatch, small_runspace):
    ran = []
    monkeypatch.setattr(small_runspace, "do_lines", _remembering(small_runspace.do_lines, ran))
    faults.set("endpoint.stop_after_records", at=4)
    port = http.port
    assert lines_until_broken(http) == ["line 0", "line 1", "line 2", "line 3"]
    assert ran == []
    assert _comes_true(lambda: _refused(port))
    assert _comes_true(lambda: http.shells == 0)


def _refused(port) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _comes_true(what) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_a_host_comes_back_on_its_port(http, run, connect):
    port = http.port
    http.close()
    with pytest.raises((requests.exceptions.ConnectionError, WinRMTransportError)):
        connect(http).get_server_config()
    http.start()
    assert http.port == port
    assert run(http, "lines 1").output == ["line 0"]


@pytest.mark.parametrize("octets", [0, 10, 200])
def test_the_line_breaks_within_an_answer(http, connect, faults, octets):
    wsman = connect(http)
    wsman.get_server_config()
    faults.set("endpoint.drop_after_bytes", octets)
    with pytest.raises(requests.exceptions.RequestException):
        wsman.get_server_config()
    wsman.close()


def test_a_request_may_go_unanswered(http, connect, faults):
    wsman = connect(http)
    wsman.get_server_config()
    faults.set("endpoint.drop_request", at=2)
    wsman.get_server_config()
    with pytest.raises(requests.exceptions.ConnectionError):
        wsman.get_server_config()
    wsman.close()


def test_an_answer_may_be_late(http, connect, faults):
    with connect(http) as wsman:
        wsman.get_server_config()
        faults.set("endpoint.delay", 0.3)
        began = time.monotonic()
        wsman.get_server_config()
        assert time.monotonic() - began >= 0.3


def test_an_answer_may_be_a_bare_status(http, connect, faults):
    with connect(http) as wsman:
        wsman.get_server_config()
        faults.set("endpoint.status", 503)
        with pytest.raises(WinRMTransportError) as broken:
            wsman.get_server_config()
        assert broken.value.code == 503


def test_a_client_that_goes_away_in_the_handshake_hurts_nobody(https, run, certificate):
    with socket.create_connection(("127.0.0.1", https.port)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert run(https, "lines 1", auth="basic", cert_validation=str(certificate.certificate)).output == ["line 0"]


def test_a_silent_client_does_not_keep_the_host_from_closing(https):
    with socket.create_connection(("127.0.0.1", https.port)):
        began = time.monotonic()
        https.close()
        assert time.monotonic() - began < 8


def test_an_undecryptable_body_ends_the_connection(http, connect):
    wsman = connect(http)
    wsman.get_server_config()
    context = next(iter(wsman.transport.encryption.context.__dict__.values()), None)
    assert context is not None
    wsman.transport.encryption.wrap_message = lambda _: (
        "multipart/encrypted",
        b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n--Encrypted Boundary\r\n"
        b"\tContent-Type: application/octet-stream\r\n\x10\x00\x00\x00" + bytes(20) + b"--Encrypted Boundary--\r\n",
    )
    with pytest.raises(WinRMTransportError) as refused:
        wsman.get_server_config()
    assert refused.value.code == 400
    wsman.close()
