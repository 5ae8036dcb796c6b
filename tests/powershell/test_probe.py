"""Reading a host's probe: what stands in the way of running scripts there, with the way out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ScriptError
from jcad.powershell import probe_call, read_facts

GOOD = {
    "computer": "=DC1", "account": "=LAB\\jcsync", "psVersion": "=5.1.20348.1", "languageMode": "=FullLanguage",
    "adModule": "=1.0.1.0", "domainController": "=dc1.lab.jcad.test", "domain": "=DC=lab,DC=jcad,DC=test",
    "refusal": None,
}  # fmt: skip


def test_a_domain_controller_has_no_obstacle():
    facts = read_facts(json.dumps(GOOD))
    assert (facts.computer, facts.account, facts.domain) == ("DC1", "LAB\\jcsync", "DC=lab,DC=jcad,DC=test")
    assert facts.obstacle is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"languageMode": "=ConstrainedLanguage"}, "takes no scripts"),
        ({"adModule": None, "domainController": None}, "RSAT-AD-PowerShell"),
        ({"domainController": None, "refusal": "=ActiveDirectoryServer:0,x"}, "(ActiveDirectoryServer:0,x)"),
    ],
)
def test_an_obstacle_is_named_with_the_way_out(change, says):
    assert says in (read_facts(json.dumps(GOOD | change)).obstacle or "")


@given(st.text(max_size=60) | st.sampled_from(["[]", "null", "{}", json.dumps(GOOD | {"computer": "DC1"})]))
def test_any_other_line_is_a_named_error(line):
    with pytest.raises(ScriptError, match="not its answer"):
        read_facts(line)


def test_the_call_asks_about_a_server():
    call = probe_call("dc1.lab.jcad.test")
    assert (call.script.name, dict(call.parameters)) == ("probe-host", {"Server": "dc1.lab.jcad.test"})
