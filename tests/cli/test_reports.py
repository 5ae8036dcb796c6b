"""Reports of plans and runs: everything is there, nothing can leave its place, and nothing beside the page is needed."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from reported import MADE_FOR, Page, create, member, plan_of, seed_plan, seed_run, update

from jcad.cli import run
from jcad.cli.console import visible
from jcad.cli.reports import files as module
from jcad.cli.reports import html, markdown, plan_report, results_of, run_report
from jcad.cli.reports.files import require_writable, write_reports
from jcad.cli.reports.markdown import code, prose
from jcad.errors import ExitCode, ReportError
from jcad.plan import Change, Finding, FindingKind
from jcad.store import Store

MADE = "Made by jcad on a Tuesday."
AWKWARD = "<>&\"'`|\\*_[]()#!~$@^:/=+-. \n\r\t\x00\x1b\u202e\u200b\u2028\ufeff\ud800渡é😀"
PIECES = st.sampled_from(
    [
        "</script>", "<script>alert(1)</script>", "<!--", "-->", "]]>", "{{ 7*7 }}", "{% raw %}", "&lt;", "&#x41;", "``", "|",
        "\n\n# x\n", "\n| a | b |\n|---|---|\n", "![x](http://x)", "[x](javascript:x)", "http://x.test", "www.x.test",
        "<http://x.test>", "\\|", "\\", "`", "| `", "**", "~~~", "</li></ul>", "' onload='x", '" onclick="x',
    ]
)  # fmt: skip
TEXT = st.text(st.characters() | st.sampled_from(AWKWARD), max_size=20) | st.lists(PIECES, max_size=4).map("".join)


@pytest.fixture(scope="module")
def plan():
    return seed_plan()


@pytest.fixture(scope="module")
def page(plan):
    return Page(html(plan_report(plan, made=MADE)))


# ---- everything is there ---------------------------------------------------------------------------------------------


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_every_action_and_its_values_are_on_the_page(plan, page):
    names = sorted(page.by_class["name"])
    groups = sorted({action.scope for action in plan.actions if action.scope})
    assert names == sorted([visible(one.name) for one in (*plan.actions, *plan.findings)] + list(map(visible, groups)))
    shown = flat(page.text)
    for action in plan.actions:
        assert flat(visible(action.reason)) in shown
        for change in action.changes:
            if action.member is None and change.attribute != "password":
                assert change.old is None or flat(visible(change.old)) in shown
                assert flat(visible(change.new or "not set")) in shown


def test_every_finding_is_on_the_page_with_its_reason(plan, page):
    shown = flat(page.text)
    assert plan.findings
    for finding in plan.findings:
        for text in (finding.name, finding.reason, finding.rule, finding.noun, finding.cloud, finding.directory):
            assert flat(visible(text)) in shown


def test_the_page_says_what_the_plan_was_made_for(plan, page):
    for text in (plan.made_for.domain, plan.made_for.domain_sid, plan.made_for.dc, "237 changes pending", MADE):
        assert text in page.text


def test_counts_are_those_of_the_plan(plan):
    report = plan_report(plan, made=MADE)
    titles = {section.title.lower(): section.count for section in report.sections}
    assert {kind: titles[kind] for kind in plan.counts()} == dict(plan.counts())
    assert sum(section.count for section in report.sections) == len(plan.actions) + len(plan.findings)


def test_markdown_has_the_same_as_the_page(plan):
    text = markdown(plan_report(plan, made=MADE))
    for one in (*plan.actions, *plan.findings):
        assert code(one.name) in text
        assert prose(one.reason) in text


def test_a_run_tells_what_went_wrong_first_and_what_is_there_now(plan):
    results, record = seed_run(plan)
    report = run_report(plan, results, record, made=MADE, stopped="dc1 closed the connection")
    assert [section.title for section in report.sections[:2]] == ["Not as planned", "Not begun"]
    assert sum(section.count for section in report.sections) == len(plan.actions) + len(plan.findings)
    for text in (html(report), markdown(report)):
        for told in ("Look at the policy.", "adminCount is 1", "Something else", "closed the connection", "anna"):
            assert told in text
    page = Page(html(report))
    assert "Refused <b>." in page.text


def test_a_run_of_the_journal_is_told_as_when_it_ended(plan):
    """But for what was read back instead, which the journal does not keep."""
    results, record = seed_run(plan)
    assert results_of(plan, record) == [
        type(one)(action=one.action, outcome=one.outcome, verdict=one.verdict) for one in results
    ]


def test_an_action_without_an_answer_is_unknown_and_not_done(plan):
    results, record = seed_run(plan)
    first = results[0].action.id
    step = type(record.steps[first])(action=first, intended_at="2026-01-01T00:00:00Z")
    open_record = type(record)(**{**{name: getattr(record, name) for name in record.__slots__}, "steps": {first: step}})
    report = run_report(plan, results_of(plan, open_record), open_record, made=MADE)
    (trouble,) = report.sections[0].blocks
    assert [entry.outcome for entry in trouble.entries] == ["unknown"]
    assert report.tone == "bad"


def test_a_rehearsal_says_that_nothing_was_written(plan):
    from jcad.model import ItemOutcome, Status  # noqa: PLC0415
    from jcad.plan import Result  # noqa: PLC0415

    record = seed_run(plan)[1]
    record = type(record)(
        **{**{name: getattr(record, name) for name in record.__slots__}, "feature": "sync what-if", "steps": {}}
    )
    results = [
        Result(action=action, outcome=ItemOutcome(id=action.id, status=Status.SKIPPED)) for action in plan.actions
    ]
    report = run_report(plan, results, record, made=MADE)
    assert report.tone == "good"
    assert "nothing was written" in report.verdict
    assert "Not as planned" not in [section.title for section in report.sections]


def test_what_all_have_in_common_is_said_once():
    actions = [create(number, f"u{number}", reason="the same reason") for number in range(50)]
    text = html(plan_report(plan_of(actions), made=MADE))
    assert text.count("the same reason") == 1
    assert text.count("OU=x,DC=lab,DC=test") == 1


def test_absent_empty_and_edges_can_be_told_apart():
    actions = [update(1, "edge ", old=None, new=""), update(2, "cleared", old=" ", new=None)]
    page = Page(html(plan_report(plan_of(actions), made=MADE)))
    assert page.by_class["edge"] == ["edge "]
    assert [flat(text).strip() for text in page.by_class["c"]] == [
        "description → not set",
        "description not set → empty",
    ]
    text = markdown(plan_report(plan_of(actions), made=MADE))
    assert "`description` ` ` → (not set)" in text
    assert "`description` (not set) → (empty)" in text


# ---- nothing beside it is needed, and nothing can run but the page's own script --------------------------------------


def _planned(plan):
    return plan_report(plan, made=MADE)


def _ran(plan):
    results, record = seed_run(plan)
    return run_report(plan, results, record, made=MADE)


@pytest.mark.parametrize("make", [_planned, _ran])
def test_nothing_is_fetched(plan, make):
    text = html(make(plan))
    page = Page(text)
    assert "http:" not in text
    assert "https:" not in text
    assert "url(" not in text
    assert "@import" not in text
    for tag, attributes in page.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed", "base", "form"}
        assert not {name for name in attributes if name.startswith("on") or name in {"src", "style", "srcset"}}
        assert (attributes.get("href") or "#").startswith("#")


def test_the_policy_of_the_page_allows_its_own_style_and_script_by_their_hashes(page):
    (policy,) = [one["content"] for tag, one in page.tags if tag == "meta" and one.get("http-equiv")]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_links_within_the_page_lead_somewhere(page):
    identities = [one["id"] for _, one in page.tags if "id" in one]
    assert len(set(identities)) == len(identities)
    for tag, attributes in page.tags:
        if tag == "a":
            assert attributes["href"][1:] in identities


def test_everything_can_be_read_without_a_script(page):
    """Sections are open, and only the tools that need a script are hidden."""
    assert all("open" in attributes for tag, attributes in page.tags if tag == "details")
    hidden = [attributes for tag, attributes in page.tags if "hidden" in attributes]
    assert [one.get("class") or one.get("id") for one in hidden] == ["tools", "nothing"]


def test_each_field_has_a_label(page):
    labelled = {one["for"] for tag, one in page.tags if tag == "label"}
    assert {one["id"] for tag, one in page.tags if tag == "input"} == labelled


# ---- no name can leave its place -------------------------------------------------------------------------------------

TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "p", "dl", "div", "dt", "dd", "nav", "ul", "li",
    "span", "b", "label", "input", "button", "main", "details", "summary", "h2", "section", "h3", "strong", "small", "del",
    "i", "ins", "em", "code", "footer", "script",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "href", "aria-label", "aria-hidden", "hidden", "for", "id",
    "type", "placeholder", "autocomplete", "spellcheck", "role", "tabindex", "open",
}  # fmt: skip


def hostile(text, other):
    finding = Finding(
        kind=FindingKind.CONFLICT, noun="user", name=text, rule=other, reason=text, cloud=other, directory=text
    )
    actions = [
        create(1, text, reason=other, value=text, path=other),
        update(2, other, old=text, new=other, reason=text),
        member(3, text, other or "group"),
        member(4, other, other or "group"),
    ]
    return plan_of(actions, [finding])


@settings(deadline=None, max_examples=120)
@given(TEXT, TEXT)
def test_no_name_can_leave_its_place_on_the_page(text, other):
    plan = hostile(text, other)
    page = Page(html(plan_report(plan, made=other)))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert [tag for tag, _ in page.tags].count("script") == 1
    tags = [tag for tag, _ in page.tags]
    plain = Page(html(plan_report(hostile("x", "y"), made="y")))
    assert abs(len(tags) - len(plain.tags)) < 30  # values and places that are empty have other tags, or none
    expected = [text, other, text, other, text, other or "group"]
    assert sorted(page.by_class["name"]) == sorted(map(visible, expected))
    assert page.raw == plain.raw


def parsed(text):
    """The blocks of a Markdown text, and its inline parts by kind, as GitHub's reader sees them (without its autolinks)."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens if token.type == "inline" for child in token.children or ()]
    return [token.type for token in tokens], inline


