"""Plain values and pure rules of both directories. No I/O, no clock, no randomness."""

from jcad.model.account import GLOBAL_SECURITY, AdGroup, AdNameHolder, AdUser, GroupType, UserAccountControl
from jcad.model.cloud import (
    AdInstance,
    Agent,
    AgentType,
    Bindings,
    CloudGroup,
    CloudUser,
    Organisation,
    RestrictedField,
    UseCase,
    UserState,
)
from jcad.model.dn import DistinguishedName, Rdn, escape_value
from jcad.model.kerberos import KerberosSource, kerberos_failure, kerberos_missing, kerberos_principal
from jcad.model.names import fold, group_name_refusal, replaced_sam, username_refusal
from jcad.model.outcome import ItemError, ItemOutcome, Status
from jcad.model.password import PasswordPolicy, forbidden_parts, generate
from jcad.model.protected import Protection, is_protected_group, protected_through_membership
from jcad.model.record import (
    Effect,
    Forget,
    Link,
    LinkKind,
    Memory,
    Origin,
    Remember,
    RunRecord,
    RunStatus,
    Saw,
    Spent,
    StepRecord,
    Unsaw,
)
from jcad.model.script import Call, Credential, Right, Script
from jcad.model.secret import Secret
from jcad.model.sid import Sid

__all__ = [
    "GLOBAL_SECURITY",
    "AdGroup",
    "AdInstance",
    "AdNameHolder",
    "AdUser",
    "Agent",
    "AgentType",
    "Bindings",
    "Call",
    "CloudGroup",
    "CloudUser",
    "Credential",
    "DistinguishedName",
    "Effect",
    "Forget",
    "GroupType",
    "ItemError",
    "ItemOutcome",
    "KerberosSource",
    "Link",
    "LinkKind",
    "Memory",
    "Organisation",
    "Origin",
    "PasswordPolicy",
    "Protection",
    "Rdn",
    "Remember",
    "RestrictedField",
    "Right",
    "RunRecord",
    "RunStatus",
    "Saw",
    "Script",
    "Secret",
    "Sid",
    "Spent",
    "Status",
    "StepRecord",
    "Unsaw",
    "UseCase",
    "UserAccountControl",
    "UserState",
    "escape_value",
    "fold",
    "forbidden_parts",
    "generate",
    "group_name_refusal",
    "is_protected_group",
    "kerberos_failure",
    "kerberos_missing",
    "kerberos_principal",
    "protected_through_membership",
    "replaced_sam",
    "username_refusal",
]
