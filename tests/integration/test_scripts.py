"""Every script, on a real domain, over the real wire: what it reports is what an independent reader finds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.lab.domain.database import add, delete, modify
from jcad.lab.lab import Lab
from jcad.lab.seed import DOMAIN_DN, NETBIOS_DOMAIN, password_of
from jcad.model.outcome import Status
from jcad.model.secret import Secret
from jcad.powershell import batches, probe_call, read_facts, read_outcome, script
from jcad.remoting import Authentication, Endpoint, open_session

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

PLACE = f"OU=Script Tests,{DOMAIN_DN}"
ELSEWHERE = f"OU=Elsewhere,{PLACE}"
PASSWORD = Secret("Marble.Compass-7781")
AWKWARD = [
    "O'Brien", "José", "渡辺 花子", 'Doe, Jane "JD"', "back\\slash", "#1 sharp", "plus+equals=<>;", "2026-01-01T00:00:00Z",
    "=marked", "/Date(0)/", "$(whoami) `n", "\u2019quoted\u2018", "😀 emoji",
]  # fmt: skip
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("scripts") / "lab") as started:
        started.database.apply([add(PLACE, {"objectClass": ["organizationalUnit"]})])
        started.database.apply([add(ELSEWHERE, {"objectClass": ["organizationalUnit"]})])
        yield started


def endpoint_of(lab, account="jcad-writer") -> Endpoint:
    host = lab.dc(1)
    return Endpoint(host=host.name, address=host.address, user=f"{NETBIOS_DOMAIN}\\{account}", ca_file=str(lab.ca_file))


@dataclass
class Domain:
    """The lab as a test uses it: scripts are run over one session, and what is there is read by OpenLDAP's client."""

    lab: Lab
    session: object

    def run(self, name, items, secrets=(), *, what_if=False):
        """Run a script on items; its outcomes by the items' ids, one for each."""
        entry = script(name)
        outcomes = {}
        for batch in batches(entry, items, secrets):
            for line in self.session.run(batch.call(server=self.session.server, what_if=what_if)):
                outcome = read_outcome(entry, line)
                assert outcome.id not in outcomes
                outcomes[outcome.id] = outcome
        assert outcomes.keys() == {item["id"] for item in items}
        return outcomes

    def one(self, name, item, *secrets, what_if=False):
        return self.run(name, [{"id": "x", **item}], secrets, what_if=what_if)["x"]

    def read(self, guid):
        """An object by its objectGUID, with all attributes; None where there is none."""
        escaped = "".join(f"\\{byte:02x}" for byte in UUID(str(guid)).bytes_le)
        found = self.lab.ldapsearch(f"(objectGUID={escaped})", "*", "memberOf", "msDS-User-Account-Control-Computed")
        return found[0] if found else None

    def text(self, guid, attribute):
        return self.read(guid).text(attribute)

    def user(self, **attributes):
        """A new account, made past jcad; enabled, with a password."""
        name = f"person{next(NUMBERS)}"
        outcome = self.one("create-user", new_user(name, attributes=attributes), PASSWORD)
        assert outcome.status is Status.CHANGED, outcome
        return outcome.guid

    def group(self, name=None):
        outcome = self.one("create-group", new_group(name or f"Group {next(NUMBERS)}"))
        assert outcome.status is Status.CHANGED, outcome
        return outcome.guid

    def control(self, guid):
        return int(self.text(guid, "userAccountControl"))

    def known(self, sam):
        """The objectGUID of an account of the domain."""
        (entry,) = self.lab.ldapsearch(f"(sAMAccountName={sam})", "objectGUID")
        (raw,) = entry.attributes["objectGUID"]
        return UUID(bytes_le=raw)


@pytest.fixture(scope="module")
def domain(lab):
    with open_session(endpoint_of(lab), Secret(password_of("jcad-writer"))) as session:
        yield Domain(lab, session)


def new_user(sam, **changes):
    return {
        "guid": None, "expected": {}, "sam": sam, "upn": f"{sam}@lab.jcad.test", "name": sam, "path": PLACE,
        "enabled": True, "attributes": {},
    } | changes  # fmt: skip


def new_group(name, **changes):
    return {"guid": None, "name": name, "sam": name, "path": PLACE, "description": None} | changes


# ---- creating --------------------------------------------------------------------------------------------------------


