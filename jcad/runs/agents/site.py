"""Everything that a command about the agents needs: the domain, its hosts, JumpCloud, and sessions that stay warm.

Opens the store, logs in to the domain; hosts and JumpCloud are asked when they are needed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

from jcad.agents import AgentOptions, Desired, Observed, chosen_hosts, desired_state
from jcad.directory import DirectoryReader, Host, answering, host_address
from jcad.errors import JcadError
from jcad.jumpcloud import AgentRecords, JumpCloudReader
from jcad.model import AdInstance, Agent, AgentKind, HostState, Organisation, Secret, UseCase
from jcad.plan import Identity
from jcad.runs.account_pairs import with_accounts_in_use
from jcad.runs.agents.errand import Tell, Tools
from jcad.runs.agents.heartbeat import AgentCloud
from jcad.runs.agents.inspect import Questions, Seen, inspect_hosts
from jcad.runs.agents.sessions import HostLogon, HostSessions
from jcad.runs.old_passwords import agents_with_old_passwords
from jcad.runs.workplace import Workplace
from jcad.settings import SecretReference
from jcad.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudView:
    """JumpCloud's side: the organisation, the AD instance, and the records of its agents."""

    organisation: Organisation
    instance: AdInstance
    records: tuple[Agent, ...]

    @property
    def primaries(self) -> dict[AgentKind, str]:
        """The ids of the agents that JumpCloud sends work to."""
        found = {AgentKind.SYNC: self.instance.primary_sync, AgentKind.IMPORT: self.instance.primary_import}
        return {kind: identity for kind, identity in found.items() if identity}


