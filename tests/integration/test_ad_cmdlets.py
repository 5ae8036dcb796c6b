"""The ActiveDirectory cmdlets of the lab against a real Samba domain, run by scripts as several accounts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jcad.errors import AuthenticationFailed, LabUnsupported
from jcad.lab.domain.database import modify
from jcad.lab.domain.directory import Directory
from jcad.lab.lab import Lab
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import Array, PSCredential, SecureString, SwitchParameter
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, NETBIOS_DOMAIN
from jcad.lab.windows import WindowsHost, open_engine
from jcad.lab.windows.cmdlets import members
from jcad.lab.windows.connection import Connection, Credential

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

BASE = f"OU=Cmdlets,{DOMAIN_DN}"
PASSWORD = "Marble.Compass-7781"
AD = "Microsoft.ActiveDirectory.Management."
METADATA = [
    *("AttributeName", "AttributeValue", "FirstOriginatingCreateTime", "IsLinkValue"),
    *("LastOriginatingChangeDirectoryServerIdentity", "LastOriginatingChangeDirectoryServerInvocationId"),
    *("LastOriginatingChangeTime", "LastOriginatingChangeUsn", "LastOriginatingDeleteTime", "LocalChangeUsn"),
    *("Object", "Server", "Version"),
]
RESET_PASSWORD = "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;{sid})"


@dataclass
class Outcome:
    """What a script put out, and its errors, the one that ended it last."""

    output: list[Any] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [to_text(value) for value in self.output]

    @property
    def error(self) -> Any:
        """The only error."""
        assert len(self.errors) == 1, self.errors
        return self.errors[0]

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_: None


@dataclass
class Refusal:
    """What a script would print of an error."""

    id: str
    category: str
    exception: str
    message: str
    target: str
    code: int | None


def refusal(record: Any) -> Refusal:
    target = f"{record.target_name}:{record.target_type}"
    return Refusal(
        record.fqid.partition(",")[0],
        record.category,
        record.exception.type_name.rpartition(".")[2],
        record.message,
        target,
        record.exception.properties.get("ErrorCode"),
    )


class Streams:
    """Keeps output and errors; the other streams are nobody's business here."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def output(self, value: Any) -> None:
        self._outcome.output.append(value)

    def error(self, record: Any) -> None:
        self._outcome.errors.append(record)

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_: None


class Shell:
    """A runspace of one account."""

    def __init__(self, host: WindowsHost, login: Any) -> None:
        self.engine, self.close = open_engine(host, login)

    def __call__(self, script: str, **parameters: Any) -> Outcome:
        outcome = Outcome()
        header = f"param({', '.join('$' + name for name in parameters)})\n" if parameters else ""
        ended = self.engine.run_script(header + script, Streams(outcome), parameters)
        if ended.terminated is not None:
            outcome.errors.append(ended.terminated)
        return outcome

    def ok(self, script: str, **parameters: Any) -> list[str]:
        outcome = self(script, **parameters)
        assert not outcome.errors, [str(error) for error in outcome.errors]
        return outcome.texts

    def refused(self, script: str, **parameters: Any) -> Refusal:
        return refusal(self(script, **parameters).error)


@dataclass
class Domain:
    """The domain, its hosts as the interpreter sees them, and runspaces by account."""

    directory: Directory
    host: WindowsHost
    open: Callable[..., Shell]
    admin: Shell

    @property
    def database(self) -> Any:
        return self.directory.database

    def read(self, name: str, *attributes: str) -> dict[str, Any]:
        """An object of the test's container straight from Samba's database."""
        found = self.database.search(f"(name={name})", attributes or ("*",), base=BASE)
        assert len(found) == 1
        return found[0]


@pytest.fixture(scope="module")
def domain(lab: Lab) -> Iterator[Domain]:
    """The run's lab, with a container of its own, an account without any right, and one that may reset passwords."""
    controllers = {one.name.partition(".")[0].upper(): (one.address, 389) for one in lab.directory.controllers}
    with ExitStack() as undo:

        def open_shell(account: str, on: str = "DC1") -> Shell:
            login = lab.accounts.find(account)
            assert login is not None
            shell = Shell(WindowsHost(on, DNS_DOMAIN, NETBIOS_DOMAIN, controllers), login)
            undo.callback(shell.close)
            return shell

        admin = open_shell("Administrator")
        admin.ok(f"New-ADOrganizationalUnit -Name Cmdlets -Path '{DOMAIN_DN}' -ProtectedFromAccidentalDeletion $false")
        undo.callback(admin.ok, f"Remove-ADObject '{BASE}' -Recursive -Confirm:$false")
        for name in ("powerless", "helpdesk"):
            admin.ok(
                f"New-ADUser -Name {name} -SamAccountName {name} -Path '{BASE}' -AccountPassword $password -Enabled $true",
                password=SecureString(PASSWORD),
            )
        _delegate(lab.directory, "helpdesk")
        yield Domain(lab.directory, WindowsHost("DC1", DNS_DOMAIN, NETBIOS_DOMAIN, controllers), open_shell, admin)


def _delegate(directory: Directory, account: str) -> None:
    """The wizard's "Reset user passwords" for one account on the test's container."""
    login = directory.accounts.find(account)
    assert login is not None
    files = directory.controllers[0].samba.files
    subprocess.run(
        [
            *("samba-tool", "dsacl", "set", f"--configfile={files.configuration}", "-H", "tdb://" + str(_sam(files))),
            *(f"--objectdn={BASE}", f"--sddl={RESET_PASSWORD.format(sid=login.sid)}"),
        ],
        check=True,
        capture_output=True,
    )


def _sam(files: Any) -> Path:
    return Path(files.private) / "sam.ldb"


@pytest.fixture
def admin(domain: Domain) -> Shell:
    return domain.admin


@pytest.fixture
def powerless(domain: Domain) -> Shell:
    return domain.open("powerless")


def make_user(domain: Domain, name: str, *, more: str = "", **parameters: Any) -> None:
    domain.admin.ok(f"New-ADUser -Name $name -SamAccountName $name -Path '{BASE}' {more}", name=name, **parameters)


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_user_is_found_by_every_kind_of_identity(domain, admin):
    make_user(domain, "byidentity")
    (guid, sid, name) = admin.ok("$u = Get-ADUser byidentity; $u.ObjectGUID; $u.SID; $u.DistinguishedName")
    for identity in (guid, "{" + guid + "}", sid, name, name.lower(), "BYIDENTITY"):
        assert admin.ok("(Get-ADUser -Identity $identity).Name", identity=identity) == ["byidentity"]
    assert admin.ok("Get-ADUser byidentity | Get-ADUser | ForEach-Object { $_.Name }") == ["byidentity"]


def test_a_user_shows_the_properties_that_windows_shows_in_its_order(domain, admin):
    make_user(domain, "shown", more="-GivenName Jane -Surname Doe")
    (user,) = admin("Get-ADUser shown").output
    assert [member.name for member in user.extended.values()] == [
        "DistinguishedName",
        "Enabled",
        "GivenName",
        "Name",
        "ObjectClass",
        "ObjectGUID",
        "SamAccountName",
        "SID",
        "Surname",
        "UserPrincipalName",
    ]
    assert (user.get("Enabled"), user.get("ObjectClass"), user.get("UserPrincipalName")) == (False, "user", None)
    assert str(user.net_type) == AD + "ADUser"


