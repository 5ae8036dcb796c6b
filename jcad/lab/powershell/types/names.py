"""Finding a .NET type by the name that a script uses: accelerators, `using` namespaces, generics, arrays, nesting.

`find` answers None for a name that it does not know; `resolve` (types/__init__.py) decides between "no such type" and "not
part of the lab".
"""

from __future__ import annotations

import re
from typing import Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.exceptions import EXCEPTION_BASES
from jcad.lab.powershell.nettype import NetType, define
from jcad.lab.powershell.objects import short_name
from jcad.lab.powershell.values import exception_type

#: Accelerators of PowerShell 5.1 and 7, in the order in which the first one is how a type is written.
ACCELERATORS: Final[dict[str, str]] = {
    "array": "System.Array",
    "bigint": "System.Numerics.BigInteger",
    "bool": "System.Boolean",
    "byte": "System.Byte",
    "char": "System.Char",
    "cultureinfo": "System.Globalization.CultureInfo",
    "datetime": "System.DateTime",
    "decimal": "System.Decimal",
    "double": "System.Double",
    "float": "System.Single",
    "single": "System.Single",
    "guid": "System.Guid",
    "hashtable": "System.Collections.Hashtable",
    "int": "System.Int32",
    "int32": "System.Int32",
    "int16": "System.Int16",
    "long": "System.Int64",
    "int64": "System.Int64",
    "ipaddress": "System.Net.IPAddress",
    "mailaddress": "System.Net.Mail.MailAddress",
    "object": "System.Object",
    "pscredential": "System.Management.Automation.PSCredential",
    "pscustomobject": "System.Management.Automation.PSObject",
    "psobject": "System.Management.Automation.PSObject",
    "psmoduleinfo": "System.Management.Automation.PSModuleInfo",
    "psprimitivedictionary": "System.Management.Automation.PSPrimitiveDictionary",
    "psvariable": "System.Management.Automation.PSVariable",
    "psnoteproperty": "System.Management.Automation.PSNoteProperty",
    "psaliasproperty": "System.Management.Automation.PSAliasProperty",
    "psscriptproperty": "System.Management.Automation.PSScriptProperty",
    "psscriptmethod": "System.Management.Automation.PSScriptMethod",
    "ref": "System.Management.Automation.PSReference",
    "regex": "System.Text.RegularExpressions.Regex",
    "runspace": "System.Management.Automation.Runspaces.Runspace",
    "runspacefactory": "System.Management.Automation.Runspaces.RunspaceFactory",
    "powershell": "System.Management.Automation.PowerShell",
    "sbyte": "System.SByte",
    "scriptblock": "System.Management.Automation.ScriptBlock",
    "securestring": "System.Security.SecureString",
    "string": "System.String",
    "switch": "System.Management.Automation.SwitchParameter",
    "timespan": "System.TimeSpan",
    "type": "System.Type",
    "uint16": "System.UInt16",
    "ushort": "System.UInt16",
    "short": "System.Int16",
    "uint": "System.UInt32",
    "uint32": "System.UInt32",
    "ulong": "System.UInt64",
    "uint64": "System.UInt64",
    "uri": "System.Uri",
    "version": "System.Version",
    "void": "System.Void",
    "wildcardpattern": "System.Management.Automation.WildcardPattern",
    "x500distinguishedname": "System.Security.Cryptography.X509Certificates.X500DistinguishedName",
    "x509certificate": "System.Security.Cryptography.X509Certificates.X509Certificate",
    "xml": "System.Xml.XmlDocument",
    "adsi": "System.DirectoryServices.DirectoryEntry",
    "adsisearcher": "System.DirectoryServices.DirectorySearcher",
    "cimclass": "Microsoft.Management.Infrastructure.CimClass",
    "ciminstance": "Microsoft.Management.Infrastructure.CimInstance",
    "cimsession": "Microsoft.Management.Infrastructure.CimSession",
    "wmi": "System.Management.ManagementObject",
    "wmiclass": "System.Management.ManagementClass",
    "wmisearcher": "System.Management.ManagementObjectSearcher",
    "alias": "System.Management.Automation.AliasAttribute",
    "allowemptycollection": "System.Management.Automation.AllowEmptyCollectionAttribute",
    "allowemptystring": "System.Management.Automation.AllowEmptyStringAttribute",
    "allownull": "System.Management.Automation.AllowNullAttribute",
    "cmdletbinding": "System.Management.Automation.CmdletBindingAttribute",
    "outputtype": "System.Management.Automation.OutputTypeAttribute",
    "parameter": "System.Management.Automation.ParameterAttribute",
    "validateset": "System.Management.Automation.ValidateSetAttribute",
    "validatenotnull": "System.Management.Automation.ValidateNotNullAttribute",
    "validatenotnullorempty": "System.Management.Automation.ValidateNotNullOrEmptyAttribute",
}

for _short, _full in ACCELERATORS.items():
    if _full.lower() in net.TYPES:
        short_name(net.TYPES[_full.lower()], _short)
short_name(net.PS_CUSTOM_OBJECT, "System.Management.Automation.PSCustomObject")

_CACHE: Final[dict[str, NetType | None]] = {}


def forget() -> None:
    """Forget earlier answers: to be called when a type has been declared since."""
    _CACHE.clear()


def find(name: str) -> NetType | None:
    """The type of a name, or None."""
    if name in _CACHE:
        known = _CACHE[name]
        if known is not None:
            return known
    found = _find(name.strip())
    _CACHE[name] = found
    return found


_GENERIC: Final = re.compile(r"([\w.+`]+)\s*\[(.*)\]\Z", re.DOTALL)
_ARRAY: Final = re.compile(r"(.*)\[(,*)\]\Z", re.DOTALL)


def _find(name: str) -> NetType | None:
    array = _ARRAY.match(name)
    if array is not None:
        element = find(array[1])
        return None if element is None else net.array_of(element, len(array[2]) + 1)
    generic = _GENERIC.match(name)
    if generic is not None:
        return _closed(generic[1], split_arguments(generic[2]))
    return _simple(name.partition(",")[0].strip())


def _closed(name: str, arguments: list[str]) -> NetType | None:
    definition = _simple(name if "`" in name else f"{name}`{len(arguments)}")
    kinds = [find(argument) for argument in arguments]
    if definition is None or any(kind is None for kind in kinds):
        return None
    return net.generic(definition, *(kind for kind in kinds if kind is not None))


def split_arguments(text: str) -> list[str]:
    """The arguments of a generic type's name; each may itself stand in brackets."""
    parts, depth, current = [], 0, ""
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and not depth:
            parts.append(current)
            current = ""
        else:
            current += letter
    out = []
    for part in [*parts, current]:
        bare = part.strip()
        out.append(bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare)
    return out


_EXCEPTIONS: Final = {name.lower(): name for name in EXCEPTION_BASES}


def _simple(name: str) -> NetType | None:
    lower = name.lower()
    full = ACCELERATORS.get(lower)
    candidates = [full.lower()] if full is not None else [lower, f"system.{lower}"]
    for candidate in candidates:
        known = net.TYPES.get(candidate)
        if known is not None:
            return known
        exception = _EXCEPTIONS.get(candidate)
        if exception is not None:
            return exception_type(exception)
    return None


def enum(full_name: str, names: str | dict[str, int], *, flags: bool = False) -> NetType:
    """Declare an enumeration: names by spaces count from 0, or a dict of numbers."""
    if isinstance(names, str):
        names = {name: number for number, name in enumerate(names.split())}
    return define(full_name, names=names, flags=flags)
