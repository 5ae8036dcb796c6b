"""`jcad account status` on a real domain: passwords, policies, locks, and the agents that were installed onto an account.

The tests of this file share one lab and go in order: each begins where the one before has ended.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from labsite import Site

from jcad.cli.invocation import Invocation
from jcad.lab.domain.database import modify
from jcad.lab.lab import Lab
from jcad.lab.scenarios import add_policy
from jcad.lab.seed import ADMINISTRATOR, DOMAIN_DN, READER
from jcad.model import Secret
from jcad.model.agents import AgentKind, Installation
from jcad.model.record import Installed
from jcad.settings import SecretReference
from jcad.store import Store

PREPARE = """
[vault]
path = "{folder}/vault.json"
key = "file:{folder}/secrets/vault-key"

[prepare.sync]
name = "jcsync"
password = "vault:jcsync"
alternate = "jcsync-b"
alternate_password = "vault:jcsync-b"

[prepare.import]
name = "jcimport"
password = "vault:jcimport"
"""
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class StatusSite(Site):
    """A site whose settings name the service accounts that the lab has."""

    def status(self, *arguments):
        return self.jcad("account", "status", *arguments)

    def account(self, name, *arguments):
        """The exit code, and what is told of one account."""
        answer = self.status("--json", *arguments)
        (found,) = [one for one in answer.document["accounts"] if one["name"] == name]
        return answer.code, found

    def installed(self, *installations):
        with Store(self.lab.folder / "state.db") as store:
            store.remember([Installed(one) for one in installations])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("status") / "lab") as lab:
        site = StatusSite(lab)
        site.set_secret("vault-key", "correct horse battery staple")
        (lab.folder / "secrets" / "vault-key").chmod(0o600)
        site.settings.write_text(site.settings.read_text("utf-8") + PREPARE.format(folder=lab.folder), "utf-8")
        yield site


def installation(host, at, account="LAB\\jcsync", kind=AgentKind.SYNC):
    return Installation(
        host=host, kind=kind, version="2.30.0", by="LAB\\Administrator", account=account, agent_id="a" * 24,
        at=at.isoformat().replace("+00:00", "Z"),
    )  # fmt: skip


def rules(account):
    return {one["rule"] for one in account["remarks"]}


def test_all_is_well_where_passwords_never_expire_and_no_agent_is_known(site):
    answer = site.status()
    assert answer.code == 0, answer.out + answer.err
    assert "never expires" in answer.out
    code, second = site.account("jcsync-b")
    assert code == 0
    assert second["alternate"]
    assert second["logon"] is None
    assert rules(second) == {"missing"}


def test_an_agent_that_was_installed_before_the_password_was_set_is_named(site):
    now = datetime.now(UTC)
    site.installed(
        installation("srv1.lab.jcad.test", now - timedelta(days=40)),
        installation("srv2.lab.jcad.test", now + timedelta(hours=1)),
    )
    code, found = site.account("jcsync")
    assert code == 2
    assert [(one["host"], one["has_old_password"]) for one in found["agents"]] == [
        ("srv1.lab.jcad.test", True),
        ("srv2.lab.jcad.test", False),
    ]
    (told,) = [one["text"] for one in found["remarks"] if one["rule"] == "agent-has-old-password"]
    assert "srv1.lab.jcad.test" in told
    assert "next start" in told
    site.installed(installation("srv1.lab.jcad.test", now + timedelta(hours=1)))
    assert site.account("jcsync")[0] == 0


def test_a_password_is_due_by_the_domains_policy(site):
    """The domain's passwords expire after 42 days; this one was excepted until now."""
    site.set("jcsync", "userAccountControl", str(0x200))
    assert rules(site.account("jcsync")[1]) == set()
    code, found = site.account("jcsync", "--days", "60")
    assert code == 2
    assert rules(found) == {"password-expires"}
    site.change(modify(DOMAIN_DN, ("replace", "maxPwdAge", [str(-10 * 86400 * 10_000_000)])))
    code, found = site.account("jcsync")
    assert code == 2
    assert rules(found) == {"password-expires"}
    assert "expires 20" in site.status().out


def test_a_fine_grained_policy_comes_before_the_domains(site):
    dn = add_policy(site.lab.database, "Service accounts", 10, applies_to=[site.dn("jcsync")])
    site.change(
        modify(dn, ("replace", "msDS-MaximumPasswordAge", [str(-365 * 86400 * 10_000_000)]),
               ("replace", "msDS-LockoutThreshold", ["7"]))
    )  # fmt: skip
    as_administrator(site)
    code, found = site.account("jcsync")
    assert code == 0, found
    assert found["logon"]["policy"] == "Service accounts"
    assert found["logon"]["max_age_seconds"] == 365 * 86400
    assert found["logon"]["lockout_threshold"] == 7


def test_a_policy_that_may_not_be_read_is_said_so_and_is_no_pass(site):
    as_reader(site)
    code, found = site.account("jcsync")
    assert code == 5
    assert rules(found) == {"policy-not-read"}
    assert found["logon"]["policy"] == "Service accounts"
    assert found["logon"]["lockout_threshold"] is None
    as_administrator(site)


def test_a_lock_and_the_wrong_passwords_before_it_are_told(site):
    ticks = int((datetime.now(UTC) - _EPOCH).total_seconds()) * 10_000_000
    site.change(
        modify(site.dn("jcimport"), ("replace", "lockoutTime", [str(ticks)]), ("replace", "badPwdCount", ["4"]),
               ("replace", "badPasswordTime", [str(ticks)])),
        modify(DOMAIN_DN, ("replace", "lockoutThreshold", ["5"])),
    )  # fmt: skip
    code, found = site.account("jcimport")
    assert code == 2
    assert {"locked", "wrong-passwords"} <= rules(found)
    assert found["logon"]["wrong_passwords"] == 4
    assert "4 wrong passwords in a row (5 lock it)" in site.status().out
    site.change(modify(site.dn("jcimport"), ("replace", "lockoutTime", ["0"]), ("replace", "badPwdCount", ["0"])))


def test_a_disabled_account_matters_where_an_agent_uses_it(site):
    site.set("jcimport", "userAccountControl", str(0x10202))
    code, found = site.account("jcimport")
    assert code == 0
    assert rules(found) == {"disabled"}
    site.installed(installation("dc1.lab.jcad.test", datetime.now(UTC), "LAB\\jcimport", AgentKind.IMPORT))
    assert site.account("jcimport")[0] == 2
    site.set("jcimport", "userAccountControl", str(0x10200))


def test_an_account_that_the_settings_do_not_name_is_shown_where_an_agent_uses_it(site):
    site.installed(installation("srv3.lab.jcad.test", datetime.now(UTC), "LAB\\reader"))
    _, found = site.account("reader")
    assert found["agents"][0]["host"] == "srv3.lab.jcad.test"
    assert "reader" in site.status().out


def test_a_password_that_a_run_left_pending_wants_the_run_to_be_gone_on_with(site):
    workplace = Invocation(config=site.settings).workplace()
    workplace.secrets.put(SecretReference.parse("vault:jcsync.pending"), Secret("Fresh.Cedar-8812"))
    code, found = site.account("jcsync")
    assert code == 2
    assert "password-pending" in rules(found)
    assert found["password_kept"] == "pending"


def as_administrator(site):
    site.edit(READER, ADMINISTRATOR)


def as_reader(site):
    site.edit(ADMINISTRATOR, READER)
