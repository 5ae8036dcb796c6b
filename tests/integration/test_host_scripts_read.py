"""The scripts that read hosts, over the real wire: what a host is, what its logs say, whether it is healthy; what opens it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import contextmanager

import pytest
from labsite import Site
from pypsrp.complex_objects import ObjectMeta
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from jcad.errors import ConnectionFailed
from jcad.lab.lab import Lab
from jcad.lab.seed import password_of
from jcad.lab.windows.machine.facts import AGENTS, SIGNER
from jcad.lab.windows.machine.host import Session
from jcad.lab.windows.machine.installer import Arguments, Installer
from jcad.lab.windows.machine.packages import make_installer, read_package
from jcad.lab.windows.machine.services import Service
from jcad.model.agents import AgentKind
from jcad.model.outcome import Status
from jcad.model.secret import Secret
from jcad.powershell import (
    export_host_script,
    host_call,
    printed_script,
    read_controller_health,
    read_host_outcome,
    read_host_state,
)
from jcad.remoting import Endpoint, Protocol, open_session

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

ADMINISTRATOR = "LAB\\Administrator"
NEIGHBOURS = {"jumpcloud": "console.jumpcloud.com", "time_source": "dc1.lab.jcad.test", "ldaps": "dc1.lab.jcad.test"}
SECRET = "Granite.Lantern-4471"
LOG = "C:\\app\\app.log"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Two domain controllers, two member servers (the second a Server Core with the sync agent)."""
    with Lab.start(tmp_path_factory.mktemp("read") / "lab", controllers=2, members=2) as lab:
        put_agent(lab, lab.member(2), "sync")
        yield lab


def put_agent(lab, host, kind):
    """An agent as its installer leaves it; what runs the installer is others' test."""
    instance = next(iter(lab.tenant.state.instances))
    key = lab.tenant.add_agent(instance, kind.upper())["connectKey"]
    login = lab.accounts.find(ADMINISTRATOR)
    line = ["/msiexec", f"LAB_CONNECT_KEY={key}", f"LAB_SERVICE_ACCOUNT=LAB\\jc{kind}",
            f"LAB_SERVICE_PASSWORD={password_of(f'jc{kind}')}"]  # fmt: skip
    session = Session(host.machine, login, key_store=True)
    package = read_package(make_installer(kind, "2.30.0"))
    assert Installer(session, package, Arguments.parse(line, ("/log",))).run() in {0, 3010}


class Asked:
    """A host of the lab with an open session to it, as jcad opens it."""

    def __init__(self, lab, host):
        self.machine = host.machine
        endpoint = Endpoint(
            host=host.name, address=host.address, user=ADMINISTRATOR, ca_file=str(lab.authority.certificate)
        )
        self.session = open_session(endpoint, Secret(password_of("Administrator")))

    def run(self, name, item=None, *, what_if=False):
        """A script's outcome and data."""
        call = host_call(name, item or {}, what_if=what_if)
        (line,) = self.session.run(call)
        return read_host_outcome(call.script, line)

    def state(self, **item):
        outcome, told = self.run("inspect-host", NEIGHBOURS | item)
        assert (outcome.status, outcome.error) == (Status.UNCHANGED, None)
        return read_host_state(told)

    def health(self):
        outcome, told = self.run("check-controller")
        assert (outcome.status, outcome.error) == (Status.UNCHANGED, None)
        return read_controller_health(told)

    def log(self, offset=-1, octets=65_536, mark=None, path=LOG):
        outcome, told = self.run("read-agent-log", {"path": path, "offset": offset, "bytes": octets, "mark": mark})
        assert outcome.error is None
        return told


@pytest.fixture(scope="module")
def hosts(lab):
    """A session to each host, by a name for it."""
    places = {"dc1": lab.dc(1), "dc2": lab.dc(2), "plain": lab.member(1), "core": lab.member(2)}
    made = {name: Asked(lab, host) for name, host in places.items()}
    yield made
    for one in made.values():
        one.session.close()


