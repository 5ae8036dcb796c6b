"""The members of what travels on the streams beside output and errors, and of loop enumerators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.evaluate.frame import WALKS, Enumerator, bad_enumeration
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.records import (
    INFORMATIONAL_RECORD,
    HostInformationMessage,
    InformationalRecord,
    InformationRecord,
)
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import Hashtable, OrderedDictionary, array_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jcad.lab.powershell.types.dictionaries import KeyCollection


def _keys(collection: KeyCollection) -> Iterator[Any]:
    """A dictionary's keys: a Hashtable takes it amiss if a key that was just given is set, or one comes or goes."""
    table = collection.table
    if collection.values or not isinstance(table, (Hashtable, OrderedDictionary)):
        yield from collection.items()
        return
    entries, size = table.entries, len(table.entries)
    for key in collection.items():
        known = entries.get(table.fold(key))
        yield key
        if len(entries) != size or entries.get(table.fold(key)) is not known:
            raise bad_enumeration()


def declare() -> None:
    """Give these types their members, once, when the interpreter is loaded."""
    from jcad.lab.powershell.types import dictionaries  # noqa: PLC0415  - types are loaded in an order of their own

    WALKS[dictionaries.KeyCollection] = _keys
    members = members_of(INFORMATIONAL_RECORD)
    members.property("Message", lambda r: r.message, "string", lambda r, value: setattr(r, "message", value))
    members.property("InvocationInfo", lambda _r: None)
    textual(InformationalRecord, lambda value, _spec, _invariant: value.message)
    members = members_of(InformationRecord.net_type)
    members.property("MessageData", lambda r: r.message_data)
    members.property("Tags", lambda r: array_from(r.tags, net.STRING))
    members.property("Source", lambda r: r.source, "string")
    textual(InformationRecord, lambda value, _spec, _invariant: to_text(value.message_data))
    members = members_of(HostInformationMessage.net_type)
    members.property("Message", lambda m: m.message, "string")
    members.property("NoNewLine", lambda m: m.no_new_line, "bool")
    members.property("ForegroundColor", lambda m: m.foreground)
    members.property("BackgroundColor", lambda m: m.background)
    textual(HostInformationMessage, lambda value, _spec, _invariant: value.message)
    members = members_of(Enumerator.net_type)
    members.property("Current", lambda e: e.current)
    members.method("MoveNext()", lambda e: e.move_next())
