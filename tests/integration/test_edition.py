"""A lab whose remote sessions are PowerShell 7's: the product's scripts do the same there."""

from __future__ import annotations

from labsite import Site

from jcad.lab.lab import Lab


def test_the_main_job_is_done_by_seven_as_well(tmp_path):
    """Everything that the plan holds is carried out by sessions of 7, and a second plan is empty."""
    with Lab.start(tmp_path / "lab", edition="7") as lab:
        site = Site(lab)
        assert site.jcad("sync", "plan", "--json").kinds()
        answer = site.jcad("sync", "apply", "--yes")
        assert answer.code == 0, answer.err + answer.out
        assert not site.jcad("sync", "plan", "--json").kinds()