@contextmanager
def changed(owner, name, value):
    """A setting of a host that is another for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


# ---- inspect-host ----------------------------------------------------------------------------------------------------


def test_a_server_core_with_an_agent_is_told_whole(hosts):
    state = hosts["core"].state()
    assert (state.name, state.core, state.controller, state.build) == ("SRV2", True, False, 17763)
    assert (state.architecture, state.net_release, state.ps_version[:4]) == ("AMD64", 461814, "5.1.")
    assert state.boot.endswith("Z")
    assert state.free_bytes is not None
    assert state.free_bytes > 1 << 30
    assert (state.outbound, state.ldaps, state.clock_offset, state.pending_reboot) == (True, True, 0.0, ())
    agent = state.agents[AgentKind.SYNC]
    assert agent.is_running
    assert (agent.service, agent.version, agent.start_mode) == ("JCADSyncAgent_DC", "2.30.0", "Auto")
    assert agent.product_code.startswith("{")
    assert agent.uninstall == f"MsiExec.exe /X{agent.product_code}"
    assert (agent.config_file, agent.log_file) == (AGENTS["sync"].config, AGENTS["sync"].log)
    assert agent.config == {"LabNote": '"No page tells the keys of this file."'}
    assert (agent.config_error, agent.last_error) == ("", "")
    assert set(state.agents) == {AgentKind.SYNC}


def test_a_host_without_agents_has_none_and_what_is_not_tried_is_not_told(hosts):
    state = hosts["plain"].state(jumpcloud=None, time_source=None, ldaps=None)
    assert (state.core, state.agents, state.entra) == (False, {}, ())
    assert (state.outbound, state.ldaps, state.clock_offset) == (None, None, None)


def test_what_stands_in_the_way_is_seen(hosts):
    asked = hosts["plain"]
    settings, machine = asked.machine.settings, asked.machine
    machine.services.add(Service("ADSync", "Microsoft Azure AD Sync", state="Running"))
    machine.need_reboot()
    machine.registry.make("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired")
    with changed(settings, "outbound", False), changed(settings, "clock_offset", 301.5):
        state = asked.state(ldaps="nobody.lab.jcad.test")
    machine.services.remove("ADSync")
    machine.power_on()
    assert (state.outbound, state.ldaps, state.clock_offset) == (False, False, 301.5)
    assert state.entra == ("ADSync",)
    assert state.pending_reboot == ("Windows Update", "files to be replaced")
    assert asked.state().pending_reboot == ()


def test_a_domain_controller_is_one(hosts):
    state = hosts["dc1"].state()
    assert (state.controller, state.name) == (True, "DC1")


@pytest.mark.parametrize("content", ["{not json", "[1, 2]", ""])
def test_a_configuration_that_is_not_json_is_told_and_kept(hosts, content):
    files, path = hosts["core"].machine.files, AGENTS["sync"].config
    before = files.read(path)
    files.write(path, content.encode())
    agent = hosts["core"].state().agents[AgentKind.SYNC]
    assert files.read(path) == content.encode()
    files.write(path, before)
    assert agent.config is None
    assert agent.config_error
    assert agent.is_running


def test_an_older_agent_is_found_and_its_password_stays_on_the_host(hosts):
    """The old configuration file holds the service account's password in the clear."""
    asked, folder = hosts["plain"], "C:\\Program Files\\JumpCloud AD Bridge"
    machine = asked.machine
    machine.files.make_folder(folder)
    config = {"MainLoop": {"Password": SECRET, "PasswordChangeListener": {"PollTimeMillis": 1000}, "a": ["x", None]},
              "list": [f"token: {SECRET}"],
              "ApiKey": SECRET, "note": f"password={SECRET}"}  # fmt: skip
    machine.files.write(f"{folder}\\adint.config.json", json.dumps(config).encode())
    machine.files.write(
        "C:\\Windows\\Temp\\JumpCloud_AD_Integration.log", f"x\r\nERROR Password: {SECRET}\r\ny\r\n".encode()
    )
    machine.services.add(Service("adint", "JumpCloud AD Bridge Agent", path=f'"{folder}\\adint.exe" -x'))
    call = host_call("inspect-host", {})
    (line,) = asked.session.run(call)
    agent = read_host_state(read_host_outcome(call.script, line)[1]).agents[AgentKind.IMPORT]
    machine.services.remove("adint")
    assert SECRET not in line
    assert (agent.service, agent.state, agent.folder) == ("adint", "Stopped", folder)
    assert agent.config == {
        "MainLoop.Password": '"(removed)"',
        "MainLoop.PasswordChangeListener.PollTimeMillis": "1000",
        "MainLoop.a": '["x",null]',
        "ApiKey": '"(removed)"',
        "list": '"(removed)"',
        "note": '"password=(removed)"',
    }
    assert agent.last_error == "ERROR Password: (removed)"


