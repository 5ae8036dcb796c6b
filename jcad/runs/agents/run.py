"""One run of the agents: observe, plan, guard, apply, verify, record, as for everything else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from jcad.agents import (
    FEATURE,
    ROTATION,
    AgentOptions,
    Observed,
    Procedure,
    Verb,
    Window,
    agent_limits,
    chosen_hosts,
    plan_agents,
    require_hidden_secrets,
    require_passable,
)
from jcad.errors import GuardStopped, PlanError, StoreError
from jcad.model import AgentKind, Effect, Installed, ItemOutcome, RunRecord, Status, Uninstalled
from jcad.plan import Action, Apply, Identity, Observer, Plan, Target, Verdict, raise_if_over, with_allowances
from jcad.runs.agents.errand import Tell, Tools
from jcad.runs.agents.executor import HostExecutor
from jcad.runs.agents.inspect import Seen
from jcad.runs.agents.readback import HostReadback
from jcad.runs.agents.site import AgentSite
from jcad.runs.agents.staging import require_installers
from jcad.runs.frame import RunFrame
from jcad.runs.workplace import Workplace

_NOT_BESIDE_OTHERS = frozenset(
    {Procedure.INSTALL, Procedure.REINSTALL, Procedure.UPGRADE, Procedure.UNINSTALL, Procedure.START}
)
"""What is not done while another feature's run is half-way: it installs, or lets an agent try a password."""

