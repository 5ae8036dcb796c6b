"""The directory reader against real Samba domain controllers: logins, failover, paging, ranges, awkward names."""

from __future__ import annotations

import hashlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from jcad.directory import (
    DirectoryReader,
    DirectoryTarget,
    Scope,
    SecurityParts,
    Timeouts,
    Trust,
    WireProtection,
    catalog,
    equals,
    in_chain,
    security_descriptor_control,
    show_deleted_control,
)
from jcad.directory import reader as reader_module
from jcad.directory.connection import LdapConnection
from jcad.errors import (
    AccessDenied,
    AuthenticationFailed,
    CertificateError,
    ConnectionFailed,
    DirectoryError,
    SettingsError,
)
from jcad.lab.domain.certificates import CertificateAuthority
from jcad.lab.domain.database import add, delete, modify
from jcad.lab.domain.directory import Directory
from jcad.lab.domain.loopback import reserve_addresses
from jcad.lab.nameserver import NameServer, Zone
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, make_seed, password_of
from jcad.model import (
    AdGroup,
    AdUser,
    DistinguishedName,
    GroupType,
    Secret,
    UserAccountControl,
    protected_through_membership,
)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

PEOPLE = DistinguishedName.parse(f"OU=Directory Tests,{DOMAIN_DN}")
PASSWORD = "Marble.Compass-7781"
AWKWARD = [
    "Miles O'Brien",
    "José",
    "Jose",
    "渡辺 花子",
    'Doe, Jane "JD"',
    "back\\slash",
    "plus+equals=<>;",
    "#hash",
    "(star*)",
    "é" * 64,
    "😀 smile",
    "two  spaces",
]
MEMBERS = 5000
ALIAS = f"alias.{DNS_DOMAIN}"
"""A name of the first domain controller that its certificate does not bear."""
SEALED_AND_TLS = pytest.mark.parametrize("protection", [WireProtection.LDAPS, WireProtection.NTLM])


@dataclass
class Domain:
    """The lab's domain, and what the tests need to talk to it."""

    directory: Directory
    ca_file: Path
    nameserver: str
    other_ca: Path

    def target(self, account: str = "LAB\\jcad-reader", password: str | None = None, **changed: Any) -> DirectoryTarget:
        """Log in as an account of the lab, at its first domain controller unless `hosts` says otherwise."""
        secret = password if password is not None else password_of(account.rsplit("\\", maxsplit=1)[-1])
        given: dict[str, Any] = {
            "domain": DNS_DOMAIN,
            "account": account,
            "password": Secret(secret),
            "hosts": (self.directory.controller(1).name,),
            "nameserver": self.nameserver,
            "trust": Trust(ca_file=self.ca_file),
            "timeouts": Timeouts(connect=3, read=30),
        }
        return DirectoryTarget(**{**given, **changed})

    def value(self, sam: str, attribute: str) -> str:
        """An attribute of an account, read without LDAP."""
        (entry,) = self.directory.database.search(f"(sAMAccountName={sam})", [attribute])
        return entry.text(attribute)

    def guid(self, dn: str, attribute: str = "objectGUID") -> UUID:
        """A GUID of an object, read without LDAP."""
        (entry,) = self.directory.database.search("(objectClass=*)", [attribute], base=dn, scope="base")
        return UUID(bytes_le=entry.attributes[attribute][0])


def user(dn: DistinguishedName | str, sam: str, **attributes: Any) -> Any:
    """An enabled user with a password."""
    given: dict[str, Any] = {
        "objectClass": ["user"],
        "sAMAccountName": [sam],
        "userAccountControl": ["512"],
        "unicodePwd": [f'"{PASSWORD}"'.encode("utf-16-le")],
    }
    return add(str(dn), {**given, **attributes})


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    """A domain of its own with two domain controllers, because these tests lock accounts and stop a controller."""
    folder = tmp_path_factory.mktemp("directory")
    authority, other = CertificateAuthority(folder / "certificates"), CertificateAuthority(folder / "other")
    with ExitStack() as stack:
        addresses = reserve_addresses()
        stack.callback(addresses.release)
        started = Directory.start(folder, addresses, authority, seed=make_seed().directory, controllers=2)
        directory = stack.enter_context(started)
        one, two = directory.controllers
        hosts = {one.name.lower(): one.address, two.name.lower(): two.address, ALIAS: one.address}
        zone = Zone(DNS_DOMAIN, hosts, (two.name.lower(), one.name.lower()))
        names = stack.enter_context(NameServer(addresses.services, zone, 0))
        fill(directory)
        yield Domain(directory, authority.certificate, f"{names.address}:{names.port}", other.certificate)