def test_the_last_error_of_a_log_is_shown(hosts):
    hosts["core"].machine.agents["sync"].log("ERROR", "LDAP Result Code 49")
    hosts["core"].machine.agents["sync"].log("INFO", "all is well")
    assert "LDAP Result Code 49" in hosts["core"].state().agents[AgentKind.SYNC].last_error


def test_a_host_is_inspected_over_the_command_shell_too(lab):
    """The whole script goes over standard input there, for a command line is too short."""
    host = lab.member(2)
    endpoint = Endpoint(
        host=host.name, address=host.address, user=ADMINISTRATOR, ca_file=str(lab.authority.certificate),
        protocol=Protocol.WINRM,
    )  # fmt: skip
    session = open_session(endpoint, Secret(password_of("Administrator")))
    try:
        call = host_call("inspect-host", NEIGHBOURS)
        (line,) = session.run(call)
    finally:
        session.close()
    assert read_host_state(read_host_outcome(call.script, line)[1]).name == "SRV2"


# ---- read-agent-log --------------------------------------------------------------------------------------------------


@pytest.fixture
def written(hosts):
    """Write the log file of a host, long ago unless it is `fresh`."""
    machine = hosts["plain"].machine
    machine.files.make_folder("C:\\app")

    def write(content, *, at=0, fresh=False):
        node = machine.files.write(LOG, content if isinstance(content, bytes) else content.encode(), at=at)
        node.written -= 0 if fresh else 60

    return write


def test_a_log_is_read_from_its_end_in_whole_lines(hosts, written):
    written("".join(f"line {number}\r\n" for number in range(100)))
    told = hosts["plain"].log(octets=17)
    assert told["text"] == "line 99\r\n"
    assert told["next"] == told["size"]
    assert not told["rotated"]


def test_following_costs_what_was_written_since(hosts, written):
    written("one\r\n")
    first = hosts["plain"].log()
    written(f"two\r\nconnect key = {SECRET}\r\nthr", at=None, fresh=True)
    second = hosts["plain"].log(first["next"], mark=first["mark"])
    assert second["text"] == "two\r\nconnect key = (removed)\r\n"
    written("ee\r\n", at=None)
    third = hosts["plain"].log(second["next"], mark=second["mark"])
    assert (third["text"], third["rotated"]) == ("three\r\n", False)
    assert hosts["plain"].log(third["next"], mark=third["mark"])["text"] == ""


@pytest.mark.parametrize("new", ["new\r\n", "quite another beginning, and longer than it was before\r\n"])
def test_a_log_that_was_started_anew_is_read_from_its_beginning(hosts, written, new):
    """Also where it has grown past the old offset: its beginning is another."""
    written("old line\r\nold line\r\n")
    first = hosts["plain"].log()
    written(new)
    told = hosts["plain"].log(first["next"], mark=first["mark"])
    assert (told["text"], told["rotated"]) == (new, True)


def test_a_long_log_is_followed_piece_by_piece_without_a_cut_line(hosts, written):
    lines = "".join(f"{number} Zürich 渡\r\n" for number in range(40))
    written(lines)
    told, offset = "", 0
    for _ in range(40):
        part = hosts["plain"].log(offset, 64)
        told, offset = told + part["text"], part["next"]
    assert told == lines


def test_a_log_in_utf_16_is_read(hosts, written):
    """Windows Installer writes one."""
    written("Erstens ü\r\nZweitens\r\n".encode("utf-16"))
    assert hosts["plain"].log()["text"] == "Erstens ü\r\nZweitens\r\n"
    assert hosts["plain"].log(octets=22)["text"] == "Zweitens\r\n"


