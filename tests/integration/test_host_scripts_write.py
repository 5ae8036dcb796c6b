"""The scripts that change hosts, over the real wire: installers, services, configurations, restarts, and what goes wrong."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from jcad.lab.lab import Lab
from jcad.lab.seed import NETBIOS_DOMAIN, password_of
from jcad.lab.windows.machine.facts import AGENTS, SIGNER
from jcad.lab.windows.machine.files import READING, WRITING, FileFault, Handle
from jcad.lab.windows.machine.packages import Package, altered, make_installer
from jcad.lab.windows.machine.registry import UNINSTALL
from jcad.model.outcome import Status
from jcad.model.secret import Secret
from jcad.powershell.environment import render
from jcad.powershell.hosts import host_call, host_script, read_host_outcome
from jcad.remoting import Endpoint, open_session

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

SETUP = "C:\\Windows\\Temp\\jcad-setup.exe"
LOG = "C:\\Windows\\Temp\\jcad-setup.log"
ADMINISTRATOR, OTHER = "LAB\\Administrator", "LAB\\jcad-writer"
SERVICE = {"sync": "JCADSyncAgent_DC", "import": "JCADImportAgent"}
TEMPLATE = (
    "/msiexec LAB_CONNECT_KEY={connect_key} LAB_SERVICE_ACCOUNT={account} LAB_SERVICE_PASSWORD={password} /log {log}"
)
SYNC_CODE = Package("sync", "2.30.0").product_code


@dataclass
class Host:
    """A host of the lab as an administrator has it before him, and what came over the wire from it."""

    lab: Lab
    host: Any
    session: Any
    heard: list[str] = field(default_factory=list)

    @property
    def machine(self):
        return self.host.machine

    def run(self, name, item, secrets=(), *, what_if=False):
        """Run a script; its outcome and its data."""
        lines = list(self.session.run(host_call(name, item, [Secret(one) for one in secrets], what_if=what_if)))
        self.heard += lines
        assert len(lines) == 1
        outcome, told = read_host_outcome(host_script(name), lines[0])
        assert not self.machine.tasks.all(), "a task was left behind"
        return outcome, told

    def stage(self, content=None, *, path=SETUP, version="2.30.0", kind="sync"):
        """Put an installer there; its SHA-256."""
        content = make_installer(kind, version) if content is None else content
        self.machine.files.write(path, content)
        return hashlib.sha256(content).hexdigest()

    def key(self, kind="sync"):
        return self.lab.tenant.add_agent(self.instance, kind.upper())["connectKey"]

    @property
    def instance(self):
        return next(iter(self.lab.tenant.state.instances))

    def install(self, sha256, *, key=None, password=None, run_as=ADMINISTRATOR, run_as_password=None, kind="sync",
                what_if=False, **changes):  # fmt: skip
        """Run an installer that is staged."""
        item = {
            "installer": SETUP, "sha256": sha256, "signer": SIGNER, "arguments": TEMPLATE,
            "values": {"account": f"LAB\\jc{kind}"}, "secretNames": ["connect_key", "password"], "runAs": run_as,
            "timeout": 60, "log": LOG,
        }  # fmt: skip
        secrets = [
            run_as_password or password_of(run_as.partition("\\")[2]),
            self.key(kind) if key is None else key,
            password or password_of(f"jc{kind}"),
        ]
        return self.run("run-installer", item | changes, secrets, what_if=what_if)

    def uninstall(self, kind="sync", version="2.30.0", *, what_if=False, **changes):
        item = {"service": SERVICE[kind], "productCode": Package(kind, version).product_code, "uninstall": None,
                "runAs": ADMINISTRATOR, "timeout": 10, "log": LOG}  # fmt: skip
        return self.run("uninstall-agent", item | changes, [password_of("Administrator")], what_if=what_if)

    def control(self, action, kind="sync", *, what_if=False, **changes):
        item = {"service": SERVICE[kind], "action": action, "timeout": 10, "log": AGENTS[kind].log}
        return self.run("control-agent", item | changes, what_if=what_if)

    def configure(self, wanted, expected=None, *, kind="import", restart=True, what_if=False):
        item = {
            "service": SERVICE[kind], "path": AGENTS[kind].config, "restart": restart,
            "set": {path: json.dumps(value) for path, value in wanted.items()},
            "expected": {path: None if value is ... else json.dumps(value) for path, value in (expected or {}).items()},
        }  # fmt: skip
        return self.run("set-agent-configuration", item, what_if=what_if)

    def state(self, kind="sync"):
        found = self.machine.services.find(SERVICE[kind])
        return None if found is None else found.state

    def text(self, path):
        content = self.machine.files.read(path)
        return content.decode("utf-16" if content.startswith(b"\xff\xfe") else "utf-8")

    def clean(self):
        """Take the agents away, as if nobody had been here."""
        for kind, service in SERVICE.items():
            self.machine.services.remove(service)
            self.machine.registry.remove(AGENTS[kind].registry)
            if self.machine.files.find(AGENTS[kind].config):
                self.machine.files.remove(AGENTS[kind].config)
        for key in self.machine.registry.children(UNINSTALL):
            self.machine.registry.remove(key.path)
        for path in (SETUP, LOG):
            if self.machine.files.find(path):
                self.machine.files.remove(path)
        self.machine.files.set_free(2**36)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One domain controller, a member server and a Server Core."""
    with Lab.start(tmp_path_factory.mktemp("hosts") / "lab", members=2) as lab:
        yield lab


