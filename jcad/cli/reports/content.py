"""What a report says, before it has a form: a title, facts, tallies, and sections of blocks of entries. Pure.

Renderers turn it into Markdown or HTML. Nothing is escaped here: every text is as the two directories gave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from jcad.cli.plans import FINDING_STYLES, PERMISSIONS, SIGNS, entries_of
from jcad.model import ItemOutcome, RunRecord, RunStatus, Status
from jcad.plan import Action, Change, Finding, FindingKind, Identity, Plan, Result, Verdict, digest

TONES = {"green": "add", "cyan": "pair", "yellow": "change", "red": "take"}
"""What a console shows in a colour is of this tone in a report."""

_FINDING_TITLES = {
    FindingKind.CONFLICT: "Conflicts",
    FindingKind.NOT_MANAGEABLE: "Not manageable",
    FindingKind.MISSING: "Missing",
    FindingKind.SKIPPED: "Skipped",
    FindingKind.REPORTED: "Reported",
}
_FINDING_TONES = {FindingKind.CONFLICT: "bad", FindingKind.NOT_MANAGEABLE: "bad", FindingKind.MISSING: "change"}
_STATUSES = {
    RunStatus.FINISHED: "came to its end",
    RunStatus.FAILED: "was stopped by an error",
    RunStatus.INTERRUPTED: "was interrupted",
    RunStatus.RUNNING: "has not ended, or was killed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One action, finding or result.

    `facts` are (label, text): where it is, what it was found by. `outcome` is how it ended, in a run; `trouble`, as (label,
    text) again, why it did not end well, and what to do. Of one that is `fresh`, made by the action, nothing was there before.
    """

    name: str
    noun: str = ""
    changes: tuple[Change, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    outcome: str = ""
    trouble: tuple[tuple[str, str], ...] = ()
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What several entries share, and is said once: their reason, their facts; `undo` is the script that takes them back."""

    reason: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    undo: str = ""

    def __bool__(self) -> bool:
        return bool(self.reason or self.facts or self.undo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Entries of one sort; `heading` names what they have in common (a group). `compact`: their names are all there is."""

    entries: tuple[Entry, ...]
    heading: str = ""
    common: Common = Common()
    compact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One kind of action or finding. `anchor` is its name within the page; `tone` one of add, pair, change, take, bad, quiet."""

    anchor: str
    title: str
    sign: str
    tone: str
    blocks: tuple[Block, ...]
    common: Common = Common()

    @property
    def count(self) -> int:
        """How many entries it has."""
        return sum(len(block.entries) for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report. `verdict` is the one sentence on top, `tone` its colour (good, pending, bad); `made`: when, by what."""

    title: str
    verdict: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    made: str


def plan_report(plan: Plan, *, made: str) -> Report:
    """What a plan would do, and what it found."""
    count = len(plan.actions)
    what = f"{count} {'change' if count == 1 else 'changes'} pending" if count else "Nothing to do"
    look = sum(finding.kind is not FindingKind.REPORTED for finding in plan.findings)
    notice = f"{look} {'object needs' if look == 1 else 'objects need'} a look" if look else "nothing needs a look"
    return Report(
        title=f"Plan of {plan.feature} for {_domain(plan.made_for)}",
        verdict=f"{what}, {notice}. Nothing has been written.",
        tone="pending" if count else "good",
        facts=(*_identity(plan.made_for), ("Digest", digest(plan))),
        sections=(*_action_sections([_planned(action) for action in plan.actions]), *_finding_sections(plan.findings)),
        made=made,
    )


def run_report(plan: Plan, results: Sequence[Result], record: RunRecord, *, made: str, stopped: str = "") -> Report:
    """What a run did of its plan. `stopped` is the error that ended it early, if there was one."""
    known = {result.action.id for result in results}
    rehearsal = record.feature.endswith(WHAT_IF)
    done = [one for one in results if one.succeeded or (rehearsal and _would_be_done(one))]
    fine = {result.action.id for result in done}
    troubled = [result for result in results if result.action.id not in fine]
    waiting = [action for action in plan.actions if action.id not in known]
    sections = [
        *_flat_section("Not as planned", "trouble", "x", "bad", [_troubled(result) for result in troubled]),
        *_flat_section("Not begun", "waiting", "o", "change", [_waiting(action) for action in waiting]),
        *_action_sections([_done(result) for result in done]),
        *_finding_sections(plan.findings),
    ]
    later = sum(rehearsal and bool(result.outcome.reason) for result in done)
    parts = [f"{len(done) - later} of {len(plan.actions)} {'could be found' if rehearsal else 'as planned'}"]
    parts += [f"{later} need what is yet to be created"] if later else []
    parts += [f"{len(troubled)} {'could not' if rehearsal else 'not as planned'}"] if troubled else []
    parts += [f"{len(waiting)} not begun"] if waiting else []
    verdict = f"The run {_STATUSES[record.status]}: {', '.join(parts)}."
    verdict += " It was a rehearsal (--what-if): nothing was written." if rehearsal else ""
    return Report(
        title=f"Run {record.id} of {record.feature} for {_domain(plan.made_for)}",
        verdict=verdict + (f" It stopped because: {stopped}" if stopped else ""),
        tone="bad" if troubled or waiting or stopped else "good",
        facts=(*_identity(plan.made_for), *_record(record), ("Digest", record.digest)),
        sections=tuple(sections),
        made=made,
    )


def results_of(plan: Plan, record: RunRecord) -> list[Result]:
    """The results of a run as its journal has them, in the order of the plan; an answer that never came is unknown."""
    found = []
    for action in plan.actions:
        step = record.steps.get(action.id)
        if step is not None and step.outcome is not None:
            verdict = Verdict(step.verdict) if step.verdict else Verdict.NOT_READ
            found.append(Result(action=action, outcome=step.outcome, verdict=verdict))
        elif step is not None:
            reason = "it was begun, and no answer is recorded"
            found.append(Result(action=action, outcome=ItemOutcome(id=action.id, status=Status.UNKNOWN, reason=reason)))
    return found


# ---- facts -----------------------------------------------------------------------------------------------------------


def _domain(made_for: Identity) -> str:
    labels = made_for.domain.split(",")
    dns = all(label.strip().upper().startswith("DC=") for label in labels)
    return ".".join(label.strip()[3:] for label in labels) if dns else made_for.domain


def _identity(made_for: Identity) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Domain", made_for.domain),
        ("Domain SID", made_for.domain_sid),
        ("Domain controller", made_for.dc),
        ("JumpCloud organisation", made_for.organisation),
        ("AD instance", made_for.instance),
    )
    return tuple(fact for fact in facts if fact[1])  # a domain is prepared before JumpCloud knows it


