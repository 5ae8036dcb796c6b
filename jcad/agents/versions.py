"""Versions of programs, such as `2.26.0`: which is older. Pure."""

from __future__ import annotations


def compare_versions(one: str, other: str) -> int:
    """Less than 0 where the first is the older version, 0 where they are the same (2.26 and 2.26.0 are), else more.

    A part that is no number counts as 0, as Windows Installer counts only numbers.
    """
    first, second = _numbers(one), _numbers(other)
    length = max(len(first), len(second))
    first, second = first + (0,) * (length - len(first)), second + (0,) * (length - len(second))
    return (first > second) - (first < second)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in version.strip().split("."))
