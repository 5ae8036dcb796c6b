"""The lab's domain, on real Samba: what it holds, what it enforces, how it counts, and that it keeps to loopback."""

from __future__ import annotations

import base64
import ipaddress
import re
import subprocess
import sys
from pathlib import Path

import pytest
from spnego._ntlm_raw.crypto import ntowfv1

from jcad.errors import LabError
from jcad.lab.domain.database import DatabaseRefused, add, delete, modify
from jcad.lab.domain.loader import lock
from jcad.lab.domain.provision import REMOTE_MANAGEMENT_USERS
from jcad.lab.lab import Lab
from jcad.lab.seed import (
    ADMINISTRATOR,
    DISABLED,
    DNS_DOMAIN,
    DOMAIN_DN,
    LOCKED,
    NO_REMOTING,
    READER,
    WRITER,
    make_seed,
    password_of,
)
from jcad.model import Sid

LISTENING = {"tcp": "0A", "udp": "07"}


def listeners():
    """Every (protocol, address, port) that something listens on, as `ss -ltnu` takes it from the kernel."""
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state = line.split()[:4]
            if state == LISTENING[table[:3]]:
                address, port = local.split(":")
                words = (int(address[at : at + 8], 16) for at in range(0, len(address), 8))
                packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
                found.add((table[:3], ipaddress.ip_address(packed), int(port, 16)))
    return found


def is_local(address):
    """Loopback's, IPv4-mapped ones too."""
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def client(lab, tool, *arguments, account=ADMINISTRATOR, password=None, url=None, stdin=None):
    """Run one of OpenLDAP's clients as an account, over LDAPS unless told otherwise."""
    return subprocess.run(
        [tool, "-x", "-H", url or lab.dc(1).ldaps_url, "-D", f"{account}@{DNS_DOMAIN}",
         "-w", password or password_of(account), *arguments],
        input=stdin, capture_output=True, text=True, check=False, env={"LDAPTLS_CACERT": str(lab.ca_file)},
    )  # fmt: skip


def binds(lab, account, password):
    """The client's words where a bind is refused, or an empty text."""
    return client(lab, "ldapsearch", "-s", "base", "-b", "", "1.1", account=account, password=password).stderr


def resets(lab, account, dn, password):
    """Set the password of an object over LDAPS as this account, as AD wants it."""
    coded = base64.b64encode(unicode_pwd(password)).decode()
    ldif = f"dn: {dn}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {coded}\n"
    return client(lab, "ldapmodify", account=account, stdin=ldif).returncode


def unicode_pwd(password):
    return f'"{password}"'.encode("utf-16-le")


@pytest.fixture
def person(lab):
    """An account of the test's own: its sAMAccountName."""
    dn = f"CN=passer.by,CN=Users,{DOMAIN_DN}"
    lab.database.apply(
        [
            add(
                dn,
                {
                    "objectClass": ["user"],
                    "sAMAccountName": ["passer.by"],
                    "userAccountControl": ["512"],
                    "unicodePwd": [unicode_pwd("First-Password.1")],
                },
            )
        ]
    )
    yield "passer.by"
    lab.database.apply([delete(dn)])


def dn_of(lab, account):
    (entry,) = lab.database.search(f"(sAMAccountName={account})", ["cn"])
    return entry.dn


# --- where it listens -------------------------------------------------------------------------------------------------


def test_nothing_new_listens_outside_loopback(tmp_path):
    """Debian's Samba packages would serve every interface; the lab's Samba must not."""
    before = listeners()
    with Lab.start(tmp_path / "lab", controllers=2, members=1) as lab:
        new = listeners() - before
        ours = {ipaddress.ip_address(each) for each in (lab.addresses.services, *(host.address for host in lab.hosts))}
        assert not [each for each in new if not is_local(each[1])]
        assert {("tcp", ipaddress.ip_address(lab.dc(2).address), port) for port in (389, 636, 5985, 5986)} <= new
        assert {address for _, address, _ in new} >= ours
    assert not [each for each in listeners() - before if each[1] in ours]


def test_two_labs_stand_side_by_side(lab, own_lab):
    """Each has addresses and a domain of its own; what happens in one is not seen in the other."""
    assert own_lab.dc(1).address != lab.dc(1).address
    own_lab.database.apply([add(f"OU=Only here,{DOMAIN_DN}", {"objectClass": ["organizationalUnit"]})])
    assert own_lab.ldapsearch("(ou=Only here)", "ou")
    assert not lab.ldapsearch("(ou=Only here)", "ou")


