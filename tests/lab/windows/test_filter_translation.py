import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import LabUnsupported
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import DateTime
from jcad.lab.windows import filters
from jcad.lab.windows.adtypes import FILETIME_EPOCH
from jcad.lab.windows.failures import AdFailure
from jcad.lab.windows.filter_language import Comparison, Literal, parse
from jcad.lab.windows.filter_translation import Translation
from jcad.lab.windows.properties import GROUP, USER

GUID = uuid.UUID("6ebcc1d8-29c9-46e5-8af3-22704e282960")
MOMENT = DateTime(638_000_000_000_000_000, 2)
VARIABLES = {"true": True, "false": False, "when": MOMENT, "guid": GUID, "sid": SecurityIdentifier("S-1-5-32-544")}


def translated(text, schema, kind=USER):
    return Translation(kind, schema, lambda variable: VARIABLES[variable.name]).of(parse(text))


@pytest.mark.parametrize(
    ("text", "ldap"),
    [
        ("*", "(objectClass=*)"),
        ("Name -eq 'Jane'", "(name=Jane)"),
        ("Surname -like 'O*'", "(sn=O*)"),
        ("Surname -like '*a*b*'", "(sn=*a*b*)"),
        ("mail -like '*'", "(mail=*)"),
        ("mail -notlike '*'", "(!(mail=*))"),
        ("EmailAddress -eq 'a*b'", "(mail=a\\2ab)"),
        ("GivenName -eq 'a(b)\\5cc'", "(givenName=a\\28b\\29\\5cc)"),
        ("GivenName -ne 'x'", "(&(givenName=*)(!(givenName=x)))"),
        ("adminCount -ge 1", "(adminCount>=1)"),
        ("adminCount -lt 1", "(&(adminCount=*)(!(adminCount>=1)))"),
        ("adminCount -gt 1", "(&(adminCount=*)(!(adminCount<=1)))"),
        ("userAccountControl -band 2", "(userAccountControl:1.2.840.113556.1.4.803:=2)"),
        ("userAccountControl -bor 3", "(userAccountControl:1.2.840.113556.1.4.804:=3)"),
        ("memberOf -recursivematch 'CN=g,DC=x'", "(memberOf:1.2.840.113556.1.4.1941:=CN=g,DC=x)"),
        ("Enabled -eq $true", "(!(userAccountControl:1.2.840.113556.1.4.803:=2))"),
        ("Enabled -eq 'False'", "(userAccountControl:1.2.840.113556.1.4.803:=2)"),
        ("Enabled -ne $true", "(userAccountControl:1.2.840.113556.1.4.803:=2)"),
        ("PasswordNeverExpires -eq $true", "(userAccountControl:1.2.840.113556.1.4.803:=65536)"),
        ("a -eq 1 -and b -eq 2 -or c -eq 3", "(|(&(a=1)(b=2))(c=3))"),
        ("-not (a -eq 1)", "(!(a=1))"),
        ("SID -eq 'S-1-5-32-544'", "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\20\\02\\00\\00)"),
        ("SID -eq $sid", "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\20\\02\\00\\00)"),
        ("whenCreated -ge $when", "(whenCreated>=20220928221320.0Z)"),
        (
            "LastLogonDate -lt $when",
            f"(&(lastLogonTimestamp=*)(!(lastLogonTimestamp>={MOMENT.ticks - FILETIME_EPOCH})))",
        ),
        ("unheard -eq 'x'", "(unheard=x)"),
        ("Created -ge $when", "(whenCreated>=20220928221320.0Z)"),
        ("Created -lt '2022-09-28'", "(&(whenCreated=*)(!(whenCreated>=20220928000000.0Z)))"),
        ("Created -like '*'", "(whenCreated=*)"),
        ("LastLogonDate -ge '2022-09-28 22:13:20'", f"(lastLogonTimestamp>={MOMENT.ticks - FILETIME_EPOCH})"),
        ("LockedOut -eq $true", "(lockoutTime>=1)"),
        ("LockedOut -ne 'true'", "(!(lockoutTime>=1))"),
        ("Enabled -like '*'", "(userAccountControl=*)"),
        ("Enabled -notlike '*'", "(!(userAccountControl=*))"),
        ("Enabled -like 'true'", "(!(userAccountControl:1.2.840.113556.1.4.803:=2))"),
    ],
)
def test_a_filter_becomes_this_ldap_filter(text, ldap, schema):
    assert translated(text, schema) == filters.parse(ldap)