def fill(directory: Directory) -> None:
    """What the tests look for."""
    changes = [add(str(PEOPLE), {"objectClass": ["organizationalUnit"]})]
    for number, name in enumerate(AWKWARD):
        mail = f"awkward{number}@example.com"
        changes.append(user(PEOPLE.child("CN", name), f"awkward{number}", displayName=[name], mail=[mail]))
    crowd = [PEOPLE.child("CN", f"c{number:04d}") for number in range(MEMBERS)]
    changes += [add(str(dn), {"objectClass": ["contact"]}) for dn in crowd]
    big = {"objectClass": ["group"], "sAMAccountName": ["crowd"], "member": list(map(str, crowd))}
    changes.append(add(str(PEOPLE.child("CN", "crowd")), big))
    directory.database.apply(changes)


@pytest.fixture
def reader(domain: Domain) -> Iterator[DirectoryReader]:
    with DirectoryReader.connect(domain.target()) as opened:
        yield opened


# Logging in


@SEALED_AND_TLS
def test_a_login_tells_which_domain_controller_it_is(domain: Domain, protection: WireProtection) -> None:
    for controller in domain.directory.controllers:
        target = domain.target(hosts=(controller.name,), protection=protection)
        with DirectoryReader.connect(target) as reader:
            settings = f"CN=NTDS Settings,CN=DC{controller.number},CN=Servers,CN=Default-First-Site-Name,CN=Sites"
            assert reader.dc.name.lower() == controller.name.lower()
            assert str(reader.dc.naming_context) == DOMAIN_DN
            assert reader.dc.domain_guid == domain.guid(DOMAIN_DN)
            assert str(reader.dc.service) == f"{settings},CN=Configuration,{DOMAIN_DN}"
            assert reader.dc.invocation_id == domain.guid(str(reader.dc.service), "invocationId")
            assert 0 < reader.dc.highest_usn <= reader.highest_usn()


@SEALED_AND_TLS
@pytest.mark.parametrize("account", ["LAB\\jcad-reader", f"jcad-reader@{DNS_DOMAIN}"])
def test_accounts_are_written_either_way(domain: Domain, protection: WireProtection, account: str) -> None:
    target = domain.target(account, password_of("jcad-reader"), protection=protection)
    with DirectoryReader.connect(target) as reader:
        assert reader.exists(DOMAIN_DN)


def test_a_certificate_of_another_authority_is_refused(domain: Domain) -> None:
    with pytest.raises(CertificateError, match="does not verify") as raised:
        DirectoryReader.connect(domain.target(trust=Trust(ca_file=domain.other_ca)))
    assert str(domain.other_ca) in (raised.value.hint or "")


def test_a_certificate_for_another_name_is_refused(domain: Domain) -> None:
    with pytest.raises(CertificateError, match="does not verify") as raised:
        DirectoryReader.connect(domain.target(hosts=(ALIAS,)))
    assert ALIAS in (raised.value.hint or "")


def test_the_pinned_certificate_is_enough(domain: Domain) -> None:
    pem = domain.directory.controller(1).certificate.certificate.read_text()
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    with DirectoryReader.connect(domain.target(trust=Trust(fingerprint=pin))) as reader:
        assert reader.exists(DOMAIN_DN)
    colons = ":".join(pin[i : i + 2].upper() for i in range(0, 64, 2))
    with pytest.raises(CertificateError, match="not the pinned one") as raised:
        DirectoryReader.connect(domain.target(trust=Trust(fingerprint="00" * 32)))
    assert colons in raised.value.message