def test_a_fresh_domain_has_a_sid_of_its_own(lab, tmp_path):
    with Lab.start(tmp_path / "lab", fresh=True) as other:
        sids = {
            Sid.from_bytes(each.database.search("(objectClass=domain)", ["objectSid"])[0].attributes["objectSid"][0])
            for each in (lab, other)
        }
    assert len(sids) == 2


def test_the_folder_of_a_lab_must_be_empty(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(LabError, match="not empty"):
        Lab.start(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


# --- what it holds ----------------------------------------------------------------------------------------------------


def test_every_object_of_the_seed_is_there_with_its_attributes(lab):
    """Read back with OpenLDAP's client: names, containers, attributes and members, however awkward."""
    seed = make_seed().directory
    found = {entry.text("sAMAccountName"): entry for entry in lab.ldapsearch("(sAMAccountName=*)", "*")}
    for user in seed.users:
        entry = found[user.sam_account_name]
        assert entry.text("distinguishedName").lower() == _spelt(lab, user.dn).lower()
        assert int(entry.text("userAccountControl")) == user.user_account_control
        for name, values in user.attributes:
            assert sorted(entry.texts(name)) == sorted(values), (user.sam_account_name, name)
    for group in seed.groups:
        entry = found[group.sam_account_name]
        assert int(entry.text("groupType")) == group.group_type or group.existing
        members = set(entry.texts("member"))
        for member in group.members:  # by primaryGroupID a member is not listed
            primary = entry.attributes["objectSid"][0].endswith(
                int(found[member].text("primaryGroupID") or "0").to_bytes(4, "little")
            )
            assert primary or found[member].text("distinguishedName") in members


def _spelt(lab, dn):
    """The DN as Samba spells it (it escapes other characters than we do)."""
    (entry,) = lab.database.search("(objectClass=*)", ["distinguishedName"], base=dn, scope="base")
    return entry.text("distinguishedName")


def test_an_account_whose_primary_group_was_set_is_no_longer_listed_as_member(lab):
    account = lab.accounts.find("reception.primary")
    (group,) = lab.ldapsearch("(sAMAccountName=Reception)", "member", "objectSid")
    assert not [member for member in group.texts("member") if "reception.primary" in member]
    assert str(Sid.from_bytes(group.attributes["objectSid"][0])) in account.groups


def test_groups_that_windows_has_and_samba_lacks_are_there(lab):
    (remote,) = lab.ldapsearch("(sAMAccountName=Remote Management Users)", "objectSid", "groupType")
    assert str(Sid.from_bytes(remote.attributes["objectSid"][0])) == REMOTE_MANAGEMENT_USERS
    assert lab.ldapsearch("(sAMAccountName=DnsAdmins)", "cn")


def test_members_of_protected_groups_are_protected_as_by_sdprop(lab):
    """Direct, nested and by primaryGroupID; an ordinary account is not."""
    marked = {entry.text("sAMAccountName") for entry in lab.ldapsearch("(adminCount=1)", "sAMAccountName")}
    assert {"domain.admin", "primary.admin", "nested.operator", "account.operator", "Tier 1 helpdesk", WRITER} <= marked
    assert not {"mary.jones", READER, "DC1$"} & marked
    for name, protected in (("nested.operator", True), ("mary.jones", False)):
        sddl = subprocess.run(
            ["samba-tool", "dsacl", "get", f"--objectdn={dn_of(lab, name)}", "-H", _local(lab), "-s", _conf(lab)],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert bool(re.search(r"D:[A-Z]*P", sddl)) is protected, sddl


def _conf(lab):
    return str(lab.directory.controllers[0].samba.files.configuration)


def _local(lab):
    return str(lab.directory.controllers[0].samba.files.private / "sam.ldb")


def test_a_change_that_samba_refuses_leaves_nothing_of_its_transaction(lab):
    unit = f"OU=Half done,{DOMAIN_DN}"
    with pytest.raises(DatabaseRefused, match="nowhere") as refused:
        lab.database.apply(
            [add(unit, {"objectClass": ["organizationalUnit"]}), modify("CN=nowhere", ("replace", "cn", ["x"]))]
        )
    assert refused.value.code
    assert not lab.database.search("(ou=Half done)", ["ou"])


# --- who may log on ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "mary.jones",
        "MARY.JONES",
        r"LAB\mary.jones",
        r"lab.jcad.test\mary.jones",
        f"mary.jones@{DNS_DOMAIN}",
        "mary.jones@lab",
    ],
)
def test_an_account_is_found_by_every_form_of_its_name(lab, name):
    assert lab.accounts.find(name).account == "mary.jones"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nobody",
        r"OTHER\mary.jones",
        "mary.jones@other.test",
        "LAB\\",
        f"@{DNS_DOMAIN}",
        "*",
        "mary*",
        "a)(b",
        "DC1$",
    ],
)
def test_no_account_is_found_by_other_names(lab, name):
    assert lab.accounts.find(name) is None


