"""Further rows of the sync on a real domain: usernames that change, attributes of every type, pairs in a file, two domains.

The tests of the first part share one lab and go in order: each begins where the one before has ended.
"""

from __future__ import annotations

import json

import pytest
from labsite import CONTAINER, Site

from jcad.lab.lab import Lab
from jcad.store import Store

MAPPING = """
[sync.mapping]
displayname = { to = "displayName", template = "{firstname} {lastname}" }
description = "description"
jobTitle = { to = "title", transform = ["trim", "collapse"] }
department = "department"
company = "company"
location = "physicalDeliveryOfficeName"
employeeType = { to = "employeeType", when = "create" }
employeeIdentifier = { to = "employeeID", transform = "upper" }
manager = "manager"
"phoneNumbers.work" = ["telephoneNumber", { to = "otherTelephone", type = "multi" }]
"phoneNumbers.mobile" = { to = "otherTelephone", type = "multi", transform = "digits" }
"addresses.work.streetAddress" = "streetAddress"
"addresses.work.locality" = "l"
"addresses.work.country" = "co"
"customAttributes.badge" = { to = "countryCode", type = "integer" }
"customAttributes.dialin" = { to = "msNPAllowDialin", type = "boolean" }

[store]"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("rows") / "lab") as lab:
        site = Site(lab)
        assert site.jcad("sync", "apply", "--yes").code == 0
        yield site


def plan(site):
    return site.jcad("sync", "plan", "--json")


def settled(site, *arguments):
    """Apply what is pending; then nothing is."""
    applied = site.jcad("sync", "apply", "--yes", *arguments)
    assert applied.code == 0, applied.out + applied.err
    again = plan(site)
    assert again.code == 0, again.out + again.err
    assert again.document["actions"] == []


def rules_of(answer, name):
    return {one["rule"] for one in answer.document["findings"] if one["name"] == name}


# ---- usernames -------------------------------------------------------------------------------------------------------


def test_a_username_changed_in_jumpcloud_is_reported(site):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("dora.white"), username="dora.black")
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "dora.black") == {"renamed"}
    assert "rename_users = true" in answer.out
    settled(site)


def test_rename_users_changes_both_names_and_never_the_cn(site):
    site.edit("\n[store]", "rename_users = true\n\n[store]")
    assert plan(site).kinds() == {"rename user": 1}
    dn = site.dn("dora.white")
    settled(site)
    assert not site.exists("dora.white")
    assert site.value("dora.black", "userPrincipalName") == "dora.black@lab.jcad.test"
    assert site.dn("dora.black") == dn
    with Store(site.lab.folder / "state.db") as store:
        assert "dora.black" in {link.name for link in store.memory().links.values()}


def test_a_name_changed_in_ad_is_reported_and_not_reverted(site):
    site.set("dora.black", "sAMAccountName", "dora.ad")
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "dora.black") == {"renamed"}
    site.set("dora.ad", "sAMAccountName", "dora.black")


def test_a_name_that_another_object_has_is_a_conflict(site):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("emil.green"), username="only.in.ad")
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "only.in.ad") == {"name-taken"}
    tenant.update_user(tenant.user_id("only.in.ad"), username="emil.green")
    assert plan(site).document["actions"] == []


def test_a_name_that_windows_refuses_is_skipped(site):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("emil.green"), username="a.name.of.more.than.twenty")
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "a.name.of.more.than.twenty") == {"name-refused"}
    tenant.update_user(tenant.user_id("a.name.of.more.than.twenty"), username="emil.green")


def test_renames_have_a_limit_of_their_own(site):
    site.edit("\n[store]", "[sync.limits]\nrenames = 0\n\n[store]")
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("emil.green"), username="emil.blue")
    stopped = site.jcad("sync", "apply", "--yes")
    assert stopped.code == 3
    assert "--allow renames=1" in stopped.err
    assert site.exists("emil.green")
    settled(site, "--allow", "renames=1")
    assert site.exists("emil.blue")
    site.edit("[sync.limits]\nrenames = 0\n\n[store]", "\n[store]")


# ---- attributes ------------------------------------------------------------------------------------------------------


def test_every_field_of_the_documentation_and_every_type_reaches_its_attribute(site):
    tenant = site.lab.tenant
    site.edit("\n[store]", MAPPING)
    boss, user = tenant.user_id("mary.jones"), tenant.user_id("aisha.khan")
    tenant.update_user(
        user,
        description='Of \u00e9verything; "quoted", 2026-01-01T00:00:00Z',
        jobTitle="  Head  of   Tools ",
        department="R&D",
        company="O'Brien & Sons",
        location="Lyon, Rh\u00f4ne",
        employeeType="staff",
        employeeIdentifier="e-17",
        manager=boss,
        phoneNumbers=[{"type": "work", "number": "+41 1"}, {"type": "mobile", "number": "+41 (79) 2"}],
        addresses=[{"type": "work", "streetAddress": "1, Main St", "locality": "Z\u00fcrich", "country": "CH"}],
        attributes=[{"name": "badge", "value": "0756"}, {"name": "dialin", "value": "yes"}],
    )
    answer = site.jcad("sync", "apply", "--yes", "--only", "aisha.khan", "--json")
    assert answer.code == 0, answer.out + answer.err
    assert {one["verdict"] for one in answer.document["results"]} == {"as planned"}
    read = {name: site.value("aisha.khan", name) for name in (
        "description", "title", "department", "company", "physicalDeliveryOfficeName", "employeeType", "employeeID",
        "telephoneNumber", "streetAddress", "l", "co", "countryCode", "msNPAllowDialin", "manager", "displayName",
    )}  # fmt: skip
    assert read == {
        "description": 'Of \u00e9verything; "quoted", 2026-01-01T00:00:00Z',
        "title": "Head of Tools",
        "department": "R&D",
        "company": "O'Brien & Sons",
        "physicalDeliveryOfficeName": "Lyon, Rh\u00f4ne",
        "employeeType": "",
        "employeeID": "E-17",
        "telephoneNumber": "+41 1",
        "streetAddress": "1, Main St",
        "l": "Z\u00fcrich",
        "co": "CH",
        "countryCode": "756",
        "msNPAllowDialin": "TRUE",
        "manager": site.dn("mary.jones"),
        "displayName": "Aisha Khan",
    }
    (entry,) = site.lab.database.search("(sAMAccountName=aisha.khan)", ["otherTelephone"])
    assert set(entry.texts("otherTelephone")) == {"+41 1", "+41792"}
    settled(site, "--allow", "total=2000")


def test_values_that_change_are_aligned_as_what_they_are(site):
    tenant = site.lab.tenant
    tenant.update_user(
        tenant.user_id("aisha.khan"),
        phoneNumbers=[{"type": "work", "number": "+41 3"}],
        attributes=[{"name": "badge", "value": "40"}, {"name": "dialin", "value": "false"}],
        employeeType="contractor",
    )
    settled(site)
    (entry,) = site.lab.database.search("(sAMAccountName=aisha.khan)", ["otherTelephone"])
    assert set(entry.texts("otherTelephone")) == {"+41 3"}
    assert [site.value("aisha.khan", name) for name in ("countryCode", "msNPAllowDialin")] == ["40", "FALSE"]
    assert site.value("aisha.khan", "employeeType") == ""


def test_a_value_of_another_type_is_withheld(site):
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("aisha.khan"), attributes=[{"name": "badge", "value": "forty"}])
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "aisha.khan") == {"not-a-number"}
    tenant.update_user(tenant.user_id("aisha.khan"), attributes=[])


def test_a_manager_who_is_created_in_the_same_run_becomes_the_manager(site):
    tenant, instance = site.lab.tenant, site.lab.seed.tenant.instance_id
    boss = tenant.add_user(
        "zoe.boss", "zoe.boss@lab.jcad.test", firstname="Zoe", lastname="Boss, CEO", state="ACTIVATED"
    )
    users = [boss]
    for name in ("amy.new", "bob.new"):
        fields = {"firstname": name, "lastname": "New", "manager": boss, "employeeType": "staff", "state": "ACTIVATED"}
        users.append(tenant.add_user(name, f"{name}@lab.jcad.test", **fields))
    tenant.update_user(boss, manager=boss)
    tenant.update_user(tenant.user_id("emil.blue"), manager=boss)
    for user in users:
        tenant.bind_user(instance, user)
    settled(site)
    for name in ("amy.new", "bob.new", "emil.blue", "zoe.boss"):
        assert site.value(name, "manager") == site.dn("zoe.boss"), name
    assert site.value("amy.new", "employeeType") == "staff"


def test_a_field_that_jumpcloud_calls_active_directorys_is_left_to_it(site):
    tenant, instance = site.lab.tenant, site.lab.seed.tenant.instance_id
    user = tenant.user_id("amy.new")
    owned = [{"field": "phoneNumbers", "type": "active_directory", "id": instance}]
    tenant.update_user(user, phoneNumbers=[{"type": "work", "number": "+1"}], restrictedFields=owned)
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "amy.new") == {"owned-by-ad"}
    tenant.update_user(user, restrictedFields=[])
    settled(site)
    assert site.value("amy.new", "telephoneNumber") == "+1"


def test_mail_is_left_alone_where_proxy_addresses_has_another_primary_one(site):
    tenant = site.lab.tenant
    site.set("amy.new", "proxyAddresses", "SMTP:amy@mail.example")
    tenant.update_user(tenant.user_id("amy.new"), email="amy.two@lab.jcad.test")
    answer = plan(site)
    assert answer.document["actions"] == []
    assert rules_of(answer, "amy.new") == {"proxy-addresses"}
    site.set("amy.new", "proxyAddresses", "SMTP:AMY.two@lab.jcad.test")
    settled(site)
    assert site.value("amy.new", "mail") == "amy.two@lab.jcad.test"


# ---- the username is the userPrincipalName ---------------------------------------------------------------------------


def test_a_username_may_be_the_user_principal_name(site):
    tenant, instance = site.lab.tenant, site.lab.seed.tenant.instance_id
    site.edit("\n[sync]", '\n[sync]\nusername = "userPrincipalName"')
    assert plan(site).document["actions"] == []
    for name in ("kim.upn@lab.jcad.test", "kim.other@nowhere.example"):
        fields = {"firstname": "Kim", "lastname": "Upn", "state": "ACTIVATED"}
        tenant.bind_user(instance, tenant.add_user(name, f"mail.{name}", **fields))
    answer = plan(site)
    assert answer.kinds() == {"create user": 1}
    assert rules_of(answer, "kim.other@nowhere.example") == {"name-refused"}
    settled(site)
    assert site.value("kim.upn", "userPrincipalName") == "kim.upn@lab.jcad.test"
    assert site.dn("kim.upn").startswith("CN=kim.upn,")
    tenant.update_user(tenant.user_id("kim.upn@lab.jcad.test"), username="kim.new@lab.jcad.test")
    settled(site)
    assert site.value("kim.new", "userPrincipalName") == "kim.new@lab.jcad.test"
    site.edit('\nusername = "userPrincipalName"', "")


# ---- pairs in a file -------------------------------------------------------------------------------------------------


def test_pairs_are_exported_and_brought_into_an_empty_store(site, tmp_path):
    path = tmp_path / "pairs.json"
    assert site.jcad("sync", "links", "export", str(path)).code == 0
    assert site.jcad("sync", "links", "export", str(path)).code == 1
    with Store(site.lab.folder / "state.db") as store:
        before = store.memory()
    listed = site.jcad("sync", "links", "list", "--json").document
    assert len(listed["links"]) == len(before.links)
    site.edit("state.db", "other.db")
    looked = site.jcad("sync", "links", "import", str(path))
    assert looked.code == 2, looked.out + looked.err
    assert "Nothing was written" in looked.out
    done = site.jcad("sync", "links", "import", str(path), "--apply")
    assert done.code == 0, done.out + done.err
    with Store(site.lab.folder / "other.db") as store:
        after = store.memory()
    assert (after.links, after.seen) == (before.links, before.seen)
    assert plan(site).document["actions"] == []
    assert site.jcad("sync", "links", "import", str(path)).code == 0


def test_a_file_of_pairs_that_contradict_is_imported_whole_or_not_at_all(site, tmp_path):
    document = json.loads(site.jcad("sync", "links", "export", "-").out)
    first, second = (one for one in document["links"] if one["name"] in {"amy.new", "bob.new"})
    first["guid"], second["guid"] = second["guid"], first["guid"]
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps(document), "utf-8")
    answer = site.jcad("sync", "links", "import", str(path), "--apply", "--json")
    assert answer.code == 4
    assert answer.document["imported"] == 0
    assert answer.document["counts"]["conflict"] == 2
    document["made_for"]["instance"] = "0" * 24
    path.write_text(json.dumps(document), "utf-8")
    assert site.jcad("sync", "links", "import", str(path), "--apply").code == 3


# ---- one user, two domains -------------------------------------------------------------------------------------------


def test_a_user_bound_to_two_instances_is_synced_by_two_profiles(site, tmp_path_factory):
    """One tenant with two AD instances; the second one's domain is that of another lab, with a SID of its own."""
    tenant = site.lab.tenant
    with Lab.start(tmp_path_factory.mktemp("second") / "lab", fresh=True) as lab:
        other = Site(lab)
        second = tenant.add_instance("DC=lab;DC=jcad;DC=test")
        first = site.lab.seed.tenant.instance_id
        user = tenant.user_id("amy.new")
        tenant.bind_user(second, user)
        site.edit("[jumpcloud]\n", f'[jumpcloud]\ninstance = "{first}"\n')
        secrets = lab.folder / "secrets"
        site.edit(
            "[store]",
            f"""[profile.second.jumpcloud]
instance = "{second}"
[profile.second.directory]
nameserver = "{lab.nameserver.address}:{lab.nameserver.port}"
ca_file = "{lab.ca_file}"
password = "file:{secrets}/jcad-reader"
[profile.second.remoting]
ca_file = "{lab.ca_file}"
password = "file:{secrets}/jcad-writer"
[profile.second.store]
location = "{lab.folder}/state.db"

[store]""",
        )
        applied = site.jcad("--profile", "second", "sync", "apply", "--yes")
        assert applied.code == 0, applied.out + applied.err
        assert other.exists("amy.new")
        with Store(lab.folder / "state.db") as theirs, Store(site.lab.folder / "other.db") as ours:
            pairs = [store.memory().links[user] for store in (theirs, ours)]
        assert pairs[0].guid != pairs[1].guid
        # a change reaches both, each by its own profile; what one owns is JumpCloud's to the other
        owned = [{"field": "lastname", "type": "active_directory", "id": first}]
        tenant.update_user(user, lastname="Both", restrictedFields=owned)
        assert rules_of(plan(site), "amy.new") == {"owned-by-ad"}
        assert site.jcad("--profile", "second", "sync", "apply", "--yes").code == 0
        assert other.value("amy.new", "sn") == "Both"
        assert site.value("amy.new", "sn") == "New"
        # unbound from one, it stays as it is in the other
        tenant.update_user(user, restrictedFields=[])
        tenant.unbind_user(second, user)
        settled(site)
        assert site.value("amy.new", "sn") == "Both"
        # and the stores are not to be mixed up
        assert (
            site.jcad("--profile", "second", "sync", "links", "export", str(tmp_path_factory.mktemp("x") / "p")).code
            == 0
        )
        site.edit(f'location = "{lab.folder}/state.db"', f'location = "{site.lab.folder}/other.db"')
        mixed = site.jcad("--profile", "second", "sync", "plan")
        assert mixed.code == 3
        assert "belongs to another" in mixed.err
    assert CONTAINER in site.dn("amy.new")
