"""The members of what travels on the streams beside output and errors, and of loop enumerators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.evaluate.frame import WALKS, Enumerator, bad_enumeration
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.records import (
    INFORMATIONAL_RECORD,
    PROGRESS_TYPE,
    HostInformationMessage,
    InformationalRecord,
    InformationRecord,
    ProgressRecord,
)
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import out_of_range
from jcad.lab.powershell.values import EnumValue, Hashtable, OrderedDictionary, array_from

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
    members.property("InvocationInfo", lambda r: r.invocation)
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
    _declare_progress()
    members = members_of(Enumerator.net_type)
    members.property("Current", lambda e: e.current)
    members.method("MoveNext()", lambda e: e.move_next())


#: Properties of a ProgressRecord, their attributes here, their types.
_PROGRESS = (
    ("ParentActivityId", "parent", "int"),
    ("Activity", "activity", "string"),
    ("StatusDescription", "status", "string"),
    ("CurrentOperation", "operation", "string"),
    ("PercentComplete", "percent", "int"),
    ("SecondsRemaining", "seconds", "int"),
)


def _declare_progress() -> None:
    members = members_of(ProgressRecord.net_type)
    members.constructor("(int)", lambda number: ProgressRecord(number, "", ""))
    members.constructor("(int, string, string)", _progress)
    members.property("ActivityId", lambda r: r.number, "int")
    for name, attribute, kind in _PROGRESS:
        members.property(
            name,
            lambda r, attribute=attribute: getattr(r, attribute),
            kind,
            lambda r, value, attribute=attribute: setattr(r, attribute, value),
        )
    members.property(
        "RecordType",
        lambda r: EnumValue(PROGRESS_TYPE, int(r.completed)),
        PROGRESS_TYPE.full_name,
        lambda r, value: setattr(r, "completed", bool(value.number)),
    )
    members.method("ToString()", _progress_text)
    textual(ProgressRecord, lambda value, _spec, _invariant: _progress_text(value))


def _progress(number: int, activity: str, status: str) -> ProgressRecord:
    if number < 0:
        raise out_of_range("Cannot process argument because the value of argument is less than 0.", "activityId")
    for text, name in ((activity, "activity"), (status, "statusDescription")):
        if not text:
            message = f'Cannot process argument because the value of argument "{name}" is null or empty.'
            raise NetError.of("System.Management.Automation.PSArgumentException", message)
    return ProgressRecord(number, activity, status)


def _progress_text(record: ProgressRecord) -> str:
    """`ProgressRecord.ToString()`."""
    kind = "Completed" if record.completed else "Processing"
    return (
        f"parent = {record.parent} id = {record.number} act = {record.activity} stat = {record.status} "
        f"cur = {record.operation or ''} pct = {record.percent} sec = {record.seconds} type = {kind}"
    )
