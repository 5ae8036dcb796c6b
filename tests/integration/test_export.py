"""The exported file, run on a domain controller of the lab by the writer's account: the same directory as `jcad sync apply`.

The tests of this file share one lab and go in order.
"""

from __future__ import annotations

import json

import pytest
from labsite import Site

from jcad.lab.lab import Lab
from jcad.lab.powershell.answers import Recorder
from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN
from jcad.lab.windows import WindowsHost, open_engine
from jcad.lab.witness import Witness

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


class Console(Recorder):
    """A window on the domain controller: keeps what a script says, and its exit code."""

    code = 0

    def should_exit(self, code):
        self.code = code


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("export") / "lab") as lab:
        yield Site(lab)


@pytest.fixture(scope="module")
def exported(site, tmp_path_factory):
    """The plan of the seed, and the file made of it."""
    folder = tmp_path_factory.mktemp("change")
    plan = folder / "change.json"
    assert site.jcad("sync", "plan", "--out", str(plan)).code == 2
    answer = site.jcad("script", "export", str(plan))
    assert answer.code == 0, answer.err
    return plan, folder / "change.ps1"


def run_as(site, account, path, **parameters):
    """Run a file in a runspace on the first domain controller, as an account of the domain."""
    controllers = {one.name.partition(".")[0].upper(): (one.address, 389) for one in site.lab.directory.controllers}
    login = site.lab.accounts.find(account)
    engine, close = open_engine(WindowsHost("DC1", DNS_DOMAIN, NETBIOS_DOMAIN, controllers), login)
    console = Console()
    try:
        ended = engine.run_script(path.read_text("utf-8-sig"), console, parameters)
    finally:
        close()
    if ended.terminated is not None:
        console.errors.append(ended.terminated)
    lines = [json.loads(str(value)) for value in console.values]
    return console, lines


def names_in(site):
    return {entry.dn for entry in site.lab.database.search("(objectClass=*)", ["distinguishedName"])}


def test_the_file_is_marked_as_utf_8_and_holds_no_password(exported):
    """Windows PowerShell 5.1 takes a file without a mark for ANSI, and would make other names of these."""
    raw = exported[1].read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert b"ConvertTo-SecureString" not in raw


def test_a_rehearsal_changes_nothing(site, exported):
    before = names_in(site)
    console, lines = run_as(site, "jcad-writer", exported[1], WhatIf=True)
    assert not console.errors
    assert lines[-1]["summary"]["changed"] == 0
    assert lines[-1]["summary"]["failed"] == 0
    assert console.code == 0
    assert names_in(site) == before


def test_another_domain_is_refused_before_anything_is_written(site, exported, tmp_path):
    text = exported[1].read_text("utf-8-sig")
    sid = json.loads(exported[0].read_text("utf-8"))["made_for"]["domain_sid"]
    other = tmp_path / "other.ps1"
    other.write_text(text.replace(sid, "S-1-5-21-1-2-3"), "utf-8-sig")
    before = names_in(site)
    console, lines = run_as(site, "jcad-writer", other)
    assert "another domain" in console.errors[0].message
    assert not lines
    assert names_in(site) == before


def test_an_account_without_rights_writes_nothing_and_every_failure_is_told(site, exported):
    before = names_in(site)
    console, lines = run_as(site, "jcad-reader", exported[1])
    summary = lines[-1]["summary"]
    assert summary["changed"] == 0
    assert summary["failed"] > 80
    assert len(console.warnings) == len(lines) - 1 - summary["unchanged"]
    assert console.code == 4
    assert names_in(site) == before


def test_it_makes_the_domain_what_an_apply_would_have_made_it(site, exported):
    console, lines = run_as(site, "jcad-writer", exported[1])
    assert not console.errors
    assert console.warnings == []
    assert console.code == 0
    plan = json.loads(exported[0].read_text("utf-8"))
    written = {one["id"] for one in plan["actions"] if one["target"] == "directory"}
    assert {line["id"] for line in lines[:-1]} == written
    assert lines[-1]["summary"]["changed"] == len(written)
    assert lines[-1]["plan"] == plan["digest"]
    assert Witness(site.lab.seed, site.lab.dc(1).ldaps_url, site.lab.ca_file).differences() == []


def test_afterwards_only_pairs_are_left_to_be_made(site):
    answer = site.jcad("sync", "plan", "--json")
    assert set(answer.kinds()) <= {"link user", "link group"}


def test_a_second_run_reports_conflicts_and_does_nothing_twice(site, exported):
    before = names_in(site)
    console, lines = run_as(site, "jcad-writer", exported[1])
    summary = lines[-1]["summary"]
    assert summary["changed"] == 0
    assert summary["conflict"] > 80
    assert console.code == 4
    assert names_in(site) == before
