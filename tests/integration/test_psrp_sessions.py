"""Sessions with a lab's domain controller by unmodified pypsrp: input, commands, merged streams, stop, secrets, host calls.

Each is one of the kinds that were recorded of a real server (docs/psrp-agreement.md), over real HTTPS or HTTP, NTLM and
WS-Management.
"""

from __future__ import annotations

import time
import warnings

import pytest
from pypsrp.complex_objects import GenericComplexObject, ObjectMeta
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from jcad.lab.seed import ADMINISTRATOR, password_of

STOPPED = 3
COMPLETED = 4
FAILED = 5


@pytest.fixture(scope="module", params=["https", "http"])
def wsman(lab, request):
    """A client of the first domain controller: over HTTPS, and over HTTP with message encryption."""
    host = lab.dc(1)
    endpoint = host.https if request.param == "https" else host.http
    options = {"ssl": request.param == "https", "auth": "negotiate", "cert_validation": str(lab.ca_file)}
    client = WSMan(
        host.address,
        port=endpoint.port,
        username=f"LAB\\{ADMINISTRATOR}",
        password=password_of(ADMINISTRATOR),
        **options,
    )
    yield client
    client.close()


@pytest.fixture
def pool(wsman):
    with RunspacePool(wsman) as pool:
        yield pool


def run(pool, script, piped=None, *arguments):
    shell = PowerShell(pool)
    shell.add_script(script)
    for argument in arguments:
        shell.add_argument(argument)
    shell.invoke(piped)
    return shell


def said(value, name):
    """A property of an object that pypsrp has no class for, by any case."""
    found = {**value.adapted_properties, **value.extended_properties}
    return next(item for key, item in found.items() if key.lower() == name.lower())


# ---- input


def test_input_is_piped_into_a_script(pool):
    assert run(pool, "begin { 'begin' } process { \"p $_\" } end { 'end' }", [1, "two"]).output == [
        "begin",
        "p 1",
        "p two",
        "end",
    ]


def test_input_is_piped_into_a_command(pool):
    shell = PowerShell(pool)
    shell.add_cmdlet("Sort-Object").add_parameter("Descending")
    assert shell.invoke([2, 3, 1]) == [3, 2, 1]


def test_a_pipeline_may_end_before_its_input_does(pool):
    shell = PowerShell(pool)
    shell.add_cmdlet("Select-Object").add_parameter("First", 1)
    assert shell.invoke(["only", "these", "words"]) == ["only"]


# ---- several commands, several statements, several pipelines


def test_commands_are_connected_and_statements_follow_each_other(pool):
    shell = PowerShell(pool)
    shell.add_cmdlet("Write-Output").add_argument([3, 1, 2])
    shell.add_cmdlet("Sort-Object")
    shell.add_statement()
    shell.add_script('param($Name, [switch]$Loud) "$Name $Loud"').add_parameters({"Name": "n", "Loud": None})
    assert shell.invoke() == [1, 2, 3, "n True"]


def test_a_session_remembers_from_pipeline_to_pipeline(pool):
    run(pool, "$remembered = @(1, 2); function Twice($n) { 2 * $n }")
    assert run(pool, "$remembered.Count; Twice 21").output == [2, 42]


def test_a_directory_cmdlet_takes_its_parameters_from_the_client(pool):
    shell = PowerShell(pool)
    shell.add_cmdlet("Get-ADUser").add_parameters({"Identity": ADMINISTRATOR, "Properties": ["isCriticalSystemObject"]})
    (user,) = shell.invoke()
    assert isinstance(user, GenericComplexObject)
    assert user.types[0] == "Microsoft.ActiveDirectory.Management.ADUser"
    assert said(user, "SamAccountName") == ADMINISTRATOR


# ---- streams


def test_streams_come_apart(pool):
    shell = run(
        pool,
        "'o'; Write-Error 'e'; Write-Warning 'w'; Write-Verbose 'v' -Verbose; Write-Debug 'd' -Debug; Write-Information 'i'",
    )
    streams = shell.streams
    assert shell.output == ["o"]
    assert [str(each) for each in streams.error] == ["e"]
    assert [str(each) for each in streams.warning] == ["w"]
    assert [str(each) for each in streams.verbose] == ["v"]
    assert [str(each) for each in streams.debug] == ["d"]
    assert [str(each.message_data) for each in streams.information] == ["i"]
    assert shell.state == COMPLETED


def test_streams_are_merged_into_the_output(pool):
    shell = PowerShell(pool)
    shell.add_script("'o'; Write-Error 'e'; Write-Warning 'w'; Write-Verbose 'v' -Verbose; Write-Information 'i'")
    shell.merge_all("output")
    with warnings.catch_warnings(action="ignore"):  # pypsrp knows information records on their own stream alone
        assert len(shell.invoke()) == 5
    assert not shell.streams.error + shell.streams.warning + shell.streams.verbose + shell.streams.information


def test_errors_alone_are_merged(pool):
    shell = PowerShell(pool)
    shell.add_script("'o'; Write-Error 'e'; Write-Warning 'w'")
    shell.merge_error("output")
    assert [str(each) for each in shell.invoke()] == ["o", "e"]
    assert len(shell.streams.warning) == 1


