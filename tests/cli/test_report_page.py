"""The report in a real browser, where one is installed: its own script runs, nothing else does, and the search finds."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from reported import Page, create, plan_of, seed_plan

from jcad.cli.reports import html, plan_report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=4000", "--enable-logging=stderr",
)  # fmt: skip

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium: the page is tested without a browser (test_reports.py)"
)


def shown(tmp_path, text, where=""):
    """The page as it is once its script has run, and what the browser had to say."""
    path = tmp_path / "page.html"
    path.write_text(text, "utf-8")
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    command = [
        BROWSER,
        *QUIET,
        *root,
        f"--user-data-dir={tmp_path / 'browser'}",
        "--dump-dom",
        f"{path.as_uri()}{where}",
    ]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return Page(ended.stdout), [line for line in ended.stderr.splitlines() if "CONSOLE" in line]


def hidden(page, name):
    return next(
        "hidden" in attributes for tag, attributes in page.tags if name in (attributes.get("class") or "").split()
    )


def test_its_own_script_runs_under_its_own_policy(tmp_path):
    page, said = shown(tmp_path, html(plan_report(seed_plan(), made="now")))
    assert not said
    assert not hidden(page, "tools")


def test_a_search_leaves_what_fits(tmp_path):
    """Without regard to case and accents; every word must be there."""
    plan = seed_plan()
    page, said = shown(tmp_path, html(plan_report(plan, made="now")), "#q=CONFLICT%20jose")
    assert not said
    left = [attributes for tag, attributes in page.tags if tag == "li" and "hidden" not in attributes]
    sections = [attributes["id"] for tag, attributes in page.tags if tag == "details" and "hidden" not in attributes]
    assert sections == ["found-conflict"]
    assert 0 < len(left) - len(sections_of(page)) < 5
    assert f" of {len(plan.actions) + len(plan.findings)}" in page.text


def sections_of(page):
    return [attributes for tag, attributes in page.tags if tag == "a" and "skip" not in (attributes.get("class") or "")]


def test_no_name_runs(tmp_path):
    names = [
        "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">",
        "</style><script>document.title='owned'</script>", "<svg onload=document.title='owned'>", "{{ 7*7 }}",
    ]  # fmt: skip
    plan = plan_of([create(number, name, reason=name, value=name, path=name) for number, name in enumerate(names)])
    page, said = shown(tmp_path, html(plan_report(plan, made=names[0])))
    assert not said
    assert sorted(page.by_class["name"]) == sorted(names)
    assert {"img", "svg"}.isdisjoint(tag for tag, _ in page.tags)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "<title>" not in page.text