@settings(deadline=None, max_examples=200)
@given(TEXT)
def test_a_code_span_shows_any_text_as_it_is_also_in_a_table(text):
    blocks, inline = parsed(f"| a | b |\n|---|---|\n| {code(text)} | next |\n")
    assert blocks.count("td_open") == 2
    assert {child.type for child in inline} <= {"text", "code_inline"}
    assert [child.content for child in inline if child.type == "code_inline"] == ([visible(text)] if text else [])


@settings(deadline=None, max_examples=200)
@given(TEXT)
def test_a_sentence_holds_no_markup(text):
    """What is left as text is exactly what was to be seen."""
    _, inline = parsed(f"x {prose(text)} y\n")
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert "".join(child.content for child in inline).split() == f"x {visible(text)} y".split()


@settings(deadline=None, max_examples=80)
@given(TEXT, TEXT)
def test_no_name_can_leave_its_place_in_markdown(text, other):
    blocks, inline = parsed(markdown(plan_report(hostile(text, other), made=other)))
    assert {child.type for child in inline} <= {"text", "code_inline", "strong_open", "strong_close"}
    assert blocks.count("heading_open") == 5
    assert "html_block" not in blocks
    assert "fence" not in blocks
    assert blocks.count("table_open") == 5


# ---- size ------------------------------------------------------------------------------------------------------------


