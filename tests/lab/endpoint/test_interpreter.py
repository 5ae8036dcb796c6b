"""Scripts over the whole wire: unmodified pypsrp at one end, the lab's PowerShell at the other."""

from __future__ import annotations

import json
import threading
import time

import pytest
from pypsrp.client import Client
from pypsrp.complex_objects import ListMeta, ObjectMeta, PSInvocationState
from pypsrp.powershell import PowerShell, RunspacePool

from jcad.lab.endpoint import EndpointServer
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.powershell.engine import Engine


@pytest.fixture
def host(accounts, faults):
    """An endpoint whose runspaces are the interpreter's."""
    closed: list[str] = []

    def open_engine(login):
        return Engine(edition="Desktop"), lambda: closed.append(login.account)

    server = EndpointServer(
        "127.0.0.1",
        0,
        name="dc1.lab.jcad.test",
        certificate=None,
        authentication=("negotiate",),
        accounts=accounts,
        runspaces=runspaces(open_engine),
        faults=faults,
    )
    with server:
        server.closed_engines = closed
        yield server


def test_an_endpoint_of_seven_says_so_and_speaks_so(accounts, faults, connect):
    """The server's own table, what a script sees, how it reads JSON: all of them are 7's."""
    server = EndpointServer(
        "127.0.0.1",
        0,
        name="dc1.lab.jcad.test",
        certificate=None,
        authentication=("negotiate",),
        accounts=accounts,
        runspaces=runspaces(lambda _login: (Engine(edition="Core"), lambda: None)),
        faults=faults,
        desktop=False,
    )
    with server, connect(server) as wsman, RunspacePool(wsman) as pool:
        table = pool.application_private_data.data["PSVersionTable"]
        assert (table["PSEdition"], str(table["PSVersion"]).partition(".")[0]) == ("Core", "7")
        shell = invoke(pool, "$PSVersionTable.PSEdition; (ConvertFrom-Json '[1]').GetType().Name")
        assert [str(error) for error in shell.streams.error] == []
        assert shell.output == ["Core", "Int64"]


@pytest.fixture
def pool(host, connect):
    with connect(host) as wsman, RunspacePool(wsman) as opened:
        yield opened


def invoke(pool, script, **parameters):
    shell = PowerShell(pool)
    shell.add_script(script)
    if parameters:
        shell.add_parameters(parameters)
    shell.invoke()
    return shell


def secret(pool, text):
    pool.exchange_keys()
    return pool.serialize(text, ObjectMeta("SS"))


PROCESS = """
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Batch,
    [string] $Server = 'dc1',
    [switch] $Force
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$document = ConvertFrom-Json -InputObject $Batch
foreach ($item in $document.items) {
    $result = [ordered]@{ id = $item.id; status = 'changed'; server = $Server; force = [bool] $Force }
    ConvertTo-Json -InputObject $result -Compress -Depth 4
}
"""


def test_a_script_with_a_param_block_gets_its_parameters(pool):
    batch = json.dumps({"count": 2, "items": [{"id": "a"}, {"id": "O'Brien 渡辺"}]})
    shell = invoke(pool, PROCESS, Batch=batch, Force=True)
    assert [json.loads(line) for line in shell.output] == [
        {"id": "a", "status": "changed", "server": "dc1", "force": True},
        {"id": "O'Brien 渡辺", "status": "changed", "server": "dc1", "force": True},
    ]
    assert not shell.streams.error


def test_a_parameter_that_is_null_is_bound_as_null(pool):
    assert invoke(pool, "param($Name = 'default') \"<$Name>\"", Name=None).output == ["<>"]


def test_a_switch_given_by_its_name_alone_is_on(pool):
    assert invoke(pool, "param([switch] $Force) [bool] $Force", Force=None).output == [True]


def test_a_batch_of_900_kilobytes_is_read(pool):
    items = [{"id": str(number), "name": "x" * 430} for number in range(2000)]
    batch = json.dumps({"count": len(items), "items": items})
    assert len(batch) > 900_000
    script = 'param([string] $Batch) $d = ConvertFrom-Json -InputObject $Batch; "$($d.items.Count) $($d.count)"'
    assert invoke(pool, script, Batch=batch).output == ["2000 2000"]


def test_a_securestring_parameter_keeps_its_text(pool):
    script = """
    param([securestring] $Password)
    [System.Net.NetworkCredential]::new('', $Password).Password
    """
    assert invoke(pool, script, Password=secret(pool, "pä$$'w0rd")).output == ["pä$$'w0rd"]


def test_an_array_of_securestrings_is_matched_by_index(pool):
    script = """
    param([securestring[]] $Secrets)
    for ($i = 0; $i -lt $Secrets.Count; $i++) { [System.Net.NetworkCredential]::new('', $Secrets[$i]).Password }
    """
    pool.exchange_keys()
    meta = ListMeta(list_value_meta=ObjectMeta("SS"))
    assert invoke(pool, script, Secrets=pool.serialize(["one", "two"], meta)).output == ["one", "two"]


def test_five_megabytes_of_output_arrive(pool):
    assert invoke(pool, "'x' * 5000000").output == ["x" * 5_000_000]


def test_records_go_to_their_streams(pool):
    script = """
    Write-Verbose 'v' -Verbose; Write-Warning 'w'; Write-Debug 'd' -Debug; Write-Information 'i'; Write-Host 'h'
    """
    streams = invoke(pool, script).streams
    assert [str(record) for record in streams.verbose] == ["v"]
    assert [str(record) for record in streams.warning] == ["w"]
    assert [str(record) for record in streams.debug] == ["d"]
    assert [str(record.message_data) for record in streams.information] == ["i", "h"]
    assert streams.information[1].tags == ["PSHOST"]


