"""Expressions as closures: literals, variables, operators, members, indexes, strings, arrays and hashtables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell import types as net_types
from jcad.lab.powershell.containers import folded_key
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.evaluate.frame import Frame, collected, emit, exception_failure, to_failure
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.operators import BINARY, UNARY, match
from jcad.lab.powershell.runtime import script_types
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Dictionary,
    Hashtable,
    NetType,
    NoteProperty,
    OrderedDictionary,
    PSCustomObject,
    PSObject,
    ScriptBlock,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Expression, Statement, Write
    from jcad.lab.powershell.syntax.nodes import Node
    from jcad.lab.powershell.values import Value

_SCOPES: Final = frozenset({"global", "script", "local", "private"})
_MATCHES: Final = {
    f"-{case}{word}": (case == "c", word == "notmatch") for case in ("", "i", "c") for word in ("match", "notmatch")
}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}

Compiler = TypeVar("Compiler", bound="Callable[..., Expression]")

#: Node type -> what makes its closure. Other modules of the package add theirs.
COMPILERS: Final[dict[type, Callable[[Any], Expression]]] = {}


def compiles(kind: type) -> Callable[[Compiler], Compiler]:
    """Declare the function that compiles a node type to an expression."""

    def declare(function: Compiler) -> Compiler:
        COMPILERS[kind] = function
        return function

    return declare


def expression(node: Node) -> Expression:
    """The closure that computes an expression."""
    return COMPILERS[type(node)](node)


# ---- literals and variables ------------------------------------------------------------------------------------------


@compiles(nodes.Constant)
def _constant(node: nodes.Constant) -> Expression:
    value = node.value
    return lambda _f: value


@compiles(nodes.Variable)
def variable(node: nodes.Variable) -> Expression:
    """A variable's value; undefined is $null, or an error under Set-StrictMode."""
    name = node.name.lower()
    if node.drive and node.drive not in _SCOPES:
        if node.drive == "variable":
            return variable(nodes.Variable(node.at, node.name))
        drive = node.drive
        return lambda f: f.engine.drive_variable(f, drive, node.name)
    if not node.drive and name in _CONSTANTS:
        value = _CONSTANTS[name]
        return lambda _f: value
    if node.drive:
        return _scoped(node, name)
    if name == "?":
        return lambda f: f.engine.succeeded
    if name == "psitem":
        name = "_"
    if name in {"null", "input"}:
        return _input
    spelled = node.name

    def read(f: Frame) -> Value:
        scope = f.scope
        found = scope.variables.get(name) or scope.find(name)
        if found is not None:
            return found.value
        return _undefined(f, spelled)

    return read


def _input(f: Frame) -> Value:
    found = f.scope.find("input")
    if found is None:
        return None
    return found.value


def _scoped(node: nodes.Variable, name: str) -> Expression:
    drive = node.drive

    def read(f: Frame) -> Value:
        scope = f.scope.named(drive)
        found = None if scope is None else scope.variables.get(name)
        return found.value if found is not None else _undefined(f, node.name)

    return read


def _undefined(f: Frame, name: str) -> Value:
    if name == "_" or not f.scope.strictness():
        return None
    raise Failure.of(
        "VariableIsUndefined",
        f"The variable '${name}' cannot be retrieved because it has not been set.",
        "InvalidOperation",
        target=name,
    )


@compiles(nodes.Expandable)
def _expandable(node: nodes.Expandable) -> Expression:
    parts = [part if isinstance(part, str) else _part(part) for part in node.parts]

    def expand(f: Frame) -> str:
        return "".join([part if isinstance(part, str) else to_text(part(f)) for part in parts])

    return expand


def _part(node: Node) -> Expression:
    """A part of a string: an undefined variable is empty there until strictness 2."""
    if not isinstance(node, nodes.Variable) or node.drive:
        return expression(node)
    read, name = expression(node), node.name.lower()

    def lenient(f: Frame) -> Value:
        if f.scope.find(name) is None and f.scope.strictness() == 1:
            return None
        return read(f)

    return lenient


# ---- grouping --------------------------------------------------------------------------------------------------------