def test_a_token_holds_direct_nested_primary_and_builtin_groups(lab):
    groups = lab.accounts.find("nested.operator").groups
    domain = lab.accounts.find("nested.operator").sid.rpartition("-")[0]
    assert {"S-1-5-32-549", "S-1-5-32-545", f"{domain}-513"} <= groups
    assert "S-1-5-32-544" in lab.accounts.find(WRITER).groups
    assert "S-1-5-32-544" not in lab.accounts.find(READER).groups


def test_refusals_name_the_reason(lab, person):
    def refusal(name):
        return lab.accounts.find(name).refused

    assert refusal(READER) is None
    assert refusal(DISABLED) == "533"
    assert refusal(LOCKED) == "775"
    dn = dn_of(lab, person)
    lab.database.apply([modify(dn, ("replace", "pwdLastSet", ["0"]))])
    assert refusal(person) == "773"
    lab.database.apply([modify(dn, ("replace", "accountExpires", ["130000000000000000"]))])
    assert refusal(person) == "701"


def test_a_deleted_account_is_nobody(lab):
    dn = f"CN=short.lived,CN=Users,{DOMAIN_DN}"
    lab.database.apply([add(dn, {"objectClass": ["user"], "sAMAccountName": ["short.lived"]})])
    assert lab.accounts.find("short.lived") is not None
    lab.database.apply([delete(dn)])
    assert lab.accounts.find("short.lived") is None


def test_an_account_without_a_password_has_a_hash_that_fits_none(lab):
    dn = f"CN=no.password,CN=Users,{DOMAIN_DN}"
    lab.database.apply([add(dn, {"objectClass": ["user"], "sAMAccountName": ["no.password"]})])
    try:
        first, second = (lab.accounts.find("no.password").nt_hash for _ in range(2))
        assert len(first) == 16
        assert first != second
        assert first != ntowfv1("")
    finally:
        lab.database.apply([delete(dn)])


def test_the_password_of_this_moment_is_the_one_that_counts(lab, person):
    """Changed over LDAP by somebody else; the hash, and Samba's own binds, follow at once."""
    assert lab.accounts.find(person).nt_hash == ntowfv1("First-Password.1")
    assert not binds(lab, person, "First-Password.1")
    assert resets(lab, WRITER, dn_of(lab, person), "Second-Password.2") == 0
    assert lab.accounts.find(person).nt_hash == ntowfv1("Second-Password.2")
    assert not binds(lab, person, "Second-Password.2")
    assert "Invalid credentials" in binds(lab, person, "Wrong-Password.3")


def test_a_login_never_shows_its_hash(lab):
    login = lab.accounts.find(READER)
    assert login.nt_hash.hex() not in repr(login)
    assert str(login.nt_hash) not in repr(login)


# --- wrong passwords --------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_password_locks_the_account(lab, person):
    login = lab.accounts.find(person)
    for count in range(1, 5):
        lab.accounts.wrong_password(login)
        assert lab.accounts.wrong_passwords(person) == count
        assert lab.accounts.find(person).refused is None
    lab.accounts.wrong_password(login)
    assert lab.accounts.find(person).refused == "775"
    assert "data 775" in binds(lab, person, "First-Password.1")
    lab.accounts.wrong_password(login)
    assert lab.accounts.wrong_passwords(person) == 5


def test_endpoint_and_ldap_count_on_one_counter(lab, person):
    lab.accounts.wrong_password(lab.accounts.find(person))
    assert "data 52e" in binds(lab, person, "Wrong-Password.3")
    assert lab.accounts.wrong_passwords(person) == 2


