"""The import agent: its configuration on a member server, and domain controllers that must be restarted for it, one by one.

The tests of this file share one lab and go in order.
"""

from __future__ import annotations

import json
import re

import pytest
from agentsite import agent_site, results, told, wait_until

from jcad.lab.windows.machine.facts import AGENTS

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
CONFIG = AGENTS["import"].config


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with agent_site(tmp_path_factory.mktemp("import") / "lab", controllers=2, members=1) as site:
        site.edit('name = "srv1.lab.jcad.test"\nsync = true', 'name = "srv1.lab.jcad.test"\nimport = true')
        for name in ("srv2", "srv3"):
            site.edit(f'\n[[agents.host]]\nname = "{name}.lab.jcad.test"\nsync = true\n', "")
        site.edit(
            "[[agents.host]]", '[agents.import.configuration]\nUserDissociationAction = "unbind"\n\n[[agents.host]]'
        )
        site.lab.tenant.state.instances[site.instance]["useCase"] = "TWOWAYSYNC"
        yield site


@pytest.fixture(autouse=True)
def no_faults(site):
    yield
    site.lab.faults.clear()


def configuration(site, label="srv1"):
    return json.loads(site.host(label).machine.files.read(CONFIG))


def test_an_installation_writes_the_configuration_as_well(site):
    answer = site.agent("install", "import", "--yes", "--json")
    assert answer.code == 0, answer.err
    (ended,) = results(answer).values()
    assert ended["verdict"] == "as planned"
    assert "configured" in ended["done"]
    assert configuration(site)["MainLoop"]["UserDissociationAction"] == "unbind"
    assert configuration(site)["MainLoop"]["PasswordChangeListener"] == {"PollTimeMillis": 1000}
    assert site.state("srv1", "import") == "Running"


def test_a_deviation_is_shown_and_put_right(site):
    changed = configuration(site)
    changed["MainLoop"]["UserDissociationAction"] = "remove"
    changed["Unknown"] = {"kept": True}
    site.host("srv1").machine.files.write(CONFIG, json.dumps(changed).encode())
    (deviation,) = site.status()["srv1", "import"]["configuration"]
    assert (deviation["is"], deviation["wanted"]) == ('"remove"', '"unbind"')
    answer = site.agent("configure", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert configuration(site)["MainLoop"]["UserDissociationAction"] == "unbind"
    assert configuration(site)["Unknown"] == {"kept": True}
    assert site.agent("configure", "--dry-run").code == 0


def test_a_configuration_that_is_no_json_is_kept_and_reported(site):
    machine = site.host("srv1").machine
    whole = machine.files.read(CONFIG)
    machine.files.write(CONFIG, b"{ not json")
    answer = site.agent("configure", "--yes")
    assert answer.code == 0
    assert "JSON" in told(answer)
    assert machine.files.read(CONFIG) == b"{ not json"
    machine.files.write(CONFIG, whole)


def test_a_domain_controller_is_not_restarted_unless_that_was_allowed(site):
    answer = site.agent("install", "import", "--host", "dc2", "--yes")
    assert answer.code == 0
    assert "--allow-reboot" in told(answer)
    assert site.state("dc2", "import") is None


def test_domain_controllers_are_restarted_one_by_one_and_waited_for(site):
    boots = {label: site.host(label).machine.boots for label in ("dc1", "dc2")}
    answer = site.agent("install", "import", "--host", "dc1", "--host", "dc2", "--allow-reboot", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert {label: site.host(label).machine.boots - count for label, count in boots.items()} == {"dc1": 1, "dc2": 1}
    steps = re.findall(r"(dc\d)\.lab\.jcad\.test: install agent: (.*)", answer.err)
    order = [host for host, step in steps if step in {"rebooted", "heartbeat"}]
    assert order in (["dc1", "dc1", "dc2", "dc2"], ["dc2", "dc2", "dc1", "dc1"])
    assert ("dc2", "waiting for the domain controller to be healthy") in steps
    assert {one["verdict"] for one in results(answer).values()} == {"as planned"}
    assert {site.state(label, "import") for label in ("dc1", "dc2")} == {"Running"}


def test_a_domain_controller_is_not_restarted_while_no_other_one_is_healthy(site):
    site.agent("uninstall", "import", "--host", "dc1", "--host", "dc2", "--yes")
    parameters = "SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    registry, boots = site.host("dc1").machine.registry, site.host("dc2").machine.boots
    registry.make(parameters, {"SysvolReady": 0})
    answer = site.agent("install", "import", "--host", "dc2", "--allow-reboot", "--yes", "--json")
    registry.make(parameters, {"SysvolReady": 1})
    assert answer.code == 4
    (ended,) = results(answer).values()
    assert "no other domain controller is healthy" in ended["error"]["message"]
    assert site.version("dc2", "import") is None  # that was seen before anything was done
    assert site.host("dc2").machine.boots == boots
    answer = site.agent("install", "import", "--host", "dc2", "--allow-reboot", "--yes")
    assert answer.code == 0, answer.err
    assert site.state("dc2", "import") == "Running"


def test_a_domain_controller_that_does_not_come_back_stops_the_roll_out(site):
    """The other one is left alone, and its agent runs on."""
    site.agent("uninstall", "import", "--host", "dc1", "--host", "dc2", "--yes")
    plan = site.agent("install", "import", "--host", "dc1", "--host", "dc2", "--allow-reboot", "--dry-run", "--json")
    first, second = (one["scope"].partition(".")[0] for one in plan.document["actions"])
    site.edit("reboot_timeout = 30", "reboot_timeout = 4")
    site.lab.faults.set("windows.boot", first.upper())
    boots = site.host(second).machine.boots
    answer = site.agent("install", "import", "--host", "dc1", "--host", "dc2", "--allow-reboot", "--yes", "--json")
    assert answer.code == 4
    ended = {one["scope"].partition(".")[0]: one for one in results(answer).values()}
    assert "did not come back" in ended[first]["error"]["message"]
    assert ended[second]["status"] == "skipped"
    assert site.host(second).machine.boots == boots
    site.lab.faults.clear()
    site.host(first).start()
    wait_until(lambda: site.agent("status", "--host", first).code == 0)
