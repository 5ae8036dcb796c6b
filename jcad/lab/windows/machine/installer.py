"""The lab's pretend installer of JumpCloud's agents: what it checks, does, logs, and how it fails at each step.

What the pages tell it does as they say; its argument names, exit codes for its own failures and registry value names
are the lab's (`AgentSettings`), for no page tells them.  # unverified on Windows
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jcad.lab.jumpcloud.exchange import Refused
from jcad.lab.windows.machine.facts import AGENTS
from jcad.lab.windows.machine.files import FileFault, Trouble
from jcad.lab.windows.machine.registry import UNINSTALL
from jcad.lab.windows.machine.services import Service, ServiceFault

if TYPE_CHECKING:
    from jcad.lab.windows.machine.agent import Agent
    from jcad.lab.windows.machine.host import Machine, Session
    from jcad.lab.windows.machine.packages import Package

SUCCESS: Final = 0
USER_EXIT: Final = 1602
FAILURE: Final = 1603
UNKNOWN_PRODUCT: Final = 1605
ALREADY_RUNNING: Final = 1618
UNSUPPORTED_PLATFORM: Final = 1633
_DISK_NEEDED: Final = 15 * 2**20  # 15 MB (JumpCloud's requirements)
_ADMINISTRATORS: Final = "S-1-5-32-544"
_TOKEN: Final = re.compile(r'([^\s="]+=)?"((?:[^"]|"")*)"|(\S+)')
_POLL: Final = 0.05


class _Ended(Exception):
    """The installer ends here with this exit code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def split_arguments(text: str) -> list[str]:
    """The arguments of a command line: `NAME="a b" /switch`."""
    words = []
    for found in _TOKEN.finditer(text):
        bare, quoted = found[3], (found[2] or "").replace('""', '"')
        words.append((found[1] or "") + quoted if bare is None else bare)
    return words


@dataclass(slots=True)
class Arguments:
    """What an installer was called with: switches in lower case, properties by name in upper case."""

    switches: set[str] = field(default_factory=set)
    properties: dict[str, str] = field(default_factory=dict)
    log: str = ""

    @classmethod
    def parse(cls, words: list[str], log_switches: tuple[str, ...]) -> Arguments:
        """Sort the words of a command line."""
        made, rest = cls(), iter(words)
        for word in rest:
            name, equals, value = word.partition("=")
            if word.startswith(("/", "-")):
                if word.lower() in log_switches:
                    made.log = next(rest, "")
                made.switches.add("/" + word.lower()[1:])
            elif equals:
                made.properties[name.upper()] = value
        return made


