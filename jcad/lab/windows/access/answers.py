"""Recorded cases of ActiveDirectorySecurity, answered by the lab's: one JSON object a line in, one a line out. Pure.

A case names a descriptor and operations; the answer is what the class then holds. The same form in which the behaviour of
the real class was recorded, so that the two can be held against each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from jcad.lab.windows.access.ace import AUDIT, Qualifier
from jcad.lab.windows.access.refusal import Refusal
from jcad.lab.windows.access.rule import INHERITANCE_NAMES, AceRule, make_rule
from jcad.lab.windows.access.security import ALL_PARTS, DirectorySecurity, Masks
from jcad.model.sid import Sid

Operation = Mapping[str, Any]
_OUTCOMES: Final = {"None": 0, "Success": 1, "Failure": 2, "Success, Failure": 3}
_KINDS: Final = {"Allow": Qualifier.ALLOW, "Deny": Qualifier.DENY}


def answers(lines: Iterable[str]) -> Iterator[str]:
    """The answer to each case, as a line of JSON. Raises ValueError for a line that is no case."""
    for line in lines:
        if line.strip():
            yield json.dumps(answer(json.loads(line)), separators=(",", ":"))


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one case."""
    before = case["before"]
    result: dict[str, Any] = {"id": case["id"]}
    try:
        security = DirectorySecurity(
            None if before is None else bytes.fromhex(before), Masks(case.get("masks", int(ALL_PARTS)))
        )
    except Refusal as refusal:
        return result | {"error": refusal.kind, "error_message": refusal.message, "error_at": -1}
    result |= _carried_out(security, case["operations"])
    result["after"] = security.to_bytes().hex()
    result["rules_after"] = [_described(rule) for rule in security.rules()]
    return result


def _carried_out(security: DirectorySecurity, operations: Iterable[Operation]) -> dict[str, Any]:
    """Each operation in its turn, up to the first that throws; the bytes are read after each, as in the recording."""
    modified: list[bool] = []
    returned: list[bool | None] = []
    failed: dict[str, Any] = {}
    for place, operation in enumerate(operations):
        security.modified = Masks(0)
        try:
            returned.append(_OPERATIONS[operation["op"]](security, operation))
        except Refusal as refusal:
            failed = {"error": refusal.kind, "error_message": refusal.message, "error_at": place}
            returned.append(None)
        modified.append(bool(security.modified))
        security.to_bytes()
        if failed:
            break
    shown = {"returned": returned} if any(one is not None for one in returned) else {}
    return {"modified": modified, **shown, **failed}


def _rule(operation: Operation) -> AceRule:
    flags = operation.get("flags")
    return make_rule(
        _sid(operation),
        operation["rights"],
        Qualifier.AUDIT if flags is not None else _KINDS[operation["type"]],
        _guid(operation["object_type"]),
        INHERITANCE_NAMES.index(operation["inheritance"]),
        _guid(operation["inherited_object_type"]),
        _OUTCOMES[flags] if flags is not None else 0,
    )


def _guid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _sid(operation: Operation) -> bytes:
    return Sid.parse(operation["sid"]).to_bytes()


def _with_rule(
    method: Callable[[DirectorySecurity, AceRule], bool | None],
) -> Callable[[DirectorySecurity, Operation], bool | None]:
    return lambda security, operation: method(security, _rule(operation))


_OPERATIONS: Final[dict[str, Callable[[DirectorySecurity, Operation], bool | None]]] = {
    **{f"Add{kind}Rule": _with_rule(DirectorySecurity.add) for kind in ("Access", "Audit")},
    **{f"Set{kind}Rule": _with_rule(DirectorySecurity.set) for kind in ("Access", "Audit")},
    **{f"Remove{kind}Rule": _with_rule(DirectorySecurity.remove) for kind in ("Access", "Audit")},
    **{f"Remove{kind}RuleSpecific": _with_rule(DirectorySecurity.remove_specific) for kind in ("Access", "Audit")},
    "ResetAccessRule": _with_rule(DirectorySecurity.reset),
    "RemoveAccess": lambda held, said: held.remove_all(_sid(said), _KINDS[said["type"]]),
    "RemoveAudit": lambda held, said: held.remove_all(_sid(said), Qualifier.AUDIT),
    "PurgeAccessRules": lambda held, said: held.purge(_sid(said)),
    "PurgeAuditRules": lambda held, said: held.purge(_sid(said), audit=True),
    "SetAccessRuleProtection": lambda held, said: held.protect(said["is_protected"], said["preserve_inheritance"]),
    "SetAuditRuleProtection": lambda held, said: held.protect(
        said["is_protected"], said["preserve_inheritance"], audit=True
    ),
    "SetOwner": lambda held, said: held.set_owner(_sid(said)),
    "SetGroup": lambda held, said: held.set_group(_sid(said)),
}


def _described(rule: AceRule) -> list[Any]:
    """A rule as the recording has it: sid, rights, kind, object type, inheritance, inherited type, inherited."""
    kind = next((name for name, one in _KINDS.items() if one is rule.qualifier), "")
    if rule.qualifier is Qualifier.AUDIT:
        kind = next(name for name, number in _OUTCOMES.items() if number == (rule.flags & AUDIT) >> 6)
    return [
        str(Sid.from_bytes(rule.sid)),
        rule.rights,
        kind,
        str(UUID(bytes_le=rule.object_type)),
        INHERITANCE_NAMES[rule.inheritance],
        str(UUID(bytes_le=rule.inherited_type)),
        rule.is_inherited,
    ]
