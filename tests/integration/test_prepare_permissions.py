"""Delegation on a lab: granted, found to have drifted, pruned, undone, refused; the directory is the judge.

The tests of this file share one lab and go in order; what one needs to be otherwise it sets past every access check.
"""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from preparedsite import ROOT, prepared_site, rules, told

from jcad.directory.connection import LdapConnection
from jcad.lab.domain.database import add, modify
from jcad.lab.seed import ADMINISTRATOR, DOMAIN_DN, NO_REMOTING
from jcad.model import Sid
from jcad.model.descriptor import Ace, Acl
from jcad.model.descriptor.binary import acl_to_bytes

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with prepared_site(tmp_path_factory.mktemp("permissions") / "lab") as site:
        assert site.apply().code == 0
        yield site


def test_both_accounts_have_what_their_profiles_say_and_nothing_is_written_twice(site):
    sids = {ace.sid for ace in site.explicit(ROOT)}
    assert {site.sid("jcs"), site.sid("jci")} <= sids
    before = site.dacl(ROOT)
    assert site.apply().code == 0
    assert site.dacl(ROOT) == before


def test_what_somebody_took_away_is_drift_and_apply_puts_it_back(site):
    before = site.explicit(ROOT)
    ours = [ace for ace in before if ace.sid == site.sid("jcs")]
    site.write_aces(ROOT, before - {ours[0]})
    answer = site.plan()
    assert answer.code == 2
    assert answer.kinds() == {"update permissions": 1}
    assert len(answer.document["actions"][0]["changes"]) == 1
    assert site.apply().code == 0
    assert site.explicit(ROOT) == before


def test_extra_entries_of_ours_are_shown_and_pruned_and_others_kept(site):
    stranger, before = Ace.allow(site.sid("JC Admins"), 0x20), site.explicit(ROOT)
    site.write_aces(ROOT, before | {stranger, Ace.allow(site.sid("jcs"), 0x40000)})
    answer = site.plan()
    assert answer.code == 0
    assert (ROOT, "extra") in rules(answer)
    assert site.apply("--prune").code == 0
    assert site.explicit(ROOT) == before | {stranger}
    assert site.jcad("prepare", "undo", "--yes").code == 0
    assert Ace.allow(site.sid("jcs"), 0x40000) in site.explicit(ROOT)
    site.write_aces(ROOT, before)


def test_permissions_changed_between_plan_and_apply_are_a_conflict(site, tmp_path):
    before = site.explicit(ROOT)
    site.write_aces(ROOT, {ace for ace in before if ace.sid != site.sid("jcs")})
    plan = tmp_path / "plan.json"
    assert site.plan("--out", str(plan)).code == 2
    stranger = Ace.allow(site.sid("JC Admins"), 0x20)
    site.write_aces(ROOT, {stranger, *(ace for ace in before if ace.sid != site.sid("jcs"))})
    answer = site.apply(str(plan), "--json")
    assert answer.code == 4
    (result,) = answer.document["results"]
    assert result["status"] == "conflict"
    assert "changed since the plan was made" in result["reason"]
    assert site.apply().code == 0
    assert site.explicit(ROOT) == before | {stranger}