def test_a_plan_of_ten_thousand_actions_is_a_small_page_made_in_seconds():
    actions = [create(number, f"user{number}", value=f"user{number}@lab.jcad.test") for number in range(7000)]
    actions += [member(number, f"user{number}", f"group {number % 40}") for number in range(3000)]
    report = plan_report(plan_of(actions), made=MADE)
    begun = time.process_time()
    text = html(report)
    assert time.process_time() - begun < 20  # a stall, not a measurement: it takes under a second
    assert len(text) < 3_000_000
    assert len(markdown(report)) < 1_500_000


# ---- files -----------------------------------------------------------------------------------------------------------


def test_the_form_is_told_by_the_suffix_and_a_file_is_replaced_whole(tmp_path, plan):
    report = plan_report(plan, made=MADE)
    paths = (tmp_path / "a.HTML", tmp_path / "b.md", tmp_path / "c.htm")
    paths[1].write_text("old")
    require_writable(paths)
    write_reports(paths, report)
    assert paths[0].read_text("utf-8").startswith("<!DOCTYPE html>")
    assert paths[1].read_text("utf-8").startswith("# Plan of sync")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.HTML", "b.md", "c.htm"]


@pytest.mark.parametrize(
    "name", ["report.pdf", "report", "no/folder/report.html", "folder.md", "a\0.md", "x" * 300 + "/r.md"]
)
def test_a_path_that_cannot_be_written_is_refused_beforehand(tmp_path, name):
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ReportError, match="Nothing was done") as caught:
        require_writable([tmp_path / name])
    assert caught.value.hint