def value_of(node: Node) -> Expression:
    """The closure that gives a statement's output as a value."""
    from jcad.lab.powershell.evaluate.statements import statement  # noqa: PLC0415  - they build on each other

    if isinstance(node, nodes.Assignment):
        from jcad.lab.powershell.evaluate.assign import assignment_value  # noqa: PLC0415

        return assignment_value(node)
    if isinstance(node, nodes.Pipeline) and len(node.elements) == 1:
        only = node.elements[0]
        if isinstance(only, nodes.CommandExpression) and not only.redirections:
            return expression(only.expression)
    run = statement(node)

    def collect(f: Frame) -> Value:
        out: list[Any] = []
        run(f, out.append)
        return collected(out)

    return collect


@compiles(nodes.Paren)
def _paren(node: nodes.Paren) -> Expression:
    return value_of(node.pipeline)


@compiles(nodes.SubExpression)
def _subexpression(node: nodes.SubExpression) -> Expression:
    run = _body(node.body)

    def collect(f: Frame) -> Value:
        out: list[Any] = []
        run(f, out.append)
        return collected(out)

    return collect


@compiles(nodes.ArrayExpression)
def _array_expression(node: nodes.ArrayExpression) -> Expression:
    only = _only_expression(node.body)
    if isinstance(only, nodes.ArrayLiteral):
        return expression(only)
    if isinstance(only, nodes.Increment):
        compute = expression(only)
        return lambda f: Array([compute(f)])
    run = _body(node.body)

    def collect(f: Frame) -> Array:
        out: list[Any] = []
        run(f, out.append)
        return Array(out)

    return collect


def _only_expression(body: nodes.Block) -> Node | None:
    if len(body.statements) != 1 or body.traps:
        return None
    only = body.statements[0]
    if not isinstance(only, nodes.Pipeline) or len(only.elements) != 1:
        return None
    element = only.elements[0]
    return element.expression if isinstance(element, nodes.CommandExpression) and not element.redirections else None


def _body(body: nodes.Block) -> Statement:
    from jcad.lab.powershell.evaluate.statements import block  # noqa: PLC0415  - they build on each other

    return block(body)


@compiles(nodes.ArrayLiteral)
def _array_literal(node: nodes.ArrayLiteral) -> Expression:
    items = [expression(item) for item in node.items]

    def build(f: Frame) -> Array:
        return Array([_element(item(f)) for item in items])

    return build


def _element(value: Value) -> Value:
    return None if value is AUTOMATION_NULL else value


@compiles(nodes.HashLiteral)
def hash_literal(node: nodes.HashLiteral, kind: type[Dictionary] = Hashtable) -> Expression:
    """`@{...}` as a Hashtable, or as the ordered dictionary that a cast to [ordered] makes of it."""
    pairs = [(expression(key), value_of(value)) for key, value in node.pairs]

    def build(f: Frame) -> Dictionary:
        table = kind()
        entries = table.entries
        for key, value in pairs:
            name = base_of(key(f))
            if name is None:
                raise Failure.of("InvalidNullKey", "A null key is not allowed in a hash literal.", "InvalidArgument")
            normal = folded_key(name)
            if normal in entries:
                raise Failure.of(
                    "DuplicateKeyInHashLiteral",
                    f"Duplicate keys '{to_text(name)}' are not allowed in hash literals.",
                    "InvalidOperation",
                )
            entries[normal] = (name, _element(value(f)))
        return table

    return build


@compiles(nodes.ScriptBlockExpression)
def _script_block(node: nodes.ScriptBlockExpression) -> Expression:
    from jcad.lab.powershell.evaluate.blocks import Body  # noqa: PLC0415  - they build on each other

    body = Body.of(node.block)
    text = node.block.text
    return lambda _f: ScriptBlock(text, body)


# ---- operators -------------------------------------------------------------------------------------------------------


@compiles(nodes.Binary)
def _binary(node: nodes.Binary) -> Expression:
    op = node.op
    left, right = expression(node.left), expression(node.right)
    if op == "-and":
        return lambda f: is_true(left(f)) and is_true(right(f))
    if op == "-or":
        return lambda f: is_true(left(f)) or is_true(right(f))
    if op in _MATCHES:
        return _matching(left, right, *_MATCHES[op])
    operator = BINARY.get(op)
    if operator is None:
        raise LabUnsupported(f"the operator {op}")
    return lambda f: operator(left(f), right(f))


