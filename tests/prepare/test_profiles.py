"""Delegation profiles: jcad's own, a file of one's own, and what is wrong with one said where it stands."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from jcad.errors import SettingsError
from jcad.model.schema import ControlRight, SchemaAttribute, SchemaClass, SchemaMap
from jcad.powershell import script
from jcad.prepare.desired import Inheritance, Place
from jcad.prepare.profiles import RIGHTS, grants, profile, profiles


def guid(name):
    return uuid5(NAMESPACE_DNS, name)


NAMES = {row.object for one in profiles() for row in one.grant if row.object}
SCHEMA = SchemaMap(
    tuple(SchemaAttribute(name, guid(name)) for name in [*NAMES, "title"]),
    (SchemaClass("user", guid("class user")), SchemaClass("group", guid("class group"))),
    tuple(ControlRight(name, guid(name)) for name in NAMES),
)


def test_every_row_of_every_profile_says_why_it_is_there_and_what_fails_without_it():
    for one in profiles():
        assert all(row.reason and row.without for row in one.grant), one.name


@pytest.mark.parametrize(
    ("role", "name"), [("import", "documented"), ("sync", "documented"), ("sync", "least-privilege")]
)
def test_jcads_own_profiles_resolve_and_have_no_row_twice(role, name):
    found = grants(role, name, (), SCHEMA)
    keys = [(one.mask, one.object_type, one.inherited_object_type, one.inheritance) for one in found]
    assert found
    assert len(keys) == len(set(keys))
    assert {one.place for one in found} == {Place.CONTAINER}


def test_the_tables_of_the_documentation_are_current():
    """`python docs/profiles.py` writes them anew."""
    folder = Path(__file__).parents[2] / "docs"
    spec = importlib.util.spec_from_file_location("profile_tables", folder / "profiles.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (folder / "_profiles.md").read_text("utf-8") == module.tables()


def test_the_sixth_task_of_the_wizard_is_in_no_profile():
    assert not {"gPLink", "gPOptions"} & NAMES


def test_least_privilege_gives_full_control_of_nothing_and_deletes_only_when_told():
    found = grants("sync", "least-privilege", (), SCHEMA)
    assert not any(one.mask & (RIGHTS["WriteDacl"] | RIGHTS["Delete"] | RIGHTS["DeleteChild"]) for one in found)
    with_delete = grants("sync", "least-privilege", ("delete",), SCHEMA)
    assert {one.object_type for one in with_delete if one.mask == RIGHTS["DeleteChild"]} == {
        guid("class user"),
        guid("class group"),
    }


def test_least_privilege_has_each_attribute_that_the_scripts_of_the_sync_write():
    found = profile("sync", "least-privilege").grant
    written = {(row.on, row.object) for row in found if "WriteProperty" in row.right}
    for name in ("create-user", "disable-user", "enable-user", "set-attributes", "rename-user", "unlock-user",
                 "create-group", "add-members", "remove-members", "rename-group", "reset-password"):  # fmt: skip
        needed = {(right.on, right.attribute) for right in script(name).rights if right.right == "WriteProperty"}
        assert needed <= written, name


def test_what_the_mapping_writes_is_added_once():
    found = grants("sync", "least-privilege", (), SCHEMA, ("title", "mail", "title"))
    (title,) = [one for one in found if one.object_type == guid("title")]
    assert title.reason == "[sync.mapping] writes title"
    assert len([one for one in found if one.object_type == guid("mail")]) == 1


def test_options_add_their_rows_on_the_object_that_they_are_about():
    found = grants("sync", "documented", ("unexpire-password", "password-settings", "owner-rights", "dirsync"), SCHEMA)
    (unexpire,) = [one for one in found if one.object_type == guid("Unexpire-Password")]
    assert (unexpire.place, unexpire.inheritance, unexpire.groups_count) == (Place.DOMAIN, Inheritance.NONE, True)
    assert any(one.place is Place.PASSWORD_SETTINGS for one in found)
    assert any(one.owner_rights for one in found)


OWN = """
role = "sync"
name = "own"
summary = "ours"

[[grant]]
right = ["ReadProperty", "WriteProperty"]
object = "title"
on = "user"
reason = "titles"
"""


def test_a_profile_of_ones_own_is_read_from_its_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, "utf-8")
    (only,) = grants("sync", str(path), (), SCHEMA)
    assert (only.mask, only.object_type, only.inheritance) == (0x30, guid("title"), Inheritance.DESCENDENTS)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ReadProperty"', '"Fly"', "line 7: grant.right: 'Fly' is no right; there are: CreateChild"),
        ('"ReadProperty"', '"ReadPropery"', "line 7: grant.right: .* did you mean ReadProperty"),
        ('object = "title"', 'object = "titel"', "line 6, names 'titel', .* did you mean title"),
        ('on = "user"', 'on = "usr"', "line 6, names 'usr', .* did you mean user"),
        ('reason = "titles"', "", "line 6: grant.reason is missing"),
        ("[[grant]]", "[[grants]]", "line 6: there is no grants; did you mean grant"),
        ('on = "user"', 'on = "user', "is not TOML"),
        ('on = "user"', 'wihtout = "x"', "line 9: there is no grant.wihtout; did you mean without"),
        ('role = "sync"', 'role = "both"', "line 2: role: Input should be"),
        ('summary = "ours"', "", "summary is missing"),
    ],
)
def test_what_is_wrong_with_a_profile_is_said_where_it_stands(tmp_path, old, new, said):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match=said):
        grants("sync", str(path), (), SCHEMA)


def test_a_profile_that_there_is_not_is_answered_with_those_that_are(tmp_path):
    with pytest.raises(SettingsError) as refused:
        grants("sync", "nothing", (), SCHEMA)
    assert "least-privilege" in refused.value.hint
    with pytest.raises(SettingsError, match="cannot be read"):
        grants("sync", str(tmp_path / "nowhere.toml"), (), SCHEMA)
