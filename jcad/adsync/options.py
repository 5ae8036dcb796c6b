"""What the sync is told by the settings, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jcad.adsync.mapping import Rule, plain_rules
from jcad.model import DistinguishedName
from jcad.settings.mapping import DEFAULT


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


class UsernameIs(StrEnum):
    """What JumpCloud's username is in Active Directory (UserFieldMapping of the import agent)."""

    SAM = "sAMAccountName"
    UPN = "userPrincipalName"


DEFAULT_RULES: tuple[Rule, ...] = plain_rules(DEFAULT)
"""The attributes that JumpCloud's own agent writes (documentation: User Attribute Synchronization)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """The settings of AD Sync. `mapping` goes from JumpCloud's fields to LDAP attributes.

    `suffixes` are the forest's UPN suffixes; none means that they are not known, and then any is taken.
    """

    container: DistinguishedName
    upn_suffix: str
    suffixes: frozenset[str] = frozenset()
    username: UsernameIs = UsernameIs.SAM
    rename_users: bool = False
    mapping: tuple[Rule, ...] = DEFAULT_RULES
    takeover: Takeover = Takeover.EMAIL
    match_by_email: bool = False
    clear_empty: bool = False
    reenable: bool = False
    on_unbind: OnUnbind = OnUnbind.NOTHING
    group_sam: GroupSam = GroupSam.SKIP
    authoritative: bool = False
    sync_groups: bool = True
    recreate: frozenset[str] = frozenset()
