"""May this account do that: right by right, by which entry, and from which object it comes."""

from __future__ import annotations

from uuid import UUID

import pytest
from preparing import DOMAIN, DOMAIN_SID, ROOT, USERS

from jcad.errors import NotChecked, PlanError
from jcad.model.descriptor import SecurityDescriptor
from jcad.model.schema import ControlRight, SchemaAttribute, SchemaClass, SchemaMap
from jcad.prepare.can import Subject, actions, rights_for, rule_on
from jcad.prepare.inheritance import Ancestor
from jcad.prepare.token import Token
from jcad.prepare.words import Words, names_of

USER = UUID("bf967aba-0de6-11d0-a285-00aa003049e2")
RESET = UUID("00299570-246d-11d0-a768-00aa006e0529")
ATTRIBUTES = ("lockoutTime", "givenName", "sn", "mail", "userAccountControl", "pwdLastSet", "cn", "name")
SCHEMA = SchemaMap(
    tuple(SchemaAttribute(name, UUID(int=number)) for number, name in enumerate(ATTRIBUTES, 1)),
    (SchemaClass("user", USER, "D:(A;;RC;;;AU)"), SchemaClass("group", UUID("bf967a9c-0de6-11d0-a285-00aa003049e2"))),
    (ControlRight("User-Force-Change-Password", RESET),),
)
SYNC = DOMAIN_SID.child(1104)
TEAM = DOMAIN_SID.child(1200)
TOKEN = Token.of(SYNC, {TEAM})
WORDS = Words(names=names_of(SCHEMA), trustees={str(SYNC): "jcsync", str(TEAM): "Team"})


def descriptor(*aces):
    return SecurityDescriptor.from_sddl("D:" + "".join(aces), DOMAIN_SID)


def mary(*aces, above=()):
    return Subject(
        dn=ROOT.child("CN", "mary"),
        object_class="user",
        descriptor=descriptor(*aces),
        above=(Ancestor(ROOT, descriptor(*above)),),
    )


def rulings(subject, action):
    return {one.right: one for one in rule_on(subject, action, TOKEN, SCHEMA, WORDS)}


def test_an_inherited_entry_is_named_with_the_object_that_it_comes_from():
    explicit, inherited = f"(OA;CIIO;CR;{RESET};{USER};{TEAM})", f"(OA;CIID;CR;{RESET};{USER};{TEAM})"
    found = rulings(mary(inherited, above=(explicit,)), "reset-password")
    reset = found["ExtendedRight Reset Password on user"]
    assert (reset.granted, reset.origin) == (True, ROOT)
    assert reset.entry.startswith("Team: allow Reset Password")
    assert not found["WriteProperty lockoutTime on user"].granted


def test_a_denial_is_named():
    found = rulings(mary(f"(OD;;CR;{RESET};;{SYNC})", f"(A;;GA;;;{SYNC})"), "reset-password")
    reset = found["ExtendedRight Reset Password on user"]
    assert (reset.granted, reset.how, reset.origin) == (False, "denied by", ROOT.child("CN", "mary"))


def test_what_no_entry_grants_says_so():
    (ruling,) = rulings(mary(), "write:mail").values()
    assert (ruling.granted, ruling.how, ruling.entry, ruling.origin) == (False, "no entry grants it", "", None)


def test_creating_is_asked_of_the_container_and_of_what_the_new_object_takes_over():
    root = Subject(
        dn=ROOT, object_class="organizationalunit", above=(Ancestor(DOMAIN, descriptor()),),
        descriptor=descriptor(f"(OA;CI;CC;{USER};;{SYNC})", f"(OA;CIIO;CR;{RESET};{USER};{SYNC})"),
    )  # fmt: skip
    found = rulings(root, "create-user")
    assert found["CreateChild on user"].granted
    assert not found["CreateChild on user"].new
    reset = found["ExtendedRight Reset Password on user"]
    assert (reset.granted, reset.new, reset.origin) == (True, True, ROOT)
    assert not found["WriteProperty userAccountControl on user"].granted


def test_moving_is_asked_of_the_object_above_too():
    found = rulings(mary(above=(f"(OA;;DC;{USER};;{SYNC})",)), "move-object")
    assert (found["DeleteChild on user"].granted, found["DeleteChild on user"].on) == (True, ROOT)
    assert not found["CreateChild on user"].granted
    assert not any("on group" in right for right in found)


def test_an_action_or_a_name_that_there_is_not_is_an_error_that_lists_them():
    with pytest.raises(PlanError, match="does not know the action 'fly'") as refused:
        rights_for("fly", "user")
    assert all(name in refused.value.hint for name in actions())
    with pytest.raises(PlanError, match="no 'nothing'"):
        rulings(mary(), "write:nothing")


def test_what_is_not_done_to_such_an_object_is_not_answered():
    with pytest.raises(NotChecked, match="nothing that is done"):
        rulings(mary(), "create-group")


def test_deleting_through_the_container_needs_to_see_it():
    subject = Subject(dn=USERS.child("CN", "x"), object_class="user", descriptor=descriptor())
    with pytest.raises(NotChecked, match="above"):
        rulings(subject, "move-object")


def test_deleting_takes_delete_on_the_object_or_delete_child_above():
    (own,) = rule_on(mary(f"(A;;SD;;;{SYNC})"), "delete", TOKEN, SCHEMA, WORDS)
    assert (own.granted, own.right) == (True, "Delete on user")
    (above,) = rule_on(mary(above=(f"(OA;;DC;{USER};;{TEAM})",)), "delete", TOKEN, SCHEMA, WORDS)
    assert (above.granted, above.right, above.on) == (True, "DeleteChild on user", ROOT)
    (neither,) = rule_on(mary(above=("(A;;DC;;;RU)",)), "delete", TOKEN, SCHEMA, WORDS)
    assert (neither.granted, neither.right) == (False, "Delete on user")
