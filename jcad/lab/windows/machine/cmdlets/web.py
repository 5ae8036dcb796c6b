"""The web and shares as scripts reach them: [Net.WebRequest], [Net.WebProxy], New-PSDrive of a share, Remove-PSDrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import ErrorRecord, NetError, NetException
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.runtime import running
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.types.enums import HTTP_STATUS, SECURITY_PROTOCOL, WEB_STATUS
from jcad.lab.powershell.types.registry import Property, members_of
from jcad.lab.powershell.types.uris import Uri
from jcad.lab.powershell.values import AUTOMATION_NULL, EnumValue, Int64, PSCredential, base_of
from jcad.lab.windows.machine.cmdlets.base import SWITCH, TEXT, TEXTS, MachineCmdlet, own, running_session
from jcad.lab.windows.machine.cmdlets.streams import MemoryStream
from jcad.lab.windows.machine.network import NetworkFault, root_of

if TYPE_CHECKING:
    from jcad.lab.windows.machine.network import WebFile

resolve("object")  # the types that signatures name
_NET: Final = "System.Net."
_PROTOCOL: Final = "security protocol"
_DRIVES: Final = "drives"
_TLS_12: Final = 3072
_CREDENTIAL: Final = "System.Management.Automation.PSCredential"
_OLDER_TLS: Final = 192 | 768
REQUEST: Final = net.define(_NET + "WebRequest")
HTTP_REQUEST: Final = net.define(_NET + "HttpWebRequest", base=REQUEST)
RESPONSE: Final = net.define(_NET + "WebResponse", interfaces=(net.IDISPOSABLE,))
HTTP_RESPONSE: Final = net.define(_NET + "HttpWebResponse", base=RESPONSE)
PROXY: Final = net.define(_NET + "WebProxy")
POINTS: Final = net.define(_NET + "ServicePointManager")


def _services() -> dict[str, Any]:
    engine: Any = running()
    services: dict[str, Any] = engine.services
    return services


class WebProxy(NetObject):
    """A proxy's address."""

    __slots__ = ("address",)
    net_type = PROXY

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address


class WebResponse(NetObject):
    """What came: where from, and its content (None: an error's)."""

    __slots__ = ("address", "file", "status")
    net_type = HTTP_RESPONSE

    def __init__(self, address: str, status: int, file: WebFile | None = None) -> None:
        super().__init__()
        self.address = address
        self.status = status
        self.file = file

    def length(self) -> Int64:
        """`ContentLength`: -1 where the server does not say."""
        return Int64(len(self.file.content) if self.file is not None and self.file.length else -1)

    def stream(self) -> MemoryStream:
        """`GetResponseStream`."""
        made = MemoryStream()
        made.held = bytearray(b"" if self.file is None else self.file.content)
        return made


class WebRequest(NetObject):
    """A request that has not been sent."""

    __slots__ = ("address", "agent", "proxy", "silence", "timeout")
    net_type = HTTP_REQUEST

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.agent: str | None = None
        self.proxy: WebProxy | None = None
        self.timeout, self.silence = 100_000, 300_000

    def send(self) -> WebResponse:
        """`GetResponse`."""
        protocols = _protocols().number
        tls = 12 if protocols & _TLS_12 and not protocols & _OLDER_TLS else 0
        proxy = None if self.proxy is None else self.proxy.address
        try:
            address, found = running_session().machine.surroundings.network.load(self.address, tls=tls, proxy=proxy)
        except NetworkFault as fault:
            status = EnumValue(WEB_STATUS, (WEB_STATUS.names or {})[fault.status])
            response = WebResponse(self.address, fault.code) if fault.code else None
            raise NetError.of(_NET + "WebException", str(fault), Status=status, Response=response) from fault
        return WebResponse(address, 200, found)


def _create(address: Uri) -> WebRequest:
    if address.parts.scheme not in {"http", "https"}:
        raise LabUnsupported(f"[System.Net.WebRequest]::Create of {address.parts.scheme}:")
    return WebRequest(address.original)


def _protocols() -> EnumValue:
    value: EnumValue = _services().get(_PROTOCOL, EnumValue(SECURITY_PROTOCOL, 0))
    return value


def _set_protocols(_kind: Any, value: Any) -> None:
    _services()[_PROTOCOL] = value