def test_a_guid_is_written_in_windows_byte_order(schema):
    assert translated("ObjectGUID -eq $guid", schema) == filters.equals("objectGUID", GUID.bytes_le)
    assert translated(f"ObjectGUID -eq '{GUID}'", schema) == filters.equals("objectGUID", GUID.bytes_le)


def test_a_group_is_found_by_its_scope_and_category(schema):
    assert translated("GroupScope -eq 'Global'", schema, GROUP) == filters.parse(
        "(groupType:1.2.840.113556.1.4.803:=2)"
    )
    assert translated("GroupCategory -eq 'Distribution'", schema, GROUP) == filters.parse(
        "(!(groupType:1.2.840.113556.1.4.803:=2147483648))"
    )
    assert translated("GroupScope -ne 0", schema, GROUP) == filters.parse("(!(groupType:1.2.840.113556.1.4.803:=4))")


@pytest.mark.parametrize(
    ("text", "ldap"),
    [
        ("manager -like 'CN=J*'", "(!(objectClass=*))"),
        ("DistinguishedName -notlike '*OU=x*'", "(!(objectClass=*))"),
        ("-not (manager -like 'CN=J*')", "(!(objectClass=*))"),
        ("sn -eq 'x' -or manager -like 'CN=J*'", "(|(sn=x)(!(objectClass=*)))"),
        ("-not (sn -eq 'x' -and MemberOf -like '*g*')", "(|(!(sn=x))(!(objectClass=*)))"),
        ("manager -like '*'", "(manager=*)"),
    ],
)
def test_a_part_of_a_distinguished_name_finds_nothing_nor_does_its_opposite(text, ldap, schema):
    assert translated(text, schema) == filters.parse(ldap)


def test_a_constructed_attribute_is_refused_as_the_transcript_says(schema):
    with pytest.raises(AdFailure, match="A Filter was passed that uses constructed attributes"):
        translated("createTimeStamp -eq 'x'", schema)


@pytest.mark.parametrize(
    "text", ["PasswordExpired -eq $true", "Created -gt 'x'", "Enabled -like 't*'", "Enabled -ge 1", "SID -like 'S-1-*'"]
)
def test_what_the_lab_does_not_know_is_refused_by_name(text, schema):
    with pytest.raises(LabUnsupported, match="in a -Filter"):
        translated(text, schema)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\"), max_size=30))
def test_no_value_of_eq_is_more_than_a_value(schema, value):
    """Stars, parentheses and NUL in a value match themselves: nothing in it is syntax of LDAP."""
    translation = Translation(USER, schema, lambda _: None)
    assert translation.of(Comparison("displayName", "eq", Literal(value))) == filters.equals("displayName", value)


def test_a_filter_text_without_outer_parentheses_is_taken():
    assert filters.parse("sAMAccountName=x") == filters.equals("sAMAccountName", "x")


def test_a_broken_ldap_filter_is_refused():
    with pytest.raises(filters.FilterSyntaxError):
        filters.parse("(cn=x")


def test_an_approximate_match_is_an_equal_one():
    """A domain controller takes the one for the other; Samba knows only the one."""
    assert filters.parse("(&(cn~=x)(|(!(sn~=y))(a=b)))") == filters.parse("(&(cn=x)(|(!(sn=y))(a=b)))")
