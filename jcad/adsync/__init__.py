"""AD Sync: JumpCloud's users and groups into Active Directory, as JumpCloud's AD Sync agent does. Pure."""

from jcad.adsync.effects import SyncEffects, members_seen, names_seen
from jcad.adsync.explain import Explanation, explain
from jcad.adsync.fitting import Misfit, doubtful, misfits
from jcad.adsync.limits import DEFAULTS, configured
from jcad.adsync.mapping import Rule, plain_rules, rules_of
from jcad.adsync.options import DEFAULT_RULES, GroupSam, OnUnbind, SyncOptions, Takeover, UsernameIs
from jcad.adsync.settled import Settled
from jcad.adsync.sides import CloudSide, DirectorySide
from jcad.adsync.sync import FEATURE, Sync, require_one_domain

__all__ = [
    "DEFAULTS",
    "DEFAULT_RULES",
    "FEATURE",
    "CloudSide",
    "DirectorySide",
    "Explanation",
    "GroupSam",
    "Misfit",
    "OnUnbind",
    "Rule",
    "Settled",
    "Sync",
    "SyncEffects",
    "SyncOptions",
    "Takeover",
    "UsernameIs",
    "configured",
    "doubtful",
    "explain",
    "members_seen",
    "misfits",
    "names_seen",
    "plain_rules",
    "require_one_domain",
    "rules_of",
]
