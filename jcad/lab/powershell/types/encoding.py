"""Encoding, StringBuilder, StringReader and StringWriter, hash algorithms."""

from __future__ import annotations

import codecs
import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import utf16
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.limits import check_bytes, check_text
from jcad.lab.powershell.objects import formatted, textual
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import format_net, join_texts, null_argument, out_of_range, repeated
from jcad.lab.powershell.values import AUTOMATION_NULL, BYTE_ARRAY, CHAR_ARRAY, Array, Char, NetObject, Value

if TYPE_CHECKING:
    from collections.abc import Callable

# ---------------------------------------------------------------- Encoding

_BASE: Final = net.define("System.Text.Encoding", interfaces=(net.ICLONEABLE,))


class Encoding(NetObject):
    """A System.Text.Encoding: Python's codec, .NET's names, the preamble."""

    __slots__ = ("codec", "net_type", "page", "preamble", "strict", "web")

    def __init__(
        self, kind: str, codec: str, web: str, page: int, *, preamble: bytes = b"", strict: bool = False
    ) -> None:
        super().__init__()
        self.net_type = net.define(f"System.Text.{kind}", base=_BASE)
        self.codec, self.web, self.page = codec, web, page
        self.preamble, self.strict = preamble, strict

    def encode(self, text: str | None) -> bytes:
        """`GetBytes`: what cannot be encoded becomes a question mark (UTF: the replacement character)."""
        if text is None:
            raise null_argument("s")
        check_bytes(len(text))
        joined = utf16.joined(text)
        if self.codec.startswith("utf"):
            joined = (
                joined
                if joined.isascii()
                else "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in joined)
            )
            return joined.encode(self.codec)
        return utf16.units(joined).encode(self.codec, "replace")

    def decode(self, data: bytes) -> str:
        """`GetString`."""
        if self.strict:
            try:
                return data.decode(self.codec)
            except UnicodeDecodeError as error:
                at = error.start
                text = f"Unable to translate bytes [{data[at]:02X}] at index {at} from specified code page to Unicode."
                raise NetError.of("System.Text.DecoderFallbackException", text) from None
        text = data.decode(self.codec, "replace")
        return text.replace("\ufffd", "?") if self.codec == "ascii" else text


def utf8(*, preamble: bool = True, strict: bool = False) -> Encoding:
    """UTF-8."""
    return Encoding(
        "UTF8Encoding", "utf-8", "utf-8", 65001, preamble=codecs.BOM_UTF8 if preamble else b"", strict=strict
    )


def _unicode(*, big: bool = False, preamble: bool = True) -> Encoding:
    mark = (codecs.BOM_UTF16_BE if big else codecs.BOM_UTF16_LE) if preamble else b""
    return Encoding(
        "UnicodeEncoding",
        "utf-16-be" if big else "utf-16-le",
        "utf-16BE" if big else "utf-16",
        1201 if big else 1200,
        preamble=mark,
    )


_KNOWN: Final[dict[str, Callable[[], Encoding]]] = {
    "utf-8": utf8,
    "utf8": utf8,
    "65001": utf8,
    "us-ascii": lambda: Encoding("ASCIIEncoding", "ascii", "us-ascii", 20127),
    "ascii": lambda: Encoding("ASCIIEncoding", "ascii", "us-ascii", 20127),
    "20127": lambda: Encoding("ASCIIEncoding", "ascii", "us-ascii", 20127),
    "utf-16": _unicode,
    "utf-16le": _unicode,
    "unicode": _unicode,
    "1200": _unicode,
    "utf-16be": lambda: _unicode(big=True),
    "1201": lambda: _unicode(big=True),
    "utf-32": lambda: Encoding("UTF32Encoding", "utf-32-le", "utf-32", 12000, preamble=codecs.BOM_UTF32_LE),
    "utf-7": lambda: Encoding("UTF7Encoding", "utf-7", "utf-7", 65000),
    "iso-8859-1": lambda: Encoding("Latin1Encoding", "latin-1", "iso-8859-1", 28591),
    "latin1": lambda: Encoding("Latin1Encoding", "latin-1", "iso-8859-1", 28591),
    "28591": lambda: Encoding("Latin1Encoding", "latin-1", "iso-8859-1", 28591),
    "windows-1252": lambda: Encoding("SBCSCodePageEncoding", "cp1252", "windows-1252", 1252),
    "1252": lambda: Encoding("SBCSCodePageEncoding", "cp1252", "windows-1252", 1252),
    "437": lambda: Encoding("SBCSCodePageEncoding", "cp437", "ibm437", 437),
    "850": lambda: Encoding("SBCSCodePageEncoding", "cp850", "ibm850", 850),
}


