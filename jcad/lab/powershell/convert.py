"""PowerShell's conversions: `[int]$x`, `$x -as [int]`, arguments and parameters.

Source: about_Type_Conversion and a real engine's answers. Raises Failure with the engine's ids
(InvalidCastFromStringToInteger, ConvertToFinalInvalidCastException ...). No I/O.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jcad.lab.powershell.nettype import NetType
    from jcad.lab.powershell.values import Value


def cast(value: Value, kind: NetType) -> Value:
    """`[kind]$value`: also for typed variables and parameters."""
    raise NotImplementedError


def try_cast(value: Value, kind: NetType) -> Value:
    """`$value -as [kind]`: None where it cannot be."""
    raise NotImplementedError
