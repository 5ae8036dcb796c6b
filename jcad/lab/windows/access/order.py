"""The order in which the access control classes keep a list: by kind, then by SID, with a quick sort that is not stable.

Pure. The sort is the classes' own, step by step (CommonAcl.QuickSort), because equal entries change places in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from jcad.lab.windows.access.ace import Ace, Qualifier

Item = TypeVar("Item")
_CUSTOM: Final = 0xFFFF
_INHERITED: Final = 2 * 0xFFFF
_GROUPS: Final = {Qualifier.DENY: 0, Qualifier.ALLOW: 2}


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry with its group. Those that keep their place (custom, inherited) are a group each."""

    ace: Ace
    group: int


def sorted_aces(aces: Sequence[Ace], *, is_dacl: bool) -> list[Ace]:
    """The entries in the classes' order."""
    placed = [_Placed(ace, _group(ace, place, is_dacl=is_dacl)) for place, ace in enumerate(aces)]
    ranks = _ranks(placed)
    if ranks is not None:
        order = list(range(len(placed)))
        _quick_sort(order, lambda left, right: ranks[left] - ranks[right])
        return [placed[number].ace for number in order]
    _quick_sort(placed, _compare)
    return [one.ace for one in placed]


def _ranks(placed: Sequence[_Placed]) -> list[int] | None:
    """Each entry's rank, equal for equal ones; None where the order is not transitive, so that there are no ranks.

    Comparing ranks makes the sort of a list near 64 KiB some thirty times faster.
    """
    keys = [(one.group, *_sid_key(one.ace.sid)) for one in placed]
    parts = [part for key in keys for part in key[3:]]
    if parts and max(parts) - min(parts) >= 1 << 31:
        return None
    rank = {key: number for number, key in enumerate(sorted(set(keys)))}
    return [rank[key] for key in keys]


def _sid_key(sid: bytes) -> tuple[int, ...]:
    if not sid:
        return ()
    parts = (int.from_bytes(sid[at : at + 4], "little") for at in range(8, 8 + 4 * sid[1], 4))
    return (_authority(sid), sid[1], *parts)


def _group(ace: Ace, place: int, *, is_dacl: bool) -> int:
    if ace.is_inherited:
        return _INHERITED + place
    if ace.qualifier is None:
        return _CUSTOM + place
    return (_GROUPS[ace.qualifier] if is_dacl else 0) + int(ace.is_object)


def _compare(left: _Placed, right: _Placed) -> int:
    return left.group - right.group or compare_sids(left.ace.sid, right.ace.sid)


def compare_sids(left: bytes, right: bytes) -> int:
    """Negative, 0 or positive: by authority, number of sub-authorities, then their *signed 32-bit difference*.

    That difference overflows, so the order is not transitive for sub-authorities 2^31 apart.
    """
    if left == right:
        return 0
    by_head = _authority(left) - _authority(right) or left[1] - right[1]
    if by_head:
        return by_head
    for at in range(8, 8 + 4 * left[1], 4):
        one, other = (int.from_bytes(sid[at : at + 4], "little") for sid in (left, right))
        distance = (one - other) & 0xFFFF_FFFF
        if distance:
            return distance - (1 << 32) if distance >> 31 else distance
    return 0


def _authority(sid: bytes) -> int:
    return int.from_bytes(sid[2:8], "big")


def _quick_sort(placed: list[Item], compare: Callable[[Item, Item], int]) -> None:
    """The first of a span is its pivot and its place the hole, which moves from side to side until the two ends meet."""
    spans = [(0, len(placed) - 1)]
    while spans:
        first, last = spans.pop()
        if first >= last:
            continue
        left, right, pivot = first, last, placed[first]
        while left < right:
            while left < right and compare(placed[right], pivot) >= 0:
                right -= 1
            if left != right:
                placed[left] = placed[right]
                left += 1
            while left < right and compare(placed[left], pivot) <= 0:
                left += 1
            if left != right:
                placed[right] = placed[left]
                right -= 1
        placed[left] = pivot
        spans += [(left + 1, last), (first, left - 1)]