def opened(lab, host):
    endpoint = Endpoint(
        host=host.name, address=host.address, user=f"{NETBIOS_DOMAIN}\\Administrator", ca_file=str(lab.ca_file)
    )
    return open_session(endpoint, Secret(password_of("Administrator")))


@pytest.fixture(scope="module")
def sessions(site):
    """The warm sessions, by name."""
    made = {"controller": site.dc(1), "member": site.member(1), "core": site.member(2)}
    held = {name: Host(site, host, opened(site, host)) for name, host in made.items()}
    held["member"].control("stop", log=None)  # the interpreter sets Python's recursion limit when it first runs
    yield held
    for each in held.values():
        each.session.close()


def lent(sessions, name):
    host = sessions[name]
    yield host
    host.lab.faults.clear()
    host.clean()


@pytest.fixture
def member(sessions):
    yield from lent(sessions, "member")


@pytest.fixture
def core(sessions):
    yield from lent(sessions, "core")


@pytest.fixture
def controller(sessions):
    yield from lent(sessions, "controller")


@pytest.fixture
def agent(member):
    """A member server with a sync agent that runs."""
    outcome, _ = member.install(member.stage())
    assert outcome.status is Status.CHANGED
    return member


@pytest.fixture
def importer(member):
    """A member server with an import agent that runs, and its configuration."""
    outcome, _ = member.install(member.stage(kind="import"), kind="import")
    assert outcome.status is Status.CHANGED
    return member


def plain(sha256, **changes):
    """What run-installer is given for an installer without secrets."""
    return {
        "installer": SETUP, "sha256": sha256, "signer": SIGNER, "arguments": "/msiexec /log {log}", "values": {},
        "secretNames": [], "runAs": ADMINISTRATOR, "timeout": 60, "log": LOG,
    } | changes  # fmt: skip


def wait_until(true, seconds=40.0):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()


# --- installing ---


def test_a_sync_agent_is_installed_and_heard_of(member):
    sha256 = member.stage()
    outcome, told = member.run("verify-file", {"path": SETUP, "sha256": sha256, "signer": SIGNER})
    assert (outcome.status, told["signature"], told["subject"]) == (Status.UNCHANGED, "Valid", SIGNER)
    outcome, told = member.install(sha256)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("verified", "installed"))
    assert told == {"exitCode": 0, "rebootRequired": False, "lastResult": 0, "log": told["log"]}
    assert "creating the service" in told["log"]
    assert member.state() == "Running"
    agents = member.lab.tenant.state.agents[member.instance].values()
    wait_until(lambda: any(one["hostname"] == member.machine.name and one["state"] == "active" for one in agents))


def test_an_import_agent_on_a_domain_controller_runs_after_its_restart(controller):
    outcome, told = controller.install(controller.stage(kind="import"), kind="import")
    assert (outcome.status, told["exitCode"], told["rebootRequired"]) == (Status.CHANGED, 3010, True)
    assert controller.state("import") == "Stopped"
    outcome, told = controller.control("start", "import")
    assert outcome.status is Status.FAILED
    assert "must be restarted" in told["lastError"]

    boots = controller.machine.boots
    outcome, _ = controller.run("restart-host", {"boot": booted(controller), "delay": 0})
    assert outcome.status is Status.CHANGED
    wait_until(lambda: controller.machine.boots > boots and controller.host.running)
    controller.session.close()
    controller.session = opened(controller.lab, controller.host)
    assert controller.state("import") == "Running"


def test_a_server_core_gets_the_switch_that_its_installer_needs(core):
    outcome, told = core.install(core.stage(), arguments=TEMPLATE.removeprefix("/msiexec "))
    assert (outcome.status, told["exitCode"]) == (Status.CHANGED, 0)
    assert core.state() == "Running"


def test_an_installer_that_asks_in_a_window_has_failed(member):
    outcome, told = member.install(member.stage(), arguments=TEMPLATE.removeprefix("/msiexec "))
    assert (outcome.status, outcome.error.id, outcome.error.code) == (Status.FAILED, "ExitCode", 1602)
    assert told["exitCode"] == 1602
    assert "window" in outcome.error.hint


