"""WS-Management envelopes (DMTF DSP0226, MS-WSMV): requests read, answers and faults written.

Sans-I/O: bytes in, bytes out. What a request does is not known here.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

NAMESPACES: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "e": "http://schemas.xmlsoap.org/ws/2004/08/eventing",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "cfg": "http://schemas.microsoft.com/wbem/wsman/1/config",
    "pwsh": "http://schemas.microsoft.com/powershell",
}
MAX_ENVELOPE: Final = 512_000
"""MaxEnvelopeSizekb, as the service has it: 500 KiB."""
SMALLEST_ENVELOPE: Final = 8_192  # DSP0226, 6.2
LONGEST_OPERATION: Final = 60.0  # MaxTimeoutms

_ANONYMOUS: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_FAULT_ACTION: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_ADDRESSING_FAULT: Final = NAMESPACES["a"] + "/fault"
_FAULT_DETAIL: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
#: The prefixes that an answer declares, by the last part of its request's action; as in recorded exchanges with Windows.
_PREFIXES: Final = {
    "Receive": "s a w rsp p",
    "Delete": "s a w p",
    "Disconnect": "s a w p",
    "Reconnect": "s a w p",
    "Get": "s a x w p",
    "Enumerate": "s a n w p",
}
_ALL_PREFIXES: Final = "s a x w rsp p"
_FAULT_PREFIXES: Final = "s a x e n w p"
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?")

ACCESS_DENIED: Final = 5
OPERATION_ABORTED: Final = 995
ACTION_NOT_SUPPORTED: Final = 2150858817
INVALID_RESOURCE: Final = 2150858811
INVALID_SELECTORS: Final = 2150858843
OPERATION_TIMED_OUT: Final = 2150858793
SHELL_QUOTA: Final = 2150859173
COMMAND_QUOTA: Final = 2150859241
LAB_MISTAKE: Final = 2150858999  # no code of Windows'
INVALID_MESSAGE: Final = 2150858752
ENVELOPE_TOO_LARGE: Final = 2150858814
INVALID_HEADER: Final = 2150858767
INVALID_PARAMETER: Final = 87
INVALID_STATE: Final = 5023  # ERROR_INVALID_STATE

_SELECTORS: Final = (
    "The WS-Management service cannot process the request because the request contained invalid selectors for the "
    "resource. "
)
_COMMAND_PLUGIN: Final = ("Shell cmd plugin", "%systemroot%\\system32\\winrscmd.dll")


class Fault(Exception):
    """A WS-Management fault: its WSManFault code, subcode and text.

    `reason` is the text that SOAP gives, where it differs; `detail` the last part of its FaultDetail; `provider` the name
    and the path of the plugin that it comes from.
    """

    def __init__(
        self,
        code: int,
        message: str,
        subcode: str = "w:InternalError",
        *,
        sender: bool = False,
        reason: str = "",
        detail: str = "",
        provider: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.subcode = subcode
        self.sender = sender
        self.reason = reason or message
        self.detail = detail
        self.provider = provider

    @classmethod
    def access_denied(cls) -> Fault:
        """The account may not do this."""
        return cls(ACCESS_DENIED, "Access is denied. ", "w:AccessDenied", sender=True)

    @classmethod
    def no_such_shell(cls, shell_id: str = "") -> Fault:
        """There is no shell of that id, or it is another user's. Text: public transcripts."""
        text = (
            f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not found on the "
            "server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the server. "
            "Provide the correct ShellId or create a new shell and retry the operation. "
        )
        return cls._of_selectors(text)

    @classmethod
    def no_such_command(cls) -> Fault:
        """There is no command of that id in the shell."""
        text = (
            "The Windows Remote Shell received a request to perform an operation on a command identifier that does "
            "not exist. Either the command has completed execution or the client specified an invalid command "
            "identifier. "
        )
        return cls._of_selectors(text)

    @classmethod
    def _of_selectors(cls, text: str) -> Fault:
        return cls(
            INVALID_SELECTORS, text, "w:InvalidSelectors", sender=True, reason=_SELECTORS, detail="UnexpectedSelectors"
        )

    @classmethod
    def no_command_named(cls) -> Fault:
        """A command shell was asked for the output of no command."""
        return cls(
            INVALID_PARAMETER,
            "The parameter is incorrect. ",
            "w:InvalidParameter",
            sender=True,
            detail="InvalidValue",
            provider=_COMMAND_PLUGIN,
        )

    @classmethod
    def bad_timeout(cls, text: str) -> Fault:
        """The OperationTimeout of the header is no duration."""
        reason = "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. "
        why = f"The XML contains an invalid timeout field in the SOAP header: {text}. "
        message = f"The WS-Management service cannot process the request. {why}"
        return cls(INVALID_HEADER, message, "a:InvalidMessageInformationHeader", sender=True, reason=reason)

    @classmethod
    def shell_is(cls, state: str) -> Fault:
        """The shell is connected, or disconnected, where it must be the other."""  # unverified on Windows: the code
        text = f"The WS-Management service cannot process the request: the shell is {state}. "
        return cls(INVALID_STATE, text, "w:InternalError", sender=True)

    @classmethod
    def no_such_configuration(cls, name: str, computer: str) -> Fault:
        """The host has no session configuration of that name. Text: public transcripts."""
        text = (
            "The WS-Management service cannot process the request. Cannot find the "
            f"{name} session configuration in the WSMan: drive on the {computer} computer. "
        )
        return cls(INVALID_RESOURCE, text, "w:InvalidResourceURI", sender=True)

    @classmethod
    def timed_out(cls) -> Fault:
        """Nothing came within the request's OperationTimeout; the client asks again."""
        text = (
            "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  "
        )
        return cls(OPERATION_TIMED_OUT, text, "w:TimedOut")

    @classmethod
    def aborted(cls) -> Fault:
        """The shell was deleted while the request waited."""
        text = "The I/O operation has been aborted because of either a thread exit or an application request. "
        return cls(OPERATION_ABORTED, text)

    @classmethod
    def shell_quota(cls, most: int) -> Fault:
        """The user has as many shells as he may have. Text: public transcripts."""
        text = (
            "The WS-Management service cannot process the request. This user is allowed a maximum number of "
            f"{most} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this "
            "user. "
        )
        return cls(SHELL_QUOTA, text, "w:QuotaLimit")

    @classmethod
    def command_quota(cls) -> Fault:
        """The shell has as many commands as it may have. Code: by its name, the text from public transcripts."""
        text = (
            "The maximum number of concurrent commands per shell has been exceeded. Retry the request later or raise "
            "the Maximum Commands per Shell quota. "
        )
        return cls(COMMAND_QUOTA, text)

    @classmethod
    def unsupported(cls, what: str) -> Fault:
        """The lab does not know this, and says so by name."""
        return cls(ACTION_NOT_SUPPORTED, f"LabUnsupported: {what} is not part of the lab", "a:ActionNotSupported")

    @classmethod
    def bad_message(cls, why: str) -> Fault:
        """The request cannot be understood."""  # unverified on Windows: code and subcode
        return cls(INVALID_MESSAGE, f"The WS-Management service cannot process the request: {why}", sender=True)


