"""The registry and its templates: what every script must have, whatever it is for."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jcad.errors import ScriptError
from jcad.powershell import registry, script, scripts
from jcad.powershell.environment import render

NAMES = [entry.name for entry in scripts()]
WRITING = [entry.name for entry in scripts() if entry.writes]
LOOKS_OF_THEIR_OWN = {"create-ou": "Test-NameTaken", "set-permissions": "Get-ContainerObstacle -Guid"}
"""What stands in the place of Get-Protection, which is about accounts, where a script writes no account."""

NEWER_THAN_5_1 = re.compile(r"\?\?|\?\.|&&|\|\||-Parallel\b|-AsHashtable\b|-DateKind\b|\bInvoke-Expression\b")


def test_every_script_of_the_issue_is_there():
    assert NAMES == [
        "add-members", "allow-logon", "create-group", "create-ou", "create-service-account", "create-user",
        "disable-user", "enable-user", "move-object", "probe-host", "remove-members", "remove-probe", "rename-group",
        "rename-user", "reset-password", "set-attributes", "set-permissions", "set-service-account", "unlock-user",
    ]  # fmt: skip


def test_a_misspelt_name_gets_suggestions():
    with pytest.raises(ScriptError, match="there is no script called 'creat-user'") as caught:
        script("creat-user")
    assert "create-user" in (caught.value.hint or "")


def test_a_script_is_rendered_once():
    assert script("create-user") is script("create-user")


def test_threads_that_ask_at_a_time_wait_for_one_rendering(mocker):
    """Fifty sessions begin with the same script: forty of them used to render it."""

    def slow(name):
        time.sleep(0.05)
        return render(name)

    rendering = mocker.patch.object(registry, "render", side_effect=slow)
    registry._rendered.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(script, ["create-user"] * 8))
    assert rendering.call_count == 1
    assert all(each is found[0] for each in found)


@pytest.mark.parametrize("name", NAMES)
def test_every_script_has_help_strict_mode_and_a_typed_server(name):
    text = script(name).text
    for part in (".SYNOPSIS", ".DESCRIPTION", ".PARAMETER Server", ".OUTPUTS", "Set-StrictMode -Version 3.0",
                 "$ErrorActionPreference = 'Stop'", "[string] $Server", "[OutputType([string])]"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("name", NAMES)
def test_every_script_is_ascii_with_short_lines_and_no_template_left(name):
    """5.1 reads a file without a mark as ANSI; a brace pair left over would be a template that did not render."""
    text = script(name).text
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 120
    assert "{{" not in text
    assert "{%" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", NAMES)
def test_no_script_uses_what_5_1_or_a_review_would_refuse(name):
    assert not NEWER_THAN_5_1.findall(script(name).text)
    assert "AD:\\" not in script(name).text


@pytest.mark.parametrize("name", NAMES)
def test_every_ad_cmdlet_is_told_the_server(name):
    """Either by name or through a splatted call that holds it."""
    text = script(name).text
    for line in text.splitlines():
        for _ in re.finditer(r"\b(?:Get|Set|New|Add|Remove|Move|Rename|Enable|Disable|Unlock)-AD\w+", line):
            assert "-Server $Server" in line or "@call" in line or line.strip().startswith(("#", "<#")), line
    if "@call" in text:
        assert re.search(r"Server\s+= \$Server|Server = \$Server|@call -Server \$Server", text)


@pytest.mark.parametrize("name", WRITING)
def test_every_writing_script_asks_should_process_and_checks_protection(name):
    text = script(name).text
    assert "[CmdletBinding(SupportsShouldProcess = $true" in text
    assert "$PSCmdlet.ShouldProcess(" in text
    assert LOOKS_OF_THEIR_OWN.get(name, "Get-Protection -Entity") in text
    assert script(name).rights


@pytest.mark.parametrize("name", WRITING)
def test_a_secret_parameter_is_there_exactly_where_the_registry_says_so(name):
    assert ("[securestring[]] $Secret" in script(name).text) == script(name).takes_secret


def test_a_probe_writes_nothing():
    """A script that the registry calls read-only holds no cmdlet that writes."""
    for entry in scripts():
        if not entry.writes:
            assert not re.search(r"\b(?:Set-AD|New-AD|Add-AD|Remove-AD|Move-AD|Rename-AD|Enable-|Disable-)", entry.text)
            assert not entry.rights


def test_digests_tell_scripts_apart():
    assert len({entry.digest for entry in scripts()}) == len(scripts())
