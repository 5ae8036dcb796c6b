"""What keeps a delegation from objects below: protected lists, denials, AdminSDHolder, what cannot be read."""

from __future__ import annotations

from uuid import UUID

from descriptors import DOMAIN
from smallschema import RESET, SCHEMA, USER

from jcad.directory import SecuredObject
from jcad.model import DistinguishedName
from jcad.model.descriptor import SecurityDescriptor
from jcad.prepare.aces import Facts
from jcad.prepare.blocked import Obstacle, blocked
from jcad.prepare.desired import Inheritance, WantedAce

SYNC = DOMAIN.child(1104)
ROOT = DistinguishedName.parse("OU=JumpCloud,DC=lab,DC=jcad,DC=test")
FACTS = Facts(schema=SCHEMA)
RESETS = WantedAce(
    trustee=SYNC, mask=0x100, object_type=RESET, inherited_object_type=USER, inheritance=Inheritance.DESCENDENTS
)
CREATES = WantedAce(trustee=SYNC, mask=0x1, object_type=USER, inheritance=Inheritance.ALL)
HERE = WantedAce(trustee=SYNC, mask=0x1, object_type=USER)
INHERITED = f"(OA;CIIOID;CR;{RESET};{USER};{SYNC})(OA;CIID;CC;{USER};;{SYNC})"


def below(
    sddl: str | None, dn: str = "OU=Sales", class_: str = "organizationalUnit", admin_count: int = 0
) -> SecuredObject:
    return SecuredObject(
        guid=UUID(int=1),
        dn=DistinguishedName.parse(f"{dn},{ROOT}"),
        object_class=class_.lower(),
        descriptor=None if sddl is None else SecurityDescriptor.from_sddl(sddl, DOMAIN).to_bytes(),
        admin_count=admin_count,
    )


def found(*objects, wanted=(RESETS, CREATES), facts=FACTS):
    return [(one.obstacle, one.wanted) for one in blocked(objects, ROOT, wanted, facts)]


def test_an_object_that_inherits_is_no_obstacle():
    assert found(below("D:AI" + INHERITED)) == []
    assert found(below("D:AI")) == []


def test_a_protected_list_lacks_what_it_does_not_have_itself():
    assert found(below("D:P(A;CI;GA;;;DA)")) == [(Obstacle.PROTECTED, (RESETS, CREATES))]
    assert found(below("D:PAI" + INHERITED)) == []
    assert found(below(f"D:P(OA;CI;CC;{USER};;{SYNC})")) == [(Obstacle.PROTECTED, (RESETS,))]


def test_only_what_was_meant_for_the_object_can_be_lacking_on_it():
    assert found(below("D:P", "CN=mary", "user"), wanted=(RESETS,)) == [(Obstacle.PROTECTED, (RESETS,))]
    assert found(below("D:P", "CN=staff", "group"), wanted=(HERE,)) == []
    near = WantedAce(
        trustee=SYNC, mask=0x100, object_type=RESET, inherited_object_type=USER, inheritance=Inheritance.CHILDREN
    )
    assert found(below("D:P", "CN=mary", "user"), wanted=(near,)) == [(Obstacle.PROTECTED, (near,))]
    assert found(below("D:P", "CN=mary,OU=Sales", "user"), wanted=(near,)) == []


def test_an_object_under_adminsdholder_is_named_as_such():
    assert found(below("D:P", "CN=boss", "user", 1), wanted=(RESETS,)) == [(Obstacle.ADMIN_SD_HOLDER, (RESETS,))]


def test_an_explicit_denial_below_is_found_also_of_its_groups_and_of_everybody():
    group = DOMAIN.child(1200)
    (one,) = blocked([below(f"D:AI(OD;CI;CR;{RESET};;WD)" + INHERITED)], ROOT, (RESETS, CREATES), FACTS)
    assert (one.obstacle, one.wanted) == (Obstacle.DENIED, (RESETS,))
    assert one.ace is not None
    assert one.ace.denies
    of_group = below(f"D:AI(D;CI;CR;;;{group})" + INHERITED)
    assert found(of_group) == []
    in_it = Facts(schema=SCHEMA, groups={SYNC: frozenset({group})})
    assert found(of_group, facts=in_it) == [(Obstacle.DENIED, (RESETS,))]
    own = f"D:(OD;;CC;{USER};;{SYNC})"
    assert found(below(own)) == [(Obstacle.DENIED, (CREATES,))]
    assert found(below(f"D:(OD;CIID;CC;{USER};;{SYNC})")) == []


def test_an_unreadable_descriptor_is_reported_and_the_rest_goes_on():
    broken = SecuredObject(
        guid=UUID(int=2), dn=ROOT.child("OU", "x"), object_class="organizationalunit", descriptor=b"?" * 30
    )
    results = list(blocked([below(None), broken, below("D:P")], ROOT, (RESETS,), FACTS))
    assert [one.obstacle for one in results] == [Obstacle.UNREADABLE, Obstacle.UNREADABLE, Obstacle.PROTECTED]
    assert "may not read" in results[0].problem
    assert "self-relative" in results[1].problem
