"""A run that began on one domain controller is continued on another only when that one shows what was created."""

from __future__ import annotations

import sqlite3

import pytest
from labsite import Site

from jcad.lab.domain.database import delete
from jcad.lab.lab import Lab


@pytest.fixture
def site(tmp_path):
    with Lab.start(tmp_path / "lab", controllers=2) as lab:
        yield Site(lab)


def begun_on_dc1(site):
    """An apply on dc1 that ends in the middle, after accounts were made."""
    site.edit("[directory]\n", '[directory]\nservers = ["dc1.lab.jcad.test", "dc2.lab.jcad.test"]\n')
    site.lab.faults.set("endpoint.stop_after_records", at=30)
    assert site.jcad("sync", "apply", "--yes", "--only", "create user").code in {1, 4}
    site.lab.dc(1).stop()


def test_a_run_goes_on_with_the_next_domain_controller(site):
    begun_on_dc1(site)
    answer = site.jcad("sync", "apply", "--resume", "--json")
    assert answer.code == 0, answer.err
    names = [entry.text("sAMAccountName") for entry in site.lab.database.search("(givenName=*)", ["sAMAccountName"])]
    assert len(names) == len(set(names))
    assert site.enabled("zofia.wozniak")


def test_nothing_is_created_until_the_other_domain_controller_shows_what_was_created(site):
    """Replication is imitated by taking an account away that dc1 had made."""
    begun_on_dc1(site)
    with sqlite3.connect(site.lab.folder / "state.db") as raw:
        (name,) = raw.execute("SELECT name FROM jcad_link WHERE origin = 'created' AND unfinished = 0").fetchone()
    site.change(delete(site.dn(name)))
    before = len(site.lab.database.search("(sAMAccountName=*)", ["sAMAccountName"]))
    answer = site.jcad("sync", "apply", "--resume")
    assert answer.code == 3
    assert "does not show 1 of the objects" in answer.err
    assert name in answer.err
    assert len(site.lab.database.search("(sAMAccountName=*)", ["sAMAccountName"])) == before
