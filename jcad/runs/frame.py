"""What runs of every feature share: one plan of one domain, guarded, carried out under the lease, gone on with after a break."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol

from jcad.directory import DirectoryReader
from jcad.errors import GuardStopped, StoreError
from jcad.model import RunRecord
from jcad.plan import Apply, Identity, Observer, Plan, RunReport, read_plan
from jcad.runs.workplace import Workplace
from jcad.store import Store


class HasWhatIf(Protocol):
    """What the command line chose."""

    @property
    def what_if(self) -> bool:
        """Whether scripts only look."""


@dataclass(kw_only=True)
class RunFrame(ABC):
    """One run of one feature, with one domain controller. A feature says what it guards and how it carries a plan out.

    `FEATURES` are the features of the journal that `unfinished` looks for, `COMMAND` is the command that goes on with one.
    """

    FEATURES: ClassVar[tuple[str, ...]]
    COMMAND: ClassVar[str]

    workplace: Workplace
    store: Store
    directory: DirectoryReader
    choices: HasWhatIf

    @abstractmethod
    def guard(self, plan: Plan) -> None:
        """Stop before anything is written. Raises GuardStopped."""

    @abstractmethod
    def _carrying_out(self, plan: Plan, observer: Observer | None) -> AbstractContextManager[Apply]:
        """The apply of a plan, with its executors, which are closed at the end."""

    def _look_before(self, plan: Plan, record: RunRecord | None) -> None:  # noqa: B027  - most features look at nothing more
        """What else is looked at before anything is written; `record` is the run that is gone on with."""

    def _look_under_lease(self) -> None:  # noqa: B027  - as above
        """What can only be looked at when nobody else can write any more."""

    def _ended(self, report: RunReport) -> RunReport:
        """What is done once the plan was carried out; the report as it is shown."""
        return report

    def unfinished(self) -> RunRecord | None:
        """The run that did not come to its end, if there is one."""
        journal = self.store.journal()
        found = (journal.unfinished(feature) for feature in self.FEATURES)
        return next((record for record in found if record is not None), None)

    def apply(self, plan: Plan, observer: Observer | None = None) -> RunReport:
        """Guard the plan and carry it out. Raises GuardStopped, StoreError."""
        self._require_same(plan.made_for)
        self._look_before(plan, None)
        self.guard(plan)
        if self.choices.what_if:
            plan = replace(plan, feature=f"{plan.feature} what-if")
        with self.store.lease(self._clock_ahead()) as journal, self._carrying_out(plan, observer) as apply:
            self._require_no_unfinished()
            self._look_under_lease()
            apply.journal = journal
            report = apply.run()
        return self._ended(report)

    def resume(self, record: RunRecord, observer: Observer | None = None) -> RunReport:
        """Go on with a run that ended early. Its limits were checked when it began."""
        plan = read_plan(record.plan, source=f"run {record.id}")
        self._require_same(plan.made_for)
        self._look_before(plan, record)
        with self.store.lease(self._clock_ahead()) as journal, self._carrying_out(plan, observer) as apply:
            apply.journal = journal
            report = apply.resume(journal.load(record.id))
        return self._ended(report)

    def _clock_ahead(self) -> timedelta:
        """By how much the domain controller's clock is ahead of this host's."""
        return self.directory.now() - datetime.fromtimestamp(time.time(), UTC)

    def _require_no_unfinished(self) -> None:
        if (run := self.unfinished()) is not None:
            raise StoreError(
                f"Run {run.id} of {run.started_at} did not come to its end ({run.status.value}).",
                hint=f"`jcad {self.COMMAND} --resume` goes on with it: what it did stays done, what is unknown is read back.",
            )

    def _require_same(self, made_for: Identity) -> None:
        """Refuse a plan of another domain. Raises GuardStopped."""
        domain_sid = str(self.directory.dc.domain_sid)
        if made_for.domain_sid != domain_sid:
            raise GuardStopped(
                f"The plan was made for {made_for.domain} ({made_for.domain_sid}); {self.directory.dc.name} serves "
                f"{self.directory.dc.naming_context} ({domain_sid}). Nothing was written.",
                hint="Check --profile and `servers` in jcad.toml.",
            )
