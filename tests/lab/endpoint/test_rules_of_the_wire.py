"""Rules that recorded sessions show, tried on other scripts than theirs: what a session sends, by its text."""

from __future__ import annotations

import re

import pytest

from jcad.lab.endpoint import clientmessages
from jcad.lab.endpoint.recorded import answer
from jcad.lab.endpoint.serialize import Encoding, serialize
from jcad.lab.powershell.answers import answer as run
from jcad.lab.powershell.records import InformationRecord, WarningRecord


def sent(script, **more):
    said = answer({"id": "x", "script": script, **more})
    assert "server" in said, said
    return [(each["type"], each["data"]) for each in said["server"]]


def output(script, **more):
    return [data for kind, data in sent(script, **more) if kind == "PIPELINE_OUTPUT"]


def texts(script):
    given = run(script)
    assert not given.get("errors"), given["errors"]
    return [each.get("v", each.get("s")) for each in given["output"]]


# ---- RemoteStreamOptions


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("AddInvocationInfo", ["true", "true", "true"]),
        ("AddInvocationInfoToWarningRecord", ["true", "false", "false"]),
        ("AddInvocationInfoToVerboseRecord", ["false", "true", "false"]),
        ("AddInvocationInfoToDebugRecord", ["false", "false", "true"]),
        ("0", ["false", "false", "false"]),
    ],
)
def test_a_record_tells_of_its_invocation_where_its_stream_is_to(option, told):
    said = sent("Write-Warning w; Write-Verbose v -Verbose; Write-Debug d -Debug", streamopts=option)
    found = [re.search(r'SerializeInvocationInfo">(\w+)<', data) for _, data in said[:-1]]
    assert [each.group(1) for each in found if each] == told
    assert ["CommandInfo_Definition" in data for _, data in said[:-1]] == [each == "true" for each in told]


def test_a_record_names_the_function_that_wrote_it_and_where_it_was_called():
    ((_, data), _) = sent("function Say { Write-Warning 'careful' }\n\n  Say", streamopts="AddInvocationInfo")
    assert '<S N="CommandInfo_Name">Say</S>' in data
    assert '<I32 N="InvocationInfo_ScriptLineNumber">3</I32>' in data
    assert '<I32 N="InvocationInfo_OffsetInLine">3</I32>' in data


def test_an_error_tells_of_its_invocation_where_it_is_to():
    options = {"streamopts": "AddInvocationInfoToErrorRecord"}
    ((kind, data), _) = sent("function Fail { Write-Error 'no' }; Fail", **options)
    assert kind == "ERROR_RECORD"
    assert '<B N="SerializeExtendedInfo">true</B>' in data
    assert data.index("InvocationInfo_BoundParameters") < data.index("ErrorDetails_ScriptStackTrace")
    assert '<B N="SerializeExtendedInfo">false</B>' in sent("Write-Error 'no'")[0][1]


# ---- objects


def test_a_progress_record_is_a_value_of_its_own_kind():
    script = "$p = [System.Management.Automation.ProgressRecord]::new(4, 'a<b', 's'); $p.CurrentOperation = 'o'; $p"
    (data,) = output(script)
    assert data == (
        "<PR><AV>a&lt;b</AV><AI>4</AI><S>o</S><PI>-1</PI><PC>-1</PC><T>Processing</T><SR>-1</SR><SD>s</SD></PR>"
    )


def test_what_is_serialized_comes_back_as_it_was_sent():
    script = (
        "$s = [System.Management.Automation.PSSerializer]; $t = $s::Serialize(@{ K = [pscustomobject]@{ D = 1.5; N = $null } });"
        "$r = $s::Deserialize($t); $r.K.D; $null -eq $r.K.N; $r.GetType().Name; $r.K.PSTypeNames[0]"
    )
    assert output(script) == [
        "<Db>1.5</Db>",
        "<B>true</B>",
        "<S>Hashtable</S>",
        "<S>Deserialized.System.Management.Automation.PSCustomObject</S>",
    ]


def test_a_serialized_text_is_indented():
    given = texts("[System.Management.Automation.PSSerializer]::Serialize('a') -split '\\r?\\n'")
    assert given == [
        '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">',
        "  <S>a</S>",
        "</Objs>",
    ]


@pytest.mark.parametrize("text", ["", "<Objs", "<Objs><I32>many</I32></Objs>"])
def test_a_text_that_is_none_is_an_error_of_the_call(text):
    script = f'[System.Management.Automation.PSSerializer]::Deserialize("{text}")'
    assert [each["exception"].rpartition(".")[2] for each in run(script)["errors"]] == ["MethodInvocationException"]


def test_an_address_is_live_again_after_it_was_sent():
    script = (
        "$s = [System.Management.Automation.PSSerializer];"
        "$s::Deserialize($s::Serialize([System.Net.IPAddress]'::1')).GetType().FullName;"
        "$s::Deserialize($s::Serialize([cultureinfo]'fr-FR')).GetType().Name"
    )
    assert output(script) == ["<S>System.Net.IPAddress</S>", "<S>CultureInfo</S>"]


# ---- formatting


