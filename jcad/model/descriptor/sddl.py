"""The security descriptor definition language (MS-DTYP 2.5.1), read and written. Pure.

What is written is spelled as Windows spells it: rights as two-letter words when words cover them all, else as a hexadecimal
number; SIDs as abbreviations where there is one. Entries that the language has no words for are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NoReturn
from uuid import UUID

from jcad.errors import DescriptorError
from jcad.model.descriptor import conditions
from jcad.model.descriptor.values import CALLBACK_TYPES, OBJECT_TYPES, Ace, Acl, Control
from jcad.model.sid import Sid

_TYPES: Final = {"A": 0, "D": 1, "AU": 2, "AL": 3, "OA": 5, "OD": 6, "OU": 7, "OL": 8} | {
    "XA": 9,
    "XD": 10,
    "ZA": 11,
    "XU": 13,
    "ML": 17,
    "SP": 19,
}
_FLAGS: Final = {"OI": 1, "CI": 2, "NP": 4, "IO": 8, "ID": 0x10, "CR": 0x20, "SA": 0x40, "FA": 0x80}
_RIGHTS: Final = (
    {"CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100}
    | {"SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000}
    | {"GA": 0x10000000, "GX": 0x20000000, "GW": 0x40000000, "GR": 0x80000000}
)
_READ_ONLY_RIGHTS: Final = (
    {"AS": 0x1000000, "MA": 0x2000000}
    | {"FA": 0x1F01FF, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200A0}
    | {"KA": 0xF003F, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019}
)
"""Words that are understood and never written: file and key rights are the same numbers as others."""
_LABEL_RIGHTS: Final = {"NW": 1, "NR": 2, "NX": 4}
_LABEL: Final = 17
_LIST_FLAGS: Final = {
    "P": Control.DACL_PROTECTED,
    "AR": Control.DACL_AUTO_INHERIT_REQUIRED,
    "AI": Control.DACL_AUTO_INHERITED,
}
"""Of an access list; an audit list's bits are the next ones."""
_NULL: Final = "NO_ACCESS_CONTROL"

_BUILTIN: Final = (
    {"AO": 548, "BA": 544, "BG": 546, "BO": 551, "BU": 545, "CD": 574, "CY": 569, "ER": 573, "ES": 576, "HA": 578}
    | {"IS": 568, "LU": 559, "MS": 577, "MU": 558, "NO": 556, "PO": 550, "PU": 547, "RA": 575, "RD": 555, "RE": 552}
    | {"RM": 580, "RU": 554, "SO": 549, "AA": 579}
)
_ABSOLUTE: Final = (
    {"AC": "S-1-15-2-1", "AN": "S-1-5-7", "AS": "S-1-18-1", "AU": "S-1-5-11", "CG": "S-1-3-1", "CO": "S-1-3-0"}
    | {"ED": "S-1-5-9", "HI": "S-1-16-12288", "IU": "S-1-5-4", "LS": "S-1-5-19", "LW": "S-1-16-4096"}
    | {"ME": "S-1-16-8192", "MP": "S-1-16-8448", "NS": "S-1-5-20", "NU": "S-1-5-2", "OW": "S-1-3-4", "PS": "S-1-5-10"}
    | {"RC": "S-1-5-12", "SI": "S-1-16-16384", "SS": "S-1-18-2", "SU": "S-1-5-6", "SY": "S-1-5-18"}
    | {"UD": "S-1-5-84-0-0-0-0-0", "WD": "S-1-1-0", "WR": "S-1-5-33"}
    | {word: f"S-1-5-32-{rid}" for word, rid in _BUILTIN.items()}
)
_DOMAIN: Final = {
    "AP": 525,
    "CA": 517,
    "CN": 522,
    "DA": 512,
    "DC": 515,
    "DD": 516,
    "DG": 514,
    "DU": 513,
    "KA": 526,
    "LA": 500,
} | {"LG": 501, "PA": 520, "RS": 553}
_FOREST: Final = {"EA": 519, "EK": 527, "RO": 498, "SA": 518}

