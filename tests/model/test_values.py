"""The model: names, SIDs, secrets, passwords, protection."""

from __future__ import annotations

import copy
import json
import pickle
import random
from uuid import uuid4

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sides import DOMAIN, DOMAIN_SID, ad_group, ad_user

from jcad.errors import SecretInScript
from jcad.model import (
    DistinguishedName,
    Protection,
    Secret,
    Sid,
    fold,
    generate,
    group_name_refusal,
    protected_through_membership,
    replaced_sam,
    username_refusal,
)

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1)


# ---- distinguished names ---------------------------------------------------------------------------------------------


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_any_values_survive_a_distinguished_name(values):
    name = DistinguishedName(())
    for value in values:
        name = name.child("CN", value)
    again = DistinguishedName.parse(str(name))
    assert [rdn.value for rdn in again.rdns] == [rdn.value for rdn in name.rdns]
    assert again == name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("CN=Smith\\, John,DC=x", "Smith, John"),
        ("CN=\\#1,DC=x", "#1"),
        ("CN=\\ edge\\ ,DC=x", " edge "),
        ("CN=a\\2Cb,DC=x", "a,b"),
        ("CN=\\E6\\B8\\A1,DC=x", "渡"),
        ('CN="Smith, John",DC=x', "Smith, John"),
        ("CN= spaced  ,DC=x", "spaced"),
        ("CN=a\\\\b,DC=x", "a\\b"),
        ("CN=line\\0Dend,DC=x", "line\rend"),
    ],
)
def test_every_way_of_escaping_is_read(text, value):
    assert DistinguishedName.parse(text).name == value


@pytest.mark.parametrize("text", ["CN", "=x", "CN=a\\", 'CN="a', "CN=\\ff,DC=x", "no equals,DC=x", "CN=#zz"])
def test_what_is_no_distinguished_name_is_refused(text):
    with pytest.raises(ValueError, match=r"distinguished name|part of"):
        DistinguishedName.parse(text)


@given(st.text())
def test_any_text_is_a_distinguished_name_or_a_value_error(text):
    try:
        name = DistinguishedName.parse(text)
    except ValueError:
        return
    assert DistinguishedName.parse(str(name)) == name


def test_jumpclouds_spelling_of_a_domain_is_understood():
    assert DistinguishedName.parse("DC=lab;DC=jcad;DC=test") == DOMAIN


def test_names_are_compared_without_case():
    one, other = DistinguishedName.parse("cn=A,dc=X"), DistinguishedName.parse("CN=a,DC=x")
    assert one == other
    assert hash(one) == hash(other)


def test_being_under_a_container_is_not_a_matter_of_text():
    container = DistinguishedName.parse("OU=People,DC=x")
    assert DistinguishedName.parse("CN=a,OU=Sub,ou=people,DC=x").is_under(container)
    assert not DistinguishedName.parse("CN=a,OU=Other People,DC=x").is_under(container)
    assert not DistinguishedName.parse("CN=a\\,OU=People,DC=x").is_under(container)
    assert not container.is_under(container)


# ---- SIDs ------------------------------------------------------------------------------------------------------------


@given(st.integers(0, (1 << 48) - 1), st.lists(st.integers(0, (1 << 32) - 1), max_size=15))
def test_any_sid_survives_its_text_and_its_bytes(authority, parts):
    sid = Sid(authority, tuple(parts))
    assert Sid.parse(str(sid)) == sid
    assert Sid.from_bytes(sid.to_bytes()) == sid


@given(st.binary())
def test_any_bytes_are_a_sid_or_a_value_error(raw):
    try:
        assert Sid.from_bytes(raw).to_bytes() == raw
    except ValueError:
        return


@pytest.mark.parametrize("text", ["", "S-1", "S-2-5", "S-1-5-x", "S-1-5-4294967296", "S-1-281474976710656"])
def test_what_is_no_sid_is_refused(text):
    with pytest.raises(ValueError, match="not a security identifier"):
        Sid.parse(text)


def test_relative_identifiers():
    assert DOMAIN_SID.child(512).rid == 512
    assert DOMAIN_SID.child(512).domain == DOMAIN_SID
    assert Sid.parse("S-1-5-32-544").is_builtin


