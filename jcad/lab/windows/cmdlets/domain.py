"""The domain as a whole: Get-ADDomain, Get-ADForest, Get-ADRootDSE, Get-ADDomainController, and password policies."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.members import Value
from jcad.lab.powershell.types.security import SecurityIdentifier
from jcad.lab.powershell.values import Int64, TimeSpan, base_of
from jcad.lab.windows import adtypes as ad
from jcad.lab.windows import dn, failures, filters
from jcad.lab.windows.adtypes import ValueCollection, enum, guid_of, sid_text
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared, texts
from jcad.lab.windows.directory import Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.ldap import Entry, Scope
from jcad.lab.windows.properties import UNIT, USER, ObjectClass
from jcad.lab.windows.reading import plain_object
from jcad.lab.windows.syntaxes import read_time

_WELL_KNOWN: Final = {
    "UsersContainer": "A9D1CA15768811D1ADED00C04FD8D5CD",
    "ComputersContainer": "AA312825768811D1ADED00C04FD8D5CD",
    "SystemsContainer": "AB1D30F3768811D1ADED00C04FD8D5CD",
    "DomainControllersContainer": "A361B2FFFFD211D1AA4B00C04FD7D83A",
    "DeletedObjectsContainer": "18E2EA80684F11D2B9AA00C04F79F805",
    "LostAndFoundContainer": "AB8153B7768811D1ADED00C04FD8D5CD",
    "ForeignSecurityPrincipalsContainer": "22B70C67D56E4EFB91E9300FCA3DC1AA",
    "QuotasContainer": "6227F0AF1FC2410D8E3BB10615BB5B0F",
}
_COMPLEX, _REVERSIBLE = 0x1, 0x10
_FOREVER: Final = -0x8000_0000_0000_0000


def read(directory: Directory, name: str, *attributes: str) -> DirectoryEntryView:
    """An object by its DN. Raises AdFailure where there is none."""
    found = directory.attempt(Operation.READ, lambda: directory.connection.read(name, attributes))
    if found is None:
        raise failures.object_not_found()
    return directory.view(found)


def _search(directory: Directory, base: str, query: bytes, *attributes: str) -> list[DirectoryEntryView]:
    found: list[Entry] = directory.attempt(
        Operation.READ, lambda: list(directory.connection.search(base, Scope.SUBTREE, query, attributes))
    )
    return [directory.view(entry) for entry in found]


def _dns_name(context: str) -> str:
    return ".".join(part.partition("=")[2] for part in dn.split(context) if part.upper().startswith("DC="))


def _netbios_name(directory: Directory) -> str:
    partitions = f"CN=Partitions,{directory.configuration_context}"
    found = _search(directory, partitions, filters.equals("nCName", directory.default_context), "nETBIOSName")
    return (found[0].text("nETBIOSName") or "") if found else ""


def _role_owner(directory: Directory, name: str) -> str:
    """The DNS name of the domain controller that holds a role: of the server above the NTDS settings object."""
    settings = read(directory, name, "fSMORoleOwner").text("fSMORoleOwner") or ""
    return read(directory, dn.parent(settings), "dNSHostName").text("dNSHostName") or ""


def _controllers(directory: Directory) -> list[str]:
    sites = f"CN=Sites,{directory.configuration_context}"
    servers = _search(directory, sites, filters.equals("objectClass", "server"), "dNSHostName")
    return sorted(filter(None, (server.text("dNSHostName") for server in servers)))


class DomainCmdlet(AdCmdlet):
    """A cmdlet about the domain of the directory that it asks."""

    __slots__ = ()

    def refuse_other_domain(self) -> None:
        """-Identity may name this domain by DN, DNS or NetBIOS name, SID or GUID; anything else is not found (N8)."""
        identity = base_of(self.bound.get("Identity"))
        if identity is None:
            return
        directory = self.directory
        domain = read(directory, directory.default_context, "objectGUID", "objectSid")
        sid = domain.bytes("objectSid")
        known = {
            dn.normal(directory.default_context),
            _dns_name(directory.default_context).lower(),
            _netbios_name(directory).lower(),
            sid_text(sid[0]).lower() if sid else "",
            str(guid_of(domain.bytes("objectGUID")[0])),
        }
        shown = str(identity)
        if dn.normal(shown) not in known and shown.lower() not in known:
            raise failures.not_found(shown, directory.default_context)


@declared("Get-ADDomain")
class GetADDomain(DomainCmdlet):
    """Get-ADDomain."""

    target_class: ClassVar[str] = "ADDomain"
    __slots__ = ()

    def run(self) -> None:
        """The domain of the directory."""
        self.refuse_other_domain()
        directory = self.directory
        context = directory.default_context
        domain = read(directory, context, "objectGUID", "objectSid", "managedBy", "gPLink", "name", "objectClass")
        infrastructure = f"CN=Infrastructure,{context}"
        rid_master = f"CN=RID Manager$,CN=System,{context}"
        sid = domain.bytes("objectSid")
        properties: list[tuple[str, Value]] = [
            ("AllowedDNSSuffixes", ValueCollection()),
            ("ChildDomains", ValueCollection()),
            ("DistinguishedName", context),
            ("DNSRoot", _dns_name(context)),
            ("DomainMode", enum(ad.DOMAIN_MODE, _level(directory, "domainFunctionality"))),
            ("DomainSID", SecurityIdentifier(sid_text(sid[0])) if sid else None),
            ("Forest", _dns_name(directory.root.attributes["rootDomainNamingContext"][0].decode())),
            ("InfrastructureMaster", _role_owner(directory, infrastructure)),
            ("LastLogonReplicationInterval", None),
            ("LinkedGroupPolicyObjects", _policies(domain)),
            ("ManagedBy", domain.first("managedBy")),
            ("Name", domain.text("name")),
            ("NetBIOSName", _netbios_name(directory)),
            ("ObjectClass", "domainDNS"),
            ("ObjectGUID", domain.first("objectGUID")),
            ("ParentDomain", None),
            ("PDCEmulator", _role_owner(directory, context)),
            ("PublicKeyRequiredPasswordRolling", None),
            ("ReadOnlyReplicaDirectoryServers", ValueCollection()),
            ("ReplicaDirectoryServers", ValueCollection(_controllers(directory))),
            ("RIDMaster", _role_owner(directory, rid_master)),
            ("SubordinateReferences", ValueCollection(_subordinates(directory))),
        ]
        properties += [(name, self._well_known(guid)) for name, guid in _WELL_KNOWN.items()]
        self.context.write(plain_object(ad.AD_DOMAIN, properties, directory))

    def _well_known(self, guid: str) -> str | None:
        directory = self.directory
        name = f"<WKGUID={guid},{directory.default_context}>"
        found = directory.attempt(Operation.READ, lambda: directory.connection.read(name, ["cn"]))
        return found.dn if found is not None else None


def _level(directory: Directory, name: str) -> int:
    values = directory.root.attributes.get(name)
    return int(values[0]) if values else 0


def _policies(domain: DirectoryEntryView) -> ValueCollection:
    value = UNIT.properties["linkedgrouppolicyobjects"].read(domain)
    return value if isinstance(value, ValueCollection) else ValueCollection()


def _subordinates(directory: Directory) -> list[str]:
    return [name for name in directory.partitions if name != directory.default_context]


@declared("Get-ADForest")
class GetADForest(DomainCmdlet):
    """Get-ADForest."""

    target_class: ClassVar[str] = "ADForest"
    __slots__ = ()

    def run(self) -> None:
        """The forest, which has the one domain."""
        self.refuse_other_domain()
        directory = self.directory
        partitions = f"CN=Partitions,{directory.configuration_context}"
        held = read(directory, partitions, "uPNSuffixes", "msDS-SPNSuffixes")
        root = _dns_name(directory.root.attributes["rootDomainNamingContext"][0].decode())
        schema = directory.root.attributes["schemaNamingContext"][0].decode()
        sites = _search(
            directory, f"CN=Sites,{directory.configuration_context}", filters.equals("objectClass", "site"), "name"
        )
        properties: list[tuple[str, Value]] = [
            ("ApplicationPartitions", ValueCollection()),
            ("CrossForestReferences", ValueCollection()),
            ("DomainNamingMaster", _role_owner(directory, partitions)),
            ("Domains", ValueCollection([root])),
            ("ForestMode", enum(ad.FOREST_MODE, _level(directory, "forestFunctionality"))),
            ("GlobalCatalogs", ValueCollection(_controllers(directory))),
            ("Name", root),
            ("PartitionsContainer", partitions),
            ("RootDomain", root),
            ("SchemaMaster", _role_owner(directory, schema)),
            ("Sites", ValueCollection(site.text("name") for site in sites)),
            ("SPNSuffixes", held.typed("msDS-SPNSuffixes")),
            ("UPNSuffixes", held.typed("uPNSuffixes")),
        ]
        self.context.write(plain_object(ad.AD_FOREST, properties, directory))


_ROOT_TEXTS: Final = (
    "configurationNamingContext",
    "defaultNamingContext",
    "dnsHostName",
    "dsServiceName",
    "ldapServiceName",
    "rootDomainNamingContext",
    "schemaNamingContext",
    "serverName",
    "subschemaSubentry",
)
_ROOT_COLLECTIONS: Final = (
    "isGlobalCatalogReady",
    "namingContexts",
    "supportedCapabilities",
    "supportedControl",
    "supportedLDAPPolicies",
    "supportedLDAPVersion",
    "supportedSASLMechanisms",
)
_ROOT_MODES: Final = (
    ("domainControllerFunctionality", ad.CONTROLLER_MODE),
    ("domainFunctionality", ad.DOMAIN_MODE),
    ("forestFunctionality", ad.FOREST_MODE),
)


@declared("Get-ADRootDSE")
class GetADRootDSE(AdCmdlet):
    """Get-ADRootDSE. Capabilities and controls print as their numbers; Windows adds names to some."""

    __slots__ = ()

    def run(self) -> None:
        """The rootDSE, read anew."""
        if texts(self.bound.get("Properties")):
            raise LabUnsupported("Get-ADRootDSE -Properties")
        directory = self.directory
        found = directory.attempt(Operation.READ, lambda: directory.connection.read("", ["*", "+"]))
        held: dict[str, Any] = {} if found is None else dict(found.attributes)

        def texts_of(name: str) -> list[str]:
            return [value.decode() for value in held.get(name, ())]

        properties: list[tuple[str, Value]] = [(name, next(iter(texts_of(name)), None)) for name in _ROOT_TEXTS]
        properties += [(name, ValueCollection(dict.fromkeys(texts_of(name)))) for name in _ROOT_COLLECTIONS]
        properties += [(name, enum(kind, _level(directory, name))) for name, kind in _ROOT_MODES]
        properties += [
            ("currentTime", read_time(texts_of("currentTime")[0])),
            ("highestCommittedUSN", Int64(int(texts_of("highestCommittedUSN")[0]))),
            ("isSynchronized", texts_of("isSynchronized") == ["TRUE"]),
        ]
        self.context.write(plain_object(ad.AD_ROOT_DSE, properties, directory))


@declared("Get-ADDomainController", unsupported="AvoidSelf NextClosestSite MinimumDirectoryServiceVersion")
class GetADDomainController(AdCmdlet):
    """Get-ADDomainController: the lab has one directory, so every domain controller of it is the one that answers."""

    target_class: ClassVar[str] = "ADDomainController"
    __slots__ = ()

    def run(self) -> None:
        """The domain controller that answers; -Filter * gives the same one."""
        if self.context.set_name == "Filter" and str(base_of(self.bound["Filter"])).strip() != "*":
            raise LabUnsupported("Get-ADDomainController -Filter with anything but *")
        identity = base_of(self.bound.get("Identity"))
        directory = self.directory
        if identity is not None and self.directories.host.controller_of(str(identity)) is None:
            raise failures.not_found(str(identity), directory.default_context)
        self.context.write(plain_object(ad.AD_DOMAIN_CONTROLLER, self._properties(directory), directory))

    @staticmethod
    def _properties(directory: Directory) -> list[tuple[str, Value]]:
        settings_name = directory.root.attributes["dsServiceName"][0].decode()
        server_name = dn.parent(settings_name)
        settings = read(directory, settings_name, "invocationId", "options")
        server = read(directory, server_name, "serverReference", "objectGUID", "name")
        computer_name = server.text("serverReference") or ""
        computer = read(directory, computer_name, "operatingSystem", "operatingSystemVersion", "userAccountControl")
        domain = _dns_name(directory.default_context)
        return [
            ("ComputerObjectDN", computer_name),
            ("DefaultPartition", directory.default_context),
            ("Domain", domain),
            ("Enabled", not (computer.number("userAccountControl") or 0) & 2),
            ("Forest", _dns_name(directory.root.attributes["rootDomainNamingContext"][0].decode())),
            ("HostName", directory.server_name),
            ("InvocationId", settings.first("invocationId")),
            ("IPv4Address", directory.connection.address),
            ("IPv6Address", None),
            ("IsGlobalCatalog", bool((settings.number("options") or 0) & 1)),
            ("IsReadOnly", False),
            ("LdapPort", 389),
            ("Name", server.text("name")),
            ("NTDSSettingsObjectDN", settings_name),
            ("OperatingSystem", computer.text("operatingSystem")),
            ("OperatingSystemHotfix", None),
            ("OperatingSystemServicePack", None),
            ("OperatingSystemVersion", computer.text("operatingSystemVersion")),
            ("OperationMasterRoles", ValueCollection(enum(ad.OPERATION_MASTER_ROLE, role) for role in (3, 4, 0, 1, 2))),
            ("Partitions", ValueCollection(directory.partitions)),
            ("ServerObjectDN", server_name),
            ("ServerObjectGuid", server.first("objectGUID")),
            ("Site", dn.leaf(dn.parent(dn.parent(server_name))).partition("=")[2]),
            ("SslPort", 636),
        ]


def _span(value: int | None) -> TimeSpan | None:
    """A negative interval of 100 ns as a time span; "for ever" is no span at all (zero, as the module shows it)."""
    if value is None:
        return None
    return TimeSpan(0 if value == _FOREVER else -value)


@declared("Get-ADDefaultDomainPasswordPolicy")
class GetADDefaultDomainPasswordPolicy(DomainCmdlet):
    """Get-ADDefaultDomainPasswordPolicy."""

    target_class: ClassVar[str] = "ADDefaultDomainPasswordPolicy"
    __slots__ = ()

    def run(self) -> None:
        """The policy that stands on the domain's head."""
        self.refuse_other_domain()
        directory = self.directory
        domain = read(
            directory,
            directory.default_context,
            *("pwdProperties", "lockoutDuration", "lockOutObservationWindow", "lockoutThreshold", "maxPwdAge"),
            *("minPwdAge", "minPwdLength", "pwdHistoryLength", "objectGUID"),
        )
        flags = domain.number("pwdProperties") or 0
        properties: list[tuple[str, Value]] = [
            ("ComplexityEnabled", bool(flags & _COMPLEX)),
            ("DistinguishedName", directory.default_context),
            ("LockoutDuration", _span(domain.number("lockoutDuration"))),
            ("LockoutObservationWindow", _span(domain.number("lockOutObservationWindow"))),
            ("LockoutThreshold", domain.number("lockoutThreshold")),
            ("MaxPasswordAge", _span(domain.number("maxPwdAge"))),
            ("MinPasswordAge", _span(domain.number("minPwdAge"))),
            ("MinPasswordLength", domain.number("minPwdLength")),
            ("objectClass", ValueCollection(["domainDNS"])),
            ("objectGuid", domain.first("objectGUID")),
            ("PasswordHistoryCount", domain.number("pwdHistoryLength")),
            ("ReversibleEncryptionEnabled", bool(flags & _REVERSIBLE)),
        ]
        self.context.write(plain_object(ad.AD_DEFAULT_POLICY, properties, directory))


