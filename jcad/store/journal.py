"""The journal of runs: what was planned, intended and done. Each method is one durable transaction."""

from __future__ import annotations

import contextlib
import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from jcad.errors import StoreError
from jcad.model import Effect, ItemError, ItemOutcome, RunRecord, RunStatus, Status, StepRecord
from jcad.model.record import Entry
from jcad.store import tables
from jcad.store.database import Database
from jcad.store.installations import apply_installations
from jcad.store.links import apply_effects
from jcad.store.spent import count_spent

Guard = Callable[[sa.Connection], None]


def utc_now() -> str:
    """The time as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _later(moment: str, by: timedelta) -> str:
    moved = datetime.fromisoformat(moment) + by
    return moved.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class StoreJournal:
    """Keeps runs and steps. `guard` is called in each writing transaction, and raises when the lease is lost.

    Intents are dated by the clock of the server that is written, which is `ahead` of this host's: what a run created is known
    by its time, also when this host's clock is wrong, or is set right before the run is continued.
    """

    def __init__(self, database: Database, guard: Guard, ahead: timedelta = timedelta(0)) -> None:
        self._database = database
        self._guard = guard
        self._ahead = ahead

    def begin(self, feature: str, digest: str, plan: str) -> str:
        """Open a run for a plan and return its id."""
        row = {
            "feature": feature,
            "digest": digest,
            "plan": plan,
            "status": RunStatus.RUNNING.value,
            "started_at": utc_now(),
            "operator": operator(),
        }
        with self._writing() as connection:
            result = connection.execute(tables.run.insert().values(row))
            number = result.inserted_primary_key
            if number is None:
                raise StoreError("The state store gave the run no number.")
            return str(number[0])

    def intend(self, run: str, actions: Sequence[str]) -> None:
        """Write that these actions are about to be carried out; the first intent's time counts."""
        now = _later(utc_now(), self._ahead)
        with self._writing() as connection:
            known = _known_steps(connection, int(run), actions)
            fresh = [
                {"run": int(run), "action": action, "intended_at": now} for action in actions if action not in known
            ]
            if fresh:
                connection.execute(tables.step.insert(), fresh)

    def record(self, run: str, outcome: ItemOutcome, verdict: str = "", effects: Sequence[Effect] = ()) -> None:
        """Write an outcome, and what it makes the store remember, in one transaction."""
        self.record_all(run, [Entry(outcome, verdict, effects)])

    def record_all(self, run: str, entries: Sequence[Entry]) -> None:
        """Write outcomes, and what they make the store remember, in one transaction: one wait for the disk for all."""
        number, now = int(run), utc_now()
        rows = [
            {"of": entry.outcome.id, "said": _outcome_text(entry.outcome), "held": entry.verdict, "at": now}
            for entry in entries
        ]
        effects = [effect for entry in entries for effect in entry.effects]
        with self._writing() as connection:
            known = _known_steps(connection, number, [row["of"] for row in rows])
            if fresh := [row for row in rows if row["of"] not in known]:
                connection.execute(_NEW_STEP, [{**row, "run": number} for row in fresh])
            if begun := [row for row in rows if row["of"] in known]:
                connection.execute(_ENDED_STEP, [{**row, "within": number} for row in begun])
            apply_effects(connection, effects)
            apply_installations(connection, effects)
            count_spent(connection, number, effects)

    def finish(self, run: str, status: RunStatus) -> None:
        """Write how the run ended."""
        with self._writing() as connection:
            connection.execute(
                tables.run.update()
                .where(tables.run.c.number == int(run))
                .values(status=status.value, finished_at=utc_now())
            )

    def load(self, run: str) -> RunRecord:
        """The run with its steps. Raises StoreError when there is none of this id."""
        with self._database.read() as connection:
            found = None
            if run.isdecimal():
                found = (
                    connection.execute(sa.select(tables.run).where(tables.run.c.number == int(run))).mappings().first()
                )
            if found is None:
                raise StoreError(f"There is no run {run!r} in the state store.", hint="`jcad history` lists the runs.")
            steps = connection.execute(sa.select(tables.step).where(tables.step.c.run == int(run))).mappings().all()
        return _run_record(found, [_step_record(step) for step in steps])

    def runs(self, limit: int = 20) -> list[RunRecord]:
        """The newest runs first, without their steps."""
        query = sa.select(tables.run).order_by(tables.run.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            return [_run_record(row, []) for row in connection.execute(query).mappings()]

    def newest(self) -> RunRecord | None:
        """The newest run of any feature, without its steps; it is another value once the run has ended."""
        return next(iter(self.runs(1)), None)

    def unfinished(self, feature: str) -> RunRecord | None:
        """The newest run of a feature, if it did not come to its end."""
        query = (
            sa.select(tables.run).where(tables.run.c.feature == feature).order_by(tables.run.c.number.desc()).limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or row["status"] == RunStatus.FINISHED.value:
            return None
        return self.load(str(row["number"]))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction, which begins with the guard's look at the lease."""
        with self._database.write() as connection:
            self._guard(connection)
            yield connection


def operator() -> str:
    """Who runs jcad on this workstation, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _known_steps(connection: sa.Connection, run: int, actions: Sequence[str]) -> set[str]:
    query = sa.select(tables.step.c.action).where(tables.step.c.run == run, tables.step.c.action.in_(list(actions)))
    return set(connection.scalars(query))


_ENDED_STEP = (
    tables.step.update()
    .where(tables.step.c.run == sa.bindparam("within"), tables.step.c.action == sa.bindparam("of"))
    .values(outcome=sa.bindparam("said"), verdict=sa.bindparam("held"), ended_at=sa.bindparam("at"))
)
_NEW_STEP = tables.step.insert().values(
    run=sa.bindparam("run"),
    action=sa.bindparam("of"),
    outcome=sa.bindparam("said"),
    verdict=sa.bindparam("held"),
    ended_at=sa.bindparam("at"),
)


def _outcome_text(outcome: ItemOutcome) -> str:
    document = asdict(outcome)
    document["guid"] = str(outcome.guid) if outcome.guid else None
    return json.dumps(document)


def _read_outcome(text: str) -> ItemOutcome:
    document = json.loads(text)
    error = document.pop("error")
    return ItemOutcome(
        id=document["id"],
        status=Status(document["status"]),
        done=tuple(document["done"]),
        guid=UUID(document["guid"]) if document["guid"] else None,
        reason=document["reason"],
        error=ItemError(**error) if error else None,
    )


def _step_record(row: Any) -> StepRecord:
    outcome = _read_outcome(row["outcome"]) if row["outcome"] else None
    return StepRecord(action=row["action"], intended_at=row["intended_at"], outcome=outcome, verdict=row["verdict"])


def _run_record(row: Any, steps: Sequence[StepRecord]) -> RunRecord:
    return RunRecord(
        id=str(row["number"]),
        feature=row["feature"],
        digest=row["digest"],
        plan=row["plan"],
        status=RunStatus(row["status"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        operator=row["operator"],
        steps={step.action: step for step in steps},
    )
