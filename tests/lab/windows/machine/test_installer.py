import time

import pytest

from jcad.lab.windows.machine import programs
from jcad.lab.windows.machine.host import Session
from jcad.lab.windows.machine.packages import make_installer

SETUP = "C:\\setup.exe"


def arguments(key="", account="LAB\\jcsync", password="Sync-1"):
    words = ["/msiexec", "/log C:\\i.log"]
    words += [f"LAB_CONNECT_KEY={key}"] if key else []
    words += [f"LAB_SERVICE_ACCOUNT={account} LAB_SERVICE_PASSWORD={password}"] if account else []
    return " ".join(words)


def in_task(user, password, line, execute=SETUP):
    return f"""
        $action = New-ScheduledTaskAction -Execute '{execute}' -Argument '{line}'
        Register-ScheduledTask -TaskName once -Action $action -User 'LAB\\{user}' -Password '{password}' | Out-Null
        Start-ScheduledTask -TaskName once
        while ((Get-ScheduledTaskInfo -TaskName once).LastTaskResult -eq 267009) {{ Start-Sleep -Milliseconds 10 }}
        (Get-ScheduledTaskInfo -TaskName once).LastTaskResult
        Unregister-ScheduledTask -TaskName once -Confirm:$false
    """


@pytest.fixture
def setup(machine):
    machine.files.write(SETUP, make_installer("sync", "2.30.0"))


@pytest.fixture
def installed(setup, run, town):
    """A sync agent that runs, installed by ada."""
    out, errors = run(in_task("ada", "Ada-1", arguments(town.connect_key())))
    assert (out, errors) == ([0], [])


def agents_of(town):
    return [one for one in town.tenant.state.agents[town.instance].values() if one["hostname"] == "SRV1"]


def wait_until(true, seconds=20.0):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    assert true()


def state_of(run):
    return [str(one) for one in run("[string](Get-Service JCADSyncAgent_DC).Status")[0]]


def test_an_agent_installed_by_a_task_runs_and_is_heard_of(installed, run, town):
    assert state_of(run) == ["Running"]
    wait_until(lambda: [one["state"] for one in agents_of(town)] == ["active"])
    assert run(r"(Get-ItemProperty HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*).DisplayVersion")[0] == [
        "2.30.0"
    ]


def test_a_bare_session_cannot_encrypt_and_its_key_stays_unused(setup, run, town):
    key = town.connect_key()
    out, _ = run(f"(Start-Process {SETUP} -ArgumentList '{arguments(key)}' -Wait -PassThru).ExitCode")
    assert out == [1603]
    assert key in town.tenant.state.connect_keys


def test_a_connect_key_works_once(installed, run, town, machine):
    key = town.connect_key()
    line = arguments(key)
    assert run(in_task("ada", "Ada-1", line))[0] == [0]
    assert run(in_task("ada", "Ada-1", line))[0] == [1603]
    assert "refused the connect key" in machine.files.read("C:\\i.log").decode("utf-16")


def test_an_expired_connect_key_is_refused(setup, run, town):
    key = town.connect_key()
    town.tenant.expire_connect_keys()
    assert run(in_task("ada", "Ada-1", arguments(key)))[0] == [1603]


@pytest.mark.parametrize(("who", "password", "state"), [("ada", "Ada-1", "Running"), ("bob", "Bob-1", "Stopped")])
def test_an_upgrade_runs_only_for_the_administrator_who_installed(installed, run, machine, who, password, state):
    machine.files.write(SETUP, make_installer("sync", "2.31.0"))
    assert run(in_task(who, password, arguments(account="")))[0] == [0]
    assert state_of(run) == [state]


def test_a_changed_password_is_counted_at_each_try_and_stops_the_next_start(installed, run, town):
    town.passwords["LAB\\jcsync"] = "Sync-2"
    wait_until(lambda: town.wrong >= 2)
    _, errors = run("Restart-Service JCADSyncAgent_DC")
    assert errors == ["CouldNotStartService,Microsoft.PowerShell.Commands.RestartServiceCommand"]


