"""A report as Markdown (CommonMark with GitHub's tables), for a ticket or a pull request. Pure.

Names and values stand in code spans, in which nothing has a meaning (CommonMark 6.1); sentences have their punctuation
escaped (2.4). What would end a line is made visible first, so that no text can leave its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jcad.cli.console import visible
from jcad.cli.reports.content import Block, Common, Entry, Report, Section
from jcad.plan import Change

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|~$&^]|!(?=\[)|:(?=//)|(?<=[Ww])\.)")
_BACKTICKS = re.compile(r"`+")


def markdown(report: Report) -> str:
    """The whole report, ending with a line end."""
    lines = [f"# {prose(report.title)}", "", f"**{prose(report.verdict)}**", ""]
    lines += ["| | |", "|---|---|"]
    lines += [f"| {prose(label)} | {code(text)} |" for label, text in report.facts]
    lines += ["", *_tallies(report.sections)]
    for section in report.sections:
        lines += ["", f"## {prose(section.title)} ({section.count})"]
        if section.common:
            lines += ["", _common(section.common)]
        for block in section.blocks:
            lines += ["", *_block(block)]
    lines += ["", "---", "", prose(report.made)]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """A text as a code span that shows it as it is, also in a table. An empty one is told in words."""
    shown = visible(text)
    if not shown:
        return "(empty)"
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    if shown[0] == "`" or shown[-1] == "`" or (shown[0] == " " == shown[-1] and shown.strip(" ")):
        shown = f" {shown} "  # one space on each side is the fence's own
    return fence + shown.replace("|", "\\|") + fence


def prose(text: str) -> str:
    """A sentence in which no character is markup."""
    return _PUNCTUATION.sub(r"\\\1", visible(text))


def _tallies(sections: Sequence[Section]) -> list[str]:
    if not sections:
        return []
    rows = [f"| {prose(section.title)} | {section.count} |" for section in sections]
    return ["| what | how many |", "|---|--:|", *rows]


def _block(block: Block) -> Iterator[str]:
    if block.compact:
        names = ", ".join(code(entry.name) for entry in block.entries)
        yield f"- **{code(block.heading)}** ({len(block.entries)}): {names}"
        if block.common:
            yield f"  {_common(block.common)}"
        return
    about = [f"Group {code(block.heading)}."] if block.heading else []
    about += [_common(block.common)] if block.common else []
    if about:
        yield " ".join(about)
        yield ""
    yield from _table(block.entries)


def _common(common: Common) -> str:
    parts = [f"Why: {prose(common.reason)}."] if common.reason else []
    parts += [f"{prose(label).capitalize()}: {code(text)}." for label, text in common.facts]
    parts += [f"Taken back by {code(common.undo)}."] if common.undo else []
    return " ".join(parts)


def _table(entries: Sequence[Entry]) -> Iterator[str]:
    """Only the columns that hold something."""
    columns = {
        "object": [_name(entry) for entry in entries],
        "outcome": [prose(entry.outcome) for entry in entries],
        "what went wrong": [_facts(entry.trouble) for entry in entries],
        "before and after": ["; ".join(_change(one, fresh=entry.fresh) for one in entry.changes) for entry in entries],
        "why": [prose(entry.reason) for entry in entries],
        "more": [_facts(entry.facts) for entry in entries],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    yield _row(list(shown))
    yield _row(["---"] * len(shown))
    for cells in zip(*shown.values(), strict=True):
        yield _row(cells)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(entry: Entry) -> str:
    return f"{prose(entry.noun)} {code(entry.name)}" if entry.noun else code(entry.name)


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{prose(label)}: {code(text)}" for label, text in facts)


def _change(change: Change, *, fresh: bool) -> str:
    before = "" if fresh else f"{_value(change.old)} → "
    return f"{code(change.attribute)} {before}{_value(change.new)}"


def _value(value: str | None) -> str:
    return "(not set)" if value is None else code(value)
