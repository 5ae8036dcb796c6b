"""One rotation: a new password for a service account, and every agent that uses it brought back, as one plan and one run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from jcad.agents import FEATURE as AGENTS
from jcad.agents import Account, Durations, Mode, Procedure, Rotation, downtimes, plan_rotation
from jcad.agents.estimate import total
from jcad.agents.rotation import FEATURE
from jcad.directory.logons import read_logon
from jcad.errors import GuardStopped, SettingsError
from jcad.model import AdUser, AgentKind, RunRecord, Status
from jcad.model.logon import bare
from jcad.plan import Action, Apply, Observer, Plan, Ready, RunReport, Target
from jcad.runs.account_pairs import Direction, NamedAccount, Pair, direction, pair_of
from jcad.runs.agents.executor import HostExecutor
from jcad.runs.agents.readback import HostReadback
from jcad.runs.agents.run import AgentChoices, AgentRun, HostEffects
from jcad.runs.agents.site import AgentSite
from jcad.runs.logon import log_on
from jcad.runs.prepare import PrepareChoices, PrepareRun
from jcad.runs.prepare_readback import PrepareReadback
from jcad.runs.rotation.compose import compose, require_usable, settings_for, stand_in, user_of
from jcad.runs.rotation.executors import AccountExecutor, RotationReadback
from jcad.runs.rotation.recovery import bring_back, left_stopped
from jcad.runs.scripts import ScriptExecutor, SecretOf
from jcad.runs.service_passwords import ConfirmExecutor, LogOn, ServicePasswords, log_on_with
from jcad.runs.workplace import Workplace
from jcad.settings import SecretReference

DURATIONS = Durations()

_ON_ACCOUNTS = frozenset({"reset-password", "enable-user", "disable-user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationChoices(AgentChoices):
    """What the command line says. `account` is either account of the pair; `accept` as for preparing a domain."""

    account: str = ""
    same_account: bool = False
    allow_reboot: bool = False
    allow_only_dc: bool = False
    accept: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class RotationRun(AgentRun):
    """A rotation in one domain. Use it within `with RotationRun.start(workplace, choices) as run`."""

    FEATURES: ClassVar[tuple[str, ...]] = (FEATURE,)
    COMMAND: ClassVar[str] = "account rotate"
    OTHERS: ClassVar[Mapping[str, str]] = {AGENTS: "agent install"}

    choices: RotationChoices
    _passwords: ServicePasswords = field(init=False)

    def __post_init__(self) -> None:
        self._passwords = ServicePasswords(self.workplace.secrets, rehearsal=self.choices.what_if)

    @classmethod
    @contextlib.contextmanager
    def start(cls, workplace: Workplace, choices: RotationChoices) -> Iterator[RotationRun]:
        """Open the store, log in to the domain. Nothing is written. Raises SettingsError for an account that nobody names."""
        if choices.account:
            pair_of(workplace.settings, choices.account)
        with AgentSite.open(workplace) as site:
            yield cls(workplace=workplace, store=site.store, directory=site.directory, site=site, choices=choices)

    # ---- observe and plan --------------------------------------------------------------------------------------------

    @cached_property
    def pair(self) -> Pair:
        """The two accounts. Raises SettingsError."""
        return pair_of(self.workplace.settings, self.choices.account)

    @cached_property
    def direction(self) -> Direction:
        """From which account to which. Raises SettingsError, GuardStopped."""
        pair = self.pair
        both = [one.sam for one in (pair.first, pair.second) if one is not None]
        enabled = [sam for sam in both if (user := self._user(sam)) is not None and user.enabled]
        return direction(pair, self.store.installations(), enabled, in_place=self.choices.same_account)

    def plan(self) -> Plan:
        """Make the plan as of now. Raises GuardStopped, SettingsError, and what observing raises."""
        way = self.direction
        old = self._account(way.old, self._required_user(way.old.sam))
        if way.in_place:
            return plan_rotation(self.site.desired, self.observed, self._rotation(old, old))
        preparation = self._preparing(way.new)
        prepared = preparation.plan()
        require_usable(prepared, way.new.sam)
        preparation.guard_privileged(prepared)
        user = user_of(preparation.actual, way.new.sam)
        user = user or stand_in(preparation.actual, way.new.sam, preparation.desired.account(way.new.sam).upn)
        plan = plan_rotation(self.site.desired, self.observed, self._rotation(old, self._account(way.new, user)))
        return compose(prepared, plan, user)

    def _rotation(self, old: Account, new: Account) -> Rotation:
        logon = read_logon(self.directory, old.user.guid)
        return Rotation(
            mode=Mode.SAME_ACCOUNT if self.direction.in_place else Mode.SECOND_ACCOUNT,
            kind=self.pair.kind,
            old=old,
            new=new,
            netbios=self.directory.netbios_name(),
            policy=logon.policy if logon else None,
            also_used_by=tuple(self._own_uses(old.sam)),
            allow_reboot=self.choices.allow_reboot,
            allow_only_dc=self.choices.allow_only_dc,
        )

    def _account(self, named: NamedAccount, user: AdUser) -> Account:
        return Account(sam=named.sam, user=user, upn=user.upn or named.sam, secret=str(named.reference))

    def _own_uses(self, sam: str) -> Iterator[str]:
        """Where jcad itself logs on as an account."""
        told = self.workplace.settings
        for where, user in (
            ("[directory]", told.directory.user),
            ("[remoting]", told.remoting.user),
            ("[remoting] write_as", told.remoting.write_as),
            ("[agents] install_as", told.agents.install_as),
        ):
            if bare(user).partition("@")[0].casefold() == sam.casefold():
                yield f"jcad ({where})"

    def _preparing(self, account: NamedAccount) -> PrepareRun:
        """What prepares the account that the rotation goes to, as if it were the only one."""
        settings = settings_for(self.workplace.settings, self.pair.kind.value, account.sam, account.reference)
        return PrepareRun(
            workplace=replace(self.workplace, settings=settings),
            store=self.store,
            directory=self.directory,
            choices=PrepareChoices(accept=self.choices.accept, what_if=self.choices.what_if),
        )

    def _user(self, sam: str) -> AdUser | None:
        return self.directory.users_called([sam]).get(sam.casefold())

    def _required_user(self, sam: str) -> AdUser:
        user = self._user(sam)
        if user is None:
            raise SettingsError(
                f"The domain has no account {sam}, so there is no password of it to rotate.",
                hint="`jcad prepare apply` makes the service accounts; check the names in [prepare] of jcad.toml.",
            )
        return user

    # ---- what it will take -------------------------------------------------------------------------------------------

    @staticmethod
    def downtimes(plan: Plan) -> dict[str, float]:
        """About how many seconds each host will be without its agent."""
        return dict(downtimes(plan, DURATIONS))

    @staticmethod
    def duration(plan: Plan) -> float:
        """About how many seconds the whole of it takes."""
        return total(plan, DURATIONS)

    # ---- guard -------------------------------------------------------------------------------------------------------

    def guard(self, plan: Plan) -> None:
        """Stop before anything is written; in place, also where the window would close before the agents are back."""
        super().guard(plan)
        if self.window is None or not _stops_all(plan):
            return
        left, needed = self.window.closes_after(self.now()).total_seconds(), self.duration(plan)
        if needed > left:
            raise GuardStopped(
                f"In place the rotation takes about {_minutes(needed)}, and the window {self.window} closes in "
                f"{_minutes(left)}: agents would stay stopped until it opens again. Nothing was written.",
                hint="Begin earlier, or give a longer --window; onto a second account a rotation can stop between any two hosts.",
            )

    def _look_before(self, plan: Plan, record: RunRecord | None) -> None:
        super()._look_before(plan, record)
        if record is None and not self.choices.what_if:
            self._rehearse(plan)

    def _rehearse(self, plan: Plan) -> None:
        """Try the scripts for the accounts with -WhatIf: a refusal is known before an agent is stopped. Raises GuardStopped."""
        there = [one for one in plan.actions if one.target is Target.DIRECTORY and one.executor in _ON_ACCOUNTS]
        ready = [Ready(action=one, guid=UUID(one.object.value)) for one in there if one.object.by == "guid"]
        passwords = ServicePasswords(self.workplace.secrets, rehearsal=True)
        scripts = self._scripts(passwords.for_action, what_if=True)
        try:
            outcomes = [outcome for batch in scripts.batches(ready) for outcome in scripts.execute(batch)]
        finally:
            scripts.close()
        refused = [one for one in outcomes if one.status in {Status.CONFLICT, Status.FAILED}]
        if refused:
            told = "; ".join(
                f"{plan.by_id[one.id].kind} {plan.by_id[one.id].name}: "
                f"{one.reason or (one.error.message if one.error else 'it does not say why')}"
                for one in refused
            )
            raise GuardStopped(
                f"The rotation would not come to its end: {told}. Nothing was written.",
                hint="Put that right first; the agents are as they were.",
            )

    def _scripts(self, secret_of: SecretOf, *, what_if: bool) -> ScriptExecutor:
        return ScriptExecutor(
            lambda: self.workplace.session(self.store, self.directory.dc),
            self.directory.dc.name,
            workers=1,
            what_if=what_if,
            secret_of=secret_of,
        )

    # ---- apply -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _carrying_out(self, plan: Plan, observer: Observer | None) -> Iterator[Apply]:
        what_if = self.choices.what_if
        tools = self.site.tools(
            plan.made_for.instance,
            tell=self.choices.tell,
            what_if=what_if,
            allow_only_dc=self.choices.allow_only_dc,
            begun_before=self._begun,
        )
        scripts = self._scripts(self._passwords.for_action, what_if=what_if)
        hosts = HostExecutor(tools)
        preparing = PrepareRun(
            workplace=self.workplace, store=self.store, directory=self.directory, choices=PrepareChoices()
        )
        apply = Apply(
            plan=plan,
            executors={
                Target.DIRECTORY: AccountExecutor(scripts, self._begun, self._by_guid, self._was_set),
                Target.STORE: ConfirmExecutor(self._passwords, self._log_on, what_if=what_if),
                Target.HOST: hosts,
            },
            verifier=RotationReadback(
                PrepareReadback(self.directory, preparing.entries), HostReadback(tools, self.store.installations)
            ),
            journal=self.store.journal(),
            effects=HostEffects(tools),
            observer=observer,
            workers=self.workplace.settings.agents.workers,
            proved=self.site.logon.proved,
        )
        apply.halted = lambda: self._window_is_over() and not _in_between(apply)
        try:
            yield apply
        finally:
            hosts.stop()
            scripts.close()

    def _ended(self, report: RunReport) -> RunReport:
        """Where agents were stopped for a password that could not be set, they are started again."""
        kinds = {one.action.item.get("agent") for one in report.results if one.action.executor == Procedure.STOP}
        if (hosts := left_stopped(report)) and len(kinds) == 1:
            bring_back(self.workplace, AgentKind(str(kinds.pop())), hosts, self.choices.tell)
        return report

    def _by_guid(self, guid: UUID) -> AdUser | None:
        found = self.directory.by_guid([guid]).get(guid)
        return found if isinstance(found, AdUser) else None

    def _was_set(self, action: Action, user: AdUser) -> bool:
        """Whether an interrupted run had set the pending password. It is right then, also where the account is still disabled."""
        account = user.upn or user.sam
        found = self._passwords.is_pending(SecretReference.parse(str(action.secret)), account, self._log_on)
        if found:
            self.store.refusals.forget(account)
        return found

    @property
    def _log_on(self) -> LogOn:
        dc = self.directory.dc.name
        return log_on_with(lambda account, secret: log_on(self.workplace, self.store, dc, account, secret))


def _stops_all(plan: Plan) -> bool:
    """Whether the plan stops agents first: in place."""
    return any(action.executor == Procedure.STOP for action in plan.actions)


def _in_between(apply: Apply) -> bool:
    """Whether agents were stopped and none is back yet: then it goes on, so that one is at work when the window has closed."""
    ended = [one.action for one in apply.results.values() if one.succeeded]
    stopped = any(one.executor == Procedure.STOP for one in ended)
    return stopped and not any(one.executor == Procedure.REINSTALL for one in ended)


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
