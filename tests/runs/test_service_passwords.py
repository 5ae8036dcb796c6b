"""Passwords of service accounts: kept before they are set, confirmed by one logon, and never lost on the way."""

from __future__ import annotations

import pytest

from jcad.errors import AuthenticationFailed, ScriptError
from jcad.model import ItemOutcome, Secret, Status
from jcad.plan import Action, Batch, ObjectRef, Ready, Target
from jcad.prepare.state import Kept
from jcad.runs import SecretSource
from jcad.runs.service_passwords import ConfirmExecutor, ServicePasswords, pending, previous
from jcad.settings import SecretReference, Vault

REFERENCE = SecretReference.parse("vault:jcsync")


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("JCAD_TEST_VAULT", "a passphrase")
    vault = Vault(path=tmp_path / "vault.json", key=SecretReference.parse("env:JCAD_TEST_VAULT"))
    return SecretSource(vault, lambda what: pytest.fail(f"asked for {what}"))


def action(**values):
    given = {
        "id": "create-account:sync", "kind": "create account", "target": Target.DIRECTORY,
        "object": ObjectRef.created_by("create-account:sync"), "name": "jcsync", "wave": 1,
        "executor": "create-service-account", "secret": "vault:jcsync",
    }  # fmt: skip
    return Action(**{**given, **values})


def confirming(item):
    return action(
        id="confirm-password:sync", kind="confirm password", target=Target.STORE, executor="confirm-password", item=item
    )


def test_a_new_password_is_kept_as_pending_before_anybody_gets_it(source):
    passwords = ServicePasswords(source)
    secret = passwords.for_action(action())
    assert source.resolve(pending(REFERENCE), "x") == secret
    assert passwords.kept(REFERENCE) is Kept.PENDING
    assert not source.holds(REFERENCE)


def test_a_new_password_passes_through_installers_and_holds_no_name(source):
    text = ServicePasswords(source).for_action(action()).reveal()
    assert len(text) == 64
    assert all(char.isalnum() or char in "-_." for char in text)
    assert "jcsync" not in text.casefold()


def test_a_run_that_goes_on_uses_the_password_that_is_pending(source):
    first = ServicePasswords(source).for_action(action())
    assert ServicePasswords(source).for_action(action()) == first


def test_a_confirmed_password_takes_the_place_of_the_known_one(source):
    source.put(REFERENCE, Secret("the old one"))
    passwords = ServicePasswords(source)
    made, seen = passwords.for_action(action()), []
    passwords.confirm(REFERENCE, "jcsync@x", lambda account, secret: seen.append((account, secret == made)))
    assert seen == [("jcsync@x", True)]
    assert source.resolve(REFERENCE, "x") == made
    assert passwords.kept(REFERENCE) is Kept.KNOWN


def test_a_refused_password_leaves_both_where_they_are(source):
    source.put(REFERENCE, Secret("the old one"))
    passwords = ServicePasswords(source)
    passwords.for_action(action())

    def refuse(account, _secret):
        raise AuthenticationFailed("no", account=account)

    executor = ConfirmExecutor(passwords, refuse)
    ready = Ready(action=confirming({"reference": "vault:jcsync", "account": "jcsync@x"}))
    with pytest.raises(AuthenticationFailed):
        list(executor.execute(Batch((ready,))))
    assert source.resolve(REFERENCE, "x") == Secret("the old one")
    assert passwords.kept(REFERENCE) is Kept.PENDING


def test_a_rehearsal_keeps_nothing_and_logs_nobody_on(source, tmp_path):
    ServicePasswords(source, rehearsal=True).for_action(action())
    assert not (tmp_path / "vault.json").exists()
    executor = ConfirmExecutor(ServicePasswords(source), lambda *_: pytest.fail("logged on"), what_if=True)
    ready = Ready(action=confirming({"reference": "vault:jcsync", "account": "jcsync@x"}))
    (outcome,) = executor.execute(Batch((ready,)))
    assert outcome == ItemOutcome(id="confirm-password:sync", status=Status.SKIPPED)


