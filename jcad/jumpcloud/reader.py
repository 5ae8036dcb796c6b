"""The reading side of JumpCloud: organisation, AD instances, agents, people, groups, who is bound to what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any, Protocol, Self, TypeVar

from jcad.errors import JumpCloudError
from jcad.jumpcloud.address import Address
from jcad.jumpcloud.credentials import ClientCredentials
from jcad.jumpcloud.paging import READS, Page, whole
from jcad.jumpcloud.payloads import (
    AgentPayload,
    AnyPayload,
    Connection,
    DirectoryPayload,
    GroupPayload,
    InstancePayload,
    Node,
    OrganisationPayload,
    Reached,
    UserPayload,
    checked,
)
from jcad.jumpcloud.pool import Pool
from jcad.jumpcloud.wire import Patience, Wire
from jcad.model import AdInstance, Agent, Bindings, CloudGroup, CloudUser, Organisation, Secret

V1_LIMIT = 1000
"""Rows asked for at once in API 1.0, as JumpCloud's own PowerShell module does; what comes back sets the size."""
V2_LIMIT = 100
"""Rows asked for at once in API 2.0 ("Limited to 100")."""

USER_FIELDS = ("username", "email", "firstname", "lastname", "displayname", "state", "suspended", "restrictedFields")

_M365 = "office_365"
_PAUSE = 0.2  # seconds before a list that changed is read again, doubled each time


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudDirectory:
    """What one AD instance is to be made from: the instance, its agents, who is bound, and all users and groups by id.

    The bound groups come with all their direct members, the others without any.
    """

    organisation: Organisation
    instance: AdInstance
    agents: tuple[Agent, ...]
    bindings: Bindings
    users: Mapping[str, CloudUser]
    groups: Mapping[str, CloudGroup]


class HasId(Protocol):
    """Anything with an id, which tells one row of a list from another."""

    @property
    def id(self) -> str:
        """The id."""


Named = TypeVar("Named", bound=HasId)


def _as_it_is(row: Named) -> Named:
    return row


def _end(edge: Connection) -> Node:
    return edge.to


