"""Pairs of a file, held against the store and both sides: what is new, what is missing, what contradicts what."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sides import ad_group, ad_user

from jcad.errors import GuardStopped
from jcad.model import Link, LinkKind, Memory
from jcad.runs.pairs import BothSides, PairsReview, Standing, import_pairs, judge_pairs, own_identity
from jcad.store import LinksFile, Store, StoreIdentity

HERE = StoreIdentity(organisation="org", instance="inst", domain_sid="S-1-5-21-1-2-3")
ACCOUNT, GROUP = ad_user("ann"), ad_group("Team")
ANN = Link(kind=LinkKind.USER, cloud_id="id-ann", guid=ACCOUNT.guid, name="ann")
TEAM = Link(kind=LinkKind.GROUP, cloud_id="id-team", guid=GROUP.guid, name="Team")
SIDES = BothSides(
    cloud={LinkKind.USER: frozenset({"id-ann"}), LinkKind.GROUP: frozenset({"id-team"})},
    directory={ACCOUNT.guid: ACCOUNT, GROUP.guid: GROUP},
    dc="dc1",
)
STRANGER = UUID(int=9)


def memory(*links):
    return Memory(links={link.cloud_id: link for link in links})


def judged(link, known=(), sides=SIDES):
    (one,) = judge_pairs(LinksFile(made_for=HERE, links=(link,)), memory(*known), sides)
    return one


@pytest.mark.parametrize("link", [ANN, TEAM])
def test_a_pair_that_both_sides_know_is_new_or_the_same(link):
    assert judged(link).standing is Standing.NEW
    assert judged(link, [link]).standing is Standing.SAME
    assert judged(replace(link, unfinished=True), [link]).standing is Standing.CHANGED


def test_an_object_that_the_domain_controller_does_not_know_is_missing():
    one = judged(replace(ANN, guid=STRANGER))
    assert one.standing is Standing.MISSING
    assert "dc1 knows no account" in one.reason


def test_a_user_whom_jumpcloud_does_not_know_any_more_is_kept_and_said():
    """The pair of a deleted user is remembered too: without it the account would look like somebody else's."""
    one = judged(replace(ANN, cloud_id="id-gone"))
    assert one.standing is Standing.NEW
    assert "JumpCloud has no user of this id" in one.reason


@pytest.mark.parametrize(
    ("link", "known", "says"),
    [
        (ANN, [replace(ANN, guid=STRANGER)], f"pairs this JumpCloud id with {STRANGER}"),
        (ANN, [replace(ANN, cloud_id="id-bob", name="bob")], "pairs this objectGUID with bob"),
        (ANN, [replace(ANN, kind=LinkKind.GROUP)], "has it as a group"),
        (replace(ANN, guid=GROUP.guid), [], "in AD this objectGUID is a group's"),
        (replace(TEAM, guid=ACCOUNT.guid), [], "in AD this objectGUID is a user's"),
        (replace(ANN, cloud_id="id-team"), [], "in JumpCloud this id is a group's"),
    ],
)
def test_what_contradicts_is_a_conflict(link, known, says):
    one = judged(link, known)
    assert one.standing is Standing.CONFLICT
    assert says in one.reason


def review(*links, known=(), members=None):
    file = LinksFile(made_for=HERE, links=links, members=members or {})
    return PairsReview(file, judge_pairs(file, memory(*known), SIDES))


def test_what_is_accepted_is_kept_with_the_members_seen(tmp_path):
    with Store(tmp_path / "state.db") as store:
        seen = {"id-team": frozenset({"id-ann", "id-nobody"}), "id-other": frozenset({"id-ann"})}
        assert import_pairs(store, review(ANN, TEAM, members=seen)) == 2
        assert store.identity() == HERE
        found = store.memory()
    assert found.links == {ANN.cloud_id: ANN, TEAM.cloud_id: TEAM}
    assert found.seen == {"id-team": frozenset({"id-ann"})}


def test_missing_pairs_are_kept_only_when_asked_for(tmp_path):
    lost = replace(ANN, guid=STRANGER)
    found = review(lost, TEAM)
    assert [one.link for one in found.in_the_way()] == [lost]
    assert not found.in_the_way(with_missing=True)
    with Store(tmp_path / "state.db") as store:
        assert import_pairs(store, found) == 1
        assert import_pairs(store, found, with_missing=True) == 2
        assert set(store.memory().links) == {"id-ann", "id-team"}


def test_a_store_of_another_domain_takes_no_pairs(tmp_path):
    with Store(tmp_path / "state.db") as store:
        store.belongs_to("org", "inst", "S-1-5-21-9-9-9")
        with pytest.raises(GuardStopped, match="belongs to another domain sid"):
            import_pairs(store, review(ANN))
        assert not store.memory().links


def test_a_store_without_a_domain_has_nothing_to_export(tmp_path):
    with Store(tmp_path / "state.db") as store, pytest.raises(GuardStopped, match="belongs to no domain yet"):
        own_identity(store)
