"""Statements, blocks, functions and parameters; `parse_script` is the way in. Pure; raises ParseError, LabUnsupported."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.editions import later_operator
from jcad.lab.powershell.exceptions import EXCEPTION_BASES, is_exception_type
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.syntax.declarations import DeclarationParser
from jcad.lab.powershell.syntax.lexer import ParseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.syntax.nodes import Block, Node

_ASSIGNMENTS: Final = ("=", "+=", "-=", "*=", "/=", "%=")
#: Keywords that begin a statement; the method of the same name, with an underscore, reads what follows.
_STATEMENTS: Final = frozenset(
    {
        "if", "while", "do", "for", "foreach", "switch", "try", "trap", "return", "throw", "exit", "break", "continue",
        "function", "filter",
    }
)  # fmt: skip
_UNSUPPORTED: Final = frozenset({"class", "using", "workflow", "configuration", "data", "parallel", "sequence"})
_NAMED_BLOCKS: Final = ("begin", "process", "end", "dynamicparam")
_LABEL: Final = re.compile(r":([^\W\d]\w*)")
_FLAGS: Final = re.compile(r"\[\s*(?:System\.)?Flags(?:Attribute)?\s*\(\s*\)\s*\]\s*enum\b", re.IGNORECASE)
_SWITCH_FLAG: Final = re.compile(r"[-\u2013\u2014\u2015](\w+)")
_TERMINATORS: Final = frozenset({"", "\n", "\r", ";", ")", "}"})


def parse_script(text: str, name: str = "", *, seven: bool = False) -> nodes.ScriptBlockAst:
    """The syntax tree of a script. Raises ParseError; LabUnsupported for what 5.1 has and the lab has not.

    `seven`: as PowerShell 7, whose own syntax the lab has not: it is refused by name where 5.1 refuses to parse.
    The trees of the last scripts are kept: clients send the same ones over and over. Nobody changes a tree.
    """
    return (_known if len(text) <= _KEPT else _parse)(text, name, seven=seven)


def _parse(text: str, name: str, *, seven: bool) -> nodes.ScriptBlockAst:
    source = nodes.Source(text, name)
    parser = Parser(source, seven=seven)
    try:
        block = parser.script()
    except LabUnsupported as refusal:
        placed(refusal, source, parser.pos)
        raise
    except ParseError as error:
        later = later_operator(text, error.at) if seven else ""
        if later:
            unknown = LabUnsupported(f"the operator {later} of PowerShell 7")
            placed(unknown, source, error.at)
            raise unknown from error
        raise
    except RecursionError:
        parser.fail("ScriptTooComplicated", 0)
    return block


_KEPT: Final = 0x8000  # characters; longer texts are data more than scripts
_known: Final = lru_cache(maxsize=16)(_parse)


def placed(refusal: LabUnsupported, source: nodes.Source, at: int) -> None:
    """Say in a refusal's message where in the script it came up, if nobody has yet."""
    if " (line " not in refusal.message:
        refusal.message += f" ({source.place_of(at)})"


