"""An installer's command line: what the script makes of a template is what a program, or Windows Installer, reads from it.

Two independent readers judge it: CommandLineToArgvW as its documentation tells it, written here as a table of states, and
the lab's own.
"""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jcad.lab.powershell.engine import Engine
from jcad.lab.windows.machine.installer import split_arguments
from jcad.lab.windows.machine.programs import arguments_of
from jcad.powershell.environment import render

PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="%$"), max_size=12)
AWKWARD = st.text(st.sampled_from('a \\"=/{}é'), max_size=10)
VALUES = PLAIN | AWKWARD
FUNCTIONS = render("_failure.ps1") + render("_arguments.ps1")
BODY = (
    FUNCTIONS
    + """
$given = ConvertFrom-Json -InputObject $json
$value = [System.Collections.Generic.Dictionary[string, string]]::new()
foreach ($one in @($given.values)) { $value[$one.name] = $one.value.Substring(1) }
try {
    Assert-ArgumentTemplate -Template $given.template -Name @($value.Keys)
    '=' + (ConvertTo-ArgumentLine -Template $given.template -Value $value -WindowsInstaller:$given.msi)
}
catch { $_.FullyQualifiedErrorId }
"""
)


class Heard:
    """The output of a run."""

    def __init__(self):
        self.out = []

    def output(self, value):
        self.out.append(value)

    def __getattr__(self, _name):
        return lambda *_arguments: None


def line_of(template, values, *, msi=False):
    """What the script makes of a template: `=` and the line, or the id of its refusal."""
    listed = [{"name": name, "value": "=" + value} for name, value in values.items()]
    given = json.dumps({"template": template, "values": listed, "msi": msi})
    heard = Heard()
    quoted = given.replace("'", "''").replace("\u2018", "\u2018\u2018").replace("\u2019", "\u2019\u2019")
    quoted = quoted.replace("\u201a", "\u201a\u201a").replace("\u201b", "\u201b\u201b")
    outcome = Engine().run_script(f"$ErrorActionPreference = 'Stop'; $json = '{quoted}'\n{BODY}", heard)
    assert outcome.terminated is None, outcome.terminated
    return str(heard.out[-1])


def argv(line):
    """CommandLineToArgvW, from its documentation (its remarks on backslashes and quotes), for what follows the program."""
    words, word, quoted, begun, slashes = [], "", False, False, 0
    for index, char in enumerate([*line, None]):
        if char == "\\":
            slashes, begun = slashes + 1, True
            continue
        if char == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                assert not (quoted and line[index + 1 : index + 2] == '"'), (
                    "two quotes in quotes: readers do not agree on it"
                )
                quoted = not quoted
            slashes, begun = 0, True
            continue
        word, slashes = word + "\\" * slashes, 0
        if char is None or (char in " \t" and not quoted):
            words += [word] if begun else []
            word, begun = "", False
        else:
            word, begun = word + char, True
    assert not quoted, "a quote is left open"
    return words


def installer_words(line):
    """How Windows Installer reads a line: quotes may begin anywhere, two of them inside quotes are one, no escapes."""
    found = re.findall(r'(?:[^\s"]|"(?:[^"]|"")*")+', line)
    return [re.sub(r'"((?:[^"]|"")*)"', lambda one: one[1].replace('""', '"'), word) for word in found]


@given(value=VALUES, other=VALUES)
@settings(max_examples=40, deadline=None)
def test_every_value_stays_one_argument_to_the_letter(value, other):
    line = line_of('/msiexec NAME={a} "{b}" /x:{a} {b}', {"a": value, "b": other})
    expected = ["/msiexec", f"NAME={value}", other, f"/x:{value}", other]
    assert line[0] == "="
    assert argv(line[1:]) == expected
    assert arguments_of(line[1:]) == expected


@given(value=VALUES)
@settings(max_examples=40, deadline=None)
def test_windows_installer_reads_every_property_to_the_letter(value):
    line = line_of('/qn NAME={a} OTHER="{a}" LAST=x', {"a": value}, msi=True)
    expected = ["/qn", f"NAME={value}", f"OTHER={value}", "LAST=x"]
    assert installer_words(line[1:]) == expected
    assert split_arguments(line[1:]) == expected


@example(value="", left="\\", right="", quoted=True)
@given(value=VALUES, left=st.sampled_from(["", "x", "\\", "a\\", "=b"]), right=st.sampled_from(["", "y", "\\", ".log"]),
       quoted=st.booleans())  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_value_in_the_middle_of_an_argument_stays_there_or_is_refused(value, left, right, quoted):
    quote = '"' if quoted else ""
    line = line_of(f"/a NAME={quote}{left}{{a}}{right}{quote} /z", {"a": value})
    if line == "PlaceholderMisplaced":
        assert left or right
        return
    if right.endswith("\\") and quoted:
        return  # the template's own backslash before its own quote: it means what it says
    assert argv(line[1:]) == ["/a", f"NAME={left}{value}{right}", "/z"]


@pytest.mark.parametrize("value", ["a\nb", "\x01", "$(Arg0)", "100%path%", "a\x7fb"])
def test_what_no_task_passes_on_is_refused(value):
    assert line_of("{a}", {"a": value}) == "ArgumentNotSafe"


def test_braces_that_are_no_placeholder_are_text():
    template = "/x {0A0B0C0D-1111-2222-3333-444455556666} {} {1}"
    assert line_of(template, {}) == "=" + template
    assert line_of("{Missing}", {"missing": "x"}) == "PlaceholderUnknown"


@given(line=st.text(st.sampled_from('ab \\"'), max_size=14))
@settings(max_examples=200, deadline=None)
def test_the_labs_programs_split_their_line_as_windows_does(line):
    try:
        expected = argv(line)
    except AssertionError:
        return
    assert arguments_of(line) == expected
