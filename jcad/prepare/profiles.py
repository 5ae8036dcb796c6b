"""Delegation profiles: tables of rights, each with the sentence that justifies it, read from TOML.

jcad's own are in the folder of the same name; a file of one's own has the same form and is named by its path in jcad.toml.
Names of classes, attributes and rights become the GUIDs of the forest's schema. Reads package data and files, nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from jcad.errors import SettingsError
from jcad.model.descriptor import FULL_CONTROL, AccessMask
from jcad.model.schema import SchemaMap
from jcad.prepare.desired import Grant, Inheritance, Place

RIGHTS: Mapping[str, int] = {
    "CreateChild": AccessMask.CREATE_CHILD,
    "DeleteChild": AccessMask.DELETE_CHILD,
    "ListChildren": AccessMask.LIST_CHILDREN,
    "Self": AccessMask.SELF_WRITE,
    "ReadProperty": AccessMask.READ_PROPERTY,
    "WriteProperty": AccessMask.WRITE_PROPERTY,
    "DeleteTree": AccessMask.DELETE_TREE,
    "ListObject": AccessMask.LIST_OBJECT,
    "ExtendedRight": AccessMask.CONTROL_ACCESS,
    "Delete": AccessMask.DELETE,
    "ReadControl": AccessMask.READ_CONTROL,
    "WriteDacl": AccessMask.WRITE_DAC,
    "WriteOwner": AccessMask.WRITE_OWNER,
    "GenericAll": FULL_CONTROL,
}
"""The names of System.DirectoryServices.ActiveDirectoryRights."""

_ON_CLASS = frozenset({"CreateChild", "DeleteChild"})
_ON_RIGHT = frozenset({"ExtendedRight", "Self"})


def _known_rights(given: tuple[str, ...]) -> tuple[str, ...]:
    if not given:
        raise ValueError("a right is missing")
    for name in given:
        if name not in RIGHTS:
            raise ValueError(f"{name!r} is no right{_meant(name, RIGHTS)}")
    return given


def _meant(name: str, known: Iterable[str]) -> str:
    """What was probably meant by a misspelt word, or what there is where there is little."""
    names = {one.casefold(): one for one in known}
    close = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {names[close[0]]}?"
    return f"; there are: {', '.join(names.values())}" if len(names) < _FEW else ""


_FEW = 25


class Row(BaseModel):
    """[[grant]]: one row of a profile.

    `object` names a class (CreateChild, DeleteChild), an attribute or property set (ReadProperty, WriteProperty), or a control
    right (ExtendedRight, Self); empty: all of them. `on` is the class of the objects below on which it holds; without one it
    holds on the container and, unless `inheritance` says otherwise, on the containers below it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    right: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
        AfterValidator(_known_rights),
    ]
    object: str = ""
    on: str = ""
    inheritance: Literal["", "none", "all", "descendents", "self-and-children", "children"] = ""
    place: Place = Place.CONTAINER
    option: str = ""
    owner_rights: bool = False
    groups_count: bool = False
    reason: str = Field(min_length=1)
    without: str = ""
    _line: int = PrivateAttr(0)

    @property
    def line(self) -> int:
        """The line of its file at which it begins; 0: it is of no file."""
        return self._line

    def at(self, line: int) -> Row:
        """The same row, which knows where it stands."""
        self._line = line
        return self


class Profile(BaseModel):
    """A whole profile: for which role, under which name, and its rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["import", "sync", "any"]
    name: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    grant: tuple[Row, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class _Names:
    """The GUIDs of names, with an error that says where a wrong name stands."""

    schema: SchemaMap
    source: str

    def object(self, row: Row) -> UUID | None:
        if not row.object:
            return None
        try:
            if _ON_CLASS & set(row.right):
                return self.schema.class_(row.object).guid
            if _ON_RIGHT & set(row.right):
                return self.schema.right(row.object).guid
            return self._property(row.object)
        except KeyError:
            raise self._unknown(row, row.object) from None

    def class_(self, row: Row) -> UUID | None:
        try:
            return self.schema.class_(row.on).guid if row.on else None
        except KeyError:
            raise self._unknown(row, row.on) from None

    def _property(self, name: str) -> UUID:
        try:
            return self.schema.attribute(name).guid
        except KeyError:
            return self.schema.right(name).guid

    def _unknown(self, row: Row, name: str) -> SettingsError:
        where = f"{self.source}, line {row.line}," if row.line else self.source
        known = [one.name for one in self.schema.attributes]
        known += [one.name for one in self.schema.classes] + [one.name for one in self.schema.rights]
        return SettingsError(
            f"{where} names {name!r}, which the forest's schema does not have{_meant(name, known)}",
            hint="Names are those of the schema (ldapDisplayName), and those of its control rights and property sets.",
        )


def profiles() -> tuple[Profile, ...]:
    """Jcad's own profiles."""
    folder = resources.files("jcad.prepare").joinpath("profiles")
    texts = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(_parse(text, name) for name, text in texts)


