"""Carries actions on hosts out, one procedure on one host in each worker. Touches what errands touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog

from jcad.errors import AuthenticationFailed, JcadError
from jcad.model import ItemError, ItemOutcome, Status
from jcad.plan import Batch, Ready
from jcad.powershell.hosts.exit_codes import explain_exit_code
from jcad.runs.agents.errand import Errand, Failed, Stopped, Tools
from jcad.runs.agents.procedures import PROCEDURES
from jcad.runs.agents.tending import Conflict, require_expected

_log = structlog.get_logger(__name__)


class HostExecutor:
    """An Executor for Target.HOST. Each action is a batch of its own: one procedure on one host.

    A host that fails is told as failed and keeps no other from its work; what comes after it in the plan needs it, and is
    skipped. A refused logon ends the run.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def batches(self, actions: Sequence[Ready]) -> Iterator[Batch]:
        """One batch for each action."""
        return (Batch((ready,)) for ready in actions)

    def execute(self, batch: Batch) -> Iterator[ItemOutcome]:
        """Carry one action out. Raises AuthenticationFailed; nothing comes of an action that was stopped on its way."""
        (ready,) = batch.actions
        errand = Errand(self._tools, ready.action)
        try:
            yield self._carried_out(errand)
        except Stopped:
            return

    def stop(self) -> None:
        """End what is under way: waits end, sessions close. What a host was told to do, it may still do."""
        self._tools.stopping.set()
        self._tools.sessions.close()

    def _carried_out(self, errand: Errand) -> ItemOutcome:
        action = errand.action
        log = _log.bind(host=errand.host, action=action.kind)
        try:
            if self._tools.what_if:
                require_expected(errand, errand.state())
                return _outcome(errand, Status.SKIPPED, "the host answers, and is as planned from; nothing was changed")
            PROCEDURES[action.executor](errand)
        except (Stopped, AuthenticationFailed):
            raise
        except Conflict as conflict:
            return _outcome(errand, Status.CONFLICT, conflict.message)
        except JcadError as error:
            log.info("failed", done=errand.done, reason=error.message)
            return replace(_outcome(errand, Status.FAILED), error=_item_error(error))
        log.info("done", done=errand.done)
        return _outcome(errand, Status.CHANGED)


def _outcome(errand: Errand, status: Status, reason: str | None = None) -> ItemOutcome:
    return ItemOutcome(id=errand.action.id, status=status, done=tuple(errand.done), reason=reason)


def _item_error(error: JcadError) -> ItemError:
    """What failed, as the journal keeps it: a script's own error, with an installer's exit code explained."""
    if not isinstance(error, Failed) or (told := error.answer.outcome.error) is None:
        return ItemError(id=type(error).__name__, message=error.message, hint=error.hint)
    if told.id == "ExitCode" and told.code is not None:
        meaning = explain_exit_code(told.code)
        return replace(told, message=error.said(meaning.text), hint=meaning.hint or told.hint)
    return replace(told, message=error.message)
