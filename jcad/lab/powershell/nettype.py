"""The .NET types that the interpreter knows, as objects: name, base, interfaces, generic arguments.

A `NetType` is what `[int]` evaluates to in a script and what `type_of` answers for a value. Types are interned: one object
a type, compared by identity. Their members (methods, properties, constructors) live in `types/`. Pure, no I/O.
"""

from __future__ import annotations

from typing import Final

CORE_ASSEMBLY: Final = "System.Private.CoreLib, Version=10.0.0.0, Culture=neutral, PublicKeyToken=7cec85d7bea7798e"
ENGINE_ASSEMBLY: Final = (
    "System.Management.Automation, Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
)

_ENGINE_SPACES: Final = ("System.Management.Automation", "Microsoft.PowerShell.Commands.Internal")

#: Every defined type by its full name in lower case (generic definitions as "...list`1").
TYPES: Final[dict[str, NetType]] = {}

_CLOSED: Final[dict[tuple[NetType, tuple[NetType, ...]], NetType]] = {}
_ARRAYS: Final[dict[tuple[NetType, int], NetType]] = {}


class NetType:
    """One .NET type. `names` (enums only) maps each member's name to its number."""

    __slots__ = (
        "args",
        "base",
        "definition",
        "element",
        "flags",
        "interfaces",
        "is_interface",
        "is_value",
        "name",
        "names",
        "namespace",
        "rank",
    )

    def __init__(
        self,
        namespace: str,
        name: str,
        *,
        base: NetType | None = None,
        interfaces: tuple[NetType, ...] = (),
        is_value: bool = False,
        is_interface: bool = False,
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.base = base
        self.interfaces = interfaces
        self.is_value = is_value
        self.is_interface = is_interface
        self.args: tuple[NetType, ...] = ()
        self.definition: NetType | None = None
        self.element: NetType | None = None
        self.rank = 0
        self.names: dict[str, int] | None = None
        self.flags = False

    def __repr__(self) -> str:
        return f"<NetType {self}>"

    def __str__(self) -> str:
        """`Type.ToString()`: System.Collections.Generic.List`1[System.String]."""
        text = self.namespace + "." + self.name if self.namespace else self.name
        if self.element is not None:
            return str(self.element) + "[" + "," * (self.rank - 1) + "]"
        return text + "[" + ",".join(str(arg) for arg in self.args) + "]" if self.args else text

    @property
    def full_name(self) -> str:
        """`Type.FullName`: generic arguments carry their assembly."""
        if self.element is not None:
            return self.element.full_name + "[" + "," * (self.rank - 1) + "]"
        text = self.namespace + "." + self.name if self.namespace else self.name
        if not self.args:
            return text
        return text + "[" + ",".join(f"[{arg.full_name}, {arg.assembly}]" for arg in self.args) + "]"

    @property
    def assembly(self) -> str:
        """The full name of the assembly that the type comes from, as PowerShell 7 has it."""
        return ENGINE_ASSEMBLY if self.namespace.startswith(_ENGINE_SPACES) else CORE_ASSEMBLY

    @property
    def is_enum(self) -> bool:
        """Whether the type is an enumeration."""
        return self.names is not None

    @property
    def is_array(self) -> bool:
        """Whether the type is an array of something."""
        return self.element is not None

    @property
    def is_numeric(self) -> bool:
        """Whether the type is one of the eleven primitive numbers (Decimal among them)."""
        return self in NUMERIC

    def ancestry(self) -> tuple[NetType, ...]:
        """The type and its bases, the type first."""
        chain: list[NetType] = []
        current: NetType | None = self
        while current is not None:
            chain.append(current)
            current = current.base
        return tuple(chain)

    def all_interfaces(self) -> tuple[NetType, ...]:
        """Every interface of the type and of its bases, each once."""
        found: dict[NetType, None] = {}
        waiting = [face for kind in self.ancestry() for face in kind.interfaces]
        while waiting:
            face = waiting.pop(0)
            if face not in found:
                found[face] = None
                waiting.extend(face.interfaces)
        return tuple(found)

    def _implements(self, other: NetType) -> bool:
        faces = self.all_interfaces()
        if other in faces:
            return True
        if other.definition is None or (other.definition not in faces and self.definition is not other.definition):
            return False
        item = self.element if self.element is not None else self.args[0] if self.args else None
        if item is None or len(other.args) != 1:
            return self.args == other.args
        return item is other.args[0] or (not item.is_value and item.is_assignable_to(other.args[0]))

    def is_assignable_to(self, other: NetType) -> bool:
        """Whether a value of this type is a `other` (`-is`): the type itself, a base, or an interface."""
        if other is self or other is OBJECT:
            return True
        if other.is_interface:
            return self._implements(other)
        if self.element is not None and other.element is not None and not self.element.is_value:
            return self.rank == other.rank and self.element.is_assignable_to(other.element)
        return other in self.ancestry()


def define(
    full_name: str,
    *,
    base: NetType | None = None,
    interfaces: tuple[NetType, ...] = (),
    is_value: bool = False,
    is_interface: bool = False,
    names: dict[str, int] | None = None,
    flags: bool = False,
) -> NetType:
    """Declare a type once; a second declaration of the same name answers the first."""
    known = TYPES.get(full_name.lower())
    if known is not None:
        return known
    namespace, _, name = full_name.rpartition(".")
    kind = NetType(
        namespace,
        name,
        base=base,
        interfaces=interfaces,
        is_value=is_value or names is not None,
        is_interface=is_interface,
    )
    if base is None and not is_interface and full_name != "System.Object":
        kind.base = ENUM if names is not None else VALUE_TYPE if is_value else OBJECT
    kind.names, kind.flags = names, flags
    TYPES[full_name.lower()] = kind
    return kind


def script_enum(name: str, names: dict[str, int], *, flags: bool) -> NetType:
    """An enumeration that a script declares: a type of its runspace, which no other finds by its name."""
    kind = NetType("", name, base=ENUM, is_value=True)
    kind.names, kind.flags = names, flags
    return kind


def generic(definition: NetType, *args: NetType) -> NetType:
    """The closed generic type: `generic(LIST, STRING)` is List[string]."""
    key = (definition, args)
    known = _CLOSED.get(key)
    if known is None:
        known = NetType(
            definition.namespace,
            definition.name,
            base=definition.base,
            interfaces=definition.interfaces,
            is_value=definition.is_value,
            is_interface=definition.is_interface,
        )
        known.args, known.definition = args, definition
        _CLOSED[key] = known
    return known


def array_of(element: NetType, rank: int = 1) -> NetType:
    """The array type of an element type: `array_of(OBJECT)` is object[]."""
    key = (element, rank)
    known = _ARRAYS.get(key)
    if known is None:
        known = NetType(
            "System",
            element.name + "[" + "," * (rank - 1) + "]",
            base=ARRAY,
            interfaces=(ILIST_1, ICOLLECTION_1, IENUMERABLE_1),
        )
        known.element, known.rank, known.namespace = element, rank, element.namespace
        _ARRAYS[key] = known
    return known


OBJECT: Final = define("System.Object")
VALUE_TYPE: Final = define("System.ValueType", base=OBJECT)

_SYSTEM_INTERFACES: Final = {
    name: define(f"System.{name}", is_interface=True)
    for name in ("IComparable", "IFormattable", "IConvertible", "ICloneable", "IDisposable", "IFormatProvider")
}
IFORMATTABLE: Final = _SYSTEM_INTERFACES["IFormattable"]
ICOMPARABLE: Final = _SYSTEM_INTERFACES["IComparable"]
ICONVERTIBLE: Final = _SYSTEM_INTERFACES["IConvertible"]
ICLONEABLE: Final = _SYSTEM_INTERFACES["ICloneable"]
IDISPOSABLE: Final = _SYSTEM_INTERFACES["IDisposable"]
IENUMERABLE: Final = define("System.Collections.IEnumerable", is_interface=True)
ICOLLECTION: Final = define("System.Collections.ICollection", is_interface=True, interfaces=(IENUMERABLE,))
ILIST: Final = define("System.Collections.IList", is_interface=True, interfaces=(ICOLLECTION,))
IDICTIONARY: Final = define("System.Collections.IDictionary", is_interface=True, interfaces=(ICOLLECTION,))
IENUMERATOR: Final = define("System.Collections.IEnumerator", is_interface=True)
ICOMPARER: Final = define("System.Collections.IComparer", is_interface=True)
IENUMERABLE_1: Final = define("System.Collections.Generic.IEnumerable`1", is_interface=True, interfaces=(IENUMERABLE,))
ICOLLECTION_1: Final = define(
    "System.Collections.Generic.ICollection`1", is_interface=True, interfaces=(IENUMERABLE_1,)
)
ILIST_1: Final = define("System.Collections.Generic.IList`1", is_interface=True, interfaces=(ICOLLECTION_1,))
ISET_1: Final = define("System.Collections.Generic.ISet`1", is_interface=True, interfaces=(ICOLLECTION_1,))
IDICTIONARY_2: Final = define(
    "System.Collections.Generic.IDictionary`2", is_interface=True, interfaces=(IENUMERABLE_1,)
)

ENUM: Final = define("System.Enum", base=VALUE_TYPE, interfaces=(ICOMPARABLE, IFORMATTABLE, ICONVERTIBLE))
ARRAY: Final = define("System.Array", interfaces=(ICLONEABLE, ILIST))

_NUMBER: Final = (ICOMPARABLE, IFORMATTABLE, ICONVERTIBLE)
SBYTE: Final = define("System.SByte", is_value=True, interfaces=_NUMBER)
BYTE: Final = define("System.Byte", is_value=True, interfaces=_NUMBER)
INT16: Final = define("System.Int16", is_value=True, interfaces=_NUMBER)
UINT16: Final = define("System.UInt16", is_value=True, interfaces=_NUMBER)
INT32: Final = define("System.Int32", is_value=True, interfaces=_NUMBER)
UINT32: Final = define("System.UInt32", is_value=True, interfaces=_NUMBER)
INT64: Final = define("System.Int64", is_value=True, interfaces=_NUMBER)
UINT64: Final = define("System.UInt64", is_value=True, interfaces=_NUMBER)
SINGLE: Final = define("System.Single", is_value=True, interfaces=_NUMBER)
DOUBLE: Final = define("System.Double", is_value=True, interfaces=_NUMBER)
DECIMAL: Final = define("System.Decimal", is_value=True, interfaces=_NUMBER)
BIG_INTEGER: Final = define("System.Numerics.BigInteger", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE))
BOOLEAN: Final = define("System.Boolean", is_value=True, interfaces=(ICOMPARABLE, ICONVERTIBLE))
CHAR: Final = define("System.Char", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE, ICONVERTIBLE))
STRING: Final = define("System.String", interfaces=(ICOMPARABLE, ICLONEABLE, ICONVERTIBLE, IENUMERABLE))
INTEGERS: Final = frozenset((SBYTE, BYTE, INT16, UINT16, INT32, UINT32, INT64, UINT64))
NUMERIC: Final = INTEGERS | {SINGLE, DOUBLE, DECIMAL}

