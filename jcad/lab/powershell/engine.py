"""One runspace: variables, functions and commands that live on between pipelines, which run one at a time.

Sans-I/O. `Engine.run` is called from one thread; `StopToken.stop` may be called from any other.
"""

from __future__ import annotations

import contextlib
import fnmatch
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from jcad.errors import LabUnsupported
from jcad.lab.powershell import runtime
from jcad.lab.powershell import types as net_types
from jcad.lab.powershell.binding import table_of
from jcad.lab.powershell.editions import CORE
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.evaluate import blockobjects, commandobjects, recordobjects
from jcad.lab.powershell.evaluate.binder import NULL_OR_ON, Argument
from jcad.lab.powershell.evaluate.blocks import Body, FunctionInfo
from jcad.lab.powershell.evaluate.calls import block_processor, body_of, processor_for
from jcad.lab.powershell.evaluate.frame import BreakJump, ContinueJump, ExitJump, Frame, ReturnJump, to_failure
from jcad.lab.powershell.evaluate.functions import FunctionProcessor
from jcad.lab.powershell.evaluate.pipelines import run_one, run_pipeline
from jcad.lab.powershell.evaluate.processors import Redirect
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.preset import ALIASES, preset_variables
from jcad.lab.powershell.records import Io
from jcad.lab.powershell.scopes import Scope, Variable
from jcad.lab.powershell.syntax import ParseError, messages, parse_script
from jcad.lab.powershell.values import ArrayList, Dictionary, Hashtable, ScriptBlock, base_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jcad.lab.powershell.binding import Table
    from jcad.lab.powershell.command import Cmdlet
    from jcad.lab.powershell.evaluate.processors import Processor
    from jcad.lab.powershell.nettype import NetType
    from jcad.lab.powershell.syntax.nodes import Source
    from jcad.lab.powershell.values import Value


class Stopped(BaseException):
    """The pipeline was stopped from outside. No script can catch it."""


@dataclass(eq=False, slots=True)
class StopToken:
    """Says to a running pipeline that it must stop. Set once, from any thread."""

    _event: threading.Event = field(default_factory=threading.Event)

    @property
    def stopped(self) -> bool:
        """Whether the pipeline must stop."""
        return self._event.is_set()

    def stop(self) -> None:
        """Stop the pipeline at its next statement."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep so long; True as soon as the pipeline must stop."""
        return self._event.wait(seconds)


class Stop(Protocol):
    """What the engine asks of a stop token; anything with these two will do."""

    @property
    def stopped(self) -> bool:
        """Whether the pipeline must stop."""

    def wait(self, seconds: float) -> bool:
        """Sleep so long; True as soon as the pipeline must stop."""


class _Grace:
    """The stop token of a `finally` block: it lets the block run for a moment after the stop."""

    def __init__(self, token: Stop) -> None:
        self._token = token
        self._until = time.monotonic() + _GRACE

    @property
    def stopped(self) -> bool:
        """Whether the moment is over."""
        return self._token.stopped and time.monotonic() > self._until

    def wait(self, seconds: float) -> bool:
        """Sleep so long, or as long as there is time; True when there is none left."""
        left = max(0.0, self._until - time.monotonic())
        time.sleep(min(seconds, left))
        return seconds > left


class Host(Protocol):
    """The client's host, where it has one: what `Read-Host` reaches."""

    defaults: dict[str, Any]
    """What the client said of its console, by the properties of RawUI."""

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the host by its PSRP name (`ReadLine`), wait for its answer if it has one."""


class Streams(Protocol):
    """Where a pipeline's records go, as they happen."""

    def output(self, value: Any) -> None:
        """One object of the output."""

    def error(self, record: ErrorRecord) -> None:
        """A non-terminating error."""

    def warning(self, message: str) -> None:
        """A warning."""

    def verbose(self, message: str) -> None:
        """A verbose message."""

    def debug(self, message: str) -> None:
        """A debug message."""

    def information(self, record: Any) -> None:
        """An information record (`streams.InformationRecord`)."""

    def progress(self, record: Mapping[str, Any]) -> None:
        """A progress record."""

    def should_exit(self, code: int) -> None:
        """The script called `exit` with this code."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a pipeline: script text, or a command's name with parameters.

    A parameter is (name, value); the name None stands for a positional argument, the value None for a bare switch.
    `merged` names the streams whose records go into this command's output, `dropped` those whose go nowhere.
    """

    text: str
    is_script: bool = True
    parameters: tuple[tuple[str | None, Any], ...] = ()
    use_local_scope: bool | None = None
    merged: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pipeline ended: the ErrorRecord that ended it or None, whether errors were reported, `exit`'s code or None."""

    terminated: ErrorRecord | None = None
    had_errors: bool = False
    exit_code: int | None = None


