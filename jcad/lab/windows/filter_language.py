"""The language of `-Filter`: PowerShell-like comparisons joined by -and, -or and -not (about_ActiveDirectory_Filter).

Pure: text in, an expression out; a value that is a variable stays a name until the caller's scope is asked. What the
module does with an expression (which attribute, which LDAP filter) is `filter_translation`'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.windows.failures import filter_syntax

COMPARISONS: Final = (
    "eq",
    "ne",
    "like",
    "notlike",
    "approx",
    "le",
    "lt",
    "ge",
    "gt",
    "bor",
    "band",
    "recursivematch",
)

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<open>\() | (?P<close>\))
  | (?P<single>'(?:[^']|'')*')
  | (?P<double>"(?:[^"`]|""|`.)*")
  | (?P<variable>\$(?:\{[^}]+\}|[A-Za-z_][\w:]*)(?:\.[A-Za-z_]\w*)*)
  | (?P<operator>-[A-Za-z][A-Za-z-]*)
  | (?P<number>-?(?:0[xX][0-9A-Fa-f]+|\d+)(?![\w.]))
  | (?P<word>[A-Za-z_][\w-]*(?:;[\w-]+)*)
    """,
    re.VERBOSE | re.DOTALL,
)
_EXPANDED: Final = re.compile(r"(?<!`)\$(?:\{|\(|[A-Za-z_])")
_DEEPEST: Final = 200


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text: a string or a whole number."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the caller, with the properties that are read from it: `$user.Name` is `("user", ("Name",))`."""

    name: str
    path: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it was written."""
        return "$" + ".".join((self.name, *self.path))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`property -operator value`."""

    name: str
    operator: str
    value: Literal | Variable


@dataclass(frozen=True, slots=True)
class Not:
    """`-not (...)`."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class Both:
    """`... -and ...`."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Either:
    """`... -or ...`."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`: every object of the cmdlet's class."""


Expression = Comparison | Not | Both | Either | Everything


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(text: str) -> Expression:
    """The expression of a -Filter.

    Raises AdFailure (ADFilterParsingException) with the position, from 1, of what could not be read; LabUnsupported for a
    variable inside a quoted text, of which it is not known what the module does with it.
    """
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        stripped = stripped[1:-1].strip()
    if stripped == "*":
        return Everything()
    return _Parser(text, _tokens(text, stripped)).whole()


def _tokens(text: str, inner: str) -> list[_Token]:
    tokens, position = [], 0
    offset = text.index(inner) if inner else 0
    while position < len(inner):
        found = _TOKEN.match(inner, position)
        if found is None:
            raise filter_syntax(text, "syntax error", offset + position + 1)
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append(_Token(kind, found[0], offset + position + 1))
        position = found.end()
    tokens.append(_Token("end", "", offset + len(inner) + 1))
    return tokens


class _Parser:
    """Recursive descent; -not binds tightest, then -and, then -or."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        if self._here.kind != "end":
            raise self._wrong()
        return expression

    @property
    def _here(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._here
        self._at += 1
        return token

    def _wrong(self) -> Exception:
        return filter_syntax(self._text, "syntax error", self._here.position)

    def _is(self, *operators: str) -> bool:
        return self._here.kind == "operator" and self._here.text[1:].lower() in operators

    def _either(self) -> Expression:
        left = self._both()
        while self._is("or"):
            self._take()
            left = Either(left, self._both())
        return left

    def _both(self) -> Expression:
        left = self._one()
        while self._is("and"):
            self._take()
            left = Both(left, self._one())
        return left

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong()
        try:
            if self._is("not"):
                self._take()
                return Not(self._one())
            if self._here.kind == "open":
                self._take()
                inner = self._either()
                if self._here.kind != "close":
                    raise self._wrong()
                self._take()
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Expression:
        if self._here.kind != "word":
            raise self._wrong()
        name = self._take().text
        if self._here.kind != "operator":
            raise self._wrong()
        if not self._is(*COMPARISONS):
            raise filter_syntax(self._text, f"Operator Not supported: {self._here.text}", self._here.position)
        operator = self._take().text[1:].lower()
        return Comparison(name, operator, self._value())

    def _value(self) -> Literal | Variable:
        token = self._here
        match token.kind:
            case "single":
                value: Literal | Variable = Literal(self._fixed(token.text[1:-1].replace("''", "'")))
            case "double":
                value = Literal(self._fixed(re.sub(r'`(.)|"(")', r"\1\2", token.text[1:-1], flags=re.DOTALL)))
            case "number":
                value = Literal(int(token.text, 0) if "x" in token.text.lower() else int(token.text))
            case "variable":
                value = _variable(token.text)
            case _:
                raise self._wrong()
        self._take()
        return value

    def _fixed(self, value: str) -> str:
        if _EXPANDED.search(value):
            raise LabUnsupported(f"a variable inside the quotes of a -Filter ({self._text})")
        return value


def _variable(text: str) -> Variable:
    inner = text[1:]
    if inner.startswith("{"):
        name, _, rest = inner[1:].partition("}")
        return Variable(name, tuple(part for part in rest.split(".") if part))
    name, *path = inner.split(".")
    return Variable(name, tuple(path))
