"""A script for hosts as a file that is run by hand: the same call, what is missing asked for, secrets never in it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.cli.main import run
from jcad.errors import ExitCode, ScriptError, SecretInScript
from jcad.lab.powershell.answers import Recorder, encode_error
from jcad.lab.powershell.engine import Command, Engine
from jcad.lab.powershell.values import OrderedDictionary, SecureString
from jcad.model.secret import Secret
from jcad.powershell import export_host_script, host_call, host_scripts, printed_script, read_value
from jcad.powershell.hosts import host_entry
from jcad.powershell.hosts.fields import Kind

NAMES = [one.name for one in host_scripts() if one.name not in {"receive-file", "send-file"}]
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("'\u2019\"$`=\\"), min_size=1, max_size=20
)
VALUES = {
    Kind.TEXT: TEXT,
    Kind.NUMBER: st.integers(-(1 << 40), 1 << 40),
    Kind.TRUTH: st.booleans(),
    Kind.TEXTS: st.lists(TEXT, max_size=3),
    Kind.TABLE: st.dictionaries(TEXT, TEXT, max_size=3),
}
INSTALL = {
    "installer": "C:\\setup.exe", "sha256": "00", "signer": "CN=x", "arguments": "/msiexec {key}", "values": {},
    "secretNames": ["key", "password"], "runAs": "LAB\\Administrator", "timeout": 60, "log": None,
}  # fmt: skip


class Console:
    """Somebody at the host, who types the same whenever he is asked."""

    def __init__(self, *lines):
        self.prompts = []
        self.lines = list(lines)

    def call(self, method, *arguments):
        if method == "ReadLineAsSecureString":
            return SecureString("Marble.Compass-7781")
        self.prompts.append(str(arguments))
        if method == "Prompt":
            (field,) = arguments[2]
            name = next(note.value for key, note in field.extended.items() if key == "name")
            return OrderedDictionary([(name, self.lines.pop(0))])
        return None


def stand_in(text):
    """The file with a script that answers what it was called with, and whatever asks and calls around it."""
    whole = re.compile(r"^function Invoke-HostScript \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
    assert len(whole.findall(text)) == 1
    answer = (
        "function Invoke-HostScript {\n    [CmdletBinding(SupportsShouldProcess = $true)]\n"
        "    param([string] $Batch, [securestring[]] $Secret = @())\n"
        "    ConvertTo-Json -Compress -InputObject @{ status = 'changed'; batch = $Batch; secrets = $Secret.Count;"
        " whatIf = [bool] $WhatIfPreference }\n}\n"
    )
    return whole.sub(lambda _found: answer, text)


def called(text, console=None, **parameters):
    """What the file gave the script."""
    recorder = Recorder()
    command = Command(stand_in(text), is_script=True, parameters=list(parameters.items()))
    ended = Engine(edition="Desktop").run([[command]], recorder, host=console or Console())
    assert ended.terminated is None, encode_error(ended.terminated)
    (line,) = recorder.values
    told = json.loads(line)
    return told | {"item": json.loads(told["batch"])["items"][0]}


@pytest.mark.parametrize("name", NAMES)
def test_every_script_can_be_run_by_hand_with_all_its_code(name):
    text = export_host_script(name, {}, maker="jcad 1")
    Engine(edition="Desktop").parse(text)
    assert text.isascii()
    assert "{%" not in text
    assert "ConvertTo-Result -Item $item" in text
    asks = "Read-Host -AsSecureString" in text
    entry = host_entry(name)
    assert asks == bool(entry.secret or entry.each)


@pytest.mark.parametrize("name", ["receive-file", "send-file"])
def test_what_carries_a_file_over_a_session_is_not_run_by_hand(name):
    with pytest.raises(ScriptError, match="by hand"):
        export_host_script(name, {}, maker="m")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_values_reach_the_script_as_over_remoting(data):
    """The item in the file's call is the one of a call over remoting, to the letter."""
    name = data.draw(st.sampled_from([one for one in NAMES if not host_entry(one).each]))
    item = {field.name: data.draw(VALUES[field.kind]) for field in host_entry(name).fields}
    remote = host_call(name, {"id": "by-hand", **item}, [Secret("x")] * bool(host_entry(name).secret))
    told = called(export_host_script(name, item, maker="m"))
    assert told["item"] == json.loads(str(remote.parameters["Batch"]))["items"][0]


