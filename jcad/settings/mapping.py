"""[sync.mapping]: which of JumpCloud's fields go to which LDAP attributes, as data. Pure; nothing here is ever evaluated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class ValueType(StrEnum):
    """What an attribute holds: one text, a whole number, TRUE or FALSE, a distinguished name, or several texts."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DN = "dn"
    MULTI = "multi"


class When(StrEnum):
    """Whether a rule fills new accounts, aligns those that are there, or both."""

    CREATE = "create"
    UPDATE = "update"
    BOTH = "both"


class Transform(StrEnum):
    """What is done to a text on its way, one after the other in the order given."""

    TRIM = "trim"
    COLLAPSE = "collapse"
    UPPER = "upper"
    LOWER = "lower"
    DIGITS = "digits"
    ASCII = "ascii"
    TRUNCATE = "truncate"


OWN_FIELDS: Final = ("firstname", "lastname", "email", "displayname", "username")
"""The fields that every user is read with."""
FIELDS: Final = (
    *OWN_FIELDS, "middlename", "alternateEmail", "company", "costCenter", "department", "description",
    "employeeIdentifier", "employeeType", "jobTitle", "location", "manager", "managedAppleId", "unix_uid", "unix_guid",
)  # fmt: skip
"""The fields of a user that hold one value (JumpCloud API 1.0, systemuserreturn)."""
ADDRESS_PARTS: Final = (
    "streetAddress", "extendedAddress", "poBox", "locality", "region", "postalCode", "country",
)  # fmt: skip
DOMAIN: Final = "domain"
"""The one name in a template that is no field: the domain's DNS name."""

_ATTRIBUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}\Z")
_LONGEST: Final = 10_000

_LOGON = "the logon names follow the username: see `username`, `upn_suffix` and `rename_users` in [sync]"
_OWN = "jcad sets it by its own rules, see the page on the sync"
_SECURITY = "it decides who may log on as whom, and is never mapped"
_SYSTEM = "the directory itself keeps it"
_REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("samaccountname", "userprincipalname"), _LOGON),
    **dict.fromkeys(("cn", "name", "distinguishedname"), "the name of an account is never changed"),
    **dict.fromkeys(("useraccountcontrol", "unicodepwd", "userpassword", "dbcspwd", "pwdlastset", "lockouttime"), _OWN),
    **dict.fromkeys(("member", "memberof", "primarygroupid"), "memberships follow JumpCloud's groups"),
    "proxyaddresses": "it belongs to Exchange or Entra Connect; jcad looks at it before it writes mail",
    **dict.fromkeys(
        (
            "serviceprincipalname", "altsecurityidentities", "sidhistory", "ntsecuritydescriptor", "admincount",
            "msds-keycredentiallink", "msds-allowedtodelegateto", "msds-allowedtoactonbehalfofotheridentity",
            "msds-supportedencryptiontypes", "usercertificate",
        ),
        _SECURITY,
    ),
    **dict.fromkeys(
        (
            "objectguid", "objectsid", "objectclass", "objectcategory", "iscriticalsystemobject", "whencreated",
            "whenchanged", "usncreated", "usnchanged", "lastlogon", "lastlogontimestamp", "logoncount", "badpwdcount",
            "badpasswordtime", "samaccounttype", "instancetype",
        ),
        _SYSTEM,
    ),
}  # fmt: skip


