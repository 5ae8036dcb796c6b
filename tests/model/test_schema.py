"""The schema map: found by GUID and by name, property sets with their members."""

from __future__ import annotations

from uuid import UUID

import pytest
from smallschema import LAST_SET, MEMBER, MEMBERSHIP, RESET, RESTRICTIONS, SCHEMA, USER


def test_names_are_found_in_any_case_and_unknown_ones_are_key_errors():
    assert SCHEMA.attribute("PWDLASTSET").guid == LAST_SET
    assert SCHEMA.class_("User").guid == USER
    assert SCHEMA.right("reset password") is SCHEMA.right("User-Force-Change-Password")
    with pytest.raises(KeyError):
        SCHEMA.attribute("user")


def test_a_property_set_has_its_members():
    assert [one.name for one in SCHEMA.members(RESTRICTIONS)] == ["pwdLastSet", "userAccountControl"]
    assert SCHEMA.contains(RESTRICTIONS, LAST_SET)
    assert not SCHEMA.contains(RESTRICTIONS, MEMBER)
    assert not SCHEMA.contains(LAST_SET, RESTRICTIONS)


def test_a_guid_is_called_what_people_call_it():
    assert [SCHEMA.name(guid) for guid in (USER, LAST_SET, RESET, MEMBER)] == [
        "user",
        "pwdLastSet",
        "Reset Password",
        "member",
    ]
    unknown = UUID(int=7)
    assert SCHEMA.name(unknown) == str(unknown)


def test_rights_are_of_three_kinds():
    reset, restrictions, own = (SCHEMA.right_by_guid[guid] for guid in (RESET, MEMBERSHIP, MEMBER))
    assert reset.is_extended_right
    assert restrictions.is_property_set
    assert own.is_validated_write
    assert not reset.is_property_set
