"""What the access control classes throw: the .NET exception by name, with its message. Pure."""

from __future__ import annotations

from typing import Final

ARGUMENT: Final = "System.ArgumentException"
OUT_OF_RANGE: Final = "System.ArgumentOutOfRangeException"
INVALID_OPERATION: Final = "System.InvalidOperationException"
OVERFLOW: Final = "System.OverflowException"


class Refusal(Exception):
    """One exception of the access control classes.

    `kind` is the exception's full name; `parameter` is the argument it names, or empty.
    """

    def __init__(self, kind: str, message: str, parameter: str = "") -> None:
        super().__init__(f"{message} (Parameter '{parameter}')" if parameter else message)
        self.kind = kind
        self.message = str(self)
        self.parameter = parameter


def too_short() -> Refusal:
    """The bytes end before the descriptor does."""
    text = "Destination array is not long enough to copy all the required data. Check array length and offset."
    return Refusal(OUT_OF_RANGE, text, "binaryForm")


def invalid_ace() -> Refusal:
    """An entry whose size and content do not agree."""
    return Refusal(ARGUMENT, "The binary form of an ACE object is invalid.", "binaryForm")


def invalid_acl() -> Refusal:
    """A list whose size and entries do not agree."""
    return Refusal(ARGUMENT, "The binary form of an ACL object is invalid.", "binaryForm")


def zero_mask() -> Refusal:
    """A rule without any right."""
    return Refusal(ARGUMENT, "Argument cannot be zero.", "accessMask")


def not_canonical() -> Refusal:
    """A change of a list that is not in canonical order."""
    text = "This access control list is not in canonical form and therefore cannot be modified."
    return Refusal(INVALID_OPERATION, text)


def too_long() -> Refusal:
    """A list of more than 65,535 bytes."""
    return Refusal(OVERFLOW, "The length of the access control list exceed the allowed maximum.")
