"""Script blocks and functions, compiled: their named blocks as closures, their parameters as slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.binding import Slot, Table
from jcad.lab.powershell.command import ALL_SETS, InSet
from jcad.lab.powershell.evaluate.attributes import Given, attribute_name, checks, given, known_attribute, null_flag
from jcad.lab.powershell.evaluate.expressions import expression, resolve_type
from jcad.lab.powershell.evaluate.statements import block
from jcad.lab.powershell.objects import is_true, to_text
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import NetObject, ScriptBlock

if TYPE_CHECKING:
    from jcad.lab.powershell.evaluate.frame import Expression, Frame, Statement


class Body:
    """The body of a script, function or script block: compiled when first run.

    Runspaces that are sent the same script share it, as they share its tree: it holds nothing of any one of them.
    """

    __slots__ = ("_ready", "_table", "ast", "begin", "defaults", "dynamic", "end", "help", "process", "uses_input")

    def __init__(self, ast: nodes.ScriptBlockAst) -> None:
        self.ast = ast
        self._ready = False
        self._table: Table | None = None
        self.begin: Statement | None = None
        self.process: Statement | None = None
        self.end: Statement | None = None
        self.defaults: dict[str, Expression] = {}
        self.uses_input = "$input" in ast.text.lower()

    @classmethod
    def of(cls, ast: nodes.ScriptBlockAst) -> Body:
        """The body of a tree: the one that was made of it before, where there is one."""
        if ast.compiled is None:
            ast.compiled = cls(ast)
        body: Body = ast.compiled
        return body

    def compile(self) -> Body:
        """Make the closures, once."""
        if not self._ready:
            ast = self.ast
            if ast.dynamic is not None:
                raise LabUnsupported("dynamicparam")
            self.begin = None if ast.begin is None else block(ast.begin)
            self.process = None if ast.process is None else block(ast.process)
            self.end = None if ast.end is None else block(ast.end)
            self.defaults = {
                one.name: expression(one.default) for one in ast.parameters or () if one.default is not None
            }
            self._ready = True
        return self

    @property
    def advanced(self) -> bool:
        """Whether it is an advanced function: [CmdletBinding()], or a [Parameter()] on any parameter."""
        if any(attribute_name(one.name) == "cmdletbinding" for one in self.ast.attributes):
            return True
        return any(
            isinstance(one, nodes.Attribute) and attribute_name(one.name) == "parameter"
            for parameter in self.ast.parameters or ()
            for one in parameter.constraints
        )

    def table(self, f: Frame) -> Table:
        """The parameters as the binder sees them. Raises Failure for an unknown type or attribute."""
        if f.engine.script_types:
            return self._make_table(f)  # a name may mean another type here than in the next runspace
        if self._table is None:
            self._table = self._make_table(f)
        return self._table

    def _make_table(self, f: Frame) -> Table:
        binding = self._cmdlet_binding(f)
        slots = [_slot(parameter, f) for parameter in self.ast.parameters or ()]
        if is_true(binding.named.get("positionalbinding", True)):
            _number(slots)
        default = to_text(binding.named.get("defaultparametersetname", ""))
        return Table(
            slots,
            default,
            advanced=self.advanced,
            should_process=binding.flag("supportsshouldprocess"),
            confirm_impact=to_text(binding.named.get("confirmimpact", "Medium")),
        )

    def _cmdlet_binding(self, f: Frame) -> Given:
        for one in self.ast.attributes:
            if attribute_name(one.name) == "cmdletbinding":
                return given(one, f)
        return Given("cmdletbinding", [])

    def output_types(self, f: Frame) -> list[Any]:
        """What [OutputType()] names."""
        return [
            value
            for one in self.ast.attributes
            if attribute_name(one.name) == "outputtype"
            for value in given(one, f).positional
        ]


def _slot(parameter: nodes.ParameterAst, f: Frame) -> Slot:
    kinds = [resolve_type(one.name) for one in parameter.constraints if isinstance(one, nodes.TypeName)]
    slot = Slot(parameter.name, kinds, {})
    attributes = [one for one in parameter.constraints if isinstance(one, nodes.Attribute)]
    known = [given(one, f) for one in attributes if known_attribute(one.name)]
    for one in known:
        if one.name == "parameter":
            slot.sets[to_text(one.named.get("parametersetname", ALL_SETS))] = _in_set(one)
        elif one.name == "alias":
            slot.aliases += tuple(to_text(value) for value in one.positional)
        elif null_flag(one.name):
            setattr(slot, null_flag(one.name), True)
    slot.checks = checks(attributes, f)
    slot.attributes = tuple(known)
    if not slot.sets:
        slot.sets = {ALL_SETS: InSet()}
    return slot


def _in_set(one: Given) -> InSet:
    position = one.named.get("position")
    return InSet(
        one.flag("mandatory"),
        None if position is None else int(position),
        one.flag("valuefrompipeline"),
        one.flag("valuefrompipelinebypropertyname"),
        one.flag("valuefromremainingarguments"),
    )


def _number(slots: list[Slot]) -> None:
    """Give positions in the order of declaration, where no parameter states one."""
    if any(role.position is not None for slot in slots for role in slot.sets.values()):
        return
    position = 0
    for slot in slots:
        if slot.is_switch or any(role.remaining for role in slot.sets.values()):
            continue
        slot.sets = {
            name: InSet(role.mandatory, position, role.pipeline, role.by_property, role.remaining)
            for name, role in slot.sets.items()
        }
        position += 1


class FunctionInfo(NetObject):
    """A function or filter, as `Get-Command` gives it and `&` calls it."""

    __slots__ = ("body", "is_filter", "name", "scope")
    net_type = net.define(
        "System.Management.Automation.FunctionInfo", base=net.define("System.Management.Automation.CommandInfo")
    )

    def __init__(self, name: str, body: Body, *, is_filter: bool = False) -> None:
        super().__init__()
        self.name = name
        self.body = body
        self.is_filter = is_filter

    @property
    def script_block(self) -> ScriptBlock:
        """The function's script block."""
        return ScriptBlock(self.body.ast.text, self.body)


def define(f: Frame, name: str, body: Body, *, is_filter: bool = False) -> None:
    """Define a function in the scope that its name says: `function global:Name`."""
    scope = f.scope
    prefix, colon, rest = name.partition(":")
    if colon:
        named = f.scope.named(prefix)
        if named is not None:
            scope, name = named, rest
    scope.define_function(name.lower(), FunctionInfo(name, body, is_filter=is_filter))
    for one in body.ast.attributes:
        if attribute_name(one.name) == "alias":
            for alias in given(one, f).positional:
                scope.define_alias(to_text(alias).lower(), name)
