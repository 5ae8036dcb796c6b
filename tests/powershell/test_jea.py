"""The files of a JEA endpoint hold the reviewed scripts, unchanged, and nothing else that can be called."""

from __future__ import annotations

import json
import re

import pytest

from jcad import powershell
from jcad.cli import run
from jcad.lab.powershell.syntax import parse_script
from jcad.model.script import VERSION_FUNCTION


def test_the_module_holds_every_script_as_it_was_reviewed():
    module = powershell.jea_module()
    parse_script(module)
    for script in powershell.scripts():
        assert f"function {script.function} {{\n{script.text.rstrip()}\n}}" in module


def test_the_module_says_the_digest_of_each():
    found = dict(re.findall(r'{"name": "([a-z-]+)", "digest": "([0-9a-f]{64})"}', powershell.jea_module()))
    assert found == {script.name: script.digest for script in powershell.scripts()}


def test_functions_are_named_after_their_scripts():
    assert powershell.script("disable-user").function == "Invoke-JcadDisableUser"
    assert VERSION_FUNCTION in powershell.jea_functions()
    assert len(powershell.jea_functions()) == len(powershell.scripts()) + 1


def test_a_session_has_no_language_no_run_as_account_and_one_role():
    files = powershell.jea_files("CORP\\o'brien's")
    session = files["jcad.pssc"]
    assert "LanguageMode        = 'NoLanguage'" in session
    assert "RunAsVirtualAccount = $false" in session
    assert "'CORP\\o''brien''s' = @{ RoleCapabilities" in session
    visible = set(re.findall(r"^        '([A-Za-z-]+)'$", files["jcad/RoleCapabilities/jcad.psrc"], re.MULTILINE))
    assert visible == powershell.jea_functions()
    for text in (session, files["jcad/RoleCapabilities/jcad.psrc"]):
        parse_script(text)


def test_the_command_writes_the_files_and_never_over_others(tmp_path, capsys):
    folder = tmp_path / "jea"
    assert run(["script", "jea", str(folder), "--group", "CORP\\jcad"]) == 0
    module = folder / "jcad" / "jcad.psm1"
    assert module.read_text("utf-8-sig") == powershell.jea_module()
    module.write_text("mine", "utf-8")
    assert run(["script", "jea", str(folder), "--group", "CORP\\jcad"]) == 1
    assert "there already" in capsys.readouterr().err
    assert module.read_text("utf-8") == "mine"
    assert run(["script", "jea", str(folder), "--group", "CORP\\jcad", "--force"]) == 0


@pytest.mark.parametrize("script", powershell.scripts(), ids=lambda script: script.name)
def test_digests_are_those_of_the_registry(script):
    assert json.dumps({"name": script.name, "digest": script.digest}) in powershell.jea_module()