def needs() -> Mapping[str, tuple[str, ...]]:
    """Which actions fail without a right of the least-privilege profile, by the right as `title` names it."""
    text = resources.files("jcad.prepare").joinpath("needs.toml").read_text("utf-8")
    return {str(one["right"]): tuple(map(str, one["actions"])) for one in tomllib.loads(text)["need"]}


def title(row: Row) -> str:
    """A row as the table of needs names it: of reading and writing together, the writing."""
    right = next(name for name in ("WriteProperty", *row.right) if name in row.right)
    return " ".join(part for part in (right, row.object, f"on {row.on}" if row.on else "") if part)


def profile(role: str, name: str) -> Profile:
    """A profile by its name, or a file of one's own by its path. Raises SettingsError."""
    if name.endswith(".toml"):
        path = Path(name).expanduser()
        try:
            return _parse(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The profile {path} cannot be read: {error}") from error
    own = profiles()
    for one in own:
        if (one.role, one.name) == (role, name):
            return one
    known = ", ".join(one.name for one in own if one.role == role)
    raise SettingsError(
        f"There is no profile {name!r} for the {role} account.",
        hint=f"There is: {known}; or name a file that ends in .toml.",
    )


def grants(
    role: str, name: str, options: Iterable[str], schema: SchemaMap, attributes: Iterable[str] = ()
) -> tuple[Grant, ...]:
    """The grants of a profile with its options. `attributes` of users that are written beside its own. Raises SettingsError."""
    chosen = set(options)
    found = profile(role, name)
    further = next(one for one in profiles() if one.role == "any")
    rows = [row for row in (*found.grant, *further.grant) if not row.option or row.option in chosen]
    names = _Names(schema, f"the profile {name!r}")
    made = [_grant(row, names) for row in rows]
    if found.name == "least-privilege":
        there = {(grant.object_type, grant.inherited_object_type) for grant in made}
        mapped = [_grant(_mapped(one), _Names(schema, "[sync.mapping]")) for one in dict.fromkeys(attributes)]
        made += [one for one in mapped if (one.object_type, one.inherited_object_type) not in there]
    return tuple(made)


def _mapped(attribute: str) -> Row:
    return Row(
        right=("ReadProperty", "WriteProperty"),
        object=attribute,
        on="user",
        reason=f"[sync.mapping] writes {attribute}",
        without=f"set-attributes fails for {attribute}",
    )


def _grant(row: Row, names: _Names) -> Grant:
    mask = 0
    for right in row.right:
        mask |= RIGHTS[right]
    return Grant(
        mask=mask,
        object_type=names.object(row),
        inherited_object_type=names.class_(row),
        inheritance=_inheritance(row),
        place=row.place,
        reason=row.reason,
        without=row.without,
        owner_rights=row.owner_rights,
        groups_count=row.groups_count,
    )


def _inheritance(row: Row) -> Inheritance:
    if row.inheritance:
        return Inheritance[row.inheritance.replace("-", "_").upper()]
    return Inheritance.DESCENDENTS if row.on else Inheritance.ALL


def _parse(text: str, source: str) -> Profile:
    try:
        found = Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The profile {source} is not TOML: {error}") from error
    except ValidationError as error:
        problems = [_problem(text, source, details) for details in error.errors(include_input=False)]
        raise SettingsError(
            "\n".join(problems), hint="`jcad prepare plan --full` shows what a profile comes to."
        ) from None
    for row, line in zip(found.grant, _rows(text), strict=True):
        row.at(line)
    return found


_ROW = re.compile(r"\s*\[\[\s*grant\s*\]\]")


def _rows(text: str) -> list[int]:
    """The lines (from 1) at which the rows begin."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if _ROW.match(line)]


def _problem(text: str, source: str, details: Any) -> str:
    """One thing that is wrong, with its line and what was probably meant."""
    path = details["loc"]
    line = _line(text, path)
    where = f"The profile {source}, line {line}" if line else f"The profile {source}"
    name = ".".join(str(part) for part in path if not isinstance(part, int)) or "its top"
    if details["type"] == "extra_forbidden":
        fields = Row.model_fields if len(path) > 1 else Profile.model_fields
        return f"{where}: there is no {name}{_meant(str(path[-1]), fields)}"
    if details["type"] == "missing":
        return f"{where}: {name} is missing"
    return f"{where}: {name}: {details['msg'].removeprefix('Value error, ')}"


def _line(text: str, path: tuple[str | int, ...]) -> int:
    """The line of a key, or of the row that it is in; 0 where neither can be found."""
    rows = _rows(text)
    begin, key, end = 1, str(path[0]) if path else "", min(rows, default=0)
    if len(path) > 1 and isinstance(path[1], int) and path[1] < len(rows):
        begin, key = rows[path[1]], str(path[2]) if len(path) > 2 else ""
        end = rows[path[1] + 1] if path[1] + 1 < len(rows) else 0
    lines = text.splitlines()
    for number in range(begin, end or len(lines) + 1):
        if key and re.match(rf"\s*\[*\s*{re.escape(key)}\s*[]=]", lines[number - 1]):
            return number
    return begin if len(path) > 1 else 0
