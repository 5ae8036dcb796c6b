import pytest

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.windows.failures import MESSAGES, Operation, from_code, not_found, object_not_found, translate

AD = "Microsoft.ActiveDirectory.Management."


def record_of(error, operation=Operation.CHANGE):
    return translate(error, operation).record("target")


@pytest.mark.parametrize(
    ("operation", "exception", "error_id", "category", "message"),
    [
        # A1, G1: a change that is refused
        (Operation.CHANGE, AD + "ADException", "ActiveDirectoryServer:8344", "NotSpecified", MESSAGES[8344]),
        (Operation.MEMBERS, AD + "ADException", "ActiveDirectoryServer:8344", "NotSpecified", MESSAGES[8344]),
        # A2, P3: a delete, a password reset
        *(
            (
                operation,
                "System.UnauthorizedAccessException",
                "ActiveDirectoryCmdlet:System.UnauthorizedAccessException",
                "PermissionDenied",
                "Access is denied",
            )
            for operation in (Operation.DELETE, Operation.PASSWORD, Operation.CREATE, Operation.MOVE)
        ),
    ],
)
@pytest.mark.parametrize("code", [0, 5, 8344])
def test_missing_rights_read_as_windows_says_for_what_was_tried(
    operation, exception, error_id, category, message, code
):
    record = record_of(DirectoryError("acl: refused", code=code, result=50), operation)
    assert (record.exception.type_name, record.error_id, record.category, record.message) == (
        exception,
        error_id,
        category,
        message,
    )


@pytest.mark.parametrize(
    ("text", "result", "code", "expected"),
    [
        ("00002071: samldb: samAccountName 'P1' already in use!", 68, 8305, 1316),
        ("Entry CN=p1 already exists", 68, 0, 8305),
        ("0000202F: samldb: userPrincipalName 'x' is already in use ", 19, 8239, 8648),
        ("0000202F: samldb: sAMAccountName ends with '.'", 19, 8239, 1315),
        ("0000052D: Constraint violation - check_password_restrictions", 19, 1325, 1325),
        ("00000056: The old password specified doesn't match!", 19, 86, 86),
        ("00002014: attribute 'member' does not exist in the specified objectclasses!", 65, 8212, 8317),
        ("0000200D: SINGLE-VALUE attribute givenName specified more than once", 20, 8205, 8321),
        ("00002015: subtree_delete: Unable to delete a non-leaf node", 66, 8213, 8213),
        ("Attribute member doesn't exist for target GUID", 53, 0, 1377),
        ("Attribute member already exists for target GUID", 68, 0, 1378),
        ("something nobody has seen", 53, 0, 8245),
    ],
)
def test_what_samba_says_becomes_the_code_that_windows_has(text, result, code, expected):
    assert record_of(DirectoryError(text, code=code, result=result)).exception.properties["ErrorCode"] == expected


def test_a_move_below_nothing_is_8329():
    error = DirectoryError("00002095: objectclass: Cannot rename, parent does not exist!", code=8341, result=80)
    assert record_of(error, Operation.MOVE).error_id == "ActiveDirectoryServer:8329"


def test_a_password_that_the_policy_refuses_has_its_own_exception():
    record = record_of(DirectoryError("0000052D: x", code=1325, result=19), Operation.PASSWORD)
    assert record.exception.type_name == AD + "ADPasswordComplexityException"
    assert (record.category, record.error_id) == ("InvalidData", "ActiveDirectoryServer:1325")
    assert record.message == "The password does not meet the length, complexity, or history requirement of the domain."


def test_an_account_that_exists_is_a_resource_that_exists():
    record = from_code(1316).record("CN=x")
    assert record.exception.type_name == AD + "ADIdentityAlreadyExistsException"
    assert (record.category, record.error_id) == ("ResourceExists", "ActiveDirectoryServer:1316")


def test_a_name_in_use_is_a_plain_exception_of_the_module():
    record = from_code(8305).record("CN=x")
    assert (record.exception.type_name, record.category) == (AD + "ADException", "NotSpecified")


def test_the_long_and_the_short_text_of_what_is_not_found():
    long = not_found("felix_grey", "DC=MDA,DC=com").record("felix_grey")
    assert long.message == "Cannot find an object with identity: 'felix_grey' under: 'DC=MDA,DC=com'."
    assert long.error_id == f"ActiveDirectoryCmdlet:{AD}ADIdentityNotFoundException"
    assert object_not_found().record("x").message == "Directory object not found"


def test_a_server_that_does_not_answer_has_no_target():
    record = record_of(ConnectionFailed("no route"))
    assert (record.category, record.target, record.error_id) == ("ResourceUnavailable", None, "ActiveDirectoryServer:0")
    assert record.exception.type_name == AD + "ADServerDownException"


def test_refused_credentials_have_no_target():
    record = record_of(AuthenticationFailed("no", account="x", code="52e"))
    assert (record.category, record.target) == ("SecurityError", None)
    assert record.exception.type_name == "System.Security.Authentication.AuthenticationException"
    assert record.message == "The server has rejected the client credentials."


def test_an_access_denied_without_a_number_has_no_error_code():
    """Scripts tell these apart by `$_.Exception.PSObject.Properties['ErrorCode']`."""
    assert "ErrorCode" not in record_of(DirectoryError("x", result=50), Operation.DELETE).exception.properties
    assert record_of(DirectoryError("x", result=50)).exception.properties["ErrorCode"] == 8344


def test_an_error_that_nobody_foresaw_is_not_hidden():
    with pytest.raises(KeyError):
        translate(KeyError("x"), Operation.CHANGE)
