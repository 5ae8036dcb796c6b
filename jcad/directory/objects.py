"""Entries to the model's values: users, groups, name holders, the password policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from jcad.directory import attributes as attr
from jcad.directory.attributes import Attributes
from jcad.directory.entries import Entry
from jcad.directory.names import NameReader
from jcad.errors import DirectoryError
from jcad.model import AdGroup, AdNameHolder, AdUser, PasswordPolicy

T = TypeVar("T")

USER_ATTRIBUTES: Final = (
    "objectGUID",
    "objectSid",
    "objectClass",
    "sAMAccountName",
    "userPrincipalName",
    "givenName",
    "sn",
    "displayName",
    "mail",
    "proxyAddresses",
    "userAccountControl",
    "primaryGroupID",
    "adminCount",
    "isCriticalSystemObject",
    "pwdLastSet",
    "lockoutTime",
    "accountExpires",
)

GROUP_ATTRIBUTES: Final = (
    "objectGUID",
    "objectSid",
    "objectClass",
    "sAMAccountName",
    "groupType",
    "description",
    "adminCount",
    "isCriticalSystemObject",
    "member",
)

HOLDER_ATTRIBUTES: Final = ("objectGUID", "objectSid", "objectClass", "sAMAccountName", "userPrincipalName", "mail")

POLICY_ATTRIBUTES: Final = (
    "minPwdLength",
    "pwdProperties",
    "pwdHistoryLength",
    "maxPwdAge",
    "minPwdAge",
    "lockoutThreshold",
    "lockoutDuration",
    "lockOutObservationWindow",
)

_DOMAIN_PASSWORD_COMPLEX: Final = 1
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NONE_SEVERAL: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def user(entry: Entry, names: NameReader, extra: Iterable[str] = ()) -> AdUser:
    """A user. `extra` are further attributes (lower case): the first value goes into `attributes`, several into `several`."""
    dn, values = entry
    found = {name: texts for name in extra if (texts := attr.texts(values, name))}
    return AdUser(
        guid=_required(dn, "objectGUID", attr.guid(values)),
        dn=names(dn),
        sid=_required(dn, "objectSid", attr.sid(values)),
        sam=_required(dn, "sAMAccountName", attr.text(values, "samaccountname")),
        upn=attr.text(values, "userprincipalname"),
        given_name=attr.text(values, "givenname"),
        surname=attr.text(values, "sn"),
        display_name=attr.text(values, "displayname"),
        mail=attr.text(values, "mail"),
        proxy_addresses=attr.texts(values, "proxyaddresses"),
        control=attr.user_account_control(_required_flags(dn, "userAccountControl", values)),
        object_class=attr.object_class(values),
        primary_group=attr.integer(values, "primarygroupid") or 0,
        admin_count=attr.integer(values, "admincount") or 0,
        critical=attr.boolean(values, "iscriticalsystemobject"),
        pwd_last_set=attr.filetime(values, "pwdlastset"),
        lockout_time=attr.filetime(values, "lockouttime"),
        account_expires=attr.filetime(values, "accountexpires"),
        attributes={name: texts[0] for name, texts in found.items()} or _NOTHING,
        several={name: texts for name, texts in found.items() if len(texts) > 1} or _NONE_SEVERAL,
    )


def group(entry: Entry, names: NameReader) -> AdGroup:
    """A group, with the members that the entry has: make its ranges whole first."""
    dn, values = entry
    return AdGroup(
        guid=_required(dn, "objectGUID", attr.guid(values)),
        dn=names(dn),
        sid=_required(dn, "objectSid", attr.sid(values)),
        sam=_required(dn, "sAMAccountName", attr.text(values, "samaccountname")),
        type=attr.group_type(_required_flags(dn, "groupType", values)),
        description=attr.text(values, "description"),
        admin_count=attr.integer(values, "admincount") or 0,
        critical=attr.boolean(values, "iscriticalsystemobject"),
        members=tuple(map(names.member, attr.texts(values, "member"))),
    )


def is_group(entry: Entry) -> bool:
    """Whether an entry is a group."""
    return b"group" in entry[1].get("objectclass", ())


def is_user(entry: Entry) -> bool:
    """Whether an entry is a user in the widest sense (computers and service accounts are of that class too)."""
    return b"user" in entry[1].get("objectclass", ())


def name_holder(entry: Entry, names: NameReader) -> AdNameHolder:
    """Whatever holds an account name."""
    dn, values = entry
    return AdNameHolder(
        guid=_required(dn, "objectGUID", attr.guid(values)),
        dn=names(dn),
        object_class=attr.object_class(values),
        sam=attr.text(values, "samaccountname") or "",
        upn=attr.text(values, "userprincipalname"),
        mail=attr.text(values, "mail"),
        sid=attr.sid(values),
    )


def password_policy(values: Attributes) -> PasswordPolicy:
    """The domain's policy, from the attributes of its head (MS-ADTS 3.1.1.5.2.3, MS-SAMR 3.1.1.5)."""
    return PasswordPolicy(
        min_length=attr.integer(values, "minpwdlength") or 0,
        complex=bool((attr.integer(values, "pwdproperties") or 0) & _DOMAIN_PASSWORD_COMPLEX),
        history=attr.integer(values, "pwdhistorylength") or 0,
        max_age=attr.seconds(values, "maxpwdage"),
        min_age=attr.seconds(values, "minpwdage"),
        lockout_threshold=attr.integer(values, "lockoutthreshold") or 0,
        lockout_duration=attr.seconds(values, "lockoutduration"),
        lockout_window=attr.seconds(values, "lockoutobservationwindow"),
    )


def _required(dn: str, name: str, value: T | None) -> T:
    if value is None:
        raise hidden(dn, name)
    return value


def hidden(dn: str, name: str) -> DirectoryError:
    """The error of an object whose identity cannot be read."""
    return DirectoryError(
        f"{dn} has no {name} that this account may read",
        hint="Without it the object cannot be told from others; grant the directory account to read it.",
    )


def _required_flags(dn: str, name: str, values: Mapping[str, list[bytes]]) -> Mapping[str, list[bytes]]:
    """The attributes, if these flags are among them: a user whose flags are hidden must not pass for an enabled one."""
    _required(dn, name, values.get(name.lower()))
    return values