def test_a_wrong_password_of_the_task_is_refused_and_counted(setup, run, town):
    _, errors = run(
        f"Register-ScheduledTask -TaskName t -Action (New-ScheduledTaskAction -Execute {SETUP}) -User 'LAB\\ada' -Password no"
    )
    assert errors[0].startswith("HRESULT 0x8007052e")
    assert town.wrong == 1


@pytest.mark.parametrize("step", ["files", "key", "after_key", "registry", "service"])
def test_the_installer_fails_on_demand_at_each_step(setup, run, town, step):
    key = town.connect_key()
    town.faults.set(f"installer.{step}", "SRV1")
    assert run(in_task("ada", "Ada-1", arguments(key)))[0] == [1603]
    assert (key in town.tenant.state.connect_keys) == (step in {"files", "key"})


def test_a_fault_of_another_host_does_not_happen_here(setup, run, town):
    town.faults.set("installer.files", "SRV9")
    assert run(in_task("ada", "Ada-1", arguments(town.connect_key())))[0] == [0]
    assert town.faults.pending() == ("installer.files",)


def test_a_configuration_that_is_not_json_keeps_the_service_down(installed, run, machine):
    agent = machine.agents["sync"]
    machine.files.write(agent.facts.config, b"{not json")
    _, errors = run("Restart-Service JCADSyncAgent_DC")
    assert len(errors) == 1
    assert b"is not JSON" in machine.files.read(agent.facts.log)


def test_server_core_and_a_full_disk_and_a_closed_443_refuse(setup, run, town, machine):
    line = arguments(town.connect_key())
    assert run(in_task("ada", "Ada-1", line.replace("/msiexec ", "")))[0] == [1602]
    machine.settings.outbound = False
    assert run(in_task("ada", "Ada-1", line))[0] == [1603]
    machine.settings.outbound = True
    machine.files.set_free(2**20)
    assert run(in_task("ada", "Ada-1", line))[0] == [1603]


def test_an_uninstall_leaves_logs_and_jumpclouds_record(installed, run, machine, town):
    code = machine.registry.children(r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall")[0].name
    out, errors = run(f"msiexec /x '{code}' /qn; $LASTEXITCODE; @(Get-Service JCADSync*).Count")
    assert (out, errors) == ([0, 0], [])
    assert machine.files.find(machine.agents["sync"].facts.log) is not None
    assert len(agents_of(town)) == 1


def test_an_import_agent_on_a_controller_waits_for_the_reboot(run, machine, town):
    machine.controller = True
    machine.files.write(SETUP, make_installer("import", "3.1.0"))
    assert run(in_task("ada", "Ada-1", arguments(town.connect_key("IMPORT"))))[0] == [3010]
    assert machine.reboot_pending
    assert machine.services.find("JCADImportAgent").state == "Stopped"
    machine.restart()
    assert not machine.reboot_pending
    assert machine.services.find("JCADImportAgent").state == "Running"


def test_what_a_session_started_ends_with_it(setup, machine, town):
    town.faults.set("installer.hang", "SRV1")
    session = Session(machine, town.find("ada"), key_store=True)
    session.ended.set()
    assert programs.run(session, SETUP, arguments(town.connect_key())).code == 1602


def test_a_host_may_go_down_in_the_middle_of_an_installation(setup, run, town, machine):
    town.faults.set("windows.reboot", "SRV1")
    out, _ = run(in_task("ada", "Ada-1", arguments(town.connect_key())))
    assert out[0] != 0
    wait_until(lambda: machine.boots == 2)
    assert machine.services.find("JCADSyncAgent_DC") is None


def test_an_agent_can_end_by_itself_and_can_fall_silent(installed, run, town, machine):
    town.tenant.silent_after = 0.1
    town.faults.set("agent.silent", "SRV1", times=None)
    wait_until(lambda: town.tenant.primary(town.instance, "SYNC") != agents_of(town)[0]["id"])
    assert state_of(run) == ["Running"]
    town.faults.clear()
    town.faults.set("agent.crash", "SRV1")
    wait_until(lambda: machine.services.find("JCADSyncAgent_DC").state == "Stopped")
    assert run("(Get-WinEvent -FilterHashtable @{LogName = 'System'; Id = 7034}).Id") == ([7034], [])
