"""[System.Management.Automation.PSSerializer]: a script's own use of the serializer that the wire has.

It adds its members to the interpreter's table of types, when an endpoint is loaded. Pure.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree import ElementTree as ET

from psrpcore.types import PSCryptoProvider, deserialize_clixml

from jcad.errors import LabUnsupported
from jcad.lab.endpoint.deserialize import deserialize
from jcad.lab.endpoint.serialize import Encoding, Writer
from jcad.lab.powershell import containers
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument

_NAMESPACE: Final = "http://schemas.microsoft.com/powershell/2004/04"
_OPEN: Final = f'<Objs Version="1.1.0.1" xmlns="{_NAMESPACE}">'
_TAG: Final = re.compile(r"<(/?)([^>]*?)(/?)>([^<]*)")


class _NoKey(PSCryptoProvider):
    """In a text there is no session key; Windows would use the user's own, which the lab has not."""

    def encrypt(self, _value: str) -> str:
        raise LabUnsupported("PSSerializer with a SecureString")

    def decrypt(self, _value: str) -> str:
        raise LabUnsupported("PSSerializer with a SecureString")

    def register_key(self, _key: bytes) -> None:
        """Take no key."""


def _serialize(value: Any, depth: int = 1) -> str:
    """One value as a CLIXML text, a line an element."""
    if depth < 1:
        raise NetError.of(
            "System.ArgumentOutOfRangeException",
            "Specified argument was out of the range of valid values. (Parameter 'depth')",
        )
    content = Writer(Encoding(_NoKey(), desktop=is_desktop())).value(value, None, depth)
    return _indented(f"{_OPEN}{content}</Objs>", "\r\n" if is_desktop() else "\n")


def _indented(xml: str, newline: str) -> str:
    lines: list[str] = []
    level, inside = 0, False
    for closing, tag, empty, text in _TAG.findall(xml):
        if closing:
            level -= 1
            if inside:
                lines[-1] += f"</{tag}>"
            else:
                lines.append("  " * level + f"</{tag}>")
            inside = False
            continue
        lines.append("  " * level + f"<{tag}{empty}>{text}")
        inside = not empty
        level += not empty
    return newline.join(lines)


def _read(text: str | None) -> list[Any]:
    if text is None:
        raise null_argument("source")
    try:
        found = deserialize_clixml(text, _NoKey())
        return [deserialize(each) for each in found]
    except LabUnsupported:
        raise
    except (ET.ParseError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise NetError.of("System.Xml.XmlException", f"The text is no CLIXML: {error}") from error


def _deserialize(text: str | None) -> Any:
    """What a text holds: one object, or an array of several."""
    found = _read(text)
    return found[0] if len(found) == 1 else containers.Array(found)


_MEMBERS: Final = members_of(net.define("System.Management.Automation.PSSerializer"))
_MEMBERS.static("Serialize(object)", _serialize)
_MEMBERS.static("Serialize(object, int)", _serialize)
_MEMBERS.static("Deserialize(string)", _deserialize)
_MEMBERS.static("DeserializeAsList(string)", lambda text: containers.Array(_read(text)))