DATETIME: Final = define("System.DateTime", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE, ICONVERTIBLE))
DATETIME_OFFSET: Final = define("System.DateTimeOffset", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE))
TIMESPAN: Final = define("System.TimeSpan", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE))
GUID: Final = define("System.Guid", is_value=True, interfaces=(ICOMPARABLE, IFORMATTABLE))
VERSION: Final = define("System.Version", interfaces=(ICOMPARABLE, ICLONEABLE, IFORMATTABLE))
URI: Final = define("System.Uri", interfaces=(IFORMATTABLE,))
DBNULL: Final = define("System.DBNull", interfaces=(ICONVERTIBLE,))
VOID: Final = define("System.Void", is_value=True)
MEMBER_INFO: Final = define("System.Reflection.MemberInfo")
TYPE: Final = define("System.Type", base=MEMBER_INFO)
RUNTIME_TYPE: Final = define("System.RuntimeType", base=define("System.Reflection.TypeInfo", base=TYPE))
DELEGATE: Final = define("System.MulticastDelegate", base=define("System.Delegate", interfaces=(ICLONEABLE,)))

HASHTABLE: Final = define("System.Collections.Hashtable", interfaces=(IDICTIONARY, ICLONEABLE))
DICTIONARY_ENTRY: Final = define("System.Collections.DictionaryEntry", is_value=True)
ORDERED_DICTIONARY: Final = define("System.Collections.Specialized.OrderedDictionary", interfaces=(IDICTIONARY,))
ARRAY_LIST: Final = define("System.Collections.ArrayList", interfaces=(ILIST, ICLONEABLE))
LIST: Final = define("System.Collections.Generic.List`1", interfaces=(ILIST_1, ILIST))
DICTIONARY: Final = define("System.Collections.Generic.Dictionary`2", interfaces=(IDICTIONARY_2, IDICTIONARY))
SORTED_DICTIONARY: Final = define(
    "System.Collections.Generic.SortedDictionary`2", interfaces=(IDICTIONARY_2, IDICTIONARY)
)
SORTED_LIST: Final = define("System.Collections.Generic.SortedList`2", interfaces=(IDICTIONARY_2, IDICTIONARY))
KEY_VALUE_PAIR: Final = define("System.Collections.Generic.KeyValuePair`2", is_value=True)
HASH_SET: Final = define("System.Collections.Generic.HashSet`1", interfaces=(ISET_1,))
SORTED_SET: Final = define("System.Collections.Generic.SortedSet`1", interfaces=(ISET_1, ICOLLECTION))
QUEUE_1: Final = define("System.Collections.Generic.Queue`1", interfaces=(IENUMERABLE_1, ICOLLECTION))
STACK_1: Final = define("System.Collections.Generic.Stack`1", interfaces=(IENUMERABLE_1, ICOLLECTION))
LINKED_LIST: Final = define("System.Collections.Generic.LinkedList`1", interfaces=(ICOLLECTION_1, ICOLLECTION))
QUEUE: Final = define("System.Collections.Queue", interfaces=(ICOLLECTION, ICLONEABLE))
STACK: Final = define("System.Collections.Stack", interfaces=(ICOLLECTION, ICLONEABLE))
COLLECTION_1: Final = define("System.Collections.ObjectModel.Collection`1", interfaces=(ILIST_1, ILIST))
NULLABLE: Final = define("System.Nullable`1", is_value=True)

PS_OBJECT: Final = define("System.Management.Automation.PSObject", interfaces=(IFORMATTABLE, ICOMPARABLE))
PS_CUSTOM_OBJECT: Final = define("System.Management.Automation.PSCustomObject")
SCRIPT_BLOCK: Final = define("System.Management.Automation.ScriptBlock")
SWITCH_PARAMETER: Final = define("System.Management.Automation.SwitchParameter", is_value=True)
PS_REFERENCE: Final = define("System.Management.Automation.PSReference")
SECURE_STRING: Final = define("System.Security.SecureString", interfaces=(IDISPOSABLE,))
PS_CREDENTIAL: Final = define("System.Management.Automation.PSCredential")
EXCEPTION: Final = define("System.Exception")
IFORMAT_PROVIDER: Final = _SYSTEM_INTERFACES["IFormatProvider"]
CULTURE_INFO: Final = define("System.Globalization.CultureInfo", interfaces=(IFORMAT_PROVIDER, ICLONEABLE))
