"""Plan files: what `jcad sync plan --out` writes, and `jcad sync apply` and `jcad script export` read."""

from __future__ import annotations

from pathlib import Path

from jcad.errors import PlanError
from jcad.plan import Plan, read_plan, write_plan


def write_plan_file(path: Path, plan: Plan) -> None:
    """Write a plan. Raises PlanError where it cannot be written."""
    try:
        path.write_text(write_plan(plan), "utf-8")
    except OSError as error:
        raise PlanError(f"The plan cannot be written to {path}: {error.strerror or error}") from error


def read_plan_file(path: Path) -> Plan:
    """Read a plan. Raises PlanError for a file that cannot be read, is no plan, or was changed after it was written."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"The plan {path} cannot be read: {error}") from error
    return read_plan(text, source=str(path))
