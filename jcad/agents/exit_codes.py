"""What an installer's exit code means, and what to do. Pure.

Source: Microsoft's "Windows Installer error codes" (MsiExec.exe and InstMsi.exe error messages). Whether JumpCloud's installers
give codes of their own is published nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REBOOT_CODES = frozenset({1641, 3010})
DONE_CODES = frozenset({0}) | REBOOT_CODES


@dataclass(frozen=True, slots=True)
class ExitCodeMeaning:
    """An exit code: whether the installer did its work, whether it wants a restart, what it says, what to do."""

    code: int
    done: bool
    reboot: bool
    text: str
    hint: str = ""

    def __str__(self) -> str:
        return f"exit code {self.code}: {self.text}" + (f"; {self.hint}" if self.hint else "")


_MEANINGS: Mapping[int, tuple[str, str]] = {
    0: ("done", ""),
    5: ("access denied", "run it as an administrator of that host: `install_as` in [agents]"),
    87: ("an argument is not valid", "look at `arguments` in [agents]"),
    1601: ("the Windows Installer service cannot be reached", "start the service msiserver on that host"),
    1602: (
        "cancelled: it asked in a window, and nobody can answer there",
        "`arguments` must have what makes it silent; on a Server Core /msiexec",
    ),
    1603: ("a fatal error during the installation", "its log tells which step failed"),
    1605: ("the product is not installed", "look at the host again: somebody else may have removed it"),
    1608: ("a property is not known", "look at `arguments` in [agents]"),
    1612: ("the source of the installation is not there any more", "reinstall from the installer"),
    1613: ("it needs a newer Windows Installer", ""),
    1614: ("the product is removed already", ""),
    1618: ("another installation is under way on that host", "wait until it is over, and go on with --resume"),
    1619: ("the package cannot be opened", "the file on the host is not what was sent: try again"),
    1620: ("the package is no installation package", "look at `installer` in [agents]"),
    1622: ("its log file cannot be written", "look at the folder `staging` in [agents]"),
    1624: ("a transform cannot be applied", "look at `arguments` in [agents]"),
    1625: ("a policy of that host forbids the installation", "ask whoever sets the policy (Group Policy, AppLocker)"),
    1632: ("the folder for temporary files is full or cannot be written", "make room on that host"),
    1633: ("it is not made for that processor", "the agents are for 64-bit Windows Server"),
    1638: ("another version is installed already", "uninstall it first: reinstall does that"),
    1639: ("its command line is not valid", "look at `arguments` in [agents]"),
    1640: ("it may not be installed from a remote session", "jcad runs it in a scheduled task: look at the policy"),
    1641: ("done, and it has begun to restart the host", ""),
    1642: ("an upgrade for a version that is not there", "look at `version` and `installer` in [agents]"),
    1654: ("it is not made for that Windows", "64-bit Windows Server 2012 to 2022"),
    3010: ("done, and it takes effect after a restart of the host", ""),
}


def explain_exit_code(code: int) -> ExitCodeMeaning:
    """What an exit code of an installer means; a code that is not known is said to be so, and is no success."""
    text, hint = _MEANINGS.get(code, ("not one that Windows Installer documents", "its log tells more"))
    return ExitCodeMeaning(code, code in DONE_CODES, code in REBOOT_CODES, text, hint)
