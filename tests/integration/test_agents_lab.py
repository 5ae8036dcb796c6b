"""Scripts over the real wire install an agent, rotate its password, reboot its host: the lab that agents are tried on."""

from __future__ import annotations

import time

import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from jcad.lab.lab import Lab
from jcad.lab.seed import LOGINS
from jcad.lab.windows.machine.packages import make_installer

PASSWORDS = {login.account: login.password for login in LOGINS}
INSTALL = """
    param($Arguments, $Password)
    $action = New-ScheduledTaskAction -Execute C:\\setup.exe -Argument $Arguments
    Register-ScheduledTask -TaskName jcad-install -Action $action -User LAB\\Administrator -Password $Password | Out-Null
    Start-ScheduledTask -TaskName jcad-install
    while ((Get-ScheduledTaskInfo -TaskName jcad-install).LastTaskResult -eq 267009) { Start-Sleep -Milliseconds 50 }
    (Get-ScheduledTaskInfo -TaskName jcad-install).LastTaskResult
    Unregister-ScheduledTask -TaskName jcad-install -Confirm:$false
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One domain controller, a member server and a Server Core."""
    with Lab.start(tmp_path_factory.mktemp("agents") / "lab", members=2) as lab:
        yield lab


def run(host, script, **parameters):
    wsman = WSMan(host.address, port=5985, ssl=False, auth="negotiate", encryption="always",
                  username="LAB\\Administrator", password=PASSWORDS["Administrator"])  # fmt: skip
    with wsman, RunspacePool(wsman) as pool:
        shell = PowerShell(pool)
        shell.add_script(script)
        for name, value in parameters.items():
            shell.add_parameter(name, value)
        return [str(each) for each in shell.invoke()]


def install(lab, host, kind="sync"):
    instance = next(iter(lab.tenant.state.instances))
    made = lab.tenant.add_agent(instance, kind.upper())
    host.machine.files.write("C:\\setup.exe", make_installer(kind, "2.30.0"))
    line = (
        f"/msiexec LAB_CONNECT_KEY={made['connectKey']} LAB_SERVICE_ACCOUNT=LAB\\jcsync "
        f"LAB_SERVICE_PASSWORD={PASSWORDS['jcsync']}"
    )
    code = run(host, INSTALL, Arguments=line, Password=PASSWORDS["Administrator"])
    return code, lab.tenant.state.agents[instance][made["id"]]


def wait_until(true, seconds=40.0):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    assert true()


def test_an_agent_lives_through_install_and_reboot_and_dies_of_a_new_password(site):
    host = site.member(2)
    code, agent = install(site, host)
    assert code == ["0"]
    wait_until(lambda: agent["state"] == "active")
    assert run(host, "(Get-ComputerInfo).OsServerLevel") == ["ServerCore"]

    boots = host.machine.boots
    run(host, "Restart-Computer -Force")
    wait_until(lambda: host.machine.boots > boots and host.running)
    assert run(host, "[string](Get-Service JCADSyncAgent_DC).Status") == ["Running"]

    before = site.accounts.wrong_passwords("LAB\\jcsync")
    run(
        site.dc(1),
        "Set-ADAccountPassword jcsync -Reset -NewPassword (ConvertTo-SecureString 'Fresh.Cedar-8812' -AsPlainText -Force)",
    )
    wait_until(lambda: site.accounts.wrong_passwords("LAB\\jcsync") > before)
    run(host, "Stop-Service JCADSyncAgent_DC")
    run(host, "Start-Service JCADSyncAgent_DC -ErrorAction SilentlyContinue")
    status = "[string](Get-Service JCADSyncAgent_DC).Status; Get-Content $args[0] -Tail 1"
    folder = "C:\\Program Files\\JumpCloud\\AD Integration\\JumpCloud AD Sync"
    state, line = run(host, status.replace("$args[0]", f"'{folder}\\JumpCloud_AD_Sync.log'"))
    assert state == "Stopped"
    assert "data 52e" in line
    run(
        site.dc(1),
        f"Set-ADAccountPassword jcsync -Reset -NewPassword (ConvertTo-SecureString '{PASSWORDS['jcsync']}' -AsPlainText -Force)",
    )


def test_two_hosts_have_nothing_in_common(site):
    run(site.member(1), "New-Item HKLM:\\SOFTWARE\\Only -Force | Out-Null; Set-Content C:\\only.txt here")
    assert run(site.member(2), "Test-Path HKLM:\\SOFTWARE\\Only; Test-Path C:\\only.txt") == ["False", "False"]
    assert run(site.dc(1), "(Get-Service NTDS, DNS, DFSR, Netlogon | Where-Object Status -eq Running).Count") == ["4"]
