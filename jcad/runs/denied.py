"""Names the right that was missing where the directory denied a change: asked of the object's permissions afterwards. Reads only.

A directory says no more than "access denied". What the script needs is known, and so is what the account may do there: what of
the one is not in the other is what an administrator must grant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from jcad.directory import DirectoryReader
from jcad.errors import JcadError
from jcad.model import DistinguishedName, ItemError, ItemOutcome
from jcad.plan import Action, Result, RunReport
from jcad.powershell import is_denied
from jcad.runs.rights import may

ASKED = 10
"""So many different denials of a run are looked into; most runs that are denied are denied the same again and again."""

_log = structlog.get_logger(__name__)


def name_missing(report: RunReport, directory: DirectoryReader, account: str) -> RunReport:
    """The report, where each denial says which right the account lacks. What cannot be found out stays as it is."""
    known: dict[tuple[str, ...], str] = {}
    results = tuple(_named(result, directory, account, known) for result in report.results)
    return replace(report, results=results)


def _named(result: Result, directory: DirectoryReader, account: str, known: dict[tuple[str, ...], str]) -> Result:
    outcome = result.outcome
    if outcome.error is None or not is_denied(outcome.error):
        return result
    wanted = _wanted(result.action)
    target = _target(result.action, outcome, directory)
    if target is None:
        return result
    key = (*wanted, str(target.parent))
    if key not in known:
        if len(known) >= ASKED:
            return result
        known[key] = _missing(directory, account, wanted, target)
    if not known[key]:
        return result
    return replace(result, outcome=replace(outcome, error=_told(outcome.error, account, known[key])))


def _told(error: ItemError, account: str, missing: str) -> ItemError:
    return replace(error, hint=f"{account} lacks {missing}: `jcad prepare plan` shows what would grant it")


def _wanted(action: Action) -> tuple[str, ...]:
    """What to ask: the script's rights, or those on the attributes that are written."""
    if action.executor == "set-attributes":
        return tuple(f"write:{change.attribute}" for change in action.changes)
    return (action.executor,)


def _target(action: Action, outcome: ItemOutcome, directory: DirectoryReader) -> DistinguishedName | None:
    """The object that was to be written; the container of one that was to be created."""
    if action.verb == "create" and isinstance(path := action.item.get("path"), str):
        return DistinguishedName.parse(path)
    guid = outcome.guid
    if guid is None and action.object.by == "guid":
        guid = UUID(action.object.value)
    found = directory.by_guid([guid]).get(guid) if guid is not None else None
    return found.dn if found is not None else None


def _missing(directory: DirectoryReader, account: str, wanted: Sequence[str], target: DistinguishedName) -> str:
    """The rights that are missing, in words; empty where none is, or where it cannot be told."""
    try:
        rulings = may(directory, account, wanted, str(target))
    except (JcadError, ValueError) as error:
        _log.info("what was missing cannot be told", account=account, object=str(target), reason=str(error))
        return ""
    lacking = dict.fromkeys(f"{one.right} in {one.on}" for one in rulings if not one.granted)
    return "; ".join(lacking)
