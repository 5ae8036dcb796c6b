"""Security descriptors: entries, lists, both written forms, and the canonical order. Pure (MS-DTYP 2.4 and 2.5.1)."""

from jcad.model.descriptor.descriptor import SecurityDescriptor
from jcad.model.descriptor.order import canonical, is_canonical
from jcad.model.descriptor.values import (
    FULL_CONTROL,
    OBJECT_RIGHTS,
    AccessMask,
    Ace,
    AceFlags,
    AceType,
    Acl,
    Control,
    ObjectFlags,
    mapped,
)

__all__ = [
    "FULL_CONTROL",
    "OBJECT_RIGHTS",
    "AccessMask",
    "Ace",
    "AceFlags",
    "AceType",
    "Acl",
    "Control",
    "ObjectFlags",
    "SecurityDescriptor",
    "canonical",
    "is_canonical",
    "mapped",
]
