"""The state store on a real SQLite file."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from jcad.errors import AuthenticationFailed, GuardStopped, StoreError, StoreLocked, StoreTooNew
from jcad.model import (
    Forget,
    ItemError,
    ItemOutcome,
    Link,
    LinkKind,
    Origin,
    Remember,
    RunStatus,
    Saw,
    Secret,
    Spent,
    Status,
    Unsaw,
)
from jcad.store import Store, lease, migrations, tables
from jcad.store.database import Database


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "store.db"


@pytest.fixture
def store(path):
    with Store(path) as opened:
        yield opened


def a_link(**changes):
    values = {"kind": LinkKind.USER, "cloud_id": "c1", "guid": uuid4(), "name": "o'brien", "origin": Origin.CREATED}
    return Link(**{**values, **changes})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_file_is_private(store, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pairs_and_members_are_remembered_across_openings(path):
    link = a_link(disabled_here=True)
    with Store(path) as store:
        store.remember([Remember(link), Saw("g1", frozenset({"u1", "u2"})), Saw("g1", frozenset({"u2", "u3"}))])
    with Store(path) as store:
        memory = store.memory()
    assert memory.links == {"c1": link}
    assert memory.seen == {"g1": frozenset({"u1", "u2", "u3"})}
    assert memory.managed_before


def test_a_store_whose_last_pair_was_dropped_on_purpose_is_as_new(store, path):
    """A store that was emptied by somebody else is not: that is how its loss is seen."""
    store.remember([Remember(a_link())])
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM jcad_link")
    assert store.memory().managed_before
    store.remember([Remember(a_link())])
    store.remember([Forget("c1")])
    assert not store.memory().managed_before


def test_a_pair_replaces_any_other_of_its_object(store):
    """A GUID is paired once: two users of JumpCloud never write one account."""
    first = a_link()
    store.remember([Remember(first)])
    second = a_link(cloud_id="c2", guid=first.guid)
    store.remember([Remember(second)])
    assert store.memory().links == {"c2": second}


def test_forgetting_drops_the_pair_and_its_members(store):
    store.remember([Remember(a_link()), Saw("g1", frozenset({"c1", "c9"})), Unsaw("g1", frozenset({"c9"}))])
    store.remember([Forget("c1")])
    assert not store.memory().links
    assert not store.memory().seen


def test_a_store_belongs_to_one_tenant_and_domain(store):
    store.belongs_to("org", "instance", "S-1-5-21-1-2-3")
    store.belongs_to("org", "instance", "S-1-5-21-1-2-3")
    with pytest.raises(GuardStopped, match="another domain sid"):
        store.belongs_to("org", "instance", "S-1-5-21-9-9-9")


def test_an_intent_is_dated_by_the_clock_of_the_server_that_is_written(store):
    """Its clock is an hour behind this host's: what the run creates there must not look older than the intent."""
    with store.lease(timedelta(hours=-1)) as journal:
        run = journal.begin("sync", "d" * 64, "{}")
        journal.intend(run, ["a1"])
    intended = datetime.fromisoformat(store.journal().load(run).steps["a1"].intended_at)
    assert abs(datetime.now(UTC) - timedelta(hours=1) - intended) < timedelta(minutes=1)


def test_a_run_is_journalled_and_read_back(store):
    error = ItemError(id="ActiveDirectoryServer:1325", category="InvalidData", code=1325, message="schwach")
    outcome = ItemOutcome(id="a1", status=Status.FAILED, done=("create",), guid=uuid4(), error=error)
    with store.lease() as journal:
        run = journal.begin("sync", "d" * 64, "{}")
        journal.intend(run, ["a1", "a2"])
        journal.record(run, outcome, "different", [Remember(a_link(unfinished=True))])
        assert store.journal().unfinished("sync").id == run
        journal.finish(run, RunStatus.FINISHED)
    record = store.journal().load(run)
    assert record.status is RunStatus.FINISHED
    assert record.steps["a1"].outcome == outcome
    assert record.steps["a1"].verdict == "different"
    assert record.steps["a2"].outcome is None
    assert record.steps["a2"].intended_at is not None
    assert store.memory().links["c1"].unfinished
    assert store.memory().managed_before
    assert store.journal().unfinished("sync") is None
    assert [one.id for one in store.journal().runs()] == [run]


def test_an_intent_keeps_its_first_time(store):
    with store.lease() as journal:
        run = journal.begin("sync", "d", "{}")
        journal.intend(run, ["a1"])
        first = journal.load(run).steps["a1"].intended_at
        time.sleep(0.01)
        journal.intend(run, ["a1", "a2"])
        assert journal.load(run).steps["a1"].intended_at == first


def test_an_unknown_run_is_named(store):
    for name in ("7", "last", ""):
        with pytest.raises(StoreError, match="There is no run"):
            store.journal().load(name)


def test_two_runs_at_once_are_refused_and_the_holder_is_named(store, path, monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.1)
    with store.lease(), Store(path) as other, pytest.raises(StoreLocked, match=str(os.getpid())), other.lease():
        pytest.fail("two runs held the store")


def test_the_lease_of_a_run_that_died_is_taken_over(store, path, monkeypatch):
    monkeypatch.setattr(lease, "EXPIRY", 0.4)
    monkeypatch.setattr(lease, "BEAT", 0.1)
    dead = lease.Lease(Database(path))
    dead._acquire()  # it never beats
    waiting = lease.Lease(Database(path))
    with waiting, pytest.raises(StoreError, match="no longer holds"), Database(path).write() as connection:
        dead.check(connection)


def test_a_run_whose_lease_was_lost_writes_nothing_more(store, path):
    with store.lease() as journal:
        run = journal.begin("sync", "d", "{}")
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE jcad_lease SET holder = 'somebody else'")
        with pytest.raises(StoreError, match="no longer holds"):
            journal.intend(run, ["a1"])
    assert not store.journal().load(run).steps


