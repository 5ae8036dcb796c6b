"""Parameters: names, positions, sets, validation and the pipeline, by the binder's own error ids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.answers import Recorder
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.values import array_from

ADVANCED = '[CmdletBinding()] param([string]$Name, [int]$Count = 3, [switch]$On) "$Name $Count $On"'


def output(script, **parameters):
    sink = Recorder()
    outcome = Engine().run_script(script, sink, parameters)
    assert outcome.terminated is None, outcome.terminated
    assert sink.errors == []
    return sink.values


def error_of(body, call):
    """The id that a catch sees of one call of F."""
    (found,) = output(f"function F {{ {body} }}; try {{ {call}; 'bound' }} catch {{ $_.FullyQualifiedErrorId }}")
    return found


@pytest.mark.parametrize(
    ("call", "bound"),
    [
        ("F a 5", "a 5 False"),
        ("F -Count 5 a", "a 5 False"),
        ("F -N a -O", "a 3 True"),
        ("F -On:$false -Name:b", "b 3 False"),
        ("$p = @{ Name = 'c'; On = $true }; F @p -Count 1", "c 1 True"),
        ("$l = 'd', 7; F @l", "d 7 False"),
        ("F 007", "007 3 False"),
    ],
)
def test_arguments_find_their_parameters(call, bound):
    assert output(f"function F {{ {ADVANCED} }}; {call}") == [bound]


@pytest.mark.parametrize(
    ("body", "call", "error_id"),
    [
        (ADVANCED, "F -Nope 1", "NamedParameterNotFound,F"),
        (ADVANCED, "F a 1 2", "PositionalParameterNotFound,F"),
        (ADVANCED, "F -Name", "MissingArgument,F"),
        (ADVANCED, "F -Name a -Name b", "ParameterAlreadyBound,F"),
        (ADVANCED, "F -Count many", "ParameterArgumentTransformationError,F"),
        ("param($NameA, $NameB)", "F -Name 1", "AmbiguousParameter,F"),
        ("param([Parameter(Mandatory)]$A)", "F", "MissingMandatoryParameter,F"),
        ("param([Parameter(Mandatory)][string]$A)", "F ''", "ParameterArgumentValidationErrorEmptyStringNotAllowed,F"),
        ("param([Parameter(Mandatory)]$A)", "F $null", "ParameterArgumentValidationErrorNullNotAllowed,F"),
        ("param([ValidateRange(1, 5)][int]$A)", "F 6", "ParameterArgumentValidationError,F"),
        (
            "param([Parameter(ParameterSetName='A')]$A, [Parameter(ParameterSetName='B')]$B)",
            "F -A 1 -B 2",
            "AmbiguousParameterSet,F",
        ),
        ("param([bool]$A)", "F 'true'", "ParameterArgumentTransformationError,F"),
        ("param([PSTypeName('My.Type')]$A)", "F 1", "MismatchedPSTypeName,F"),
    ],
)
def test_what_does_not_bind_is_refused_by_the_engines_id(body, call, error_id):
    assert error_of(body, call) == error_id


def test_a_simple_function_takes_what_is_left_into_args():
    assert output('function F { param($a) "$a|$args" }; F 1 -x 2') == ["1|-x 2"]


def test_splatted_args_name_their_parameters_again():
    assert output('function G { param($a, $b) "$a-$b" }; function F { G @args }; F -b 1 2') == ["2-1"]


def test_a_set_is_chosen_by_the_type_of_a_positional_argument():
    body = (
        "[CmdletBinding(DefaultParameterSetName='X')] param([Parameter(ParameterSetName='X', Position=0)][string]$N,"
        " [Parameter(ParameterSetName='Y', Position=0)][int]$I) $PSCmdlet.ParameterSetName"
    )
    assert output(f"function F {{ {body} }}; F text; F 5") == ["X", "Y"]


def test_properties_of_piped_objects_bind_by_name_and_alias():
    role = "[Parameter(ValueFromPipelineByPropertyName)]"
    body = f"param({role}[Alias('CN')]$Name, {role}[int]$Size)"
    script = f"function F {{ {body} process {{ \"$Name $Size\" }} }}; [pscustomobject]@{{ cn = 'a'; size = '5' }} | F"
    assert output(script) == ["a 5"]


def test_a_piped_object_that_does_not_fit_does_not_stop_the_others():
    sink = Recorder()
    script = (
        "function F { [CmdletBinding()] param([Parameter(ValueFromPipeline)][int]$n) process { $n } }; 1, 'x', 3 | F"
    )
    Engine().run_script(script, sink)
    assert sink.values == [1, 3]
    assert [error.fqid for error in sink.errors] == ["InputObjectNotBound,F"]


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=12))
@settings(max_examples=30, deadline=None)
def test_a_pipeline_hands_on_what_it_gets_in_order(numbers):
    text = "@(" + ", ".join(str(number) for number in numbers) + ")"
    assert output(f"{text} | ForEach-Object {{ $_ }} | Where-Object {{ $true }}") == numbers


@given(st.lists(st.text(max_size=6), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_texts_pass_a_parameter_unchanged(texts):
    """A [string[]] parameter keeps each text, whatever stands in it."""
    assert output("param([string[]]$Text) $Text", Text=array_from(texts, net.STRING)) == texts