def test_a_right_password_sets_the_counter_back(lab, person):
    lab.accounts.wrong_password(lab.accounts.find(person))
    assert not binds(lab, person, "First-Password.1")
    assert lab.accounts.wrong_passwords(person) == 0


def test_counting_begins_again_after_the_observation_window(lab, person):
    login = lab.accounts.find(person)
    for _ in range(4):
        lab.accounts.wrong_password(login)
    lab.database.apply([modify(dn_of(lab, person), ("replace", "badPasswordTime", ["130000000000000000"]))])
    lab.accounts.wrong_password(login)
    assert lab.accounts.wrong_passwords(person) == 1


def test_a_fine_grained_policy_goes_before_the_domains(lab, person):
    """Two wrong passwords are enough where the account's own policy says so (msDS-PSOAppliesTo)."""
    policy = f"CN=Strict,CN=Password Settings Container,CN=System,{DOMAIN_DN}"
    half_hour = str(-30 * 60 * 10_000_000)
    lab.database.apply(
        [
            add(
                policy,
                {
                    "objectClass": ["msDS-PasswordSettings"],
                    "msDS-PasswordSettingsPrecedence": ["1"],
                    "msDS-PasswordReversibleEncryptionEnabled": ["FALSE"],
                    "msDS-PasswordHistoryLength": ["0"],
                    "msDS-PasswordComplexityEnabled": ["TRUE"],
                    "msDS-MinimumPasswordLength": ["7"],
                    "msDS-MinimumPasswordAge": ["0"],
                    "msDS-MaximumPasswordAge": ["-864000000000"],
                    "msDS-LockoutThreshold": ["2"],
                    "msDS-LockoutObservationWindow": [half_hour],
                    "msDS-LockoutDuration": [half_hour],
                    "msDS-PSOAppliesTo": [dn_of(lab, person)],
                },
            )
        ]
    )
    try:
        login = lab.accounts.find(person)
        lab.accounts.wrong_password(login)
        assert lab.accounts.find(person).refused is None
        lab.accounts.wrong_password(login)
        assert lab.accounts.find(person).refused == "775"
    finally:
        lab.database.apply([delete(policy)])


def test_the_administrator_is_counted_but_never_locked(lab):
    login = lab.accounts.find(ADMINISTRATOR)
    try:
        for _ in range(7):
            lab.accounts.wrong_password(login)
        assert lab.accounts.wrong_passwords(ADMINISTRATOR) == 7
        assert lab.accounts.find(ADMINISTRATOR).refused is None
    finally:
        lab.database.apply([modify(dn_of(lab, ADMINISTRATOR), ("replace", "badPwdCount", ["0"]))])


def test_a_scenario_can_lock_an_account(lab, person):
    lab.database.apply([lock(dn_of(lab, person))])
    assert lab.accounts.find(person).refused == "775"


# --- what it enforces -------------------------------------------------------------------------------------------------


def test_an_unsigned_bind_is_refused(lab):
    """LDAP_STRONG_AUTH_REQUIRED: the password would travel in the clear."""
    answer = client(lab, "ldapsearch", "-s", "base", "-b", "", "1.1", url=lab.dc(1).ldap_url)
    assert answer.returncode == 8, answer.stderr


def test_a_certificate_of_another_authority_is_not_trusted(lab, own_lab):
    answer = subprocess.run(
        ["ldapsearch", "-x", "-H", lab.dc(1).ldaps_url, "-s", "base", "-b", "", "1.1"],
        capture_output=True, text=True, check=False, env={"LDAPTLS_CACERT": str(own_lab.ca_file)},
    )  # fmt: skip
    assert answer.returncode
    assert "Can't contact LDAP server" in answer.stderr


def test_the_password_policy_is_enforced(lab, person):
    dn = dn_of(lab, person)
    for password in ("Shrt.1", "alllowercaseletters"):
        with pytest.raises(DatabaseRefused, match="0000052D"):
            lab.database.apply([modify(dn, ("replace", "unicodePwd", [unicode_pwd(password)]))])


