"""Preparing a domain on a lab: containers, groups, accounts, and everything that may be in their way.

The tests of this file share one lab and go in order; what one needs to be otherwise it sets past every access check.
"""

from __future__ import annotations

import json

import pytest
from preparedsite import ROOT, prepared_site, rules, told

from jcad.lab.domain.database import modify
from jcad.lab.seed import ADMINISTRATOR, ROOT_USER_CONTAINER, password_of
from jcad.model import Sid
from jcad.model.descriptor import Ace
from jcad.prepare.rules import Rule

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
OBJECTS = ("--except", "update permissions")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with prepared_site(tmp_path_factory.mktemp("prepare") / "lab") as site:
        yield site


def test_a_bare_domain_is_planned_whole(site):
    answer = site.plan(*OBJECTS)
    assert answer.code == 2, answer.err
    assert answer.kinds() == {
        "create container": 1, "create group": 2, "create account": 2, "confirm password": 2,
    }  # fmt: skip
    assert not site.exists("jcs")


def test_a_rehearsal_makes_and_keeps_nothing(site):
    answer = site.apply(*OBJECTS, "--what-if")
    assert answer.code == 0, answer.err
    assert not site.exists("jcs")
    assert not (site.lab.folder / "vault.json").exists()


def test_apply_makes_it_so_and_keeps_the_passwords(site):
    answer = site.apply(*OBJECTS, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["succeeded"]
    assert site.plan(*OBJECTS).code == 0
    assert site.jcad("secret", "check", "vault:jcs").code == 0
    assert site.jcad("secret", "check", "vault:jcs.pending").code == 1
    assert int(site.value("jcs", "userAccountControl")) == 0x10200
    assert site.value("jcs", "pwdLastSet") != "0"
    assert site.dn("JC Import").endswith(ROOT)
    assert password_of(ADMINISTRATOR) not in answer.out


# ---- what may be in the way ------------------------------------------------------------------------------------------


def test_an_account_with_other_settings_is_shown_and_changed_only_as_far_as_the_plan_says(site):
    site.set("jcs", "userAccountControl", str(0x200 | 0x2))
    site.set("jcs", "pwdLastSet", "0")
    answer = site.plan(*OBJECTS)
    assert {("jcs", "disabled"), ("jcs", "must-change-password")} <= rules(answer)
    assert answer.kinds() == {"update account": 1}
    assert site.apply(*OBJECTS).code == 0
    assert int(site.value("jcs", "userAccountControl")) == 0x10202
    assert site.plan(*OBJECTS).code == 0
    site.set("jcs", "userAccountControl", str(0x10200))
    site.set("jcs", "pwdLastSet", "-1")


def test_an_account_that_became_privileged_is_refused_with_the_group(site):
    site.change(modify(site.dn("Backup Operators"), ("add", "member", [site.dn("jcs")])))
    answer = site.plan(*OBJECTS)
    assert ("jcs", "account-privileged") in rules(answer)
    assert "Backup Operators" in answer.out
    site.change(modify(site.dn("Backup Operators"), ("delete", "member", [site.dn("jcs")])))


def test_an_account_in_the_adi_group_is_refused(site):
    site.change(modify(site.dn("JC Import"), ("add", "member", [site.dn("jci")])))
    assert ("jci", "account-in-adi-group") in rules(site.plan(*OBJECTS))
    site.change(modify(site.dn("JC Import"), ("delete", "member", [site.dn("jci")])))


def test_groups_in_jumpcloud_admins_are_reported(site):
    site.change(modify(site.dn("JC Admins"), ("add", "member", [site.dn("JC Import")])))
    assert ("JC Import", "nested-admins") in rules(site.plan(*OBJECTS))
    site.change(modify(site.dn("JC Admins"), ("delete", "member", [site.dn("JC Import")])))


def test_a_distribution_group_and_one_elsewhere_are_conflicts(site):
    site.set("JC Import", "groupType", "2")
    assert ("JC Import", "distribution-group") in rules(site.plan(*OBJECTS))
    site.set("JC Import", "groupType", "-2147483646")
    site.move("JC Import", ROOT_USER_CONTAINER)
    assert ("JC Import", "lives-elsewhere") in rules(site.plan(*OBJECTS))
    site.move("JC Import", ROOT)


def test_a_container_that_is_not_there_is_a_conflict_and_a_name_that_is_none_an_error(site):
    site.edit(json.dumps(ROOT), '"CN=Nowhere;DC=lab;DC=jcad;DC=test"')
    answer = site.plan(*OBJECTS)
    assert ("CN=Nowhere,DC=lab,DC=jcad,DC=test", "container-missing") in rules(answer)
    site.edit('"CN=Nowhere;DC=lab;DC=jcad;DC=test"', '"OU=x,DC=other,DC=test"')
    answer = site.plan(*OBJECTS)
    assert answer.code == 3
    assert "is not in the domain" in told(answer)
    site.edit('"OU=x,DC=other,DC=test"', json.dumps(ROOT))


def test_a_place_for_passwords_that_is_missing_stops_apply_with_nothing_written(site):
    site.edit('name = "jcs"\npassword = "vault:jcs"', 'name = "jcsother"')
    assert ("jcsother", "no-place-for-password") in rules(site.plan(*OBJECTS))
    answer = site.apply(*OBJECTS)
    assert answer.code in {0, 3}, answer.err
    site.edit('name = "jcsother"', 'name = "jcs"\npassword = "vault:jcs"')
    assert not site.exists("jcsother")


def test_a_password_left_pending_by_a_killed_run_is_confirmed_by_the_next(site):
    """As if the run had ended between setting the password and the logon that confirms it."""
    answer = site.apply(*OBJECTS, "--new-password", "jci", "--except", "confirm password")
    assert answer.code == 0, answer.err
    assert site.jcad("secret", "check", "vault:jci.pending").code == 0
    assert site.plan(*OBJECTS).kinds() == {"confirm password": 1}
    assert site.apply(*OBJECTS).code == 0
    assert site.jcad("secret", "check", "vault:jci.pending").code == 1
    assert site.plan(*OBJECTS).code == 0


def test_a_password_that_the_directory_refuses_stays_pending_and_stops_the_run(site):
    site.apply(*OBJECTS, "--new-password", "jci", "--except", "confirm password")
    site.lab.database.apply([modify(site.dn("jci"), ("replace", "userAccountControl", [str(0x10202)]))])
    answer = site.apply(*OBJECTS)
    assert answer.code == 1
    assert "jci" in told(answer)
    assert site.jcad("secret", "check", "vault:jci.pending").code == 0
    site.set("jci", "userAccountControl", str(0x10200))
    answer = site.jcad("prepare", "apply", "--resume", "--retry-auth")
    assert answer.code == 0, answer.err
    assert site.plan(*OBJECTS).kinds() == {}


# ---- what is there, asked and proved -----------------------------------------------------------------------------------


def grant_past_checks(site):
    """Give the accounts what the plan would give them."""
    (action,) = [one for one in site.plan().document["actions"] if one["kind"] == "update permissions"]
    granted = {ace_of(Rule.of_item(item)) for item in action["item"]["add"]}
    site.write_aces(ROOT, site.explicit(ROOT) | granted)
    return granted


def ace_of(rule):
    return Ace.allow(
        Sid.parse(rule.trustee),
        rule.rights,
        object_type=rule.object_type,
        inherited_object_type=rule.inherited_object_type,
        flags=rule.inheritance.ace_flags,
    )


def test_what_was_planned_is_what_the_plan_then_finds_and_verify_proves(site):
    grant_past_checks(site)
    site.move("mary.jones", ROOT)
    site.move("Newsletter", ROOT)
    assert site.plan().code == 0
    answer = site.jcad("prepare", "verify", "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    assert (document["not_as_wanted"], document["not_checked"]) == (0, 0)
    assert {one["source"] for one in document["rights"]} == {"asked of the directory", "computed from the permissions"}


def test_verify_shows_what_is_missing_and_what_is_too_much(site):
    before, sync = site.explicit(ROOT), site.sid("jcs")
    create_user = next(ace for ace in before if ace.sid == sync and ace.mask == 1)
    too_much = Ace.allow(sync, 0x40000, flags=0x02)
    site.write_aces(ROOT, (before - {create_user}) | {too_much})
    answer = site.jcad("prepare", "verify", "--json")
    assert answer.code == 4
    wrong = {(one["right"], one["has"]) for one in answer.document["rights"] if one["has"] != one["wanted"]}
    assert ("write permissions", True) in wrong
    assert any(right.startswith("create ") and has is False for right, has in wrong)
    site.write_aces(ROOT, before)


def test_can_names_the_entry_and_where_it_comes_from(site):
    answer = site.jcad("prepare", "can", "jcs", "reset-password", "mary.jones", "--json")
    assert answer.code == 0, answer.err
    reset = answer.document["rights"][0]
    assert reset["origin"] == ROOT
    assert reset["entry"].startswith("jcs: allow Reset Password")
    refused = site.jcad("prepare", "can", "jci", "reset-password", "mary.jones")
    assert refused.code == 4
    assert "no entry grants it" in refused.out
    nobody = site.jcad("prepare", "can", "nobody", "reset-password", "mary.jones")
    assert nobody.code == 1
    assert "There is no nobody" in told(nobody)


def test_show_puts_permissions_into_words(site, tmp_path):
    page = tmp_path / "page.html"
    answer = site.jcad("prepare", "show", ROOT, "--explicit", "--json", "--html", str(page))
    assert answer.code == 0, answer.err
    trustees = {entry["trustee"] for entry in answer.document["entries"]}
    assert {"jcs", "jci"} <= trustees
    assert "jcs" in page.read_text("utf-8")
