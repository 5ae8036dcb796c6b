"""What may go wrong with agents on hosts, and what is said and left behind then.

The tests of this file share one lab with two member servers; each leaves both without an agent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from agentsite import agent_site, results, told, wait_until

from jcad.agents import AgentOptions, Verb
from jcad.lab.seed import ADMINISTRATOR, SYNC_ACCOUNT, WRITER, password_of
from jcad.lab.windows.machine.facts import AGENTS
from jcad.lab.windows.machine.packages import make_installer
from jcad.model import AgentKind, Status
from jcad.runs import SecretSource, Workplace
from jcad.runs.agents import AgentChoices, AgentRun
from jcad.settings import load

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
SYNC = frozenset({AgentKind.SYNC})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with agent_site(tmp_path_factory.mktemp("trouble") / "lab", members=2) as site:
        site.edit('\n[[agents.host]]\nname = "srv3.lab.jcad.test"\nsync = true\n', "")
        yield site


@pytest.fixture(autouse=True)
def clean(site):
    yield
    site.lab.faults.clear()
    site.lab.agents.install_seconds = 0.0
    for host in ("srv1", "srv2"):
        if site.state(host) is not None or site.version(host):
            site.agent("uninstall", "sync", "--host", host, "--yes", "--allow", "agents-down=1")
        assert site.state(host) is None


def install(site, *hosts):
    return site.agent("install", "sync", *(part for host in hosts for part in ("--host", host)), "--yes", "--json")


def workplace(site):
    settings = load(site.settings).settings
    return Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))


def test_a_secret_on_a_command_line_is_refused_unless_that_was_accepted(site):
    site.edit("secrets_on_command_line = true", "secrets_on_command_line = false")
    answer = install(site, "srv1")
    site.edit("secrets_on_command_line = false", "secrets_on_command_line = true")
    assert answer.code == 3
    assert "{connect_key} and {password}" in told(answer)
    assert "4688" in told(answer)


def test_a_host_may_fetch_the_installer_itself(site):
    """From a web address, and from a share, which a network logon reaches only with the administrator's credential."""
    content = make_installer("sync", "2.30.0")
    site.lab.network.publish("https://files.example/agents/sync-2.30.0.exe", content)
    site.lab.network.share(r"\\nas\agents", {"sync-2.30.0.exe": content}, readers=[f"LAB\\{ADMINISTRATOR}"])
    local = f"{site.folder}/sync-2.30.0.exe"
    for host, source in (
        ("srv1", "https://files.example/agents/sync-2.30.0.exe"),
        ("srv2", r"\\\\nas\\agents\\sync-2.30.0.exe"),
    ):
        site.edit(local, source)
        answer = install(site, host)
        site.edit(source, local)
        assert answer.code == 0, answer.err + answer.out
        assert site.state(host) == "Running"


def test_a_rehearsal_looks_at_the_hosts_and_changes_nothing(site):
    answer = site.agent("install", "sync", "--what-if", "--yes")
    assert answer.code == 0, answer.err
    assert "Nothing was changed" in answer.out
    assert site.state("srv1") is None
    assert site.usable_keys() == []
    assert site.agent("install", "--resume").code == 0  # there is nothing to go on with


def test_a_key_that_has_expired_is_told_by_what_the_installer_says(site):
    site.lab.agents.install_seconds = 1.0
    answers = []
    thread = threading.Thread(target=lambda: answers.append(install(site, "srv1")))
    thread.start()
    wait_until(site.usable_keys, 20)
    site.lab.tenant.expire_connect_keys()
    thread.join()
    (ended,) = results(answers[0]).values()
    assert answers[0].code == 4
    assert "connect key has expired" in ended["error"]["message"]
    assert "its log says" in ended["error"]["message"]
    assert site.usable_keys() == []


def test_a_host_that_restarts_on_its_own_gets_its_agent_by_a_second_try(site):
    site.lab.faults.set("windows.reboot", "SRV1")
    answer = install(site, "srv1")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert ended["done"].count("key") == 2
    assert "the connection broke; waiting for the host" in answer.err
    assert [one["state"] for one in site.records().values()] == ["active"]


def test_a_log_that_a_restart_kept_from_being_searched_does_not_stay(site):
    """Windows Installer's log holds the password: nobody takes it out when the host goes down in the middle."""
    site.lab.faults.set("windows.reboot", "SRV1", times=None)
    answer = install(site, "srv1")
    assert answer.code == 4
    machine, secret = site.host("srv1").machine, password_of(SYNC_ACCOUNT)
    left = [bytes(node.content or b"") for node in machine.files.children("C:\\ProgramData\\jcad", below=True)]
    assert not [one for one in left if secret.encode() in one or secret.encode("utf-16-le") in one]


