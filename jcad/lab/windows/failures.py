"""What Windows prints when an ActiveDirectory cmdlet fails: exception type, category, error id, message, Win32 code.

Pure: a refusal of the directory becomes an AdFailure, and an AdFailure an ErrorRecord. The ids come from transcripts of
real sessions; what no transcript showed is listed in `UNVERIFIED`, and stands in docs/_unverified_ad.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.windows.ldap import ResultCode

_MANAGEMENT: Final = "Microsoft.ActiveDirectory.Management."
AD_EXCEPTION: Final = _MANAGEMENT + "ADException"
_UNAUTHORIZED: Final = "System.UnauthorizedAccessException"

ACCESS_DENIED = 5
WRONG_PASSWORD = 86
INVALID_ACCOUNT_NAME = 1315
USER_EXISTS = 1316
GROUP_EXISTS = 1318
PASSWORD_RESTRICTION = 1325
NO_SERVER = 1355
SPECIAL_ACCOUNT = 1371
PRIMARY_GROUP = 1374
NOT_A_MEMBER = 1377
ALREADY_A_MEMBER = 1378
NO_ATTRIBUTE_OR_VALUE = 8202
NO_NAMING_CONTEXT = 8420
ATTRIBUTE_OR_VALUE_EXISTS = 8205
NOT_LEAF = 8213
OBJECT_CLASS = 8215
SIZE_LIMIT = 8227
REFERRAL = 8235
CONSTRAINT = 8239
NO_SUCH_OBJECT = 8240
UNWILLING = 8245
NAME_EXISTS = 8305
MISSING_REQUIRED = 8316
NOT_IN_CLASS = 8317
SINGLE_VALUE = 8321
OUT_OF_RANGE = 8322
NO_PARENT = 8329
OBJECT_NOT_FOUND = 8333
BAD_NAME = 8335
INSUFFICIENT_RIGHTS = 8344
SYSTEM_ONLY = 8369
INVALID_GROUP_TYPE = 8513
GLOBAL_HAS_NO_LOCAL = 8516
GLOBAL_HAS_NO_UNIVERSAL = 8517
UNIVERSAL_HAS_NO_LOCAL = 8518
SPN_NOT_UNIQUE = 8647
UPN_NOT_UNIQUE = 8648

PASSWORD_TEXT: Final = "The password does not meet the length, complexity, or history requirement of the domain."

#: The system's texts, as the module prints them: without the full stop (but for the password's, which has one).
MESSAGES: Final[dict[int, str]] = {
    ACCESS_DENIED: "Access is denied",
    WRONG_PASSWORD: "The specified network password is not correct",
    87: "The parameter is incorrect",
    INVALID_ACCOUNT_NAME: "The name provided is not a properly formed account name",
    USER_EXISTS: "The specified account already exists",
    GROUP_EXISTS: "The specified group already exists",
    PASSWORD_RESTRICTION: PASSWORD_TEXT,
    SPECIAL_ACCOUNT: "Cannot perform this operation on built-in accounts",
    PRIMARY_GROUP: ("The user cannot be removed from a group because the group is currently the user's primary group"),
    NOT_A_MEMBER: "The specified account name is not a member of the group",
    ALREADY_A_MEMBER: "The specified account name is already a member of the group",
    NO_ATTRIBUTE_OR_VALUE: "The specified directory service attribute or value does not exist",
    8203: "The attribute syntax specified to the directory service is invalid",
    8204: "The attribute type specified to the directory service is not defined",
    ATTRIBUTE_OR_VALUE_EXISTS: "The specified directory service attribute or value already exists",
    8206: "The directory service is busy",
    8208: "The directory service was unable to allocate a relative identifier",
    8212: "The requested operation did not satisfy one or more constraints associated with the class of the object",
    NOT_LEAF: "The directory service can perform the requested operation only on a leaf object",
    8214: "The directory service cannot perform the requested operation on the RDN attribute of an object",
    OBJECT_CLASS: "The directory service detected an attempt to modify the object class of an object",
    8224: "An operations error occurred",
    SIZE_LIMIT: "The size limit for this request was exceeded",
    REFERRAL: "A referral was returned from the server",
    CONSTRAINT: "A constraint violation occurred",
    NO_SUCH_OBJECT: "There is no such object on the server",
    8242: "An invalid dn syntax has been specified",
    UNWILLING: "The server is unwilling to process the request",
    8247: "There is a naming violation",
    8254: "The search filter cannot be recognized",
    NAME_EXISTS: "An attempt was made to add an object to the directory with a name that is already in use",
    8311: "Illegal modify operation. Some aspect of the modification is not permitted",
    MISSING_REQUIRED: "A required attribute is missing",
    NOT_IN_CLASS: ("An attempt was made to modify an object to include an attribute that is not legal for its class"),
    SINGLE_VALUE: "Multiple values were specified for an attribute that can have only one value",
    OUT_OF_RANGE: "A value for the attribute was not in the acceptable range of values",
    NO_PARENT: ("The operation could not be performed because the object's parent is either uninstantiated or deleted"),
    OBJECT_NOT_FOUND: "Directory object not found",
    BAD_NAME: "The object name has bad syntax",
    INSUFFICIENT_RIGHTS: "Insufficient access rights to perform the operation",
    NO_NAMING_CONTEXT: "The naming context could not be found",
    SYSTEM_ONLY: "The attribute cannot be modified because it is owned by the system",
    8373: "The name reference is invalid",
    INVALID_GROUP_TYPE: "The specified group type is invalid",
    GLOBAL_HAS_NO_LOCAL: "A global group cannot have a local group as a member",
    GLOBAL_HAS_NO_UNIVERSAL: "A global group cannot have a universal group as a member",
    UNIVERSAL_HAS_NO_LOCAL: "A universal group cannot have a local group as a member",
    SPN_NOT_UNIQUE: (
        "The operation failed because SPN value provided for addition/modification is not unique forest-wide"
    ),
    UPN_NOT_UNIQUE: (
        "The operation failed because UPN value provided for addition/modification is not unique forest-wide"
    ),
}

#: What this file and the cmdlets do without a transcript of real Windows to rest on.
UNVERIFIED: Final[tuple[str, ...]] = (
    "A refused New-AD* is UnauthorizedAccessException, `Access is denied` (transcripts show it for deletes and resets).",
    "A refused Move-ADObject is the same (a transcript shows the text only); a refused Rename-ADObject is 8344.",
    "A user name over 20 characters or with a forbidden character is ADException, ActiveDirectoryServer:1315.",
    "A common name over 64 characters, or a value over its attribute's rangeUpper, is ADException, 8322.",
    "A common name with a NUL in it is ADException, 8335.",
    "An account's name that is taken comes before its common name that is taken (1316 and 1318, not 8305).",
    "A group's name that is taken is ADIdentityAlreadyExistsException, ActiveDirectoryServer:1318.",
    "-DisablePermissiveModify: 1378 for a member that is there, 1377 for one that is not, ADException.",
    "Rename-ADObject and Move-ADObject onto a name in use: ADException, 8305.",
    "Enable-ADAccount of an account without a password: ADPasswordComplexityException, 1325 (the text is verified).",
    "An object with children: ADException, 8213 (the text is verified).",
    "Two accounts that one identity fits: ADMultipleMatchingIdentitiesException (the name is verified).",
    "An attribute that is not in the schema: ArgumentException, ActiveDirectoryCmdlet:System.ArgumentException.",
    "Every error ends the statement, whatever -ErrorAction says (in transcripts for Get-ADGroup and Add-ADGroupMember).",
    "A variable of a -Filter that is $null is reported as not defined.",
    "A lone backslash in a value of a -Filter stands for itself; an unknown attribute matches nothing.",
    "`-Title ''` is refused with 87 (the parameter is incorrect); `-Title $null` clears.",
    "A raw attribute without a value is no property of the object (public articles); the module's own always are.",
    "Get-ADGroupMember and Get-ADPrincipalGroupMembership over 5,000: ADException, 8227 (limit and text are verified).",
    "-Server naming another host, without -Credential, is `The server has rejected the client credentials.`",
    "Set-ADObject -Replace of nTSecurityDescriptor writes the parts that the script changed; owner, group and DACL if none.",
    "A refused Restore-ADObject is 8344 with the deleted DN as its target (the old module's id was `0`); other ids of it.",
    "Restore-ADObject into a container that is not there is ADException, 8329 (the text is known from public threads).",
    "A groupType that is none, and a global group made domain local or back, are 8513; other scopes: 8517, 8518.",
    "An attribute of the system alone is 8369 (the text is verified), another object class 8215, the name attribute 8214.",
    "`LockedOut` in a -Filter goes by lockoutTime; a text beside a time in a -Filter is read as a time of en-US.",
    "An empty -SearchBase is ArgumentException (that it is an error is documented); 0 as a -Result*Size is declined.",
    "KerberosEncryptionType is a collection of one value of flags; CompoundIdentitySupported goes with the same attribute.",
    "Get-ADReplicationAttributeMetadata: rows in the order of the stamps; several values are an array, one stands alone.",
    "New-ADFineGrainedPasswordPolicy without -ReversibleEncryptionEnabled leaves it off.",
)


class Operation(Enum):
    """What was tried: the same refusal reads differently on a create, a change, a delete or a password reset."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    MEMBERS = "members"
    RENAME = "rename"
    MOVE = "move"
    DELETE = "delete"
    PASSWORD = "password"


