r"""ADsPaths: `LDAP://DN`, `LDAP://server[:port]/DN`, `LDAP://<GUID=...>`, `LDAP://RootDSE`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from jcad.errors import LabUnsupported
from jcad.lab.windows.directoryservices.failures import unknown_provider

_PATH: Final = re.compile(r"(?P<provider>[A-Za-z]+)://(?P<rest>.*)\Z", re.DOTALL)
_KEY: Final = re.compile(r"<(?:GUID|SID|WKGUID)=[^>]+>", re.IGNORECASE)
_HEX_GUID: Final = re.compile(r"<GUID=([0-9a-fA-F]{32})>", re.IGNORECASE)
_NAMED: Final = re.compile(r"[A-Za-z][\w.-]*\s*=|\d+(\.\d+)+\s*=")


@dataclass(frozen=True, slots=True)
class AdsPath:
    """A path: the server that it names (or none), and the object's name (empty: the domain; `RootDSE` too)."""

    server: str | None
    name: str

    @property
    def is_root(self) -> bool:
        """Whether it means the rootDSE."""
        return self.name.lower() == "rootdse"


def parse(text: str) -> AdsPath:
    """Read a path. Raises NetError where no provider would take it, LabUnsupported for a provider that the lab lacks."""
    found = _PATH.match(text)
    if found is None:
        raise unknown_provider(text)
    provider, rest = found["provider"], found["rest"]
    if provider in {"GC", "WinNT", "IIS"}:
        raise LabUnsupported(f"the ADSI provider {provider}://")
    if provider != "LDAP":  # it is case-sensitive
        raise unknown_provider(text)
    server, slash, name = rest.partition("/")
    if not slash and not _is_name(rest):
        return AdsPath(rest or None, "")
    if not slash or _is_name(server):
        server, name = "", rest
    return AdsPath(server or None, _name(name))


def _is_name(text: str) -> bool:
    return text.lower() == "rootdse" or bool(_NAMED.match(text) or _KEY.match(text))


def _name(text: str) -> str:
    """The name as LDAP has it: an escaped slash is a slash, a GUID of 32 digits gets its dashes by byte order."""
    hexadecimal = _HEX_GUID.fullmatch(text)
    if hexadecimal is not None:
        return f"<GUID={UUID(bytes_le=bytes.fromhex(hexadecimal[1]))}>"
    return text.replace("\\/", "/")
