"""Assignment: to variables (typed, validated, scoped), members, indexes, several at once; increments and `[ref]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.evaluate.expressions import (
    expression,
    read_property,
    type_literal,
    value_of,
)
from jcad.lab.powershell.evaluate.frame import Frame, elements
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.operators import BINARY
from jcad.lab.powershell.scopes import Variable, not_writable
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    EnumValue,
    NetType,
    NoteProperty,
    PSCustomObject,
    PSReference,
    base_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jcad.lab.powershell.evaluate.frame import Expression, Statement, Write
    from jcad.lab.powershell.syntax.nodes import Node
    from jcad.lab.powershell.values import Value

    Setter = Callable[[Frame, Value], Value]

READ_ONLY: Final = frozenset({"true", "false", "null"})
_SCOPES: Final = frozenset({"global", "script", "local", "private"})


def assignment(node: nodes.Assignment) -> Statement:
    """The statement of an assignment; it writes nothing."""
    compute = assignment_value(node)

    def run(f: Frame, _write: Write) -> None:
        compute(f)

    return run


def assignment_value(node: nodes.Assignment) -> Expression:
    """The closure that assigns and gives what was assigned."""
    value = value_of(node.value)
    if node.op == "=":
        store = setter(node.target)
        return lambda f: store(f, value(f))
    operator = BINARY[node.op[0]]
    read, put = accessor(node.target)

    def run(f: Frame) -> Value:
        old, place = read(f)
        return put(f, place, operator(old, value(f)))

    return run


# ---- setters ---------------------------------------------------------------------------------------------------------


def setter(node: Node) -> Setter:
    """The closure that stores a value in a target and gives what was stored."""
    if isinstance(node, nodes.Variable):
        return variable_setter(node)
    if isinstance(node, nodes.Member):
        return _member_setter(node)
    if isinstance(node, nodes.Index):
        return _index_setter(node)
    if isinstance(node, (nodes.Convert, nodes.Attributed)):
        return _typed_setter(node)
    if isinstance(node, nodes.ArrayLiteral):
        return _several_setter(node)
    if isinstance(node, nodes.Paren) and isinstance(node.pipeline, nodes.Pipeline):
        element = node.pipeline.elements[0]
        if isinstance(element, nodes.CommandExpression):
            return setter(element.expression)
    raise LabUnsupported(f"assignment to {type(node).__name__}")


def variable_setter(node: nodes.Variable) -> Setter:
    """Store in a variable of the current scope, or of the one named."""
    name, spelled = node.name.lower(), node.name
    if node.drive and node.drive not in _SCOPES:
        if node.drive == "variable":
            return variable_setter(nodes.Variable(node.at, node.name))
        drive = node.drive

        def store_drive(f: Frame, value: Value) -> Value:
            f.engine.set_drive_variable(f, drive, node.name, value)
            return value

        return store_drive
    if node.drive:
        return _scoped_setter(node.drive, name, spelled)
    if name == "null":
        return lambda _f, value: value
    if name in {"true", "false", "?"}:
        return _refusal(spelled)
    return _local_setter("_" if name == "psitem" else name, spelled)


def _refusal(spelled: str) -> Setter:
    def refuse(_f: Frame, _value: Value) -> Value:
        raise not_writable(spelled)

    return refuse


def _local_setter(name: str, spelled: str) -> Setter:
    def store(f: Frame, value: Value) -> Value:
        variables = f.scope.variables
        found = variables.get(name)
        if found is None:
            f.scope.set(name, value, spelled)
            return value
        if found.constraint is None and not found.read_only and not found.constant:
            found.value = value
            return value
        found.assign(value)
        return found.value

    return store


def _scoped_setter(drive: str, name: str, spelled: str) -> Setter:
    def store(f: Frame, value: Value) -> Value:
        scope = f.scope.named(drive)
        if scope is None:
            raise LabUnsupported(f"${drive}:{spelled}")
        scope.set(name, value, spelled)
        found = scope.variables[name]
        if drive == "private":
            found.private = True
        return found.value

    return store


def _member_setter(node: nodes.Member) -> Setter:
    target = expression(node.target)
    if node.static:
        return _static_setter(node)
    if not isinstance(node.name, str):
        compute = expression(node.name)

        def store_computed(f: Frame, value: Value) -> Value:
            set_property(target(f), to_text(compute(f)), value)
            return value

        return store_computed
    name, lowered = node.name, node.name.lower()

    def store(f: Frame, value: Value) -> Value:
        owner = target(f)
        if type(owner) is PSCustomObject:
            found = owner.extended.get(lowered)
            if type(found) is NoteProperty:
                found.value = value
                return value
        set_property(owner, name, value)
        return value

    return store


def set_property(owner: Value, name: str, value: Value) -> None:
    """Assign a property, with the engine's errors."""
    access.set_property(owner, name, None if value is AUTOMATION_NULL else value)