def test_a_property_of_the_module_is_there_without_a_value_and_a_raw_attribute_is_not(domain, admin):
    make_user(domain, "bare")
    (user,) = admin("Get-ADUser bare -Properties EmailAddress, mail, adminCount, MemberOf, whenCreated").output
    assert user.has("EmailAddress")
    assert user.get("EmailAddress") is None
    assert user.has("MemberOf")
    assert len(user.get("MemberOf")) == 0
    assert user.has("whenCreated")
    assert not user.has("mail")
    assert not user.has("adminCount")


def test_all_properties_hold_raw_and_friendly_names(domain, admin):
    make_user(domain, "starred", more="-Surname Star")
    (user,) = admin("Get-ADUser starred -Properties *").output
    assert user.get("sn") == user.get("Surname") == "Star"
    assert user.get("CanonicalName").endswith("/Cmdlets/starred")
    assert user.get("PrimaryGroup").startswith("CN=Domain Users,")
    assert user.get("pwdLastSet") == 0
    assert user.get("PasswordLastSet") is None
    assert user.get("PasswordExpired") is True
    assert user.get("LockedOut") is False


def test_all_properties_are_those_of_the_transcripts(domain, admin):
    """Some raw attributes are shown without a value; a group and a unit have nothing of an account."""
    make_user(domain, "star")
    always = {"dSCorePropagationData", "isDeleted"}
    user = admin("Get-ADUser star -Properties *").output[0]
    assert always | {"userCertificate", "msDS-User-Account-Control-Computed"} <= {
        m.name for m in user.extended.values()
    }
    unit = admin(f"Get-ADOrganizationalUnit '{BASE}' -Properties *").output[0]
    names = {member.name for member in unit.extended.values()}
    assert always <= names
    assert not names & {"userCertificate", "msDS-User-Account-Control-Computed"}
    assert to_text(unit.get("dSCorePropagationData")[0]) == "01/01/1601 00:00:00"
    script = (
        "$c = Get-ADComputer DC1 -Properties *; $c.KerberosEncryptionType; $c.CompoundIdentitySupported; $c.IPv4Address"
    )
    address = domain.host.controllers["DC1"][0]
    assert admin.ok(script) == ["RC4, AES128, AES256", "False", address]


def test_searches_at_their_edges(domain, admin):
    make_user(domain, "edge")
    assert admin.ok("(Get-ADUser -Filter { name -approx 'edge' }).Name") == ["edge"]
    empty = admin.refused("Get-ADUser -Filter * -SearchBase ''")
    assert (empty.exception, empty.category) == ("ArgumentException", "InvalidArgument")
    for where in (
        "-LDAPFilter '(&(name=edge)(canonicalName:1.2.3:=x))'",
        "-LDAPFilter canonicalName=x",
        "-Filter 'tokenGroups -eq 1'",
    ):
        assert admin.refused(f"Get-ADObject {where}").message == "A Filter was passed that uses constructed attributes"
    unknown = admin.refused("Get-ADObject -Filter 'name -like- \"edge\"'").message
    assert unknown.endswith("Error Message: 'Operator Not supported: -like-' at position: '6'.")
    elsewhere = admin.refused(f"Move-ADObject 'CN=edge,{BASE}' -TargetPath 'OU=x,DC=other,DC=example'")
    assert (elsewhere.exception, elsewhere.code) == ("ADException", 8420)
    for size in ("-ResultSetSize 0", "-ResultPageSize 0"):
        with pytest.raises(LabUnsupported, match=size.split()[0]):
            admin(f"Get-ADUser -Filter * {size}")


def test_a_property_that_nobody_knows_is_refused(domain, admin):
    make_user(domain, "misspelt")
    assert admin.refused("Get-ADUser misspelt -Properties givenNmae") == Refusal(
        "ActiveDirectoryCmdlet:System.ArgumentException",
        "InvalidArgument",
        "ArgumentException",
        "One or more properties are invalid.\nParameter name: givenNmae",
        "misspelt:ADUser",
        None,
    )


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ("nobody", f"Cannot find an object with identity: 'nobody' under: '{DOMAIN_DN}'."),
        (f"CN=nobody,{BASE}", "Directory object not found"),
        (BASE, f"Cannot find an object with identity: '{BASE}' under: '{DOMAIN_DN}'."),
        (
            "CN=x,DC=other,DC=test",
            f"Cannot find an object with identity: 'CN=x,DC=other,DC=test' under: '{DOMAIN_DN}'.",
        ),
        ("S-1-5-21-1-2-3-4", f"Cannot find an object with identity: 'S-1-5-21-1-2-3-4' under: '{DOMAIN_DN}'."),
        ("Domain Admins", f"Cannot find an object with identity: 'Domain Admins' under: '{DOMAIN_DN}'."),
    ],
)
def test_what_is_not_a_user_is_not_found(admin, identity, message):
    refused = admin.refused("Get-ADUser -Identity $identity", identity=identity)
    assert refused == Refusal(
        f"ActiveDirectoryCmdlet:{AD}ADIdentityNotFoundException",
        "ObjectNotFound",
        "ADIdentityNotFoundException",
        message,
        f"{identity}:ADUser",
        None,
    )


def test_the_statement_after_an_error_runs_and_a_catch_can_name_the_exception(admin):
    outcome = admin("Get-ADUser nobody; 'next'")
    assert (outcome.texts, len(outcome.errors)) == (["next"], 1)
    assert admin.ok(f"try {{ Get-ADUser nobody }} catch [{AD}ADIdentityNotFoundException] {{ 'caught' }}") == ["caught"]


AWKWARD = [
    "O'Brien",
    "Zoé Ångström-Núñez",
    "渡辺 花子",
    'Doe, "JD"',
    "back\\slash",
    "plus+equals=<>;",
    "#hash",
    "a*b(c)",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_name_is_created_found_and_removed(domain, admin, name):
    sam = f"awkward{AWKWARD.index(name)}"
    admin.ok(f"New-ADUser -Name $name -SamAccountName {sam} -DisplayName $name -Path '{BASE}'", name=name)
    assert admin.ok(f"(Get-ADUser {sam}).Name") == [name]
    assert admin.ok("(Get-ADUser -Filter { displayName -eq $wanted }).Name", wanted=name) == [name]
    assert admin.ok(
        f"Get-ADUser {sam} | Remove-ADUser -Confirm:$false; @(Get-ADUser -Filter 'SamAccountName -eq \"{sam}\"').Count"
    ) == ["0"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=70)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS, value=TEXTS)
@example(name="n\0a", value="v")
@example(name="n\0b", value="v")
def test_any_text_is_written_and_read_back_or_refused_by_windows_rules(domain, admin, name, value):
    """No text breaks the wire, the filter language or a distinguished name: it comes back the same, or as an error record."""
    outcome = admin(
        f"New-ADUser -Name $name -SamAccountName fuzzed -DisplayName $value -Path '{BASE}' -PassThru",
        name=name,
        value=value,
    )
    if outcome.errors:
        refused = refusal(outcome.error)
        assert refused.id.startswith("ActiveDirectory")
        assert refused.code != 1316, "an account of an earlier example was left behind"
        return
    (user,) = outcome.output
    try:
        where = "displayName -eq $v -and sAMAccountName -eq 'fuzzed'"
        script = f"(Get-ADUser -Filter {{ {where} }} -Properties DisplayName).DisplayName"
        assert "\\" in value or admin.ok(script, v=value) == [value]
        assert user.get("Name") == name
    finally:
        admin.ok("Remove-ADUser fuzzed -Confirm:$false")


