"""Plans and runs for people: a sign, the object, old -> new, then a count line. Decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from jcad.cli.console import Output, quoted, visible
from jcad.model import Status
from jcad.plan import Action, Change, Finding, FindingKind, Plan, Result, RunReport, Value, Verdict, digest

SIGNS = {
    "create": ("+", "green"),
    "add": ("+", "green"),
    "allow": ("+", "green"),
    "confirm": ("=", "cyan"),
    "enable": ("+", "green"),
    "link": ("=", "cyan"),
    "update": ("~", "yellow"),
    "rename": ("~", "yellow"),
    "reset": ("~", "yellow"),
    "disable": ("-", "red"),
    "remove": ("-", "red"),
    "unlink": ("-", "red"),
    "install": ("+", "green"),
    "reinstall": ("~", "yellow"),
    "upgrade": ("~", "yellow"),
    "configure": ("~", "yellow"),
    "uninstall": ("-", "red"),
}
FINDING_STYLES = {
    FindingKind.CONFLICT: ("!", "bold red"),
    FindingKind.NOT_MANAGEABLE: ("x", "magenta"),
    FindingKind.MISSING: ("?", "bold yellow"),
    FindingKind.SKIPPED: ("o", "dim"),
    FindingKind.REPORTED: ("i", "dim"),
}
PERMISSIONS = "update permissions"
_FEW = 6
_NEEDS_A_LOOK = frozenset({FindingKind.CONFLICT, FindingKind.NOT_MANAGEABLE, FindingKind.MISSING, FindingKind.SKIPPED})


def show_plan(output: Output, plan: Plan, *, full: bool) -> None:
    """Show a whole plan."""
    made_for = plan.made_for
    what = "JumpCloud -> " if plan.feature.startswith("sync") else f"{plan.feature.capitalize()} "
    output.parts([(what, "bold"), (visible(made_for.domain), "bold"), (f"   read from {made_for.dc}", "dim")])
    if plan.actions:
        output.line()
        for action in (one for one in plan.actions if one.noun != "member"):
            show_action(output, action, full=full)
        _show_members(output, [one for one in plan.actions if one.noun == "member"], full=full)
    if plan.findings:
        output.line()
        _show_findings(output, plan.findings, full=full)
    output.line()
    output.line(count_line(plan), "bold")
    if plan.actions:
        output.line(f"digest {digest(plan)[:16]}", "dim")


def needs_a_look(plan: Plan) -> bool:
    """Whether something in it is for people to decide: what `--strict` is about."""
    return any(finding.kind in _NEEDS_A_LOOK for finding in plan.findings)


def show_action(output: Output, action: Action, *, full: bool) -> None:
    """Show one action on one line."""
    sign, style = SIGNS.get(action.verb, ("*", ""))
    head = [(f"  {sign} ", style), (f"{action.kind:<13} ", style), (visible(action.name), "bold"), ("  ", "")]
    output.parts([*head, *_detail(action, full)])
    if action.kind == PERMISSIONS:
        _show_entries(output, action, full=full)


def _show_entries(output: Output, action: Action, *, full: bool) -> None:
    """Show each entry on a line of its own, and with `full` the sentence that justifies it."""
    for change, item in entries_of(action):
        sign, style = SIGNS["add"] if change.new is not None else SIGNS["remove"]
        output.parts([(f"      {sign} ", style), (visible(change.new or change.old or ""), "")])
        if full and item.get("reason"):
            output.line(f"          {visible(str(item['reason']))}", "dim")


def entries_of(action: Action) -> Iterator[tuple[Change, Mapping[str, Value]]]:
    """The entries of an object's permissions that an action changes, and what its script is given of each."""
    listed = (*_listed(action.item.get("add")), *_listed(action.item.get("remove")))
    return zip(action.changes, listed, strict=True)


def _listed(value: Value) -> Iterator[Mapping[str, Value]]:
    return (one for one in (value if isinstance(value, tuple) else ()) if isinstance(one, Mapping))


def _detail(action: Action, full: bool) -> list[tuple[str, str]]:
    if action.verb == "create":
        given = [change for change in action.changes if change.attribute not in {"password", "sAMAccountName"}]
        text = ", ".join(f"{change.attribute} {quoted(change.new)}" for change in given)
        return [(text if full else _short(text), "dim")]
    if action.kind == PERMISSIONS:
        return [(visible(action.reason), "dim")]
    if action.verb in {"update", "rename"}:
        text = ", ".join(f"{one.attribute} {quoted(one.old)} -> {quoted(one.new)}" for one in action.changes)
        return [(text, "")]
    if action.verb == "link":
        return [(f"{visible(str(action.item.get('directory', '')))}: {visible(action.reason)}", "dim")]
    what = _on_host(action)
    return [(what, ""), (f"{'  ' if what else ''}{visible(action.reason)}", "dim")]


