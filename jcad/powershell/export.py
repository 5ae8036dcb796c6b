"""One whole .ps1 for a host without remoting: the reviewed scripts, and the changes as typed literals. Pure.

Values become literals and nothing else (see `environment`), so that no name can become code; names of scripts choose
sections of the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jinja2

from jcad.errors import ScriptError
from jcad.powershell.batch import LIMIT_CHUNK, MEMBERSHIP_SCRIPTS, check_item
from jcad.powershell.environment import environment
from jcad.powershell.registry import script

Reference = UUID | str
"""An object: its objectGUID, or the id of the change that creates it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One change. `item` is what its script is given; `kind` and `name` are for people.

    For a script that takes a secret, `ask` says that the password must be asked for, and cannot be made at random;
    a random one holds no part of `names`. `needs` are the changes that must have created something before, `made_by` the one
    that creates the object itself; `created-by:<id>` in the item stands for what such a change
    creates. A membership has `group`, the name of it, `holder` and `member` instead of `item`.
    """

    id: str
    kind: str
    name: str
    item: Mapping[str, Any] | None = None
    ask: bool = False
    names: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    made_by: str = ""
    group: str = ""
    holder: Reference = ""
    member: Reference = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a file carries out: scripts with their changes, in order.

    `server` to `instance` are what the plan was made for, `left_out` (kind, count) what is no change of the directory.
    """

    maker: str
    digest: str
    server: str
    domain: str
    domain_sid: str
    organisation: str
    instance: str
    steps: Sequence[tuple[str, Sequence[Exported]]]
    left_out: Sequence[tuple[str, int]] = ()


def export_script(export: Export) -> str:
    """The text of the file. Raises ScriptError for what no script can be given: an unknown script, a text with a NUL."""
    names = sorted({name for name, _ in export.steps})
    secretive = [name for name in names if script(name).takes_secret]
    resolves = any(change.needs for _, changes in export.steps for change in changes)
    steps = [_step(name, changes, resolves=resolves) for name, changes in export.steps]
    try:
        return (
            environment()
            .get_template("_export.ps1")
            .render(
                maker=export.maker,
                digest=export.digest,
                server=export.server,
                domain=export.domain,
                domain_sid=export.domain_sid,
                organisation=export.organisation,
                instance=export.instance,
                left_out=list(export.left_out),
                scripts=names,
                secretive=secretive,
                takes_secret=bool(secretive),
                resolves=resolves,
                steps=steps,
            )
        )
    except jinja2.TemplateError as error:
        raise ScriptError(f"the exported script does not render: {error}") from error


def _step(name: str, changes: Sequence[Exported], *, resolves: bool) -> dict[str, Any]:
    membership = name in MEMBERSHIP_SCRIPTS
    data = (
        list(_groups(name, changes)) if membership else [_change(name, change, resolves=resolves) for change in changes]
    )
    return {
        "script": name,
        "digest": script(name).digest,
        "count": len(changes),
        "membership": membership,
        "changes": data,
    }


def _change(name: str, change: Exported, *, resolves: bool) -> dict[str, Any]:
    entry = script(name)
    if change.item is None:
        raise ScriptError(f"{change.kind} {change.name} has nothing that {name} could be given")
    check_item(entry, change.item)
    made: dict[str, Any] = {"kind": change.kind, "name": change.name, "data": dict(change.item)}
    if resolves:
        made |= {"needs": list(change.needs), "madeBy": change.made_by}
    if entry.takes_secret:
        made |= {"password": "ask" if change.ask else "random", "without": list(change.names)}
    return made


def _groups(name: str, changes: Iterable[Exported]) -> Iterable[dict[str, Any]]:
    """The members of each group together, at most a call's worth of them."""
    by_group: dict[Reference, list[Exported]] = {}
    for change in changes:
        check_item(script(name), {"id": change.id, "guid": change.holder, "member": change.member})
        by_group.setdefault(change.holder, []).append(change)
    for holder, members in by_group.items():
        for start in range(0, len(members), LIMIT_CHUNK):
            chunk = members[start : start + LIMIT_CHUNK]
            listed = [{"id": one.id, "name": one.name, "member": one.member} for one in chunk]
            yield {"kind": chunk[0].kind, "name": chunk[0].group, "group": holder, "members": listed}