class MappingEntry(BaseModel):
    """Where one field goes: `jobTitle = "title"` for short, or a table with any of these.

    `template` builds the text from several fields, `{firstname:1}. {lastname}`: the first letter of one, the whole of
    another. Where a field that it names is empty there is no value.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(description="the LDAP attribute")
    type: ValueType | None = Field(None, description="text unless said otherwise; dn for the manager")
    transform: tuple[Transform, ...] = Field((), description="what is done to the text, in order")
    template: str = Field("", description="a text with {fields} in it, instead of the field alone")
    when: When = Field(When.BOTH, description="new accounts, accounts that are there, or both")
    separator: str = Field(";", min_length=1, description="what stands between the values of type multi")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        """Read a bare attribute name, and a single transform."""
        if isinstance(given, str):
            return {"to": given}
        if not isinstance(given, dict):
            raise ValueError('write the LDAP name of an attribute, or a table such as { to = "title", type = "text" }')  # noqa: TRY004  - pydantic reports ValueError
        if isinstance(given.get("transform"), str):
            return given | {"transform": [given["transform"]]}
        return given

    @model_validator(mode="after")
    def _sound(self) -> MappingEntry:
        if not _ATTRIBUTE.match(self.to):
            raise ValueError(f"{self.to!r} is not the LDAP name of an attribute")
        if why := _REFUSED.get(self.to.lower()):
            raise ValueError(f"{self.to} cannot be mapped: {why}")
        for _, name, _ in template_parts(self.template):
            if name is not None and name != DOMAIN:
                require_field(name)
        return self

    def short(self) -> str | dict[str, Any]:
        """The entry as somebody would write it."""
        given = self.model_dump(mode="json", exclude_defaults=True)
        return self.to if set(given) == {"to"} else given


def require_field(name: str) -> str:
    """Raise ValueError unless JumpCloud's users have this field, as jcad spells it."""
    top, _, rest = name.partition(".")
    kind, _, part = rest.partition(".")
    whole = {
        "customAttributes": bool(rest),
        "phoneNumbers": bool(kind) and not part,
        "addresses": bool(kind) and part in ADDRESS_PARTS,
    }
    if whole.get(top, name in FIELDS):
        return name
    if top in whole:
        raise ValueError(
            f"{name!r} is not a whole field; write phoneNumbers.TYPE, addresses.TYPE.PART "
            f"(PART: {', '.join(ADDRESS_PARTS)}) or customAttributes.NAME"
        )
    close = get_close_matches(name, FIELDS, n=1, cutoff=0.6)
    meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join((*FIELDS, *whole))}"
    raise ValueError(f"JumpCloud's users have no field {name!r}; {meant}")


FieldName = Annotated[str, AfterValidator(require_field)]
Entries = dict[FieldName, tuple[MappingEntry, ...]]
"""The entries of each field."""

DEFAULT: Final[Mapping[str, str]] = {"firstname": "givenName", "lastname": "sn", "email": "mail"}
"""What JumpCloud's own agent writes (documentation: User Attribute Synchronization)."""


def read_entries(given: Any) -> Any:
    """One entry or several for each field, as a list of them, over the default ones; an empty list turns a field off."""
    if not isinstance(given, dict):
        return given
    return {
        field: entry if isinstance(entry, list | tuple) else [entry] for field, entry in {**DEFAULT, **given}.items()
    }


def check_entries(entries: Entries) -> Entries:
    """Refuse attributes that two rules would write. Raises ValueError."""
    for field, listed in entries.items():
        for entry in listed:
            _check_type(field, entry)
    singles = Counter(
        entry.to.lower() for listed in entries.values() for entry in listed if entry.type is not ValueType.MULTI
    )
    every = Counter(entry.to.lower() for listed in entries.values() for entry in listed)
    for name, count in every.items():
        if count > 1 and singles[name]:
            raise ValueError(f'{name} is mapped {count} times; only type = "multi" collects several fields')
    return entries


def _check_type(field: str, entry: MappingEntry) -> None:
    if field == "manager" and not entry.template and entry.type not in {None, ValueType.DN}:
        raise ValueError("the manager is written as a distinguished name: leave `type` out")


def short_entries(entries: Entries) -> dict[str, Any]:
    """The entries as somebody would write them."""
    listed = {field: [entry.short() for entry in some] for field, some in entries.items()}
    return {field: some[0] if len(some) == 1 else some for field, some in listed.items()}


Part = tuple[str, str | None, int | None]
"""A piece of a template: text, then a field (or none), and how many of its first characters (None: all)."""


def template_parts(text: str) -> tuple[Part, ...]:
    """A template's pieces. `{{` and `}}` stand for braces. Raises ValueError for anything but texts and fields."""
    if len(text) > _LONGEST:
        raise ValueError(f"the template has more than {_LONGEST} characters")
    parts: list[Part] = []
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"the template {text!r} cannot be read: {error}") from None
    for literal, name, length, conversion in pieces:
        if name == "" or conversion or (length and not length.isdecimal()):
            raise ValueError(f"in the template {text!r}: write {{field}}, or {{field:N}} for its first N characters")
        parts.append((literal, name, int(length) if length else None))
    return tuple(parts)
