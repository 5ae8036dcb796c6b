"""Undo: what a run added goes, what it removed comes back, what others changed since stays."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from preparing import DOMAIN, DOMAIN_SID, ROOT, guid_of, secured

from jcad.model import ItemOutcome, RunRecord, RunStatus, Sid, Status, StepRecord
from jcad.model.descriptor import Ace, Acl, SecurityDescriptor
from jcad.plan import Action, Change, FindingKind, Identity, ObjectRef, Plan, Target
from jcad.prepare.desired import Inheritance
from jcad.prepare.rules import Rule, explicit_rules
from jcad.prepare.undo import plan_undo, touched_by

MADE_FOR = Identity(organisation="", instance="", domain_sid=str(DOMAIN_SID), domain=str(DOMAIN), dc="dc1")
RULES = st.builds(
    Rule,
    trustee=st.sampled_from([str(DOMAIN_SID.child(rid)) for rid in (1104, 1105)]),
    rights=st.sampled_from([0x1, 0x10, 0x30, 0x20000, 0x40000]),
    inheritance=st.sampled_from(Inheritance),
    deny=st.just(value=False),
)
SETS = st.frozensets(RULES, max_size=5)


def run_of(added, removed, *, told=True):
    changes = (*(Change("access", None, str(rule.key)) for rule in sorted(added, key=lambda one: one.key)),
               *(Change("access", str(rule.key), None) for rule in sorted(removed, key=lambda one: one.key)))  # fmt: skip
    action = Action(
        id="permissions:1", kind="update permissions", target=Target.DIRECTORY, object=ObjectRef.guid(guid_of(ROOT)),
        name=str(ROOT), wave=3, executor="set-permissions", changes=changes,
        item={"add": tuple(rule.item() for rule in sorted(added, key=lambda one: one.key)),
              "remove": tuple(rule.item() for rule in sorted(removed, key=lambda one: one.key))},
    )  # fmt: skip
    done = tuple(f"+{text_of(rule)}" for rule in added) + tuple(f"-{text_of(rule)}" for rule in removed)
    outcome = ItemOutcome(id=action.id, status=Status.CHANGED, done=done if told else (), guid=guid_of(ROOT))
    plan = Plan.make("prepare", MADE_FOR, [action], [], {})
    record = RunRecord(id="7", feature="prepare", digest="", plan="", status=RunStatus.FINISHED, started_at="then",
                       steps={action.id: StepRecord(action=action.id, intended_at="then", outcome=outcome)})  # fmt: skip
    return plan, record


def text_of(rule):
    names = {0: "None", 1: "All", 2: "Descendents", 3: "SelfAndChildren", 4: "Children"}
    empty = "00000000-0000-0000-0000-000000000000"
    return f"{rule.trustee};Allow;{rule.rights};{empty};{names[rule.inheritance]};{empty}"


def descriptor_of(rules):
    aces = tuple(Ace.allow(Sid.parse(one.trustee), one.rights, flags=one.inheritance.ace_flags) for one in rules)
    return SecurityDescriptor().with_dacl(Acl(2, aces)).to_bytes()


def undone(plan, record, now):
    """The undo of a run, and the rules that are there once it is carried out."""
    touched = [replace(one, now=secured(ROOT, descriptor=descriptor_of(now))) for one in touched_by(plan, record, {})]
    undo = plan_undo(MADE_FOR, record, plan, touched, {})
    left = set(now)
    for action in undo.actions:
        left -= {Rule.of_item(item) for item in action.item["remove"]}
        left |= {Rule.of_item(item) for item in action.item["add"]}
    return undo, left


@settings(max_examples=150, deadline=None)
@given(SETS, SETS, SETS, SETS, SETS, st.booleans())
def test_undo_leaves_what_was_before_with_the_changes_of_others(before, add, remove, come, gone, told):
    added, removed = add - before, remove & before
    after = (before | added) - removed
    others_came, others_went = come - before - added, gone & (before - removed)
    now = (after | others_came) - others_went
    _, left = undone(*run_of(added, removed, told=told), now)
    assert left == (before | others_came) - others_went


@settings(max_examples=60, deadline=None)
@given(SETS, SETS)
def test_with_no_change_of_others_the_list_is_what_it_was_as_a_set(before, add):
    added = add - before
    undo, left = undone(*run_of(added, frozenset()), before | added)
    assert left == before
    assert undo.is_pending == bool(added)


def test_what_is_not_there_any_more_is_said_and_left():
    rule = Rule(trustee=str(DOMAIN_SID.child(1104)), rights=1)
    undo, _ = undone(*run_of({rule}, frozenset()), frozenset())
    assert not undo.actions
    assert [(one.kind, one.rule) for one in undo.findings] == [(FindingKind.REPORTED, "gone-since")]


def test_an_object_that_is_gone_or_unreadable_is_missing():
    plan, record = run_of({Rule(trustee=str(DOMAIN_SID.child(1104)), rights=1)}, frozenset())
    for now in (None, secured(ROOT)):
        touched = [replace(one, now=now) for one in touched_by(plan, record, {})]
        (finding,) = plan_undo(MADE_FOR, record, plan, touched, {}).findings
        assert finding.rule == "cannot-undo"


def test_a_trustee_that_the_run_created_is_found_where_its_answer_was_lost():
    rule = Rule(trustee="created-by:create-account:sync", rights=1)
    plan, record = run_of({rule}, frozenset(), told=False)
    (touched,) = touched_by(plan, record, {"create-account:sync": DOMAIN_SID.child(1104)})
    assert {one.trustee for one in touched.added} == {str(DOMAIN_SID.child(1104))}


def test_inherited_entries_are_no_explicit_rules():
    inherited = Ace.allow(DOMAIN_SID.child(1), 1, flags=0x10)
    assert explicit_rules((inherited,)) == frozenset()