_SPACE = re.compile(r"\s*")
_SECTION = re.compile(r"([OGDS])\s*:\s*", re.IGNORECASE)
_SID = r"S-1(?:-(?:0x[0-9A-F]+|[0-9]+))+|[A-Z]{2}"
_SID_ALONE = re.compile(rf"(?:{_SID})(?=\s*(?:[OGDS]\s*:|\Z))", re.IGNORECASE)
_LIST_HEAD = re.compile(rf"((?:P|AR|AI|{_NULL}|\s)*)", re.IGNORECASE)
_LIST_WORD = re.compile(rf"{_NULL}|P|AR|AI", re.IGNORECASE)
_FIELDS = re.compile(r"\(" + r";".join([r"([^;()]*)"] * 6))
_NUMBER = re.compile(r"0x[0-9A-F]{1,8}|[0-9]{1,10}", re.IGNORECASE)
_GUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Abbreviations:
    """The two-letter words for SIDs, as they are understood in one domain and its forest."""

    domain: Sid | None = None
    forest: Sid | None = None

    @cached_property
    def sids(self) -> Mapping[str, Sid]:
        """Word: SID. Without a domain the words that are relative to it are not there."""
        known = {word: Sid.parse(text) for word, text in _ABSOLUTE.items()}
        for base, words in ((self.domain, _DOMAIN), (self.forest, _FOREST)):
            if base is not None:
                known |= {word: base.child(rid) for word, rid in words.items()}
        return known

    @cached_property
    def words(self) -> Mapping[Sid, str]:
        """SID: word."""
        return {sid: word for word, sid in self.sids.items()}

    def read(self, text: str) -> Sid:
        """The SID that a word or `S-1-...` stands for. Raises DescriptorError."""
        upper = text.upper()
        known = self.sids.get(upper)
        if known is not None:
            return known
        if upper in _DOMAIN or upper in _FOREST:
            raise DescriptorError(f"{text} in SDDL is relative to a domain, and no domain's SID was given")
        try:
            return Sid.parse(_decimal(text))
        except ValueError:
            raise DescriptorError(f"not a SID in SDDL: {text[:200]!r}") from None

    def write(self, sid: Sid) -> str:
        """The word for a SID, or its text."""
        return self.words.get(sid) or str(sid)


def _decimal(text: str) -> str:
    """A SID with hexadecimal parts in decimal ones."""
    if "x" not in text.lower():
        return text
    return "-".join(str(int(part, 16)) if part.lower().startswith("0x") else part for part in text.split("-"))


@dataclass(frozen=True, slots=True)
class Parts:
    """What SDDL says of a security descriptor."""

    control: int
    owner: Sid | None
    group: Sid | None
    sacl: Acl | None
    dacl: Acl | None


def parse(text: str, names: Abbreviations) -> Parts:
    """Read SDDL. Raises DescriptorError for anything else."""
    control = 0
    sids: dict[str, Sid] = {}
    lists: dict[str, Acl | None] = {}
    at = _skip(text, 0)
    while at < len(text):
        section = _SECTION.match(text, at)
        if section is None or section[1].upper() in {*sids, *lists}:
            _refuse(text, at)
        letter, at = section[1].upper(), section.end()
        if letter in "OG":
            found = _SID_ALONE.match(text, at)
            if found is None:
                _refuse(text, at)
            sids[letter], at = names.read(found[0]), found.end()
        else:
            lists[letter], bits, at = _list(text, at, names)
            control |= bits | Control.DACL_PRESENT if letter == "D" else bits << 1 | Control.SACL_PRESENT
        at = _skip(text, at)
    return Parts(control, sids.get("O"), sids.get("G"), lists.get("S"), lists.get("D"))


def _refuse(text: str, at: int) -> NoReturn:
    raise DescriptorError(f"not SDDL: {text[at : at + 60]!r} at character {at}")


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _list(text: str, at: int, names: Abbreviations) -> tuple[Acl | None, int, int]:
    """A list: its entries, the control bits as if it were an access list, and where it ends."""
    head = _LIST_HEAD.match(text, at)
    words = [word.upper() for word in _LIST_WORD.findall(head[1])] if head else []
    at = head.end() if head else at
    bits = 0
    for word in words:
        bits |= _LIST_FLAGS.get(word, 0)
    aces = []
    while text.startswith("(", at):
        ace, at = _ace(text, at, names)
        aces.append(ace)
        at = _skip(text, at)
    if _NULL in words:
        if aces:
            _refuse(text, at)
        return None, bits, at
    revision = 4 if any(ace.object_flags is not None for ace in aces) else 2
    return Acl(revision, tuple(aces)), bits, at


