"""A new password for a service account, and every agent that uses it brought back: the plan of it. Pure.

A password that is set breaks every agent that uses it at once, while the primary's heartbeat may go on and JumpCloud keeps
sending it work. So the usual way is a second account: each agent is reinstalled onto it, one by one, the primary last, and the
old account is disabled at the end: there is no moment without an agent. In place, every agent is stopped before the password
is set, for each that still tries the old one counts towards the lockout of the account.

Source: JumpCloud's page on changing the service account's password (uninstall and reinstall with the new one).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from jcad.agents.accounts import Account, confirm_password, forget_password, reset_password, switch_user
from jcad.agents.desired import Desired, WantedAgent, full_name
from jcad.agents.draft import Draft, Site
from jcad.agents.installing import put
from jcad.agents.looking import look_at_host
from jcad.agents.options import AgentOptions, Verb
from jcad.agents.plan import has_part, sites
from jcad.agents.state import Observed
from jcad.agents.steps import Procedure, Step
from jcad.agents.tending import add_stop
from jcad.agents.waves import arrange, waves
from jcad.errors import GuardStopped
from jcad.model import PasswordPolicy
from jcad.model.agents import AgentKind
from jcad.model.logon import bare
from jcad.plan import Action, FindingKind, Plan, Target

FEATURE = "rotation"
_STOPPED = "Stopped"


class Mode(StrEnum):
    """How a password is rotated: onto a second account, agent by agent, or in place with every agent stopped first."""

    SECOND_ACCOUNT = "second-account"
    SAME_ACCOUNT = "same-account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation is: the agents of `kind` go from `old` to `new` (the same one in `SAME_ACCOUNT`).

    `netbios` is the domain's, before the account's name. `policy` is the password policy that holds for the account, None
    where it could not be read. `also_used_by` are other users of the old account that are known (settings of jcad's own).
    """

    mode: Mode
    kind: AgentKind
    old: Account
    new: Account
    netbios: str
    policy: PasswordPolicy | None = None
    also_used_by: tuple[str, ...] = ()
    allow_reboot: bool = False
    allow_only_dc: bool = False


@dataclass(kw_only=True)
class _Turn:
    """A rotation in the making. `left` are agents that stay on the old password, each with why."""

    draft: Draft
    rotation: Rotation
    sites: list[Site] = field(default_factory=list)
    done: list[Site] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)

    @property
    def old_name(self) -> str:
        return full_name(self.rotation.old.sam, self.rotation.netbios)

    @property
    def new_name(self) -> str:
        return full_name(self.rotation.new.sam, self.rotation.netbios)

    @property
    def in_place(self) -> bool:
        return self.rotation.mode is Mode.SAME_ACCOUNT


def plan_rotation(desired: Desired, observed: Observed, rotation: Rotation) -> Plan:
    """Every step of a rotation, in waves with needs. Actions on the directory are `reset password`, `enable` and `disable user`.

    Raises GuardStopped where it must not begin: in place, when an agent could not be stopped and its tries could lock the
    account, or when one would be stopped and could not come back. Raises SettingsError as installations do.
    """
    options = AgentOptions(
        verb=Verb.REINSTALL,
        kinds=frozenset({rotation.kind}),
        allow_reboot=rotation.allow_reboot,
        allow_only_dc=rotation.allow_only_dc,
    )
    turn = _Turn(draft=Draft(desired=desired, observed=observed, options=options), rotation=rotation)
    _find_agents(turn)
    for site in turn.sites:
        put(turn.draft, site, Procedure.REINSTALL, _why(rotation))
    placed = {step.host for step in turn.draft.steps}
    turn.left += [(one.name, "it cannot be reinstalled now") for one in turn.sites if one.host not in placed]
    actions = _in_place(turn) if turn.in_place else _onto_second(turn)
    return Plan.make(FEATURE, observed.made_for, actions, turn.draft.findings, {"hosts": len(placed)})


