"""The PowerShell 5.1 language: text in, syntax tree out. Pure; knows no values and runs nothing."""

from __future__ import annotations

from jcad.lab.powershell.syntax.lexer import ParseError
from jcad.lab.powershell.syntax.parser import parse_script, placed

__all__ = ["ParseError", "parse_script", "placed"]
