"""What opens a host: New-SelfSignedCertificate, the listeners of WinRM by WSManInstance, the rules of the firewall."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.values import Array, DateTime, Dictionary, NetList, base_of, custom_object
from jcad.lab.windows.machine.cmdlets.base import OBJECT, SWITCH, TEXT, TEXTS, MachineCmdlet, fits, moment, own
from jcad.lab.windows.machine.winrm import FirewallRule, WinRmListener

if TYPE_CHECKING:
    from jcad.lab.windows.machine.certificates import StoredCertificate

STORE: Final = "cert:\\localmachine\\my"
_SERVER_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.1"
_UNIX_TICKS: Final = 621_355_968_000_000_000
_YEAR: Final = dt.timedelta(days=365)


def certificate_object(found: StoredCertificate) -> Any:
    """A certificate as the Cert: drive gives it."""
    certificate = found.certificate
    return custom_object(
        [
            ("Subject", certificate.subject.rfc4514_string()),
            ("Issuer", certificate.issuer.rfc4514_string()),
            ("Thumbprint", found.thumbprint),
            ("NotBefore", moment(certificate.not_valid_before_utc.timestamp())),
            ("NotAfter", moment(certificate.not_valid_after_utc.timestamp())),
            ("HasPrivateKey", bool(found.key)),
            ("EnhancedKeyUsageList", _rows(("FriendlyName", "ObjectId"), found.usages)),
            ("DnsNameList", _rows(("Unicode", "Punycode"), [(name, name) for name in found.names])),
            ("RawData", byte_array(found.octets)),
        ],
        "System.Security.Cryptography.X509Certificates.X509Certificate2",
    )


def _rows(names: tuple[str, str], rows: Any) -> NetList:
    return Array([custom_object(list(zip(names, row, strict=True))) for row in rows])


@own(
    "New-SelfSignedCertificate",
    {
        "DnsName": parameter(TEXTS),
        "CertStoreLocation": parameter(TEXT),
        "NotAfter": parameter("System.DateTime"),
        "KeyAlgorithm": parameter(TEXT),
        "KeyLength": parameter("System.Int32"),
        "KeySpec": parameter(TEXT),
        "Provider": parameter(TEXT),
        "TextExtension": parameter(TEXTS),
        "Subject": parameter(TEXT),
    },
    should_process=True,
    unsupported="Subject",
)
class NewSelfSignedCertificate(MachineCmdlet):
    """Make a certificate with a key of RSA and 2,048 bits, whatever provider is named."""

    __slots__ = ()

    def process(self) -> None:
        """Make it."""
        names = tuple(self.texts("DnsName"))
        if not names or self.text("CertStoreLocation").lower().rstrip("\\") not in {"", STORE}:
            raise LabUnsupported("New-SelfSignedCertificate without -DnsName, or in another store")
        extensions = self.texts("TextExtension")
        if any(one != f"2.5.29.37={{text}}{_SERVER_AUTHENTICATION}" for one in extensions):
            raise LabUnsupported("New-SelfSignedCertificate with another extension than server authentication")
        until = base_of(self.bound.get("NotAfter"))
        end = dt.datetime.now(dt.UTC) + _YEAR
        if isinstance(until, DateTime):
            end = dt.datetime.fromtimestamp((until.ticks - _UNIX_TICKS) / 10_000_000, dt.UTC)
        if self.context.should_process("*", "New-SelfSignedCertificate"):
            # without an extension Windows puts client authentication in as well
            self.context.write(certificate_object(self.machine.certificates.make(names, end)))


class _Instance(MachineCmdlet):
    """Instances of winrm/config/Listener."""

    __slots__ = ()

    def check(self) -> bool:
        """Whether WinRM runs; else its error is reported. Refuses another resource by name."""
        if self.text("ResourceURI").lower() != "winrm/config/listener":
            raise LabUnsupported(f"{self.context.command.name} of {self.text('ResourceURI')}")
        service = self.machine.services.find("WinRM")
        if service is not None and service.state == "Running":
            return True
        self.fail(
            "The client cannot connect to the destination specified in the request. Verify that the service runs."
        )
        return False

    def fail(self, message: str) -> None:
        """Report an error of WSMan."""
        self.report("System.InvalidOperationException", message, "WsManError", "InvalidOperation")

    def table(self, name: str) -> dict[str, str]:
        """A hashtable of texts by name in lower case."""
        found = base_of(self.bound.get(name))
        if not isinstance(found, Dictionary):
            return {}
        return {to_text(key).lower(): to_text(base_of(value)) for key, value in found.items()}

    def selected(self) -> str:
        """The transport that -SelectorSet names."""
        chosen = self.table("SelectorSet")
        if set(chosen) != {"address", "transport"} or chosen["address"] != "*":
            raise LabUnsupported("a listener but of all addresses")
        return chosen["transport"].upper()

    def put(self, transport: str, before: WinRmListener | None) -> None:
        """Make a listener of -ValueSet, or change one."""
        values = self.table("ValueSet")
        if set(values) - {"hostname", "certificatethumbprint", "port"}:
            raise LabUnsupported("a listener with other values than Hostname, CertificateThumbprint, Port")
        thumbprint = values.get("certificatethumbprint", before.thumbprint if before else "")
        port = int(values.get("port", before.port if before else "5986" if transport == "HTTPS" else "5985"))
        hostname = values.get("hostname", before.hostname if before else "")
        certificate = self.machine.certificates.find(thumbprint)
        if transport == "HTTPS":
            names = [] if certificate is None else [one.lower() for one in certificate.names]
            if certificate is None or not certificate.key or not fits(hostname.lower(), names):
                self.fail("Cannot create a WinRM listener on HTTPS because this machine does not have an appropriate "
                          "certificate: one with a CN matching the hostname, for Server Authentication.")  # fmt: skip
                return
        made = WinRmListener(transport=transport, port=port, hostname=hostname, thumbprint=thumbprint)
        self.machine.doors.listen(made)
        self.context.write(_listener_object(made))


def _listener_object(one: WinRmListener) -> Any:
    return custom_object(
        [
            ("Address", "*"),
            ("Transport", one.transport),
            ("Port", str(one.port)),
            ("Hostname", one.hostname),
            ("Enabled", "true"),
            ("URLPrefix", "wsman"),
            ("CertificateThumbprint", one.thumbprint),
        ],
        "System.Xml.XmlElement",
    )


_RESOURCE: Final = parameter(TEXT, "mandatory, position 0", "ruri")
_SELECTORS: Final = parameter(OBJECT, "position 1")
_VALUES: Final = parameter(OBJECT)


@own(
    "Get-WSManInstance",
    {"ResourceURI": _RESOURCE, "Enumerate": parameter(SWITCH), "SelectorSet": _SELECTORS},
    class_name="Microsoft.WSMan.Management.GetWSManInstanceCommand",
)
class GetInstance(_Instance):
    """The listeners; each as its XML element, whose texts a script reads as properties."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        if not self.on("Enumerate"):
            raise LabUnsupported("Get-WSManInstance without -Enumerate")
        if self.check():
            for one in self.machine.doors.listeners.values():
                self.context.write(_listener_object(one))


