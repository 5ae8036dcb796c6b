import pytest

from jcad.lab.windows.adtypes import ValueCollection
from jcad.lab.windows.directory import Directory, WindowsHost
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.ldap import SD_FLAGS, Entry
from jcad.lab.windows.properties import GROUP, USER
from jcad.lab.windows.reading import Request


@pytest.fixture
def directory(schema):
    """A directory whose schema and name are known already: nothing is asked."""
    made = Directory(None, WindowsHost("DC1", "lab.test", "LAB", {}))
    made.__dict__.update(schema=schema, server_name="dc1.lab.test")
    return made


def built(directory, request, **attributes):
    entry = Entry("CN=x", {name: tuple(value) for name, value in attributes.items()})
    return request.build(directory, DirectoryEntryView(entry, directory.schema))


def test_the_default_properties_are_always_asked_for(schema):
    request = Request.of(USER, (), schema)
    assert {"givenName", "objectSid", "userAccountControl", "userPrincipalName"} <= set(request.attributes)
    assert not request.controls


def test_a_name_is_a_property_of_the_module_before_it_is_an_attribute(schema, directory):
    request = Request.of(USER, ["description", "MAIL"], schema)
    user = built(directory, request, description=[b"d"], mail=[b"a@b"])
    assert [member.name for member in user.extended.values() if member.name.lower() in {"description", "mail"}] == [
        "Description",
        "mail",
    ]


def test_an_empty_property_of_the_module_is_there_and_an_empty_attribute_is_not(schema, directory):
    user = built(directory, Request.of(USER, ["EmailAddress", "mail", "MemberOf"], schema))
    assert user.has("EmailAddress")
    assert isinstance(user.get("MemberOf"), ValueCollection)
    assert not user.has("mail")


def test_everything_is_every_property_and_every_attribute_that_has_a_value(schema, directory):
    user = built(directory, Request.of(USER, ["*"], schema), adminCount=[b"1"], sn=[b"Doe"])
    assert (user.get("adminCount"), user.get("sn"), user.get("Surname"), user.get("Title")) == (1, "Doe", "Doe", None)
    assert user.has("Title")
    assert not user.has("mail")


def test_a_security_descriptor_is_asked_for_without_its_audit_part(schema):
    (control,) = Request.of(GROUP, ["ProtectedFromAccidentalDeletion"], schema).controls
    assert (control.oid, control.value) == (SD_FLAGS, bytes.fromhex("3003020107"))


def test_a_misspelt_property_is_named(schema):
    with pytest.raises(AdFailure, match="givenNmae"):
        Request.of(USER, ["givenNmae"], schema)


@pytest.mark.parametrize(
    ("control", "enabled", "expires_never"), [(b"512", True, False), (b"514", False, False), (b"66048", True, True)]
)
def test_flags_are_read_from_user_account_control(schema, directory, control, enabled, expires_never):
    user = built(directory, Request.of(USER, ["PasswordNeverExpires"], schema), userAccountControl=[control])
    assert (user.get("Enabled"), user.get("PasswordNeverExpires")) == (enabled, expires_never)


def test_what_may_not_be_read_is_unknown_and_not_false(schema, directory):
    assert built(directory, Request.of(USER, (), schema)).get("Enabled") is None


@pytest.mark.parametrize(
    ("kind", "scope", "category"),
    [
        (b"-2147483646", "Global", "Security"),
        (b"-2147483644", "DomainLocal", "Security"),
        (b"8", "Universal", "Distribution"),
        (b"-2147483643", "DomainLocal", "Security"),
    ],
)
def test_scope_and_category_are_read_from_group_type(schema, directory, kind, scope, category):
    group = built(directory, Request.of(GROUP, (), schema), groupType=[kind])
    assert (str(group.get("GroupScope")), str(group.get("GroupCategory"))) == (scope, category)


@pytest.mark.parametrize("value", [b"0", b"9223372036854775807"])
def test_never_is_no_time(schema, directory, value):
    user = built(directory, Request.of(USER, ["AccountExpirationDate"], schema), accountExpires=[value])
    assert user.get("AccountExpirationDate") is None
