"""The two accounts of a role: which of them the agents use, and from which to which a rotation goes. Pure.

What jcad remembers of its installations says which account the agents use. Where both are used, an earlier rotation ended
before its last host: the next one goes on in its direction, and makes no new password.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jcad.errors import GuardStopped, SettingsError
from jcad.model.agents import AgentKind, Installation
from jcad.model.logon import bare
from jcad.settings import SecretReference, Settings
from jcad.settings.prepare import ServiceAccount

Installations = Mapping[tuple[str, AgentKind], Installation]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAccount:
    """An account by its name, and where its password is kept."""

    sam: str
    reference: SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two accounts of a role; `second` is None where the settings have no alternate."""

    kind: AgentKind
    first: NamedAccount
    second: NamedAccount | None = None

    def other(self, one: NamedAccount) -> NamedAccount | None:
        """The one that the given one is not."""
        return self.second if one == self.first else self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """From which account to which; the same one in place. `goes_on` says that hosts use the new one already."""

    old: NamedAccount
    new: NamedAccount
    goes_on: bool = False

    @property
    def in_place(self) -> bool:
        """Whether it is one account, with a new password."""
        return self.old == self.new


def pair_of(settings: Settings, account: str) -> Pair:
    """The pair that an account of the settings belongs to. Raises SettingsError."""
    told = settings.prepare
    known: list[str] = []
    for kind, one in ((AgentKind.SYNC, told.sync), (AgentKind.IMPORT, told.import_)):
        if one is None:
            continue
        names = [name for name in (one.name, one.alternate) if name]
        known += names
        if bare(account).casefold() in {name.casefold() for name in names}:
            return _pair(kind, one)
    raise SettingsError(
        f"The settings name no service account {account!r}; they name {', '.join(known) or 'none'}.",
        hint="[prepare.sync] and [prepare.import] in jcad.toml name the accounts, and where their passwords are kept.",
    )


def _pair(kind: AgentKind, told: ServiceAccount) -> Pair:
    if told.password is None:
        raise SettingsError(
            f"There is no place to keep a new password of {told.name}: [prepare.{kind}] has no `password`.",
            hint='Set it to a reference that can be written: "vault:NAME" or "keyring:SERVICE/USER".',
        )
    first = NamedAccount(sam=told.name, reference=told.password)
    if not told.alternate or told.alternate_password is None:
        return Pair(kind=kind, first=first)
    return Pair(kind=kind, first=first, second=NamedAccount(sam=told.alternate, reference=told.alternate_password))


def direction(pair: Pair, installations: Installations, enabled: Iterable[str], *, in_place: bool) -> Direction:
    """Where the rotation goes. `enabled` are the names of the accounts that can log on, for where no installation tells.

    Raises SettingsError where there is no second account, GuardStopped where one is asked for in place and both are used.
    """
    old, goes_on = _in_use(pair, installations, enabled)
    if in_place:
        if goes_on:
            raise GuardStopped(
                f"Agents use both {pair.first.sam} and {pair.second.sam if pair.second else ''}: a rotation from one to the "
                "other has not come to its end. Nothing was written.",
                hint=f"`jcad account rotate {old.sam}` goes on with it; after that, a password can be rotated in place.",
            )
        return Direction(old=old, new=old)
    new = pair.other(old)
    if new is None:
        raise SettingsError(
            f"There is no second account to change to: [prepare.{pair.kind}] has no `alternate`.",
            hint=f'Set `alternate = "{_suggested(old.sam)}"` and `alternate_password` there, which jcad then prepares like the '
            "first; or rotate in place with --same-account, which leaves every host without its agent for a while.",
        )
    return Direction(old=old, new=new, goes_on=goes_on)


def _in_use(pair: Pair, installations: Installations, enabled: Iterable[str]) -> tuple[NamedAccount, bool]:
    """The account that is to be left, and whether hosts have left it already."""
    newest = {one.sam.casefold(): "" for one in (pair.first, pair.second) if one is not None}
    for found in installations.values():
        name = bare(found.account).casefold()
        if found.kind is pair.kind and name in newest:
            newest[name] = max(newest[name], found.at)
    first = newest[pair.first.sam.casefold()]
    second = newest[pair.second.sam.casefold()] if pair.second else ""
    if pair.second is not None and (second or first):
        if first and second:
            return (pair.first if first < second else pair.second), True
        return (pair.first if first else pair.second), False
    on = {name.casefold() for name in enabled}
    if pair.second is not None and pair.second.sam.casefold() in on and pair.first.sam.casefold() not in on:
        return pair.second, False
    return pair.first, False


def _suggested(sam: str) -> str:
    return f"{sam[:18]}-b"


def with_accounts_in_use(settings: Settings, installations: Installations) -> Settings:
    """The settings with the second account in the place of the first where a rotation has brought the agents onto it.

    So agents are installed onto it, and it is the one that is prepared and verified; the first one is disabled meanwhile.
    """
    told = settings.prepare
    changed = {
        field: swapped
        for field, kind, one in (("sync", AgentKind.SYNC, told.sync), ("import_", AgentKind.IMPORT, told.import_))
        if one is not None and (swapped := _swapped(kind, one, installations)) is not None
    }
    return settings.model_copy(update={"prepare": told.model_copy(update=changed)}) if changed else settings


def _swapped(kind: AgentKind, told: ServiceAccount, installations: Installations) -> ServiceAccount | None:
    """The table of an account with both in each other's place; None where the first is in use."""
    if told.password is None:
        return None
    pair = _pair(kind, told)
    left, goes_on = _in_use(pair, installations, ())
    now = pair.other(left) if goes_on else left
    if now is None or now == pair.first:
        return None
    return told.model_copy(
        update={
            "name": told.alternate,
            "password": told.alternate_password,
            "alternate": told.name,
            "alternate_password": told.password,
        }
    )