def test_a_user_is_created_step_by_step_and_enabled_last(domain):
    item = new_user("mary.new", attributes={"givenName": "Mary", "sn": "O'Connor", "mail": "mary@lab.jcad.test"})
    outcome = domain.one("create-user", item, PASSWORD)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("create", "password", "attributes", "enable"))
    entry = domain.read(outcome.guid)
    assert entry.dn == f"CN=mary.new,{PLACE}"
    assert [entry.text(name) for name in ("sAMAccountName", "userPrincipalName", "givenName", "sn", "mail")] == [
        "mary.new", "mary.new@lab.jcad.test", "Mary", "O'Connor", "mary@lab.jcad.test",
    ]  # fmt: skip
    assert domain.control(outcome.guid) == 512
    assert entry.text("pwdLastSet") not in {"", "0"}


def test_the_password_of_a_new_user_is_the_one_that_was_sent(domain, lab):
    domain.one("create-user", new_user("logs.on"), PASSWORD)
    assert lab.accounts.find("logs.on") is not None
    with pytest.raises(Exception, match="may not open a session"):  # logged on, and no more
        open_session(endpoint_of(lab, "logs.on"), PASSWORD)


def test_a_user_can_be_created_disabled(domain):
    outcome = domain.one("create-user", new_user("suspended.new", enabled=False), PASSWORD)
    assert outcome.done == ("create", "password")
    assert domain.control(outcome.guid) == 514


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_names_arrive_as_they_are(domain, text):
    guid = domain.user(displayName=text, description=text)
    assert [domain.text(guid, name) for name in ("displayName", "description")] == [text, text]


def test_a_name_that_is_taken_is_a_conflict_and_the_other_account_is_left_alone(domain):
    taken = domain.user(description="not to be touched")
    before = domain.read(taken)
    outcome = domain.one("create-user", new_user(before.text("sAMAccountName"), name="other cn"), PASSWORD)
    assert (outcome.status, outcome.guid, outcome.done) == (Status.CONFLICT, None, ())
    assert outcome.error.code == 1316
    assert "has this name" in outcome.error.hint
    assert domain.read(taken) == before


def test_a_cn_that_is_taken_is_a_conflict(domain):
    taken = domain.read(domain.user()).text("cn")
    outcome = domain.one("create-user", new_user(f"sam{next(NUMBERS)}", name=taken), PASSWORD)
    assert (outcome.status, outcome.error.code) == (Status.CONFLICT, 8305)


def test_a_refused_password_stops_after_the_creation_and_is_finished_later(domain):
    item = new_user("half.made", attributes={"sn": "Made"})
    outcome = domain.one("create-user", item, Secret("short"))
    assert (outcome.status, outcome.done, outcome.error.code) == (Status.FAILED, ("create",), 1325)
    assert "length, complexity or history" in outcome.error.hint
    assert domain.control(outcome.guid) & 2

    finished = domain.one("create-user", item | {"guid": outcome.guid}, PASSWORD)
    assert (finished.status, finished.guid) == (Status.CHANGED, outcome.guid)
    assert finished.done == ("password", "attributes", "enable")
    assert domain.control(outcome.guid) == 512
    again = domain.one("create-user", item | {"guid": outcome.guid}, Secret("would be refused"))
    assert (again.status, again.done) == (Status.UNCHANGED, ())


def test_finishing_is_refused_for_an_account_of_another_name(domain):
    other = domain.user()
    outcome = domain.one("create-user", new_user("somebody.else", guid=other), PASSWORD)
    assert outcome.status is Status.CONFLICT
    assert "its name is" in outcome.reason


def test_a_container_that_is_not_there_is_a_failure(domain):
    outcome = domain.one("create-user", new_user("lost", path=f"OU=Nowhere,{DOMAIN_DN}"), PASSWORD)
    assert outcome.status is Status.FAILED
    assert outcome.error.type.endswith("ADIdentityNotFoundException")


def test_one_failure_does_not_stop_the_batch(domain):
    items = [{"id": f"i{n}", **new_user(f"batch{n}")} for n in range(4)]
    items[1]["path"] = f"OU=Nowhere,{DOMAIN_DN}"
    outcomes = domain.run("create-user", items, [PASSWORD] * 4)
    assert [outcome.status for outcome in outcomes.values()] == [
        Status.CHANGED, Status.FAILED, Status.CHANGED, Status.CHANGED,
    ]  # fmt: skip


