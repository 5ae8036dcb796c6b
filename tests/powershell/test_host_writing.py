"""The scripts that change hosts, without a host: what errors and exit codes mean, and that no cmdlet is given a secret."""

from __future__ import annotations

import json
import re

import pytest

from jcad.powershell.hosts import host_script, host_scripts, read_host_outcome
from jcad.powershell.hosts.exit_codes import DONE_CODES, REBOOT_CODES, explain_exit_code
from jcad.powershell.hosts.writing import ENTRIES

RUN_A_PROGRAM = ["run-installer", "uninstall-agent"]
OWN_ID = re.compile(r"New-Failure -Id '(\w+)'")


def refused(name, error_id, code=None):
    """The error of an answer."""
    line = json.dumps({
        "id": "x", "guid": None, "status": "failed", "done": [], "data": {},
        "error": {"id": error_id, "category": "InvalidResult", "type": "System.X", "code": code, "message": "=it failed"},
    })  # fmt: skip
    outcome, _ = read_host_outcome(host_script(name), line)
    return outcome.error


@pytest.mark.parametrize("name", RUN_A_PROGRAM)
def test_no_cmdlet_is_given_what_a_task_is_made_of(name):
    """PowerShell's module logging writes down every parameter of a cmdlet; of calls of methods it knows nothing."""
    text = host_script(name).text
    assert not re.search(
        r"ScheduledTask|ConvertTo-SecureString|-AsPlainText|Write-(?:Verbose|Debug|Host|Warning)", text
    )
    assert ".RegisterTaskDefinition(" in text


@pytest.mark.parametrize("name", RUN_A_PROGRAM)
def test_a_task_is_removed_whatever_happens(name):
    text = host_script(name).text
    assert re.search(r"finally \{\n\s+if \(\$registered\) \{ \$null = \$folder\.DeleteTask\(\$name, 0\) \}", text)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_every_error_of_its_own_stands_in_the_help_and_has_a_hint(name):
    """An administrator finds the id where the script says what it does, and is told what to do."""
    text = host_script(name).text
    help_text = text[: text.index("#>")]
    body = text[text.index("# ---- What this script is for") :]
    for error_id in set(OWN_ID.findall(body)) - {"ActionUnknown", "RestartRefused", "SecretsMissing"}:
        assert error_id in help_text, error_id
        if error_id not in {"ProductCodeInvalid", "UninstallUnknown"}:
            assert refused(name, error_id, 5000).hint, error_id


@pytest.mark.parametrize(
    ("error_id", "code", "says"),
    [
        ("ExitCode", 1603, "exit code 1603: a fatal error during the installation"),
        ("ExitCode", 1618, "another installation is under way"),
        ("ExitCode", 424242, "not one that Windows Installer documents"),
        ("TaskRefused", 0x8007052E - (1 << 32), "is not tried again"),
        ("TaskRefused", 0x80070569 - (1 << 32), "Log on as a batch job"),
        ("NotStarted", 0x800700C1 - (1 << 32), "no program for this Windows"),
        ("ServiceState", 1067, "its last error says why"),
        ("ServiceState", 1058, "disabled"),
        ("ServiceState", 99, "its last error says why"),
        ("HashMismatch", None, "do not run it"),
        ("HRESULT 0x80070534,Register-ScheduledTask", None, "there is no such account"),
        ("IOException", 0x80070070 - (1 << 32), "disk of the host is full"),
    ],
)
def test_an_error_says_what_to_do(error_id, code, says):
    assert says in (refused("run-installer", error_id, code).hint or "")


def test_exit_codes_that_are_success_are_said_to_be_so():
    told = {code: explain_exit_code(code) for code in range(-10, 4000)}
    assert {code for code, meaning in told.items() if meaning.done} == DONE_CODES == {0, 1641, 3010}
    assert {code for code, meaning in told.items() if meaning.reboot} == REBOOT_CODES
    assert all(meaning.text for meaning in told.values())


@pytest.mark.parametrize("code", [0x8007052E, 0x8007052E - (1 << 32)])
def test_a_code_of_windows_is_the_same_with_and_without_its_sign(code):
    assert str(explain_exit_code(code)).startswith("0x8007052e: the account or its password is not right")


@pytest.mark.parametrize("code", [1602, 1603, 1605, 1612, 1618, 1619, 1620, 1622, 1625, 1633, 1638, 1639, 0x41306])
def test_a_failure_that_administrators_meet_has_a_remedy(code):
    meaning = explain_exit_code(code)
    assert (meaning.done, meaning.reboot) == (False, False)
    assert meaning.hint


def test_the_scripts_are_in_the_registry_with_what_they_take():
    found = {entry.name: entry for entry in host_scripts()}
    assert set(ENTRIES) <= set(found)
    assert [name for name in sorted(ENTRIES) if found[name].takes_secret] == RUN_A_PROGRAM
    assert [name for name in sorted(ENTRIES) if not found[name].writes] == ["verify-file"]
