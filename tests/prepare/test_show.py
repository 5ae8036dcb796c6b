"""A descriptor in words: rows, JSON and HTML."""

from __future__ import annotations

import json

from descriptors import DOMAIN, common_aces, descriptors, object_aces, odd_aces
from hypothesis import given
from hypothesis import strategies as st
from smallschema import LAST_SET, MEMBER, RESET, RESTRICTIONS, SCHEMA, USER

from jcad.model import DistinguishedName
from jcad.model.descriptor import SecurityDescriptor
from jcad.prepare.inheritance import Ancestor
from jcad.prepare.show import COLUMNS, Shown, as_html, show

DN = DistinguishedName.parse("OU=<b>Sales</b>,DC=lab,DC=jcad,DC=test")
SYNC = DOMAIN.child(1104)
NAMES = {SYNC: "jcsync", DOMAIN.child(512): "Domain <Admins>"}


def shown(*entries: str, flags: str = "", **options) -> Shown:
    descriptor = SecurityDescriptor.from_sddl(f"O:DAD:{flags}" + "".join(entries), DOMAIN)
    return show(DN, descriptor, schema=SCHEMA, name_of=NAMES.get, **options)


def row(entry: str, **options):
    (found,) = shown(entry, **options).rows
    return found


def test_an_entry_is_told_in_words():
    told = row(f"(OA;CIIO;CR;{RESET};{USER};{SYNC})")
    assert told.cells == (
        "jcsync",
        "allow",
        "Reset Password",
        "user",
        "",
        "all below",
        "",
        "says nothing of this object itself",
    )


def test_rights_have_the_words_that_people_use():
    cases = {
        f"(A;;GA;;;{SYNC})": (("full control",), "all"),
        f"(OA;;RPWP;{LAST_SET};;{SYNC})": (("read", "write"), "pwdLastSet"),
        f"(OA;;WP;{RESTRICTIONS};;{SYNC})": (("write",), "Account Restrictions (2 properties)"),
        f"(A;;RP;;;{SYNC})": (("read",), "all"),
        f"(OA;;CCDC;{USER};;{SYNC})": (("create user objects", "delete user objects"), ""),
        f"(A;;CC;;;{SYNC})": (("create objects of every class",), ""),
        f"(A;;CRSDWD;;;{SYNC})": (("all extended rights", "delete", "change permissions"), ""),
        f"(OA;;SW;{MEMBER};;{SYNC})": (("validated write Add/Remove self as member",), ""),
        f"(A;;0x2000000;;;{SYNC})": (("0x2000000",), ""),
    }
    for entry, expected in cases.items():
        told = row(entry)
        assert (told.rights, told.attribute) == expected, entry


def test_a_type_that_the_schema_lacks_is_shown_as_its_guid():
    guid = "11111111-2222-3333-4444-555555555555"
    assert row(f"(OA;;WP;{guid};;{SYNC})").attribute == guid


def test_where_it_comes_from_is_told():
    parent = DistinguishedName.parse("DC=lab,DC=jcad,DC=test")
    entry = f"(A;CI;RP;;;{SYNC})"
    above = [Ancestor(parent, SecurityDescriptor.from_sddl(f"D:{entry}"))]
    inherited = f"(A;CIID;RP;;;{SYNC})"
    assert row(inherited, above=above).comes_from == str(parent)
    assert row(inherited).comes_from == "an object above that was not found"
    assert row(entry).comes_from == ""
    default = frozenset(SecurityDescriptor.from_sddl(f"D:{entry}").dacl.aces)
    assert row(entry, defaults=default).comes_from == "the schema's default"


def test_dead_sids_second_copies_denials_and_conditions_are_remarked():
    entry = f"(D;;RP;;;{DOMAIN.child(4711)})"
    result = shown(entry, entry, f'(XA;;RP;;;{SYNC};(@User.a == "b"))')
    assert result.rows[0].remarks == ("this SID resolves to nothing",)
    assert result.rows[0].access == "deny"
    assert "stands here a second time" in result.rows[1].remarks
    assert result.rows[2].remarks == ("conditional",)


def test_the_list_as_a_whole_is_remarked_on():
    assert "protected" in shown(flags="P").remarks[0]
    disordered = shown(f"(A;;RP;;;{SYNC})", f"(D;;RP;;;{SYNC})")
    assert not disordered.canonical
    assert "canonical order" in disordered.remarks[0]
    nothing = show(DN, SecurityDescriptor(), schema=SCHEMA, name_of=NAMES.get)
    assert "everybody may do everything" in nothing.remarks[0]


def test_the_page_escapes_what_names_hold():
    page = as_html(shown("(A;;RP;;;DA)"))
    assert "Domain &lt;Admins&gt;" in page
    assert "<b>" not in page
    assert page.count("<th>") == len(COLUMNS)


@given(descriptors(st.one_of(common_aces(), object_aces(), odd_aces())))
def test_every_descriptor_can_be_shown(descriptor):
    result = show(DN, descriptor, schema=SCHEMA, name_of=NAMES.get)
    assert len(result.rows) == len(descriptor.dacl.aces if descriptor.dacl else ())
    assert json.dumps(result.document())
    assert as_html(result).count("<tr class") == len(result.rows)
    assert all(len(one.cells) == len(COLUMNS) for one in result.rows)
