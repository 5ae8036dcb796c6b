"""Attribute mapping as data: what a rule makes of a user, what an account holds, and when the two are the same. Pure.

Nothing is evaluated: a rule is a field or a template of fields, transforms in their order, and the type of the attribute.
A value is a text, a whole number, a truth value, or several texts (sorted); a distinguished name is a text in jcad's spelling.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from jcad.model import AdUser, CloudUser, DistinguishedName
from jcad.settings import MappingEntry, Transform, ValueType, When, template_parts
from jcad.settings.mapping import DOMAIN, OWN_FIELDS

AttributeValue = str | int | bool | tuple[str, ...]
Piece = tuple[str, str | None, int | None]

LENGTHS: Final[Mapping[str, int]] = {
    "givenname": 64, "sn": 64, "initials": 6, "mail": 256, "displayname": 256, "department": 64, "company": 64, "title": 128,
    "division": 256, "employeeid": 16, "employeenumber": 512, "employeetype": 256, "physicaldeliveryofficename": 128,
    "telephonenumber": 64, "mobile": 64, "homephone": 64, "pager": 64, "facsimiletelephonenumber": 64, "ipphone": 64,
    "othertelephone": 64, "othermobile": 64, "otherhomephone": 64, "streetaddress": 1024, "street": 1024,
    "postofficebox": 40, "l": 128, "st": 128, "postalcode": 40, "c": 3, "co": 128, "description": 1024, "info": 1024,
    "comment": 1024, "wwwhomepage": 2048, "personaltitle": 64, "middlename": 64, "houseidentifier": 128,
}  # fmt: skip
"""The schema's upper limits, in characters, of what a mapping usually names (MS-ADSC rangeUpper; checked on Samba's)."""

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_INTEGERS: Final = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True)
class Rule:
    """One rule of the mapping. `pieces` are its template: text, then a field and how much of it; a bare field is one piece."""

    to: str
    pieces: tuple[Piece, ...]
    type: ValueType = ValueType.TEXT
    transforms: tuple[Transform, ...] = ()
    when: When = When.BOTH
    separator: str = ";"

    @cached_property
    def attribute(self) -> str:
        """The attribute's name in lower case, as attributes are compared."""
        return self.to.lower()

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of JumpCloud that it is made from."""
        return tuple(name for _, name, _ in self.pieces if name is not None)

    @cached_property
    def field(self) -> str | None:
        """The one field that is taken as it is, if there is one: then nothing needs to be put together."""
        bare = len(self.pieces) == 1 and not self.pieces[0][0] and self.pieces[0][2] is None
        return self.pieces[0][1] if bare else None

    @cached_property
    def is_manager(self) -> bool:
        """Whether it names the manager, whom JumpCloud knows by id and AD by distinguished name."""
        return self.type is ValueType.DN and self.field == "manager"

    @cached_property
    def limit(self) -> int | None:
        """How many characters the attribute takes."""
        return LENGTHS.get(self.attribute)

    def applies(self, *, new: bool) -> bool:
        """Whether it holds for accounts that are created, or for those that are there."""
        return self.when is When.BOTH or self.when is (When.CREATE if new else When.UPDATE)


class Unfit(Exception):
    """A value that the attribute cannot take: the rule that says so, and why, for people."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason


def plain_rules(mapping: Mapping[str, str]) -> tuple[Rule, ...]:
    """Rules that copy a field to an attribute as text (the manager as a distinguished name)."""
    return tuple(_rule(field, MappingEntry(to=attribute), "") for field, attribute in mapping.items())


def rules_of(entries: Mapping[str, Iterable[MappingEntry]], domain: str) -> tuple[Rule, ...]:
    """The rules of the settings, for a domain of this DNS name. Several to one attribute stay beside each other."""
    return tuple(_rule(field, entry, domain) for field, listed in entries.items() for entry in listed)


def _rule(field: str, entry: MappingEntry, domain: str) -> Rule:
    pieces: tuple[Piece, ...] = (("", field, None),)
    if entry.template:
        known = template_parts(entry.template)
        pieces = tuple((text + domain, None, None) if name == DOMAIN else (text, name, n) for text, name, n in known)
    kind = entry.type or (ValueType.DN if field == "manager" and not entry.template else ValueType.TEXT)
    return Rule(entry.to, pieces, kind, entry.transform, entry.when, entry.separator)


# ---- JumpCloud's side ------------------------------------------------------------------------------------------------


def cloud_value(user: CloudUser, name: str) -> str:
    """The text of a JumpCloud field, empty where there is none."""
    return str(getattr(user, name)) if name in OWN_FIELDS else user.attributes.get(name, "")