@declared("Get-ADUserResultantPasswordPolicy")
class GetADUserResultantPasswordPolicy(AdCmdlet):
    """Get-ADUserResultantPasswordPolicy: the fine-grained policy that holds for a user; nothing where none does."""

    kind: ClassVar[ObjectClass] = USER
    __slots__ = ()

    def run(self) -> None:
        """Read msDS-ResultantPSO, then the policy. An account that may not read it gets "not found"."""
        name = self.find("msDS-ResultantPSO").text("msDS-ResultantPSO")
        if name is None:
            return
        directory = self.directory
        policy = read(
            directory,
            name,
            *("msDS-PSOAppliesTo", "msDS-PasswordComplexityEnabled", "msDS-LockoutDuration", "name", "objectGUID"),
            *("msDS-LockoutObservationWindow", "msDS-LockoutThreshold", "msDS-MaximumPasswordAge"),
            *("msDS-MinimumPasswordAge", "msDS-MinimumPasswordLength", "msDS-PasswordHistoryLength"),
            *("msDS-PasswordSettingsPrecedence", "msDS-PasswordReversibleEncryptionEnabled"),
        )
        properties: list[tuple[str, Value]] = [
            ("AppliesTo", policy.typed("msDS-PSOAppliesTo")),
            ("ComplexityEnabled", policy.first("msDS-PasswordComplexityEnabled")),
            ("DistinguishedName", name),
            ("LockoutDuration", _span(policy.number("msDS-LockoutDuration"))),
            ("LockoutObservationWindow", _span(policy.number("msDS-LockoutObservationWindow"))),
            ("LockoutThreshold", policy.number("msDS-LockoutThreshold")),
            ("MaxPasswordAge", _span(policy.number("msDS-MaximumPasswordAge"))),
            ("MinPasswordAge", _span(policy.number("msDS-MinimumPasswordAge"))),
            ("MinPasswordLength", policy.number("msDS-MinimumPasswordLength")),
            ("Name", policy.text("name")),
            ("ObjectClass", "msDS-PasswordSettings"),
            ("ObjectGUID", policy.first("objectGUID")),
            ("PasswordHistoryCount", policy.number("msDS-PasswordHistoryLength")),
            ("Precedence", policy.number("msDS-PasswordSettingsPrecedence")),
            ("ReversibleEncryptionEnabled", policy.first("msDS-PasswordReversibleEncryptionEnabled")),
        ]
        self.context.write(plain_object(ad.AD_FINE_GRAINED_POLICY, properties, directory))