def kinds(script):
    return [re.search(r"Internal\.Format\.(\w+)</T>", data).group(1) for data in output(script)]


def test_a_table_is_a_start_an_entry_an_object_and_an_end():
    script = '1..2 | ForEach-Object { [pscustomobject]@{ N = $_; T = "t$_" } } | Format-Table'
    assert kinds(script) == [
        "FormatStartData", "GroupStartData", "FormatEntryData", "FormatEntryData", "GroupEndData", "FormatEndData",
    ]  # fmt: skip


def test_numbers_stand_to_the_right_and_ten_columns_are_shown():
    table = "$o = [ordered]@{}; 1..12 | ForEach-Object { $o[\"P$_\"] = if ($_ % 2) { $_ } else { 'x' } }; [pscustomobject]$o"
    start = output(f"{table} | Format-Table")[0]
    assert re.findall(r'"alignment">(\d)<', start) == ["3", "1"] * 5
    assert len(re.findall(r'"propertyName"', output(f"{table} | Format-List")[2])) == 12


def test_a_calculated_column_has_its_label():
    start, _, entry, *_ = output("[pscustomobject]@{ A = 2 } | Format-Table A, @{ n = 'Twice'; e = { $_.A * 2 } }")
    assert re.findall(r'"propertyName">(\w+)<', start) == ["A", "Twice"]
    assert re.findall(r'"propertyValue">(\w+)<', entry) == ["2", "4"]


def test_a_collection_is_shown_with_its_first_four():
    entry = output("[pscustomobject]@{ A = 1..6; B = $null } | Format-List")[2]
    assert re.findall(r'"propertyValue">([^<]*)<', entry) == ["{1, 2, 3, 4\u2026}", ""]


def test_a_type_shows_what_type_data_says():
    script = (
        "Update-TypeData -TypeName Own.Kind -DefaultDisplayPropertySet B -Force;"
        "[pscustomobject]@{ PSTypeName = 'Own.Kind'; A = 1; B = 2 } | Format-List"
    )
    assert re.findall(r'"propertyName">(\w+)<', output(script)[2]) == ["B"]


@pytest.mark.parametrize("script", ["Get-Date | Format-Table", "1 | Format-List", "@{ a = 1 } | Format-Table"])
def test_what_the_lab_has_no_format_of_is_refused_by_name(script):
    assert "Format-" in answer({"id": "x", "script": script})["refused"]


# ---- commands


def test_a_switch_given_false_is_off():
    assert texts("3, 1 | Sort-Object -Descending:$false") == ["1", "3"]


@pytest.mark.parametrize("script", ["Get-Variable -Name $null", "Get-Alias -Name ''", "Get-Variable x -Scope ''"])
def test_what_may_not_be_empty_is_refused_by_the_binder(script):
    (error,) = run(script)["errors"]
    assert error["fqid"].startswith("ParameterArgumentValidationError,")


def test_variables_are_included_and_excluded_by_patterns():
    script = "$jx1 = $jx2 = $jy1 = 0; (Get-Variable j* -Include *x* -Exclude *2).Name"
    assert texts(script) == ["jx1"]


def test_nobody_can_be_asked_for_a_credential_where_there_is_no_host():
    (kind, data), *_ = sent("Get-Credential -UserName o -Message 'who are you'; 'on'")
    assert kind == "ERROR_RECORD"
    assert "HostFunctionNotImplemented,Microsoft.PowerShell.Commands.GetCredentialCommand" in data
    assert "following message: who are you" in data


def test_a_record_that_went_into_the_output_says_from_which_stream_in_5_1():
    """As in public recordings of Windows PowerShell 5.1; 7 has no such notes."""
    encoding = Encoding(None, desktop=True)
    assert b'<MS><B N="WriteWarningStream">true</B><S N="Informational' in serialize(WarningRecord("w"), encoding)
    assert b'</Props><MS><B N="WriteInformationStream">true</B></MS>' in serialize(InformationRecord("i"), encoding)
    assert b"Stream" not in serialize(WarningRecord("w"), Encoding(None, desktop=False))


def test_an_errors_invocation_refers_to_what_was_written_before():
    ((_, data), _) = sent("Get-Variable nosuch", streamopts="AddInvocationInfoToErrorRecord")
    number = re.search(r'<Obj N="BoundParameters" RefId="(\d+)">', data).group(1)
    assert f'<Ref N="InvocationInfo_BoundParameters" RefId="{number}" />' in data
    assert "Get-Variable [[-Name] &lt;string[]&gt;]" in data
    assert "[-ValueOnly] [&lt;CommonParameters&gt;]" in data


# ---- the host


def calls(script):
    """What a session with a console calls of it: names and arguments."""
    message = {"type": "CREATE_PIPELINE", "pid": "PID", "data": clientmessages.script(script)}
    said = sent(script, host=True, order="C", client=[message])
    found = [data for kind, data in said if kind == "PIPELINE_HOST_CALL"]
    return [(re.search(r"<ToString>(\w+)</ToString>", data).group(1), data.partition("<LST>")[2]) for data in found]


