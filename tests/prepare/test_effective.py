"""The access check, rule by rule; held against a real directory in the integration tests."""

from __future__ import annotations

import pytest
from descriptors import DOMAIN
from smallschema import CONTROL, LAST_SET, RESET, RESTRICTIONS, SCHEMA, UNIT, USER

from jcad.model import DistinguishedName
from jcad.model.descriptor import AccessMask, Acl, SecurityDescriptor
from jcad.prepare import effective
from jcad.prepare.effective import How, Permissions
from jcad.prepare.inheritance import Ancestor, handed_down, origin
from jcad.prepare.token import ADMINISTRATORS, ALWAYS, AUTHENTICATED_USERS, PRE_WINDOWS_2000, Privilege, Token

SYNC = DOMAIN.child(1104)
GROUP_OF_SYNC = DOMAIN.child(1200)
MARY = DOMAIN.child(1300)
TOKEN = Token.of(SYNC, [GROUP_OF_SYNC])
RESET_PASSWORD = effective.control(SCHEMA, "Reset Password")
WRITE_LAST_SET = effective.write(SCHEMA, "pwdLastSet", "user")


def sd(text: str) -> SecurityDescriptor:
    return SecurityDescriptor.from_sddl(text, DOMAIN)


def ask(text: str, question: effective.Question, token: Token = TOKEN, own=MARY, **options: bool) -> effective.Answer:
    return Permissions(sd(text), token, own, **options).ask(question)


def test_an_extended_right_is_granted_by_its_guid_by_all_of_them_and_by_full_control():
    for entry in (f"(OA;;CR;{RESET};;{SYNC})", f"(A;;CR;;;{SYNC})", f"(A;;GA;;;{SYNC})", f"(OA;;GA;;{USER};{SYNC})"):
        answer = ask(f"D:{entry}", RESET_PASSWORD)
        assert (answer.granted, answer.how, answer.entries) == (True, How.ALLOWED, (0,)), entry
    for entry in (f"(OA;;CR;{LAST_SET};;{SYNC})", f"(OA;;WP;{RESET};;{SYNC})", f"(OA;CIIO;CR;{RESET};;{SYNC})"):
        assert ask(f"D:{entry}", RESET_PASSWORD).how is How.NOT_GRANTED, entry


def test_an_attribute_is_granted_by_its_guid_its_set_its_class_and_by_all_of_them():
    for kind in (LAST_SET, RESTRICTIONS, USER, ""):
        assert ask(f"D:(OA;;WP;{kind};;{SYNC})", WRITE_LAST_SET).granted, kind
    for kind in (CONTROL, UNIT, RESET):
        assert not ask(f"D:(OA;;WP;{kind};;{SYNC})", WRITE_LAST_SET).granted, kind


def test_the_first_entry_that_speaks_of_the_right_decides():
    allow, deny = f"(OA;;WP;{LAST_SET};;{SYNC})", f"(D;;WP;;;{GROUP_OF_SYNC})"
    assert ask(f"D:{allow}{deny}", WRITE_LAST_SET).granted
    answer = ask(f"D:{deny}{allow}", WRITE_LAST_SET)
    assert (answer.granted, answer.how, answer.entries) == (False, How.DENIED, (0,))


def test_groups_and_everybodys_groups_speak_for_the_account():
    for sid in (str(GROUP_OF_SYNC), "WD", "AU", "NU"):
        assert ask(f"D:(A;;CR;;;{sid})", RESET_PASSWORD).granted, sid
    assert not ask("D:(A;;CR;;;RU)", RESET_PASSWORD).granted
    holds = {AUTHENTICATED_USERS: [PRE_WINDOWS_2000], PRE_WINDOWS_2000: [DOMAIN.child(4000)]}
    token = Token.of(SYNC, [], lambda sid: holds.get(sid, ()))
    assert {PRE_WINDOWS_2000, DOMAIN.child(4000), SYNC} | ALWAYS == token.sids


def test_groups_in_a_circle_end():
    circle = {GROUP_OF_SYNC: [MARY], MARY: [GROUP_OF_SYNC]}
    assert Token.of(SYNC, [GROUP_OF_SYNC], lambda sid: circle.get(sid, ())).sids == {SYNC, GROUP_OF_SYNC, MARY} | ALWAYS


def test_self_is_the_account_whose_object_it_is():
    assert not ask("D:(A;;CR;;;PS)", RESET_PASSWORD).granted
    assert ask("D:(A;;CR;;;PS)", RESET_PASSWORD, own=SYNC).granted
    assert ask("D:(A;;CR;;;PS)", RESET_PASSWORD, own=GROUP_OF_SYNC).granted
    assert not ask("D:(A;;CR;;;PS)", RESET_PASSWORD, own=None).granted


WRITE_DAC = effective.on_object(AccessMask.WRITE_DAC)
READ_CONTROL = effective.on_object(AccessMask.READ_CONTROL)


def test_the_owner_may_read_and_change_the_permissions():
    for question in (WRITE_DAC, READ_CONTROL):
        answer = ask(f"O:{SYNC}D:(D;;GA;;;{SYNC})", question)
        assert (answer.granted, answer.how) == (True, How.OWNER)
        assert not ask(f"O:{MARY}D:", question).granted
    assert ask(f"O:{GROUP_OF_SYNC}D:", WRITE_DAC).granted
    assert not ask(f"O:{SYNC}D:", effective.on_object(AccessMask.WRITE_OWNER)).granted


