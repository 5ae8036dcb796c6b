import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import parse_dn

from jcad.lab.windows import dn

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@given(NAMES, NAMES)
def test_an_escaped_name_stays_one_part(name, other):
    whole = f"CN={dn.escape(name)},OU={dn.escape(other)},DC=lab"
    assert dn.split(whole) == [f"CN={dn.escape(name)}", f"OU={dn.escape(other)}", "DC=lab"]
    assert dn.parent(whole) == f"OU={dn.escape(other)},DC=lab"


@pytest.mark.parametrize(
    "name", ["Müller, Jörg", 'say "hi"', "back\\slash", "a+b=c", "#1", " leading", "trailing ", "<x>;y", "渡辺"]
)
def test_another_parser_reads_back_the_name(name):
    ((attribute, value, _), *_) = parse_dn(f"CN={dn.escape(name)},DC=lab")
    assert attribute == "CN"
    assert (
        value.replace("\\,", ",")
        .replace('\\"', '"')
        .replace("\\+", "+")
        .replace("\\=", "=")
        .replace("\\#", "#")
        .replace("\\ ", " ")
        .replace("\\<", "<")
        .replace("\\>", ">")
        .replace("\\;", ";")
        .replace("\\\\", "\\")
        == name
    )


@pytest.mark.parametrize(
    ("text", "is_dn"),
    [
        ("CN=a,DC=lab", True),
        ("cn = a , dc = lab", True),
        ("OU=x", True),
        ("jane", False),
        ("a=b", False),
        ("LAB\\jane", False),
    ],
)
def test_what_is_taken_for_a_dn(text, is_dn):
    assert dn.looks_like_dn(text) is is_dn


def test_a_dn_is_below_another_whatever_its_case_and_spaces():
    assert dn.is_below("CN=a, OU=Users,DC=Lab", "ou=users,dc=lab")
    assert dn.is_below("OU=Users,DC=lab", "OU=users, DC=lab")
    assert not dn.is_below("OU=NotUsers,DC=lab", "OU=Users,DC=lab")
    assert not dn.is_below("CN=a\\,OU=Users,DC=lab", "OU=Users,DC=lab")


def test_a_dn_with_a_part_that_is_no_pair_is_not_well_formed():
    assert dn.is_well_formed("OU=a,DC=b")
    assert not dn.is_well_formed("OU=a,DC-b")
    assert not dn.is_well_formed("OU=,DC=b")