def test_a_group_is_created_as_a_global_security_group(domain):
    outcome = domain.one("create-group", new_group("New Group", description="for O'Brien"))
    entry = domain.read(outcome.guid)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("create",))
    assert [entry.text(name) for name in ("cn", "sAMAccountName", "groupType", "description")] == [
        "New Group", "New Group", "-2147483646", "for O'Brien",
    ]  # fmt: skip
    assert domain.one("create-group", new_group("New Group", guid=outcome.guid)).status is Status.UNCHANGED
    assert domain.one("create-group", new_group("New Group")).status is Status.CONFLICT


# ---- changing accounts -----------------------------------------------------------------------------------------------


def test_attributes_are_set_and_cleared(domain):
    guid = domain.user(givenName="Old", description="goes")
    item = {"guid": guid, "expected": {"givenName": "Old", "sn": None, "description": "goes"}}
    change = {"set": {"givenName": "New", "sn": "Name"}, "clear": ["description"]}
    outcome = domain.one("set-attributes", item | change)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("description", "givenName", "sn"))
    entry = domain.read(guid)
    assert [entry.text(name) for name in ("givenName", "sn", "description")] == ["New", "Name", ""]
    assert domain.one("set-attributes", item | change).status is Status.UNCHANGED


@pytest.mark.parametrize("expected", [{"givenName": "Other"}, {"givenName": None}, {"givenName": "OLD"}])
def test_attributes_that_changed_since_the_plan_are_a_conflict(domain, expected):
    guid = domain.user(givenName="Old")
    outcome = domain.one(
        "set-attributes", {"guid": guid, "expected": expected, "set": {"givenName": "New"}, "clear": []}
    )
    assert outcome.status is Status.CONFLICT
    assert "givenName is 'Old'" in outcome.reason
    assert domain.text(guid, "givenName") == "Old"


def test_a_change_of_case_alone_is_a_change(domain):
    guid = domain.user(givenName="mary")
    item = {"guid": guid, "expected": {"givenName": "mary"}, "set": {"givenName": "Mary"}, "clear": []}
    assert domain.one("set-attributes", item).status is Status.CHANGED
    assert domain.text(guid, "givenName") == "Mary"


def test_an_attribute_that_the_schema_does_not_know_fails_its_item(domain):
    guid = domain.user()
    item = {"guid": guid, "expected": {}, "set": {"noSuchAttribute": "x"}, "clear": []}
    assert domain.one("set-attributes", item).status is Status.FAILED


def test_a_password_is_reset_and_the_account_unlocked(domain, lab):
    guid = domain.user()
    before = domain.text(guid, "pwdLastSet")
    lab.database.apply([modify(domain.read(guid).dn, ("replace", "lockoutTime", ["133000000000000000"]))])
    item = {"guid": guid, "expected": {"pwdLastSet": before}, "unlock": True}
    outcome = domain.one("reset-password", item, Secret("Another.Compass-9921"))
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("password", "unlock"))
    assert domain.text(guid, "pwdLastSet") != before
    assert domain.text(guid, "lockoutTime") == "0"
    stale = domain.one("reset-password", item, Secret("Third.Compass-1133"))
    assert stale.status is Status.CONFLICT


def test_a_password_against_the_policy_is_refused_with_its_code(domain):
    guid = domain.user()
    item = {"guid": guid, "expected": {"pwdLastSet": domain.text(guid, "pwdLastSet")}, "unlock": False}
    outcome = domain.one("reset-password", item, Secret("short"))
    assert (outcome.status, outcome.done, outcome.error.code) == (Status.FAILED, (), 1325)


def test_an_account_is_disabled_and_enabled(domain):
    guid = domain.user()
    disable = {"guid": guid, "expected": {"userAccountControl": 512}}
    assert domain.one("disable-user", disable).status is Status.CHANGED
    assert domain.control(guid) == 514
    assert domain.one("disable-user", disable).status is Status.UNCHANGED
    assert (
        domain.one("enable-user", {"guid": guid, "expected": {"userAccountControl": 66050}}).status is Status.CONFLICT
    )
    assert domain.one("enable-user", {"guid": guid, "expected": {"userAccountControl": 514}}).status is Status.CHANGED
    assert domain.control(guid) == 512