def test_a_rehearsal_checks_the_file_and_runs_nothing(member):
    key, before = member.key(), len(ran(member))
    outcome, told = member.install(member.stage(), key=key, what_if=True)
    assert (outcome.status, outcome.done, told["exitCode"]) == (Status.SKIPPED, ("verified",), None)
    assert key in member.lab.tenant.state.connect_keys
    assert ran(member, before) == []


def ran(host, since=0):
    """The command lines of the installer that the event log has."""
    return [one.message for one in host.machine.events.read("Security") if one.number == 4688 and SETUP in one.message][
        since:
    ]


FOREIGN = "CN=Somebody Else, O=Somebody Else"
WRONG_FILES = {
    "altered": (altered(make_installer("sync", "2.30.0")), "SignatureNotValid", "HashMismatch"),
    "unsigned": (make_installer("sync", "2.30.0", signer=None), "SignatureNotValid", "NotSigned"),
    "untrusted": (make_installer("sync", "2.30.0", trusted=False), "SignatureNotValid", "NotTrusted"),
    "signed by somebody else": (make_installer("sync", "2.30.0", signer=FOREIGN), "SignerUnexpected", "Valid"),
}


@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_file_that_is_not_the_installer_never_runs(member, kind):
    content, error, signature = WRONG_FILES[kind]
    before, sha256 = len(ran(member)), member.stage(content)
    outcome, told = member.run("verify-file", {"path": SETUP, "sha256": sha256, "signer": SIGNER})
    assert (outcome.status, outcome.error.id, told["signature"]) == (Status.FAILED, error, signature)
    outcome, told = member.install(sha256)
    assert (outcome.status, outcome.error.id, outcome.done) == (Status.FAILED, error, ())
    assert ran(member, before) == []


def test_a_wrong_digest_and_a_missing_file_never_run(member):
    before = len(ran(member))
    member.stage()
    for item, error in (({}, "HashMismatch"), ({"installer": "C:\\nothing.exe"}, "FileMissing")):
        outcome, _ = member.install("0" * 64, **item)
        assert (outcome.status, outcome.error.id) == (Status.FAILED, error)
        assert outcome.error.hint
    assert ran(member, before) == []


def test_the_signer_may_be_named_by_his_thumbprint(member):
    sha256 = member.stage()
    _, told = member.run("verify-file", {"path": SETUP, "sha256": sha256, "signer": "x"})
    spaced = " ".join(told["thumbprint"][at : at + 2].lower() for at in range(0, 40, 2))
    outcome, _ = member.run("verify-file", {"path": SETUP, "sha256": sha256.upper(), "signer": spaced})
    assert outcome.status is Status.UNCHANGED
    outcome, _ = member.run("verify-file", {"path": SETUP, "sha256": sha256, "signer": SIGNER.upper()})
    assert outcome.error.id == "SignerUnexpected"


def test_nobody_swaps_the_installer_while_it_runs(member):
    sha256, swapped = member.stage(), []

    def swap():
        wait_until(member.machine.tasks.all)
        files = member.machine.files
        for attempt in (
            lambda: files.write(SETUP, b"evil"),
            lambda: files.remove(SETUP),
            lambda: files.move(SETUP, "C:\\moved.exe"),
        ):
            try:
                attempt()
            except FileFault as fault:
                swapped.append(fault.trouble.value)

    member.lab.agents.install_seconds = 0.5
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        outcome, _ = member.install(sha256)
    finally:
        member.lab.agents.install_seconds = 0.0
        thread.join()
    assert outcome.status is Status.CHANGED
    assert swapped == ["in use"] * 3
    member.machine.files.remove(SETUP)  # afterwards it is free again


def test_a_full_disk_is_what_the_log_says(member):
    sha256 = member.stage()
    member.machine.files.set_free(100_000)
    outcome, told = member.install(sha256)
    assert (outcome.error.id, told["exitCode"]) == ("ExitCode", 1603)
    assert "Out of disk space" in told["log"]
    assert member.state() is None


@pytest.mark.parametrize("how", ["expired", "used"])
def test_a_key_that_does_not_work_any_more_fails_and_is_not_shown(member, how):
    key = member.key()
    if how == "expired":
        member.lab.tenant.expire_connect_keys()
    else:
        member.lab.tenant.use_connect_key(key, "SYNC", hostname="OTHER", version="1")
    outcome, told = member.install(member.stage(), key=key)
    assert (outcome.error.id, outcome.error.code) == ("ExitCode", 1603)
    assert "refused the connect key" in told["log"]
    assert key not in told["log"] + member.text(LOG)


def test_a_wrong_password_of_the_administrator_is_tried_once(member):
    before = member.lab.accounts.wrong_passwords(OTHER)
    outcome, told = member.install(member.stage(), run_as=OTHER, run_as_password="Wrong.Guess-0000")
    assert (outcome.status, told["lastResult"]) == (Status.FAILED, None)
    assert (outcome.error.id, outcome.error.code) == ("TaskRefused", 0x8007052E)
    assert "not tried again" in outcome.error.hint
    assert member.lab.accounts.wrong_passwords(OTHER) == before + 1


