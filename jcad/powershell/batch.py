"""Cutting a list of items into batches that a script takes as one JSON argument, secrets beside it. Pure.

The items, as every script's `.PARAMETER Batch` documents them. `id` is the caller's own name for the item (its answer
comes back under it), `guid` a UUID; text is plain here and gets its marker on the way:

    create-user     id, guid (of an account that an earlier run made, or None), expected ({}), sam, upn, name, path,
                    enabled, attributes ({ldapName: value}); and its password as a secret
    set-attributes  id, guid, expected ({attribute: value or None}), set ({attribute: value}), clear ([attribute]); a value
                    is a text, a whole number, a truth value, or a list of texts: all that the attribute is to have
    reset-password  id, guid, expected ({"pwdLastSet": text or None}), unlock; and its password as a secret
    disable-user    id, guid, expected ({"userAccountControl": int})
    enable-user     id, guid, expected ({"userAccountControl": int})
    unlock-user     id, guid, expected ({"lockoutTime": text or None})
    move-object     id, guid, expected ({"parent": distinguished name}), path
    create-group    id, guid (as for create-user), name, sam, path, description (or None)
    rename-group    id, guid, expected ({"name", "sam"}), name, sam
    rename-user     id, guid, expected ({"sam", "upn": text or None}), sam, upn (or None: it is not written)
    add-members     id, guid (of the group), member (UUID)
    remove-members  id, guid (of the group), member (UUID)
    create-ou       id, guid (as for create-user), name, path
    create-service-account  id, guid (as for create-user), sam, upn, name, path, description, neverExpires; and its password
    set-service-account     id, guid, expected ({"userAccountControl": int}), neverExpires
    allow-logon     id, guid (of the account)
    set-permissions id, guid (of the container), expected ({"descriptor": base64 or None}), add, remove (lists of {trustee,
                    rights, objectType, inheritance, inheritedObjectType, deny})

Items of reset-password, disable-user and enable-user may have serviceAccount (true: a service account of JumpCloud, which
may be a member of Remote Management Users).

The script gets one entry per group and chunk of its members, and answers one line per item all the same: a line's
`guid` is the member's there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jcad.errors import ScriptError
from jcad.model.script import Call, Script
from jcad.model.secret import Secret
from jcad.powershell.literals import check_text, ignoring_case

MARKER = "="
"""Stands before every text in a batch and in a result, so that no reader takes a text for a date."""

LIMIT_BYTES = 900_000
LIMIT_ITEMS = 200
LIMIT_MEMBERS = 1_000
LIMIT_CHUNK = 200
"""One cmdlet call's worth of members: very large arrays fail on a domain controller, single ones cost five times more."""

_SHAPES: Mapping[str, frozenset[str]] = {
    "add-members": frozenset({"id", "guid", "member"}),
    "allow-logon": frozenset({"id", "guid"}),
    "create-group": frozenset({"id", "guid", "name", "sam", "path", "description"}),
    "create-ou": frozenset({"id", "guid", "name", "path"}),
    "create-service-account": frozenset({"id", "guid", "sam", "upn", "name", "path", "description", "neverExpires"}),
    "create-user": frozenset({"id", "guid", "expected", "sam", "upn", "name", "path", "enabled", "attributes"}),
    "disable-user": frozenset({"id", "guid", "expected"}),
    "enable-user": frozenset({"id", "guid", "expected"}),
    "move-object": frozenset({"id", "guid", "expected", "path"}),
    "remove-members": frozenset({"id", "guid", "member"}),
    "remove-probe": frozenset({"id", "guid"}),
    "rename-group": frozenset({"id", "guid", "expected", "name", "sam"}),
    "rename-user": frozenset({"id", "guid", "expected", "sam", "upn"}),
    "reset-password": frozenset({"id", "guid", "expected", "unlock"}),
    "set-attributes": frozenset({"id", "guid", "expected", "set", "clear"}),
    "set-permissions": frozenset({"id", "guid", "expected", "add", "remove"}),
    "set-service-account": frozenset({"id", "guid", "expected", "neverExpires"}),
    "unlock-user": frozenset({"id", "guid", "expected"}),
}
_OPTIONAL: Mapping[str, frozenset[str]] = {
    name: frozenset({"serviceAccount"}) for name in ("disable-user", "enable-user", "reset-password")
}
"""What an item may hold beside its shape."""

MEMBERSHIP_SCRIPTS = frozenset({"add-members", "remove-members"})

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@/-]{0,199}\Z")
_LOOKS_LIKE_A_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}\Z")
_INT64 = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One run's worth of items. `ids` are those that the script answers for, one line each; `text` is the JSON."""

    script: Script
    ids: tuple[str, ...]
    text: str = field(repr=False)
    secrets: tuple[Secret, ...] = ()

    def call(self, *, server: str, what_if: bool = False) -> Call:
        """The call that carries this batch out on `server`; `what_if` changes nothing there."""
        parameters: dict[str, str | int | bool] = {"Batch": self.text, "Server": server}
        if what_if:
            parameters["WhatIf"] = True
        return Call(script=self.script, parameters=parameters, secrets=self.secrets, lines=len(self.ids))


