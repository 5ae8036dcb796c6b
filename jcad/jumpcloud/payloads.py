"""What JumpCloud's API sends, checked, and turned into jcad's own values. Unknown fields are tolerated. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jcad.errors import JumpCloudError
from jcad.model import (
    AdInstance,
    Agent,
    AgentType,
    CloudGroup,
    CloudUser,
    Organisation,
    RestrictedField,
    UseCase,
    UserState,
)


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _list(value: Any) -> Any:
    return [] if value is None else value


Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[str, Field(min_length=1)]


class Payload(BaseModel):
    """A JSON object of the API. Fields that jcad does not know are ignored; null counts as empty."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class _Restricted(Payload):
    field: Text
    type: Text
    id: Text = ""


class _Flexible(Payload):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)


class UserPayload(_Flexible):
    """A systemuser (API 1.0). Further fields are kept, for the mapping of attributes."""

    id: Id = Field(alias="_id")
    username: Text
    email: Text = ""
    firstname: Text = ""
    lastname: Text = ""
    displayname: Text = ""
    state: UserState | None = None
    suspended: bool | None = None
    restricted: Annotated[list[_Restricted], BeforeValidator(_list)] = Field(default=[], alias="restrictedFields")

    def value(self) -> CloudUser:
        """The user as jcad knows it."""
        suspended = bool(self.suspended)
        state = self.state or (UserState.SUSPENDED if suspended else UserState.ACTIVATED)
        return CloudUser(
            id=self.id,
            username=self.username,
            email=self.email,
            firstname=self.firstname,
            lastname=self.lastname,
            displayname=self.displayname,
            state=state,
            suspended=suspended,
            restricted=tuple(RestrictedField(each.field, each.type, each.id) for each in self.restricted),
            attributes=dict(_flat(self.model_extra or {})),
        )


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Further fields as flat text: `jobTitle`, `phoneNumbers.work`, `addresses.home.locality`, `customAttributes.shoe`."""
    for name, value in fields.items():
        if name == "attributes" and isinstance(value, list):
            yield from ((f"customAttributes.{each['name']}", str(each.get("value", ""))) for each in _named(value))
        elif isinstance(value, list):
            yield from _typed(name, value)
        elif isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, str | int | float):
            yield name, str(value)


def _named(items: list[Any]) -> Iterator[Mapping[str, Any]]:
    return (each for each in items if isinstance(each, Mapping) and each.get("name"))


def _typed(name: str, items: list[Any]) -> Iterator[tuple[str, str]]:
    """Items that have a `type` (addresses, phoneNumbers); the first of each type counts."""
    seen: set[str] = set()
    for each in items:
        kind = str(each.get("type", "")) if isinstance(each, Mapping) else ""
        if not kind or kind in seen:
            continue
        seen.add(kind)
        if "number" in each:
            yield f"{name}.{kind}", str(each["number"] or "")
            continue
        yield from ((f"{name}.{kind}.{part}", str(text)) for part, text in each.items() if isinstance(text, str))


class GroupPayload(Payload):
    """A user group (API 2.0)."""

    id: Id
    name: Text
    description: Text = ""

    def value(self, members: frozenset[str] = frozenset()) -> CloudGroup:
        """The group as jcad knows it, with these members."""
        return CloudGroup(id=self.id, name=self.name, description=self.description, members=members)


class InstancePayload(Payload):
    """An AD instance (API 2.0)."""

    id: Id
    domain: Text
    use_case: UseCase | None = Field(default=None, alias="useCase")
    groups_enabled: bool | None = Field(default=None, alias="groupsEnabled")
    primary_sync: Text = Field(default="", alias="primaryAgent")
    primary_import: Text = Field(default="", alias="primaryImportAgent")

    def value(self) -> AdInstance:
        """The instance as jcad knows it."""
        return AdInstance(
            id=self.id,
            domain=self.domain,
            use_case=self.use_case or UseCase.UNSET,
            groups_enabled=self.groups_enabled is not False,
            primary_sync=self.primary_sync,
            primary_import=self.primary_import,
        )


class AgentPayload(Payload):
    """An agent of an AD instance (API 2.0)."""

    id: Id
    type: AgentType = Field(alias="agentType")
    state: Text = ""
    hostname: Text = ""
    version: Text = ""
    contact_at: Text = Field(default="", alias="contactAt")

    def value(self) -> Agent:
        """The agent as jcad knows it."""
        return Agent(
            id=self.id,
            type=self.type,
            state=self.state,
            hostname=self.hostname,
            version=self.version,
            contact_at=self.contact_at,
        )


class DirectoryPayload(Payload):
    """A directory of the organisation (API 2.0): active_directory, office_365, g_suite, ldap_server or workday."""

    id: Id
    type: Text


class OrganisationPayload(Payload):
    """An organisation (API 1.0)."""

    id: Id = Field(alias="_id")
    name: Text = Field(default="", alias="displayName")

    def value(self) -> Organisation:
        """The organisation as jcad knows it."""
        return Organisation(id=self.id, name=self.name)


class Node(Payload):
    """A GraphObject."""

    id: Id
    type: Text = ""


class Connection(Payload):
    """A GraphConnection: an edge to an object. Its start is left out where it is clear."""

    to: Node


@dataclass(frozen=True, slots=True)
class Bound:
    """What a traversal reached: an object's id, and whether it is bound itself and not only through another one."""

    id: str
    is_direct: bool


class Reached(Payload):
    """A GraphObjectWithPaths: an object that a traversal reached."""

    id: Id
    type: Text = ""
    paths: Annotated[list[list[Connection]], BeforeValidator(_list)] = Field(default=[])

    def value(self) -> Bound:
        """Who was reached, and whether one of the paths there is a single edge."""
        return Bound(self.id, any(len(path) == 1 for path in self.paths))


AnyPayload = TypeVar("AnyPayload", bound=Payload)


def checked(kind: type[AnyPayload], rows: Iterable[Any], *, what: str) -> list[AnyPayload]:
    """The rows as payloads of a kind. Raises `JumpCloudError` that names the row and the field which is not as described."""
    return [_checked(kind, row, what) for row in rows]


def _checked(kind: type[AnyPayload], row: Any, what: str) -> AnyPayload:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        named = row.get("_id") or row.get("id") or "without an id" if isinstance(row, Mapping) else "that is no object"
        raise JumpCloudError(
            f"asked to {what}, JumpCloud sent an object ({named}) that jcad cannot read: {place}: {first['msg']}",
            status=200,
            hint="JumpCloud may have changed its API; look for a newer jcad",
        ) from None