def test_an_account_is_unlocked(domain, lab):
    guid = domain.user()
    item = {"guid": guid, "expected": {"lockoutTime": "133000000000000000"}}
    assert domain.one("unlock-user", item).status is Status.UNCHANGED
    lab.database.apply([modify(domain.read(guid).dn, ("replace", "lockoutTime", ["133000000000000000"]))])
    assert domain.one("unlock-user", item).status is Status.CHANGED
    assert domain.text(guid, "lockoutTime") == "0"


def test_no_account_but_a_throw_away_one_is_removed(domain):
    guid = domain.user()
    outcome = domain.one("remove-probe", {"guid": guid})
    assert (outcome.status, outcome.reason) == (Status.CONFLICT, "it is no throw-away account of jcad")
    assert domain.read(guid).dn


@pytest.mark.parametrize("name", ["plain", "comma, inside", "ends with\\", "a=b+c"])
def test_an_object_is_moved(domain, name):
    sam = f"mover{next(NUMBERS)}"
    guid = domain.one("create-user", new_user(sam, name=name), PASSWORD).guid
    item = {"guid": guid, "expected": {"parent": PLACE}, "path": ELSEWHERE}
    assert domain.one("move-object", item).status is Status.CHANGED
    assert domain.read(guid).dn.endswith(f",{ELSEWHERE}")
    assert domain.text(guid, "cn") == name
    assert domain.one("move-object", item).status is Status.UNCHANGED
    back = {"guid": guid, "expected": {"parent": PLACE}, "path": DOMAIN_DN}
    assert domain.one("move-object", back).status is Status.CONFLICT


def test_a_group_is_renamed(domain):
    guid = domain.group("Before")
    item = {"guid": guid, "expected": {"name": "Before", "sam": "Before"}, "name": "After, all", "sam": "After all"}
    outcome = domain.one("rename-group", item)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("sAMAccountName", "name"))
    assert [domain.text(guid, name) for name in ("cn", "sAMAccountName")] == ["After, all", "After all"]
    assert domain.one("rename-group", item).status is Status.UNCHANGED
    assert domain.one("rename-group", item | {"name": "Third"}).status is Status.CONFLICT


def test_a_group_is_not_renamed_to_a_name_that_is_taken(domain):
    guid, taken = domain.group("Free"), domain.group("Taken")
    item = {"guid": guid, "expected": {"name": "Free", "sam": "Free"}, "name": "Taken", "sam": "Taken"}
    assert domain.one("rename-group", item).status is Status.CONFLICT
    assert domain.text(guid, "cn") == "Free"
    assert domain.text(taken, "cn") == "Taken"


def renaming(guid, name, **changes):
    before = {"sam": name, "upn": f"{name}@lab.jcad.test"}
    return {"guid": guid, "expected": before, "sam": name, "upn": before["upn"]} | changes


def test_an_account_gets_another_logon_name_and_keeps_its_cn(domain):
    sam = f"renamed{next(NUMBERS)}"
    guid = domain.one("create-user", new_user(sam), PASSWORD).guid
    item = renaming(guid, sam, sam=f"{sam}-x", upn=f"{sam}-x@lab.jcad.test")
    outcome = domain.one("rename-user", item)
    assert (outcome.status, outcome.done) == (Status.CHANGED, ("sAMAccountName", "userPrincipalName"))
    names = ("cn", "sAMAccountName", "userPrincipalName")
    assert [domain.text(guid, name) for name in names] == [sam, f"{sam}-x", f"{sam}-x@lab.jcad.test"]
    assert domain.one("rename-user", item).status is Status.UNCHANGED
    assert domain.one("rename-user", item | {"sam": "third"}).status is Status.CONFLICT
    assert domain.one("rename-user", item, what_if=True).status is Status.UNCHANGED


def test_a_user_principal_name_of_null_is_left_alone(domain):
    sam = f"renamed{next(NUMBERS)}"
    guid = domain.one("create-user", new_user(sam), PASSWORD).guid
    assert domain.one("rename-user", renaming(guid, sam, sam=f"{sam}-x", upn=None)).done == ("sAMAccountName",)
    assert domain.text(guid, "userPrincipalName") == f"{sam}@lab.jcad.test"