def test_an_error_that_ends_its_statement_alone_lets_the_script_go_on(pool):
    shell = invoke(pool, "'a'; 1/0; 'b'")
    assert shell.output == ["a", "b"]
    assert shell.state == PSInvocationState.COMPLETED
    (record,) = shell.streams.error
    assert record.fq_error == "RuntimeException"
    assert record.exception.types[0] == "System.Management.Automation.RuntimeException"
    assert record.exception.adapted_properties["InnerException"].types[0] == "System.DivideByZeroException"


def test_write_error_is_a_record_and_no_end(pool):
    script = "Write-Error -Message 'boom' -ErrorId 'My.Id' -Category ObjectNotFound -TargetObject 'tgt'; 'after'"
    shell = invoke(pool, script)
    assert shell.output == ["after"]
    (record,) = shell.streams.error
    assert (record.fq_error, record.category, record.target_object) == ("My.Id", 13, "tgt")
    assert record.exception.types[0] == "Microsoft.PowerShell.Commands.WriteErrorException"
    assert record.message == "ObjectNotFound: (tgt:String) [Write-Error], WriteErrorException"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("'before'; throw 'bad'; 'after'", "bad"),
        ("$ErrorActionPreference = 'Stop'; 'before'; Write-Error 'halt' -ErrorId 'H'; 'after'", "H"),
        ("'before'; Get-Variable nosuchvariable -ErrorAction Stop; 'after'", None),
        ("$ErrorActionPreference = 'Stop'; 'before'; Get-NoSuchThing; 'after'", "CommandNotFoundException"),
    ],
)
def test_what_ends_a_script_fails_the_pipeline(pool, script, error):
    shell = invoke(pool, script)
    assert shell.output == ["before"]
    assert shell.state == PSInvocationState.FAILED
    (record,) = shell.streams.error
    if error is not None:
        assert record.fq_error == error


def test_a_text_that_is_no_script_fails_before_it_runs(pool):
    shell = invoke(pool, "'before'; 1 +")
    assert shell.output == []
    assert shell.state == PSInvocationState.FAILED
    (record,) = shell.streams.error
    assert "ParseException" in record.exception.types[0]


def test_a_command_that_is_not_there_fails_a_pipeline_of_commands(pool):
    shell = PowerShell(pool)
    shell.add_cmdlet("Get-NoSuchThing")
    shell.invoke()
    assert shell.state == PSInvocationState.FAILED
    assert [record.fq_error for record in shell.streams.error] == ["CommandNotFoundException"]


def test_what_the_lab_lacks_is_refused_by_name(pool):
    shell = invoke(pool, "Export-Csv -Path x")
    assert [record.fq_error for record in shell.streams.error] == ["LabUnsupported"]


def test_stop_ends_a_sleeping_script_and_runs_its_finally_block(pool):
    shell = PowerShell(pool)
    shell.add_script("try { 'begun'; Start-Sleep 60 } finally { 'finally' }")
    shell.begin_invoke()
    while not shell.output:
        shell.poll_invoke(timeout=1)
    began = time.monotonic()
    pool.shell.signal("powershell/signal/ctrl_c", str(shell.id).upper())
    shell.end_invoke()
    assert time.monotonic() - began < 40
    assert shell.output == ["begun", "finally"]
    assert shell.state == PSInvocationState.STOPPED


def test_stop_ends_an_endless_loop(pool):
    shell = PowerShell(pool)
    shell.add_script("'begun'; while ($true) { $x = 1 }")
    shell.begin_invoke()
    while not shell.output:
        shell.poll_invoke(timeout=1)
    shell.stop()
    assert invoke(pool, "'again'").output == ["again"]


def test_variables_live_as_long_as_the_runspace(pool):
    invoke(pool, "$x = 5")
    assert invoke(pool, "$x + 1").output == [6]


def test_three_pools_in_parallel_do_not_see_each_other(host, connect):
    outputs = {}

    def work(number):
        with connect(host) as wsman, RunspacePool(wsman) as pool:
            invoke(pool, f"$mine = {number}")
            outputs[number] = [invoke(pool, "$mine; Start-Sleep -Milliseconds 5").output[0] for _ in range(10)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outputs == {number: [number] * 10 for number in range(3)}


def test_engines_are_closed_with_their_pools(host, connect, run):
    run(host, "1")
    assert host.closed_engines == ["admin"]


def test_input_reaches_the_script(pool):
    shell = PowerShell(pool)
    shell.add_script("process { \"p $_\" } end { 'end' }")
    shell.invoke(input=[1, "two"])
    assert shell.output == ["p 1", "p two", "end"]


def test_errors_merged_into_the_output_keep_their_shape(pool):
    (record,) = invoke(pool, "Write-Error 'e' 2>&1").output
    assert str(record) == "e"
    assert record.fq_error == "Microsoft.PowerShell.Commands.WriteErrorException"


def test_exit_ends_the_script_and_not_the_session(pool):
    shell = invoke(pool, "'a'; exit 3; 'b'")
    assert shell.output == ["a"]
    assert shell.state == PSInvocationState.COMPLETED
    assert invoke(pool, "'still here'").output == ["still here"]


def test_execute_ps_of_pypsrps_client_runs_its_two_cmdlets_or_is_refused_by_name(host):
    with Client("127.0.0.1", port=host.port, username="admin", password="Lab-Passw0rd!", ssl=False) as client:
        output, streams, had_errors = client.execute_ps("'one'; 'two'")
    if "out-string" in Engine().cmdlets:
        assert (output.split(), had_errors, streams.error) == (["one", "two"], False, [])
    else:
        assert [str(record) for record in streams.error] == [
            "LabUnsupported: Out-String is not part of the lab (line 1, column 1)"
        ]
