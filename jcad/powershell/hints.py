"""What an error of the ActiveDirectory module means to the administrator, and what to do. Pure.

Errors are told by FullyQualifiedErrorId, Win32 code, category and exception type, never by their message: servers are
localised. Ids and codes as seen in public transcripts of the module; Win32 codes as winerror.h names them.
"""

from __future__ import annotations

import re

from jcad.model.outcome import ItemError
from jcad.model.script import Script

_SERVER_ID = re.compile(r"ActiveDirectoryServer:(\d+)(?:,|\Z)")
_DENIED_IDS = ("ActiveDirectoryCmdlet:System.UnauthorizedAccessException", "UnauthorizedAccessException")
_NOT_FOUND_TYPE = "ADIdentityNotFoundException"
_DENIED_CODES = frozenset({5, 8344})
_POLICY_CODE = 1325
_NAME_CODES = frozenset({1316, 1318, 5010, 8305})

_BY_CODE = {
    86: "the old password is not the account's: nothing was changed",
    1355: "the host found no domain controller with Active Directory Web Services: give the server by its full name",
    1722: "the domain controller stopped answering: run the same command with --resume once it is up",
    8206: "the directory is busy: run the same command with --resume",
    8208: "the domain controller has no account numbers (RIDs) left to give: just after promotion that passes; "
    "otherwise look at its RID pool and at the RID master",
    8212: "the value is not allowed for this attribute",
    8235: "the object is in another domain than this domain controller's",
    8316: "the object lacks an attribute that its class demands",
    8317: "the schema does not allow this attribute on objects of this class: correct the attribute mapping",
    8322: "the value is out of the attribute's range: correct the value, or the attribute mapping",
    8329: "the target container is gone: check root_user_container",
    8335: "the name is not a valid distinguished name: check root_user_container",
    8420: "the target container is not in this domain: check root_user_container",
    8516: "a global group cannot have a domain local group as a member",
    8517: "a global group cannot have a universal group as a member",
    8647: "the service principal name is in use elsewhere in the forest",
    8648: "the user principal name is in use elsewhere in the forest: find its owner with "
    "Get-ADObject -LDAPFilter '(userPrincipalName=...)' on a global catalog (port 3268)",
    8659: "the value is larger than the directory stores",
}


def win32_code(error_id: str, code: int | None) -> int | None:
    """The Win32 code of an error: the one the exception carried, else the one in its FullyQualifiedErrorId."""
    if code:
        return code & 0xFFFFFFFF if code < 0 else code
    match = _SERVER_ID.match(error_id)
    return int(match[1]) if match and int(match[1]) else None


def hint_for(script: Script, *, error_id: str, category: str, kind: str, code: int | None) -> str | None:
    """What to do about an error that `script` reported, or None where jcad knows nothing better than the message."""
    if _denied(error_id, kind, code):
        return _missing_rights(script)
    if code == _POLICY_CODE or kind.endswith("ADPasswordComplexityException"):
        return (
            "the password does not meet the length, complexity or history rule of the policy that holds for this "
            "account: Get-ADUserResultantPasswordPolicy shows a fine-grained one, Get-ADDefaultDomainPasswordPolicy "
            "the domain's"
        )
    if code in _NAME_CODES or kind.endswith("ADIdentityAlreadyExistsException"):
        return (
            "another user, group or computer of the domain has this name: find it with "
            "Get-ADObject -LDAPFilter '(|(sAMAccountName=...)(cn=...))', then link it, rename it or remove it"
        )
    if kind.endswith(_NOT_FOUND_TYPE):
        return (
            "the object, or the container it was to go to, is not on this domain controller: deleted since the plan "
            "was made, or not replicated yet"
        )
    if kind.endswith("ADServerDownException"):
        return (
            "the host cannot reach the domain controller, or Active Directory Web Services (port 9389) does not run "
            "there: Get-Service ADWS"
        )
    if kind == "System.Security.Authentication.AuthenticationException" or category == "SecurityError":
        return (
            "the domain controller did not accept the session's identity: a network logon cannot go on to another "
            "host (second hop). Run the scripts on the domain controller that they write to"
        )
    if error_id.startswith(("CommandNotFoundException", "Modules_ModuleNotFound")):
        return (
            "the ActiveDirectory module is missing on the host: Install-WindowsFeature RSAT-AD-PowerShell, or choose "
            "another host to run the scripts on"
        )
    if kind.endswith("TimeoutException"):
        return "the domain controller took too long: run the same command with --resume"
    return _BY_CODE.get(code) if code is not None else None


def is_denied(error: ItemError) -> bool:
    """Whether the directory denied it for want of a right."""
    return _denied(error.id, error.type, error.code)


def _denied(error_id: str, kind: str, code: int | None) -> bool:
    return code in _DENIED_CODES or error_id.startswith(_DENIED_IDS) or kind == "System.UnauthorizedAccessException"


def _missing_rights(script: Script) -> str:
    needed = "; ".join(str(right) for right in script.rights)
    told = f"the account may not do this. {script.name} needs in the container: {needed or 'no special right'}"
    asking = f"`jcad prepare can ACCOUNT {script.name} OBJECT` says which of it is missing"
    return f"{told}. {asking}, `jcad prepare plan` what would grant it"
