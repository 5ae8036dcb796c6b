"""The plan of the agents: what each verb does, what it leaves alone, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenthosts import (
    ADMIN,
    CONFIGURATION,
    IMPORT,
    SYNC,
    TABLE,
    agent,
    command,
    desired,
    host,
    installation,
    observed,
    record,
)

from jcad.agents import Procedure, Unreachable, Verb, agent_limits, plan_agents, require_hidden_secrets, shows_secrets
from jcad.errors import GuardStopped, SettingsError
from jcad.model.cloud import UseCase
from jcad.plan import FindingKind, Target, digest, raise_if_over, read_plan, write_plan

ONE, TWO, THREE = (f"srv{number}.lab.test" for number in (1, 2, 3))
DC1, DC2 = "dc1.lab.test", "dc2.lab.test"


def rules(plan) -> set[str]:
    return {finding.rule for finding in plan.findings}


def changed(action) -> dict[str, tuple[str | None, str | None]]:
    return {change.attribute: (change.old, change.new) for change in action.changes}


# ---- install ---------------------------------------------------------------------------------------------------------


def test_an_agent_that_is_wanted_and_not_there_is_installed_with_everything_that_its_host_needs():
    wanted = desired([{"name": ONE, "sync": True}])
    plan = plan_agents(wanted, observed({ONE: host(ONE)}), command(Verb.INSTALL))
    (action,) = plan.actions
    assert (action.kind, action.executor, action.target) == ("install agent", Procedure.INSTALL, Target.HOST)
    assert (action.name, str(action.object), action.secret) == ("sync agent on SRV1", f"host:{ONE}", "vault:jcsync")
    assert action.expected == {"version": None, "service": None, "product": None}
    assert action.item["agent"] == "sync"
    assert action.item["runAs"] == ADMIN
    assert action.item["values"] == {"account": "LAB\\jcsync", "root_dn": "DC=lab,DC=test"}
    assert action.item["secretNames"] == ("connect_key", "password")
    assert changed(action) == {
        "sync agent version": (None, "2.30.0"),
        "sync agent service": (None, "Running"),
        "sync agent heartbeat": (None, "active"),
        "sync agent account": (None, "LAB\\jcsync"),
    }
    assert not action.guards


def test_a_plan_survives_its_file():
    wanted = desired([{"name": ONE, "sync": True, "import": True}])
    plan = plan_agents(wanted, observed({ONE: host(ONE)}), command(Verb.INSTALL))
    assert len(plan.actions) == 2
    assert digest(read_plan(write_plan(plan))) == digest(plan)


def test_nothing_is_installed_twice():
    wanted = desired([{"name": ONE, "sync": True}])
    assert not plan_agents(wanted, observed({ONE: host(ONE, agent(SYNC))}), command(Verb.INSTALL)).is_pending


def test_what_the_settings_leave_open_is_installed_only_where_it_was_asked_for():
    wanted = desired([{"name": ONE}, {"name": TWO, "sync": True}])
    seen = observed({ONE: host(ONE), TWO: host(TWO)})
    assert [one.scope for one in plan_agents(wanted, seen, command(Verb.INSTALL, SYNC)).actions] == [TWO]
    named = plan_agents(wanted, seen, command(Verb.INSTALL, SYNC, hosts=("SRV1",)))
    assert [one.scope for one in named.actions] == [ONE]


def test_an_agent_that_the_settings_do_not_want_is_not_installed_even_when_it_is_asked_for():
    plan = plan_agents(
        desired([{"name": ONE, "sync": False}]), observed({ONE: host(ONE)}), command(Verb.INSTALL, SYNC, hosts=(ONE,))
    )
    assert not plan.is_pending
    assert rules(plan) == {"not-wanted"}


def test_an_installation_that_broke_off_is_finished_by_a_reinstall():
    half = agent(SYNC, version="", product_code="", state="Stopped")
    plan = plan_agents(desired([{"name": ONE, "sync": True}]), observed({ONE: host(ONE, half)}), command(Verb.INSTALL))
    assert [one.executor for one in plan.actions] == [Procedure.REINSTALL]


def test_an_installation_that_broke_off_is_not_finished_where_no_agent_is_wanted():
    half = agent(SYNC, version="", state="Stopped")
    seen = observed({ONE: host(ONE, half)})
    plan = plan_agents(desired([{"name": ONE, "sync": False}]), seen, command(Verb.INSTALL, SYNC, hosts=(ONE,)))
    assert not plan.is_pending
    assert rules(plan) == {"not-wanted"}


@pytest.mark.parametrize("missing", ["version", "installer", "sha256", "signer", "arguments"])
def test_what_jumpcloud_does_not_publish_is_asked_for_by_name(missing):
    wanted = desired([{"name": ONE, "sync": True}], sync={key: value for key, value in TABLE.items() if key != missing})
    with pytest.raises(SettingsError, match=rf"\[agents.sync\] does not say {missing}\."):
        plan_agents(wanted, observed({ONE: host(ONE)}), command(Verb.INSTALL))


def test_nothing_needs_to_be_said_of_installers_where_nothing_is_installed():
    wanted = desired([{"name": ONE, "sync": True}], sync={})
    assert plan_agents(wanted, observed({ONE: host(ONE, agent(SYNC))}), command(Verb.RESTART)).is_pending


def test_a_host_says_its_own_version_and_installer():
    wanted = desired([{"name": ONE, "sync": {"version": "2.31.0", "installer": "other.exe", "sha256": "cd" * 32}}])
    (action,) = plan_agents(wanted, observed({ONE: host(ONE)}), command(Verb.INSTALL)).actions
    assert (action.item["version"], action.item["installer"], action.item["sha256"]) == (
        "2.31.0",
        "other.exe",
        "cd" * 32,
    )


def test_a_host_that_nobody_knows_is_refused_with_those_that_are_known():
    with pytest.raises(SettingsError, match="no host srv9") as refused:
        plan_agents(desired([{"name": ONE}]), observed({ONE: host(ONE)}), command(Verb.RESTART, hosts=("srv9",)))
    assert ONE in (refused.value.hint or "")


def test_a_short_name_of_two_hosts_is_refused():
    hosts = [{"name": "srv1.a.test"}, {"name": "srv1.b.test"}]
    with pytest.raises(SettingsError, match="may be"):
        plan_agents(desired(hosts), observed({}), command(Verb.RESTART, hosts=("srv1",)))


def test_stale_records_of_the_host_go_with_an_installation_and_one_at_work_stays():
    stale, at_work = record(ONE, state="inactive", id="old"), record(ONE, id="busy")
    seen = observed({ONE: host(ONE)}, records=(stale, at_work))
    (action,) = plan_agents(desired([{"name": ONE, "sync": True}]), seen, command(Verb.INSTALL)).actions
    assert action.item["records"] == ("old",)


@pytest.mark.parametrize(
    ("kind", "use_case"), [(SYNC, UseCase.ADASAUTHORITY), (IMPORT, UseCase.JCASAUTHORITY)], ids=["sync", "import"]
)
def test_an_agent_that_the_ad_instance_is_not_for_is_not_installed(kind, use_case):
    wanted = desired([{"name": ONE, kind.value: True}])
    plan = plan_agents(wanted, observed({ONE: host(ONE)}, use_case=use_case), command(Verb.INSTALL, kind))
    assert not plan.is_pending
    assert rules(plan) == {"use-case"}


# ---- domain controllers and restarts ---------------------------------------------------------------------------------


def controllers(**given):
    return observed({name: host(name, controller=True, **given) for name in (DC1, DC2)})


IMPORTS = desired([{"name": DC1, "import": True}, {"name": DC2, "import": True}], controllers=[DC1, DC2])


def test_an_import_agent_on_a_domain_controller_waits_for_leave_to_restart_it():
    plan = plan_agents(IMPORTS, controllers(), command(Verb.INSTALL))
    assert not plan.is_pending
    assert {(one.rule, one.kind) for one in plan.findings} == {("reboot-needed", FindingKind.NOT_MANAGEABLE)}


def test_domain_controllers_are_restarted_one_at_a_time():
    plan = plan_agents(IMPORTS, controllers(), command(Verb.INSTALL, allow_reboot=True))
    first, second = plan.actions
    assert (first.wave, second.wave, second.needs) == (0, 1, (first.id,))
    assert changed(first)["booted"] == ("2026-11-01T00:00:00Z", "since")
    assert first.guards == ("reboots",)
    assert first.item["reboot"] is True


def test_the_only_domain_controller_is_restarted_only_when_that_is_allowed_as_well():
    alone = desired([{"name": DC1, "import": True}], controllers=[DC1])
    seen = observed({DC1: host(DC1, controller=True)})
    assert "only-controller" in rules(plan_agents(alone, seen, command(Verb.INSTALL, allow_reboot=True)))
    assert plan_agents(alone, seen, command(Verb.INSTALL, allow_reboot=True, allow_only_dc=True)).is_pending


def test_a_domain_controller_that_does_not_answer_does_not_stand_in_for_another():
    seen = observed({DC1: host(DC1, controller=True), DC2: Unreachable(reason="no answer")})
    plan = plan_agents(IMPORTS, seen, command(Verb.INSTALL, allow_reboot=True))
    assert {"only-controller", "host-unreachable"} <= rules(plan)
    assert not plan.is_pending


def test_a_restart_of_the_host_takes_its_sync_agent_down_too():
    seen = observed({DC1: host(DC1, agent(SYNC), controller=True), DC2: host(DC2, controller=True)})
    plan = plan_agents(IMPORTS, seen, command(Verb.INSTALL, IMPORT, allow_reboot=True))
    guards = {one.scope: set(one.guards) for one in plan.actions}
    assert guards == {DC1: {"reboots", "agents-down"}, DC2: {"reboots"}}


def test_the_host_of_the_primary_sync_agent_is_restarted_last():
    hosts = {name: host(name, agent(SYNC), controller=True) for name in (DC1, DC2)}
    plan = plan_agents(
        IMPORTS, observed(hosts, primaries={SYNC: "sync-dc1"}), command(Verb.INSTALL, IMPORT, allow_reboot=True)
    )
    assert [one.scope for one in plan.actions] == [DC2, DC1]


def test_an_import_agent_on_a_member_server_needs_no_restart():
    wanted = desired([{"name": ONE, "import": True}], controllers=[DC1])
    plan = plan_agents(wanted, observed({ONE: host(ONE)}), command(Verb.INSTALL))
    assert plan.is_pending
    assert "booted" not in changed(plan.actions[0])


def test_an_import_agent_that_waits_for_the_restart_is_finished_by_it():
    waiting = host(DC1, agent(IMPORT, state="Stopped"), controller=True, pending_reboot=("component servicing",))
    seen = observed({DC1: waiting, DC2: host(DC2, agent(IMPORT), controller=True)})
    plan = plan_agents(IMPORTS, seen, command(Verb.INSTALL, allow_reboot=True))
    (action,) = plan.actions
    assert (action.executor, action.name, action.expected) == (
        Procedure.REBOOT,
        "DC1",
        {"boot": "2026-11-01T00:00:00Z"},
    )


def test_passwords_are_not_synced_before_every_domain_controller_has_the_import_agent():
    seen = observed({DC1: host(DC1, agent(IMPORT), controller=True), DC2: host(DC2, controller=True)})
    (found,) = [
        one
        for one in plan_agents(IMPORTS, seen, command(Verb.RESTART)).findings
        if one.rule == "not-on-all-controllers"
    ]
    assert DC2 in found.reason
    whole = plan_agents(IMPORTS, seen, command(Verb.INSTALL, allow_reboot=True))
    assert "not-on-all-controllers" not in rules(whole)


# ---- reinstall, upgrade ----------------------------------------------------------------------------------------------

WANTED = desired([{"name": name, "sync": True} for name in (ONE, TWO, THREE)])


def old(version="2.26.0", **given):
    return {name: host(name, agent(SYNC, version=version, **given)) for name in (ONE, TWO, THREE)}


def test_an_upgrade_goes_from_host_to_host_and_takes_the_primary_last():
    seen = observed(
        old(), primaries={SYNC: "sync-srv1"}, installations=tuple(installation(name) for name in (ONE, TWO, THREE))
    )
    plan = plan_agents(WANTED, seen, command(Verb.UPGRADE))
    assert [one.scope for one in plan.actions] == [TWO, THREE, ONE]
    assert [one.wave for one in plan.actions] == [0, 1, 2]
    assert [one.needs for one in plan.actions] == [(), (plan.actions[0].id,), (plan.actions[1].id,)]
    assert plan.actions[0].item["arguments"] == "/msiexec"
    assert plan.actions[0].secret is None
    assert changed(plan.actions[0])["sync agent version"] == ("2.26.0", "2.30.0")


def test_an_upgrade_by_another_administrator_is_not_tried_and_a_reinstall_is_offered():
    seen = observed(old(), installations=(installation(ONE, by="LAB\\other"), installation(TWO), installation(THREE)))
    plan = plan_agents(WANTED, seen, command(Verb.UPGRADE))
    assert [one.scope for one in plan.actions] == [TWO, THREE]
    (found,) = [one for one in plan.findings if one.rule == "installed-by-another"]
    assert "would not start" in found.reason
    assert f"jcad agent reinstall sync --host {ONE}" in found.reason
    instead = plan_agents(WANTED, seen, command(Verb.UPGRADE, reinstall_instead=True))
    assert {one.scope: one.verb for one in instead.actions} == {ONE: "reinstall", TWO: "upgrade", THREE: "upgrade"}


def test_an_administrator_is_the_same_under_both_of_his_names():
    seen = observed(old(), installations=(installation(ONE, by="admin@lab.test"),))
    plan = plan_agents(WANTED, seen, command(Verb.UPGRADE, hosts=(ONE,)))
    assert plan.is_pending
    assert "installer-unknown" not in rules(plan)


def test_an_upgrade_of_an_agent_that_jcad_did_not_install_says_that_it_may_not_start():
    plan = plan_agents(WANTED, observed(old()), command(Verb.UPGRADE))
    assert len(plan.actions) == 3
    assert "installer-unknown" in rules(plan)


def test_no_agent_is_brought_to_an_older_version():
    for verb in (Verb.UPGRADE, Verb.REINSTALL):
        plan = plan_agents(WANTED, observed(old("2.31.0")), command(verb))
        assert not plan.is_pending
        assert rules(plan) == {"newer-version"}


def test_there_is_nothing_to_upgrade_where_the_versions_agree():
    assert not plan_agents(WANTED, observed(old("2.30")), command(Verb.UPGRADE)).is_pending


def test_a_reinstall_gives_the_account_and_removes_the_old_record():
    seen = observed(old(), installations=(installation(ONE, account="LAB\\jcsync-b"),))
    (action,) = plan_agents(WANTED, seen, command(Verb.REINSTALL, hosts=(ONE,))).actions
    assert changed(action)["sync agent account"] == ("LAB\\jcsync-b", "LAB\\jcsync")
    assert action.item["records"] == ("sync-srv1",)
    assert action.expected["service"] == "Running"


def test_an_agent_that_is_not_there_is_not_reinstalled():
    plan = plan_agents(WANTED, observed({ONE: host(ONE)}), command(Verb.REINSTALL, hosts=(ONE,)))
    assert not plan.is_pending
    assert "not-installed" in rules(plan)


# ---- uninstall, configure, restart -----------------------------------------------------------------------------------


def test_agents_are_removed_where_the_settings_say_that_there_are_none():
    wanted = desired([{"name": ONE, "sync": False}, {"name": TWO, "sync": True}, {"name": THREE}])
    plan = plan_agents(wanted, observed(old()), command(Verb.UNINSTALL))
    (action,) = plan.actions
    assert action.scope == ONE
    assert changed(action)["sync agent version"] == ("2.26.0", None)
    assert action.item["records"] == ("sync-srv1",)


def test_the_last_agent_at_work_is_removed_only_when_that_is_allowed():
    plan = plan_agents(WANTED, observed(old()), command(Verb.UNINSTALL, hosts=(ONE, TWO, THREE)))
    assert [one.guards for one in plan.actions] == [(), (), ("agents-down",)]
    with pytest.raises(GuardStopped, match="no agent of its kind is at work") as stopped:
        raise_if_over(plan, agent_limits({}))
    assert "--allow agents-down=1" in (stopped.value.hint or "")


def test_a_second_agent_is_not_taken_down_while_one_is():
    hosts = old()
    hosts[THREE] = host(THREE, agent(SYNC, state="Stopped"))
    plan = plan_agents(WANTED, observed(hosts), command(Verb.REINSTALL, hosts=(ONE,), kinds=frozenset({SYNC})))
    assert [one.guards for one in plan.actions] == [("agents-down",)]
    both = plan_agents(WANTED, observed(hosts), command(Verb.REINSTALL, hosts=(ONE, THREE), kinds=frozenset({SYNC})))
    assert [(one.scope, one.guards) for one in both.actions] == [(THREE, ()), (ONE, ())]


def test_an_agent_that_could_not_start_again_is_not_restarted():
    broken = agent(SYNC, config=None, config_error="line 3 is not JSON")
    plan = plan_agents(
        WANTED, observed({ONE: host(ONE, broken)}), command(Verb.RESTART, hosts=(ONE,), kinds=frozenset({SYNC}))
    )
    assert not plan.is_pending
    assert "configuration-unreadable" in rules(plan)


@pytest.mark.parametrize("state", ["Running", "Stopped"])
def test_an_agent_with_an_old_password_is_not_started_again(state):
    """It would try a wrong password, and another one at each restart of its service."""
    seen = observed(
        {ONE: host(ONE, agent(SYNC, state=state))},
        installations=(installation(ONE),),
        outdated=frozenset({(ONE, SYNC)}),
    )
    plan = plan_agents(WANTED, seen, command(Verb.RESTART, SYNC, hosts=(ONE,)))
    assert not plan.is_pending
    (one,) = [each for each in plan.findings if each.rule == "old-password"]
    assert one.kind is FindingKind.CONFLICT
    assert "LAB\\jcsync" in one.reason
    assert f"jcad agent reinstall sync --host {ONE}" in one.reason
    other = replace(seen, outdated=frozenset({(ONE, IMPORT), (TWO, SYNC)}))
    assert plan_agents(WANTED, other, command(Verb.RESTART, SYNC, hosts=(ONE,))).is_pending


def test_an_agent_with_an_old_password_is_reinstalled_instead_of_upgraded():
    given = {"installations": tuple(map(installation, (ONE, TWO, THREE))), "outdated": frozenset({(ONE, SYNC)})}
    plan = plan_agents(WANTED, observed(old(), **given), command(Verb.UPGRADE))
    assert [one.scope for one in plan.actions] == [TWO, THREE]
    assert "old-password" in rules(plan)
    instead = plan_agents(WANTED, observed(old(), **given), command(Verb.UPGRADE, reinstall_instead=True))
    assert {one.scope: one.verb for one in instead.actions} == {ONE: "reinstall", TWO: "upgrade", THREE: "upgrade"}


@pytest.mark.parametrize(("state", "writes"), [("Running", False), ("Stopped", True)])
def test_the_configuration_of_an_agent_with_an_old_password_is_written_only_where_it_does_not_run(state, writes):
    """Writing restarts a service that runs."""
    wanted = desired(
        [{"name": ONE, "import": True}], **{"import": {"configuration": {"UserDissociationAction": "unbind"}}}
    )
    seen = observed(
        {ONE: host(ONE, agent(IMPORT, state=state))},
        installations=(installation(ONE, IMPORT),),
        outdated=frozenset({(ONE, IMPORT)}),
    )
    plan = plan_agents(wanted, seen, command(Verb.CONFIGURE, IMPORT, hosts=(ONE,)))
    assert plan.is_pending is writes
    assert ("old-password" in rules(plan)) is not writes


def test_an_agent_that_is_wanted_and_removed_is_said_to_be_so():
    plan = plan_agents(WANTED, observed(old()), command(Verb.UNINSTALL, hosts=(ONE,)))
    assert "still-wanted" in rules(plan)


def configured(value, **given):
    wanted = desired(
        [{"name": ONE, "import": True}], **{"import": {"configuration": {"UserDissociationAction": value}}}
    )
    return plan_agents(wanted, observed({ONE: host(ONE, agent(IMPORT, **given))}), command(Verb.CONFIGURE))


def test_a_key_is_written_where_it_is_otherwise_and_the_service_restarted():
    (action,) = configured("unbind").actions
    assert action.item["configuration"] == {"MainLoop.UserDissociationAction": '"unbind"'}
    assert action.item["expected"] == {"MainLoop.UserDissociationAction": '"remove"'}
    assert action.item["restart"] is True
    assert changed(action)["import agent MainLoop.UserDissociationAction"] == ('"remove"', '"unbind"')
    assert not configured("remove").is_pending


def test_the_spelling_of_the_file_is_kept():
    config = {"MainLoop.UserDissociateAction": '"remove"'}
    (action,) = configured("unbind", config=config).actions
    assert action.item["configuration"] == {"MainLoop.UserDissociateAction": '"unbind"'}
    assert "import agent MainLoop.UserDissociationAction" in changed(action)


def test_a_key_that_the_file_does_not_have_is_not_written():
    plan = configured("unbind", config={"MainLoop.Other": "1"})
    assert not plan.is_pending
    assert "configuration-key" in rules(plan)


def test_a_configuration_that_is_not_json_is_kept_and_reported():
    plan = configured("unbind", config=None, config_error="line 3 is not JSON")
    assert not plan.is_pending
    (found,) = [one for one in plan.findings if one.rule == "configuration-unreadable"]
    assert "line 3 is not JSON" in found.reason


def test_hosts_that_do_not_agree_on_a_key_are_reported():
    other = {**CONFIGURATION, "MainLoop.UserTakeoverAction": '"deactivate"', "MainLoop.Own": "1"}
    seen = observed({ONE: host(ONE, agent(IMPORT)), TWO: host(TWO, agent(IMPORT, config=other))})
    plan = plan_agents(desired([{"name": ONE}, {"name": TWO}]), seen, command(Verb.RESTART, IMPORT))
    (found,) = [one for one in plan.findings if one.rule == "configurations-differ"]
    assert found.reason.endswith('"deactivate" on SRV2; "retain" on SRV1')


def test_hosts_that_agree_once_the_plan_is_done_are_not_reported():
    other = {**CONFIGURATION, "MainLoop.UserDissociationAction": '"unbind"'}
    wanted = desired(
        [{"name": ONE}, {"name": TWO}], **{"import": {"configuration": {"UserDissociationAction": "unbind"}}}
    )
    seen = observed({ONE: host(ONE, agent(IMPORT)), TWO: host(TWO, agent(IMPORT, config=other))})
    plan = plan_agents(wanted, seen, command(Verb.CONFIGURE))
    assert [one.scope for one in plan.actions] == [ONE]
    assert "configurations-differ" not in rules(plan)


def test_keys_that_contradict_each_other_and_values_that_no_page_tells_are_reported():
    keys = {"UserDissociationAction": "unbind", "UserDisableAction": "suspend"}
    wanted = desired([{"name": ONE, "import": True}], **{"import": {"configuration": keys}})
    plan = plan_agents(wanted, observed({ONE: host(ONE, agent(IMPORT))}), command(Verb.CONFIGURE))
    assert {"configuration-overridden", "configuration-unknown-value"} <= rules(plan)


def test_services_are_restarted_one_by_one_and_stopped_ones_started_first():
    hosts = old()
    hosts[THREE] = host(THREE, agent(SYNC, state="Stopped"))
    plan = plan_agents(WANTED, observed(hosts), command(Verb.RESTART, SYNC))
    assert [(one.scope, one.verb, one.wave) for one in plan.actions] == [
        (THREE, "start", 0),
        (ONE, "restart", 1),
        (TWO, "restart", 2),
    ]
    assert not any(one.guards for one in plan.actions)


def test_a_service_that_somebody_disabled_stays_so():
    seen = observed({ONE: host(ONE, agent(SYNC, state="Stopped", start_mode="Disabled"))})
    plan = plan_agents(WANTED, seen, command(Verb.RESTART, hosts=(ONE,), kinds=frozenset({SYNC})))
    assert not plan.is_pending
    assert "service-disabled" in rules(plan)


# ---- secrets on command lines ----------------------------------------------------------------------------------------


def test_a_plan_that_shows_secrets_is_stopped_and_names_who_would_see_them():
    plan = plan_agents(desired([{"name": ONE, "sync": True}]), observed({ONE: host(ONE)}), command(Verb.INSTALL))
    assert shows_secrets(plan) == ("connect_key", "password")
    with pytest.raises(GuardStopped, match="4688") as stopped:
        require_hidden_secrets(plan, allowed=False)
    assert "secrets_on_command_line" in (stopped.value.hint or "")
    told = require_hidden_secrets(plan, allowed=True)
    assert any("process list" in line for line in told)
    assert any("scheduled task" in line for line in told)
    assert any("verbose log" in line for line in told)


def test_a_plan_without_secrets_on_a_command_line_passes():
    plan = plan_agents(WANTED, observed(old(), installations=()), command(Verb.UPGRADE))
    assert require_hidden_secrets(plan, allowed=False) == ()
