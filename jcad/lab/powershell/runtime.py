"""What values ask of the runspace that they live in: running a script block, `$OFS`, the edition.

A conversion or a member call may run script (a ScriptProperty, an overridden ToString), far from any evaluator in sight.
So the running engine announces itself here; one per thread.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from jcad.errors import LabUnsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jcad.lab.powershell.members import ScriptBlock
    from jcad.lab.powershell.nettype import NetType


class Runtime(Protocol):
    """The running engine, as seen from values."""

    def run_block(
        self, block: ScriptBlock, arguments: Sequence[Any], *, this: Any = ..., under: Any = ...
    ) -> list[Any]:
        """Run a script block and give its output; `this` is `$this`, `under` `$_`. Script errors come out as `Failure`."""

    def separator(self) -> str:
        """`$OFS`: what stands between the elements of an array that becomes a text."""

    def check_stop(self) -> None:
        """Raise `Stopped` if the pipeline must stop."""

    script_types: dict[str, NetType]
    """The types that scripts have declared, by their names in lower case."""

    @property
    def edition(self) -> str:
        """`Core` (7: what the recordings answer by) or `Desktop` (5.1)."""


_RUNNING: ContextVar[Runtime | None] = ContextVar("runtime", default=None)


def running() -> Runtime | None:
    """The engine that runs in this thread, if any."""
    return _RUNNING.get()


@contextmanager
def use(runtime: Runtime) -> Iterator[None]:
    """Announce the engine for the time of a run."""
    token = _RUNNING.set(runtime)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def script_type(name: str) -> NetType | None:
    """The type that a script of the running engine has declared under this name."""
    runtime = _RUNNING.get()
    return None if runtime is None else runtime.script_types.get(name.lower())


def script_types() -> bool:
    """Whether scripts of the running engine have declared types."""
    runtime = _RUNNING.get()
    return runtime is not None and bool(runtime.script_types)


def run_block(block: ScriptBlock, arguments: Sequence[Any] = (), **automatic: Any) -> list[Any]:
    """Run a script block in the engine of this thread; `this=` and `under=` set `$this` and `$_`."""
    runtime = _RUNNING.get()
    if runtime is None:
        raise LabUnsupported(f"running the script block {{{block.text}}} outside an engine")
    return runtime.run_block(block, arguments, **automatic)


def separator() -> str:
    """`$OFS` of the running engine; a space where there is none."""
    runtime = _RUNNING.get()
    return " " if runtime is None else runtime.separator()


def check_stop() -> None:
    """Raise `Stopped` if the running pipeline must stop."""
    runtime = _RUNNING.get()
    if runtime is not None:
        runtime.check_stop()


def is_desktop() -> bool:
    """Whether the running engine answers as Windows PowerShell 5.1 where it differs from 7."""
    runtime = _RUNNING.get()
    return runtime is not None and runtime.edition == "Desktop"
