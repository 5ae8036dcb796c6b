"""The runspace: what lives on between pipelines, streams as they happen, stopping, hosts, and cmdlets given to it."""

from __future__ import annotations

import threading
import time

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.engine import Command, Engine, Stopped, StopToken
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.values import Hashtable, SecureString, array_from


@cmdlet(
    "Get-Thing",
    {
        "Name": parameter("System.String", "mandatory, position 0, pipeline, property", "N"),
        "Server": parameter("System.String"),
        "Deep": parameter("System.Management.Automation.SwitchParameter"),
        "Old": parameter("System.String"),
    },
    should_process=True,
    class_name="Lab.GetThing",
    unsupported="Old",
)
class GetThing(Cmdlet):
    """A cmdlet as other rooms write them."""

    def process(self):
        name = self.bound["Name"]
        if name == "missing":
            self.context.write_error(ErrorRecord(NetException("System.Exception", "gone"), "NoThing", "ObjectNotFound"))
            return
        if name == "fatal":
            raise self.context.terminate(
                ErrorRecord(NetException("System.TimeoutException", "late"), "TooLate", "OperationTimeout")
            )
        if self.context.should_process(name, "get"):
            self.context.write(f"{name}{' deep' if self.on('Deep') else ''} of {self.bound.get('Server', 'nobody')}")


def run(script, *, engine=None, **parameters):
    sink = Recorder()
    outcome = (engine or Engine([GetThing])).run_script(script, sink, parameters)
    return sink, outcome


def output(script, **parameters):
    return run(script, **parameters)[0].values


def test_variables_and_functions_live_on_between_pipelines():
    engine = Engine()
    run("$kept = 5; function Get-Kept { $kept }", engine=engine)
    assert run("Get-Kept", engine=engine)[0].values == [5]


def test_a_script_of_its_own_scope_leaves_nothing_behind():
    engine, sink = Engine(), Recorder()
    engine.run([[Command("$lost = 1", use_local_scope=True)], [Command("$null -eq $lost")]], sink)
    assert sink.values == [True]


def test_secrets_arrive_as_secure_strings():
    secrets = array_from([SecureString("a"), SecureString("bc")], net.SECURE_STRING)
    sink, _ = run("param([securestring[]]$Secret) $Secret.Count; $Secret[1].Length", Secret=secrets)
    assert sink.values == [2, 2]


def test_a_pipeline_of_commands_takes_input_and_parameters():
    engine, sink = Engine([GetThing]), Recorder()
    commands = [Command("Get-Thing", False, (("Server", "dc1"), ("Deep", None)))]
    engine.run([commands], sink, piped=iter(["a", "b"]))
    assert sink.values == ["a deep of dc1", "b deep of dc1"]


def test_merged_streams_go_into_the_output():
    engine, sink = Engine([GetThing]), Recorder()
    engine.run([[Command("Get-Thing missing; 'x'", merged=frozenset({"error"}))]], sink)
    assert [type(value).__name__ for value in sink.values] == ["ErrorRecord", "str"]
    assert sink.errors == []


def test_records_come_as_they_happen():
    seen = []

    class Sink(Recorder):
        def output(self, value):
            seen.append(value)
            if value == "first":
                assert not done

    done = []
    Engine(variables={"x": 1}).run_script("'first'; 'second'", Sink())
    done.append(True)
    assert seen == ["first", "second"]


def test_a_non_terminating_error_bears_the_cmdlets_class():
    sink, outcome = run("Get-Thing missing; 'on'")
    assert [error.fqid for error in sink.errors] == ["NoThing,Lab.GetThing"]
    assert sink.values == ["on"]
    assert outcome.had_errors
    assert outcome.terminated is None


def test_a_terminating_error_of_a_cmdlet_ends_its_statement():
    sink, outcome = run("Get-Thing fatal; 'on'")
    assert [error.fqid for error in sink.errors] == ["TooLate,Lab.GetThing"]
    assert (sink.values, outcome.terminated) == (["on"], None)


def test_an_error_action_of_stop_ends_the_script():
    sink, outcome = run("Get-Thing missing -ErrorAction Stop; 'not reached'")
    assert sink.values == []
    assert outcome.terminated.fqid == "NoThing,Lab.GetThing"


