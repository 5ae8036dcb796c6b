"""Attributes of parameters and variables: [Parameter], [Alias], the validations, [CmdletBinding]."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.expressions import expression
from jcad.lab.powershell.evaluate.frame import collected, elements
from jcad.lab.powershell.objects import is_true, to_text, unroll
from jcad.lab.powershell.operators import BINARY, match
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    Array,
    Dictionary,
    NetList,
    ScriptBlock,
    base_of,
    pstypenames,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jcad.lab.powershell.binding import Slot
    from jcad.lab.powershell.evaluate.frame import Frame
    from jcad.lab.powershell.syntax import nodes
    from jcad.lab.powershell.values import Value

VALIDATION_EXCEPTION: Final = "System.Management.Automation.ValidationMetadataException"
_IGNORED: Final = frozenset({"outputtype", "diagnostics.codeanalysis.suppressmessageattribute", "supportswildcards"})
_NULL_FLAGS: Final = {
    "allownull": "allow_null",
    "allowemptystring": "allow_empty_string",
    "allowemptycollection": "allow_empty_collection",
}


_NULL: Final = "The argument is null. Provide a valid value for the argument, and then try running the command again."
_EMPTY: Final = (
    "The argument is null or empty. Provide an argument that is not null or empty, and then try the command again."
)
_EMPTY_ELEMENT: Final = (
    "The argument is null, empty, or an element of the argument collection contains a null value. Supply a collection that "
    "does not contain any null values and then try the command again."
)


class ValidationFailed(Exception):
    """A value does not pass a validation; the message says why."""

    def __init__(self, message: str, inner: NetException | None = None) -> None:
        super().__init__(message)
        self.inner = inner


@dataclass(slots=True)
class Given:
    """An attribute with its arguments computed."""

    name: str
    positional: list[Any]
    named: dict[str, Any] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """A boolean named argument, false where it is not given."""
        return is_true(self.named.get(name, False))


def attribute_name(name: str) -> str:
    """The name by which an attribute is known here: `ValidateSet` for its longer forms too."""
    lowered = name.lower().removeprefix("system.management.automation.")
    return lowered.removesuffix("attribute") if lowered != "attribute" else lowered


def given(node: nodes.Attribute, f: Frame) -> Given:
    """An attribute's arguments, computed."""
    named = {name.lower(): True if value is None else expression(value)(f) for name, value in node.named}
    return Given(attribute_name(node.name), [expression(value)(f) for value in node.positional], named)


