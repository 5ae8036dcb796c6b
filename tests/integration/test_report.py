"""Reports of real runs: of a rehearsal, of one that was interrupted, of one that broke down, and of one that came to its end.

The tests of this file share one lab and go in order.
"""

from __future__ import annotations

import json

import pytest
from labsite import Site
from reported import Page

from jcad.lab.lab import Lab
from jcad.runs import scripts
from jcad.store import Store

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("report") / "lab") as lab:
        yield Site(lab)


def page(path):
    return Page(path.read_text("utf-8"))


def test_the_report_of_a_plan_is_the_plan(site, tmp_path):
    html, text, plan = (tmp_path / name for name in ("plan.html", "plan.md", "plan.json"))
    answer = site.jcad("sync", "plan", "--report", str(html), "--report", str(text), "--out", str(plan))
    assert answer.code == 2
    assert "plan.md" in answer.err
    document = json.loads(plan.read_text("utf-8"))
    found = page(html)
    assert document["digest"] in found.text
    assert f"{len(document['actions'])} changes pending" in found.text
    assert document["digest"] in text.read_text("utf-8")


def test_a_report_that_cannot_be_written_stops_an_apply_before_anything_is_written(site, tmp_path):
    answer = site.jcad("sync", "apply", "--yes", "--report", str(tmp_path / "nowhere" / "run.html"))
    assert answer.code == 1
    assert "Nothing was done" in answer.err
    assert "No run yet" in site.jcad("history").out


def test_a_rehearsal_is_reported_as_one(site, tmp_path):
    path = tmp_path / "rehearsal.html"
    assert site.jcad("sync", "apply", "--yes", "--what-if", "--report", str(path)).code == 0
    found = page(path)
    assert "could be found" in found.text
    assert "rehearsal" in found.text
    assert "need what is yet to be created" in found.text
    assert "Not as planned" not in found.text


def test_an_interrupted_run_is_reported_as_far_as_it_came(site, tmp_path, mocker):
    """Ctrl-C in the middle of the accounts."""
    path = tmp_path / "interrupted.html"
    read, calls = scripts.powershell.read_outcome, []

    def interrupted(script, line):
        calls.append(line)
        if len(calls) == 30:
            raise KeyboardInterrupt
        return read(script, line)

    mocker.patch.object(scripts.powershell, "read_outcome", interrupted)
    assert site.jcad("sync", "apply", "--yes", "--report", str(path)).code == 130
    found = page(path)
    assert "was interrupted" in found.text
    assert "Not begun" in found.text
    assert "no answer is recorded" in found.text


def test_a_run_that_breaks_down_is_reported_and_the_error_is_told_as_well(site, tmp_path):
    path = tmp_path / "broken.md"
    site.lab.faults.set("endpoint.drop_after_records", None, at=20, times=None)
    answer = site.jcad("sync", "apply", "--resume", "--report", str(path))
    site.lab.faults.clear()
    assert answer.code == 1
    assert "The report is in" in answer.err
    text = path.read_text("utf-8")
    assert "was stopped by an error" in text
    assert "It stopped because" in text


def test_a_run_that_comes_to_its_end_is_reported_and_history_writes_the_same(site, tmp_path):
    """But for the line that says when the report was made."""
    done, again = tmp_path / "done.html", tmp_path / "again.html"
    answer = site.jcad("sync", "apply", "--resume", "--report", str(done), "--json")
    assert answer.code == 0, answer.err
    found = page(done)
    count = len(answer.document["results"])
    assert f"came to its end: {count} of {count} as planned." in found.text
    with Store(site.lab.folder / "state.db") as store:
        (last, *_) = store.journal().runs(1)
    assert site.jcad("history", last.id, "--report", str(again)).code == 0
    first, second = (path.read_text("utf-8").partition("<footer>")[0] for path in (done, again))
    assert first == second


def test_a_run_with_nothing_to_do_is_reported_too(site, tmp_path):
    path = tmp_path / "nothing.html"
    assert site.jcad("sync", "apply", "--yes", "--report", str(path)).code == 0
    assert "Nothing to do" in page(path).text