def test_a_logon_name_that_is_taken_is_a_conflict_whatever_its_accents(domain):
    sam, other = f"renamed{next(NUMBERS)}", f"jos\u00e9{next(NUMBERS)}"
    guid = domain.one("create-user", new_user(sam), PASSWORD).guid
    domain.one("create-user", new_user(other), PASSWORD)
    for taken in (other, other.replace("\u00e9", "e").upper()):
        assert domain.one("rename-user", renaming(guid, sam, sam=taken)).status is Status.CONFLICT
    assert domain.text(guid, "sAMAccountName") == sam


def test_numbers_truth_and_lists_are_set_as_what_they_are(domain):
    """A country code is a number, msNPAllowDialin a truth value, and otherTelephone has several values."""
    typed = {"countryCode": 756, "msNPAllowDialin": True, "otherTelephone": ("+41 1", "+41 2")}
    guid = domain.user(**typed)
    entry = domain.read(guid)
    assert [entry.text(name) for name in ("countryCode", "msNPAllowDialin")] == ["756", "TRUE"]
    assert set(entry.texts("otherTelephone")) == {"+41 1", "+41 2"}
    item = {"guid": guid, "expected": typed, "set": {"countryCode": 40, "msNPAllowDialin": False}, "clear": []}
    item["set"]["otherTelephone"] = ("+41 2", "+41 3", "/Date(0)/")
    assert domain.one("set-attributes", item).status is Status.CHANGED
    entry = domain.read(guid)
    assert [entry.text(name) for name in ("countryCode", "msNPAllowDialin")] == ["40", "FALSE"]
    assert set(entry.texts("otherTelephone")) == {"+41 2", "+41 3", "/Date(0)/"}
    assert domain.one("set-attributes", item).status is Status.UNCHANGED
    stale = item | {"set": {"countryCode": 41}}
    assert domain.one("set-attributes", stale).status is Status.CONFLICT


# ---- memberships -----------------------------------------------------------------------------------------------------


def memberships(group, members):
    return [{"id": f"m{number}", "guid": group, "member": member} for number, member in enumerate(members)]


def statuses(outcomes):
    """In the order of the ids: the script tells of an item when it is done."""
    return [outcome.status for _, outcome in sorted(outcomes.items())]


def test_members_are_added_and_removed_with_one_answer_each(domain):
    group, members = domain.group(), [domain.user() for _ in range(3)]
    items = memberships(group, members)
    assert statuses(domain.run("add-members", items)) == [Status.CHANGED] * 3
    assert set(domain.read(group).texts("member")) == {domain.read(member).dn for member in members}
    assert statuses(domain.run("add-members", items)) == [Status.UNCHANGED] * 3
    outcomes = domain.run("remove-members", items[:2])
    assert statuses(outcomes) == [Status.CHANGED] * 2
    assert [outcomes[identity].guid for identity in ("m0", "m1")] == members[:2]
    assert domain.read(group).texts("member") == (domain.read(members[2]).dn,)
    assert statuses(domain.run("remove-members", items[:2])) == [Status.UNCHANGED] * 2


def test_a_member_that_is_gone_fails_alone(domain):
    group, members = domain.group(), [domain.user() for _ in range(4)]
    members.insert(2, uuid4())
    outcomes = domain.run("add-members", memberships(group, members))
    assert statuses(outcomes) == [Status.CHANGED, Status.CHANGED, Status.FAILED, Status.CHANGED, Status.CHANGED]
    assert len(domain.read(group).texts("member")) == 4


def test_a_member_that_the_directory_refuses_is_found_by_halving(domain, lab):
    """A domain local group cannot be a member of a global one: the whole call fails for it."""
    group, members = domain.group(), [domain.user() for _ in range(6)]
    name = f"Local {next(NUMBERS)}"
    local = {"objectClass": ["group"], "sAMAccountName": [name], "groupType": ["-2147483644"]}
    lab.database.apply([add(f"CN={name},{PLACE}", local)])
    members.insert(4, domain.known(name))
    outcomes = domain.run("add-members", memberships(group, members))
    assert statuses(outcomes) == [Status.CHANGED] * 4 + [Status.FAILED] + [Status.CHANGED] * 2
    assert len(domain.read(group).texts("member")) == 6


