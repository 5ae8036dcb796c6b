"""A script for hosts as one whole .ps1 for a host without remoting: its code, what it is given as literals. Pure.

There is no secret in the file: it asks for each when it runs. What has no value is asked for as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jinja2

from jcad.errors import ScriptError
from jcad.powershell.environment import environment
from jcad.powershell.hosts.fields import Entry, Field, Kind, check_value
from jcad.powershell.hosts.registry import host_entry, host_script

_OVER_THE_WIRE = frozenset({"receive-file", "send-file"})
"""They take or give a file's bytes over the session: by hand one copies the file."""


def export_host_script(name: str, values: Mapping[str, Any], *, maker: str) -> str:
    """The text of the file. `values` are what is known by now of what the script is given; the rest is asked for there.

    Raises ScriptError for a script that makes no sense by hand, for a field that the script does not have and for a value
    of another kind, and SecretInScript for a secret among the values.
    """
    if name in _OVER_THE_WIRE:
        raise ScriptError(
            f"{name} carries the bytes of a file over a session, and cannot be run by hand",
            hint="copy the file to the host as you usually do; `verify-file` checks it there",
        )
    entry, found = host_entry(name), host_script(name)
    _check(name, entry, values)
    try:
        return (
            environment()
            .get_template("_by-hand.ps1")
            .render(
                name=name,
                digest=found.digest,
                maker=maker,
                writes=found.writes,
                prompt=f"Password of {entry.secret}" if entry.secret else "",
                each=entry.each,
                fields=[_told(field, values) for field in entry.fields],
            )
        )
    except jinja2.TemplateError as error:
        raise ScriptError(f"the script does not render: {error}") from error


def read_value(name: str, text: str) -> tuple[str, Any]:
    """A value as the command line gives it: `FIELD=TEXT`; lists and tables as JSON. `name` is the script's.

    Raises ScriptError where the script has no such field, or the text is not of its kind.
    """
    field_name, equals, content = text.partition("=")
    known = {field.name: field for field in host_entry(name).fields}
    if not equals or field_name not in known:
        raise ScriptError(
            f"{text!r} gives {name} nothing that it takes",
            hint="say FIELD=VALUE, with one of " + (", ".join(known) or "no fields at all"),
        )
    return field_name, _parsed(name, known[field_name], content)


def _parsed(name: str, field: Field, content: str) -> Any:
    if field.kind is Kind.TEXT:
        return content
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if value is None:
        kinds = {Kind.NUMBER: "a whole number", Kind.TRUTH: "true or false", Kind.TEXTS: 'a list as JSON, ["a"]',
                 Kind.TABLE: 'an object as JSON, {"a": "b"}'}  # fmt: skip
        raise ScriptError(f"{field.name} of {name} is {kinds[field.kind]}, and not {content!r}")
    check_value(name, field, value)
    return value


def _check(name: str, entry: Entry, values: Mapping[str, Any]) -> None:
    known = {field.name: field for field in entry.fields}
    for key, value in values.items():
        if key not in known:
            raise ScriptError(f"{name} is not given anything called {key!r}")
        if not (known[key].optional and value is None):
            check_value(name, known[key], value)


def _told(field: Field, values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get(field.name, field.usual)
    return {
        "name": field.name,
        "kind": field.kind.value,
        "what": field.what,
        "optional": field.optional,
        "has": field.name in values or field.usual is not None,
        "value": _plain(value),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