@dataclass(eq=False, slots=True)
class AdFailure(Exception):
    """An error of a cmdlet, before it knows its target. `code` is the exception's ErrorCode, None where it has none."""

    exception: str
    message: str
    category: str
    error_id: str
    code: int | None = None
    has_target: bool = True

    def __str__(self) -> str:
        return self.message

    def record(self, target: Any) -> ErrorRecord:
        """The ErrorRecord. The exception of a server's refusal carries its Win32 code as `ErrorCode`."""
        properties: dict[str, Any] = {} if self.code is None else {"ErrorCode": self.code}
        return ErrorRecord(
            NetException(self.exception, self.message, properties=properties),
            self.error_id,
            self.category,
            target if self.has_target else None,
        )


def _cmdlet(exception: str, message: str, category: str, *, has_target: bool = True) -> AdFailure:
    return AdFailure(exception, message, category, f"ActiveDirectoryCmdlet:{exception}", has_target=has_target)


def _server(short: str, code: int, category: str = "NotSpecified", message: str = "") -> AdFailure:
    text = message or MESSAGES.get(code) or "The server was unable to process the request due to an internal error"
    return AdFailure(_MANAGEMENT + short, text, category, f"ActiveDirectoryServer:{code}", code)


def not_found(identity: str, base: str) -> AdFailure:
    """No object of that name, SID or GUID, or one of another class (N1, N3)."""
    return _cmdlet(
        _MANAGEMENT + "ADIdentityNotFoundException",
        f"Cannot find an object with identity: '{identity}' under: '{base}'.",
        "ObjectNotFound",
    )