net_types.resolve("object")
commandobjects.declare()
recordobjects.declare()
blockobjects.declare()

_UNKNOWN: Final = (
    "the name of a cmdlet, function, script file, or operable program. ",
    "a name of a cmdlet, function, script file, or executable program.\n",
)
_INCOMPLETE: Final = "System.Management.Automation.IncompleteParseException"
_GRACE: Final = 0.5
_STREAMS: Final = {"error": 2, "warning": 3, "verbose": 4, "debug": 5, "information": 6}
_RECURSION: Final = 20_000


class Engine:
    """A runspace.

    `commands` are further cmdlets (on top of the core ones); `services` is theirs: whatever their own modules need at
    run time, by name (`engine.services["directory"]`), never looked at here. `edition` is Core or Desktop. `declined` are
    the names of cmdlets that exist but are no part of the lab: calling one is refused by name.
    """

    def __init__(
        self,
        commands: Iterable[type[Cmdlet]] = (),
        *,
        variables: Mapping[str, Any] | None = None,
        services: Mapping[str, Any] | None = None,
        edition: str = "Core",
        declined: Iterable[str] = (),
    ) -> None:
        from jcad.lab.powershell.cmdlets import core_commands, known_names  # noqa: PLC0415  - they build on the engine

        self.edition = edition
        self.services: dict[str, Any] = dict(services or {})
        self.cmdlets: dict[str, type[Cmdlet]] = {kind.info.name.lower(): kind for kind in core_commands()}
        self.cmdlets.update({kind.info.name.lower(): kind for kind in commands})
        self.declined = frozenset(name.lower() for name in (*known_names(edition), *declined))
        self.scope = Scope(None)
        self.scope.aliases = dict(ALIASES)
        self.errors = ArrayList()
        for name, value in preset_variables(self).items():
            self.scope.variables[name.lower()] = Variable(name, value)
        for name, value in (variables or {}).items():
            self.scope.variables[name.lower()] = Variable(name, value)
        self.trying = False
        self.succeeded = True
        self.stopping = False
        self.had_errors = False
        self.depth = 0
        self.history = 1
        self.past: list[tuple[int, str]] = []
        self.source: Source | None = None
        self.host: Host | None = None
        self.frame: Frame | None = None
        self.stop_token: Stop | None = None
        self.script_types: dict[str, NetType] = {}
        """The types that scripts have declared, by their names in lower case."""
        self.tell_invocation: Callable[[Any], None] | None = None
        """Who wants to know, before a warning, verbose or debug message comes, which command writes it."""
        self._sink: Streams = _Nowhere()

    # ---- running -----------------------------------------------------------------------------------------------------

    def run(
        self,
        statements: Sequence[Sequence[Command]],
        streams: Streams,
        *,
        piped: Iterable[Any] | None = None,
        stop: Stop | None = None,
        host: Host | None = None,
    ) -> Outcome:
        """Run pipelines one after another; records go to `streams` as they happen. `host` is who can be asked.

        Raises `Stopped` when stopped, LabUnsupported for what the lab does not know.
        """
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION))
        self.stop_token, self._sink, self.host = stop, streams, host
        self.stopping, self.had_errors, self.trying, self.depth = False, False, False, 0
        frame = Frame(self, self.scope, self._io(streams))
        self.frame = frame
        try:
            with runtime.use(self):
                for commands in statements:
                    self._statement(frame, commands, streams.output, piped, alone=len(statements) == 1)
        except (Failure, NetError, RecursionError, MemoryError) as error:
            failure = to_failure(error)
            self.remember(failure.record)
            return Outcome(final_record(failure), had_errors=True)
        except ExitJump as leave:
            streams.should_exit(leave.code)
            return Outcome(None, self.had_errors, leave.code)
        except (BreakJump, ContinueJump, ReturnJump):
            return Outcome(None, self.had_errors)
        finally:
            self.stop_token = None
        return Outcome(None, self.had_errors)

    def remember_command(self, text: str) -> None:
        """Let Get-History give this text, by the number that its run had."""
        self.past.append((self.history, text))
        self.history += 1

    def run_script(
        self,
        text: str,
        streams: Streams,
        parameters: Mapping[str, Any] | None = None,
        *,
        stop: Stop | None = None,
    ) -> Outcome:
        """Run one script with named parameters, at the top scope."""
        command = Command(text, parameters=tuple((parameters or {}).items()))
        return self.run([[command]], streams, stop=stop)

    def _io(self, streams: Streams) -> Io:
        def error(record: ErrorRecord) -> None:
            self.had_errors = True
            streams.error(record)

        return Io(error, streams.warning, streams.verbose, streams.debug, streams.information, streams.progress)

    def _statement(
        self,
        f: Frame,
        commands: Sequence[Command],
        write: Callable[[Any], None],
        piped: Iterable[Any] | None,
        *,
        alone: bool,
    ) -> None:
        """Run one pipeline. A terminating error of commands that a client sent, the only pipeline, ends everything."""
        processors = [
            self._processor(f, command, expects_input=bool(index) or piped is not None)
            for index, command in enumerate(commands)
        ]
        try:
            if piped is None and len(processors) == 1:
                run_one(f, processors[0], write)
            elif piped is None:
                run_pipeline(f, processors, write)
            else:
                run_pipeline(f, processors, write, piped=piped)
        except Failure as failure:
            if failure.thrown or failure.stop or (alone and not any(command.is_script for command in commands)):
                raise
            self.remember(failure.record)
            f.io.error(failure.record)

    def _processor(self, f: Frame, command: Command, *, expects_input: bool) -> Processor:
        arguments = [
            Argument(value) if name is None else Argument(NULL_OR_ON if value is None else value, name, f"-{name}")
            for name, value in command.parameters
        ]
        redirects = [
            Redirect((_STREAMS[name],), drop=drop)
            for drop, names in ((False, command.merged), (True, command.dropped))
            for name in sorted(names & _STREAMS.keys())
        ]
        if not command.is_script:
            return processor_for(f, command.text, arguments, redirects, expects_input=expects_input)
        body = Body.of(self._whole(command.text))
        scope = Scope(f.scope, is_script=True) if command.use_local_scope else f.scope
        return FunctionProcessor(f, body, arguments, redirects, expects_input=expects_input, scope=scope)

    def _whole(self, text: str) -> Any:
        """The tree of a script that a client sent. One that only lacks its end gets an error of its own."""
        try:
            return self.parse(text)
        except Failure as failure:
            error = failure.__cause__
            if isinstance(error, ParseError) and messages.is_incomplete(error, text):
                exception = NetException(_INCOMPLETE, messages.message_of(error, text))
                exception.record = ErrorRecord(exception, error.error_id, "ParserError")
                raise Failure(exception.record) from error
            raise

    def parse(self, text: str) -> Any:
        """The tree of a script; a text that is none raises the Failure that `Invoke-Expression` and the like get."""
        try:
            tree = parse_script(text, seven=self.edition == CORE)
        except ParseError as error:
            raise parse_failure(error, text) from error
        self.source = tree.source
        return tree

    # ---- script blocks -----------------------------------------------------------------------------------------------

    def invoke_each(self, block: Any, write: Callable[[Any], None], *arguments: Any) -> None:
        """Run a script block in this runspace, its output handed over as it comes."""
        f = self.frame or self.top_frame()
        processor = block_processor(f, base_of(block), [Argument(one) for one in arguments], [], expects_input=False)
        run_one(f, processor, write)

    def call_block(self, block: ScriptBlock, *, f: Frame, arguments: Sequence[Any] = (), under: Any = ...) -> list[Any]:
        """Run a script block in a scope of its own and give its output; `under` is `$_`."""
        return self._call(block, f, arguments, {} if under is ... else {"_": under})

    def _call(self, block: ScriptBlock, f: Frame, arguments: Sequence[Any], variables: Mapping[str, Any]) -> list[Any]:
        out: list[Any] = []
        scope = Scope(f.scope)
        for name, value in variables.items():
            scope.put(name, value)
        inner = Frame(self, scope, f.io, f.command)
        processor = block_processor(inner, block, [Argument(one) for one in arguments], [], expects_input=False)
        run_one(inner, processor, out.append)
        return out

    def call_inline(self, f: Frame, block: ScriptBlock, *, under: Any = ...) -> list[Any]:
        """Run a script block in this frame's own scope and give its output."""
        out: list[Any] = []
        self.run_inline(f, block, out.append, under=under)
        return out

    def run_inline(
        self,
        f: Frame,
        block: ScriptBlock,
        write: Callable[[Any], None],
        arguments: Sequence[Any] = (),
        *,
        under: Any = ...,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Run a script block in this frame's own scope, as ForEach-Object does."""
        body = body_of(block)
        if block.scope is not None or body.ast.parameters or body.begin or arguments or variables:
            self._inline_call(f, block, write, arguments, under=under, variables=variables or {})
            return
        held = f.scope.variables
        outer = held.get("_")
        if under is not ...:
            held["_"] = Variable("_", under)
        outer_frame, self.frame = self.frame, f
        self.depth += 1  # an error in it names the block beside the one around it
        try:
            for statements in (body.compile().process, body.end):
                if statements is not None:
                    statements(f, write)
        except ReturnJump:
            return
        finally:
            self.depth -= 1
            self.frame = outer_frame
            if under is not ...:
                _restore(held, outer)

    def _inline_call(
        self,
        f: Frame,
        block: ScriptBlock,
        write: Callable[[Any], None],
        arguments: Sequence[Any],
        *,
        under: Any,
        variables: Mapping[str, Any],
    ) -> None:
        scope = Scope(f.scope)
        inner = Frame(self, scope, f.io, f.command)
        if under is not ...:
            scope.put("_", under)
        for name, value in variables.items():
            scope.put(name, value)
        processor = block_processor(inner, block, [Argument(one) for one in arguments], [], expects_input=False)
        if block.scope is not None and under is not ...:
            processor.own_scope.put("_", under)  # type: ignore[union-attr]
        run_one(inner, processor, write)

    # ---- what values ask (runtime.Runtime) ---------------------------------------------------------------------------

    def run_block(
        self, block: ScriptBlock, arguments: Sequence[Any] = (), *, this: Any = ..., under: Any = ...
    ) -> list[Any]:
        """Run a script block for a member of a value; `this` is `$this`, `under` `$_`."""
        variables: dict[str, Any] = {}
        if this is not ...:
            variables["this"] = this
        if under is not ...:
            variables["_"] = under
        return self._call(block, self.frame or self.top_frame(), arguments, variables)

    def separator(self) -> str:
        """`$OFS`."""
        scope = self.frame.scope if self.frame is not None else self.scope
        found = scope.find("ofs")
        return " " if found is None else to_text(found.value)

    def top_frame(self) -> Frame:
        """A frame of the global scope."""
        return self.frame or Frame(self, self.scope, self._io(self._sink))

    # ---- what the evaluator asks -------------------------------------------------------------------------------------

    def check_stop(self) -> None:
        """Raise `Stopped` if the pipeline must stop."""
        stop = self.stop_token
        if stop is not None and stop.stopped:
            self.stopping = True
            raise Stopped

    @contextlib.contextmanager
    def finishing(self) -> Iterator[None]:
        """Let a `finally` block run, also while the pipeline is being stopped: then for a moment, and not for ever."""
        token = self.stop_token
        if token is None or not token.stopped or isinstance(token, _Grace):
            yield
            return
        self.stop_token, self.stopping = _Grace(token), False
        try:
            yield
        finally:
            self.stop_token, self.stopping = token, True

    def remember(self, record: ErrorRecord) -> None:
        """Put an error at the head of $Error, once."""
        if self.errors and self.errors[0] is record:
            return
        if not any(known is record for known in self.errors):
            self.errors.insert(0, record)
            del self.errors[256:]

    def host_line(self, text: str) -> None:
        """A line for the host's eyes only (what -WhatIf says); without a host it goes nowhere."""
        if self.host is not None:
            self.host.call("WriteLine2", text)

    def cmdlet_table(self, kind: type[Cmdlet]) -> Table:
        """The binder's table of a cmdlet."""
        return table_of(kind, self.edition)

    def command(self, f: Frame, name: str) -> Any:
        """The function or cmdlet of a name. Raises Failure where there is none, LabUnsupported where the lab has none."""
        found = self.find_command(f, name)
        if found is not None:
            return found
        lowered = name.lower().rpartition("\\")[2]
        if lowered in self.declined:
            raise LabUnsupported(name)
        raise Failure.of(
            "CommandNotFoundException",
            f"The term '{name}' is not recognized as {_UNKNOWN[self.edition == 'Core']}"
            "Check the spelling of the name, or if a path was included, verify that the path is correct and try again.",
            "ObjectNotFound",
            target=name,
            exception="System.Management.Automation.CommandNotFoundException",
            CommandName=name,
        )

    def find_command(self, f: Frame, name: str) -> Any:
        """The function or cmdlet of a name, or None."""
        lowered, scope = name.lower(), f.scope
        for _ in range(10):
            target = scope.alias(lowered)
            if target is None:
                break
            lowered = target.lower()
        if ":" in lowered:
            prefix, _, rest = lowered.partition(":")
            if prefix in {"global", "script", "local", "function"}:
                lowered = rest
        found = scope.function(lowered) or self.cmdlets.get(lowered)
        if found is None and "\\" in lowered:
            found = self.cmdlets.get(lowered.rpartition("\\")[2])
        return found

    def parameter_defaults(self, f: Frame, name: str) -> list[tuple[str, Any]]:
        """What $PSDefaultParameterValues says for this command."""
        found = f.scope.find("psdefaultparametervalues")
        table = None if found is None else base_of(found.value)
        if type(table) is Hashtable and not table.entries:
            return []
        if not isinstance(table, Dictionary) or not table.entries or is_true(table.get("Disabled", False)):
            return []
        return [
            (to_text(key).partition(":")[2].strip(), value)
            for key, value in table.items()
            if ":" in to_text(key) and fnmatch.fnmatchcase(name.lower(), to_text(key).partition(":")[0].strip().lower())
        ]

    def drive_variable(self, f: Frame, drive: str, name: str) -> Value:
        """`$env:name`, `$function:name`."""
        if drive == "env":
            return self.environment.get(name.lower(), (name, None))[1]
        if drive == "function":
            found = f.scope.function(name.lower())
            return None if found is None else found.script_block
        if drive == "alias":
            return f.scope.alias(name.lower())
        raise LabUnsupported(f"${drive}:{name}")

    def set_drive_variable(self, f: Frame, drive: str, name: str, value: Value) -> None:
        """Assign to `$env:name`, `$function:name`."""
        if drive == "env":
            self.environment[name.lower()] = (name, None if value is None else to_text(value))
        elif drive == "function":
            block = base_of(value)
            body = body_of(block) if isinstance(block, ScriptBlock) else Body.of(self.parse(to_text(value)))
            f.scope.define_function(name.lower(), FunctionInfo(name, body))
        else:
            raise LabUnsupported(f"${drive}:{name}")

    @property
    def environment(self) -> dict[str, tuple[str, Any]]:
        """The runspace's environment variables, (name, value) by lower-case name."""
        found: dict[str, tuple[str, Any]] = self.services.setdefault("environment", {})
        return found


class _Nowhere:
    """Streams that lead nowhere."""

    def output(self, value: Any) -> None:
        """Drop it."""

    error = warning = verbose = debug = information = progress = output

    def should_exit(self, code: int) -> None:
        """Drop it."""


def _restore(held: dict[str, Variable], outer: Variable | None) -> None:
    if outer is None:
        held.pop("_", None)
    else:
        held["_"] = outer


def final_record(failure: Failure) -> ErrorRecord:
    """The record by which a pipeline's end is told: an engine error that a Stop preference ended has no wrapper."""
    record = failure.record
    plain = record.exception.type_name == "System.Management.Automation.RuntimeException"
    if failure.thrown or not failure.of_engine or not plain:
        return record
    exception = NetException(
        "System.Management.Automation.ParentContainsErrorRecordException", record.exception.message
    )
    return ErrorRecord(
        exception, record.error_id, record.category, record.target, record.command, record.activity, exception.type_name
    )


def parse_failure(error: ParseError, text: str = "") -> Failure:
    """A text that is no PowerShell, as `Invoke-Expression` tells it."""
    exception = blockobjects.parse_exception(error, text)
    exception.record = ErrorRecord(exception, error.error_id, "ParserError")
    return Failure(exception.record)
