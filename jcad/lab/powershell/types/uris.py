"""Uri, UriBuilder and WebUtility."""

from __future__ import annotations

import ipaddress
import re
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import Conversion
from jcad.lab.powershell.casts.language import LANGUAGE
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.objects import textual, to_text
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import (
    STRING_ARRAY,
    Array,
    EnumValue,
    NetObject,
    NetType,
    PSReference,
)

if TYPE_CHECKING:
    from collections.abc import Callable


_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "ldap": 389, "ldaps": 636, "ws": 80, "wss": 443}


def _without_dots(path: str) -> str:
    """The path with its . and .. segments carried out (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    out: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(out) > 1:
                out.pop()
        elif segment != ".":
            out.append(segment)
    if segments[-1] in (".", ".."):
        out.append("")
    return "/".join(out)


class Uri(NetObject):
    """A System.Uri."""

    __slots__ = ("absolute", "original", "parts")
    net_type = net.URI

    def __init__(self, text: str) -> None:
        super().__init__()
        self.original = text
        self.parts = urllib.parse.urlsplit(text.strip())
        self.absolute = re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text.strip()) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uri) and other.text() == self.text()

    def __hash__(self) -> int:
        return hash(self.text())

    @property
    def host(self) -> str:
        """The host in lower case."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """The port: the given one, or the scheme's."""
        return self.parts.port if self.parts.port is not None else _PORTS.get(self.parts.scheme, -1)

    @property
    def path(self) -> str:
        """The path, at least a slash, escaped."""
        path = urllib.parse.quote(_without_dots(self.parts.path), safe="/%:@!$&'()*+,;=~-._")
        return path or ("/" if self.parts.netloc else "")

    def authority(self) -> str:
        """Host and port, the port only where it is not the scheme's."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port in (-1, _PORTS.get(self.parts.scheme)) else f"{shown}:{self.port}"

    def text(self) -> str:
        """`AbsoluteUri`."""
        if not self.absolute:
            return self.original
        if not self.parts.netloc:
            return self.original.strip()
        user = self.parts.netloc.rpartition("@")[0]
        query = "?" + urllib.parse.quote(self.parts.query, safe="/?%:@!$&'()*+,;=~-._") if self.parts.query else ""
        fragment = "#" + self.parts.fragment if self.parts.fragment else ""
        return f"{self.parts.scheme}://{user + '@' if user else ''}{self.authority()}{self.path}{query}{fragment}"

    def shown(self) -> str:
        """`ToString()`: unescaped where that is harmless."""
        if not self.absolute:
            return self.original
        return re.sub(r"%([2-7][0-9A-Fa-f])", _unescaped, self.text())


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return found[0] if letter in "%#/?\\:@&=+$,;\x7f" else letter


URI: Final = members_of(net.URI)


def make_uri(text: str | None, kind: EnumValue | None = None) -> Uri:
    """`[uri]::new(text, kind)`: absolute unless said otherwise; UriFormatException."""
    if text is None:
        raise null_argument("uriString")
    wanted = 1 if kind is None else kind.number
    try:
        made = Uri(text)
        valid = not made.absolute or (
            (bool(made.parts.netloc) or not text.split(":", 1)[1].startswith("//")) and made.port >= -1
        )
    except ValueError:
        raise NetError.of("System.UriFormatException", "Invalid URI: The URI is not valid.") from None
    if wanted == 1 and not made.absolute:
        raise NetError.of("System.UriFormatException", "Invalid URI: The format of the URI could not be determined.")
    if not valid:
        raise NetError.of("System.UriFormatException", "Invalid URI: The hostname could not be parsed.")
    return made


def _try_uri(text: str, kind: EnumValue, target: PSReference) -> bool:
    try:
        target.set(make_uri(text, kind))
    except NetError:
        target.set(None)
        return False
    return True


def _absolute(read: Callable[[Uri], Any]) -> Callable[[Uri], Any]:
    def get(value: Uri) -> Any:
        if not value.absolute:
            raise NetError.of("System.InvalidOperationException", "This operation is not supported for a relative URI.")
        return read(value)

    return get


def _combined(base: Uri, relative: str) -> Uri:
    return Uri(urllib.parse.urljoin(base.text(), relative))


def _uri_from(source: NetType) -> Conversion | None:
    """The cast of a text: any URI, absolute or not (UriTypeConverter)."""
    if source is not net.STRING:
        return None
    return Conversion(ranks.CUSTOM, lambda text, _kind: make_uri(to_text(text), EnumValue(enums.URI_KIND, 0)))


def _host_kind(host: str) -> int:
    try:
        return 3 if ipaddress.ip_address(host).version == 4 else 4
    except ValueError:
        return 2 if host else 1


def _well_formed(text: str, kind: EnumValue) -> bool:
    try:
        made = make_uri(text, kind)
    except NetError:
        return False
    return " " not in made.original


class UriBuilder(NetObject):
    """A System.UriBuilder."""

    __slots__ = ("fragment", "host", "password", "path", "port", "query", "scheme", "user")
    net_type = net.define("System.UriBuilder")

    def __init__(self, text: str = "http://localhost") -> None:
        super().__init__()
        found = Uri(text if re.match(r"[A-Za-z][\w+.\-]*:", text) else "http://" + text)
        self.scheme, self.host, self.port = found.parts.scheme, found.host, found.port
        self.path, self.query = found.path or "/", "?" + found.parts.query if found.parts.query else ""
        self.fragment = "#" + found.parts.fragment if found.parts.fragment else ""
        self.user, self.password = found.parts.username or "", found.parts.password or ""

    def text(self) -> str:
        """`ToString()`."""
        user = self.user + (":" + self.password if self.password else "") + "@" if self.user else ""
        port = f":{self.port}" if self.port != -1 else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}{self.query}{self.fragment}"


_BUILDER: Final = members_of(UriBuilder.net_type)


def _prefixed(name: str, sign: str) -> Callable[[UriBuilder, str], None]:
    return lambda self, text: setattr(self, name, sign + text if text and not text.startswith(sign) else text)


_WEB: Final = members_of(net.define("System.Net.WebUtility"))


def _html_encode(text: str) -> str:
    import html  # noqa: PLC0415  - only here

    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


def _html_decode(text: str) -> str:
    import html  # noqa: PLC0415  - only here

    return html.unescape(text)


def _url_encode(text: str) -> str:
    return urllib.parse.quote_plus(text, safe="-._!*()").replace("%7E", "~").replace("~", "%7E")


LANGUAGE[net.URI] = _uri_from
URI.constructor("(string)", make_uri)
URI.constructor("(string, System.UriKind)", make_uri)
URI.constructor("(uri, string)", _combined)
URI.static("TryCreate(string, System.UriKind, out uri)", _try_uri)
URI.static("EscapeDataString(string)", lambda text: urllib.parse.quote(text, safe="-._~"))
URI.static("EscapeUriString(string)", lambda text: urllib.parse.quote(text, safe="-._~:/?#[]@!$&'()*+,;=%"))
URI.static("UnescapeDataString(string)", urllib.parse.unquote)
URI.static("IsWellFormedUriString(string, System.UriKind)", _well_formed)
URI.property("OriginalString", lambda value: value.original, "string")
URI.property("IsAbsoluteUri", lambda value: value.absolute, "bool")
URI.property("AbsoluteUri", _absolute(Uri.text), "string")
URI.property("AbsolutePath", _absolute(lambda value: value.path), "string")
URI.property("LocalPath", _absolute(lambda value: urllib.parse.unquote(value.path)), "string")
URI.property(
    "PathAndQuery",
    _absolute(lambda value: value.path + ("?" + value.parts.query if value.parts.query else "")),
    "string",
)
URI.property("Scheme", _absolute(lambda value: value.parts.scheme), "string")
URI.property("Host", _absolute(lambda value: f"[{value.host}]" if ":" in value.host else value.host), "string")
URI.property("DnsSafeHost", _absolute(lambda value: value.host), "string")
URI.property("Port", _absolute(lambda value: value.port), "int")
URI.property("IsDefaultPort", _absolute(lambda value: value.port == _PORTS.get(value.parts.scheme, -1)), "bool")
URI.property("Authority", _absolute(Uri.authority), "string")
URI.property("Query", _absolute(lambda value: "?" + value.parts.query if value.parts.query else ""), "string")
URI.property("Fragment", _absolute(lambda value: "#" + value.parts.fragment if value.parts.fragment else ""), "string")
URI.property("UserInfo", _absolute(lambda value: value.parts.netloc.rpartition("@")[0]), "string")
URI.property("Segments", _absolute(lambda value: Array(re.findall(r"[^/]*/|[^/]+$", value.path), STRING_ARRAY)))
URI.property("IsFile", _absolute(lambda value: value.parts.scheme == "file"), "bool")
URI.property("IsLoopback", _absolute(lambda value: value.host in ("localhost", "127.0.0.1", "::1")), "bool")
URI.property("HostNameType", _absolute(lambda value: EnumValue(enums.URI_HOST, _host_kind(value.host))))
URI.method("ToString()", Uri.shown)
URI.method("Equals(object)", lambda value, other: value == other)
textual(Uri, lambda value, _spec, _invariant: value.shown())
_BUILDER.constructor("()", UriBuilder)
_BUILDER.constructor("(string)", UriBuilder)
_BUILDER.constructor("(uri)", lambda value: UriBuilder(value.text()))
_BUILDER.constructor("(string, string)", lambda scheme, host: UriBuilder(f"{scheme}://{host}"))
_BUILDER.constructor("(string, string, int)", lambda scheme, host, port: UriBuilder(f"{scheme}://{host}:{port}"))
_BUILDER.method("ToString()", UriBuilder.text)
textual(UriBuilder, lambda value, _spec, _invariant: value.text())
for _shown, _slot, _kind_name, _sign in (
    ("Scheme", "scheme", "string", ""), ("UserName", "user", "string", ""),
    ("Password", "password", "string", ""), ("Host", "host", "string", ""), ("Port", "port", "int", ""),
    ("Path", "path", "string", "/"), ("Query", "query", "string", "?"), ("Fragment", "fragment", "string", "#"),
):  # fmt: skip
    _setter = _prefixed(_slot, _sign) if _sign else (lambda self, value, slot=_slot: setattr(self, slot, value))
    _BUILDER.property(_shown, lambda self, slot=_slot: getattr(self, slot), _kind_name, _setter)
_BUILDER.property("Uri", lambda self: Uri(self.text()), "uri")


_WEB.static("UrlEncode(string)", _url_encode)
_WEB.static("UrlDecode(string)", urllib.parse.unquote_plus)
_WEB.static("HtmlEncode(string)", _html_encode)
_WEB.static("HtmlDecode(string)", _html_decode)