def _ace(text: str, at: int, names: Abbreviations) -> tuple[Ace, int]:
    fields = _FIELDS.match(text, at)
    if fields is None:
        _refuse(text, at)
    word, flags, rights, object_type, inherited_type, sid = (part.strip() for part in fields.groups())
    kind = _TYPES.get(word.upper())
    if kind is None:
        raise DescriptorError(f"not an entry type of SDDL: {word[:20]!r} at character {at}")
    end, tail = fields.end(), b""
    if text.startswith(";", end):
        stop = conditions.closing(text, end + 1)
        if kind not in CALLBACK_TYPES:
            raise DescriptorError(f"an entry of type {word} has no condition, at character {at}")
        tail, end = conditions.compile_condition(text[end + 1 : stop], names.read), stop
    elif kind in CALLBACK_TYPES:
        raise DescriptorError(f"an entry of type {word} needs a condition, at character {at}")
    if not text.startswith(")", end):
        _refuse(text, end)
    if kind not in OBJECT_TYPES and (object_type or inherited_type):
        raise DescriptorError(f"an entry of type {word} carries no object types, at character {at}")
    mask = _mask(rights, _LABEL_RIGHTS if kind == _LABEL else _RIGHTS | _READ_ONLY_RIGHTS)
    return (
        Ace(kind, _words(flags, _FLAGS), mask, names.read(sid), None, _guid(object_type), _guid(inherited_type), tail),
        end + 1,
    )


def _guid(text: str) -> UUID | None:
    if not text:
        return None
    if _GUID.fullmatch(text) is None:
        raise DescriptorError(f"not a GUID in SDDL: {text[:60]!r}")
    return UUID(text)


def _words(text: str, known: Mapping[str, int]) -> int:
    """The bits that two-letter words stand for."""
    bits = 0
    for start in range(0, len(text), 2):
        bit = known.get(text[start : start + 2].upper())
        if bit is None:
            raise DescriptorError(f"not a word of SDDL: {text[start : start + 2]!r} in {text[:60]!r}")
        bits |= bit
    return bits


def _mask(text: str, known: Mapping[str, int]) -> int:
    if _NUMBER.fullmatch(text) is None:
        return _words(text, known)
    octal = text.startswith("0") and text.isdigit() and len(text) > 1
    try:
        mask = int(text, 8) if octal else int(text, 0)
    except ValueError:
        mask = -1
    if not 0 <= mask <= 0xFFFFFFFF:
        raise DescriptorError(f"not a mask of 32 bits: {text}")
    return mask


def write(parts: Parts, names: Abbreviations) -> str:
    """The text. Raises DescriptorError for an entry that SDDL has no words for."""
    return "".join(_written(parts, names))


def _written(parts: Parts, names: Abbreviations) -> Iterator[str]:
    if parts.owner is not None:
        yield f"O:{names.write(parts.owner)}"
    if parts.group is not None:
        yield f"G:{names.write(parts.group)}"
    if parts.control & Control.DACL_PRESENT:
        yield "D:" + _written_list(parts.dacl, parts.control, names)
    if parts.control & Control.SACL_PRESENT:
        yield "S:" + _written_list(parts.sacl, parts.control >> 1, names)


def _written_list(acl: Acl | None, bits: int, names: Abbreviations) -> str:
    head = "".join(word for word, bit in _LIST_FLAGS.items() if bits & bit)
    return head + (_NULL if acl is None else "".join(_written_ace(ace, names) for ace in acl.aces))


_TYPE_WORDS = {kind: word for word, kind in _TYPES.items()}


def _written_ace(ace: Ace, names: Abbreviations) -> str:
    word = _TYPE_WORDS.get(ace.type)
    if word is None or ace.sid is None:
        raise DescriptorError(f"SDDL has no words for an entry of type {ace.type}", hint="Keep the descriptor's bytes.")
    if (ace.object_flags or 0) & ~3:
        raise DescriptorError(f"SDDL has no words for the object flags {ace.object_flags:#x}")
    tail = ""
    if ace.type in CALLBACK_TYPES:
        tail = ";" + conditions.write_condition(ace.data, names.write)
    elif ace.data:
        raise DescriptorError(f"SDDL has no words for what stands behind the SID of an entry of type {word}")
    flags = "".join(text for text, bit in _FLAGS.items() if ace.flags & bit)
    rights = _written_mask(ace.mask, _LABEL_RIGHTS if ace.type == _LABEL else _RIGHTS)
    guids = f"{ace.object_type or ''};{ace.inherited_object_type or ''}"
    return f"({word};{flags};{rights};{guids};{names.write(ace.sid)}{tail})"


def _written_mask(mask: int, known: Mapping[str, int]) -> str:
    if mask & ~sum(known.values()):
        return f"{mask:#x}"
    return "".join(word for word, bit in known.items() if mask & bit)
