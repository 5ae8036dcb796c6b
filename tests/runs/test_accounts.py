"""What is said of a service account, by what its domain controller tells: what a lab cannot be brought into is tried here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from jcad.model import DistinguishedName, PasswordPolicy
from jcad.model.agents import AgentKind
from jcad.model.logon import AccountLogon
from jcad.prepare.state import Kept
from jcad.runs.accounts import SOON, AccountStatus, AgentUse, named_accounts, remarks
from jcad.settings import checked

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
USE = AgentUse(host="srv1", kind=AgentKind.SYNC, version="2", installed_at="2026-11-01T00:00:00Z", stale=False)
SETTINGS = {
    "jumpcloud": {"api_key": "env:KEY"},
    "directory": {"domain": "lab.jcad.test", "user": "LAB\\reader", "password": "env:P"},
    "remoting": {"user": "LAB\\writer", "password": "env:P"},
}


def status(*, used=True, alternate=False, **changes):
    values = {
        "guid": UUID(int=1), "sam": "jcsync", "dn": DistinguishedName.parse("CN=jcsync,DC=lab"), "enabled": True,
        "password_set": NOW - timedelta(days=30), "policy": PasswordPolicy(lockout_threshold=5),
    }  # fmt: skip
    logon = AccountLogon(**{**values, **changes})
    return AccountStatus(role="sync", name="jcsync", alternate=alternate, logon=logon, uses=(USE,) if used else ())


def said(found, soon=SOON):
    return {one.rule: one.pressing for one in remarks(found, NOW, soon)}


def test_nothing_is_said_of_an_account_that_is_well():
    assert said(status()) == {}


@pytest.mark.parametrize("used", [True, False])
def test_what_keeps_an_account_from_logging_on_is_pressing_where_an_agent_uses_it(used):
    found = status(
        used=used, must_change=True, password_set=None, account_expires=NOW - timedelta(days=1), enabled=False
    )
    assert said(found) == {"must-change-password": used, "account-expired": used, "disabled": used}


@pytest.mark.parametrize(
    ("left", "rule"),
    [(timedelta(), "password-expired"), (SOON, "password-expires"), (SOON + timedelta(seconds=1), None)],
)
def test_a_password_is_due_from_two_weeks_before_its_end(left, rule):
    assert said(status(password_expires=NOW + left)) == ({} if rule is None else {rule: True})


def test_a_rotation_that_was_interrupted_is_gone_on_with():
    """And nothing else is advised: not to reinstall an agent that it will come to."""
    old = replace(status(), uses=(replace(USE, stale=True),), kept=Kept.PENDING)
    assert said(old) == {"password-pending": True, "agent-has-old-password": True}
    found = replace(old, rotating_since="2026-11-24T10:00:00Z")
    assert said(found) == {"rotation-unfinished": True, "agent-has-old-password": True}
    texts = [one.text for one in remarks(found, NOW, SOON)]
    assert all("`jcad account rotate --resume`" in text for text in texts)
    assert not any("reinstall" in text for text in texts)


def test_an_account_that_expires_later_is_well():
    assert said(status(account_expires=NOW + timedelta(seconds=1))) == {}


def test_wrong_passwords_are_told_with_the_number_that_locks():
    (one,) = remarks(status(wrong_passwords=3, last_wrong=NOW), NOW, SOON)
    assert one.text == "3 wrong passwords in a row (5 lock it), the last at 2026-11-24 12:00 UTC"


def test_the_second_account_is_missed_only_where_an_agent_uses_it():
    missing = AccountStatus(role="sync", name="jcsync-b", alternate=True)
    assert said(missing) == {"missing": False}
    assert said(AccountStatus(role="sync", name="jcsync")) == {"missing": True}


def test_accounts_of_the_agents_tables_are_looked_at_as_well():
    given = checked(
        SETTINGS
        | {
            "prepare": {
                "sync": {
                    "name": "jcsync",
                    "alternate": "jcsync-b",
                    "password": "vault:a",
                    "alternate_password": "vault:b",
                }
            },
            "agents": {"import": {"account": "LAB\\legacy"}, "sync": {"account": "LAB\\JCSYNC"}},
        }
    )
    assert [(one.role, one.name, one.alternate) for one in named_accounts(given)] == [
        ("sync", "jcsync", False),
        ("sync", "jcsync-b", True),
        ("import", "legacy", False),
    ]