def find_encoding(name: Any) -> Encoding:
    """`Encoding.GetEncoding`."""
    known = _KNOWN.get(str(name).lower())
    if known is None:
        message = f"'{name}' is not a supported encoding name."
        raise NetError.of("System.ArgumentException", message, ParamName="name")
    return known()


_TABLE: Final = members_of(_BASE)


def _octets(octets: Array | None) -> bytes:
    if octets is None:
        raise null_argument("bytes")
    return bytes(octets)


_UTF8: Final = members_of(net.define("System.Text.UTF8Encoding", base=_BASE))
_UNICODE: Final = members_of(net.define("System.Text.UnicodeEncoding", base=_BASE))

# ---------------------------------------------------------------- StringBuilder


class StringBuilder(NetObject):
    """A System.Text.StringBuilder."""

    __slots__ = ("parts",)
    net_type = net.define("System.Text.StringBuilder")

    def __init__(self, text: str | None = "") -> None:
        super().__init__()
        self.parts = [text or ""]

    def text(self) -> str:
        """What was built so far."""
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        return self.parts[0]

    def append(self, text: str | None) -> StringBuilder:
        """Add to the end."""
        self.parts.append(text or "")
        return self

    def become(self, text: str) -> StringBuilder:
        """Replace the whole."""
        self.parts = [text]
        return self


def _shown(value: Value) -> str:
    """A value in a text: its ToString; a custom object shows its properties."""
    return "" if value is None else value if isinstance(value, str) else formatted(value, "")


BUILDER: Final = members_of(StringBuilder.net_type)


def _newline() -> str:
    from jcad.lab.powershell.runtime import is_desktop  # noqa: PLC0415  - only here

    return "\r\n" if is_desktop() else "\n"


def _set_length(self: StringBuilder, length: int) -> None:
    if length < 0:
        raise out_of_range("Length cannot be less than zero.", "value")
    check_text(length)
    text = self.text()
    self.become(text[:length] + "\0" * max(0, length - len(text)))


def _insert(self: StringBuilder, place: int, text: str) -> StringBuilder:
    whole = self.text()
    if not 0 <= place <= len(whole):
        raise out_of_range(
            "Index was out of range. Must be non-negative and less than the size of the collection.", "index"
        )
    return self.become(whole[:place] + text + whole[place:])


def _remove(self: StringBuilder, start: int, count: int) -> StringBuilder:
    whole = self.text()
    if start < 0 or count < 0 or start + count > len(whole):
        raise out_of_range(
            "Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex"
        )
    return self.become(whole[:start] + whole[start + count :])