def text_for(user: CloudUser, rule: Rule) -> str:
    """What a rule makes of a user, as text and before its type: empty where a field that it needs is empty."""
    if rule.field is not None:
        text = cloud_value(user, rule.field)
    else:
        parts: list[str] = []
        for literal, name, length in rule.pieces:
            part = cloud_value(user, name) if name is not None else ""
            if name is not None and not part:
                return ""
            parts += (literal, part[:length])
        text = "".join(parts)
    for transform in rule.transforms:
        text = _TRANSFORMS[transform](text, rule)
    return text


def typed(text: str, rule: Rule) -> AttributeValue:
    """The text as the attribute takes it. Raises Unfit."""
    match rule.type:
        case ValueType.INTEGER:
            return _integer(text)
        case ValueType.BOOLEAN:
            return _boolean(text)
        case ValueType.DN:
            return _name(text)
        case ValueType.MULTI:
            values = tuple(sorted({part.strip() for part in text.split(rule.separator)} - {""}))
            for value in values:
                _fits(value, rule)
            return values
    _fits(text, rule)
    return text


def _integer(text: str) -> int:
    plain = text.strip()
    if plain.removeprefix("-").isdecimal() and len(plain) <= 20 and int(plain) in _INTEGERS:
        return int(plain)
    raise Unfit("not-a-number", f"{text!r} is not a whole number that Active Directory takes")


def _boolean(text: str) -> bool:
    plain = text.strip().casefold()
    if plain not in _TRUE | _FALSE:
        raise Unfit("not-a-truth-value", f"{text!r} is neither true nor false")
    return plain in _TRUE


def _name(text: str) -> str:
    try:
        name = DistinguishedName.parse(text)
    except ValueError as error:
        raise Unfit("not-a-name", str(error)) from None
    if not name.rdns:
        raise Unfit("not-a-name", f"{text!r} is not a distinguished name")
    return str(name)


def _fits(text: str, rule: Rule) -> None:
    length = _units(text)
    if rule.limit is not None and length > rule.limit:
        raise Unfit("too-long", f"the value has {length} characters, Active Directory takes {rule.limit}")


def _units(text: str) -> int:
    """The length as Windows counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _truncate(text: str, rule: Rule) -> str:
    if rule.limit is None:
        return text
    while _units(text) > rule.limit:
        text = text[: -max(1, (_units(text) - rule.limit) // 2)]
    return text.rstrip()


def _ascii(text: str, _rule: Rule) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


_TRANSFORMS: Final[Mapping[Transform, Callable[[str, Rule], str]]] = {
    Transform.TRIM: lambda text, _: text.strip(),
    Transform.COLLAPSE: lambda text, _: " ".join(text.split()),
    Transform.UPPER: lambda text, _: text.upper(),
    Transform.LOWER: lambda text, _: text.lower(),
    Transform.DIGITS: lambda text, _: "".join(char for char in text if char.isdecimal() or char == "+"),
    Transform.ASCII: _ascii,
    Transform.TRUNCATE: _truncate,
}


# ---- Active Directory's side -----------------------------------------------------------------------------------------

_OWN: Final[Mapping[str, Callable[[AdUser], str | None]]] = {
    "givenname": lambda account: account.given_name,
    "sn": lambda account: account.surname,
    "mail": lambda account: account.mail,
    "displayname": lambda account: account.display_name,
}


def directory_value(account: AdUser, attribute: str) -> str | None:
    """The first text of an LDAP attribute, None where there is none."""
    name = attribute.lower()
    own = _OWN.get(name)
    return own(account) if own is not None else account.attributes.get(name)


def directory_values(account: AdUser, attribute: str) -> tuple[str, ...]:
    """All texts of an LDAP attribute."""
    several = account.several.get(attribute.lower())
    if several is not None:
        return several
    one = directory_value(account, attribute)
    return () if one is None else (one,)


def held(account: AdUser, attribute: str, kind: ValueType) -> AttributeValue | None:
    """What an account holds, as the type says; a text where it is not of that type. None where there is nothing."""
    text = directory_value(account, attribute)
    if text is None:
        return None
    match kind:
        case ValueType.MULTI:
            return tuple(sorted(directory_values(account, attribute)))
        case ValueType.BOOLEAN if text in {"TRUE", "FALSE"}:
            return text == "TRUE"
        case ValueType.INTEGER if text.removeprefix("-").isdecimal():
            return int(text)
        case ValueType.DN:
            try:
                return str(DistinguishedName.parse(text))
            except ValueError:
                return text
    return text


def same(new: AttributeValue, old: AttributeValue | None, kind: ValueType) -> bool:
    """Whether two values are one to the directory; texts are compared to the letter."""
    if kind is ValueType.DN and isinstance(new, str) and isinstance(old, str) and new != old:
        return DistinguishedName.parse(new) == DistinguishedName.parse(old)
    return type(new) is type(old) and new == old


def shown(value: AttributeValue | None) -> str | None:
    """A value as a plan shows it and reading back compares it: several as a JSON list, truth as LDAP spells it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return str(value).upper()