def test_a_host_that_does_not_meet_what_the_agent_needs_is_left_alone(site):
    machine = site.host("srv1").machine
    windows, free = machine.settings.windows, machine.files.free
    machine.settings.windows = replace(windows, caption="Microsoft Windows Server 2008 R2", build=7601)
    site.host("srv2").machine.files.set_free(1_000_000)
    answer = site.agent("install", "sync", "--yes")
    machine.settings.windows = windows
    site.host("srv2").machine.files.set_free(free)
    assert answer.code == 0
    assert "older than Windows Server 2012" in told(answer)
    assert "an agent needs 15 MB" in told(answer)
    assert site.state("srv1") is None


def test_a_service_without_a_heartbeat_is_not_taken_for_an_agent_at_work(site):
    site.edit("heartbeat_timeout = 10", "heartbeat_timeout = 2")
    site.lab.faults.set("agent.silent", "SRV1", times=None)
    answer = install(site, "srv1")
    (ended,) = results(answer).values()
    assert answer.code == 4
    assert ended["done"][-1] == "service"
    assert "JumpCloud has not heard of the agent within 2 s" in ended["error"]["message"]
    assert site.state("srv1") == "Running"
    site.host("srv1").machine.agents["sync"].log("ERROR", "something of yesterday")
    answer = site.agent("restart", "sync", "--host", "srv1", "--allow", "agents-down=1", "--yes", "--json")
    site.edit("heartbeat_timeout = 2", "heartbeat_timeout = 10")
    (ended,) = results(answer).values()
    assert answer.code == 4
    assert re.search(r"error in its log \(it was there before\): .*something of yesterday", ended["error"]["message"])


def test_an_agent_that_somebody_else_installed_is_not_upgraded_but_reinstalled(site):
    assert install(site, "srv1").code == 0
    site.want("sync", "2.31.0")
    site.edit(f"\\\\{ADMINISTRATOR}", f"\\\\{WRITER}")
    site.edit(f"/{ADMINISTRATOR}", f"/{WRITER}")
    answer = site.agent("upgrade", "sync", "--host", "srv1", "--yes")
    assert f"LAB\\{ADMINISTRATOR} installed it" in told(answer)
    assert site.version("srv1") == "2.30.0"
    answer = site.agent("upgrade", "sync", "--host", "srv1", "--reinstall-instead", "--yes", "--json",
                        "--allow", "agents-down=1")  # fmt: skip
    assert answer.code == 0, answer.err
    assert site.status()["srv1", "sync"]["installed_by"] == f"LAB\\{WRITER}"
    assert (site.version("srv1"), site.state("srv1")) == ("2.31.0", "Running")
    site.edit(f"\\\\{WRITER}", f"\\\\{ADMINISTRATOR}")
    site.edit(f"/{WRITER}", f"/{ADMINISTRATOR}")


def test_a_host_that_has_changed_since_the_plan_is_a_conflict(site):
    assert install(site, "srv1").code == 0
    choices = AgentChoices(options=AgentOptions(verb=Verb.RESTART, kinds=SYNC, hosts=("srv1",)))
    with AgentRun.begin(workplace(site), choices) as run:
        plan = run.plan()
        machine = site.host("srv1").machine
        machine.services.stop(machine.services.find("JCADSyncAgent_DC"), forced=True)
        report = run.apply(plan)
    (result,) = report.results
    assert result.outcome.status is Status.CONFLICT
    assert "service is 'Stopped', not 'Running'" in result.outcome.reason
    assert site.state("srv1") == "Stopped"


def test_a_window_that_closes_stops_the_work_between_hosts(site):
    """The host that was begun is finished; the next is left to the next window."""
    assert install(site, "srv1", "srv2").code == 0
    times = [datetime(2026, 11, 24, 23, 0, tzinfo=UTC)]
    steps = []

    def tell(host, _kind, step):
        steps.append((host, step))
        if step == "heartbeat":
            times[0] = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)

    choices = AgentChoices(
        options=AgentOptions(verb=Verb.RESTART, kinds=SYNC), window="22:00-04:00", tell=tell
    )  # fmt: skip
    with AgentRun.begin(workplace(site), choices) as run:
        run.now = lambda: times[0]
        report = run.apply(run.plan())
        assert len(report.results) == 1
        assert report.results[0].succeeded
        assert len(report.remaining) == 1
    answer = site.agent("restart", "--resume", "--json", "--window", "00:00-24:00")
    assert answer.code == 0, answer.err
    assert len(results(answer)) == 2