def test_an_error_says_where_it_came_up(pool):
    (error,) = run(pool, "\nGet-ADUser -Identity nobody-of-that-name").streams.error
    assert error.fq_error.startswith("ActiveDirectoryCmdlet:")
    assert error.command_name == "Get-ADUser"
    assert (error.invocation_script_line_number, error.invocation_offset_in_line) == (2, 1)
    assert "Get-ADUser" in error.command_definition


# ---- stop


def test_a_running_pipeline_is_stopped_and_the_pool_goes_on(pool):
    shell = PowerShell(pool)
    shell.add_script("try { 'begun'; Start-Sleep 600 } finally { Write-Warning 'cleaned up' }")
    shell.begin_invoke()
    while not shell.output:
        shell.poll_invoke(1)
    begun = time.monotonic()
    shell.stop()
    assert time.monotonic() - begun < 5
    assert shell.state == STOPPED
    assert run(pool, "'goes on'").output == ["goes on"]


def test_an_endless_loop_is_stopped_within_a_second_or_two(pool):
    shell = PowerShell(pool)
    shell.add_script("'begun'; while ($true) { $n++ }")
    shell.begin_invoke()
    while not shell.output:
        shell.poll_invoke(1)
    begun = time.monotonic()
    shell.stop()
    assert time.monotonic() - begun < 5
    assert shell.state == STOPPED


# ---- the session key


def test_secrets_go_there_and_back_under_the_session_key(pool):
    pool.exchange_keys()
    secret = pool.serialize("pässwörd-渡辺", ObjectMeta("SS"))
    shell = run(
        pool, "param($s) $s.GetType().Name; [pscredential]::new('u', $s).GetNetworkCredential().Password", None, secret
    )
    assert shell.output == ["SecureString", "pässwörd-渡辺"]


def test_a_secret_that_comes_back_is_readable_with_the_key_alone(pool):
    pool.exchange_keys()
    shell = run(pool, "ConvertTo-SecureString 'from there' -AsPlainText -Force")
    assert shell.output == ["from there"]


# ---- host calls


class Interface(PSHostUserInterface):
    """A person at a console, who answers from a list and sees what is written."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.asked = []

    def ReadLine(self, _runspace, _pipeline):  # noqa: N802  - the names are pypsrp's, here and below
        self.asked.append("line")
        return self.answers.pop(0)

    def Prompt(self, _runspace, _pipeline, caption, message, description):  # noqa: N802
        names = [said(field, "name") for field in description]
        self.asked.append((caption, message, names))
        return {name: self.answers.pop(0) for name in names}

    def PromptForChoice(self, _runspace, _pipeline, caption, message, choices, default_choice):  # noqa: N802
        self.asked.append((caption, message, [said(choice, "label") for choice in choices], default_choice))
        return self.answers.pop(0)


@pytest.fixture
def asked(wsman):
    """Run a script with a person who gives these answers; his console, and the pipeline."""

    def ask(script, *answers):
        interface = Interface(*answers)
        with RunspacePool(wsman, host=PSHost(None, None, False, "console", None, interface, "1.0")) as pool:
            return interface, run(pool, script)

    return ask


def test_read_host_asks_for_a_line_or_by_a_prompt(asked):
    console, shell = asked("Read-Host; Read-Host 'Name'", "first", "second")
    assert shell.output == ["first", "second"]
    assert console.asked == ["line", ("", "", ["Name"])]


def test_a_mandatory_parameter_is_asked_for(asked):
    console, shell = asked('function f { param([Parameter(Mandatory)][string] $Must) "got $Must" }; f', "it")
    assert shell.output == ["got it"]
    assert console.asked[0][2] == ["Must"]


def test_a_choice_is_offered_and_taken(asked):
    script = (
        "$c = [System.Management.Automation.Host.ChoiceDescription[]]('&Yes', '&No');"
        "$Host.UI.PromptForChoice('caption', 'message', $c, 1)"
    )
    console, shell = asked(script, 0)
    assert shell.output == [0]
    assert console.asked == [("caption", "message", ["&Yes", "&No"], 1)]


def test_confirm_asks_and_goes_ahead_or_not(asked):
    console, shell = asked("Set-Variable x 1 -Confirm; $x; Set-Variable y 2 -Confirm; $null -eq $y", 0, 2)
    assert shell.output == [1, True]
    assert len(console.asked) == 2


def test_write_host_reaches_the_console_and_the_information_stream(asked):
    console, shell = asked("Write-Host 'one' -NoNewline; Write-Host 'two'; $Host.UI.WriteLine('three'); 'out'")
    assert "".join(console.stdout) == "onetwo\r\nthree\r\n"
    assert [said(each.message_data, "Message") for each in shell.streams.information] == ["one", "two"]
    assert shell.output == ["out"]


def test_without_a_host_nobody_is_asked(pool):
    shell = run(pool, "Read-Host 'Name'; 'after'")
    assert shell.output == ["after"]
    assert shell.streams.error[0].fq_error.startswith("HostFunctionNotImplemented")


def test_exit_tells_the_host_and_ends_the_pipeline_alone(pool):
    shell = run(pool, "'before'; exit 7; 'never'")
    assert shell.output == ["before"]
    assert shell.state == COMPLETED
    assert run(pool, "1").output == [1]