def test_the_primary_group_counts_and_cannot_be_left(domain):
    group, member = domain.group(), domain.user()
    domain.run("add-members", memberships(group, [member]))
    rid = sid_rid(domain.read(group))
    domain.lab.database.apply([modify(domain.read(member).dn, ("replace", "primaryGroupID", [str(rid)]))])
    assert statuses(domain.run("add-members", memberships(group, [member]))) == [Status.UNCHANGED]
    (outcome,) = domain.run("remove-members", memberships(group, [member])).values()
    assert outcome.status is Status.CONFLICT
    assert "primary group" in outcome.reason


def sid_rid(entry):
    return int.from_bytes(next(iter(entry.attributes["objectSid"]))[-4:], "little")


@pytest.mark.parametrize("sam", ["Domain Admins", "Administrators", "DnsAdmins", "Group Policy Creator Owners"])
@pytest.mark.parametrize("name", ["add-members", "remove-members"])
def test_a_protected_group_is_given_and_deprived_of_nobody(domain, sam, name):
    group = domain.known(sam)
    before = domain.read(group).texts("member")
    members = [domain.user(), domain.known("jcad-writer")]
    outcomes = domain.run(name, memberships(group, members))
    assert statuses(outcomes) == [Status.CONFLICT] * 2
    assert all("the group" in outcome.reason for outcome in outcomes.values())
    assert domain.read(group).texts("member") == before


def test_members_of_several_groups_travel_together(domain):
    groups, member = [domain.group() for _ in range(3)], domain.user()
    items = [{"id": f"g{n}", "guid": group, "member": member} for n, group in enumerate(groups)]
    assert statuses(domain.run("add-members", items)) == [Status.CHANGED] * 3
    assert len(domain.read(member).texts("memberOf")) == 3


# ---- what is never written -------------------------------------------------------------------------------------------

NEVER = {
    "disable-user": lambda guid: {"guid": guid, "expected": {"userAccountControl": 512}},
    "enable-user": lambda guid: {"guid": guid, "expected": {"userAccountControl": 514}},
    "set-attributes": lambda guid: {"guid": guid, "expected": {}, "set": {"description": "x"}, "clear": []},
    "unlock-user": lambda guid: {"guid": guid, "expected": {}},
    "move-object": lambda guid: {"guid": guid, "expected": {"parent": PLACE}, "path": ELSEWHERE},
    "rename-user": lambda guid: {"guid": guid, "expected": {"sam": "a", "upn": None}, "sam": "b", "upn": None},
}


@pytest.mark.parametrize("name", NEVER)
@pytest.mark.parametrize("sam", ["Administrator", "krbtgt", "Guest"])
def test_built_in_accounts_are_never_written(domain, name, sam):
    guid = domain.known(sam)
    before = domain.read(guid)
    outcome = domain.one(name, NEVER[name](guid))
    assert outcome.status is Status.CONFLICT
    assert domain.read(guid) == before


@pytest.mark.parametrize("name", NEVER)
def test_an_account_with_admin_count_is_never_written(domain, lab, name):
    guid = domain.user()
    lab.database.apply([modify(domain.read(guid).dn, ("replace", "adminCount", ["1"]))])
    outcome = domain.one(name, NEVER[name](guid))
    assert (outcome.status, outcome.reason) == (Status.CONFLICT, "adminCount is 1")


def test_the_password_of_a_protected_account_is_not_reset(domain):
    guid = domain.known("Administrator")
    item = {"guid": guid, "expected": {"pwdLastSet": domain.text(guid, "pwdLastSet")}, "unlock": True}
    assert domain.one("reset-password", item, PASSWORD).status is Status.CONFLICT


def test_a_member_of_a_built_in_group_is_protected(domain, lab):
    guid = domain.user()
    operators = f"CN=Print Operators,CN=Builtin,{DOMAIN_DN}"
    lab.database.apply([modify(operators, ("add", "member", [domain.read(guid).dn]))])
    outcome = domain.one("disable-user", NEVER["disable-user"](guid))
    assert outcome.status is Status.CONFLICT
    assert "Print Operators" in outcome.reason


