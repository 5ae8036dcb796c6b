"""The arithmetic of entries: what is there, what covers what, what is extra; and that it agrees with the access check."""

from __future__ import annotations

import pytest
from descriptors import DOMAIN
from hypothesis import given, settings
from hypothesis import strategies as st
from smallschema import CONTROL, GROUP, LAST_SET, LOCKOUT, MEMBER, RESET, RESTRICTIONS, SCHEMA, UNIT, USER

from jcad.model.descriptor import Ace, Acl, SecurityDescriptor
from jcad.prepare.aces import Comparison, Facts, State, compare, reach
from jcad.prepare.desired import Inheritance, WantedAce
from jcad.prepare.effective import Permissions, Question
from jcad.prepare.inheritance import handed_down
from jcad.prepare.token import AUTHENTICATED_USERS, EVERYONE, OWNER_RIGHTS, Token

SYNC = DOMAIN.child(1104)
OTHER = DOMAIN.child(1200)
FACTS = Facts(schema=SCHEMA, trustees=frozenset({SYNC}))
RESETS = WantedAce(
    trustee=SYNC,
    mask=0x100,
    object_type=RESET,
    inherited_object_type=USER,
    inheritance=Inheritance.DESCENDENTS,
)
CREATES = WantedAce(trustee=SYNC, mask=0x1, object_type=USER, inheritance=Inheritance.ALL)
WRITES = WantedAce(
    trustee=SYNC, mask=0x30, object_type=LAST_SET, inherited_object_type=USER, inheritance=Inheritance.DESCENDENTS
)


def sd(*aces: str, flags: str = "") -> SecurityDescriptor:
    return SecurityDescriptor.from_sddl(f"D:{flags}" + "".join(aces), DOMAIN)


def compared(descriptor: SecurityDescriptor, *wanted: WantedAce, facts: Facts = FACTS, **options: bool) -> Comparison:
    return compare(descriptor, wanted, facts, **options)


def state(descriptor: SecurityDescriptor, wanted: WantedAce, facts: Facts = FACTS) -> State:
    return compared(descriptor, wanted, facts=facts).standings[0].state


EXACT = f"(OA;CIIO;CR;{RESET};{USER};{SYNC})"


def test_an_entry_that_is_there_is_present():
    result = compared(sd(EXACT), RESETS)
    assert result.standings[0].state is State.PRESENT
    assert result.standings[0].works
    assert [result.missing, result.extra, result.duplicated, result.denied] == [()] * 4


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("", "nothing is there"),
        (f"(OA;CIIO;CR;{RESET};{USER};{OTHER})", "somebody else has it"),
        (f"(OA;CIIO;CR;{RESET};{GROUP};{SYNC})", "another class"),
        (f"(OA;CIIO;CR;{LAST_SET};{USER};{SYNC})", "another right"),
        (f"(OA;CIIO;RP;{RESET};{USER};{SYNC})", "other bits"),
        (f"(OA;CIIONP;CR;{RESET};{USER};{SYNC})", "only directly below"),
        (f"(OA;;CR;{RESET};{USER};{SYNC})", "only here"),
        (f"(OD;CIIO;CR;{RESET};{USER};{SYNC})", "it denies"),
        (f'(ZA;CIIO;CR;{RESET};{USER};{SYNC};(@User.a == "b"))', "it depends on a condition"),
    ],
)
def test_what_does_not_give_the_right_leaves_it_missing(entry, why):
    assert state(sd(entry), RESETS) is State.MISSING, why


@pytest.mark.parametrize(
    "entry",
    [
        f"(A;CI;GA;;;{SYNC})",
        f"(A;CIIO;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SYNC})",
        f"(OA;CIIO;GA;;{USER};{SYNC})",
        f"(OA;CIIO;CR;;{USER};{SYNC})",
        f"(OA;CI;CR;{RESET};;{SYNC})",
    ],
)
def test_a_wider_entry_implies_it(entry):
    """GenericAll, no object type, no class, a wider reach."""
    assert state(sd(entry), RESETS) is State.IMPLIED


def test_a_property_set_implies_its_members_and_not_the_other_way_round():
    of_set = WantedAce(
        trustee=SYNC,
        mask=0x20,
        object_type=RESTRICTIONS,
        inherited_object_type=USER,
        inheritance=Inheritance.DESCENDENTS,
    )
    assert state(sd(f"(OA;CIIO;RPWP;{RESTRICTIONS};{USER};{SYNC})"), WRITES) is State.IMPLIED
    assert state(sd(f"(OA;CIIO;RPWP;{LAST_SET};{USER};{SYNC})"), of_set) is State.MISSING
    assert state(sd(f"(OA;CIIO;RPWP;{RESTRICTIONS};{USER};{SYNC})"), _on(LOCKOUT)) is State.MISSING


