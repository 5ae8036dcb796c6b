"""Reading and changing entries of Samba's database, many changes in one transaction.

Runs in the child process. Values travel as base64, because a value may be any bytes.
"""

from __future__ import annotations

import base64
from typing import Any

import ldb

_SCOPES = {"base": ldb.SCOPE_BASE, "one": ldb.SCOPE_ONELEVEL, "subtree": ldb.SCOPE_SUBTREE}
_FLAGS = {"add": ldb.FLAG_MOD_ADD, "replace": ldb.FLAG_MOD_REPLACE, "delete": ldb.FLAG_MOD_DELETE}
_SYSTEM_OBJECT = ["relax:0"]  # lets an object have a SID or flags of its own, as provisioning does


def search(database: Any, question: dict[str, Any]) -> list[dict[str, Any]]:
    """Find entries: `base` (the domain where missing), `scope`, `filter`, `attributes` (all where missing)."""
    found = database.search(
        question.get("base") or database.domain_dn(),
        _SCOPES[question.get("scope", "subtree")],
        question.get("filter", "(objectClass=*)"),
        question.get("attributes"),
        controls=question.get("controls", []),
    )
    return [{"dn": str(entry.dn), "attributes": _attributes(entry)} for entry in found]


def apply(database: Any, question: dict[str, Any]) -> int:
    """Carry out `changes` in order, all of them or none; how many there were.

    A change is `["add", dn, {attribute: [values]}]`, `["add system", ...]`, `["modify", dn, [[how, attribute, [values]]]]`,
    `["move", dn, new dn]` or `["delete", dn]`. Raises `ldb.LdbError` with the entry's name in its text.
    """
    database.transaction_start()
    try:
        for change in question["changes"]:
            _apply(database, *change)
    except BaseException:
        database.transaction_cancel()
        raise
    database.transaction_commit()
    return len(question["changes"])


def hold(database: Any, _: dict[str, Any]) -> None:
    """Keep every other process from writing until `release`."""
    database.transaction_start()


def release(database: Any, _: dict[str, Any]) -> None:
    """Let others write again."""
    database.transaction_cancel()


def _apply(database: Any, kind: str, dn: str, what: Any = None) -> None:
    try:
        if kind == "add":
            database.add(_new(database, dn, what))
        elif kind == "add system":
            database.add(_new(database, dn, what), controls=_SYSTEM_OBJECT)
        elif kind == "modify":
            database.modify(_modified(database, dn, what))
        elif kind == "move":
            database.rename(dn, what)
        elif kind == "delete":
            database.delete(dn, ["tree_delete:0"])
        else:
            raise ValueError(f"no such kind of change: {kind}")
    except ldb.LdbError as error:
        code, text = error.args
        raise ldb.LdbError(code, f"{kind} {dn}: {text}") from error


def _new(database: Any, dn: str, attributes: dict[str, list[str]]) -> Any:
    message = ldb.Message(ldb.Dn(database, dn))
    for name, values in attributes.items():
        message[name] = ldb.MessageElement([base64.b64decode(value) for value in values], ldb.FLAG_MOD_ADD, name)
    return message


def _modified(database: Any, dn: str, changes: list[list[Any]]) -> Any:
    message = ldb.Message(ldb.Dn(database, dn))
    for how, name, values in changes:
        message[name] = ldb.MessageElement([base64.b64decode(value) for value in values], _FLAGS[how], name)
    return message


def _attributes(entry: Any) -> dict[str, list[str]]:
    return {name: [base64.b64encode(bytes(value)).decode() for value in entry[name]] for name in entry if name != "dn"}