def test_a_full_disk_leaves_the_old_report_as_it_was(tmp_path, plan, mocker):
    path = tmp_path / "r.md"
    path.write_text("old")
    mocker.patch.object(Path, "replace", side_effect=OSError(28, "No space left on device"))
    with pytest.raises(ReportError, match="No space left on device") as caught:
        write_reports([path], plan_report(plan, made=MADE), hint="Later.")
    assert caught.value.hint == "Later."
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["r.md"]
    assert module.RENDERERS


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JCAD_PASSWORD", raising=False)
    path = tmp_path / "jcad.toml"
    store = (tmp_path / "store.db").as_posix()
    path.write_text(
        '[jumpcloud]\napi_key = "env:JCAD_API_KEY"\n[directory]\ndomain = "corp.example"\nuser = "reader"\n'
        'password = "env:JCAD_PASSWORD"\n[remoting]\nuser = "writer"\npassword = "env:JCAD_PASSWORD"\n'
        f'[store]\nlocation = "{store}"\n',
        "utf-8",
    )
    return path


@pytest.mark.parametrize("command", [["sync", "plan"], ["sync", "apply", "--yes"], ["history", "1"]])
@pytest.mark.parametrize("path", ["report.pdf", "nowhere/report.md"])
def test_a_report_that_cannot_be_written_stops_a_command_before_it_asks_anybody(settings_file, command, path, capsys):
    """The password is not set, which is what would be told first otherwise."""
    assert run([*command, "--report", path]) == ExitCode.ERROR
    printed = capsys.readouterr().err
    assert path in printed
    assert "Nothing was done" in printed
    assert "JCAD_PASSWORD" not in printed


def test_history_writes_the_report_of_a_run_once_more(settings_file, tmp_path, plan, capsys):
    results, _ = seed_run(plan)
    from jcad.plan import canonical_json, digest  # noqa: PLC0415

    with Store(tmp_path / "store.db") as store, store.lease() as journal:
        number = journal.begin("sync", digest(plan), canonical_json(plan))
        for one in results:
            journal.record(number, one.outcome, one.verdict.value)
    assert run(["history", number, "--report", "run.html", "--report", "run.md"]) == 0
    page = Page((tmp_path / "run.html").read_text("utf-8"))
    assert "Refused <b>." in page.text
    assert "has not ended" in page.text
    assert "Look at the policy" in (tmp_path / "run.md").read_text("utf-8")
    assert "run.html, run.md" in capsys.readouterr().err
    assert run(["history", "--report", "run.html"]) == ExitCode.ERROR


def test_the_fields_of_a_change_are_all_that_is_told():
    """A field that a change gets one day must not be lost without a word."""
    assert set(Change.__slots__) == {"attribute", "old", "new"}
    assert MADE_FOR.domain in html(plan_report(plan_of([]), made=MADE))
