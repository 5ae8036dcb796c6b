"""One command of a running pipeline: a function, script block or cmdlet with its bound parameters and its streams."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.binding import COMMON, RISK, Slot
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError
from jcad.lab.powershell.evaluate.binder import Argument, Binder
from jcad.lab.powershell.evaluate.context import CommandContext
from jcad.lab.powershell.evaluate.frame import Enumerator, Frame, Jump, LeaveCommand, ReturnJump, to_failure
from jcad.lab.powershell.objects import enumerable, is_true, to_text
from jcad.lab.powershell.scopes import Computed, Scope, Variable
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    ArrayList,
    Dictionary,
    EnumValue,
    SwitchParameter,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jcad.lab.powershell.command import Cmdlet
    from jcad.lab.powershell.evaluate.blocks import Body
    from jcad.lab.powershell.evaluate.frame import Statement, Write
    from jcad.lab.powershell.evaluate.invocations import InvocationInfo
    from jcad.lab.powershell.values import NetObject, NetType, Value

_COMMON_NAMES: Final = frozenset([*COMMON, *RISK])
_NO_INPUT: Final = object()
_DEPTH: Final = 400
_AT_PARAMETER: Final = frozenset({"NamedParameterNotFound", "MissingArgument"})
_AT_ARGUMENT: Final = frozenset(
    {
        "CannotConvertArgumentNoMessage",
        "ParameterArgumentTransformationError",
        "ParameterArgumentValidationError",
        "ParameterArgumentValidationErrorEmptyStringNotAllowed",
        "ParameterArgumentValidationErrorNullNotAllowed",
    }
)
_PREFERENCES: Final = {
    "ErrorAction": "erroractionpreference",
    "WarningAction": "warningpreference",
    "InformationAction": "informationpreference",
}


class InputEnumerator(Enumerator):
    """`$input`: what was piped in, gone through once."""

    __slots__ = ()

    def rest(self) -> list[Any]:
        """What has not been gone through yet."""
        found = []
        while self.move_next():
            found.append(self.current)
        return found


enumerable(InputEnumerator, InputEnumerator.rest)


class PipelineAbort(Jump):
    """An error of a later command on its way through the earlier ones, none of which may catch it."""

    def __init__(self, failure: Failure, token: object) -> None:
        self.failure = failure
        self.token = token


class Redirect:
    """A redirection as a processor sees it: streams 1 to 6, merged into the output or thrown away.

    A warning, verbose, debug or information stream that is sent to $null still reaches the runspace's own streams: only
    objects in the pipeline go away (seen in a recording).
    """

    __slots__ = ("drop", "streams")

    def __init__(self, streams: tuple[int, ...], *, drop: bool) -> None:
        self.streams = streams
        self.drop = drop


class Processor:
    """What every command of a pipeline has: the caller's frame, arguments, binder, context, and where it writes."""

    def __init__(self, f: Frame, arguments: list[Argument], redirects: list[Redirect], *, expects_input: bool) -> None:
        self.f = f
        self.arguments = arguments
        self.redirects = redirects
        self.expects_input = expects_input
        self.write: Write = _drop
        self.context: CommandContext
        self.binder: Binder
        self.error_list: Any = None
        self.node: Any = None

    def connect(self, write: Write) -> None:
        """Say where the output goes; redirections and -OutVariable stand between."""
        context = self.context
        self.write = write
        io = context.io
        for redirect in self.redirects:
            if io is context.f.io:
                io = io.copy()
            for stream in redirect.streams:
                if stream == 1:
                    self.write = _drop
                elif not redirect.drop or stream == 2:
                    io.redirect(stream, _drop if redirect.drop else write)
        context.io = io
        context.sink = self.write

    def prepare(self) -> None:
        """Bind the arguments. Raises Failure."""
        raise NotImplementedError

    def begin(self) -> None:
        """Run what comes before the first input."""
        raise NotImplementedError

    def process(self, value: Any) -> None:
        """Take one input object."""
        raise NotImplementedError

    def once(self) -> None:
        """Stand in for an input where nothing is piped in."""
        raise NotImplementedError

    def end(self) -> None:
        """Run what comes after the last input."""
        raise NotImplementedError

    def dispose(self) -> None:
        """Give up what is held; always called."""

    @contextlib.contextmanager
    def _placed(self) -> Iterator[None]:
        """Let an error of the binder say which command it is about, and which of its parameters."""
        try:
            yield
        except Failure as failure:
            from jcad.lab.powershell.evaluate.commandobjects import invocation_of  # noqa: PLC0415  - they build on each other

            record = failure.record
            if record.invocation is None:
                record.invocation = place = invocation_of(self)
                place.name = ""  # the command has not begun
                place.expects_input = False
                self._narrow(place, record)
            raise

    def _narrow(self, place: InvocationInfo, record: ErrorRecord) -> None:
        """Let the binder's error stand at the parameter, or at the argument, that it is about."""
        if self.node is None:
            return
        name = "-" + to_text(record.exception.properties.get("ParameterName")).lower()
        elements, end = self.node.elements, self.node.end
        places = [*(element.at for element in elements), end, end]
        for index, element in enumerate(elements):
            if not isinstance(element, nodes.ParameterArgument) or not name.startswith(f"-{element.name.lower()}"):
                continue
            if record.error_id in _AT_PARAMETER and element.text.lower() == name:
                place.narrow(element.at, element.at + len(element.text))
            elif record.error_id in _AT_ARGUMENT and element.value is not None:
                place.narrow(element.value.at, places[index + 1])
            elif record.error_id in _AT_ARGUMENT and index + 1 < len(elements):
                place.narrow(places[index + 1], places[index + 2])

    # ---- common parameters -------------------------------------------------------------------------------------------

    def take_common(self) -> None:
        """Move the common parameters out of what was bound, and let them take effect."""
        bound = self.binder.bound
        found = [name for name in bound if name in _COMMON_NAMES]
        table = self.binder.table
        for name in found:
            if name in table.by_name or name.lower() in table.by_name:
                slot = table.by_name[name.lower()]
                if slot.common:
                    self._common(name, bound[name])

    def _common(self, name: str, value: Value) -> None:
        context = self.context
        context.common[name.lower()] = value
        if not name.endswith("Variable"):
            return
        variable = to_text(value)
        if name == "PipelineVariable":
            self._tee(lambda item: self.f.scope.put(variable.lower(), item))
            return
        held = self._variable_list(variable)
        if name == "OutVariable":
            self._tee(held.append)
            return
        if context.io is self.f.io:
            context.io = context.io.copy()
        lists = {"ErrorVariable": "error_lists", "WarningVariable": "warning_lists"}.get(name, "information_lists")
        setattr(context.io, lists, (*getattr(context.io, lists), held))
        if name == "ErrorVariable":
            self.error_list = held

    def _tee(self, note: Callable[[Any], None]) -> None:
        onwards = self.write

        def write(item: Any) -> None:
            note(item)
            onwards(item)

        self.write = write
        self.context.sink = write

    def _variable_list(self, name: str) -> ArrayList:
        scope = self.f.scope
        if name.startswith("+"):
            name = name[1:]
            known = scope.get(name.lower())
            if isinstance(known, ArrayList):
                return known
            held = ArrayList([] if known is None else known if isinstance(known, Array) else [known])
        else:
            held = ArrayList()
        scope.set(name.lower(), held, name)
        return held