def object_not_found() -> AdFailure:
    """A DN of the domain that does not exist (N2, N9, N14)."""
    return _cmdlet(_MANAGEMENT + "ADIdentityNotFoundException", MESSAGES[OBJECT_NOT_FOUND], "ObjectNotFound")


def outside_partitions(partitions: list[str]) -> AdFailure:
    """A DN or a search base that is in none of the DC's partitions (N7). Type and id: unverified on Windows."""
    listed = ", ".join(f"'{name}'" for name in partitions)
    return invalid_argument(
        f"The supplied distinguishedName must belong to one of the following partition(s): {listed}."
    )


def ambiguous(identity: str, base: str) -> AdFailure:
    """Two objects fit. Message and category: unverified on Windows."""
    return _cmdlet(
        _MANAGEMENT + "ADMultipleMatchingIdentitiesException",
        f"Multiple objects matching identity: '{identity}' were found under: '{base}'.",
        "InvalidData",
    )


def member_not_found(failure: AdFailure) -> AdFailure:
    """The same failure for a member that cannot be found: an id of its own (N12, N13)."""
    return AdFailure(failure.exception, failure.message, failure.category, "SetADGroupMember.ValidateMembersParameter")


def unresolved(parameter: str, reason: str) -> AdFailure:
    """A -Manager or -ManagedBy of a new object that names nobody (N15)."""
    return _cmdlet(
        _MANAGEMENT + "ADIdentityResolutionException",
        f"Identity info provided in the extended attribute: '{parameter}' could not be resolved. Reason: '{reason}'.",
        "InvalidData",
    )


