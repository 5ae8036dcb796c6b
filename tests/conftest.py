"""What holds for every test: no network but loopback, an interrupt that interrupts, no hurry on a busy machine."""

from __future__ import annotations

import ipaddress
import signal
import socket

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # a busy machine is no reason to fail
settings.load_profile("unhurried")

_connect = socket.socket.connect


def _only_loopback(self, address):
    """Connect as usual, but to this machine alone."""
    if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
        raise AssertionError(f"a test was about to connect to {address}")
    return _connect(self, address)


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session", autouse=True)
def _loopback_only():
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _only_loopback)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _interrupts():
    """Let Ctrl-C be Ctrl-C, also where the tests were started in the background, with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