def _record(record: RunRecord) -> tuple[tuple[str, str], ...]:
    return (("Begun", record.started_at), ("Ended", record.finished_at or "not yet"), ("Run by", record.operator))


# ---- entries ---------------------------------------------------------------------------------------------------------

WHAT_IF = "what-if"
"""How the name of a run's feature ends when its scripts only looked."""

_Made = tuple[Action, Entry]


def _would_be_done(result: Result) -> bool:
    """Whether a script that only looked found nothing in its way, or could not look at what is yet to be created."""
    return result.outcome.status is Status.SKIPPED and result.outcome.error is None


def _planned(action: Action) -> _Made:
    """An action as it is planned: every new value, and where."""
    if action.kind == PERMISSIONS:
        return action, Entry(name=action.name, facts=tuple(_entries(action)), reason=action.reason)
    changes = tuple(change for change in action.changes if not _is_told_by_its_name(action, change))
    fresh = action.verb == "create"
    return action, Entry(name=action.name, changes=changes, facts=_place(action), reason=action.reason, fresh=fresh)


def _entries(action: Action) -> Iterator[tuple[str, str]]:
    """The entries of an object's permissions that are added or removed, each with the sentence that justifies it."""
    for change, item in entries_of(action):
        why = f" ({reason})" if (reason := str(item.get("reason") or "")) else ""
        yield "add" if change.new is not None else "remove", f"{change.new or change.old}{why}"


def _is_told_by_its_name(action: Action, change: Change) -> bool:
    """Whether a change adds nothing: the member itself, the first password, a new object's name."""
    if action.member is not None:
        return True
    return action.verb == "create" and (change.attribute == "password" or change.new == action.name)


def _place(action: Action) -> tuple[tuple[str, str], ...]:
    match action.verb, action.item:
        case "create", {"path": str(path)}:
            return (("in", path),)
        case "link", {"directory": str(dn)}:
            return (("paired with", dn),)
        case _:
            return ()


def _done(result: Result) -> _Made:
    action, entry = _planned(result.action)
    told = "was so already" if result.outcome.status is Status.UNCHANGED else ""
    if result.outcome.status is Status.SKIPPED and result.outcome.reason:
        told = "not tried: it needs what is yet to be created"
    return action, replace(entry, outcome=told)


def _waiting(action: Action) -> Entry:
    """An action that was never begun, with all that its section does not say."""
    facts = (("group", action.scope),) if action.scope else ()
    entry = _planned(action)[1]
    return replace(entry, noun=action.kind, facts=(*entry.facts, *facts))


