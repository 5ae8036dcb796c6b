"""The JSON objects of JumpCloud's API as this lab makes them: users, groups, AD instances, agents. Pure; no I/O.

Shapes: JumpCloud's published description of API 1.0 (systemuserreturn) and 2.0 (UserGroup, active-directory, ...).
"""

from __future__ import annotations

from jcad.lab.jumpcloud.exchange import Document

STATES = frozenset({"STAGED", "ACTIVATED", "SUSPENDED"})
USE_CASES = frozenset({"UNSET", "TWOWAYSYNC", "JCASAUTHORITY", "ADASAUTHORITY"})
AGENT_TYPES = frozenset({"SYNC", "IMPORT"})
AGENT_STATES = frozenset({"unsealed", "active", "inactive"})

HIDDEN = frozenset({"password"})
"""What JumpCloud takes and never gives back."""

USER_FIELDS = frozenset(
    [
        "account_locked",
        "activated",
        "addresses",
        "allow_public_key",
        "alternateEmail",
        "attributes",
        "company",
        "costCenter",
        "delegatedAuthority",
        "department",
        "description",
        "disableDeviceMaxLoginAttempts",
        "displayname",
        "email",
        "employeeIdentifier",
        "employeeType",
        "enable_managed_uid",
        "enable_user_portal_multifactor",
        "external_dn",
        "external_password_expiration_date",
        "external_source_type",
        "externally_managed",
        "firstname",
        "jobTitle",
        "lastname",
        "ldap_binding_user",
        "location",
        "managedAppleId",
        "manager",
        "mfa",
        "middlename",
        "password",
        "password_never_expires",
        "passwordless_sudo",
        "phoneNumbers",
        "public_key",
        "recoveryEmail",
        "relationships",
        "restrictedFields",
        "samba_service_user",
        "state",
        "sudo",
        "suspended",
        "unix_guid",
        "unix_uid",
        "username",
    ]
)
"""What POST and PUT /systemusers take."""

GROUP_FIELDS = frozenset(
    [
        "attributes",
        "description",
        "email",
        "memberQuery",
        "memberQueryExemptions",
        "memberSuggestionsNotify",
        "membershipMethod",
        "name",
    ]
)
"""What POST and PUT /usergroups take."""

INSTANCE_FIELDS = frozenset({"domain", "useCase", "groupsEnabled", "delegationState"})


def organization_document(object_id: str, name: str) -> Document:
    """An organisation as GET /organizations/{id} returns it, with the password policy that a new one has (12 characters)."""
    return {
        "_id": object_id,
        "displayName": name,
        "logoUrl": "",
        "settings": {
            "name": name,
            "enableO365": False,
            "newSystemUserStateDefaults": {
                "applicationImport": "STAGED",
                "csvImport": "STAGED",
                "manualEntry": "ACTIVATED",
            },
            "passwordCompliance": "custom",
            "passwordPolicy": {
                "allowUsernameSubstring": False,
                "enableMinLength": True,
                "minLength": 12,
                "needsLowercase": True,
                "needsUppercase": True,
                "needsNumeric": True,
                "needsSymbolic": True,
                "enableMaxHistory": False,
                "enableMaxLoginAttempts": False,
                "enablePasswordExpirationInDays": False,
            },
        },
    }


def user_document(object_id: str, organization: str, created: str, given: Document) -> Document:
    """A user as GET /systemusers returns it, from what was given."""
    state = given.get("state") or ("SUSPENDED" if given.get("suspended") else "ACTIVATED")
    document: Document = {
        "_id": object_id,
        "id": object_id,
        "account_locked": False,
        "account_locked_date": None,
        "activated": bool(given.get("password")),
        "addresses": [],
        "allow_public_key": True,
        "alternateEmail": "",
        "attributes": [],
        "company": "",
        "costCenter": "",
        "created": created,
        "creationSource": "jumpcloud:api",
        "department": "",
        "description": "",
        "displayname": "",
        "employeeIdentifier": "",
        "employeeType": "",
        "enable_managed_uid": False,
        "enable_user_portal_multifactor": False,
        "external_dn": "",
        "external_source_type": "",
        "externally_managed": False,
        "firstname": "",
        "jobTitle": "",
        "lastname": "",
        "ldap_binding_user": False,
        "location": "",
        "mfa": {"configured": False, "exclusion": False},
        "middlename": "",
        "organization": organization,
        "password_date": created if given.get("password") else None,
        "password_expiration_date": None,
        "password_expired": False,
        "password_never_expires": False,
        "passwordless_sudo": False,
        "phoneNumbers": [],
        "relationships": [],
        "restrictedFields": [],
        "samba_service_user": False,
        "ssh_keys": [],
        "sudo": False,
        "totp_enabled": False,
    }
    document |= {name: value for name, value in given.items() if name not in HIDDEN}
    document |= {"state": state, "suspended": state == "SUSPENDED"}
    return document


def group_document(object_id: str, organization: str, given: Document) -> Document:
    """A user group as GET /usergroups returns it."""
    return {
        "id": object_id,
        "type": "user_group",
        "description": "",
        "email": "",
        "attributes": {},
        "memberQueryExemptions": [],
        "memberSuggestionsNotify": False,
        "membershipMethod": "STATIC",
        "suggestionCounts": {"add": 0, "remove": 0, "total": 0},
        "organizationObjectId": organization,
    } | given


def instance_document(object_id: str, updated: str, given: Document) -> Document:
    """An AD instance as GET /activedirectories returns it."""
    return {
        "id": object_id,
        "useCase": "UNSET",
        "groupsEnabled": True,
        "delegationState": "DISABLED",
        "permission": "PERMISSION_OWNER",
        "primaryAgent": "",
        "primaryImportAgent": "",
        "updatedAt": updated,
    } | given


def agent_document(
    object_id: str, agent_type: str, *, hostname: str, state: str, version: str, contact: str
) -> Document:
    """An agent of an AD instance as GET .../agents returns it; `contact` is empty where it never spoke."""
    return {
        "id": object_id,
        "agentType": agent_type,
        "hostname": hostname,
        "version": version,
        "state": state,
        "contactAt": contact,
        "source_ip": "127.0.0.1" if contact else "",
        "idSourceId": "",
    }


def shown(document: Document) -> Document:
    """A document as it is returned."""
    return {name: value for name, value in document.items() if name not in HIDDEN}