def test_undo_takes_back_what_the_run_added_and_keeps_what_others_did_since(site):
    """The run before this one gave jcs its entries back; a stranger's entry was there, and another comes now."""
    during = site.explicit(ROOT)
    later = Ace.allow(site.sid("JC Admins"), 0x10, flags=0x02)
    site.write_aces(ROOT, during | {later})
    answer = site.jcad("prepare", "undo", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert site.explicit(ROOT) == {ace for ace in during if ace.sid != site.sid("jcs")} | {later}
    assert site.jcad("prepare", "undo", "--dry-run").code == 0
    assert site.apply().code == 0
    assert site.explicit(ROOT) == during | {later}


def test_undo_with_nobody_in_between_leaves_the_explicit_list_as_it_was_saved(site):
    before = {ace for ace in site.explicit(ROOT) if ace.sid != site.sid("jcs")}
    site.write_aces(ROOT, before)
    assert site.apply().code == 0
    assert site.explicit(ROOT) != before
    assert site.jcad("prepare", "undo", "--yes").code == 0
    assert site.explicit(ROOT) == before
    assert site.apply().code == 0


def test_an_unreadable_descriptor_on_one_unit_is_reported_and_the_rest_goes_on(site):
    unit = f"OU=Hidden,{ROOT}"
    site.change(add(unit, {"objectClass": ["organizationalUnit"]}))
    site.write_sddl(unit, "D:PAI(A;;GA;;;SY)(A;;LCRPLO;;;AU)")
    before = site.explicit(ROOT)
    site.write_aces(ROOT, {ace for ace in before if ace.sid != site.sid("jcs")})
    answer = site.plan()
    assert (unit, "descriptor-unreadable") in rules(answer)
    assert answer.kinds() == {"update permissions": 1}
    assert site.apply().code == 0
    assert site.explicit(ROOT) == before


def test_a_unit_whose_list_is_protected_is_named(site):
    unit = f"OU=Protected,{ROOT}"
    site.change(add(unit, {"objectClass": ["organizationalUnit"]}))
    site.write_sddl(unit, "D:PAI(A;;GA;;;SY)(A;;GR;;;AU)")
    assert (unit, "inheritance-blocked") in rules(site.plan())


def test_a_trustee_that_resolves_to_nothing_is_reported_and_left(site):
    gone = Ace.allow(site.domain_sid().child(99999), 0x20)
    before = site.explicit(ROOT)
    site.write_aces(ROOT, before | {gone})
    answer = site.plan("--prune")
    assert (ROOT, "orphaned") in rules(answer)
    assert answer.code == 0
    site.write_aces(ROOT, before)


LONGEST = 112
"""Bytes of the entries below: the longest SID, and both GUIDs."""


def long_entry(number):
    """An entry of somebody of another domain, as long as entries get."""
    sid = Sid(5, (21, *range(1, 14), 20_000 + number))
    return Ace.allow(sid, 0x10, object_type=UUID(int=1), inherited_object_type=UUID(int=2), flags=0x02)


def test_a_descriptor_near_the_limit_is_written_and_one_that_would_not_fit_is_refused(site):
    before = {ace for ace in site.explicit(ROOT) if ace.sid != site.sid("jcs")}
    site.write_aces(ROOT, before)
    room = (65_535 - len(acl_to_bytes(Acl(4, site.dacl(ROOT))))) // LONGEST
    crowd = [long_entry(number) for number in range(room - 1)]
    site.write_aces(ROOT, before | set(crowd[:-20]))
    assert site.apply().code == 0
    assert set(crowd[:-20]) < site.explicit(ROOT)
    site.write_aces(ROOT, before | set(crowd))
    answer = site.plan()
    assert (ROOT, "descriptor-too-large") in rules(answer)
    assert answer.code == 0
    site.write_aces(ROOT, before)
    assert site.apply().code == 0


def test_who_may_not_write_permissions_is_told_the_right_that_is_missing(site):
    """The sync account itself, which may log on for once."""
    before = site.explicit(ROOT)
    site.write_aces(ROOT, {ace for ace in before if ace.sid != site.sid("jcs")})
    site.change(modify(site.dn("Remote Management Users"), ("add", "member", [site.dn(NO_REMOTING)])))
    site.writes_as(ADMINISTRATOR, NO_REMOTING)
    answer = site.apply("--json")
    site.writes_as(NO_REMOTING, ADMINISTRATOR)
    assert answer.code == 4, answer.err
    (result,) = answer.document["results"]
    assert result["status"] == "failed"
    assert "WriteDacl" in result["error"]["hint"]
    assert site.apply().code == 0
    assert site.explicit(ROOT) == before


def test_privileged_objects_in_cn_users_need_to_be_accepted_by_name(site):
    users = f"CN=Users,{DOMAIN_DN}"
    site.edit(json.dumps(ROOT), f'"{users}"')
    answer = site.plan("--only", "update permissions")
    named = [one["name"] for one in answer.document["findings"] if one["rule"] == "controls-privileged"]
    assert "DnsAdmins" in named
    before = site.dacl(users)
    refused = site.apply("--only", "update permissions")
    assert refused.code == 3
    assert "DnsAdmins" in told(refused)
    assert "--accept" in told(refused)
    assert site.dacl(users) == before
    site.edit(f'"{users}"', json.dumps(ROOT))


def test_the_plan_asks_as_much_of_the_directory_with_a_thousand_objects_as_with_few(site, mocker):
    """Operations depend on the containers; past one page of objects their number is always the same."""
    spy = mocker.spy(LdapConnection, "send")
    site.plan()
    few = spy.call_count
    for number in (1100, 2200):
        site.change(
            *(add(f"CN=c{one:05d},{ROOT}", {"objectClass": ["contact"]}) for one in range(number - 1100, number))
        )
        spy.reset_mock()
        site.plan()
        assert few <= spy.call_count <= few + 1