# ---- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "leak",
    [
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret:>20}",
        json.dumps,
        pickle.dumps,
        copy.deepcopy,
        lambda secret: jinja2.Environment(autoescape=True).from_string("{{ x }}").render(x=secret),
        lambda secret: "%s" % secret,  # noqa: UP031  - one more way in which it might leak
        hash,
    ],
)
def test_a_secret_refuses_to_become_text(leak):
    with pytest.raises((SecretInScript, TypeError)) as caught:
        leak(Secret("Tr0ub4dor"))
    assert "Tr0ub4dor" not in str(caught.value)


def test_a_traceback_shows_no_secret():
    assert "Tr0ub4dor" not in repr(Secret("Tr0ub4dor"))
    assert "Tr0ub4dor" not in repr([Secret("Tr0ub4dor")])


def test_secrets_are_compared_by_their_text():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [("José", "jose"), ("ZOË", "zoe"), ("Ｆｕｌｌ", "full"), ("straße", "STRASSE")]
)
def test_windows_takes_these_for_one_name(one, other):
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(name):
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    "name", ["x" * 21, "a/b", "a@b?", "dot.", " edge", "edge ", "", "  ", "tab\there", "\U00020bb7" * 11]
)
def test_usernames_that_windows_refuses(name):
    assert username_refusal(name)


@pytest.mark.parametrize("name", ["o'brien", "x" * 20, "渡辺", "a b", "a.b", "#x", "\U00020bb7" * 10])
def test_usernames_that_windows_takes(name):
    assert username_refusal(name) is None


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=64))
def test_a_replaced_name_is_one_that_windows_takes(name):
    replaced = replaced_sam(name)
    if replaced and len(replaced.encode("utf-16-le")) // 2 <= 64:
        assert group_name_refusal(replaced) is None


# ---- passwords -------------------------------------------------------------------------------------------------------


@given(st.integers(), st.text(min_size=1, max_size=8))
def test_a_generated_password_meets_any_policy_and_holds_no_name(seed, name):
    choose = random.Random(seed).choice
    text = generate(choose, (name, "Ann-Marie O'Brien")).reveal()
    assert len(text) == 120
    assert any(char.islower() for char in text)
    assert any(char.isupper() for char in text)
    assert any(char.isdigit() for char in text)
    assert any(not char.isalnum() for char in text)
    for part in ("ann", "marie", "o'brien"):
        assert part not in text.casefold()


# ---- protection ------------------------------------------------------------------------------------------------------


def test_protection_goes_through_nesting_and_primary_groups():
    direct, deep, primary, free = (ad_user(name, rid=4000 + number) for number, name in enumerate("abcd"))
    primary = ad_user("c", rid=4002, primary_group=512)
    inner = ad_group("inner", deep, rid=2001)
    middle = ad_group("middle", rid=2002, members=(inner.dn,))
    admins = ad_group("Domain Admins", rid=512, members=(direct.dn, middle.dn))
    ordinary = ad_group("Domain Users", rid=513, members=(free.dn,))
    objects = [direct, deep, primary, free, inner, middle, admins, ordinary]
    guids = {one.dn: one.guid for one in objects}
    reasons = protected_through_membership([inner, middle, admins, ordinary], [direct, deep, primary, free], guids.get)
    assert set(reasons) == {direct.guid, deep.guid, primary.guid, inner.guid, middle.guid}
    assert "through inner" in reasons[deep.guid]


def test_groups_nested_in_a_circle_end():
    first = ad_group("first", rid=2001)
    second = ad_group("second", rid=2002, members=(first.dn,))
    first = ad_group("first", rid=2001, members=(second.dn,))
    admins = ad_group("Domain Admins", rid=512, members=(first.dn,))
    guids = {one.dn: one.guid for one in (first, second, admins)}
    assert set(protected_through_membership([first, second, admins], [], guids.get)) == {first.guid, second.guid}


def test_an_ordinary_user_is_not_protected():
    protection = Protection(reasons={uuid4(): "it is in Domain Admins"})
    assert protection.of_user(ad_user("ann")) is None
    assert protection.of_group(ad_group("Sales")) is None
