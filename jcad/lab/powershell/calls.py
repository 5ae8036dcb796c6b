"""Calling .NET methods: finding the overload that PowerShell would choose, converting arguments, wrapping what goes wrong.

Source: Adapter.FindBestMethod of PowerShell and a real engine's answers. An overload is chosen by the ranks of the conversions
that its parameters need (ranks.py), earlier parameters weighing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import UNFORESEEN, unforeseen
from jcad.lab.powershell.convert import NULL_TYPE, argument_type, cast, rank
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types.registry import MEMBERS, Overload, TypeMembers, cache, substitute
from jcad.lab.powershell.values import Array, NetType, PSObject, PSReference, Value, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

METHOD_EXCEPTION: Final = "System.Management.Automation.MethodException"
INVOCATION_EXCEPTION: Final = "System.Management.Automation.MethodInvocationException"


class Candidate(NamedTuple):
    """An overload with its parameters laid out for a number of arguments."""

    overload: Overload
    parameters: tuple[NetType, ...]
    expanded: bool
    ranks: tuple[int, ...] = ()


def lineage(kind: NetType) -> Iterator[tuple[NetType, TypeMembers]]:
    """The member tables of a type: its own, its bases', its interfaces'."""
    for one in (*kind.ancestry(), *kind.all_interfaces()):
        table = MEMBERS.get(one.definition or one)
        if table is not None:
            yield one, table


_METHODS: Final[dict[tuple[NetType, str, bool], list[tuple[NetType, Overload]]]] = cache()
_NAMES: Final[dict[tuple[NetType, str], str]] = cache()


def methods(kind: NetType, name: str, *, static: bool = False) -> list[tuple[NetType, Overload]]:
    """The overloads of a method, with the type each was declared for; a derived type's hide those of the same parameters."""
    lower = name.lower()
    key = (kind, lower, static)
    known = _METHODS.get(key)
    if known is None:
        known = _METHODS[key] = _methods(kind, lower, static=static)
    return known


def _methods(kind: NetType, lower: str, *, static: bool) -> list[tuple[NetType, Overload]]:
    found: list[tuple[NetType, Overload]] = []
    seen: set[tuple[NetType, ...]] = set()
    for owner, table in lineage(kind):
        for overload in (table.statics if static else table.methods).get(lower, ()):
            if overload.parameters not in seen:
                seen.add(overload.parameters)
                found.append((owner, overload))
        if found and static:
            break
    return found


# ---------------------------------------------------------------- choosing

_CHOSEN: Final[dict[Any, Candidate | None]] = cache()


def choose(overloads: Sequence[tuple[NetType, Overload]], arguments: Sequence[Value], key: Any) -> Candidate | None:
    """The overload for these arguments, or None where none or no single one fits; `key` names the method."""
    kinds = tuple(argument_type(argument) for argument in arguments)
    elements = tuple(
        _element_type(argument) if kind.is_array else None for argument, kind in zip(arguments, kinds, strict=True)
    )
    full_key = (key, kinds, elements)
    if full_key in _CHOSEN:
        return _CHOSEN[full_key]
    found = _CHOSEN[full_key] = _choose(overloads, kinds, elements)
    return found


def _element_type(argument: Value) -> NetType:
    """What an array's elements are: of an object[] the one type that all have, if they have."""
    element: NetType = argument.net_type.element or net.OBJECT
    if element is not net.OBJECT or not len(argument):
        return element
    kinds = {argument_type(item) for item in argument}
    first = next(iter(kinds))
    return first if len(kinds) == 1 and first is not NULL_TYPE else net.OBJECT


def _choose(
    overloads: Sequence[tuple[NetType, Overload]], kinds: tuple[NetType, ...], elements: tuple[NetType | None, ...]
) -> Candidate | None:
    if len(overloads) == 1:
        owner, only = overloads[0]
        if not only.spread and len(only.parameters) == len(kinds):
            return Candidate(only, _closed(owner, only.parameters), expanded=False)
    candidates = [one for owner, overload in overloads for one in _candidates(owner, overload, kinds)]
    best, ambiguous = None, False
    for candidate in candidates:
        if best is None:
            best = candidate
            continue
        order = _better(best, candidate, elements)
        if order < 0:
            best, ambiguous = candidate, False
        elif order == 0:
            ambiguous = True
    return None if ambiguous else best


def _closed(owner: NetType, parameters: tuple[NetType, ...]) -> tuple[NetType, ...]:
    return tuple(substitute(kind, owner.args) for kind in parameters) if owner.args else parameters