def _matching(left: Expression, right: Expression, case: bool, negate: bool) -> Expression:
    def run(f: Frame) -> Value:
        result, matches = match(left(f), right(f), case=case, negate=negate)
        if matches is not None:
            f.scope.put("matches", matches)
        return result

    return run


@compiles(nodes.Unary)
def _unary(node: nodes.Unary) -> Expression:
    operand = expression(node.operand)
    if node.op in {"-not", "!"}:
        return lambda f: not is_true(operand(f))
    operator = UNARY.get(node.op)
    if operator is None:
        raise LabUnsupported(f"the unary operator {node.op}")
    return lambda f: operator(operand(f))


@compiles(nodes.Increment)
def _increment(node: nodes.Increment) -> Expression:
    from jcad.lab.powershell.evaluate.assign import increment  # noqa: PLC0415  - they build on each other

    return increment(node)


# ---- types -----------------------------------------------------------------------------------------------------------


def resolve_type(name: str) -> NetType:
    """The type of a literal; an unknown one is TypeNotFound."""
    found = net_types.resolve(name)
    if found is None:
        raise Failure.of("TypeNotFound", f"Unable to find type [{name}].", "InvalidOperation", target=name)
    return found


def type_literal(name: str) -> Callable[[], NetType]:
    """A getter of a type that looks it up once, when first asked; each time where scripts have declared types."""
    known: list[NetType] = []

    def get() -> NetType:
        if known and not script_types():
            return known[0]
        found = resolve_type(name)
        if not script_types():
            known.append(found)
        return found

    return get


@compiles(nodes.TypeExpression)
def _type_expression(node: nodes.TypeExpression) -> Expression:
    kind = type_literal(node.type.name)
    return lambda _f: kind()


@compiles(nodes.Convert)
def _convert(node: nodes.Convert) -> Expression:
    name = node.type.name.lower()
    if isinstance(node.operand, nodes.HashLiteral) and name == "ordered":
        return hash_literal(node.operand, OrderedDictionary)
    if name == "ref":
        from jcad.lab.powershell.evaluate.assign import reference  # noqa: PLC0415  - they build on each other

        return reference(node.operand)
    if name in {"pscustomobject", "system.management.automation.pscustomobject"}:
        literal = node.operand
        operand = (
            hash_literal(literal, OrderedDictionary) if isinstance(literal, nodes.HashLiteral) else expression(literal)
        )
        return lambda f: _custom_object(operand(f))
    operand, kind = expression(node.operand), type_literal(node.type.name)
    if name == "void":
        return lambda f: (operand(f), AUTOMATION_NULL)[1]
    return lambda f: cast(operand(f), kind())


def _custom_object(value: Value) -> Value:
    base = base_of(value)
    if isinstance(base, Dictionary):
        made = PSCustomObject()
        for key, item in base.items():
            name = to_text(key)
            if name.lower() == "pstypename":
                made.type_names = [to_text(item), "System.Management.Automation.PSCustomObject", "System.Object"]
            else:
                made.extended[name.lower()] = NoteProperty(name, item)
        return made
    return value


@compiles(nodes.Attributed)
def _attributed(node: nodes.Attributed) -> Expression:
    return expression(node.operand)


# ---- members and indexes ---------------------------------------------------------------------------------------------


def _name(name: str | Node) -> Callable[[Frame], str]:
    if isinstance(name, str):
        return lambda _f: name
    compute = expression(name)
    return lambda f: to_text(compute(f))


@compiles(nodes.Member)
def _member(node: nodes.Member) -> Expression:
    if node.static:
        return _static_member(node)
    target = expression(node.target)
    if not isinstance(node.name, str):
        compute = expression(node.name)
        return lambda f: _computed_member(f, target(f), compute(f))
    name = node.name
    lowered, folded = name.lower(), name.upper()
    view = access.intrinsic if lowered in access.INTRINSIC else None

    def read(f: Frame) -> Value:
        value = target(f)
        kind = type(value)
        if kind is PSCustomObject:
            found = value.extended.get(lowered)
            if type(found) is NoteProperty:
                return found.value
            if found is None and view is not None:
                return view(value, lowered)
        elif (kind is Hashtable or kind is OrderedDictionary) and not value.extended and value.fold is folded_key:
            entry = value.entries.get(folded)
            if entry is not None:
                return entry[1]
        return read_property(f, value, name)

    return read