Now = Callable[[], datetime]
"""The time of day where the window is meant: this machine's, with its time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChoices:
    """What the command line says beside the settings. `allowances` raise limits for this once; `window` is HH:MM-HH:MM."""

    options: AgentOptions = field(default_factory=lambda: AgentOptions(verb=Verb.RESTART))
    allowances: Mapping[str, int] = field(default_factory=dict)
    window: str = ""
    what_if: bool = False
    tell: Tell = lambda _host, _kind, _step: None


@dataclass(kw_only=True)
class AgentRun(RunFrame):
    """Work on the agents of one domain. Use it within `with AgentRun.begin(...) as run`."""

    FEATURES: ClassVar[tuple[str, ...]] = (FEATURE,)
    COMMAND: ClassVar[str] = "agent install"
    OTHERS: ClassVar[Mapping[str, str]] = {ROTATION: "account rotate"}
    """Other features whose runs install agents as well, and the commands that go on with them."""

    site: AgentSite
    choices: AgentChoices
    now: Now = field(default=lambda: datetime.now().astimezone())
    _begun: frozenset[str] = field(default=frozenset(), init=False)

    @classmethod
    @contextlib.contextmanager
    def begin(cls, workplace: Workplace, choices: AgentChoices | None = None) -> Iterator[AgentRun]:
        """Open the store, log in to the domain. Nothing is written."""
        with AgentSite.open(workplace) as site:
            yield cls(
                workplace=workplace,
                store=site.store,
                directory=site.directory,
                site=site,
                choices=choices or AgentChoices(),
            )

    # ---- observe and plan --------------------------------------------------------------------------------------------

    @cached_property
    def observed(self) -> Observed:
        """Every host and JumpCloud's records as they are now: what is down elsewhere counts as well. Raises as reading does."""
        chosen_hosts(self.site.desired, self.choices.options)  # a name that nobody knows is said before hosts are asked
        found = self.site.observe(self.site.hosts())
        made_for = found.made_for
        self.store.belongs_to(made_for.organisation, made_for.instance, made_for.domain_sid)
        return found

    def plan(self) -> Plan:
        """Make the plan as of now."""
        return plan_agents(self.site.desired, self.observed, self.choices.options)

    def concerned(self) -> Mapping[str, Seen]:
        """The hosts that the command is about, as they were seen: those of the settings, and whoever was named by the command."""
        options, hosts = self.choices.options, self.site.desired.hosts
        named = [host for host in chosen_hosts(self.site.desired, options) if options.hosts or hosts[host].named]
        return {host: self.observed.hosts[host] for host in named if host in self.observed.hosts}

    # ---- guard -------------------------------------------------------------------------------------------------------

    def guard(self, plan: Plan) -> None:
        """Stop before anything is written: outside the window, over a limit, a secret in sight. Raises GuardStopped."""
        self._require_window()
        self.witnesses(plan)
        limits = agent_limits(self.workplace.settings.agents.limits.counts())
        unknown = sorted(self.choices.allowances.keys() - {limit.guard for limit in limits})
        if unknown:
            known = ", ".join(limit.guard for limit in limits)
            raise PlanError(f"There is no limit called {unknown[0]!r}.", hint=f"--allow knows: {known}")
        raise_if_over(plan, with_allowances(limits, self.choices.allowances))

    def stopped_by(self, plan: Plan) -> GuardStopped | None:
        """What would stop it, were it carried out now. Raises PlanError for a window or a limit that is none."""
        try:
            self.guard(plan)
        except GuardStopped as stopped:
            return stopped
        return None

    def witnesses(self, plan: Plan) -> tuple[str, ...]:
        """Who will see the secrets that the plan puts on a command line. Raises GuardStopped where that is not allowed."""
        return require_hidden_secrets(plan, allowed=self.workplace.settings.agents.secrets_on_command_line)

    @cached_property
    def window(self) -> Window | None:
        """When work may begin; None: at any time. Raises PlanError for what is no window."""
        text = self.choices.window or self.workplace.settings.agents.window
        try:
            return Window.parse(text) if text else None
        except ValueError as error:
            raise PlanError(str(error)) from error

    def _require_window(self) -> None:
        if self.window is not None and not self.window.is_open(now := self.now()):
            minutes = int(self.window.opens_after(now).total_seconds() // 60)
            raise GuardStopped(
                f"It is {now:%H:%M}, and the maintenance window is {self.window}: it opens in {minutes // 60} h "
                f"{minutes % 60} min. Nothing was written.",
                hint="Run it again then, or give another --window.",
            )

    @property
    def window_is_over(self) -> bool:
        """Whether no further host may be begun."""
        return self._window_is_over()

    def _window_is_over(self) -> bool:
        return self.window is not None and not self.window.is_open(self.now())

    # ---- apply -------------------------------------------------------------------------------------------------------

    def _look_before(self, plan: Plan, record: RunRecord | None) -> None:
        if record is None:
            self._require_no_other_unfinished(plan)
        else:
            self._require_window()
            self._require_same_administrator(plan)
            self._begun = begun_before(record)
        require_installers(plan)
        if not self.choices.what_if:
            self._try_passwords(plan)

    def _require_no_other_unfinished(self, plan: Plan) -> None:
        """Install, remove and start no agent while a run of another feature is half-way with the agents. Raises StoreError.

        It would be done a second time, or with an account and a password that are being changed.
        """
        if not any(action.executor in _NOT_BESIDE_OTHERS for action in plan.actions):
            return
        for feature, command in self.OTHERS.items():
            if (run := self.store.journal().unfinished(feature)) is not None:
                raise StoreError(
                    f"Run {run.id} of {run.started_at}, which installs agents as well, did not come to its end.",
                    hint=f"`jcad {command} --resume` goes on with it.",
                )

    def _require_same_administrator(self, plan: Plan) -> None:
        """Refuse to go on where the settings name somebody else: the plan's name and his password do not belong together."""
        planned = {str(name) for action in plan.actions if (name := action.item.get("runAs"))}
        other = sorted(name for name in planned if name.casefold() != self.site.run_as.casefold())
        if other:
            raise GuardStopped(
                f"The run was begun with {other[0]} to run the installers, and the settings say {self.site.run_as} now: only "
                "the first can upgrade what he installs. Nothing was written.",
                hint=f"Set install_as in [agents] to {other[0]} again, with his password.",
            )

    def _try_passwords(self, plan: Plan) -> None:
        """Log on once with each password that hosts are about to use. Raises AuthenticationFailed, SettingsError.

        Hosts of one wave would else all try a wrong one, and lock the account: an administrator's, or that of every agent.
        """
        on_hosts = [action for action in plan.actions if action.target is Target.HOST]
        logon, directory, told = self.site.logon, self.directory, self.workplace.settings.agents
        if told.install_password is not None and any(action.item.get("runAs") for action in on_hosts):
            logon.try_account(directory, self.site.run_as, self.site.run_as_password())
        made_here = {action.secret for action in plan.actions if action.target is not Target.HOST}
        used = {(str(one.item["account"]), one.secret) for one in on_hosts if one.secret and _is_given_password(one)}
        for account, reference in sorted((account, text) for account, text in used if text not in made_here):
            password = self.site.service_password(reference)
            require_passable(password, account)
            logon.try_account(directory, account, password)

    @contextlib.contextmanager
    def _carrying_out(self, plan: Plan, observer: Observer | None) -> Iterator[Apply]:
        tools = self.site.tools(
            plan.made_for.instance,
            tell=self.choices.tell,
            what_if=self.choices.what_if,
            allow_only_dc=self.choices.options.allow_only_dc,
            begun_before=self._begun,
        )
        executor = HostExecutor(tools)
        try:
            yield Apply(
                plan=plan,
                executors={Target.HOST: executor},
                verifier=HostReadback(tools, self.store.installations),
                journal=self.store.journal(),
                effects=HostEffects(tools),
                observer=observer,
                workers=self.workplace.settings.agents.workers,
                halted=self._window_is_over,
                proved=self.site.logon.proved,
            )
        finally:
            executor.stop()

    def _require_same(self, made_for: Identity) -> None:
        """Refuse a plan of another tenant or domain. Raises GuardStopped."""
        super()._require_same(made_for)
        self.store.belongs_to(made_for.organisation, made_for.instance, made_for.domain_sid)


def _is_given_password(action: Action) -> bool:
    """Whether an installer is given the password of the service account."""
    names = action.item.get("secretNames")
    return isinstance(names, tuple | list) and "password" in names


def begun_before(record: RunRecord) -> frozenset[str]:
    """The actions that an earlier run sent out and never heard of: their hosts may be half-way."""
    return frozenset(
        step.action
        for step in record.steps.values()
        if step.intended_at and (step.outcome is None or step.outcome.status is Status.UNKNOWN)
    )


class HostEffects:
    """What the store remembers of work on hosts: who installed what, and what is gone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def __call__(self, action: Action, outcome: ItemOutcome, verdict: Verdict) -> Sequence[Effect]:
        """Effects of one action: also of one that failed after its installer had done its work."""
        del outcome, verdict
        if (installation := self._tools.installed.get(action.id)) is not None:
            return (Installed(installation),)
        if action.id in self._tools.removed:
            return (Uninstalled(action.object.value, AgentKind(str(action.item["agent"]))),)
        return ()
