"""Agents on three member servers at once, over the real wire: installed, upgraded, reinstalled, removed; and what fails.

The tests of this file share one lab and go in order.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from agentsite import agent_site, results, told, wait_until

from jcad.lab.domain.database import modify
from jcad.lab.seed import ADMINISTRATOR, SYNC_ACCOUNT, WRITER, password_of
from jcad.lab.windows.machine.facts import AGENTS
from jcad.lab.windows.machine.services import Service

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with agent_site(tmp_path_factory.mktemp("agents") / "lab") as site:
        yield site


@pytest.fixture(autouse=True)
def no_faults(site):
    yield
    site.lab.faults.clear()
    site.lab.agents.install_seconds = 0.0


def steps(answer, host):
    """The steps that were told of a host, in order."""
    return re.findall(rf"{host}\.lab\.jcad\.test: [a-z]+ agent: (.*)", answer.err)


def test_a_plan_says_what_would_be_done_and_does_nothing(site):
    answer = site.agent("install", "sync", "--dry-run", "--json")
    assert answer.code == 2, answer.err
    assert answer.kinds() == {"install agent": 3}
    assert site.records() == {}
    assert password_of(SYNC_ACCOUNT) not in answer.out + answer.err


def test_three_hosts_are_installed_side_by_side(site):
    """Fresh installations take nothing down: three of two seconds each are over in less than four."""
    site.lab.agents.install_seconds = 2.0
    answer = site.agent("install", "sync", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert {one["status"] for one in results(answer).values()} == {"changed"}
    assert {one["verdict"] for one in results(answer).values()} == {"as planned"}
    running = [line for line in answer.err.splitlines() if "the installer runs" in line or ": installed" in line]
    assert all("the installer runs" in line for line in running[:3])  # each had begun before any was done
    assert steps(answer, "srv3")[-1] == "heartbeat"
    assert {record["state"] for record in site.records().values()} == {"active"}
    assert site.usable_keys() == []


def test_nothing_of_an_installation_is_left_on_a_host_but_its_log_without_secrets(site):
    """The task, the installer and every secret are gone."""
    machine = site.host("srv1").machine
    left = machine.files.read("C:\\ProgramData\\jcad\\sync-2.30.0.log").decode("utf-16")
    assert "LAB_SERVICE_PASSWORD" in left
    assert password_of(SYNC_ACCOUNT) not in left
    assert machine.files.find("C:\\ProgramData\\jcad\\sync-2.30.0.exe") is None
    assert machine.tasks.all() == []


def test_what_was_installed_is_known_and_nothing_is_done_twice(site):
    agent = site.status()["srv2", "sync"]
    assert (agent["service"], agent["version"], agent["account"]) == ("Running", "2.30.0", f"LAB\\{SYNC_ACCOUNT}")
    assert agent["installed_by"] == f"LAB\\{ADMINISTRATOR}"
    assert agent["jumpcloud"]["state"] == "active"
    assert site.agent("install", "sync", "--yes").code == 0
    assert "Nothing to do." in site.agent("install", "sync").out


def test_secrets_are_in_no_output_and_not_in_the_store(site):
    answer = site.agent("restart", "sync", "--host", "srv1", "--yes")
    assert answer.code == 0, answer.err
    kept = (site.lab.folder / "state.db").read_bytes()
    for secret in (password_of(SYNC_ACCOUNT), password_of(ADMINISTRATOR)):
        assert secret.encode() not in kept
        assert secret not in answer.out + answer.err


def test_an_upgrade_goes_one_by_one_with_the_primary_last(site):
    primary = site.lab.tenant.primary(site.instance, "SYNC")
    last = next(name for name, record in site.records().items() if record["id"] == primary).lower()
    site.want("sync", "2.31.0")
    answer = site.agent("upgrade", "sync", "--yes")
    assert answer.code == 0, answer.err
    order = re.findall(r"(srv\d)\.lab\.jcad\.test: upgrade agent: (\S+)", answer.err)
    assert [host for host, step in order if step == "heartbeat"][-1] == last
    hosts = [host for host, _ in order]
    assert hosts == sorted(hosts, key=hosts.index)  # one host is done before the next begins
    assert {site.version(host) for host in ("srv1", "srv2", "srv3")} == {"2.31.0"}
    assert site.lab.tenant.primary(site.instance, "SYNC")


def test_a_host_that_fails_stops_the_roll_out(site):
    """The primary and whatever else comes later keep what they have, and run on."""
    site.want("sync", "2.32.0")
    order = [one["scope"] for one in site.agent("upgrade", "sync", "--dry-run", "--json").document["actions"]]
    first, second, third = (host.partition(".")[0] for host in order)
    site.lab.faults.set("installer.files", second.upper())
    answer = site.agent("upgrade", "sync", "--yes", "--json")
    assert answer.code == 4
    ended = {one["scope"].partition(".")[0]: one for one in results(answer).values()}
    assert [ended[host]["status"] for host in (first, second, third)] == ["changed", "failed", "skipped"]
    assert "exit code 1603" in str(ended[second]["error"]) or "1603" in ended[second]["error"]["message"]
    assert (site.version(first), site.version(third), site.state(third)) == ("2.32.0", "2.31.0", "Running")
    assert site.agent("upgrade", "sync", "--yes").code == 0
    assert {site.version(host) for host in ("srv1", "srv2", "srv3")} == {"2.32.0"}


def test_a_service_that_does_not_start_shows_the_last_error_of_its_log(site):
    site.lab.faults.set("installer.start", "SRV1", times=None)
    answer = site.agent("reinstall", "sync", "--host", "srv1", "--yes", "--json")
    assert answer.code == 4
    (ended,) = results(answer).values()
    assert ended["done"][-1] == "installed"
    assert "The lab was told that this service does not start" in ended["error"]["message"]
    site.lab.faults.clear()
    assert site.agent("restart", "sync", "--host", "srv1", "--yes").code == 0


def test_an_agent_whose_account_got_a_new_password_is_told_of_and_not_restarted(site):
    """Somebody set it by hand: every agent that was installed before has the old one."""
    assert "old-password" not in told(site.agent("status", "--json"))
    again = f'"{password_of(SYNC_ACCOUNT)}"'.encode("utf-16-le")
    site.change(modify(site.dn(SYNC_ACCOUNT), ("replace", "unicodePwd", [again])))
    assert "old-password" in told(site.agent("status", "--json"))
    answer = site.agent("restart", "sync", "--host", "srv2", "--yes")
    assert "jcad agent reinstall sync --host srv2.lab.jcad.test" in answer.out
    assert site.state("srv2") == "Running"
    assert site.agent("reinstall", "sync", "--yes").code == 0
    assert "old-password" not in told(site.agent("status", "--json"))


def test_an_installation_that_fails_after_its_key_was_used_gets_a_new_one(site):
    site.lab.faults.set("installer.after_key", "SRV3")
    answer = site.agent("reinstall", "sync", "--host", "srv3", "--yes", "--json")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert ended["done"].count("key") == 2
    assert site.usable_keys() == []
    ours = [one for one in site.lab.tenant.state.agents[site.instance].values() if one["hostname"] in {"SRV3", ""}]
    assert [one["state"] for one in ours] == ["active"]  # neither the old record, nor that of the key that was wasted


def test_an_installation_that_fails_before_its_key_is_used_takes_the_key_back(site):
    site.lab.faults.set("installer.key", "SRV3", times=None)
    answer = site.agent("reinstall", "sync", "--host", "srv3", "--yes", "--json")
    assert answer.code == 4
    (ended,) = results(answer).values()
    assert ended["done"].count("key") == 1
    assert site.usable_keys() == []
    site.lab.faults.clear()
    assert site.agent("install", "sync", "--host", "srv3", "--yes").code == 0
    assert site.state("srv3") == "Running"


def test_an_installer_that_is_not_signed_as_expected_is_not_run(site):
    """Neither is a key asked for, nor the agent that is there removed."""
    before = site.records()["SRV1"]["id"]
    site.want("sync", "2.33.0", signer=None)
    answer = site.agent("reinstall", "sync", "--host", "srv1", "--yes", "--json")
    assert answer.code == 4
    (ended,) = results(answer).values()
    assert (ended["done"], ended["error"]["id"]) == (["staged"], "SignatureNotValid")
    assert site.records()["SRV1"]["id"] == before
    assert site.state("srv1") == "Running"


def test_an_installer_that_was_altered_or_is_not_there_stops_the_run_before_it_begins(site):
    site.want("sync", "2.33.0")
    installer = site.folder / "sync-2.33.0.exe"
    installer.write_bytes(installer.read_bytes() + b"!")
    answer = site.agent("upgrade", "sync", "--yes")
    assert answer.code == 1
    assert "has the SHA-256" in told(answer)
    installer.unlink()
    assert site.agent("upgrade", "sync", "--yes").code == 1
    assert site.host("srv1").machine.files.find("C:\\ProgramData\\jcad\\sync-2.33.0.exe") is None
    assert site.version("srv1") == "2.32.0"


def test_a_host_that_does_not_answer_is_told_with_the_way_to_open_it(site):
    site.host("srv2").stop()
    try:
        answer = site.agent("status")
        assert answer.code == 5
        assert "srv2.lab.jcad.test could not be looked at" in told(answer)
        assert "enable-remoting" in answer.out
        assert "SRV1" in answer.out
        document = site.agent("status", "--json").document
        assert [one["host"] for one in document["unreachable"]] == ["srv2.lab.jcad.test"]
    finally:
        site.host("srv2").start()
    wait_until(lambda: site.agent("status").code == 0)


def test_jumpcloud_unreachable_leaves_the_hosts_to_be_seen_and_nothing_to_be_done(site):
    site.lab.faults.set("jumpcloud.status", 503, times=None)
    answer = site.agent("status")
    assert answer.code == 5
    assert "JumpCloud could not be asked" in told(answer)
    assert "Running" in answer.out
    site.want("sync", "2.34.0")
    assert site.agent("upgrade", "sync", "--yes").code == 1
    site.lab.faults.clear()
    assert site.version("srv1") == "2.32.0"


def test_work_begins_only_in_the_window(site):
    answer = site.agent("upgrade", "sync", "--yes", "--window", closed_window())
    assert answer.code == 3
    assert "the maintenance window is" in told(answer)
    assert site.version("srv1") == "2.32.0"


def test_a_plan_that_is_only_shown_says_what_would_stop_it(site):
    site.want("sync", "2.34.0")
    answer = site.agent("upgrade", "sync", "--dry-run", "--json", "--window", closed_window())
    assert answer.code == 2
    assert "the maintenance window is" in answer.document["stopped_by"]["message"]
    assert "would be stopped" in told(answer)
    assert site.agent("upgrade", "sync", "--dry-run", "--json").document["stopped_by"] is None
    for wrong in (("--window", "late"), ("--allow", "agents-up=1")):
        answer = site.agent("upgrade", "sync", "--dry-run", *wrong)
        assert answer.code == 1
        assert wrong[1].partition("=")[0] in answer.err


def closed_window():
    """A window that opened and closed hours ago."""
    import time  # noqa: PLC0415

    hour = time.localtime(time.time() - 5 * 3600).tm_hour
    return f"{hour:02}:00-{hour:02}:30"


def killed_while_srv1_is_installed(site):
    """Begin an installation, and end jcad by SIGKILL while the installer runs."""
    site.agent("uninstall", "sync", "--host", "srv1", "--yes")
    assert site.state("srv1") is None
    site.lab.agents.install_seconds = 3.0
    command = [sys.executable, "-c", "from jcad.cli import main; main()", "--config", str(site.settings)]
    child = subprocess.Popen(
        [*command, "agent", "install", "sync", "--host", "srv1", "--yes"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(site.host("srv1").machine.installing.locked, 20)
    finally:
        child.kill()
        child.wait()


def test_a_run_that_is_killed_in_the_middle_is_gone_on_with(site):
    """The installer ends on its own; the next run finds what it did, and finishes the rest."""
    site.want("sync", "2.34.0")
    killed_while_srv1_is_installed(site)
    answer = site.agent("install", "sync", "--host", "srv1", "--yes")
    assert answer.code == 1
    assert "did not come to its end" in told(answer)
    answer = site.agent("install", "--resume", "--json")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert (ended["status"], ended["verdict"]) == ("changed", "as planned")
    assert (site.version("srv1"), site.state("srv1")) == ("2.34.0", "Running")
    active = [one for one in site.records().values() if one["state"] == "active"]
    assert len(active) == 3
    assert site.host("srv1").machine.files.find("C:\\ProgramData\\jcad\\sync-2.34.0.exe") is None


def test_a_run_that_is_killed_leaves_no_key_behind_once_it_is_gone_on_with(site):
    """Its installer fails with nobody there to take the key back; the next run knows of it, and makes one of its own."""
    killed_while_srv1_is_installed(site)
    site.lab.faults.set("installer.key", "SRV1")
    wait_until(lambda: not site.host("srv1").machine.installing.locked())
    (left,) = site.usable_keys()
    answer = site.agent("install", "--resume", "--json")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert (ended["status"], ended["verdict"]) == ("changed", "as planned")
    assert site.usable_keys() == []
    assert left not in site.lab.tenant.state.connect_keys or site.records()["SRV1"]["state"] == "active"


def test_removing_an_agent_removes_jumpclouds_record_of_it(site):
    answer = site.agent("uninstall", "sync", "--host", "srv2", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert site.state("srv2") is None
    assert "SRV2" not in site.records()
    assert site.host("srv2").machine.files.find(AGENTS["sync"].executable) is None
    assert site.status()["srv2", "sync"]["service"] is None


def test_entra_connect_is_a_conflict_only_beside_m365(site):
    """JumpCloud's pages disagree on whether the two exclude each other; JumpCloud is asked only where a host has it."""

    def conflicts():
        found = site.agent("status", "--host", "srv1", "--json").document["findings"]
        return [one["name"] for one in found if one["rule"] == "entra-and-m365"]

    services = site.host("srv1").machine.services
    services.add(Service("ADSync", "Microsoft Azure AD Sync", state="Running"))
    try:
        assert conflicts() == []
        site.lab.tenant.add_directory("M365", "office_365")
        assert conflicts() == ["SRV1"]
    finally:
        services.remove("ADSync")
    assert conflicts() == []


def test_a_wrong_password_counts_once_however_many_hosts_there_are(site):
    site.edit(ADMINISTRATOR, WRITER)
    before = site.lab.accounts.wrong_passwords(WRITER)
    site.set_secret(WRITER, "Not.The-Password-1")
    try:
        assert site.agent("status").code == 1
        assert site.lab.accounts.wrong_passwords(WRITER) == before + 1
        assert "not tried again" in told(site.agent("status"))
        assert site.lab.accounts.wrong_passwords(WRITER) == before + 1
    finally:
        site.set_secret(WRITER, password_of(WRITER))
    assert site.agent("status").code == 0
