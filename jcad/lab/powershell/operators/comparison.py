"""Comparison of values: `-eq`, `-lt`, `-contains` and their kin, what Sort-Object and switch use, too.

Source: LanguagePrimitives.Equals and Compare (about_Comparison_Operators) and a real engine's answers.
"""

from __future__ import annotations

import decimal
import math
import uuid
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.casts.language import plain_number
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.numerals import double_to_decimal
from jcad.lab.powershell.objects import to_text, unroll
from jcad.lab.powershell.operators.arithmetic import base, number_from_text
from jcad.lab.powershell.operators.collation import compare_text, equal_text
from jcad.lab.powershell.operators.implicit import raised
from jcad.lab.powershell.values import (
    Array,
    Char,
    DateTime,
    DateTimeOffset,
    EnumValue,
    NetList,
    NetType,
    PSCustomObject,
    TimeSpan,
    Value,
    Version,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS: Final = (int, float, decimal.Decimal)
#: Types that the binder cannot compare or combine with an enumeration value: it fails on itself.
_NO_ENUM_PARTNERS: Final = frozenset({net.UINT32, net.UINT64, net.DECIMAL})


def _is_number(value: Value) -> bool:
    return isinstance(value, _NUMBERS) and type(value) is not bool


def compare_numbers(one: Any, other: Any) -> int | None:
    """-1, 0, 1; None where one is not a number (NaN)."""
    if any(isinstance(number, float) and math.isnan(number) for number in (one, other)):
        return None
    if isinstance(one, decimal.Decimal) != isinstance(other, decimal.Decimal):
        one, other = _decimals(one), _decimals(other)
    elif isinstance(one, float) != isinstance(other, float):
        one, other = float(one), float(other)
    if one < other:
        return -1
    if one > other:
        return 1
    return 0 if one == other else None


def _decimals(value: Any) -> Any:
    if isinstance(value, float):
        try:
            return double_to_decimal(value)
        except OverflowError:
            return value
    return value


# ---------------------------------------------------------------- equality


def equals(left: Value, right: Value, *, ignore_case: bool = True) -> bool:
    """Whether two single values are the same to `-eq` (a list on the left is no collection here)."""
    if type(left) is int and type(right) is int:
        return left == right
    one, other = base(left), base(right)
    if type(one) is str:
        return (
            equal_text(one, other if type(other) is str else to_text(other), ignore_case=ignore_case)
            and other is not None
        )
    if one is None or other is None:
        return one is other
    if _is_number(one):
        return _number_equals(one, other)
    if one is other or (type(one) is type(other) and one == other):
        return True
    if type(one) is Char and isinstance(other, (str, Char)):
        text = other if isinstance(other, str) else other.text
        return equal_text(one.text, text, ignore_case=ignore_case)
    if type(one) is bool and (_is_number(other) or type(other) is EnumValue):
        return one == bool(plain_number(other))
    if type(one) is EnumValue:
        return _enum_equals(one, other)
    return _converted_equals(one, other)


def _enum_equals(one: EnumValue, other: Value) -> bool:
    if type_of(other) in _NO_ENUM_PARTNERS:
        raise raised("System.InvalidOperationException", "The binary operator Equal is not defined for these types.")
    if type(other) is bool:
        return one.number == int(other)
    return _converted_equals(one, other)


def _number_equals(one: Any, other: Value) -> bool:
    if _is_number(other):
        return compare_numbers(one, other) == 0
    if type(other) is bool or type(other) is EnumValue or type(other) is Char:
        return compare_numbers(one, plain_number(other)) == 0
    if type(other) is str:
        try:
            return compare_numbers(one, number_from_text(other, one)) == 0
        except Failure:
            return False
    return _converted_equals(one, other)


def _converted_equals(one: Value, other: Value) -> bool:
    try:
        converted = cast(other, type_of(one))
    except Failure:
        return False
    return same(one, converted)


def same(one: Value, other: Value) -> bool:
    """.NET's Equals of two values of one type."""
    if isinstance(one, tuple) and type(one) is type(other):
        return bool(one[0] == other[0]) if isinstance(one, DateTime) else bool(one == other)
    return one is other or (type(one) is type(other) and bool(one == other))


# ---------------------------------------------------------------- order


def compare(left: Value, right: Value, *, ignore_case: bool = True) -> int | None:
    """-1, 0 or 1 of two single values; None where neither is (NaN). Raises the engine's errors where there is no order."""
    one, other = base(left), base(right)
    if one is None:
        return 0 if other is None else _against_null(other, null_first=True)
    if other is None:
        return _against_null(one, null_first=False)
    if type(one) is str:
        return compare_text(one, other if type(other) is str else to_text(other), ignore_case=ignore_case)
    if _is_number(one):
        number = _as_number(one, other)
        if number is not None:
            return compare_numbers(one, number)
    return _compare_converted(one, other)


def _as_number(one: Any, other: Value) -> Any:
    if type(other) is str:
        return number_from_text(other, one)
    return plain_number(other) if _is_number(other) or type(other) in (bool, EnumValue, Char) else None


def _against_null(value: Value, *, null_first: bool) -> int | None:
    """$null is less than everything but a negative number; it has no order with NaN nor with a list."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, NetList) and not null_first:
        raise _not_comparable(value, None)
    sign = 1 if _is_number(value) and value < 0 else -1
    return sign if null_first else -sign


def _compare_converted(one: Value, other: Value) -> int | None:
    if isinstance(one, PSCustomObject):
        if one is other:
            return 0
        raise Failure.of("PSObjectCompareTo", "Cannot compare objects because they are not comparable.", "NotSpecified")
    if type(one) is EnumValue:
        return _compare_enum(one, other)
    if same(one, other):
        return 0
    kind = type_of(one)
    if net.ICOMPARABLE not in kind.all_interfaces() and not _convertible(other, kind):
        raise _not_comparable(one, other)
    try:
        converted = cast(other, kind)
    except Failure as failure:
        message = f'Could not compare "{to_text(one)}" to "{to_text(other)}". Error: "{failure.record.message}"'
        raise Failure.of("ComparisonFailure", message, "NotSpecified", inner=failure.record.exception) from failure
    if type(one) is Char:
        return int(one.text > converted.text) - int(one.text < converted.text)
    order = natural_order(one, converted)
    if order is None:
        raise _not_comparable(one, other)
    return order


def _convertible(other: Value, kind: NetType) -> bool:
    try:
        cast(other, kind)
    except Failure:
        return False
    return True


def _not_comparable(one: Value, other: Value) -> Failure:
    message = f'Cannot compare "{to_text(one)}" because it is not IComparable.'
    del other
    return Failure.of("NotIcomparable", message, "NotSpecified")


def _compare_enum(one: EnumValue, other: Value) -> int | None:
    if _is_number(other) or type(other) in (bool, Char, EnumValue):
        return compare_numbers(one.number, plain_number(other))
    if type(other) is str:
        return compare_numbers(one.number, number_from_text(other, one))
    try:
        return compare_numbers(one.number, cast(other, one.net_type).number)
    except Failure as failure:
        message = f'Could not compare "{one}" to "{to_text(other)}".'
        raise Failure.of("ComparisonFailure", message, "NotSpecified", inner=failure.record.exception) from failure


def natural_order(one: Value, other: Value) -> int | None:
    """IComparable.CompareTo of two values of one type, or None where the type has no order."""
    if isinstance(one, (DateTime, DateTimeOffset, TimeSpan, Version)):
        first, second = tuple(one), tuple(other)
        if isinstance(one, DateTime):
            first, second = first[:1], second[:1]
        return (first > second) - (first < second)
    if isinstance(one, (bool, *_NUMBERS)):
        return compare_numbers(int(one) if type(one) is bool else one, int(other) if type(other) is bool else other)
    if isinstance(one, uuid.UUID):
        return int(one.int > other.int) - int(one.int < other.int)
    order = ORDERS.get(type(one))
    return None if order is None or type(other) is not type(one) else order(one, other)


ORDERS: Final[dict[type, Callable[[Any, Any], int]]] = {}
"""CompareTo of further types, which declare it themselves."""


# ---------------------------------------------------------------- the operators


def comparison(test: Callable[[Value, Value], bool]) -> Callable[[Value, Value], Value]:
    """An operator from a test of single values: a list on the left is filtered."""

    def operate(left: Value, right: Value) -> Value:
        items = unroll(left)
        if items is None or left is None:
            return test(left, right)
        return Array([item for item in items if test(item, right)])

    return operate


def _equality(*, ignore_case: bool, wanted: bool) -> Callable[[Value, Value], bool]:
    return lambda one, other: equals(one, other, ignore_case=ignore_case) == wanted


def _ordered(accept: Callable[[int], bool], *, ignore_case: bool) -> Callable[[Value, Value], bool]:
    def test(left: Value, right: Value) -> bool:
        if type(left) is int and type(right) is int:
            return accept((left > right) - (left < right))
        _check_enum_operands(left, right)
        order = compare(left, right, ignore_case=ignore_case)
        return False if order is None else accept(order)

    return test


def _check_enum_operands(left: Value, right: Value) -> None:
    """The binder cannot build a comparison of an enumeration value with these, and fails on itself."""
    if type(left) is not EnumValue and type(right) is not EnumValue:
        return
    one, other = base(left), base(right)
    pair = other if type(left) is EnumValue else one
    if (pair is None or type_of(pair) in _NO_ENUM_PARTNERS) and (type(left) is EnumValue or pair is None):
        raise raised("System.InvalidOperationException", "The binary operator LessThan is not defined for these types.")


def contains(left: Value, right: Value, *, ignore_case: bool = True) -> bool:
    """`-contains`: whether one of the elements is the value."""
    items = unroll(left)
    if items is None:
        return equals(left, right, ignore_case=ignore_case)
    return any(equals(item, right, ignore_case=ignore_case) for item in items)


def build() -> dict[str, Callable[..., Value]]:
    """The operators by name, with their -c and -i forms."""
    table: dict[str, Callable[..., Value]] = {}
    tests: dict[str, Callable[[int], bool]] = {
        "lt": lambda order: order < 0,
        "le": lambda order: order <= 0,
        "gt": lambda order: order > 0,
        "ge": lambda order: order >= 0,
    }
    for prefix, ignore_case in (("", True), ("i", True), ("c", False)):
        table[f"-{prefix}eq"] = comparison(_equality(ignore_case=ignore_case, wanted=True))
        table[f"-{prefix}ne"] = comparison(_equality(ignore_case=ignore_case, wanted=False))
        for name, accept in tests.items():
            table[f"-{prefix}{name}"] = comparison(_ordered(accept, ignore_case=ignore_case))
        table[f"-{prefix}contains"] = lambda one, other, fold=ignore_case: contains(one, other, ignore_case=fold)
        table[f"-{prefix}notcontains"] = lambda one, other, fold=ignore_case: not contains(one, other, ignore_case=fold)
        table[f"-{prefix}in"] = lambda one, other, fold=ignore_case: contains(other, one, ignore_case=fold)
        table[f"-{prefix}notin"] = lambda one, other, fold=ignore_case: not contains(other, one, ignore_case=fold)
    return table
