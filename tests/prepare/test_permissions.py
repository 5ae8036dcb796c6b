"""What is delegated: what is missing is added once, what is extra is ours alone, and what is in the way is said."""

from __future__ import annotations

import base64
from dataclasses import replace
from uuid import UUID

import pytest
from preparing import DOMAIN, DOMAIN_SID, ROOT, USERS, account, actual, desired, secured, state, there, user

from jcad.directory import Count
from jcad.model import Sid
from jcad.model.descriptor import SecurityDescriptor
from jcad.plan import FindingKind
from jcad.prepare.desired import OWNER_RIGHTS, Delegation, Grant, Inheritance
from jcad.prepare.permissions import entries_given
from jcad.prepare.plan import PrepareOptions, plan_preparation
from jcad.prepare.rules import Rule

USER = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
GROUP = UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
RESET = UUID("00299570-246d-11d0-a768-00aa006e0529")
MEMBER = UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
SYNC = DOMAIN_SID.child(1104)
DELETED = DOMAIN_SID.child(4711)

CREATE = Grant(mask=1, object_type=USER, inheritance=Inheritance.ALL, reason="creates users")
RESETS = Grant(
    mask=0x100,
    object_type=RESET,
    inherited_object_type=USER,
    inheritance=Inheritance.DESCENDENTS,
    reason="sets passwords",
)
MEMBERS = Grant(
    mask=0x30, object_type=MEMBER, inherited_object_type=GROUP, inheritance=Inheritance.DESCENDENTS, reason="members"
)
ACES = {
    CREATE: f"(OA;CI;CC;{USER};;{SYNC})",
    RESETS: f"(OA;CIIO;CR;{RESET};{USER};{SYNC})",
    MEMBERS: f"(OA;CIIO;RPWP;{MEMBER};{GROUP};{SYNC})",
}
ALL = tuple(ACES)


def bytes_of(sddl):
    return SecurityDescriptor.from_sddl(sddl, DOMAIN_SID).to_bytes()


def root(*aces, flags=""):
    return secured(ROOT, descriptor=bytes_of(f"D:{flags}" + "".join(aces)))


def wanting(*grants, container=ROOT, **values):
    delegation = Delegation(account="jcsync", container=container, grants=grants, profiles=("test",))
    return desired(account(), delegations=(delegation,), **values)


def found(secured_root, *below, **values):
    return actual(state(), objects={**there(DOMAIN, USERS), ROOT: secured_root}, below=below, **values)


def planned(wanted, state_found, **options):
    return plan_preparation(wanted, state_found, PrepareOptions(**options))


def rules(plan):
    return [(finding.kind, finding.rule) for finding in plan.findings]


def test_what_is_missing_is_added_with_one_write_and_the_old_descriptor_as_precondition():
    here = root("(A;;GA;;;DA)", ACES[CREATE])
    plan = planned(wanting(*ALL), found(here, count=Count(1000, at_least=True)))
    (action,) = plan.actions
    assert action.executor == "set-permissions"
    assert {entry["objectType"] for entry in action.item["add"]} == {str(RESET), str(MEMBER)}
    assert {entry["reason"] for entry in action.item["add"]} == {"sets passwords", "members"}
    assert not action.item["remove"]
    assert action.expected == {"descriptor": base64.b64encode(here.descriptor).decode()}
    assert "more than 1000 objects below inherit" in action.reason


def test_a_domain_that_is_as_wanted_has_nothing_to_do():
    plan = planned(wanting(*ALL), found(root(*ACES.values())))
    assert not plan.is_pending
    assert not plan.findings


def test_a_wider_entry_covers_what_is_wanted_and_is_itself_shown_as_extra():
    plan = planned(wanting(*ALL), found(root(f"(A;CI;GA;;;{SYNC})")))
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "extra")]


def test_pruning_a_wider_entry_adds_what_it_alone_has_covered():
    plan = planned(wanting(*ALL), found(root(f"(A;CI;GA;;;{SYNC})")), prune=True)
    (action,) = plan.actions
    assert [entry["rights"] for entry in action.item["remove"]] == [0x10000000]
    assert len(action.item["add"]) == len(ALL)


def test_only_entries_of_the_service_accounts_are_ever_extra():
    others = ["(A;CI;GA;;;DA)", "(D;CI;WP;;;AU)", f"(A;CI;GA;;;{DOMAIN_SID.child(1999)})"]
    plan = planned(wanting(*ALL), found(root(*sorted(others, reverse=True), *ACES.values())), prune=True)
    assert not plan.actions


