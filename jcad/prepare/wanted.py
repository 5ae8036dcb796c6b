"""From the settings to the desired state. Pure; profiles are given as grants, wherever they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

from jcad.errors import GuardStopped
from jcad.model import DistinguishedName
from jcad.prepare.desired import Delegation, Desired, Grant, Place, WantedAccount, WantedGroup
from jcad.settings import Settings
from jcad.settings.prepare import ServiceAccount

GrantsOf = Callable[[str, str, tuple[str, ...]], tuple[Grant, ...]]
"""The grants of a role (import, sync), a profile and its options. Raises SettingsError."""


def desired(
    settings: Settings, domain: DistinguishedName, container: DistinguishedName, grants_of: GrantsOf
) -> Desired:
    """What the settings want. Raises GuardStopped for a container that is not of the domain, SettingsError for a profile."""
    told = settings.prepare
    accounts_in = DistinguishedName.parse(told.accounts_in) if told.accounts_in else domain.child("CN", "Users")
    for name, place in (("container in [sync]", container), ("accounts_in in [prepare]", accounts_in)):
        if place != domain and not place.is_under(domain):
            raise GuardStopped(
                f"{place} is not in the domain {domain}. Nothing was written.", hint=f"Check {name} of jcad.toml."
            )
    suffix = settings.sync.upn_suffix or settings.directory.domain
    roles: Mapping[str, ServiceAccount | None] = {"import": told.import_, "sync": told.sync}
    wanted = {role: one for role, one in roles.items() if one is not None}
    return Desired(
        container=container,
        create_container=told.create,
        groups=_groups(settings, container, accounts_in),
        accounts=tuple(
            WantedAccount(
                role=role,
                sam=one.name,
                name=one.name,
                upn=f"{one.name}@{suffix}",
                container=accounts_in,
                description=_DESCRIPTIONS[role],
                secret=str(one.password) if one.password else "",
                password_never_expires=told.password_never_expires,
            )
            for role, one in wanted.items()
        ),
        delegations=tuple(
            delegation
            for role, one in wanted.items()
            for delegation in _delegations(one, grants_of(role, one.profile, tuple(one.options)), domain, container)
        ),
        logon=told.logon if told.sync else "off",
        logon_server=told.logon_server,
    )


_DESCRIPTIONS = {
    "import": "Reads users for JumpCloud's AD Import agent",
    "sync": "Writes users and groups for the sync from JumpCloud",
}


def place_of(place: Place, domain: DistinguishedName, container: DistinguishedName) -> DistinguishedName:
    """The object whose permissions hold the grants of a place."""
    match place:
        case Place.CONTAINER:
            return container
        case Place.DOMAIN:
            return domain
        case Place.PASSWORD_SETTINGS:
            return domain.child("CN", "System").child("CN", "Password Settings Container")


def _groups(
    settings: Settings, container: DistinguishedName, accounts_in: DistinguishedName
) -> tuple[WantedGroup, ...]:
    groups = []
    if settings.prepare.adi_group:
        text = "Users and groups that JumpCloud imports (the ADI security group)"
        groups.append(WantedGroup(sam=settings.sync.adi_group, container=container, description=text, is_adi=True))
    if settings.prepare.admins_group:
        text = "Members that are in the ADI group too become administrators of their devices in JumpCloud"
        groups.append(WantedGroup(sam=settings.sync.admins_group, container=accounts_in, description=text))
    return tuple(groups)


def _delegations(
    account: ServiceAccount, grants: tuple[Grant, ...], domain: DistinguishedName, container: DistinguishedName
) -> list[Delegation]:
    """The grants of one account, one delegation for each object that holds some."""
    ordered = sorted(grants, key=lambda grant: list(Place).index(grant.place))
    return [
        Delegation(
            account=account.name,
            container=place_of(place, domain, container),
            grants=tuple(found),
            profiles=(account.profile, *account.options),
        )
        for place, found in groupby(ordered, lambda grant: grant.place)
    ]