def _on(attribute):
    return WantedAce(
        trustee=SYNC, mask=0x20, object_type=attribute, inherited_object_type=USER, inheritance=Inheritance.DESCENDENTS
    )


def test_several_entries_may_cover_one_together():
    read, write = f"(OA;CIIO;RP;{LAST_SET};{USER};{SYNC})", f"(OA;CIIO;WP;{LAST_SET};;{SYNC})"
    assert state(sd(read, write), WRITES) is State.IMPLIED
    standing = compared(sd(read), WRITES).standings[0]
    assert (standing.state, standing.missing) == (State.MISSING, 0x20)
    children, below = f"(OA;CIIONP;CR;{RESET};{USER};{SYNC})", f"(OA;CIIO;CR;{RESET};{USER};{SYNC})"
    assert state(sd(children, below), RESETS) is State.PRESENT


def test_what_comes_from_above_is_inherited():
    assert state(sd(f"(OA;CIIOID;CR;{RESET};{USER};{SYNC})"), RESETS) is State.INHERITED
    assert state(sd(f"(A;CIID;GA;;;{SYNC})"), RESETS) is State.INHERITED


def test_a_group_counts_only_where_it_is_told_to():
    with_groups = Facts(schema=SCHEMA, tokens={SYNC: frozenset({AUTHENTICATED_USERS})})
    descriptor = sd(f"(OA;CI;CR;{RESET};;AU)")
    assert state(descriptor, RESETS) is State.MISSING
    assert state(descriptor, RESETS, with_groups) is State.IMPLIED


def test_an_entry_is_compared_as_it_would_be_written():
    """A right without object types, and no inheritance: both GUIDs are dropped (the recorded classes do so)."""
    wanted = WantedAce(trustee=SYNC, mask=0x10000, object_type=USER, inherited_object_type=USER)
    assert state(sd(f"(A;;SD;;;{SYNC})"), wanted) is State.PRESENT


def test_a_denial_before_it_is_named_even_where_the_entry_is_there():
    deny = f"(OD;CIIO;CR;{RESET};{USER};{SYNC})"
    for descriptor in (sd(deny, EXACT), sd(deny)):
        standing = compared(descriptor, RESETS).standings[0]
        assert [ace.denies for ace in standing.denied] == [True]
        assert not standing.works
    assert compared(sd(EXACT, deny.replace("CIIO", "CIIOID")), RESETS).standings[0].works


def test_a_denial_of_the_property_set_takes_its_member_too():
    standing = compared(sd(f"(OD;CI;WP;{RESTRICTIONS};;{SYNC})", f"(OA;CIIO;RPWP;{LAST_SET};{USER};{SYNC})"), WRITES)
    assert standing.denied


def test_a_denial_to_everybody_or_to_a_group_of_the_account_counts_and_what_they_are_allowed_does_not():
    member = Facts(schema=SCHEMA, groups={SYNC: frozenset({OTHER})})
    for deny, facts in ((f"(OD;CIIO;CR;{RESET};{USER};WD)", FACTS), (f"(D;CIIO;CR;;;{OTHER})", member)):
        assert not compared(sd(deny, EXACT), RESETS, facts=facts).standings[0].works
    assert state(sd(f"(A;CI;GA;;;{OTHER})"), RESETS, member) is State.MISSING
    owners = WantedAce(trustee=OWNER_RIGHTS, mask=0x20000, inheritance=Inheritance.DESCENDENTS)
    assert compared(sd("(D;CI;RC;;;WD)", "(A;CIIO;RC;;;OW)"), owners).standings[0].works


def test_denials_of_others_elsewhere_or_for_another_class_do_not_matter():
    for deny in (
        f"(OD;CIIO;CR;{RESET};{USER};{OTHER})",
        f"(OD;CIIO;CR;{RESET};{GROUP};{SYNC})",
        f"(OD;;CR;{RESET};;{SYNC})",
        f"(OD;CIIO;WP;{LAST_SET};{USER};{SYNC})",
    ):
        assert compared(sd(deny, EXACT), RESETS).standings[0].works, deny


def test_extra_is_what_our_trustee_has_beyond_the_wanted_and_nobody_elses():
    result = compared(sd(EXACT, f"(A;;WD;;;{SYNC})", f"(A;;WD;;;{OTHER})", f"(A;CIID;GA;;;{SYNC})"), RESETS)
    assert [(one.ace.mask, one.excess) for one in result.extra] == [(0x40000, 0x40000)]


def test_a_merged_entry_of_wanted_rights_is_not_extra():
    both = f"(OA;CIIO;RPWP;{LAST_SET};{USER};{SYNC})"
    parts = [
        WantedAce(
            trustee=SYNC,
            mask=mask,
            object_type=LAST_SET,
            inherited_object_type=USER,
            inheritance=Inheritance.DESCENDENTS,
        )
        for mask in (0x10, 0x20)
    ]
    result = compared(sd(both), *parts)
    assert not result.extra
    assert not result.missing


