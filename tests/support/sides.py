"""Both sides made of plain values, by hand or from the lab's seed, for tests that need no server."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, UUID, uuid5

from jcad.adsync import (
    CloudSide,
    DirectorySide,
    GroupSam,
    OnUnbind,
    Sync,
    SyncOptions,
    Takeover,
    UsernameIs,
    plain_rules,
)
from jcad.model import (
    AdGroup,
    AdInstance,
    AdNameHolder,
    AdUser,
    Agent,
    AgentType,
    Bindings,
    CloudGroup,
    CloudUser,
    DistinguishedName,
    GroupType,
    Memory,
    Organisation,
    Protection,
    RestrictedField,
    Sid,
    UserAccountControl,
    UserState,
    protected_through_membership,
)

DOMAIN = DistinguishedName.parse("DC=lab,DC=jcad,DC=test")
DOMAIN_SID = Sid.parse("S-1-5-21-1-2-3")
CONTAINER = DistinguishedName.parse("OU=JumpCloud,DC=lab,DC=jcad,DC=test")
OPTIONS = SyncOptions(container=CONTAINER, upn_suffix="lab.jcad.test")


def guid_of(name: str) -> UUID:
    return uuid5(NAMESPACE_DNS, name)


def cloud_user(name, **values):
    username = values.get("username", name)
    given = {
        "id": f"id-{username}",
        "username": username,
        "email": f"{username}@lab.jcad.test",
        "firstname": "First",
        "lastname": "Last",
    }
    return CloudUser(**{**given, **values})


def ad_user(sam, *, rid=5000, container=CONTAINER, cn=None, **values):
    given = {
        "guid": guid_of(f"user {sam}"),
        "dn": container.child("CN", cn or sam),
        "sid": DOMAIN_SID.child(rid),
        "sam": sam,
        "given_name": "First",
        "surname": "Last",
        "mail": f"{sam}@lab.jcad.test",
    }
    return AdUser(**{**given, **values})


def ad_group(sam, *members, rid=6000, container=CONTAINER, cn=None, **values):
    given = {
        "guid": guid_of(f"group {sam}"),
        "dn": container.child("CN", cn or sam),
        "sid": DOMAIN_SID.child(rid),
        "sam": sam,
        "members": tuple(member.dn for member in members),
    }
    return AdGroup(**{**given, **values})


def cloud_side(users=(), groups=(), *, bound=None, bound_groups=None, agents=(), domain="DC=lab;DC=jcad;DC=test"):
    through = {member for group in groups for member in group.members}
    direct = frozenset(user.id for user in users) if bound is None else frozenset(bound)
    return CloudSide(
        organisation=Organisation(id="org", name="Lab"),
        instance=AdInstance(id="instance", domain=domain),
        agents=tuple(agents),
        users={user.id: user for user in users},
        groups={group.id: group for group in groups},
        bindings=Bindings(
            users=direct | (frozenset(through) if bound is None else frozenset()),
            direct_users=direct,
            groups=frozenset(group.id for group in groups) if bound_groups is None else frozenset(bound_groups),
        ),
    )


def cloud_group(name, *members, **values):
    given = {"id": f"id-{name}", "name": name, "members": frozenset(member.id for member in members)}
    return CloudGroup(**{**given, **values})


def directory_side(users=(), groups=(), others=(), never=None):
    side = DirectorySide(
        dc="dc1.lab.jcad.test",
        domain=DOMAIN,
        domain_sid=DOMAIN_SID,
        users=tuple(users),
        groups=tuple(groups),
        others=tuple(others),
    )
    reasons = protected_through_membership(side.groups, side.users, side.guids_by_dn.get)
    return DirectorySide(
        dc=side.dc,
        domain=DOMAIN,
        domain_sid=DOMAIN_SID,
        users=side.users,
        groups=side.groups,
        others=side.others,
        protection=Protection(reasons=reasons, never=never or {}),
    )


def a_sync(cloud, directory, memory=None, **options):
    given = {"container": CONTAINER, "upn_suffix": "lab.jcad.test"}
    sorts = {"takeover": Takeover, "on_unbind": OnUnbind, "group_sam": GroupSam, "username": UsernameIs}
    if isinstance(options.get("mapping"), dict):
        options["mapping"] = plain_rules(options["mapping"])
    options = {name: sorts.get(name, lambda value: value)(value) for name, value in options.items()}
    chosen = SyncOptions(**{**given, **options}) if options else OPTIONS
    return Sync(cloud=cloud, directory=directory, memory=memory or Memory(), options=chosen)


def agent(kind, state="active"):
    return Agent(id=f"agent-{kind}", type=AgentType(kind), state=state)


# ---- from the seed ---------------------------------------------------------------------------------------------------


def seeded_cloud(seed) -> CloudSide:
    tenant = seed.tenant
    users = [
        CloudUser(
            id=user.id,
            username=user.username,
            email=user.email,
            firstname=user.firstname,
            lastname=user.lastname,
            state=UserState(user.state),
            suspended=user.state == "SUSPENDED",
            restricted=tuple(RestrictedField(field, "active_directory") for field in user.restricted_fields),
            attributes=dict(user.more),
        )
        for user in tenant.users
    ]
    groups = [CloudGroup(id=group.id, name=group.name, members=frozenset(group.members)) for group in tenant.groups]
    bound = [group for group in groups if group.id in tenant.bound_groups]
    through = {member for group in bound for member in group.members}
    return CloudSide(
        organisation=Organisation(id=tenant.organization_id, name=tenant.organization_name),
        instance=AdInstance(id=tenant.instance_id, domain=tenant.instance_domain),
        users={user.id: user for user in users},
        groups={group.id: group for group in groups},
        bindings=Bindings(
            users=frozenset(tenant.bound_users) | frozenset(through),
            direct_users=frozenset(tenant.bound_users),
            groups=frozenset(tenant.bound_groups),
        ),
    )


BUILT_IN = {"Domain Admins": 512, "Server Operators": 549, "Account Operators": 548}


def seeded_directory(seed, never) -> DirectorySide:
    rids = {**BUILT_IN}
    for number, group in enumerate(seed.directory.groups):
        rids.setdefault(group.sam_account_name, 2000 + number)
    names = {one.sam_account_name.casefold(): DistinguishedName.parse(one.dn) for one in _all(seed)}
    users = [
        AdUser(
            guid=guid_of(f"user {user.sam_account_name}"),
            dn=DistinguishedName.parse(user.dn),
            sid=DOMAIN_SID.child(500 if user.sam_account_name == "Administrator" else 3000 + number),
            sam=user.sam_account_name,
            upn=user.user_principal_name or None,
            given_name=user.value("givenName") or None,
            surname=user.value("sn") or None,
            mail=user.value("mail") or None,
            proxy_addresses=dict(user.attributes).get("proxyAddresses", ()),
            control=UserAccountControl(user.user_account_control),
            primary_group=rids[user.primary_group] if user.primary_group else 513,
            admin_count=int(user.admin_count),
            lockout_time=int(user.locked),
        )
        for number, user in enumerate(seed.directory.users)
    ]
    users.append(ad_user("krbtgt", rid=502, container=DOMAIN.child("CN", "Users"), critical=True, mail=None))
    groups = [
        AdGroup(
            guid=guid_of(f"group {group.sam_account_name}"),
            dn=DistinguishedName.parse(group.dn),
            sid=DOMAIN_SID.child(rids[group.sam_account_name]),
            sam=group.sam_account_name,
            type=GroupType(group.group_type & 0xFFFFFFFF),
            members=tuple(names[member.casefold()] for member in group.members if member.casefold() in names),
        )
        for group in seed.directory.groups
    ]
    others = [
        AdNameHolder(
            guid=guid_of(one.sam_account_name),
            dn=DistinguishedName.parse(one.dn),
            object_class="computer",
            sam=one.sam_account_name,
        )
        for one in seed.directory.computers
    ]
    return directory_side(users, groups, others, never)


def _all(seed):
    return (*seed.directory.users, *seed.directory.groups, *seed.directory.computers)
