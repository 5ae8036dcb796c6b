"""Attribute mapping: what a rule makes of a user, what an account holds, when they are the same, what is withheld."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sides import CONTAINER, a_sync, ad_user, cloud_side, cloud_user, directory_side

from jcad.adsync import plain_rules, rules_of
from jcad.adsync.mapping import LENGTHS, Unfit, held, shown, text_for, typed
from jcad.model import Link, LinkKind, Memory, RestrictedField
from jcad.plan import read_plan, write_plan
from jcad.settings import MappingEntry, ValueType, parse, settings_template

SEED_LIST = {
    "displayname": "displayName",
    "description": "description",
    "jobTitle": "title",
    "department": "department",
    "company": "company",
    "location": "physicalDeliveryOfficeName",
    "employeeType": "employeeType",
    "phoneNumbers.work": "telephoneNumber",
    "phoneNumbers.mobile": "mobile",
    "addresses.work.streetAddress": "streetAddress",
    "addresses.work.locality": "l",
    "addresses.work.region": "st",
    "addresses.work.postalCode": "postalCode",
    "addresses.work.country": "co",
}
"""The fields that the documentation names beside names and e-mail; the manager has tests of its own."""


def rule(field="jobTitle", domain="lab.jcad.test", **entry):
    (one,) = rules_of({field: [MappingEntry(**{"to": "title", **entry})]}, domain)
    return one


def rules(**entries):
    return rules_of({field: [MappingEntry(**entry)] for field, entry in entries.items()}, "lab.jcad.test")


def linked(user, account, **values):
    return Link(**{"kind": LinkKind.USER, "cloud_id": user.id, "guid": account.guid, "name": user.username, **values})


def plan_of(users, accounts, mapping, pairs=(), **options):
    users = list(users)
    memory = Memory(links={user.id: linked(user, account) for user, account in pairs}, managed_before=bool(pairs))
    sync = a_sync(cloud_side(users), directory_side(accounts), memory, mapping=mapping, **options)
    return sync.plan()


def changes(plan, user):
    return {
        change.attribute: (change.old, change.new)
        for action in plan.actions
        if action.id in {f"set-attributes:{user.id}", f"set-references:{user.id}"}
        for change in action.changes
    }


def withheld(plan):
    return {finding.rule for finding in plan.findings}


# ---- what a rule makes of a user -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transforms", "text"),
    [
        (["trim"], "Head  of Tools"),
        (["trim", "collapse"], "Head of Tools"),
        (["collapse", "upper"], "HEAD OF TOOLS"),
        (["lower"], "  head  of tools "),
        ("digits", ""),
    ],
)
def test_transforms_are_applied_in_their_order(transforms, text):
    user = cloud_user("ann", attributes={"jobTitle": "  Head  of Tools "})
    assert text_for(user, rule(transform=transforms)) == text


def test_digits_keeps_a_telephone_number_and_ascii_takes_accents_off():
    user = cloud_user("ann", attributes={"phoneNumbers.work": "+41 (44) 123-45", "location": "Z\u00fcrich, Rh\u00f4ne"})
    assert text_for(user, rule("phoneNumbers.work", transform="digits")) == "+414412345"
    assert text_for(user, rule("location", transform="ascii")) == "Zurich, Rhone"


def test_truncate_cuts_at_what_the_attribute_takes_and_never_through_a_character():
    user = cloud_user("ann", attributes={"jobTitle": "\U0001f600" * 100})
    text = text_for(user, rule(transform="truncate"))
    assert text == "\U0001f600" * 64
    assert typed(text, rule()) == text
    with pytest.raises(Unfit, match="200 characters, Active Directory takes 128"):
        typed("\U0001f600" * 100, rule())


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{firstname} {lastname}", "Mary Jones"),
        ("{firstname:1}{lastname:1}", "MJ"),
        ("{lastname}, {firstname} ({department})", ""),
        ("{username}@{domain}", "mary@lab.jcad.test"),
        ("{{{username}}}", "{mary}"),
        ("Made in JumpCloud", "Made in JumpCloud"),
    ],
)
def test_a_template_puts_fields_together_and_is_empty_where_one_is(template, text):
    user = cloud_user("mary", firstname="Mary", lastname="Jones")
    assert text_for(user, rule(template=template)) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_a_field_holds_is_never_read_as_a_template(first, last):
    user = cloud_user("mary", firstname=first, lastname=last)
    expected = f"{first}-{last}" if first and last else ""
    assert text_for(user, rule(template="{firstname}-{lastname}")) == expected


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", " 0756 ", 756),
        ("integer", "-1", -1),
        ("boolean", "Yes", True),
        ("boolean", "false", False),
        ("multi", "b; a;;b", ("a", "b")),
        ("dn", "cn=A\\2c B , DC=x", "cn=A\\, B,DC=x"),
    ],
)
def test_text_becomes_what_the_attribute_takes(kind, text, value):
    assert typed(text, rule(type=kind)) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("integer", "1.5", "not-a-number"),
        ("integer", "\u00bd", "not-a-number"),
        ("integer", str(1 << 63), "not-a-number"),
        ("boolean", "perhaps", "not-a-truth-value"),
        ("dn", "nobody", "not-a-name"),
        ("dn", " ", "not-a-name"),
        ("text", "x" * 129, "too-long"),
    ],
)
def test_what_the_attribute_cannot_take_is_told(kind, text, says):
    with pytest.raises(Unfit) as caught:
        typed(text, rule(type=kind))
    assert caught.value.rule == says


@given(st.text(), st.sampled_from(list(ValueType)))
def test_any_text_is_of_a_type_or_refused_with_a_reason(text, kind):
    try:
        value = typed(text, rule(type=kind))
    except Unfit as why:
        assert why.reason  # noqa: PT017  - either way is right, and this is what is to hold of the second
    else:
        assert shown(value) is not None


@given(st.sampled_from([("TRUE", True), ("FALSE", False)]))
def test_truth_is_spelt_as_ldap_spells_it(pair):
    text, value = pair
    account = ad_user("ann", attributes={"msnpallowdialin": text})
    assert held(account, "msNPAllowDialin", ValueType.BOOLEAN) is value
    assert shown(value) == text


def test_the_limits_are_in_the_spelling_in_which_they_are_looked_up():
    assert all(name == name.lower() for name in LENGTHS)


# ---- alignment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "attribute"), SEED_LIST.items())
def test_each_field_of_the_documentation_is_given_aligned_and_then_left_alone(field, attribute):
    """Given to a new account, aligned on one that has another value, untouched on one that has this one."""
    own = {"displayname": "A value"} if field == "displayname" else {"attributes": {field: "A value"}}
    ann, mapping = cloud_user("ann", **own), plain_rules({field: attribute})
    (created,) = plan_of([ann], [], mapping).actions
    assert created.item["attributes"] == {attribute: "A value"}
    lower = attribute.lower()
    other = {"display_name": "Old"} if lower == "displayname" else {"attributes": {lower: "Old"}}
    account = ad_user("ann", **other)
    assert changes(plan_of([ann], [account], mapping, [(ann, account)]), ann) == {attribute: ("Old", "A value")}
    right = {"display_name": "A value"} if lower == "displayname" else {"attributes": {lower: "A value"}}
    account = ad_user("ann", **right)
    assert not plan_of([ann], [account], mapping, [(ann, account)]).actions


def test_numbers_and_truth_are_compared_as_what_they_are():
    mapping = rules(
        employeeIdentifier={"to": "countryCode", "type": "integer"},
        costCenter={"to": "msNPAllowDialin", "type": "boolean"},
    )
    ann = cloud_user("ann", attributes={"employeeIdentifier": "0040", "costCenter": "yes"})
    same = ad_user("ann", attributes={"countrycode": "40", "msnpallowdialin": "TRUE"})
    assert not plan_of([ann], [same], mapping, [(ann, same)]).actions
    other = ad_user("ann", attributes={"countrycode": "41", "msnpallowdialin": "FALSE"})
    plan = plan_of([ann], [other], mapping, [(ann, other)])
    (action,) = plan.actions
    assert action.item["set"] == {"countryCode": 40, "msNPAllowDialin": True}
    assert action.expected == {"countryCode": 41, "msNPAllowDialin": False}
    assert changes(plan, ann) == {"countryCode": ("41", "40"), "msNPAllowDialin": ("FALSE", "TRUE")}
    assert read_plan(write_plan(plan)).actions == plan.actions


def test_several_fields_fill_one_attribute_and_order_does_not_matter():
    entry = {"to": "otherTelephone", "type": "multi"}
    mapping = rules_of({"phoneNumbers.home": [MappingEntry(**entry)], "phoneNumbers.work": [MappingEntry(**entry)]}, "")
    ann = cloud_user("ann", attributes={"phoneNumbers.home": "2", "phoneNumbers.work": "1"})
    same = ad_user("ann", attributes={"othertelephone": "2"}, several={"othertelephone": ("2", "1")})
    assert not plan_of([ann], [same], mapping, [(ann, same)]).actions
    one = ad_user("ann", attributes={"othertelephone": "3"})
    plan = plan_of([ann], [one], mapping, [(ann, one)])
    assert plan.actions[0].item["set"] == {"otherTelephone": ("1", "2")}
    assert plan.actions[0].expected == {"otherTelephone": ("3",)}
    assert changes(plan, ann) == {"otherTelephone": ('["3"]', '["1", "2"]')}


def test_a_text_is_not_written_over_several_values():
    ann = cloud_user("ann", attributes={"jobTitle": "x"})
    account = ad_user("ann", attributes={"url": "a"}, several={"url": ("a", "b")})
    plan = plan_of([ann], [account], plain_rules({"jobTitle": "url"}), [(ann, account)])
    assert withheld(plan) == {"several-values"}


def test_empty_clears_only_when_the_settings_say_so():
    mapping = rules(employeeIdentifier={"to": "countryCode", "type": "integer"})
    ann, account = cloud_user("ann"), ad_user("ann", attributes={"countrycode": "40"})
    assert not plan_of([ann], [account], mapping, [(ann, account)]).actions
    (action,) = plan_of([ann], [account], mapping, [(ann, account)], clear_empty=True).actions
    assert action.item == {"set": {}, "clear": ("countryCode",)}


@pytest.mark.parametrize(("when", "given", "aligned"), [("create", 1, 0), ("update", 0, 1), ("both", 1, 1)])
def test_a_rule_holds_for_new_accounts_for_those_that_are_there_or_for_both(when, given, aligned):
    mapping = rules(jobTitle={"to": "title", "when": when})
    ann, account = cloud_user("ann", attributes={"jobTitle": "x"}), ad_user("ann")
    assert len(plan_of([ann], [], mapping).actions[0].item["attributes"]) == given
    assert len(plan_of([ann], [account], mapping, [(ann, account)]).actions) == aligned


# ---- what is Active Directory's --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "owned"),
    [("jobTitle", "jobTitle"), ("phoneNumbers.work", "phoneNumbers"), ("addresses.work.locality", "addresses")],
)
def test_a_restricted_field_is_left_to_active_directory_with_all_its_parts(field, owned):
    ann = cloud_user("ann", attributes={field: "x"}, restricted=(RestrictedField(owned, "active_directory"),))
    account = ad_user("ann")
    plan = plan_of([ann], [account], plain_rules({field: "title"}), [(ann, account)])
    assert withheld(plan) == {"owned-by-ad"}
    assert not plan.actions


def test_a_template_is_withheld_when_one_of_its_fields_is_active_directorys():
    mapping = rules(displayname={"to": "displayName", "template": "{firstname} {lastname}"})
    ann, account = cloud_user("ann", restricted=(RestrictedField("lastname", "active_directory"),)), ad_user("ann")
    assert withheld(plan_of([ann], [account], mapping, [(ann, account)])) == {"owned-by-ad"}


@pytest.mark.parametrize("kind", ["scim", "federated_identity_provider"])
def test_what_another_source_owns_is_jumpclouds_to_active_directory(kind):
    ann = cloud_user("ann", attributes={"jobTitle": "x"}, restricted=(RestrictedField("jobTitle", kind),))
    account = ad_user("ann")
    assert plan_of([ann], [account], plain_rules({"jobTitle": "title"}), [(ann, account)]).actions


def test_what_another_instance_of_the_organisation_owns_is_jumpclouds_here():
    account = ad_user("ann")
    for source, written in (("other", True), ("instance", False), ("", False), ("unknown", False)):
        owner = RestrictedField("jobTitle", "active_directory", source)
        ann = cloud_user("ann", attributes={"jobTitle": "x"}, restricted=(owner,))
        cloud = replace(cloud_side([ann]), other_instances=frozenset({"other"}))
        memory = Memory(links={ann.id: linked(ann, account)}, managed_before=True)
        plan = a_sync(cloud, directory_side([account]), memory, mapping={"jobTitle": "title"}).plan()
        assert bool(plan.actions) is written, source


# ---- managers --------------------------------------------------------------------------------------------------------

MANAGED = plain_rules({"manager": "manager"})


def test_a_manager_is_the_name_of_their_account():
    boss, account = cloud_user("boss"), ad_user("boss", cn="The Boss, CEO", rid=5001)
    ann, hers = cloud_user("ann", attributes={"manager": boss.id}), ad_user("ann")
    pairs = [(boss, account), (ann, hers)]
    plan = plan_of([boss, ann], [account, hers], MANAGED, pairs)
    assert changes(plan, ann) == {"manager": (None, "CN=The Boss\\, CEO,OU=JumpCloud,DC=lab,DC=jcad,DC=test")}
    there = ad_user("ann", attributes={"manager": "cn=the boss\\2C ceo,ou=jumpcloud,dc=lab,dc=jcad,dc=test"})
    assert not plan_of([boss, ann], [account, there], MANAGED, [(boss, account), (ann, there)]).actions


def test_a_new_account_is_given_a_manager_who_is_there():
    boss, account = cloud_user("boss"), ad_user("boss")
    ann = cloud_user("ann", attributes={"manager": boss.id})
    plan = plan_of([boss, ann], [account], MANAGED, [(boss, account)])
    assert plan.by_id[f"create-user:{ann.id}"].item["attributes"] == {"manager": str(account.dn)}


def test_a_manager_who_is_created_in_the_same_plan_is_set_afterwards():
    boss = cloud_user("boss")
    ann, bob = (cloud_user(name, attributes={"manager": boss.id, "jobTitle": "x"}) for name in ("ann", "bob"))
    account = ad_user("bob")
    mapping = (*MANAGED, *plain_rules({"jobTitle": "title"}))
    plan = plan_of([boss, ann, bob], [account], mapping, [(bob, account)])
    later = plan.by_id[f"set-references:{ann.id}"]
    assert later.needs == (f"create-user:{ann.id}", f"create-user:{boss.id}")
    assert later.item["set"] == {"manager": str(CONTAINER.child("CN", "boss"))}
    assert later.wave > plan.by_id[f"create-user:{boss.id}"].wave
    assert plan.by_id[f"set-references:{bob.id}"].needs == (f"create-user:{boss.id}",)
    assert plan.by_id[f"set-attributes:{bob.id}"].item["set"] == {"title": "x"}


def test_two_who_manage_each_other_are_planned():
    ann = cloud_user("ann", attributes={"manager": "id-bob"})
    bob = cloud_user("bob", attributes={"manager": "id-ann"})
    plan = plan_of([ann, bob], [], MANAGED)
    assert {action.id for action in plan.actions} == {
        "create-user:id-ann", "create-user:id-bob", "set-references:id-ann", "set-references:id-bob",
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["gone", "unbound", "refused"])
def test_a_manager_without_an_account_is_reported_and_the_rest_is_written(reason):
    boss = cloud_user("boss", firstname="" if reason == "refused" else "First")
    ann, account = cloud_user("ann", attributes={"manager": boss.id, "jobTitle": "x"}), ad_user("ann")
    users = [ann] if reason == "gone" else [ann, boss]
    cloud = cloud_side(users, bound=[ann.id] if reason == "unbound" else None)
    memory = Memory(links={ann.id: linked(ann, account)}, managed_before=True)
    mapping = (*MANAGED, *plain_rules({"jobTitle": "title"}))
    plan = a_sync(cloud, directory_side([account]), memory, mapping=mapping).plan()
    assert changes(plan, ann) == {"title": (None, "x")}
    assert "no-manager" in {finding.rule for finding in plan.findings if finding.cloud == ann.id}


# ---- from the settings -----------------------------------------------------------------------------------------------


def test_the_rules_of_the_settings_are_those_of_the_plan():
    text = settings_template() + '\n[sync.mapping]\nmanager = "manager"\nemail = []\n'
    found = rules_of(parse(text, "x").sync.mapping, "corp.example")
    assert [(one.to, one.type.value, one.fields) for one in found] == [
        ("givenName", "text", ("firstname",)),
        ("sn", "text", ("lastname",)),
        ("manager", "dn", ("manager",)),
    ]


def test_a_name_of_an_attribute_is_compared_without_its_case():
    ann = cloud_user("ann", attributes={"jobTitle": "x"})
    account = ad_user("ann", attributes={"title": "x"})
    assert not plan_of([ann], [account], plain_rules({"jobTitle": "TITLE"}), [(ann, account)]).actions
