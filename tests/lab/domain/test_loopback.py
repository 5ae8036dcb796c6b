"""The addresses of a lab: loopback's alone, never two labs on one."""

from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import LabError
from jcad.lab.domain import loopback
from jcad.lab.domain.loopback import BLOCK, require_loopback, reserve_addresses

LABS = 3


@pytest.fixture(autouse=True)
def far_from_real_labs(monkeypatch):
    """The same rules, three blocks and other addresses: labs of other tests come and go meanwhile."""
    monkeypatch.setattr(loopback, "FIRST", ipaddress.IPv4Address("127.77.0.16"))
    monkeypatch.setattr(loopback, "LABS", LABS)


@pytest.fixture
def reserve():
    """Reserve blocks that are released when the test ends."""
    with ExitStack() as stack:

        def one():
            block = reserve_addresses()
            stack.callback(block.release)
            return block

        yield one


def test_two_labs_have_no_address_in_common(reserve):
    first, second = ({str(block.first + n) for n in range(BLOCK)} for block in (reserve(), reserve()))
    assert not first & second


def test_hosts_of_one_lab_have_an_address_each(reserve):
    block = reserve()
    hosts = [block.services, *map(block.controller, range(1, 10)), *map(block.member, range(1, 7))]
    assert len(set(hosts)) == BLOCK
    assert all(host.startswith("127.77.0.") for host in hosts)


def test_there_are_addresses_for_so_many_hosts_and_no_more(reserve):
    block = reserve()
    for ask in (
        lambda: block.controller(10),
        lambda: block.controller(0),
        lambda: block.member(7),
        lambda: block.member(0),
    ):
        with pytest.raises(LabError, match="a lab has addresses for"):
            ask()


def test_a_released_block_is_taken_again():
    first = reserve_addresses()
    first.release()
    second = reserve_addresses()
    second.release()
    assert first.first == second.first


def test_a_block_on_which_something_listens_is_passed_over(reserve):
    with ExitStack() as stack:
        free = reserve_addresses()
        free.release()
        listener = stack.enter_context(socket.socket())
        listener.bind((free.controller(3), 389))
        listener.listen()
        assert reserve().first != free.first


def test_a_process_that_is_killed_gives_its_block_back(reserve):
    code = (
        "import ipaddress; from jcad.lab.domain import loopback; loopback.FIRST = ipaddress.IPv4Address('127.77.0.16');"
        "block = loopback.reserve_addresses(); print(block.first, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        taken = other.stdout.readline().strip()
        passed_over = reserve()
        assert str(passed_over.first) != taken
        other.kill()
    assert str(reserve().first) == taken


def test_there_is_an_end_to_labs(reserve):
    for _ in range(LABS):
        reserve()
    with pytest.raises(LabError, match="in use"):
        reserve()


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "::", "169.254.1.1"])
def test_the_lab_listens_nowhere_else(address):
    with pytest.raises(LabError, match="loopback only"):
        require_loopback(address)


@given(st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_every_address_of_loopback_will_do(address):
    assert require_loopback(str(address)) == str(address)
