"""Plans, runs and explanations as the JSON documents of `--json`, each with its schema. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jcad.adsync import Explanation
from jcad.model import RunRecord
from jcad.plan import Plan, Result, RunReport, digest, plan_document

PLAN = "jcad.plan/1"
RUN = "jcad.run/1"
EXPLANATION = "jcad.explanation/1"
HISTORY = "jcad.history/1"


def plan_json(plan: Plan) -> Mapping[str, Any]:
    """A plan, with its counts and its digest; `jcad sync apply` takes it as a file."""
    return {**plan_document(plan), "digest": digest(plan)}


def report_json(report: RunReport) -> Mapping[str, Any]:
    """A run as it ended."""
    return {
        "run": report.run,
        "succeeded": report.succeeded,
        "counts": dict(report.counts()),
        "results": [_result_json(result) for result in report.results],
        "remaining": [action.id for action in report.remaining],
        "stopped": str(report.stopped) if report.stopped else None,
    }


def _result_json(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "action": result.action.id,
        "kind": result.action.kind,
        "name": result.action.name,
        "scope": result.action.scope or None,
        "status": outcome.status.value,
        "succeeded": result.succeeded,
        "verdict": result.verdict.value,
        "done": list(outcome.done),
        "guid": str(outcome.guid) if outcome.guid else None,
        "reason": outcome.reason,
        "error": asdict(outcome.error) if outcome.error else None,
        "seen": dict(result.seen),
    }


def explanation_json(found: list[Explanation]) -> Mapping[str, Any]:
    """What was found of one name."""
    return {
        "objects": [
            {
                "noun": one.noun,
                "name": one.name,
                "jumpcloud": dict(one.cloud),
                "directory": dict(one.directory),
                "pair": one.pair,
                "match": one.match,
                "reason": one.reason,
                "actions": [{"id": action.id, "kind": action.kind, "reason": action.reason} for action in one.actions],
                "findings": [
                    {"kind": finding.kind.value, "rule": finding.rule, "reason": finding.reason}
                    for finding in one.findings
                ],
            }
            for one in found
        ]
    }


def run_json(record: RunRecord) -> dict[str, Any]:
    """A run of the journal, with the steps that were read of it."""
    return {
        "run": record.id,
        "feature": record.feature,
        "status": record.status.value,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "operator": record.operator,
        "digest": record.digest,
        "steps": [
            {
                "action": step.action,
                "intended_at": step.intended_at,
                "status": step.outcome.status.value if step.outcome else None,
                "verdict": step.verdict or None,
            }
            for step in record.steps.values()
        ],
    }
