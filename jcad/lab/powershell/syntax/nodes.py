"""The syntax tree: one small class a construct. `at` is the offset in the script's text where the node begins.

Pure data. Names follow System.Management.Automation.Language where it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Node:
    """Anything in the tree."""

    at: int


# ---- expressions -----------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Constant(Node):
    """A number or string literal; `bare` says that a string stood without quotes, `text` how a number was written."""

    value: Any
    bare: bool = False
    text: str = ""


@dataclass(eq=False, slots=True)
class Expandable(Node):
    """A string with variables and subexpressions in it; `parts` are texts and expressions."""

    parts: list[str | Node]
    bare: bool = False


@dataclass(eq=False, slots=True)
class Variable(Node):
    """`$name`, `$scope:name`, `${any name}`, `@splat`. `drive` is what stands before the colon, in lower case."""

    name: str
    drive: str = ""
    splat: bool = False


@dataclass(eq=False, slots=True)
class ArrayLiteral(Node):
    """`a, b, c` (or `, a`)."""

    items: list[Node]


@dataclass(eq=False, slots=True)
class Paren(Node):
    """`( pipeline )`."""

    pipeline: Node


@dataclass(eq=False, slots=True)
class SubExpression(Node):
    """`$( statements )`."""

    body: Block


@dataclass(eq=False, slots=True)
class ArrayExpression(Node):
    """`@( statements )`."""

    body: Block


@dataclass(eq=False, slots=True)
class HashLiteral(Node):
    """`@{ key = statement; ... }`."""

    pairs: list[tuple[Node, Node]]


@dataclass(eq=False, slots=True)
class ScriptBlockExpression(Node):
    """`{ ... }` as a value."""

    block: ScriptBlockAst


@dataclass(eq=False, slots=True)
class Unary(Node):
    """`-not x`, `-x`, `-join x` ...; `op` in lower case with its dash (`-not`, `!`, `-`, `+`, `-bnot`, `-split`)."""

    op: str
    operand: Node


@dataclass(eq=False, slots=True)
class Increment(Node):
    """`x++`, `--x`: `step` is 1 or -1."""

    target: Node
    step: int
    prefix: bool


@dataclass(eq=False, slots=True)
class Binary(Node):
    """`left op right`; `op` in lower case as written (`+`, `-eq`, `-cmatch`, `..`, `-f`, `-and`)."""

    op: str
    left: Node
    right: Node


@dataclass(eq=False, slots=True)
class TypeName(Node):
    """A type as written between brackets, without blanks: `System.Collections.Generic.List[string]`."""

    name: str


@dataclass(eq=False, slots=True)
class TypeExpression(Node):
    """`[type]` as a value."""

    type: TypeName


@dataclass(eq=False, slots=True)
class Convert(Node):
    """`[type] expression`."""

    type: TypeName
    operand: Node


@dataclass(eq=False, slots=True)
class Attribute(Node):
    """`[Name(positional, key = value)]`."""

    name: str
    positional: list[Node]
    named: list[tuple[str, Node | None]]


@dataclass(eq=False, slots=True)
class Attributed(Node):
    """`[ValidateRange(1, 5)] $variable`."""

    attribute: Attribute
    operand: Node


@dataclass(eq=False, slots=True)
class Member(Node):
    """`target.name`, `[type]::name`; `name` is a text or an expression that gives one."""

    target: Node
    name: str | Node
    static: bool


@dataclass(eq=False, slots=True)
class InvokeMember(Node):
    """`target.name(arguments)`."""

    target: Node
    name: str | Node
    arguments: list[Node]
    static: bool


@dataclass(eq=False, slots=True)
class Index(Node):
    """`target[index]`."""

    target: Node
    index: Node


# ---- commands and pipelines ------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Redirection(Node):
    """`2>&1`, `> file`: `stream` is 1 to 6 or 0 for `*`; `target` is a stream number's text or an expression."""

    stream: int
    append: bool
    merge: bool
    target: Node | None


@dataclass(eq=False, slots=True)
class ParameterArgument(Node):
    """`-Name`, `-Name:value` in a command; `text` as written, `value` None where none follows the colon."""

    name: str
    value: Node | None
    text: str


