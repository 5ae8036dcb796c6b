"""`$Host` of a runspace that a client opened: its user interface is the client's, called through `Host.call`.

Without a host at the client, what is written goes nowhere, and what asks is an error. Shapes as recorded of a real server.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import ErrorRecord, NetError, NetException
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.remotehosttypes import (
    COLOR,
    Cells,
    ChoiceDescription,
    FieldDescription,
    bag,
    color_of,
)
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.scopes import Variable
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    ArrayList,
    Dictionary,
    EnumValue,
    NetList,
    NetObject,
    SecureString,
    array_from,
    base_of,
    custom_object,
)

if TYPE_CHECKING:
    from jcad.lab.powershell.engine import Engine
    from jcad.lab.powershell.records import ProgressRecord

_HOST: Final = "System.Management.Automation.Internal.Host."
NOT_INTERACTIVE: Final = (
    "A command that prompts the user failed because the host program or the command type does not support user "
    "interaction. The host was attempting to request confirmation with the following message: "
)


class RemoteHost(NetObject):
    """$Host, $Host.UI and $Host.UI.RawUI are three views of one client; `engine.host` is who is called, if anybody."""

    __slots__ = ("colors", "engine", "identity")
    net_type = net.define(_HOST + "InternalHost", base=net.define("System.Management.Automation.Host.PSHost"))

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.identity = uuid.uuid4()


class RemoteInterface(NetObject):
    """$Host.UI."""

    __slots__ = ("engine",)
    net_type = net.define(
        _HOST + "InternalHostUserInterface", base=net.define("System.Management.Automation.Host.PSHostUserInterface")
    )

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine

    def tell(self, method: str, *arguments: Any) -> Any:
        """Call a method that answers nothing: what a script gets of it is nothing."""
        if self.engine.host is not None:
            self.engine.host.call(method, *arguments)
        return AUTOMATION_NULL

    def ask(self, message: str, method: str, *arguments: Any) -> Any:
        """Call a method that gives an answer. Raises `NetError` where nobody can be asked."""
        if self.engine.host is None:
            raise NetError(not_interactive(message))
        return self.engine.host.call(method, *arguments)


class RawInterface(RemoteInterface):
    """$Host.UI.RawUI: what is read is what the client said when it opened the session."""

    __slots__ = ()
    net_type = net.define(
        _HOST + "InternalHostRawUserInterface",
        base=net.define("System.Management.Automation.Host.PSHostRawUserInterface"),
    )

    def default(self, name: str) -> Any:
        """A property as the client gave it; `$null` without a host, as its getter fails there."""
        host = self.engine.host
        return None if host is None else host.defaults.get(name)

    def change(self, name: str, value: Any, sent: Any) -> None:
        """Set a property at the client, and remember it."""
        host = self.engine.host
        if host is not None:
            host.call(f"Set{name}", sent)
            host.defaults[name] = value


def not_interactive(message: str) -> NetException:
    """The exception of a question that nobody can be asked."""
    exception = NetException("System.Management.Automation.Host.HostException", NOT_INTERACTIVE + message)
    exception.record = ErrorRecord(exception, "HostFunctionNotImplemented", "NotImplemented")
    return exception


def prompt(interface: RemoteInterface, caption: str, message: str, fields: list[FieldDescription]) -> Any:
    """Ask for the values of fields; the answer is a dictionary by their names."""
    return interface.ask(
        message, "Prompt", caption, message, ArrayList([field.sent(desktop=is_desktop()) for field in fields])
    )


def answered(answers: Any, name: str) -> Any:
    """The value of a field in what `prompt` gave."""
    pairs = base_of(answers).items() if isinstance(base_of(answers), Dictionary) else ()
    return next((value for key, value in pairs if to_text(key).lower() == name.lower()), None)


def choose(interface: RemoteInterface, caption: str, message: str, choices: list[ChoiceDescription], first: int) -> Any:
    """Let somebody choose; the answer is the number of the choice."""
    sent = ArrayList([choice.sent() for choice in choices])
    return interface.ask(message, "PromptForChoice", caption, message, sent, first)


def _choices(caption: str, message: str, given: Any) -> list[ChoiceDescription]:
    del caption, message
    return [
        base_of(one) if isinstance(base_of(one), ChoiceDescription) else ChoiceDescription(to_text(one))
        for one in given
    ]


def _choose(interface: RemoteInterface, caption: str, message: str, given: Any, default: Any) -> Any:
    choices = _choices(caption, message, given)
    base = base_of(default)
    if not isinstance(base, NetList):
        return choose(interface, caption, message, choices, int(base))
    several = bag(("mae", ArrayList(base)), ("mal", array_from([len(base)], net.INT32)))
    sent = ArrayList([choice.sent() for choice in choices])
    return interface.ask(message, "PromptForChoiceMultipleSelection", caption, message, sent, several)


def ask_credential(interface: RemoteInterface, caption: str, message: str, user: str, target: str, *more: Any) -> Any:
    types, options = (int(base_of(one).number) for one in more) if more else (3, 1)
    return interface.ask(message, "PromptForCredential2", caption, message, user, target, types, options)


def _progress(interface: RemoteInterface, source: int, record: ProgressRecord) -> Any:
    """A progress record for the stream, which shows it at the host as well."""
    frame = interface.engine.frame
    if frame is not None:
        frame.io.progress(record.said() | {"source": int(source)})
    return AUTOMATION_NULL


def _message(stream: str, method: str) -> Any:
    def write(interface: RemoteInterface, text: str) -> Any:
        frame = interface.engine.frame
        if frame is not None:
            getattr(frame.io, stream)(text)  # which shows it at the host as well
        else:
            interface.tell(method, text)
        return AUTOMATION_NULL

    return write


def _secure(interface: RemoteInterface) -> SecureString:
    answer = interface.ask("", "ReadLineAsSecureString")
    return answer if isinstance(answer, SecureString) else SecureString(to_text(answer))


def _not_remote(method: str) -> Any:
    """A method that no remote host has."""

    def call(*_arguments: Any) -> Any:
        inner = NetException(
            "System.Management.Automation.PSNotImplementedException", "The method or operation is not implemented."
        )
        text = f"Remote host method {method} is not implemented."
        raise NetError.of("System.Management.Automation.Remoting.PSRemotingDataStructureException", text, inner)

    return call


def _declare_host() -> None:
    members = members_of(RemoteHost.net_type)
    members.property("Name", lambda _h: "ServerRemoteHost", "string")
    members.property("Version", lambda h: answered(h.engine.scope.get("psversiontable"), "PSVersion"))
    members.property("InstanceId", lambda h: h.identity)
    members.property("UI", lambda h: RemoteInterface(h.engine))
    members.property("CurrentCulture", lambda _h: _culture())
    members.property("CurrentUICulture", lambda _h: _culture())
    members.property("PrivateData", lambda _h: None)
    members.property("IsRunspacePushed", lambda _h: None)
    members.property("Runspace", lambda _h: None)
    members.method("SetShouldExit(int)", lambda h, code: RemoteInterface(h.engine).tell("SetShouldExit", code))
    members.method("NotifyBeginApplication()", lambda _h: AUTOMATION_NULL)
    members.method("NotifyEndApplication()", lambda _h: AUTOMATION_NULL)
    for name in ("EnterNestedPrompt", "ExitNestedPrompt"):
        members.method(f"{name}()", _not_remote(name))


def _culture() -> Any:
    from jcad.lab.powershell.types.cultures import make_culture  # noqa: PLC0415  - cultures are loaded when asked for

    return make_culture("en-US")


def _declare_interface() -> None:
    members = members_of(RemoteInterface.net_type)
    members.property("RawUI", lambda u: RawInterface(u.engine))
    members.property("SupportsVirtualTerminal", lambda u: u.engine.host is not None, "bool")
    members.method("Write(string)", lambda u, text: u.tell("Write1", text))
    members.method(
        "Write(System.ConsoleColor, System.ConsoleColor, string)",
        lambda u, fore, back, text: u.tell("Write2", fore.number, back.number, text),
    )
    members.method("WriteLine()", lambda u: u.tell("WriteLine1"))
    members.method("WriteLine(string)", lambda u, text: u.tell("WriteLine2", text))
    members.method(
        "WriteLine(System.ConsoleColor, System.ConsoleColor, string)",
        lambda u, fore, back, text: u.tell("WriteLine3", fore.number, back.number, text),
    )
    members.method("WriteErrorLine(string)", lambda u, text: u.tell("WriteErrorLine", text))
    for stream in ("Warning", "Verbose", "Debug"):
        members.method(f"Write{stream}Line(string)", _message(stream.lower(), f"Write{stream}Line"))
    members.method("WriteProgress(long, System.Management.Automation.ProgressRecord)", _progress)
    members.method("ReadLine()", lambda u: u.ask("", "ReadLine"))
    members.method("ReadLineAsSecureString()", _secure)
    members.method("Prompt(string, string, object)", lambda u, c, m, fields: prompt(u, c, m, list(base_of(fields))))
    members.method("PromptForChoice(string, string, object, object)", _choose)
    members.method("PromptForCredential(string, string, string, string)", ask_credential)


def _declare_raw_interface() -> None:
    members = members_of(RawInterface.net_type)
    for name in ("ForegroundColor", "BackgroundColor"):
        members.property(
            name,
            lambda u, name=name: color_of(u.default(name)),
            str(COLOR),
            lambda u, value, name=name: u.change(name, value.number, value.number),
        )
    for name in (
        "CursorPosition",
        "WindowPosition",
        "BufferSize",
        "WindowSize",
        "MaxWindowSize",
        "MaxPhysicalWindowSize",
    ):
        members.property(
            name,
            lambda u, name=name: u.default(name),
            "object",
            lambda u, value, name=name: u.change(name, base_of(value), base_of(value).sent()),
        )
    members.property("CursorSize", lambda u: u.default("CursorSize"), "object", _plain("CursorSize"))
    members.property("WindowTitle", lambda u: u.default("WindowTitle"), "object", _plain("WindowTitle"))
    members.property("KeyAvailable", lambda _u: None)
    members.method("FlushInputBuffer()", lambda u: u.tell("FlushInputBuffer"))
    members.method("ReadKey()", lambda u: _key(u, 4 | 2))
    members.method("ReadKey(object)", lambda u, options: _key(u, _key_options(options)))
    members.method(
        "SetBufferContents(System.Management.Automation.Host.Rectangle, System.Management.Automation.Host.BufferCell)",
        lambda u, rectangle, cell: u.tell("SetBufferContents1", rectangle.sent(), cell.sent()),
    )
    members.method(
        "ScrollBufferContents(System.Management.Automation.Host.Rectangle, System.Management.Automation.Host.Coordinates, "
        "System.Management.Automation.Host.Rectangle, System.Management.Automation.Host.BufferCell)",
        lambda u, *places: u.tell("ScrollBufferContents", *(place.sent() for place in places)),
    )
    members.method("LengthInBufferCells(string)", lambda _u, text: len(text))
    members.method("LengthInBufferCells(string, int)", lambda _u, text, start: len(text) - start)
    members.method("GetBufferContents(System.Management.Automation.Host.Rectangle)", _not_remote("GetBufferContents"))


def _plain(name: str) -> Any:
    return lambda u, value: u.change(name, base_of(value), base_of(value))


_KEY_OPTIONS: Final = {"allowctrlc": 1, "noecho": 2, "includekeydown": 4, "includekeyup": 8}


def _key_options(given: Any) -> int:
    base = base_of(given)
    if isinstance(base, EnumValue):
        return base.number
    if isinstance(base, str):
        return sum(_KEY_OPTIONS.get(word.strip().lower(), 0) for word in base.split(","))
    return int(base)


def _key(interface: RawInterface, options: int) -> Any:
    answer = interface.ask("", "ReadKey", options)
    members = getattr(answer, "extended", None) or {}
    values = [members[name].value for name in ("virtualkeycode", "character", "controlkeystate", "keydown")]
    return Cells("System.Management.Automation.Host.KeyInfo", dict(zip(_KEY_NAMES, values, strict=True)))


_KEY_NAMES: Final = ("VirtualKeyCode", "Character", "ControlKeyState", "KeyDown")


def attach(engine: Engine) -> None:
    """Give an engine the `$Host` of a remote session, and `$PSSenderInfo` is the caller's to give."""
    known = engine.scope.variables["host"]
    known.value = RemoteHost(engine)


def introduce(engine: Engine, arguments: Any) -> None:
    """Give an engine `$PSSenderInfo`, with what the client said of itself when it opened the session."""
    sender = custom_object([("ApplicationArguments", arguments)])
    sender.type_names = ["System.Management.Automation.Remoting.PSSenderInfo", "System.Object"]
    engine.scope.variables["pssenderinfo"] = Variable("PSSenderInfo", sender)


_declare_host()
_declare_interface()
_declare_raw_interface()
__all__ = [
    "NOT_INTERACTIVE",
    "ChoiceDescription",
    "FieldDescription",
    "RawInterface",
    "RemoteHost",
    "RemoteInterface",
    "answered",
    "attach",
    "choose",
    "introduce",
    "not_interactive",
    "prompt",
]