def _static_setter(node: nodes.Member) -> Setter:
    target = expression(node.target)

    def store(f: Frame, value: Value) -> Value:
        kind = base_of(target(f))
        if not isinstance(kind, NetType):
            raise LabUnsupported(f"::{node.name}")
        access.set_static(kind, str(node.name), value)
        return value

    return store


def _index_setter(node: nodes.Index) -> Setter:
    target, index = expression(node.target), expression(node.index)

    def store(f: Frame, value: Value) -> Value:
        owner, at = target(f), index(f)
        access.set_index(owner, [at], None if value is AUTOMATION_NULL else value)
        return value

    return store


def _several_setter(node: nodes.ArrayLiteral) -> Setter:
    setters = [setter(item) for item in node.items]

    def store(f: Frame, value: Value) -> Value:
        items = list(elements(value)) if value is not None else [None]
        last = len(setters) - 1
        for position, one in enumerate(setters):
            if position < last:
                one(f, items[position] if position < len(items) else None)
            else:
                rest = items[position:]
                one(f, rest[0] if len(rest) == 1 else Array(rest) if rest else None)
        return value

    return store


# ---- typed and validated variables -----------------------------------------------------------------------------------


def _typed_setter(node: nodes.Convert | nodes.Attributed) -> Setter:
    from jcad.lab.powershell.evaluate.attributes import checks  # noqa: PLC0415  - they build on each other

    layers: list[nodes.Convert | nodes.Attributed] = []
    inner: Node = node
    while isinstance(inner, (nodes.Convert, nodes.Attributed)):
        layers.append(inner)
        inner = inner.operand
    kinds = [type_literal(layer.type.name) for layer in layers if isinstance(layer, nodes.Convert)]
    validations = [layer.attribute for layer in layers if isinstance(layer, nodes.Attributed)]
    if not isinstance(inner, nodes.Variable):
        return _converting_setter(setter(inner), kinds)
    name, spelled, drive = inner.name.lower(), inner.name, inner.drive

    def store(f: Frame, value: Value) -> Value:
        check = checks(validations, f)
        types = [kind() for kind in kinds]

        def constrain(given: Value) -> Value:
            converted = transformed(given, types, spelled)
            for one in check:
                one.check_variable(converted, f, spelled)
            return converted

        scope = (f.scope.named(drive) if drive else f.scope) or f.scope
        known = scope.variables.get(name)
        if known is not None and (known.read_only or known.constant):
            known.assign(value)
        converted = _first_conversion(value, types) if scope.parent else _initial(value, types)
        for one in check:
            one.check_variable(converted, f, spelled)
        made = known or Variable(spelled, converted)
        made.value, made.constraint = converted, constrain
        made.kind = types[0] if types else None
        scope.variables[name] = made
        return converted

    return store


def _converting_setter(store: Setter, kinds: list[Callable[[], NetType]]) -> Setter:
    return lambda f, value: store(f, _first_conversion(value, [kind() for kind in kinds]))


def _first_conversion(value: Value, types: list[NetType]) -> Value:
    for kind in reversed(types):
        value = cast(value, kind)
    return value


def _initial(value: Value, types: list[NetType]) -> Value:
    """The first value of a typed variable: a failed cast is one of the variable's attribute.

    So at the top alone: a variable of a function is no object with attributes, but a local of the compiled code.
    """
    try:
        return _first_conversion(value, types)
    except Failure as failure:
        said = failure.record
        said.error_id, said.category = "RuntimeException", "MetadataError"
        said.exception.type_name = "System.Management.Automation.ArgumentTransformationMetadataException"
        raise