def test_filters_find_by_pattern_flag_and_group(domain, admin):
    for name in ("filter-a", "filter-b"):
        make_user(domain, name)
    admin.ok(
        f"New-ADGroup -Name filtered -GroupScope Global -Path '{BASE}'; Add-ADGroupMember filtered -Members filter-a"
    )
    names = "| ForEach-Object { $_.Name }"
    assert sorted(admin.ok(f"Get-ADUser -Filter 'Name -like \"filter-*\" -and Enabled -eq $false' {names}")) == [
        "filter-a",
        "filter-b",
    ]
    assert admin.ok(f"Get-ADUser -LDAPFilter '(&(name=filter-*)(!(name=*-a)))' {names}") == ["filter-b"]
    assert admin.ok(
        f"$g = (Get-ADGroup filtered).DistinguishedName; Get-ADUser -Filter {{ memberOf -eq $g }} {names}"
    ) == ["filter-a"]
    assert admin.ok(
        f"Get-ADGroup -Filter 'GroupScope -eq \"Global\"' -SearchBase '{BASE}' -SearchScope OneLevel {names}"
    ) == ["filtered"]


def test_results_come_page_by_page_and_stop_at_the_size_that_was_asked_for(domain, admin):
    names = [f"page{number}" for number in range(7)]
    for name in names:
        make_user(domain, name)
    script = "Get-ADUser -Filter 'Name -like \"page*\"' -ResultPageSize 2 {} | ForEach-Object {{ $_.Name }}"
    assert sorted(admin.ok(script.format(""))) == names
    assert len(admin.ok(script.format("-ResultSetSize 3"))) == 3
    assert len(admin.ok(script.format("-ResultSetSize $null"))) == 7


def test_a_search_of_accounts_knows_sizes_and_who_is_about_to_expire(domain, admin):
    make_user(domain, "leaving", more="-AccountExpirationDate (Get-Date).AddDays(3)")
    expiring = "Search-ADAccount -AccountExpiring {} | ForEach-Object {{ $_.Name }}"
    assert admin.ok(expiring.format("-TimeSpan 10.00:00:00 -ResultSetSize $null")) == ["leaving"]
    assert admin.ok(expiring.format("-DateTime (Get-Date).AddDays(1)")) == []
    for unknown in ("-AccountExpiring", "-AccountDisabled -ResultSetSize 0"):
        with pytest.raises(LabUnsupported, match=r"AccountExpiring|ResultSetSize 0"):
            admin(f"Search-ADAccount {unknown}")


def test_a_filter_finds_by_the_time_of_creation_by_lockout_and_by_an_approximate_match(domain, admin):
    make_user(domain, "lately")
    names = "| ForEach-Object { $_.Name }"
    there = f"-SearchBase '{BASE}' {names}"
    assert "lately" in admin.ok(
        f"$d = (Get-Date).AddHours(-1); Get-ADUser -Filter {{ Created -gt $d -and Modified -ge $d }} {there}"
    )
    assert admin.ok(f"Get-ADUser -Filter 'Created -lt \"2020-01-01\"' {there}") == []
    assert admin.ok("(Get-ADUser -Filter { LockedOut -eq $true } " + names + ") -contains 'locked.out'") == ["True"]
    assert admin.ok(f"Get-ADUser -LDAPFilter '(&(cn~=lately)(!(sn~=x)))' {names}") == ["lately"]


def test_a_search_base_that_is_not_there_is_not_found_and_a_foreign_one_is_named(admin):
    assert (
        admin.refused(f"Get-ADUser -Filter * -SearchBase 'OU=Nowhere,{DOMAIN_DN}'").message
        == "Directory object not found"
    )
    assert (
        "must belong to one of the following partition(s)"
        in admin.refused("Get-ADUser -Filter * -SearchBase 'DC=x'").message
    )


def test_an_unquoted_value_in_a_filter_is_the_error_of_the_transcript(admin):
    refused = admin.refused("Get-ADUser -Filter 'SamAccountName -eq ThmsRynr'")
    assert (refused.id, refused.category, refused.target) == (
        f"ActiveDirectoryCmdlet:{AD}ADFilterParsingException",
        "ParserError",
        ":",
    )


# ---- creating --------------------------------------------------------------------------------------------------------


def test_a_user_is_created_disabled_with_every_attribute_that_was_given(domain, admin):
    admin.ok(
        f"New-ADUser -Name made -SamAccountName made -UserPrincipalName made@lab.jcad.test -Path '{BASE}' -GivenName Jane"
        " -Surname Doe -EmailAddress jane@example.test -OtherAttributes @{title='Boss'; otherTelephone='1','2'}"
    )
    user = domain.read("made")
    assert user.text("userAccountControl") == "514"
    assert user.text("mail") == "jane@example.test"
    assert user.text("title") == "Boss"
    assert sorted(user.texts("otherTelephone")) == ["1", "2"]


def test_a_weak_password_leaves_the_account_behind_disabled(domain, admin):
    refused = admin.refused(
        f"New-ADUser -Name weak -SamAccountName weak -Path '{BASE}' -AccountPassword $password -Enabled $true",
        password=SecureString("a"),
    )
    assert refused == Refusal(
        "ActiveDirectoryServer:1325",
        "InvalidData",
        "ADPasswordComplexityException",
        "The password does not meet the length, complexity, or history requirement of the domain.",
        f"CN=weak,{BASE}:String",
        1325,
    )
    assert domain.read("weak").text("userAccountControl") == "514"


def test_an_account_without_a_password_is_not_enabled(domain, admin):
    make_user(domain, "unsecured")
    for script in ("Enable-ADAccount unsecured", "Set-ADUser unsecured -Enabled $true"):
        assert admin.refused(script).id == "ActiveDirectoryServer:1325"
    assert domain.read("unsecured").text("userAccountControl") == "514"
    admin.ok(
        "Set-ADAccountPassword unsecured -Reset -NewPassword $p; Enable-ADAccount unsecured", p=SecureString(PASSWORD)
    )
    assert domain.read("unsecured").text("userAccountControl") == "512"


@pytest.mark.parametrize(
    ("parameters", "error_id", "category"),
    [
        ("-Name other -SamAccountName TAKEN", "ActiveDirectoryServer:1316", "ResourceExists"),
        ("-Name other -SamAccountName tåken", "ActiveDirectoryServer:1316", "ResourceExists"),
        ("-Name taken -SamAccountName other", "ActiveDirectoryServer:8305", "NotSpecified"),
        (
            "-Name other -SamAccountName other -UserPrincipalName Taken@lab.jcad.test",
            "ActiveDirectoryServer:8648",
            "NotSpecified",
        ),
        ("-Name other -SamAccountName abcdefghijklmnopqrstu", "ActiveDirectoryServer:1315", "NotSpecified"),
        ("-Name other -SamAccountName 'a[b'", "ActiveDirectoryServer:1315", "NotSpecified"),
        ("-Name other -SamAccountName 'ab.'", "ActiveDirectoryServer:1315", "NotSpecified"),
        (f"-Name {'x' * 65} -SamAccountName other", "ActiveDirectoryServer:8322", "NotSpecified"),
        (f"-Name other -SamAccountName other -GivenName {'x' * 65}", "ActiveDirectoryServer:8322", "NotSpecified"),
    ],
)
def test_a_name_that_windows_refuses_is_refused_and_nothing_is_made(domain, admin, parameters, error_id, category):
    if not domain.database.search("(name=taken)", ("cn",), base=BASE):
        make_user(domain, "taken", more="-UserPrincipalName taken@lab.jcad.test")
    refused = admin.refused(f"New-ADUser -Path '{BASE}' {parameters}")
    assert (refused.id, refused.category) == (error_id, category)
    assert refused.target.endswith(f",{BASE}:String")
    assert not domain.database.search("(name=other)", ("cn",), base=BASE)


