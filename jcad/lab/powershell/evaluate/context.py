"""What a running command may do: write to the streams by its preferences, fail, ask ShouldProcess, run script blocks.

One class serves cmdlets and advanced functions ($PSCmdlet).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.evaluate.frame import LeaveCommand, emit
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.records import InformationRecord, WarningRecord
from jcad.lab.powershell.values import base_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jcad.lab.powershell.engine import Engine
    from jcad.lab.powershell.evaluate.frame import Frame
    from jcad.lab.powershell.records import Io
    from jcad.lab.powershell.values import Value

_YES: Final = ("&Yes", "Continue with only the next step of the operation.")
_YES_TO_ALL: Final = ("Yes to &All", "Continue with all the steps of the operation.")
_NO: Final = ("&No", "Skip this operation and proceed with the next operation.")
_NO_TO_ALL: Final = ("No to A&ll", "Skip this operation and all subsequent operations.")
_WRITERS: Final = frozenset(
    f"Microsoft.PowerShell.Commands.Write{name}Command" for name in ("Warning", "Verbose", "Debug")
)
_HALT: Final = ("&Halt Command", "Stop this command.")
_IMPACTS: Final = {"none": 0, "low": 1, "medium": 2, "high": 3}
#: ActionPreference by number.
PREFERENCES: Final = ("SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore", "Suspend", "Break")


def preference_name(value: Value) -> str:
    """An ActionPreference as a word in lower case."""
    base = base_of(value)
    if isinstance(base, int) and not isinstance(base, bool) and 0 <= base < len(PREFERENCES):
        return PREFERENCES[base].lower()
    return to_text(value).lower()


class CommandContext:
    """The context of one invocation of a command.

    `f` is the caller's frame, `scope` where preferences are looked up (a function's own), `common` the bound common
    parameters by lower-case name. `name` is what errors call the command by (`class_name` behind the comma of ids,
    `activity` in the category).
    """

    __slots__ = (
        "activity",
        "answer_to_all",
        "class_name",
        "command",
        "common",
        "confirm_impact",
        "engine",
        "f",
        "failed",
        "inquired",
        "invocation",
        "io",
        "owner",
        "scope",
        "set_name",
        "should_process_declared",
        "sink",
    )

    def __init__(self, f: Frame, command: Any, class_name: str, activity: str) -> None:
        self.f = f
        self.scope = f.scope
        self.engine: Engine = f.engine
        self.io: Io = f.io
        self.command = command
        self.class_name = class_name
        self.activity = activity
        self.common: dict[str, Any] = {}
        self.set_name = ""
        self.failed = False
        self.sink: Callable[[Any], None] = _nowhere
        self.owner: Any = None
        self.invocation: Any = None
        self.confirm_impact = "Medium"
        self.answer_to_all: bool | None = None
        self.inquired: frozenset[str] = frozenset()
        self.should_process_declared = False

    # ---- output ------------------------------------------------------------------------------------------------------

    def write(self, value: Any) -> None:
        """Send one object down the pipeline, as it is."""
        self.sink(value)

    def write_each(self, value: Any) -> None:
        """Send the elements of a collection down the pipeline, or the value itself where it is none."""
        emit(value, self.sink)

    # ---- errors ------------------------------------------------------------------------------------------------------

    def named(self, record: ErrorRecord) -> ErrorRecord:
        """The record with this command's name on it, where it has none."""
        if not record.command:
            record.command = self.class_name
        if not record.activity:
            record.activity = self.activity
        if record.invocation is None:
            record.invocation = self.invocation or self._invocation()
        return record

    def _invocation(self) -> Any:
        from jcad.lab.powershell.evaluate.commandobjects import invocation_of  # noqa: PLC0415  - they build on each other

        return None if self.owner is None else invocation_of(self.owner)

    def write_error(self, record: ErrorRecord, *, watched: bool = True) -> None:
        """Report a non-terminating error: it gets the command's name, and may become terminating by -ErrorAction.

        The binder's errors about piped objects do not reach -ErrorVariable (`watched` false).
        """
        self.named(record)
        self.failed = True
        action = self.preference("erroraction", "erroractionpreference", "Continue")
        if action == "ignore":
            return
        record.reported = True
        self.engine.remember(record)
        for watcher in self.io.error_lists if watched else ():
            watcher.append(record)
        if action == "stop":
            raise Failure(record, stop=True)
        if action == "inquire":
            self.inquire(record.message, "ErrorActionPreference")
        if action != "silentlycontinue":
            self.io.error(record)

    def terminate(self, record: ErrorRecord) -> Failure:
        """The exception to raise for a statement-terminating error."""
        self.failed = True
        failure = Failure(self.named(record))
        if self.preference("erroraction", "", "") == "stop":
            failure.stop = True
        return failure

    def leave(self, record: ErrorRecord) -> LeaveCommand | Failure:
        """The exception that ends an advanced function from inside: `$PSCmdlet.ThrowTerminatingError()`.

        A function that has ended cannot be left: there it is an error like any other.
        """
        record.thrown_by_command = True
        failure = self.terminate(record)
        return failure if self.owner is None else LeaveCommand(failure, self.owner)

    # ---- other streams -----------------------------------------------------------------------------------------------

    def preference(self, parameter: str, variable: str, otherwise: str) -> str:
        """A preference in lower case: from the common parameter, or the variable as the caller sees it."""
        given = self.common.get(parameter)
        if given is not None:
            return preference_name(given)
        return preference_name(self.scope.get(variable, otherwise)) if variable else otherwise.lower()

    def warning(self, text: str) -> None:
        """Write a warning."""
        action = self.preference("warningaction", "warningpreference", "Continue")
        if action == "ignore":
            return
        for watcher in self.io.warning_lists:
            watcher.append(WarningRecord(text))
        if action == "silentlycontinue":
            return
        self._tell()
        self.io.warning(text)
        self._stop_if(action, text, "WarningPreference")

    def verbose(self, text: str) -> None:
        """Write a verbose message."""
        self._message("verbose", "verbosepreference", text, self.io.verbose)

    def debug(self, text: str) -> None:
        """Write a debug message."""
        self._message("debug", "debugpreference", text, self.io.debug)

    def _tell(self) -> None:
        """Say who writes, to whoever wants to know: the cmdlets that only write do so for their caller."""
        tell = self.engine.tell_invocation
        if tell is None:
            return
        caller = getattr(self.f.command, "invocation", None) if self.class_name in _WRITERS else None
        tell(self.invocation or self._invocation() if caller is None else caller())

    def _message(self, switch: str, variable: str, text: str, write: Callable[[str], None]) -> None:
        given = self.common.get(switch)
        if given is not None:
            action = "continue" if is_true(given) else "silentlycontinue"
        else:
            action = preference_name(self.scope.get(variable, "SilentlyContinue"))
        if action in {"silentlycontinue", "ignore"}:
            return
        self._tell()
        write(text)
        self._stop_if(action, text, f"{switch.capitalize()}Preference")

    def information(self, value: Any, tags: Iterable[str] = (), source: str = "") -> None:
        """Write an information record."""
        action = self.preference("informationaction", "informationpreference", "SilentlyContinue")
        if action == "ignore":
            return
        record = InformationRecord(value, tags, source)
        for watcher in self.io.information_lists:
            watcher.append(record)
        self.io.information(record)
        self._stop_if(action, to_text(value), "InformationPreference")

    def progress(self, record: Mapping[str, Any]) -> None:
        """Write a progress record."""
        if self.preference("progressaction", "progresspreference", "Continue") not in {"silentlycontinue", "ignore"}:
            self.io.progress(record)

    def _stop_if(self, action: str, text: str, variable: str) -> None:
        if action == "stop":
            raise self._stopped(
                f'The running command stopped because the preference variable "{variable}" or common parameter is set to '
                f"Stop: {text}"
            )
        if action == "inquire":
            self.inquire("Continue with this operation?", variable)

    def inquire(self, question: str, variable: str) -> None:
        """Ask whether to go on; yes to all is remembered for as long as the command runs. Raises Failure for a halt."""
        if variable in self.inquired:
            return
        number = self._chosen("Confirm", question, (_YES, _YES_TO_ALL, _HALT))
        if number == 1:
            self.inquired |= {variable}
        elif number > 1:
            raise self._stopped("The running command stopped because the user selected the Stop option.")

    def _stopped(self, message: str) -> Failure:
        exception = NetException("System.Management.Automation.ActionPreferenceStopException", message)
        record = ErrorRecord(exception, "ActionPreferenceStop", "OperationStopped", command=self.class_name)
        exception.record = record
        return Failure(self.named(record), stop=True)

    # ---- asking ------------------------------------------------------------------------------------------------------

    def should_process(self, target: str, action: str = "") -> bool:
        """Whether to go ahead: false under -WhatIf; where a confirmation is due, an error, as nobody can be asked."""
        what_if = self.common.get("whatif")
        if what_if is None:
            what_if = self.scope.get("whatifpreference", False)
        if is_true(what_if):
            self.engine.host_line(
                f'What if: Performing the operation "{action or self.activity}" on target "{target}".'
            )
            return False
        done = f'Performing the operation "{action or self.activity}" on target "{target}".'
        if self._confirmation_due() and not self._confirmed(f"Are you sure you want to perform this action?\n{done}"):
            return False
        if is_true(self.common.get("verbose", False)):
            self._tell()
            self.io.verbose(done)
        return True

    def _confirmation_due(self) -> bool:
        given = self.common.get("confirm")
        if given is not None:
            return is_true(given)
        threshold = _IMPACTS.get(to_text(self.scope.get("confirmpreference", "High")).lower(), 3)
        return threshold > 0 and _IMPACTS.get(self.confirm_impact.lower(), 2) >= threshold

    def should_continue(self, query: str, caption: str) -> bool:
        """Ask for a second confirmation. Raises Failure where nobody can be asked."""
        return self._chosen(caption, query, (_YES, _NO)) == 0

    def _confirmed(self, question: str) -> bool:
        """Ask for confirmation; what is said for all is remembered for as long as the command runs."""
        if self.answer_to_all is None:
            number = self._chosen("Confirm", question, (_YES, _YES_TO_ALL, _NO, _NO_TO_ALL))
            if number in {1, 3}:
                self.answer_to_all = number == 1
            return number < 2
        return self.answer_to_all

    def _chosen(self, caption: str, message: str, labels: Sequence[tuple[str, str]]) -> int:
        from jcad.lab.powershell import remotehost  # noqa: PLC0415  - it is built on the engine

        interface = remotehost.RemoteInterface(self.engine)
        choices = [remotehost.ChoiceDescription(*label) for label in labels]
        try:
            return int(remotehost.choose(interface, caption, message, choices, 0))
        except NetError as error:
            record = error.exception.record or ErrorRecord(error.exception)
            raise Failure(self.named(record)) from error

    # ---- the runspace ------------------------------------------------------------------------------------------------

    def check_stop(self) -> None:
        """Raise `Stopped` if the pipeline must stop."""
        self.engine.check_stop()

    def invoke(self, block: Any, *arguments: Any, under: Any = ..., **variables: Any) -> list[Any]:
        """Run a script block in the caller's scope and give its output; `under` is `$_`."""
        out: list[Any] = []
        self.engine.run_inline(self.frame(), base_of(block), out.append, arguments, under=under, variables=variables)
        return out

    def stream(self, block: Any, write: Callable[[Any], None], *arguments: Any, under: Any = ...) -> None:
        """Run a script block in the caller's scope and hand its output over as it comes."""
        self.engine.run_inline(self.frame(), base_of(block), write, arguments, under=under)

    def frame(self) -> Frame:
        """The caller's frame with this command's streams."""
        if self.io is self.f.io:
            return self.f
        from jcad.lab.powershell.evaluate.frame import Frame  # noqa: PLC0415  - a rare case

        twin = Frame(self.f.engine, self.f.scope, self.io, self.f.command)
        twin.catching = self.f.catching
        return twin


def _nowhere(_value: Any) -> None:
    """Where output goes before the pipeline is connected."""