def test_a_journal_without_the_lease_cannot_write(store):
    with pytest.raises(AssertionError):
        store.journal().begin("sync", "d", "{}")


def test_a_refused_account_is_not_tried_again_until_its_secret_changes(store):
    store.refusals.remember("LAB\\jcsync", Secret("wrong"), "52e")
    with pytest.raises(AuthenticationFailed, match="was not tried again"):
        store.refusals.check("lab\\JCSYNC", Secret("wrong"))
    store.refusals.check("LAB\\jcsync", Secret("right"))
    store.refusals.forget("LAB\\jcsync")
    store.refusals.check("LAB\\jcsync", Secret("wrong"))


def test_no_secret_is_in_the_file(store, path):
    store.refusals.remember("LAB\\jcsync", Secret("Tr0ub4dor&3"), "52e")
    store.close()
    assert b"Tr0ub4dor" not in path.read_bytes()


def test_a_newer_store_is_refused(path):
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE jcad_meta SET value = '999' WHERE name = 'schema_version'")
    with pytest.raises(StoreTooNew, match="999"):
        Store(path)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path, monkeypatch):
    Store(path).close()
    database = Database(path)
    now = tables.SCHEMA_VERSION
    monkeypatch.setattr(tables, "SCHEMA_VERSION", now + 1)

    def fails(connection):
        connection.execute(sa.text("ALTER TABLE jcad_link ADD COLUMN more TEXT"))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        migrations.migrate(database.engine, now, {now: fails})
    with database.read() as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns("jcad_link")]
        assert "more" not in columns
        assert connection.scalar(sa.select(tables.meta.c.value)) == str(now)


def test_a_store_of_the_first_schema_is_brought_up_to_date_after_a_backup(path):
    link = a_link()
    with Store(path) as store:
        store.remember([Remember(link)])
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE jcad_spent")
        raw.execute("DROP TABLE jcad_installation")
        raw.execute("DROP TABLE jcad_connect_key")
        raw.execute("UPDATE jcad_meta SET value = '1' WHERE name = 'schema_version'")
    with Store(path) as store:
        assert store.memory().links == {link.cloud_id: link}
        assert store.spent(0) == {}
        assert store.installations() == {}
    with sqlite3.connect(path.with_suffix(".schema1.backup")) as backup:
        assert backup.execute("SELECT value FROM jcad_meta WHERE name = 'schema_version'").fetchone() == ("1",)
        assert not backup.execute("SELECT 1 FROM sqlite_master WHERE name = 'jcad_spent'").fetchone()


def test_what_was_done_counts_once_for_each_of_its_limits_and_only_within_the_time(store, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    removal = Spent("a1", ("removals", "total"), "Sales")
    with store.lease() as journal:
        run = journal.begin("sync", "d", "{}")
        for _ in range(2):  # an outcome is recorded when it comes, and again when it was read back
            journal.record(run, ItemOutcome(id="a1", status=Status.CHANGED), "", [removal])
        journal.record(run, ItemOutcome(id="a2", status=Status.CHANGED), "", [Spent("a2", ("total",))])
    assert store.spent(0) == {"removals": 1, "removals:Sales": 1, "total": 2, "total:Sales": 1}
    assert store.spent(1001.0) == {}


def test_a_file_that_is_no_store_is_a_clear_error(path):
    path.parent.mkdir()
    path.write_text("these are not the tables you are looking for" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(path)


def test_a_full_disk_is_told_before_anything_is_done(store, path):
    """The journal says it is full; whoever writes stops before the batch."""
    with store.lease() as journal:
        run = journal.begin("sync", "d", "{}")

        def fill(connection, _record):
            connection.execute("PRAGMA max_page_count = 1")

        sa.event.listen(store._database.engine, "connect", fill)
        store._database.engine.dispose()
        with pytest.raises(StoreError, match="full") as caught:
            journal.intend(run, ["x" * 200 + str(number) for number in range(2000)])
        assert "--resume" in caught.value.hint
        sa.event.remove(store._database.engine, "connect", fill)
        store._database.engine.dispose()


def test_readers_and_a_writer_do_not_wait_for_one_another(store, path):
    """A long read in one thread does not stop a write in another."""
    seen = threading.Event()
    with store._database.read() as connection:
        connection.execute(sa.select(tables.meta)).all()

        def write():
            store.remember([Remember(a_link())])
            seen.set()

        threading.Thread(target=write).start()
        assert seen.wait(5)


def test_what_is_remembered_is_read_once_while_nobody_changes_it(tmp_path):
    """Another process, or an older copy of the store in its place, is a change like any other."""
    path = tmp_path / "store.db"
    link = Link(kind=LinkKind.USER, cloud_id="c1", guid=uuid4(), name="ann")
    with Store(path) as store:
        assert store.memory().links == {}
        store.remember([Remember(link)])
        first = store.memory()
        assert store.memory() is first
        backup = path.read_bytes()
        with Store(path) as other:
            other.remember([Saw("g1", frozenset({"c1"}))])
        second = store.memory()
        assert second.seen == {"g1": frozenset({"c1"})}
        assert second.links == first.links
    path.with_name("store.db-wal").unlink(missing_ok=True)
    path.write_bytes(backup)
    with Store(path) as restored:
        assert restored.memory().seen == {}


def test_a_new_store_may_be_opened_by_many_at_the_same_moment(tmp_path):
    """One of them makes it, the others wait for that and do not fail."""
    barrier, failures = threading.Barrier(8), []

    def open_it():
        barrier.wait()
        try:
            Store(tmp_path / "new.db").close()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
