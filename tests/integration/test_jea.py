"""A JEA endpoint on a domain controller, without a run-as account: scripts by name, in the version that was reviewed."""

from __future__ import annotations

import dataclasses

import pytest
from labsite import Site
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from jcad import powershell
from jcad.lab.endpoint import SessionConfiguration
from jcad.lab.lab import Lab
from jcad.lab.seed import NO_REMOTING, WRITER, password_of


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("jea") / "lab") as lab:
        yield Site(lab)


@pytest.fixture
def configuration(shared):
    """A JEA endpoint as `jcad script jea` makes it, for two accounts, one of which may not log on otherwise."""
    members = frozenset(shared.lab.accounts.find(name).sid for name in (NO_REMOTING, WRITER))
    return SessionConfiguration(powershell.jea_module(), powershell.jea_functions(), members)


@pytest.fixture
def site(shared, configuration):
    shared.lab.dc(1).register("jcad", configuration)
    shared.edit("[remoting]\n", '[remoting]\nconfiguration = "jcad"\n')
    shared.edit(f'user = "LAB\\\\{WRITER}"', f'user = "LAB\\\\{NO_REMOTING}"')
    shared.edit(f"secrets/{WRITER}", f"secrets/{NO_REMOTING}")
    yield shared
    shared.__post_init__()
    (shared.lab.folder / "state.db").unlink(missing_ok=True)


def test_scripts_are_called_by_name_with_their_secrets(site):
    site.edit(f'user = "LAB\\\\{NO_REMOTING}"', f'user = "LAB\\\\{WRITER}"')
    site.edit(f"secrets/{NO_REMOTING}", f"secrets/{WRITER}")
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user", "--limit", "3")
    assert answer.code in {0, 2}, answer.err + answer.out
    assert "3 changed" in answer.out + answer.err


def test_without_a_run_as_account_a_session_may_do_what_its_account_may(site):
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user", "--limit", "1")
    assert answer.code == 4
    assert "Access is denied" in answer.out


def test_an_endpoint_without_a_function_is_told_and_nothing_is_run(site, configuration):
    module = "\n".join(line for line in configuration.module.splitlines() if '"name": "set-attributes"' not in line)
    site.lab.dc(1).register("jcad", dataclasses.replace(configuration, module=module))
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 1
    assert "has no function Invoke-JcadSetAttributes" in " ".join(answer.err.split())
    assert "jcad script jea" in answer.err


def test_an_endpoint_with_another_version_is_told_and_nothing_is_run(site, configuration):
    digest = powershell.script("set-attributes").digest
    module = configuration.module.replace(digest, "0" * 64)
    site.lab.dc(1).register("jcad", dataclasses.replace(configuration, module=module))
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 1
    assert "another version" in answer.err
    assert "Nothing was run" in " ".join(answer.err.split())


def test_an_endpoint_that_is_not_jcads_is_told(site, configuration):
    site.lab.dc(1).register("jcad", dataclasses.replace(configuration, module="", functions=frozenset({"Get-Date"})))
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 1
    assert "has none of jcad's functions" in " ".join(answer.err.split())


def test_a_configuration_that_is_not_there_is_told(site):
    site.edit('configuration = "jcad"', 'configuration = "other"')
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert "has no session configuration other" in " ".join(answer.err.split())
    assert "Register-PSSessionConfiguration" in answer.err


def test_who_is_not_named_by_the_configuration_is_refused(site, configuration):
    site.lab.dc(1).register("jcad", dataclasses.replace(configuration, members=frozenset({"S-1-5-32-999"})))
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 1
    assert "RoleDefinitions" in answer.err


@pytest.mark.parametrize(("text", "code"), [("Get-Date", "ScriptsNotAllowed"), ("1+1", "ScriptsNotAllowed")])
def test_script_text_is_refused_there(site, text, code):
    host = site.lab.dc(1)
    wsman = WSMan(
        host.address, port=host.http.port, ssl=False, auth="ntlm",
        username=f"LAB\\{NO_REMOTING}", password=password_of(NO_REMOTING),
    )  # fmt: skip
    with wsman, RunspacePool(wsman, configuration_name="jcad") as pool:
        pipeline = PowerShell(pool)
        pipeline.add_script(text)
        pipeline.invoke()
        assert pipeline.had_errors
        assert pipeline.streams.error[0].fq_error == code
        hidden = PowerShell(pool)
        hidden.add_cmdlet("Get-ADUser")
        hidden.invoke()
        assert hidden.streams.error[0].fq_error == "CommandNotFoundException"
