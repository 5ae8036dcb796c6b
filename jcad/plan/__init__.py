"""Plans: actions, findings, guard, apply, verify. Knows that an action has a target and an executor, not what they do."""

from jcad.plan.action import Action, Change, ObjectRef, Scalar, Target, Value
from jcad.plan.apply import Apply, Executor, Observer
from jcad.plan.codec import canonical_json, digest, plan_document, read_plan, write_plan
from jcad.plan.dispatch import Batch
from jcad.plan.finding import Finding, FindingKind
from jcad.plan.guard import Excess, Limit, excesses, raise_if_over, with_allowances
from jcad.plan.journal import Journal
from jcad.plan.plan import Identity, Plan
from jcad.plan.result import Reading, Ready, Result, RunReport, Verdict
from jcad.plan.selection import leave_out, select
from jcad.plan.verify import Verifier, judge

__all__ = [
    "Action",
    "Apply",
    "Batch",
    "Change",
    "Excess",
    "Executor",
    "Finding",
    "FindingKind",
    "Identity",
    "Journal",
    "Limit",
    "ObjectRef",
    "Observer",
    "Plan",
    "Reading",
    "Ready",
    "Result",
    "RunReport",
    "Scalar",
    "Target",
    "Value",
    "Verdict",
    "Verifier",
    "canonical_json",
    "digest",
    "excesses",
    "judge",
    "leave_out",
    "plan_document",
    "raise_if_over",
    "read_plan",
    "select",
    "with_allowances",
    "write_plan",
]
