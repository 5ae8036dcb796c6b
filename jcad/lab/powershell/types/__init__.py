"""The .NET types of the lab: finding one by the name that a script uses, and what members it has.

`resolve('string[]')`, `resolve('System.Collections.Generic.List[int]')` answer a NetType, or None where PowerShell would say
TypeNotFound; a real .NET type that the lab lacks is refused by name. Other rooms add types with `registry.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jcad.lab.powershell.nettype import NetType


def resolve(name: str) -> NetType | None:
    """The type of a type literal's text (without the outer brackets)."""
    raise NotImplementedError