def _declare() -> None:
    members_of(REQUEST).static("Create(System.Uri)", _create)
    members_of(REQUEST).static("Create(string)", lambda text: _create(Uri(text)))
    request = members_of(HTTP_REQUEST)
    for name, slot, kind in (
        ("UserAgent", "agent", "string"),
        ("Timeout", "timeout", "int"),
        ("ReadWriteTimeout", "silence", "int"),
        ("Proxy", "proxy", _NET + "WebProxy"),
    ):
        request.property(name, lambda one, slot=slot: getattr(one, slot), kind,
                         lambda one, value, slot=slot: setattr(one, slot, value))  # fmt: skip
    request.property("RequestUri", lambda one: Uri(one.address), "System.Uri")
    request.method("GetResponse()", WebRequest.send)
    response = members_of(HTTP_RESPONSE)
    response.property("ResponseUri", lambda one: Uri(one.address), "System.Uri")
    response.property("ContentLength", WebResponse.length, "long")
    response.property("StatusCode", lambda one: EnumValue(HTTP_STATUS, one.status), _NET + "HttpStatusCode")
    response.method("GetResponseStream()", WebResponse.stream)
    for name in ("Close()", "Dispose()"):
        response.method(name, lambda _one: AUTOMATION_NULL)
    members_of(PROXY).constructor("(string)", WebProxy)
    members_of(PROXY).property("Address", lambda one: Uri(one.address), "System.Uri")
    members_of(POINTS).static_properties["securityprotocol"] = Property(
        "SecurityProtocol", lambda _kind: _protocols(), _set_protocols, SECURITY_PROTOCOL
    )


_declare()


def identity_on(path: str) -> str | None:
    """Who a session is to the server of a share: whom New-PSDrive gave, its own account where it has a key store, nobody.

    A network logon has no identity on a third machine (the second hop).
    """
    session = running_session()
    given = _services().setdefault(_DRIVES, {})
    for root, account in given.values():
        if root.lower() == root_of(path).lower():
            return str(account)
    return session.login.name if session.key_store else None


@own(
    "New-PSDrive",
    {
        "Name": parameter(TEXT, "mandatory, position 0, property"),
        "PSProvider": parameter(TEXT, "mandatory, position 1, property"),
        "Root": parameter(TEXT, "mandatory, position 2, property"),
        "Credential": parameter(_CREDENTIAL, "property"),
        "Scope": parameter(TEXT),
        "Persist": parameter(SWITCH),
    },
    should_process=True,
    unsupported="Scope Persist",
)
class NewPSDrive(MachineCmdlet):
    """Connect a share as somebody; its files are reached by their UNC path."""

    __slots__ = ()

    def process(self) -> None:
        """Log on to the server."""
        name, root = self.text("Name"), self.text("Root").rstrip("\\")
        if self.text("PSProvider").lower() != "filesystem" or not root.startswith("\\\\"):
            raise LabUnsupported("New-PSDrive of anything but a share")
        given = base_of(self.bound.get("Credential"))
        refused = self._refusal(root, given if isinstance(given, PSCredential) else None)
        if refused is not None:
            number, message = refused
            exception = NetException("System.ComponentModel.Win32Exception", message, None, {"NativeErrorCode": number})
            self.context.write_error(ErrorRecord(exception, "CouldNotMapNetworkDrive", "InvalidOperation", name))
            return
        account = given.user_name if isinstance(given, PSCredential) else self.session.login.name
        _services().setdefault(_DRIVES, {})[name.lower()] = (root, account)

    def _refusal(self, root: str, given: PSCredential | None) -> tuple[int, str] | None:
        if not self.session.machine.surroundings.network.has_share(root):
            return 67, "The network name cannot be found"
        if given is not None and self.machine.surroundings.refusal(given.user_name or "", given.password.text):
            return 1326, "The user name or password is incorrect"
        return None


@own(
    "Remove-PSDrive",
    {
        "Name": parameter(TEXTS, "mandatory, position 0, pipeline, property"),
        "Force": parameter(SWITCH),
        "PSProvider": parameter(TEXTS),
        "Scope": parameter(TEXT),
    },
    should_process=True,
    unsupported="PSProvider Scope",
)
class RemovePSDrive(MachineCmdlet):
    """Give a share's connection up."""

    __slots__ = ()

    def process(self) -> None:
        """Each of them."""
        for name in self.texts("Name"):
            if _services().setdefault(_DRIVES, {}).pop(name.lower(), None) is None:
                self.report(
                    "System.Management.Automation.DriveNotFoundException",
                    f"Cannot find drive. A drive with the name '{name}' does not exist.",
                    "DriveNotFound", "ObjectNotFound", name,
                )  # fmt: skip
