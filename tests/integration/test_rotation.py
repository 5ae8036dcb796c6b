"""Rotations on a real domain with agents at work on three hosts: onto the second account, in place, killed, and stopped.

The tests of this file share one lab and go in order: each begins where the one before has ended, with every agent at work.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rotationsite import HeartbeatWatch, rotation_site, wait_until

from jcad.agents import Window
from jcad.errors import ExitCode
from jcad.lab.domain.database import modify
from jcad.lab.seed import DOMAIN_DN, password_of
from jcad.model.record import RunStatus
from jcad.runs.rotation import RotationChoices, RotationRun
from jcad.runs.rotation.executors import AccountExecutor
from jcad.runs.secrets import SecretSource

FIRST, SECOND = "jcsync", "jcsync-b"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with rotation_site(tmp_path_factory.mktemp("rotation") / "lab") as site:
        yield site


class Killed(BaseException):
    """The process was killed: nothing is written of how it ended."""


def everybody_on(site, account):
    """Every agent is at work on an account, by all that can be told."""
    assert set(site.accounts_in_use().values()) == {f"LAB\\{account}"}
    assert set(site.services().values()) == {"Running"}
    assert site.lets_in(account, site.held(account))
    wait_until(lambda: site.active() == ["SRV1", "SRV2", "SRV3"])
    assert site.agents_log_on()


def kinds(answer):
    return [one["kind"] for one in answer.document["actions"]]


# ---- onto the second account -----------------------------------------------------------------------------------------


def test_it_says_beforehand_what_is_done_and_how_long_each_host_is_without_its_agent(site):
    answer = site.rotate(FIRST, "--dry-run", "--json")
    assert answer.code == ExitCode.PENDING, answer.err
    assert kinds(answer) == [
        "create account", "update permissions", "confirm password",
        "reinstall agent", "reinstall agent", "reinstall agent", "disable user",
    ]  # fmt: skip
    assert (answer.document["from"], answer.document["to"]) == (FIRST, SECOND)
    assert set(answer.document["seconds_without_agent"]) == {f"{name}.lab.jcad.test" for name in site.members}
    assert min(answer.document["seconds_without_agent"].values()) > 0
    assert not site.exists(SECOND)
    last = [one["name"] for one in answer.document["actions"] if one["kind"] == "reinstall agent"][-1]
    assert last == f"sync agent on {site.primary()}"
    text = site.rotate(FIRST, "--dry-run").out
    assert "srv2.lab.jcad.test: without its agent for about" in text
    assert "process list" in text


def test_agents_go_onto_the_second_account_one_by_one_and_two_are_always_at_work(site):
    with HeartbeatWatch(site) as watch:
        answer = site.rotate(FIRST, "--yes", "--json")
    assert answer.code == 0, answer.out + answer.err
    assert watch.fewest == 2
    assert watch.fewest_active >= 1
    assert watch.seen > 50
    everybody_on(site, SECOND)
    assert not site.enabled(FIRST)
    assert site.jcad("account", "status").code == 0
    assert site.jcad("prepare", "can", SECOND, "reset-password", "mary.jones").code == 0
    verified = site.jcad("prepare", "verify")
    assert verified.code == 0, verified.out + verified.err


def test_no_secret_is_shown_logged_or_journalled(site):
    secrets = [site.held(SECOND).reveal(), password_of(FIRST)]
    seen = (site.lab.folder / "state.db").read_bytes() + (site.lab.folder / "vault.json").read_bytes()
    for host in range(1, 4):
        seen += b"".join(site.text_files(host))
    assert not [one for one in secrets if one.encode() in seen or one.encode("utf-16-le") in seen]


# ---- stopped on the way ----------------------------------------------------------------------------------------------


def test_a_host_that_fails_stops_it_and_the_account_of_before_still_works(site):
    """The second of three: the third is not touched, and the next run goes on with the same password."""
    site.lab.faults.set("installer.start", site.in_order()[1], times=None)
    answer = site.rotate(FIRST, "--yes", "--json")
    assert answer.code == ExitCode.FAILED
    statuses = {one["kind"]: one["status"] for one in answer.document["results"]}
    assert statuses["disable user"] == "skipped"
    assert sorted(site.accounts_in_use().values()).count(f"LAB\\{SECOND}") >= 1
    assert site.enabled(SECOND)
    assert site.lets_in(SECOND, site.held(SECOND))
    assert sorted(site.services().values()) == ["Running", "Running", "Stopped"]
    site.lab.faults.clear("installer.start")
    before = site.value(FIRST, "pwdLastSet")
    answer = site.rotate(FIRST, "--yes", "--json")
    assert answer.code == 0, answer.out + answer.err
    assert site.value(FIRST, "pwdLastSet") == before
    everybody_on(site, FIRST)
    assert not site.enabled(SECOND)


def test_a_window_that_is_closed_is_not_begun_in(site):
    answer = site.rotate(FIRST, "--yes", "--window", closed_window())
    assert answer.code == ExitCode.GUARD
    assert "opens in" in answer.err
    everybody_on(site, FIRST)
    shown = site.rotate(FIRST, "--dry-run", "--json", "--window", closed_window())
    assert shown.code == ExitCode.PENDING
    assert "opens in" in shown.document["stopped_by"]["message"]


def test_a_window_that_closes_stops_it_between_two_hosts_and_it_is_gone_on_with(site):
    choices = RotationChoices(account=FIRST, window="22:00-04:00")
    with RotationRun.start(site.workplace(), choices) as run:
        run.now = lambda: datetime(2026, 11, 24, 4 if len(set(site.accounts_in_use().values())) > 1 else 3, tzinfo=UTC)
        report = run.apply(run.plan())
    assert [one.kind for one in report.remaining] == ["reinstall agent", "reinstall agent", "disable user"]
    assert set(site.services().values()) == {"Running"}
    assert site.enabled(FIRST)
    again = site.rotate(FIRST, "--yes")
    assert again.code == ExitCode.ERROR
    assert "--resume" in again.err
    assert site.rotate("--resume", "--window", closed_window()).code == ExitCode.GUARD
    answer = site.rotate("--resume", "--json")
    assert answer.code == 0, answer.out + answer.err
    everybody_on(site, SECOND)
    assert not site.enabled(FIRST)


# ---- killed ----------------------------------------------------------------------------------------------------------


def killed(site, monkeypatch, *, at="", same_account=False, arrange=None):
    """Begin a rotation that is killed, as a process is: nothing is written of its end."""

    def tell(_host, _kind, step):
        if step == at:
            raise Killed

    choices = RotationChoices(account=FIRST, same_account=same_account, tell=tell)
    with monkeypatch.context() as patch:
        patch.setattr("jcad.plan.apply.Apply._finish_quietly", lambda *_: None)
        if arrange is not None:
            arrange(patch)
        with RotationRun.start(site.workplace(), choices) as run:
            plan = run.plan()
            with pytest.raises(Killed):
                run.apply(plan)
            assert run.unfinished().status is RunStatus.RUNNING


def after_the_password_was_set(patch):
    """The script has set it, and nobody has heard of that."""
    execute = AccountExecutor.execute

    def dies(self, batch):
        outcomes = list(execute(self, batch))
        if any(one.action.executor == "reset-password" for one in batch.actions):
            raise Killed
        yield from outcomes

    patch.setattr(AccountExecutor, "execute", dies)


def while_it_is_confirmed(patch):
    """The new password has taken its place, and is pending still."""

    def dies(*_):
        raise Killed

    patch.setattr(SecretSource, "remove", dies)


def unfinished(site):
    """The accounts of which `account status` says that their rotation is to be gone on with."""
    answer = site.jcad("account", "status", "--json")
    assert answer.code == ExitCode.PENDING
    remarks = [(account, one) for account in answer.document["accounts"] for one in account["remarks"]]
    assert all("--resume" in one["text"] for _, one in remarks if one["rule"] == "agent-has-old-password")
    return {account["name"] for account, one in remarks if one["rule"] == "rotation-unfinished"}


@pytest.mark.parametrize("where", [after_the_password_was_set, while_it_is_confirmed, "uninstalled", "installed"])
def test_a_rotation_that_was_killed_is_gone_on_with(site, monkeypatch, where):
    """Nothing is done twice, no agent is lost, and the password is the one that was set before."""
    new = FIRST if site.account() == SECOND else SECOND
    with HeartbeatWatch(site) as watch:
        if isinstance(where, str):
            killed(site, monkeypatch, at=where)
        else:
            killed(site, monkeypatch, arrange=where)
        set_at = site.value(new, "pwdLastSet")
        assert unfinished(site) == {FIRST, SECOND}
        answer = site.rotate("--resume", "--json")
    assert answer.code == 0, answer.out + answer.err
    assert watch.fewest == 2
    assert site.value(new, "pwdLastSet") == set_at
    everybody_on(site, new)
    assert not site.holds(f"{new}.pending")


# ---- in place --------------------------------------------------------------------------------------------------------


def test_in_place_every_agent_is_stopped_before_the_password_is_set_and_no_wrong_one_is_tried(site):
    account = site.account()
    wrong = site.lab.accounts.wrong_passwords(f"LAB\\{account}")
    plan = site.rotate(FIRST, "--same-account", "--dry-run", "--json")
    assert kinds(plan) == [
        *["stop agent"] * 3, "reset password", "confirm password", *["reinstall agent"] * 3, "forget password",
    ]  # fmt: skip
    reinstalled = [one["name"] for one in plan.document["actions"] if one["kind"] == "reinstall agent"]
    assert reinstalled[1] == f"sync agent on {site.primary()}"
    before = site.held(account)
    answer = site.rotate(FIRST, "--same-account", "--yes", "--json")
    assert answer.code == 0, answer.out + answer.err
    everybody_on(site, account)
    assert site.held(account) != before
    assert not site.holds(f"{account}.previous")
    assert site.lab.accounts.wrong_passwords(f"LAB\\{account}") == wrong


@pytest.mark.parametrize("where", [after_the_password_was_set, "uninstalled"])
def test_in_place_the_password_of_before_is_kept_until_the_last_agent_is_back(site, monkeypatch, where):
    account = site.account()
    before = site.held(account)
    if isinstance(where, str):
        killed(site, monkeypatch, at=where, same_account=True)
        assert site.held(f"{account}.previous") == before
    else:
        killed(site, monkeypatch, arrange=where, same_account=True)
        assert site.held(account) == before
    assert unfinished(site) == {account}
    answer = site.rotate("--resume", "--json")
    assert answer.code == 0, answer.out + answer.err
    everybody_on(site, account)
    assert not site.holds(f"{account}.previous")


def test_in_place_it_is_not_begun_where_the_window_would_close_before_the_agents_are_back(site):
    now = datetime.now().astimezone()
    soon = now + timedelta(minutes=2)
    answer = site.rotate(FIRST, "--same-account", "--yes", "--window", f"{now:%H:%M}-{soon:%H:%M}")
    assert answer.code == ExitCode.GUARD
    assert "closes in" in answer.err
    everybody_on(site, site.account())


def test_in_place_is_refused_where_an_agent_that_cannot_be_stopped_could_lock_the_account(site):
    """A host that does not answer goes on with the old password; five wrong ones lock the account for everybody."""
    site.change(modify(DOMAIN_DN, ("replace", "lockoutThreshold", ["5"])))
    site.lab.member(3).stop()
    before = site.value(site.account(), "pwdLastSet")
    answer = site.rotate(FIRST, "--same-account", "--yes")
    assert answer.code == ExitCode.GUARD
    assert "lock the account" in answer.err
    assert "srv3" in answer.err
    assert site.value(site.account(), "pwdLastSet") == before
    site.lab.member(3).start()
    site.change(modify(DOMAIN_DN, ("replace", "lockoutThreshold", ["0"])))


def test_what_the_domain_controller_would_refuse_is_known_before_an_agent_is_stopped(site):
    """An account under AdminSDHolder is never written: in place, its agents would have been stopped for nothing."""
    account = site.account()
    site.set(account, "adminCount", "1")
    answer = site.rotate(FIRST, "--same-account", "--yes")
    assert answer.code == ExitCode.GUARD, answer.out
    assert "adminCount is 1" in answer.err
    assert set(site.services().values()) == {"Running"}
    site.set(account, "adminCount", "0")


def test_agents_that_were_stopped_for_a_password_that_could_not_be_set_are_started_again(site):
    """No rehearsal tells that a policy refuses a password: here it wants a hundred characters."""
    account = site.account()
    before = site.held(account)
    site.change(modify(DOMAIN_DN, ("replace", "minPwdLength", ["100"])))
    answer = site.rotate(FIRST, "--same-account", "--yes", "--json")
    site.change(modify(DOMAIN_DN, ("replace", "minPwdLength", ["7"])))
    assert answer.code == ExitCode.FAILED
    assert "at work again" in answer.err
    assert site.held(account) == before
    everybody_on(site, account)


# ---- refused ---------------------------------------------------------------------------------------------------------


def test_an_account_that_nobody_names_is_an_error(site):
    answer = site.rotate("jcsnyc", "--yes")
    assert answer.code == ExitCode.ERROR
    assert "jcsync" in answer.err


def test_without_jumpcloud_nothing_is_begun(site):
    site.lab.faults.set("jumpcloud.status", 403, times=None)
    before = site.value(site.account(), "pwdLastSet")
    assert site.rotate(FIRST, "--yes").code == ExitCode.ERROR
    site.lab.faults.clear("jumpcloud.status")
    assert site.value(site.account(), "pwdLastSet") == before
    everybody_on(site, site.account())


def closed_window():
    """A window that is closed now: an hour, two hours from now."""
    now = datetime.now().astimezone()
    begin, end = now + timedelta(hours=2), now + timedelta(hours=3)
    window = f"{begin:%H:%M}-{end:%H:%M}"
    assert not Window.parse(window).is_open(now)
    return window
