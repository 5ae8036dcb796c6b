"""Outcomes written together: each is kept as if it had been written alone, or none is."""

from __future__ import annotations

import pytest

from jcad.errors import StoreError
from jcad.model import ItemOutcome, Status
from jcad.model.record import Entry
from jcad.store import Store
from jcad.store import journal as journal_module


def entries(*names):
    return [Entry(ItemOutcome(id=name, status=Status.CHANGED, done=("x",)), "as planned") for name in names]


def test_steps_that_were_intended_and_steps_that_were_not_are_both_kept(tmp_path):
    with Store(tmp_path / "store.db") as store, store.lease() as journal:
        run = journal.begin("sync", "digest", "{}")
        journal.intend(run, ["a", "b"])
        journal.record_all(run, entries("a", "c"))
        steps = journal.load(run).steps
    assert {name: step.outcome.done if step.outcome else None for name, step in steps.items()} == {
        "a": ("x",),
        "b": None,
        "c": ("x",),
    }
    assert steps["a"].intended_at
    assert steps["a"].verdict == "as planned"


def test_where_one_cannot_be_kept_none_is(tmp_path, monkeypatch):
    def full(*_):
        raise StoreError("disk full")

    with Store(tmp_path / "store.db") as store, store.lease() as journal:
        run = journal.begin("sync", "digest", "{}")
        journal.intend(run, ["a", "b"])
        monkeypatch.setattr(journal_module, "apply_effects", full)
        with pytest.raises(StoreError):
            journal.record_all(run, entries("a", "b"))
        assert all(step.outcome is None for step in journal.load(run).steps.values())