def test_an_installer_that_hangs_is_stopped(member):
    sha256 = member.stage()
    member.lab.faults.set("installer.hang", member.machine.name)
    outcome, told = member.install(sha256, timeout=1)
    assert (outcome.status, outcome.error.id, told["exitCode"]) == (Status.FAILED, "TimedOut", None)
    assert member.state() is None
    outcome, _ = member.install(sha256)
    assert outcome.status is Status.CHANGED


def test_a_log_that_cannot_be_searched_is_not_shown_and_said_to_be_there(member):
    """A verbose log that somebody writes to yet, as the service of Windows Installer may."""
    sha256, node = member.stage(), member.machine.files.write(LOG, b"")
    member.lab.faults.set("installer.files", member.machine.name)
    node.handles.append(Handle(READING | WRITING, lambda: False, WRITING))
    try:
        outcome, told = member.install(sha256)
    finally:
        node.handles.clear()
    assert outcome.error.id == "ExitCode"
    assert told["log"].startswith(f"(The log {LOG} could neither be searched for secrets nor removed")


@pytest.mark.parametrize("fault", ["installer.files", "installer.key", "installer.after_key", "installer.service"])
def test_an_installer_that_fails_says_at_which_step(member, fault):
    member.lab.faults.set(fault, member.machine.name)
    outcome, told = member.install(member.stage())
    assert (outcome.error.id, outcome.error.code, told["exitCode"]) == ("ExitCode", 1603, 1603)
    assert "told to fail at this step" in told["log"]


def test_a_host_that_the_installer_is_not_for_and_one_that_is_busy_say_so(member):
    sha256 = member.stage(make_installer("sync", "2.30.0", minimum_build=99_999))
    outcome, _ = member.install(sha256)
    assert (outcome.error.id, outcome.error.code) == ("ExitCode", 1633)
    assert "64-bit Windows Server" in outcome.error.hint
    sha256 = member.stage()
    with member.machine.installing:
        outcome, _ = member.install(sha256)
    assert (outcome.error.id, outcome.error.code) == ("ExitCode", 1618)
    member.machine.settings.outbound = False
    try:
        outcome, told = member.install(sha256)
    finally:
        member.machine.settings.outbound = True
    assert (outcome.error.code, "cannot be reached" in told["log"]) == (1603, True)


def test_another_administrators_upgrade_ends_well_and_its_service_says_why_it_does_not_start(agent):
    sha256 = agent.stage(version="2.31.0")
    outcome, _ = agent.run("run-installer", plain(sha256, runAs=OTHER), [password_of("jcad-writer")])
    assert outcome.status is Status.CHANGED
    outcome, told = agent.control("start")
    assert (outcome.status, outcome.error.id, outcome.error.code) == (Status.FAILED, "ServiceState", 1067)
    assert "cannot be decrypted" in told["lastError"]
    assert told["state"] == "Stopped"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"arguments": "/msiexec NAME={nothing}"}, "PlaceholderUnknown"),
        ({"arguments": "/msiexec NAME=x{account}y", "values": {"account": "a b"}}, "PlaceholderMisplaced"),
        ({"arguments": "/msiexec NAME={account}", "values": {"account": "%PATH%"}}, "ArgumentNotSafe"),
    ],
)
def test_arguments_that_cannot_be_passed_on_are_refused(member, change, error):
    before = len(ran(member))
    outcome, _ = member.install(member.stage(), **change)
    assert (outcome.status, outcome.error.id) == (Status.FAILED, error)
    assert ran(member, before) == []


def test_a_package_runs_by_windows_installer(member):
    path = "C:\\Windows\\Temp\\the package.msi"
    sha256 = member.stage(path=path)
    arguments = TEMPLATE.replace("/msiexec", "/qn").replace("/log", "/l*v")
    outcome, told = member.install(sha256, installer=path, arguments=arguments)
    assert (outcome.status, told["exitCode"]) == (Status.CHANGED, 0)
    assert member.state() == "Running"


AWKWARD = ['Pass "word" 7', "ends with \\", 'a\\"b', "Umlauts-äöü 9", "tab-less  two"]


@pytest.mark.parametrize("password", AWKWARD)
def test_an_awkward_password_reaches_the_installer_and_stays_in_no_log(member, password):
    outcome, told = member.install(member.stage(), password=password, values={"account": "LAB\\nobody"})
    assert outcome.status is Status.CHANGED
    credential = member.machine.agents["sync"].credential
    assert credential.password == password
    assert password not in told["log"] + member.text(LOG)