def test_a_missing_container_and_a_manager_that_nobody_is(admin):
    refused = admin.refused(f"New-ADUser -Name lost -Path 'OU=Nowhere,{BASE}'")
    assert (refused.category, refused.message) == ("ObjectNotFound", "Directory object not found")
    refused = admin.refused(f"New-ADUser -Name managed -Path '{BASE}' -Manager nobody")
    assert (refused.exception, refused.category) == ("ADIdentityResolutionException", "InvalidData")


def test_a_group_is_created_renamed_and_not_created_twice(domain, admin):
    admin.ok(f"New-ADGroup -Name team -GroupScope Global -Path '{BASE}' -Description Team")
    assert domain.read("team").text("groupType") == "-2147483646"
    assert admin.refused(f"New-ADGroup -Name other -SamAccountName team -GroupScope Global -Path '{BASE}'").id == (
        "ActiveDirectoryServer:1318"
    )
    again = admin.refused(f"New-ADGroup -Name team -GroupScope Global -Path '{BASE}'")
    assert (again.exception, again.message) == (
        "ADIdentityAlreadyExistsException",
        "The specified group already exists",
    )
    assert admin.refused(f"New-ADGroup team -SamAccountName free -GroupScope Global -Path '{BASE}'").code == 8305
    guid = admin.ok("(Get-ADGroup team).ObjectGUID")[0]
    admin.ok(
        "Rename-ADObject $guid -NewName 'Team, new'; Set-ADGroup $guid -SamAccountName 'Team, new'.Replace(',', '')",
        guid=guid,
    )
    assert admin.ok(
        "$g = Get-ADGroup $guid; $g.Name; $g.SamAccountName; $g.GroupScope; $g.GroupCategory", guid=guid
    ) == [
        "Team, new",
        "Team new",
        "Global",
        "Security",
    ]


def test_a_new_unit_is_protected_until_it_is_freed(domain, admin):
    admin.ok(f"New-ADOrganizationalUnit -Name guarded -Path '{BASE}'")
    refused = admin.refused(f"Remove-ADOrganizationalUnit 'OU=guarded,{BASE}' -Confirm:$false")
    assert (refused.id, refused.category) == (
        "ActiveDirectoryCmdlet:System.UnauthorizedAccessException",
        "PermissionDenied",
    )
    admin.ok(
        f"Set-ADObject 'OU=guarded,{BASE}' -ProtectedFromAccidentalDeletion $false;"
        f" Remove-ADOrganizationalUnit 'OU=guarded,{BASE}' -Confirm:$false"
    )
    assert not domain.database.search("(name=guarded)", ("ou",), base=BASE)


# ---- changing --------------------------------------------------------------------------------------------------------


def test_tables_replace_add_remove_and_clear_in_one_call(domain, admin):
    make_user(domain, "changed", more="-OtherAttributes @{otherTelephone='1','2'; mail='a@b'; title='x'}")
    admin.ok(
        "Set-ADUser changed -Replace @{title='y'; description='d'} -Remove @{otherTelephone='1'} -Add @{otherTelephone='3'}"
        " -Clear mail, department -GivenName Jane"
    )
    user = domain.read("changed")
    assert (user.text("title"), user.text("description"), user.text("givenName")) == ("y", "d", "Jane")
    assert sorted(user.texts("otherTelephone")) == ["2", "3"]
    assert not user.texts("mail")


@pytest.mark.parametrize(
    ("change", "error_id"),
    [
        ("-Replace @{mailNickName='x'}", "ActiveDirectoryCmdlet:System.ArgumentException"),
        (f"-Replace @{{member='{BASE}'}}", "ActiveDirectoryServer:8317"),
        ("-Replace @{mail='a','b'}", "ActiveDirectoryServer:8321"),
        ("-Replace @{'mS-DS-ConsistencyGuid'='text'}", "ActiveDirectoryServer:8322"),
        (f"-Manager 'CN=nobody,{BASE}'", f"ActiveDirectoryCmdlet:{AD}ADIdentityNotFoundException"),
        ("-SamAccountName powerless", "ActiveDirectoryServer:1316"),
    ],
)
def test_a_change_that_windows_refuses_is_refused_and_the_target_is_the_user(domain, admin, change, error_id):
    if not domain.database.search("(name=unchanged)", ("cn",), base=BASE):
        make_user(domain, "unchanged")
    refused = admin.refused(f"Set-ADUser unchanged {change}")
    assert (refused.id, refused.target) == (error_id, "unchanged:ADUser")


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (
            "-Add @{ servicePrincipalName = 'HTTP/taken' }",
            8647,
            "SPN value provided for addition/modification is not unique",
        ),
        ("-Replace @{ cn = 'other' }", 8214, "cannot perform the requested operation on the RDN attribute"),
        ("-Replace @{ objectClass = 'group' }", 8215, "an attempt to modify the object class"),
        (
            "-Replace @{ whenCreated = '20200101000000.0Z' }",
            8369,
            "cannot be modified because it is owned by the system",
        ),
        ("-Clear userAccountControl", 8311, "Illegal modify operation"),
    ],
)
def test_what_no_attribute_takes_has_windows_own_code_and_text(domain, admin, change, code, text):
    for name in ("spn-first", "spn-second"):
        if not domain.database.search(f"(name={name})", ("cn",), base=BASE):
            make_user(domain, name)
    admin.ok("Set-ADUser spn-first -ServicePrincipalNames @{ Replace = 'HTTP/taken' }")
    refused = admin.refused(f"Set-ADUser spn-second {change}")
    assert (refused.code, refused.exception, refused.target) == (code, "ADException", "spn-second:ADUser")
    assert text in refused.message


def test_an_object_that_a_script_changed_is_written_back(domain, admin):
    make_user(domain, "instance", more="-Surname Old")
    admin.ok(
        "$u = Get-ADUser instance -Properties Title; $u.Surname = 'New'; $u.Title = 'T'; $u.mail = 'a@b';"
        " Set-ADUser -Instance $u"
    )
    user = domain.read("instance")
    assert (user.text("sn"), user.text("title"), user.text("mail")) == ("New", "T", "a@b")


