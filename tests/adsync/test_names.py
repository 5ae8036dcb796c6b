"""Logon names: usernames that change on either side, and a username that is the userPrincipalName."""

from __future__ import annotations

from uuid import UUID

import pytest
from sides import CONTAINER, a_sync, ad_user, cloud_side, cloud_user, directory_side

from jcad.adsync import SyncEffects, names_seen
from jcad.model import AdNameHolder, ItemOutcome, Link, LinkKind, Memory, Origin, Remember, RestrictedField, Status
from jcad.plan import FindingKind, Verdict

SUFFIX = "lab.jcad.test"
SUFFIXES = frozenset({SUFFIX, "corp.example"})


def renamed_pair(before="ann", after="anna", *, sam=None, upn=..., **values):
    """A user who was linked under one name and has another one in JumpCloud now, with the account and the pair."""
    user = cloud_user(after, id="id-user", email="ann@lab.jcad.test", **values)
    name = sam or before
    account = ad_user(name, upn=f"{name}@{SUFFIX}" if upn is ... else upn, mail="ann@lab.jcad.test")
    link = Link(kind=LinkKind.USER, cloud_id=user.id, guid=account.guid, name=before, disabled_here=True)
    return user, account, link


def sync_of(users, accounts, links=(), others=(), never=None, **options):
    memory = Memory(links={link.cloud_id: link for link in links}, managed_before=bool(links))
    given = {"suffixes": SUFFIXES, **options}
    return a_sync(cloud_side(users), directory_side(accounts, (), others, never), memory, **given)


def plan_of(users, accounts, links=(), others=(), never=None, **options):
    return sync_of(users, accounts, links, others, never, **options).plan()


def rules(plan):
    return [(finding.kind, finding.rule) for finding in plan.findings]


# ---- changed in JumpCloud --------------------------------------------------------------------------------------------


def test_a_changed_username_is_reported_unless_the_settings_say_otherwise():
    user, account, link = renamed_pair()
    plan = plan_of([user], [account], [link])
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "renamed")]
    assert "rename_users = true" in plan.findings[0].reason


def test_rename_users_sets_both_names_within_a_limit_of_its_own():
    user, account, link = renamed_pair()
    (action,) = plan_of([user], [account], [link], rename_users=True).actions
    assert action.kind == "rename user"
    assert action.item == {"sam": "anna", "upn": "anna@lab.jcad.test"}
    assert action.expected == {"sam": "ann", "upn": "ann@lab.jcad.test"}
    assert action.guards == ("renames",)
    assert action.inverse == {"executor": "rename-user", "item": {"sam": "ann", "upn": "ann@lab.jcad.test"}}


@pytest.mark.parametrize(
    ("upn", "becomes"),
    [
        ("ann@corp.example", "anna@corp.example"),
        ("ANN@lab.jcad.test", "anna@lab.jcad.test"),
        ("a.nother@corp.example", "a.nother@corp.example"),
        (None, "anna@lab.jcad.test"),
    ],
)
def test_the_suffix_stays_and_so_does_a_upn_that_was_never_made_of_the_username(upn, becomes):
    user, account, link = renamed_pair(upn=upn)
    (action,) = plan_of([user], [account], [link], rename_users=True).actions
    assert action.item["upn"] == becomes


def test_a_change_of_case_alone_is_carried_over_and_not_reported():
    user, account, link = renamed_pair(after="Ann")
    assert not plan_of([user], [account], [link]).findings
    (action,) = plan_of([user], [account], [link], rename_users=True).actions
    assert action.item["sam"] == "Ann"


@pytest.mark.parametrize(
    ("holder", "rule"),
    [
        (ad_user("ANNA", mail=None, rid=5001), "name-taken"),
        (ad_user("\u00e1nna", mail=None, rid=5001), "name-taken"),
        (ad_user("x", upn="Anna@lab.jcad.test", mail=None, rid=5001), "upn-taken"),
    ],
)
def test_a_name_that_another_account_holds_is_a_conflict(holder, rule):
    user, account, link = renamed_pair()
    plan = plan_of([user], [account, holder], [link], rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.CONFLICT, rule)]


def test_a_name_that_a_computer_holds_is_a_conflict():
    user, account, link = renamed_pair()
    pc = AdNameHolder(guid=UUID(int=3), dn=CONTAINER.child("CN", "pc"), object_class="computer", sam="anna")
    assert rules(plan_of([user], [account], [link], [pc], rename_users=True)) == [(FindingKind.CONFLICT, "name-taken")]


def test_two_who_ask_for_one_name_get_it_neither_way():
    """One is renamed to a name that Windows takes for that of somebody who is to be created."""
    user, account, link = renamed_pair(after="jose")
    other = cloud_user("jos\u00e9")
    plan = plan_of([user, other], [account], [link], rename_users=True)
    assert not plan.actions
    assert {rule for _, rule in rules(plan)} == {"one-name"}


@pytest.mark.parametrize(
    ("after", "kind", "rule"),
    [
        ("a.name.of.more.than.20.chars", FindingKind.SKIPPED, "name-refused"),
        ("a/b", FindingKind.SKIPPED, "name-refused"),
        ("jcsync", FindingKind.NOT_MANAGEABLE, "never-written"),
    ],
)
def test_a_name_that_may_not_be_is_refused_before_anything_is_written(after, kind, rule):
    user, account, link = renamed_pair(after=after)
    plan = plan_of([user], [account], [link], never={"jcsync": "it is a service account"}, rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(kind, rule)]


