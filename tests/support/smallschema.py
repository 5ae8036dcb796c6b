"""A small piece of Active Directory's schema, with its real GUIDs, for tests that need no server."""

from __future__ import annotations

from uuid import UUID

from jcad.model.schema import ControlRight, SchemaAttribute, SchemaClass, SchemaMap

USER = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
GROUP = UUID("bf967a9c-0de6-11d0-a285-00aa003049e2")
UNIT = UUID("bf967aa5-0de6-11d0-a285-00aa003049e2")
RESET = UUID("00299570-246d-11d0-a768-00aa006e0529")
MEMBER = UUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
MEMBERSHIP = UUID("bc0ac240-79a9-11d0-9020-00c04fc2d4cf")
RESTRICTIONS = UUID("4c164200-20c0-11d0-a768-00aa006e0529")
LAST_SET = UUID("bf967a0a-0de6-11d0-a285-00aa003049e2")
CONTROL = UUID("bf967a68-0de6-11d0-a285-00aa003049e2")
LOCKOUT = UUID("28630ebf-41d5-11d1-a9c1-0000f80367c1")
DESCRIPTION = UUID("bf967950-0de6-11d0-a285-00aa003049e2")
SECRET = UUID("9a7ad945-ca53-11d1-bbd0-0080c76670c0")

SCHEMA = SchemaMap(
    (
        SchemaAttribute("member", MEMBER, MEMBERSHIP),
        SchemaAttribute("pwdLastSet", LAST_SET, RESTRICTIONS),
        SchemaAttribute("userAccountControl", CONTROL, RESTRICTIONS),
        SchemaAttribute("lockoutTime", LOCKOUT),
        SchemaAttribute("description", DESCRIPTION, UUID("59ba2f42-79a2-11d0-9020-00c04fc2d3cf")),
        SchemaAttribute("msTPM-OwnerInformation", SECRET, confidential=True),
    ),
    (SchemaClass("user", USER), SchemaClass("group", GROUP), SchemaClass("organizationalUnit", UNIT)),
    (
        ControlRight("User-Force-Change-Password", RESET, "Reset Password"),
        ControlRight("User-Account-Restrictions", RESTRICTIONS, "Account Restrictions", 0x30),
        ControlRight("Membership", MEMBERSHIP, "Group Membership", 0x30),
        ControlRight("Self-Membership", MEMBER, "Add/Remove self as member", 0x8),
    ),
)
