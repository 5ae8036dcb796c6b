"""A plan of permissions on the console and in a report: each entry, and with it the sentence that justifies it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

from preparing import DOMAIN, ROOT, USERS, account, actual, desired, there

from jcad.cli.console import Output
from jcad.cli.plans import show_plan
from jcad.cli.reports import html, markdown, plan_report
from jcad.prepare.desired import Delegation, Grant, Inheritance
from jcad.prepare.plan import PrepareOptions, plan_preparation

REASON = "whoever reads <this> knows why"


def plan():
    grant = Grant(mask=0x10, inheritance=Inheritance.DESCENDENTS, reason=REASON)
    delegation = Delegation(account="jcsync", container=ROOT, grants=(grant,))
    wanted = desired(account(), delegations=(delegation,), create_container=True)
    return plan_preparation(wanted, actual(objects=there(DOMAIN, USERS)), PrepareOptions())


def shown(*, full):
    text = io.StringIO()
    with redirect_stdout(text):
        show_plan(Output(), plan(), full=full)
    return " ".join(text.getvalue().split())


def test_each_entry_has_a_line_and_its_reason_with_full():
    assert "+ jcsync: allow read all on objects below" in shown(full=False)
    assert REASON not in shown(full=False)
    assert REASON in shown(full=True)
    assert shown(full=False).startswith("Prepare DC=lab,DC=jcad,DC=test read from dc1")


def test_a_report_has_the_entries_with_their_reasons_and_no_organisation():
    report = plan_report(plan(), made="today")
    text = markdown(report)
    assert "jcsync: allow read all on objects below" in text
    assert "JumpCloud organisation" not in text
    page = html(report)
    assert "whoever reads &lt;this&gt; knows why" in page
    assert REASON not in page