def test_access_control_entries_are_enforced(lab, person):
    """Granted Reset Password alone, an ordinary account may reset a password and may not change a name."""
    target = dn_of(lab, "mary.jones")
    rename = f"dn: {target}\nchangetype: modify\nreplace: givenName\ngivenName: Changed\n"
    before = lab.database.search("(sAMAccountName=mary.jones)", ["givenName", "nTSecurityDescriptor"])[0]
    assert resets(lab, NO_REMOTING, target, "Reset-Password.9") == 50
    sid = lab.accounts.find(NO_REMOTING).sid
    subprocess.run(
        ["samba-tool", "dsacl", "set", f"--objectdn={target}", "-H", _local(lab), "-s", _conf(lab),
         f"--sddl=(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;{sid})"],
        check=True, capture_output=True,
    )  # fmt: skip
    try:
        assert client(lab, "ldapmodify", account=NO_REMOTING, stdin=rename).returncode == 50
        assert resets(lab, NO_REMOTING, target, "Reset-Password.9") == 0
        assert lab.accounts.find("mary.jones").nt_hash == ntowfv1("Reset-Password.9")
        assert client(lab, "ldapmodify", account=WRITER, stdin=rename).returncode == 0
    finally:
        password = make_seed().directory.user("mary.jones").password
        lab.database.apply(
            [
                modify(
                    target,
                    ("replace", "nTSecurityDescriptor", before.attributes["nTSecurityDescriptor"]),
                    ("replace", "givenName", before.attributes["givenName"]),
                    ("replace", "unicodePwd", [unicode_pwd(password)]),
                )
            ]
        )


# --- several domain controllers ---------------------------------------------------------------------------------------


def test_each_domain_controller_says_who_it_is(lab):
    for number in (1, 2):
        shown = client(
            lab, "ldapsearch", "-LLL", "-b", "", "-s", "base", "dnsHostName", url=lab.dc(number).ldaps_url
        ).stdout
        assert f"dnsHostName: dc{number}.{DNS_DOMAIN}\n" in shown


def test_what_one_controller_writes_the_other_shows_at_once(lab):
    """Created on each by turns, with SIDs of each one's own pool."""
    sids = set()
    for number in (1, 2):
        name = f"made.on.{number}"
        ldif = f"dn: CN={name},CN=Users,{DOMAIN_DN}\nchangetype: add\nobjectClass: user\nsAMAccountName: {name}\n"
        assert client(lab, "ldapmodify", stdin=ldif, url=lab.dc(number).ldaps_url).returncode == 0
        (entry,) = lab.ldapsearch(f"(sAMAccountName={name})", "objectSid", controller=3 - number)
        sids.add(Sid.from_bytes(entry.attributes["objectSid"][0]).rid)
        lab.database.apply([delete(entry.dn)])
    assert len(sids) == 2


def test_one_controller_goes_on_when_the_other_is_down(lab):
    lab.dc(1).stop()
    try:
        assert not lab.dc(1).running
        with pytest.raises(LabError, match="Can't contact"):
            lab.ldapsearch("(cn=Administrator)", "cn")
        assert lab.ldapsearch("(cn=Administrator)", "cn", controller=2)
        assert lab.accounts.find(READER)
    finally:
        lab.dc(1).start()
    assert lab.ldapsearch("(cn=Administrator)", "cn")


def test_a_controller_that_lags_shows_what_was_and_catches_up(lab):
    """Replication that is slow: what is created, changed and deleted on dc1 is not seen on dc2 until it is."""
    dn = f"CN=not.replicated.yet,CN=Users,{DOMAIN_DN}"
    find = "(cn=not.replicated.yet)"
    lab.directory.lag(2)
    try:
        lab.database.apply([add(dn, {"objectClass": ["user"], "sAMAccountName": ["not.replicated.yet"]})])
        assert lab.ldapsearch(find, "cn")
        assert not lab.ldapsearch(find, "cn", controller=2)
        assert lab.ldapsearch("(cn=Administrator)", "cn", controller=2)
    finally:
        lab.directory.catch_up(2)
    assert lab.ldapsearch(find, "cn", controller=2)
    lab.database.apply([delete(dn)])
    assert not lab.ldapsearch(find, "cn", controller=2)


def test_the_first_controller_cannot_lag_behind_itself(lab):
    with pytest.raises(LabError, match="only a further one"):
        lab.directory.lag(1)


def test_there_are_only_the_hosts_that_were_started(lab):
    assert lab.member(1).samba is None
    for ask in (lambda: lab.dc(3), lambda: lab.dc(0), lambda: lab.member(2)):
        with pytest.raises(LabError, match="the lab has no"):
            ask()
