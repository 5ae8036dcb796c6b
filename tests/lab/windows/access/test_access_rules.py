"""Rules of the access control classes that hold for any descriptor, tried on made-up ones."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.lab.windows.access import DirectorySecurity, Masks, Qualifier, Refusal, make_rule
from jcad.lab.windows.access.ace import AUDIT, INHERITED, Ace, read_ace
from jcad.lab.windows.access.acl import LIMIT, AccessList
from jcad.lab.windows.access.order import compare_sids
from jcad.lab.windows.access.reach import difference, union
from jcad.model.sid import Sid

RESET_PASSWORD = UUID("00299570-246d-11d0-a768-00aa006e0529")
USER = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
DESCENDENTS = 2


def sid(rid):
    return Sid.parse(f"S-1-5-21-1-2-3-{rid}").to_bytes()


trustees = st.sampled_from(
    [sid(1104), sid(1105), Sid.parse("S-1-5-32-544").to_bytes(), Sid.parse("S-1-1-0").to_bytes()]
)
types = st.sampled_from([None, RESET_PASSWORD, USER])
rules = st.builds(
    make_rule,
    trustees,
    st.sampled_from([0x10, 0x20, 0x100, 0x30, 0xF01FF, 0x20094, 0x10000, -1]),
    st.sampled_from([Qualifier.ALLOW, Qualifier.DENY]),
    types,
    st.integers(0, 4),
    types,
)


@given(st.lists(rules, max_size=12))
@settings(max_examples=60)
def test_added_rules_stay_in_canonical_order_and_come_back_from_bytes(added):
    security = DirectorySecurity()
    for rule in added:
        security.add(rule)
    assert security.modified == (Masks.DACL if added else Masks(0))
    again = DirectorySecurity(security.to_bytes())
    assert again.is_canonical
    kinds = [rule.qualifier for rule in again.rules()]
    assert kinds == sorted(kinds, reverse=True)


@given(st.lists(rules, max_size=8), rules)
@settings(max_examples=60)
def test_a_failed_removal_changes_nothing(added, removed):
    security = DirectorySecurity()
    for rule in added:
        security.add(rule)
    before = security.to_bytes()
    security.modified = Masks(0)
    if not security.remove(removed):
        assert (security.to_bytes(), security.modified) == (before, Masks(0))


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(raw):
    """Never another exception than the class's own."""
    for masked in (raw, b"\x01\x00\x04\x80" + raw, b"\x01\x00\x14\x80" + raw):
        try:
            security = DirectorySecurity(masked)
        except Refusal:
            continue
        DirectorySecurity(security.to_bytes())


@given(st.binary(min_size=4, max_size=80))
def test_an_entry_that_is_read_gives_its_bytes_again(raw):
    try:
        ace, size = read_ace(raw, 0)
    except Refusal:
        return
    assert len(ace.to_bytes()) in {size, size - 32}
    assert raw.startswith(ace.to_bytes()[:2])


def test_full_control_of_the_same_trustee_keeps_everything_where_it_is():
    security = DirectorySecurity()
    reset = make_rule(sid(1104), 0x100, Qualifier.ALLOW, RESET_PASSWORD, DESCENDENTS, USER)
    security.add(make_rule(sid(1104), 0xF01FF, Qualifier.ALLOW, None, 1))
    security.add(reset)
    assert security.remove(reset) is False
    security.remove_specific(reset)
    assert [rule.mask for rule in security.rules()] == [0xF01FF]


def test_sub_authorities_far_apart_are_compared_by_a_difference_that_overflows():
    """A sub-authority above 2^31 comes before a small one, because the difference of the two is negative as 32 bits."""
    assert compare_sids(sid(0xFFFF_FFFF), sid(1)) < 0
    assert compare_sids(sid(2), sid(1)) > 0
    assert compare_sids(sid(0x8000_0000), sid(0)) < 0


def test_reaches_join_and_part_only_where_flags_say_the_result():
    assert union(0x00, 0x0A) == 0x02
    assert union(0x00, 0x09) is None
    assert difference(0x02, 0x02) == (True, None)
    assert difference(0x02, 0x00) == (True, 0x0A)
    assert difference(0x02, 0x06) == (False, None)


def test_a_list_that_would_pass_64_kib_is_refused_and_stays_as_it_was():
    size = len(Ace(0, 0, 1, sid(1)).to_bytes())
    full = [Ace(0, 0, 0x10, sid(number + 1)) for number in range((LIMIT - 8) // size)]
    acl = AccessList(4, full, is_dacl=True)
    with pytest.raises(Refusal, match="exceed the allowed maximum"):
        acl.add(make_rule(sid(0xFFFF), 0x10, Qualifier.ALLOW))
    assert acl.settle() == full


def test_a_rule_without_rights_or_outcomes_cannot_be_made():
    with pytest.raises(Refusal, match="cannot be zero"):
        make_rule(sid(1), 0, Qualifier.ALLOW)
    with pytest.raises(Refusal, match="at least one flag"):
        make_rule(sid(1), 1, Qualifier.AUDIT)


def test_an_inherited_entry_keeps_its_place_and_is_never_taken_away():
    inherited = Ace(0, INHERITED | 2, 0x10, sid(1104))
    acl = AccessList(4, [inherited, inherited], is_dacl=True)
    acl.purge(sid(1104))
    assert acl.settle() == [inherited, inherited]


def test_success_and_failure_are_removed_one_by_one():
    security = DirectorySecurity()
    security.add(make_rule(sid(1104), 0x20, Qualifier.AUDIT, outcomes=3))
    assert security.remove(make_rule(sid(1104), 0x20, Qualifier.AUDIT, outcomes=1))
    assert [rule.flags & AUDIT for rule in security.rules(audit=True)] == [0x80]
    assert security.modified == Masks.SACL


def test_parts_are_taken_over_from_another_descriptor():
    other = DirectorySecurity()
    other.set_owner(sid(512))
    other.add(make_rule(sid(1104), 0x10, Qualifier.ALLOW))
    other.protect(True, False)
    security = DirectorySecurity()
    security.set_owner(sid(513))
    security.modified = Masks(0)
    security.replace(other.to_bytes(), Masks.DACL)
    assert (security.owner, security.modified, security.is_protected()) == (sid(513), Masks.DACL, True)
    assert security.rules() == other.rules()