def invalid_argument(message: str, parameter: str = "", *, has_target: bool = True) -> AdFailure:
    """An ArgumentException; the name of the parameter stands in a line of its own (V5, V8)."""
    text = f"{message}\nParameter name: {parameter}" if parameter else message
    return _cmdlet("System.ArgumentException", text, "InvalidArgument", has_target=has_target)


def invalid_properties(name: str) -> AdFailure:
    """A -Properties that the schema does not know (V8)."""
    return invalid_argument("One or more properties are invalid.", name)


def filter_syntax(text: str, reason: str, position: int) -> AdFailure:
    """A -Filter that cannot be read (V11); `position` counts from 1."""
    return _cmdlet(
        _MANAGEMENT + "ADFilterParsingException",
        f"Error parsing query: '{text}' Error Message: '{reason}' at position: '{position}'.",
        "ParserError",
        has_target=False,
    )


def constructed_attribute() -> AdFailure:
    """A -Filter or -LDAPFilter with an attribute that is computed when read (V14). Type and id: unverified on Windows."""
    return invalid_argument("A Filter was passed that uses constructed attributes", has_target=False)


def empty_search_base() -> AdFailure:
    """An empty -SearchBase, which only a global catalog can search (documented; type and id: unverified on Windows)."""
    return invalid_argument(
        "An empty SearchBase path is only supported while connected to a GlobalCatalog.", has_target=False
    )


def invalid_search_filter() -> AdFailure:
    """An -LDAPFilter that cannot be read. Type and id: unverified on Windows."""
    return AdFailure(
        _MANAGEMENT + "ADException",
        MESSAGES[8254],
        "NotSpecified",
        "ActiveDirectoryServer:8254",
        8254,
        has_target=False,
    )


def access_denied() -> AdFailure:
    """Access is denied, the way deletes and password resets are refused (A2, P3, D1)."""
    return _cmdlet(_UNAUTHORIZED, MESSAGES[ACCESS_DENIED], "PermissionDenied")


def rejected_credentials() -> AdFailure:
    """A wrong password, or a network logon that tries to hop on to another host (A6, A7)."""
    return _cmdlet(
        "System.Security.Authentication.AuthenticationException",
        "The server has rejected the client credentials.",
        "SecurityError",
        has_target=False,
    )


def server_down() -> AdFailure:
    """A named server that does not answer, or is none (S1)."""
    return AdFailure(
        _MANAGEMENT + "ADServerDownException",
        "Unable to contact the server. This may be because this server does not exist, it is currently down, or it does"
        " not have the Active Directory Web Services running.",
        "ResourceUnavailable",
        "ActiveDirectoryServer:0",
        0,
        has_target=False,
    )


def no_default_server() -> AdFailure:
    """No server named, and none found (S2)."""
    return AdFailure(
        _MANAGEMENT + "ADServerDownException",
        "Unable to find a default server with Active Directory Web Services running.",
        "ResourceUnavailable",
        f"ActiveDirectoryServer:{NO_SERVER}",
        NO_SERVER,
        has_target=False,
    )


def from_code(code: int, operation: Operation = Operation.CHANGE) -> AdFailure:
    """The failure that a Win32 code of the directory becomes, by what was tried."""
    if code in {ACCESS_DENIED, INSUFFICIENT_RIGHTS}:
        changes = operation in {Operation.READ, Operation.CHANGE, Operation.MEMBERS, Operation.RENAME}
        return _server("ADException", INSUFFICIENT_RIGHTS) if changes else access_denied()
    if code == PASSWORD_RESTRICTION:
        return _server("ADPasswordComplexityException", code, "InvalidData")
    if code == WRONG_PASSWORD:
        return _server("ADInvalidPasswordException", code, "InvalidData")
    if code in {USER_EXISTS, GROUP_EXISTS}:
        return _server("ADIdentityAlreadyExistsException", code, "ResourceExists")
    if code in {OBJECT_NOT_FOUND, NO_SUCH_OBJECT}:
        return object_not_found()
    return _server("ADException", code)


