"""How the service accounts stand: their passwords, their locks, and the agents that log on as them. Reads; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jcad.agents import ROTATION, accounts_of
from jcad.directory import DirectoryReader
from jcad.directory.logons import read_logon
from jcad.model.agents import AgentKind, Installation
from jcad.model.logon import AccountLogon, bare
from jcad.plan import read_plan
from jcad.prepare.state import Kept
from jcad.runs.old_passwords import clock_ahead, has_old_password
from jcad.runs.service_passwords import ServicePasswords
from jcad.runs.workplace import Workplace
from jcad.settings import SecretReference, Settings
from jcad.store import Store

_GO_ON = "`jcad account rotate --resume`"

SOON = timedelta(days=14)
"""How long before its end a password is said to be due, unless another time is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUse:
    """An agent that jcad installed onto an account. `stale`: before the password was set, so that it has the old one."""

    host: str
    kind: AgentKind
    version: str
    installed_at: str
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to know of an account. `pressing` wants something done; `unknown` says that something could not be told."""

    rule: str
    text: str
    pressing: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """A service account of the settings, or one that an agent was installed onto.

    `role` is `sync` or `import`; `alternate` says that it is the second one, which rotations change to and from.
    """

    role: str
    name: str
    alternate: bool = False
    logon: AccountLogon | None = None
    kept: Kept = Kept.NOWHERE
    uses: tuple[AgentUse, ...] = ()
    rotating_since: str = ""
    """When the rotation of this account began that has not come to its end; empty where there is none."""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountName:
    """An account that the settings name. `reference` is where its password is kept."""

    role: str
    name: str
    reference: SecretReference | None
    alternate: bool = False


def named_accounts(settings: Settings) -> tuple[ServiceAccountName, ...]:
    """The service accounts of the settings, each with the second one after it."""
    found: list[ServiceAccountName] = []
    told = settings.prepare
    for role, prepared, agent in (
        ("sync", told.sync, settings.agents.sync),
        ("import", told.import_, settings.agents.import_),
    ):
        if prepared is not None:
            found.append(ServiceAccountName(role=role, name=prepared.name, reference=prepared.password))
            if prepared.alternate:
                found.append(
                    ServiceAccountName(
                        role=role, name=prepared.alternate, reference=prepared.alternate_password, alternate=True
                    )
                )
        own = bare(agent.account)
        if own and all(own.casefold() != one.name.casefold() for one in found):
            found.append(ServiceAccountName(role=role, name=own, reference=agent.password))
    return tuple(found)


@dataclass(kw_only=True)
class AccountStatuses:
    """Looks at every service account: `AccountStatuses(workplace=..., store=..., directory=...).all()`."""

    workplace: Workplace
    store: Store
    directory: DirectoryReader
    soon: timedelta = SOON
    now: datetime = field(init=False)
    _ahead: timedelta = field(init=False)
    _installations: Mapping[tuple[str, AgentKind], Installation] = field(init=False)
    _rotating: frozenset[str] = field(default=frozenset(), init=False)
    _rotating_since: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.now = self.directory.now()
        self._ahead = clock_ahead(self.directory)
        self._installations = self.store.installations()
        if (run := self.store.journal().unfinished(ROTATION)) is not None:
            self._rotating = accounts_of(read_plan(run.plan, source=f"run {run.id}"))
            self._rotating_since = run.started_at

    def all(self) -> tuple[AccountStatus, ...]:
        """Every account of the settings, and then those that agents were installed onto beside them."""
        named = named_accounts(self.workplace.settings)
        known = {one.name.casefold() for one in named}
        others: dict[str, ServiceAccountName] = {}
        for (_, kind), installation in sorted(self._installations.items()):
            name = bare(installation.account)
            if name and name.casefold() not in known:
                others.setdefault(name.casefold(), ServiceAccountName(role=kind.value, name=name, reference=None))
        return tuple(self._status(one) for one in (*named, *others.values()))

    def _status(self, account: ServiceAccountName) -> AccountStatus:
        logon = self._logon(account.name)
        status = AccountStatus(
            role=account.role,
            name=account.name,
            alternate=account.alternate,
            logon=logon,
            kept=self._kept(account.reference),
            uses=tuple(self._uses(account.name, logon)),
            rotating_since=self._rotating_since if account.name.casefold() in self._rotating else "",
        )
        return replace(status, remarks=tuple(remarks(status, self.now, self.soon)))

    def _logon(self, name: str) -> AccountLogon | None:
        found = self.directory.users_called([name]).get(name.casefold())
        return None if found is None else read_logon(self.directory, found.guid)

    def _kept(self, reference: SecretReference | None) -> Kept:
        """What is kept of its password; nothing is known of a place that cannot be written to."""
        if reference is None or not reference.writable:
            return Kept.NOWHERE
        return ServicePasswords(self.workplace.secrets).kept(reference)

    def _uses(self, name: str, logon: AccountLogon | None) -> Iterator[AgentUse]:
        for (host, kind), found in sorted(self._installations.items()):
            if bare(found.account).casefold() == name.casefold():
                yield AgentUse(
                    host=host,
                    kind=kind,
                    version=found.version,
                    installed_at=found.at,
                    stale=has_old_password(found, logon.password_set if logon else None, self._ahead),
                )


def remarks(status: AccountStatus, now: datetime, soon: timedelta) -> Iterator[Remark]:
    """What is to be said of an account, as of now; `soon` is how long before its end a password is due."""
    logon = status.logon
    used = bool(status.uses)
    if status.rotating_since:
        text = f"the rotation of {status.rotating_since} did not come to its end: {_GO_ON} goes on with it"
        yield Remark(rule="rotation-unfinished", text=text, pressing=True)
    elif status.kept is Kept.PENDING:
        text = (
            "a new password was made and is not known to be the account's: a run did not come to its end; go on with it"
        )
        yield Remark(rule="password-pending", text=text, pressing=True)
    if logon is None:
        what = "a rotation makes it" if status.alternate else "`jcad prepare apply` makes it"
        yield Remark(
            rule="missing", text=f"the domain has no such account; {what}", pressing=used or not status.alternate
        )
        return
    yield from _locks(logon, now, used=used)
    yield from _password(logon, now, soon, used=used)
    for use in status.uses:
        if use.stale:
            text = (
                f"the {use.kind} agent on {use.host} was installed before the password was set: it has the old one, and "
                f"will fail at its next start; {_GO_ON if status.rotating_since else 'reinstall it, or rotate'}"
            )
            yield Remark(rule="agent-has-old-password", text=text, pressing=True)


def _locks(logon: AccountLogon, now: datetime, *, used: bool) -> Iterator[Remark]:
    if not logon.enabled:
        text = (
            "it is disabled; agents use it, and fail at their next logon"
            if used
            else "it is disabled, and no agent uses it"
        )
        yield Remark(rule="disabled", text=text, pressing=used)
    if logon.locked:
        text = "it is locked: something logs on with a wrong password"
        yield Remark(rule="locked", text=text, pressing=True)
    if logon.account_expired(now):
        yield Remark(rule="account-expired", text="the account itself has expired", pressing=used)
    if logon.wrong_passwords:
        last = f", the last at {logon.last_wrong:%Y-%m-%d %H:%M} UTC" if logon.last_wrong else ""
        limit = logon.policy.lockout_threshold if logon.policy else 0
        lock = f" ({limit} lock it)" if limit else ""
        yield Remark(rule="wrong-passwords", text=f"{logon.wrong_passwords} wrong passwords in a row{lock}{last}")


def _password(logon: AccountLogon, now: datetime, soon: timedelta, *, used: bool) -> Iterator[Remark]:
    if logon.policy is None:
        text = (
            f"the fine-grained policy {logon.policy_name} holds for it, and may not be read: its limits are not known"
        )
        yield Remark(rule="policy-not-read", text=text, unknown=True)
    if logon.must_change:
        text = "it must change its password at the next logon, which no service does"
        yield Remark(rule="must-change-password", text=text, pressing=used)
    elif logon.password_expires is not None and logon.password_expires - now <= soon:
        verb = "expired" if logon.password_expired(now) else "expires"
        text = f"its password {verb} on {logon.password_expires:%Y-%m-%d %H:%M} UTC: rotate it"
        yield Remark(rule=f"password-{verb}", text=text, pressing=used)