def _candidates(owner: NetType, overload: Overload, kinds: tuple[NetType, ...]) -> Iterator[Candidate]:
    parameters = _closed(owner, overload.parameters)
    if len(parameters) == len(kinds):
        quality = _ranks(kinds, parameters, overload)
        if quality is not None:
            yield Candidate(overload, parameters, expanded=False, ranks=quality)
    if overload.spread and len(kinds) >= len(parameters) - 1:
        element = parameters[-1].element or net.OBJECT
        spread = parameters[:-1] + (element,) * (len(kinds) - len(parameters) + 1)
        quality = _ranks(kinds, spread, overload)
        if quality is not None:
            yield Candidate(overload, spread, expanded=True, ranks=quality)


def _ranks(kinds: tuple[NetType, ...], parameters: tuple[NetType, ...], overload: Overload) -> tuple[int, ...] | None:
    found = []
    for index, (kind, parameter) in enumerate(zip(kinds, parameters, strict=True)):
        if index in overload.by_ref:
            quality = ranks.IDENTITY if kind is net.PS_REFERENCE else ranks.NONE
        elif (kind is net.PS_REFERENCE and parameter is not net.OBJECT) or (
            kind is net.PS_CUSTOM_OBJECT and parameter not in (net.OBJECT, net.PS_OBJECT, net.PS_CUSTOM_OBJECT)
        ):
            quality = ranks.NONE
        else:
            quality = rank(kind, parameter)
        if quality == ranks.NONE:
            return None
        found.append(quality)
    return tuple(found)


def _better(one: Candidate, other: Candidate, elements: tuple[NetType | None, ...]) -> int:
    """Positive where the first is better, negative where the second is, 0 where neither (CompareOverloadCandidates)."""
    score, weight = 0, len(one.ranks)
    for index, (first, second) in enumerate(zip(one.ranks, other.ranks, strict=True)):
        element = elements[index]
        if first == second == ranks.UNRELATED_ARRAYS and element is not None:
            into, against = one.parameters[index].element or net.OBJECT, other.parameters[index].element or net.OBJECT
            first, second = rank(element, into), rank(element, against)  # noqa: PLW2901  - the elements decide
        score += weight * ((first > second) - (first < second))
        weight -= 1
    if score == 0:
        score = _more_fitting(one, other)
    if score == 0 and one.parameters == other.parameters:
        if one.expanded and other.expanded:
            return 1 if len(one.overload.parameters) > len(other.overload.parameters) else -1
        score = other.expanded - one.expanded
    return score


def _more_fitting(one: Candidate, other: Candidate) -> int:
    """With equal ranks: the more specific parameter where nothing is lost, the more general one where something may be."""
    score, weight = 0, len(one.ranks)
    for index, (first, second) in enumerate(zip(one.parameters, other.parameters, strict=True)):
        quality, against = one.ranks[index], other.ranks[index]
        implicit = quality >= ranks.NUMERIC_IMPLICIT
        if min(quality, against) >= ranks.NULL_TO_VALUE and implicit == (against >= ranks.NUMERIC_IMPLICIT):
            forth, back = rank(first, second), rank(second, first)
            order = (forth < back) - (forth > back)
            score += weight * (-order if implicit else order)
        weight -= 1
    return score


# ---------------------------------------------------------------- calling


def invoke(
    overloads: Sequence[tuple[NetType, Overload]],
    shown: str,
    arguments: Sequence[Value],
    *,
    key: Any,
    this: tuple[Value, ...] = (),
    kind: NetType | None = None,
    wrapper: str = "",
) -> Value:
    """Choose, convert, call. `shown` is the method's name in messages; `wrapper` an error id in place of the exception's name."""
    candidate = choose(overloads, arguments, key)
    if candidate is None:
        raise Failure.of(
            "MethodCountCouldNotFindBest",
            f'Cannot find an overload for "{shown}" and the argument count: "{len(arguments)}".',
            exception=METHOD_EXCEPTION,
        )
    converted = convert_arguments(candidate, shown, arguments)
    lead = (kind, *this) if candidate.overload.needs_type else this
    try:
        return candidate.overload.function(*lead, *converted)
    except NetError as error:
        raise wrapped(error.exception, shown, len(arguments), wrapper) from error
    except UNFORESEEN as error:
        if isinstance(error, (TypeError, AttributeError)) and any(argument is None for argument in converted):
            # A method that was not made for $null: .NET's answer to a null argument is this exception.
            null = NetException("System.ArgumentNullException", "Value cannot be null.")
            raise wrapped(null, shown, len(arguments), wrapper) from error
        if isinstance(error, OverflowError):
            overflow = NetException("System.OverflowException", "Arithmetic operation resulted in an overflow.")
            raise wrapped(overflow, shown, len(arguments), wrapper) from error
        raise unforeseen(kind or (type_of(this[0]) if this else net.OBJECT), shown) from error


