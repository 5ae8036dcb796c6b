"""Write-Output, Write-Error, Write-Warning and their kin, Write-Host, Out-Null."""

from __future__ import annotations

from typing import Any

from jcad.lab.powershell.cmdlets import core, own
from jcad.lab.powershell.command import Cmdlet, cmdlet, parameter
from jcad.lab.powershell.errors import CATEGORIES, ErrorDetails, ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.blocks import FunctionInfo
from jcad.lab.powershell.evaluate.commandobjects import invocation_of
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.records import HostInformationMessage
from jcad.lab.powershell.remotehosttypes import color_of
from jcad.lab.powershell.values import NetList, base_of

_WRITE_ERROR = "Microsoft.PowerShell.Commands.WriteErrorException"


@core("Write-Output")
class WriteOutput(Cmdlet):
    """Send objects on."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        value = self.bound.get("InputObject")
        if self.on("NoEnumerate"):
            self.context.write(value)
            return
        if isinstance(value, NetList):
            for item in value:
                self.context.write(item)
        else:
            self.context.write_each(value)


@core("Write-Error")
class WriteError(Cmdlet):
    """Write a non-terminating error."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        record = self._record()
        caller = self.context.f.command  # type: ignore[attr-defined]
        named = isinstance(getattr(getattr(caller, "context", None), "command", None), FunctionInfo)
        activity = to_text(self.bound.get("CategoryActivity") or "") or "Write-Error"
        record.activity = record.activity or activity
        if not record.command and (named or caller is None):
            record.command = caller.name if named else "Microsoft.PowerShell.Commands.WriteErrorCommand"
        if record.invocation is None:  # it is the caller that has failed
            record.invocation = invocation_of(caller or self.context.owner)  # type: ignore[attr-defined]
        self._report(record)

    def _record(self) -> ErrorRecord:
        given = self.bound.get("ErrorRecord")
        if given is not None:
            original = base_of(given)
            return ErrorRecord(
                original.exception,
                original.error_id,
                original.category,
                original.target,
                original.command,
                original.activity,
                original.reason,
                original.target_name,
                original.target_type,
                original.details,
            )
        message = to_text(self.bound.get("Message") or "")
        exception = self.bound.get("Exception")
        if exception is None:
            exception = NetException(_WRITE_ERROR, message)
        error_id = to_text(self.bound.get("ErrorId") or "") or base_of(exception).type_name
        record = ErrorRecord(base_of(exception), error_id, self._category(), self.bound.get("TargetObject"))
        record.target_name = to_text(self.bound.get("CategoryTargetName") or "")
        record.target_type = to_text(self.bound.get("CategoryTargetType") or "")
        record.reason = to_text(self.bound.get("CategoryReason") or "")
        action = to_text(self.bound.get("RecommendedAction") or "")
        if ("Exception" in self.bound and message) or action:
            record.details = ErrorDetails(message, action)
        return record

    def _category(self) -> str:
        given = to_text(self.bound.get("Category") or "NotSpecified")
        return next((name for name in CATEGORIES if name.lower() == given.lower()), "NotSpecified")

    def _report(self, record: ErrorRecord) -> None:
        context = self.context
        context.failed = True  # type: ignore[attr-defined]
        action = context.preference("erroraction", "erroractionpreference", "Continue")  # type: ignore[attr-defined]
        if action == "ignore":
            return
        context.engine.remember(record)
        for watcher in context.io.error_lists:  # type: ignore[attr-defined]
            watcher.append(record)
        if action == "inquire":
            self.context.inquire(record.message, "ErrorActionPreference")  # type: ignore[attr-defined]
        if action == "stop":
            self._place_here(record)
            raise Failure(record, stop=True)
        if action != "silentlycontinue":
            context.io.error(record)  # type: ignore[attr-defined]

    def _place_here(self, record: ErrorRecord) -> None:
        """A caller that no text has called, the script itself, has failed where this command stands."""
        owner: Any = self.context.owner  # type: ignore[attr-defined]
        here = invocation_of(owner)
        failed = record.invocation
        if isinstance(failed, InvocationInfo) and failed.source is None:
            failed.source, failed.at, failed.end = here.source, here.at, here.end


@core("Write-Warning")
class WriteWarning(Cmdlet):
    """Write a warning."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.context.warning(self.bound["Message"])


@core("Write-Verbose")
class WriteVerbose(Cmdlet):
    """Write a verbose message."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.context.verbose(self.bound["Message"])


@own
@cmdlet(
    "Write-Debug",
    {"Message": parameter("System.String", "mandatory, position 0, pipeline", "Msg", allow_empty_string=True)},
)
class WriteDebug(Cmdlet):
    """Write a debug message."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.context.debug(self.bound["Message"])


@core("Write-Information")
class WriteInformation(Cmdlet):
    """Write an information record."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        tags = [to_text(tag) for tag in self.bound.get("Tags") or ()]
        self.context.information(self.bound.get("MessageData"), tags)


@core("Write-Host")
class WriteHost(Cmdlet):
    """Write text for the host; there is none, so it goes to the information stream."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        separator = to_text(self.bound.get("Separator", " "))
        value = self.bound.get("Object")
        items = list(value) if isinstance(value, NetList) else [value]
        text = separator.join(self._text(item, separator) for item in items)
        host = self.context.engine.host
        defaults = {} if host is None else host.defaults
        message = HostInformationMessage(
            text,
            no_new_line=self.on("NoNewline"),
            foreground=self.bound.get("ForegroundColor", color_of(defaults.get("ForegroundColor"))),
            background=self.bound.get("BackgroundColor", color_of(defaults.get("BackgroundColor"))),
        )
        self.context.information(message, ["PSHOST"])

    def _text(self, item: object, separator: str) -> str:
        if isinstance(item, NetList):
            return separator.join(self._text(one, separator) for one in item)
        return to_text(item)


@core("Write-Progress")
class WriteProgress(Cmdlet):
    """Write a progress record."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.context.progress(
            {
                "activity": to_text(self.bound.get("Activity") or ""),
                "status": to_text(self.bound.get("Status") or "Processing"),
                "id": int(self.bound.get("Id", 0)),
                "parent": int(self.bound.get("ParentId", -1)),
                "percent": int(self.bound.get("PercentComplete", -1)),
                "seconds": int(self.bound.get("SecondsRemaining", -1)),
                "operation": to_text(self.bound.get("CurrentOperation") or ""),
                "completed": is_true(self.bound.get("Completed", False)),
                "source": int(self.bound.get("SourceId", 0)),
            }
        )


@core("Out-Null")
class OutNull(Cmdlet):
    """Throw away."""
