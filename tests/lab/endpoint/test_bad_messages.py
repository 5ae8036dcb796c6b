"""What a client may send that is none: the answer is a WSMan fault or nothing, never a Python error, and never a wait."""

from __future__ import annotations

import contextlib
import struct
import uuid

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jcad.lab.endpoint import clientmessages
from jcad.lab.endpoint.interpreter import InterpreterRunspace
from jcad.lab.endpoint.psrp import PsrpShell
from jcad.lab.endpoint.recorded import answer
from jcad.lab.endpoint.wsman import ConnectionDropped, Fault
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell.engine import Engine

OWNER = Login("admin", "LAB", "S-1-5-21-1-2-3-1100", bytes(16))
POOL = uuid.UUID(int=1)


def make_shell():
    return PsrpShell(
        "A",
        "ps",
        OWNER,
        host="dc1",
        runspaces=lambda _login: InterpreterRunspace(Engine()),
        faults=Faults(),
        idle_seconds=60,
        stop_host=lambda: None,
    )


def opening(number=1):
    capability = clientmessages.fragments("SESSION_CAPABILITY", POOL, None, clientmessages.capability("2.3"), number)
    return capability + clientmessages.fragments(
        "INIT_RUNSPACEPOOL", POOL, None, clientmessages.pool(host=False), number + 1
    )


@pytest.fixture
def shell():
    made = make_shell()
    yield made
    made.close()


def test_garbage_is_a_fault(shell):
    with pytest.raises(Fault, match="cannot be read"):
        shell.open(b"\xff" * 200)


def test_half_a_fragment_opens_nothing_and_keeps_nobody_waiting(shell):
    with contextlib.suppress(Fault):
        shell.open(opening()[:90])
    assert not shell.opened
    with pytest.raises(Fault):
        shell.receive(None, 0.05, 1 << 20)


def test_fragments_out_of_order_are_no_message(shell):
    long = clientmessages.fragments("INIT_RUNSPACEPOOL", POOL, None, clientmessages.pool(host=True) + " " * 40_000, 2)
    size = 21 + struct.unpack(">I", long[17:21])[0]
    with contextlib.suppress(Fault):
        shell.open(long[size:] + long[:size])
    assert not shell.opened


def test_an_unknown_message_type_is_a_fault(shell):
    payload = bytearray(opening())
    struct.pack_into("<I", payload, 21 + 4, 0x00099999)
    with pytest.raises(Fault, match="cannot be read"):
        shell.open(bytes(payload))


def test_a_pipeline_for_a_closed_pool_is_a_fault(shell):
    shell.open(opening())
    shell.close()
    pipeline = uuid.UUID(int=2)
    with contextlib.suppress(Fault):
        shell.command(
            pipeline, clientmessages.fragments("CREATE_PIPELINE", POOL, pipeline, clientmessages.script("1"), 3)
        )
    assert shell.receive(None, 0.05, 1 << 20).pieces, "the opening, and that it is closed"
    with pytest.raises(Fault):
        shell.receive(None, 0.05, 1 << 20)


@examples(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.integers(min_value=0, max_value=4000))
def test_whatever_bytes_come_the_answer_is_a_fault_or_nothing(noise, place):
    made, payload = make_shell(), opening()
    place %= len(payload)
    try:
        with contextlib.suppress(Fault, ConnectionDropped):
            made.open(payload[:place] + noise + payload[place + len(noise) :])
            made.send("stdin", noise)
    finally:
        made.close()


def test_a_finally_block_that_never_ends_does_not_outlive_a_stop():
    script = "try { 'begun'; Start-Sleep 60 } finally { while ($true) { } }"
    said = answer({"id": "x", "script": script, "client": [{"type": "SIGNAL", "pid": "PID"}]})["server"]
    assert [each["type"] for each in said] == ["PIPELINE_OUTPUT", "PIPELINE_STATE"]