def transformed(value: Value, types: list[NetType], name: str) -> Value:
    """What a typed variable makes of a value; a failure is the variable's, not the cast's."""
    try:
        return _first_conversion(value, types)
    except Failure as failure:
        inner = failure.record.exception
        raise Failure.of(
            "RuntimeException",
            f'Cannot convert value to variable "{name}". {failure.record.message}',
            "MetadataError",
            exception="System.Management.Automation.ArgumentTransformationMetadataException",
            inner=inner,
        ) from failure


# ---- reading and writing the same place ------------------------------------------------------------------------------


def accessor(node: Node) -> tuple[Callable[[Frame], tuple[Value, Any]], Callable[[Frame, Any, Value], Value]]:
    """A reader that also gives the place, and a writer to that place: so that targets are computed once."""
    if isinstance(node, nodes.Member) and not node.static and isinstance(node.name, str):
        name, target = node.name, expression(node.target)

        def read_member(f: Frame) -> tuple[Value, Any]:
            owner = target(f)
            return read_property(f, owner, name), owner

        def store_member(_f: Frame, owner: Value, value: Value) -> Value:
            set_property(owner, name, value)
            return value

        return read_member, store_member
    if isinstance(node, nodes.Index):
        return _index_accessor(node)
    read, store = expression(node), setter(node)
    return lambda f: (read(f), None), lambda f, _place, value: store(f, value)


def _index_accessor(
    node: nodes.Index,
) -> tuple[Callable[[Frame], tuple[Value, Any]], Callable[[Frame, Any, Value], Value]]:
    target, index = expression(node.target), expression(node.index)

    def read(f: Frame) -> tuple[Value, Any]:
        owner, at = target(f), index(f)
        return access.get_index(owner, [at]), (owner, at)

    def store(_f: Frame, place: Any, value: Value) -> Value:
        access.set_index(place[0], [place[1]], value)
        return value

    return read, store


def increment(node: nodes.Increment) -> Expression:
    """`$x++` and its kin; $null counts as 0."""
    read, store = accessor(node.target)
    add, step, prefix = BINARY["+"], node.step, node.prefix

    def run(f: Frame) -> Value:
        old, place = read(f)
        if old is None or old is AUTOMATION_NULL:
            old = 0
        elif isinstance(base_of(old), str) or not _is_number(base_of(old)):
            raise Failure.of(
                "OperatorRequiresNumber",
                f"The '{'++' if step > 0 else '--'}' operator works only on numbers. "
                f"The operand is a '{access_type(old)}'.",
                "InvalidOperation",
            )
        new = store(f, place, add(old, step))
        return new if prefix else old

    return run


def _is_number(value: Value) -> bool:
    from decimal import Decimal  # noqa: PLC0415  - a rare case

    return isinstance(value, (int, float, Decimal, EnumValue)) and type(value) is not bool


def access_type(value: Value) -> str:
    """The full type name of a value, for messages."""
    from jcad.lab.powershell.values import type_name  # noqa: PLC0415  - a rare case

    return type_name(value)


def reference(node: Node) -> Expression:
    """`[ref]$x`: an object through which the variable is read and written."""
    if not isinstance(node, nodes.Variable):
        read = expression(node)

        def box(f: Frame) -> PSReference:
            held = [read(f)]
            return PSReference(lambda: held[0], lambda value: held.__setitem__(0, value))

        return box
    name, spelled = node.name.lower(), node.name
    if name == "null":
        return lambda _f: PSReference(lambda: None, lambda _value: None)

    def make(f: Frame) -> PSReference:
        scope = f.scope.named(node.drive) if node.drive in _SCOPES else f.scope
        found = (scope or f.scope).find(name)
        if found is None:
            raise Failure.of(
                "NonExistingVariableReference",
                "[ref] cannot be applied to a variable that does not exist.",
                "InvalidOperation",
                target=spelled,
            )
        return PSReference(lambda: found.value, found.assign)

    return make