def test_a_service_account_may_be_in_remote_management_users_and_in_no_other_built_in_group(domain, lab):
    """Where `logon = "domain-controllers"` puts it; any other account there stays protected."""
    guid, service = domain.user(), {"serviceAccount": True}
    management = lab.ldapsearch("(objectSid=S-1-5-32-580)", "dn")[0].dn
    lab.database.apply([modify(management, ("add", "member", [domain.read(guid).dn]))])
    assert domain.one("disable-user", NEVER["disable-user"](guid)).status is Status.CONFLICT
    expected = {"guid": guid, "expected": {"pwdLastSet": domain.text(guid, "pwdLastSet")}, "unlock": True}
    assert domain.one("reset-password", expected, PASSWORD).status is Status.CONFLICT
    assert domain.one("reset-password", expected | service, PASSWORD).status is Status.CHANGED
    disable = {"guid": guid, "expected": {"userAccountControl": 512}, **service}
    assert domain.one("disable-user", disable).status is Status.CHANGED
    enable = {"guid": guid, "expected": {"userAccountControl": 514}, **service}
    assert domain.one("enable-user", enable).status is Status.CHANGED
    operators = f"CN=Print Operators,CN=Builtin,{DOMAIN_DN}"
    lab.database.apply([modify(operators, ("add", "member", [domain.read(guid).dn]))])
    outcome = domain.one("disable-user", disable)
    assert outcome.status is Status.CONFLICT
    assert "Print Operators" in outcome.reason


def test_a_protected_group_is_not_renamed(domain):
    guid = domain.known("DnsAdmins")
    item = {"guid": guid, "expected": {"name": "DnsAdmins", "sam": "DnsAdmins"}, "name": "Other", "sam": "Other"}
    assert domain.one("rename-group", item).status is Status.CONFLICT


@pytest.mark.parametrize("name", ["disable-user", "set-attributes"])
def test_a_computer_is_no_person(domain, lab, name):
    sam = f"pc{next(NUMBERS)}"
    computer = {"objectClass": ["computer"], "sAMAccountName": [f"{sam}$"], "userAccountControl": ["4096"]}
    lab.database.apply([add(f"CN={sam},{PLACE}", computer)])
    outcome = domain.one(name, NEVER[name](domain.known(f"{sam}$")))
    assert outcome.status in {Status.CONFLICT, Status.FAILED}


# ---- objects that are gone, rights that are missing, dry runs --------------------------------------------------------


@pytest.mark.parametrize("name", [*NEVER, "rename-group"])
def test_an_object_that_was_deleted_fails_by_name(domain, name):
    item = NEVER[name](uuid4()) if name in NEVER else {
        "guid": uuid4(), "expected": {"name": "a", "sam": "a"}, "name": "b", "sam": "b",
    }  # fmt: skip
    outcome = domain.one(name, item)
    assert outcome.status is Status.FAILED
    assert outcome.error.type.endswith("ADIdentityNotFoundException")
    assert "deleted since the plan was made" in outcome.error.hint


def test_a_user_that_is_deleted_between_two_items_fails_alone(domain, lab):
    first, second = domain.user(), domain.user()
    lab.database.apply([delete(domain.read(second).dn)])
    items = [{"id": str(n), **NEVER["disable-user"](guid)} for n, guid in enumerate((second, first))]
    assert statuses(domain.run("disable-user", items)) == [Status.FAILED, Status.CHANGED]


def test_what_if_changes_nothing_and_says_so(domain):
    guid, group = domain.user(givenName="Old"), domain.group()
    told = [
        domain.one("set-attributes", given_name(guid), what_if=True),
        domain.one("disable-user", NEVER["disable-user"](guid), what_if=True),
        domain.one("move-object", NEVER["move-object"](guid), what_if=True),
        domain.one("create-user", new_user("never.made"), PASSWORD, what_if=True),
        domain.one("create-group", new_group("Never made"), what_if=True),
        *domain.run("add-members", memberships(group, [guid]), what_if=True).values(),
    ]
    assert [outcome.status for outcome in told] == [Status.SKIPPED] * 6
    assert domain.text(guid, "givenName") == "Old"
    assert not domain.lab.ldapsearch("(|(sAMAccountName=never.made)(sAMAccountName=Never made))", "dn")
    assert not domain.read(group).texts("member")


def given_name(guid):
    return {"guid": guid, "expected": {"givenName": "Old"}, "set": {"givenName": "New"}, "clear": []}


@pytest.fixture
def operator(lab, domain):
    """A session of an account that may log on over WinRM, and may write nothing."""
    name = f"operator{next(NUMBERS)}"
    guid = domain.one("create-user", new_user(name), PASSWORD).guid
    management = lab.ldapsearch("(objectSid=S-1-5-32-580)", "dn")[0].dn
    lab.database.apply([modify(management, ("add", "member", [domain.read(guid).dn]))])
    with open_session(endpoint_of(lab, name), PASSWORD) as session:
        yield Domain(lab, session)


