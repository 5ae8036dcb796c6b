"""People by the thousand, for range retrieval, paging and timing. Deterministic; pure values; no I/O."""

from __future__ import annotations

from jcad.lab.seed.cases import Account, GroupCase, PersonCase
from jcad.lab.seed.values import ROOT_USER_CONTAINER, UNIVERSAL_SECURITY, OrganizationalUnit, Outcome

EVERYONE = "Everyone by number"
PEOPLE = OrganizationalUnit("People", ROOT_USER_CONTAINER)
_FIRST = ("Ada", "Bao", "Cécile", "Dieter", "Eszter", "Farid", "Gwen", "Håkon", "Inés", "Jürgen", "Keiko", "Łukasz")
_LAST = (
    "Abt",
    "Boğa",
    "Côté",
    "Dvořák",
    "Eriksen",
    "Fuß",
    "Gómez",
    "Hughes",
    "Ionescu",
    "Jokić",
    "Krüger",
    "O'Neil",
    "Ærø",
)
_PASSWD_NOTREQD = 0x20


def crowd(people: int, existing: int) -> tuple[PersonCase, ...]:
    """So many numbered people, bound through one group; the first `existing` have an account without a password."""
    return tuple(_person(number, present=number < existing) for number in range(people))


def _person(number: int, *, present: bool) -> PersonCase:
    first, last = _FIRST[number % len(_FIRST)], f"{_LAST[number % len(_LAST)]} {number:05}"
    account = Account(container=PEOPLE.dn, control=512 | _PASSWD_NOTREQD, password=None) if present else None
    return PersonCase(
        f"person.{number:05}",
        first,
        last,
        Outcome.LINK if present else Outcome.CREATE,
        "the e-mails agree" if present else "no account of that username",
        groups=(EVERYONE,),
        direct=False,
        account=account,
    )


def everyone(people: int, existing: int) -> tuple[GroupCase, ...]:
    """The group of all numbered people (none where there are no people)."""
    if not people:
        return ()
    if not existing:
        return (GroupCase(EVERYONE),)
    members = tuple(f"person.{number:05}" for number in range(existing))
    case = GroupCase(
        EVERYONE, Outcome.LINK, "an ordinary security group of the container", present=True, members=members,
        container=PEOPLE.dn, group_type=UNIVERSAL_SECURITY,
    )  # fmt: skip
    return (case,)