def _troubled(result: Result) -> Entry:
    """A result that is not as planned, with what is known of its cause."""
    outcome, error = result.outcome, result.outcome.error
    trouble: list[tuple[str, str]] = []
    trouble += [("because", outcome.reason)] if outcome.reason else []
    trouble += [("error", f"{error.message} ({error.id})")] if error else []
    trouble += [("to do", error.hint)] if error and error.hint else []
    trouble += (
        [("done before", ", ".join(outcome.done))] if outcome.done and outcome.status is not Status.CHANGED else []
    )
    trouble += [("read back", "it is not there")] if result.verdict is Verdict.NOT_THERE else []
    trouble += [(f"{name} is now", "not set" if value is None else value) for name, value in result.seen.items()]
    if result.verdict is Verdict.DIFFERENT and not result.seen:
        trouble.append(("read back", "it is not as planned"))
    status = "reads back otherwise" if outcome.status is Status.CHANGED else outcome.status.value
    return replace(_waiting(result.action), trouble=tuple(trouble), outcome=status)


def _found(finding: Finding) -> Entry:
    facts = [("rule", finding.rule)]
    facts += [("JumpCloud", finding.cloud)] if finding.cloud else []
    facts += [("Active Directory", finding.directory)] if finding.directory else []
    return Entry(name=finding.name, noun=finding.noun, facts=tuple(facts), reason=finding.reason)


# ---- sections --------------------------------------------------------------------------------------------------------


def _action_sections(made: Iterable[_Made]) -> list[Section]:
    """One section for each kind, in the order in which they are carried out."""
    by_kind: dict[str, list[_Made]] = {}
    for action, entry in made:
        by_kind.setdefault(action.kind, []).append((action, entry))
    return [_action_section(number, kind, pairs) for number, (kind, pairs) in enumerate(by_kind.items())]


def _action_section(number: int, kind: str, made: Sequence[_Made]) -> Section:
    sign, colour = SIGNS.get(made[0][0].verb, ("*", ""))
    by_scope: dict[str, list[_Made]] = {}
    for action, entry in made:
        by_scope.setdefault(action.scope if action.member is not None else "", []).append((action, entry))
    blocks = [_block(pairs, heading) for heading, pairs in by_scope.items()]
    common = blocks[0].common if all(block.common == blocks[0].common for block in blocks) else Common()
    return Section(
        anchor=f"do{number}",
        title=kind[:1].upper() + kind[1:],
        sign=sign,
        tone=TONES.get(colour, "quiet"),
        blocks=tuple(replace(block, common=Common()) for block in blocks) if common else tuple(blocks),
        common=common,
    )


def _block(made: Sequence[_Made], heading: str = "") -> Block:
    """Entries with what they all share lifted out of them: it is said once, and what differs is seen."""
    entries = [entry for _, entry in made]
    first, several = entries[0], len(entries) > 1 or bool(heading)
    reason = first.reason if several and all(entry.reason == first.reason for entry in entries) else ""
    facts = first.facts if several and all(entry.facts == first.facts for entry in entries) else ()
    entries = [
        replace(entry, reason="" if reason else entry.reason, facts=() if facts else entry.facts) for entry in entries
    ]
    undoings = {_undo(action) for action, _ in made}
    plain = all(not (entry.changes or entry.facts or entry.reason or entry.outcome) for entry in entries)
    return Block(
        heading=heading,
        entries=tuple(entries),
        common=Common(reason=reason, facts=facts, undo=undoings.pop() if len(undoings) == 1 else ""),
        compact=bool(heading) and plain,
    )


def _undo(action: Action) -> str:
    inverse: Mapping[str, object] = action.inverse or {}
    return str(inverse.get("executor", ""))


def _flat_section(title: str, anchor: str, sign: str, tone: str, entries: Sequence[Entry]) -> list[Section]:
    """One section with all of them, or none where there are none."""
    if not entries:
        return []
    return [Section(anchor=anchor, title=title, sign=sign, tone=tone, blocks=(Block(entries=tuple(entries)),))]


def _finding_sections(findings: Sequence[Finding]) -> list[Section]:
    """One section for each kind of finding, the gravest first, in blocks by what they are about."""
    sections = []
    for kind, title in _FINDING_TITLES.items():
        mine = sorted((one for one in findings if one.kind is kind), key=lambda one: one.noun)
        blocks = [Block(entries=tuple(map(_found, group))) for _, group in groupby(mine, lambda one: one.noun)]
        if blocks:
            sign = FINDING_STYLES[kind][0]
            tone = _FINDING_TONES.get(kind, "quiet")
            anchor = f"found-{kind.name.lower()}"
            sections.append(Section(anchor=anchor, title=title, sign=sign, tone=tone, blocks=tuple(blocks)))
    return sections
