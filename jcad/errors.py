"""Every error that jcad raises on purpose, as one tree, with the exit code that each ends in.

    JcadError                     1   anything that stops a command
    ├── SettingsError             1   jcad.toml is missing, unreadable or wrong
    ├── SecretError               1   a secret reference does not give a secret
    ├── ConnectionFailed          1   a server cannot be reached, or the connection broke
    │   └── CertificateError      1   the server's certificate does not verify
    ├── AuthenticationFailed      1   a server refused the credentials; never tried twice
    ├── AccessDenied              1   logged in, but not allowed to do this
    ├── DirectoryError            1   Active Directory answered with an error
    ├── JumpCloudError            1   JumpCloud's API answered with an error, or not in its own shape
    ├── ScriptError               1   a script could not be rendered or run
    │   └── SecretInScript        1   somebody tried to put a secret into a script's text
    ├── RemotingError             1   the remoting endpoint answered with an error
    ├── StoreError                1   the state store cannot be used
    │   ├── StoreTooNew           1   written by a newer jcad
    │   └── StoreLocked           1   another run holds the lease
    ├── DescriptorError           1   a security descriptor cannot be read, or not be written in that form
    ├── PlanError                 1   a plan file cannot be read, or is not the plan that was reviewed
    ├── ReportError               1   a report or an exported file cannot be written
    ├── GuardStopped              3   a guard stopped the run before anything was written
    ├── NotChecked                5   a check could not be carried out
    └── LabError                  1   the lab cannot do what was asked
        └── LabUnsupported        1   the lab does not know this, and says so by name

A message says what happened, to which object, what it means, and what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class ExitCode:
    """The exit codes of the command line; documented, tested, stable."""

    OK = 0
    ERROR = 1
    PENDING = 2
    GUARD = 3
    FAILED = 4
    NOT_CHECKED = 5
    INTERRUPTED = 130


class JcadError(Exception):
    """Anything that stops a command. `hint` says what to do next."""

    exit_code: ClassVar[int] = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class SettingsError(JcadError):
    """The settings are missing, unreadable or wrong."""


class SecretError(JcadError):
    """A secret reference does not give a secret."""


class ConnectionFailed(JcadError):
    """A server cannot be reached, or the connection broke."""


class CertificateError(ConnectionFailed):
    """The server's certificate does not verify."""


class AuthenticationFailed(JcadError):
    """A server refused the credentials. Whoever catches this must not try again with another mechanism or server.

    `account` is the name that was refused, `code` the sub-code where the server gave one (`52e`, `533`, `775`).
    """

    def __init__(self, message: str, *, account: str = "", code: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.account = account
        self.code = code


class AccessDenied(JcadError):
    """The login worked, but the account may not do this."""


class DirectoryError(JcadError):
    """Active Directory answered with an error. `code` is the Win32 code, `result` the LDAP result code (0: none)."""

    def __init__(self, message: str, *, code: int = 0, result: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.result = result


class JumpCloudError(JcadError):
    """JumpCloud's API answered with an error, or not in its own shape. `status` is the HTTP status (0: none)."""

    def __init__(self, message: str, *, status: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class ScriptError(JcadError):
    """A script could not be rendered or run."""


class SecretInScript(ScriptError):
    """A secret was about to become part of a script's text."""


class RemotingError(JcadError):
    """The remoting endpoint answered with an error. `code` is the WSMan fault code (0: none)."""

    def __init__(self, message: str, *, code: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class StoreError(JcadError):
    """The state store cannot be used."""


class StoreTooNew(StoreError):
    """The state store was written by a newer jcad."""


class StoreLocked(StoreError):
    """Another run holds the lease on the state store."""


class DescriptorError(JcadError, ValueError):
    """A security descriptor cannot be read, or cannot be written in the form that was asked for."""


class PlanError(JcadError):
    """A plan file cannot be read, or is not the plan that was reviewed."""


class ReportError(JcadError):
    """A report or an exported file cannot be written."""


class GuardStopped(JcadError):
    """A guard stopped the run before anything was written. `hint` names the flag or setting that would let it pass."""

    exit_code = ExitCode.GUARD


class NotChecked(JcadError):
    """A check could not be carried out; that is not a pass."""

    exit_code = ExitCode.NOT_CHECKED


class LabError(JcadError):
    """The lab cannot do what was asked."""


class LabUnsupported(LabError):
    """The lab does not know this, and says so by name instead of doing something else."""

    def __init__(self, what: str) -> None:
        super().__init__(f"LabUnsupported: {what} is not part of the lab")
        self.what = what