class Check:
    """One validation attribute on a value."""

    attribute_type = ""

    def check(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where the value does not pass."""
        raise NotImplementedError

    def check_variable(self, value: Value, f: Frame, name: str) -> None:
        """The same for an assignment to a variable, with its error."""
        try:
            self.check(value, f)
        except ValidationFailed as failed:
            inner = failed.inner or NetException(VALIDATION_EXCEPTION, str(failed))
            raise Failure.of(
                "ValidateSetFailure",
                f"The variable cannot be validated because the value {to_text(value)} is not a valid value "
                f"for the {name} variable.",
                "MetadataError",
                exception=VALIDATION_EXCEPTION,
                inner=inner,
            ) from failed


class EachElement(Check):
    """A validation that looks at every element of a collection."""

    def check(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where the value does not pass."""
        base = base_of(value)
        if isinstance(base, NetList):
            for item in base:
                self.check_one(item, f)
            return
        self.check_one(value, f)

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        raise NotImplementedError


class ValidateSet(EachElement):
    """[ValidateSet('a', 'b', IgnoreCase = $true)]."""

    attribute_type = "System.Management.Automation.ValidateSetAttribute"

    def __init__(self, values: Sequence[str], *, ignore_case: bool = True) -> None:
        self.values = list(values)
        self.ignore_case = ignore_case

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        del f
        text = to_text(value)
        for allowed in self.values:
            if text == allowed or (self.ignore_case and text.lower() == allowed.lower()):
                return
        raise ValidationFailed(
            f'The argument "{text}" does not belong to the set "{",".join(self.values)}" specified by the '
            "ValidateSet attribute. Supply an argument that is in the set and then try the command again."
        )


_RANGE_KINDS: Final = {
    "positive": ("-gt", 0),
    "nonnegative": ("-ge", 0),
    "negative": ("-lt", 0),
    "nonpositive": ("-le", 0),
}


class ValidateRange(EachElement):
    """[ValidateRange(1, 10)], [ValidateRange('Positive')]."""

    attribute_type = "System.Management.Automation.ValidateRangeAttribute"

    def __init__(self, low: Value, high: Value, kind: str = "") -> None:
        self.low, self.high, self.kind = low, high, kind

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        del f
        if self.kind:
            self._check_kind(value)
            return
        number = self._comparable(value)
        if not is_true(BINARY["-ge"](number, self.low)):
            raise ValidationFailed(
                f"The {to_text(value)} argument is less than the minimum allowed range of {to_text(self.low)}. "
                f"Supply an argument that is greater than or equal to {to_text(self.low)} and then try the command again."
            )
        if not is_true(BINARY["-le"](number, self.high)):
            raise ValidationFailed(
                f"The {to_text(value)} argument is greater than the maximum allowed range of {to_text(self.high)}. "
                f"Supply an argument that is less than or equal to {to_text(self.high)} and then try the command again."
            )

    def _comparable(self, value: Value) -> Value:
        """The value in the limits' type, where it is of another that is no number."""
        base = base_of(value)
        if isinstance(base, (int, float, Decimal)) and not isinstance(base, bool):
            return base
        if base is None:
            raise ValidationFailed(_NULL)
        try:
            return cast(value, type_of(self.low))
        except Failure as failure:
            raise ValidationFailed(
                "Cannot validate the argument because its type is not the same type as the limits."
            ) from failure

    def _check_kind(self, value: Value) -> None:
        operator, limit = _RANGE_KINDS[self.kind]
        if not is_true(BINARY[operator](value, limit)):
            raise ValidationFailed(f"The argument {to_text(value)} is out of the range {self.kind}.")


class ValidatePattern(EachElement):
    """[ValidatePattern('regex')]: case is ignored, nothing is anchored."""

    attribute_type = "System.Management.Automation.ValidatePatternAttribute"

    def __init__(self, pattern: str, *, case: bool = False) -> None:
        self.pattern, self.case = pattern, case

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        del f
        if value is None:
            raise ValidationFailed("The argument is null.")
        result, _ = match(to_text(value), self.pattern, case=self.case)
        if not is_true(result):
            raise ValidationFailed(
                f'The argument "{to_text(value)}" does not match the "{self.pattern}" pattern. '
                f'Supply an argument that matches "{self.pattern}" and try the command again.'
            )


class ValidateLength(EachElement):
    """[ValidateLength(1, 20)]."""

    attribute_type = "System.Management.Automation.ValidateLengthAttribute"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        del f
        base = base_of(value)
        if not isinstance(base, str):
            raise ValidationFailed("The argument is not a string.")
        if len(base) < self.least:
            raise ValidationFailed(
                f"The character length ({len(base)}) of the argument is too short. Specify an argument with a length that is "
                f'greater than or equal to "{self.least}", and then try the command again.'
            )
        if len(base) > self.most:
            raise ValidationFailed(
                f"The character length of the {len(base)} argument is too long. Shorten the character length of the argument "
                f'so it is fewer than or equal to "{self.most}" characters, and then try the command again.'
            )


class ValidateCount(Check):
    """[ValidateCount(1, 5)]."""

    attribute_type = "System.Management.Automation.ValidateCountAttribute"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def check(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where the value does not pass."""
        del f
        base = base_of(value)
        if base is None:
            count = 0
        elif isinstance(base, (NetList, Dictionary)):
            count = len(base)
        else:
            raise ValidationFailed("The ValidateCount attribute cannot be applied to a non-array parameter.")
        if count < self.least:
            raise ValidationFailed(
                f"The number of provided arguments ({count}) is fewer than the minimum number of allowed arguments "
                f"({self.least}). Provide {self.least} or more arguments, and then try the command again."
            )
        if count > self.most:
            raise ValidationFailed(
                f"The number of provided arguments, ({count}), exceeds the maximum number of allowed arguments ({self.most}). "
                f"Provide fewer than {self.most} arguments, and then try the command again."
            )


class ValidateNotNull(Check):
    """[ValidateNotNull()]."""

    attribute_type = "System.Management.Automation.ValidateNotNullAttribute"

    def check(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where the value does not pass."""
        del f
        base = base_of(value)
        if base is None:
            raise ValidationFailed(_NULL)
        if isinstance(base, NetList) and any(item is None for item in base):
            raise ValidationFailed("The argument collection contains a null value.")


class ValidateNotNullOrEmpty(Check):
    """[ValidateNotNullOrEmpty()]."""

    attribute_type = "System.Management.Automation.ValidateNotNullOrEmptyAttribute"

    def check(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where the value does not pass."""
        del f
        base = base_of(value)
        if base is None or base is AUTOMATION_NULL or base == "":
            raise ValidationFailed(_EMPTY)
        items = unroll(base)
        if items is not None:
            listed = list(items)
            if not listed:
                raise ValidationFailed(_EMPTY_ELEMENT)
            if any(base_of(item) is None or base_of(item) == "" for item in listed):
                raise ValidationFailed(_EMPTY_ELEMENT)
        elif isinstance(base, Dictionary) and not len(base):
            raise ValidationFailed(_EMPTY_ELEMENT)


class ValidateScript(EachElement):
    """[ValidateScript({ ... })]."""

    attribute_type = "System.Management.Automation.ValidateScriptAttribute"

    def __init__(self, block: ScriptBlock) -> None:
        self.block = block

    def check_one(self, value: Value, f: Frame) -> None:
        """Raise ValidationFailed where this element does not pass."""
        try:
            out = f.engine.call_block(self.block, f=f, under=value)
        except Failure as failure:
            raise ValidationFailed(failure.record.message, failure.record.exception) from failure
        if not is_true(collected(out)):
            raise ValidationFailed(
                f'The "{self.block.text}" validation script for the argument with value "{to_text(value)}" did not '
                "return a result of True. Determine why the validation script failed, and then try the command again."
            )


class TypeNameCheck(Check):
    """[PSTypeName('My.Type')]: not a validation but a condition of the binding, with an error of its own."""

    attribute_type = "System.Management.Automation.PSTypeNameAttribute"

    def __init__(self, name: str) -> None:
        self.name = name

    def matches(self, value: Value) -> bool:
        """Whether each object has the type name."""
        items = base_of(value)
        wanted = self.name.lower()
        listed = items if isinstance(items, Array) else [value]
        return all(any(name.lower() == wanted for name in pstypenames(item)) for item in listed)

    def check(self, value: Value, f: Frame) -> None:
        """The binder asks `matches`; an assignment inside the function is not checked."""


class ValidateDrive(Check):
    """A validation that the lab does not carry out."""

    def __init__(self, name: str) -> None:
        raise LabUnsupported(f"[{name}]")


def make_check(attribute: Given) -> Check | None:
    """The check of a validation attribute, or None where the attribute is none."""
    maker = _CHECKS.get(attribute.name)
    if maker is None:
        return None
    try:
        return maker(attribute)
    except (IndexError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Failure.of(
            "MethodCountCouldNotFindBest",
            f'Cannot find an overload for "{attribute.name}Attribute" and the argument count: '
            f'"{len(attribute.positional)}".',
            exception="System.Management.Automation.MethodException",
        ) from error


def _range(attribute: Given) -> Check:
    if len(attribute.positional) == 1:
        kind = to_text(attribute.positional[0]).lower()
        if kind not in _RANGE_KINDS:
            raise ValueError(kind)
        return ValidateRange(None, None, kind)
    low, high = attribute.positional
    return ValidateRange(low, high)


def _set(attribute: Given) -> Check:
    values = [to_text(item) for value in attribute.positional for item in elements(value)]
    return ValidateSet(values, ignore_case=is_true(attribute.named.get("ignorecase", True)))


def _pattern(attribute: Given) -> Check:
    options = to_text(attribute.named.get("options", "IgnoreCase")).lower()
    return ValidatePattern(to_text(attribute.positional[0]), case="ignorecase" not in options)


_CHECKS: Final[dict[str, Callable[[Given], Check]]] = {
    "validateset": _set,
    "validaterange": _range,
    "validatepattern": _pattern,
    "validatelength": lambda one: ValidateLength(int(one.positional[0]), int(one.positional[1])),
    "validatecount": lambda one: ValidateCount(int(one.positional[0]), int(one.positional[1])),
    "validatenotnull": lambda _one: ValidateNotNull(),
    "validatenotnullorempty": lambda _one: ValidateNotNullOrEmpty(),
    "validatescript": lambda one: ValidateScript(base_of(one.positional[0])),
    "pstypename": lambda one: TypeNameCheck(to_text(one.positional[0])),
    "validatedrive": lambda one: ValidateDrive(one.name),
    "validateuserdrive": lambda one: ValidateDrive(one.name),
}


def checks(attributes: Sequence[nodes.Attribute], f: Frame) -> list[Check]:
    """The checks of the validation attributes among these."""
    made = []
    for node in attributes:
        one = make_check(given(node, f))
        if one is not None:
            made.append(one)
        elif not known_attribute(node.name):
            raise Failure.of(
                "CustomAttributeTypeNotFound",
                f"Cannot find the type for custom attribute '{node.name}'. "
                "Make sure that the assembly that contains this type is loaded.",
                "InvalidOperation",
                target=node.name,
            )
    return made


def known_attribute(name: str) -> bool:
    """Whether the lab knows this attribute at all."""
    known = attribute_name(name)
    return (
        known in _CHECKS
        or known in _NULL_FLAGS
        or known in _IGNORED
        or known
        in {
            "parameter",
            "alias",
            "cmdletbinding",
            "psdefaultvalue",
            "argumentcompleter",
            "argumentcompletions",
            "credential",
            "obsolete",
            "psobject",
            "pstypename",
            "dontshow",
        }
    )


def null_flag(name: str) -> str:
    """The field of a parameter that [AllowNull()] and its kin set, or ""."""
    return _NULL_FLAGS.get(name, "")


def validation_error(failed: ValidationFailed, slot: Slot, command: str, value: Value) -> Failure:
    """The binder's error for a value that did not pass."""
    error_id = "ParameterArgumentValidationError"
    exception = NetException(
        "System.Management.Automation.ParameterBindingValidationException",
        f"Cannot validate argument on parameter '{slot.name}'. {failed}",
        failed.inner or NetException(VALIDATION_EXCEPTION, str(failed)),
        {
            "ParameterName": slot.name,
            "ParameterType": slot.kind.full_name,
            "TypeSpecified": None if value is None else type_of(value).full_name,
            "ErrorId": error_id,
        },
    )
    record = ErrorRecord(exception, error_id, "InvalidData", None, command, command)
    exception.record = record
    return Failure(record)


def text_list(value: Value) -> list[str]:
    """The texts of a value that may be one or several."""
    return [to_text(item) for item in (value if isinstance(value, Array) else [value])]