def test_owner_rights_say_what_the_owner_has_instead():
    """MS-DTYP 2.5.3.2: an entry for S-1-3-4 that holds here takes the implied rights away, and gives what it says."""
    assert not ask(f"O:{SYNC}D:(A;;RC;;;OW)", WRITE_DAC).granted
    assert ask(f"O:{SYNC}D:(A;;RC;;;OW)", READ_CONTROL).how is How.ALLOWED
    assert ask(f"O:{SYNC}D:(A;;CR;;;OW)", RESET_PASSWORD).granted
    assert not ask(f"O:{MARY}D:(A;;CR;;;OW)", RESET_PASSWORD).granted
    assert ask(f"O:{SYNC}D:(A;CIIO;RC;;;OW)", WRITE_DAC).how is How.OWNER
    assert ask(f"O:{SYNC}D:(A;;RC;;;OW)", WRITE_DAC, owner_rights=False).how is How.OWNER


def test_creator_owner_speaks_to_nobody_where_it_stands():
    assert not ask(f"O:{SYNC}D:(A;CI;CR;;;CO)", RESET_PASSWORD).granted


def test_privileges_matter_for_the_owner_and_the_audit_list():
    admin = Token.of(SYNC, [ADMINISTRATORS])
    assert admin.privileges == frozenset(Privilege)
    for mask in (AccessMask.WRITE_OWNER, AccessMask.ACCESS_SYSTEM_SECURITY):
        assert ask("D:", effective.on_object(mask), admin).how is How.PRIVILEGE
        assert not ask("D:", effective.on_object(mask)).granted
    assert not ask(f"D:(A;;AS;;;{SYNC})", effective.on_object(AccessMask.ACCESS_SYSTEM_SECURITY)).granted


def test_no_list_and_a_null_one_allow_everything_and_an_empty_one_nothing():
    assert ask(f"O:{MARY}", RESET_PASSWORD).how is How.NO_LIST
    assert ask("D:NO_ACCESS_CONTROL", RESET_PASSWORD).how is How.NO_LIST
    answer = ask("D:", RESET_PASSWORD)
    assert (answer.how, answer.missing) == (How.NOT_GRANTED, 0x100)


def test_reading_a_confidential_attribute_takes_two_rights():
    question = effective.read(SCHEMA, "msTPM-OwnerInformation", "user")
    answer = ask(f"D:(A;;RP;;;{SYNC})", question)
    assert (answer.granted, answer.missing) == (False, 0x100)
    both = ask(f"D:(A;;RP;;;{SYNC})(A;;CR;;;AU)", question)
    assert (both.granted, both.entries) == (True, (0, 1))


def test_a_condition_is_not_evaluated_and_makes_the_answer_uncertain():
    text = f'D:(XA;;CR;;;{SYNC};(@User.a == "b"))'
    answer = ask(text, RESET_PASSWORD)
    assert (answer.granted, answer.uncertain) == (False, True)
    assert not ask(text, WRITE_LAST_SET).uncertain


def test_children_are_created_and_deleted_by_class():
    for question in (effective.create(SCHEMA, "user"), effective.delete_child(SCHEMA, "user")):
        assert ask(f"D:(OA;;CCDC;{USER};;{SYNC})", question).granted
        assert not ask(f"D:(OA;;CCDC;{UNIT};;{SYNC})", question).granted
    assert ask(f"D:(A;;SD;;;{SYNC})", effective.delete(SCHEMA, "user")).granted


def test_a_validated_write_has_the_guid_of_its_attribute():
    assert ask(
        f"D:(OA;;SW;bf9679c0-0de6-11d0-a285-00aa003049e2;;{SYNC})", effective.validated_write(SCHEMA, "Self-Membership")
    ).granted


def test_names_that_the_schema_lacks_are_key_errors():
    for ask_for in (lambda: effective.write(SCHEMA, "no", "user"), lambda: effective.control(SCHEMA, "no")):
        with pytest.raises(KeyError):
            ask_for()


# Inheritance


def test_an_entry_is_handed_down_by_its_flags_and_class():
    aces = sd(f"D:(OA;CIIO;CR;{RESET};{USER};{SYNC})(A;CINP;RP;;;{SYNC})(A;;WP;;;{SYNC})").dacl.aces
    to_user = SecurityDescriptor().with_dacl(_acl(handed_down(aces, USER)))
    to_unit = SecurityDescriptor().with_dacl(_acl(handed_down(aces, UNIT)))
    assert to_user.to_sddl() == f"D:(OA;CIID;CR;{RESET};{USER};{SYNC})(A;ID;RP;;;{SYNC})"
    assert to_unit.to_sddl() == f"D:(OA;CIIOID;CR;{RESET};{USER};{SYNC})(A;ID;RP;;;{SYNC})"


def test_creator_owner_becomes_the_owner_and_stays_for_those_further_below():
    aces = handed_down(sd("D:(A;CI;GA;;;CO)").dacl.aces, USER, MARY)
    text = SecurityDescriptor().with_dacl(_acl(aces)).to_sddl()
    assert text == f"D:(A;ID;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{MARY})(A;CIIOID;GA;;;CO)"


def _acl(aces):
    return Acl(4, tuple(aces))


def test_where_an_entry_comes_from_is_the_nearest_that_has_it():
    names = [DistinguishedName.parse(text) for text in ("OU=b,OU=a,DC=x", "OU=a,DC=x", "DC=x")]
    entry = f"(OA;CIIO;CR;{RESET};{USER};{SYNC})"
    above = [
        Ancestor(names[0], sd("D:")),
        Ancestor(names[1], sd(f"D:{entry}")),
        Ancestor(names[2], sd(f"D:{entry}(A;CI;GA;;;CO)")),
    ]
    (taken,) = handed_down(above[1].descriptor.dacl.aces, USER)
    assert origin(taken, MARY, above) == names[1]
    own = handed_down(above[2].descriptor.dacl.aces, USER, MARY)[1]
    assert own.sid == MARY
    assert origin(own, MARY, above) == names[2]
    assert origin(own, SYNC, above) is None
