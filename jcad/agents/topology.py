"""What is to be said of the agents of a domain as a whole. Pure.

Sources: JumpCloud's pages on configurations and topology ("To sync passwords from AD to JumpCloud, the import agent must be
installed on all DCs"; which agents an AD instance has by what it is for), on accounts (names that hold "JumpCloud"), on the
import agent's configuration (the same on every server), and on Entra Connect beside M365, where the pages disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jcad.agents.configuration import DISABLE, contradiction, differing
from jcad.agents.draft import Draft
from jcad.agents.steps import Procedure
from jcad.model.agents import AgentKind
from jcad.model.cloud import UseCase
from jcad.plan import FindingKind
from jcad.settings import KEYS, canonical

UNFIT = {AgentKind.SYNC: UseCase.ADASAUTHORITY, AgentKind.IMPORT: UseCase.JCASAUTHORITY}
"""What an AD instance is for where it has no such agent."""


def look_at_whole(draft: Draft, hosts: Iterable[str]) -> None:
    """Findings about all agents of the kinds in question; those about single hosts only for `hosts`."""
    chosen = sorted(hosts)
    for kind in sorted(draft.options.kinds):
        _use_case(draft, kind)
    if AgentKind.IMPORT in draft.options.kinds:
        _passwords(draft)
        _differing_configurations(draft)
        _wanted_configuration(draft)
    _entra(draft, chosen)


def _use_case(draft: Draft, kind: AgentKind) -> None:
    """An agent that the AD instance is not for."""
    unfit = UNFIT[kind]
    if draft.observed.use_case is not unfit:
        return
    for host in sorted(_after(draft, kind)):
        reason = f"the AD instance is {unfit}, which has no {kind} agent"
        draft.find(FindingKind.CONFLICT, f"{kind} agent on {_name(draft, host)}", "use-case", reason, noun="agent")


def _passwords(draft: Draft) -> None:
    """Passwords come from AD only where every domain controller has the import agent, and there is one at all."""
    having = _after(draft, AgentKind.IMPORT)
    known = draft.desired.controllers | {name for name in draft.observed.hosts if draft.observed.is_controller(name)}
    missing = sorted(known - having)
    unknown = [name for name in missing if draft.observed.state(name) is None]
    without = [name for name in missing if name not in unknown]
    if not having & known or not missing:
        return
    parts = [f"it is not on {', '.join(without)}"] if without else []
    parts += [f"whether it is on {', '.join(unknown)} is not known"] if unknown else []
    reason = (
        "passwords are synced from AD to JumpCloud only when the import agent is on all domain controllers: "
        + ", and ".join(parts)
    )
    draft.find(FindingKind.REPORTED, "import agent", "not-on-all-controllers", reason, noun="agents")


def _after(draft: Draft, kind: AgentKind) -> set[str]:
    """The hosts that have an agent once everything is done."""
    having = {name for name in draft.observed.hosts if draft.observed.agent(name, kind) is not None}
    mine = [step for step in draft.steps if step.kind is kind]
    having |= {step.host for step in mine if step.procedure is Procedure.INSTALL}
    return having - {step.host for step in mine if step.procedure is Procedure.UNINSTALL}


def _differing_configurations(draft: Draft) -> None:
    """Known keys that hosts do not agree on once everything is done: the page has the same on every server."""
    files = {}
    for host in draft.observed.hosts:
        agent = draft.observed.agent(host, AgentKind.IMPORT)
        if agent is not None and agent.config is not None:
            actual = {**agent.config, **_to_be_written(draft, host)}
            files[host] = {key: value for key, value in actual.items() if canonical(key) in KEYS}
    for key, hosts in differing(files):
        told = "; ".join(
            f"{value} on {', '.join(_name(draft, one) for one in names)}" for value, names in hosts.items()
        )
        reason = f"{key} is not the same on every host: {told}"
        draft.find(FindingKind.REPORTED, "import agent", "configurations-differ", reason, noun="agents")


def _to_be_written(draft: Draft, host: str) -> dict[str, str]:
    for step in draft.steps:
        written = step.item.get("configuration")
        if (step.host, step.procedure) == (host, Procedure.CONFIGURE) and isinstance(written, Mapping):
            return {str(key): str(text) for key, text in written.items()}
    return {}


def _wanted_configuration(draft: Draft) -> None:
    """Wanted keys that contradict each other, and one whose values no page tells."""
    for host in draft.desired.hosts.values():
        wanted = host.agents[AgentKind.IMPORT].configuration
        if against := contradiction(wanted):
            draft.find(FindingKind.REPORTED, "import agent", "configuration-overridden", against, noun="agents")
        if DISABLE in wanted:
            reason = f"no page tells the values of UserDisableAction: {wanted[DISABLE]} is written as it is"
            draft.find(FindingKind.REPORTED, "import agent", "configuration-unknown-value", reason, noun="agents")


def _entra(draft: Draft, hosts: Iterable[str]) -> None:
    """Entra Connect or cloud sync on the host of an agent, while JumpCloud has an M365 directory."""
    if draft.observed.m365 is not True:
        return
    for host in hosts:
        state = draft.observed.state(host)
        if state is not None and state.entra:
            reason = (
                f"it has {', '.join(state.entra)}, and JumpCloud is bound to M365: one of JumpCloud's pages says that the two "
                "exclude each other there, another that they do not any more. Ask JumpCloud before both write"
            )
            draft.find(FindingKind.CONFLICT, _name(draft, host), "entra-and-m365", reason)


def _name(draft: Draft, host: str) -> str:
    state = draft.observed.state(host)
    return (state.name if state else "") or host
