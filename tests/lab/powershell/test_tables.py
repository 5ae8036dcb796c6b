"""How the core cmdlets bind their parameters, held against what was read off a real engine by reflection."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from jcad.lab.powershell.answers import answer
from jcad.lab.powershell.binding import COMMON, RISK, cmdlet_table
from jcad.lab.powershell.cmdlets import core_commands, known_names
from jcad.lab.powershell.command import InSet
from jcad.lab.powershell.preset import ALIASES

REFLECTED = json.loads(gzip.decompress(Path(__file__).with_name("cmdlets.json.gz").read_bytes()))
COMMANDS = {kind.info.name: kind for kind in core_commands()}
UNREFLECTED = {"Write-Debug", "Get-History", "Register-EngineEvent", "New-Event", "Get-Event", "Remove-Event"}
"""Cmdlets whose tables are written by hand: they were not reflected."""

OF_WINDOWS = {"New-Object": {"ComObject"}}
"""Parameters that the reflected engine, on Linux, has not."""

EVERYWHERE = {word.lower() for name, (alias, _) in {**COMMON, **RISK}.items() for word in (name, alias)}


def test_every_cmdlet_is_declared_once():
    assert len(COMMANDS) == len(core_commands())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_cmdlets_table_is_the_engines(name):
    """Names, types, aliases, sets with positions and what binds from the pipeline, remaining arguments, ShouldProcess."""
    if name not in REFLECTED["cmdlets"]:
        assert name in UNREFLECTED
        return
    real, info = REFLECTED["cmdlets"][name], COMMANDS[name].info
    assert set(info.parameters) == set(real["parameters"]) | OF_WINDOWS.get(name, set())
    assert (info.default_set or "") == (real["default_set"] or "").replace("__AllParameterSets", "")
    assert info.should_process == real["should_process"]
    for key, one in real["parameters"].items():
        declared = info.parameters[key]
        assert set(declared.aliases) == set(one.get("aliases", ())), key
        assert dict(declared.sets) == {name: InSet.parse(text) for name, text in one["sets"].items()}, key
        assert declared.type in {one["type"], "System.Object"}, key


@pytest.mark.parametrize("name", sorted(set(COMMANDS) & set(REFLECTED["cmdlets"])))
def test_a_name_an_alias_and_a_unique_prefix_find_their_parameter(name):
    table = cmdlet_table(COMMANDS[name].info)
    real = REFLECTED["cmdlets"][name]["parameters"]
    names = {word.lower(): key for key, one in real.items() for word in (key, *one.get("aliases", ()))}
    for word, key in names.items():
        assert table.find(word).name == key
        assert table.find(word.upper()).name == key
        for length in range(1, len(word)):
            meant = {names[other] for other in names if other.startswith(word[:length])}
            if word[:length] not in {*names, *EVERYWHERE} and len(meant) == 1:
                assert table.find(word[:length]).name == key


def test_the_common_parameters_are_the_engines():
    declared = {name: alias for name, (alias, _) in {**COMMON, **RISK}.items()}
    real = {name: one["aliases"][0] for name, one in REFLECTED["common_parameters"].items()}
    assert declared == {name: alias for name, alias in real.items() if name != "ProgressAction"}


def test_aliases_lead_where_the_engines_lead():
    """On Windows there are more of them."""
    lead = {alias.lower(): name for alias, name in REFLECTED["aliases"].items()}
    odd = {alias: (name, ALIASES.get(alias)) for alias, name in lead.items() if ALIASES.get(alias) != name}
    assert set(odd) <= {"gerr", "h", "clear", "cls"}, odd


@pytest.mark.parametrize("name", sorted(set(REFLECTED["cmdlets"]) - set(COMMANDS)))
def test_a_cmdlet_that_the_lab_lacks_is_declined_by_name(name):
    assert name in known_names()
    assert answer(name) == {"refused": name}


@pytest.mark.parametrize(("name", "parameter"), [
    (kind.info.name, parameter) for kind in core_commands() for parameter in sorted(kind.unsupported)
])  # fmt: skip
def test_a_parameter_that_is_not_carried_out_is_one_that_is_declared(name, parameter):
    known = {*COMMANDS[name].info.parameters, *RISK}
    assert parameter in known
