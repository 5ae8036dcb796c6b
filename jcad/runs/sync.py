"""One run of AD Sync: observe, plan, guard, apply, verify, record, in that order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import structlog

from jcad.adsync import (
    FEATURE,
    DirectorySide,
    GroupSam,
    OnUnbind,
    Sync,
    SyncEffects,
    SyncOptions,
    Takeover,
    UsernameIs,
    configured,
    members_seen,
    names_seen,
    require_one_domain,
    rules_of,
)
from jcad.errors import GuardStopped, PlanError, StoreError
from jcad.garbage import uncollected
from jcad.jumpcloud import JumpCloudReader
from jcad.model import AdInstance, Agent, AgentType, DistinguishedName, RunRecord, UseCase
from jcad.plan import Apply, Identity, Observer, Plan, RunReport, Target, raise_if_over, with_allowances
from jcad.runs.denied import name_missing
from jcad.runs.failover import require_replicated
from jcad.runs.fitting import require_fitting
from jcad.runs.frame import RunFrame
from jcad.runs.links import LinkExecutor
from jcad.runs.observe import observe, read_domain
from jcad.runs.readback import DirectoryReadback, attribute_types
from jcad.runs.scripts import ScriptExecutor
from jcad.runs.unattended import CountingEffects, Unattended
from jcad.runs.workplace import Workplace
from jcad.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line says beside the settings. `allowances` raise limits for this once."""

    recreate: frozenset[str] = frozenset()
    allowances: Mapping[str, int] = field(default_factory=dict)
    second_writer: bool = False
    what_if: bool = False