def test_a_task_that_a_broken_session_left_is_removed_and_one_that_runs_is_respected(member):
    tasks, sha256 = member.machine.tasks, member.stage()
    left = tasks.register("jcad-0", "\\", SETUP, "/msiexec", ADMINISTRATOR, password_of("Administrator"), "Password")
    outcome, _ = member.install(sha256)
    assert outcome.status is Status.CHANGED
    member.lab.faults.set("installer.hang", member.machine.name)
    left = tasks.register("jcad-1", "\\", SETUP, "/msiexec", ADMINISTRATOR, password_of("Administrator"), "Password")
    tasks.start(left)
    wait_until(lambda: member.lab.faults.taken("installer.hang"))
    try:
        call = host_call("run-installer", plain(sha256), [Secret(password_of("Administrator"))])
        outcome, _ = read_host_outcome(call.script, next(iter(member.session.run(call))))
    finally:
        tasks.stop(left)
        tasks.remove(left)
    assert (outcome.status, outcome.error.id) == (Status.FAILED, "TaskAlreadyRunning")


# --- the service ---


def test_a_service_is_started_stopped_and_restarted_once(agent):
    assert [agent.control(action)[0].status for action in ("start", "stop", "stop", "start", "restart")] == [
        Status.UNCHANGED, Status.CHANGED, Status.UNCHANGED, Status.CHANGED, Status.CHANGED,
    ]  # fmt: skip
    assert agent.state() == "Running"


def test_a_service_that_does_not_start_shows_the_last_error_of_its_log(agent):
    agent.control("stop")
    agent.lab.faults.set("installer.start", agent.machine.name)
    outcome, told = agent.control("start")
    assert (outcome.status, outcome.error.id, outcome.error.code) == (Status.FAILED, "ServiceState", 1053)
    assert "told that this service does not start" in told["lastError"]
    assert told["state"] == "Stopped"


def test_a_slow_service_is_waited_for_until_the_time_is_over(agent):
    agent.control("stop")
    agent.lab.agents.service_start_seconds = 0.6
    try:
        outcome, told = agent.control("start")
        assert (outcome.status, told["state"]) == (Status.CHANGED, "Running")
        agent.control("stop")
        agent.lab.agents.service_start_seconds = 2.0
        outcome, told = agent.control("start", timeout=1)
        assert (outcome.status, outcome.error.id, told["state"]) == (Status.FAILED, "ServiceTimedOut", "StartPending")
    finally:
        agent.lab.agents.service_start_seconds = 0.0
    wait_until(lambda: agent.state() == "Running")


def test_a_service_that_does_not_stop_is_said_to_run(agent):
    agent.lab.faults.set("windows.service", SERVICE["sync"])
    outcome, told = agent.control("stop")
    assert (outcome.error.id, told["state"]) == ("ServiceState", "Running")


def test_a_service_that_is_not_there_is_a_named_failure(member):
    outcome, told = member.control("start", log=None)
    assert (outcome.status, outcome.error.id, told) == (
        Status.FAILED, "ServiceMissing", {"state": None, "lastError": None},
    )  # fmt: skip


# --- the configuration ---

DISSOCIATION = "MainLoop.UserDissociationAction"


def configuration(host, kind="import"):
    return json.loads(host.text(AGENTS[kind].config).removeprefix("\ufeff"))


def test_a_setting_is_changed_and_everything_else_stays(importer):
    path = AGENTS["import"].config
    before = configuration(importer)
    before["Unknown"] = {
        "deep": {"deeper": [{"a": {"b": {"c": [1, 2.5, None, "x<y&'z'"]}}}]},
        "empty": [],
        "one": ["x"],
    }
    importer.machine.files.write(path, b"\xef\xbb\xbf" + json.dumps(before, indent=2).replace("\n", "\r\n").encode())
    importer.machine.files.get(path).sddl = "O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)"
    outcome, told = importer.configure(
        {DISSOCIATION: "unbind", "MainLoop.SyncAdditionalAttributes": False},
        {DISSOCIATION: "remove", "MainLoop.SyncAdditionalAttributes": True, "MainLoop.Absent": ...},
    )
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("stopped", "written", "started"))
    expected = json.loads(json.dumps(before))
    expected["MainLoop"] |= {"UserDissociationAction": "unbind", "SyncAdditionalAttributes": False}
    assert configuration(importer) == expected
    assert list(configuration(importer)["MainLoop"]) == list(before["MainLoop"])
    assert importer.text(path).startswith("\ufeff{\r\n")
    assert json.loads(importer.text(told["backup"]).removeprefix("\ufeff")) == before
    assert {importer.machine.files.get(one).sddl for one in (path, told["backup"])} == {
        "O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)"
    }
    assert told["backup"].startswith(f"{path}.{datetime.now(UTC):%Y}")
    assert importer.state("import") == "Running"

    outcome, told = importer.configure({DISSOCIATION: "unbind"}, {DISSOCIATION: "remove"})
    assert (outcome.status, told["backup"]) == (Status.UNCHANGED, None)


