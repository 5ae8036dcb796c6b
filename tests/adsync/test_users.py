"""Users: each row of the sync's table, and each rule of matching."""

from __future__ import annotations

from uuid import uuid4

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

from jcad.errors import GuardStopped
from jcad.model import (
    AdNameHolder,
    Link,
    LinkKind,
    Memory,
    Origin,
    RestrictedField,
    UserAccountControl,
    UserState,
    fold,
)
from jcad.plan import FindingKind

DISABLED = UserAccountControl.NORMAL_ACCOUNT | UserAccountControl.ACCOUNTDISABLE
ELSEWHERE = DOMAIN.child("OU", "Elsewhere")


def linked(user, account, **values):
    given = {"kind": LinkKind.USER, "cloud_id": user.id, "guid": account.guid, "name": user.username}
    return Link(**{**given, **values})


def memory(*links, seen=None):
    return Memory(links={link.cloud_id: link for link in links}, seen=seen or {}, managed_before=bool(links))


def plan_of(user, *accounts, links=(), groups=(), others=(), never=None, agents=(), **options):
    cloud = cloud_side([user] if not isinstance(user, list) else user, agents=agents)
    return a_sync(cloud, directory_side(accounts, groups, others, never), memory(*links), **options).plan()


def kinds(plan):
    return [action.kind for action in plan.actions]


def rules(plan):
    return [(finding.kind, finding.rule) for finding in plan.findings]


# ---- created ---------------------------------------------------------------------------------------------------------


def test_a_bound_user_without_an_account_is_created_disabled_first_in_the_container():
    plan = plan_of(cloud_user("ann"))
    (action,) = plan.actions
    assert action.kind == "create user"
    assert action.item == {
        "sam": "ann",
        "upn": "ann@lab.jcad.test",
        "name": "ann",
        "path": str(CONTAINER),
        "enabled": True,
        "attributes": {"givenName": "First", "sn": "Last", "mail": "ann@lab.jcad.test"},
    }
    assert action.secret == "generate:random"
    assert action.guards == ("creates",)


def test_a_suspended_user_is_created_and_stays_disabled():
    assert plan_of(cloud_user("ann", suspended=True)).actions[0].item["enabled"] is False
    assert plan_of(cloud_user("ann", state=UserState.SUSPENDED)).actions[0].item["enabled"] is False


def test_a_user_who_is_not_bound_is_in_no_plan():
    cloud = cloud_side([cloud_user("ann")], bound=[])
    assert not a_sync(cloud, directory_side()).plan().actions


def test_a_user_bound_through_a_group_is_bound():
    ann = cloud_user("ann")
    cloud = cloud_side([ann], [cloud_group("G", ann)], bound=[ann.id])
    assert "create user" in kinds(a_sync(cloud, directory_side()).plan())


# ---- taken over ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mail", ["ann@lab.jcad.test", "ANN@LAB.jcad.test", None, ""])
def test_an_account_of_the_username_whose_email_agrees_or_is_empty_is_taken_over(mail):
    plan = plan_of(cloud_user("ann"), ad_user("Ann", mail=mail))
    assert kinds(plan)[0] == "link user"
    assert all(change.attribute != "password" for action in plan.actions for change in action.changes)
    assert plan.actions[0].guards == ("takeovers",)


def test_a_different_email_is_a_conflict_unless_the_settings_say_username():
    account = ad_user("ann", mail="other@lab.jcad.test")
    plan = plan_of(cloud_user("ann"), account)
    assert rules(plan) == [(FindingKind.CONFLICT, "email-differs")]
    assert not plan.actions
    assert "link user" in kinds(plan_of(cloud_user("ann"), account, takeover="username"))


def test_only_the_email_matches_is_a_conflict_unless_the_settings_allow_it():
    account = ad_user("annie", mail="ann@lab.jcad.test")
    assert rules(plan_of(cloud_user("ann"), account)) == [(FindingKind.CONFLICT, "email-only")]
    assert "link user" in kinds(plan_of(cloud_user("ann"), account, match_by_email=True))


