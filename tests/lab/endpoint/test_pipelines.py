"""What goes through a runspace pool, there and back, with unmodified pypsrp at the other end."""

from __future__ import annotations

import json
import threading
import time

import pytest
from pypsrp.complex_objects import ListMeta, ObjectMeta, PSInvocationState, RunspacePoolState
from pypsrp.exceptions import WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import SignalCode

from jcad.errors import LabError
from jcad.lab.windows import exception_types


@pytest.fixture
def pool(http, connect):
    with connect(http) as wsman, RunspacePool(wsman) as opened:
        yield opened


AWKWARD = [
    "",
    " edge ",
    "O'Brien",
    "José 渡辺 😀",
    "_x000A_",
    "<a&b>\"'",
    "tab\there\r\nline",
    "\x00\x01\x7f\x85\x9f",
    "\u2018\u2019\u201a\u201b\u201c\u201d",
    "\ufeffmark",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_text_comes_back_as_it_went(pool, run_in, text):
    assert run_in(pool, "echo", text).output == [text]


@pytest.mark.parametrize("value", [True, False, 0, -(2**31), 2**31 - 1, 1.5, None, [1, "b"], {"a": 1}])
def test_a_value_comes_back_as_it_went(pool, run_in, value):
    assert run_in(pool, "echo", value).output == ["" if value is None else value]


def test_named_parameters_keep_their_names_and_types(pool):
    shell = PowerShell(pool)
    shell.add_script("types")
    values = {"Batch": "{}", "Count": 3, "Items": ["a"], "Map": {"k": 1}, "Nothing": None}
    shell.add_parameters(values)
    shell.invoke()
    assert sorted(shell.output) == [
        "Batch: str",
        "Count: int",
        "Items: ArrayList",
        "Map: Hashtable",
        "Nothing: NoneType",
    ]


def test_a_securestring_arrives_under_the_session_key(pool, run_in):
    pool.exchange_keys()
    secret = pool.serialize("s3cret 渡辺", ObjectMeta("SS"))
    assert run_in(pool, "secrets", secret).output == ["SecureString s3cret 渡辺"]


def test_a_list_of_securestrings_arrives(pool, run_in):
    pool.exchange_keys()
    meta = ListMeta(list_value_meta=ObjectMeta("SS"), list_types=["System.Security.SecureString[]", "System.Array"])
    secrets = pool.serialize(["one", "two", ""], meta)
    assert run_in(pool, "secrets", secrets).output == ["SecureString one", "SecureString two", "SecureString "]


def test_a_batch_of_900_kilobytes_arrives_whole(pool, run_in):
    batch = json.dumps({"count": 9000, "items": [{"id": str(n), "name": "x" * 80} for n in range(9000)]})
    assert len(batch) > 900_000
    assert run_in(pool, "echo", batch).output == [batch]


def test_five_megabytes_of_output_arrive_whole(pool, run_in):
    assert run_in(pool, "big 5000000").output == ["x" * 5_000_000]


def test_many_lines_arrive_in_order(pool, run_in):
    assert run_in(pool, "lines 2000").output == [f"line {n}" for n in range(2000)]


def test_input_sent_to_a_pipeline_arrives_in_order(pool):
    shell = PowerShell(pool)
    shell.add_script("echo")
    shell.invoke(input=["a", 2, "c"])
    assert shell.output == ["a", 2, "c"]


def test_null_is_a_message_without_data(pool, run_in):
    assert run_in(pool, "null").output == [""]


def test_a_custom_object_keeps_its_properties(pool, run_in):
    (found,) = run_in(pool, "object").output
    assert found.extended_properties == {"Name": "O'Brien", "Count": 3, "When": "0001-01-01T00:00:00Z", "No": None}
    assert found.types == ["System.Management.Automation.PSCustomObject", "System.Object"]


def test_records_go_to_their_streams(pool, run_in):
    streams = run_in(pool, "talk").streams
    assert [str(record) for record in streams.verbose] == ["v"]
    assert [str(record) for record in streams.warning] == ["w"]
    assert [str(record) for record in streams.debug] == ["d"]
    assert [record.message_data for record in streams.information] == ["i"]
    assert [record.user for record in streams.information] == ["LAB\\admin"]
    assert [(record.activity, record.percent_complete) for record in streams.progress] == [("a", 50)]


def test_an_error_record_that_does_not_terminate_lets_the_script_go_on(pool, run_in):
    shell = run_in(pool, "error")
    assert shell.output == ["after"]
    assert not shell.had_errors
    assert shell.state == PSInvocationState.COMPLETED


def test_an_error_record_says_what_a_client_classifies_by(pool, run_in):
    exception_types.declare()
    (record,) = run_in(pool, "error").streams.error
    kind = "Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException"
    assert str(record) == "Cannot find nobody"
    assert record.fq_error == f"ActiveDirectoryCmdlet:{kind},Microsoft.ActiveDirectory.Management.Commands.GetADUser"
    assert (record.category, record.activity, record.reason) == (13, "Get-ADUser", "ADIdentityNotFoundException")
    assert (record.target_name, record.target_type, record.target_object) == ("nobody", "String", "nobody")
    assert record.exception.types[:2] == [kind, "Microsoft.ActiveDirectory.Management.ADIdentityResolutionException"]
    assert record.exception.adapted_properties["Message"] == "Cannot find nobody"
    inner = record.exception.adapted_properties["InnerException"]
    assert inner.types == ["System.Exception", "System.Object"]
    assert inner.adapted_properties["Message"] == "the inner reason"


def test_a_terminating_error_fails_the_pipeline_and_is_no_error_record(pool, run_in):
    shell = run_in(pool, "throw")
    assert shell.output == ["before"]
    assert shell.had_errors
    assert shell.state == PSInvocationState.FAILED
    assert [str(record) for record in shell.streams.error] == ["Cannot find nobody"]


def test_a_mistake_of_the_lab_reaches_the_client_by_name(pool, run_in):
    (record,) = run_in(pool, "crash here").streams.error
    assert record.fq_error == "LabError"
    assert "ZeroDivisionError: crash here" in str(record)


def test_a_record_that_cannot_be_written_does_not_hang_the_client(pool, run_in):
    (record,) = run_in(pool, "unwritable").streams.error
    assert record.fq_error == "LabError"


def test_what_the_lab_lacks_is_refused_by_name(pool, run_in):
    (record,) = run_in(pool, "refuse Export-Csv").streams.error
    assert record.fq_error == "LabUnsupported"
    assert str(record) == "LabUnsupported: refuse Export-Csv is not part of the lab"


def test_a_runspace_that_cannot_be_opened_fails_the_pipeline(http, connect, run_in, small_runspace, monkeypatch):
    def down(*_):
        raise LabError("dc1's Samba does not answer")

    monkeypatch.setattr(small_runspace, "__init__", down)
    with connect(http) as wsman, RunspacePool(wsman) as pool:
        (record,) = run_in(pool, "lines 1").streams.error
    assert (record.fq_error, str(record)) == ("LabError", "dc1's Samba does not answer")


def test_exit_is_told_to_the_host_and_the_pipeline_completes(pool, run_in):
    shell = run_in(pool, "exit")
    assert shell.state == PSInvocationState.COMPLETED
    assert not shell.had_errors


def test_several_statements_run_one_after_the_other(pool):
    shell = PowerShell(pool)
    shell.add_script("lines 1").add_statement().add_script("lines 2")
    shell.invoke()
    assert shell.output == ["line 0", "line 0", "line 1"]


def test_stop_ends_a_pipeline_at_once(pool):
    shell = PowerShell(pool)
    shell.add_script("sleep 60")
    shell.begin_invoke()
    began = time.monotonic()
    while not shell.output:
        shell.poll_invoke(timeout=1)
    shell.stop()
    assert time.monotonic() - began < 40
    assert shell.state == PSInvocationState.STOPPED


@pytest.mark.parametrize("code", [SignalCode.PS_CTRL_C, "powershell/signal/crtl_c"])
def test_a_stopped_pipeline_is_heard_to_its_end(pool, code):
    shell = PowerShell(pool)
    shell.add_script("sleep 60")
    shell.begin_invoke()
    while not shell.output:
        shell.poll_invoke(timeout=1)
    pool.shell.signal(code, str(shell.id).upper())
    shell.end_invoke()
    assert shell.output == ["begun", "finally"]
    assert shell.state == PSInvocationState.STOPPED
    assert [record.fq_error for record in shell.streams.error] == ["PipelineStopped"]


def test_a_pool_is_used_again_after_a_stop(pool, run_in):
    shell = PowerShell(pool)
    shell.add_script("sleep 60")
    shell.begin_invoke()
    shell.stop()
    assert run_in(pool, "pipelines").output in ([1], [2])  # it may have been stopped before it began


def test_a_runspace_lives_as_long_as_its_pool(http, connect, run_in, small_runspace):
    with connect(http) as wsman, RunspacePool(wsman) as pool:
        assert [run_in(pool, "pipelines").output for _ in range(3)] == [[1], [2], [3]]
        assert small_runspace.open == 1
    assert small_runspace.open == 0


def test_pipelines_of_one_pool_run_side_by_side_up_to_its_runspaces(http, connect, small_runspace):
    with connect(http) as wsman, RunspacePool(wsman, max_runspaces=3) as pool:
        shells = [PowerShell(pool) for _ in range(3)]
        for shell in shells:
            shell.add_script("sleep 1")
            shell.begin_invoke()
        for shell in shells:
            shell.end_invoke()
        assert small_runspace.open == 3


def test_a_pipeline_waits_for_a_runspace(http, connect, small_runspace):
    with connect(http) as wsman, RunspacePool(wsman, max_runspaces=1) as pool:
        shells = [PowerShell(pool) for _ in range(2)]
        for shell in shells:
            shell.add_script("sleep 0.2")
            shell.begin_invoke()
        for shell in shells:
            shell.end_invoke()
        assert small_runspace.open == 1


def test_three_clients_work_in_parallel(http, connect, run_in):
    outputs: dict[int, list[str]] = {}

    def work(number):
        with connect(http) as wsman, RunspacePool(wsman) as pool:
            outputs[number] = [run_in(pool, "echo", f"{number}-{n}").output[0] for n in range(20)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outputs == {number: [f"{number}-{n}" for n in range(20)] for number in range(3)}


def test_closing_a_pool_stops_what_runs_in_it_and_leaves_no_shell(http, connect, small_runspace):
    wsman = connect(http)
    pool = RunspacePool(wsman)
    pool.open()
    shell = PowerShell(pool)
    shell.add_script("sleep 60")
    shell.begin_invoke()
    assert http.shells == 1
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 40
    assert pool.state == RunspacePoolState.CLOSED
    assert http.shells == 0
    assert small_runspace.open == 0


def test_a_client_that_vanishes_leaves_a_shell_until_the_host_closes(http, connect, small_runspace):
    pool = RunspacePool(connect(http))
    pool.open()
    pool.connection.close()
    assert http.shells == 1
    http.close()
    assert http.shells == 0


def test_a_receive_that_gets_nothing_times_out_and_is_asked_again(http, connect):
    with connect(http, operation_timeout=1) as wsman, RunspacePool(wsman) as pool:
        shell = PowerShell(pool)
        shell.add_script("sleep 2.5")
        assert shell.invoke() == ["begun", "slept"]
    assert http.requests["receive"] >= 5


def test_a_host_is_called_and_answers(http, connect, run_in):
    class TypingInterface(PSHostUserInterface):
        def ReadLine(self, *_):  # noqa: N802  - the name that pypsrp calls
            return "typed"

    host = PSHost(None, None, False, "test", None, TypingInterface(), "1.0")
    with connect(http) as wsman, RunspacePool(wsman, host=host) as pool:
        assert run_in(pool, "ask").output == ["typed"]


def test_without_a_host_nothing_is_asked(pool, run_in):
    assert run_in(pool, "ask").output == [""]


def test_a_pipeline_takes_four_requests_and_is_counted(http, connect, run_in):
    with connect(http) as wsman, RunspacePool(wsman) as pool:
        before = http.requests
        run_in(pool, "lines 1")
        after = http.requests
    assert after["command"] - before["command"] == 1
    assert after["http"] - before["http"] <= 4


def test_an_unknown_shell_is_a_fault(http, connect):
    wsman = connect(http)
    pool = RunspacePool(wsman)
    pool.open()
    pool.close()
    pool.state = RunspacePoolState.OPENED
    shell = PowerShell(pool)
    shell.add_script("lines 1")
    with pytest.raises(WSManFaultError) as fault:
        shell.invoke()
    assert fault.value.code == 2150858843
    wsman.close()
