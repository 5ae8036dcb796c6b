"""Logon names: what JumpCloud's username is in Active Directory, and what a changed one becomes there. Pure.

UserFieldMapping of JumpCloud's import agent says whether the username is the sAMAccountName or the userPrincipalName.
"""

from __future__ import annotations

from dataclasses import dataclass

from jcad.adsync.options import SyncOptions, UsernameIs
from jcad.model import AdUser, fold, username_refusal


@dataclass(frozen=True, slots=True)
class LogonNames:
    """The two names with which somebody logs on."""

    sam: str
    upn: str


def logon_names(username: str, options: SyncOptions) -> LogonNames:
    """What a username is in AD. Under `userPrincipalName` it is the UPN, whole or without its suffix."""
    if options.username is UsernameIs.UPN and "@" in username:
        return LogonNames(username.rpartition("@")[0], username)
    return LogonNames(username, f"{username}@{options.upn_suffix}")


def refusal(names: LogonNames, options: SyncOptions) -> str | None:
    """Why Windows would refuse these names, or None."""
    if why := username_refusal(names.sam):
        return why
    suffix = names.upn.rpartition("@")[2].casefold()
    if options.suffixes and suffix not in options.suffixes:
        return f"{suffix} is no UPN suffix of the forest"
    return None


def agrees(account: AdUser, names: LogonNames, options: SyncOptions) -> bool:
    """Whether an account has the username, as the settings understand it."""
    if options.username is UsernameIs.UPN and account.upn:
        return account.upn.casefold() == names.upn.casefold()
    return fold(account.sam) == fold(names.sam)


def renamed(account: AdUser, old: LogonNames, new: LogonNames, options: SyncOptions) -> LogonNames:
    """The names that an account gets when a username changes; a name that was never made of the username stays.

    The suffix of the userPrincipalName stays as well, unless the username holds it.
    """
    if options.username is UsernameIs.UPN:
        return LogonNames(new.sam if fold(account.sam) == fold(old.sam) else account.sam, new.upn)
    if not account.upn:
        return new
    local, _, suffix = account.upn.rpartition("@")
    made = local.casefold() in {old.sam.casefold(), account.sam.casefold()}
    return LogonNames(new.sam, f"{new.sam}@{suffix}" if made else account.upn)
