"""`jcad account status | rotate`: parse, call one function, show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output, visible
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.cli.rotate import rotate_command
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.model.logon import AccountLogon
    from jcad.runs.accounts import AccountStatus

STATUS = "jcad.accounts/1"


@click.group()
def account() -> None:
    """The service accounts of JumpCloud's agents: how they stand, and new passwords."""


account.add_command(rotate_command)


@account.command("status")
@click.option(
    "--days", default=14, show_default=True, type=click.IntRange(0), help="Say so many days before it expires."
)
@json_option
@pass_invocation
def status_command(invocation: Invocation, days: int, as_json: bool) -> int:
    """Say how the service accounts stand: password, expiry, locks, and which agents use them. Changes nothing.

    \b
    jcad account status
    jcad account status --days 30
    jcad account status --json

    An agent that was installed before the password was set has the old one, and fails at its next start. Agents that jcad did
    not install are not known here. Locks and wrong passwords are as the domain controller that is asked tells them.
    Exit codes: 0 all is well, 2 something is to be done, 5 something could not be told.
    """
    from jcad.runs.accounts import AccountStatuses

    output = invocation.use_json(as_json)
    workplace = invocation.workplace()
    with workplace.open_store() as store, workplace.directory(store) as directory:
        looking = AccountStatuses(workplace=workplace, store=store, directory=directory, soon=timedelta(days=days))
        found = looking.all()
        store.serves(str(directory.dc.domain_sid))
        dc = directory.dc.name
    for one in found:
        _show(output, one, looking.now)
    if not found:
        output.line("The settings name no service account: [prepare.sync] and [prepare.import] do.", "bold")
    output.document(STATUS, {"dc": dc, "accounts": [_document(one) for one in found]})
    remarks = [remark for one in found for remark in one.remarks]
    if any(remark.pressing for remark in remarks):
        return ExitCode.PENDING
    return ExitCode.NOT_CHECKED if any(remark.unknown for remark in remarks) else ExitCode.OK


def _show(output: Output, status: AccountStatus, now: datetime) -> None:
    second = ", the second one" if status.alternate else ""
    output.parts([(visible(status.name), "bold"), (f"   {status.role} account{second}", "dim")])
    if status.logon is not None:
        output.line(f"  password   {_password(status.logon, now)}")
    for use in status.uses:
        style = "yellow" if use.stale else ""
        version = f" {use.version}" if use.version else ""
        output.line(f"  agent      {use.kind}{version} on {use.host}, installed {use.installed_at}", style)
    for remark in status.remarks:
        output.line(f"  {'!' if remark.pressing else '-'} {remark.text}", "yellow" if remark.pressing else "dim")


def _password(logon: AccountLogon, now: datetime) -> str:
    if logon.password_set is None:
        return "never set, or to be changed at the next logon"
    age = (now - logon.password_set).days
    when = f"set {logon.password_set:%Y-%m-%d %H:%M} UTC, {age} day{'' if age == 1 else 's'} ago"
    by = f" by the policy {visible(logon.policy_name)}" if logon.policy_name else ""
    if logon.password_expires is None:
        return f"{when}; never expires"
    return f"{when}; {'expired' if logon.password_expired(now) else 'expires'} {logon.password_expires:%Y-%m-%d %H:%M} UTC{by}"


def _document(status: AccountStatus) -> dict[str, Any]:
    return {
        "role": status.role,
        "name": status.name,
        "alternate": status.alternate,
        "password_kept": status.kept.value,
        "logon": None if status.logon is None else _logon(status.logon),
        "agents": [
            {
                "host": use.host,
                "kind": use.kind.value,
                "version": use.version,
                "installed_at": use.installed_at,
                "has_old_password": use.stale,
            }
            for use in status.uses
        ],
        "remarks": [
            {"rule": one.rule, "text": one.text, "pressing": one.pressing, "unknown": one.unknown}
            for one in status.remarks
        ],
    }


def _logon(logon: AccountLogon) -> dict[str, Any]:
    policy = logon.policy
    return {
        "guid": str(logon.guid),
        "dn": str(logon.dn),
        "enabled": logon.enabled,
        "locked": logon.locked,
        "must_change_password": logon.must_change,
        "password_set": _time(logon.password_set),
        "password_expires": _time(logon.password_expires),
        "account_expires": _time(logon.account_expires),
        "wrong_passwords": logon.wrong_passwords,
        "last_wrong_password": _time(logon.last_wrong),
        "policy": logon.policy_name or None,
        "max_age_seconds": policy.max_age if policy else None,
        "lockout_threshold": policy.lockout_threshold if policy else None,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
