"""Functions, filters and their parameters, and the head of a script block. Pure."""

from __future__ import annotations

import re
from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.syntax.commands import CommandParser
from jcad.lab.powershell.syntax.lexer import ENDS_WORD

_NAME: Final = re.compile(r"[^\W\d]\w*")
_WHOLE: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|[1-9]\d*|0)(?![\w.])")


class DeclarationParser(CommandParser):
    """Reads what declares: param blocks and functions. Bodies are the subclass's."""

    # ---- parameters --------------------------------------------------------------------------------------------------

    def _param_block(self, block: nodes.ScriptBlockAst) -> None:
        begin = self.pos
        attributes: list[nodes.Attribute] = []
        while self.peek() == "[":
            head = self.bracket()
            if not isinstance(head, nodes.Attribute):
                self.pos = begin
                return
            attributes.append(head)
            self.lines()
        if self.keyword() != "param":
            self.pos = begin
            return
        self.identifier()
        self.lines()
        if self.peek() != "(":
            self.pos = begin
            return
        block.attributes = attributes
        block.parameters = self._parameters()

    def _parameters(self) -> list[nodes.ParameterAst]:
        self.pos += 1
        found: list[nodes.ParameterAst] = []
        seen: set[str] = set()
        self.lines()
        while not self.accept(")"):
            one = self._parameter_ast()
            if one.name.lower() in seen:
                self.fail("DuplicateFormalParameter", one.at)
            seen.add(one.name.lower())
            found.append(one)
            self.lines()
            if self.accept(","):
                self.lines()
                if self.peek() == ")":
                    self.fail("MissingExpressionAfterToken")
            elif self.peek() != ")":
                self.fail("MissingEndParenthesisInFunctionParameterList")
        return found

    def _parameter_ast(self) -> nodes.ParameterAst:
        at = self.pos
        constraints: list[nodes.Attribute | nodes.TypeName] = []
        while self.peek() == "[":
            constraints.append(self.bracket())
            self.lines()
        if self.peek() != "$":
            self.fail("MissingEndParenthesisInFunctionParameterList" if not constraints else "InvalidFunctionParameter")
        variable = self.variable()
        if variable is None:
            self.fail("InvalidFunctionParameter")
        begin = self.pos
        self.lines()
        if self.peek() != "=":
            self.pos = begin
            return nodes.ParameterAst(at, variable.name, constraints, None)
        self.pos += 1
        self.lines()
        default = self._argument()
        if default is None:
            self.fail("MissingExpressionAfterToken")
        return nodes.ParameterAst(at, variable.name, constraints, default)

    # ---- functions ---------------------------------------------------------------------------------------------------------

    def _function(self, at: int) -> nodes.FunctionDefinition:
        return self._function_definition(at, is_filter=False)

    def _filter(self, at: int) -> nodes.FunctionDefinition:
        return self._function_definition(at, is_filter=True)

    def _function_definition(self, at: int, *, is_filter: bool) -> nodes.FunctionDefinition:
        self.lines()
        begin = self.pos
        while self.peek() not in ENDS_WORD:
            self.pos += 1
        name = self.text[begin : self.pos]
        if not name:
            self.fail("MissingNameAfterKeyword")
        self.lines()
        parameters = self._parameters() if self.peek() == "(" else None
        self.lines()
        if self.peek() != "{":
            self.fail("MissingFunctionBody")
        body = self.script_block()
        if parameters is not None:
            if body.parameters is not None:
                self.fail("OnlyOneParameterListAllowed", at)
            body.parameters = parameters
        if is_filter and body.end is not None and body.process is None:
            body.process, body.end = body.end, None
        return nodes.FunctionDefinition(at, name, body, is_filter)

    # ---- enumerations ----------------------------------------------------------------------------------------------------

    def _enum(self, at: int, *, flags: bool) -> nodes.EnumDefinition:
        """An enumeration behind its keyword. Values are whole numbers: more is refused by name."""
        self.lines()
        name = _NAME.match(self.text, self.pos)
        if name is None:
            self.fail("MissingTypename")
        self.pos = name.end()
        self.lines()
        if self.peek() == ":":
            raise LabUnsupported("the underlying type of an enum")
        if self.peek() != "{":
            self.fail("MissingTypeBody")
        self.pos += 1
        names: dict[str, int] = {}
        following = 0
        self._separators()
        while not self.accept("}"):
            member = _NAME.match(self.text, self.pos)
            if member is None:
                self.fail("MissingEndCurlyBrace" if not self.peek() else "MissingNameInEnum")
            self.pos = member.end()
            if any(known.lower() == member[0].lower() for known in names):
                self.fail("MemberAlreadyDefined", member.start())
            names[member[0]] = value = self._enum_value(following)
            following = value + 1
            self.blanks()
            if self.peek() not in {"\n", "\r", ";", "}", "#", ""}:
                self.fail("UnexpectedToken")
            self._separators()
        return nodes.EnumDefinition(at, name[0], names, flags)

    def _enum_value(self, following: int) -> int:
        self.blanks()
        if not self.accept("="):
            return following
        self.lines()
        found = _WHOLE.match(self.text, self.pos)
        if found is None:
            raise LabUnsupported("a value of an enum that is no whole number")
        self.pos = found.end()
        return int(found[0], 0)

    def _separators(self) -> None:
        self.lines()
        while self.accept(";"):
            self.lines()
