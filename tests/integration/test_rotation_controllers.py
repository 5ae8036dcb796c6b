"""A rotation of the import agents' account, whose hosts are domain controllers that must be restarted, one by one.

The tests of this file share one lab and go in order.
"""

from __future__ import annotations

import json
import re

import pytest
from agentsite import agent_site, results, told

from jcad.cli.invocation import Invocation
from jcad.errors import ExitCode
from jcad.lab.seed import IMPORT_ACCOUNT, password_of
from jcad.model import Secret
from jcad.settings import SecretReference

SECOND = f"{IMPORT_ACCOUNT}-b"
HOSTS = ("dc1", "dc2")
LSA = "SYSTEM\\CurrentControlSet\\Control\\Lsa"
TABLES = """
[vault]
path = {vault}
key = {key}

[prepare.import]
name = "{first}"
password = "vault:{first}"
alternate = "{second}"
alternate_password = "vault:{second}"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("controllers") / "lab"
    with agent_site(folder, controllers=2, members=1) as site:
        site.edit(f'account = "{IMPORT_ACCOUNT}"\npassword = "file:{folder}/secrets/{IMPORT_ACCOUNT}"\n', "")
        for name in ("srv1", "srv2", "srv3"):
            site.edit(f'\n[[agents.host]]\nname = "{name}.lab.jcad.test"\nsync = true\n', "")
        hosts = "".join(f'\n[[agents.host]]\nname = "{name}.lab.jcad.test"\nimport = true\n' for name in HOSTS)
        tables = TABLES.format(
            vault=json.dumps(str(folder / "vault.json")), key=json.dumps(f"file:{folder / 'secrets' / 'vault-key'}"),
            first=IMPORT_ACCOUNT, second=SECOND,
        )  # fmt: skip
        site.settings.write_text(site.settings.read_text("utf-8") + tables + hosts, "utf-8")
        site.set_secret("vault-key", "correct horse battery staple")
        (folder / "secrets" / "vault-key").chmod(0o600)
        secrets = Invocation(config=site.settings).workplace().secrets
        secrets.put(SecretReference.parse(f"vault:{IMPORT_ACCOUNT}"), Secret(password_of(IMPORT_ACCOUNT)))
        site.lab.tenant.state.instances[site.instance]["useCase"] = "TWOWAYSYNC"
        answer = site.agent("install", "import", "--allow-reboot", "--yes")
        assert answer.code == 0, answer.err
        yield site


def accounts(site):
    return {host: one["account"] for (host, kind), one in site.status().items() if kind == "import" and host in HOSTS}


def boots(site):
    return {name: site.host(name).machine.boots for name in HOSTS}


def without_filter(site):
    """Let each reinstallation ask for a restart: no page says whether the uninstaller takes the password filter away."""
    for name in HOSTS:
        site.host(name).machine.registry.make(LSA, {"Notification Packages": ()})


def test_without_leave_to_restart_nothing_is_begun(site):
    before = boots(site)
    answer = site.jcad("account", "rotate", IMPORT_ACCOUNT, "--yes")
    assert answer.code == ExitCode.GUARD
    assert "--allow-reboot" in told(answer)
    assert accounts(site) == dict.fromkeys(HOSTS, f"LAB\\{IMPORT_ACCOUNT}")
    assert boots(site) == before
    assert not site.lab.database.search(f"(sAMAccountName={SECOND})")


def test_each_controller_is_restarted_by_itself_and_the_account_of_before_disabled_at_the_end(site):
    without_filter(site)
    before = boots(site)
    answer = site.jcad("account", "rotate", IMPORT_ACCOUNT, "--allow-reboot", "--yes", "--json")
    assert answer.code == 0, answer.err
    ended = {one["action"]: one["verdict"] for one in results(answer).values()}
    assert {name for name, verdict in ended.items() if verdict != "as planned"} == {"confirm-password:import"}
    assert {name: count - before[name] for name, count in boots(site).items()} == dict.fromkeys(HOSTS, 1)
    steps = re.findall(r"(dc\d)\.lab\.jcad\.test: reinstall agent: (.*)", answer.err)
    order = [host for host, step in steps if step in {"rebooted", "heartbeat"}]
    assert order in (["dc1", "dc1", "dc2", "dc2"], ["dc2", "dc2", "dc1", "dc1"])
    assert accounts(site) == dict.fromkeys(HOSTS, f"LAB\\{SECOND}")
    assert {site.state(name, "import") for name in HOSTS} == {"Running"}
    assert not site.enabled(IMPORT_ACCOUNT)
    assert site.enabled(SECOND)


def test_a_controller_that_does_not_come_back_stops_it_and_the_rest_goes_on_once_it_is_there(site):
    """The other agent keeps the account that it has, which still works; then the rotation is gone on with."""
    without_filter(site)
    plan = site.jcad("account", "rotate", IMPORT_ACCOUNT, "--allow-reboot", "--dry-run", "--json").document
    first, second = (one["scope"].partition(".")[0] for one in plan["actions"] if one["kind"] == "reinstall agent")
    site.edit("reboot_timeout = 30", "reboot_timeout = 4")
    site.lab.faults.set("windows.boot", first.upper())
    answer = site.jcad("account", "rotate", IMPORT_ACCOUNT, "--allow-reboot", "--yes", "--json")
    assert answer.code == ExitCode.FAILED
    assert "did not come back" in told(answer)
    site.lab.faults.clear()
    site.host(first).start()
    site.edit("reboot_timeout = 4", "reboot_timeout = 30")
    assert site.state(second, "import") == "Running"
    assert site.enabled(SECOND)
    answer = site.jcad("account", "rotate", IMPORT_ACCOUNT, "--allow-reboot", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert accounts(site) == dict.fromkeys(HOSTS, f"LAB\\{IMPORT_ACCOUNT}")
    assert {site.state(name, "import") for name in HOSTS} == {"Running"}
    assert site.enabled(IMPORT_ACCOUNT)
    assert not site.enabled(SECOND)