def accounts_of(plan: Plan) -> frozenset[str]:
    """The accounts that a rotation's plan is about, in lower case: those it changes, and those its agents go onto."""
    given = (str(action.item.get("account", "")) for action in plan.actions if action.target is Target.HOST)
    named = (action.name for action in plan.actions if action.target is not Target.HOST)
    return frozenset(bare(name).casefold() for name in (*given, *named) if name)


def _why(rotation: Rotation) -> str:
    if rotation.mode is Mode.SAME_ACCOUNT:
        return f"it is given the new password of {rotation.old.sam}"
    return f"it goes from {rotation.old.sam} to {rotation.new.sam}"


# ---- which agents ----------------------------------------------------------------------------------------------------


def _find_agents(turn: _Turn) -> None:
    """The agents on the old account, or on one that is not known; and those that cannot be told to be."""
    draft, rotation = turn.draft, turn.rotation
    for host in draft.desired.hosts:
        if not has_part(draft, host):
            continue
        look_at_host(draft, host)
        for site in sites(draft, host):
            if site.agent is not None or draft.observed.installation(site.host, site.kind) is not None:
                _sort(turn, site)  # one that a rotation removed and could not install anew is remembered
    turn.left += _unseen(turn)
    for host, why in turn.left:
        draft.find(FindingKind.NOT_MANAGEABLE, host, "stays-on-old-password", why, noun="agent")
    if rotation.also_used_by:
        reason = f"{rotation.old.sam} is used by {', '.join(rotation.also_used_by)} as well"
        draft.find(FindingKind.REPORTED, rotation.old.sam, "account-used-elsewhere", reason, noun="account")


def _sort(turn: _Turn, site: Site) -> None:
    """Take an agent into the rotation, or say why it is not."""
    remembered = turn.draft.observed.installation(site.host, site.kind)
    account = remembered.account if remembered else ""
    if account and not _same(account, turn.old_name):
        if not turn.in_place and _same(account, turn.new_name):
            (turn.done if _is_at_work(turn, site) else turn.sites).append(_with_account(turn, site))
        else:
            turn.draft.skip(site, "other-account", f"it was installed with {account}, not with {turn.old_name}")
        return
    if not account:
        reason = f"jcad did not install it, so its account is not known: it is taken to be {turn.old_name}"
        turn.draft.find(FindingKind.REPORTED, site.name, "account-unknown", reason, noun="agent")
    turn.sites.append(_with_account(turn, site))


def _is_at_work(turn: _Turn, site: Site) -> bool:
    """Whether an agent runs and JumpCloud hears of it: one that was reinstalled and never came to life is done anew."""
    records = turn.draft.observed.records_of(site.host, site.kind)
    heard = not records or any(one.is_active for one in records)
    return site.agent is not None and site.agent.is_running and heard


def _with_account(turn: _Turn, site: Site) -> Site:
    wanted: WantedAgent = replace(site.wanted, account=turn.new_name, secret=turn.rotation.new.secret)
    if not turn.in_place or site.agent is None or not site.agent.is_running:
        return replace(site, wanted=wanted)
    stopped = replace(site.agent, state=_STOPPED)  # it is, by then
    return replace(site, wanted=wanted, agent=stopped)


def _unseen(turn: _Turn) -> Iterator[tuple[str, str]]:
    """Agents that may use the old password and that nobody can reach: remembered, wanted, or known to JumpCloud."""
    draft, kind = turn.draft, turn.rotation.kind
    observed = draft.observed
    unreachable = {name for name in (*draft.desired.hosts, *observed.hosts) if observed.state(name) is None}
    for host in sorted(unreachable):
        remembered = observed.installation(host, kind)
        wanted = host in draft.desired.hosts and draft.desired.hosts[host].wants(kind)
        known = observed.records_of(host, kind)
        elsewhere = remembered is not None and remembered.account and not _same(remembered.account, turn.old_name)
        if (remembered or wanted or known) and not elsewhere:
            yield f"{kind} agent on {host}", "the host could not be looked at"
    for one in observed.installations:
        host = one.host.lower()
        unknown = host not in observed.hosts and host not in unreachable
        if one.kind is kind and unknown and _same(one.account, turn.old_name):
            yield f"{kind} agent on {host}", "jcad installed it, and nobody looked at the host"
    for name in observed.unmatched(kind, draft.desired.hosts):
        yield f"{kind} agent on {name}", "JumpCloud has it as active, and nobody looked at a host of that name"


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


