"""The COM object of the task scheduler, how files are shared and replaced, and services that are started by their objects."""

from __future__ import annotations

import time

import pytest

from jcad.errors import LabUnsupported

TASK = """
    $scheduler = New-Object -ComObject Schedule.Service
    $null = $scheduler.Connect()
    $folder = $scheduler.GetFolder('\\')
    $definition = $scheduler.NewTask(0)
    $definition.Settings.Priority = 5
    $action = $definition.Actions.Create(0)
    $action.Path = 'powershell.exe'
    $action.Arguments = '-Command "exit 7"'
"""
REGISTER = "$null = $folder.RegisterTaskDefinition('one', $definition, 2, 'LAB\\ada', '{0}', 1, $null)\n"


def test_a_task_made_by_the_com_object_runs_and_tells_its_exit_code(run, machine):
    out, errors = run(
        TASK
        + REGISTER.format("Ada-1")
        + """
        $folder.GetTask('one').LastTaskResult
        $null = $folder.GetTask('one').Run($null)
        while ($folder.GetTask('one').State -eq 4) { Start-Sleep -Milliseconds 10 }
        $folder.GetTask('one').LastTaskResult
        @($folder.GetTasks(1)).Count
        $null = $folder.DeleteTask('one', 0)
        @($folder.GetTasks(1)).Count
    """
    )
    assert (out, errors) == ([0x41303, 7, 1, 0], [])
    assert machine.tasks.all() == []


def test_a_wrong_password_is_counted_once_and_told_as_hresult(run, town, machine):
    out, _ = run(
        TASK + "try { " + REGISTER.format("wrong") + "} catch { $_.Exception.GetBaseException().HResult }",
    )
    assert out == [0x8007052E - (1 << 32)]
    assert (town.wrong, machine.tasks.all()) == (1, [])


@pytest.mark.parametrize(
    "line",
    [
        "New-Object -ComObject Shell.Application",
        "$scheduler.GetFolder('\\Microsoft')",
        "$definition.Actions.Create(5)",
        "$folder.RegisterTaskDefinition('one', $definition, 6, 'LAB\\ada', 'Ada-1', 3, $null)",
    ],
)
def test_what_the_lab_does_not_know_of_it_is_refused_by_name(run, line):
    with pytest.raises(LabUnsupported):
        run(TASK + line)


def test_a_file_is_shared_as_its_holder_says(run, machine):
    machine.files.write("C:\\held.txt", b"one")
    out, _ = run("""
        $held = [IO.File]::Open('C:\\held.txt', 'Open', 'Read', 'Read')
        $reader = [IO.File]::Open('C:\\held.txt', 'Open', 'Read', 'ReadWrite'); $reader.Dispose()
        foreach ($attempt in { [IO.File]::WriteAllText('C:\\held.txt', 'two') }, { [IO.File]::Delete('C:\\held.txt') },
            { [IO.File]::Move('C:\\held.txt', 'C:\\away.txt') }, { [IO.File]::Open('C:\\held.txt', 'Open', 'Write', 'Read') },
            { [IO.File]::Open('C:\\held.txt', 'Open', 'Read', 'None') }) {
            try { $null = & $attempt; 'done' } catch { $_.Exception.GetBaseException().HResult -eq 0x80070020 }
        }
        $held.Dispose()
        [IO.File]::WriteAllText('C:\\held.txt', 'two')
    """)
    assert out == [True] * 5
    assert machine.files.read("C:\\held.txt") == b"two"


def test_what_a_session_held_is_free_at_its_end(run, machine):
    machine.files.write("C:\\held.txt", b"one")
    run("$held = [IO.File]::Open('C:\\held.txt', 'Open', 'Read', 'Read')")
    for handle in machine.files.get("C:\\held.txt").handles:
        handle.ended = lambda: True  # the engine of this test has no wire whose end would tell
    machine.files.remove("C:\\held.txt")


def test_a_file_is_replaced_with_its_permissions_and_a_backup(run, machine):
    machine.files.write("C:\\a.json", b"old").sddl = "O:BAD:(A;;FA;;;BA)"
    machine.files.write("C:\\b.tmp", b"new")
    _, errors = run("[IO.File]::Replace('C:\\b.tmp', 'C:\\a.json', 'C:\\a.bak')")
    assert not errors
    held = {path: machine.files.get(path) for path in ("C:\\a.json", "C:\\a.bak")}
    assert [bytes(node.content) for node in held.values()] == [b"new", b"old"]
    assert {node.sddl for node in held.values()} == {"O:BAD:(A;;FA;;;BA)"}
    assert machine.files.find("C:\\b.tmp") is None


def test_a_service_tells_windows_error_and_is_waited_for(run, machine, town):
    machine.services.find("W32Time").start_mode = "Disabled"
    out, errors = run("""
        $service = Get-Service W32Time
        $service.Stop()
        $service.WaitForStatus('Stopped', [timespan]::FromSeconds(1))
        try { $service.Start() } catch { $_.Exception.GetBaseException().NativeErrorCode }
        try { $service.WaitForStatus('Running', [timespan]::FromSeconds(0.1)) } catch { $_.FullyQualifiedErrorId }
    """)
    assert (out, errors) == ([1058, "TimeoutException"], [])


def test_shutdown_restarts_once(run, machine):
    out, _ = run("""
        $arguments = '/r', '/t', '0', '/d', 'p:4:2'
        (Start-Process shutdown.exe -ArgumentList $arguments -Wait -PassThru).ExitCode
        (Start-Process shutdown.exe -ArgumentList $arguments -Wait -PassThru).ExitCode
    """)
    assert out == [0, 1190]
    until = time.monotonic() + 10
    while machine.boots == 1 and time.monotonic() < until:
        time.sleep(0.02)
    assert machine.boots == 2
