"""The scripts that are only printed: what every one must have, and that the lab's parser takes them."""

from __future__ import annotations

import pytest

from jcad.errors import ScriptError
from jcad.lab.powershell.engine import Engine
from jcad.powershell import PRINTED_SCRIPTS, printed_script


@pytest.mark.parametrize("name", PRINTED_SCRIPTS)
def test_every_printed_script_has_help_and_looks_before_it_changes(name):
    text = printed_script(name).text
    for part in (".SYNOPSIS", ".DESCRIPTION", ".OUTPUTS", "Set-StrictMode -Version 3.0", "$ErrorActionPreference = 'Stop'",
                 "SupportsShouldProcess = $true",
                 "$PSCmdlet.ShouldProcess(", "'unchanged'", "HasPrivateKey"):  # fmt: skip
        assert part in text
    assert ("renewServerCertificate" in text) == name.startswith("ldaps")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 120
    assert "{%" not in text


@pytest.mark.parametrize("name", PRINTED_SCRIPTS)
def test_every_printed_script_parses(name):
    Engine().parse(printed_script(name).text)


def test_an_unknown_script_is_told_with_those_that_there_are():
    with pytest.raises(ScriptError, match="ldaps-nothing") as caught:
        printed_script("ldaps-nothing")
    assert "ldaps-domain-ca" in (caught.value.hint or "")
