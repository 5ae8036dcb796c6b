"""The scripts that run on hosts: what every one must have, whatever it is for."""

from __future__ import annotations

import re

import pytest

from jcad.lab.powershell.syntax import parse_script
from jcad.powershell import host_script, host_scripts, scripts
from jcad.powershell.hosts import host_entry

NAMES = [entry.name for entry in host_scripts()]
READING = [entry.name for entry in host_scripts() if not entry.writes]
WRITING = [entry.name for entry in host_scripts() if entry.writes]
NEWER_THAN_5_1 = re.compile(
    r"\?\?|\?\.[A-Za-z]|&&|\|\||-Parallel\b|-AsHashtable\b|-DateKind\b|\bInvoke-Expression\b|\biex\b"
)
WRITES = re.compile(
    r"(?<!function )\b(?:Set|New|Add|Remove|Clear|Start|Stop|Restart|Register|Unregister|Copy|Move|Rename|Enable|Disable)"
    r"-(?!Object\b|Variable\b|Failure\b|TimeSpan\b|StrictMode\b|PSSession\b)[A-Z]\w+"
)
FUNCTION = re.compile(r"^function ([A-Z]\w+-\w+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
OF_THE_SCRIPT = re.compile(r"^function ([A-Z]\w+-\w+)", re.MULTILINE)


def code(name):
    """A script without its comments."""
    text = re.sub(r"<#.*?#>", "", host_script(name).text, flags=re.DOTALL)
    return re.sub(r"(?m)(?<![\w'\"`-])#(?!Requires).*$", "", text)


def code_that_runs(name):
    """A script's code without the functions that nothing in it calls: shared parts come whole."""
    text, before = code(name), ""
    while text != before:
        before = text
        for found in FUNCTION.finditer(before):
            if len(re.findall(rf"(?<![\w-]){found[1]}(?![\w-])", text)) == 1:
                text = text.replace(found[0], "")
    return text


def test_the_names_of_all_scripts_differ():
    assert not {entry.name for entry in scripts()} & set(NAMES)
    assert {"inspect-host", "read-agent-log", "collect-support", "check-controller"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_script_has_help_strict_mode_and_a_batch(name):
    text = host_script(name).text
    for part in (".SYNOPSIS", ".DESCRIPTION", ".PARAMETER Batch", ".OUTPUTS", "Set-StrictMode -Version 3.0",
                 "$ErrorActionPreference = 'Stop'", "[string] $Batch", "[OutputType([string])]"):  # fmt: skip
        assert part in text
    assert host_script(name).synopsis.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_script_is_ascii_with_short_lines_and_no_template_left(name):
    text = host_script(name).text
    assert text.isascii()
    assert "{{" not in text
    assert "{%" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip() or len(line) > 130]


@pytest.mark.parametrize("name", NAMES)
def test_no_script_uses_what_5_1_or_a_review_would_refuse(name):
    assert not NEWER_THAN_5_1.findall(re.sub(r"'[^'\n]*'", "''", code(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_script_is_a_script(name):
    parse_script(host_script(name).text)


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_parameter_is_there_exactly_where_the_table_says_so(name):
    entry, made = host_entry(name), host_script(name)
    assert ("[securestring[]] $Secret" in made.text) == made.takes_secret == bool(entry.secret or entry.each)
    assert not made.rights


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_the_table_is_used_by_the_script(name):
    for field in host_entry(name).fields:
        assert re.search(rf"\$item\.{field.name}\b|'{field.name}'", host_script(name).text), field.name


@pytest.mark.parametrize("name", WRITING)
def test_every_script_that_writes_asks_should_process(name):
    text = host_script(name).text
    assert "[CmdletBinding(SupportsShouldProcess = $true" in text
    assert "$PSCmdlet.ShouldProcess(" in text


@pytest.mark.parametrize("name", READING)
def test_a_script_that_only_reads_holds_no_cmdlet_that_writes(name):
    own = set(OF_THE_SCRIPT.findall(host_script(name).text))
    assert "SupportsShouldProcess" not in code_that_runs(name)
    assert not set(WRITES.findall(code_that_runs(name))) - own


def test_digests_tell_scripts_apart():
    assert len({entry.digest for entry in host_scripts()}) == len(NAMES)