def test_a_secret_is_asked_for_once_for_each_name_and_is_not_in_the_file():
    text = export_host_script("run-installer", INSTALL, maker="m")
    console = Console()
    told = called(text, console)
    assert told["secrets"] == 3
    assert "Marble" not in text
    for prompt in ("Password of the administrator", "key", "password"):
        assert prompt in str(console.prompts)


def test_a_value_that_is_missing_is_asked_for():
    console = Console("7")
    told = called(export_host_script("restart-host", {"boot": "2026"}, maker="m"), console)
    assert told["item"] == {"id": "by-hand", "boot": "=2026", "delay": 5}
    console = Console("typed")
    told = called(export_host_script("restart-host", {}, maker="m"), console)
    assert told["item"]["boot"] == "=typed"


def test_a_list_and_a_table_are_asked_for_line_by_line_and_a_number_until_it_is_one():
    values = {name: value for name, value in INSTALL.items() if name not in {"values", "secretNames", "log", "timeout"}}
    text = export_host_script("run-installer", values, maker="m").replace("'value' = 900", "'value' = $null")
    text = re.sub(r"('name' = 'timeout'.*?)'has' = \$true", r"\1'has' = $false", text)
    told = called(text, Console("a=b=c", "d=", "", "key", "", "", "90", ""))
    assert told["item"]["values"] == [{"name": "=a", "value": "=b=c"}, {"name": "=d", "value": "="}]
    assert told["item"]["secretNames"] == ["=key"]
    assert (told["item"]["timeout"], told["item"]["log"], told["secrets"]) == (90, None, 2)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [({"nothing": 1}, ScriptError), ({"delay": "5"}, ScriptError), ({"boot": Secret("x")}, SecretInScript)],
)
def test_a_value_that_does_not_fit_is_refused(values, wrong):
    with pytest.raises(wrong):
        export_host_script("restart-host", values, maker="m")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("run-installer", "arguments=/a=b c", ("arguments", "/a=b c")),
        ("run-installer", "timeout=60", ("timeout", 60)),
        ("run-installer", 'secretNames=["a"]', ("secretNames", ["a"])),
        ("run-installer", 'values={"a":"b"}', ("values", {"a": "b"})),
        ("set-agent-configuration", "restart=true", ("restart", True)),
    ],
)
def test_a_value_of_the_command_line_is_read_by_its_kind(name, text, value):
    assert read_value(name, text) == value


@pytest.mark.parametrize("text", ["timeout=", "timeout=x", "timeout=true", "values=[1]", "nothing=1", "timeout", ""])
def test_a_value_of_another_kind_is_told(text):
    with pytest.raises(ScriptError):
        read_value("run-installer", text)


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_a_file_with_its_values(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["script", "export", "control-agent", "--value", "service=adint", "--value", "action=stop"]) == 0
    text = (tmp_path / "control-agent.ps1").read_text("utf-8-sig")
    assert "'adint'" in text
    assert "'stop'" in text
    assert run(["script", "export", "create-user", "--value", "a=b", "--out", "-"]) == ExitCode.ERROR
    assert run(["script", "export", "control-agent", "--value", "timeout=x", "--out", "-"]) == ExitCode.ERROR
    assert "whole number" in capsys.readouterr().err


def test_printed_scripts_are_listed_shown_and_exported_as_they_are(capsys):
    assert run(["script", "export", "enable-remoting", "--out", "-"]) == 0
    assert capsys.readouterr().out == printed_script("enable-remoting").text
    assert run(["script", "show", "inspect-host"]) == 0
    assert "Get-PendingReboot" in capsys.readouterr().out
    assert run(["script", "list", "--json"]) == 0
    listed = {one["name"]: one["runs_on"] for one in json.loads(capsys.readouterr().out)["scripts"]}
    assert (listed["enable-remoting"], listed["inspect-host"]) == ("by hand", "host")
    assert listed["create-user"] == "domain controller"
    assert run(["script", "show", "inspect-hots"]) == ExitCode.ERROR
    assert "inspect-host" in capsys.readouterr().err