@pytest.mark.parametrize("at", ["verified", "key", "uninstalled", "installed", "service"])
def test_a_reinstallation_that_is_interrupted_anywhere_is_gone_on_with(site, at):
    """In the end there is one agent at work, one record of it, and no key that anybody could use."""
    assert install(site, "srv1").code == 0
    before = {one["id"] for one in site.records().values()}

    def tell(_host, _kind, step):
        if step == at:  # Ctrl-C, which the main thread gets
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)

    options = AgentOptions(verb=Verb.REINSTALL, kinds=SYNC, hosts=("srv1",))
    choices = AgentChoices(options=options, allowances={"agents-down": 1}, tell=tell)
    with AgentRun.begin(workplace(site), choices) as run, pytest.raises(KeyboardInterrupt):
        run.apply(run.plan())
    answer = site.agent("reinstall", "--resume", "--json")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert (ended["status"], ended["verdict"]) == ("changed", "as planned")
    assert site.state("srv1") == "Running"
    records = [one for one in site.lab.tenant.state.agents[site.instance].values() if one["hostname"] != "DC1"]
    assert [one["state"] for one in records] == ["active"]
    assert records[0]["id"] not in before
    assert site.usable_keys() == []


def test_whoever_watches_is_told_of_what_changes_until_he_stops(site):
    assert install(site, "srv1").code == 0
    with watching(site, "status", "sync", "--host", "srv1", "--watch", "--every", "1") as said:
        said.until("sync agent on SRV1: Running")
        machine = site.host("srv1").machine
        machine.services.stop(machine.services.find("JCADSyncAgent_DC"), forced=True)
        said.until("sync agent on SRV1: Stopped")
    assert said.code == 130


def test_logs_are_followed_as_they_are_written(site):
    assert install(site, "srv1").code == 0
    with watching(site, "logs", "sync", "--host", "srv1", "-f", "-n", "1") as said:
        said.until("Connected to Active Directory")
        line = b"2026-11-24T12:00:00.000+00:00 [ERROR] something new, password=Hidden-1234\r\n"
        site.host("srv1").machine.files.write(AGENTS["sync"].log, line, at=None)
        text = said.until("something new")
    assert "Hidden-1234" not in text


def test_a_watched_table_is_drawn_anew_on_a_terminal(site):
    assert install(site, "srv1").code == 0
    inside, outside = os.openpty()
    command = [sys.executable, "-c", "from jcad.cli import main; main()", "--config", str(site.settings), "agent"]
    child = subprocess.Popen(
        [*command, "status", "--host", "srv1", "--watch", "--every", "1"],
        stdout=outside, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm", "COLUMNS": "150"},
    )  # fmt: skip
    os.close(outside)
    drawn = b""
    try:
        until = time.monotonic() + 30
        while drawn.count(b"Ctrl-C ends") < 2 and time.monotonic() < until:
            drawn += os.read(inside, 65536)
    finally:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the other end is closed
            while os.read(inside, 65536):
                pass
        code = child.wait(20)
        os.close(inside)
    assert code == 130
    assert drawn.count(b"SRV1") >= 2
    assert b"Running" in drawn


def test_what_support_asks_for_is_brought_here_without_secrets(site, tmp_path):
    assert install(site, "srv1").code == 0
    answer = site.agent("collect", "--host", "srv1", "--to", str(tmp_path / "case"), "--json")
    assert answer.code == 0, answer.err
    (bundle,) = answer.document["bundles"]
    path = tmp_path / "case" / Path(bundle["path"]).name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == bundle["sha256"]
    with zipfile.ZipFile(path) as found:
        texts = {name: found.read(name) for name in found.namelist()}
    assert any("JumpCloud_AD_Sync.log" in name for name in texts)
    assert not any(password_of(SYNC_ACCOUNT).encode() in text for text in texts.values())
    left = [node.path for node in site.host("srv1").machine.files.children("C:\\ProgramData\\jcad")]
    assert not [name for name in left if name.endswith(".zip")]


class watching:  # noqa: N801  - reads like the function that it is
    """jcad in a process of its own, which goes on until it is interrupted as by Ctrl-C."""

    def __init__(self, site, *arguments):
        command = [sys.executable, "-c", "from jcad.cli import main; main()", "--config", str(site.settings), "agent"]
        self.child = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.code = [], None
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.child.stdout.readline, "")))

    def __enter__(self):
        self.reader.start()
        return self

    def until(self, text):
        """Wait until something was said; all that was said."""
        until = time.monotonic() + 30
        while text not in "".join(self.lines) and time.monotonic() < until and self.child.poll() is None:
            time.sleep(0.05)
        said = "".join(self.lines)
        assert text in said, (said, self.child.poll(), self.child.poll() is not None and self.child.stderr.read())
        return said

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGINT)
        self.err = self.child.stderr.read()
        self.code = self.child.wait(20)
        self.reader.join()
        self.child.stdout.close()
        self.child.stderr.close()
