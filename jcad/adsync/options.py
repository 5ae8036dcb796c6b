"""What the sync is told by the settings, as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jcad.model import DistinguishedName


class Takeover(StrEnum):
    """When an AD account of the same username is taken over."""

    EMAIL = "email"
    USERNAME = "username"


class OnUnbind(StrEnum):
    """What becomes of an account whose JumpCloud user is unbound or deleted."""

    NOTHING = "nothing"
    DISABLE = "disable"


class GroupSam(StrEnum):
    """What becomes of a group whose name Windows refuses as a sAMAccountName."""

    SKIP = "skip"
    REPLACE = "replace"


DEFAULT_MAPPING: Mapping[str, str] = {"firstname": "givenName", "lastname": "sn", "email": "mail"}
"""The attributes that JumpCloud's own agent writes (documentation: User Attribute Synchronization)."""

LENGTHS: Mapping[str, int] = {
    "givenName": 64,
    "sn": 64,
    "mail": 256,
    "displayName": 256,
    "department": 64,
    "company": 64,
    "title": 128,
    "telephoneNumber": 64,
    "description": 1024,
    "employeeID": 16,
    "employeeType": 256,
    "physicalDeliveryOfficeName": 128,
}
"""The schema's upper limits, in characters, of what a mapping usually names (MS-ADSC rangeUpper)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """The settings of AD Sync. `mapping` goes from JumpCloud's fields to LDAP attributes."""

    container: DistinguishedName
    upn_suffix: str
    mapping: Mapping[str, str] = field(default_factory=lambda: DEFAULT_MAPPING)
    takeover: Takeover = Takeover.EMAIL
    match_by_email: bool = False
    clear_empty: bool = False
    reenable: bool = False
    on_unbind: OnUnbind = OnUnbind.NOTHING
    group_sam: GroupSam = GroupSam.SKIP
    authoritative: bool = False
    sync_groups: bool = True
    recreate: frozenset[str] = frozenset()