def test_an_account_without_rights_is_told_which_it_needs(domain, operator):
    victim, group = domain.user(givenName="Old"), domain.group()
    reset = {"guid": victim, "expected": {"pwdLastSet": domain.text(victim, "pwdLastSet")}, "unlock": False}
    told = {
        "set-attributes": operator.one("set-attributes", given_name(victim)),
        "reset-password": operator.one("reset-password", reset, PASSWORD),
        "create-group": operator.one("create-group", new_group("Not allowed")),
        "create-user": operator.one("create-user", new_user("not.allowed"), PASSWORD),
        "add-members": operator.run("add-members", memberships(group, [victim]))["m0"],
    }
    for name, outcome in told.items():
        assert outcome.status is Status.FAILED, name
        assert f"{name} needs" in (outcome.error.hint or ""), outcome
    assert domain.text(victim, "givenName") == "Old"


def test_the_probe_tells_what_the_host_is(domain):
    (line,) = domain.session.run(probe_call(domain.session.server))
    facts = read_facts(line)
    assert facts.obstacle is None
    assert facts.computer == "DC1"
    assert facts.account == f"{NETBIOS_DOMAIN}\\jcad-writer"
    assert facts.ps_version.startswith("5.1.")
    assert facts.domain.casefold() == DOMAIN_DN.casefold()
    assert facts.domain_controller.casefold() == domain.session.server.casefold()


def test_a_whole_batch_comes_one_by_one(domain):
    items = [{"id": f"i{n}", **new_user(f"crowd{n}", attributes={"sn": f"Nr {n}"})} for n in range(60)]
    (batch,) = batches(script("create-user"), items, [PASSWORD] * 60)
    lines = domain.session.run(batch.call(server=domain.session.server))
    outcomes = [read_outcome(script("create-user"), line) for line in lines]
    assert [outcome.id for outcome in outcomes] == [item["id"] for item in items]
    assert {outcome.status for outcome in outcomes} == {Status.CHANGED}
    assert len(domain.lab.ldapsearch("(sAMAccountName=crowd*)", "dn")) == 60


# ---- logging on ------------------------------------------------------------------------------------------------------


BY_PASSWORD = [Authentication.NTLM, Authentication.NEGOTIATE, Authentication.BASIC]
"""Kerberos and certificates have tests of their own."""


@pytest.mark.parametrize("authentication", BY_PASSWORD)
def test_a_wrong_password_raises_the_domains_count_by_one(domain, lab, authentication):
    guid = domain.user()
    described = replace(endpoint_of(lab, domain.text(guid, "sAMAccountName")), authentication=authentication)
    with pytest.raises(AuthenticationFailed):
        open_session(described, Secret("wrong"))
    assert domain.text(guid, "badPwdCount") == "1"


@pytest.mark.parametrize("authentication", BY_PASSWORD)
def test_an_account_of_the_domain_logs_on_by_every_mechanism(lab, authentication):
    described = replace(endpoint_of(lab), authentication=authentication)
    with open_session(described, Secret(password_of("jcad-writer"))) as session:
        (line,) = session.run(probe_call(session.server))
    assert read_facts(line).account == f"{NETBIOS_DOMAIN}\\jcad-writer"


def collect(lines, into):
    for line in lines:
        into.append(line)  # one by one: what came before the break counts


def test_a_connection_that_breaks_in_the_middle_keeps_what_was_said(domain, lab):
    """What it did not say is unknown, and is read back."""
    guids = [domain.user() for _ in range(6)]
    items = [{"id": str(n), **NEVER["disable-user"](guid)} for n, guid in enumerate(guids)]
    (batch,) = batches(script("disable-user"), items)
    told = []
    with open_session(endpoint_of(lab), Secret(password_of("jcad-writer"))) as session:
        lab.faults.set("endpoint.drop_after_records", at=3)
        with pytest.raises(ConnectionFailed):
            collect(session.run(batch.call(server=session.server)), told)
    assert [read_outcome(batch.script, line).id for line in told] == ["0", "1", "2"]
    assert [domain.control(guid) for guid in guids[:3]] == [514] * 3
    assert lab.dc(1).https.shells == 1
