"""Literals, as far as they can be judged without an interpreter; test_roundtrip.py reads them back through one."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ScriptError, SecretInScript
from jcad.model.secret import Secret
from jcad.powershell import environment as module
from jcad.powershell.environment import environment, render
from jcad.powershell.literals import literal

QUOTES = "'\u2018\u2019\u201a\u201b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "$null"),
        (True, "$true"),
        (False, "$false"),
        ("O'Brien", "'O''Brien'"),
        ("\u2019", "'\u2019\u2019'"),
        ("$env:x `n $(whoami)", "'$env:x `n $(whoami)'"),
        (-5, "-5"),
        (-(1 << 63), "([long] '-9223372036854775808')"),
        (1.5, "1.5"),
        (float("nan"), "([double]::NaN)"),
        (float("-inf"), "([double]::NegativeInfinity)"),
        (Decimal("-1.50"), "-1.50d"),
        (datetime(1, 1, 1, tzinfo=UTC), "([datetime]::new(0, [System.DateTimeKind]::Utc))"),
        (datetime(1, 1, 1, 0, 0, 1), "([datetime]::new(10000000, [System.DateTimeKind]::Unspecified))"),  # noqa: DTZ001
        (UUID(int=1), "([guid] '00000000-0000-0000-0000-000000000001')"),
        (b"ab", "([System.Convert]::FromBase64String('YWI='))"),
        ([], "@()"),
        (["a", 1], "@('a', 1)"),
        ([[1]], "@(, @(1))"),
        ([[1], [2]], "@(@(1), @(2))"),
        ({"a": None}, "@{'a' = $null}"),
        (OrderedDict(a=1, b=2), "([ordered] @{'a' = 1; 'b' = 2})"),
    ],
)
def test_values_become_typed_literals(value, expected):
    assert literal(value) == expected


def test_a_moment_is_the_same_in_every_zone():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert literal(moment) == literal(moment.astimezone(timezone(timedelta(hours=9))))


def tokens(shown):
    """Read a text's literal as PowerShell does: a quoted token, or several joined by + in parentheses; each as (kind, text)."""
    rest = shown[1:-1] if shown[0] == "(" else shown
    found = []
    while rest:
        if rest[0] == "[":
            number = rest.removeprefix("[char] ").partition(" ")[0]
            found.append(("char", chr(int(number))))
            rest = rest.removeprefix("[char] ")[len(number) :]
        else:
            index, read = 1, []
            while rest[index] not in QUOTES or rest[index + 1 : index + 2] in list(QUOTES):
                index += rest[index] in QUOTES  # a quote that is not doubled would end the text
                read.append(rest[index])
                index += 1
            found.append(("text", "".join(read)))
            rest = rest[index + 1 :]
        assert not rest or rest.startswith(" + ")
        rest = rest[3:]
    return found


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from(QUOTES + "\n\u202e")
    )
)
def test_a_text_is_quoted_tokens_and_nothing_else(text):
    found = tokens(literal(text))
    assert "".join(part for _, part in found) == text
    assert found[0][0] == "text"
    assert len(found) == 1 or literal(text).startswith("('")


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from("\r\n\u202e\u2028\ufeff")
    )
)
def test_no_literal_holds_a_line_end_or_what_a_reviewer_cannot_see(text):
    """So it can stand in a comment of one line, and no editor's line ends change it."""
    shown = literal({"a": [text], "b": text})
    unseen = {*map(chr, (*range(32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A)))}
    assert not set(shown) & (unseen | set("\u200b\u200e\u200f\u2060\ufeff\u061c"))


def test_unseen_characters_are_written_by_their_numbers():
    assert literal("a\r\nb\u202e") == "('a' + [char] 13 + [char] 10 + 'b' + [char] 8238)"
    assert literal("\t") == "('' + [char] 9)"


@pytest.mark.parametrize(
    "value",
    ["a\0b", "\ud800", 1 << 63, -(1 << 63) - 1, Decimal("NaN"), Decimal(1 << 97), Decimal("1e-29"), object(),
     {1: 2}, {"a": 1, "A": 2}, {1, 2}, jinja2.StrictUndefined(name="x")],
)  # fmt: skip
def test_what_has_no_literal_is_an_error(value):
    with pytest.raises(ScriptError):
        literal(value)


@pytest.mark.parametrize("value", [Secret("hush"), [Secret("hush")], {"a": Secret("hush")}])
def test_a_secret_is_refused_wherever_it_hides(value):
    with pytest.raises(SecretInScript) as caught:
        literal(value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "template", ["{{ value }}", "{{ value | upper }}", "{% set x %}{{ value }}{% endset %}{{ x }}", "{{ value ~ '' }}"]
)
def test_no_template_prints_a_value_bare(template):
    text = environment().from_string(template).render(value="a'; Remove-ADUser x; 'b")
    assert text.startswith("'")
    assert text.endswith("'")
    assert text[1:-1].replace("''", "").count("'") == 0


@pytest.mark.parametrize("name", ["safe", "escape", "e", "forceescape", "tojson"])
def test_the_filters_that_go_around_literals_are_not_there(name):
    with pytest.raises(jinja2.TemplateAssertionError):
        environment().from_string("{{ value | " + name + " }}")


def test_a_name_that_nobody_gives_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ value + 'x' }}").render()


@pytest.mark.parametrize("name", ["nothing.ps1", "../pyproject.toml", "..\\x"])
def test_a_template_that_is_not_there_is_a_named_error(name):
    with pytest.raises(ScriptError, match="does not render"):
        render(name)


def test_templates_inside_the_package_come_before_those_beside_it(tmp_path, monkeypatch):
    """As a wheel carries them, and as the repository has them."""
    package = tmp_path / "jcad"
    (package / "ps_templates").mkdir(parents=True)
    (tmp_path / "installer_scripts").mkdir()
    monkeypatch.setattr(module.resources, "files", lambda _: package)
    find = module._folder.__wrapped__
    assert find("ps_templates") == package / "ps_templates"
    assert find("installer_scripts") == tmp_path / "installer_scripts"