def test_a_log_that_is_not_there_is_a_failure_of_its_own(hosts):
    outcome, _ = hosts["plain"].run("read-agent-log", {"path": "C:\\no.log", "offset": -1, "bytes": 10})
    assert outcome.status is Status.FAILED
    assert outcome.error is not None
    assert (outcome.error.id, "C:\\no.log" in outcome.error.message) == ("LogMissing", True)
    assert outcome.error.hint


# ---- collect-support -------------------------------------------------------------------------------------------------


def test_a_bundle_holds_what_support_asks_for_and_no_secret(hosts):
    asked = hosts["core"]
    asked.machine.agents["sync"].log("ERROR", f"Authorization: Bearer {SECRET}")
    asked.machine.registry.set(AGENTS["sync"].registry, "Blob", [1, 2], "Binary")
    asked.machine.event(1, 2, f"x LAB_SERVICE_PASSWORD={SECRET}", provider="x", log="System")
    outcome, told = asked.run("collect-support", {"folder": "C:\\ProgramData\\jcad"})
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("folder", "written"))
    content = asked.machine.files.read(told["path"])
    assert (len(content), hashlib.sha256(content).hexdigest()) == (told["size"], told["sha256"])
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert set(texts) == {
        "host.txt", "sync/1-JumpCloud_AD_Sync.log", "sync/2-config.json", "sync/registry.txt", "events/Application.txt",
        "events/Security.txt", "events/System.txt", "events/Windows PowerShell.txt",
    }  # fmt: skip
    whole = "\n".join(texts.values())
    assert SECRET not in whole
    assert password_of("jcsync") not in whole
    assert "DC=lab,DC=jcad,DC=test" in texts["host.txt"]
    assert json.loads(texts["sync/2-config.json"])
    assert "Credential = (removed)" in texts["sync/registry.txt"]
    assert "LAB_SERVICE_PASSWORD=(removed)" in texts["events/System.txt"]
    assert asked.machine.files.get("C:\\ProgramData\\jcad").sddl == "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"


def test_a_rehearsal_of_a_bundle_writes_nothing(hosts):
    outcome, told = hosts["plain"].run("collect-support", {"folder": "C:\\ProgramData\\jcad"}, what_if=True)
    assert outcome.status is Status.SKIPPED
    assert told["path"].startswith("C:\\ProgramData\\jcad\\jcad-support-SRV1-")
    assert hosts["plain"].machine.files.find("C:\\ProgramData\\jcad") is None


def test_a_full_disk_leaves_no_half_of_a_bundle(hosts):
    files = hosts["plain"].machine.files
    free = files.free
    files.set_free(20)
    outcome, _ = hosts["plain"].run("collect-support", {"folder": "C:\\ProgramData\\full"})
    left = list(files.children("C:\\ProgramData\\full"))
    files.remove("C:\\ProgramData\\full", recurse=True)
    files.set_free(free)
    assert outcome.status is Status.FAILED
    assert "full" in (outcome.error.hint or "")
    assert not left


def test_a_folder_that_others_can_write_is_refused(hosts):
    outcome, _ = hosts["plain"].run("collect-support", {"folder": "C:\\ProgramData"})
    assert (outcome.status, outcome.error.id) == (Status.FAILED, "FolderNotSafe")


# ---- check-controller ------------------------------------------------------------------------------------------------


def test_a_domain_controller_that_is_well_has_no_trouble(hosts):
    assert hosts["dc1"].health().troubles == ()
    assert hosts["dc2"].health().troubles == ()


def test_a_member_server_is_no_domain_controller(hosts):
    outcome, _ = hosts["plain"].run("check-controller")
    assert (outcome.status, outcome.error.id) == (Status.FAILED, "NoDomainController")
    assert outcome.error.hint


