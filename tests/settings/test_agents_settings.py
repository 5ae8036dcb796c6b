"""[agents]: hosts, templates of arguments, keys of configurations; what has no default, and what is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jcad.errors import SettingsError
from jcad.settings import (
    KEYS,
    PLAIN_PLACEHOLDERS,
    SECRET_PLACEHOLDERS,
    Agents,
    Prepare,
    parse,
    placeholders,
    settings_template,
)


def refusal(**given_settings) -> str:
    with pytest.raises(ValidationError) as refused:
        Agents.model_validate(given_settings)
    return str(refused.value)


def test_nothing_said_wants_no_agents_and_invents_no_installer():
    agents = Agents()
    assert agents.host == []
    for table in (agents.sync, agents.import_):
        assert not any((table.version, table.installer, table.sha256, table.signer, table.arguments, table.account))
    assert not agents.secrets_on_command_line


def test_a_host_is_told_by_true_false_a_table_or_not_at_all():
    hosts = [
        {"name": "SRV1.Lab.test", "sync": True, "import": False},
        {"name": "srv2", "sync": {"version": "2.26.0"}},
        {"name": "srv3"},
    ]
    one, two, three = Agents.model_validate({"host": hosts}).host
    assert (one.name, one.sync.wanted, one.import_.wanted) == ("srv1.lab.test", True, False)
    assert (two.sync.wanted, two.sync.version, two.import_) == (True, "2.26.0", None)
    assert (three.sync, three.import_) == (None, None)


@pytest.mark.parametrize("value", ["yes", 1, []])
def test_anything_else_about_a_host_is_refused(value):
    assert "true, false or a table" in refusal(host=[{"name": "srv1", "sync": value}])


@pytest.mark.parametrize("name", ["", "a b", "-a", "srv1..lab", "srv1.", "http://x", "a" * 64])
def test_a_name_that_no_host_has_is_refused(name):
    assert "no name of a host" in refusal(host=[{"name": name}])


def test_a_host_that_is_named_twice_is_refused():
    assert "named twice" in refusal(host=[{"name": "srv1"}, {"name": "SRV1"}])


def test_an_administrator_and_his_password_go_together():
    assert "go together" in refusal(install_as="LAB\\admin")
    assert Agents.model_validate({"install_as": "LAB\\admin", "install_password": "env:P"}).install_as


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sha256", "abc", "64 hexadecimal digits"),
        ("version", "latest", "no version"),
        ("installer", "http://x/setup.exe", "https"),
        ("account", "LAB\\myJumpCloud", "JumpCloud refuses"),
        ("account", "a" * 21, "no sAMAccountName"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(key, value, told):
    assert told in refusal(sync={key: value})


def test_the_account_may_have_its_domain_before_it():
    assert Agents.model_validate({"sync": {"account": "LAB\\jcsync"}}).sync.account == "LAB\\jcsync"


# ---- arguments -------------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(sorted(PLAIN_PLACEHOLDERS | SECRET_PLACEHOLDERS)), st.sampled_from(["{}", "N={}", '"{}"', "/x:{}"])
)
def test_every_known_placeholder_may_be_an_argument_or_end_one(name, form):
    template = f"/msiexec {form.replace('{}', '{' + name + '}')} /quiet"
    assert Agents.model_validate({"sync": {"arguments": template}}).sync.arguments == template
    assert placeholders(template) == (name,)


def test_a_placeholder_that_is_not_known_is_refused_with_what_was_meant():
    told = refusal(sync={"arguments": "/msiexec {Pasword}"})
    assert "did you mean {password}" in told
    assert "{connect_key}" in told


@pytest.mark.parametrize("template", ["a{account}", "{account}b", '"a {account}"', "N='{account}'", '"x"{account}'])
def test_a_placeholder_in_the_middle_of_an_argument_is_refused(template):
    assert "middle of an argument" in refusal(sync={"arguments": template})


def test_a_product_code_is_no_placeholder():
    template = "/x {6F330B47-2577-43AD-9095-1861BA25889B}"
    assert Agents.model_validate({"sync": {"arguments": template}}).sync.arguments == template


def test_arguments_are_one_line():
    assert "one line" in refusal(sync={"arguments": "/a\n/b"})


def test_an_upgrade_takes_no_connect_key():
    assert "second agent" in refusal(sync={"upgrade_arguments": "K={connect_key}"})
    assert Agents.model_validate({"sync": {"upgrade_arguments": "P={password}"}}).sync.upgrade_arguments


# ---- configuration ---------------------------------------------------------------------------------------------------


def configuration(**keys):
    return Agents.model_validate({"import": {"configuration": keys}}).import_.configuration


def test_keys_may_be_nested_or_dotted_with_or_without_their_section():
    wanted = {"MainLoop.UserFieldMapping.username": "sAMAccountName"}
    assert configuration(UserFieldMapping={"username": "sAMAccountName"}) == wanted
    assert configuration(MainLoop={"UserFieldMapping": {"username": "sAMAccountName"}}) == wanted
    assert configuration(**{"MainLoop.UserFieldMapping.username": "sAMAccountName"}) == wanted


def test_both_spellings_of_the_dissociation_key_are_one_key():
    wanted = {"MainLoop.UserDissociationAction": "unbind"}
    assert configuration(UserDissociateAction="unbind") == configuration(UserDissociationAction="unbind") == wanted
    both = {"UserDissociateAction": "unbind", "UserDissociationAction": "remove"}
    assert "set twice" in refusal(**{"import": {"configuration": both}})


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"UserDissociationAction": "delete"}, '"remove" or "unbind"'),
        ({"SyncAdditionalAttributes": "true"}, "true or false"),
        ({"SyncAdditionalAttributes": 1}, "true or false"),
        ({"UserTakeoverAction": "keep"}, '"deactivate" or "retain"'),
        ({"UserDisableAction": ""}, "is a text"),
        ({"PasswordChangeListener": {"PollTimeMillis": 10}}, "not to be changed"),
        ({"UserDisociationAction": "unbind"}, "did you mean MainLoop.UserDissociationAction"),
        ({"Password": "x"}, "no key that JumpCloud's page tells"),
    ],
)
def test_a_key_or_value_that_the_page_does_not_have_is_refused(keys, told):
    assert told in refusal(**{"import": {"configuration": keys}})


def test_any_text_is_taken_where_no_page_tells_the_values():
    assert configuration(UserDisableAction="suspend") == {"MainLoop.UserDisableAction": "suspend"}


def test_the_sync_agent_has_no_configuration_that_anybody_publishes():
    assert "no configuration that JumpCloud's pages tell" in refusal(sync={"configuration": {}})


def test_the_poll_time_is_not_among_the_keys():
    assert not any("PollTimeMillis" in key for key in KEYS)


# ---- the second account ----------------------------------------------------------------------------------------------


def prepare_refusal(**given_settings) -> str:
    with pytest.raises(ValidationError) as refused:
        Prepare.model_validate(given_settings)
    return str(refused.value)


def test_a_second_account_has_a_name_and_a_place_for_its_password():
    told = Prepare.model_validate({"sync": {"alternate": "jcsync-b", "alternate_password": "vault:b"}})
    assert told.sync.alternate == "jcsync-b"
    assert "go together" in prepare_refusal(sync={"alternate": "jcsync-b"})
    assert "go together" in prepare_refusal(sync={"alternate_password": "vault:b"})


def test_a_second_account_is_another_one():
    second = {"alternate": "JCSYNC", "alternate_password": "vault:b"}
    assert "as well" in prepare_refusal(sync=second)
    assert "names of their own" in prepare_refusal(sync={**second, "alternate": "jcimport"}, **{"import": {}})
    same = {"password": "vault:a", "alternate": "jcsync-b", "alternate_password": "vault:a"}
    assert "place of its own" in prepare_refusal(sync=same)


def test_a_second_account_is_named_as_the_first_and_kept_as_the_first():
    assert "JumpCloud refuses" in prepare_refusal(sync={"alternate": "jumpcloud-b", "alternate_password": "vault:b"})
    assert "cannot be written to" in prepare_refusal(sync={"alternate": "b", "alternate_password": "env:B"})


# ---- where a mistake is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[agents.host]]\nname = "a"\nsnc = true', "agents.host.snc; did you mean agents.host.sync?"),
        ('[[agents.host]]\nname = "a"\nsync = { versoin = "2.0" }', "did you mean agents.host.sync.version?"),
        ('[agents.import]\nversionn = ""', "did you mean agents.import.version?"),
        ('[prepare.import]\nnam = ""', "did you mean prepare.import.name?"),
    ],
)
def test_a_misspelt_key_in_a_list_or_a_table_of_another_name_is_told_what_was_meant(text, told):
    with pytest.raises(SettingsError) as refused:
        parse(f"{settings_template()}\n{text}\n", "jcad.toml")
    assert told in str(refused.value)


def test_the_commented_tables_of_the_template_are_right():
    """Whoever takes the hash marks away gets what the comments say."""
    lines = settings_template().splitlines()
    first, last = (
        next(n for n, line in enumerate(lines) if line.startswith(f"# [{name}]")) for name in ("agents", "store")
    )
    text = "\n".join([*lines[:first], *(line.removeprefix("# ") for line in lines[first:last])])
    text = text.replace('sha256 = ""', f'sha256 = "{"ab" * 32}"').replace(
        'install_as = ""', 'install_as = "CORP\\\\admin"'
    )
    agents = parse(text, "jcad.toml").agents
    assert agents.staging == Agents().staging
    assert agents.window == "22:00-04:00"
    assert agents.host[0].sync.wanted
    assert placeholders(agents.sync.arguments) == ("account",)
    assert agents.import_.configuration["MainLoop.UserDissociationAction"] == "unbind"


PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.mark.parametrize("start", ["[agents]", "[prepare.sync]"])
def test_the_examples_of_the_page_are_right(start):
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (example,) = [block for block in blocks if block.startswith(start)]
    settings = parse(f"{settings_template()}\n{example}", "settings.md")
    assert settings.agents.host or settings.prepare.sync.alternate == "jcsync-b"


def test_the_page_has_every_placeholder_and_every_key():
    text = PAGE.read_text("utf-8")
    for name in PLAIN_PLACEHOLDERS | SECRET_PLACEHOLDERS:
        assert f"`{{{name}}}`" in text
    for key in KEYS:
        assert f"`{key.removeprefix('MainLoop.')}`" in text
