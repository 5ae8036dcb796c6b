"""Compare-Object, Get-Unique and Tee-Object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.access import add_member
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.cmdlets.properties import PropertyExpression, property_expressions
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import Failure
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.operators import compare, equals
from jcad.lab.powershell.values import NoteProperty, Value, custom_object, pstypenames, type_name, type_of

if TYPE_CHECKING:
    from jcad.lab.powershell.command import Context

_SAME: Final = "=="
_ONLY_REFERENCE: Final = "<="
_ONLY_DIFFERENCE: Final = "=>"


@core("Compare-Object", unsupported="Culture")
class CompareObject(Cmdlet):
    """Matches each difference object with a reference object; what has no partner is a difference."""

    __slots__ = ("differences", "keys")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.differences: list[Value] = []
        self.keys: list[PropertyExpression] = []

    def process(self) -> None:
        """Keep the difference objects."""
        self.differences += list(self.bound.get("DifferenceObject") or ())

    def end(self) -> None:
        """Match and report: equal pairs first, then by place."""
        if self.bound.get("Property") is not None:
            self.keys = property_expressions(self.bound["Property"], self.context, "expression")
        references = list(self.bound["ReferenceObject"] or ())
        window = self.bound.get("SyncWindow", 0x7FFFFFFF)
        left, right = list(enumerate(references)), list(enumerate(self.differences))
        pairs: list[tuple[Value, Value]] = []
        for place, item in list(right):
            partner = next((one for one in left if abs(one[0] - place) <= window and self._equal(one[1], item)), None)
            if partner is not None:
                left.remove(partner)
                right.remove((place, item))
                pairs.append((partner[1], item))
        if self.on("IncludeEqual") or self.on("ExcludeDifferent"):
            for one, _ in pairs:
                self._report(one, _SAME)
        if self.on("ExcludeDifferent"):
            return
        for _, item in right:
            self._report(item, _ONLY_DIFFERENCE)
        for _, item in left:
            self._report(item, _ONLY_REFERENCE)

    def _values(self, item: Value) -> list[Value]:
        return [key.evaluate(item, self.context) for key in self.keys] if self.keys else [item]

    def _equal(self, one: Value, other: Value) -> bool:
        fold = not self.on("CaseSensitive")
        return all(
            self._same(first, second, fold=fold)
            for first, second in zip(self._values(one), self._values(other), strict=True)
        )

    @staticmethod
    def _same(first: Value, second: Value, *, fold: bool) -> bool:
        """Equal, or of no order and with the same text: so objects without properties to compare by are told apart."""
        if equals(first, second, ignore_case=fold):
            return True
        if first is None or second is None:
            return False
        try:
            return compare(first, second, ignore_case=fold) == 0
        except Failure:
            return equals(to_text(first), to_text(second), ignore_case=fold)

    def _report(self, item: Value, side: str) -> None:
        if self.on("PassThru"):
            self.context.write(add_member(item, NoteProperty("SideIndicator", side), force=True))
            return
        if self.keys:
            pairs = [
                (key.label or to_text(key.source), value)
                for key, value in zip(self.keys, self._values(item), strict=True)
            ]
        else:
            pairs = [("InputObject", item)]
        self.context.write(custom_object([*pairs, ("SideIndicator", side)]))


@core("Get-Unique")
class GetUnique(Cmdlet):
    """Leaves out what equals the object before it."""

    __slots__ = ("last", "started")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.last: Any = None
        self.started = False

    def process(self) -> None:
        """Write the object unless it repeats the last one."""
        item = self.bound["InputObject"]
        if self.on("AsString"):
            repeated = self.started and equals(
                to_text(item), to_text(self.last), ignore_case=self.on("CaseInsensitive")
            )
        elif self.on("OnType"):
            repeated = self.started and pstypenames(item) == pstypenames(self.last)
        else:
            repeated = self.started and type_of(item) is type_of(self.last) and self._equal(item)
        if not repeated:
            self.last, self.started = item, True
            self.context.write(item)

    def _equal(self, item: Value) -> bool:
        try:
            return compare(item, self.last, ignore_case=self.on("CaseInsensitive")) == 0
        except Failure:
            return type_name(item) == type_name(self.last) and to_text(item) == to_text(self.last)


@core("Tee-Object", unsupported="FilePath LiteralPath Append Encoding")
class TeeObject(Cmdlet):
    """Passes everything on, and keeps it in a variable."""

    __slots__ = ("items",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.items: list[Any] = []

    def process(self) -> None:
        """Keep and pass on."""
        item = self.bound.get("InputObject")
        self.items.append(item)
        self.context.write(item)

    def end(self) -> None:
        """Set the variable."""
        name = self.bound.get("Variable")
        if name is None:
            raise LabUnsupported("Tee-Object without -Variable")
        from jcad.lab.powershell.evaluate.frame import collected  # noqa: PLC0415  - the cmdlets are loaded by it

        self.context.engine.frame.scope.set(name, collected(self.items))
