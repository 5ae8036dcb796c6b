"""The members of script blocks: Invoke, InvokeReturnAsIs, GetNewClosure, [scriptblock]::Create; and $ExecutionContext."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import Failure, NetError, NetException
from jcad.lab.powershell.evaluate.blocks import Body
from jcad.lab.powershell.evaluate.frame import collected
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.exceptions import is_exception_type
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.runtime import is_desktop, running
from jcad.lab.powershell.scopes import Variable
from jcad.lab.powershell.syntax import ParseError, messages, parse_script
from jcad.lab.powershell.syntax.nodes import Expandable, Source
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import EnumValue, GenericList, NetObject, ScriptBlock, array_from

if TYPE_CHECKING:
    from jcad.lab.powershell.values import Array, Value

_COLLECTION = net.generic(net.COLLECTION_1, net.PS_OBJECT)
_PARSE_EXCEPTION = "System.Management.Automation.ParseException"


LANGUAGE_MODE = net.define(
    "System.Management.Automation.PSLanguageMode",
    names={"FullLanguage": 0, "RestrictedLanguage": 1, "NoLanguage": 2, "ConstrainedLanguage": 3},
)


def _engine() -> Any:
    return running()


def _run(block: ScriptBlock, arguments: Array) -> list[Any]:
    out: list[Any] = _engine().run_block(block, list(arguments))
    return out


def _invoke(block: ScriptBlock, arguments: Array) -> GenericList:
    try:
        return GenericList(_run(block, arguments), _COLLECTION)
    except Failure as failure:
        raise NetError(_carried(failure)) from failure


def _carried(failure: Failure) -> NetException:
    """The exception of a failure, which keeps its record on the way through a method call."""
    exception = failure.record.exception
    runtime = "System.Management.Automation.RuntimeException"
    if exception.record is None and is_exception_type(exception.type_name, runtime):
        exception.record = failure.record
    return exception


def _closure(block: ScriptBlock) -> ScriptBlock:
    """A copy of the block that carries the variables that it sees now, the innermost scope's own."""
    engine = _engine()
    frame = engine.top_frame()
    captured = {name: _copy(one) for name, one in frame.scope.variables.items() if name not in {"_", "this"}}
    if frame.scope.parent is not None and block.scope is not None:
        captured = {**block.scope, **captured}
    return ScriptBlock(block.text, block.body, captured)


def _copy(variable: Variable) -> Variable:
    twin = Variable(variable.name, variable.value)
    twin.constraint, twin.kind = variable.constraint, variable.kind
    return twin


class ParseErrorValue(NetObject):
    """One error of a ParseException."""

    __slots__ = ("error_id", "message")
    net_type = net.define("System.Management.Automation.Language.ParseError")

    def __init__(self, error_id: str, message: str) -> None:
        super().__init__()
        self.error_id = error_id
        self.message = message


def parse_exception(error: ParseError, text: str = "") -> NetException:
    """The exception of a text that is no PowerShell: where it is wrong, and what the parser says."""
    said = messages.message_of(error, text)
    if said != str(error):
        said = f"{InvocationInfo(None, '', error.at, Source(text), end=error.at + 1).position}\n{said}"
    problem = ParseErrorValue(error.error_id, said)
    return NetException(_PARSE_EXCEPTION, said, properties={"Errors": array_from([problem], ParseErrorValue.net_type)})


def _create(text: str) -> ScriptBlock:
    try:
        return ScriptBlock(text, Body.of(parse_script(text, seven=not is_desktop())))
    except ParseError as error:
        raise NetError(parse_exception(error)) from error


def _lacking(name: str) -> Any:
    """A member that the lab has not: asking for it is refused by name."""

    def refuse(*_arguments: Any) -> Any:
        raise LabUnsupported(name)

    return refuse


class ExecutionContext(NetObject):
    """$ExecutionContext, $ExecutionContext.InvokeCommand, $ExecutionContext.SessionState: one object for all three."""

    __slots__ = ()
    net_type = net.define("System.Management.Automation.EngineIntrinsics")


def _expand(_context: ExecutionContext, text: str) -> str:
    from jcad.lab.powershell.evaluate.expressions import expression  # noqa: PLC0415  - they build on each other
    from jcad.lab.powershell.syntax.parser import Parser  # noqa: PLC0415

    parser = Parser(Source(text))
    parts: list[Any] = []
    literal: list[str] = []
    try:
        while parser.peek():
            parser.expand_one(parts, literal)
    except ParseError as error:
        raise NetError(parse_exception(error)) from error
    if literal:
        parts.append("".join(literal))
    found: str = expression(Expandable(0, parts))(_engine().top_frame())
    return found


def declare() -> None:
    """Give these types their members, once, when the interpreter is loaded."""
    members = members_of(net.SCRIPT_BLOCK)
    members.method("Invoke(params object[])", _invoke)
    members.method("InvokeReturnAsIs(params object[])", lambda block, arguments: collected(_run(block, arguments)))
    members.method("GetNewClosure()", _closure)
    members.method("ToString()", lambda block: block.text)
    members.property("File", lambda _block: None, "string")
    members.property("IsFilter", lambda _block: False, "bool")
    members.static("Create(string)", _create)
    for name in ("Ast", "Attributes", "Module", "StartPosition", "Id"):
        members.property(name, _lacking(f"[scriptblock].{name}"))
    for name in ("InvokeWithContext", "GetSteppablePipeline", "CheckRestrictedLanguage"):
        members.method(f"{name}(params object[])", _lacking(f"[scriptblock].{name}"))
    members = members_of(ParseErrorValue.net_type)
    members.property("ErrorId", lambda e: e.error_id, "string")
    textual(ParseErrorValue, lambda e, _spec, _invariant: e.message)
    members.property("Message", lambda e: e.message, "string")
    members = members_of(ExecutionContext.net_type)
    members.property("InvokeCommand", lambda c: c)
    members.property("SessionState", lambda c: c)
    members.property("LanguageMode", lambda _c: "FullLanguage", "string")
    members.property("LanguageMode", lambda _c: EnumValue(LANGUAGE_MODE, 0))
    for name in ("PSVariable", "Path", "Drive", "Module", "Provider", "InvokeProvider", "Host", "Events"):
        members.property(name, _lacking(f"$ExecutionContext.SessionState.{name}"))
    members.method("ExpandString(string)", _expand)
    members.method("NewScriptBlock(string)", lambda _c, text: _create(text))
    members.method("InvokeScript(string)", lambda _c, text: _invoke(_create(text), ()))  # type: ignore[arg-type]


def context_value() -> Value:
    """The value of $ExecutionContext."""
    return ExecutionContext()
