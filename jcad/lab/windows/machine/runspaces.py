"""Runspaces on a lab host: the directory's cmdlets, and those of the host's own Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.errors import ConnectionFailed
from jcad.lab.domain.samba import answers_ldap
from jcad.lab.endpoint.logon import LogonRefused, check_password
from jcad.lab.powershell.engine import Stopped
from jcad.lab.windows.machine.cmdlets import MACHINE_CMDLETS, SERVICE
from jcad.lab.windows.machine.cmdlets.taskservice import PROG_ID, TaskService
from jcad.lab.windows.machine.host import Session
from jcad.lab.windows.machine.network import Network
from jcad.lab.windows.runspaces import EDITION, open_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jcad.lab.faults import Faults
    from jcad.lab.jumpcloud import Tenant
    from jcad.lab.login import Accounts, Login
    from jcad.lab.powershell.engine import Engine
    from jcad.lab.windows import WindowsHost
    from jcad.lab.windows.machine.facts import AgentSettings
    from jcad.lab.windows.machine.host import Machine


def open_on(
    machine: Machine, host: WindowsHost, login: Login, *, edition: str = EDITION
) -> tuple[Engine, Callable[[], None]]:
    """Open a bare WinRM session: the user's key store is closed, and what it starts ends with it."""
    session = Session(machine, login, key_store=False)
    engine, close = engine_of(session, host, edition=edition)

    def end() -> None:
        session.ended.set()
        close()

    return engine, end


def engine_of(session: Session, host: WindowsHost, *, edition: str = EDITION) -> tuple[Engine, Callable[[], None]]:
    """An engine for whoever a session is, with every cmdlet of the host."""
    engine, close = open_engine(host, session.login, edition=edition)
    engine.cmdlets.update(MACHINE_CMDLETS)
    engine.services[SERVICE] = session
    engine.services["com"] = {PROG_ID.lower(): TaskService}
    environment: dict[str, tuple[str, str]] = engine.services["environment"]
    environment.update({"temp": ("TEMP", "C:\\Windows\\Temp"), "tmp": ("TMP", "C:\\Windows\\Temp"),
                        "processor_architecture": ("PROCESSOR_ARCHITECTURE", "AMD64")})  # fmt: skip
    return engine, close


class Neighbourhood:
    """`Surroundings` of the hosts of one lab: its accounts, its controllers, its JumpCloud, what else they reach."""

    def __init__(
        self,
        host: WindowsHost,
        accounts: Accounts,
        faults: Faults,
        tenant: Tenant,
        settings: AgentSettings,
        *,
        network: Network | None = None,
    ) -> None:
        self._host = host
        self._accounts = accounts
        self.faults = faults
        self.tenant = tenant
        self.settings = settings
        self.network = Network() if network is None else network

    def find(self, account: str) -> Login | None:
        """The account, or None."""
        return self._accounts.find(account)

    def refusal(self, account: str, password: str) -> str | None:
        """Log on with a password in the clear, as a simple bind does: None, or the sub-code of the refusal.

        Each wrong one is counted, the account's last password too. (An NTLM logon would take the old password for an hour
        yet, and a domain controller does not count one of the last two: the lab is the stricter.)
        """
        if not any(answers_ldap(address) for address, _ in self._nearest(self._host.controllers)):
            raise ConnectionFailed(f"No domain controller answers {self._host.name}.")
        try:
            check_password(self._accounts, account, password)
        except LogonRefused as refused:
            return refused.code
        return None

    @property
    def controllers(self) -> tuple[str, ...]:
        """The short names of the domain controllers, in upper case."""
        return tuple(sorted(self._host.controllers))

    def reaches_controller(self, name: str) -> bool:
        """Whether the domain controller of this name is up."""
        place = self._host.controllers.get(name.partition(".")[0].upper())
        return place is not None and answers_ldap(place[0])

    def _nearest(self, controllers: Mapping[str, tuple[str, int]]) -> list[tuple[str, int]]:
        own = self._host.name.lower()
        return [place for name, place in sorted(controllers.items(), key=lambda pair: pair[0].lower() != own)]

    def run_powershell(self, session: Session, script: str) -> int:
        """Run a script as powershell.exe does: 0, 1 after a terminating error, or what `exit` says."""
        engine, close = engine_of(session, self._host)
        try:
            outcome = engine.run_script(script, _Unheard(), stop=_Ending(session))
        except Stopped:
            return 1
        finally:
            close()
        if outcome.exit_code is not None:
            return outcome.exit_code
        return 0 if outcome.terminated is None else 1


class _Ending:
    """The stop token of a session's program."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def stopped(self) -> bool:
        return self._session.ended.is_set()

    def wait(self, seconds: float) -> bool:
        return self._session.ended.wait(seconds)


class _Unheard:
    """The streams of a program in a task: nobody reads them."""

    def output(self, value: Any) -> None: ...
    def error(self, record: Any) -> None: ...
    def warning(self, message: str) -> None: ...
    def verbose(self, message: str) -> None: ...
    def debug(self, message: str) -> None: ...
    def information(self, record: Any) -> None: ...
    def progress(self, record: Any) -> None: ...
    def should_exit(self, code: int) -> None: ...