class ConnectionDropped(Exception):
    """Instead of an answer the connection breaks off: a fault on demand, or a client that is gone."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `timeout` is in seconds, `max_envelope` in bytes; `selectors` and `options` are by name.

    `to` is where the client thinks it sends it, `locale` and `data_locale` are its languages.
    """

    action: str
    resource: str
    message_id: str
    timeout: float
    max_envelope: int
    body: ET.Element
    selectors: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    to: str = ""
    locale: str = "en-US"
    data_locale: str = "en-US"

    def find(self, path: str) -> ET.Element:
        """An element of the body, by a path with the prefixes of `NAMESPACES`. Raises `Fault` where it is missing."""
        found = self.body.find(path, NAMESPACES)
        if found is None:
            raise Fault.bad_message(f"{path} is missing")
        return found


def read_request(envelope: bytes) -> Request:
    """Read an envelope. Raises `Fault` where it is none."""
    try:
        root = ET.fromstring(envelope)  # noqa: S314  - expat of Python 3.11 limits entities; the sender has logged on
    except ET.ParseError as error:
        raise Fault.bad_message(f"it is not XML ({error})") from error
    header = root.find("s:Header", NAMESPACES)
    body = root.find("s:Body", NAMESPACES)
    if header is None or body is None:
        raise Fault.bad_message("it is no SOAP envelope")

    def text(name: str, default: str = "") -> str:
        return (header.findtext(name, default, NAMESPACES) or default).strip()

    return Request(
        action=text("a:Action"),
        resource=text("w:ResourceURI"),
        message_id=text("a:MessageID"),
        timeout=_operation_timeout(text("w:OperationTimeout", "PT60S")),
        max_envelope=_envelope_size(text("w:MaxEnvelopeSize", str(MAX_ENVELOPE))),
        body=body,
        selectors=_named(header, "w:SelectorSet/w:Selector"),
        options=_named(header, "w:OptionSet/w:Option"),
        to=text("a:To"),
        locale=_language(header, "w:Locale"),
        data_locale=_language(header, "p:DataLocale"),
    )


