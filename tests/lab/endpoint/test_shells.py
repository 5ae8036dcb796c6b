"""A PowerShell shell without a wire: the messages that it sends, as recorded of a real server, and its bookkeeping."""

from __future__ import annotations

import contextlib
import uuid

import psrpcore.types as wire
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psrpcore import ClientGetCommandMetadata, ClientPowerShell, ClientRunspacePool
from psrpcore._payload import EMPTY_UUID, unpack_fragment, unpack_message

from jcad.lab.endpoint.psrp import PsrpShell
from jcad.lab.endpoint.shells import ShellTable
from jcad.lab.endpoint.wsman import Fault
from jcad.lab.faults import Faults
from jcad.lab.login import Login

OWNER = Login("admin", "LAB", "S-1-5-21-1-2-3-1100", bytes(16))


def make_shell(runspaces, shell_id="A", owner=OWNER):
    return PsrpShell(
        shell_id, "ps", owner, host="dc1", runspaces=runspaces, faults=Faults(), idle_seconds=60, stop_host=lambda: None
    )


@pytest.fixture
def shell(small_runspace):
    made = make_shell(small_runspace)
    yield made
    made.close()
    assert small_runspace.open == 0


def messages(shell, pipeline_id=None):
    """What the shell has to say: (message type, pool, data) until the pipeline's end, or what there is of the pool's."""
    found, parts = [], {}
    while True:
        received = shell.receive(pipeline_id, 5, 1 << 20)
        for piece in received.pieces:
            rest = bytearray(piece)
            while rest:
                fragment = unpack_fragment(rest)
                rest = rest[21 + len(fragment.data) :]
                parts.setdefault(fragment.object_id, bytearray()).extend(fragment.data)
                if fragment.end:
                    raw = bytes(parts.pop(fragment.object_id))
                    message = unpack_message(bytearray(raw))
                    found.append((message.message_type.name, message.rpid, raw[40:]))
        if pipeline_id is None or received.done:
            return found


def opened(shell, version="2.3"):
    client = ClientRunspacePool(min_runspaces=1, max_runspaces=1)
    client.our_capability.protocolversion = wire.PSVersion(version)
    client.open()
    shell.open(client.data_to_send().data)
    return client


def start(client, shell, script):
    client.state, client.their_capability = wire.RunspacePoolState.Opened, client.our_capability
    pipeline = ClientPowerShell(client)
    pipeline.add_script(script)
    pipeline.start()
    shell.command(pipeline.pipeline_id, client.data_to_send().data)
    return pipeline.pipeline_id


def test_a_pool_opens_with_three_messages_that_begin_with_a_byte_order_mark(shell):
    client = opened(shell)
    found = messages(shell)
    assert [kind for kind, _, _ in found] == ["SessionCapability", "ApplicationPrivateData", "RunspacePoolState"]
    assert [pool for _, pool, _ in found] == [EMPTY_UUID, client.runspace_pool_id, client.runspace_pool_id]
    assert all(data.startswith(b"\xef\xbb\xbf<Obj") for _, _, data in found)
    assert b'<I32 N="RunspaceState">2</I32>' in found[2][2]


@pytest.mark.parametrize(("asked", "answered"), [("2.0", "2.0"), ("2.2", "2.2"), ("2.3", "2.3"), ("2.4", "2.3")])
def test_an_older_version_of_the_protocol_is_echoed(shell, asked, answered):
    opened(shell, asked)
    assert f'<Version N="protocolversion">{answered}</Version>'.encode() in messages(shell)[0][2]


def test_a_pipeline_says_its_state_once_at_its_end(shell):
    client = opened(shell)
    found = messages(shell, start(client, shell, "lines 2"))
    assert [kind for kind, _, _ in found] == ["PipelineOutput", "PipelineOutput", "PipelineState"]
    assert found[-1][2] == b'\xef\xbb\xbf<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>'


def test_null_has_no_data_at_all(shell):
    client = opened(shell)
    assert messages(shell, start(client, shell, "null"))[0][2] == b""


def test_exit_calls_the_host_that_is_not_there(shell):
    client = opened(shell)
    (call, state) = messages(shell, start(client, shell, "exit"))
    assert call[0] == "PipelineHostCall"
    assert b'<I64 N="ci">-100</I64>' in call[2]
    assert b"<ToString>SetShouldExit</ToString><I32>6</I32>" in call[2]
    assert state[0] == "PipelineState"


def test_command_metadata_is_refused_by_name(shell):
    client = opened(shell)
    client.state, client.their_capability = wire.RunspacePoolState.Opened, client.our_capability
    pipeline = ClientGetCommandMetadata(client, ["Get-*"])
    pipeline.start()
    shell.command(pipeline.pipeline_id, client.data_to_send().data)
    (state,) = messages(shell, pipeline.pipeline_id)
    assert b"LabUnsupported" in state[2]


def test_a_message_that_cannot_be_read_is_a_fault_and_leaves_no_pipeline(shell):
    client = opened(shell)
    client.state, client.their_capability = wire.RunspacePoolState.Opened, client.our_capability
    pipeline = ClientPowerShell(client)
    pipeline.add_script("lines 1")
    pipeline.start()
    broken = bytes(client.data_to_send().data).replace(b"<I32>", b"<I3X>")
    with pytest.raises(Fault, match="cannot be read"):
        shell.command(pipeline.pipeline_id, broken)
    with pytest.raises(Fault, match="command identifier"):
        shell.receive(pipeline.pipeline_id, 0, 1 << 20)
    assert messages(shell, start(client, shell, "lines 1"))[0][0] == "PipelineOutput"


@given(noise=st.binary(max_size=120))
def test_noise_instead_of_an_opening_is_a_fault_or_waits_for_more(noise):
    shell = make_shell(lambda _: pytest.fail("no runspace is needed"))
    with contextlib.suppress(Fault):
        shell.open(noise)
    shell.close()


def test_a_command_that_is_not_there_cannot_be_signalled(shell):
    opened(shell)
    with pytest.raises(Fault, match="command identifier"):
        shell.signal(uuid.uuid4(), "powershell/signal/ctrl_c")
    shell.signal(uuid.uuid4(), "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/Terminate")


def test_terminate_forgets_the_pipeline(shell):
    client = opened(shell)
    pipeline_id = start(client, shell, "sleep 60")
    shell.signal(pipeline_id, "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate")
    with pytest.raises(Fault, match="command identifier"):
        shell.receive(pipeline_id, 0, 1 << 20)


def test_ids_are_compared_without_case_and_kept_as_written(small_runspace):
    table = ShellTable()
    table.add(make_shell(small_runspace, "abCD"))
    assert table.find("ABcd", OWNER).id == "abCD"
    with pytest.raises(Fault, match="already"):
        table.add(make_shell(small_runspace, "ABCD"))
    table.close_all()
    assert len(table) == 0


def test_a_quota_is_each_users_own(small_runspace):
    table = ShellTable(most_per_user=1)
    table.check_quota(OWNER)
    table.add(make_shell(small_runspace))
    with pytest.raises(Fault, match="maximum number of 1 concurrent shells"):
        table.check_quota(OWNER)
    table.check_quota(Login("other", "LAB", "S-1-5-21-1-2-3-1101", bytes(16)))
