"""Where-Object and ForEach-Object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.frame import collected, emit
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.operators import BINARY, match
from jcad.lab.powershell.values import Dictionary, NetType, ScriptBlock, base_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Write

#: Switches of Where-Object that are an operator of the same name.
_OPERATORS: Final = frozenset(
    f"{case}{word}"
    for word in ("Contains", "EQ", "GE", "GT", "In", "LE", "Like", "LT", "Match", "NE")
    for case in ("", "C")
) | frozenset(f"{case}Not{word}" for word in ("Contains", "In", "Like", "Match") for case in ("", "C"))


def property_of(value: Any, name: str) -> Any:
    """A property by name, wildcards refused; None where there is none."""
    if isinstance(base_of(value), Dictionary) and name in base_of(value):
        return base_of(value).get(name)
    if value is None:
        return None
    found = access.get_property(value, name)
    return None if found is access.MISSING else found


@core("Where-Object")
class WhereObject(Cmdlet):
    """Let pass what a script block, or a property, says."""

    __slots__ = ("_operator",)

    @staticmethod
    def inline(run: Callable[[Any, Write], None], write: Write) -> Write:
        """`Where-Object { ... }` alone."""

        def process(item: Any) -> None:
            out: list[Any] = []
            run(item, out.append)
            if is_true(collected(out)):
                write(item)

        return process

    def begin(self) -> None:
        """Make ready for the first object."""
        self._operator = next((name for name in self.bound if name in _OPERATORS and self.on(name)), "")

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "InputObject" not in self.bound:
            return
        item = self.bound["InputObject"]
        block = self.bound.get("FilterScript")
        found = self._simple(item) if block is None else is_true(collected(self.context.invoke(block, under=item)))
        if found:
            self.context.write(item)

    def _simple(self, item: Any) -> bool:
        left = self._left(item)
        right = self.bound.get("Value")
        if self.on("Is") or self.on("IsNot"):
            kind = right if isinstance(right, NetType) else cast(right, _TYPE)
            return is_true(BINARY["-is"](left, kind)) is self.on("Is")
        if self.on("Not"):
            return not is_true(left)
        if not self._operator or ("Value" not in self.bound and self._operator == "EQ" and not self.on("EQ")):
            return is_true(left)
        name = "-" + self._operator.lower()
        if name.endswith("match"):
            found, matches = match(left, right, case=name.startswith("-c"), negate="notmatch" in name)
            if matches is not None:
                self.context.f.scope.put("matches", matches)  # type: ignore[attr-defined]
            return is_true(found)
        return is_true(BINARY[name](left, right))

    def _left(self, item: Any) -> Any:
        name = to_text(self.bound["Property"])
        if self._lacks(item, name):
            exception = NetException(
                "System.Management.Automation.PSInvalidOperationException",
                f'The property "{name}" cannot be found on the input object.',
            )
            self.context.write_error(ErrorRecord(exception, "PropertyNotFound", "InvalidOperation", item))
        return property_of(item, name)

    def _lacks(self, item: Any, name: str) -> bool:
        """Whether strictness makes an error of a property that is not there."""
        if item is None or self.context.f.scope.strictness() < 2:  # type: ignore[attr-defined]
            return False
        base = base_of(item)
        if isinstance(base, Dictionary) and name in base:
            return False
        return access.get_property(item, name) is access.MISSING


_TYPE: Final = net.TYPE


@core("ForEach-Object", unsupported="Parallel ThrottleLimit TimeoutSeconds AsJob UseNewRunspace Confirm WhatIf")
class ForEachObject(Cmdlet):
    """Run script blocks, or take a member, for every object."""

    __slots__ = ("_begin", "_end", "_process")

    @staticmethod
    def inline(run: Callable[[Any, Write], None], write: Write) -> Write:
        """`ForEach-Object { ... }` alone."""
        return lambda item: run(item, write)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._begin: list[Any] = []
        self._process: list[Any] = []
        self._end: list[Any] = []
        if "MemberName" in self.bound:
            return
        blocks = list(self.bound.get("Process") or ()) + list(self.bound.get("RemainingScripts") or ())
        if "Begin" in self.bound:
            self._begin.append(self.bound["Begin"])
        elif len(blocks) > 1:
            self._begin.append(blocks.pop(0))
        if "End" in self.bound:
            self._end.append(self.bound["End"])
        elif len(blocks) > 1:
            self._end.append(blocks.pop())
        self._process = blocks
        for block in self._begin:
            self._run(block, ...)

    def _run(self, block: Any, under: Any) -> None:
        if block is not None:
            self.context.stream(block, self.context.write, under=under)

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "MemberName" in self.bound:
            if "InputObject" in self.bound:
                self._member(self.bound["InputObject"])
            return
        if "InputObject" not in self.bound and self._fed():
            return
        item = self.bound.get("InputObject")
        for block in self._process:
            self._run(block, item)

    def _fed(self) -> bool:
        return bool(self.context.owner.expects_input)  # type: ignore[attr-defined]

    def end(self) -> None:
        """Finish after the last object."""
        for block in self._end:
            self._run(block, ...)

    def _member(self, item: Any) -> None:
        name = to_text(self.bound["MemberName"])
        arguments = list(self.bound.get("ArgumentList") or ())
        base = base_of(item)
        if base is None:
            raise self.context.terminate(_null_input())
        if any(sign in name for sign in "*?["):
            raise LabUnsupported(f"ForEach-Object -MemberName {name}")
        if isinstance(base, Dictionary) and name in base and not arguments:
            emit(base.get(name), self.context.write)
            return
        found = access.MISSING if arguments else access.get_property(item, name)
        if found is not access.MISSING and not isinstance(found, ScriptBlock) and type(found).__name__ != "PSMethod":
            emit(found, self.context.write)
            return
        self._call(item, name, arguments)

    def _call(self, item: Any, name: str, arguments: list[Any]) -> None:
        try:
            emit(access.call(item, name, arguments), self.context.write)
        except Failure as failure:
            if failure.record.error_id == "MethodNotFound":
                if not arguments and self.context.f.scope.strictness() < 2:  # type: ignore[attr-defined]
                    self.context.write(None)
                    return
                self.context.write_error(failure.record)
                return
            if failure.thrown:
                raise
            self.context.write_error(
                ErrorRecord(
                    failure.record.exception.inner or failure.record.exception,
                    "MethodInvocationError",
                    "InvalidOperation",
                    item,
                )
            )


def _null_input() -> ErrorRecord:
    return ErrorRecord(
        NetException("System.Management.Automation.PSArgumentNullException", "Cannot bind argument: null."),
        "InputObjectIsNull",
        "InvalidArgument",
    )