def message_id(envelope: bytes) -> str:
    """The id of a message, whatever else is wrong with it; empty where it has none."""
    found = re.search(rb"MessageID[^>]*>\s*([^<]*?)\s*<", envelope)
    return found.group(1).decode("utf-8", "replace") if found else ""


def seconds(duration: str) -> float:
    """An xs:duration in seconds. Raises `Fault` where it is none."""
    found = _DURATION.fullmatch(duration)
    if found is None or duration in {"P", "PT"} or duration.endswith("T"):
        raise Fault.bad_message(f"{duration} is no duration")
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def _operation_timeout(text: str) -> float:
    try:
        return min(seconds(text), LONGEST_OPERATION)
    except Fault:
        raise Fault.bad_timeout(text) from None


def _language(header: ET.Element, path: str) -> str:
    found = header.find(path, NAMESPACES)
    return "en-US" if found is None else found.get(f"{{{NAMESPACES['xml']}}}lang", "en-US")


def addressed(envelope: bytes) -> str:
    """The host that a message is sent to, by the name that the client uses; empty where it does not say."""
    found = re.search(rb"To(?:\s[^>]*)?>\s*https?://(\[[^\]<]*\]|[^:/<]*)", envelope)
    return found.group(1).decode("utf-8", "replace").strip("[]") if found else ""


def _envelope_size(text: str) -> int:
    if not text.isdecimal() or int(text) < SMALLEST_ENVELOPE:
        raise Fault(ENVELOPE_TOO_LARGE, f"MaxEnvelopeSize {text} is too small. ", "w:EncodingLimit", sender=True)
    return int(text)


def _named(header: ET.Element, path: str) -> dict[str, str]:
    return {element.get("Name", ""): element.text or "" for element in header.findall(path, NAMESPACES)}


def write_answer(request: Request, body: str) -> bytes:
    """The envelope of an answer. `body` is XML with the prefixes that answers to this action declare."""
    prefixes = _PREFIXES.get(request.action.rpartition("/")[2], _ALL_PREFIXES)
    return _envelope(f"{request.action}Response", request.message_id, body, prefixes)


def write_fault(fault: Fault, relates_to: str, machine: str) -> bytes:
    """The envelope of a fault, from the host of this name."""
    text, reason = (escape(_UNPRINTABLE.sub("?", each)) for each in (fault.message, fault.reason))
    side = "s:Sender" if fault.sender else "s:Receiver"
    detail = f"<w:FaultDetail>{_FAULT_DETAIL}{fault.detail}</w:FaultDetail>" if fault.detail else ""
    if fault.provider is not None:
        name, path = fault.provider
        text = f"<f:ProviderFault provider={quoteattr(name)} path={quoteattr(path)}>{text}</f:ProviderFault>"
    body = (
        f"<s:Fault><s:Code><s:Value>{side}</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason>'
        f'<s:Detail>{detail}<f:WSManFault xmlns:f="{NAMESPACES["f"]}" Code="{fault.code}" Machine={quoteattr(machine)}>'
        f"<f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>"
    )
    action = _ADDRESSING_FAULT if fault.subcode.startswith("a:") else _FAULT_ACTION
    return _envelope(action, relates_to, body, _FAULT_PREFIXES)


def _envelope(action: str, relates_to: str, body: str, prefixes: str) -> bytes:
    declared = " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes.split())
    return (
        f'<s:Envelope xml:lang="en-US" {declared}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f"<p:ActivityId>{str(uuid.uuid4()).upper()}</p:ActivityId><a:To>{_ANONYMOUS}</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