def test_username_of_one_and_email_of_another_is_a_conflict():
    accounts = (ad_user("ann", mail=None), ad_user("annie", mail="ann@lab.jcad.test"))
    assert rules(plan_of(cloud_user("ann"), *accounts)) == [(FindingKind.CONFLICT, "crossed")]


def test_windows_takes_accented_names_for_one():
    account = ad_user("jose", mail="other@lab.jcad.test")
    assert rules(plan_of(cloud_user("José"), account)) == [(FindingKind.CONFLICT, "email-differs")]
    twins = [cloud_user("jose"), cloud_user("José")]
    assert rules(plan_of(twins)) == [(FindingKind.CONFLICT, "one-name")] * 2


@pytest.mark.parametrize("noun", ["computer", "group"])
def test_a_name_that_something_else_holds_is_a_conflict(noun):
    holder = AdNameHolder(guid=uuid4(), dn=DOMAIN.child("CN", "x"), object_class=noun, sam="ann")
    assert rules(plan_of(cloud_user("ann"), others=[holder])) == [(FindingKind.CONFLICT, "name-taken")]


def test_an_account_that_is_paired_already_is_not_taken_over_twice():
    account = ad_user("ann")
    first, second = cloud_user("other", email="x@y"), cloud_user("ann")
    plan = plan_of([first, second], account, links=[linked(first, account)])
    assert (FindingKind.CONFLICT, "paired") in rules(plan)


# ---- skipped ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"firstname": ""}, "name-missing"),
        ({"lastname": "  "}, "name-missing"),
        ({"state": UserState.STAGED}, "staged"),
        ({"username": "x" * 21}, "name-refused"),
        ({"username": "a/b"}, "name-refused"),
        ({"username": "dot."}, "name-refused"),
    ],
)
def test_what_cannot_be_synced_is_skipped_and_reported(values, rule):
    plan = plan_of(cloud_user("ann", **values))
    assert rules(plan) == [(FindingKind.SKIPPED, rule)]
    assert not plan.is_pending


# ---- attributes ------------------------------------------------------------------------------------------------------


def test_differing_attributes_are_aligned_with_the_old_value_as_precondition():
    ann, account = cloud_user("ann", firstname="Anne"), ad_user("ann")
    plan = plan_of(ann, account, links=[linked(ann, account)])
    (action,) = plan.actions
    assert action.kind == "update user"
    assert action.expected == {"givenName": "First"}
    assert action.item == {"set": {"givenName": "Anne"}, "clear": ()}


def test_empty_in_jumpcloud_never_clears_unless_the_settings_say_so():
    ann, account = cloud_user("ann", email=""), ad_user("ann")
    assert not plan_of(ann, account, links=[linked(ann, account)]).actions
    (action,) = plan_of(ann, account, links=[linked(ann, account)], clear_empty=True).actions
    assert action.item == {"set": {}, "clear": ("mail",)}


def test_a_field_that_jumpcloud_lists_as_ads_is_not_written():
    ann = cloud_user("ann", lastname="New", restricted=(RestrictedField("lastname", "active_directory"),))
    account = ad_user("ann")
    plan = plan_of(ann, account, links=[linked(ann, account)])
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "owned-by-ad")]
    scim = cloud_user("ann", lastname="New", restricted=(RestrictedField("lastname", "scim"),))
    assert plan_of(scim, account, links=[linked(scim, account)]).actions


def test_mail_is_not_written_where_proxy_addresses_has_another_primary_address():
    ann = cloud_user("ann")
    account = ad_user("ann", mail=None, proxy_addresses=("smtp:ann@lab.jcad.test", "SMTP:first@x.test"))
    plan = plan_of(ann, account, links=[linked(ann, account)])
    assert rules(plan) == [(FindingKind.REPORTED, "proxy-addresses")]
    same = ad_user("ann", mail=None, proxy_addresses=("SMTP:Ann@lab.jcad.test",))
    assert plan_of(ann, same, links=[linked(ann, same)]).actions


def test_a_value_that_active_directory_would_refuse_is_reported():
    plan = plan_of(cloud_user("ann", lastname="x" * 65))
    assert rules(plan) == [(FindingKind.REPORTED, "too-long")]
    assert "sn" not in plan.actions[0].item["attributes"]


