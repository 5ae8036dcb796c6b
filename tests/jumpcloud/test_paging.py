"""A list is read whole, or its change is noticed; whatever the server's page size and wherever it changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import JumpCloudError
from jcad.jumpcloud.paging import READS, Page, whole
from jcad.jumpcloud.pool import Pool


class Rows:
    """A list on a server: pages of at most `cap` rows, changed by `change` before the given request."""

    def __init__(self, count, *, cap=100, told=True, change=None, at=0, always=False):
        self.rows = list(range(count))
        self.cap, self.told, self.change, self.at, self.always = cap, told, change, at, always
        self.requests = 0

    def fetch(self, skip, limit):
        self.requests += 1
        if self.change and (self.requests == self.at or (self.always and self.requests >= self.at)):
            self.change(self.rows)
        rows = [{"id": str(each)} for each in self.rows[skip : skip + min(limit, self.cap)]]
        return Page(rows, len(self.rows) if self.told else None)


def read(server, limit=10):
    pool = Pool(3, "test")
    try:
        found = whole(server.fetch, lambda row: row["id"], limit=limit, at_once=pool.all, what="list things")
    finally:
        pool.close()
    return [int(row["id"]) for row in found]


@given(count=st.integers(0, 60), cap=st.integers(1, 25), limit=st.integers(1, 25), told=st.booleans())
def test_every_row_comes_once_and_in_order_whatever_the_page_size(count, cap, limit, told):
    assert read(Rows(count, cap=cap, told=told), limit) == list(range(count))


@given(data=st.data(), count=st.integers(2, 60), cap=st.integers(2, 25), told=st.booleans())
def test_a_list_that_changes_once_is_read_as_it_is_in_the_end(data, count, cap, told):
    """Rows are deleted, and made: at the end, as new ids are, or so that the length stays."""
    at = data.draw(st.integers(2, 8))
    gone = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=3))
    new = data.draw(st.integers(0, 3))

    def change(rows):
        rows[:] = [each for each in rows if each not in gone] + [count + each for each in range(new)]

    server = Rows(count, cap=cap, told=told, change=change, at=at)
    found = read(server)
    before, after = list(range(count)), server.rows
    settled = server.requests < at
    if settled:
        assert found == before
    else:  # never a row that nobody had, never one twice, and none missing that was there all the time
        assert len(set(found)) == len(found)
        assert set(found) <= set(before) | set(after)
        assert set(before) & set(after) <= set(found)


def test_a_list_that_always_changes_is_given_up():
    server = Rows(50, cap=10, change=lambda rows: rows.append(max(rows) + 1), at=1, always=True)
    with pytest.raises(JumpCloudError, match=f"{READS} times in a row"):
        read(server)


def test_pages_are_as_large_as_the_first_one_was():
    server = Rows(250, cap=100)
    assert len(read(server, limit=1000)) == 250
    assert server.requests == 3


def test_a_row_that_comes_twice_is_noticed():
    server = Rows(5)
    server.rows = [0, 1, 1, 2, 3]
    with pytest.raises(JumpCloudError, match="1 was there twice"):
        read(server)
