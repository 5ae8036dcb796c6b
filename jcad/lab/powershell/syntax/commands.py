"""Commands: names, arguments, parameters, splats and redirections, where a bare word is a string. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.syntax.expressions import ExpressionParser
from jcad.lab.powershell.syntax.lexer import DOUBLE_QUOTES, ENDS_WORD, SINGLE_QUOTES
from jcad.lab.powershell.syntax.literals import string_node

if TYPE_CHECKING:
    from jcad.lab.powershell.syntax.nodes import Node

_ENDS_COMMAND: Final = frozenset({"", "\n", "\r", "|", ";", ")", "}"})
_REDIRECTION: Final = re.compile(r"(?P<from>[1-6*])?>(?:&(?P<to>[12])|(?P<append>>)?)")
_PARAMETER: Final = re.compile(r"[-\u2013\u2014\u2015](?P<name>[^\W\d][^\s:.(\[{},;|&<>)'\"$]*|\?)(?P<colon>:)?")
_SPLAT: Final = re.compile(r"@(?:(?P<drive>\w+):)?(?P<name>\w+)")


class CommandParser(ExpressionParser):
    """Reads pipeline elements."""

    def at_end_of_command(self) -> bool:
        """Whether the command ends here."""
        return self.peek() in _ENDS_COMMAND or self.starts("&&") or (self.peek() == "&" and not self.starts("&&"))

    def command(self) -> nodes.CommandCall | None:
        """A command with its arguments, or None where none begins here."""
        at = self.pos
        invocation = self._invocation_operator()
        if invocation:
            self.blanks()
        name = self._redirections_before(at) or self.argument(commas=False, parameters=False)
        if name is None:
            if invocation:
                self.fail("MissingExpression")
            return None
        call = nodes.CommandCall(at, [name], invocation)
        self._command_elements(call)
        call.end = self.pos
        return call

    def _redirections_before(self, at: int) -> Node | None:
        if self.peek() == ">" or (self.peek() in "123456*" and self.peek() and self.peek(1) == ">"):
            self.fail("MissingFileSpecification", at)
        if self.peek() == "<":
            self.fail("RedirectionNotSupported", at)
        return None

    def _invocation_operator(self) -> str:
        char = self.peek()
        if char == "&" and self.peek(1) != "&":
            self.pos += 1
            return "&"
        following = self.peek(1)
        if char == "." and following and (following in " \t${('\"&" or following in SINGLE_QUOTES):
            self.pos += 1
            return "."
        return ""

    def _command_elements(self, call: nodes.CommandCall) -> None:
        while True:
            before = self.pos
            self.blanks()
            if self.at_end_of_command():
                return
            redirection = self.redirection()
            if redirection is not None:
                call.redirections.append(redirection)
                continue
            element = self._parameter() or self.argument()
            if element is None:
                self.pos = max(before, self.pos)
                self.fail("MissingArgument" if self.peek() == "," else "UnexpectedToken")
            call.elements.append(element)

    def _parameter(self) -> Node | None:
        at = self.pos
        match = _PARAMETER.match(self.text, self.pos)
        if match is None or not self.dash():
            if self.dash() and self.dash_at(1) and self.peek(2) in ENDS_WORD:
                self.pos += 2
                return nodes.ParameterArgument(at, "", None, "--")
            return None
        after = self.text[match.end() : match.end() + 1]
        if not match["colon"] and after not in ENDS_WORD and after not in "[{'\"(" and after != ".":
            return None
        self.pos = match.end()
        if not match["colon"]:
            return nodes.ParameterArgument(at, match["name"], None, match.group())
        self.blanks()
        value = None if self.at_end_of_command() else self.argument(parameters=False)
        if value is None:
            self.fail("ParameterRequiresArgument", at)
        return nodes.ParameterArgument(at, match["name"], value, match.group())

    # ---- arguments ---------------------------------------------------------------------------------------------------

    def argument(self, *, commas: bool = True, parameters: bool = True) -> Node | None:
        """One argument: a value, or several joined by commas."""
        del parameters
        at = self.pos
        first = self._single_argument()
        if first is None or not commas:
            return first
        items = [first]
        while self._argument_comma():
            self.lines()
            item = self._single_argument()
            if item is None:
                self.fail("MissingExpression")
            items.append(item)
        return first if len(items) == 1 else nodes.ArrayLiteral(at, items)

    def _argument_comma(self) -> bool:
        begin = self.pos
        self.blanks()
        if self.peek() == ",":
            self.pos += 1
            return True
        self.pos = begin
        return False

    def _single_argument(self) -> Node | None:
        char = self.peek()
        if char == "@":
            splat = _SPLAT.match(self.text, self.pos)
            if splat is not None and self.peek(1) not in SINGLE_QUOTES + DOUBLE_QUOTES:
                at = self.pos
                self.pos = splat.end()
                return nodes.Variable(at, splat["name"], (splat["drive"] or "").lower(), splat=True)
            return self._argument_postfix(self.primary())
        if char == "$":
            return self._dollar_argument()
        if char in ENDS_WORD and char not in {"(", "{"}:
            return None
        if char in SINGLE_QUOTES or char in DOUBLE_QUOTES or char in "({":
            return self._argument_postfix(self.primary())
        if char.isdigit() or (char == "." and self.peek(1).isdigit()):
            number = self.number(expression=False)
            if number is not None:
                return number
        return self.word()

    def _dollar_argument(self) -> Node | None:
        begin = self.pos
        if self.peek(1) == "(":
            return self._argument_postfix(self.subexpression())
        variable = self.variable()
        if variable is None:
            return self.word()
        following = self.peek()
        if following in ENDS_WORD or following in ".[" or self.starts("::"):
            return self._argument_postfix(self._checked(variable))
        self.pos = begin
        return self.word()

    def _checked(self, variable: nodes.Variable) -> nodes.Variable:
        if variable.drive == "using":
            from jcad.errors import LabUnsupported  # noqa: PLC0415

            raise LabUnsupported(f"$using:{variable.name}")
        return variable

    def _argument_postfix(self, target: Node | None) -> Node | None:
        while target is not None:
            char = self.peek()
            if char == "." and self.peek(1) not in ENDS_WORD and self.peek(1) != ".":
                target = self.member(target, static=False)
            elif char == ":" and self.peek(1) == ":":
                target = self.member(target, static=True)
            elif char == "[":
                target = self.index(target)
            else:
                return target
        return None

    def word(self) -> Node | None:
        """A bare word, with what is expanded in it."""
        at = self.pos
        parts: list[str | Node] = []
        text: list[str] = []
        while self.peek() not in ENDS_WORD:
            char = self.peek()
            if char in SINGLE_QUOTES:
                text.append(self.single_quoted().value)
            elif char in DOUBLE_QUOTES:
                self._quoted_part(parts, text)
            else:
                self.expand_one(parts, text)
        if self.pos == at:
            return None
        return string_node(at, parts, text, bare=True)

    def _quoted_part(self, parts: list[str | Node], text: list[str]) -> None:
        quoted = self.double_quoted()
        if isinstance(quoted, nodes.Constant):
            text.append(quoted.value)
            return
        if text:
            parts.append("".join(text))
            text.clear()
        parts.extend(quoted.parts)

    # ---- redirections ------------------------------------------------------------------------------------------------

    def redirection(self) -> nodes.Redirection | None:
        """A redirection, or None where none stands here."""
        at = self.pos
        if self.peek() == "<":
            self.fail("RedirectionNotSupported")
        match = _REDIRECTION.match(self.text, at)
        if match is None:
            return None
        self.pos = match.end()
        stream = 0 if match["from"] == "*" else int(match["from"] or 1)
        if match["to"]:
            if stream == int(match["to"]) or match["to"] == "2":
                self.fail("RedirectionNotSupported" if match["to"] == "2" else "UnexpectedToken", at)
            return nodes.Redirection(at, stream, append=False, merge=True, target=None)
        self.blanks()
        target = None if self.at_end_of_command() else self.argument(commas=False)
        if target is None:
            self.fail("MissingFileSpecification")
        return nodes.Redirection(at, stream, append=bool(match["append"]), merge=False, target=target)

    def redirections(self) -> list[nodes.Redirection]:
        """Every redirection that stands here."""
        found: list[nodes.Redirection] = []
        while True:
            begin = self.pos
            self.blanks()
            redirection = self.redirection()
            if redirection is None:
                self.pos = begin
                return found
            found.append(redirection)
