"""A function, filter, script or script block as a command of a pipeline: its scope, its variables, its named blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.evaluate.binder import Binder
from jcad.lab.powershell.evaluate.context import CommandContext
from jcad.lab.powershell.evaluate.frame import Enumerator, Frame, LeaveCommand, ReturnJump, to_failure
from jcad.lab.powershell.evaluate.processors import Processor, Redirect
from jcad.lab.powershell.objects import enumerable, is_true
from jcad.lab.powershell.scopes import Computed, Scope, Variable
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, EnumValue, SwitchParameter, base_of

if TYPE_CHECKING:
    from jcad.lab.powershell.binding import Slot
    from jcad.lab.powershell.evaluate.blocks import Body, FunctionInfo
    from jcad.lab.powershell.evaluate.frame import Statement
    from jcad.lab.powershell.evaluate.invocations import InvocationInfo
    from jcad.lab.powershell.evaluate.plans import CallSite
    from jcad.lab.powershell.values import NetObject, NetType, Value

_DEPTH: Final = 400
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


class FunctionProcessor(Processor):
    """A function, filter, script or script block."""

    def __init__(
        self,
        f: Frame,
        body: Body,
        arguments: list[Any],
        redirects: list[Redirect],
        *,
        expects_input: bool,
        scope: Scope | None = None,
        command: FunctionInfo | None = None,
        site: CallSite | None = None,
    ) -> None:
        super().__init__(f, arguments, redirects, expects_input=expects_input, site=site)
        self.name = name = "" if command is None else command.name
        self.body = body.compile()
        self.own_scope = scope
        self.context = CommandContext(f, command, name, name)
        self.context.owner = self
        self.frame = f
        self.collected: list[Any] = []

    def prepare(self) -> None:
        """Bind the arguments and make the scope ready. Raises Failure."""
        f, context = self.f, self.context
        engine = f.engine
        engine.depth += 1
        if engine.depth > _DEPTH:
            raise to_failure(RecursionError())
        context.scope = scope = self.own_scope or Scope(f.scope)
        self.frame = Frame(engine, scope, f.io, self)
        table = self.body.table(self.frame)
        self.binder = binder = Binder(table, self.name, f, expects_input=self.expects_input)
        context.should_process_declared = table.should_process
        context.confirm_impact = table.confirm_impact
        self.bind(engine.parameter_defaults(f, self.name) if table.advanced else [])
        context.set_name = binder.set_name
        if table.advanced and binder.has_common:
            self.take_common()
            self._preferences(scope)
        self.frame.io = context.io
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
        table = self.binder.table
        if not table.advanced:
            variables["args"] = Variable("args", Array(self.binder.rest))
        if table.pipeline:
            self.invocation()  # as it is before the first object, whose values change it
        variables["psboundparameters"] = Computed("PSBoundParameters", self._bound_parameters)
        variables["myinvocation"] = Computed("MyInvocation", self.invocation)
        if table.advanced:
            variables["pscmdlet"] = Computed("PSCmdlet", self._cmdlet)
        if not self.expects_input and self.body.uses_input:
            variables["input"] = Variable("input", InputEnumerator(()))

    def _bound_parameters(self) -> Value:
        return self.invocation().bound

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
        for slot in self.binder.table.own:
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

    def once_alone(self) -> None:
        """Run it whole, nothing being piped in."""
        body = self.body
        if body.begin is not None:
            self._run(body.begin)
        if body.process is not None:
            self._run(body.process)
        if body.end is not None:
            self._run(body.end)

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
        """Give up what is held; always called. What refers to itself would wait for Python's collector."""
        self.f.engine.depth -= 1
        self.context.owner = None
        frame = self.frame
        if frame is not self.f:
            frame.command = None
            if self.own_scope is None:
                frame.scope.variables.clear()


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
