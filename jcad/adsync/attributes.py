"""Which attributes are written with which values, and which are withheld and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jcad.adsync.options import LENGTHS, SyncOptions
from jcad.model import AdUser, CloudUser
from jcad.plan import Change

_OWN_FIELDS = ("firstname", "lastname", "email", "displayname", "username")
_ACTIVE_DIRECTORY = "active_directory"


@dataclass(frozen=True, slots=True)
class Withheld:
    """An attribute that differs and is not written all the same."""

    attribute: str
    rule: str
    reason: str


def cloud_value(user: CloudUser, name: str) -> str:
    """The text of a JumpCloud field, empty where there is none."""
    return str(getattr(user, name)) if name in _OWN_FIELDS else user.attributes.get(name, "")


def directory_value(account: AdUser, attribute: str) -> str | None:
    """The text of an LDAP attribute, None where there is none."""
    own = {
        "givenname": account.given_name,
        "sn": account.surname,
        "mail": account.mail,
        "displayname": account.display_name,
    }
    name = attribute.lower()
    return own[name] if name in own else account.attributes.get(name)


def initial_values(user: CloudUser, options: SyncOptions) -> tuple[dict[str, str], tuple[Withheld, ...]]:
    """What a new account is given, by LDAP attribute; what Windows would refuse is withheld."""
    values: dict[str, str] = {}
    withheld: list[Withheld] = []
    for name, attribute in options.mapping.items():
        if not (value := cloud_value(user, name)):
            continue
        if why := _too_long(attribute, value):
            withheld.append(why)
        else:
            values[attribute] = value
    return values, tuple(withheld)


def alignment(
    user: CloudUser, account: AdUser, options: SyncOptions
) -> tuple[tuple[Change, ...], tuple[Withheld, ...]]:
    """How an existing account differs, and what of that is not written."""
    changes: list[Change] = []
    withheld: list[Withheld] = []
    owned = {one.field for one in user.restricted if one.type == _ACTIVE_DIRECTORY}
    for name, attribute in options.mapping.items():
        new, old = cloud_value(user, name), directory_value(account, attribute)
        if new == (old or "") or (not new and not options.clear_empty):
            continue
        why = _why_not(name, attribute, new, account, owned)
        if why is not None:
            withheld.append(why)
        else:
            changes.append(Change(attribute, old, new or None))
    return tuple(changes), tuple(withheld)


def _why_not(name: str, attribute: str, new: str, account: AdUser, owned: set[str]) -> Withheld | None:
    if name in owned:
        return Withheld(attribute, "owned-by-ad", f"JumpCloud lists {name} as Active Directory's")
    if attribute.lower() == "mail" and (primary := primary_smtp(account)) and primary.casefold() != new.casefold():
        return Withheld(attribute, "proxy-addresses", f"proxyAddresses has another primary address, {primary}")
    return _too_long(attribute, new)


def primary_smtp(account: AdUser) -> str | None:
    """The primary SMTP address of proxyAddresses: the one whose prefix is in capitals."""
    return next((address[5:] for address in account.proxy_addresses if address.startswith("SMTP:")), None)


def _too_long(attribute: str, value: str) -> Withheld | None:
    limit = _LIMITS.get(attribute.lower())
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if limit is None or length <= limit:
        return None
    return Withheld(attribute, "too-long", f"the value has {length} characters, Active Directory takes {limit}")


_LIMITS: Mapping[str, int] = {name.lower(): limit for name, limit in LENGTHS.items()}