def _on_host(action: Action) -> str:
    """What an agent is given, and whether its host restarts: settings that are written, or version and account; else empty."""
    written, before = action.item.get("configuration"), action.item.get("expected")
    if action.verb == "configure" and isinstance(written, Mapping) and isinstance(before, Mapping):
        return visible(", ".join(f"{key} {before.get(key)} -> {value}" for key, value in sorted(written.items())))
    version, account = action.item.get("version"), action.item.get("account")
    if action.verb in {"install", "reinstall"} and version:
        restarts = ", restarts the host" if action.item.get("reboot") is True else ""
        return visible(f"{version} as {account}{restarts}")
    return ""


def _short(text: str, width: int = 110) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _show_members(output: Output, actions: Iterable[Action], *, full: bool) -> None:
    by_group: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for action in actions:
        by_group[action.scope, action.verb].append(action)
    for (group, verb), members in by_group.items():
        sign, style = SIGNS[verb]
        names = [visible(member.name) for member in members]
        shown = names if full else names[:_FEW]
        more = f", ... ({len(names) - len(shown)} more)" if len(shown) < len(names) else ""
        plural = "member" if len(names) == 1 else "members"
        output.parts(
            [
                (f"  {sign} ", style),
                (f"{verb} {len(names)} {plural}".ljust(17), style),
                (visible(group), "bold"),
                (f"  {', '.join(shown)}{more}", "dim"),
            ]
        )


def _show_findings(output: Output, findings: Iterable[Finding], *, full: bool) -> None:
    for finding in findings:
        if finding.kind is FindingKind.REPORTED and not full and finding.rule == "kept":
            continue
        show_finding(output, finding)


def show_finding(output: Output, finding: Finding) -> None:
    """Show one finding on one line."""
    sign, style = FINDING_STYLES[finding.kind]
    output.parts(
        [
            (f"  {sign} ", style),
            (f"{finding.kind:<15}", style),
            (f"{finding.noun} ", "dim"),
            (visible(finding.name), "bold"),
            (f"  {visible(finding.reason)}", ""),
        ]
    )


def count_line(plan: Plan) -> str:
    """The plan in one line."""
    counts, findings = plan.counts(), plan.finding_counts()
    done = ", ".join(f"{count} x {kind}" for kind, count in sorted(counts.items()))
    seen = ", ".join(f"{count} {kind}" for kind, count in sorted(findings.items()))
    head = f"{len(plan.actions)} to do: {done}." if plan.actions else "Nothing to do."
    return f"{head} {seen[0].upper() + seen[1:]}." if seen else head


def show_report(output: Output, report: RunReport) -> None:
    """Show what a run did: what did not go as planned, then the count line."""
    for result in report.results:
        if not result.succeeded:
            show_result(output, result)
    if report.remaining:
        output.line(
            f"  not begun: {len(report.remaining)} of {len(report.remaining) + len(report.results)} actions.", "yellow"
        )
    output.line()
    counts = ", ".join(f"{count} {status}" for status, count in sorted(report.counts().items())) or "nothing was done"
    output.parts([(f"Run {report.run}: ", "bold"), (counts + ".", "bold green" if report.succeeded else "bold red")])


def show_result(output: Output, result: Result) -> None:
    """Show one result that is not as planned, with what is known of its cause."""
    action, outcome = result.action, result.outcome
    where = f" in {visible(action.scope)}" if action.scope else ""
    style = "yellow" if outcome.status is Status.SKIPPED else "red"
    output.parts(
        [("  x ", style), (f"{action.kind} ", style), (visible(action.name), "bold"), (f"{where}: {_fate(result)}", "")]
    )
    if outcome.error is not None and outcome.error.hint:
        output.parts([("      ->  ", "bold"), (visible(outcome.error.hint), "")])


def _fate(result: Result) -> str:
    outcome = result.outcome
    parts = [outcome.status.value if outcome.status is not Status.CHANGED else "said to be done"]
    if outcome.done:
        parts.append(f"after {', '.join(map(visible, outcome.done))}")
    if outcome.reason:
        parts.append(visible(outcome.reason))
    if outcome.error is not None:
        parts.append(f"{visible(outcome.error.message)} ({visible(outcome.error.id)})")
    if result.verdict is Verdict.NOT_THERE:
        parts.append("it is not there")
    elif result.seen:
        parts.append("it has " + ", ".join(f"{name} {quoted(value)}" for name, value in result.seen.items()))
    return "; ".join(parts)
