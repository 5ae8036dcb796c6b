"""What an installer's exit code means, and what to do; and why Windows did not even start it. Pure.

Source: Microsoft's "Windows Installer error codes" (MsiExec.exe and InstMsi.exe error messages), and "Task Scheduler error and
success constants". Whether JumpCloud's installers give codes of their own is published nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REBOOT_CODES = frozenset({1641, 3010})
DONE_CODES = frozenset({0}) | REBOOT_CODES
_HRESULT = 0x8000_0000


@dataclass(frozen=True, slots=True)
class ExitCodeMeaning:
    """An exit code: whether the installer did its work, whether it wants a restart, what it says, what to do."""

    code: int
    done: bool
    reboot: bool
    text: str
    hint: str = ""

    def __str__(self) -> str:
        shown = f"0x{self.code:08x}" if self.code >= _HRESULT else f"exit code {self.code}"
        return f"{shown}: {self.text}" + (f"; {self.hint}" if self.hint else "")


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
    0x41306: ("its scheduled task was ended", "look into the event log Microsoft-Windows-TaskScheduler/Operational"),
    3010: ("done, and it takes effect after a restart of the host", ""),
}

_NOT_STARTED: Mapping[int, tuple[str, str]] = {
    0x80070002: ("there is no such file", "look at the path of the installer on the host"),
    0x80070005: ("access denied", "the account must be an administrator of that host: `install_as` in [agents]"),
    0x800700C1: ("it is no program for this Windows", "the agents are for 64-bit Windows Server"),
    0x800702E4: ("it must run elevated", "the account must be an administrator of that host: `install_as` in [agents]"),
    0x8007051F: ("no domain controller answers that host", "look at its network and its name servers"),
    0x8007052E: (
        "the account or its password is not right",
        "correct `install_password` in [agents]: it is not tried again",
    ),
    0x8007052F: (
        "the account may not log on now",
        "look at its logon hours, its workstations, and whether its password is empty",
    ),
    0x80070530: ("the account may not log on at this hour", "look at its logon hours"),
    0x80070532: ("the account's password has expired", "set a new one, and correct `install_password` in [agents]"),
    0x80070533: ("the account is disabled", "enable it, or take another one: `install_as` in [agents]"),
    0x80070534: ("there is no such account", "write `install_as` in [agents] as DOMAIN\\user"),
    0x80070569: (
        "the account may not log on as a batch job there",
        'give it the right "Log on as a batch job" (SeBatchLogonRight), which administrators have by default',
    ),
    0x80070775: ("the account is locked out", "unlock it, and find out what locks it"),
    0x80041326: ("the task is disabled", "a policy of that host may disable tasks"),
}
"""HRESULTs that a scheduled task ends with when its program did not run. (K) their causes."""


def explain_exit_code(code: int) -> ExitCodeMeaning:
    """What an exit code of an installer means; a code that is not known is said to be so, and is no success.

    A code of Windows' own (an HRESULT, with or without its sign) says why the installer was not started.
    """
    if code < 0 or code >= _HRESULT:
        number = code & 0xFFFFFFFF
        text, hint = _NOT_STARTED.get(
            number, (f"Windows did not start it (0x{number:08x})", "look at the host's event log")
        )
        return ExitCodeMeaning(number, done=False, reboot=False, text=text, hint=hint)
    text, hint = _MEANINGS.get(code, ("not one that Windows Installer documents", "its log tells more"))
    return ExitCodeMeaning(code, code in DONE_CODES, code in REBOOT_CODES, text, hint)
