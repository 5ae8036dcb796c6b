"""Membership of the groups that everybody is in protects nobody."""

from __future__ import annotations

from uuid import UUID

import pytest

from jcad.model import AdGroup, AdUser, DistinguishedName, Sid, is_protected_group, protected_through_membership

DOMAIN = DistinguishedName.parse("DC=lab,DC=jcad,DC=test")
BUILTIN = DOMAIN.child("CN", "Builtin")


def group(name, sid, number, *, members=()):
    parent = BUILTIN if sid.startswith("S-1-5-32-") else DOMAIN
    return AdGroup(guid=UUID(int=number), dn=parent.child("CN", name), sid=Sid.parse(sid), sam=name, members=members)


DOMAIN_USERS = group("Domain Users", "S-1-5-21-1-2-3-513", 1)
DOMAIN_ADMINS = group("Domain Admins", "S-1-5-21-1-2-3-512", 2)
USERS = group("Users", "S-1-5-32-545", 3, members=(DOMAIN_USERS.dn,))
ADMINISTRATORS = group("Administrators", "S-1-5-32-544", 4, members=(DOMAIN_ADMINS.dn,))
PERSON = AdUser(
    guid=UUID(int=9), dn=DOMAIN.child("CN", "p"), sid=Sid.parse("S-1-5-21-1-2-3-1100"), sam="p", primary_group=513
)


def reasons(*groups):
    guids = {each.dn: each.guid for each in (*groups, PERSON)}
    return protected_through_membership(groups, [PERSON], guids.get)


@pytest.mark.parametrize("sid", ["S-1-5-32-545", "S-1-5-32-546"])
def test_the_built_in_users_and_guests_protect_nobody(sid):
    assert not is_protected_group(group("x", sid, 5))


def test_a_person_is_not_protected_because_domain_users_is_in_the_built_in_users():
    assert PERSON.guid not in reasons(DOMAIN_USERS, DOMAIN_ADMINS, USERS, ADMINISTRATORS)


def test_everybody_is_protected_where_domain_users_is_in_administrators():
    wrong = group("Administrators", "S-1-5-32-544", 4, members=(DOMAIN_ADMINS.dn, DOMAIN_USERS.dn))
    assert "Domain Users" in reasons(DOMAIN_USERS, DOMAIN_ADMINS, USERS, wrong)[PERSON.guid]
