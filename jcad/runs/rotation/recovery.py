"""In place, agents are stopped before the password is set: where it cannot be set, they are started again as they were."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from jcad.agents import AgentOptions, Procedure, Verb
from jcad.errors import JcadError
from jcad.model import AgentKind, Status
from jcad.plan import RunReport
from jcad.runs.agents.errand import Tell
from jcad.runs.agents.run import AgentChoices, AgentRun
from jcad.runs.workplace import Workplace

_log = structlog.get_logger(__name__)

_NOT_DONE = frozenset({Status.CONFLICT, Status.FAILED, Status.SKIPPED})
_AT_ANY_TIME = "00:00-24:00"


def left_stopped(report: RunReport) -> tuple[str, ...]:
    """The hosts whose agents were stopped for a password that was then surely not set; none where that is not known."""
    resets = [one.outcome.status for one in report.results if one.action.executor == "reset-password"]
    if not resets or not _NOT_DONE.issuperset(resets):
        return ()
    return tuple(
        one.action.object.value
        for one in report.results
        if one.action.executor == Procedure.STOP and one.outcome.status is Status.CHANGED
    )


def bring_back(workplace: Workplace, kind: AgentKind, hosts: Sequence[str], tell: Tell) -> None:
    """Start these agents again, as a run of its own, also when the window has closed. What fails is told, not raised."""
    remedy = f"`jcad agent restart {kind}` starts them"
    options = AgentOptions(verb=Verb.RESTART, kinds=frozenset({kind}), hosts=tuple(hosts))
    try:
        choices = AgentChoices(options=options, window=_AT_ANY_TIME, tell=tell)
        with AgentRun.begin(workplace, choices) as run:
            report = run.apply(run.plan())
    except JcadError as error:
        _log.error(
            "the agents are stopped, and could not be started again", hosts=hosts, why=error.message, hint=remedy
        )
        return
    if report.succeeded:
        _log.warning("the password was not set; the agents are at work again with the one they had", hosts=hosts)
    else:
        _log.error("the password was not set, and not every agent is at work again", run=report.run, hint=remedy)
