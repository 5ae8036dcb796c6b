"""Faults happen when they were set to, as often as they were set to, and to one thread each."""

from __future__ import annotations

import threading

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.faults import Fault, Faults


def test_a_fault_happens_once_where_nothing_else_is_said():
    faults = Faults()
    faults.set("jumpcloud.status", 429)
    assert faults.take("jumpcloud.status") == Fault("jumpcloud.status", 429)
    assert faults.take("jumpcloud.status") is None
    assert faults.taken("jumpcloud.status") == 1


def test_a_fault_waits_for_its_occasion():
    faults = Faults()
    faults.set("endpoint.drop_after_records", at=3, times=2)
    happened = [faults.take("endpoint.drop_after_records") is not None for _ in range(6)]
    assert happened == [False, False, True, True, False, False]


def test_a_lasting_fault_ends_when_it_is_cleared():
    faults = Faults()
    faults.set("endpoint.delay", 0.1, times=None)
    assert all(faults.take("endpoint.delay") for _ in range(10))
    assert faults.pending() == ("endpoint.delay",)
    faults.clear("endpoint.delay")
    assert faults.take("endpoint.delay") is None
    assert faults.pending() == ()


def test_a_fault_that_no_server_knows_is_refused():
    with pytest.raises(LabUnsupported, match=r"endpoint\.explode"):
        Faults().set("endpoint.explode")
    with pytest.raises(LabUnsupported, match=r"endpoint\.explode"):
        Faults().take("endpoint.explode")


@pytest.mark.parametrize("counts", [{"at": 0}, {"times": 0}])
def test_counts_begin_at_one(counts):
    with pytest.raises(ValueError, match="count from 1"):
        Faults().set("endpoint.delay", 1, **counts)


def test_one_thread_alone_gets_a_one_shot_fault():
    faults = Faults()
    faults.set("endpoint.quota")
    taken: list[Fault | None] = []
    threads = [threading.Thread(target=lambda: taken.append(faults.take("endpoint.quota"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(fault is not None for fault in taken) == 1
    assert faults.wait_until_taken("endpoint.quota", 0)
