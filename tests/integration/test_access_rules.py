"""System.DirectoryServices against a real Samba domain: what a script grants, the directory then enforces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.lab import Lab
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import SecureString
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, NETBIOS_DOMAIN
from jcad.lab.windows import WindowsHost, open_engine

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")

BASE = f"OU=Rules,{DOMAIN_DN}"
PASSWORD = "Marble.Compass-7781"
RESET = "00299570-246d-11d0-a768-00aa006e0529"
NONE = "00000000-0000-0000-0000-000000000000"
USER = "bf967aba-0de6-11d0-a285-00aa003049e2"
OPEN = f"$entry = [ADSI]'LDAP://DC1/{BASE}'; $entry.psbase.Options.SecurityMasks = 'Dacl'\n"
GRANT = (
    OPEN
    + f"""
$account = New-Object System.Security.Principal.NTAccount('LAB', 'grantee')
$sid = $account.Translate([System.Security.Principal.SecurityIdentifier])
$parts = $sid, 'ExtendedRight', 'Allow', [guid]'{RESET}', 'Descendents', [guid]'{USER}'
$rule = New-Object System.DirectoryServices.ActiveDirectoryAccessRule $parts
"""
)


class Streams:
    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self.errors: list[Any] = []

    def output(self, value: Any) -> None:
        self.outputs.append(value)

    def error(self, record: Any) -> None:
        self.errors.append(record)

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: None


class Shell:
    """A runspace of one account."""

    def __init__(self, host: WindowsHost, login: Any) -> None:
        self.engine, self.close = open_engine(host, login)

    def run(self, script: str, **parameters: Any) -> Streams:
        streams = Streams()
        header = f"param({', '.join('$' + name for name in parameters)})\n" if parameters else ""
        ended = self.engine.run_script(header + script, streams, parameters)
        if ended.terminated is not None:
            streams.errors.append(ended.terminated)
        return streams

    def ok(self, script: str, **parameters: Any) -> list[str]:
        streams = self.run(script, **parameters)
        assert not streams.errors, [f"{one.message} [{one.fqid}]" for one in streams.errors]
        return [to_text(value) for value in streams.outputs]

    def refused(self, script: str, **parameters: Any) -> Any:
        streams = self.run(script, **parameters)
        assert len(streams.errors) == 1, streams.outputs
        return streams.errors[0]


@pytest.fixture(scope="module")
def shells(lab: Lab) -> Iterator[Any]:
    """Runspaces on the first domain controller, by account; a container with an account and a user of its own."""
    controllers = {one.name.partition(".")[0].upper(): (one.address, 389) for one in lab.directory.controllers}
    with ExitStack() as undo:

        def open_shell(account: str) -> Shell:
            shell = Shell(WindowsHost("DC1", DNS_DOMAIN, NETBIOS_DOMAIN, controllers), lab.accounts.find(account))
            undo.callback(shell.close)
            return shell

        admin = open_shell("Administrator")
        admin.ok(f"New-ADOrganizationalUnit -Name Rules -Path '{DOMAIN_DN}' -ProtectedFromAccidentalDeletion $false")
        undo.callback(admin.ok, f"Remove-ADObject '{BASE}' -Recursive -Confirm:$false")
        for name in ("grantee", "person"):
            admin.ok(
                f"New-ADUser -Name {name} -SamAccountName {name} -Path '{BASE}' -AccountPassword $password -Enabled $true",
                password=SecureString(PASSWORD),
            )
        yield {"admin": admin, "grantee": open_shell("grantee"), "open": open_shell}


@pytest.fixture
def admin(shells: Any) -> Shell:
    return shells["admin"]


@pytest.fixture
def grantee(shells: Any) -> Shell:
    return shells["grantee"]


RESET_PERSON = "Set-ADAccountPassword -Identity person -Reset -NewPassword $password"


def test_what_a_script_grants_and_takes_back_is_what_the_directory_enforces(admin, grantee):
    """Refused before, allowed after AddAccessRule, refused again after RemoveAccessRuleSpecific."""
    new = SecureString("Another.Compass-7781")
    assert "Access is denied" in grantee.refused(RESET_PERSON, password=new).message
    admin.ok(GRANT + "$entry.psbase.ObjectSecurity.AddAccessRule($rule); $entry.psbase.CommitChanges()")
    grantee.ok(RESET_PERSON, password=new)
    assert "rights" in grantee.refused("Set-ADUser -Identity person -GivenName X").message
    admin.ok(GRANT + "$entry.ObjectSecurity.RemoveAccessRuleSpecific($rule); $entry.CommitChanges()")
    assert "Access is denied" in grantee.refused(RESET_PERSON, password=new).message


def test_a_rule_that_was_written_is_read_again_by_guid_and_by_name(admin):
    admin.ok(GRANT + "$entry.ObjectSecurity.AddAccessRule($rule); $entry.CommitChanges()")
    shown = admin.ok(
        f"""
        $guid = (Get-ADOrganizationalUnit -Identity '{BASE}' -Server DC1).ObjectGUID
        $entry = [System.DirectoryServices.DirectoryEntry]::new("LDAP://DC1/<GUID=$guid>")
        $entry.Options.SecurityMasks = [System.DirectoryServices.SecurityMasks]::Dacl
        foreach ($rule in $entry.ObjectSecurity.GetAccessRules($true, $false, [System.Security.Principal.NTAccount])) {{
            if ($rule.IdentityReference.Value -eq 'LAB\\grantee') {{
                $rule.ActiveDirectoryRights; $rule.AccessControlType; $rule.InheritanceType
                $rule.ObjectType; $rule.InheritedObjectType; $rule.IsInherited
            }}
        }}
        """
    )
    assert shown == ["ExtendedRight", "Allow", "Descendents", RESET, USER, "False"]
    admin.ok(GRANT + "$entry.ObjectSecurity.PurgeAccessRules($sid); $entry.CommitChanges()")
    assert not [
        line for line in admin.ok(OPEN + "$entry.ObjectSecurity.Access.IdentityReference.Value") if "grantee" in line
    ]


def test_an_account_without_the_right_is_refused_as_windows_refuses(grantee):
    record = grantee.refused(
        GRANT + "$entry.ObjectSecurity.AddAccessRule($rule)\ntry { $entry.CommitChanges() } catch { throw $_ }"
    )
    assert record.fqid.partition(",")[0] == "UnauthorizedAccessException"
    assert record.exception.inner.type_name == "System.UnauthorizedAccessException"
    assert record.exception.inner.message == "Access is denied.\r\n"


def test_only_what_was_asked_for_is_written(admin):
    """With the masks at Dacl the owner stays; without the list among them it cannot be changed."""
    owner = f"([ADSI]'LDAP://DC1/{BASE}').ObjectSecurity.Owner"
    before = admin.ok(owner)
    admin.ok(GRANT + "$entry.ObjectSecurity.AddAccessRule($rule); $entry.CommitChanges()")
    admin.ok(GRANT + "$entry.ObjectSecurity.RemoveAccessRuleSpecific($rule); $entry.CommitChanges()")
    assert admin.ok(owner) == before
    record = admin.refused(GRANT + "$entry.Options.SecurityMasks = 'Owner'\n$entry.ObjectSecurity.AddAccessRule($rule)")
    assert "was not retrieved from the backend store" in record.message


def test_protection_from_above_can_be_switched(admin):
    flag = OPEN + "$entry.ObjectSecurity.AreAccessRulesProtected"
    assert admin.ok(flag) == ["False"]
    admin.ok(OPEN + "$entry.ObjectSecurity.SetAccessRuleProtection($true, $true); $entry.CommitChanges()")
    assert admin.ok(flag) == ["True"]
    admin.ok(OPEN + "$entry.ObjectSecurity.SetAccessRuleProtection($false, $true); $entry.CommitChanges()")
    assert admin.ok(flag) == ["False"]


def test_a_descriptor_travels_as_bytes_and_as_sddl(admin):
    assert admin.ok(
        OPEN
        + """
        $other = [System.DirectoryServices.ActiveDirectorySecurity]::new()
        $other.SetSecurityDescriptorBinaryForm($entry.ObjectSecurity.GetSecurityDescriptorBinaryForm())
        $text = $other.GetSecurityDescriptorSddlForm('Access')
        $third = New-Object System.DirectoryServices.ActiveDirectorySecurity
        $third.SetSecurityDescriptorSddlForm($text, 'Access')
        $third.GetSecurityDescriptorSddlForm('Access') -eq $text
        $text.StartsWith('D:')
        """
    ) == ["True", "True"]


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("LDAP://DC1/OU=Nowhere,DC=lab,DC=jcad,DC=test", "DirectoryServicesCOMException", "There is no such object"),
        ("LDAP://elsewhere/DC=lab,DC=jcad,DC=test", "COMException", "The server is not operational."),
        ("ldap://DC1", "COMException", "Unknown error (0x80005000)"),
    ],
)
def test_a_path_fails_at_its_first_use(admin, path, kind, message):
    record = admin.refused(f"$entry = [ADSI]'{path}'\n$ErrorActionPreference = 'Stop'\n$entry.RefreshCache()")
    assert record.fqid.partition(",")[0] == kind
    assert message in record.message


def test_a_wrong_password_shows_at_the_first_use(admin):
    record = admin.refused(
        f"""
        $entry = New-Object System.DirectoryServices.DirectoryEntry('LDAP://DC1/{BASE}', 'LAB\\person', 'wrong')
        $ErrorActionPreference = 'Stop'
        $entry.RefreshCache()
        """
    )
    assert "The user name or password is incorrect." in record.message


def test_attributes_are_read_and_written(admin):
    assert admin.ok(
        f"""
        $entry = [ADSI]'LDAP://DC1/{BASE}'
        $entry.Properties['description'].Value = 'first'
        $entry.street = 'second'
        $entry.CommitChanges()
        $again = [ADSI]'LDAP://DC1/{BASE}'
        $again.description.Value; $again.Get('street'); $again.distinguishedName; $again.SchemaClassName
        $again.Properties['objectGUID'].Value.Length
        """
    ) == ["first", "second", BASE, "organizationalUnit", "16"]


def test_a_search_finds_below_an_entry(admin):
    assert admin.ok(
        f"""
        $searcher = [ADSISearcher]'(sAMAccountName=person)'
        $searcher.SearchRoot = [ADSI]'LDAP://DC1/{BASE}'
        $null = $searcher.PropertiesToLoad.Add('sAMAccountName')
        $found = $searcher.FindOne()
        $found.Properties['samaccountname'][0]; $found.Path; $searcher.FindAll().Count
        $found.GetDirectoryEntry().Name
        """
    ) == ["person", f"LDAP://DC1/CN=person,{BASE}", "1", "person"]


def test_rootdse_names_the_domain(admin):
    assert admin.ok("([ADSI]'LDAP://RootDSE').defaultNamingContext") == [DOMAIN_DN]


def test_the_module_hands_out_the_same_class_and_takes_it_back(admin, grantee):
    """Get-ADObject -Properties nTSecurityDescriptor, changed, and written by Set-ADObject -Replace."""
    admin.ok(
        GRANT
        + f"""
        $unit = Get-ADObject -Identity '{BASE}' -Properties nTSecurityDescriptor -Server DC1
        $security = $unit.nTSecurityDescriptor
        $security.AddAccessRule($rule)
        Set-ADObject -Identity '{BASE}' -Replace @{{ nTSecurityDescriptor = $security }} -Server DC1
        """
    )
    grantee.ok(RESET_PERSON, password=SecureString("Third.Compass-7781"))
    admin.ok(GRANT + "$entry.ObjectSecurity.RemoveAccessRuleSpecific($rule); $entry.CommitChanges()")


@pytest.mark.parametrize(
    "script", ["Get-Acl 'AD:\\DC=lab'", "[ADSI]'WinNT://DC1' | ForEach-Object { $_.RefreshCache() }"]
)
def test_what_the_lab_lacks_is_refused_by_name(admin, script):
    with pytest.raises(LabUnsupported):
        admin.run(script)


CHANGE_OWN = "Set-ADAccountPassword -Identity fixed -OldPassword $old -NewPassword $new"


def test_a_user_who_cannot_change_the_password_cannot(admin, shells, lab):
    """New-ADUser -CannotChangePassword denies it to Everyone and SELF; Set-ADUser takes the denials away."""
    old, new = SecureString(PASSWORD), SecureString("Fourth.Compass-7781")
    admin.ok(
        f"New-ADUser -Name fixed -SamAccountName fixed -Path '{BASE}' -AccountPassword $password -Enabled $true"
        " -CannotChangePassword $true -PasswordNeverExpires $true",
        password=old,
    )
    told = "(Get-ADUser fixed -Properties CannotChangePassword, PasswordNeverExpires)"
    assert admin.ok(f"{told}.CannotChangePassword; {told}.PasswordNeverExpires") == ["True", "True"]
    shell = shells["open"]("fixed")
    shell.refused(CHANGE_OWN, old=old, new=new)
    admin.ok("Set-ADUser fixed -CannotChangePassword $false")
    assert admin.ok(f"{told}.CannotChangePassword") == ["False"]
    admin.ok("Set-ADAccountControl fixed -CannotChangePassword $true")
    assert admin.ok(f"{told}.CannotChangePassword") == ["True"]


def test_a_protected_unit_denies_deletion_until_it_is_freed(admin):
    unit = f"OU=Kept,{BASE}"
    admin.ok(f"New-ADOrganizationalUnit -Name Kept -Path '{BASE}'")
    rules = f"([ADSI]'LDAP://DC1/{unit}').ObjectSecurity.Access | Where-Object {{ $_.AccessControlType -eq 'Deny' }}"
    shown = f"{rules} | ForEach-Object {{ $_.IdentityReference.Value + ': ' + $_.ActiveDirectoryRights }}"
    assert admin.ok(shown) == ["Everyone: DeleteTree, Delete"]
    assert "Access is denied" in admin.refused(f"Remove-ADOrganizationalUnit '{unit}' -Confirm:$false").message
    admin.ok(f"Set-ADOrganizationalUnit '{unit}' -ProtectedFromAccidentalDeletion $false -Description 'may go'")
    assert admin.ok(f"(Get-ADOrganizationalUnit '{unit}' -Properties Description).Description") == ["may go"]
    admin.ok(f"Remove-ADOrganizationalUnit '{unit}' -Confirm:$false")


def test_a_container_is_made_read_and_removed(admin):
    admin.ok(f"New-ADObject -Name Box -Type container -Path '{BASE}'")
    assert admin.ok(f"(Get-ADObject 'CN=Box,{BASE}').ObjectClass") == ["container"]
    admin.ok(f"Remove-ADObject 'CN=Box,{BASE}' -Confirm:$false")


def test_remote_management_users_takes_a_member_by_sid(admin):
    admin.ok("Add-ADGroupMember -Identity 'S-1-5-32-580' -Members grantee")
    assert admin.ok("(Get-ADGroupMember -Identity 'S-1-5-32-580').SamAccountName -contains 'grantee'") == ["True"]
    admin.ok("Remove-ADGroupMember -Identity 'S-1-5-32-580' -Members grantee -Confirm:$false")


def test_well_known_sids_are_made_by_their_names(admin):
    assert admin.ok(
        """
        $type = 'System.Security.Principal.SecurityIdentifier'
        $everyone = New-Object $type ([System.Security.Principal.WellKnownSidType]::WorldSid, $null)
        $domain = (Get-ADDomain).DomainSID
        $admins = New-Object $type ('AccountDomainAdminsSid', $domain)
        $everyone.Value; $admins.Value -eq "$domain-512"; $admins.IsWellKnown('AccountDomainAdminsSid')
        """
    ) == ["S-1-1-0", "True", "True"]


def test_every_constructor_of_a_rule_says_what_it_names(admin):
    """What follows identity, rights and kind: nothing, a type, a reach, or both, and what it is inherited by."""
    shapes = {
        "": f"{NONE} None {NONE}",
        f", [guid]'{RESET}'": f"{RESET} None {NONE}",
        ", $all": f"{NONE} All {NONE}",
        f", [guid]'{RESET}', 'Children'": f"{RESET} Children {NONE}",
        f", 'Descendents', [guid]'{USER}'": f"{NONE} Descendents {USER}",
        f", [guid]'{RESET}', 'SelfAndChildren', [guid]'{USER}'": f"{RESET} SelfAndChildren {USER}",
    }
    for more, expected in shapes.items():
        script = f"""
            $sid = [System.Security.Principal.SecurityIdentifier]'S-1-1-0'
            $all = [System.DirectoryServices.ActiveDirectorySecurityInheritance]::All  # a text could be a GUID as well
            $rule = New-Object System.DirectoryServices.ActiveDirectoryAccessRule ($sid, 'ExtendedRight', 'Deny'{more})
            "$($rule.ObjectType) $($rule.InheritanceType) $($rule.InheritedObjectType)"
        """
        assert admin.ok(script) == [expected]
