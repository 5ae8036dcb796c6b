"""The members of what travels on the streams beside output and errors, and of loop enumerators."""

from __future__ import annotations

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.evaluate.frame import Enumerator
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.records import (
    INFORMATIONAL_RECORD,
    HostInformationMessage,
    InformationalRecord,
    InformationRecord,
)
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import array_from


def declare() -> None:
    """Give these types their members, once, when the interpreter is loaded."""
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