def test_an_action_without_a_place_for_its_password_is_an_error(source):
    with pytest.raises(ScriptError, match="does not say where"):
        ServicePasswords(source).for_action(action(secret=None))


def test_what_is_kept_is_told_apart(source):
    passwords = ServicePasswords(source)
    assert passwords.kept(None) is Kept.NOWHERE
    assert passwords.kept(REFERENCE) is Kept.ABSENT
    source.put(REFERENCE, Secret("x"))
    assert passwords.kept(REFERENCE) is Kept.KNOWN
    source.remove(REFERENCE)
    source.remove(REFERENCE)
    assert passwords.kept(REFERENCE) is Kept.ABSENT


def test_a_rotation_keeps_the_password_of_before_until_it_is_told_to_forget_it(source):
    source.put(REFERENCE, Secret("the old one"))
    passwords = ServicePasswords(source)
    made = passwords.for_action(action())
    assert passwords.confirm(REFERENCE, "jcsync@x", lambda *_: None, keep_previous=True)
    assert source.resolve(previous(REFERENCE), "x") == Secret("the old one")
    assert source.resolve(REFERENCE, "x") == made
    passwords.forget_previous(REFERENCE)
    assert not source.holds(previous(REFERENCE))


def test_a_confirmation_that_was_killed_half_way_does_not_lose_the_password_of_before(source):
    """Killed after the new one was put in its place, and before the pending one was dropped."""
    source.put(REFERENCE, Secret("the old one"))
    passwords = ServicePasswords(source)
    made = passwords.for_action(action())
    source.put(previous(REFERENCE), Secret("the old one"))
    source.put(REFERENCE, made)
    assert passwords.confirm(REFERENCE, "jcsync@x", lambda *_: None, keep_previous=True)
    assert source.resolve(previous(REFERENCE), "x") == Secret("the old one")
    assert not source.holds(pending(REFERENCE))


def test_a_confirmation_that_was_done_before_is_done_again_by_a_logon_alone(source):
    source.put(REFERENCE, Secret("the new one"))
    seen = []
    executor = ConfirmExecutor(ServicePasswords(source), lambda account, _: seen.append(account))
    ready = Ready(action=confirming({"reference": "vault:jcsync", "account": "jcsync@x"}))
    (outcome,) = executor.execute(Batch((ready,)))
    assert (outcome.status, seen) == (Status.UNCHANGED, ["jcsync@x"])


def test_whether_a_pending_password_was_set_is_asked_by_one_logon(source):
    def refuse(account, _secret, code="52e"):
        raise AuthenticationFailed("no", account=account, code=code)

    passwords = ServicePasswords(source)
    assert not passwords.is_pending(REFERENCE, "jcsync@x", lambda *_: pytest.fail("tried without a password"))
    passwords.for_action(action())
    assert passwords.is_pending(REFERENCE, "jcsync@x", lambda *_: None)
    assert not passwords.is_pending(REFERENCE, "jcsync@x", refuse)
    assert passwords.is_pending(REFERENCE, "jcsync@x", lambda *given: refuse(*given, code="533"))  # right, and disabled


def test_a_plan_says_whether_the_password_of_before_is_kept_and_when_it_is_forgotten(source):
    source.put(REFERENCE, Secret("the old one"))
    passwords = ServicePasswords(source)
    passwords.for_action(action())
    executor = ConfirmExecutor(passwords, lambda *_: None)
    item = {"reference": "vault:jcsync", "account": "jcsync@x", "keepOld": True}
    (confirmed,) = executor.execute(Batch((Ready(action=confirming(item)),)))
    assert confirmed.status is Status.CHANGED
    assert source.resolve(previous(REFERENCE), "x") == Secret("the old one")
    forget = action(
        id="forget-password:jcsync", kind="forget password", target=Target.STORE, executor="forget-password",
        item={"reference": "vault:jcsync"},
    )  # fmt: skip
    (forgotten,) = executor.execute(Batch((Ready(action=forget),)))
    assert forgotten.status is Status.CHANGED
    assert not source.holds(previous(REFERENCE))
