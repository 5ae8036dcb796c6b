import pytest
from hypothesis import given
from hypothesis import strategies as st
from sansldap import (
    BindRequest,
    LDAPMessage,
    LDAPResult,
    LDAPResultCode,
    PartialAttribute,
    SearchRequest,
    SearchResultDone,
    SearchResultEntry,
    asn1,
)
from sansldap._messages import PackingOptions, unpack_ldap_message

from jcad.lab.windows import ber, filters, ldap
from jcad.lab.windows.ldap import Change, ChangeKind, Control, Scope

OPTIONS = PackingOptions()


def by_another_codec(message: bytes) -> LDAPMessage:
    return unpack_ldap_message(asn1.ASN1Reader(message), OPTIONS)


def test_a_search_is_understood_by_another_codec():
    message = ldap.search(
        7,
        "OU=Leute,DC=lab",
        Scope.SUBTREE,
        filters.equals("sAMAccountName", "josé"),
        ["cn", "member"],
        controls=[ldap.paged(256, b"cookie")],
    )
    read = by_another_codec(message)
    assert isinstance(read, SearchRequest)
    assert (read.message_id, read.base_object, int(read.scope), read.attributes) == (
        7,
        "OU=Leute,DC=lab",
        2,
        ["cn", "member"],
    )
    assert str(read.filter) == "(sAMAccountName=jos\\c3\\a9)"
    (control,) = read.controls
    assert (control.control_type, control.size, control.cookie) == (ldap.PAGED, 256, b"cookie")


def test_a_sasl_bind_is_understood_by_another_codec():
    read = by_another_codec(ldap.bind_sasl(1, "GSS-SPNEGO", b"token"))
    assert isinstance(read, BindRequest)
    assert (read.version, read.authentication.mechanism, read.authentication.credentials) == (3, "GSS-SPNEGO", b"token")


@given(
    st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(["cn", "member", "objectGUID"]), st.lists(st.binary(max_size=40), min_size=1, max_size=4)
    ),
)
def test_an_entry_that_another_codec_wrote_is_read(dn, attributes):
    written = SearchResultEntry(
        3, [], dn, [PartialAttribute(name, values) for name, values in attributes.items()]
    ).pack(OPTIONS)
    answer = ldap.read_answer(bytes(written))
    assert answer.entry.dn == dn
    assert answer.entry.attributes == {name: tuple(values) for name, values in attributes.items()}


def result(text: str, code: LDAPResultCode = LDAPResultCode.CONSTRAINT_VIOLATION) -> ldap.Result:
    written = SearchResultDone(3, [], LDAPResult(code, "", text, None)).pack(OPTIONS)
    return ldap.read_answer(bytes(written)).result


def test_a_refusal_tells_the_win32_code_before_its_text():
    read = result("0000052D: Constraint violation - check_password_restrictions: the password is too short")
    assert (read.code, read.win32, read.bind_code) == (19, 1325, "")


def test_a_refused_bind_tells_its_sub_code():
    read = result("8009030C: LdapErr: DSID-0C0904DC, comment: AcceptSecurityContext error, data 52e, v1db1")
    assert read.bind_code == "52e"


def test_a_text_without_a_code_has_none():
    assert result("Entry CN=x already exists").win32 == 0


def test_a_modify_lists_its_changes_and_controls():
    message = ldap.modify(
        9,
        "CN=g",
        [Change(ChangeKind.ADD, "member", (b"CN=a", b"CN=b")), Change(ChangeKind.REPLACE, "title")],
        [Control(ldap.PERMISSIVE_MODIFY)],
    )
    outer = ber.Reader(message).inside()
    assert outer.integer() == 9
    operation = outer.inside(ldap.MODIFY_REQUEST)
    assert operation.octets() == b"CN=g"
    changes = operation.inside()
    first = changes.inside()
    assert first.integer(ber.ENUMERATED) == 0
    attribute = first.inside()
    assert attribute.octets() == b"member"
    values = attribute.inside(ber.SET)
    assert [values.octets(), values.octets()] == [b"CN=a", b"CN=b"]
    second = changes.inside()
    assert second.integer(ber.ENUMERATED) == 2
    controls = outer.inside(0xA0)
    assert controls.inside().octets() == ldap.PERMISSIVE_MODIFY.encode()


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_message_that_was_cut_off_is_refused(cut):
    written = bytes(SearchResultEntry(3, [], "CN=x", [PartialAttribute("cn", [b"x"])]).pack(OPTIONS))
    with pytest.raises(ber.BerError):
        ldap.read_answer(written[:cut])
