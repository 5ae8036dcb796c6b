"""Which account the agents use, and from which to which a rotation goes."""

from __future__ import annotations

import pytest

from jcad.errors import GuardStopped, SettingsError
from jcad.model.agents import AgentKind, Installation
from jcad.runs.account_pairs import Direction, NamedAccount, direction, pair_of, with_accounts_in_use
from jcad.settings import SecretReference, checked

BASE = {
    "jumpcloud": {"api_key": "env:KEY"},
    "directory": {"domain": "lab.test", "user": "LAB\\reader", "password": "env:P"},
    "remoting": {"user": "LAB\\writer", "password": "env:P"},
}
ACCOUNTS = {
    "sync": {
        "name": "jcsync", "password": "vault:a", "alternate": "jcsync-b", "alternate_password": "vault:b",
    },
    "import": {"name": "jcimport", "password": "vault:i"},
}  # fmt: skip
FIRST = NamedAccount(sam="jcsync", reference=SecretReference.parse("vault:a"))
SECOND = NamedAccount(sam="jcsync-b", reference=SecretReference.parse("vault:b"))


def settings(**tables):
    return checked({**BASE, "prepare": ACCOUNTS, **tables})


def installed(*accounts, kind=AgentKind.SYNC):
    """One host for each account, installed one after the other."""
    return {
        (f"srv{day}", kind): Installation(
            host=f"srv{day}", kind=kind, version="2", by="LAB\\admin", account=account, agent_id="a",
            at=f"2026-11-{day:02}T12:00:00Z",
        )
        for day, account in enumerate(accounts, 1)
    }  # fmt: skip


def way(installations, *, enabled=("jcsync",), in_place=False):
    return direction(pair_of(settings(), "jcsync"), installations, enabled, in_place=in_place)


@pytest.mark.parametrize("account", ["jcsync", "JCSYNC", "jcsync-b", "LAB\\jcsync"])
def test_a_pair_is_found_by_either_of_its_accounts(account):
    pair = pair_of(settings(), account)
    assert (pair.kind, pair.first, pair.second) == (AgentKind.SYNC, FIRST, SECOND)


def test_an_account_that_nobody_names_is_an_error_that_names_those_there_are():
    with pytest.raises(SettingsError, match="jcsync, jcsync-b, jcimport"):
        pair_of(settings(), "jcsnyc")


def test_an_account_without_a_place_for_its_password_is_refused():
    with pytest.raises(SettingsError, match="no place"):
        pair_of(settings(prepare={"sync": {"name": "jcsync"}}), "jcsync")


def test_agents_go_from_the_account_that_they_use_to_the_other_one():
    assert way(installed("LAB\\jcsync", "LAB\\jcsync")) == Direction(old=FIRST, new=SECOND)
    assert way(installed("LAB\\jcsync-b", "LAB\\JCSYNC-B")) == Direction(old=SECOND, new=FIRST)


def test_where_both_are_used_it_goes_on_towards_the_one_that_was_installed_last():
    assert way(installed("LAB\\jcsync", "LAB\\jcsync-b")) == Direction(old=FIRST, new=SECOND, goes_on=True)
    assert way(installed("LAB\\jcsync-b", "LAB\\jcsync-b", "LAB\\jcsync")) == Direction(
        old=SECOND, new=FIRST, goes_on=True
    )


@pytest.mark.parametrize(
    ("enabled", "old"),
    [((), FIRST), (("jcsync",), FIRST), (("jcsync", "jcsync-b"), FIRST), (("JCSYNC-B",), SECOND)],
)
def test_where_no_installation_is_known_the_account_that_can_log_on_is_left(enabled, old):
    assert way({}, enabled=enabled).old == old


def test_installations_of_the_other_agent_do_not_matter():
    assert way(installed("LAB\\jcsync-b", kind=AgentKind.IMPORT)).old == FIRST


def test_in_place_it_is_the_account_in_use_that_gets_a_new_password():
    found = way(installed("LAB\\jcsync-b"), in_place=True)
    assert found == Direction(old=SECOND, new=SECOND)
    assert found.in_place


def test_in_place_is_refused_where_a_rotation_between_two_accounts_is_not_over():
    with pytest.raises(GuardStopped, match="Agents use both jcsync and jcsync-b") as caught:
        way(installed("LAB\\jcsync", "LAB\\jcsync-b"), in_place=True)
    assert "rotate jcsync" in caught.value.hint


def test_without_a_second_account_there_is_only_the_way_in_place():
    pair = pair_of(settings(), "jcimport")
    with pytest.raises(SettingsError, match="no `alternate`") as caught:
        direction(pair, {}, ("jcimport",), in_place=False)
    assert 'alternate = "jcimport-b"' in caught.value.hint
    assert "--same-account" in caught.value.hint
    assert direction(pair, {}, ("jcimport",), in_place=True).in_place


def test_after_a_rotation_the_second_account_is_the_one_that_is_installed_onto_prepared_and_verified():
    given = settings()
    assert with_accounts_in_use(given, {}) == given
    assert with_accounts_in_use(given, installed("LAB\\jcsync")) == given
    for installations in (installed("LAB\\jcsync-b"), installed("LAB\\jcsync", "LAB\\jcsync-b")):
        found = with_accounts_in_use(given, installations).prepare
        assert found.sync is not None
        assert (found.sync.name, str(found.sync.password)) == ("jcsync-b", "vault:b")
        assert (found.sync.alternate, str(found.sync.alternate_password)) == ("jcsync", "vault:a")
        assert found.import_ == given.prepare.import_


def test_what_was_installed_onto_an_account_of_the_agents_tables_changes_nothing():
    given = settings(agents={"sync": {"account": "LAB\\legacy", "password": "env:P"}})
    assert with_accounts_in_use(given, installed("LAB\\legacy")) == given