class Parser(DeclarationParser):
    """Reads whole scripts."""

    def __init__(self, source: nodes.Source, *, seven: bool = False) -> None:
        super().__init__(source, seven=seven)
        self._finally = 0
        self._loops_in_finally: list[str] = []

    # ---- blocks ------------------------------------------------------------------------------------------------------

    def script(self) -> nodes.ScriptBlockAst:
        """The whole text as a script block."""
        if self.text.startswith("\ufeff"):
            self.pos = 1
        block = self._body(0, closer="")
        if self.pos < len(self.text):
            self.fail("UnexpectedToken")
        block.text = self.text
        return block

    def script_block(self) -> nodes.ScriptBlockAst:
        """`{ ... }` with an optional param block and named blocks."""
        at = self.pos
        self.pos += 1
        begin = self.pos
        comma, self._comma = self._comma, True
        outer, self._finally = self._finally, 0
        block = self._body(at, closer="}")
        self._finally = outer
        self._comma = comma
        if not self.accept("}"):
            self.fail("MissingEndCurlyBrace")
        block.text = self.text[begin : self.pos - 1]
        return block

    def _body(self, at: int, closer: str) -> nodes.ScriptBlockAst:
        block = nodes.ScriptBlockAst(at, "", [], None, source=self.source)
        self.separators()
        self._param_block(block)
        self.separators()
        if self.seven and self.keyword() == "clean" and self._brace_follows():
            raise LabUnsupported("the block clean")
        if self.keyword() in _NAMED_BLOCKS and self._brace_follows():
            self._named_blocks(block, closer)
        else:
            block.end = self._statement_list(closer)
        return block

    def _brace_follows(self) -> bool:
        begin = self.pos
        self.identifier()
        self.lines()
        found = self.peek() == "{"
        self.pos = begin
        return found

    def _named_blocks(self, block: nodes.ScriptBlockAst, closer: str) -> None:
        seen: set[str] = set()
        while True:
            self.separators()
            word = self.keyword()
            if word == "clean" and self.seven:
                raise LabUnsupported("the block clean")
            if word not in _NAMED_BLOCKS:
                if self.peek() != closer:
                    self.fail("MissingNamedBlocks" if self.peek() else "MissingEndCurlyBrace")
                return
            if word in seen:
                self.fail("DuplicateScriptCommandClause")
            seen.add(word)
            self.identifier()
            self.lines()
            setattr(block, "dynamic" if word == "dynamicparam" else word, self.block())

    def block(self, error_id: str = "MissingStatementBlock") -> Block:
        """`{ statements }`, line ends before it allowed."""
        self.lines()
        if self.peek() != "{":
            self.fail(error_id)
        self.pos += 1
        comma, self._comma = self._comma, True
        body = self.statements("}", "MissingEndCurlyBrace")
        self._comma = comma
        return body

    def statements(self, closer: str, error_id: str) -> Block:
        """Statements up to the closing text, which is taken."""
        body = self._statement_list(closer)
        if not self.accept(closer):
            self.fail(error_id if not self.peek() else "UnexpectedToken")
        return body

    def _statement_list(self, closer: str) -> Block:
        body = nodes.Block(self.pos, [], [])
        while True:
            self.separators()
            char = self.peek()
            if not char or char == closer:
                return body
            if char in ")}":
                self.fail("UnexpectedToken")
            statement = self.statement()
            if statement is None:
                self.fail("EmptyPipeElement" if char == "|" else "UnexpectedToken")
            if isinstance(statement, nodes.Trap):
                body.traps.append(statement)
            else:
                body.statements.append(statement)
                body.ends.append(self.pos)
            if isinstance(statement, (nodes.Pipeline, nodes.Assignment, nodes.Flow)):
                self._end_of_statement()

    def _end_of_statement(self) -> None:
        self.blanks()
        if self.peek() not in _TERMINATORS:
            if self.starts("&&") or self.starts("||"):
                self.fail("InvalidEndOfLine")
            self.fail("AmpersandNotAllowed" if self.peek() == "&" else "UnexpectedToken")

    # ---- statements --------------------------------------------------------------------------------------------------

    def statement(self) -> Node | None:
        """One statement, or None where none begins here."""
        self.blanks()
        label = _LABEL.match(self.text, self.pos)
        if label is not None:
            return self._labelled(label)
        word = self.keyword()
        if word in _STATEMENTS:
            at = self.pos
            self.identifier()
            reader: Callable[[int], Node] = getattr(self, f"_{word}")
            return reader(at)
        if word == "enum" and self._is_declaration(word):
            at = self.pos
            self.identifier()
            return self._enum(at, flags=False)
        flags = _FLAGS.match(self.text, self.pos)
        if flags is not None:
            at, self.pos = self.pos, flags.end()
            return self._enum(at, flags=True)
        if word in _UNSUPPORTED and self._is_declaration(word):
            raise LabUnsupported(f"the keyword {word}")
        return self.pipeline()

    def _is_declaration(self, word: str) -> bool:
        following = re.compile(r"\w+\s+(\S+)").match(self.text, self.pos)
        if word in {"parallel", "sequence", "data"}:
            return self._brace_follows() or (following is not None and word == "data" and "{" in following.group(1))
        return following is not None and following.group(1)[0] not in "-=|."

    def _labelled(self, match: re.Match[str]) -> Node | None:
        at = self.pos
        self.pos = match.end()
        self.lines()
        word = self.keyword()
        loop = {
            "while": self._while,
            "for": self._for,
            "foreach": self._foreach,
            "do": self._do,
            "switch": self._switch,
        }
        if word not in loop:
            self.pos = at
            return self.pipeline()
        self.identifier()
        return loop[word](at, match.group(1))

    def _condition(self, error_id: str) -> Node:
        self.lines()
        if self.peek() != "(":
            self.fail("MissingOpenParenthesisAfterKeyword")
        self.pos += 1
        self.lines()
        condition = self.pipeline()
        if condition is None:
            self.fail(error_id)
        self.lines()
        if not self.accept(")"):
            self.fail("MissingEndParenthesisAfterStatement")
        return condition

    def _if(self, at: int) -> nodes.If:
        clauses = [(self._condition("IfStatementMissingCondition"), self.block())]
        otherwise = None
        while True:
            begin = self.pos
            self.lines()
            word = self.keyword()
            if word == "elseif":
                self.identifier()
                clauses.append((self._condition("IfStatementMissingCondition"), self.block()))
            elif word == "else":
                self.identifier()
                otherwise = self.block("MissingStatementBlockAfterElse")
                return nodes.If(at, clauses, otherwise)
            else:
                self.pos = begin
                return nodes.If(at, clauses, otherwise)

    def _loop_body(self, label: str, error_id: str = "MissingLoopStatement") -> Block:
        self._loops_in_finally.append(label)
        body = self.block(error_id)
        self._loops_in_finally.pop()
        return body

    def _while(self, at: int, label: str = "") -> nodes.Loop:
        condition = self._condition("MissingExpressionAfterKeyword")
        return nodes.Loop(at, "while", condition, self._loop_body(label), label)

    def _do(self, at: int, label: str = "") -> nodes.Loop:
        body = self._loop_body(label)
        self.lines()
        word = self.keyword()
        if word not in {"while", "until"}:
            self.fail("MissingWhileOrUntilInDoWhile")
        self.identifier()
        return nodes.Loop(at, f"do{word}", self._condition("MissingExpressionAfterKeyword"), body, label)

    def _for(self, at: int, label: str = "") -> nodes.For:
        self.lines()
        if self.peek() != "(":
            self.fail("MissingOpenParenthesisAfterKeyword")
        self.pos += 1
        parts: list[Node | None] = []
        for last in (False, False, True):
            self.lines()
            parts.append(self.pipeline())
            self.blanks()
            if not last and not self.accept(";"):
                self.lines()
        self.lines()
        if not self.accept(")"):
            self.fail("UnexpectedToken" if self.peek() else "MissingEndParenthesisAfterStatement")
        return nodes.For(at, parts[0], parts[1], parts[2], self._loop_body(label), label)

    def _foreach(self, at: int, label: str = "") -> Node | None:
        self.lines()
        if self.dash():
            raise LabUnsupported("foreach -parallel")
        if self.peek() != "(":
            self.fail("MissingOpenParenthesisAfterKeyword")
        self.pos += 1
        self.lines()
        variable = self.variable() if self.peek() == "$" else None
        if variable is None:
            self.fail("MissingVariableNameAfterForeach")
        self.lines()
        if self.keyword() != "in":
            self.fail("MissingInInForeach")
        self.identifier()
        self.lines()
        collection = self.pipeline()
        if collection is None:
            self.fail("MissingForeachExpression")
        self.lines()
        if not self.accept(")"):
            self.fail("MissingEndParenthesisAfterForeach")
        return nodes.ForEach(at, variable, collection, self._loop_body(label, "MissingForeachStatement"), label)

    def _switch(self, at: int, label: str = "") -> nodes.Switch:
        mode, case_sensitive, file = "exact", False, False
        self.lines()
        while (flag := _SWITCH_FLAG.match(self.text, self.pos)) is not None:
            name = flag.group(1).lower()
            self.pos = flag.end()
            if name in {"regex", "wildcard", "exact"}:
                mode = name
            elif name == "casesensitive":
                case_sensitive = True
            elif name == "file":
                raise LabUnsupported("switch -File")
            else:
                self.fail("InvalidSwitchFlag")
            self.lines()
        condition = self._condition("PipelineValueRequired")
        clauses, default = self._switch_clauses(label)
        return nodes.Switch(at, mode, case_sensitive, file, condition, clauses, default, label)

    def _switch_clauses(self, label: str) -> tuple[list[tuple[Node, Block]], Block | None]:
        self.lines()
        if self.peek() != "{":
            self.fail("MissingCurlyBraceInSwitchStatement")
        self.pos += 1
        clauses: list[tuple[Node, Block]] = []
        default: Block | None = None
        comma, self._comma = self._comma, True
        self._loops_in_finally.append(label)
        while True:
            self.separators()
            if self.accept("}"):
                break
            if not self.peek():
                self.fail("MissingEndCurlyBrace")
            if self.keyword() == "default":
                if default is not None:
                    self.fail("MultipleSwitchDefaultClauses")
                self.identifier()
                default = self.block("MissingSwitchStatementClause")
            else:
                condition = self.argument(commas=False)
                if condition is None:
                    self.fail("MissingSwitchConditionExpression")
                clauses.append((condition, self.block("MissingSwitchStatementClause")))
        self._comma = comma
        self._loops_in_finally.pop()
        return clauses, default

    def _try(self, at: int) -> nodes.Try:
        body = self.block("MissingTryStatementBlock")
        catches: list[nodes.Catch] = []
        final = None
        while True:
            begin = self.pos
            self.lines()
            word = self.keyword()
            if word == "catch":
                self.identifier()
                catches.append(self._catch(catches))
            elif word == "finally":
                self.identifier()
                final = self._final_block()
                break
            else:
                self.pos = begin
                break
        if not catches and final is None:
            self.fail("MissingCatchOrFinally")
        return nodes.Try(at, body, catches, final)

    def _final_block(self) -> Block:
        self._finally += 1
        loops, self._loops_in_finally = self._loops_in_finally, []
        block = self.block("MissingFinallyStatementBlock")
        self._loops_in_finally = loops
        self._finally -= 1
        return block

    def _catch(self, before: list[nodes.Catch]) -> nodes.Catch:
        at = self.pos
        types: list[nodes.TypeName] = []
        self.lines()
        while self.peek() == "[":
            head = self.bracket()
            if isinstance(head, nodes.Attribute):
                self.fail("UnexpectedAttribute")
            types.append(head)
            self.lines()
            if not self.accept(","):
                break
            self.lines()
        if before and not before[-1].types:
            self.fail("EmptyCatchNotLast", before[-1].at)
        self._check_caught(types, before)
        return nodes.Catch(at, types, self.block("MissingCatchHandlerBlock"))

    def _check_caught(self, types: list[nodes.TypeName], before: list[nodes.Catch]) -> None:
        earlier = [_full_name(known.name) for catch in before for known in catch.types]
        for kind in types:
            name = _full_name(kind.name)
            if any(name and known and is_exception_type(name, known) for known in earlier):
                self.fail("ExceptionTypeAlreadyCaught", kind.at)

    def _trap(self, at: int) -> nodes.Trap:
        self.lines()
        kind = self.bracket() if self.peek() == "[" else None
        if isinstance(kind, nodes.Attribute):
            self.fail("UnexpectedAttribute")
        return nodes.Trap(at, kind, self.block("MissingTrapStatement"))

    def _return(self, at: int) -> nodes.Flow:
        return self._flow_with_value(at, "return")

    def _throw(self, at: int) -> nodes.Flow:
        return self._flow_with_value(at, "throw")

    def _exit(self, at: int) -> nodes.Flow:
        return self._flow_with_value(at, "exit")

    def _flow_with_value(self, at: int, kind: str) -> nodes.Flow:
        if self._finally and kind == "return":
            self.fail("ControlLeavingFinally", at)
        self.blanks()
        return nodes.Flow(at, kind, None if self.peek() in _TERMINATORS else self.pipeline())

    def _break(self, at: int) -> nodes.Flow:
        return self._flow_with_label(at, "break")

    def _continue(self, at: int) -> nodes.Flow:
        return self._flow_with_label(at, "continue")

    def _flow_with_label(self, at: int, kind: str) -> nodes.Flow:
        self.blanks()
        label = None if self.peek() in _TERMINATORS else self.argument(commas=False)
        if self._finally and not self._stays_inside(label):
            self.fail("ControlLeavingFinally", at)
        return nodes.Flow(at, kind, label)

    def _stays_inside(self, label: Node | None) -> bool:
        if label is None:
            return bool(self._loops_in_finally)
        return not isinstance(label, nodes.Constant) or str(label.value) in self._loops_in_finally

    # ---- pipelines ---------------------------------------------------------------------------------------------------

    def pipeline(self) -> Node | None:
        """A pipeline or an assignment, or None where none begins here."""
        self.blanks()
        at = self.pos
        elements: list[nodes.CommandCall | nodes.CommandExpression] = []
        while True:
            element = self._element(first=not elements)
            if isinstance(element, nodes.Assignment):
                return element
            if element is None:
                if not elements:
                    return None
                self.fail("EmptyPipeElement")
            elements.append(element)
            self.blanks()
            if self.peek() != "|" or self.starts("||"):
                return nodes.Pipeline(at, elements)
            self.pos += 1
            self.lines()

    def _element(self, *, first: bool) -> nodes.CommandCall | nodes.CommandExpression | nodes.Assignment | None:
        at = self.pos
        expression = self.expression()
        if expression is None:
            self.pos = at
            return self.command()
        if not first:
            self.fail("ExpressionsMustBeFirstInPipeline", at)
        assignment = self._assignment(expression)
        if assignment is not None:
            return assignment
        return nodes.CommandExpression(at, expression, self.redirections())

    def _assignment(self, target: Node) -> nodes.Assignment | None:
        begin = self.pos
        self.blanks()
        op = next((op for op in _ASSIGNMENTS if self._assignment_follows(op)), "")
        if not op:
            self.pos = begin
            return None
        self._check_target(target)
        self.pos += len(op)
        self.lines()
        value = self.statement()
        if value is None:
            self.fail("ExpectedValueExpression")
        return nodes.Assignment(_begin_of(target), target, op, value)

    def _assignment_follows(self, op: str) -> bool:
        if op == "-=":
            return self.dash() and self.peek(1) == "="
        return self.starts(op)

    def _check_target(self, target: Node) -> None:
        if isinstance(target, (nodes.Variable, nodes.Member, nodes.Index)):
            return
        if isinstance(target, (nodes.Convert, nodes.Attributed)):
            self._check_target(target.operand)
            return
        if isinstance(target, nodes.ArrayLiteral):
            for item in target.items:
                self._check_target(item)
            return
        if isinstance(target, nodes.Paren) and isinstance(target.pipeline, nodes.Pipeline):
            inner = target.pipeline.elements[0]
            if len(target.pipeline.elements) == 1 and isinstance(inner, nodes.CommandExpression):
                self._check_target(inner.expression)
                return
        self.fail("InvalidLeftHandSide", target.at)


def _full_name(name: str) -> str:
    """The full name of an exception type as a catch names it, or "" where the table has none."""
    lowered = name.lower()
    for known in EXCEPTION_BASES:
        if known.lower() in {lowered, f"system.{lowered}"}:
            return known
    return ""


def _begin_of(target: Node) -> int:
    """Where the text of an assignment's target begins: that of `$a.b[0]` at `$a`."""
    while isinstance(target, (nodes.Member, nodes.InvokeMember, nodes.Index)):
        target = target.target
    return target.at