@dataclass(eq=False, slots=True)
class CommandCall(Node):
    """A command: `elements` are the name and the arguments; `invocation` is "", "&" or "."; `end` where its text ends."""

    elements: list[Node]
    invocation: str = ""
    redirections: list[Redirection] = field(default_factory=list)
    end: int = 0


@dataclass(eq=False, slots=True)
class CommandExpression(Node):
    """An expression as a pipeline element."""

    expression: Node
    redirections: list[Redirection] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Pipeline(Node):
    """Commands joined by `|`."""

    elements: list[CommandCall | CommandExpression]


@dataclass(eq=False, slots=True)
class Assignment(Node):
    """`target op statement`; `op` is `=`, `+=` ..."""

    target: Node
    op: str
    value: Node


# ---- statements ------------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Block(Node):
    """Statements between braces or parentheses, and the traps among them; `ends` are where the statements' texts end."""

    statements: list[Node]
    traps: list[Trap]
    ends: list[int] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class If(Node):
    """`if`, `elseif` ..., `else`."""

    clauses: list[tuple[Node, Block]]
    otherwise: Block | None


@dataclass(eq=False, slots=True)
class Loop(Node):
    """`while` (`kind` "while"), `do ... while` ("dowhile"), `do ... until` ("dountil")."""

    kind: str
    condition: Node
    body: Block
    label: str


@dataclass(eq=False, slots=True)
class For(Node):
    """`for (initial; condition; step) body`."""

    initial: Node | None
    condition: Node | None
    step: Node | None
    body: Block
    label: str


@dataclass(eq=False, slots=True)
class ForEach(Node):
    """`foreach ($variable in collection) body`."""

    variable: Variable
    collection: Node
    body: Block
    label: str


@dataclass(eq=False, slots=True)
class Switch(Node):
    """`switch`: `mode` exact, regex or wildcard; `default` the default clause's block."""

    mode: str
    case_sensitive: bool
    file: bool
    condition: Node
    clauses: list[tuple[Node, Block]]
    default: Block | None
    label: str


@dataclass(eq=False, slots=True)
class Catch(Node):
    """`catch [types] { ... }`; no types: everything."""

    types: list[TypeName]
    body: Block


@dataclass(eq=False, slots=True)
class Try(Node):
    """`try`, `catch`es, `finally`."""

    body: Block
    catches: list[Catch]
    final: Block | None


@dataclass(eq=False, slots=True)
class Trap(Node):
    """`trap [type] { ... }`."""

    type: TypeName | None
    body: Block


@dataclass(eq=False, slots=True)
class Flow(Node):
    """`return`, `throw`, `exit` with a pipeline; `break`, `continue` with a label expression."""

    kind: str
    value: Node | None


@dataclass(eq=False, slots=True)
class ParameterAst(Node):
    """A parameter of a param block: types and attributes in order, name, default."""

    name: str
    constraints: list[Attribute | TypeName]
    default: Node | None


@dataclass(eq=False, slots=True)
class ScriptBlockAst(Node):
    """A script, function body or script block. `end` is the block of plain statements where no named block is there.

    `compiled` is what the evaluator has made of the tree, for whoever runs it next: the one thing about it that changes.
    """

    text: str
    attributes: list[Attribute]
    parameters: list[ParameterAst] | None
    begin: Block | None = None
    process: Block | None = None
    end: Block | None = None
    dynamic: Block | None = None
    source: Source | None = None
    compiled: Any = None


@dataclass(eq=False, slots=True)
class FunctionDefinition(Node):
    """`function name { ... }` or `filter`."""

    name: str
    body: ScriptBlockAst
    is_filter: bool


@dataclass(eq=False, slots=True)
class EnumDefinition(Node):
    """`enum name { A; B = 5 }`: the names with their numbers, in order; `flags` by [Flags()]."""

    name: str
    names: dict[str, int]
    flags: bool


@dataclass(eq=False, slots=True)
class Source:
    """The whole text that a tree was made of, for positions in error messages."""

    text: str
    name: str = ""

    def line_of(self, at: int) -> int:
        """The line number of an offset, from 1."""
        return self.text.count("\n", 0, at) + 1

    def place_of(self, at: int) -> str:
        """Line and column of an offset, in words, both from 1."""
        return f"line {self.line_of(at)}, column {at - self.text.rfind(chr(10), 0, at)}"