def test_settings_that_cannot_be_read_are_named(domain: Domain, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.pem cannot be read"):
        DirectoryReader.connect(domain.target(trust=Trust(ca_file=tmp_path / "missing.pem")))
    with pytest.raises(SettingsError, match="no SHA-256 fingerprint"):
        DirectoryReader.connect(domain.target(trust=Trust(fingerprint="abc")))


def test_a_plain_bind_is_refused_by_the_domain_controller(domain: Domain) -> None:
    with pytest.raises(AccessDenied, match=r"wants the login of LAB.jcad-reader to be protected") as raised:
        DirectoryReader.connect(domain.target(protection=WireProtection.PLAIN, insecure=True))
    assert "ldaps" in (raised.value.hint or "")


@SEALED_AND_TLS
def test_a_wrong_password_counts_exactly_once(domain: Domain, protection: WireProtection) -> None:
    """There are two domain controllers and two mechanisms; neither the other one nor the other mechanism is tried."""
    sam = f"once-{protection}"
    domain.directory.database.apply([user(PEOPLE.child("CN", sam), sam)])
    target = domain.target(f"LAB\\{sam}", "not the password", protection=protection, hosts=())
    with pytest.raises(AuthenticationFailed, match="password or the name is wrong") as raised:
        DirectoryReader.connect(target)
    assert (raised.value.code, raised.value.account) == ("52e", f"LAB\\{sam}")
    assert domain.value(sam, "badPwdCount") == "1"


@SEALED_AND_TLS
@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("disabled", ("replace", "userAccountControl", ["514"]), "533"),
        ("expired", ("replace", "accountExpires", ["1"]), "701"),
        ("must-change", ("replace", "pwdLastSet", ["0"]), "773"),
    ],
)
def test_an_account_that_may_not_log_on_says_why(
    domain: Domain, protection: WireProtection, name: str, change: Any, code: str
) -> None:
    sam = f"{name}-{protection}"
    dn = PEOPLE.child("CN", sam)
    domain.directory.database.apply([user(dn, sam), modify(str(dn), change)])
    with pytest.raises(AuthenticationFailed) as raised:
        DirectoryReader.connect(domain.target(f"LAB\\{sam}", PASSWORD, protection=protection))
    assert raised.value.code == code


@SEALED_AND_TLS
def test_a_locked_account_is_named(domain: Domain, protection: WireProtection) -> None:
    with pytest.raises(AuthenticationFailed, match="locked") as raised:
        DirectoryReader.connect(domain.target("LAB\\jcad-locked", protection=protection))
    assert raised.value.code == "775"


@SEALED_AND_TLS
def test_an_account_that_does_not_exist_is_refused(domain: Domain, protection: WireProtection) -> None:
    with pytest.raises(AuthenticationFailed) as raised:
        DirectoryReader.connect(domain.target("LAB\\nobody-here", "x", protection=protection))
    assert raised.value.code in {"525", "52e"}


# Which domain controller


def test_an_unreachable_domain_controller_is_passed_over(domain: Domain) -> None:
    name = domain.directory.controller(2).name
    with DirectoryReader.connect(domain.target(hosts=("127.0.0.1:1", name))) as reader:
        assert reader.dc.name.lower() == name.lower()


def test_a_domain_controller_that_does_not_verify_is_passed_over(domain: Domain) -> None:
    """No password has been used by then, so another one may be tried."""
    name = domain.directory.controller(2).name
    with DirectoryReader.connect(domain.target(hosts=(ALIAS, name))) as reader:
        assert reader.dc.name.lower() == name.lower()


def test_every_failure_is_told_with_its_reason(domain: Domain) -> None:
    with pytest.raises(ConnectionFailed) as raised:
        DirectoryReader.connect(domain.target(hosts=("127.0.0.1:1", ALIAS, "dc9.lab.jcad.test")))
    assert not isinstance(raised.value, CertificateError)
    for reason in ("none of the 3", "127.0.0.1:1 cannot be reached", ALIAS, "dc9.lab.jcad.test"):
        assert reason in raised.value.message


def test_srv_records_lead_to_the_same_domain_controller_every_time(domain: Domain) -> None:
    """Equal in priority and weight, and told in turns or not: the run after this one must meet the same one."""
    for _ in range(3):
        with DirectoryReader.connect(domain.target(hosts=())) as reader:
            assert reader.dc.name.lower() == domain.directory.controller(1).name.lower()