def test_progress_is_a_record_and_a_call_of_the_host():
    ((name, arguments),) = calls("Write-Progress -Activity a -Status s -PercentComplete 10 -SourceId 3")
    assert name == "WriteProgress"
    assert arguments.startswith("<I64>3</I64><PR><AV>a</AV><AI>0</AI><Nil /><PI>-1</PI><PC>10</PC><T>Processing</T>")


def test_what_would_be_done_is_shown_by_the_host():
    ((name, arguments),) = calls("Set-Variable q 1 -WhatIf")
    assert name == "WriteLine2"
    assert "What if: Performing the operation" in arguments


def test_texts_are_shown_line_by_line_and_the_rest_is_refused_by_name():
    assert [name for name, _ in calls('"a`nb", 1 | Out-Host')] == ["WriteLine2"] * 3
    message = {"type": "CREATE_PIPELINE", "pid": "PID", "data": clientmessages.script("Get-Date | Out-Default")}
    assert "DateTime" in answer({"id": "x", "host": True, "order": "C", "client": [message]})["refused"]


def test_a_stream_that_inquires_asks_and_a_halt_ends_the_pipeline():
    script = "$WarningPreference = 'Inquire'; Write-Warning 'w'; 'on'"
    asked = {"type": "CREATE_PIPELINE", "pid": "PID", "data": clientmessages.script(script)}

    def answered(number):
        content = f'<Obj RefId="0"><MS><I32 N="mr">{number}</I32><I64 N="ci">1</I64></MS></Obj>'.replace(
            "</MS>",
            '<Obj N="mi" RefId="2"><TN RefId="1"><T>System.Management.Automation.Remoting.RemoteHostMethodId</T>'
            "<T>System.Enum</T><T>System.ValueType</T><T>System.Object</T></TN><ToString>PromptForChoice</ToString>"
            "<I32>26</I32></Obj></MS>",
        )
        answers = [asked, {"type": "PIPELINE_HOST_RESPONSE", "pid": "PID", "data": content}]
        return sent(script, host=True, order="CSSSC", client=answers)

    assert [kind for kind, _ in answered(0)][-2:] == ["PIPELINE_OUTPUT", "PIPELINE_STATE"]
    halted = answered(2)
    assert [kind for kind, _ in halted] == [
        "WARNING_RECORD",
        "PIPELINE_HOST_CALL",
        "PIPELINE_HOST_CALL",
        "PIPELINE_STATE",
    ]
    assert "ActionPreferenceStop" in halted[-1][1]


def test_a_stream_sent_to_nowhere_is_gone():
    """MergeMyResults(Error, Null), which no client of pypsrp can say."""
    content = clientmessages.script("'o'; Write-Error 'e'; 'p'")
    kind, null = "PipelineResultTypes", "<ToString>Null</ToString><I32>8</I32>"
    assert kind in content
    content = re.sub(r'(<Obj N="MergeError".*?</TN>)<ToString>None</ToString><I32>0</I32>', rf"\1{null}", content)
    message = {"type": "CREATE_PIPELINE", "pid": "PID", "data": content}
    said = sent("", order="C", client=[message])
    assert [each for each, _ in said] == ["PIPELINE_OUTPUT", "PIPELINE_OUTPUT", "PIPELINE_STATE"]


# ---- events


def test_an_event_that_is_forwarded_is_told_to_the_client_and_does_not_wait():
    script = "Register-EngineEvent -SourceIdentifier Door -Forward; $null = New-Event door -Sender 's' -EventArguments 1, 'b'"
    (event, _) = said = sent(f"{script} -MessageData 'm'; Get-Event")
    assert [kind for kind, _ in said] == ["USER_EVENT", "PIPELINE_STATE"]
    assert '<I32 N="PSEventArgs.EventIdentifier">1</I32><S N="PSEventArgs.SourceIdentifier">door</S>' in event[1]
    assert '<S N="PSEventArgs.Sender">s</S>' in event[1]
    assert "<LST><I32>1</I32><S>b</S></LST>" in event[1]
    assert '<S N="PSEventArgs.MessageData">m</S><Nil N="PSEventArgs.ComputerName" />' in event[1]


def test_an_event_that_nobody_forwards_waits_until_it_is_removed():
    assert texts(
        "$null = New-Event A -MessageData 1; $null = New-Event Ab -MessageData 2; (Get-Event A*).MessageData"
    ) == ["1", "2"]
    assert texts("$null = New-Event A; $null = New-Event B; Remove-Event A; (Get-Event).SourceIdentifier") == ["B"]
    assert texts("$null = New-Event A; $null = New-Event B; (Get-Event -EventIdentifier 2).SourceIdentifier") == ["B"]


def test_a_source_has_one_subscriber():
    given = run("Register-EngineEvent A; Register-EngineEvent a; Remove-Event nothing")
    assert [each["fqid"].partition(",")[0] for each in given["errors"]] == [
        "SUBSCRIBER_EXISTS",
        "INVALID_SOURCE_IDENTIFIER",
    ]


def test_an_action_on_an_event_is_declined_by_name():
    assert run("Register-EngineEvent A -Action { 1 }") == {"refused": "Register-EngineEvent -Action"}