def _drop(_value: Any) -> None:
    """Throw away."""


class FunctionProcessor(Processor):
    """A function, filter, script or script block."""

    def __init__(
        self,
        f: Frame,
        name: str,
        body: Body,
        arguments: list[Argument],
        redirects: list[Redirect],
        *,
        expects_input: bool,
        scope: Scope | None = None,
        command: Any = None,
    ) -> None:
        super().__init__(f, arguments, redirects, expects_input=expects_input)
        self.name = name
        self.body = body.compile()
        self.own_scope = scope
        self.context = CommandContext(f, command, name, name)
        self.context.owner = self
        self.frame = f
        self.collected: list[Any] = []

    def prepare(self) -> None:
        """Bind the arguments and make the scope ready. Raises Failure."""
        engine = self.f.engine
        engine.depth += 1
        if engine.depth > _DEPTH:
            raise to_failure(RecursionError())
        scope = self.own_scope or Scope(self.f.scope)
        self.frame = Frame(engine, scope, self.f.io, self)
        self.context.scope = scope
        table = self.body.table(self.frame)
        self.binder = binder = Binder(
            table, self.name, Frame(engine, self.f.scope, self.f.io, self.f.command), expects_input=self.expects_input
        )
        self.context.should_process_declared = table.should_process
        self.context.confirm_impact = table.confirm_impact
        defaults = engine.parameter_defaults(self.f, self.name) if table.advanced else []
        with self._placed():
            binder.bind(self.arguments, defaults)
        self.context.set_name = binder.set_name
        if table.advanced:
            self.take_common()
            self._preferences(scope)
        self.frame.io = self.context.io
        self._automatic(scope)
        self._variables(scope)

    def _preferences(self, scope: Scope) -> None:
        common = self.context.common
        if not common:
            return
        for name, variable in _PREFERENCES.items():
            given = common.get(name.lower())
            if given is not None:
                scope.put(variable, given)
        for name, variable in (("verbose", "verbosepreference"), ("debug", "debugpreference")):
            given = common.get(name)
            if given is not None:
                scope.put(variable, _action("Continue" if is_true(given) else "SilentlyContinue"))
        if "whatif" in common:
            scope.put("whatifpreference", common["whatif"])
        if "confirm" in common:
            scope.put("confirmpreference", "Low" if is_true(common["confirm"]) else "None")

    def _automatic(self, scope: Scope) -> None:
        variables = scope.variables
        binder = self.binder
        advanced = binder.table.advanced
        if not advanced:
            variables["args"] = Variable("args", Array(binder.rest))
        if binder.table.pipeline:
            self.invocation()  # as it is before the first object, whose values change it
        variables["psboundparameters"] = Computed("PSBoundParameters", lambda: self.invocation().bound)
        variables["myinvocation"] = Computed("MyInvocation", self.invocation)
        if advanced:
            variables["pscmdlet"] = Computed("PSCmdlet", self._cmdlet)
        if not self.expects_input and self.body.uses_input:
            variables["input"] = Variable("input", InputEnumerator(()))

    def invocation(self) -> InvocationInfo:
        """`$MyInvocation`: made once, for whoever asks first."""
        from jcad.lab.powershell.evaluate.commandobjects import invocation_of  # noqa: PLC0415  - they build on each other

        context = self.context
        if context.invocation is None:
            context.invocation = invocation_of(self)
        found: InvocationInfo = context.invocation
        return found

    def _cmdlet(self) -> NetObject:
        from jcad.lab.powershell.evaluate.commandobjects import PSCmdlet  # noqa: PLC0415  - they build on each other

        self.invocation()
        return PSCmdlet(self.context)

    def _variables(self, scope: Scope) -> None:
        variables = scope.variables
        bound = self.binder.bound
        waiting: list[Slot] = []
        for slot in self.binder.table.slots:
            if slot.common:
                continue
            if slot.name in bound:
                variables[slot.lowered] = self._variable(slot, bound[slot.name])
            else:
                waiting.append(slot)
        for slot in waiting:
            variables[slot.lowered] = self._variable(slot, self._default(slot))

    def _variable(self, slot: Slot, value: Value) -> Variable:
        made = Variable(slot.name, value)
        if slot.kinds or slot.checks:
            frame = self.frame
            made.constraint = lambda given: _constrained(slot, given, frame)
            made.kind = slot.kind
        return made

    def _default(self, slot: Slot) -> Value:
        compute = self.body.defaults.get(slot.name)
        if compute is None:
            return _nothing(slot)
        value = compute(self.frame)
        if value is AUTOMATION_NULL:
            value = None
        if slot.is_switch:
            return SwitchParameter(is_true(value))
        return self.binder.converted_default(slot, value)

    # ---- running -----------------------------------------------------------------------------------------------------

    def _run(self, statements: Statement) -> None:
        engine = self.f.engine
        outer, engine.frame = engine.frame, self.frame
        try:
            statements(self.frame, self.write)
        except ReturnJump:
            return
        except LeaveCommand as leave:
            if leave.owner is not self:
                raise
            raise leave.failure from leave
        except Failure as failure:
            self._name(failure)
            raise
        finally:
            engine.frame = outer

    def _name(self, failure: Failure) -> None:
        """An engine's error that leaves an advanced function bears its name; what `throw` raised does not."""
        if failure.thrown or failure.record.command or not self.binder.table.advanced:
            return
        if not failure.stop or failure.of_engine:
            failure.record.command = self.name

    def begin(self) -> None:
        """Make ready for the first object."""
        if self.body.begin is not None:
            self._run(self.body.begin)

    def process(self, value: Any) -> None:
        """Take one object; once without any where nothing is piped in."""
        body, variables = self.body, self.frame.scope.variables
        if body.process is None:
            self._collect(value)
            return
        variables["_"] = Variable("_", value)
        if body.uses_input:
            variables["input"] = Variable("input", InputEnumerator((value,)))
        if self._bind_piped(value):
            self._run(body.process)

    def _collect(self, value: Any) -> None:
        if self.binder.table.pipeline and not self._bind_piped(value):
            return
        self.collected.append(value)

    def _bind_piped(self, value: Any) -> bool:
        binder = self.binder
        table = binder.table
        if not table.pipeline and not table.advanced:
            return True
        before = binder.was_piped.copy()
        try:
            taken = binder.bind_piped(value)
            if not taken and table.advanced:
                raise binder.not_bound(value)
        except Failure as failure:
            self.context.write_error(failure.record, watched=False)
            return False
        variables = self.frame.scope.variables
        for slot in table.pipeline:
            if slot.name in binder.was_piped:
                variables[slot.lowered] = self._variable(slot, binder.bound[slot.name])
                self.invocation().bound.set(slot.name, binder.bound[slot.name])
            elif slot.name in before:
                variables[slot.lowered] = self._variable(slot, self._default(slot))
        return True

    def once(self) -> None:
        """Stand in for an input where nothing is piped in."""
        if self.body.process is not None:
            self._run(self.body.process)

    def end(self) -> None:
        """Finish after the last object."""
        if self.body.end is None:
            return
        if self.expects_input:
            variables = self.frame.scope.variables
            variables["input"] = Variable("input", InputEnumerator(self.collected))
            if self.own_scope is None or "_" not in variables:
                variables.pop("_", None)
        self._run(self.body.end)

    def dispose(self) -> None:
        """Give up what is held; always called."""
        self.f.engine.depth -= 1


