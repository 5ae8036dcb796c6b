"""What is said of hosts and agents without anything to be done: obstacles, records, accounts, configurations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenthosts import IMPORT, SYNC, agent, command, desired, host, installation, observed, record
from hypothesis import given
from hypothesis import strategies as st

from jcad.agents import Unreachable, Verb, compare_versions, examine, same_account, same_host
from jcad.agents.obstacles import DISK_NEEDED, obstacles
from jcad.model.cloud import UseCase
from jcad.plan import FindingKind

ONE, TWO, DC = "srv1.lab.test", "srv2.lab.test", "dc1.lab.test"
WANTED = desired([{"name": ONE, "sync": True}], controllers=[DC])
SYNC_ONLY = command(Verb.INSTALL, SYNC)


def found(seen, wanted=WANTED, options=SYNC_ONLY) -> dict[str, str]:
    """The findings by rule; the reasons of several of one rule together."""
    result: dict[str, str] = {}
    for one in examine(wanted, seen, options):
        result[one.rule] = f"{result.get(one.rule, '')}{one.name}: {one.reason}\n"
    return result


def test_a_whole_agent_that_is_heard_of_has_nothing_to_be_said_of():
    assert found(observed({ONE: host(ONE, agent(SYNC)), DC: host(DC, controller=True)})) == {}


# ---- hosts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_state", "rule", "blocks"),
    [
        ({"architecture": "32-bit"}, "architecture", True),
        ({"architecture": "ARM 64-bit Processor"}, "architecture", False),
        ({"build": 7601, "windows": "Microsoft Windows Server 2008 R2"}, "windows-version", True),
        ({"build": 19045, "windows": "Microsoft Windows 10 Pro"}, "windows-version", True),
        ({"build": 26100, "windows": "Microsoft Windows Server 2025"}, "windows-undocumented", False),
        ({"build": 9600, "core": True}, "server-core", True),
        ({"free_bytes": DISK_NEEDED - 1}, "disk-full", True),
        ({"outbound": False}, "outbound-closed", True),
        ({"pending_reboot": ("component servicing",)}, "pending-reboot", False),
        ({"clock_offset": -301.0}, "clock-offset", False),
        ({"ldaps": False}, "ldaps-closed", False),
    ],
)
def test_what_stands_against_an_agent_is_named(given_state, rule, blocks):
    assert [(one.rule, one.blocks) for one in obstacles(host(ONE, **given_state))] == [(rule, blocks)]


@pytest.mark.parametrize(
    "given_state",
    [
        {"build": 9200},
        {"build": 20348, "core": True},
        {"build": 14393, "core": True},
        {"free_bytes": DISK_NEEDED},
        {"clock_offset": 300.0},
        {"windows": "", "build": None, "architecture": "", "free_bytes": None, "core": None},
        {"clock_offset": None, "outbound": None, "ldaps": None, "net_release": None},
    ],
)
def test_what_is_just_enough_or_could_not_be_told_is_not_held_against_a_host(given_state):
    assert not list(obstacles(host(ONE, **given_state)))


def test_a_host_that_cannot_be_looked_at_says_why_and_how_to_open_it():
    told = found(observed({ONE: Unreachable(reason="WinRM does not answer", hint="run enable-remoting.ps1 there")}))
    assert told == {"host-unreachable": f"{ONE}: WinRM does not answer; run enable-remoting.ps1 there\n"}


def test_a_host_that_nobody_looked_at_is_missing():
    assert set(found(observed({}))) == {"not-looked-at"}


def test_entra_connect_is_a_conflict_only_where_m365_is_bound():
    seen = observed({ONE: host(ONE, agent(SYNC), entra=("ADSync",))})
    assert found(seen) == {}
    (conflict,) = examine(WANTED, replace(seen, m365=True), command(Verb.INSTALL, SYNC, hosts=(ONE,)))
    assert (conflict.rule, conflict.kind) == ("entra-and-m365", FindingKind.CONFLICT)


# ---- agents ----------------------------------------------------------------------------------------------------------


def test_an_agent_that_is_wanted_and_not_there_is_missing():
    assert set(found(observed({ONE: host(ONE)}))) >= {"not-installed"}


def test_a_service_that_does_not_run_is_shown_with_the_last_error_of_its_log():
    stopped = agent(SYNC, state="Stopped", last_error="LDAP Result Code 49")
    told = found(observed({ONE: host(ONE, stopped)}, records=(record(ONE, state="inactive"),)))
    assert set(told) == {"service-stopped"}
    assert "LDAP Result Code 49" in told["service-stopped"]


def test_a_service_that_runs_and_is_not_heard_of_is_no_agent_at_work():
    told = found(
        observed({ONE: host(ONE, agent(SYNC, last_error="data 52e"))}, records=(record(ONE, state="inactive"),))
    )
    assert set(told) == {"no-heartbeat"}
    assert "2026-11-24T12:00:00Z" in told["no-heartbeat"]
    assert "data 52e" in told["no-heartbeat"]


def test_records_are_not_judged_where_jumpcloud_was_not_asked():
    assert found(observed({ONE: host(ONE, agent(SYNC))}, records=None)) == {}


@pytest.mark.parametrize(
    ("records", "agents", "rule"),
    [
        ((), (agent(SYNC),), "no-record"),
        ((record(ONE), record(ONE, id="twin", state="inactive")), (agent(SYNC),), "stale-record"),
        ((record(ONE),), (agent(SYNC, state="Stopped"),), "heartbeat-without-service"),
        ((record(ONE),), (), "record-without-agent"),
    ],
)
def test_records_that_do_not_fit_the_host_are_reported(records, agents, rule):
    assert rule in found(observed({ONE: host(ONE, *agents)}, records=records))


def test_a_service_that_is_not_there_after_a_restart_is_reported():
    assert set(found(observed({ONE: host(ONE, agent(SYNC, start_mode="Manual"))}))) == {"start-mode"}


def test_another_version_than_wanted_is_reported():
    assert set(found(observed({ONE: host(ONE, agent(SYNC, version="2.26.0"))}))) == {"other-version"}


def test_an_account_called_after_jumpcloud_is_reported():
    seen = observed({ONE: host(ONE, agent(SYNC))}, installations=(installation(ONE, account="LAB\\svcJumpCloud"),))
    assert "account-name" in found(seen)


def test_a_domain_called_after_jumpcloud_is_nothing_to_report():
    seen = observed({ONE: host(ONE, agent(SYNC, runs_as="JUMPCLOUD\\svc"))})
    assert found(seen) == {}


def test_an_account_that_the_settings_do_not_have_is_reported():
    seen = observed({ONE: host(ONE, agent(SYNC))}, installations=(installation(ONE, account="LAB\\jcsync-b"),))
    assert set(found(seen)) == {"other-account"}


def test_who_installed_matters_before_anybody_upgrades():
    seen = observed({ONE: host(ONE, agent(SYNC))}, installations=(installation(ONE, by="LAB\\other"),))
    assert "encrypted for machine and user" in found(seen)["installed-by-another"]


def test_an_agent_with_an_old_password_is_told_before_it_is_started_again():
    seen = observed(
        {ONE: host(ONE, agent(SYNC))}, installations=(installation(ONE),), outdated=frozenset({(ONE, SYNC)})
    )
    assert "will fail at its next start" in found(seen)["old-password"]


def test_a_sync_agent_on_an_instance_where_ad_is_the_authority_is_a_conflict():
    seen = observed({ONE: host(ONE, agent(SYNC))}, use_case=UseCase.ADASAUTHORITY)
    assert set(found(seen)) == {"use-case"}


def test_a_configuration_that_cannot_be_read_is_reported():
    wanted = desired([{"name": ONE, "import": True}])
    seen = observed({ONE: host(ONE, agent(IMPORT, config=None, config_error="line 2: no JSON"))})
    assert "line 2: no JSON" in found(seen, wanted, command(Verb.INSTALL, IMPORT))["configuration-unreadable"]


def test_hosts_that_have_nothing_to_do_with_agents_are_not_spoken_of():
    both = desired([{"name": ONE, "sync": True}, {"name": TWO}])
    full = host(TWO, free_bytes=1)
    assert found(observed({ONE: host(ONE, agent(SYNC)), TWO: full}), both) == {}
    named = command(Verb.INSTALL, SYNC, hosts=("srv2",))
    assert "disk-full" in found(observed({TWO: full}), both, named)


def test_findings_come_in_one_order():
    seen = observed({ONE: host(ONE, agent(SYNC, version="1.0", start_mode="Manual"), clock_offset=900.0)})
    told = examine(WANTED, seen, SYNC_ONLY)
    assert list(told) == sorted(told, key=lambda one: one.order)
    assert len(set(told)) == len(told) == 3


# ---- names, versions, exit codes -------------------------------------------------------------------------------------


def test_a_record_is_of_a_host_by_its_dns_name_or_by_its_first_label_alone():
    hosts = {"srv1.a.test": 1, "srv1.b.test": 1, "srv2.a.test": 1}
    assert same_host("SRV1.A.TEST", "srv1.a.test", hosts)
    assert not same_host("SRV1", "srv1.a.test", hosts)
    assert same_host("SRV2", "srv2.a.test", hosts)
    assert not same_host("", "srv2.a.test", hosts)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("LAB\\Admin", "lab\\admin", True),
        ("LAB\\admin", "admin@lab.test", True),
        ("admin@lab.test", "admin@LAB.test", True),
        ("LAB\\admin", "OTHER\\admin", False),
        ("LAB\\admin", "LAB\\admin2", False),
        ("admin", "LAB\\admin", True),
    ],
)
def test_an_administrator_is_known_by_each_of_his_names(one, other, same):
    assert same_account(one, other) is same
    assert same_account(other, one) is same


VERSIONS = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@given(VERSIONS, VERSIONS)
def test_versions_are_compared_as_numbers(one, other):
    assert compare_versions(one, other) == -compare_versions(other, one)
    assert compare_versions(one, f"{one}.0") == 0
    assert compare_versions(f"{one}.1", one) == 1


def test_ten_is_newer_than_nine():
    assert compare_versions("2.10.0", "2.9.9") > 0


def test_every_other_difference_to_the_settings_is_reported():
    wanted = desired(
        [{"name": ONE, "sync": False, "import": True}],
        **{"import": {"configuration": {"UserTakeoverAction": "deactivate"}}},
    )
    half = agent(SYNC, version="")
    seen = observed({ONE: host(ONE, half, agent(IMPORT))})
    told = found(seen, wanted, command(Verb.INSTALL))
    assert {"not-wanted", "half-installed", "configuration-differs"} <= set(told)
    assert 'MainLoop.UserTakeoverAction is "retain", wanted "deactivate"' in told["configuration-differs"]


def test_a_key_that_the_file_lacks_and_one_that_is_right_are_told_apart():
    keys = {"UserTakeoverAction": "retain", "UserDisableAction": "suspend"}
    wanted = desired([{"name": ONE, "import": True}], **{"import": {"configuration": keys}})
    told = found(observed({ONE: host(ONE, agent(IMPORT))}), wanted, command(Verb.INSTALL, IMPORT))
    assert "MainLoop.UserDisableAction" in told["configuration-key"]
    assert "configuration-differs" not in told
