"""JumpCloud's two agents as a lab host runs them: the service, its log, its heartbeat, its wrong password.

A thread for each agent that runs. Facts: sections 1.5 to 1.7 of JumpCloud's pages, as docs/lab-windows.md tells.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import ConnectionFailed
from jcad.lab.jumpcloud.exchange import Refused
from jcad.lab.windows.machine.facts import AGENTS
from jcad.lab.windows.machine.files import FileFault
from jcad.lab.windows.machine.services import ServiceFault

if TYPE_CHECKING:
    from jcad.lab.windows.machine.facts import AgentFacts, AgentKind
    from jcad.lab.windows.machine.host import Credential, Machine

CREDENTIAL_ERROR: Final = "Credential error: the stored service account credentials cannot be decrypted"
WRONG_PASSWORD: Final = (
    'LDAP Result Code 49 "Invalid Credentials": 80090308: LdapErr: DSID-0C090453, comment: AcceptSecurityContext error, '
    "data {code}, v4563"
)


class Agent:
    """One agent on one host, installed or not. The registry holds what it knows of itself."""

    def __init__(self, machine: Machine, kind: AgentKind) -> None:
        self._machine = machine
        self.kind = kind
        self.needs_reboot = False
        self.wrong_passwords = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def facts(self) -> AgentFacts:
        """Where it lives."""
        return AGENTS[self.kind]

    @property
    def service_name(self) -> str:
        """Its service's name."""
        return self.facts.service(self._machine.agent_settings)

    def value(self, name: str) -> Any:
        """A value of its registry key; None where it is not installed."""
        key = self._machine.registry.find(self.facts.registry)
        return None if key is None else key.get(name)

    @property
    def credential(self) -> Credential | None:
        """The service account's password, where the one who installed last could encrypt it."""
        found = self._machine.vault.get(self.value("Credential") or "")
        return found if found is not None and found.sid == self.value("InstalledBySid") else None

    def log(self, level: str, message: str) -> None:
        """Write a line into the agent's log."""
        line = f"{datetime.now(UTC).isoformat(timespec='milliseconds')} [{level}] {message}\r\n"
        try:
            self._machine.files.write(self.facts.log, line.encode(), at=None)
        except FileFault:
            return

    # --- the service ---

    def start(self) -> None:
        """What the service does when it starts. Raises `ServiceFault`, and its log says why."""
        time.sleep(self._machine.agent_settings.service_start_seconds)
        self.log("INFO", f"{self.facts.display_name} {self.value('Version')} is starting")
        if self._machine.fault("installer.start"):
            raise self._failed("The lab was told that this service does not start", 1053)
        if self.needs_reboot:
            raise self._failed("The server must be restarted before the agent can start", 1053)
        self._check_configuration()
        credential = self.credential
        if credential is None:
            raise self._failed(CREDENTIAL_ERROR, 1067)
        code = self._log_on(credential)
        if code:
            raise self._failed(WRONG_PASSWORD.format(code=code), 1067)
        self.log("INFO", f"Connected to Active Directory as {credential.account}")
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._ended,), name=f"{self._machine.name} {self.service_name}", daemon=True
        )
        self._thread.start()

    def _check_configuration(self) -> None:
        try:
            json.loads(self._machine.files.read(self.facts.config).decode("utf-8-sig"))
        except FileFault as fault:
            raise self._failed(f"The configuration file {fault.path} cannot be read", 1067) from fault
        except ValueError as error:
            raise self._failed(f"The configuration file {self.facts.config} is not JSON: {error}", 1067) from error

    def _failed(self, why: str, code: int) -> ServiceFault:
        self.log("ERROR", why)
        self._machine.event(7024, 2, f"The {self.facts.display_name} service terminated: {why}",
                            provider="Service Control Manager", log="System")  # fmt: skip
        return ServiceFault(code, why)

    def stop(self) -> None:
        """End the agent, and its thread with it."""
        self._ended.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)
        self.log("INFO", f"{self.facts.display_name} has stopped")

    def _log_on(self, credential: Credential) -> str | None:
        try:
            code = self._machine.surroundings.refusal(credential.account, credential.password)
        except ConnectionFailed as error:
            self.log("ERROR", f"No domain controller answers: {error}")
            return None
        self.wrong_passwords += code == "52e"
        return code

    # --- its life ---

    def _run(self, ended: threading.Event) -> None:
        settings = self._machine.agent_settings
        code: str | None = None
        checked = time.monotonic()
        while not ended.is_set():
            if self._machine.fault("agent.crash"):
                self._crash()
                return
            if time.monotonic() - checked >= settings.retry:
                code, checked = self._check_again(), time.monotonic()
            if code is None or self._survives():
                self._beat()
            ended.wait(settings.heartbeat)

    def _check_again(self) -> str | None:
        """Log on once more, as each round of the sync does; a refusal is a line in the log."""
        credential = self.credential
        code = None if credential is None else self._log_on(credential)
        if code:
            self.log("ERROR", WRONG_PASSWORD.format(code=code))
        return code

    def _survives(self) -> bool:
        survives = self._machine.agent_settings.survives
        if survives == "primary":
            tenant = self._machine.surroundings.tenant
            return tenant.primary(str(self.value("InstanceId")), self.kind.upper()) == str(self.value("AgentId"))
        return survives == "everybody"

    def _beat(self) -> None:
        if self._machine.fault("agent.silent"):
            return
        if not self._machine.settings.outbound:
            self.log("ERROR", "The connection to console.jumpcloud.com:443 failed")
            return
        instance, agent, version = (str(self.value(name)) for name in ("InstanceId", "AgentId", "Version"))
        try:
            self._machine.surroundings.tenant.heard(instance, agent, version=version)
        except Refused as refused:
            self.log("ERROR", f"JumpCloud refused this agent: {refused}")

    def _crash(self) -> None:
        self.log("FATAL", "The agent ended unexpectedly")
        self._machine.event(7034, 2, f"The {self.facts.display_name} service terminated unexpectedly.",
                            provider="Service Control Manager", log="System")  # fmt: skip
        service = self._machine.services.find(self.service_name)
        if service is not None:
            service.state, service.pid, service.exit_code = "Stopped", 0, 1067
        self._thread = None
