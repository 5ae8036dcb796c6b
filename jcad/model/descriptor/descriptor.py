"""A security descriptor as a value, and its two written forms. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import Self

from jcad.errors import DescriptorError
from jcad.model.descriptor import sddl
from jcad.model.descriptor.binary import acl_to_bytes, read_acl, read_sid
from jcad.model.descriptor.values import Acl, Control
from jcad.model.sid import Sid

_HEAD = struct.Struct("<BBHIIII")
_PARTS = ("owner", "group", "sacl", "dacl")


@dataclass(frozen=True, slots=True)
class SecurityDescriptor:
    """A security descriptor (MS-DTYP 2.4.6): the owner, the group, the audit list (`sacl`) and the access list (`dacl`).

    `dacl` is None both when there is none (the control bit DACL_PRESENT is clear) and when it is a null one (the bit is
    set), which allows everything to everybody. `sbz1` is the resource manager's byte. `layout` is the order in which the
    four parts stood; it is no part of what the descriptor says, and is kept so that writing gives the same bytes.

        SecurityDescriptor.parse(entry.raw("nTSecurityDescriptor")[0]).to_sddl(domain_sid)
    """

    control: int = Control.SELF_RELATIVE
    owner: Sid | None = None
    group: Sid | None = None
    sacl: Acl | None = None
    dacl: Acl | None = None
    sbz1: int = 0
    layout: tuple[str, ...] = field(default=_PARTS, compare=False, repr=False)

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read the self-relative form, as nTSecurityDescriptor has it. Raises DescriptorError for anything else."""
        if len(raw) < 20:
            raise DescriptorError(f"a security descriptor has at least 20 bytes; these are {len(raw)}")
        raw = bytes(raw)
        revision, sbz1, control, *offsets = _HEAD.unpack_from(raw)
        if revision != 1 or not control & Control.SELF_RELATIVE:
            raise DescriptorError(
                f"not a self-relative security descriptor (revision {revision}, control {control:#06x})"
            )
        if any(offset and not 20 <= offset < len(raw) for offset in offsets):
            raise DescriptorError("a part of a security descriptor lies outside it")
        owner, group, sacl, dacl = offsets
        places = dict(zip(_PARTS, offsets, strict=True))
        return cls(
            control,
            read_sid(raw, owner, len(raw)) if owner else None,
            read_sid(raw, group, len(raw)) if group else None,
            read_acl(raw, sacl) if sacl else None,
            read_acl(raw, dacl) if dacl else None,
            sbz1,
            tuple(sorted(_PARTS, key=places.__getitem__)),
        )

    def to_bytes(self) -> bytes:
        """The self-relative form. Raises DescriptorError when an access control list is longer than it can be."""
        written = {
            "owner": self.owner.to_bytes() if self.owner else b"",
            "group": self.group.to_bytes() if self.group else b"",
            "sacl": acl_to_bytes(self.sacl) if self.sacl else b"",
            "dacl": acl_to_bytes(self.dacl) if self.dacl else b"",
        }
        offsets, at = dict.fromkeys(_PARTS, 0), _HEAD.size
        for part in self.layout:
            if written[part]:
                offsets[part], at = at, at + len(written[part])
        head = _HEAD.pack(1, self.sbz1, self.control | Control.SELF_RELATIVE, *(offsets[part] for part in _PARTS))
        return head + b"".join(written[part] for part in self.layout)

    @classmethod
    def from_sddl(cls, text: str, domain_sid: Sid | None = None, forest_sid: Sid | None = None) -> Self:
        """Read the security descriptor definition language (MS-DTYP 2.5.1). Raises DescriptorError for anything else.

        `domain_sid` is what abbreviations such as DA (Domain Admins) are relative to, `forest_sid` those of the forest's
        root domain, such as EA; without it the domain is taken to be the root.
        """
        parsed = sddl.parse(text, sddl.Abbreviations(domain_sid, forest_sid or domain_sid))
        return cls(parsed.control | Control.SELF_RELATIVE, parsed.owner, parsed.group, parsed.sacl, parsed.dacl)

    def to_sddl(self, domain_sid: Sid | None = None, forest_sid: Sid | None = None, *, exact: bool = False) -> str:
        """Write it in the security descriptor definition language, with abbreviations where the SIDs allow them.

        The language has no words for the revision and slack of lists and for some control bits: these are left out, or
        refused when it must be `exact`. An entry that it has no words for is always refused, with DescriptorError.
        """
        names = sddl.Abbreviations(domain_sid, forest_sid or domain_sid)
        text = sddl.write(sddl.Parts(self.control, self.owner, self.group, self.sacl, self.dacl), names)
        if exact and self.from_sddl(text, domain_sid, forest_sid) != self:
            raise DescriptorError("this security descriptor holds more than SDDL has words for", hint="Keep its bytes.")
        return text

    @property
    def has_dacl(self) -> bool:
        """Whether there is an access list that is asked: without one, or with a null one, everything is allowed."""
        return self.dacl is not None and bool(self.control & Control.DACL_PRESENT)

    @property
    def dacl_protected(self) -> bool:
        """Whether the access list takes nothing over from above."""
        return bool(self.control & Control.DACL_PROTECTED)

    def with_dacl(self, dacl: Acl) -> Self:
        """The same descriptor with this access list."""
        return replace(self, dacl=dacl, control=self.control | Control.DACL_PRESENT)
