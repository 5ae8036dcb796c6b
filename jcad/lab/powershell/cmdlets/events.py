"""Register-EngineEvent, New-Event, Get-Event, Remove-Event: the event queue of a runspace, and what is forwarded of it.

Actions run in jobs, of which the lab has none: they are refused by name. Who wants forwarded events puts a function into the
engine's services under `FORWARD`.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import own
from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.formatting.dateparse import now_ticks
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.regex import wildcard
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import OBJECT_ARRAY, Array, DateTime, NetObject, base_of

FORWARD: Final = "forward event"
"""The service that is called with each `PSEventArgs` that a client wants to see."""
_QUEUE: Final = "events"
_SUBSCRIPTIONS: Final = "event subscriptions"
_RUNSPACE: Final = "runspace id"
_SWITCH: Final = "System.Management.Automation.SwitchParameter"
_MODULE: Final = "Microsoft.PowerShell.Utility"
_LOCAL: Final = 2


class PSEventArgs(NetObject):
    """One event: its number, where it comes from, what it carries."""

    __slots__ = ("arguments", "generated", "message", "number", "runspace", "sender", "source")
    net_type = net.define("System.Management.Automation.PSEventArgs", base=net.define("System.EventArgs"))

    def __init__(
        self, number: int, source: str, sender: Any, arguments: Any, message: Any, runspace: uuid.UUID
    ) -> None:
        super().__init__()
        self.number = number
        self.source = source
        self.sender = sender
        self.arguments = arguments
        self.message = message
        self.runspace = runspace
        self.generated = DateTime(now_ticks(), _LOCAL)


def _declare() -> None:
    members = members_of(PSEventArgs.net_type)
    members.property("ComputerName", lambda _e: None, "string")
    members.property("RunspaceId", lambda e: e.runspace, "guid")
    members.property("EventIdentifier", lambda e: e.number, "int")
    members.property("Sender", lambda e: e.sender)
    members.property("SourceEventArgs", lambda _e: None)
    members.property("SourceArgs", lambda e: e.arguments)
    members.property("SourceIdentifier", lambda e: e.source, "string")
    members.property("TimeGenerated", lambda e: e.generated, "datetime")
    members.property("MessageData", lambda e: e.message)


_declare()


class _EventCmdlet(Cmdlet):
    """What the cmdlets on a runspace's events share."""

    __slots__ = ()

    @property
    def queue(self) -> list[PSEventArgs]:
        """The events that nobody has taken."""
        found: list[PSEventArgs] = self.context.engine.services.setdefault(_QUEUE, [])
        return found

    @property
    def subscriptions(self) -> dict[str, bool]:
        """Sources in lower case, and whether their events are forwarded."""
        found: dict[str, bool] = self.context.engine.services.setdefault(_SUBSCRIPTIONS, {})
        return found

    def missing(self, text: str, error_id: str, target: Any) -> None:
        """Report what is not there."""
        exception = NetException("System.ArgumentException", text)
        self.context.write_error(ErrorRecord(exception, error_id, "InvalidArgument", target))


@own
@cmdlet(
    "Register-EngineEvent",
    {
        "SourceIdentifier": parameter("System.String", "mandatory, position 100"),
        "Action": parameter("System.Management.Automation.ScriptBlock", "position 101"),
        "MessageData": parameter("System.Management.Automation.PSObject"),
        "SupportEvent": parameter(_SWITCH),
        "Forward": parameter(_SWITCH),
        "MaxTriggerCount": parameter("System.Int32"),
    },
    module=_MODULE,
    unsupported="Action SupportEvent MaxTriggerCount",
)
class RegisterEngineEvent(_EventCmdlet):
    """Subscribe to a source of events."""

    __slots__ = ()

    def end(self) -> None:
        """Remember the subscription."""
        source = to_text(self.bound["SourceIdentifier"])
        if source.lower() in self.subscriptions:
            text = f"Cannot subscribe to the specified event. A subscriber with the source identifier '{source}' already exists."
            self.missing(text, "SUBSCRIBER_EXISTS", source)
            return
        self.subscriptions[source.lower()] = is_true(self.bound.get("Forward", False))


@own
@cmdlet(
    "New-Event",
    {
        "SourceIdentifier": parameter("System.String", "mandatory, position 0"),
        "Sender": parameter("System.Management.Automation.PSObject", "position 1"),
        "EventArguments": parameter("System.Management.Automation.PSObject[]", "position 2"),
        "MessageData": parameter("System.Management.Automation.PSObject", "position 3"),
    },
    module=_MODULE,
)
class NewEvent(_EventCmdlet):
    """Raise an event: it is forwarded where its source is, and waits in the queue otherwise."""

    __slots__ = ()

    def end(self) -> None:
        """Make the event, and give it."""
        services = self.context.engine.services
        source = to_text(self.bound["SourceIdentifier"])
        number = services["event number"] = services.get("event number", 0) + 1
        event = PSEventArgs(
            number,
            source,
            self.bound.get("Sender"),
            Array(list(self.bound.get("EventArguments") or ()), OBJECT_ARRAY),
            self.bound.get("MessageData"),
            services.setdefault(_RUNSPACE, uuid.uuid4()),
        )
        forward = services.get(FORWARD) if self.subscriptions.get(source.lower()) else None
        if forward is None:
            self.queue.append(event)
        else:
            forward(event)
        self.context.write(event)


@own
@cmdlet(
    "Get-Event",
    {
        "SourceIdentifier": parameter("System.String", {"BySource": "position 0, property"}),
        "EventIdentifier": parameter("System.Int32", {"ById": "mandatory, position 0, property"}, "Id"),
    },
    default_set="BySource",
    module=_MODULE,
)
class GetEvent(_EventCmdlet):
    """The events that wait."""

    __slots__ = ()

    def end(self) -> None:
        """Give them."""
        pattern, number = to_text(self.bound.get("SourceIdentifier") or "*"), base_of(self.bound.get("EventIdentifier"))
        for event in self.queue:
            if wildcard.matches(event.source, pattern) and number in {None, event.number}:
                self.context.write(event)


@own
@cmdlet(
    "Remove-Event",
    {
        "SourceIdentifier": parameter("System.String", {"BySource": "mandatory, position 0, property"}),
        "EventIdentifier": parameter("System.Int32", {"ByIdentifier": "mandatory, position 0, property"}),
    },
    default_set="BySource",
    should_process=True,
    module=_MODULE,
)
class RemoveEvent(_EventCmdlet):
    """Take events out of the queue."""

    __slots__ = ()

    def end(self) -> None:
        """Forget them."""
        pattern, number = to_text(self.bound.get("SourceIdentifier") or "*"), base_of(self.bound.get("EventIdentifier"))
        gone = [one for one in self.queue if wildcard.matches(one.source, pattern) and number in {None, one.number}]
        if not gone:
            self.missing("Event was not found.", "INVALID_SOURCE_IDENTIFIER", pattern)
        for event in gone:
            if self.context.should_process(f"Event '{event.source}'", "Remove"):
                self.queue.remove(event)