def test_what_if_reaches_the_cmdlet_and_changes_nothing():
    assert output("Get-Thing a -WhatIf; $WhatIfPreference = $true; Get-Thing b") == []


def test_a_confirmation_that_nobody_can_give_is_an_error():
    sink, _ = run("Get-Thing a -Confirm")
    assert [error.error_id for error in sink.errors] == ["HostFunctionNotImplemented"]


def test_an_unsupported_parameter_is_refused_by_name():
    with pytest.raises(LabUnsupported, match="Get-Thing -Old"):
        run("Get-Thing a -Old x")


@pytest.mark.parametrize(
    "script", ["Get-EventLog", "New-Object -ComObject X", "1 > file.txt", "$using:x", "foreach -parallel ($x in 1) {}"]
)
def test_what_the_lab_does_not_know_is_refused_by_name_and_no_script_catches_it(script):
    with pytest.raises(LabUnsupported) as caught:
        run(f"try {{ {script} }} catch {{ 'caught' }}")
    assert any(word in script for word in caught.value.what.split())


def test_an_unknown_command_is_an_error_of_the_script():
    sink, _ = run("try { Get-NoSuchThing } catch { $_.FullyQualifiedErrorId }")
    assert sink.values == ["CommandNotFoundException"]


def test_exit_tells_its_code():
    sink, outcome = run("'a'; exit 3; 'b'")
    assert (sink.values, outcome.exit_code) == (["a"], 3)


def test_a_pipeline_is_stopped_from_another_thread():
    engine, token, begun = Engine(), StopToken(), threading.Event()

    class Sink(Recorder):
        def output(self, _value):
            begun.set()

    stopped = []

    def work():
        try:
            engine.run_script("while ($true) { 1 }", Sink(), stop=token)
        except Stopped:
            stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(10)
    token.stop()
    thread.join(10)
    assert stopped == [True]
    assert run("'again'", engine=engine)[0].values == ["again"]


def test_a_sleep_ends_when_the_pipeline_is_stopped():
    engine, token = Engine(), StopToken()
    threading.Timer(0.2, token.stop).start()
    begin = time.monotonic()
    with pytest.raises(Stopped):
        engine.run_script("Start-Sleep -Seconds 30", Recorder(), stop=token)
    assert time.monotonic() - begin < 10


def test_finally_does_not_run_once_stopped_but_a_new_pipeline_does():
    engine, token = Engine(), StopToken()
    token.stop()
    with pytest.raises(Stopped):
        engine.run_script("try { Get-Variable } finally { $ran = 1 }", Recorder(), stop=token)
    assert run("$null -eq $ran", engine=engine)[0].values == [True]


def test_runspaces_in_several_threads_do_not_touch_each_other():
    results = {}

    def work(number):
        results[number] = output('param($n) $OFS = $n; foreach ($i in 1..200) { $x = "$(1, 2)" }; $x', n=str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [f"1{number}2"] for number in range(4)}


class ClientHost:
    """A client's host that types what it is asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.calls = []
        self.defaults = {}

    def call(self, method, *arguments):
        self.calls.append((method, arguments))
        return self.answers.get(method)


def test_read_host_asks_the_clients_host():
    sink, host = Recorder(), ClientHost(ReadLine="typed", Prompt=Hashtable([("name", "Ada")]))
    Engine().run([[Command("Read-Host; Read-Host 'name'")]], sink, host=host)
    assert sink.values == ["typed", "Ada"]
    assert [method for method, _ in host.calls] == ["ReadLine", "Prompt"]


def test_a_mandatory_parameter_is_asked_for_at_the_clients_host():
    sink, host = Recorder(), ClientHost(Prompt=Hashtable([("Must", "given")]))
    Engine().run([[Command("function f { param([Parameter(Mandatory)][string] $Must) $Must }; f")]], sink, host=host)
    assert sink.values == ["given"]


def test_endless_recursion_is_an_error_of_the_script():
    sink, _ = run("function F { F }; try { F } catch { $_.FullyQualifiedErrorId }; 'on'")
    assert sink.values == ["CallDepthOverflow", "on"]


def test_the_position_of_an_error_is_told():
    sink, _ = run("\n\n  1/0")
    assert sink.errors[0].invocation.line_number == 3
    assert sink.errors[0].invocation.line == "  1/0"