def test_an_extra_entry_on_an_object_where_nothing_is_delegated_is_found():
    unit = secured(ROOT.child("OU", "x"), descriptor=bytes_of(f"D:(A;;WD;;;{SYNC})"))
    head = secured(DOMAIN, "domaindns", descriptor=bytes_of(f"D:(A;;GA;;;{SYNC})"))
    objects = {**there(USERS), DOMAIN: head, ROOT: root(*ACES.values())}
    state_found = replace(found(objects[ROOT], unit), objects=objects)
    plan = planned(wanting(*ALL), state_found, prune=True)
    assert sorted(action.name for action in plan.actions) == sorted([str(DOMAIN), str(unit.dn)])
    assert [finding.name for finding in planned(wanting(*ALL), state_found).findings] == [str(DOMAIN), str(unit.dn)]


def test_a_trustee_that_the_plan_creates_is_named_by_the_action_that_creates_it():
    plan = planned(wanting(*ALL), actual(objects={**there(DOMAIN, USERS), ROOT: root("(A;;GA;;;DA)")}))
    action = plan.by_id["permissions:1"]
    assert {entry["trustee"] for entry in action.item["add"]} == {"created-by:create-account:sync"}
    assert action.needs == ("create-account:sync",)
    assert all(change.new.startswith("jcsync: allow ") for change in action.changes)


def test_a_container_that_the_plan_creates_is_delegated_too():
    plan = planned(wanting(CREATE, create_container=True), actual(state(), objects=there(DOMAIN, USERS)))
    action = plan.by_id["permissions:1"]
    assert str(action.object) == "created-by:create-container:1"
    assert action.expected == {"descriptor": None}


def test_nothing_is_granted_to_an_account_that_is_refused():
    plan = planned(wanting(*ALL), replace(found(root()), accounts={"jcsync": state(user(admin_count=1))}))
    assert not plan.actions


@pytest.mark.parametrize("descriptor", [None, b"nonsense", b"\x01" * 30])
def test_an_unreadable_descriptor_is_reported_and_the_rest_goes_on(descriptor):
    elsewhere = DOMAIN.child("OU", "Other")
    other = Delegation(account="jcsync", container=elsewhere, grants=(CREATE,))
    wanted = replace(wanting(*ALL), delegations=(*wanting(*ALL).delegations, other))
    objects = {**there(DOMAIN, USERS), ROOT: secured(ROOT, descriptor=descriptor)}
    objects[elsewhere] = secured(elsewhere, descriptor=bytes_of("D:(A;;GA;;;DA)"))
    plan = planned(wanted, actual(state(), objects=objects))
    assert [action.name for action in plan.actions] == [str(elsewhere)]
    assert [(finding.name, finding.rule) for finding in plan.findings] == [(str(ROOT), "descriptor-unreadable")]


def test_a_list_that_is_not_in_canonical_order_is_a_conflict_with_what_to_do():
    plan = planned(wanting(*ALL), found(root("(A;;GA;;;DA)", "(D;;WP;;;AN)")))
    assert not plan.actions
    assert rules(plan) == [(FindingKind.CONFLICT, "not-canonical")]
    assert "Security tab" in plan.findings[0].reason


def test_what_an_explicit_denial_takes_away_is_a_conflict():
    plan = planned(wanting(*ALL), found(root(f"(OD;CIIO;CR;{RESET};{USER};{SYNC})", *ACES.values())))
    assert (FindingKind.CONFLICT, "denied") in rules(plan)


def test_units_that_the_delegation_does_not_reach_are_named():
    protected = secured(ROOT.child("OU", "p"), descriptor=bytes_of("D:P(A;;GA;;;DA)"))
    hidden = secured(ROOT.child("OU", "h"))
    open_one = secured(ROOT.child("OU", "o"), descriptor=bytes_of("D:(A;;GA;;;DA)"))
    plan = planned(wanting(*ALL), found(root(*ACES.values()), protected, hidden, open_one))
    assert sorted((finding.name, finding.rule) for finding in plan.findings) == [
        (str(hidden.dn), "descriptor-unreadable"),
        (str(protected.dn), "inheritance-blocked"),
    ]


def test_orphaned_entries_are_reported_and_left():
    plan = planned(
        wanting(*ALL), found(root(f"(A;;GA;;;{DELETED})", *ACES.values()), unresolved=frozenset({DELETED})), prune=True
    )
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "orphaned")]