# ---- onto a second account -------------------------------------------------------------------------------------------


def _onto_second(turn: _Turn) -> list[Action]:
    """Password of the second account, each agent by itself, the old account disabled at the end."""
    _require_one_placed(turn)
    actions = _ready_account(turn)
    running = {kind: turn.draft.observed.running(kind) for kind in AgentKind}
    one_by_one = [[step] for wave in waves([_alone(step) for step in turn.draft.steps]) for step in wave]
    one_by_one.sort(
        key=lambda wave: bool(wave[0].takes_down)
    )  # who is down already comes first: nobody else goes down before
    after = _follow(actions, arrange(one_by_one, running))
    actions += after
    if (reason := _keeps_old(turn)) is not None:
        turn.draft.find(FindingKind.REPORTED, turn.rotation.old.sam, "stays-enabled", reason, noun="account")
        return actions
    user = turn.rotation.old.user
    if user.enabled:
        needs = tuple(action.id for action in after) or _last(actions)
        actions.append(switch_user(turn.rotation.old, on=False, wave=_next(actions), needs=needs))
    return actions


def _ready_account(turn: _Turn) -> list[Action]:
    """The second account with a new password, enabled, and tried once; as it is where agents are on it already."""
    rotation = turn.rotation
    if turn.done:
        hosts = ", ".join(one.host_name for one in turn.done)
        reason = f"agents are on it already ({hosts}): its password is not set anew, and the rotation goes on"
        turn.draft.find(FindingKind.REPORTED, rotation.new.sam, "in-use", reason, noun="account")
        return [] if rotation.new.user.enabled else [switch_user(rotation.new, on=True, wave=0, needs=())]
    actions = [reset_password(rotation.new, wave=0, needs=())]
    if not rotation.new.user.enabled:
        actions.append(switch_user(rotation.new, on=True, wave=1, needs=_last(actions)))
    actions.append(confirm_password(rotation.new, wave=_next(actions), needs=_last(actions), keep_old=False))
    return actions


def _keeps_old(turn: _Turn) -> str | None:
    """Why the old account is not disabled, or None."""
    if turn.left:
        return f"it is not disabled, for it may be in use: {'; '.join(f'{name} ({why})' for name, why in turn.left)}"
    if turn.rotation.also_used_by:
        return f"it is not disabled, for it is used by {', '.join(turn.rotation.also_used_by)}"
    if turn.draft.observed.records is None:
        return "it is not disabled, for JumpCloud was not asked whether there are more agents"
    others = [
        f"{one.kind} agent on {one.host}"
        for one in turn.draft.observed.installations
        if one.kind is not turn.rotation.kind and _same(one.account, turn.old_name)
    ]
    return f"it is not disabled, for it is used by the {', '.join(others)}" if others else None


def _alone(step: Step) -> Step:
    """An agent of a rotation is worked on by itself even where it does not run: its password is tried at the first start."""
    return replace(step, alone=True)


# ---- in place --------------------------------------------------------------------------------------------------------


def _in_place(turn: _Turn) -> list[Action]:
    """Stop every agent, set the password, bring back one standby, then the primary, then the rest."""
    _require_all_come_back(turn)
    _require_no_lockout(turn)
    stops = Draft(desired=turn.draft.desired, observed=turn.draft.observed, options=turn.draft.options)
    for site in turn.sites:
        real = turn.draft.observed.agent(site.host, site.kind)
        add_stop(stops, replace(site, agent=real), "it would try the old password again and again")
    running = _outage_meant(turn)
    actions = arrange([stops.steps] if stops.steps else [], running)
    stopped = tuple(sorted(one.id for one in actions))
    actions.append(reset_password(turn.rotation.old, wave=_next(actions), needs=stopped))
    actions.append(confirm_password(turn.rotation.old, wave=_next(actions), needs=_last(actions), keep_old=True))
    back = arrange(_coming_back(turn), running)
    actions += _follow(actions, back)
    needs = tuple(sorted(one.id for one in back)) or _last(actions)
    actions.append(forget_password(turn.rotation.old, wave=_next(actions), needs=needs))
    return actions


