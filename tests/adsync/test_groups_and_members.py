"""Groups and memberships: each row of the sync's table, and what is remembered after a run."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sides import (
    CONTAINER,
    DOMAIN,
    a_sync,
    ad_group,
    ad_user,
    agent,
    cloud_group,
    cloud_side,
    cloud_user,
    directory_side,
)

from jcad.adsync import SyncEffects, configured, members_seen
from jcad.errors import GuardStopped
from jcad.model import (
    Forget,
    GroupType,
    ItemOutcome,
    Link,
    LinkKind,
    Memory,
    Origin,
    Remember,
    Saw,
    Status,
    Unsaw,
    fold,
)
from jcad.plan import FindingKind, Verdict, raise_if_over

ANN, BOB, EVE = cloud_user("ann"), cloud_user("bob"), cloud_user("eve")
AD_ANN, AD_BOB, AD_EVE = ad_user("ann", rid=5001), ad_user("bob", rid=5002), ad_user("eve", rid=5003)


def link(one, account, kind=LinkKind.USER, **values):
    name = one.username if kind is LinkKind.USER else one.name
    given = {"kind": kind, "cloud_id": one.id, "guid": account.guid, "name": name}
    return Link(**{**given, **values})


PEOPLE = [link(ANN, AD_ANN), link(BOB, AD_BOB), link(EVE, AD_EVE)]


def memory(*links, seen=None):
    return Memory(links={one.cloud_id: one for one in links}, seen=seen or {}, managed_before=True)


def sync_of(group, found=(), links=(), *, seen=None, agents=(), bound_groups=None, others=(), never=None, **options):
    groups = group if isinstance(group, list) else [group]
    cloud = cloud_side(
        [ANN, BOB, EVE], groups, bound=[ANN.id, BOB.id, EVE.id], bound_groups=bound_groups, agents=agents
    )
    accounts = [AD_ANN, AD_BOB, AD_EVE]
    remembered = memory(*PEOPLE, *links, seen=seen)
    return a_sync(cloud, directory_side(accounts, found, others, never), remembered, **options)


def plan_of(*arguments, **values):
    return sync_of(*arguments, **values).plan()


def told(plan):
    return [f"{action.kind} {action.name}" for action in plan.actions]


def rules(plan):
    return [(finding.kind, finding.rule) for finding in plan.findings if finding.noun == "group"]


# ---- groups ----------------------------------------------------------------------------------------------------------


def test_a_bound_group_that_ad_has_not_is_created_with_its_members_after_it():
    plan = plan_of(cloud_group("Sales", ANN))
    assert told(plan) == ["create group Sales", "add member ann"]
    create, add = plan.actions
    assert create.item["path"] == str(CONTAINER)
    assert add.needs == (create.id,)
    assert create.wave < add.wave


def test_an_ordinary_security_group_of_the_container_is_linked():
    found = ad_group("Sales", AD_ANN, type=GroupType.UNIVERSAL | GroupType.SECURITY)
    assert told(plan_of(cloud_group("sales", ANN), [found])) == ["link group sales"]


@pytest.mark.parametrize(
    ("found", "kind", "rule"),
    [
        (ad_group("Sales", type=GroupType.GLOBAL), FindingKind.CONFLICT, "distribution"),
        (ad_group("Sales", container=DOMAIN), FindingKind.CONFLICT, "outside"),
        (ad_group("Sales", rid=512), FindingKind.NOT_MANAGEABLE, "protected"),
        (ad_group("Sales", admin_count=1), FindingKind.NOT_MANAGEABLE, "protected"),
        (ad_group("Sales", critical=True), FindingKind.NOT_MANAGEABLE, "protected"),
    ],
)
def test_anything_else_of_that_name_is_not_written(found, kind, rule):
    plan = plan_of(cloud_group("Sales", ANN), [found])
    assert not plan.actions
    assert rules(plan) == [(kind, rule)]


def test_a_group_nested_in_a_protected_one_is_never_written():
    found = ad_group("Sales")
    plan = plan_of(cloud_group("Sales", ANN), [found, ad_group("Backup Operators", rid=551, members=(found.dn,))])
    assert not plan.actions
    assert rules(plan) == [(FindingKind.NOT_MANAGEABLE, "protected")]


@pytest.mark.parametrize("name", ["DnsAdmins", "Group Policy Creator Owners", "Cert Publishers"])
def test_privileged_groups_are_never_written(name):
    assert rules(plan_of(cloud_group(name, ANN), [ad_group(name)])) == [(FindingKind.NOT_MANAGEABLE, "protected")]


def test_the_adi_group_is_no_target():
    never = {fold("JumpCloud"): "it is one of JumpCloud's own groups"}
    for found in ([], [ad_group("JumpCloud")]):
        plan = plan_of(cloud_group("JumpCloud", ANN), found, never=never)
        assert not plan.actions
        assert plan.finding_counts()[FindingKind.NOT_MANAGEABLE] == 1


def test_a_name_that_windows_refuses_is_skipped_or_replaced_as_the_settings_say():
    group = cloud_group("R&D/Ops")
    assert rules(plan_of(group)) == [(FindingKind.SKIPPED, "name-refused")]
    (action,) = plan_of(group, group_sam="replace").actions
    assert action.item["sam"] == "R&D_Ops"
    assert action.item["name"] == "R&D/Ops"


def test_a_group_renamed_in_jumpcloud_is_renamed_and_no_twin_is_made():
    group, found = cloud_group("New name"), ad_group("Old name")
    plan = plan_of(group, [found], [link(group, found, LinkKind.GROUP, name="Old name")])
    assert told(plan) == ["rename group New name"]
    assert plan.actions[0].expected == {"name": "Old name", "sam": "Old name"}


def test_a_rename_onto_another_groups_name_is_a_conflict():
    group, found = cloud_group("Taken"), ad_group("Old name", rid=6001)
    taken = ad_group("Taken", rid=6002)
    plan = plan_of(group, [found, taken], [link(group, found, LinkKind.GROUP, name="Old name")])
    assert not plan.actions
    assert plan.finding_counts()[FindingKind.CONFLICT] == 1


def test_a_group_renamed_in_ad_is_left_as_it_is():
    group, found = cloud_group("Sales"), ad_group("Sales renamed in AD")
    assert not plan_of(group, [found], [link(group, found, LinkKind.GROUP)]).actions


@pytest.mark.parametrize("deleted", [False, True])
def test_an_unbound_or_deleted_group_is_kept_and_the_pair_dropped(deleted):
    group, found = cloud_group("Sales", ANN), ad_group("Sales", AD_ANN)
    links = [link(group, found, LinkKind.GROUP)]
    plan = plan_of([] if deleted else group, [found], links, bound_groups=[], seen={group.id: frozenset({ANN.id})})
    assert told(plan) == ["unlink group Sales"]
    assert plan.actions[0].target.value == "store"


def test_a_missing_or_relocated_group_is_reported():
    group, found = cloud_group("Sales"), ad_group("Sales", container=DOMAIN)
    links = [link(group, found, LinkKind.GROUP)]
    assert rules(plan_of(group, [], links)) == [(FindingKind.MISSING, "missing")]
    assert rules(plan_of(group, [found], links)) == [(FindingKind.NOT_MANAGEABLE, "relocated")]


# ---- members ---------------------------------------------------------------------------------------------------------


def test_members_are_three_way():
    """Removed is only who jcad has seen in JumpCloud since the pair was linked, and who is gone there now."""
    group, found = cloud_group("Sales", ANN), ad_group("Sales", AD_ANN, AD_BOB, AD_EVE)
    links = [link(group, found, LinkKind.GROUP)]
    plan = plan_of(group, [found], links, seen={group.id: frozenset({ANN.id, BOB.id})})
    assert told(plan) == ["remove member bob"]
    (kept,) = [finding for finding in plan.findings if finding.rule == "kept"]
    assert "eve" in kept.reason


def test_what_only_ad_had_at_the_first_link_is_kept():
    found = ad_group("Sales", AD_BOB)
    assert told(plan_of(cloud_group("Sales", ANN), [found])) == ["link group Sales", "add member ann"]


def test_authoritative_removes_what_only_ad_has_within_a_limit_of_its_own():
    stranger = ad_user("stranger", rid=5004)
    group, found = cloud_group("Sales", ANN), ad_group("Sales", AD_ANN, AD_BOB, stranger)
    cloud = cloud_side([ANN, BOB], [group], bound=[ANN.id, BOB.id])
    remembered = memory(link(ANN, AD_ANN), link(BOB, AD_BOB), link(group, found, LinkKind.GROUP))
    sync = a_sync(cloud, directory_side([AD_ANN, AD_BOB, stranger], [found]), remembered, authoritative=True)
    plan = sync.plan()
    assert told(plan) == ["remove member bob", "remove member stranger"]
    with pytest.raises(GuardStopped, match="only AD had"):
        raise_if_over(plan, configured({}))
    raise_if_over(plan, configured({"authoritative-removals": 2}))


def test_a_member_by_primary_group_counts_as_present_and_is_never_removed():
    group, found = cloud_group("Sales", ANN), ad_group("Sales", rid=6001)
    primary = ad_user("ann", rid=5001, primary_group=6001)
    cloud = cloud_side([ANN], [group], bound=[ANN.id])
    remembered = memory(link(ANN, primary), link(group, found, LinkKind.GROUP))
    assert not a_sync(cloud, directory_side([primary], [found]), remembered).plan().actions
    gone = cloud_side([ANN], [cloud_group("Sales")], bound=[ANN.id])
    seen = memory(*remembered.links.values(), seen={group.id: frozenset({ANN.id})})
    assert not a_sync(gone, directory_side([primary], [found]), seen, authoritative=True).plan().actions


def test_an_unbound_member_is_left_where_it_is():
    group, found = cloud_group("Sales"), ad_group("Sales", AD_EVE)
    cloud = cloud_side([ANN, EVE], [group], bound=[ANN.id])
    remembered = memory(
        link(ANN, AD_ANN), link(EVE, AD_EVE), link(group, found, LinkKind.GROUP), seen={group.id: frozenset({EVE.id})}
    )
    assert not a_sync(cloud, directory_side([AD_ANN, AD_EVE], [found]), remembered).plan().actions


def test_a_removal_from_the_adi_groups_scope_may_delete_while_an_import_agent_is_active():
    group, found = cloud_group("Sales"), ad_group("Sales", AD_BOB, rid=6001)
    adi = ad_group("JumpCloud", rid=6002, members=(found.dn,))
    arguments = {"seen": {group.id: frozenset({BOB.id})}, "agents": [agent("IMPORT")]}
    plan = plan_of(group, [found, adi], [link(group, found, LinkKind.GROUP)], **arguments)
    assert plan.actions[0].guards == ("removals", "may-delete")
    with pytest.raises(GuardStopped, match="may delete the JumpCloud account"):
        raise_if_over(plan, configured({}))
    plan = plan_of(group, [found], [link(group, found, LinkKind.GROUP)], **arguments)
    assert plan.actions[0].guards == ("removals",)


def test_removals_are_limited_per_group_by_share():
    people = [cloud_user(f"u{number}") for number in range(20)]
    accounts = [ad_user(f"u{number}", rid=7000 + number) for number in range(20)]
    group, found = cloud_group("Sales", *people[:12]), ad_group("Sales", *accounts)
    remembered = memory(
        *(link(*pair) for pair in zip(people, accounts, strict=True)),
        link(group, found, LinkKind.GROUP),
        seen={group.id: frozenset(one.id for one in people)},
    )
    cloud = cloud_side(people, [group], bound=[one.id for one in people])
    plan = a_sync(cloud, directory_side(accounts, [found]), remembered).plan()
    with pytest.raises(GuardStopped, match=r"8 of 20 removals of members in Sales, the limit is 5"):
        raise_if_over(plan, configured({}))


# ---- what is remembered ----------------------------------------------------------------------------------------------


def outcome(action, status=Status.CHANGED, guid: UUID | None = None):
    return ItemOutcome(id=action.id, status=status, guid=guid)


def effects_of(plan, kind, status=Status.CHANGED, guid=None, remembered=None):
    (action,) = [one for one in plan.actions if one.kind == kind]
    return SyncEffects(remembered or Memory())(action, outcome(action, status, guid), Verdict.NOT_READ)


def test_a_created_account_is_remembered_as_soon_as_its_guid_is_known():
    plan = a_sync(cloud_side([cloud_user("new", suspended=True)]), directory_side()).plan()
    guid = uuid4()
    (effect,) = effects_of(plan, "create user", guid=guid)
    assert effect.link.guid == guid
    assert effect.link.origin is Origin.CREATED
    assert effect.link.disabled_here
    (half,) = effects_of(plan, "create user", Status.FAILED, guid)
    assert half.link.unfinished
    assert not effects_of(plan, "create user", Status.FAILED)
    assert not effects_of(plan, "create user", Status.CONFLICT, guid)


def test_who_disabled_an_account_is_remembered():
    suspended = cloud_user("ann", suspended=True)
    plan = a_sync(cloud_side([suspended]), directory_side([AD_ANN]), memory(link(suspended, AD_ANN))).plan()
    (effect,) = effects_of(plan, "disable user", guid=AD_ANN.guid, remembered=memory(link(suspended, AD_ANN)))
    assert effect == Remember(link(suspended, AD_ANN, disabled_here=True))
    assert not effects_of(plan, "disable user", Status.FAILED, AD_ANN.guid, memory(link(suspended, AD_ANN)))


def test_links_and_members_are_remembered_and_forgotten():
    group, found = cloud_group("Sales", ANN, BOB), ad_group("Sales", AD_EVE, AD_BOB)
    links = [link(group, found, LinkKind.GROUP)]
    plan = plan_of(group, [found], links, seen={group.id: frozenset({EVE.id})})
    assert effects_of(plan, "add member") == [Saw(group.id, frozenset({ANN.id}))]
    assert effects_of(plan, "remove member") == [Unsaw(group.id, frozenset({EVE.id}))]
    dropped = plan_of(group, [found], links, bound_groups=[])
    assert effects_of(dropped, "unlink group") == [Forget(group.id)]


def test_members_on_both_sides_are_seen_after_a_run_and_forgotten_when_gone_on_both():
    group, found = cloud_group("Sales", ANN, BOB), ad_group("Sales", AD_ANN)
    links = [link(group, found, LinkKind.GROUP)]
    sync = sync_of(group, [found], links, seen={group.id: frozenset({EVE.id})})
    effects = members_seen(sync, sync.memory)
    assert Saw(group.id, frozenset({ANN.id, BOB.id})) in effects
    assert Unsaw(group.id, frozenset({EVE.id})) in effects


def test_members_of_a_group_without_a_pair_are_not_seen():
    sync = sync_of(cloud_group("Sales", ANN))
    assert not members_seen(sync, sync.memory)