def test_a_server_of_another_domain_is_refused_before_the_password_is_used(domain: Domain) -> None:
    target = domain.target(account="LAB\\jcad-reader", password="wrong", domain="other.test", nameserver="")
    target = replace(target, hosts=(domain.directory.controller(1).address,))
    before = domain.value("jcad-reader", "badPwdCount")
    with pytest.raises(ConnectionFailed, match="serves DC=lab,DC=jcad,DC=test, not DC=other,DC=test"):
        DirectoryReader.connect(target)
    assert domain.value("jcad-reader", "badPwdCount") == before


def test_an_idle_connection_is_made_anew_to_the_same_domain_controller(
    domain: Domain, reader: DirectoryReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reader._connection
    monkeypatch.setattr(reader_module, "_IDLE", -1.0)
    assert reader.exists(DOMAIN_DN)
    assert first.closed
    assert reader._connection is not first
    assert reader._connection.host == reader.dc.host


def cut(connection: LdapConnection) -> None:
    """End a connection below its TLS, as a domain controller does that goes down: nothing more goes either way."""
    socket.socket.shutdown(connection._ldap.socket, socket.SHUT_RDWR)


def test_a_connection_that_was_ended_between_two_questions_is_made_anew(reader: DirectoryReader) -> None:
    """As a domain controller does that is restarted: its end of the connection is gone when the next question comes."""
    for question in (lambda: reader.exists(DOMAIN_DN), lambda: [user.sam for user in reader.users()]):
        expected = question()
        first = reader._connection
        cut(first)
        assert question() == expected
        assert first.closed
        assert reader._connection is not first
        assert reader._connection.host == reader.dc.host


def test_a_connection_that_ends_within_an_answer_is_not_asked_again(domain: Domain) -> None:
    """What has come of the one answer does not go with what would come of another."""
    with DirectoryReader.connect(domain.target(page=7)) as reader:
        users = reader.users()
        next(users)
        cut(reader._connection)
        with pytest.raises(ConnectionFailed):
            list(users)
        assert reader.exists(DOMAIN_DN)


def test_no_question_is_asked_again_while_another_is_under_way(domain: Domain) -> None:
    with DirectoryReader.connect(domain.target(page=7)) as reader:
        users = reader.users()
        next(users)
        first = reader._connection
        cut(first)
        with pytest.raises(ConnectionFailed):
            reader.exists(DOMAIN_DN)
        assert reader._connection is first
        users.close()


def test_a_reader_does_not_go_on_with_another_database(reader: DirectoryReader) -> None:
    reader.dc = replace(reader.dc, invocation_id=uuid4())
    with pytest.raises(ConnectionFailed, match="database was replaced"):
        reader.reopen()


# Searching


@SEALED_AND_TLS
def test_users_are_what_ldapsearch_finds(domain: Domain, protection: WireProtection) -> None:
    expected = {
        DistinguishedName.parse(entry.dn): entry.attributes
        for entry in domain.directory.ldapsearch("(&(objectCategory=person)(objectClass=user))", "objectGUID", "mail")
    }
    with DirectoryReader.connect(domain.target(protection=protection, page=7)) as reader:
        found = {user.dn: user for user in reader.users()}
    assert found.keys() == expected.keys()
    for dn, attributes in expected.items():
        assert found[dn].guid.bytes_le == attributes["objectGUID"][0]
        assert (found[dn].mail or "").encode() == attributes.get("mail", (b"",))[0]


def test_awkward_names_are_found_by_every_name_they_have(reader: DirectoryReader) -> None:
    for number, name in enumerate(AWKWARD):
        child = reader.child(PEOPLE, name)
        assert child is not None, name
        assert (child.sam, child.object_class) == (f"awkward{number}", "user")
        assert child.dn == PEOPLE.child("CN", name)
        assert child.created is not None
        assert reader.exists(PEOPLE.child("CN", name))
        assert reader.exists(child.guid)
        found = reader.by_guid([child.guid])[child.guid]
        assert isinstance(found, AdUser)
        assert (found.display_name, found.mail, found.dn.name) == (name, f"awkward{number}@example.com", name)


def test_a_group_of_five_thousand_has_all_its_members(reader: DirectoryReader) -> None:
    (crowd,) = (group for group in reader.groups(PEOPLE) if group.sam == "crowd")
    assert len(set(crowd.members)) == MEMBERS
    assert crowd.is_security
    assert GroupType.GLOBAL in crowd.type


@pytest.mark.parametrize("step", [1500, 999, 4999, 5000, 1])
def test_ranges_are_followed_to_their_end(reader: DirectoryReader, step: int) -> None:
    """Samba sends all members at once unless a range is asked for; Windows sends 1,500. Ask as Windows answers."""
    if step == 1:
        step = MEMBERS - 1
    asked = ("objectGUID", f"member;range=0-{step - 1}")
    ((_, values),) = reader.search(PEOPLE.child("CN", "crowd"), attributes=asked, scope=Scope.BASE)
    assert set(values) == {"objectguid", "member"}
    assert len(set(values["member"])) == len(values["member"]) == MEMBERS


def test_accounts_are_found_by_any_of_their_names(reader: DirectoryReader) -> None:
    names = ["AWKWARD0", "awkward4@example.com", f"jcad-reader@{DNS_DOMAIN}", "Domain Admins", "DC1$", "nobody", ""]
    found = {holder.sam: holder for holder in reader.find_accounts(names)}
    assert found.keys() == {"awkward0", "awkward4", "jcad-reader", "Domain Admins", "DC1$"}
    assert found["Domain Admins"].object_class == "group"
    assert found["DC1$"].object_class == "computer"


def test_values_cannot_become_filters(reader: DirectoryReader) -> None:
    assert reader.find_accounts(["*", "awkward*", "x)(objectClass=*", "\\2a"]) == []


def test_more_guids_than_fit_one_filter_are_all_found(domain: Domain, reader: DirectoryReader) -> None:
    users = list(reader.users())
    groups = list(reader.groups())
    gone = uuid4()
    wanted = [item.guid for item in (*users, *groups)] * 2 + [gone]
    found = reader.by_guid(wanted)
    assert found.keys() == set(wanted) - {gone}
    assert {type(item) for item in found.values()} == {AdUser, AdGroup}
    assert len(list(reader.name_holders())) >= len(found)


def test_further_attributes_come_by_their_lower_case_name(domain: Domain, reader: DirectoryReader) -> None:
    dn = PEOPLE.child("CN", "extra")
    domain.directory.database.apply([user(dn, "extra", employeeID=["0042"], department=["R&D"])])
    guid = domain.guid(str(dn))
    found = reader.by_guid([guid], extra=("employeeID", "department", "title"))[guid]
    assert isinstance(found, AdUser)
    assert found.attributes == {"employeeid": "0042", "department": "R&D"}
    assert found.control == UserAccountControl.NORMAL_ACCOUNT


def test_protected_objects_are_found_directly_nested_and_by_primary_group(
    domain: Domain, reader: DirectoryReader
) -> None:
    names = ("direct", "nested-in", "by-primary", "ordinary")
    dns = {name: PEOPLE.child("CN", f"p-{name}") for name in names}
    inner, outer = PEOPLE.child("CN", "p-inner"), PEOPLE.child("CN", "p-outer")
    group = {"objectClass": ["group"]}
    admins = f"CN=Domain Admins,CN=Users,{DOMAIN_DN}"
    domain.directory.database.apply(
        [
            *(user(dn, f"p-{name}") for name, dn in dns.items()),
            add(str(inner), {**group, "sAMAccountName": ["p-inner"], "member": [str(dns["nested-in"])]}),
            add(str(outer), {**group, "sAMAccountName": ["p-outer"], "member": [str(inner)]}),
            modify(f"CN=Server Operators,CN=Builtin,{DOMAIN_DN}", ("add", "member", [str(outer), str(dns["direct"])])),
            modify(admins, ("add", "member", [str(dns["by-primary"])])),
            modify(str(dns["by-primary"]), ("replace", "primaryGroupID", ["512"])),
        ]
    )
    reasons = reader.protected({"jcsync": "it is a service account"})
    assert reasons.reasons[domain.guid(str(dns["direct"]))] == "it is in Server Operators"
    assert reasons.reasons[domain.guid(str(inner))] == "it is in Server Operators through p-outer"
    assert reasons.reasons[domain.guid(str(dns["nested-in"]))] == "it is in Server Operators through p-inner"
    assert reasons.reasons[domain.guid(str(dns["by-primary"]))] == "its primary group is Domain Admins"
    assert domain.guid(str(dns["ordinary"])) not in reasons.reasons
    assert reasons.never == {"jcsync": "it is a service account"}
    people_and_groups = equals("objectClass", "user") | equals("objectClass", "group")
    chain = reader.search(DOMAIN_DN, people_and_groups & in_chain("memberOf", outer), ("objectGUID",))
    assert {dn for dn, _ in chain} == {str(inner), str(dns["nested-in"])}


def test_reading_downwards_finds_what_reading_everything_finds(reader: DirectoryReader) -> None:
    users, groups = list(reader.users()), list(reader.groups())
    guids = {item.dn: item.guid for item in (*users, *groups)}
    whole = protected_through_membership(groups, users, guids.get)
    found = reader.protected().reasons
    assert whole
    assert {guid: reason for guid, reason in found.items() if guid in guids.values()} == whole


def test_an_ordinary_user_is_not_protected_through_domain_users(reader: DirectoryReader) -> None:
    """Domain Users is in BUILTIN's Users: were that followed, everybody would be protected."""
    reasons = reader.protected().reasons
    ordinary = [user for user in reader.users(PEOPLE) if user.sam.startswith("awkward")]
    assert ordinary
    assert not any(user.guid in reasons for user in ordinary)


def test_what_the_domain_says_of_itself(domain: Domain, reader: DirectoryReader) -> None:
    policy = reader.password_policy()
    assert (policy.min_length, policy.complex, policy.history) == (7, True, 24)
    assert (policy.lockout_threshold, policy.lockout_duration, policy.lockout_window) == (5, 1800, 1800)
    assert (policy.max_age, policy.min_age) == (42 * 86400, 86400)
    partitions = f"CN=Partitions,CN=Configuration,{DOMAIN_DN}"
    domain.directory.database.apply([modify(partitions, ("add", "uPNSuffixes", ["example.com", "sub.example.com"]))])
    assert reader.upn_suffixes() == {DNS_DOMAIN, "example.com", "sub.example.com"}
    assert reader.netbios_name() == "LAB"
    assert reader.domain == DistinguishedName.parse(DOMAIN_DN)


@SEALED_AND_TLS
def test_a_forest_of_one_domain_asks_no_catalog(domain: Domain, protection: WireProtection) -> None:
    with DirectoryReader.connect(domain.target(protection=protection)) as reader:
        assert list(reader.foreign_holders()) == []


@SEALED_AND_TLS
def test_the_global_catalog_tells_who_has_a_logon_name_in_another_domain(
    domain: Domain, elsewhere: DistinguishedName, protection: WireProtection
) -> None:
    with DirectoryReader.connect(domain.target(protection=protection)) as reader:
        (holder,) = reader.foreign_holders()
    assert (holder.upn, holder.sam) == ("taken@example.com", "taken")
    assert holder.dn.is_under(elsewhere)


def test_a_catalog_that_cannot_be_reached_is_told_with_what_it_is_for(
    domain: Domain, elsewhere: DistinguishedName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "CATALOG_TLS_PORT", 1)
    with DirectoryReader.connect(domain.target()) as reader, pytest.raises(ConnectionFailed) as raised:
        list(reader.foreign_holders())
    assert str(elsewhere) in raised.value.message
    assert "only a global catalog tells of" in raised.value.message
    assert "check_forest" in (raised.value.hint or "")


@pytest.fixture
def elsewhere(domain: Domain) -> Iterator[DistinguishedName]:
    """A container that the forest's configuration calls a domain: Samba holds one domain only."""
    place = DistinguishedName.parse(f"OU=Another domain,{DOMAIN_DN}")
    reference = f"CN=ELSEWHERE,CN=Partitions,CN=Configuration,{DOMAIN_DN}"
    domain.directory.database.apply([
        add(str(place), {"objectClass": ["organizationalUnit"]}),
        user(place.child("CN", "taken"), "taken", userPrincipalName=["taken@example.com"]),
        add(reference, {"objectClass": ["crossRef"], "nCName": [str(place)], "dnsRoot": ["elsewhere.test"]}),
        modify(reference, ("replace", "systemFlags", ["3"])),
    ])  # fmt: skip
    yield place
    domain.directory.database.apply([delete(str(place.child("CN", "taken"))), delete(str(place)), delete(reference)])


def test_what_is_not_there_is_none_to_read_and_an_error_to_search(reader: DirectoryReader) -> None:
    nowhere = PEOPLE.child("OU", "nowhere")
    assert not reader.exists(nowhere)
    assert reader.read(uuid4()) is None
    assert reader.child(PEOPLE, "nobody") is None
    with pytest.raises(DirectoryError, match="there is no such object") as raised:
        list(reader.users(nowhere))
    assert raised.value.result == 32


def test_deleted_objects_are_seen_only_when_asked_for(domain: Domain) -> None:
    dn = PEOPLE.child("CN", "deleted")
    domain.directory.database.apply([user(dn, "deleted")])
    guid = domain.guid(str(dn))
    domain.directory.database.apply([delete(str(dn))])
    where = equals("objectGUID", guid)
    with DirectoryReader.connect(domain.target("LAB\\Administrator")) as reader:
        assert reader.by_guid([guid]) == {}
        assert list(reader.search(DOMAIN_DN, where, ("isDeleted",))) == []
        ((name, values),) = reader.search(DOMAIN_DN, where, ("isDeleted",), controls=(show_deleted_control(),))
    assert values["isdeleted"] == [b"TRUE"]
    assert "DEL:" in name


def test_a_security_descriptor_is_read_in_the_parts_asked_for(reader: DirectoryReader) -> None:
    """Without the control Windows sends none to who may not read the SACL; the SACL's offset is zero here."""
    parts = SecurityParts.OWNER | SecurityParts.GROUP | SecurityParts.DACL
    found = reader.read(PEOPLE, ("nTSecurityDescriptor",), controls=(security_descriptor_control(parts),))
    assert found is not None
    raw = found["ntsecuritydescriptor"][0]
    assert int.from_bytes(raw[12:16], "little") == 0
    assert int.from_bytes(raw[16:20], "little") > 0


def test_questions_may_be_asked_while_a_long_answer_is_read(domain: Domain) -> None:
    with DirectoryReader.connect(domain.target(page=5)) as reader:
        seen = 0
        for user_ in reader.users(PEOPLE):
            assert reader.exists(user_.guid)
            seen += 1
        assert seen >= len(AWKWARD)


def test_stopping_early_leaves_the_reader_usable(domain: Domain) -> None:
    with DirectoryReader.connect(domain.target(page=5)) as reader:
        for _ in range(3):
            stream = reader.search(PEOPLE, equals("objectClass", "contact"), ("name",))
            next(stream)
            stream.close()
            assert reader.exists(PEOPLE)
        assert sum(1 for _ in reader.search(PEOPLE, equals("objectClass", "contact"), ("name",))) == MEMBERS


def test_what_is_sealed_cannot_be_read_or_changed_on_the_way(domain: Domain) -> None:
    with DirectoryReader.connect(domain.target(protection=WireProtection.NTLM)) as reader:
        plain = reader._connection._ldap.socket._plain
        received: list[bytes] = []

        class Tap:
            def __getattr__(self, name: str) -> Any:
                return getattr(plain, name)

            def recv(self, size: int) -> bytes:
                data = plain.recv(size)
                received.append(data)
                return data[:-1] + bytes((data[-1] ^ 1,)) if len(received) > 1 else data

        reader._connection._ldap.socket._plain = Tap()
        assert reader.exists(PEOPLE)
        assert b"organizationalUnit" not in received[0]
        with pytest.raises(ConnectionFailed, match="does not verify"):
            reader.exists(PEOPLE)
        with pytest.raises(ConnectionFailed, match="is closed"):
            reader.exists(PEOPLE)


def test_a_domain_controller_that_stops_while_it_answers_is_a_lost_connection(domain: Domain) -> None:
    """Last, because it stops the second domain controller; the next reader finds the first one."""
    two = domain.directory.controller(2)
    target = domain.target(hosts=(two.name, domain.directory.controller(1).name), page=50)
    with DirectoryReader.connect(target) as reader:
        assert reader.dc.name.lower() == two.name.lower()
        stream = reader.search(PEOPLE, equals("objectClass", "contact"), ("name",))
        next(stream)
        two.samba.stop()
        with pytest.raises(ConnectionFailed) as raised:
            list(stream)
        assert two.name.lower() in raised.value.message.lower()
    for hosts in (target.hosts, ()):
        with DirectoryReader.connect(replace(target, hosts=hosts)) as reader:
            assert reader.dc.name.lower() == domain.directory.controller(1).name.lower()