@dataclass(kw_only=True)
class AgentSite:
    """The hosts of one domain and their agents. Use it within `with AgentSite.open(workplace) as site`."""

    workplace: Workplace
    store: Store
    directory: DirectoryReader
    jumpcloud: JumpCloudReader
    logon: HostLogon
    sessions: HostSessions

    @classmethod
    @contextlib.contextmanager
    def open(cls, workplace: Workplace) -> Iterator[AgentSite]:
        """Open the store, log in to the domain, and try the remoting account there. Nothing is written."""
        with contextlib.ExitStack() as undo:
            store = undo.enter_context(workplace.open_store())
            directory = undo.enter_context(workplace.directory(store))
            store.serves(str(directory.dc.domain_sid))
            told = workplace.settings.agents
            logon = HostLogon(
                workplace=workplace,
                store=store,
                addresses={one.name: one.address for one in told.host if one.address},
                patience=max(told.install_timeout, told.service_timeout) + 60,
            )
            logon.prove(directory)
            yield cls(
                workplace=workplace,
                store=store,
                directory=directory,
                jumpcloud=undo.enter_context(workplace.jumpcloud()),
                logon=logon,
                sessions=undo.enter_context(HostSessions(logon.open)),
            )

    @cached_property
    def controllers(self) -> tuple[str, ...]:
        """The writable domain controllers, by DNS name in small letters, sorted; the one that is read comes first."""
        own = self.directory.dc.name.lower()
        return (own, *sorted(self.directory.controllers() - {own}))

    @cached_property
    def desired(self) -> Desired:
        """What the settings want of each host, with the service accounts that the last rotations went to."""
        return desired_state(
            with_accounts_in_use(self.workplace.settings, self.store.installations()),
            domain=self.directory.domain,
            netbios=self.directory.netbios_name(),
            controllers=self.controllers,
        )

    @property
    def questions(self) -> Questions:
        """What a probe tries from each host."""
        return Questions(jumpcloud=self.workplace.settings.agents.jumpcloud_host, controllers=self.controllers)

    def hosts(self, options: AgentOptions | None = None) -> tuple[str, ...]:
        """The hosts of the settings and the domain controllers, or those that were named. Raises SettingsError."""
        return tuple(self.desired.hosts) if options is None else chosen_hosts(self.desired, options)

    def cloud(self) -> CloudView:
        """Ask JumpCloud. Raises what the reader raises."""
        with ThreadPoolExecutor(2, thread_name_prefix="cloud") as pool:
            organisation = pool.submit(self.jumpcloud.organisation)
            instance = self.workplace.find_instance(self.jumpcloud)
            records = self.jumpcloud.agents(instance.id)
            return CloudView(organisation=organisation.result(), instance=instance, records=records)

    def look(
        self, hosts: Iterable[str], *, seen: Callable[[str, Seen], None] = lambda _host, _seen: None
    ) -> tuple[Observed, JcadError | None]:
        """Look at hosts and JumpCloud side by side. JumpCloud's refusal comes beside what was seen of the hosts."""
        with ThreadPoolExecutor(1, thread_name_prefix="cloud") as pool:
            asked = pool.submit(self.cloud)
            found = inspect_hosts(self.sessions, hosts, self.questions, proved=lambda: self.logon.proved, seen=seen)
            try:
                cloud, trouble = asked.result(), None
            except JcadError as error:
                cloud, trouble = None, error
        observed = self._observed(found, cloud)
        return replace(observed, m365=self._m365(found)) if cloud else observed, trouble

    def _m365(self, hosts: Mapping[str, Seen]) -> bool | None:
        """Whether M365 is bound, asked only where a host has Entra Connect or cloud sync; None where it is not known."""
        if not any(isinstance(one, HostState) and one.entra for one in hosts.values()):
            return None
        with contextlib.suppress(JcadError):
            return self.jumpcloud.bound_to_m365()
        return None

    def observe(self, hosts: Iterable[str]) -> Observed:
        """Everything that a plan is made from. Raises what asking JumpCloud raises."""
        observed, trouble = self.look(hosts)
        if trouble is not None:
            raise trouble
        return observed

    @property
    def run_as(self) -> str:
        """The administrator who runs installers on the hosts."""
        return self.workplace.settings.agents.install_as or self.workplace.settings.remoting.user

    def run_as_password(self) -> Secret:
        """His password. Raises SecretError."""
        own = self.workplace.settings.agents.install_password
        if own is None:
            return self.workplace.remoting_password()
        return self.workplace.secrets.resolve(own, "the password of the administrator who runs installers")

    def service_password(self, reference: str) -> Secret:
        """The password of a service account. Raises SecretError."""
        return self.workplace.secrets.resolve(SecretReference.parse(reference), "the password of the service account")

    def tools(
        self,
        instance: str,
        *,
        tell: Tell = lambda _host, _kind, _step: None,
        what_if: bool = False,
        allow_only_dc: bool = False,
        begun_before: frozenset[str] = frozenset(),
    ) -> Tools:
        """What actions on hosts need, for one run. `begun_before` are actions of an earlier one that were never heard of."""
        return Tools(
            sessions=self.sessions,
            questions=self.questions,
            cloud=AgentCloud(reader=self.jumpcloud, records=AgentRecords(self.jumpcloud), instance=instance),
            settings=self.workplace.settings.agents,
            secret_of=self.service_password,
            run_as=self.run_as,
            run_as_password=self.run_as_password,
            hosts=self.desired.hosts,
            keys=self.store,
            tell=tell,
            require_directory=self._require_directory,
            what_if=what_if,
            allow_only_dc=allow_only_dc,
            begun_before=begun_before,
        )

    def _require_directory(self, host: str) -> None:
        if host in self.controllers:
            target = self.workplace.target()
            address = self.logon.addresses.get(host) or host_address(target, host)
            answering(target, (Host(name=host, address=address, port=target.default_port),))

    def _observed(self, hosts: dict[str, Seen], cloud: CloudView | None) -> Observed:
        dc, installations = self.directory.dc, self.store.installations()
        return Observed(
            made_for=Identity(
                organisation=cloud.organisation.id if cloud else "",
                instance=cloud.instance.id if cloud else "",
                domain_sid=str(dc.domain_sid),
                domain=str(dc.naming_context),
                dc=dc.name,
            ),
            hosts=hosts,
            records=cloud.records if cloud else None,
            primaries=cloud.primaries if cloud else {},
            installations=tuple(installations.values()),
            outdated=agents_with_old_passwords(self.directory, installations),
            use_case=cloud.instance.use_case if cloud else UseCase.UNSET,
        )
