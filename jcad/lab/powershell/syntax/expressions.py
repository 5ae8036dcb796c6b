"""Expressions: operators by precedence, casts, members, indexes, literals and expandable strings. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.syntax.lexer import DOUBLE_QUOTES, SINGLE_QUOTES, negative
from jcad.lab.powershell.syntax.literals import LiteralParser

if TYPE_CHECKING:
    from jcad.lab.powershell.syntax.nodes import Node

_COMPARISON_NAMES: Final = [
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "like",
    "notlike",
    "match",
    "notmatch",
    "contains",
    "notcontains",
    "in",
    "notin",
    "replace",
    "split",
]
COMPARISONS: Final = frozenset(
    [f"-{case}{name}" for name in _COMPARISON_NAMES for case in ("", "i", "c")] + ["-is", "-isnot", "-as", "-join"]
)
BITWISE: Final = frozenset({"-band", "-bor", "-bxor", "-shl", "-shr"})
LOGICAL: Final = frozenset({"-and", "-or", "-xor"})
UNARY_WORDS: Final = frozenset({"-not", "-bnot", "-join", "-split", "-isplit", "-csplit"})
_PRECEDENCE: Final = {
    **dict.fromkeys(LOGICAL, 1),
    **dict.fromkeys(BITWISE - {"-shl", "-shr"}, 2),
    **dict.fromkeys(COMPARISONS | {"-shl", "-shr"}, 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
    "-f": 6,
    "..": 7,
}


class ExpressionParser(LiteralParser):
    """Reads expressions. Statements and pipelines inside them are the subclass's."""

    def __init__(self, source: nodes.Source, *, seven: bool = False) -> None:
        super().__init__(source, seven=seven)
        self._comma = True
        self._depth = 0

    def statements(self, closer: str, error_id: str) -> nodes.Block:
        """Statements up to the closing text, which is taken; `error_id` where it is missing."""
        raise NotImplementedError

    def pipeline(self) -> Node | None:
        """A pipeline or assignment, or None where none begins here."""
        raise NotImplementedError

    def statement(self) -> Node | None:
        """One statement, or None where none begins here."""
        raise NotImplementedError

    def script_block(self) -> nodes.ScriptBlockAst:
        """A script block, the position on its opening brace."""
        raise NotImplementedError

    # ---- operators ---------------------------------------------------------------------------------------------------

    def expression(self) -> Node | None:
        """An expression of any precedence, or None where none begins here."""
        self._depth += 1
        if self._depth > 90:
            self.fail("ScriptTooComplicated")
        try:
            left = self._array()
            return None if left is None else self._binary(left, 0)
        finally:
            self._depth -= 1

    def _binary(self, left: Node, floor: int) -> Node:
        while True:
            begin = self.pos
            self.blanks()
            at = self.pos
            op = self._operator()
            precedence = _PRECEDENCE.get(op, 0)
            if not op or precedence <= floor:
                self.pos = begin
                return left
            self.pos = at + len(op)
            self.lines()
            right = self._array()
            if right is None:
                self.fail("ExpectedValueExpression")
            left = nodes.Binary(at, op, left, self._binary(right, precedence))

    def _operator(self) -> str:
        char = self.peek()
        if not char:
            return ""
        if char == "." and self.peek(1) == ".":
            return ".."
        if char in "+*/%" and self.peek(1) != "=":
            return char if self.peek(1) != char or char != "+" else ""
        if self.dash():
            word = self.operator_word()
            if word:
                return word if word in _PRECEDENCE else ""
            following = self.peek(1)
            return "-" if following != "=" and not (following and self.dash_at(1)) else ""
        return ""

    def dash_at(self, ahead: int) -> bool:
        """Whether a dash stands so many characters ahead."""
        char = self.peek(ahead)
        return bool(char) and char in "-\u2013\u2014\u2015"

    def _array(self) -> Node | None:
        """`a, b, c`: commas bind tighter than the other operators."""
        begin = self.pos
        first = self.unary()
        if first is None or not self._comma:
            return first
        items = [first]
        while self._next_comma():
            self.lines()
            item = self.unary()
            if item is None:
                self.fail("MissingExpressionAfterToken")
            items.append(item)
        return first if len(items) == 1 else nodes.ArrayLiteral(begin, items)

    def _next_comma(self) -> bool:
        return self.accept(",")

    def unary(self) -> Node | None:
        """A unary operator and its operand, a cast, or a primary expression with what follows it."""
        self.blanks()
        at = self.pos
        op = self._unary_operator()
        if not op:
            return self._cast() if self.peek() == "[" else self._primary_with_postfix()
        if (op in {"-", "+"} and self.peek(1).isdigit()) or (
            op == "-" and self.peek(1) == "." and self.peek(2).isdigit()
        ):
            return self._signed_number(op)
        self.pos = at + len(op)
        if op in {"++", "--"}:
            self.blanks()
            target = self.unary()
            if target is None:
                self.fail("MissingExpressionAfterOperator")
            self._require_assignable(target, "OperatorRequiresVariableOrProperty")
            return nodes.Increment(at, target, 1 if op == "++" else -1, prefix=True)
        self.lines()
        operand = self.unary()
        if operand is None:
            self.fail("MissingExpressionAfterOperator")
        return nodes.ArrayLiteral(at, [operand]) if op == "," else nodes.Unary(at, op, operand)

    def _unary_operator(self) -> str:
        char = self.peek()
        if char == "!":
            return "!"
        if char == "," and self._comma:
            return ","
        if char == "+":
            return "++" if self.peek(1) == "+" else "+"
        if self.dash():
            word = self.operator_word()
            if word:
                return word if word in UNARY_WORDS else ""
            return "--" if self.dash_at(1) else "-"
        return ""

    def _signed_number(self, op: str) -> Node | None:
        at = self.pos
        self.pos += 1
        literal = self.number(expression=True)
        if literal is None:
            self.pos = at
            return None
        if op == "-":
            literal.value = negative(literal.value)
        literal.at = at
        literal.text = self.text[at : self.pos]
        return self._postfix(literal)

    # ---- types, casts, attributes ------------------------------------------------------------------------------------

    def bracket(self) -> nodes.Attribute | nodes.TypeName:
        """`[type]` or `[Attribute(...)]`, the position on the opening bracket."""
        at = self.pos
        self.pos += 1
        name = self.type_name()
        self.lines()
        if self.peek() == "(":
            return self._attribute(at, name.name)
        if self.peek() == ",":
            self._skip_assembly()
            return name
        if not self.accept("]"):
            self.fail("EndSquareBracketExpectedAtEndOfAttribute")
        return name

    def _attribute(self, at: int, name: str) -> nodes.Attribute:
        attribute = nodes.Attribute(at, name, [], [])
        self.pos += 1
        self.lines()
        while not self.accept(")"):
            self._attribute_argument(attribute)
            self.lines()
            if self.accept(","):
                self.lines()
            elif self.peek() != ")":
                self.fail("MissingEndParenthesisInExpression")
        self.lines()
        if not self.accept("]"):
            self.fail("EndSquareBracketExpectedAtEndOfAttribute")
        return attribute

    def _attribute_argument(self, attribute: nodes.Attribute) -> None:
        begin = self.pos
        key = self.identifier()
        self.blanks()
        if key and self.peek() in {"=", ",", ")"}:
            value: Node | None = None
            if self.accept("="):
                self.lines()
                value = self._argument()
                if value is None:
                    self.fail("MissingExpressionInNamedArgument")
            attribute.named.append((key, value))
        else:
            self.pos = begin
            value = self._argument()
            if value is None:
                self.fail("MissingEndParenthesisInExpression")
            attribute.positional.append(value)
        if value is not None and not _is_constant(value):
            self.fail("ParameterAttributeArgumentNeedsToBeConstantOrScriptBlock", value.at)

    def _argument(self) -> Node | None:
        """An expression in which a comma ends it."""
        comma, self._comma = self._comma, False
        try:
            return self.expression()
        finally:
            self._comma = comma

    def _with_commas(self) -> bool:
        comma, self._comma = self._comma, True
        return comma

    def _cast(self) -> Node | None:
        at = self.pos
        head = self.bracket()
        if isinstance(head, nodes.Attribute):
            return self._attributed(at, head)
        if self.starts("::"):
            return self._postfix(nodes.TypeExpression(at, head))
        begin = self.pos
        self.blanks()
        operand = None if self.peek() in {"", ",", ")", "}", "]", ";", "|", "\n", "\r", ".", "="} else self.unary()
        if operand is None and not (self.peek() == "." and self.peek(1).isdigit()):
            self.pos = begin
            return self._postfix(nodes.TypeExpression(at, head))
        if operand is None:
            operand = self.unary()
        if operand is None:
            self.fail("MissingExpressionAfterToken")
        return nodes.Convert(at, head, operand)

    def _attributed(self, at: int, attribute: nodes.Attribute) -> Node:
        self.lines()
        operand = self.unary()
        inner = operand
        while isinstance(inner, (nodes.Attributed, nodes.Convert)):
            inner = inner.operand
        if operand is None or not isinstance(inner, nodes.Variable):
            self.fail("UnexpectedAttribute", at)
        return nodes.Attributed(at, attribute, operand)

    # ---- primaries ---------------------------------------------------------------------------------------------------

    def _primary_with_postfix(self) -> Node | None:
        primary = self.primary()
        return None if primary is None else self._postfix(primary)

    def primary(self) -> Node | None:
        """A literal, variable or bracketed expression without what follows it; None where none begins here."""
        char = self.peek()
        if not char:
            return None
        if char == "$":
            return self._dollar()
        if char in SINGLE_QUOTES:
            return self.single_quoted()
        if char in DOUBLE_QUOTES:
            return self.double_quoted()
        if char == "@":
            return self._at_sign()
        if char == "(":
            return self.paren()
        if char == "{":
            return nodes.ScriptBlockExpression(self.pos, self.script_block())
        if char.isdigit() or (char == "." and self.peek(1).isdigit()):
            return self.number(expression=True)
        return None

    def _dollar(self) -> Node | None:
        if self.peek(1) == "(":
            return self.subexpression()
        variable = self.variable()
        if variable is not None and variable.drive == "using":
            raise LabUnsupported(f"$using:{variable.name}")
        return variable

    def subexpression(self) -> nodes.SubExpression:
        """`$( ... )`."""
        at = self.pos
        self.pos += 2
        comma = self._with_commas()
        body = self.statements(")", "MissingEndParenthesisInSubexpression")
        self._comma = comma
        return nodes.SubExpression(at, body)

    def paren(self) -> nodes.Paren:
        """`( pipeline )`."""
        at = self.pos
        self.pos += 1
        comma = self._with_commas()
        self.lines()
        inner = self.pipeline()
        if inner is None:
            self.fail("ExpectedExpression")
        self.lines()
        if not self.accept(")"):
            self.fail("MissingEndParenthesisInExpression")
        self._comma = comma
        return nodes.Paren(at, inner)

    def _at_sign(self) -> Node | None:
        at = self.pos
        following = self.peek(1)
        if following == "(":
            self.pos += 2
            comma = self._with_commas()
            body = self.statements(")", "MissingEndParenthesisInSubexpression")
            self._comma = comma
            return nodes.ArrayExpression(at, body)
        if following == "{":
            return self._hash_literal()
        if following and following in SINGLE_QUOTES:
            return self.literal_here_string()
        if following and following in DOUBLE_QUOTES:
            return self._expandable_here_string()
        splat = following.isalpha() or following == "_"
        return self.fail("SplattingNotPermitted" if splat else "UnrecognizedToken")

    def _hash_literal(self) -> nodes.HashLiteral:
        at = self.pos
        self.pos += 2
        comma = self._with_commas()
        literal = nodes.HashLiteral(at, [])
        seen: set[str] = set()
        self.separators()
        while not self.accept("}"):
            literal.pairs.append(self._hash_pair(seen))
            end = self.pos
            self.separators()
            if self.pos == end and self.peek() != "}":
                self.fail("MissingEndCurlyBrace" if not self.peek() else "UnexpectedToken")
        self._comma = comma
        return literal

    def _hash_pair(self, seen: set[str]) -> tuple[Node, Node]:
        if not self.peek():
            self.fail("MissingEndCurlyBrace")
        key = self._hash_key()
        self.lines()
        if self.peek() != "=":
            self.fail("MissingEqualsInHashLiteral")
        self.pos += 1
        self.lines()
        if isinstance(key, nodes.Constant):
            folded = f"{type(key.value).__name__}:{key.value}".lower()
            if folded in seen:
                self.fail("DuplicateKeyInHashLiteral", key.at)
            seen.add(folded)
        value = self.statement()
        if value is None:
            self.fail("MissingStatementInHashLiteral")
        return key, value

    def _hash_key(self) -> Node:
        at = self.pos
        word = re.compile(r"[^\W\d][\w-]*").match(self.text, self.pos)
        if word is not None:
            self.pos = word.end()
            return nodes.Constant(at, word.group(), bare=True)
        key = self.unary()
        if key is None:
            self.fail("InvalidKeyInHashLiteral" if self.peek() else "MissingEndCurlyBrace")
        return key

    # ---- what follows a primary --------------------------------------------------------------------------------------

    def _postfix(self, target: Node) -> Node:
        while True:
            begin = self.pos
            self.blanks()
            char = self.peek()
            spaced = self.pos > begin
            if char == "." and self.peek(1) != "." and not spaced:
                target = self.member(target, static=False)
            elif char == ":" and self.peek(1) == ":":
                target = self.member(target, static=True)
            elif char == "[" and (not spaced or self._comma):
                target = self.index(target)
            elif (char == "+" and self.peek(1) == "+") or (self.dash() and self.dash_at(1)):
                self._require_assignable(target, "OperatorRequiresVariableOrProperty")
                self.pos += 2
                return nodes.Increment(begin, target, 1 if char == "+" else -1, prefix=False)
            else:
                self.pos = begin
                return target

    def index(self, target: Node) -> nodes.Index:
        """`[index]`, the position on the bracket."""
        at = self.pos
        self.pos += 1
        comma = self._with_commas()
        self.lines()
        inner = self.expression()
        if inner is None:
            self.fail("MissingArrayIndexExpression")
        self.lines()
        if not self.accept("]"):
            self.fail("MissingEndSquareBracket")
        self._comma = comma
        return nodes.Index(at, target, inner)

    def member(self, target: Node, *, static: bool) -> Node:
        """`.name` or `.name(arguments)`, the position on the dot."""
        at = self.pos
        self.pos += 2 if static else 1
        self.lines()
        name = self._member_name()
        if self.peek() == "{":
            block = nodes.ScriptBlockExpression(self.pos, self.script_block())
            return nodes.InvokeMember(at, target, name, [block], static)
        if self.peek() != "(":
            return nodes.Member(at, target, name, static)
        return nodes.InvokeMember(at, target, name, self._arguments(), static)

    def _member_name(self) -> str | Node:
        name = self.identifier()
        if name:
            return name
        char = self.peek()
        digits = re.compile(r"\d+").match(self.text, self.pos)
        if digits is not None:
            self.pos = digits.end()
            return digits.group()
        inner = self.primary() if char and (char in "$(" or char in SINGLE_QUOTES or char in DOUBLE_QUOTES) else None
        if inner is None:
            self.fail("MissingPropertyName")
        return inner.value if isinstance(inner, nodes.Constant) and isinstance(inner.value, str) else inner

    def _arguments(self) -> list[Node]:
        self.pos += 1
        arguments: list[Node] = []
        self.lines()
        while not self.accept(")"):
            argument = self._argument()
            if argument is None:
                self.fail("MissingExpressionAfterToken" if arguments else "MissingEndParenthesisInMethodCall")
            arguments.append(argument)
            self.lines()
            if self.accept(","):
                self.lines()
                if self.peek() == ")":
                    self.fail("MissingExpressionAfterToken")
            elif self.peek() != ")":
                self.fail("MissingEndParenthesisInMethodCall")
        return arguments

    def _require_assignable(self, target: Node, error_id: str) -> None:
        if not isinstance(target, (nodes.Variable, nodes.Member, nodes.Index, nodes.Convert, nodes.Paren)):
            self.fail(error_id, target.at)


def _is_constant(node: Node) -> bool:
    if isinstance(node, (nodes.Constant, nodes.ScriptBlockExpression, nodes.TypeExpression)):
        return True
    if isinstance(node, nodes.Variable):
        return node.name.lower() in {"true", "false", "null"}
    if isinstance(node, (nodes.Unary, nodes.Convert)):
        return _is_constant(node.operand)
    if isinstance(node, nodes.Binary):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, nodes.Member):
        return node.static
    if isinstance(node, nodes.ArrayLiteral):
        return all(_is_constant(item) for item in node.items)
    if isinstance(node, nodes.ArrayExpression):
        return True
    return isinstance(node, nodes.Paren) and isinstance(node.pipeline, nodes.Pipeline)