def test_the_spelling_that_is_there_is_the_one_that_is_changed(member):
    member.lab.agents.dissociation_key = "UserDissociateAction"
    try:
        member.install(member.stage(kind="import"), kind="import")
    finally:
        member.lab.agents.dissociation_key = "UserDissociationAction"
    outcome, _ = member.configure({DISSOCIATION: "unbind"}, {DISSOCIATION: "remove"})
    assert outcome.status is Status.CHANGED
    main = configuration(member)["MainLoop"]
    assert main["UserDissociateAction"] == "unbind"
    assert "UserDissociationAction" not in main


def test_a_file_that_differs_from_the_plan_or_lacks_a_setting_is_a_conflict(importer):
    before = importer.text(AGENTS["import"].config)
    for wanted, expected in (
        ({DISSOCIATION: "unbind"}, {DISSOCIATION: "something"}),
        ({DISSOCIATION: "unbind"}, {"MainLoop.UserTakeoverAction": ...}),
        ({"MainLoop.Invented": 1}, {}),
        ({"mainloop.userdissociationaction": "unbind"}, {}),
    ):
        outcome, told = importer.configure(wanted, expected)
        assert (outcome.status, told["backup"]) == (Status.CONFLICT, None)
        assert outcome.reason
    assert importer.text(AGENTS["import"].config) == before
    assert importer.state("import") == "Running"


@pytest.mark.parametrize("content", [b"{ not json", b"", b"[1]", b'"text"', b"\xff\xfe\x00", b'{"a": 1, "A": }'])
def test_a_file_that_is_not_json_is_kept_and_reported(importer, content):
    importer.machine.files.write(AGENTS["import"].config, content)
    outcome, told = importer.configure({DISSOCIATION: "unbind"})
    assert (outcome.status, outcome.error.id, told["backup"]) == (Status.FAILED, "ConfigurationNotJson", None)
    assert importer.machine.files.read(AGENTS["import"].config) == content
    assert importer.state("import") == "Running"


def test_a_full_disk_loses_nothing_and_the_service_runs_again(importer):
    path = AGENTS["import"].config
    before, files = importer.text(path), importer.machine.files
    held = {node.path for node in files.children(AGENTS["import"].folder)}
    files.set_free(20)
    outcome, _ = importer.configure({DISSOCIATION: "unbind"})
    assert (outcome.status, outcome.error.id) == (Status.FAILED, "DiskFull")
    assert importer.text(path) == before
    assert {node.path for node in files.children(AGENTS["import"].folder)} == held
    assert importer.state("import") == "Running"


def test_a_rehearsal_and_a_stopped_service_change_what_they_should(importer):
    before = importer.text(AGENTS["import"].config)
    outcome, _ = importer.configure({DISSOCIATION: "unbind"}, what_if=True)
    assert (outcome.status, importer.text(AGENTS["import"].config)) == (Status.SKIPPED, before)
    importer.control("stop", "import")
    outcome, told = importer.configure({DISSOCIATION: "unbind"})
    assert (outcome.done, told["state"], importer.state("import")) == (("written",), "Stopped", "Stopped")


def test_a_service_that_does_not_start_again_is_told_with_the_backup(importer):
    importer.lab.faults.set("installer.start", importer.machine.name)
    outcome, told = importer.configure({DISSOCIATION: "unbind"})
    assert (outcome.status, outcome.error.id, outcome.done) == (Status.FAILED, "ServiceState", ("stopped", "written"))
    assert told["state"] == "Stopped"
    assert importer.machine.files.find(told["backup"])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.decimals(-10_000, 10_000, places=2).map(float)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["2026-01-01T00:00:00Z", "/Date(0)/", "<&'>\u2028", "=", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcXYZ0 .-_$é", min_size=1, max_size=6), inner, max_size=3).filter(
            lambda made: len({key.lower() for key in made}) == len(made)
        )
    ),
    max_leaves=12,
)


