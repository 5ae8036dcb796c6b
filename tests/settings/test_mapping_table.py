"""[sync.mapping]: short and long forms, and what a mistake in it says, with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import SettingsError
from jcad.settings import parse, settings_template, template_parts
from jcad.settings.mapping import short_entries

BASE = settings_template()
FIRST = len(BASE.splitlines()) + 2
"""The line on which the first entry of the table stands."""
DEFAULT = {"firstname": "givenName", "lastname": "sn", "email": "mail"}


def read(table):
    return parse(f"{BASE}[sync.mapping]\n{table}", "jcad.toml").sync


def mapping(table):
    return short_entries(read(table).mapping)


def test_what_is_given_is_laid_over_the_default_and_an_empty_list_turns_a_field_off():
    assert mapping("") == DEFAULT
    assert mapping('jobTitle = "title"') == DEFAULT | {"jobTitle": "title"}
    assert mapping("email = []") == DEFAULT | {"email": []}


def test_an_entry_is_a_name_a_table_or_a_list_of_them():
    table = """
jobTitle = { to = "title", transform = "upper" }
"phoneNumbers.work" = ["telephoneNumber", { to = "otherTelephone", type = "multi", separator = "," }]
[sync.mapping.displayname]
to = "displayName"
template = "{firstname} {lastname}"
when = "create"
"""
    assert mapping(table) == DEFAULT | {
        "jobTitle": {"to": "title", "transform": ["upper"]},
        "phoneNumbers.work": ["telephoneNumber", {"to": "otherTelephone", "type": "multi", "separator": ","}],
        "displayname": {"to": "displayName", "template": "{firstname} {lastname}", "when": "create"},
    }


@pytest.mark.parametrize(
    ("table", "line", "says"),
    [
        ('jobTitel = "title"', 0, "no field 'jobTitel'; did you mean jobTitle?"),
        ('phoneNumbers = "mobile"', 0, "write phoneNumbers.TYPE"),
        ('"addresses.work" = "l"', 0, "addresses.TYPE.PART"),
        ('jobTitle = { to = "title", tpye = "text" }', 0, "did you mean sync.mapping.jobTitle.type?"),
        (
            'email = []\njobTitle = { to = "title", type = "number" }',
            1,
            "'text', 'integer', 'boolean', 'dn' or 'multi'",
        ),
        ('jobTitle = { to = "title", transform = ["uper"] }', 0, "'trim', 'collapse'"),
        ('jobTitle = { to = "title", when = "never" }', 0, "'create', 'update' or 'both'"),
        ('jobTitle = { type = "text" }', 0, "jobTitle.to is missing"),
        ("jobTitle = 3", 0, "write the LDAP name of an attribute"),
        ('jobTitle = "job title"', 0, "is not the LDAP name of an attribute"),
        ('manager = { to = "manager", type = "text" }', -1, "leave `type` out"),
        ('jobTitle = "title"\ndepartment = "TITLE"', -1, "title is mapped 2 times"),
        ('jobTitle = { to = "title", template = "{nope}" }', 0, "no field 'nope'"),
        ('jobTitle = { to = "title", template = "{" }', 0, "cannot be read"),
        ('jobTitle = { to = "title", template = "{firstname.__class__}" }', 0, "no field 'firstname.__class__'"),
        ('jobTitle = { to = "title", template = "{firstname!r}" }', 0, "write {field}"),
        ('jobTitle = { to = "title", template = "{firstname:>9}" }', 0, "{field:N}"),
        ('jobTitle = { to = "title", template = "{}" }', 0, "write {field}"),
    ],
)
def test_a_mistake_names_its_line_and_the_remedy(table, line, says):
    with pytest.raises(SettingsError) as caught:
        read(table)
    assert f"jcad.toml:{FIRST + line}: " in caught.value.message
    assert says in caught.value.message


@pytest.mark.parametrize(
    "attribute",
    [
        "sAMAccountName", "USERPRINCIPALNAME", "cn", "userAccountControl", "unicodePwd", "member", "proxyAddresses",
        "servicePrincipalName", "altSecurityIdentities", "msDS-KeyCredentialLink", "objectSid", "sIDHistory",
        "msDS-AllowedToActOnBehalfOfOtherIdentity", "adminCount",
    ],
)  # fmt: skip
def test_what_jcad_or_the_domains_safety_owns_cannot_be_mapped(attribute):
    with pytest.raises(SettingsError, match="cannot be mapped"):
        read(f'jobTitle = "{attribute}"')


@pytest.mark.parametrize("spelt", ["sAMAccountName", "samaccountname", "userPrincipalName", "USERPRINCIPALNAME"])
def test_both_spellings_of_user_field_mapping_are_read_in_any_case(spelt):
    text = BASE.replace("[sync]\n", f'[sync]\nusername = "{spelt}"\n')
    assert parse(text, "x").sync.username.lower() == spelt.lower()


def test_another_username_attribute_is_refused():
    with pytest.raises(SettingsError, match="'sAMAccountName' or 'userPrincipalName'"):
        parse(BASE.replace("[sync]\n", '[sync]\nusername = "mail"\n'), "x")


@given(st.text())
def test_any_text_is_a_template_or_is_refused(text):
    try:
        parts = template_parts(text)
    except ValueError:
        return
    assert all(name is None or isinstance(name, str) for _, name, _ in parts)
