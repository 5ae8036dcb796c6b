"""One command of a running pipeline: a function, script block or cmdlet with its bound parameters and its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.binding import COMMON, RISK
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError
from jcad.lab.powershell.evaluate.binder import Binder
from jcad.lab.powershell.evaluate.context import CommandContext
from jcad.lab.powershell.evaluate.frame import Frame, Jump, LeaveCommand
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import (
    Array,
    ArrayList,
    Dictionary,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Write
    from jcad.lab.powershell.evaluate.invocations import InvocationInfo
    from jcad.lab.powershell.evaluate.plans import CallSite
    from jcad.lab.powershell.values import Value

_COMMON_NAMES: Final = frozenset([*COMMON, *RISK])
_NO_INPUT: Final = object()
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
    """What every command of a pipeline has: the caller's frame, arguments, binder, context, and where it writes.

    `arguments` are `Argument`s, or the bare values of those of a `site` in a script.
    """

    def __init__(
        self,
        f: Frame,
        arguments: list[Any],
        redirects: list[Redirect],
        *,
        expects_input: bool,
        site: CallSite | None = None,
    ) -> None:
        self.f = f
        self.arguments = arguments
        self.site = site
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
        self.write = context.sink = write
        if not self.redirects:
            return
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

    def once_alone(self) -> None:
        """Run it whole, nothing being piped in."""
        self.begin()
        self.once()
        self.end()

    def bind(self, defaults: list[tuple[str, Any]]) -> None:
        """Bind the arguments. An error of the binder says which command it is about, and which of its parameters."""
        try:
            if self.site is None:
                self.binder.bind(self.arguments, defaults)
            else:
                self.binder.bind_at(self.site, self.arguments, defaults)
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
        if not self.binder.has_common:
            return
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


class CmdletProcessor(Processor):
    """A cmdlet."""

    def __init__(
        self,
        f: Frame,
        kind: type[Cmdlet],
        arguments: list[Any],
        redirects: list[Redirect],
        *,
        expects_input: bool,
        site: CallSite | None = None,
    ) -> None:
        super().__init__(f, arguments, redirects, expects_input=expects_input, site=site)
        info = kind.info
        self.kind = kind
        self.context = CommandContext(f, info, info.class_name, info.name)
        self.context.confirm_impact = info.confirm_impact
        self.context.owner = self
        self.cmdlet = kind(self.context)

    def prepare(self) -> None:
        """Bind the arguments and make the scope ready. Raises Failure."""
        engine, info = self.f.engine, self.kind.info
        table = engine.cmdlet_table(self.kind)
        self.binder = binder = Binder(
            table, info.class_name, self.f, activity=info.name, expects_input=self.expects_input
        )
        self.bind(engine.parameter_defaults(self.f, info.name))
        self.context.set_name = binder.set_name
        self.take_common()
        if self.kind.unsupported:
            for name in binder.bound:
                if name in self.kind.unsupported:
                    raise LabUnsupported(f"{info.name} -{name}")
        self.cmdlet.bound = binder.bound

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
        if self.kind.begin is not Cmdlet.begin:
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
        binder = self.binder
        if binder.was_piped:
            for name in binder.was_piped:
                binder.bound.pop(name, None)
            binder.was_piped.clear()
        if self.kind.end is not Cmdlet.end:
            self._guarded(self.cmdlet.end)

    def dispose(self) -> None:
        """Give up what is held; always called."""
        self.cmdlet.dispose()
        self.context.owner = None


def dictionary_items(value: Value) -> list[tuple[str, Value]]:
    """The pairs of a dictionary that is splatted."""
    base = base_of(value)
    return [(to_text(key), item) for key, item in base.items()] if isinstance(base, Dictionary) else []
