"""Members of .NET types as scripts use them: overloads, errors, refusals by name."""

from __future__ import annotations

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.powershell import access
from jcad.lab.powershell.answers import answer
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.values import Array, Char, custom_object, type_name


def output(script):
    """The texts of a script's output."""
    given = answer(script)
    assert "output" in given, given
    assert not given.get("terminating"), given["terminating"]
    return [value.get("v", value.get("s")) for value in given["output"]]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [(1, "System.Decimal"), ("1.5", "System.Double"), (None, "System.Double"), (Char("a"), "System.Double")],
)
def test_an_overload_is_chosen_by_the_arguments_type(argument, expected):
    assert type_name(access.call_static(resolve("math"), "Round", [argument])) == expected


def test_an_ambiguous_call_is_an_error():
    with pytest.raises(Failure) as caught:
        access.call_static(resolve("math"), "Round", [True])
    assert caught.value.record.error_id == "MethodCountCouldNotFindBest"


def test_what_a_method_raises_is_wrapped():
    with pytest.raises(Failure) as caught:
        access.call("abc", "Substring", [5])
    record = caught.value.record
    assert record.error_id == "ArgumentOutOfRangeException"
    assert record.exception.type_name == "System.Management.Automation.MethodInvocationException"
    assert record.exception.inner.type_name == "System.ArgumentOutOfRangeException"


def test_a_method_that_dotnet_does_not_have_is_an_error():
    with pytest.raises(Failure) as caught:
        access.call("abc", "NoSuch", [])
    assert caught.value.record.error_id == "MethodNotFound"


def test_a_type_that_the_lab_lacks_is_refused_by_name():
    with pytest.raises(LabUnsupported, match=r"System\.Net\.Sockets\.UdpClient"):
        resolve("System.Net.Sockets.UdpClient")
    assert resolve("No.Such.Type") is None


def test_a_property_of_a_list_is_that_of_its_elements():
    items = Array([custom_object([("a", 1)]), custom_object([("b", 2)]), custom_object([("a", 3)])])
    assert list(access.get_property(items, "A")) == [1, None, 3]
    assert access.get_property(items, "zzz") is access.MISSING


def test_a_property_that_a_custom_object_lacks_cannot_be_set():
    with pytest.raises(Failure) as caught:
        access.set_property(custom_object([("a", 1)]), "b", 2)
    assert caught.value.record.error_id == "ExceptionWhenSetting"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("'a,b'.Split(',').Count", ["2"]),
        ("'a--b'.Split('--', 2)", ["a", "b"]),
        ("[string]::Join('-', (1, 2))", ["1-2"]),
        ("'😀'.Length", ["2"]),
        ("[System.Text.Encoding]::UTF8.GetBytes('é') -join ','", ["195,169"]),
        ("[Convert]::ToInt32('ff', 16)", ["255"]),
        ("([guid]'6F9619FF-8B86-D011-B42D-00CF4FC964FF').ToString('B')", ["{6f9619ff-8b86-d011-b42d-00cf4fc964ff}"]),
        ("([datetime]'2026-01-31').AddMonths(1).ToString('yyyy-MM-dd')", ["2026-02-28"]),
        ("[datetime]::FromFileTimeUtc(0).ToString('u')", ["1601-01-01 00:00:00Z"]),
        ("([uri]'https://h.example:8443/a/../b?x=1').AbsolutePath", ["/b"]),
        ("[System.Net.IPAddress]::Parse('10.0.0.1').GetAddressBytes() -join '.'", ["10.0.0.1"]),
        (
            "$s = [Collections.Generic.HashSet[string]]::new([StringComparer]::OrdinalIgnoreCase); $s.Add('A'); $s.Add('a')",
            [True, False],
        ),
        ("[System.Collections.Generic.List[int]]@('1', '2') -join '+'", ["1+2"]),
        ("$q = [System.Collections.Generic.Stack[int]]::new(); $q.Push(1); $q.Push(2); $q -join ','", ["2,1"]),
        ("$d = [ordered]@{ b = 1; a = 2 }; $d.Insert(0, 'z', 0); $d.Keys -join ','", ["z,b,a"]),
        ("(1..6).Where({ $_ % 2 }, 'Last', 2) -join ','", ["3,5"]),
        ("('a', 'b').ForEach('ToUpper') -join ''", ["AB"]),
        ("$g = [int[,]]::new(2, 2); $g[1, 0] = '7'; $g[1, 0]; $g.Length", ["7", "4"]),
        (
            '[xml]$x = \'<r><a id="1">t</a><a id="2"/></r>\'; $x.r.a.Count; $x.SelectSingleNode("//a[@id=\'1\']").InnerText',
            ["2", "t"],
        ),
        ("[System.Security.Principal.SecurityIdentifier]::new('S-1-5-32-544').BinaryLength", ["16"]),
        (
            "$sb = [System.Text.StringBuilder]::new(); [void]$sb.Append('a').AppendFormat('{0:N1}', 2); \"$sb\"",
            ["a2.0"],
        ),
    ],
)
def test_members_do_what_dotnets_do(script, expected):
    assert output(script) == expected


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("[System.Environment]::MachineName", "MachineName"),
        ("[System.Random]::new()", "System.Random"),
        ("(1.5).ToString([cultureinfo]'de-DE')", "de-DE"),
        ("[double]::Parse('1,5', [cultureinfo]'fr-FR')", "fr-FR"),
        ("([cultureinfo]'de-DE').NumberFormat", "de-DE"),
        ("[cultureinfo]'xx-YY'", "xx-YY"),
        ("[TimeZoneInfo]::FindSystemTimeZoneById('W. Europe Standard Time')", "W. Europe"),
        ("Get-Random", "Get-Random"),
    ],
)
def test_what_would_leak_or_is_not_there_is_refused_by_name(script, named):
    assert named in answer(script)["refused"]


def test_a_script_block_cast_to_a_delegate_converts_what_passes():
    assert output("([Func[int,int]]{ param($x) \"$x\" * 2 }).Invoke('4')") == output("[int]44")
    assert output("$p = [Predicate[int]]{ $args[0] -gt 2 }; [Array]::Find([int[]](1, 3), $p)") == output("[int]3")
    assert output("([Action[int]]{ 'dropped' }).Invoke(1)") == []


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("[regex]::CacheSize", "CacheSize"),
        ("'abc'.EnumerateRunes()", "EnumerateRunes"),
        ("[string].Assembly", "Assembly"),
        ("[linq.enumerable]::Aggregate(@(1))", "Aggregate"),
    ],
)
def test_a_member_that_dotnet_has_and_the_lab_lacks_is_refused_by_name(script, named):
    assert named in answer(script)["refused"]


def test_get_date_with_milliseconds_has_no_finer_part():
    assert output(
        "(Get-Date '2020-01-02' -Millisecond 7).Ticks % 10000; (Get-Date -Millisecond 0).Ticks % 10000"
    ) == output("0L; 0L")
