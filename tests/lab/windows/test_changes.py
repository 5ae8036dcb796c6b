import pytest

from jcad.errors import LabUnsupported
from jcad.lab.powershell.containers import Array, Hashtable
from jcad.lab.powershell.values import DateTime
from jcad.lab.windows.adtypes import FILETIME_EPOCH
from jcad.lab.windows.changes import DISABLED, Changes, group_type
from jcad.lab.windows.directory import Directory, WindowsHost
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.ldap import Change, ChangeKind
from jcad.lab.windows.properties import GROUP, USER


@pytest.fixture
def directory(schema):
    """A directory whose schema is known already: nothing is asked."""
    made = Directory(None, WindowsHost("DC1", "lab.test", "LAB", {}))
    made.__dict__["schema"] = schema
    return made


def finished(changes, **current):
    return changes.finish(current.get)


def test_tables_are_carried_out_in_the_modules_order(directory):
    changes = Changes(directory, USER)
    changes.tables(
        {
            "Clear": Array(["mail"]),
            "Replace": Hashtable([("sn", "Doe")]),
            "Add": Hashtable([("otherTelephone", Array(["1", "2"]))]),
            "Remove": Hashtable([("otherTelephone", "3")]),
        }
    )
    assert finished(changes) == (
        Change(ChangeKind.DELETE, "otherTelephone", (b"3",)),
        Change(ChangeKind.ADD, "otherTelephone", (b"1", b"2")),
        Change(ChangeKind.REPLACE, "sn", (b"Doe",)),
        Change(ChangeKind.REPLACE, "mail"),
    )


def test_an_attribute_that_the_schema_does_not_know_is_named(directory):
    with pytest.raises(AdFailure, match="mailNickName"):
        Changes(directory, USER).tables({"Replace": Hashtable([("mailNickName", "x")])})


def test_an_empty_value_in_a_table_is_refused_by_name(directory):
    with pytest.raises(LabUnsupported, match="an empty value in -Replace"):
        Changes(directory, USER).tables({"Replace": Hashtable([("mail", None)])})


@pytest.mark.parametrize(("before", "written"), [(512, b"514"), (66048, b"66050")])
def test_a_flag_changes_that_flag_and_no_other(directory, before, written):
    changes = Changes(directory, USER)
    changes.flag(DISABLED, True)
    assert finished(changes, userAccountControl=before) == (
        Change(ChangeKind.REPLACE, "userAccountControl", (written,)),
    )


def test_a_flag_that_is_so_already_writes_nothing(directory):
    changes = Changes(directory, USER)
    changes.flag(DISABLED, False)
    assert finished(changes, userAccountControl=512) == ()


def test_flags_that_may_not_be_read_cannot_be_changed(directory):
    changes = Changes(directory, USER)
    changes.flag(DISABLED, True)
    with pytest.raises(AdFailure) as refused:
        finished(changes)
    assert refused.value.code == 8344


def test_a_parameter_is_the_attribute_that_it_stands_for(directory):
    changes = Changes(directory, USER)
    for name, value in (
        ("Surname", "Doe"),
        ("EmailAddress", None),
        ("AccountExpirationDate", DateTime(FILETIME_EPOCH + 5, 2)),
    ):
        changes.parameter(USER.properties[name.lower()], value)
    assert finished(changes) == (
        Change(ChangeKind.REPLACE, "sn", (b"Doe",)),
        Change(ChangeKind.REPLACE, "mail"),
        Change(ChangeKind.REPLACE, "accountExpires", (b"5",)),
    )


@pytest.mark.parametrize(
    ("scope", "security", "value"), [(2, True, -2147483646), (4, True, -2147483644), (8, False, 8), (2, False, 2)]
)
def test_the_type_of_a_group_is_signed(scope, security, value):
    assert group_type(scope, security=security) == value


def test_a_groups_category_changes_without_its_scope(directory):
    changes = Changes(directory, GROUP)
    changes.parameter(GROUP.properties["groupcategory"], "Distribution")
    assert finished(changes, groupType=-2147483646) == (Change(ChangeKind.REPLACE, "groupType", (b"2",)),)
