"""A small lab for many runs: twelve people and five groups, of which every kind of action is pending on the second day.

Pure values, and the second day's changes to the tenant.
"""

from __future__ import annotations

from jcad.lab.jumpcloud import Tenant
from jcad.lab.seed import (
    DOMAIN_DN,
    ROOT_USER_CONTAINER,
    SERVICE_CONTAINER,
    USERS_CONTAINER,
    WRITER,
    DirectoryGroup,
    DirectorySeed,
    Expected,
    OrganizationalUnit,
    Seed,
    TenantGroup,
    TenantSeed,
    TenantUser,
    object_id,
)
from jcad.lab.seed.cases import Account, PersonCase, directory_user
from jcad.lab.seed.logins import service_users

INSTANCE = object_id("active_directory", DOMAIN_DN)

NEW = ("ann.new", "bob.new", "o'cleo")
OLD = ("mary.old", "peter.old", "dora.old", "eve.old", "fred.old", "gus.old")
LATE = ("hal.late", "ida.late")
BYSTANDER = "only.in.ad"

_MEMBERS = {"Sales": ("gus.old", "mary.old"), "Legal": ("fred.old",), "Retired": ("peter.old",), "Newcomers": ()}

PENDING = frozenset({
    ("create user", "ann.new"), ("create user", "bob.new"), ("create user", "o'cleo"),
    ("create group", "Newcomers"), ("create group", "Night shift"),
    ("update user", "mary.old"), ("update user", "peter.old"),
    ("disable user", "dora.old"), ("disable user", "fred.old"), ("enable user", "eve.old"),
    ("rename group", "Sales East"),
    ("add member", "ann.new in Newcomers"), ("add member", "mary.old in Newcomers"),
    ("add member", "o'cleo in Night shift"), ("add member", "peter.old in Sales East"),
    ("remove member", "gus.old in Sales East"),
    ("link user", "hal.late"), ("link user", "ida.late"), ("update user", "ida.late"), ("link group", "Legal"),
    ("unlink group", "Retired"),
})  # fmt: skip
"""What the second day's plan must hold, as (kind, name); a member's name tells its group as well. Written by hand."""


def _first(username: str) -> str:
    return username.partition(".")[0].title()


def _case(username: str) -> PersonCase:
    return PersonCase(username, _first(username), "Before")


def small_seed() -> Seed:
    """The first day: the old ones are bound, eve is suspended; the late ones have accounts and are not bound yet."""
    accounts = tuple(directory_user(_case(name), Account()) for name in (*OLD, *LATE, BYSTANDER))
    groups = tuple(
        DirectoryGroup(name, name, ROOT_USER_CONTAINER, members=(*_MEMBERS[name], BYSTANDER))
        for name in ("Sales", "Legal", "Retired")
    )
    admins = DirectoryGroup("Domain Admins", "Domain Admins", USERS_CONTAINER, members=(WRITER,), existing=True)
    ous = tuple(
        OrganizationalUnit(dn.partition(",")[0].removeprefix("OU="), DOMAIN_DN)
        for dn in (ROOT_USER_CONTAINER, SERVICE_CONTAINER)
    )
    directory = DirectorySeed(ous, (*service_users(), *accounts), (), (*groups, admins))
    return Seed(directory, _tenant(), Expected((), ()))


def _tenant() -> TenantSeed:
    users = tuple(
        TenantUser(
            object_id("user", name), name, _case(name).mail, _first(name), "Before",
            "SUSPENDED" if name == "eve.old" else "ACTIVATED",
        )
        for name in (*OLD, *NEW, *LATE)
    )  # fmt: skip
    groups = tuple(
        TenantGroup(object_id("user_group", name), name, tuple(object_id("user", one) for one in members))
        for name, members in _MEMBERS.items()
    )
    return TenantSeed(
        organization_id=object_id("organization", "small"),
        organization_name="small",
        instance_id=INSTANCE,
        instance_domain=DOMAIN_DN.replace(",", ";"),
        use_case="JCASAUTHORITY",
        agents=(),
        users=users,
        groups=groups,
        bound_users=tuple(object_id("user", name) for name in OLD),
        bound_groups=tuple(object_id("user_group", name) for name in ("Sales", "Retired")),
    )


def second_day(tenant: Tenant) -> None:
    """Change the tenant, so that every kind of action is pending."""
    for name in (*NEW, *LATE):
        tenant.bind_user(INSTANCE, tenant.user_id(name))
    for name in ("mary.old", "peter.old", "ida.late"):
        tenant.update_user(tenant.user_id(name), lastname=f"O'After “{name}” $(x)")
    for name in ("dora.old", "fred.old"):
        tenant.suspend(tenant.user_id(name))
    tenant.unsuspend(tenant.user_id("eve.old"))
    sales, newcomers = tenant.group_id("Sales"), tenant.group_id("Newcomers")
    night = tenant.add_group("Night shift")
    tenant.update_group(sales, name="Sales East")
    for group, name in (
        (newcomers, "ann.new"), (newcomers, "mary.old"), (night, "o'cleo"), (sales, "peter.old"),
    ):  # fmt: skip
        tenant.add_member(group, tenant.user_id(name))
    tenant.remove_member(sales, tenant.user_id("gus.old"))
    for group in (newcomers, night, tenant.group_id("Legal")):
        tenant.bind_group(INSTANCE, group)
    tenant.unbind_group(INSTANCE, tenant.group_id("Retired"))