def test_a_password_that_was_reset_logs_on(domain, admin):
    make_user(domain, "resetme", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    admin.ok("Set-ADAccountPassword resetme -Reset -NewPassword $new", new=SecureString("Other.Marble-9921"))
    assert logs_on(domain, "resetme", "Other.Marble-9921")
    assert not logs_on(domain, "resetme", "Neither.Marble-1")


def logs_on(domain: Domain, account: str, password: str) -> bool:
    address, port = domain.host.controllers["DC1"]
    connection = Connection(address, port, Credential(f"{NETBIOS_DOMAIN}\\{account}", password=password))
    try:
        return connection.read("", ["dnsHostName"]) is not None
    except AuthenticationFailed:
        return False
    finally:
        connection.close()


def test_a_wrong_old_password_is_told_from_a_weak_new_one(domain, admin):
    make_user(domain, "ownchange", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    script = "Set-ADAccountPassword ownchange -OldPassword $old -NewPassword $new"
    wrong = admin.refused(script, old=SecureString("wrong"), new=SecureString("Other.Marble-9921"))
    assert (wrong.id, wrong.exception, wrong.category) == (
        "ActiveDirectoryServer:86",
        "ADInvalidPasswordException",
        "InvalidData",
    )
    weak = admin.refused("Set-ADAccountPassword ownchange -Reset -NewPassword $new", new=SecureString("a"))
    assert (weak.id, weak.exception, weak.target) == (
        "ActiveDirectoryServer:1325",
        "ADPasswordComplexityException",
        "ownchange:ADAccount",
    )


def test_disabling_enabling_and_unlocking(domain, admin):
    make_user(domain, "switched", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    admin.ok("Disable-ADAccount switched; Disable-ADAccount switched")
    assert domain.read("switched").text("userAccountControl") == "514"
    admin.ok("Enable-ADAccount switched; Enable-ADAccount switched")
    assert domain.read("switched").text("userAccountControl") == "512"
    domain.database.apply([modify(f"CN=switched,{BASE}", ("replace", "lockoutTime", ["134399738887548930"]))])
    admin.ok("Unlock-ADAccount switched")
    assert domain.read("switched").text("lockoutTime") == "0"


def test_an_account_expires_never_or_at_a_time(domain, admin):
    make_user(domain, "expiring")
    admin.ok("Set-ADAccountExpiration expiring -DateTime $when", when=admin("[datetime]'2030-01-02'").output[0])
    assert admin.ok("(Get-ADUser expiring -Properties AccountExpirationDate).AccountExpirationDate.Year") == ["2030"]
    admin.ok("Clear-ADAccountExpiration expiring; Set-ADAccountControl expiring -PasswordNeverExpires $true")
    user = domain.read("expiring")
    assert (user.text("accountExpires"), int(user.text("userAccountControl")) & 0x10000) == ("0", 0x10000)


def test_an_object_is_moved_and_a_container_that_is_not_there_is_8329(domain, admin):
    make_user(domain, "mover")
    admin.ok(
        f"New-ADOrganizationalUnit -Name target -Path '{BASE}' -ProtectedFromAccidentalDeletion $false;"
        f" Get-ADUser mover | Move-ADObject -TargetPath 'OU=target,{BASE}'"
    )
    assert admin.ok("(Get-ADUser mover).DistinguishedName") == [f"CN=mover,OU=target,{BASE}"]
    assert (
        admin.refused(f"Get-ADUser mover | Move-ADObject -TargetPath 'OU=Nowhere,{BASE}'").id
        == "ActiveDirectoryServer:8329"
    )
    assert admin.refused(f"Remove-ADObject 'OU=target,{BASE}' -Confirm:$false").id == "ActiveDirectoryServer:8213"
    admin.ok(f"Remove-ADObject 'OU=target,{BASE}' -Recursive -Confirm:$false")
    assert admin.refused("Get-ADUser mover").category == "ObjectNotFound"


def test_a_name_in_use_refuses_a_rename(domain, admin):
    make_user(domain, "rename-a")
    make_user(domain, "rename-b")
    assert admin.refused("Get-ADUser rename-a | Rename-ADObject -NewName rename-b").id == "ActiveDirectoryServer:8305"


def test_what_if_finds_the_object_and_writes_nothing(domain, admin):
    make_user(domain, "untouched")
    admin.ok(
        "Set-ADUser untouched -Title x -WhatIf; Remove-ADUser untouched -WhatIf; Disable-ADAccount untouched -WhatIf"
    )
    assert not domain.read("untouched").texts("title")
    assert admin.refused("Set-ADUser nobody -Title x -WhatIf").category == "ObjectNotFound"


def test_a_removal_must_be_confirmed_and_nobody_can_be_asked(domain, admin):
    make_user(domain, "kept")
    assert admin("Remove-ADUser kept").errors
    assert domain.read("kept")


# ---- members ---------------------------------------------------------------------------------------------------------


def group_of(domain: Domain, name: str, *members: str, scope: str = "Global") -> None:
    domain.admin.ok(f"New-ADGroup -Name {name} -GroupScope {scope} -Path '{BASE}'")
    for member in members:
        if not domain.database.search(f"(name={member})", ("cn",), base=BASE):
            make_user(domain, member)
    if members:
        domain.admin.ok(f"Add-ADGroupMember {name} -Members {', '.join(members)}")


def names_in(shell: Shell, group: str) -> list[str]:
    return sorted(shell.ok(f"Get-ADGroupMember {group} | ForEach-Object {{ $_.name }}"))


def test_a_group_becomes_only_what_its_scope_and_members_allow(domain, admin):
    group_of(domain, "scoped")
    group_of(domain, "scoped-inner")
    group_of(domain, "scoped-local", scope="DomainLocal")
    for script in (
        "Set-ADGroup scoped -GroupScope DomainLocal",
        "Set-ADGroup scoped-local -GroupScope Global",
        "Set-ADGroup scoped -Replace @{ groupType = 0 }",
        f"New-ADObject odd -Type group -Path '{BASE}' -OtherAttributes @{{ groupType = 6; sAMAccountName = 'odd' }}",
    ):
        refused = admin.refused(script)
        assert (refused.id, refused.exception) == ("ActiveDirectoryServer:8513", "ADException")
        assert refused.message == "The specified group type is invalid"
    admin.ok("Add-ADGroupMember scoped scoped-inner")
    assert admin.refused("Set-ADGroup scoped-inner -GroupScope Universal").code == 8517
    admin.ok("Set-ADGroup scoped -GroupScope Universal; Set-ADGroup scoped-inner -GroupScope Universal")
    assert admin.refused("Set-ADGroup scoped -GroupScope Global").code == 8517
    assert admin.refused("Set-ADGroup scoped-inner -GroupScope DomainLocal").code == 8518
    assert admin.ok("(Get-ADGroup scoped).GroupScope, (Get-ADGroup scoped).GroupCategory") == ["Universal", "Security"]
    with pytest.raises(LabUnsupported, match="built-in group"):
        admin("Set-ADGroup Administrators -GroupScope Universal")


def test_adding_and_removing_do_not_mind_who_is_there_already(domain, admin):
    group_of(domain, "crew", "crew-a", "crew-b")
    make_user(domain, "crew-c")
    admin.ok("Add-ADGroupMember crew -Members crew-a, crew-c, crew-c")
    assert names_in(admin, "crew") == ["crew-a", "crew-b", "crew-c"]
    admin.ok("Remove-ADGroupMember crew -Members crew-a, powerless -Confirm:$false")
    assert names_in(admin, "crew") == ["crew-b", "crew-c"]


def test_without_permissive_modify_they_do_mind(domain, admin):
    group_of(domain, "strict", "strict-a")
    assert (
        admin.refused("Add-ADGroupMember strict -Members strict-a -DisablePermissiveModify").id
        == "ActiveDirectoryServer:1378"
    )
    assert (
        admin.refused("Remove-ADGroupMember strict -Members powerless -DisablePermissiveModify -Confirm:$false").id
        == "ActiveDirectoryServer:1377"
    )


def test_one_bad_member_and_nobody_is_added(domain, admin):
    group_of(domain, "allornone")
    refused = admin.refused("Add-ADGroupMember allornone -Members powerless, doesnotexist999")
    assert refused == Refusal(
        "SetADGroupMember.ValidateMembersParameter",
        "ObjectNotFound",
        "ADIdentityNotFoundException",
        f"Cannot find an object with identity: 'doesnotexist999' under: '{DOMAIN_DN}'.",
        "doesnotexist999:ADPrincipal",
        None,
    )
    assert names_in(admin, "allornone") == []


def test_members_are_objects_guids_sids_or_names(domain, admin):
    group_of(domain, "anyform")
    for name in ("form-a", "form-b", "form-c", "form-d"):
        make_user(domain, name)
    admin.ok(
        "Add-ADGroupMember anyform -Members (Get-ADUser form-a), (Get-ADUser form-b).ObjectGUID, (Get-ADUser form-c).SID, form-d"
    )
    assert names_in(admin, "anyform") == ["form-a", "form-b", "form-c", "form-d"]
    (member, *_) = admin("Get-ADGroupMember anyform").output
    assert [one.name for one in member.extended.values()] == [
        "distinguishedName",
        "name",
        "objectClass",
        "objectGUID",
        "SamAccountName",
        "SID",
    ]


@pytest.mark.parametrize(
    ("holder", "held", "code"),
    [("Global", "Universal", 8517), ("Global", "DomainLocal", 8516), ("Universal", "DomainLocal", 8518)],
)
def test_groups_are_nested_as_windows_allows(domain, admin, holder, held, code):
    outer, inner = f"{holder}-holds-{held}", f"{held}-in-{holder}"
    group_of(domain, outer, scope=holder)
    group_of(domain, inner, scope=held)
    assert admin.refused(f"Add-ADGroupMember {outer} -Members {inner}").code == code


def test_recursive_members_are_the_leaves_of_nested_groups_even_in_a_circle(domain, admin):
    group_of(domain, "outer", "leaf-a")
    group_of(domain, "inner", "leaf-b")
    admin.ok("Add-ADGroupMember outer -Members inner; Add-ADGroupMember inner -Members outer")
    assert sorted(admin.ok("Get-ADGroupMember outer -Recursive | ForEach-Object { $_.name }")) == ["leaf-a", "leaf-b"]


def test_the_authorization_groups_of_an_account_are_those_of_its_token(domain, admin):
    """Held through another group, and the primary group too; Get-ADPrincipalGroupMembership gives the direct ones alone."""
    make_user(domain, "token-holder")
    group_of(domain, "token-inner", "token-holder")
    group_of(domain, "token-outer")
    admin.ok("Add-ADGroupMember token-outer -Members token-inner")
    held = set(admin.ok("Get-ADAccountAuthorizationGroup token-holder | ForEach-Object { $_.Name }"))
    assert {"token-inner", "token-outer", "Domain Users", "Users"} <= held
    assert admin.ok("(Get-ADAccountAuthorizationGroup token-holder)[0].GetType().Name") == ["ADGroup"]
    assert admin.refused("Get-ADAccountAuthorizationGroup nobody-of-that-name").id.startswith("ActiveDirectoryCmdlet:")


def test_the_primary_group_counts_and_cannot_be_left(domain, admin):
    make_user(domain, "primary")
    groups = "Get-ADPrincipalGroupMembership primary | ForEach-Object { $_.Name }"
    assert admin.ok(groups) == ["Domain Users"]
    assert "primary" in names_in(admin, "'Domain Users'")
    assert (
        admin.refused("Remove-ADGroupMember 'Domain Users' -Members primary -Confirm:$false").id
        == "ActiveDirectoryServer:1374"
    )
    group_of(domain, "second")
    admin.ok("Add-ADPrincipalGroupMembership primary -MemberOf second")
    assert sorted(admin.ok(groups)) == ["Domain Users", "second"]
    admin.ok("Remove-ADPrincipalGroupMembership primary -MemberOf second -Confirm:$false")
    assert admin.ok(groups) == ["Domain Users"]


# ---- rights, servers, credentials ------------------------------------------------------------------------------------

DENIED = (
    "ActiveDirectoryCmdlet:System.UnauthorizedAccessException",
    "PermissionDenied",
    "UnauthorizedAccessException",
    "Access is denied",
)
INSUFFICIENT = (
    "ActiveDirectoryServer:8344",
    "NotSpecified",
    "ADException",
    "Insufficient access rights to perform the operation",
)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("Set-ADUser rightful -Title x", INSUFFICIENT),
        ("Disable-ADAccount rightful", INSUFFICIENT),
        ("Add-ADGroupMember rightful-group -Members powerless", INSUFFICIENT),
        ("Set-ADAccountPassword rightful -Reset -NewPassword $p", DENIED),
        ("Remove-ADUser rightful -Confirm:$false", DENIED),
        (f"New-ADUser -Name intruder -Path '{BASE}'", DENIED),
        (f"Get-ADUser rightful | Move-ADObject -TargetPath 'CN=Users,{DOMAIN_DN}'", DENIED),
    ],
)
def test_an_account_without_the_right_is_refused_as_windows_says(domain, powerless, script, expected):
    if not domain.database.search("(name=rightful)", ("cn",), base=BASE):
        make_user(domain, "rightful", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
        group_of(domain, "rightful-group")
    refused = powerless.refused(script, p=SecureString("Other.Marble-9921"))
    assert (refused.id, refused.category, refused.exception, refused.message) == expected


def test_a_delegated_right_is_enough_for_what_it_is_for_and_nothing_else(domain):
    make_user(domain, "caller", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    helpdesk = domain.open("helpdesk")
    helpdesk.ok("Set-ADAccountPassword caller -Reset -NewPassword $p", p=SecureString("Other.Marble-9921"))
    assert helpdesk.refused("Set-ADUser caller -GivenName x").code == 8344


def test_another_host_without_a_credential_is_a_second_hop_and_refused(domain, admin):
    for name in ("DC2", "dc2.lab.jcad.test"):
        refused = admin.refused(f"Get-ADUser powerless -Server {name}")
        assert (refused.category, refused.message, refused.target) == (
            "SecurityError",
            "The server has rejected the client credentials.",
            ":",
        )
    assert domain.open("Administrator", on="SRV1").refused("Get-ADUser powerless").category == "SecurityError"


@pytest.mark.parametrize("server", ["DC1", "dc1.lab.jcad.test", "lab.jcad.test", "LAB", "DC1:389"])
def test_the_hosts_own_server_by_any_of_its_names(admin, server):
    assert admin.ok(f"(Get-ADUser powerless -Server '{server}').Name") == ["powerless"]


def test_a_server_that_nobody_knows_cannot_be_contacted(admin):
    refused = admin.refused("Get-ADUser powerless -Server nowhere")
    assert (refused.id, refused.category, refused.exception) == (
        "ActiveDirectoryServer:0",
        "ResourceUnavailable",
        "ADServerDownException",
    )


def test_a_controller_that_does_not_answer_is_down_or_not_found(domain):
    """Named it cannot be contacted; not named, no default server is found."""
    address, _ = domain.host.controllers["DC1"]
    dead = WindowsHost("DC1", "lab.jcad.test", NETBIOS_DOMAIN, {"DC1": (address, 9)})
    shell = Shell(dead, domain.directory.accounts.find("Administrator"))
    named = shell.refused("Get-ADUser powerless -Server DC1")
    assert (named.id, named.category) == ("ActiveDirectoryServer:0", "ResourceUnavailable")
    unnamed = shell.refused("Get-ADUser powerless")
    assert (unnamed.id, unnamed.message) == (
        "ActiveDirectoryServer:1355",
        "Unable to find a default server with Active Directory Web Services running.",
    )
    assert shell.refused("Get-ADUser -Filter *").id == "ActiveDirectoryServer:1355"


def credential(name: str, password: str) -> PSCredential:
    return PSCredential(name, SecureString(password))


def test_an_explicit_credential_hops_on_and_its_rights_count(domain, admin):
    make_user(domain, "elsewhere")
    who = credential(f"{NETBIOS_DOMAIN}\\powerless", PASSWORD)
    assert admin.ok("(Get-ADUser elsewhere -Server DC2 -Credential $who).Name", who=who) == ["elsewhere"]
    assert admin.refused("Set-ADUser elsewhere -Title x -Server DC2 -Credential $who", who=who).code == 8344


def test_a_wrong_credential_is_refused_and_counted_once(domain, admin):
    make_user(domain, "mistyped", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    refused = admin.refused("Get-ADUser powerless -Credential $who", who=credential("mistyped", "wrong"))
    assert (refused.id, refused.category) == (
        "ActiveDirectoryCmdlet:System.Security.Authentication.AuthenticationException",
        "SecurityError",
    )
    assert domain.read("mistyped", "badPwdCount").text("badPwdCount") == "1"


def test_a_connection_that_broke_is_opened_again(domain):
    shell = domain.open("Administrator")
    assert shell.ok("(Get-ADUser powerless).Name") == ["powerless"]
    directory = shell.engine.services["directory"].open()
    directory.connection._socket.shutdown(2)
    assert shell.ok("(Get-ADUser powerless).Name") == ["powerless"]


def test_a_value_that_comes_in_ranges_is_read_to_its_end(domain, admin):
    names = [f"ranged-{number}" for number in range(7)]
    group_of(domain, "ranged", *names)
    directory = admin.engine.services["directory"].open()
    found = directory.connection.read(f"CN=ranged,{BASE}", ["member;range=0-2"])
    assert sorted(value.decode() for value in found.attributes["member"]) == [f"CN={name},{BASE}" for name in names]


def test_more_members_than_the_web_service_lists_are_none(domain, admin, monkeypatch):
    group_of(domain, "toomany", "toomany-a", "toomany-b")
    monkeypatch.setattr(members, "MOST_ENTRIES", 1)
    assert admin.refused("Get-ADGroupMember toomany").message == "The size limit for this request was exceeded"


def test_a_deleted_object_is_found_by_who_asks_for_deleted_ones(domain, admin):
    make_user(domain, "deleted")
    guid = admin.ok("$u = Get-ADUser deleted; $u | Remove-ADUser -Confirm:$false; $u.ObjectGUID")[0]
    assert admin.refused("Get-ADObject $guid", guid=guid).category == "ObjectNotFound"
    assert admin.ok("(Get-ADObject $guid -IncludeDeletedObjects).Deleted", guid=guid) == ["True"]


def test_a_deleted_object_is_restored_where_it_was_or_elsewhere_under_another_name(domain, admin):
    make_user(domain, "lazarus")
    kept = admin.ok("$u = Get-ADUser lazarus; $u.ObjectGUID; $u.SID; $u | Remove-ADUser -Confirm:$false")
    admin.ok("Restore-ADObject $guid -WhatIf", guid=kept[0])
    assert admin.refused("Get-ADUser lazarus").category == "ObjectNotFound"
    outcome = admin("Restore-ADObject $guid -PassThru", guid=kept[0])
    assert not outcome.errors, [refusal(one) for one in outcome.errors]
    (restored,) = outcome.output
    assert (restored.net_type.name, restored.get("DistinguishedName")) == ("ADObject", f"CN=lazarus,{BASE}")
    assert admin.ok("$u = Get-ADUser lazarus; $u.ObjectGUID; $u.SID") == kept
    admin.ok(f"New-ADOrganizationalUnit -Name Tombs -Path '{BASE}' -ProtectedFromAccidentalDeletion $false")
    admin.ok("Remove-ADUser lazarus -Confirm:$false")
    admin.ok(
        "Get-ADObject -Filter 'sAMAccountName -eq \"lazarus\"' -IncludeDeletedObjects"
        f" | Restore-ADObject -NewName 'risen, twice' -TargetPath 'OU=Tombs,{BASE}'"
    )
    assert admin.ok("(Get-ADUser lazarus).DistinguishedName") == [f"CN=risen\\, twice,OU=Tombs,{BASE}"]


def test_an_object_is_not_restored_onto_a_name_in_use_nor_into_a_container_that_is_gone(domain, admin):
    make_user(domain, "phoenix")
    guid = admin.ok("$u = Get-ADUser phoenix; $u.ObjectGUID; $u | Remove-ADUser -Confirm:$false")[0]
    make_user(domain, "ash")
    taken = admin.refused("Restore-ADObject $guid -NewName ash", guid=guid)
    assert (taken.exception, taken.code) == ("ADException", 8305)
    assert taken.target.startswith(f"CN=phoenix\\0ADEL:{guid},CN=Deleted Objects")
    gone = admin.refused(f"Restore-ADObject $guid -TargetPath 'OU=Nowhere,{BASE}'", guid=guid)
    assert gone.message.endswith("the object's parent is either uninstantiated or deleted")
    assert admin.refused("Restore-ADObject $guid", guid=str(uuid4())).category == "ObjectNotFound"
    blind = domain.open("powerless").refused("Restore-ADObject $guid", guid=guid)
    assert blind.category == "ObjectNotFound", "who may not look among the deleted objects finds none"


def test_every_attribute_tells_when_where_and_how_often_it_was_changed(domain, admin):
    make_user(domain, "stamped", more="-Title Boss -OtherAttributes @{otherTelephone = '1', '2'}")
    admin.ok("Set-ADUser stamped -Title Chief; Set-ADUser stamped -Title Chair")
    script = "Get-ADUser stamped | Get-ADReplicationAttributeMetadata -Server DC1"
    (title,) = admin(f"{script} -Properties title").output
    assert title.net_type.full_name == AD + "ADReplicationAttributeMetadata"
    assert [member.name for member in title.extended.values()] == METADATA
    assert (title.get("AttributeValue"), title.get("Version"), title.get("IsLinkValue")) == ("Chair", 3, False)
    controller = admin.ok("$dc = Get-ADDomainController; $dc.NTDSSettingsObjectDN; $dc.InvocationId; $dc.HostName")
    origin = "LastOriginatingChangeDirectoryServer"
    assert [to_text(title.get(f"{origin}{one}")) for one in ("Identity", "InvocationId")] == controller[:2]
    assert title.get("Server") == controller[2]
    assert admin.ok(
        f"({script} -Properties title).LastOriginatingChangeTime -eq (Get-ADUser stamped -Properties whenChanged).whenChanged"
    ) == ["True"]
    usn = domain.read("stamped", "uSNChanged").text("uSNChanged")
    assert int(title.get("LocalChangeUsn")) == int(title.get("LastOriginatingChangeUsn")) == int(usn)
    rows = {row.get("AttributeName"): row for row in admin(script).output}
    assert {"cn", "sAMAccountName", "objectSid", "unicodePwd", "nTSecurityDescriptor", "title"} <= rows.keys()
    assert to_text(rows["otherTelephone"].get("AttributeValue").net_type.full_name) == "System.String[]"
    assert admin.refused(f"{script} -Properties nonsense").message.startswith("One or more properties are invalid.")


def test_stamps_of_links_are_declined_by_name(domain, admin):
    make_user(domain, "linked", more="-Manager powerless")
    with pytest.raises(LabUnsupported, match="manager"):
        admin("Get-ADReplicationAttributeMetadata (Get-ADUser linked) DC1")
    assert admin.ok("(Get-ADReplicationAttributeMetadata (Get-ADUser linked) DC1 -Properties cn).Version") == ["1"]


# ---- a whole script --------------------------------------------------------------------------------------------------

SCRIPT = (Path(__file__).parent / "scripts" / "reset-password.ps1").read_text(encoding="utf-8")
LOCKED = "134399738887548930"


def reset(
    shell: Shell, items: list[dict[str, Any]], *, count: int | None = None, secrets: int | None = None, **more: Any
):
    """Run the script on a batch: its results by id, and the error that ended it."""
    batch = json.dumps({"count": len(items) if count is None else count, "items": items})
    weak = {index for index, item in enumerate(items) if item.get("id") == "policy"}
    passwords = [SecureString("a" if index in weak else f"Reset.Marble-{index}77") for index in range(len(items))]
    outcome = Outcome()
    parameters = {"Batch": batch, "Secret": Array(passwords[: secrets or len(items)]), "Server": "DC1", **more}
    ended = shell.engine.run_script(SCRIPT, Streams(outcome), parameters)
    return {line["id"]: line for line in map(json.loads, outcome.texts)}, ended.terminated


@pytest.fixture(scope="module")
def batch_users(domain: Domain) -> dict[str, dict[str, Any]]:
    """Items of a batch by what is to become of them."""
    items = {}
    for name in ("changed", "unlocked", "conflict", "protected", "policy", "unmarked"):
        make_user(domain, f"batch-{name}", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
        if name == "protected":
            domain.database.apply([modify(f"CN=batch-{name},{BASE}", ("replace", "adminCount", ["1"]))])
        if name == "unlocked":
            domain.database.apply([modify(f"CN=batch-{name},{BASE}", ("replace", "lockoutTime", [LOCKED]))])
        script = f"$u = Get-ADUser batch-{name} -Properties pwdLastSet; $u.ObjectGUID; $u.pwdLastSet"
        guid, last_set = domain.admin.ok(script)
        planned = "0" if name == "conflict" else last_set
        marker = "" if name == "unmarked" else "="
        items[name] = {"id": name, "guid": guid, "expected": {"pwdLastSet": marker + planned}, "unlock": True}
    items["missing"] = {"id": "missing", "guid": str(uuid4()), "expected": {"pwdLastSet": "=0"}, "unlock": False}
    items["shapeless"] = {"id": "shapeless", "guid": items["policy"]["guid"], "unlock": False}
    return items


def test_a_batch_is_worked_through_and_every_item_told_by_itself(domain, batch_users):
    results, ended = reset(domain.open("helpdesk"), list(batch_users.values()))
    assert ended is None
    told = {name: (line["status"], line["done"], (line.get("error") or {}).get("id")) for name, line in results.items()}
    not_found = f"ActiveDirectoryCmdlet:{AD}ADIdentityNotFoundException,{AD}Commands.GetADUser"
    assert told == {
        "changed": ("changed", ["password"], None),
        "unlocked": ("failed", ["password"], f"ActiveDirectoryServer:8344,{AD}Commands.UnlockADAccount"),
        "conflict": ("conflict", [], None),
        "protected": ("conflict", [], None),
        "policy": ("failed", [], f"ActiveDirectoryServer:1325,{AD}Commands.SetADAccountPassword"),
        "unmarked": ("failed", [], "A text without its marker."),
        "missing": ("failed", [], not_found),
        "shapeless": ("failed", [], "PropertyNotFoundStrict"),
    }
    assert results["policy"]["error"] == {
        "id": f"ActiveDirectoryServer:1325,{AD}Commands.SetADAccountPassword",
        "category": "InvalidData",
        "type": AD + "ADPasswordComplexityException",
        "code": 1325,
        "message": "=The password does not meet the length, complexity, or history requirement of the domain.",
    }
    assert logs_on(domain, "batch-changed", "Reset.Marble-077")


def test_what_if_works_through_a_batch_and_writes_nothing(domain, admin):
    make_user(domain, "batch-whatif", more="-AccountPassword $p -Enabled $true", p=SecureString(PASSWORD))
    before = domain.read("batch-whatif").text("pwdLastSet")
    guid = admin.ok("(Get-ADUser batch-whatif).ObjectGUID")[0]
    item = {"id": "x", "guid": guid, "expected": {"pwdLastSet": f"={before}"}, "unlock": False}
    results, ended = reset(domain.open("Administrator"), [item], WhatIf=SwitchParameter(True))
    assert (ended, results["x"]["status"]) == (None, "skipped")
    assert domain.read("batch-whatif").text("pwdLastSet") == before


def test_a_batch_that_was_cut_off_and_one_without_all_its_passwords_are_refused_whole(domain, batch_users):
    item = batch_users["policy"]
    for more, exception in (({"count": 3}, "InvalidDataException"), ({"secrets": 1}, "ArgumentException")):
        results, ended = reset(domain.open("Administrator"), [item, item], **more)
        assert not results
        assert ended.exception.type_name.rpartition(".")[2] == exception


# ---- the domain ------------------------------------------------------------------------------------------------------


def test_the_domain_its_controller_and_its_policy(admin):
    assert admin.ok("$d = Get-ADDomain; $d.NetBIOSName; $d.DNSRoot; $d.DistinguishedName; $d.UsersContainer") == [
        NETBIOS_DOMAIN,
        "lab.jcad.test",
        DOMAIN_DN,
        f"CN=Users,{DOMAIN_DN}",
    ]
    assert admin.ok("(Get-ADRootDSE).defaultNamingContext; (Get-ADDomainController).Domain") == [
        DOMAIN_DN,
        "lab.jcad.test",
    ]
    (policy,) = admin("Get-ADDefaultDomainPasswordPolicy").output
    assert policy.get("ComplexityEnabled") is True
    assert policy.get("MinPasswordLength") >= 7
    assert admin.ok("Get-ADUserResultantPasswordPolicy powerless") == []
    assert admin.refused("Get-ADDomain elsewhere.test").category == "ObjectNotFound"


def test_a_computer_is_found_with_and_without_its_dollar(admin):
    for name in ("DC1", "dc1$"):
        (computer,) = admin("Get-ADComputer $name", name=name).output
        assert (computer.get("SamAccountName"), computer.get("DNSHostName")) == ("DC1$", "dc1.lab.jcad.test")


def test_disabled_accounts_are_searched(domain, admin):
    make_user(domain, "sleeping")
    names = admin.ok("Search-ADAccount -AccountDisabled -UsersOnly | ForEach-Object { $_.Name }")
    assert "sleeping" in names
    assert "powerless" not in names


def test_a_session_knows_who_and_where_it_is(domain, admin, powerless):
    me = "[System.Security.Principal.WindowsIdentity]::GetCurrent()"
    assert powerless.ok(f"({me}).Name; $env:COMPUTERNAME; $env:USERNAME") == [
        f"{NETBIOS_DOMAIN}\\powerless",
        "DC1",
        "powerless",
    ]
    role = "IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)"
    for shell, answer in ((admin, "True"), (powerless, "False")):
        assert shell.ok(f"([System.Security.Principal.WindowsPrincipal] {me}).{role}") == [answer]


def test_sids_and_names_are_translated_both_ways(admin):
    account = "[System.Security.Principal.NTAccount]"
    sid = "[System.Security.Principal.SecurityIdentifier]"
    script = f"$s = (Get-ADUser powerless).SID; $n = $s.Translate({account}); $n.Value; $n.Translate({sid}) -eq $s"
    assert admin.ok(script) == [f"{NETBIOS_DOMAIN}\\powerless", "True"]
    assert admin.ok(f"({sid} 'S-1-5-32-544').Translate({account}).Value") == ["BUILTIN\\Administrators"]
    refused = admin.refused(f"({account} 'nobody').Translate({sid})")
    assert (refused.id, refused.exception) == ("IdentityNotMappedException", "MethodInvocationException")


def test_what_the_lab_has_not_is_refused_by_name(admin):
    for script in ("Get-ADTrust -Filter *", "Set-ADUser x -KerberosEncryptionType AES256"):
        with pytest.raises(LabUnsupported):
            admin(script)


def test_the_module_is_there_to_be_imported(admin):
    assert admin.ok("Import-Module ActiveDirectory; (Get-Module ActiveDirectory).Name") == ["ActiveDirectory"]
    outcome = admin("Import-Module NoSuchModule; 'next'")
    assert outcome.texts == ["next"]
    assert refusal(outcome.error).id == "Modules_ModuleNotFound"
