"""Desired and actual states of a prepared domain made by hand, for tests that need no server."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

from jcad.directory import SecuredObject
from jcad.model import AdGroup, AdNameHolder, AdUser, DistinguishedName, GroupType, Sid, UserAccountControl
from jcad.prepare.desired import Desired, WantedAccount, WantedGroup
from jcad.prepare.state import AccountState, Actual, Kept

DOMAIN = DistinguishedName.parse("DC=lab,DC=jcad,DC=test")
DOMAIN_SID = Sid.parse("S-1-5-21-1-2-3")
USERS = DOMAIN.child("CN", "Users")
ROOT = DOMAIN.child("OU", "People")
GLOBAL = GroupType.GLOBAL | GroupType.SECURITY
DAY = 86400 * 10**7


def guid_of(name):
    return uuid5(NAMESPACE_DNS, str(name))


def secured(dn, object_class="organizationalunit", **values):
    return SecuredObject(guid=guid_of(dn), dn=dn, object_class=object_class, **values)


def there(*names):
    classes = {DOMAIN: "domaindns", USERS: "container"}
    return {dn: secured(dn, classes.get(dn, "organizationalunit")) for dn in names}


def account(role="sync", sam="jcsync", **values):
    given = {
        "role": role, "sam": sam, "name": sam, "upn": f"{sam}@lab.jcad.test", "container": USERS,
        "description": "d", "secret": f"vault:{sam}",
    }  # fmt: skip
    return WantedAccount(**{**given, **values})


def adi(container=ROOT):
    return WantedGroup(sam="JumpCloud", container=container, description="d", is_adi=True)


def desired(*accounts, groups=(), **values):
    given = {"container": ROOT, "create_container": False}
    return Desired(groups=tuple(groups), accounts=accounts, **{**given, **values})


def user(sam="jcsync", **values):
    given = {
        "guid": guid_of(sam), "dn": USERS.child("CN", sam), "sid": DOMAIN_SID.child(1104), "sam": sam,
        "upn": f"{sam}@lab.jcad.test", "pwd_last_set": 1,
        "control": UserAccountControl.NORMAL_ACCOUNT | UserAccountControl.DONT_EXPIRE_PASSWORD,
    }  # fmt: skip
    return AdUser(**{**given, **values})


def group(sam, rid=2000, **values):
    given = {
        "guid": guid_of(sam),
        "dn": ROOT.child("CN", sam),
        "sid": DOMAIN_SID.child(rid),
        "sam": sam,
        "type": GLOBAL,
    }
    return AdGroup(**{**given, **values})


def builtin(sam, rid):
    return group(sam, dn=DOMAIN.child("CN", "Builtin").child("CN", sam), sid=Sid(5, (32, rid)))


def holder(found, object_class="user"):
    return AdNameHolder(guid=found.guid, dn=found.dn, object_class=object_class, sam=found.sam)


def actual(*states, groups=(), objects=None, **values):
    users = [one.user for one in states]
    return Actual(
        dc="dc1",
        domain=DOMAIN,
        domain_sid=DOMAIN_SID,
        objects=there(DOMAIN, USERS, ROOT) if objects is None else objects,
        holders=(*map(holder, users), *(holder(one, "group") for one in groups), *values.pop("holders", ())),
        groups={one.sam.casefold(): one for one in groups},
        accounts={one.user.sam.casefold(): one for one in states},
        kept=values.pop("kept", {one.sam.casefold(): Kept.KNOWN for one in users}),
        **values,
    )


def state(found=None, **values):
    return AccountState(user=found or user(), **values)