def batches(
    script: Script,
    items: Iterable[Mapping[str, Any]],
    secrets: Sequence[Secret] = (),
    *,
    limit: int | None = None,
) -> Iterator[Batch]:
    """Cut items into batches, in their order; `secrets` are parallel to the items where the script takes them.

    `limit` makes batches of at most so many items, where the usual number is too many. Raises ScriptError for an item
    that is not of the script's shape or that no batch can carry: text with a NUL, an unusable id, too large.
    """
    listed = list(items)
    for item in listed:
        _check_shape(script, item)
    if script.takes_secret and len(listed) != len(secrets):
        raise ScriptError(f"{script.name} needs a secret for each of its {len(listed)} items, and got {len(secrets)}")
    if secrets and not script.takes_secret:
        raise ScriptError(f"{script.name} takes no secrets")
    if script.name in MEMBERSHIP_SCRIPTS:
        yield from _membership_batches(script, listed, min(limit or LIMIT_MEMBERS, LIMIT_MEMBERS))
        return
    pending = _Pending(script)
    for index, item in enumerate(listed):
        text = _item(item)
        if not pending.fits(text, min(limit or LIMIT_ITEMS, LIMIT_ITEMS)):
            yield pending.batch()
            pending = _Pending(script)
        pending.add(text, [item["id"]], secrets[index : index + 1] if script.takes_secret else ())
    if pending.texts:
        yield pending.batch()


def fields_of(name: str) -> frozenset[str]:
    """The fields of an item of this script. Raises ScriptError where it takes no batch."""
    if name not in _SHAPES:
        raise ScriptError(f"{name} takes no batch")
    return _SHAPES[name]


def check_item(script: Script, item: Mapping[str, Any]) -> None:
    """Raise ScriptError for an item that is not of the script's shape, or that no batch can carry."""
    _check_shape(script, item)
    _object(item)


def _check_shape(script: Script, item: Mapping[str, Any]) -> None:
    if script.name not in _SHAPES:
        raise ScriptError(f"{script.name} takes no batch")
    expected, found = _SHAPES[script.name], frozenset(item)
    more = found - expected - _OPTIONAL.get(script.name, frozenset())
    if more or not expected <= found:
        wrong = [f"without {name}" for name in sorted(expected - found)]
        wrong += [f"with {name}" for name in sorted(more)]
        raise ScriptError(f"{script.name} got the item {item.get('id')!r} {', '.join(wrong)}")


class _Pending:
    """The batch that is being filled: items already as JSON, so that its size is known and each is encoded once."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.secrets: list[Secret] = []
        self.size = len('{"count":1000000,"items":[]}')

    def fits(self, text: str, limit: int) -> bool:
        return not self.texts or (len(self.ids) < limit and self.size + len(text) + 1 <= LIMIT_BYTES)

    def add(self, text: str, ids: Sequence[str], secrets: Iterable[Secret] = ()) -> None:
        if self.size + len(text) + 1 > LIMIT_BYTES:
            raise ScriptError(
                f"item {ids[0]} of {self.script.name} has {len(text)} characters, more than a batch may hold"
            )
        self.texts.append(text)
        self.ids.extend(ids)
        self.secrets.extend(secrets)
        self.size += len(text) + 1

    def batch(self) -> Batch:
        if len(set(self.ids)) != len(self.ids):
            raise ScriptError(f"two items of a batch for {self.script.name} have the same id")
        text = f'{{"count":{len(self.texts)},"items":[{",".join(self.texts)}]}}'
        return Batch(script=self.script, ids=tuple(self.ids), text=text, secrets=tuple(self.secrets))


def _membership_batches(script: Script, items: Sequence[Mapping[str, Any]], limit: int) -> Iterator[Batch]:
    pending = _Pending(script)
    for chunk in _chunks(items, min(limit, LIMIT_CHUNK)):
        members = [{"id": item["id"], "guid": item["member"]} for item in chunk]
        text = _item({"guid": chunk[0]["guid"], "count": len(members), "members": members})
        if len(pending.ids) + len(chunk) > limit or not pending.fits(text, limit):
            if pending.texts:
                yield pending.batch()
            pending = _Pending(script)
        pending.add(text, [item["id"] for item in chunk])
    if pending.texts:
        yield pending.batch()


def _chunks(items: Sequence[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    """The items of each group together, in the order in which the groups first come, at most `size` of them."""
    by_group: dict[UUID, list[Mapping[str, Any]]] = {}
    for item in items:
        by_group.setdefault(item["guid"], []).append(item)
    for group in by_group.values():
        for start in range(0, len(group), size):
            yield group[start : start + size]


def _item(item: Mapping[str, Any]) -> str:
    return json.dumps(_object(item), ensure_ascii=True, separators=(",", ":"))


def _object(mapping: Mapping[str, Any]) -> dict[str, Any]:
    seen: set[str] = set()
    for key in mapping:
        if not _NAME.match(key):
            raise ScriptError(f"{key!r} is not the name of an attribute")
        if (upper := ignoring_case(key)) in seen:
            raise ScriptError(f"the attribute {key} is there twice: names are compared without their case")
        seen.add(upper)
    return {key: identifier(value) if key == "id" else _value(value) for key, value in mapping.items()}


def identifier(value: Any) -> str:
    """A caller's name for an item, as it is. Raises ScriptError for one that cannot travel without a marker."""
    if not isinstance(value, str) or not _ID.match(value) or _LOOKS_LIKE_A_DATE.match(value):
        raise ScriptError(
            f"{value!r} cannot be the id of an item: it travels bare, and might be read as something else"
        )
    return value


def _value(value: Any) -> Any:
    if isinstance(value, Secret):
        raise ScriptError("a secret was about to become part of a batch", hint="secrets travel beside the batch")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        check_text(value)
        return MARKER + value
    if isinstance(value, int):
        if int(value) not in _INT64:
            raise ScriptError(f"the number {value} does not fit in 64 bits")
        return int(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return [_value(element) for element in value]
    raise ScriptError(f"a {type(value).__name__} cannot be part of a batch")
