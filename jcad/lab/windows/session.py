"""Who a session runs as, to its scripts: WindowsIdentity, WindowsPrincipal, names for SIDs (Translate), `$env:USERNAME`.

What the running session's account and its directory know. The types are declared when this module is imported.
"""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.login import Login
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import runtime
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject, Value
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.security import NTAccount, SecurityIdentifier
from jcad.lab.powershell.values import Array, EnumValue, base_of
from jcad.lab.windows import filters
from jcad.lab.windows.cmdlets.base import SERVICE
from jcad.lab.windows.directory import Directories, WindowsHost
from jcad.lab.windows.failures import AdFailure, Operation
from jcad.lab.windows.ldap import Scope

_PRINCIPAL: Final = "System.Security.Principal."
IDENTITY: Final = net.define(_PRINCIPAL + "WindowsIdentity")
PRINCIPAL: Final = net.define(_PRINCIPAL + "WindowsPrincipal")
BUILT_IN_ROLE: Final = net.define(
    _PRINCIPAL + "WindowsBuiltInRole",
    names={"Administrator": 544, "User": 545, "Guest": 546, "AccountOperator": 548, "BackupOperator": 551},
)
_WELL_KNOWN: Final = {
    "S-1-1-0": "Everyone",
    "S-1-5-10": "NT AUTHORITY\\SELF",
    "S-1-5-11": "NT AUTHORITY\\Authenticated Users",
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
    "S-1-5-9": "NT AUTHORITY\\ENTERPRISE DOMAIN CONTROLLERS",
    "S-1-3-0": "CREATOR OWNER",
    "S-1-3-1": "CREATOR GROUP",
    "S-1-3-4": "OWNER RIGHTS",
    "S-1-5-7": "NT AUTHORITY\\ANONYMOUS LOGON",
}
_BUILTIN: Final = "S-1-5-32-"


class WindowsIdentity(NetObject):
    """The account of a session."""

    __slots__ = ("login",)
    net_type = IDENTITY

    def __init__(self, login: Login) -> None:
        super().__init__()
        self.login = login


class WindowsPrincipal(NetObject):
    """What an account may claim to be."""

    __slots__ = ("identity",)
    net_type = PRINCIPAL

    def __init__(self, identity: WindowsIdentity) -> None:
        super().__init__()
        self.identity = identity

    def is_in_role(self, role: Value) -> bool:
        """Whether the account's token holds the group of a built-in role, a RID or a SID."""
        plain = base_of(role)
        if isinstance(plain, (EnumValue, int)):
            sid = f"{_BUILTIN}{plain.number if isinstance(plain, EnumValue) else int(plain)}"
        elif isinstance(plain, SecurityIdentifier):
            sid = plain.value
        else:
            sid = sid_of(str(plain)).value
        return sid in self.identity.login.groups or sid == self.identity.login.sid


def directories_of_runspace() -> Directories:
    """The connections of the runspace that is running. Raises LabUnsupported where it is on no host."""
    engine: Any = runtime.running()
    found = None if engine is None else engine.services.get(SERVICE)
    if not isinstance(found, Directories):
        raise LabUnsupported("the account of a runspace that is on no host")
    return found


def _declare() -> None:
    identity = members_of(IDENTITY)
    identity.static("GetCurrent()", lambda: WindowsIdentity(directories_of_runspace().login))
    identity.property("Name", lambda value: value.login.name, "string")
    identity.property("User", lambda value: SecurityIdentifier(value.login.sid))
    identity.property("Groups", lambda value: Array([SecurityIdentifier(sid) for sid in sorted(value.login.groups)]))
    identity.property("AuthenticationType", lambda value: value.login.mechanism or "NTLM", "string")
    identity.property("IsAuthenticated", lambda _value: True, "bool")
    identity.property("IsSystem", lambda _value: False, "bool")
    principal = members_of(PRINCIPAL)
    principal.constructor(f"({_PRINCIPAL}WindowsIdentity)", WindowsPrincipal)
    principal.property("Identity", lambda value: value.identity)
    principal.method("IsInRole(object)", WindowsPrincipal.is_in_role)
    for kind in (SecurityIdentifier.net_type, NTAccount.net_type):
        known = members_of(kind)
        known.methods.pop("translate", None)
        known.method("Translate(type)", _translate)
    for shown in (WindowsIdentity, WindowsPrincipal):
        textual(shown, lambda value, _spec, _invariant: str(value.net_type))


def _translate(value: SecurityIdentifier | NTAccount, kind: net.NetType) -> Value:
    if kind is value.net_type:
        return value
    if isinstance(value, SecurityIdentifier):
        return NTAccount(account_of(value.value))
    return sid_of(value.value)


def _not_mapped() -> NetError:
    return NetError.of(
        "System.Security.Principal.IdentityNotMappedException",
        "Some or all identity references could not be translated.",
    )


def account_of(sid: str) -> str:
    r"""`DOMAIN\account` of a SID. Raises NetError where nobody has it."""
    known = _WELL_KNOWN.get(sid)
    if known is not None:
        return known
    directories = directories_of_runspace()
    try:
        directory = directories.open()
        found = directory.attempt(Operation.READ, lambda: directory.connection.read(f"<SID={sid}>", ["sAMAccountName"]))
    except AdFailure as failure:
        raise _not_mapped() from failure
    names = found.attributes.get("sAMAccountName") if found is not None else None
    if not names:
        raise _not_mapped()
    authority = "BUILTIN" if sid.startswith(_BUILTIN) else directories.host.netbios
    return f"{authority}\\{names[0].decode()}"


def sid_of(name: str) -> SecurityIdentifier:
    r"""The SID of `DOMAIN\account` or of an account of the domain. Raises NetError where there is none."""
    for sid, known in _WELL_KNOWN.items():
        if name.lower() in {known.lower(), known.rpartition("\\")[2].lower()}:
            return SecurityIdentifier(sid)
    directories = directories_of_runspace()
    domain, _, account = name.rpartition("\\")
    if domain.lower() not in {"", "builtin", directories.host.netbios.lower(), directories.host.domain.lower()}:
        raise _not_mapped()
    query = filters.every(filters.equals("sAMAccountName", account), filters.present("objectSid"))
    try:
        directory = directories.open()
        search = directory.connection.search
        found = directory.attempt(
            Operation.READ,
            lambda: list(search(directory.default_context, Scope.SUBTREE, query, ["objectSid"], limit=1)),
        )
    except AdFailure as failure:
        raise _not_mapped() from failure
    if not found:
        raise _not_mapped()
    return SecurityIdentifier(directory.view(found[0]).first("objectSid").value)


_declare()


def environment_of(host: WindowsHost, login: Login) -> dict[str, tuple[str, str]]:
    """The environment variables of a session, as the engine keeps them: (name, value) by lower-case name."""
    controller = host.name if host.is_controller else next(iter(host.controllers), host.name)
    variables = {
        "COMPUTERNAME": host.name.upper(),
        "LOGONSERVER": f"\\\\{controller.upper()}",
        "OS": "Windows_NT",
        "ProgramData": "C:\\ProgramData",
        "ProgramFiles": "C:\\Program Files",
        "SystemDrive": "C:",
        "SystemRoot": "C:\\Windows",
        "USERDNSDOMAIN": host.domain.upper(),
        "USERDOMAIN": login.domain,
        "USERNAME": login.account,
        "USERPROFILE": f"C:\\Users\\{login.account}",
        "windir": "C:\\Windows",
    }
    return {name.lower(): (name, value) for name, value in variables.items()}
