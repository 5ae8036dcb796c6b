"""What every value can be asked: is it true, what is its text, what does it unroll to. PowerShell's rules; no I/O.

is_true(x)      `if ($x)`
to_text(x)      `"$x"`, `[string]$x`: invariant culture, arrays joined with $OFS
unroll(x)       the elements that a pipeline or foreach sees, or None where x is a single object
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jcad.lab.powershell.values import Value


def is_true(value: Value) -> bool:
    """Truth: a one-element list is its element, a longer list is true."""
    raise NotImplementedError


def to_text(value: Value) -> str:
    """The text of a value as in `"$value"`."""
    raise NotImplementedError


def unroll(value: Value) -> Iterable[Value] | None:
    """The elements of an enumerable, or None: strings and dictionaries are single objects; AUTOMATION_NULL is empty."""
    raise NotImplementedError
