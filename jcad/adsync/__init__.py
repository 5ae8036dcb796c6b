"""AD Sync: JumpCloud's users and groups into Active Directory, as JumpCloud's AD Sync agent does. Pure."""

from jcad.adsync.effects import SyncEffects, members_seen
from jcad.adsync.explain import Explanation, explain
from jcad.adsync.limits import DEFAULTS, configured
from jcad.adsync.options import DEFAULT_MAPPING, GroupSam, OnUnbind, SyncOptions, Takeover
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.adsync.sync import FEATURE, Sync, require_one_domain

__all__ = [
    "DEFAULTS",
    "DEFAULT_MAPPING",
    "FEATURE",
    "CloudSide",
    "DirectorySide",
    "Explanation",
    "GroupSam",
    "OnUnbind",
    "Sync",
    "SyncEffects",
    "SyncOptions",
    "Takeover",
    "configured",
    "explain",
    "members_seen",
    "require_one_domain",
]