def test_each_trouble_of_a_domain_controller_is_seen(hosts):
    machine = hosts["dc2"].machine
    netlogon = "SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    machine.registry.set(netlogon, "SysvolReady", 0)
    machine.services.find("DFSR").state = "Stopped"
    with changed(machine.settings, "replication_result", 1722):
        health = hosts["dc2"].health()
    machine.registry.set(netlogon, "SysvolReady", 1)
    machine.services.find("DFSR").state = "Running"
    assert [trouble.split()[0] for trouble in health.troubles] == ["SYSVOL", "the", "inbound"]
    assert health.replication_failures == 1


def test_an_operations_master_that_is_away_is_seen(lab, hosts):
    lab.dc(1).samba.stop()
    health = hosts["dc2"].health()
    lab.dc(1).samba.start()
    assert health.troubles
    assert any("dc1" in trouble for trouble in health.troubles) or health.ldap is False


# ---- enable-remoting, and by hand ------------------------------------------------------------------------------------


def at_the_console(host, text, administrator=None, **parameters):
    """Run a text on a host over HTTP, which is open: as somebody who sits there, and may be asked."""
    wsman = WSMan(host.address, port=5985, ssl=False, auth="negotiate", encryption="always",
                  username=ADMINISTRATOR, password=password_of("Administrator"))  # fmt: skip
    with wsman, RunspacePool(wsman, host=administrator and administrator.host()) as pool:
        if administrator is not None:
            pool.exchange_keys()
        shell = PowerShell(pool)
        shell.add_script(text)
        shell.add_parameters(parameters)
        lines = [str(line) for line in shell.invoke()]
        assert not shell.had_errors, [str(error) for error in shell.streams.error]
        return lines


@pytest.fixture
def shut(lab):
    """A host that nobody has opened yet: no HTTPS listener, no rule, no certificate."""
    host = lab.member(1)
    before = host.machine.certificates.all()
    host.machine.doors.shut("HTTPS")
    host.machine.certificates.clear()
    yield host
    host.machine.certificates.add(before[0])
    host.machine.open_doors(before[0].thumbprint)


def reach(host, **trust):
    with_session = open_session(
        Endpoint(host=host.name, address=host.address, user=ADMINISTRATOR, **trust),
        Secret(password_of("Administrator")),
    )
    with_session.close()


def test_a_host_is_opened_by_the_script_and_jcad_connects_by_the_fingerprint(shut):
    with pytest.raises(ConnectionFailed):
        reach(shut)
    text = printed_script("enable-remoting").text
    rehearsed = json.loads(*at_the_console(shut, text, WhatIf=True))
    assert (rehearsed["status"], rehearsed["done"]) == ("skipped", [])
    assert not shut.machine.certificates.all()
    answer = json.loads(*at_the_console(shut, text, RemoteAddress=["10.1.0.0/16"]))
    assert answer["done"] == ["certificate", "listener", "firewall"]
    assert answer["selfSigned"] is True
    reach(shut, fingerprint=answer["fingerprint"].removeprefix("="))
    assert shut.machine.doors.rules["jcad-winrm-https-in"].remote == ("10.1.0.0/16",)
    again = json.loads(*at_the_console(shut, text))
    assert (again["status"], again["done"], again["thumbprint"]) == ("unchanged", [], answer["thumbprint"])


def test_a_host_is_opened_with_a_certificate_of_the_domains_authority(lab, shut):
    """The certificate that ends last and fits is taken; one by its thumbprint must fit as well."""
    stored = shut.machine.certificates.load(shut.certificate.certificate, shut.certificate.key)
    text = printed_script("enable-remoting").text
    answer = json.loads(*at_the_console(shut, text, Thumbprint=stored.thumbprint))
    assert (answer["done"], answer["selfSigned"]) == (["listener", "firewall"], False)
    reach(shut, ca_file=str(lab.authority.certificate))
    with pytest.raises(Exception, match="There is no certificate"):
        at_the_console(shut, text, Thumbprint="0" * 40)


def test_a_service_that_was_stopped_is_started_for_good(shut):
    service = shut.machine.services.find("WinRM")
    service.state, service.start_mode = "Stopped", "Manual"
    answer = json.loads(*at_the_console(shut, printed_script("enable-remoting").text))
    assert answer["done"] == ["service", "certificate", "listener", "firewall"]
    assert (service.state, service.start_mode) == ("Running", "Auto")


