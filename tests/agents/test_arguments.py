"""An installer's arguments: what is put in, what is kept apart, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.agents import fill, require_passable
from jcad.agents.configuration import configuration_diff, differing, in_page_spelling, same_json
from jcad.errors import SettingsError
from jcad.model import Secret

VALUES = {"account": "LAB\\jcsync", "root_dn": "DC=lab,DC=test", "version": "2.30.0"}


def test_secrets_are_named_and_plain_values_given():
    made = fill("/msiexec K={connect_key} A={account} P={password} /log {log}", VALUES, what="arguments")
    assert made.values == {"account": "LAB\\jcsync"}
    assert made.secrets == ("connect_key", "password")
    assert made.template.endswith("/log {log}")


def test_a_template_without_placeholders_is_as_it_is():
    made = fill("/msiexec {6F330B47-2577-43AD-9095-1861BA25889B}", VALUES, what="arguments")
    assert (dict(made.values), made.secrets) == ({}, ())


@pytest.mark.parametrize("text", ["a$(x)1A", "%TEMP%Aa1", "a\nb"])
def test_a_password_that_no_task_passes_on_is_refused_without_a_word_of_it(text):
    with pytest.raises(SettingsError, match=r"password of LAB\\jcsync has") as refused:
        require_passable(Secret(text), "LAB\\jcsync")
    assert text not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize("text", ['Pa ss"w\\', "50% of 1A", "Aa1'; calc #", "plain-Abc.123"])
def test_a_password_that_only_needs_quotes_is_passed_on(text):
    require_passable(Secret(text), "LAB\\jcsync")


def test_a_placeholder_without_a_value_is_refused():
    with pytest.raises(SettingsError, match=r"\{container\}, and there is no value"):
        fill("C={container}", VALUES, what="arguments in [agents.sync]")


@given(
    st.sampled_from(["a\nb", "a\0b", "$(evil)", "%PATH%", "a\x7f", "\t"]),
    st.text(st.characters(exclude_categories=["C"])),
)
def test_a_value_that_a_task_would_change_is_refused(bad, around):
    with pytest.raises(SettingsError, match="would not pass on as it is"):
        fill("A={account}", {"account": f"{around}{bad}"}, what="arguments")


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="$%"), min_size=1))
def test_any_other_value_is_given_as_it_is(value):
    assert fill("A={account}", {"account": value}, what="arguments").values == {"account": value}


# ---- configurations --------------------------------------------------------------------------------------------------

KEYS = st.sampled_from(
    ["MainLoop.UserDissociationAction", "MainLoop.UserTakeoverAction", "MainLoop.SyncAdditionalAttributes"]
)
FILE_KEYS = KEYS | st.sampled_from(["MainLoop.UserDissociateAction", "MainLoop.Own", "Other"])
TEXTS = st.sampled_from(['"remove"', '"unbind"', "true", "false", "1", '"retain"'])


@given(st.dictionaries(KEYS, TEXTS), st.dictionaries(FILE_KEYS, TEXTS))
def test_what_is_written_makes_the_file_as_wanted_and_touches_nothing_else(wanted, actual):
    diff = configuration_diff(wanted, actual)
    assert diff.set.keys() <= actual.keys()
    assert {key: actual[key] for key in diff.set} == dict(diff.expected)
    after = {**actual, **diff.set}
    assert configuration_diff(wanted, after).set == {}
    spelled = in_page_spelling(after)
    assert {key for key in wanted if key not in spelled} == set(diff.missing)
    assert all(same_json(spelled[key], value) for key, value in wanted.items() if key not in diff.missing)


def test_both_spellings_are_written_where_a_file_has_both():
    actual = {"MainLoop.UserDissociationAction": '"remove"', "MainLoop.UserDissociateAction": '"remove"'}
    assert configuration_diff({"MainLoop.UserDissociationAction": '"unbind"'}, actual).set == dict.fromkeys(
        actual, '"unbind"'
    )


def test_json_texts_are_compared_as_values():
    assert same_json("true", " true")
    assert not same_json("true", "1")
    assert not same_json('"1"', "1")
    assert not same_json("{", "}")


def test_a_key_that_one_host_lacks_differs():
    (found,) = differing({"a": {"K": "1"}, "b": {}})
    assert found == ("K", {"1": ("a",), "absent": ("b",)})