def test_further_attributes_follow_the_mapping():
    ann = cloud_user("ann", attributes={"jobTitle": "Clerk"})
    account = ad_user("ann", attributes={"title": "Engineer"})
    plan = plan_of(ann, account, links=[linked(ann, account)], mapping={"jobTitle": "title"})
    assert plan.actions[0].item["set"] == {"title": "Clerk"}


# ---- suspended -------------------------------------------------------------------------------------------------------


def test_a_suspended_user_is_disabled():
    ann, account = cloud_user("ann", suspended=True), ad_user("ann")
    (action,) = plan_of(ann, account, links=[linked(ann, account)]).actions
    assert action.kind == "disable user"
    assert action.expected == {"userAccountControl": 512}
    assert action.guards == ("disables",)


def test_a_disable_may_delete_while_an_import_agent_is_active():
    ann, account = cloud_user("ann", suspended=True), ad_user("ann")
    (action,) = plan_of(ann, account, links=[linked(ann, account)], agents=[agent("IMPORT")]).actions
    assert action.guards == ("disables", "may-delete")


@pytest.mark.parametrize(
    ("disabled_here", "reenable", "enabled"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_only_what_jcad_disabled_is_enabled_and_only_when_the_settings_say_so(disabled_here, reenable, enabled):
    ann, account = cloud_user("ann"), ad_user("ann", control=DISABLED)
    link = linked(ann, account, disabled_here=disabled_here)
    assert kinds(plan_of(ann, account, links=[link], reenable=reenable)) == (["enable user"] if enabled else [])


# ---- never written ---------------------------------------------------------------------------------------------------


def never_written():
    admins = ad_group("Domain Admins", ad_user("ann"), rid=512, container=DOMAIN)
    nested = ad_group("Helpers", ad_user("ann"))
    operators = ad_group("Server Operators", rid=549, members=(nested.dn,))
    return [
        ("admin_count", ad_user("ann", admin_count=1), []),
        ("critical", ad_user("ann", critical=True), []),
        ("built in", ad_user("ann", rid=500), []),
        ("member of Domain Admins", ad_user("ann"), [admins]),
        ("nested", ad_user("ann"), [nested, operators]),
        ("primary group", ad_user("ann", primary_group=512), [ad_group("Domain Admins", rid=512)]),
        ("gMSA", ad_user("ann", object_class="msds-groupmanagedserviceaccount"), []),
        ("trust", ad_user("ann", control=UserAccountControl.INTERDOMAIN_TRUST_ACCOUNT), []),
        ("outside", ad_user("ann", container=ELSEWHERE), []),
    ]


@pytest.mark.parametrize(
    ("account", "groups"), [case[1:] for case in never_written()], ids=[c[0] for c in never_written()]
)
@pytest.mark.parametrize("paired", [False, True])
def test_what_is_never_written_is_reported_paired_or_not(account, groups, paired):
    ann = cloud_user("ann", firstname="New", suspended=True)
    plan = plan_of(ann, account, groups=groups, links=[linked(ann, account)] if paired else [], reenable=True)
    assert not plan.actions
    assert [finding.kind for finding in plan.findings] == [FindingKind.NOT_MANAGEABLE]


def test_a_name_of_the_never_write_list_is_neither_taken_over_nor_created():
    never = {fold("ann"): "it is on the never_write list"}
    for accounts in ((), (ad_user("ann"),)):
        plan = plan_of(cloud_user("ann"), *accounts, never=never)
        assert not plan.actions
        assert [finding.kind for finding in plan.findings] == [FindingKind.NOT_MANAGEABLE]


# ---- remembered pairs ------------------------------------------------------------------------------------------------


def test_an_account_moved_within_the_container_is_followed():
    ann = cloud_user("ann", firstname="Anne")
    account = ad_user("ann", container=CONTAINER.child("OU", "Sales"))
    assert kinds(plan_of(ann, account, links=[linked(ann, account)])) == ["update user"]


def test_an_account_moved_out_of_the_container_is_reported():
    ann, account = cloud_user("ann", firstname="Anne"), ad_user("ann", container=ELSEWHERE)
    plan = plan_of(ann, account, links=[linked(ann, account)])
    assert rules(plan) == [(FindingKind.NOT_MANAGEABLE, "relocated")]


def test_a_missing_account_is_reported_and_created_only_when_asked_for():
    ann, account = cloud_user("ann"), ad_user("ann")
    plan = plan_of(ann, links=[linked(ann, account)])
    assert rules(plan) == [(FindingKind.MISSING, "missing")]
    assert not plan.actions
    assert kinds(plan_of(ann, links=[linked(ann, account)], recreate=frozenset({"ann"}))) == ["create user"]


def test_an_account_renamed_in_ad_is_reported_and_no_twin_is_made():
    ann, account = cloud_user("ann"), ad_user("anna.renamed", mail="ann@lab.jcad.test")
    plan = plan_of(ann, account, links=[linked(ann, account)])
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "renamed")]


