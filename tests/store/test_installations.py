"""The installations that are remembered, on a real SQLite file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from jcad.errors import StoreTooNew
from jcad.model import ItemOutcome, Status
from jcad.model.agents import AgentKind, Installation
from jcad.model.record import Entry, Installed, KeyGone, KeyMade, Uninstalled
from jcad.store import Store, tables

SYNC = Installation(
    host="srv1.lab.jcad.test", kind=AgentKind.SYNC, version="2.26.0", by="LAB\\installer", account="LAB\\jcsync",
    agent_id="a" * 24, at="2026-11-24T12:00:00Z",
)  # fmt: skip
IMPORT = replace(SYNC, kind=AgentKind.IMPORT, account="LAB\\jcimport")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with Store(path) as opened:
        yield opened


def test_what_was_installed_is_known_to_the_next_opening_by_host_and_kind(path):
    with Store(path) as store:
        store.remember([Installed(SYNC), Installed(IMPORT)])
    with Store(path) as store:
        assert store.installations() == {(SYNC.host, AgentKind.SYNC): SYNC, (SYNC.host, AgentKind.IMPORT): IMPORT}


def test_a_new_installation_takes_the_place_of_the_old_one_of_its_host_and_kind(store):
    newer = replace(SYNC, version="2.27.0", by="LAB\\other", agent_id="b" * 24)
    store.remember([Installed(SYNC), Installed(IMPORT), Installed(newer)])
    assert store.installations()[SYNC.host, AgentKind.SYNC] == newer
    assert store.installations()[SYNC.host, AgentKind.IMPORT] == IMPORT


def test_a_host_is_the_same_in_whatever_case_it_is_written(store):
    store.remember([Installed(replace(SYNC, host="SRV1.Lab.jcad.test"))])
    assert store.installations() == {(SYNC.host, AgentKind.SYNC): SYNC}
    store.remember([Uninstalled("SRV1.LAB.JCAD.TEST", AgentKind.SYNC)])
    assert store.installations() == {}


def test_what_was_uninstalled_is_forgotten_and_the_other_agent_is_not(store):
    store.remember([Installed(SYNC), Installed(IMPORT), Uninstalled(SYNC.host, AgentKind.SYNC)])
    assert list(store.installations()) == [(SYNC.host, AgentKind.IMPORT)]


def test_an_outcome_and_its_installations_are_one_transaction(store):
    other = replace(SYNC, host="srv2.lab.jcad.test")
    with store.lease() as journal:
        run = journal.begin("rotate", "d", "{}")
        journal.record_all(
            run,
            [
                Entry(ItemOutcome(id="a1", status=Status.CHANGED), "held", [Installed(SYNC), Installed(IMPORT)]),
                Entry(ItemOutcome(id="a2", status=Status.CHANGED), "held", [Installed(other)]),
                Entry(ItemOutcome(id="a3", status=Status.CHANGED), "held", [Uninstalled(SYNC.host, AgentKind.IMPORT)]),
            ],
        )
    assert set(store.installations()) == {(SYNC.host, AgentKind.SYNC), (other.host, AgentKind.SYNC)}


def test_an_outcome_whose_installation_cannot_be_kept_is_not_kept_either(store, path):
    with store.lease() as journal:
        run = journal.begin("rotate", "d", "{}")
        with sqlite3.connect(path) as raw:
            raw.execute("CREATE TRIGGER full BEFORE INSERT ON jcad_installation BEGIN SELECT RAISE(ABORT, 'full'); END")
        with pytest.raises(Exception, match="full"):
            journal.record(run, ItemOutcome(id="a1", status=Status.CHANGED), "held", [Installed(SYNC)])
    assert not store.journal().load(run).steps
    assert store.installations() == {}


def test_records_of_connect_keys_are_known_by_host_and_kind_until_they_are_gone(path):
    with Store(path) as store:
        made = [
            ("k1", SYNC.host, AgentKind.SYNC),
            ("k2", SYNC.host.upper(), AgentKind.SYNC),
            ("k3", "srv2", AgentKind.SYNC),
        ]
        store.remember([KeyMade(*one) for one in made])
    with Store(path) as store:
        assert store.unused_keys(SYNC.host.upper(), AgentKind.SYNC) == ("k1", "k2")
        assert store.unused_keys(SYNC.host, AgentKind.IMPORT) == ()
        store.remember([KeyGone("k1"), KeyGone("nobody's")])
        assert store.unused_keys(SYNC.host, AgentKind.SYNC) == ("k2",)


def test_a_key_that_an_installation_used_is_gone_with_its_outcome(store):
    store.remember([KeyMade(SYNC.agent_id, SYNC.host, SYNC.kind), KeyMade("other", SYNC.host, SYNC.kind)])
    store.remember([Installed(SYNC)])
    assert store.unused_keys(SYNC.host, SYNC.kind) == ("other",)


def test_a_store_of_the_third_schema_gets_its_table_after_a_backup(path):
    with Store(path) as store:
        store.remember([Installed(SYNC)])
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE jcad_connect_key")
        raw.execute("UPDATE jcad_meta SET value = '3' WHERE name = 'schema_version'")
    with Store(path) as store:
        assert store.installations() == {(SYNC.host, AgentKind.SYNC): SYNC}
        assert store.unused_keys(SYNC.host, AgentKind.SYNC) == ()
    assert path.with_suffix(".schema3.backup").exists()


def test_a_store_of_the_second_schema_gets_its_table_after_a_backup(path):
    with Store(path) as store:
        store.belongs_to("o1", "i1", "S-1-5-21-1-2-3")
    _as_second_schema(path)
    with Store(path) as store:
        store.remember([Installed(SYNC)])
        assert store.installations() == {(SYNC.host, AgentKind.SYNC): SYNC}
        store.belongs_to("o1", "i1", "S-1-5-21-1-2-3")
    with sqlite3.connect(path.with_suffix(".schema2.backup")) as backup:
        assert backup.execute("SELECT value FROM jcad_meta WHERE name = 'schema_version'").fetchone() == ("2",)
        assert not backup.execute("SELECT 1 FROM sqlite_master WHERE name = 'jcad_installation'").fetchone()


def test_a_store_that_is_one_schema_newer_is_refused_untouched(path):
    with Store(path) as store:
        store.remember([Installed(SYNC)])
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE jcad_meta SET value = value + 1 WHERE name = 'schema_version'")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=f"has schema {tables.SCHEMA_VERSION + 1}"):
        Store(path)
    assert path.read_bytes() == before


def _as_second_schema(path):
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE jcad_installation")
        raw.execute("DROP TABLE jcad_connect_key")
        raw.execute("UPDATE jcad_meta SET value = '2' WHERE name = 'schema_version'")