def _computed_member(f: Frame, value: Value, name: Value) -> Value:
    if isinstance(base_of(name), ScriptBlock):
        raise LabUnsupported("a script block as a property name")
    if isinstance(base_of(value), Dictionary) and not isinstance(name, str):
        return access.get_index(value, [name])
    return read_property(f, value, to_text(name))


def read_property(f: Frame, value: Value, name: str) -> Value:
    """A property as strictness says: missing is $null, or PropertyNotFoundStrict."""
    try:
        found = access.get_property(value, name)
    except Exception as error:
        failure = to_failure(error)
        if (
            failure.record.exception.type_name.startswith("System.Management.Automation.GetValue")
            and not f.scope.strictness()
        ):
            return None
        raise failure from error
    if found is not access.MISSING:
        return found
    counts = name.lower() in {"count", "length"}
    if counts and isinstance(value, PSCustomObject):
        return 1
    if f.scope.strictness() < 2:
        return (0 if base_of(value) is None else 1) if counts else access.missing_values(value)
    raise Failure.of(
        "PropertyNotFoundStrict",
        f"The property '{name}' cannot be found on this object. Verify that the property exists.",
        "NotSpecified",
        exception="System.Management.Automation.PropertyNotFoundException",
    )


def _static_target(node: Node) -> Expression:
    if isinstance(node, nodes.TypeExpression):
        kind = type_literal(node.type.name)
        return lambda _f: kind()
    return expression(node)


def _static_member(node: nodes.Member) -> Expression:
    target, name = _static_target(node.target), _name(node.name)

    def read(f: Frame) -> Value:
        kind = base_of(target(f))
        if not isinstance(kind, NetType):
            from jcad.lab.powershell.values import type_of  # noqa: PLC0415  - a rare case

            kind = type_of(kind)
        found = access.get_static(kind, name(f))
        if found is not access.MISSING:
            return found
        if f.scope.strictness() < 2:
            return None
        raise Failure.of(
            "PropertyNotFoundStrict",
            f"The property '{name(f)}' cannot be found on this object. Verify that the property exists.",
            exception="System.Management.Automation.PropertyNotFoundException",
        )

    return read


@compiles(nodes.InvokeMember)
def _invoke(node: nodes.InvokeMember) -> Expression:
    arguments = [expression(argument) for argument in node.arguments]
    name = _name(node.name)
    if node.static:
        target = _static_target(node.target)

        def call_static(f: Frame) -> Value:
            kind = base_of(target(f))
            if not isinstance(kind, NetType):
                from jcad.lab.powershell.values import type_of  # noqa: PLC0415  - a rare case

                kind = type_of(kind)
            return access.call_static(kind, name(f), [_element(argument(f)) for argument in arguments])

        return call_static
    target = expression(node.target)

    def call(f: Frame) -> Value:
        value = target(f)
        return access.call(value, name(f), [_element(argument(f)) for argument in arguments])

    return call


@compiles(nodes.Index)
def _index(node: nodes.Index) -> Expression:
    target, index = expression(node.target), expression(node.index)

    def read(f: Frame) -> Value:
        value = target(f)
        at = index(f)
        kind = type(value)
        if kind is Array and type(at) is int:
            size = len(value)
            if -size <= at < size:
                return value[at]
            return _out_of_range(f)
        if kind is Hashtable and type(at) is str and value.fold is folded_key:
            entry = value.entries.get(at.upper())
            return None if entry is None else entry[1]
        if kind is PSCustomObject:
            found = access.get_index(value, [at])
            return AUTOMATION_NULL if found is None else found
        return access.get_index(value.base if kind is PSObject else value, [at])

    return read


def _out_of_range(f: Frame) -> Value:
    if f.scope.strictness() < 3:
        return None
    from jcad.lab.powershell.errors import NetException  # noqa: PLC0415  - a rare case

    raise exception_failure(
        NetException("System.IndexOutOfRangeException", "Index was outside the bounds of the array."),
        "OperationStopped",
    )


def write_expression(node: Node) -> Callable[[Frame, Write], None]:
    """The statement that writes an expression's value to the pipeline."""
    compute = expression(node)

    def run(f: Frame, write: Write) -> None:
        emit(compute(f), write)

    return run