def _require_no_lockout(turn: _Turn) -> None:
    """Nobody may go on trying the old password where tries lock the account."""
    threshold = turn.rotation.policy.lockout_threshold if turn.rotation.policy else None
    if not turn.left or threshold == 0:
        return
    who = "; ".join(f"{name} ({why})" for name, why in turn.left)
    many = (
        f"{threshold} wrong passwords lock it"
        if threshold
        else "after how many is not known: its policy may not be read"
    )
    raise GuardStopped(
        f"The password of {turn.rotation.old.sam} is not set: {who} would go on with the old one and lock the account "
        f"({many}), and with it every agent. Nothing was written.",
        hint="Stop or uninstall these agents, or rotate onto a second account (`alternate` in [prepare.sync]).",
    )


def _require_one_placed(turn: _Turn) -> None:
    """No account is made ready, and no password set, where none of the agents could go onto it."""
    if turn.sites and not turn.draft.steps and not turn.done:
        raise GuardStopped(
            f"No agent can be brought onto {turn.rotation.new.sam}: {_obstacles(turn)}. Nothing was written.",
            hint="Put that right first, and rotate then.",
        )


def _require_all_come_back(turn: _Turn) -> None:
    placed = {step.host for step in turn.draft.steps}
    gone = [site.name for site in turn.sites if site.host not in placed]
    if gone:
        raise GuardStopped(
            f"{', '.join(gone)} would be stopped and could not be brought back: {_obstacles(turn)}. Nothing was written.",
            hint="Put that right first; a rotation onto a second account leaves such an agent as it is.",
        )


def _obstacles(turn: _Turn) -> str:
    """What stands against agents, in words."""
    return "; ".join(f"{one.name}: {one.reason}" for one in turn.draft.findings if one.kind is not FindingKind.REPORTED)


def _coming_back(turn: _Turn) -> list[list[Step]]:
    """The reinstalls in waves: one standby alone, the primary alone, the rest together (one by one where hosts restart)."""
    observed, kind = turn.draft.observed, turn.rotation.kind
    steps = sorted(turn.draft.steps, key=lambda step: step.host)
    primary = [step for step in steps if observed.is_primary(step.host, kind)]
    others = [step for step in steps if step not in primary]
    found = [[step] for step in (*others[:1], *primary)]
    rest = others[1:]
    return found + ([[step] for step in rest] if any(step.reboots for step in rest) else [rest] if rest else [])


def _outage_meant(turn: _Turn) -> dict[AgentKind, frozenset[str]]:
    """The hosts where agents run, for the limit on outages: of the kind in question one nowhere, for its outage is meant."""
    running = {kind: turn.draft.observed.running(kind) for kind in AgentKind}
    return running | {turn.rotation.kind: frozenset({"nowhere"})}


# ---- their order ----------------------------------------------------------------------------------------------------


def _follow(before: Sequence[Action], actions: Sequence[Action]) -> list[Action]:
    """Actions moved behind others: the first wave of them needs the last of those."""
    first, needs = _next(before), _last(before)
    return [
        replace(one, wave=one.wave + first, needs=one.needs or needs)
        for one in sorted(actions, key=lambda one: one.order)
    ]


def _next(actions: Sequence[Action]) -> int:
    return max((one.wave for one in actions), default=-1) + 1


def _last(actions: Sequence[Action]) -> tuple[str, ...]:
    """The ids of the last wave."""
    wave = _next(actions) - 1
    return tuple(sorted(one.id for one in actions if one.wave == wave))
