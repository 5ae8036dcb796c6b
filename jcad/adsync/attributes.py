"""Which attributes are written with which values, and which are withheld and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from jcad.adsync.mapping import (
    AttributeValue,
    Rule,
    Unfit,
    cloud_value,
    directory_value,
    held,
    same,
    shown,
    text_for,
    typed,
)
from jcad.model import AdUser, CloudUser
from jcad.plan import Change
from jcad.settings import ValueType

__all__ = [
    "Difference",
    "Outline",
    "Person",
    "Withheld",
    "alignment",
    "cloud_value",
    "directory_value",
    "initial_values",
]

_ACTIVE_DIRECTORY = "active_directory"


@dataclass(frozen=True, slots=True)
class Withheld:
    """An attribute that differs and is not written all the same."""

    attribute: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's account as another one refers to it: its distinguished name, and the action that is to create it."""

    dn: str
    created_by: str | None = None


Managers = Callable[[str], Person]
"""The account of a JumpCloud user (by id) that is somebody's manager. Raises Unfit where there is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An attribute that is to be written. `old` is what is there as the directory spells it, None nothing; `new` None clears."""

    attribute: str
    old: AttributeValue | None
    new: AttributeValue | None
    change: Change
    needs: str | None = None


@dataclass(slots=True)
class Outline:
    """What is to be written to one account, and what is withheld. `later` waits for another account to be created."""

    now: list[Difference] = field(default_factory=list)
    later: list[Difference] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)

    def add(self, rule: Rule, old: AttributeValue | None, new: AttributeValue | None, needs: str | None) -> None:
        """Keep one attribute."""
        difference = Difference(rule.to, old, new, Change(rule.to, shown(old), shown(new)), needs)
        (self.later if needs else self.now).append(difference)


@cache
def by_attribute(rules: tuple[Rule, ...]) -> tuple[tuple[Rule, ...], ...]:
    """The rules of each attribute: one, or several of type multi, whose values are put together."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.attribute, []).append(rule)
    return tuple(map(tuple, found.values()))


def initial_values(user: CloudUser, rules: tuple[Rule, ...], managers: Managers) -> Outline:
    """What a new account is given; what Windows would refuse is withheld."""
    outline = Outline()
    for group in by_attribute(rules):
        first = group[0]
        try:
            new, needs = _wanted(user, [rule for rule in group if rule.applies(new=True)], managers)
        except Unfit as why:
            outline.withheld.append(Withheld(first.to, why.rule, why.reason))
            continue
        if new is not None:
            outline.add(first, None, new, needs)
    return outline


def alignment(
    user: CloudUser,
    account: AdUser,
    rules: tuple[Rule, ...],
    managers: Managers,
    *,
    clear_empty: bool = False,
    elsewhere: frozenset[str] = frozenset(),
) -> Outline:
    """How an existing account differs, and what of that is not written.

    `elsewhere` are the ids of other AD instances: what one of those owns is, here, JumpCloud's.
    """
    outline = Outline()
    owned = owned_fields(user, elsewhere)
    for group in by_attribute(rules):
        active = [rule for rule in group if rule.applies(new=False)]
        if active:
            _align(outline, user, account, (active, owned, managers, clear_empty))
    return outline


def _align(
    outline: Outline, user: CloudUser, account: AdUser, told: tuple[list[Rule], frozenset[str], Managers, bool]
) -> None:
    group, owned, managers, clear_empty = told
    first = group[0]
    old = held(account, first.attribute, first.type)
    try:
        new, needs = _wanted(user, group, managers)
        if (old is None if new is None else same(new, old, first.type)) or (new is None and not clear_empty):
            return
        _refuse(group, account, new, owned)
    except Unfit as why:
        outline.withheld.append(Withheld(first.to, why.rule, why.reason))
        return
    outline.add(first, directory_value(account, first.attribute) if first.type is ValueType.DN else old, new, needs)


def _wanted(user: CloudUser, group: Iterable[Rule], managers: Managers) -> tuple[AttributeValue | None, str | None]:
    """The value that the rules of one attribute make, and the action that it waits for. None: empty in JumpCloud."""
    several: set[str] = set()
    for rule in group:
        text = text_for(user, rule)
        if not text:
            continue
        if rule.is_manager:
            person = managers(text)
            return person.dn, person.created_by
        value = typed(text, rule)
        if not isinstance(value, tuple):
            return value, None
        several.update(value)
    return (tuple(sorted(several)) or None), None


def owned_fields(user: CloudUser, elsewhere: frozenset[str]) -> frozenset[str]:
    """The fields that JumpCloud says are this Active Directory's (restrictedFields), by their first word."""
    if not user.restricted:
        return frozenset()
    return frozenset(one.field for one in user.restricted if one.type == _ACTIVE_DIRECTORY and one.id not in elsewhere)


def _refuse(group: Iterable[Rule], account: AdUser, new: AttributeValue | None, owned: frozenset[str]) -> None:
    """Raise Unfit where a value must not be written although it differs."""
    for rule in group:
        for name in rule.fields:
            if (top := name.partition(".")[0]) in owned:
                raise Unfit("owned-by-ad", f"JumpCloud lists {top} as Active Directory's")
        if rule.type is not ValueType.MULTI and rule.attribute in account.several:
            count = len(account.several[rule.attribute])
            raise Unfit("several-values", f'it has {count} values, and a rule of type "{rule.type}" would leave one')
        primary = primary_smtp(account) if rule.attribute == "mail" else None
        if primary and primary.casefold() != str(new or "").casefold():
            raise Unfit("proxy-addresses", f"proxyAddresses has another primary address, {primary}")


def primary_smtp(account: AdUser) -> str | None:
    """The primary SMTP address of proxyAddresses: the one whose prefix is in capitals."""
    return next((address[5:] for address in account.proxy_addresses if address.startswith("SMTP:")), None)
