"""Reading what inspect-host tells: everything that is there, and no nonsense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ScriptError
from jcad.model.agents import AgentKind, HostState
from jcad.powershell import read_controller_health, read_host_state
from jcad.powershell.hosts import canonical_json

AGENT = {
    "kind": "import", "service": "JCADImportAgent", "displayName": "JumpCloud AD Integration Import Agent",
    "state": "Running", "startMode": "Auto", "runsAs": "LocalSystem", "productCode": "{1}", "uninstall": "MsiExec.exe /X{1}",
    "installedAt": "20260131", "version": "4.2.0", "folder": "C:\\x", "configFile": "C:\\x\\c.json",
    "config": [{"name": "MainLoop.UserDissociationAction", "value": '"remo\\u0027ve"'}, {"name": "MainLoop.n", "value": "1"}],
    "logFile": "C:\\x\\l.log", "lastError": "ERROR x",
}  # fmt: skip
HOST = {
    "name": "SRV1", "windows": "Microsoft Windows Server 2019 Standard", "build": 17763, "architecture": "AMD64",
    "core": True, "controller": False, "boot": "2026-11-24T12:00:00Z", "pendingReboot": ["Windows Update"],
    "freeBytes": 1 << 40, "netRelease": 461814, "psVersion": "5.1.1", "clockOffset": -0.25, "outbound": True,
    "ldaps": None, "entra": ["ADSync"], "agents": [AGENT],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def test_everything_that_is_told_is_there():
    host = read_host_state(HOST)
    assert (host.name, host.build, host.core, host.controller, host.ldaps) == ("SRV1", 17763, True, False, None)
    assert (host.pending_reboot, host.free_bytes, host.clock_offset) == (("Windows Update",), 1 << 40, -0.25)
    assert host.entra == ("ADSync",)
    agent = host.agents[AgentKind.IMPORT]
    assert agent.is_running
    assert (agent.version, agent.product_code, agent.installed_at) == ("4.2.0", "{1}", "2026-01-31")
    assert agent.config == {"MainLoop.UserDissociationAction": '"remo\'ve"', "MainLoop.n": "1"}


def test_a_configuration_that_could_not_be_read_is_told_and_is_none():
    agent = read_host_state(HOST | {"agents": [AGENT | {"config": None, "configError": "not JSON"}]}).agents[
        AgentKind.IMPORT
    ]
    assert (agent.config, agent.config_error) == (None, "not JSON")


@pytest.mark.parametrize("config", [[{"name": "a", "value": "{"}], [{"name": "a"}], [1]])
def test_a_configuration_in_another_form_is_not_taken_for_an_empty_one(config):
    agent = read_host_state(HOST | {"agents": [AGENT | {"config": config}]}).agents[AgentKind.IMPORT]
    assert agent.config is None
    assert agent.config_error


@given(st.sampled_from(sorted(HOST)), JSON)
def test_a_host_with_nonsense_in_a_field_is_read_without_it(field, value):
    """Only the name is needed; nothing else can make a host unreadable."""
    told = HOST | {field: value}
    if field == "name" and not (isinstance(value, str) and value):
        with pytest.raises(ScriptError, match="no name"):
            read_host_state(told)
    else:
        assert isinstance(read_host_state(told), HostState)


@given(st.sampled_from(sorted(AGENT)), JSON)
def test_an_agent_with_nonsense_in_a_field_is_read_without_it(field, value):
    host = read_host_state(HOST | {"agents": [AGENT | {field: value}, value]})
    assert set(host.agents) <= set(AgentKind)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_any_other_data_are_refused_by_name(data):
    with pytest.raises(ScriptError, match="inspect-host"):
        read_host_state({key: value for key, value in data.items() if key != "name"})


@given(JSON)
def test_json_is_compared_in_one_form(value):
    if value == value:  # noqa: PLR0124  - not a number is not equal to itself
        assert canonical_json(json.dumps(value)) == canonical_json(canonical_json(json.dumps(value, indent=2)))


HEALTH = {
    "sysvolReady": True, "services": {"NTDS": "Running", "DFSR": "Running", "Netlogon": "Running", "DNS": None}, "ldap": True,
    "replicationFailures": 0, "fsmo": [{"role": "PDCEmulator", "holder": "dc1", "reachable": True}],
}  # fmt: skip


def test_a_healthy_controller_has_no_trouble():
    assert read_controller_health(HEALTH).troubles == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sysvolReady": False}, "SYSVOL"),
        ({"services": {"NTDS": "Running", "DFSR": "Stopped", "Netlogon": "Running"}}, "DFSR"),
        ({"services": HEALTH["services"] | {"DNS": "Stopped"}}, "DNS"),
        ({"ldap": False}, "LDAP"),
        ({"replicationFailures": 2}, "2 partner"),
        ({"replicationFailures": None}, "cannot be told"),
        ({"fsmo": [{"role": "RIDMaster", "holder": "dc9", "reachable": False}]}, "dc9"),
        ({"fsmo": []}, "operations masters"),
    ],
)
def test_each_trouble_of_a_controller_is_told(change, says):
    (trouble,) = read_controller_health(HEALTH | change).troubles
    assert says in trouble


@given(st.dictionaries(st.sampled_from(sorted(HEALTH)), JSON, max_size=5))
def test_a_controller_that_answers_nonsense_is_not_healthy(data):
    health = read_controller_health(data)
    assert health.troubles or data.keys() == HEALTH.keys()