def test_a_username_that_jumpcloud_calls_active_directorys_is_not_changed():
    user, account, link = renamed_pair(restricted=(RestrictedField("username", "active_directory"),))
    plan = plan_of([user], [account], [link], rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "owned-by-ad")]


def test_a_protected_account_is_not_renamed():
    user, _, link = renamed_pair()
    account = ad_user("ann", admin_count=1)
    plan = plan_of([user], [account], [link], rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.NOT_MANAGEABLE, "protected")]


# ---- changed in Active Directory -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rename", [True, False])
def test_a_name_changed_in_ad_is_reported_and_not_reverted(rename):
    user, account, link = renamed_pair(before="ann", after="ann", sam="ann.ad")
    plan = plan_of([user], [account], [link], rename_users=rename)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "renamed")]


def test_a_name_changed_on_both_sides_is_nobodys_to_overwrite():
    user, account, link = renamed_pair(sam="ann.ad")
    plan = plan_of([user], [account], [link], rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "renamed")]


def test_a_pair_without_a_name_is_only_reported():
    """A pair that was brought in from a file may have none: then nobody knows which side has changed."""
    user, account, link = renamed_pair(before="", sam="ann")
    plan = plan_of([user], [account], [link], rename_users=True)
    assert not plan.actions
    assert rules(plan) == [(FindingKind.REPORTED, "renamed")]


# ---- what is remembered ----------------------------------------------------------------------------------------------


def test_a_rename_that_was_done_is_the_pairs_name_and_all_else_of_it_stays():
    user, account, link = renamed_pair()
    sync = sync_of([user], [account], [link], rename_users=True)
    (action,) = sync.plan().actions
    outcome = ItemOutcome(id=action.id, status=Status.CHANGED, guid=account.guid)
    (effect,) = SyncEffects(sync.memory)(action, outcome, Verdict.AS_PLANNED)
    assert effect == Remember(
        Link(
            kind=LinkKind.USER,
            cloud_id=user.id,
            guid=account.guid,
            name="anna",
            origin=Origin.LINKED,
            disabled_here=True,
        )
    )
    failed = ItemOutcome(id=action.id, status=Status.CONFLICT)
    assert not SyncEffects(sync.memory)(action, failed, Verdict.NOT_READ)


def test_an_account_that_was_renamed_by_hand_on_both_sides_is_known_by_its_new_name():
    """Without it a later rename in AD alone would look as if JumpCloud had changed."""
    user, account, link = renamed_pair(sam="anna")
    sync = sync_of([user], [account], [link], rename_users=True)
    assert not sync.plan().actions
    (effect,) = names_seen(sync, sync.memory)
    assert effect.link.name == "anna"


# ---- the username is the userPrincipalName ---------------------------------------------------------------------------

UPN = {"username": "userPrincipalName"}


@pytest.mark.parametrize("username", ["ann", "ann@lab.jcad.test", "ann@corp.example"])
def test_an_account_is_created_with_the_username_as_its_upn(username):
    (action,) = plan_of([cloud_user(username, email="e@lab.jcad.test")], [], **UPN).actions
    upn = username if "@" in username else "ann@lab.jcad.test"
    assert (action.item["sam"], action.item["upn"], action.item["name"]) == ("ann", upn, "ann")


def test_an_account_is_matched_by_its_upn_whatever_its_sam_account_name():
    account = ad_user("x1234", upn="Ann@corp.example", mail="ann@lab.jcad.test")
    plan = plan_of([cloud_user("ann@corp.example", email="ann@lab.jcad.test")], [account], **UPN)
    assert [action.kind for action in plan.actions] == ["link user"]


def test_an_account_without_a_upn_answers_to_its_name_in_the_domain():
    account = ad_user("ann", upn=None, mail=None)
    user = cloud_user("ann", email="ann@lab.jcad.test")
    assert "link user" in [action.kind for action in plan_of([user], [account], **UPN).actions]
    foreign = cloud_user("ann@corp.example", email="ann@lab.jcad.test")
    assert rules(plan_of([foreign], [account], **UPN)) == [(FindingKind.CONFLICT, "name-taken")]


def test_a_sam_account_name_that_an_account_of_another_upn_has_is_a_conflict():
    account = ad_user("ann", upn="ann@corp.example", mail=None)
    plan = plan_of([cloud_user("ann@lab.jcad.test", email="a@lab.jcad.test")], [account], **UPN)
    assert rules(plan) == [(FindingKind.CONFLICT, "name-taken")]


def test_a_suffix_that_the_forest_does_not_have_is_refused():
    plan = plan_of([cloud_user("ann@nowhere.example", email="a@lab.jcad.test")], [], **UPN)
    assert rules(plan) == [(FindingKind.SKIPPED, "name-refused")]
    assert "no UPN suffix of the forest" in plan.findings[0].reason


def test_usernames_that_differ_in_their_suffix_alone_are_one_sam_account_name():
    users = [cloud_user(f"ann@{suffix}", email=f"ann@{suffix}") for suffix in sorted(SUFFIXES)]
    assert {rule for _, rule in rules(plan_of(users, [], **UPN))} == {"one-name"}


@pytest.mark.parametrize(("sam", "becomes"), [("ann", "anna"), ("x1234", "x1234")])
def test_a_changed_upn_takes_the_sam_account_name_along_where_it_was_made_of_it(sam, becomes):
    user, account, link = renamed_pair("ann@corp.example", "anna@corp.example", sam=sam, upn="ann@corp.example")
    (action,) = plan_of([user], [account], [link], rename_users=True, **UPN).actions
    assert action.item == {"sam": becomes, "upn": "anna@corp.example"}
