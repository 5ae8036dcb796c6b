"""A whole list, page by page, several pages at once; a list that changes while it is read is read again.

Pages are asked for by `skip`, sized by what the first one brought: the documented limit of 100 is not the real one everywhere.
Each page begins with the last row of the one before: where the two differ, rows have moved in between.
Touches nothing itself: pages are fetched by the function that it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from jcad.errors import JumpCloudError

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of a page, and how many the whole list has (None where the endpoint does not tell)."""

    rows: Sequence[Row]
    total: int | None


Fetch = Callable[[int, int], Page[Row]]
"""Fetches the page of at most `limit` rows after the first `skip`: (skip, limit)."""

AtOnce = Callable[[Sequence[Callable[[], Page[Row]]]], list[Page[Row]]]
"""Makes several calls at the same time, and gives their values in order."""

READS = 4
"""How often a list that keeps changing is read before that is an error."""


class Changed(Exception):
    """The list has changed while it was read; the text says what was seen."""


def whole(
    fetch: Fetch[Row],
    identify: Callable[[Row], str],
    *,
    limit: int,
    at_once: AtOnce[Row],
    what: str,
    between: Callable[[int], None] = lambda _: None,
) -> list[Row]:
    """Every row of a list, each once, in the server's order.

    `identify` gives a row's id, `at_once` fetches several pages at the same time; `between` is called with the number of
    the attempt before the list is read again.
    Raises `JumpCloudError` where it has changed in each of `READS` readings.
    """  # fmt: skip
    seen = ""
    for attempt in range(1, READS + 1):
        try:
            return _read(fetch, identify, limit, at_once)
        except Changed as changed:
            seen = str(changed)
            if attempt < READS:
                between(attempt)
    raise JumpCloudError(
        f"the list changed each time when asked to {what}, {READS} times in a row: {seen}",
        hint="something is changing many objects in JumpCloud just now; try again when it is done",
    )


def _read(fetch: Fetch[Row], identify: Callable[[Row], str], limit: int, at_once: AtOnce[Row]) -> list[Row]:
    first = fetch(0, limit)
    size = len(first.rows)
    if first.total is None:
        return _one_by_one(fetch, identify, first, limit)
    if not size or size >= first.total:
        return _checked(list(first.rows), identify, first.total)
    step = max(1, size - 1)
    overlap = size - step
    starts = range(size - overlap, first.total - overlap, step)
    pages = at_once([partial(fetch, skip, size) for skip in starts])
    return _checked(_joined(first, pages, identify, overlap), identify, first.total)


def _joined(first: Page[Row], pages: Iterable[Page[Row]], identify: Callable[[Row], str], overlap: int) -> list[Row]:
    rows = list(first.rows)
    for page in pages:
        if page.total != first.total:
            raise Changed(f"it had {first.total} rows, then {page.total}")
        if overlap and (not page.rows or identify(page.rows[0]) != identify(rows[-1])):
            raise Changed(f"rows moved near the {len(rows)}th")
        rows += page.rows[overlap:]
    return rows


def _one_by_one(fetch: Fetch[Row], identify: Callable[[Row], str], first: Page[Row], limit: int) -> list[Row]:
    """Where the number of rows is not told: until a page is shorter than the first one, which may have been cut to size."""
    size = len(first.rows)
    rows = _checked(list(first.rows), identify, None)
    seen = set(map(identify, rows))
    overlap = 1 if size > 1 else 0
    more = size > 0
    while more:
        page = fetch(len(rows) - overlap, limit)
        if overlap and (not page.rows or identify(page.rows[0]) != identify(rows[-1])):
            raise Changed(f"rows moved near the {len(rows)}th")
        new = page.rows[overlap:]
        if twice := seen.intersection(map(identify, new)):  # or a server that ignores skip would be read for ever
            raise Changed(f"{min(twice)} was there twice")
        seen.update(map(identify, new))
        rows += new
        more = len(page.rows) >= size and bool(new)
    return _checked(rows, identify, None)


def _checked(rows: list[Row], identify: Callable[[Row], str], total: int | None) -> list[Row]:
    if total is not None and len(rows) != total:
        raise Changed(f"it said {total} rows and gave {len(rows)}")
    ids = list(map(identify, rows))
    if len(set(ids)) < len(ids):
        twice = next(each for each, count in Counter(ids).items() if count > 1)
        raise Changed(f"{twice} was there twice")
    return rows
