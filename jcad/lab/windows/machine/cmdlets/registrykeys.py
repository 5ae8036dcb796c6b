"""Values of the registry: Get-, Set-, New- and Remove-ItemProperty, Get-ItemPropertyValue; what Get-Item gives of a key."""

from __future__ import annotations

from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.members import NetObject, NoteProperty, PSCustomObject
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.types import resolve
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import STRING_ARRAY, Array, NetList, base_of, custom_object
from jcad.lab.windows.machine.cmdlets.base import MachineCmdlet, fits, known
from jcad.lab.windows.machine.registry import HIVE, Key, key_of

resolve("object")
KEY: Final = net.define("Microsoft.Win32.RegistryKey")
_PROVIDER: Final = "Microsoft.PowerShell.Core\\Registry::"
_KINDS: Final = ("String", "ExpandString", "Binary", "DWord", "MultiString", "QWord")


class RegistryKey(NetObject):
    """A key as Get-Item gives it."""

    __slots__ = ("key",)
    net_type = KEY

    def __init__(self, key: Key) -> None:
        super().__init__()
        self.key = key

    def value(self, name: str, default: Any = None) -> Any:
        """`GetValue`."""
        return _shown(self.key.get(name, default))


def _shown(value: Any) -> Any:
    return Array(value, STRING_ARRAY) if type(value) is list else value


def _declare() -> None:
    members = members_of(KEY)
    members.property("Name", lambda one: f"{HIVE}\\{one.key.path}", "string")
    members.property("Property", lambda one: _names(one.key), "string[]")
    members.property("ValueCount", lambda one: len(one.key.values), "int")
    members.method("GetValue(string)", RegistryKey.value)
    members.method("GetValue(string, object)", RegistryKey.value)
    members.method("GetValueNames()", lambda one: _names(one.key))
    textual(RegistryKey, lambda one, _spec, _invariant: f"{HIVE}\\{one.key.path}")


def _names(key: Key) -> Array:
    return Array([name for name, _, _ in key.values.values()], STRING_ARRAY)


_declare()


def _place(key: Key) -> list[tuple[str, Any]]:
    path = f"{_PROVIDER}{HIVE}\\{key.path}"
    return [
        ("PSPath", path),
        ("PSParentPath", path.rpartition("\\")[0]),
        ("PSChildName", key.name),
        ("PSDrive", "HKLM"),
        ("PSProvider", "Microsoft.PowerShell.Core\\Registry"),
    ]


def key_object(key: Key) -> RegistryKey:
    """A key with the provider's properties."""
    made = RegistryKey(key)
    made.extended = {name.lower(): NoteProperty(name, value) for name, value in _place(key)}
    made.extended["psiscontainer"] = NoteProperty("PSIsContainer", value=True)
    return made


class _Values(MachineCmdlet):
    """What the cmdlets on values share."""

    __slots__ = ()

    def _keys(self) -> list[Key]:
        found = []
        for path in self.paths():
            key = key_of(path)
            if key is None:
                raise LabUnsupported(f"properties of {path}: of the registry alone")
            if "LiteralPath" not in self.bound and "*" in key:
                above, _, pattern = key.rpartition("\\")
                found += [one for one in self.machine.registry.children(above) if fits(one.name, [pattern])]
                continue
            one = self.machine.registry.find(key)
            if one is None:
                self.report_missing(path)
            else:
                found.append(one)
        return found

    def _report_no_value(self, key: Key, name: str) -> None:
        self.report(
            "System.Management.Automation.PSArgumentException",
            f"Property {name} does not exist at path {HIVE}\\{key.path}.",
            "System.Management.Automation.PSArgumentException",
            "InvalidArgument",
            name,
        )


def _values(key: Key, names: list[str]) -> PSCustomObject:
    found = [(name, _shown(value)) for name, _, value in key.values.values() if fits(name, names)]
    return custom_object([*found, *_place(key)])


@known("Get-ItemProperty", unsupported="Filter Include Exclude Credential")
class GetItemProperty(_Values):
    """The values of keys."""

    __slots__ = ()

    def process(self) -> None:
        """One object for every key."""
        names = self.texts("Name")
        for key in self._keys():
            missing = [one for one in names if "*" not in one and one.lower() not in key.values]
            for name in missing:
                self._report_no_value(key, name)
            if len(missing) < len(names) or (not names and key.values):
                self.context.write(_values(key, names))


@known("Get-ItemPropertyValue", unsupported="Filter Include Exclude Credential")
class GetItemPropertyValue(_Values):
    """Single values of keys."""

    __slots__ = ()

    def process(self) -> None:
        """Write each value."""
        for key in self._keys():
            for name in self.texts("Name"):
                if name.lower() in key.values:
                    self.context.write(_shown(key.get(name)))
                else:
                    self._report_no_value(key, name)


def _stored(value: Any, kind: str) -> Any:
    plain = base_of(value)
    if kind in {"DWord", "QWord"}:
        return int(plain)
    if kind == "MultiString":
        return [to_text(item) for item in plain] if isinstance(plain, NetList) else [to_text(plain)]
    if kind == "Binary":
        return plain
    return "" if plain is None else to_text(plain)


def _kind_of(value: Any) -> str:
    plain = base_of(value)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return "DWord"
    return "MultiString" if isinstance(plain, NetList) else "String"


class _Setting(_Values):
    """Set one value of keys."""

    __slots__ = ()

    def _set(self, key: Key, kind: str) -> None:
        name = self.text("Name")
        held = key.values.get(name.lower())
        chosen = next((one for one in _KINDS if one.lower() == kind.lower()), "")
        if kind and not chosen:
            raise LabUnsupported(f"the registry type {kind}")
        chosen = chosen or (held[1] if held else _kind_of(self.bound.get("Value")))
        if self.context.should_process(f"{HIVE}\\{key.path}", "Set Property"):
            self.machine.registry.set(key.path, name, _stored(self.bound.get("Value"), chosen), chosen)


@known("Set-ItemProperty", unsupported="Filter Include Exclude Credential InputObject")
class SetItemProperty(_Setting):
    """Set a value; a new one is made."""

    __slots__ = ()

    def process(self) -> None:
        """Set it."""
        for key in self._keys():
            self._set(key, self.text("Type"))
            if self.on("PassThru"):
                self.context.write(_values(key, [self.text("Name")]))


@known("New-ItemProperty", unsupported="Filter Include Exclude Credential")
class NewItemProperty(_Setting):
    """Make a value."""

    __slots__ = ()

    def process(self) -> None:
        """Make it, and write it."""
        for key in self._keys():
            if self.text("Name").lower() in key.values and not self.on("Force"):
                text = "The property already exists."
                self.report("System.IO.IOException", text, "System.IO.IOException", "WriteError", key.path)
                continue
            self._set(key, self.text("PropertyType"))
            self.context.write(_values(key, [self.text("Name")]))


@known("Remove-ItemProperty", unsupported="Filter Include Exclude Credential")
class RemoveItemProperty(_Values):
    """Remove values."""

    __slots__ = ()

    def process(self) -> None:
        """Remove each."""
        for key in self._keys():
            for name in self.texts("Name"):
                asked = self.context.should_process(f"{HIVE}\\{key.path} {name}", "Remove Property")
                if asked and not self.machine.registry.unset(key.path, name):
                    self._report_no_value(key, name)
