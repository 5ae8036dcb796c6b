"""The desired state: what the settings say, what comes from [prepare], which hosts there are."""

from __future__ import annotations

import pytest
from agenthosts import ADMIN, IMPORT, SYNC, desired

from jcad.agents import desired_state, full_name, require_for_install
from jcad.errors import SettingsError
from jcad.model import DistinguishedName
from jcad.settings import checked

BASE = {
    "jumpcloud": {"api_key": "env:KEY"},
    "directory": {"domain": "lab.test", "user": ADMIN, "password": "env:P"},
    "remoting": {"user": ADMIN, "password": "env:P"},
}


def state(controllers=(), **tables):
    domain = DistinguishedName.parse("DC=lab,DC=test")
    return desired_state(checked({**BASE, **tables}), domain=domain, netbios="LAB", controllers=controllers)


def test_hosts_are_those_of_the_settings_and_the_domain_controllers_in_one_order():
    made = desired(
        [{"name": "srv2.lab.test", "address": "10.0.0.2"}, {"name": "dc1.lab.test"}], ["DC2.lab.test", "DC1.lab.test"]
    )
    assert [(one.name, one.named, one.address) for one in made.hosts.values()] == [
        ("dc1.lab.test", True, ""),
        ("dc2.lab.test", False, ""),
        ("srv2.lab.test", True, "10.0.0.2"),
    ]
    assert made.controllers == {"dc1.lab.test", "dc2.lab.test"}


def test_a_domain_controller_that_nobody_named_is_left_as_it_is():
    (host,) = desired(controllers=["dc1.lab.test"]).hosts.values()
    assert [host.agents[kind].wanted for kind in (SYNC, IMPORT)] == [None, None]
    assert not host.wants(SYNC)


def test_accounts_and_passwords_are_those_of_prepare_unless_the_agents_name_their_own():
    made = state(
        ["dc1.lab.test"],
        prepare={"sync": {"password": "vault:a"}, "import": {"name": "imp", "password": "vault:b"}},
        agents={"import": {"account": "OTHER\\svc", "password": "env:SVC"}},
    )
    sync, import_ = (made.hosts["dc1.lab.test"].agents[kind] for kind in (SYNC, IMPORT))
    assert (sync.account, sync.secret) == ("LAB\\jcsync", "vault:a")
    assert (import_.account, import_.secret) == ("OTHER\\svc", "env:SVC")


def test_an_account_that_nobody_names_is_asked_for_at_an_installation():
    agent = state(["dc1.lab.test"]).hosts["dc1.lab.test"].agents[SYNC]
    assert agent.account == ""
    with pytest.raises(SettingsError, match="account, password"):
        require_for_install(agent, "dc1.lab.test")
    with pytest.raises(SettingsError, match="upgrade_arguments"):
        require_for_install(agent, "dc1.lab.test", upgrade=True)


def test_installers_are_run_by_the_remoting_account_unless_another_is_named():
    assert (state().run_as, state().run_as_secret) == (ADMIN, "env:P")
    named = state(agents={"install_as": "LAB\\inst", "install_password": "prompt"})
    assert (named.run_as, named.run_as_secret) == ("LAB\\inst", "prompt")


def test_names_of_the_domain_are_where_installers_want_them():
    made = state(sync={"container": "OU=People,DC=lab,DC=test"})
    assert (made.domain, made.root_dn, made.container) == ("lab.test", "DC=lab,DC=test", "OU=People,DC=lab,DC=test")
    assert state().container == "CN=Users,DC=lab,DC=test"
    assert [full_name(name, "LAB") for name in ("x", "OTHER\\x", "")] == ["LAB\\x", "OTHER\\x", ""]


def test_a_host_adds_its_own_keys_to_those_that_hold_everywhere():
    keys = {"UserDissociationAction": "unbind", "UserTakeoverAction": "retain"}
    made = desired(
        [{"name": "srv1", "import": {"configuration": {"UserTakeoverAction": "deactivate"}}}],
        **{"import": {"configuration": keys}},
    )
    assert made.hosts["srv1"].agents[IMPORT].configuration == {
        "MainLoop.UserDissociationAction": '"unbind"',
        "MainLoop.UserTakeoverAction": '"deactivate"',
    }