_BY_RESULT: Final[dict[int, int]] = {
    ResultCode.OPERATIONS_ERROR: 8224,
    ResultCode.REFERRAL: REFERRAL,
    ResultCode.NO_SUCH_ATTRIBUTE: NO_ATTRIBUTE_OR_VALUE,
    ResultCode.UNDEFINED_TYPE: NO_ATTRIBUTE_OR_VALUE,
    ResultCode.CONSTRAINT_VIOLATION: CONSTRAINT,
    ResultCode.ATTRIBUTE_OR_VALUE_EXISTS: ATTRIBUTE_OR_VALUE_EXISTS,
    ResultCode.INVALID_SYNTAX: 8203,
    ResultCode.NO_SUCH_OBJECT: OBJECT_NOT_FOUND,
    ResultCode.INVALID_DN: BAD_NAME,
    ResultCode.INSUFFICIENT_ACCESS: INSUFFICIENT_RIGHTS,
    ResultCode.BUSY: 8206,
    ResultCode.UNWILLING: UNWILLING,
    ResultCode.NAMING_VIOLATION: 8247,
    ResultCode.OBJECT_CLASS_VIOLATION: 8212,
    ResultCode.NOT_ALLOWED_ON_NON_LEAF: NOT_LEAF,
    ResultCode.ENTRY_ALREADY_EXISTS: NAME_EXISTS,
}


def translate(error: Exception, operation: Operation) -> AdFailure:
    """The failure that Windows would report for what the directory, or the way to it, answered."""
    if isinstance(error, AdFailure):
        return error
    if isinstance(error, AuthenticationFailed):
        return rejected_credentials()
    if isinstance(error, ConnectionFailed):
        return server_down()
    if isinstance(error, DirectoryError):
        return from_code(win32_code(error, operation), operation)
    raise error


#: What Samba says where Windows has a code of its own: LDAP result, a part of Samba's text, the code.
_BY_TEXT: Final[tuple[tuple[int, str, int], ...]] = (
    (ResultCode.ENTRY_ALREADY_EXISTS, "samAccountName", USER_EXISTS),
    (ResultCode.ENTRY_ALREADY_EXISTS, "member", ALREADY_A_MEMBER),
    (ResultCode.CONSTRAINT_VIOLATION, "userPrincipalName", UPN_NOT_UNIQUE),
    (ResultCode.CONSTRAINT_VIOLATION, "sAMAccountName", INVALID_ACCOUNT_NAME),
    (ResultCode.CONSTRAINT_VIOLATION, "servicePrincipalName", SPN_NOT_UNIQUE),
    (ResultCode.CONSTRAINT_VIOLATION, "spn[", SPN_NOT_UNIQUE),
    (ResultCode.CONSTRAINT_VIOLATION, "can only be modified as system", SYSTEM_ONLY),
    (ResultCode.OBJECT_CLASS_VIOLATION, "change the structural objectClass", OBJECT_CLASS),
    (ResultCode.ATTRIBUTE_OR_VALUE_EXISTS, "SINGLE-VALUE", SINGLE_VALUE),
    (ResultCode.OBJECT_CLASS_VIOLATION, "does not exist in the specified objectclasses", NOT_IN_CLASS),
    (ResultCode.OBJECT_CLASS_VIOLATION, "mandatory attribute", MISSING_REQUIRED),
    (ResultCode.UNWILLING, "member doesn't exist", NOT_A_MEMBER),
)


def win32_code(error: DirectoryError, operation: Operation) -> int:
    """Windows' code for a refusal. Samba leaves codes out, or uses others of the same meaning; result and text decide."""
    for result, text, code in _BY_TEXT:
        if error.result == result and text in error.message:
            return code
    if operation is Operation.MOVE and (error.result in {ResultCode.NO_SUCH_OBJECT, ResultCode.OTHER}):
        return NO_PARENT
    if operation is Operation.DELETE and error.result == ResultCode.OTHER:
        return SPECIAL_ACCOUNT
    if error.result in {ResultCode.INSUFFICIENT_ACCESS, ResultCode.INVALID_DN}:
        return _BY_RESULT[error.result]
    return error.code if error.code in MESSAGES else _BY_RESULT.get(error.result, error.code)


def undefined_variable(name: str, expression: str) -> AdFailure:
    """A variable of a -Filter that the caller does not have (V13). Type and id: unverified on Windows."""
    return invalid_argument(f"Variable: '{name}' found in expression: {expression} is not defined.", has_target=False)


def no_property(name: str, type_name: str) -> AdFailure:
    """A property of a -Filter's variable that its object does not have. Type and id: unverified on Windows."""
    return invalid_argument(f"Property: '{name}' not found in object of type: '{type_name}'.", has_target=False)