def test_a_half_made_account_is_finished_and_not_taken_over():
    ann, account = cloud_user("ann"), ad_user("ann", mail=None, control=DISABLED)
    (action,) = plan_of(ann, account, links=[linked(ann, account, origin=Origin.CREATED, unfinished=True)]).actions
    assert action.kind == "create user"
    assert action.object.by == "guid"
    assert action.object.value == str(account.guid)


# ---- unbound ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize(("on_unbind", "planned"), [("nothing", []), ("disable", ["disable user"])])
def test_an_unbound_or_deleted_user_is_kept_or_disabled_as_the_settings_say(deleted, on_unbind, planned):
    ann, bob, account = cloud_user("ann"), cloud_user("bob"), ad_user("ann")
    users = [bob] if deleted else [ann, bob]
    cloud = cloud_side(users, bound=[bob.id])
    bobs = ad_user("bob")
    links = memory(linked(ann, account), linked(bob, bobs))
    plan = a_sync(cloud, directory_side([account, bobs]), links, on_unbind=on_unbind).plan()
    assert kinds(plan) == planned
    if not planned:
        assert rules(plan) == [(FindingKind.REPORTED, "deleted" if deleted else "unbound")]


def test_no_bound_user_at_all_where_there_were_some_is_stopped():
    ann, account = cloud_user("ann"), ad_user("ann")
    sync = a_sync(
        cloud_side([ann], bound=[]), directory_side([account]), memory(linked(ann, account)), on_unbind="disable"
    )
    with pytest.raises(GuardStopped, match="not read as 'everyone is unbound'"):
        sync.plan()


def test_a_store_that_lost_its_pairs_is_stopped():
    sync = a_sync(cloud_side([cloud_user("ann")]), directory_side(), Memory(managed_before=True))
    with pytest.raises(GuardStopped, match="no pairs"):
        sync.plan()


@pytest.mark.parametrize("domain", ["DC=other;DC=test", "nonsense", "", "DC=lab,DC=jcad"])
def test_an_ad_instance_of_another_domain_is_stopped(domain):
    with pytest.raises(GuardStopped, match="Nothing was written"):
        a_sync(cloud_side([cloud_user("ann")], domain=domain), directory_side()).plan()


def test_it_is_told_why_nobody_is_written_where_domain_users_is_in_a_protected_group():
    """A nesting that somebody made once, and that makes an administrator of everybody."""
    user, account = cloud_user("ann"), ad_user("ann")
    everybody = ad_group("Domain Users", account, rid=513, container=DOMAIN)
    admins = ad_group("Domain Admins", everybody, rid=512, container=DOMAIN)
    ordinary = a_sync(cloud_side([user]), directory_side([account], [everybody])).plan()
    assert not [one for one in ordinary.findings if one.rule == "everybody-protected"]
    plan = a_sync(cloud_side([user]), directory_side([account], [everybody, admins])).plan()
    (told,) = [one for one in plan.findings if one.rule == "everybody-protected"]
    assert (told.name, told.reason.partition(",")[0]) == ("Domain Users", "it is in Domain Admins")
    assert not plan.actions