def test_privileged_groups_that_would_come_under_control_are_named_and_shielded_ones_are_not():
    dns = secured(USERS.child("CN", "DnsAdmins"), "group", sid=DOMAIN_SID.child(1101), sam="DnsAdmins",
                  descriptor=bytes_of("D:(A;;GA;;;DA)"))  # fmt: skip
    shielded = secured(USERS.child("CN", "Domain Admins"), "group", sid=DOMAIN_SID.child(512), sam="Domain Admins",
                       descriptor=bytes_of("D:P(A;;GA;;;DA)"), admin_count=1)  # fmt: skip
    left = replace(dns, sam="was.admin", admin_count=1)
    everybody = replace(dns, sam="Domain Users", sid=DOMAIN_SID.child(513))
    for grants, names in ((ALL, ["DnsAdmins"]), ((CREATE, RESETS), [])):
        plan = planned(wanting(*grants), found(root(), privileged=(dns, shielded, left, everybody)))
        assert [one.name for one in plan.findings if one.rule == "controls-privileged"] == names


def test_owner_rights_are_granted_once_and_never_extra():
    owner = Grant(mask=0x20000, inheritance=Inheritance.DESCENDENTS, owner_rights=True, reason="no more than reading")
    plan = planned(wanting(owner), found(root()))
    assert [entry["trustee"] for entry in plan.actions[0].item["add"]] == [str(OWNER_RIGHTS)]
    other = "(A;CI;GA;;;S-1-3-4)"
    assert not planned(wanting(*ALL), found(root(other, *ACES.values())), prune=True).actions


def test_a_descriptor_near_the_limit_is_planned_like_any_other():
    crowd = [f"(A;;LC;;;{DOMAIN_SID.child(10000 + number)})" for number in range(1816)]
    here = root(*crowd)
    assert len(here.descriptor) > 64_000
    plan = planned(wanting(*ALL), found(here))
    assert [finding.rule for finding in plan.findings] == ["descriptor-too-large"]
    assert not plan.actions
    assert planned(wanting(*ALL), found(root(*crowd[:-20]))).actions


def test_what_a_group_gives_already_is_not_planned_where_it_counts():
    unexpire = Grant(mask=0x100, object_type=RESET, groups_count=True, reason="keeps passwords from expiring at once")
    for aces, wanted in (([f"(OA;;CR;{RESET};;AU)"], 0), (["(A;;GA;;;DA)"], 1)):
        for one in (found(root(*aces)), actual(objects={**there(DOMAIN, USERS), ROOT: root(*aces)})):
            plan = planned(wanting(unexpire), one)
            assert sum(action.kind == "update permissions" for action in plan.actions) == wanted
    own = found(root(f"(OA;;CR;{RESET};;{SYNC})", f"(OA;;CR;{RESET};;AU)"))
    assert not planned(wanting(unexpire), own, prune=True).actions


def test_what_was_written_is_read_back_as_a_set():
    plan = planned(wanting(*ALL), found(root(f"(A;CI;GA;;;{SYNC})")), prune=True)
    (action,) = plan.actions
    schema = found(root()).schema
    before = entries_given(action, bytes_of(f"D:(A;CI;GA;;;{SYNC})"), {}, schema)
    after = entries_given(action, bytes_of("D:" + "".join(reversed(ACES.values()))), {}, schema)
    assert before == {change.new or change.old for change in action.changes}
    assert after == {change.new for change in action.changes if change.new}


def test_created_trustees_are_known_when_it_is_read_back():
    plan = planned(wanting(*ALL), actual(objects={**there(DOMAIN, USERS), ROOT: root("(A;;GA;;;DA)")}))
    action = plan.by_id["permissions:1"]
    raw = bytes_of("D:" + "".join(ACES.values()))
    given = entries_given(action, raw, {"create-account:sync": Sid.parse(str(SYNC))}, found(root()).schema)
    assert given == {change.new for change in action.changes}


def test_a_rule_reads_what_the_script_writes():
    rule = Rule(trustee=str(SYNC), rights=0x100, object_type=RESET, inheritance=Inheritance.DESCENDENTS,
                inherited_object_type=USER)  # fmt: skip
    assert Rule.parse(f"{SYNC};Allow;256;{RESET};Descendents;{USER}") == rule
    assert Rule.of_item(rule.item()) == rule
    assert Rule.parse(f"{SYNC};Deny;-2147483648;{UUID(int=0)};None;{UUID(int=0)}") == Rule(
        trustee=str(SYNC), rights=0x80000000, deny=True
    )