class Installer:
    """One run of an installer, as somebody, on a host."""

    def __init__(self, session: Session, package: Package, arguments: Arguments) -> None:
        self._session = session
        self._machine: Machine = session.machine
        self._package = package
        self._arguments = arguments
        self._agent: Agent = self._machine.agents[package.agent]
        self._lines: list[str] = []

    def run(self) -> int:
        """Install, upgrade or install anew; the exit code. The log, where one was asked for, tells the rest."""
        if not self._machine.installing.acquire(blocking=False):
            self._log("Another installation is in progress.")
            self._write_log()
            return ALREADY_RUNNING
        try:
            code = self._install()
        except _Ended as ended:
            self._log(f"MainEngineThread is returning {ended.code}: {ended}")
            code = ended.code
        finally:
            self._machine.installing.release()
        product = f"Product: {AGENTS[self._package.agent].display_name} -- Installation"
        self._machine.event(
            11708 if code == FAILURE else 11707, 4, f"{product} ended with {code}.", provider="MsiInstaller"
        )
        self._write_log()
        return code

    def _install(self) -> int:
        self._log_properties()
        self._check()
        self._pause(self._machine.agent_settings.install_seconds)
        if self._machine.fault("installer.hang"):
            self._pause(float("inf"))
        known = self._agent.value("AgentId")
        secret = self._secret(known)
        self._step("installer.files", "copying files")
        self._write_files()
        self._step("installer.key", "before the connect key is used")
        if self._property("key_property") or not known:
            self._use_key()
        self._step("installer.after_key", "after the connect key was used")
        self._step("installer.registry", "writing the registry")
        self._write_registry(secret)
        self._step("installer.service", "creating the service")
        if self._machine.fault("windows.reboot"):
            self._machine.reboot("The lab was told to.")
            self._pause(60.0)
        return self._make_service()

    # --- what it checks ---

    def _check(self) -> None:
        machine, settings = self._machine, self._machine.agent_settings
        if settings.switch not in self._arguments.switches and "/qn" not in self._arguments.switches:
            why = (
                "Server Core has no windows: run it with "
                if machine.settings.windows.core
                else "nobody can answer: use "
            )
            raise _Ended(USER_EXIT, f"The installation asks in a window. {why}{settings.switch}")
        if _ADMINISTRATORS not in self._session.login.groups and self._session.login.sid != "S-1-5-18":
            raise _Ended(FAILURE, "Error 1925. You do not have sufficient privileges to complete this installation.")
        if self._package.architecture != "x64" or machine.settings.windows.build < self._package.minimum_build:
            raise _Ended(
                UNSUPPORTED_PLATFORM, "This installation package is not supported by this processor type or version."
            )
        if machine.files.free < _DISK_NEEDED:
            raise _Ended(
                FAILURE, f"Error 1601. Out of disk space -- Volume: 'C:'; required space: {_DISK_NEEDED // 1024} KB"
            )
        if not machine.settings.outbound:
            raise _Ended(FAILURE, "JumpCloud cannot be reached at console.jumpcloud.com:443")

    def _secret(self, known: object) -> str:
        """Encrypt the service account's password for this machine and user; empty where none was given (an upgrade)."""
        if self._machine.settings.key_store_closed and not self._session.key_store:
            raise _Ended(FAILURE, "CryptProtectData failed: 0x8009000B Key not valid for use in specified state.")
        account, password = self._property("account_property"), self._property("password_property")
        if account and password:
            return self._machine.protect(self._session.login, account, password)
        if not known:
            raise _Ended(FAILURE, "The service account and its password are required.")
        return ""

    def _property(self, setting: str) -> str:
        name = str(getattr(self._machine.agent_settings, setting))
        return self._arguments.properties.get(name.upper(), "")

    # --- what it does ---

    def _step(self, fault: str, what: str) -> None:
        self._log(f"Action: {what}")
        self._pause(0.0)
        if self._machine.fault(fault):
            raise _Ended(FAILURE, f"The lab was told to fail at this step: {what}")

    def _pause(self, seconds: float) -> None:
        """Wait; end where the process is ended, or the host goes down."""
        until = time.monotonic() + seconds
        while True:
            if self._session.ended.is_set() or not self._machine.up:
                raise _Ended(USER_EXIT, "The installer's process was ended")
            left = until - time.monotonic()
            if left <= 0:
                return
            self._session.ended.wait(min(left, _POLL))

    def _write_files(self) -> None:
        facts, files = self._agent.facts, self._machine.files
        service = self._machine.services.find(self._agent.service_name)
        if service is not None:
            self._machine.services.stop(service, forced=True)
        try:
            files.make_folder(facts.folder)
            files.write(facts.executable, f"lab agent {self._package.version}".encode())
            if files.find(facts.config) is None:
                files.write(facts.config, json.dumps(self._configuration(), indent=2).encode())
        except FileFault as fault:
            why = "Error 1601. Out of disk space" if fault.trouble is Trouble.DISK_FULL else str(fault)
            raise _Ended(FAILURE, why) from fault

    def _configuration(self) -> dict[str, object]:
        if self._package.agent == "sync":
            return {"LabNote": "No page tells the keys of this file."}
        return {
            "MainLoop": {
                "PasswordChangeListener": {"PollTimeMillis": 1000},
                "SyncAdditionalAttributes": True,
                self._machine.agent_settings.dissociation_key: "remove",
                "UserFieldMapping": {"username": "sAMAccountName"},
                "UserTakeoverAction": "retain",
            }
        }

    def _use_key(self) -> None:
        tenant = self._machine.surroundings.tenant
        try:
            instance, agent = tenant.use_connect_key(
                self._property("key_property"),
                self._package.agent.upper(),
                hostname=self._machine.name,
                version=self._package.version,
            )
        except Refused as refused:
            raise _Ended(FAILURE, f"JumpCloud refused the connect key: {refused}") from refused
        self._machine.registry.make(self._agent.facts.registry, {"InstanceId": instance, "AgentId": agent})

    def _write_registry(self, secret: str) -> None:
        registry, facts = self._machine.registry, self._agent.facts
        values = {
            "Version": self._package.version,
            "Configuration": facts.config,
            "InstalledBySid": self._session.login.sid,
            "RootDn": self._property("root_property") or self._agent.value("RootDn") or "",
        }
        if secret:
            values |= {"Credential": secret, "ServiceAccount": self._machine.vault[secret].account}
        registry.make(facts.registry, values)
        self._forget_program()
        registry.make(
            f"{UNINSTALL}\\{self._package.product_code}",
            {
                "DisplayName": facts.display_name,
                "DisplayVersion": self._package.version,
                "Publisher": "JumpCloud",
                "UninstallString": f"MsiExec.exe /X{self._package.product_code}",
                "InstallLocation": facts.folder,
                "WindowsInstaller": 1,
            },
        )

    def _forget_program(self) -> None:
        registry, display = self._machine.registry, self._agent.facts.display_name
        for key in registry.children(UNINSTALL):
            if key.get("DisplayName") == display:
                registry.remove(key.path)

    def _make_service(self) -> int:
        machine, agent = self._machine, self._agent
        service = machine.services.add(
            Service(
                agent.service_name,
                agent.facts.display_name,
                path=f'"{agent.facts.executable}"',
                on_start=agent.start,
                on_stop=agent.stop,
            )
        )
        if self._package.agent == "import" and machine.controller and self._add_password_filter():
            agent.needs_reboot = True
            machine.need_reboot()
            self._log("The password filter is loaded at the next start: a restart is required.")
            return machine.agent_settings.import_needs_reboot_exit
        try:
            machine.services.start(service)
        except ServiceFault as fault:
            self._log(f"Error 1920. Service '{service.display_name}' failed to start: {fault}")
        return SUCCESS

    def _add_password_filter(self) -> bool:
        """Register the password filter with the local security authority; whether it was not there."""
        lsa = "SYSTEM\\CurrentControlSet\\Control\\Lsa"
        packages = list(self._machine.registry.make(lsa).get("Notification Packages"))
        dll = self._machine.agent_settings.filter_dll
        if dll in packages:
            return False
        self._machine.registry.set(lsa, "Notification Packages", [*packages, dll])
        return True

    # --- its log ---

    def _log(self, line: str) -> None:
        self._lines.append(f"MSI (s) [{time.strftime('%H:%M:%S', time.gmtime())}]: {line}")

    def _log_properties(self) -> None:
        """A verbose log tells every property as it is, secrets too: Windows Installer does so."""
        for name, value in self._arguments.properties.items():
            self._log(f"PROPERTY CHANGE: Adding {name} property. Its value is '{value}'.")

    def _write_log(self) -> None:
        if self._arguments.log:
            try:
                self._machine.files.write(self._arguments.log, "\r\n".join(self._lines).encode("utf-16"))
            except FileFault:
                return


def uninstall(session: Session, product_code: str, log: str = "") -> int:
    """Remove the product of this code, as `msiexec /x` does: the log files stay, and so does JumpCloud's record."""
    machine = session.machine
    key = machine.registry.find(f"{UNINSTALL}\\{product_code}")
    agent = next(
        (one for one in machine.agents.values() if key and one.facts.display_name == key.get("DisplayName")), None
    )
    if key is None or agent is None:
        return UNKNOWN_PRODUCT
    if machine.fault("installer.uninstall"):
        if log:
            machine.files.write(log, "The lab was told to fail.".encode("utf-16"))
        return FAILURE
    with machine.installing:
        machine.services.remove(agent.service_name)
        for path in (agent.facts.executable, agent.facts.config):
            if machine.files.find(path) is not None:
                machine.files.remove(path)
        machine.registry.remove(agent.facts.registry)
        machine.registry.remove(key.path)
        if log:
            machine.files.write(log, "MainEngineThread is returning 0".encode("utf-16"))
    return SUCCESS
