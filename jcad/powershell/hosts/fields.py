"""What a script for hosts is given, as a table: its fields, what each may hold, whose passwords it needs. Pure.

A script gets one item. Texts get their marker on the way; a table of texts by name (`{"MainLoop.X": "true"}`) travels as a
list of `{"name", "value"}`, both marked, since PowerShell would take names that differ in case for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jcad.errors import ScriptError, SecretInScript
from jcad.model.secret import Secret


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    TEXTS = "texts"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item. `what` is for whoever runs the exported script by hand; an `optional` one may be None, or left out.

    `usual` stands in for it where the script is run by hand without it.
    """

    name: str
    kind: Kind
    what: str
    optional: bool = False
    usual: str | int | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One script for hosts: its template is `<name>.ps1`.

    `secret` says whose password the first secret is (a phrase for a prompt; empty: there is none), `each` the field, a
    list of names, for each of which one more secret follows.
    """

    fields: tuple[Field, ...] = ()
    writes: bool = True
    secret: str = ""
    each: str = ""

    def secrets_for(self, item: Mapping[str, Any]) -> int:
        """How many secrets the script needs beside this item."""
        return bool(self.secret) + (len(item.get(self.each) or ()) if self.each else 0)


def check_item(name: str, entry: Entry, item: Mapping[str, Any]) -> None:
    """Raise ScriptError for an item that is not of the script's shape; `id` may be left out.

    Raises SecretInScript where a field holds a secret.
    """
    known, found = {field.name for field in entry.fields}, set(item) - {"id"}
    needed = {field.name for field in entry.fields if not field.optional}
    wrong = [f"without {one}" for one in sorted(needed - found)] + [f"with {one}" for one in sorted(found - known)]
    if wrong:
        raise ScriptError(f"{name} got an item {', '.join(wrong)}")
    for field in entry.fields:
        if not (field.optional and item.get(field.name) is None):
            check_value(name, field, item[field.name])


def check_value(name: str, field: Field, value: Any) -> None:
    """Raise ScriptError for a value that is not of the field's kind, SecretInScript for a secret."""
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else [value]
    if any(isinstance(one, Secret) for one in inside):
        raise SecretInScript(
            f"a secret was about to become the {field.name} of {name}", hint="secrets travel beside the item"
        )
    if not _fits(field.kind, value):
        raise ScriptError(f"{name} takes a {field.kind} as {field.name}, and got {type(value).__name__}")


def _fits(kind: Kind, value: Any) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.TRUTH:
            return isinstance(value, bool)
        case Kind.TEXTS:
            return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        case Kind.TABLE:
            return isinstance(value, Mapping) and all(
                isinstance(key, str) and (text is None or isinstance(text, str)) for key, text in value.items()
            )
