"""Shells, their output and the service's configuration as XML: the bodies of answers, shaped as Windows Server's.

Pure. Source: recorded exchanges with Windows (the test data of pypsrp), and MS-WSMV 2.2.4.
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from jcad.lab.endpoint.shells import MAX_SHELLS_PER_USER
from jcad.lab.endpoint.wsman import LONGEST_OPERATION, MAX_ENVELOPE, NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jcad.lab.endpoint.shells import Received, Shell

_SHELL: Final = f'xmlns:rsp="{NAMESPACES["rsp"]}"'
_STATE: Final = NAMESPACES["rsp"] + "/CommandState/"
_LONGEST_IDLE: Final = "PT2147483.647S"
_MEMORY: Final = "58MB"

#: The service's configuration as a new Windows Server has it. Nested elements are mappings.
_CONFIG: Final[dict[str, object]] = {
    "MaxEnvelopeSizekb": MAX_ENVELOPE // 1024,
    "MaxTimeoutms": int(LONGEST_OPERATION * 1000),
    "MaxBatchItems": 32000,
    "MaxProviderRequests": 4294967295,
    "Client": {
        "NetworkDelayms": 5000,
        "URLPrefix": "wsman",
        "AllowUnencrypted": "false",
        "Auth": {
            "Basic": "true",
            "Digest": "true",
            "Kerberos": "true",
            "Negotiate": "true",
            "Certificate": "true",
            "CredSSP": "false",
        },
        "DefaultPorts": {"HTTP": 5985, "HTTPS": 5986},
        "TrustedHosts": "",
    },
    "Service": {
        "RootSDDL": "O:NSG:BAD:P(A;;GA;;;BA)(A;;GR;;;IU)S:P(AU;FA;GA;;;WD)(AU;SA;GXGW;;;WD)",
        "MaxConcurrentOperations": 4294967295,
        "MaxConcurrentOperationsPerUser": 1500,
        "EnumerationTimeoutms": 240000,
        "MaxConnections": 300,
        "MaxPacketRetrievalTimeSeconds": 120,
        "AllowUnencrypted": "false",
        "Auth": {
            "Basic": "false",
            "Kerberos": "true",
            "Negotiate": "true",
            "Certificate": "false",
            "CredSSP": "false",
            "CbtHardeningLevel": "Relaxed",
        },
        "DefaultPorts": {"HTTP": 5985, "HTTPS": 5986},
        "IPv4Filter": "*",
        "IPv6Filter": "*",
        "EnableCompatibilityHttpListener": "false",
        "EnableCompatibilityHttpsListener": "false",
        "CertificateThumbprint": "",
        "AllowRemoteAccess": "true",
    },
    "Winrs": {
        "AllowRemoteShellAccess": "true",
        "IdleTimeout": 7200000,
        "MaxConcurrentUsers": 2147483647,
        "MaxShellRunTime": 2147483647,
        "MaxProcessesPerShell": 2147483647,
        "MaxMemoryPerShellMB": 2147483647,
        "MaxShellsPerUser": MAX_SHELLS_PER_USER,
    },
}


def created(shell: Shell, address: str) -> str:
    """The answer to a Create that was sent to this address."""
    return (
        f"<x:ResourceCreated><a:Address>{escape(address)}</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{escape(shell.resource)}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{escape(shell.id)}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
        f"</x:ResourceCreated>{described(shell)}"
    )


def described(shell: Shell, *, usage: bool = False) -> str:
    """A shell; `usage` with what it takes of the host, as it is given to who asks later."""
    details, now = shell.details, time.monotonic()
    parts = [("ShellId", shell.id), ("ResourceUri", shell.resource), ("Owner", shell.owner.name)]
    parts.append(("ClientIP", details.client))
    own = [("ProcessId", str(details.process))] if details.powershell else []
    idle = f"PT{shell.idle_seconds:.3f}S"
    streams = [("IdleTimeOut", idle), ("InputStreams", details.inputs), ("OutputStreams", details.outputs)]
    pool = [
        ("MaxIdleTimeOut", _LONGEST_IDLE),
        ("Locale", details.locale),
        ("DataLocale", details.data_locale),
        ("CompressionMode", "NoCompression"),
        ("ProfileLoaded", "Yes" if details.profile else "No"),
        ("Encoding", "UTF8"),
        ("BufferMode", "Block"),
        ("State", "Disconnected" if shell.disconnected else "Connected"),
    ]
    times = [("ShellRunTime", _since(now - details.opened)), ("ShellInactivity", _since(now - shell.last_used))]
    used = [("MemoryUsed", _MEMORY), ("ChildProcesses", "0")] if usage else []
    environment = _environment(details.environment)
    folder = _elements([("WorkingDirectory", details.folder)]) if details.folder else ""
    return (
        f"<rsp:Shell {_SHELL}>{_elements([*parts, *own])}{environment}{folder}"
        f"{_elements([*streams, *(pool if details.powershell else []), *times, *used])}</rsp:Shell>"
    )


def _elements(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<rsp:{name}>{escape(text)}</rsp:{name}>" for name, text in pairs)


def _environment(variables: Iterable[tuple[str, str]]) -> str:
    found = "".join(f"<rsp:Variable Name={quoteattr(name)}>{escape(text)}</rsp:Variable>" for name, text in variables)
    return f"<rsp:Environment>{found}</rsp:Environment>" if found else ""


def _since(seconds: float) -> str:
    """A running time as the service writes it: P0DT0H0M9S."""
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"P{day}DT{hour}H{minute}M{second}S"


def received(output: Received, command_id: str | None) -> str:
    """The answer to a Receive: streams, the ends of them, and the state of the command where there is one to tell.

    A pipeline of PowerShell has no state to tell while it runs, but that it waits for its client.
    """
    named = f" CommandId={quoteattr(command_id)}" if command_id else ""
    parts = [
        f'<rsp:Stream Name="{name}"{named}>{base64.b64encode(piece).decode()}</rsp:Stream>'
        for name, pieces in (("stdout", output.pieces), ("stderr", output.errors))
        for piece in pieces
    ]
    if command_id and output.done and output.process:
        parts += [f'<rsp:Stream Name="{name}"{named} End="true"></rsp:Stream>' for name in ("stdout", "stderr")]
    state = _state(output)
    if command_id and state:
        code = f"<rsp:ExitCode>{output.code or 0}</rsp:ExitCode>" if output.done else ""
        parts.append(f'<rsp:CommandState{named} State="{_STATE}{state}">{code}</rsp:CommandState>')
    return f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"


def _state(output: Received) -> str:
    if output.done:
        return "Done"
    if output.process:
        return "Running"
    return "Pending" if output.pending else ""


def enumerated(items: Iterable[str]) -> str:
    """The answer to an Enumerate, all at once."""
    found = "".join(items)
    listed = f"<w:Items>{found}</w:Items>" if found else ""
    context = "<n:EnumerationContext></n:EnumerationContext>"
    return f"<n:EnumerateResponse>{context}{listed}<w:EndOfSequence/></n:EnumerateResponse>"


def running(command_id: str) -> str:
    """A command that a shell has, as an Enumerate gives it."""
    parts = [("CommandId", command_id), ("CommandLine", ""), ("CommandState", "Running")]
    return f"<rsp:Command {_SHELL}>{_elements(parts)}</rsp:Command>"


def connected(shell: Shell, answer: bytes) -> str:
    """The answer to a Connect of a shell, with the messages of its pool."""
    streams = _elements([("InputStreams", shell.details.inputs), ("OutputStreams", shell.details.outputs)])
    content = (
        f'<connectResponseXml xmlns="{NAMESPACES["pwsh"]}">{base64.b64encode(answer).decode()}</connectResponseXml>'
    )
    return f"<rsp:ConnectResponse>{streams}{content}</rsp:ConnectResponse>"


def config() -> str:
    """The configuration of the service."""
    return f'<cfg:Config xmlns:cfg="{NAMESPACES["cfg"]}">{_settings(_CONFIG)}</cfg:Config>'


def _settings(values: Mapping[str, object]) -> str:
    written = []
    for name, value in values.items():
        content = _settings(value) if isinstance(value, dict) else escape(str(value))
        written.append(f"<cfg:{name}>{content}</cfg:{name}>")
    return "".join(written)
