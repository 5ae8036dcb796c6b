"""Pairs out of the store and into it: each one is looked for on both sides before it is believed. Writes the store alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from jcad.adsync import require_one_domain
from jcad.errors import GuardStopped
from jcad.model import AdGroup, AdUser, Link, LinkKind, Memory, Remember, Saw
from jcad.runs.workplace import Workplace
from jcad.store import LinksFile, Store, StoreIdentity


class Standing(StrEnum):
    """How a pair of a file stands to the store and to both sides."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair of a file, and what is to be said of it. `reason` is empty where there is nothing to say."""

    link: Link
    standing: Standing
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PairsReview:
    """What an import would do. `file` is what was read."""

    file: LinksFile
    judged: tuple[Judged, ...]

    def counts(self) -> Counter[Standing]:
        """How many pairs there are of each standing."""
        return Counter(one.standing for one in self.judged)

    def accepted(self, *, with_missing: bool = False) -> tuple[Link, ...]:
        """The pairs to be kept."""
        wanted = {Standing.NEW, Standing.CHANGED, *([Standing.MISSING] if with_missing else [])}
        return tuple(one.link for one in self.judged if one.standing in wanted)

    def in_the_way(self, *, with_missing: bool = False) -> tuple[Judged, ...]:
        """The pairs that keep the file from being imported whole."""
        bad = {Standing.CONFLICT} if with_missing else {Standing.CONFLICT, Standing.MISSING}
        return tuple(one for one in self.judged if one.standing in bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """What is there: the JumpCloud ids of each kind, and the accounts and groups of the objectGUIDs asked for."""

    cloud: Mapping[LinkKind, frozenset[str]]
    directory: Mapping[UUID, AdUser | AdGroup]
    dc: str = ""


def judge_pairs(file: LinksFile, memory: Memory, sides: BothSides) -> tuple[Judged, ...]:
    """Hold each pair of a file against the store and both sides. Pure."""
    by_guid = {link.guid: link for link in memory.links.values()}
    return tuple(_judge(link, memory.links.get(link.cloud_id), by_guid.get(link.guid), sides) for link in file.links)


def _judge(link: Link, known: Link | None, holder: Link | None, sides: BothSides) -> Judged:
    if known is not None and known.guid != link.guid:
        return Judged(link, Standing.CONFLICT, f"the store pairs this JumpCloud id with {known.guid}")
    if known is not None and known.kind is not link.kind:
        return Judged(link, Standing.CONFLICT, f"the store has it as a {known.kind.value}")
    if holder is not None and holder.cloud_id != link.cloud_id:
        return Judged(link, Standing.CONFLICT, f"the store pairs this objectGUID with {holder.name or holder.cloud_id}")
    other = LinkKind.GROUP if link.kind is LinkKind.USER else LinkKind.USER
    if link.cloud_id in sides.cloud[other]:
        return Judged(link, Standing.CONFLICT, f"in JumpCloud this id is a {other.value}'s")
    found = sides.directory.get(link.guid)
    if found is None:
        missing = f"{sides.dc} knows no account or group of this objectGUID: deleted, or not replicated yet"
        return Judged(link, Standing.MISSING, missing)
    if isinstance(found, AdGroup) is not (link.kind is LinkKind.GROUP):
        kind = "group" if isinstance(found, AdGroup) else "user"
        return Judged(link, Standing.CONFLICT, f"in AD this objectGUID is a {kind}'s: {found.dn}")
    gone = "" if link.cloud_id in sides.cloud[link.kind] else f"JumpCloud has no {link.kind.value} of this id any more"
    if known == link:
        return Judged(link, Standing.SAME, gone)
    return Judged(link, Standing.NEW if known is None else Standing.CHANGED, gone)


def own_identity(store: Store) -> StoreIdentity:
    """What the store belongs to. Raises GuardStopped for one that no run has used."""
    identity = store.identity()
    if identity is None:
        raise GuardStopped(
            f"The state store {store.location} belongs to no domain yet: there are no pairs in it.",
            hint="`jcad sync plan` makes it this domain's.",
        )
    return identity


def review_pairs(workplace: Workplace, store: Store, file: LinksFile) -> PairsReview:
    """Look for every pair of a file on both sides. Nothing is written. Raises GuardStopped for a file of another tenant."""
    with workplace.directory(store) as directory:
        with workplace.jumpcloud() as jumpcloud:
            instance = workplace.find_instance(jumpcloud)
            require_one_domain(instance.domain, directory.dc.naming_context)
            here = StoreIdentity(
                organisation=jumpcloud.organisation().id,
                instance=instance.id,
                domain_sid=str(directory.dc.domain_sid),
            )
            _require_same(file.made_for, here)
            cloud = {LinkKind.USER: frozenset(jumpcloud.users()), LinkKind.GROUP: frozenset(jumpcloud.groups())}
        found = directory.by_guid([link.guid for link in file.links])
        sides = BothSides(cloud=cloud, directory=found, dc=directory.dc.name)
    known = store.identity()
    if known is not None:
        _require_same(known, here, f"The state store {store.location}")
    return PairsReview(file, judge_pairs(file, store.memory(), sides))


def import_pairs(store: Store, review: PairsReview, *, with_missing: bool = False) -> int:
    """Keep the pairs that were accepted, with the members seen of their groups. Gives how many. Raises StoreLocked."""
    links = review.accepted(with_missing=with_missing)
    made_for = review.file.made_for
    with store.lease():
        store.belongs_to(made_for.organisation, made_for.instance, made_for.domain_sid)
        known = {*store.memory().links, *(link.cloud_id for link in links)}
        store.remember([*map(Remember, links), *_members(review.file, known)])
    return len(links)


def _members(file: LinksFile, known: set[str]) -> Sequence[Saw]:
    seen = ((group, users & known) for group, users in sorted(file.members.items()) if group in known)
    return [Saw(group, frozenset(users)) for group, users in seen if users]


def _require_same(found: StoreIdentity, here: StoreIdentity, what: str = "The file of pairs") -> None:
    for name, wanted in (
        ("organisation", here.organisation),
        ("instance", here.instance),
        ("domain_sid", here.domain_sid),
    ):
        if (given := getattr(found, name)) != wanted:
            raise GuardStopped(
                f"{what} belongs to another {name.replace('_', ' ')}: {given}, not {wanted}. Nothing was written.",
                hint="Pairs of one organisation, AD instance and domain mean nothing in another: check --profile.",
            )