@given(
    rest=st.dictionaries(st.sampled_from(["one", "two", "three"]), JSON), value=JSON, indent=st.sampled_from([None, 2])
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_else_a_file_holds_stays(sessions, rest, value, indent):
    """Of numbers in the range that Windows PowerShell keeps to the digit, and names that differ not in case alone."""
    host, path = sessions["core"], "C:\\Windows\\Temp\\some.json"
    host.machine.files.write(path, json.dumps({**rest, "Main": {"X": "old", "Y": rest}}, indent=indent).encode())
    outcome, told = host.run("set-agent-configuration", {
        "service": "W32Time", "path": path, "expected": {"Main.X": '"old"'}, "set": {"Main.X": json.dumps(value)},
        "restart": False,
    })  # fmt: skip
    assert outcome.status is (Status.UNCHANGED if value == "old" else Status.CHANGED), outcome.error
    assert json.loads(host.text(path)) == {**rest, "Main": {"X": value, "Y": rest}}
    assert ("\n" in host.text(path)) == (indent is not None)
    if told["backup"]:
        host.machine.files.remove(told["backup"])


# --- removing ---


def test_an_agent_is_removed_once(agent):
    outcome, told = agent.uninstall()
    assert (outcome.status, told["exitCode"], agent.state()) == (Status.CHANGED, 0, None)
    outcome, told = agent.uninstall()
    assert (outcome.status, told["exitCode"]) == (Status.UNCHANGED, None)


def test_an_agent_is_removed_by_its_uninstall_command(agent):
    outcome, _ = agent.uninstall(productCode=None, uninstall=f"MsiExec.exe /I{SYNC_CODE}", log=None)
    assert (outcome.status, agent.state()) == (Status.CHANGED, None)


def test_what_broke_off_before_its_service_was_made_is_removed_by_its_product(agent):
    """A probe finds no service then, and has no name of one."""
    agent.machine.services.remove(SERVICE["sync"])
    outcome, told = agent.uninstall(service="")
    assert (outcome.status, told["exitCode"]) == (Status.CHANGED, 0), outcome.error
    assert agent.machine.registry.find(f"{UNINSTALL}\\{SYNC_CODE}") is None


def test_a_product_that_windows_installer_does_not_know_is_unchanged_and_its_service_is_not(agent):
    agent.machine.registry.remove(f"{UNINSTALL}\\{SYNC_CODE}")
    outcome, told = agent.uninstall(timeout=1)
    assert (outcome.status, outcome.error.id, told["exitCode"]) == (Status.FAILED, "StillThere", 1605)
    agent.machine.services.remove(SERVICE["sync"])
    agent.machine.registry.make(f"{UNINSTALL}\\{SYNC_CODE}", {"DisplayName": "Something else"})
    outcome, told = agent.uninstall(timeout=1)
    assert (outcome.error.id, told["exitCode"]) == ("StillThere", 1605)


def test_a_removal_that_fails_leaves_the_agent_and_says_so(agent):
    agent.lab.faults.set("installer.uninstall", agent.machine.name)
    outcome, told = agent.uninstall()
    assert (outcome.error.id, outcome.error.code, agent.state()) == ("ExitCode", 1603, "Running")
    assert "told to fail" in told["log"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"productCode": "{1} & calc"}, "ProductCodeInvalid"),
        ({"productCode": None, "uninstall": None}, "UninstallUnknown"),
        ({"productCode": None, "uninstall": "rundll32 something"}, "UninstallUnknown"),
    ],
)
def test_what_cannot_be_removed_safely_is_refused(agent, change, error):
    outcome, _ = agent.uninstall(**change)
    assert (outcome.status, outcome.error.id, agent.state()) == (Status.FAILED, error, "Running")


def test_a_rehearsal_changes_nothing_at_all(agent):
    def seen():
        machine = agent.machine
        files = {node.path: bytes(node.content or b"") for node in machine.files.children("C:\\", below=True)}
        return (
            {path: content for path, content in files.items() if not path.endswith(".log")},
            [(one.name, one.state, one.pid) for one in machine.services.all()],
            {key.path for key in machine.registry.children(UNINSTALL)},
            len(ran(agent)),
        )

    before = seen()
    rehearsals = [
        agent.control("stop", what_if=True),
        agent.control("restart", what_if=True),
        agent.uninstall(what_if=True),
        agent.configure({"LabNote": "x"}, kind="sync", what_if=True),
        agent.install(agent.stage(), what_if=True),
    ]
    assert [outcome.status for outcome, _ in rehearsals] == [Status.SKIPPED] * 5
    assert seen() == before


# --- restarting ---


def booted(host):
    return datetime.fromtimestamp(host.machine.booted, UTC).isoformat().replace("+00:00", "Z")


def test_a_host_that_has_booted_since_is_not_restarted(core):
    outcome, told = core.run("restart-host", {"boot": "2020-01-01T00:00:00Z", "delay": 0})
    assert (outcome.status, told["boot"][:19]) == (Status.UNCHANGED, booted(core)[:19])
    outcome, _ = core.run("restart-host", {"boot": booted(core), "delay": 0}, what_if=True)
    assert outcome.status is Status.SKIPPED
    assert not core.machine.restarting


def test_a_host_restarts_once(core):
    boots = core.machine.boots
    first, _ = core.run("restart-host", {"boot": booted(core), "delay": 1})
    second, _ = core.run("restart-host", {"boot": booted(core), "delay": 1})
    assert (first.status, second.status) == (Status.CHANGED, Status.UNCHANGED)
    wait_until(lambda: core.machine.boots > boots and core.host.running)
    core.session.close()
    core.session = opened(core.lab, core.host)
    assert core.machine.boots == boots + 1


