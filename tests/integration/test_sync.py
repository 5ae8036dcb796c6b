"""The main job on a real domain, over the real wire: a first sync, and then what changes day by day.

The tests of this file share one lab and go in order: each begins where the one before has ended.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from labsite import CONTAINER, Site

from jcad.lab.lab import Lab
from jcad.lab.seed import Outcome
from jcad.lab.witness import Witness
from jcad.store import Store


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("sync") / "lab") as lab:
        yield Site(lab)


def settled(site):
    """Apply what is pending; then nothing is."""
    applied = site.jcad("sync", "apply", "--yes")
    assert applied.code == 0, applied.out + applied.err
    again = site.jcad("sync", "plan", "--json")
    assert again.code == 0
    assert again.document["actions"] == []


def pending(site):
    return site.jcad("sync", "plan", "--json").kinds()


def test_a_plan_writes_nothing_and_says_that_changes_are_pending(site):
    before = {entry.dn for entry in site.lab.database.search("(objectClass=*)", ["distinguishedName"])}
    answer = site.jcad("sync", "plan")
    assert answer.code == 2
    assert "82 x create user" in answer.out
    assert {entry.dn for entry in site.lab.database.search("(objectClass=*)", ["distinguishedName"])} == before


def test_what_if_proves_that_objects_are_there_and_changes_nothing(site):
    before = len(site.lab.database.search("(sAMAccountName=*)", ["sAMAccountName"]))
    answer = site.jcad("sync", "apply", "--yes", "--what-if")
    assert answer.code == 0, answer.out + answer.err
    assert "Nothing was changed" in answer.out
    assert len(site.lab.database.search("(sAMAccountName=*)", ["sAMAccountName"])) == before
    with Store(site.lab.folder / "state.db") as store:
        assert not store.memory().links


def test_a_selection_is_applied_with_what_it_needs_and_nothing_else(site):
    answer = site.jcad("sync", "apply", "--yes", "--json", "--only", "O'Brien's team")
    assert answer.code == 0, answer.out + answer.err
    kinds = sorted((one["kind"], one["name"]) for one in answer.document["results"])
    assert kinds == [("add member", "o'brien"), ("create group", "O'Brien's team"), ("create user", "o'brien")]
    assert site.members("O'Brien's team") == {"o'brien"}
    assert site.enabled("o'brien")


def test_a_first_sync_makes_the_domain_what_was_said_beforehand(site):
    answer = site.jcad("sync", "apply", "--yes", "--json")
    assert answer.code == 0, answer.err + answer.out[-3000:]
    assert Witness(site.lab.seed, site.lab.dc(1).ldaps_url, site.lab.ca_file).differences() == []


def test_a_second_plan_finds_nothing_pending(site):
    answer = site.jcad("sync", "plan", "--json")
    assert answer.code == 0
    assert answer.document["actions"] == []
    strict = site.jcad("sync", "plan", "--strict")
    assert strict.code == 4


def test_no_shell_is_left_on_the_host(site):
    assert site.lab.dc(1).https.shells == 0


def test_created_accounts_are_paired_and_their_passwords_are_nowhere(site):
    with Store(site.lab.folder / "state.db") as store:
        links = store.memory().links
    created = site.lab.seed.expected.user_counts()[Outcome.CREATE]
    assert sum(link.origin.value == "created" and link.kind.value == "user" for link in links.values()) == created
    assert not any(link.unfinished for link in links.values())


def test_history_tells_every_step(site):
    runs = site.jcad("history", "--json").document["runs"]
    assert {one["status"] for one in runs} == {"finished"}
    shown = site.jcad("history", runs[0]["run"])
    assert "create user" in shown.out
    assert "as planned" in shown.out


def test_explain_tells_both_sides_and_why(site):
    answer = site.jcad("sync", "explain", "o'brien")
    assert answer.code == 0
    assert "paired with" in answer.out
    assert "O'Brien" in answer.out
    conflict = site.jcad("sync", "explain", "email.differs@lab.jcad.test", "--json").document["objects"][0]
    assert conflict["findings"][0]["rule"] == "email-differs"
    assert site.jcad("sync", "explain", "only.in.ad").out.count("JumpCloud has nothing of this name") == 1
    assert site.jcad("sync", "explain", "nobody.at.all").code == 1


# ---- day by day ------------------------------------------------------------------------------------------------------


def test_a_changed_name_is_aligned(site):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("mary.jones"), lastname="O'Neill \u2018x\u2019 $(x)")
    assert pending(site) == {"update user": 1}
    settled(site)
    assert site.value("mary.jones", "sn") == "O'Neill \u2018x\u2019 $(x)"


def test_a_suspended_user_is_disabled_and_nothing_enables_it_by_default(site):
    tenant = site.lab.tenant
    tenant.suspend(tenant.user_id("aisha.khan"))
    settled(site)
    assert not site.enabled("aisha.khan")
    tenant.unsuspend(tenant.user_id("aisha.khan"))
    assert pending(site) == {}


def test_reenable_enables_only_what_jcad_disabled(site):
    site.edit("[store]", "reenable = true\n\n[store]")
    assert pending(site) == {"enable user": 1}
    settled(site)
    assert site.enabled("aisha.khan")
    assert not site.enabled("disabled.in.ad")
    site.edit("reenable = true\n\n[store]", "[store]")


def test_members_are_added_and_removed_three_way(site):
    tenant = site.lab.tenant
    tenant.remove_member(tenant.group_id("Marketing"), tenant.user_id("mary.jones"))
    tenant.add_member(tenant.group_id("Marketing"), tenant.user_id("o'brien"))
    assert pending(site) == {"add member": 1, "remove member": 1}
    settled(site)
    members = site.members("Marketing")
    assert "o'brien" in members
    assert "mary.jones" not in members
    assert "only.in.ad" in members


def test_a_member_that_an_administrator_added_in_ad_is_kept(site):
    from jcad.lab.domain.database import modify  # noqa: PLC0415

    site.change(modify(site.dn("Engineering"), ("add", "member", [site.dn("peter.pan")])))
    assert pending(site) == {}


def test_a_renamed_group_is_renamed_and_no_twin_is_made(site):
    tenant = site.lab.tenant
    tenant.update_group(tenant.group_id("Sales EMEA"), name="Sales, Süd & Ost".replace(",", ""))
    assert pending(site) == {"rename group": 1}
    settled(site)
    assert site.exists("Sales Süd & Ost")
    assert not site.exists("Sales EMEA")


def test_an_unbound_group_is_kept_and_its_pair_dropped(site):
    tenant = site.lab.tenant
    group = tenant.group_id("#general")
    tenant.unbind_group(site.lab.seed.tenant.instance_id, group)
    assert pending(site) == {"unlink group": 1}
    settled(site)
    assert site.exists("#general")


def test_an_account_moved_within_the_container_is_followed_and_one_moved_out_is_reported(site):
    tenant = site.lab.tenant
    site.move("peter.pan", f"OU=Staff,{CONTAINER}")
    site.move("old.name", "OU=Elsewhere,DC=lab,DC=jcad,DC=test")
    for name in ("peter.pan", "old.name"):
        tenant.update_user(tenant.user_id(name), firstname="Moved")
    answer = site.jcad("sync", "plan", "--json")
    assert [(one["kind"], one["name"]) for one in answer.document["actions"]] == [("update user", "peter.pan")]
    assert "relocated" in {one["rule"] for one in answer.document["findings"] if one["name"] == "old.name"}
    settled(site)
    assert site.value("peter.pan", "givenName") == "Moved"


def test_a_deleted_account_is_missing_and_made_again_only_when_asked_for(site):
    site.delete("bram.devries")
    answer = site.jcad("sync", "plan", "--json")
    assert answer.document["actions"] == []
    assert [one["kind"] for one in answer.document["findings"] if one["name"] == "bram.devries"] == ["missing"]
    again = site.jcad("sync", "apply", "--yes", "--recreate", "bram.devries")
    assert again.code == 0, again.out + again.err
    assert site.enabled("bram.devries")
    assert pending(site) == {} or set(pending(site)) == {"add member"}
    settled(site)


def test_an_unbound_user_is_kept_or_disabled_as_the_settings_say(site):
    tenant, seed = site.lab.tenant, site.lab.seed
    user = tenant.user_id("exactly.twenty.chars")
    tenant.unbind_user(seed.tenant.instance_id, user)
    assert pending(site) == {}
    site.edit("[store]", 'on_unbind = "disable"\n\n[store]')
    assert pending(site) == {"disable user": 1}
    settled(site)
    assert not site.enabled("exactly.twenty.chars")
    site.edit('on_unbind = "disable"\n\n[store]', "[store]")


def test_a_reviewed_plan_is_carried_out_from_its_file_and_a_stale_object_is_a_conflict(site, tmp_path):
    tenant = site.lab.tenant
    for name in ("chloe.dubois", "carl.brown"):
        tenant.update_user(tenant.user_id(name), lastname="Reviewed")
    path = tmp_path / "change.json"
    assert site.jcad("sync", "plan", "--out", str(path)).code == 2
    site.set("carl.brown", "sn", "Changed meanwhile")
    rehearsal = site.jcad("sync", "apply", str(path), "--yes", "--what-if")
    assert rehearsal.code == 4
    assert "carl.brown" in rehearsal.out
    assert "chloe.dubois" not in rehearsal.out
    answer = site.jcad("sync", "apply", str(path), "--yes", "--json")
    assert answer.code == 4
    statuses = {one["name"]: one["status"] for one in answer.document["results"]}
    assert statuses == {"chloe.dubois": "changed", "carl.brown": "conflict"}
    assert site.value("carl.brown", "sn") == "Changed meanwhile"
    assert site.value("chloe.dubois", "sn") == "Reviewed"
    settled(site)


def test_a_plan_file_that_was_edited_is_refused(site, tmp_path):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("dora.white"), lastname="Edited")
    path = tmp_path / "change.json"
    site.jcad("sync", "plan", "--out", str(path))
    document = json.loads(path.read_text("utf-8"))
    document["actions"][0]["item"]["set"]["sn"] = "Mallory"
    path.write_text(json.dumps(document), "utf-8")
    answer = site.jcad("sync", "apply", str(path), "--yes")
    assert answer.code == 1
    assert "was changed after it was written" in answer.err
    settled(site)
    assert site.value("dora.white", "sn") == "Edited"


def test_a_user_deleted_between_plan_and_apply_is_told(site, tmp_path):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("fay.black"), lastname="Gone")
    path = tmp_path / "change.json"
    site.jcad("sync", "plan", "--out", str(path))
    site.delete("fay.black")
    answer = site.jcad("sync", "apply", str(path), "--yes", "--json")
    assert answer.code == 4
    (result,) = answer.document["results"]
    assert result["status"] in {"failed", "conflict"}
    assert result["verdict"] == "not there"


def test_limits_stop_a_run_before_anything_is_written(site):
    tenant = site.lab.tenant
    names = [one.username for one in site.lab.seed.expected.users if one.outcome is Outcome.CREATE][5:30]
    for name in names:
        tenant.suspend(tenant.user_id(name))
    answer = site.jcad("sync", "apply", "--yes")
    assert answer.code == 3
    assert "the limit is" in answer.err
    assert "--allow disables=" in answer.err
    assert all(site.enabled(name) for name in names if site.exists(name))
    for name in names:
        tenant.unsuspend(tenant.user_id(name))


def test_an_active_sync_agent_is_a_second_writer(site):
    tenant, seed = site.lab.tenant, site.lab.seed
    agent = seed.tenant.agents[0].id
    tenant.update_user(tenant.user_id("emil.green"), lastname="Second")
    tenant.update_agent(seed.tenant.instance_id, agent, state="active")
    answer = site.jcad("sync", "apply", "--yes")
    assert answer.code == 3
    assert "SYNC agent is active" in answer.err
    assert site.jcad("sync", "apply", "--yes", "--second-writer").code == 0
    tenant.update_agent(seed.tenant.instance_id, agent, state="inactive")


def test_nobody_bound_at_all_is_stopped(site):
    tenant, instance = site.lab.tenant, site.lab.seed.tenant.instance_id
    for user in list(tenant.state.bound_users[instance]):
        tenant.unbind_user(instance, user)
    for group in list(tenant.state.bound_groups[instance]):
        tenant.unbind_group(instance, group)
    answer = site.jcad("sync", "plan")
    assert answer.code == 3
    assert "not read as 'everyone is unbound'" in answer.err


def test_no_secret_is_in_any_file_that_jcad_wrote(site):
    secrets = [path.read_text("utf-8") for path in (site.lab.folder / "secrets").iterdir()]
    for path in site.lab.folder.glob("state.db*"):
        raw = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in raw
            assert secret.encode("utf-16-le") not in raw
    assert Path(site.settings).exists()
