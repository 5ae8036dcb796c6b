"""The activation of a script block, the jumps out of one, and what writing a value to a pipeline means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell.errors import ErrorRecord, Failure, NetError, NetException
from jcad.lab.powershell.exceptions import is_exception_type
from jcad.lab.powershell.nettype import define
from jcad.lab.powershell.objects import unroll
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, NetList, NetObject, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jcad.lab.powershell.engine import Engine
    from jcad.lab.powershell.records import Io
    from jcad.lab.powershell.scopes import Scope
    from jcad.lab.powershell.values import Value

    Write = Callable[[Any], None]
    Expression = Callable[["Frame"], Any]
    Statement = Callable[["Frame", Write], None]

RUNTIME = "System.Management.Automation.RuntimeException"


#: Python class -> how a loop goes through its values, where that is not just what they unroll to.
WALKS: Final[dict[type, Callable[[Any], Iterable[Any]]]] = {}


class Frame:
    """One activation: the runspace, its scope, its streams, the command it belongs to, the error being caught."""

    __slots__ = ("catching", "command", "engine", "io", "scope")

    def __init__(self, engine: Engine, scope: Scope, io: Io, command: Any = None) -> None:
        self.engine = engine
        self.scope = scope
        self.io = io
        self.command = command
        self.catching: ErrorRecord | None = None


class Jump(Exception):
    """Leaves a construct on purpose."""


class BreakJump(Jump):
    """`break`, to the loop of this label ("": the innermost)."""

    def __init__(self, label: str = "") -> None:
        self.label = label


class ContinueJump(Jump):
    """`continue`, in the loop of this label ("": the innermost)."""

    def __init__(self, label: str = "") -> None:
        self.label = label


class ReturnJump(Jump):
    """`return`; its value is already written."""


class ExitJump(Jump):
    """`exit`."""

    def __init__(self, code: int) -> None:
        self.code = code


class LeaveCommand(Jump):
    """A terminating error that a command raised itself: no `catch` inside that command sees it."""

    def __init__(self, failure: Failure, owner: Any) -> None:
        self.failure = failure
        self.owner = owner


class StopUpstream(Jump):
    """A command of the pipeline (`Select-Object -First`) needs no more input."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner


def emit(value: Value, write: Write) -> None:
    """Write a value to a pipeline: collections go element by element."""
    kind = type(value)
    if kind is str or kind is int or kind is bool:
        write(value)
        return
    items = unroll(value)
    if items is None:
        write(value)
        return
    for item in items if type(items) is Array or not isinstance(items, NetList) else iterate(items):
        write(item)


def iterate(items: NetList) -> Iterator[Any]:
    """The elements of a list. Raises Failure where its length changes meanwhile."""
    size = len(items)
    index = 0
    while index < size:
        yield items[index]
        index += 1
        if len(items) != size:
            raise bad_enumeration()


def bad_enumeration() -> Failure:
    """The error of a collection that was changed while something went through it."""
    text = "Collection was modified; enumeration operation may not execute."
    return Failure.of(
        "BadEnumeration",
        f"An error occurred while enumerating through a collection: {text}.",
        "InvalidOperation",
        inner=NetException("System.InvalidOperationException", text),
    )


def collected(out: list[Any]) -> Value:
    """The output of a pipeline as a value: nothing, one object, or an array."""
    if len(out) == 1:
        return out[0]
    return Array(out) if out else AUTOMATION_NULL


def elements(value: Value) -> Iterable[Any]:
    """What a loop over this value goes through: its elements, itself, or nothing for $null."""
    if value is None or value is AUTOMATION_NULL:
        return ()
    walk = WALKS.get(type(value))
    if walk is not None:
        return walk(value)
    items = unroll(value)
    if items is None:
        return (value,)
    return items if type(items) is Array or not isinstance(items, NetList) else iterate(items)


def to_failure(error: Exception) -> Failure:
    """The Failure for an exception of a member that came without the engine's wrapper, or of Python's own limits."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, NetError):
        return wrapped(error.exception)
    if isinstance(error, RecursionError):
        return Failure.of(
            "CallDepthOverflow",
            "The script failed due to call depth overflow.",
            "InvalidOperation",
            exception="System.Management.Automation.ScriptCallDepthException",
        )
    if isinstance(error, MemoryError):
        return wrapped(NetException("System.OutOfMemoryException", "Insufficient memory to continue the execution."))
    raise error


def wrapped(exception: NetException) -> Failure:
    """A .NET exception that reached the engine without a wrapper: it stays what it is, its type's name is the id."""
    if is_exception_type(exception.type_name, RUNTIME) and exception.record is not None:
        return Failure(exception.record)
    return exception_failure(exception, "OperationStopped")


def exception_failure(exception: NetException, category: str = "NotSpecified") -> Failure:
    """A .NET exception that the engine lets through as it is: its type's name is the id."""
    return Failure.from_exception(exception, type_of(exception).full_name, category)


class Enumerator(NetObject):
    """`$foreach` and `$switch`: the enumerator of the loop, which the loop's body may move on."""

    __slots__ = ("_items", "current")
    net_type = define("System.Collections.IEnumerator", is_interface=True)

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__()
        self._items = iter(items)
        self.current: Any = None

    def move_next(self) -> bool:
        """Go to the next element; false at the end."""
        for item in self._items:
            self.current = item
            return True
        self.current = None
        return False