# --- secrets ---


SEARCH = """
    param($Path, $Plain)
    Set-StrictMode -Version 3.0
    $ErrorActionPreference = 'Stop'
    $secret = @($Plain | ForEach-Object { ConvertTo-SecureString -String $_ -AsPlainText -Force })
""" + render("_log.ps1") + """
    $null = Get-CleanLog -Path $Path -Secret $secret
"""  # fmt: skip
SECRET = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*"), min_size=6, max_size=14)


@pytest.fixture(scope="module")
def shells(site):
    """A pool of raw sessions on the Server Core."""
    wsman = WSMan(site.member(2).address, port=5985, ssl=False, auth="negotiate", encryption="always",
                  username=ADMINISTRATOR, password=password_of("Administrator"))  # fmt: skip
    with wsman, RunspacePool(wsman) as pool:
        yield pool


@given(secrets=st.lists(SECRET, min_size=1, max_size=3), around=st.binary(max_size=20),
       encodings=st.lists(st.sampled_from(["utf-8", "utf-16-le", "cp1252"]), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_kept_log_holds_no_secret_in_any_encoding_and_all_else(sessions, shells, secrets, around, encodings):
    """Bytes that are no text at all stay as well; of cp1252, what Windows' code page has."""
    machine, path = sessions["core"].machine, "C:\\Windows\\Temp\\fuzz.log"
    pieces = [one.encode(code, "ignore") for one in secrets for code in encodings]
    written = around + around.join(pieces) + around
    machine.files.write(path, written)
    shell = PowerShell(shells)
    shell.add_script(SEARCH)
    shell.add_parameter("Path", path)
    shell.add_parameter("Plain", secrets)
    shell.invoke()
    assert not shell.had_errors
    kept = machine.files.read(path)
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret.encode("utf-16-le") not in kept
    if around and not any(b"*" in around or (piece and around in piece) for piece in pieces):
        assert kept.count(around) >= len(pieces)


LOUDLY = """
    param($Text, $Batch, $Plain)
    $secret = @($Plain | ForEach-Object { ConvertTo-SecureString -String $_ -AsPlainText -Force })
    & ([scriptblock]::Create($Text)) -Batch $Batch -Secret $secret -Verbose
"""


@pytest.mark.parametrize("fault", [None, "installer.after_key", "refused"])
def test_no_stream_of_a_run_holds_a_secret(member, fault):
    """Verbose records, warnings, errors, progress: what a transcript of the session would have as well."""
    secrets = [password_of("jcad-writer"), member.key(), "Secret 7 of \\"]
    item = plain(member.stage(), runAs=OTHER, arguments=TEMPLATE, secretNames=["connect_key", "password"],
                 values={"account": "LAB\\nobody"})  # fmt: skip
    if fault == "refused":
        secrets[0] = "Wrong.Guess-0001"
    elif fault:
        member.lab.faults.set(fault, member.machine.name)
    call = host_call("run-installer", item, [Secret(one) for one in secrets])
    wsman = WSMan(member.host.address, port=5985, ssl=False, auth="negotiate", encryption="always",
                  username=ADMINISTRATOR, password=password_of("Administrator"))  # fmt: skip
    with wsman, RunspacePool(wsman) as pool:
        shell = PowerShell(pool)
        shell.add_script(LOUDLY)
        for name, value in (("Text", call.script.text), ("Batch", call.parameters["Batch"]), ("Plain", secrets)):
            shell.add_parameter(name, value)
        output = shell.invoke()
        streams = shell.streams
        told = [*output, *streams.verbose, *streams.warning, *streams.error, *streams.debug, *streams.information]
    assert json.loads(output[0])["status"] == ("failed" if fault else "changed")
    assert streams.verbose
    for record in told:
        text = "\n".join(str(getattr(record, name, "")) for name in ("message", "exception", "target_object")) + str(
            record
        )
        assert not [one for one in secrets if one in text]


def test_no_secret_was_told_written_or_left_anywhere(agent):
    """What came over the wire in all these tests, every file, task and event of the host; but the audited command line."""
    key = agent.key()
    agent.install(agent.stage(version="2.31.0"), key=key)
    agent.control("restart")
    secrets = [
        key,
        password_of("Administrator"),
        password_of("jcsync"),
        password_of("jcimport"),
        password_of("jcad-writer"),
    ]
    files = [bytes(node.content or b"") for node in agent.machine.files.children("C:\\", below=True)]
    events = [one.message for log in ("Application", "System", "Security") for one in agent.machine.events.read(log)
              if one.number != 4688]  # fmt: skip
    assert agent.machine.tasks.all() == []
    for secret in secrets:
        assert not any(secret in line for line in agent.heard)
        assert not any(secret in message for message in events)
        for encoding in ("utf-8", "utf-16-le"):
            assert not any(secret.encode(encoding) in content for content in files)