@dataclass(kw_only=True)
class SyncRun(RunFrame):
    """AD Sync for one domain, from one store, with one domain controller. Use it within `with SyncRun.begin(...) as run`."""

    FEATURES: ClassVar[tuple[str, ...]] = (FEATURE,)
    COMMAND: ClassVar[str] = "sync apply"

    choices: Choices
    unattended: Unattended | None = None
    """What a loop lends to each of its runs; None for a run that somebody looks after."""
    _run_before: RunRecord | None = field(default=None, init=False)
    """The newest run there was when both sides began to be read, as it was then."""

    @classmethod
    @contextlib.contextmanager
    def begin(cls, workplace: Workplace, choices: Choices | None = None) -> Iterator[SyncRun]:
        """Open the store, and log in to the domain. Nothing is written."""
        with workplace.open_store() as store, workplace.directory(store) as directory:
            _log.info("domain controller chosen", dc=directory.dc.name)
            yield cls(workplace=workplace, store=store, directory=directory, choices=choices or Choices())

    # ---- plan --------------------------------------------------------------------------------------------------------

    @cached_property
    def sync(self) -> Sync:
        """Both sides as they are now, with the memory and the options. Raises what reading raises."""
        settings = self.workplace.settings
        self._run_before = self.store.journal().newest()
        with self._jumpcloud() as jumpcloud, uncollected():
            instance = self.workplace.find_instance(jumpcloud)
            require_one_domain(instance.domain, self.directory.dc.naming_context)
            cloud, directory = observe(
                jumpcloud,
                instance,
                self.directory,
                settings,
                self.unattended.read_domain if self.unattended else read_domain,
                self.unattended.read_cloud if self.unattended else None,
            )
        self.store.belongs_to(cloud.organisation.id, cloud.instance.id, str(directory.domain_sid))
        options = self._options(directory)
        return Sync(
            cloud=cloud,
            directory=directory,
            memory=self.store.memory(),
            options=options,
            adi_group=settings.sync.adi_group,
        )

    def plan(self) -> Plan:
        """Make the plan as of now."""
        return self.sync.plan(self.unattended.settled if self.unattended else None)

    @contextlib.contextmanager
    def _jumpcloud(self) -> Iterator[JumpCloudReader]:
        """A reader of JumpCloud: the loop's own, or one that is closed at the end."""
        if self.unattended is not None:
            yield self.unattended.jumpcloud
            return
        with self.workplace.jumpcloud() as jumpcloud:
            yield jumpcloud

    def _options(self, directory: DirectorySide) -> SyncOptions:
        container = self.workplace.container
        if not container.is_under(directory.domain):
            raise GuardStopped(
                f"The root user container {container} is not in the domain {directory.domain}. Nothing was written.",
                hint="Check `container` in [sync] of jcad.toml.",
            )
        if not self.directory.exists(container):
            raise GuardStopped(
                f"The root user container {container} does not exist on {directory.dc}. Nothing was written.",
                hint="Create it first, or check `container` in [sync] of jcad.toml.",
            )
        if self.unattended is None:  # a loop's own look at the domain sees to it
            require_fitting(self.directory, self.workplace.settings)
        suffix, known = self._upn_suffix()
        return sync_options(self.workplace.settings, container, suffix, known, self.choices.recreate)

    def _upn_suffix(self) -> tuple[str, frozenset[str]]:
        """The suffix of new accounts, and all that the forest has."""
        suffix = self.workplace.settings.sync.upn_suffix or self.workplace.settings.directory.domain
        known = frozenset(one.casefold() for one in self.directory.upn_suffixes())
        if suffix.casefold() not in known:
            raise GuardStopped(
                f"{suffix} is no UPN suffix of this forest; it has: {', '.join(sorted(known))}. Nothing was written.",
                hint="Check `upn_suffix` in [sync] of jcad.toml, or add the suffix to the forest.",
            )
        return suffix, known

    # ---- guard -------------------------------------------------------------------------------------------------------

    def guard(self, plan: Plan) -> None:
        """Stop before anything is written: a second writer, or a plan that is over a limit. Raises GuardStopped."""
        limits = configured(self.workplace.settings.sync.limits.counts())
        unknown = sorted(self.choices.allowances.keys() - {limit.guard for limit in limits})
        if unknown:
            known = ", ".join(limit.guard for limit in limits)
            raise PlanError(f"There is no limit called {unknown[0]!r}.", hint=f"--allow knows: {known}")
        already = self.unattended.already if self.unattended else None
        raise_if_over(plan, with_allowances(limits, self.choices.allowances), already)

    def require_one_writer(self, instance: AdInstance, agents: Sequence[Agent]) -> None:
        """Stop when JumpCloud's own agent writes this domain as well. Raises GuardStopped."""
        active = [agent for agent in agents if agent.type is AgentType.SYNC and agent.is_active]
        if self.choices.second_writer or not (active or instance.use_case is UseCase.ADASAUTHORITY):
            return
        if active:
            names = ", ".join(agent.hostname or agent.id for agent in active)
            what = f"JumpCloud's own SYNC agent is active on {names}: two writers would undo each other's work."
        else:
            what = "The AD instance is configured with Active Directory as the authority (ADASAUTHORITY)."
        raise GuardStopped(
            f"{what} Nothing was written.", hint="Stop the agent, or run again with --second-writer if you mean it."
        )

    # ---- apply -------------------------------------------------------------------------------------------------------

    def _look_before(self, plan: Plan, record: RunRecord | None) -> None:
        if record is not None:
            require_replicated(plan, record, self.directory, DirectoryReadback(self.directory))
        self._look_for_writers()

    def _ended(self, report: RunReport) -> RunReport:
        """Remember which members were seen; name the right that was missing where a change was denied."""
        self.remember_members()
        return self._explained(report)

    def _explained(self, report: RunReport) -> RunReport:
        """The report, with the right named that was missing where the directory denied a change."""
        told = self.workplace.settings.remoting
        return name_missing(report, self.directory, told.write_as or told.user)

    def remember_members(self) -> None:
        """Keep who was seen as a member of what, and under which name, where both sides were read in this run."""
        if "sync" in self.__dict__ and not self.choices.what_if:
            memory = self.store.memory()
            effects = [*names_seen(self.sync, memory), *members_seen(self.sync, memory)]
            if effects:
                self.store.remember(effects)

    @contextlib.contextmanager
    def _carrying_out(self, plan: Plan, observer: Observer | None) -> Iterator[Apply]:
        lent = self.unattended
        scripts = (
            lent.scripts
            if lent
            else ScriptExecutor(
                lambda: self.workplace.session(self.store, self.directory.dc),
                self.directory.dc.name,
                workers=self.workplace.settings.remoting.workers,
                what_if=self.choices.what_if,
            )
        )
        effects = SyncEffects(self.store.memory())
        try:
            yield Apply(
                plan=plan,
                executors={
                    Target.STORE: LinkExecutor(self.directory, what_if=self.choices.what_if),
                    Target.DIRECTORY: scripts,
                },
                verifier=DirectoryReadback(self.directory, attribute_types(self.workplace.settings)),
                journal=self.store.journal(),
                effects=CountingEffects(effects) if lent else effects,
                observer=observer,
                workers=self.workplace.settings.remoting.workers,
                halted=lent.halted if lent else lambda: False,
            )
        finally:
            if lent is None:
                scripts.close()

    def _look_under_lease(self) -> None:
        """Refuse a plan made here from what another run has changed since. A plan file meets that object by object."""
        newest = self.store.journal().newest()
        if "sync" in self.__dict__ and newest is not None and newest != self._run_before:
            raise StoreError(
                f"Run {newest.id} has written since this plan was made. Nothing was written.",
                hint="Run it again: it plans from what is there now.",
            )

    def _look_for_writers(self) -> None:
        if "sync" in self.__dict__:
            self.require_one_writer(self.sync.cloud.instance, self.sync.cloud.agents)
            return
        with self._jumpcloud() as jumpcloud:
            instance = self.workplace.find_instance(jumpcloud)
            self.require_one_writer(instance, jumpcloud.agents(instance.id))

    def _require_same(self, made_for: Identity) -> None:
        """Refuse a plan of another tenant or domain. Raises GuardStopped."""
        super()._require_same(made_for)
        self.store.belongs_to(made_for.organisation, made_for.instance, made_for.domain_sid)


def sync_options(
    settings: Settings,
    container: DistinguishedName,
    upn_suffix: str,
    suffixes: frozenset[str] = frozenset(),
    recreate: frozenset[str] = frozenset(),
) -> SyncOptions:
    """The options of the sync, from the settings. `suffixes` are the forest's UPN suffixes, in lower case."""
    told = settings.sync
    return SyncOptions(
        container=container,
        upn_suffix=upn_suffix,
        suffixes=suffixes,
        username=UsernameIs(told.username),
        rename_users=told.rename_users,
        mapping=rules_of(told.mapping, settings.directory.domain),
        takeover=Takeover(told.takeover),
        match_by_email=told.match_by_email,
        clear_empty=told.clear_empty,
        reenable=told.reenable,
        on_unbind=OnUnbind(told.on_unbind),
        group_sam=GroupSam(told.group_sam),
        authoritative=told.authoritative,
        sync_groups=told.groups,
        recreate=recreate,
    )