def _action(name: str) -> EnumValue:
    kind = net.TYPES["system.management.automation.actionpreference"]
    return EnumValue(kind, (kind.names or {})[name])


def _constrained(slot: Slot, value: Value, f: Frame) -> Value:
    converted = value
    if slot.is_switch:
        converted = _switch(value)
    else:
        for kind in reversed(slot.kinds):
            converted = cast(converted, kind)
    for check in slot.checks:
        check.check_variable(converted, f, slot.name)
    return converted


def _switch(value: Value) -> SwitchParameter:
    base = base_of(value)
    return base if isinstance(base, SwitchParameter) else SwitchParameter(is_true(value))


def _nothing(slot: Slot) -> Value:
    """What an unbound parameter without default holds."""
    if slot.is_switch:
        return SwitchParameter(False)
    kind: NetType = slot.kind
    if not slot.kinds or kind is net.OBJECT:
        return None
    if kind is net.STRING:
        return ""
    if kind is net.BOOLEAN:
        return False
    return cast(0 if kind.is_numeric else None, kind) if kind.is_numeric else None


class CmdletProcessor(Processor):
    """A cmdlet."""

    def __init__(
        self,
        f: Frame,
        kind: type[Cmdlet],
        arguments: list[Argument],
        redirects: list[Redirect],
        *,
        expects_input: bool,
    ) -> None:
        super().__init__(f, arguments, redirects, expects_input=expects_input)
        info = kind.info
        self.kind = kind
        self.context = CommandContext(f, info, info.class_name, info.name)
        self.context.confirm_impact = info.confirm_impact
        self.context.owner = self
        self.cmdlet = kind(self.context)
        self.wants_binding = False

    def prepare(self) -> None:
        """Bind the arguments and make the scope ready. Raises Failure."""
        engine, info = self.f.engine, self.kind.info
        table = engine.cmdlet_table(self.kind)
        self.binder = binder = Binder(
            table, info.class_name, self.f, activity=info.name, expects_input=self.expects_input
        )
        with self._placed():
            binder.bind(self.arguments, engine.parameter_defaults(self.f, info.name))
        self.context.set_name = binder.set_name
        self.take_common()
        if self.kind.unsupported:
            for name in binder.bound:
                if name in self.kind.unsupported:
                    raise LabUnsupported(f"{info.name} -{name}")
        self.cmdlet.bound = binder.bound
        self.wants_binding = bool(table.pipeline) or bool(binder.delayed)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except NetError as error:
            raise self.context.terminate(
                ErrorRecord(error.exception, error.exception.type_name, "NotSpecified")
            ) from error
        except LeaveCommand as leave:
            if leave.owner is not self:
                raise
            raise leave.failure from leave
        except Failure as failure:
            if not failure.thrown and not failure.stop and not failure.record.command:
                failure.record.command = self.context.class_name
            raise

    def begin(self) -> None:
        """Make ready for the first object."""
        self._guarded(self.cmdlet.begin)

    def process(self, value: Any) -> None:
        """Take one object; once without any where nothing is piped in."""
        binder = self.binder
        try:
            taken = binder.bind_piped(value)
            if not taken:
                raise binder.not_bound(value)
        except Failure as failure:
            self.context.write_error(failure.record, watched=False)
            return
        if binder.valid and len(binder.valid) > 1:
            self.context.set_name = binder.set_name
        self._guarded(self.cmdlet.process)

    def once(self) -> None:
        """Stand in for an input where nothing is piped in."""
        self._guarded(self.cmdlet.process)

    def end(self) -> None:
        """Finish after the last object."""
        for name in self.binder.was_piped:
            self.binder.bound.pop(name, None)
        self.binder.was_piped.clear()
        self._guarded(self.cmdlet.end)

    def dispose(self) -> None:
        """Give up what is held; always called."""
        self.cmdlet.dispose()


def dictionary_items(value: Value) -> list[tuple[str, Value]]:
    """The pairs of a dictionary that is splatted."""
    base = base_of(value)
    return [(to_text(key), item) for key, item in base.items()] if isinstance(base, Dictionary) else []