@own(
    "New-WSManInstance",
    {"ResourceURI": _RESOURCE, "SelectorSet": _SELECTORS, "ValueSet": _VALUES},
    class_name="Microsoft.WSMan.Management.NewWSManInstanceCommand",
)
class NewInstance(_Instance):
    """Make a listener."""

    __slots__ = ()

    def process(self) -> None:
        """Make it."""
        if not self.check():
            return
        transport = self.selected()
        if transport in self.machine.doors.listeners:
            self.fail("The WS-Management service cannot create the resource because it already exists.")
            return
        self.put(transport, None)


@own(
    "Set-WSManInstance",
    {"ResourceURI": _RESOURCE, "SelectorSet": _SELECTORS, "ValueSet": _VALUES},
    class_name="Microsoft.WSMan.Management.SetWSManInstanceCommand",
)
class SetInstance(_Instance):
    """Change a listener."""

    __slots__ = ()

    def process(self) -> None:
        """Change it."""
        if not self.check():
            return
        transport = self.selected()
        before = self.machine.doors.listeners.get(transport)
        if before is None:
            self.fail("The service cannot find the resource identified by the resource URI and selectors.")
            return
        self.put(transport, before)


def _rule_object(rule: FirewallRule) -> Any:
    return custom_object(
        [
            ("Name", rule.name),
            ("DisplayName", rule.display_name),
            ("Enabled", "True"),
            ("Direction", "Inbound"),
            ("Action", "Allow"),
            ("Profile", rule.profile),
        ],
        "Microsoft.Management.Infrastructure.CimInstance#root/standardcimv2/MSFT_NetFirewallRule",
    )


@own("Get-NetFirewallRule", {"Name": parameter(TEXTS, "position 0", "ID"), "DisplayName": parameter(TEXTS)},
     unsupported="DisplayName", class_name="Get-NetFirewallRule")  # fmt: skip
class GetFirewallRule(MachineCmdlet):
    """Rules by their name."""

    __slots__ = ()

    def process(self) -> None:
        """Write each."""
        for name in self.texts("Name") or ["*"]:
            found = [rule for key, rule in self.machine.doors.rules.items() if fits(key, [name])]
            for rule in found:
                self.context.write(_rule_object(rule))
            if not found and "*" not in name:
                self.report(
                    "Microsoft.PowerShell.Cmdletization.Cim.CimJobException",
                    f"No MSFT_NetFirewallRule objects found with property 'InstanceID' equal to '{name}'.",
                    "CmdletizationQuery_NotFound_InstanceID", "ObjectNotFound", name,
                )  # fmt: skip


@own(
    "New-NetFirewallRule",
    {
        "Name": parameter(TEXT, "", "ID"),
        "DisplayName": parameter(TEXT, "mandatory"),
        "Direction": parameter(TEXT),
        "Action": parameter(TEXT),
        "Protocol": parameter(TEXT),
        "LocalPort": parameter(TEXTS),
        "RemoteAddress": parameter(TEXTS),
        "Profile": parameter(TEXT),
    },
    class_name="New-NetFirewallRule",
)
class NewFirewallRule(MachineCmdlet):
    """A rule that lets one TCP port in."""

    __slots__ = ()

    def process(self) -> None:
        """Make it."""
        wanted = [self.text(one).lower() for one in ("Direction", "Action", "Protocol")]
        ports = self.texts("LocalPort")
        if wanted != ["inbound", "allow", "tcp"] or len(ports) != 1 or not ports[0].isdigit():
            raise LabUnsupported("New-NetFirewallRule but to let one TCP port in")
        name = self.text("Name") or f"{{{self.text('DisplayName')}}}"
        if name.lower() in self.machine.doors.rules:
            self.report("Microsoft.Management.Infrastructure.CimException", "Cannot create a file when that file already exists.",
                        "Windows System Error 183", "ResourceExists", name)  # fmt: skip
            return
        rule = FirewallRule(
            name=name, display_name=self.text("DisplayName"), port=int(ports[0]), profile=self.text("Profile") or "Any",
            remote=tuple(self.texts("RemoteAddress")) or ("Any",),
        )  # fmt: skip
        self.machine.doors.allow(rule)
        self.context.write(_rule_object(rule))