def test_the_schemas_default_is_never_extra():
    default = sd(f"(A;;RC;;;{SYNC})")
    facts = Facts(schema=SCHEMA, trustees=frozenset({SYNC}), defaults=frozenset(default.dacl.aces))
    assert not compared(default, facts=facts).extra


def test_without_extra_ones_what_only_they_cover_is_missing():
    """Before GenericAll is taken away, what was wanted of it must be added."""
    descriptor = sd(f"(A;CI;GA;;;{SYNC})")
    assert not compared(descriptor, RESETS).missing
    assert compared(descriptor, RESETS, without_extra=True).missing == (RESETS,)


def test_a_second_copy_is_duplicated_and_a_dead_sid_orphaned():
    gone = DOMAIN.child(4711)
    facts = Facts(schema=SCHEMA, trustees=frozenset({SYNC}), resolves=lambda sid: sid != gone)
    result = compared(sd(EXACT, EXACT, f"(A;;GA;;;{gone})", f"(A;ID;GA;;;{gone})", "(A;;GA;;;WD)"), RESETS, facts=facts)
    assert len(result.duplicated) == 1
    assert [(ace.sid, ace.inherited) for ace in result.orphaned] == [(gone, False)]


def test_an_object_without_a_list_lacks_everything():
    assert compared(SecurityDescriptor(), RESETS, CREATES).missing == (RESETS, CREATES)


def test_the_flags_say_how_far_an_entry_reaches():
    assert [reach(one.ace_flags) for one in Inheritance] == [1, 7, 6, 3, 2]
    assert reach(0x08) == 0


# The arithmetic against the access check

TYPES = st.sampled_from([None, LAST_SET, CONTROL, RESTRICTIONS, MEMBER, RESET])
CLASSES = st.sampled_from([None, USER, GROUP])
WHO = st.sampled_from([SYNC, SYNC, SYNC, EVERYONE, OTHER])


@st.composite
def entries(draw, *, denials: bool) -> Ace:
    flags = draw(st.sampled_from([0, 2, 6, 10, 14, 0x12, 0x1A]))
    mask = draw(st.sampled_from([0x20, 0x30, 0x100, 0xF01FF, 0x10000000, 0x1]))
    denies = denials and draw(st.booleans())
    return Ace(6 if denies else 5, flags, mask, draw(WHO), None, draw(TYPES), draw(CLASSES))


@st.composite
def wants(draw) -> WantedAce:
    return WantedAce(
        trustee=SYNC,
        mask=draw(st.sampled_from([0x20, 0x100])),
        object_type=draw(st.sampled_from([LAST_SET, CONTROL, MEMBER])),
        inherited_object_type=draw(st.sampled_from([None, USER])),
        inheritance=draw(st.sampled_from(list(Inheritance))),
    )


def really_has(aces: tuple[Ace, ...], wanted: WantedAce) -> bool:
    """Whether the access check grants it everywhere that it was wanted: here, on a child, on one further below.

    Without a class it is asked of a class that no entry names.
    """
    token = Token(SYNC, frozenset({SYNC, EVERYONE}))
    attribute = SCHEMA.attribute_by_guid[wanted.object_type]
    question = Question(wanted.mask, (attribute.property_set, attribute.guid))
    class_ = wanted.inherited_object_type or UNIT
    below = handed_down(aces, UNIT)
    lists = {1: aces, 2: handed_down(aces, class_), 4: handed_down(below, class_)}
    parts = [part for part in lists if reach(wanted.inheritance.ace_flags) & part]
    return all(
        Permissions(SecurityDescriptor().with_dacl(Acl(4, lists[p])), token).ask(question).granted for p in parts
    )


EVERYBODY_COUNTS = Facts(schema=SCHEMA, tokens={SYNC: frozenset({EVERYONE})})


@settings(max_examples=400)
@given(st.lists(entries(denials=False), max_size=5).map(tuple), wants())
def test_covered_means_granted_everywhere_and_missing_that_it_is_not(aces, wanted):
    """Without denials the two agree both ways."""
    descriptor = SecurityDescriptor().with_dacl(Acl(4, aces))
    covered = state(descriptor, wanted, EVERYBODY_COUNTS) is not State.MISSING
    assert covered is really_has(aces, wanted)


@settings(max_examples=400)
@given(st.lists(entries(denials=True), max_size=6).map(tuple), wants())
def test_what_is_said_to_work_is_granted_whatever_denies(aces, wanted):
    descriptor = SecurityDescriptor().with_dacl(Acl(4, aces))
    if compared(descriptor, wanted, facts=EVERYBODY_COUNTS).standings[0].works:
        assert really_has(aces, wanted)