class JumpCloudReader:
    """Reads one organisation. Thread-safe; lists are read page by page, `workers` pages at once.

        with JumpCloudReader(Address(region="eu"), Secret(key)) as reader:
            instance = reader.instances()[0]
            cloud = reader.observe(instance.id)

    Every method may raise `AuthenticationFailed`, `AccessDenied`, `CertificateError`, `ConnectionFailed` or `JumpCloudError`.
    """

    def __init__(
        self, address: Address, key: Secret | ClientCredentials, *, patience: Patience | None = None, workers: int = 6
    ) -> None:
        self._address = address
        self._wire = Wire(address, key, patience=patience, connections=workers)
        # Pages never wait for one another, lists wait for their pages: two pools, so that neither can starve the other.
        self._pages = Pool(workers, "jumpcloud-page")
        self._lists = Pool(workers, "jumpcloud-list")

    @property
    def wire(self) -> Wire:
        """What its requests go over, for what writes with the same key."""
        return self._wire

    def close(self) -> None:
        """Close every connection; what other threads still wait for fails."""
        self._wire.close()
        self._lists.close()
        self._pages.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one thing each ---

    def organisation(self) -> Organisation:
        """The organisation that the key opens: the one that was named, or the only one."""
        what = "read the organisation"
        wanted = self._address.organisation
        if wanted:
            found = self._wire.get(f"/api/organizations/{wanted}", {}, what=what)
            return checked(OrganisationPayload, [found], what=what)[0].value()
        rows = self._v1("/api/organizations", {"sort": "_id"}, OrganisationPayload, _as_it_is, what=what)
        if len(rows) == 1:
            return rows[0].value()
        raise JumpCloudError(
            f"the API key opens {len(rows)} organisations and the settings name none",
            hint="set the organisation id",
        )

    def instances(self) -> tuple[AdInstance, ...]:
        """The AD instances of the organisation."""
        what = "list the Active Directory instances"
        rows = self._v2("/api/v2/activedirectories", {"sort": "_id"}, InstancePayload, _as_it_is, what=what)
        return tuple(each.value() for each in rows)

    def instance(self, instance: str) -> AdInstance:
        """One AD instance by its id."""
        what = f"read the Active Directory instance {instance}"
        found = self._wire.get(f"/api/v2/activedirectories/{instance}", {}, what=what)
        return checked(InstancePayload, [found], what=what)[0].value()

    def agents(self, instance: str) -> tuple[Agent, ...]:
        """The agents of an AD instance."""
        what = f"list the agents of the Active Directory instance {instance}"
        rows = self._v2(
            f"/api/v2/activedirectories/{instance}/agents", {"sort": "_id"}, AgentPayload, _as_it_is, what=what
        )
        return tuple(each.value() for each in rows)

    def bound_to_m365(self) -> bool:
        """Whether the organisation has an M365 (Office 365) directory."""
        what = "list the directories"
        rows = self._v2("/api/v2/directories", {"sort": "_id"}, DirectoryPayload, _as_it_is, what=what)
        return any(each.type == _M365 for each in rows)

    def users(self, further: Iterable[str] = ()) -> dict[str, CloudUser]:
        """Every user by its id. `further` names more fields to read (`jobTitle`, `addresses.work.locality`, ...)."""
        what = "list the users"
        query = {"sort": "_id", "fields": " ".join(dict.fromkeys((*USER_FIELDS, *map(_field, further))))}
        rows = self._v1("/api/systemusers", query, UserPayload, UserPayload.value, what=what)
        return {each.id: each for each in rows}

    def users_now(self, ids: Iterable[str], further: Iterable[str] = ()) -> dict[str, CloudUser | None]:
        """These users as they are now, read at the same time; None for one that is not there (any more)."""
        wanted, fields = list(ids), " ".join(dict.fromkeys((*USER_FIELDS, *map(_field, further))))
        return dict(zip(wanted, self._pages.all([partial(self._user, one, fields) for one in wanted]), strict=True))

    def _user(self, identity: str, fields: str) -> CloudUser | None:
        what = f"read the user {identity}"
        try:
            found = self._wire.get(f"/api/systemusers/{identity}", {"fields": fields}, what=what)
        except JumpCloudError as error:
            if error.status != 404:
                raise
            return None
        return checked(UserPayload, [found], what=what)[0].value()

    def groups(self) -> dict[str, CloudGroup]:
        """Every user group by its id, without its members."""
        what = "list the user groups"
        query = {"sort": "_id", "fields": "id,name,description"}
        rows = self._v2("/api/v2/usergroups", query, GroupPayload, GroupPayload.value, what=what)
        return {each.id: each for each in rows}

    def members(self, group: str) -> frozenset[str]:
        """The ids of a group's direct users."""
        what = f"list the members of the group {group}"
        rows = self._v2(f"/api/v2/usergroups/{group}/members", {}, Connection, _end, what=what)
        return frozenset(end.id for end in rows if end.type == "user")

    def members_of(self, groups: Iterable[str]) -> dict[str, frozenset[str]]:
        """The ids of the direct users of several groups, read at the same time."""
        wanted = list(groups)
        return dict(zip(wanted, self._lists.all([partial(self.members, each) for each in wanted]), strict=True))

    def membership(self, group: str) -> frozenset[str]:
        """The ids of all users of a group, however they came to be in it (traversal)."""
        what = f"list the membership of the group {group}"
        rows = self._v2(f"/api/v2/usergroups/{group}/membership", {"sort": "_id"}, Reached, Reached.value, what=what)
        return frozenset(each.id for each in rows)

    def bindings(self, instance: str) -> Bindings:
        """Who is bound to an AD instance: users, directly or through a group, and groups."""
        root = f"/api/v2/activedirectories/{instance}"
        users_what, groups_what = f"list the users bound to {instance}", f"list the groups bound to {instance}"
        users, groups = self._lists.all(
            [
                lambda: self._v2(f"{root}/users", {}, Reached, Reached.value, what=users_what),
                lambda: self._v2(f"{root}/usergroups", {}, Reached, Reached.value, what=groups_what),
            ]
        )
        return Bindings(
            users=frozenset(each.id for each in users),
            direct_users=frozenset(each.id for each in users if each.is_direct),
            groups=frozenset(each.id for each in groups),
        )

    # --- everything that a sync needs ---

    def observe(self, instance: str, further: Iterable[str] = ()) -> CloudDirectory:
        """Everything about an AD instance, read at the same time, and read again where the parts do not fit.

        They do not fit when something bound, or a member of something bound, is not in the list of users or groups: it was
        made, deleted or bound meanwhile. Raises `JumpCloudError` where that happens each time.
        """
        stray: frozenset[str] = frozenset()
        misfit = ""
        for _ in range(READS):
            found, misfit = self._observed(instance, tuple(further))
            before, stray = stray, _strays(found)
            if not misfit and stray == before:  # the same strays twice are no race: JumpCloud itself does not bind them
                self._wire.known.turn()
                return found
        raise JumpCloudError(
            f"users and bindings of the Active Directory instance {instance} do not fit together: "
            f"{misfit or f'{len(stray)} members of bound groups are not bound, such as {min(stray, default=None)}'}",
            hint="something is changing many objects in JumpCloud just now; try again when it is done",
        )

    def _observed(self, instance: str, further: tuple[str, ...]) -> tuple[CloudDirectory, str]:
        pool = self._lists
        organisation = pool.start(self.organisation)
        known, agents = pool.start(partial(self.instance, instance)), pool.start(partial(self.agents, instance))
        users, groups = pool.start(partial(self.users, further)), pool.start(self.groups)
        try:
            bindings = self.bindings(instance)
            members, gone = self._members_now(bindings.groups)
            everybody = pool.result(users)
            found = CloudDirectory(
                organisation=pool.result(organisation),
                instance=pool.result(known),
                agents=pool.result(agents),
                bindings=bindings,
                users=everybody,
                groups={
                    each: replace(group, members=members.get(each, frozenset()))
                    for each, group in pool.result(groups).items()
                },
            )
        except BaseException:
            pool.drop([organisation, known, agents, users, groups])
            raise
        return found, gone or _misfit(found)

    def _members_now(self, groups: Iterable[str]) -> tuple[dict[str, frozenset[str]], str]:
        """The members of groups that were bound a moment ago, and what it says where one of them is not there any more."""
        try:
            return self.members_of(sorted(groups)), ""
        except JumpCloudError as error:
            if error.status != 404:
                raise
            return {}, error.message

    # --- lists ---

    def _v1(
        self, path: str, query: Mapping[str, str], kind: type[AnyPayload],
        make: Callable[[AnyPayload], Named], *, what: str,
    ) -> list[Named]:  # fmt: skip
        def page(found: Any) -> Page[Named]:
            if not isinstance(found, Mapping) or not isinstance(found.get("results"), list):
                raise _shapeless(what, "an object with results")
            total = found.get("totalCount")
            return Page(self._rows(found["results"], kind, make, what), total if isinstance(total, int) else None)

        def fetch(skip: int, limit: int) -> Page[Named]:
            asked = {**query, "skip": str(skip), "limit": str(limit)}
            return self._wire.get_as(path, asked, page, what=what)[0]

        return self._whole(fetch, V1_LIMIT, what)

    def _v2(
        self, path: str, query: Mapping[str, str], kind: type[AnyPayload],
        make: Callable[[AnyPayload], Named], *, what: str,
    ) -> list[Named]:  # fmt: skip
        def rows(found: Any) -> tuple[Named, ...]:
            if not isinstance(found, list):
                raise _shapeless(what, "a list")
            return self._rows(found, kind, make, what)

        def fetch(skip: int, limit: int) -> Page[Named]:
            asked = {**query, "skip": str(skip), "limit": str(limit)}
            found, headers = self._wire.get_as(path, asked, rows, what=what)
            total = headers.get("x-total-count", "")
            return Page(found, int(total) if total.isascii() and total.isdigit() else None)

        return self._whole(fetch, V2_LIMIT, what)

    def _rows(
        self, found: Iterable[Any], kind: type[AnyPayload], make: Callable[[AnyPayload], Named], what: str
    ) -> tuple[Named, ...]:
        def understand(row: Any) -> Named:
            return make(checked(kind, [row], what=what)[0])

        return self._wire.known.rows(kind, found, understand)

    def _whole(self, fetch: Callable[[int, int], Page[Named]], limit: int, what: str) -> list[Named]:
        return whole(
            fetch, _own_id, limit=limit, at_once=self._pages.all, what=what,
            between=lambda attempt: self._wire.pause(_PAUSE * 2.0 ** (attempt - 1)),
        )  # fmt: skip


def _field(name: str) -> str:
    """The field of the API that a flat name is read from."""
    top = name.partition(".")[0]
    return "attributes" if top == "customAttributes" else top


_own_id: Callable[[HasId], str] = attrgetter("id")


def _shapeless(what: str, wanted: str) -> JumpCloudError:
    return JumpCloudError(
        f"asked to {what}, JumpCloud did not send {wanted}",
        status=200,
        hint="check region and base_url; JumpCloud may have changed its API",
    )


def _misfit(found: CloudDirectory) -> str:
    """What is bound and yet not listed, or an empty text."""
    if lost := found.bindings.users - found.users.keys():
        return f"{len(lost)} bound users are not among the users, such as {min(lost)}"
    if lost := found.bindings.groups - found.groups.keys():
        return f"{len(lost)} bound groups are not among the groups, such as {min(lost)}"
    return ""


def _strays(found: CloudDirectory) -> frozenset[str]:
    """Members of bound groups who are not bound users."""
    everybody: frozenset[str] = frozenset().union(*(group.members for group in found.groups.values()))
    return everybody - found.bindings.users