def test_a_host_is_opened_by_a_startup_script_as_the_system(lab, shut):
    """As Group Policy runs one: as SYSTEM, and nobody can be asked."""
    shut.machine.files.write("C:\\open.ps1", printed_script("enable-remoting").text.encode("utf-8-sig"))
    at_the_console(
        shut,
        """
        $action = New-ScheduledTaskAction -Execute powershell.exe -Argument '-ExecutionPolicy Bypass -File C:\\open.ps1'
        $null = Register-ScheduledTask -TaskName startup -Action $action -User SYSTEM
        Start-ScheduledTask -TaskName startup
        while ((Get-ScheduledTaskInfo -TaskName startup).LastTaskResult -eq 267009) { Start-Sleep -Milliseconds 50 }
        Unregister-ScheduledTask -TaskName startup -Confirm:$false
    """,
    )
    (made,) = shut.machine.certificates.all()
    reach(shut, fingerprint=hashlib.sha256(made.octets).hexdigest())


class Administrator:
    """Somebody at the host who types a password when he is asked for one, the next each time."""

    def __init__(self, *passwords):
        self.passwords = list(passwords)
        self.asked = ""

    def host(self):
        """As pypsrp wants to have him."""
        made = PSHost(None, None, False, "console", None, PSHostUserInterface(), "1.0")
        made.ui.Write1 = lambda _pool, _pipeline, text: self._hear(text)
        made.ui.WriteLine2 = lambda _pool, _pipeline, text: self._hear(text)
        made.ui.ReadLineAsSecureString = lambda pool, _pipeline: self._type(pool)
        return made

    def _hear(self, text):
        self.asked += text

    def _type(self, pool):
        return pool.serialize(self.passwords.pop(0), ObjectMeta("SS"))


def test_an_agent_is_installed_by_hand_and_no_password_is_in_the_file(lab, tmp_path):
    """Server, file, three prompts: the agent reports to JumpCloud as one that jcad installed."""
    host = lab.member(1)
    setup = make_installer("sync", "2.30.0")
    host.machine.files.write("C:\\setup.exe", setup)
    made = lab.tenant.add_agent(next(iter(lab.tenant.state.instances)), "SYNC")
    text = export_host_script(
        "run-installer",
        {
            "installer": "C:\\setup.exe", "sha256": hashlib.sha256(setup).hexdigest(), "signer": SIGNER,
            "arguments": "/msiexec LAB_CONNECT_KEY={key} LAB_SERVICE_ACCOUNT={account} LAB_SERVICE_PASSWORD={password}",
            "values": {"account": "LAB\\jcsync"}, "secretNames": ["key", "password"], "runAs": ADMINISTRATOR, "log": None,
        },
        maker="test",
    )  # fmt: skip
    console = Administrator(password_of("Administrator"), made["connectKey"], password_of("jcsync"))
    (line,) = at_the_console(host, text, console)
    told = json.loads(line)
    assert (told["status"], told["data"]["exitCode"]) == ("changed", 0), told
    assert (console.passwords, "Password of the administrator" in console.asked) == ([], True)
    assert password_of("jcsync") not in text + line
    assert host.machine.services.find("JCADSyncAgent_DC").state == "Running"
    host.machine.services.remove("JCADSyncAgent_DC")


def test_a_script_by_hand_answers_as_over_remoting(lab, hosts):
    text = export_host_script("inspect-host", NEIGHBOURS, maker="test")
    call = host_call("inspect-host", {"id": "by-hand", **NEIGHBOURS})
    (line,) = hosts["core"].session.run(call)
    assert at_the_console(lab.member(2), text) == [line]


def test_the_command_exports_what_runs_on_the_host(lab, tmp_path):
    path = tmp_path / "log.ps1"
    log = AGENTS["sync"].log
    answer = Site(lab).jcad(
        "script", "export", "read-agent-log", "--value", f"path={log}", "--value", "mark=", "--out", str(path)
    )
    assert answer.code == 0, answer.err
    (line,) = at_the_console(lab.member(2), path.read_text("utf-8-sig"))
    assert "is starting" in line