def _letter(self: StringBuilder, index: Value) -> Value:
    text = self.text()
    if not isinstance(index, int) or not -len(text) <= index < len(text):
        raise NetError.of("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
    return Char(text[index])


def _set_letter(self: StringBuilder, index: Value, value: Value) -> None:
    text = self.text()
    if not isinstance(index, int) or not 0 <= index < len(text):
        message = "Index was out of range. Must be non-negative and less than the size of the collection."
        raise NetError.of("System.ArgumentOutOfRangeException", f"{message} (Parameter 'index')")
    letter = value.text if isinstance(value, Char) else str(value)
    self.become(text[:index] + letter + text[index + 1 :])


# ---------------------------------------------------------------- readers and writers of text


class StringReader(NetObject):
    """A System.IO.StringReader."""

    __slots__ = ("place", "text")
    net_type = net.define(
        "System.IO.StringReader", base=net.define("System.IO.TextReader", interfaces=(net.IDISPOSABLE,))
    )

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.place = 0

    def line(self) -> str | None:
        """`ReadLine`."""
        if self.place >= len(self.text):
            return None
        rest = self.text[self.place :]
        ends = [found for found in (rest.find("\r"), rest.find("\n")) if found >= 0]
        if not ends:
            self.place = len(self.text)
            return rest
        end = min(ends)
        self.place += end + (2 if rest.startswith("\r\n", end) else 1)
        return rest[:end]

    def rest(self) -> str:
        """`ReadToEnd`."""
        found, self.place = self.text[self.place :], len(self.text)
        return found

    def letter(self, *, take: bool) -> int:
        """`Read` and `Peek`."""
        if self.place >= len(self.text):
            return -1
        found = ord(self.text[self.place])
        self.place += take
        return found


_READER: Final = members_of(StringReader.net_type)

# ---------------------------------------------------------------- hashes

_HASHES: Final = ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
_ALGORITHM: Final = net.define("System.Security.Cryptography.HashAlgorithm", interfaces=(net.IDISPOSABLE,))


class HashAlgorithm(NetObject):
    """A hash algorithm; with a key it is an HMAC."""

    __slots__ = ("algorithm", "key", "last", "net_type", "running")

    def __init__(self, name: str, key: bytes | None = None) -> None:
        super().__init__()
        self.algorithm = name.lower()
        self.key = key
        self.last: bytes | None = None
        self.running: Any = None
        prefix = "" if key is None else "HMAC"
        self.net_type = net.define(f"System.Security.Cryptography.{prefix}{name}", base=_ALGORITHM)

    def compute(self, octets: Array | None) -> Array:
        """`ComputeHash`."""
        if octets is None:
            raise null_argument("buffer")
        data = bytes(octets)
        if self.key is None:
            self.last = hashlib.new(self.algorithm, data, usedforsecurity=False).digest()
        else:
            self.last = hmac.new(self.key, data, self.algorithm).digest()
        return byte_array(self.last)

    def transform(self, octets: Array, start: int, count: int, into: Array | None = None, at: int = 0) -> int:
        """`TransformBlock`: take a part of what is hashed."""
        if self.running is None:
            self.running = (
                hashlib.new(self.algorithm, usedforsecurity=False)
                if self.key is None
                else hmac.new(self.key, digestmod=self.algorithm)
            )
        part = octets[start : start + count]
        self.running.update(bytes(part))
        if into is not None and into is not octets:
            into[at : at + count] = part
        return count

    def finish(self, octets: Array, start: int, count: int) -> Array:
        """`TransformFinalBlock`: take the last part, after which `Hash` has the digest."""
        self.transform(octets, start, count)
        self.last, self.running = self.running.digest(), None
        return Array(octets[start : start + count], BYTE_ARRAY)


_HASH: Final = members_of(_ALGORITHM)


def _hash_name(name: str) -> str:
    bare = name.upper().replace("-", "")
    if bare not in _HASHES:
        raise LabUnsupported(f"the hash algorithm {name}")
    return bare


def _random_key(name: str) -> Value:
    raise LabUnsupported(f"HMAC{name} with a random key")


for _name, _key in (
    ("UTF8", "utf-8"), ("ASCII", "us-ascii"), ("Unicode", "utf-16"), ("BigEndianUnicode", "utf-16be"), ("UTF32", "utf-32"),
    ("UTF7", "utf-7"), ("Latin1", "iso-8859-1"), ("Default", "utf-8"),
):  # fmt: skip
    _TABLE.static_property(_name, lambda key=_key: _KNOWN[key](), "System.Text.Encoding")
_TABLE.static("GetEncoding(string)", find_encoding)
_TABLE.static("GetEncoding(int)", find_encoding)
_TABLE.static(
    "Convert(System.Text.Encoding, System.Text.Encoding, byte[])",
    lambda one, other, octets: byte_array(other.encode(one.decode(bytes(octets)))),
)
_TABLE.property("WebName", lambda self: self.web, "string")
_TABLE.property("BodyName", lambda self: self.web, "string")
_TABLE.property("HeaderName", lambda self: self.web, "string")
_TABLE.property("CodePage", lambda self: self.page, "int")
_TABLE.property(
    "EncodingName",
    lambda self: {"utf-8": "Unicode (UTF-8)", "utf-16": "Unicode", "us-ascii": "US-ASCII"}.get(self.web, self.web),
    "string",
)
_TABLE.property("IsSingleByte", lambda self: self.codec in ("ascii", "latin-1", "cp1252", "cp437", "cp850"), "bool")
_TABLE.method("GetBytes(string)", lambda self, text: byte_array(self.encode(text)))
_TABLE.method(
    "GetBytes(char[])", lambda self, letters: byte_array(self.encode("".join(letter.text for letter in letters)))
)
_TABLE.method("GetByteCount(string)", lambda self, text: len(self.encode(text)))
_TABLE.method("GetString(byte[])", lambda self, octets: self.decode(_octets(octets)))
_TABLE.method(
    "GetString(byte[], int, int)",
    lambda self, octets, start, count: self.decode(_octets(octets)[start : start + count]),
)
_TABLE.method(
    "GetChars(byte[])",
    lambda self, octets: Array([Char(one) for one in utf16.units(self.decode(_octets(octets)))], CHAR_ARRAY),
)
_TABLE.method("GetCharCount(byte[])", lambda self, octets: utf16.length(self.decode(_octets(octets))))
_TABLE.method("GetPreamble()", lambda self: byte_array(self.preamble))
_UTF8.constructor("()", lambda: utf8(preamble=False))
_UTF8.constructor("(bool)", lambda mark: utf8(preamble=mark))
_UTF8.constructor("(bool, bool)", lambda mark, strict: utf8(preamble=mark, strict=strict))
_UNICODE.constructor("()", _unicode)
_UNICODE.constructor("(bool, bool)", lambda big, mark: _unicode(big=big, preamble=mark))
members_of(net.define("System.Text.ASCIIEncoding", base=_BASE)).constructor("()", _KNOWN["ascii"])
BUILDER.constructor("()", StringBuilder)
BUILDER.constructor("(int)", lambda _capacity: StringBuilder())
BUILDER.constructor("(string)", StringBuilder)
BUILDER.constructor("(string, int)", lambda text, _capacity: StringBuilder(text))
for _name in (
    "string",
    "char",
    "bool",
    "byte",
    "sbyte",
    "int16",
    "uint16",
    "int",
    "uint32",
    "long",
    "uint64",
    "single",
    "double",
    "decimal",
    "object",
):
    BUILDER.method(f"Append({_name})", lambda self, value: self.append(_shown(value)))
    BUILDER.method(
        f"Insert(int, {_name})",
        lambda self, place, value: _insert(self, place, _shown(value)),
    )
BUILDER.method("Append(char[])", lambda self, letters: self.append("".join(letter.text for letter in letters or ())))
BUILDER.method("Append(char, int)", lambda self, letter, count: self.append(repeated(letter.text, count)))
BUILDER.method("Append(string, int, int)", lambda self, text, start, count: self.append(text[start : start + count]))
BUILDER.method("AppendLine()", lambda self: self.append(_newline()))
BUILDER.method("AppendLine(string)", lambda self, text: self.append((text or "") + _newline()))
BUILDER.method("AppendFormat(string, object)", lambda self, pattern, one: self.append(format_net(pattern, [one])))
BUILDER.method(
    "AppendFormat(string, object, object)", lambda self, pattern, *items: self.append(format_net(pattern, items))
)
BUILDER.method(
    "AppendFormat(string, object, object, object)",
    lambda self, pattern, *items: self.append(format_net(pattern, items)),
)
BUILDER.method(
    "AppendFormat(string, params object[])", lambda self, pattern, items: self.append(format_net(pattern, items))
)
BUILDER.method(
    "AppendFormat(System.IFormatProvider, string, params object[])",
    lambda self, _p, pattern, items: self.append(format_net(pattern, items)),
)
BUILDER.method(
    "AppendJoin(string, params object[])", lambda self, separator, items: self.append(join_texts(separator, items))
)
BUILDER.method("Clear()", lambda self: self.become(""))
BUILDER.method("Remove(int, int)", _remove)
BUILDER.method("Replace(string, string)", lambda self, old, new: self.become(self.text().replace(old, new or "")))
BUILDER.method("Replace(char, char)", lambda self, old, new: self.become(self.text().replace(old.text, new.text)))
BUILDER.method("ToString()", StringBuilder.text)
BUILDER.method("ToString(int, int)", lambda self, start, count: self.text()[start : start + count])
BUILDER.method("EnsureCapacity(int)", lambda self, count: max(count, 16, len(self.text())))
BUILDER.property("Length", lambda self: utf16.length(self.text()), "int", _set_length)
BUILDER.property("Capacity", lambda self: max(16, len(self.text())), "int", lambda _self, _value: None)
BUILDER.property("MaxCapacity", lambda _self: 0x7FFFFFFF, "int")
textual(StringBuilder, lambda value, _spec, _invariant: value.text())
INDEXERS[StringBuilder] = (_letter, _set_letter)
_READER.constructor("(string)", StringReader)
_READER.method("ReadLine()", StringReader.line)
_READER.method("ReadToEnd()", StringReader.rest)
_READER.method("Read()", lambda self: self.letter(take=True))
_READER.method("Peek()", lambda self: self.letter(take=False))
_READER.method("Close()", lambda _self: AUTOMATION_NULL)
_READER.method("Dispose()", lambda _self: AUTOMATION_NULL)
for _name in _HASHES:
    _plain = net.define(f"System.Security.Cryptography.{_name}", base=_ALGORITHM)
    members_of(_plain).static("Create()", lambda name=_name: HashAlgorithm(name))
    members_of(_plain).static("HashData(byte[])", lambda octets, name=_name: HashAlgorithm(name).compute(octets))
    for _suffix in ("Managed", "CryptoServiceProvider"):
        members_of(net.define(f"System.Security.Cryptography.{_name}{_suffix}", base=_plain)).constructor(
            "()", lambda name=_name: HashAlgorithm(name)
        )
    _keyed = net.define(f"System.Security.Cryptography.HMAC{_name}", base=_ALGORITHM)
    members_of(_keyed).constructor("(byte[])", lambda key, name=_name: HashAlgorithm(name, bytes(key)))
    members_of(_keyed).constructor("()", lambda name=_name: _random_key(name))
    members_of(_keyed).property(
        "Key", lambda self: byte_array(self.key or b""), "byte[]", lambda self, key: setattr(self, "key", bytes(key))
    )
_HASH.static("Create(string)", lambda name: HashAlgorithm(_hash_name(name)))
_HASH.method("ComputeHash(byte[])", HashAlgorithm.compute)
_HASH.method(
    "ComputeHash(byte[], int, int)",
    lambda self, octets, start, count: self.compute(Array(octets[start : start + count])),
)
_HASH.method("TransformBlock(byte[], int, int, byte[], int)", HashAlgorithm.transform)
_HASH.method("TransformFinalBlock(byte[], int, int)", HashAlgorithm.finish)
_HASH.method("Dispose()", lambda _self: AUTOMATION_NULL)
_HASH.method("Clear()", lambda _self: AUTOMATION_NULL)
_HASH.property("HashSize", lambda self: hashlib.new(self.algorithm, usedforsecurity=False).digest_size * 8, "int")
_HASH.property("Hash", lambda self: None if self.last is None else byte_array(self.last), "byte[]")
