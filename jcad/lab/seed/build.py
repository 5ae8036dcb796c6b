"""From cases to a seed: the domain's half, the tenant's half, and what a first sync must say. Pure; no I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from jcad.lab.seed.cases import ELSEWHERE, LYON, STAFF, TEAMS, TOKYO, GroupCase, PersonCase, directory_user
from jcad.lab.seed.crowd import PEOPLE, crowd, everyone
from jcad.lab.seed.logins import SERVICE_CONTAINER, service_users
from jcad.lab.seed.newcomers import NEWCOMERS
from jcad.lab.seed.residents import BYSTANDERS, RESIDENTS
from jcad.lab.seed.teams import ONLY_IN_AD, PREPARED, TEAM_CASES
from jcad.lab.seed.values import (
    DOMAIN_DN,
    ROOT_USER_CONTAINER,
    AttributeChange,
    DirectoryComputer,
    DirectoryGroup,
    DirectorySeed,
    Expected,
    ExpectedGroup,
    ExpectedUser,
    OrganizationalUnit,
    Outcome,
    Seed,
    TenantAgent,
    TenantGroup,
    TenantSeed,
    TenantUser,
)

_FIELDS = (("givenName", "first"), ("sn", "last"), ("mail", "mail"))


def object_id(kind: str, name: str) -> str:
    """A JumpCloud object id (24 hexadecimal digits), the same for the same kind and name.

    Ids begin with the time of their making: the seed's lie in 2020, so that what is made later is sorted behind them.
    """
    return f"5e{hashlib.sha256(f'{kind}/{name}'.encode()).hexdigest()[:22]}"


@dataclass(frozen=True, slots=True)
class _Cast:
    people: tuple[PersonCase, ...]
    bystanders: tuple[PersonCase, ...]
    teams: tuple[GroupCase, ...]

    def members(self, team: GroupCase) -> tuple[PersonCase, ...]:
        return tuple(person for person in self.people if team.name in person.groups)


def build(people: int, existing: int, *, bare: bool = False) -> Seed:
    """The seed with so many numbered people beside the named ones. Raises ValueError where the numbers are wrong."""
    if not 0 <= existing <= people <= 99_999:
        raise ValueError(f"people={people}, existing={existing}: existing is at most people, people at most 99,999")
    cast = _Cast(
        (*NEWCOMERS, *RESIDENTS, *crowd(people, existing)), BYSTANDERS, (*TEAM_CASES, *everyone(people, existing))
    )
    return Seed(_directory(cast, with_people=existing > 0, bare=bare), _tenant(cast), _expected(cast))


def _directory(cast: _Cast, *, with_people: bool, bare: bool) -> DirectorySeed:
    root = OrganizationalUnit(ROOT_USER_CONTAINER.partition(",")[0].removeprefix("OU="), DOMAIN_DN)
    service = OrganizationalUnit(SERVICE_CONTAINER.partition(",")[0].removeprefix("OU="), DOMAIN_DN)
    ous = (root, service, STAFF, LYON, TOKYO, TEAMS, ELSEWHERE, *((PEOPLE,) if with_people else ()))
    cases = (*cast.people, *cast.bystanders)
    users = (*service_users(bare=bare), *(directory_user(case, case.account) for case in cases if case.account))
    groups = (
        *(_directory_group(team) for team in cast.teams if team.present and not (bare and team.name in PREPARED)),
        *ONLY_IN_AD,
    )
    return DirectorySeed(ous, users, (DirectoryComputer("WS01$", "WS01", f"CN=Computers,{DOMAIN_DN}"),), groups)


def _directory_group(team: GroupCase) -> DirectoryGroup:
    sam = team.sam if team.sam is not None else team.name
    name = team.cn if team.cn is not None else sam
    return DirectoryGroup(sam, name, team.container, team.group_type, team.members, existing=team.existing)


def _tenant(cast: _Cast) -> TenantSeed:
    instance = object_id("active_directory", DOMAIN_DN)
    return TenantSeed(
        organization_id=object_id("organization", "jcad lab"),
        organization_name="jcad lab",
        instance_id=instance,
        instance_domain=DOMAIN_DN.replace(",", ";"),
        use_case="JCASAUTHORITY",
        agents=(TenantAgent(object_id("agent", "dc1"), "SYNC", "DC1", "inactive", "2.26.0"),),
        users=tuple(_tenant_user(person) for person in cast.people),
        groups=tuple(_tenant_group(cast, team) for team in cast.teams),
        bound_users=tuple(_user_id(person) for person in cast.people if person.direct),
        bound_groups=tuple(_group_id(team) for team in cast.teams if team.bound),
    )


def _user_id(person: PersonCase) -> str:
    return object_id("user", person.username)


def _group_id(team: GroupCase) -> str:
    return object_id("user_group", team.name)


def _tenant_user(person: PersonCase) -> TenantUser:
    return TenantUser(
        _user_id(person), person.username, person.mail, person.first, person.last, person.state, person.restricted,
        person.more,
    )  # fmt: skip


def _tenant_group(cast: _Cast, team: GroupCase) -> TenantGroup:
    members = tuple(_user_id(person) for person in cast.members(team))
    return TenantGroup(_group_id(team), team.name, members, membership_method=team.method)


def _expected(cast: _Cast) -> Expected:
    users = tuple(_expected_user(person, person.outcome) for person in cast.people if person.outcome)
    groups = tuple(_expected_group(cast, team, team.outcome) for team in cast.teams if team.outcome)
    return Expected(users, groups)


def _expected_user(person: PersonCase, outcome: Outcome) -> ExpectedUser:
    base = ExpectedUser(_user_id(person), person.username, outcome, person.because)
    if outcome is Outcome.CREATE:
        return ExpectedUser(
            base.id, base.username, outcome, base.because, person.username, enabled=person.state != "SUSPENDED"
        )
    if outcome is Outcome.LINK and person.account:
        there = directory_user(person, person.account)
        return ExpectedUser(
            base.id, base.username, outcome, base.because, there.sam_account_name,
            enabled=not there.user_account_control & 2 and not person.disable,
            changes=tuple(_changes(person)), disable=person.disable, withheld=person.withheld,
        )  # fmt: skip
    return base


def _changes(person: PersonCase) -> Iterable[AttributeChange]:
    if person.account is None:
        return
    there = directory_user(person, person.account)
    for attribute, field in _FIELDS:
        old, new = there.value(attribute), getattr(person, field)
        if old != new and attribute not in person.withheld:
            yield AttributeChange(attribute, old, new)


def _expected_group(cast: _Cast, team: GroupCase, outcome: Outcome) -> ExpectedGroup:
    adds: tuple[str, ...] = ()
    if outcome in {Outcome.CREATE, Outcome.LINK}:
        present = set(team.members)
        adds = tuple(
            person.username
            for person in cast.members(team)
            if person.outcome in {Outcome.CREATE, Outcome.LINK} and not _is_in(person, team, present)
        )
    return ExpectedGroup(_group_id(team), team.name, outcome, team.because, adds, team.kept)


def _is_in(person: PersonCase, team: GroupCase, present: set[str]) -> bool:
    if person.account is None:
        return False
    return directory_user(person, person.account).sam_account_name in present or (
        person.account.primary_group == team.name
    )
