"""Expandable strings and type names: what is read by character and may hold expressions. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.syntax.lexer import DOUBLE_QUOTES, Lexer

if TYPE_CHECKING:
    from jcad.lab.powershell.syntax.nodes import Node

_TYPE_NAME: Final = re.compile(r"[\w.+`]+")


class LiteralParser(Lexer):
    """Reads strings and type names. What `$(` begins is the subclass's."""

    def subexpression(self) -> nodes.SubExpression:
        """`$( ... )`."""
        raise NotImplementedError

    # ---- type names ---------------------------------------------------------------------------------------------------------

    def type_name(self) -> nodes.TypeName:
        """A type's name, the position behind its opening bracket; the closing bracket is not taken."""
        at = self.pos
        self.lines()
        match = _TYPE_NAME.match(self.text, self.pos)
        if match is None:
            self.fail("MissingTypename")
        self.pos = match.end()
        return nodes.TypeName(at, match.group() + self._type_arguments())

    def _type_arguments(self) -> str:
        text = ""
        while self.peek() == "[":
            self.pos += 1
            self.lines()
            if self.peek() in {"]", ","}:
                commas = re.compile(r"[,\s]*\]").match(self.text, self.pos)
                if commas is None:
                    self.fail("EndSquareBracketExpectedAtEndOfType")
                self.pos = commas.end()
                text += "[" + "," * commas.group().count(",") + "]"
                continue
            text += "[" + ",".join(self._type_list()) + "]"
        return text

    def _type_list(self) -> list[str]:
        names = []
        while True:
            self.lines()
            bracketed = self.accept("[")
            names.append(self.type_name().name)
            if bracketed:
                self._skip_assembly()
            self.lines()
            if self.accept("]"):
                return names
            if not self.accept(","):
                self.fail("EndSquareBracketExpectedAtEndOfType")

    def _skip_assembly(self) -> None:
        end = self.text.find("]", self.pos)
        if end < 0:
            self.fail("EndSquareBracketExpectedAtEndOfType")
        self.pos = end + 1

    # ---- expandable strings ------------------------------------------------------------------------------------------

    def double_quoted(self) -> nodes.Constant | nodes.Expandable:
        """A "string" with what is expanded in it."""
        at = self.pos
        self.pos += 1
        parts: list[str | Node] = []
        text: list[str] = []
        while True:
            char = self.peek()
            if not char:
                self.fail("TerminatorExpectedAtEndOfString", at)
            if char in DOUBLE_QUOTES:
                self.pos += 1
                if not self.peek() or self.peek() not in DOUBLE_QUOTES:
                    return string_node(at, parts, text)
                text.append(char)
                self.pos += 1
            else:
                self.expand_one(parts, text)

    def expand_one(self, parts: list[str | Node], text: list[str]) -> None:
        """Take one character, escape, variable or subexpression of an expandable string."""
        char = self.peek()
        if char == "`" and self.peek(1):
            text.append(self.escape())
            return
        if char == "$":
            inner = self.subexpression() if self.peek(1) == "(" else self.variable(in_string=True)
            if inner is not None:
                if text:
                    parts.append("".join(text))
                    text.clear()
                parts.append(inner)
                return
        text.append(char)
        self.pos += 1

    def _expandable_here_string(self) -> nodes.Constant | nodes.Expandable:
        at = self.pos
        body, begin = self._here_body(DOUBLE_QUOTES)
        after, end = self.pos, begin + len(body)
        parts: list[str | Node] = []
        text: list[str] = []
        self.pos = begin
        while self.pos < end:
            self.expand_one(parts, text)
        self.pos = after
        return string_node(at, parts, text)


def string_node(
    at: int, parts: list[str | Node], text: list[str], *, bare: bool = False
) -> nodes.Constant | nodes.Expandable:
    """A constant where nothing is expanded, else an expandable string."""
    if not parts:
        return nodes.Constant(at, "".join(text), bare=bare)
    if text:
        parts.append("".join(text))
    return nodes.Expandable(at, parts, bare)
