"""A script that one runspace has run is ready for the next: compiled once, and holding nothing of any of them."""

from __future__ import annotations

import threading

import pytest
from recordings import recorded, verdict

from jcad.lab.powershell.answers import Recorder, answer
from jcad.lab.powershell.editions import CORE, DESKTOP
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.evaluate import blocks

AREAS = sorted({record["area"] for record in recorded()})


def output(engine, script):
    """What a script puts out in this runspace: its output, or the id of the error that ended it."""
    recorder = Recorder()
    outcome = engine.run_script(script, recorder)
    return outcome.terminated.error_id if outcome.terminated is not None else recorder.values


@pytest.fixture
def compilations(mocker):
    """How often a block of statements was compiled: its spy."""
    return mocker.spy(blocks, "block")


def test_a_script_is_compiled_for_the_first_runspace_alone(compilations):
    script = "function f { 'compiled once' }; f"
    assert [output(Engine(), script) for _ in range(3)] == [["compiled once"]] * 3
    assert compilations.call_count == 2  # the script, and the function


def test_each_edition_has_its_own(compilations):
    script = "'another edition may know another syntax'"
    for edition in (CORE, DESKTOP, CORE, DESKTOP):
        output(Engine(edition=edition), script)
    assert compilations.call_count == 2


@pytest.mark.parametrize("area", AREAS)
def test_the_second_runspace_is_answered_as_the_first(area):
    """Every recorded script, run again by a runspace that finds it compiled."""
    odd = {}
    for record in recorded():
        if record["area"] == area:
            first = verdict(record["answer"], answer(record["script"]))
            second = verdict(record["answer"], answer(record["script"]))
            if first != second:
                odd[record["id"]] = (first, second)
    assert odd == {}


@pytest.mark.parametrize(
    "script",
    [
        "[int][Shade]::Light",
        "function f([Shade] $s) { [int]$s }; f Light",
        "function f([Shade[]] $s) { [int]$s[0] }; f Light",
        "& { param([Shade] $s) [int]$s } 'Light'",
        "$s = [Shade]'Light'; [int]$s",
    ],
)
def test_a_type_of_one_runspace_is_not_that_of_the_next(script):
    """The name means another type in each of them, and none in the last."""
    for value in (3, 5, 3):
        engine = Engine()
        output(engine, f"enum Shade {{ Light = {value} }}")
        assert output(engine, script) == [value]
    without = output(Engine(), script)
    assert without != [3]
    assert without != [5]


def test_a_type_declared_later_hides_the_one_that_a_script_has_met():
    script = "[Version].Name"
    assert output(Engine(), script) == ["Version"]
    engine = Engine()
    output(engine, "enum Version { One }")
    assert output(engine, "[Version]::One -as [int]") == [0]
    assert output(engine, "([Version]).BaseType.Name") == ["Enum"]
    assert output(Engine(), "([Version]).BaseType.Name") == ["Object"]


def test_what_a_script_keeps_is_not_there_for_the_next_runspace():
    script = '$kept += 1; $list = @(1, 2); $list[0] += $kept; $table = @{ n = $list }; $table.n += 3; "$($table.n)"'
    assert [output(Engine(), script) for _ in range(3)] == [["2 2 3"]] * 3


def test_many_runspaces_run_one_script_at_a_time():
    """Each of them binds its own values at the call sites that they share."""
    script = (
        "param($me) function f([Parameter(ValueFromPipeline)] $x, $y) { process { $x * 1000 + $y } }; "
        "foreach ($n in 1..200) { $n | f -y $me; f $n $me; (1, 2 | Where-Object { $_ -gt 1 } | ForEach-Object { $_ + $me }) }"
    )
    found: dict[int, list[object]] = {}

    def run(me):
        recorder = Recorder()
        Engine().run_script(script, recorder, {"me": me})
        found[me] = recorder.values

    threads = [threading.Thread(target=run, args=(me,)) for me in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for me in range(6):
        assert found[me] == [value for n in range(1, 201) for value in (n * 1000 + me, n * 1000 + me, 2 + me)]
