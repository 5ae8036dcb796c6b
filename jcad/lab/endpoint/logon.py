"""Whether an account may log on, and what its tries cost: the rules that every mechanism shares.

Pure but for the `Accounts` it is given, which counts wrong passwords as Windows would.
"""

from __future__ import annotations

import dataclasses
import hmac
from typing import Final

from spnego._ntlm_raw.crypto import ntowfv1

from jcad.lab.login import Accounts, Login

LOCKED_OUT: Final = "775"
WRONG_PASSWORD: Final = "52e"
NO_SUCH_USER: Final = "525"
NO_LOGON_SERVER: Final = "51f"
BAD_TOKEN: Final = "80090308"
BAD_BINDINGS: Final = "80090346"

ADMINISTRATORS: Final = "S-1-5-32-544"
REMOTE_MANAGEMENT_USERS: Final = "S-1-5-32-580"


class LogonRefused(Exception):
    """The credentials are refused. `code` says why, to the lab's own records alone: the client only sees 401."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code


def find(accounts: Accounts, name: str) -> Login:
    """The account of this name. Raises `LogonRefused` where there is none; nothing is counted then."""
    login = accounts.find(name)
    if login is None:
        raise LogonRefused(NO_SUCH_USER, f"there is no account {name}")
    return login


def admit(accounts: Accounts, login: Login, *, right_password: bool, mechanism: str) -> Login:
    """Let an account log on, or raise `LogonRefused`.

    A wrong password is counted once, unless the account is locked out already: the domain controller does not look at
    the password then. Why an account may not log on is looked at after its password, as Windows does.
    """
    if login.refused == LOCKED_OUT:
        raise LogonRefused(LOCKED_OUT, f"{login.name} is locked out")
    if not right_password:
        accounts.wrong_password(login)
        raise LogonRefused(WRONG_PASSWORD, f"wrong password for {login.name}")
    if login.refused is not None:
        raise LogonRefused(login.refused, f"{login.name} may not log on")
    return dataclasses.replace(login, mechanism=mechanism)


def check_password(accounts: Accounts, name: str, password: str) -> Login:
    """Log on with a password in the clear (Basic), against the account's current NT hash. Raises `LogonRefused`."""
    login = find(accounts, name)
    right = hmac.compare_digest(ntowfv1(password), login.nt_hash)
    return admit(accounts, login, right_password=right, mechanism="basic")


def may_open_powershell(login: Login) -> bool:
    """Whether the account may have a PowerShell session: by the default descriptor of Microsoft.PowerShell."""
    return not login.groups.isdisjoint({ADMINISTRATORS, REMOTE_MANAGEMENT_USERS})


def may_open_command_shell(login: Login) -> bool:
    """Whether the account may have the command shell: administrators only."""
    return ADMINISTRATORS in login.groups
