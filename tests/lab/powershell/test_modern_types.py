"""SemanticVersion, DateOnly and TimeOnly of PowerShell 7; TimeZoneInfo, ProgressRecord and the names of cultures."""

from __future__ import annotations

import pytest

from jcad.lab.powershell.answers import answer
from jcad.lab.powershell.editions import DESKTOP


def output(script):
    given = answer(script)
    assert "output" in given, given
    assert not given.get("terminating"), given["terminating"]
    return [value.get("v", value.get("s")) for value in given["output"]]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("\"$([semver]'2.1-rc.2+b7')\"", ["2.1.0-rc.2+b7"]),
        ("([semver]'3.2.1').Patch", ["1"]),
        ("[semver]'1.0.0-rc.10' -gt [semver]'1.0.0-rc.9'", ["true"]),
        ("[semver]'1.0.0-alpha' -lt '1.0.0'", ["true"]),
        ("[semver]'1.2' -eq '1.2.0'", ["true"]),
        ("([semver]::new(1, 2)).ToString()", ["1.2.0"]),
        ('"$([System.DateOnly]::new(2024, 1, 31).AddMonths(1))"', ["02/29/2024"]),
        ("[System.DateOnly]::FromDateTime('2024-03-01').DayOfYear", ["61"]),
        ("\"$([System.TimeOnly]::new(23, 30).Add([timespan]'01:00'))\"", ["00:30"]),
        ("[System.TimeOnly]::new(1, 2) -lt [System.TimeOnly]::new(1, 3)", ["true"]),
        ("[TimeZoneInfo]::Utc.Id", ["UTC"]),
        (
            "$p = [System.Management.Automation.ProgressRecord]::new(3, 'a', 's'); $p.PercentComplete = 40; $p.PercentComplete",
            ["40"],
        ),
        ("([cultureinfo]'fr-FR').TwoLetterISOLanguageName", ["fr"]),
        ("([cultureinfo]'').LCID", ["127"]),
    ],
)
def test_members_do_what_dotnets_do(script, expected):
    assert [str(each).lower() if isinstance(each, bool) else str(each) for each in output(script)] == expected


@pytest.mark.parametrize("script", ["[semver]'1.2.3'", "[System.DateOnly]::new(2024, 1, 2)", "[System.TimeOnly]"])
def test_5_1_has_no_types_of_later_frameworks(script):
    assert answer(script, DESKTOP)["errors"][0]["fqid"] == "TypeNotFound"


@pytest.mark.parametrize(
    "script", ["[semver]'one'", "[System.DateOnly]::new(2023, 2, 29)", "[System.TimeOnly]::new(24, 0)"]
)
def test_what_is_none_is_an_error_of_the_constructor(script):
    given = answer(script)
    assert given["errors"] or given["terminating"]