def wrapped(exception: NetException, shown: str, count: int, error_id: str = "") -> Failure:
    """The MethodInvocationException around what a method raised."""
    text = f'Exception calling "{shown}" with "{count}" argument(s): "{exception.message}"'
    name = exception.type_name.rpartition(".")[2]
    return Failure.of(error_id or name, text, exception=INVOCATION_EXCEPTION, inner=exception)


def convert_arguments(candidate: Candidate, shown: str, arguments: Sequence[Value]) -> list[Value]:
    """The arguments as the parameters want them; those of a parameter array come as one array at the end."""
    converted: list[Value] = []
    for index, (argument, parameter) in enumerate(zip(arguments, candidate.parameters, strict=True)):
        converted.append(_argument(argument, parameter, index, shown, by_ref=index in candidate.overload.by_ref))
    if candidate.expanded:
        fixed = len(candidate.overload.parameters) - 1
        element = candidate.overload.parameters[-1].element or net.OBJECT
        kind = candidate.parameters[fixed] if len(candidate.parameters) > fixed else element
        converted[fixed:] = [Array(converted[fixed:], net.array_of(kind))]
    return converted


def _argument(argument: Value, parameter: NetType, index: int, shown: str, *, by_ref: bool) -> Value:
    if by_ref:
        if isinstance(argument, PSReference):
            return argument
        message = f"Argument: '{index + 1}' should be a System.Management.Automation.PSReference. Use [ref]."
        raise Failure.of("NonRefArgumentToRefParameterMsg", message, exception=METHOD_EXCEPTION)
    if parameter is net.OBJECT:
        return argument.base if type(argument) is PSObject else argument
    try:
        return cast(argument, parameter)
    except Failure as failure:
        if argument_type(argument) is NULL_TYPE and not parameter.is_value:
            return None
        text = (
            f'Cannot convert argument "{index}", with value: "{to_text(argument)}", for "{shown}" to type "{parameter}": '
            f'"{failure.record.message}"'
        )
        inner = failure.record.exception.inner or failure.record.exception
        raise Failure.of(
            "MethodArgumentConversionInvalidCastArgument", text, exception=METHOD_EXCEPTION, inner=inner
        ) from failure


def call_static_method(kind: NetType, name: str, arguments: Sequence[Value], *, operator: bool = False) -> Value:
    """`[kind]::name(...)`, or an operator method of the type."""
    overloads = methods(kind, name, static=True)
    if not overloads:
        check_known(kind, name, arguments, static=True)
        raise method_not_found(kind, name)
    shown = proper_name(kind, name)
    wrapper = "DotNetMethodException" if operator else ""
    return invoke(overloads, shown, arguments, key=(kind, name.lower(), "static"), kind=kind, wrapper=wrapper)


def proper_name(kind: NetType, name: str) -> str:
    """The method's name as .NET spells it."""
    key = (kind, name.lower())
    known = _NAMES.get(key)
    if known is None:
        spelt = (table.names[key[1]] for _, table in lineage(kind) if key[1] in table.names)
        known = _NAMES[key] = next(spelt, name)
    return known


def method_not_found(kind: NetType, name: str) -> Failure:
    """No method of that name."""
    message = f"Method invocation failed because [{kind}] does not contain a method named '{name}'."
    return Failure.of("MethodNotFound", message, "InvalidOperation", target=name if is_desktop() else None)


#: Members of .NET types that the lab knows to exist and does not have; (type, name in lower case).
LACKING: Final[dict[NetType, frozenset[str]]] = {}


_LACKS: Final[dict[tuple[NetType, str], bool]] = cache()


def lacks(kind: NetType, lower: str) -> bool:
    """Whether .NET's type has such a member and the lab's does not."""
    key = (kind, lower)
    known = _LACKS.get(key)
    if known is None:
        known = _LACKS[key] = any(lower in LACKING.get(one.definition or one, ()) for one in kind.ancestry())
    return known


def check_known(kind: NetType, name: str, arguments: Sequence[Value], *, static: bool = False) -> None:
    """Refuse by name what .NET has and the lab lacks; a type without any members of its own is refused whole."""
    del arguments
    known = lacks(kind, name.lower())
    bare = all((one.definition or one) not in MEMBERS for one in (kind,)) and not name.startswith("op_")
    if known or (bare and not kind.is_array):
        raise LabUnsupported(f"[{kind}]{'::' if static else '.'}{name}")
