"""Values as JSON and JSON as values, the way ConvertTo-Json and ConvertFrom-Json do it. Pure.

PowerShell 7's answers (Newtonsoft.Json) are the default; where Windows PowerShell 5.1 is known to differ, the running engine's
edition decides: 5.1 escapes < > & ', indents in its own way, reads whole numbers as Int32 and no ISO dates.
"""

from __future__ import annotations

import decimal
import math
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell.formatting.dateparse import localized, parse_date
from jcad.lab.powershell.formatting.dates import format_date
from jcad.lab.powershell.formatting.numbers import float_text
from jcad.lab.powershell.objects import member_value, net_text, to_text, unroll
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    DBNULL,
    Array,
    Char,
    DateTime,
    DateTimeOffset,
    Dictionary,
    EnumValue,
    Hashtable,
    Int64,
    NoteProperty,
    PSCustomObject,
    PSObject,
    ScriptMethod,
    Value,
    folded_key,
    plain_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL: Final = re.compile(r'["\\\x00-\x1f\x85\u2028\u2029]')
_SPECIAL_DESKTOP: Final = re.compile(r'["\\\x00-\x1f\x85\u2028\u2029<>&\']')
_NOT_ASCII: Final = re.compile(r'["\\\x00-\x1f\x7f-\U0010ffff]')


@dataclass(slots=True)
class Writer:
    """How to write: `depth` levels, `compress`ed or indented, enumerations by name; `truncated`: the depth did not do."""

    depth: int = 2
    compress: bool = False
    enum_names: bool = False
    escape: str = "Default"
    truncated: bool = False

    def write(self, value: Value) -> str:
        """The JSON text of a value."""
        return str(self._text(self._tree(value, 0), 0))

    # ---- values to a tree of dict, list and JSON text

    def _tree(self, value: Value, level: int) -> Any:
        plain = value.base if type(value) is PSObject else value
        text = self._scalar(plain)
        if text is not None:
            return _Text(text) if not self._notes(value) else self._with_notes(value, text, level)
        if level > self.depth:
            self.truncated = True
            return _Text(self._quoted(to_text(value)))
        if isinstance(plain, Dictionary):
            entries = {to_text(key): self._tree(item, level + 1) for key, item in plain.items()}
            return entries | self._extended(plain, level)
        if isinstance(plain, PSCustomObject):
            return self._extended(plain, level)
        items = unroll(plain)
        if items is not None:
            return [self._tree(item, level + 1) for item in items]
        return self._object(plain, level)

    def _notes(self, value: Value) -> bool:
        return type(value) is PSObject and bool(value.extended)

    def _with_notes(self, value: PSObject, text: str, level: int) -> Any:
        if level > self.depth:
            return _Text(text)
        return {"value": _Text(text)} | self._extended(value, level)

    def _extended(self, value: Value, level: int) -> dict[str, Any]:
        members = getattr(value, "extended", None) or {}
        shown = (member for member in members.values() if not isinstance(member, ScriptMethod))
        return {member.name: self._tree(member_value(value, member), level + 1) for member in shown}

    def _object(self, value: Value, level: int) -> Any:
        from jcad.lab.powershell.access import MISSING, own_property, property_names  # noqa: PLC0415  - it builds on values

        found: dict[str, Any] = {}
        for name in property_names(value):
            item = own_property(value, name)
            found[name] = self._tree(None if item is MISSING else item, level + 1)
        return found

    def _scalar(self, value: Value) -> str | None:  # noqa: C901  - one line a type
        if value is None or value is AUTOMATION_NULL or value is DBNULL:
            return "null"
        if isinstance(value, str):
            return self._quoted(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(int(value))
        if isinstance(value, float):
            return _float_json(value)
        if isinstance(value, decimal.Decimal):
            text = format(value, "f")
            return text if "." in text or is_desktop() else text + ".0"
        if isinstance(value, Char):
            return self._quoted(value.text)
        if isinstance(value, EnumValue):
            return self._quoted(str(value)) if self.enum_names else str(value.number)
        if isinstance(value, (DateTime, DateTimeOffset)):
            return self._quoted(_date_json(value))
        if isinstance(value, uuid.UUID):
            return self._quoted(str(value))
        render = SCALARS.get(type(value))
        return None if render is None else self._quoted(render(value))

    def _quoted(self, text: str) -> str:
        pattern = _SPECIAL_DESKTOP if is_desktop() or self.escape == "EscapeHtml" else _SPECIAL
        if self.escape == "EscapeNonAscii":
            pattern = _NOT_ASCII
        return '"' + pattern.sub(lambda found: _escaped(found[0]), text) + '"'

    # ---- the tree to text

    def _text(self, tree: Any, level: int) -> str:
        if isinstance(tree, _Text):
            return tree
        if is_desktop() and not self.compress:
            return self._columns(tree, 0)
        opener, closer = "{}" if isinstance(tree, dict) else "[]"
        if not tree:
            return opener + closer
        colon = ":" if self.compress else ": "
        if isinstance(tree, dict):
            parts = [f"{self._quoted(name)}{colon}{self._text(item, level + 1)}" for name, item in tree.items()]
        else:
            parts = [self._text(item, level + 1) for item in tree]
        if self.compress:
            return opener + ",".join(parts) + closer
        line, step = "\n", "  "
        inner = line + step * (level + 1)
        return opener + inner + ("," + inner).join(parts) + line + step * level + closer

    def _columns(self, tree: Any, column: int) -> str:
        """As 5.1 indents: four more than the column of the bracket that opened, two blanks after a colon."""
        if isinstance(tree, _Text):
            return tree
        opener, closer = "{}" if isinstance(tree, dict) else "[]"
        inner = column + 4
        if isinstance(tree, dict):
            names = [self._quoted(name) + ":  " for name in tree]
            parts = [
                name + self._columns(item, inner + len(name)) for name, item in zip(names, tree.values(), strict=True)
            ]
        else:
            parts = [self._columns(item, inner) for item in tree]
        lines = ",\r\n".join(" " * inner + part for part in parts)
        return f"{opener}\r\n{lines}\r\n{' ' * column}{closer}"


class _Text(str):
    """A finished piece of JSON."""

    __slots__ = ()


#: Python class -> text of a value that is written as a string; types/ adds Uri and the like.
SCALARS: Final[dict[type, Callable[[Any], str]]] = {}


def _escaped(letter: str) -> str:
    known = _ESCAPES.get(letter)
    if known is not None:
        return known
    code = ord(letter)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def _float_json(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return '"' + float_text(value) + '"'
    text = float_text(value)
    return text if any(letter in text for letter in ".E") or is_desktop() else text + ".0"


def _date_json(value: DateTime | DateTimeOffset) -> str:
    if is_desktop() and isinstance(value, DateTime):
        return f"/Date({(value.ticks - 621_355_968_000_000_000) // 10_000})/"
    return format_date(
        value, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK" if isinstance(value, DateTime) else "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz"
    )


# ---------------------------------------------------------------- reading


class BadJson(Exception):
    """A text that is no JSON; the message says where. `error_id` is the engine's, where it is not the exception's type."""

    def __init__(self, message: str, error_id: str = "") -> None:
        super().__init__(message)
        self.error_id = error_id


_SPACE: Final = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*|-Infinity")
_WORDS: Final = {
    "true": True, "false": False, "null": None, "undefined": None, "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf,
}  # fmt: skip
_PIECE: Final = re.compile(r"[^\"'\\]+")
_UNESCAPED: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'"}
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7}\d*)?(?:Z|[+-]\d{2}(?::?\d{2})?)?\Z")
_MS_DATE: Final = re.compile(r"/Date\((-?\d+)(?:([+-])(\d{2})(\d{2}))?\)/\Z")


class Reader:
    """Reads one JSON document, leniently where Newtonsoft is lenient."""

    def __init__(self, text: str, *, as_table: bool = False, depth: int = 1024, dates: str = "Default") -> None:
        self.text = text
        self.place = 0
        self.as_table = as_table
        self.depth = depth
        self.dates = dates

    def read(self) -> Value:
        """The document's value; raises BadJson."""
        self._skip()
        value = self._value(1)
        self._skip()
        if self.place < len(self.text):
            raise self._bad("Additional text encountered after finished reading JSON content")
        return value

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.place)
        if found is not None:
            self.place = found.end()

    def _bad(self, why: str) -> BadJson:
        line = self.text.count("\n", 0, self.place) + 1
        column = self.place - (self.text.rfind("\n", 0, self.place) + 1)
        return BadJson(f"Conversion from JSON failed with error: {why}. Path '', line {line}, position {column}.")

    def _peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def _value(self, level: int) -> Value:
        if level > self.depth + 1:
            raise BadJson(
                f"Conversion from JSON failed with error: The reader's MaxDepth of {self.depth} has been exceeded."
            )
        letter = self._peek()
        if letter == "{":
            return self._object(level)
        if letter == "[":
            return self._array(level)
        if letter and letter in "\"'":
            return self._dated(self._string(letter))
        number = _NUMBER.match(self.text, self.place)
        if number is not None:
            self.place = number.end()
            if self._peek().isalnum():
                raise self._bad(f"Unexpected character encountered while parsing number: {self._peek()}")
            return self._number(number[0])
        word = _WORD.match(self.text, self.place)
        if word is not None and word[0] in _WORDS:
            self.place = word.end()
            return _WORDS[word[0]]
        if not letter:
            raise self._bad("Unexpected end when reading JSON")
        raise self._bad(f"Unexpected character encountered while parsing value: {letter}")

    def _object(self, level: int) -> Value:
        self.place += 1
        pairs: dict[str, Value] = {}
        while True:
            self._skip()
            letter = self._peek()
            if letter == "}":
                self.place += 1
                return self._made(pairs)
            if not letter:
                return self._made(pairs)  # Newtonsoft takes the end of the text for the end of the object
            name = self._name(letter)
            self._skip()
            if self._peek() != ":":
                raise self._bad(f"Invalid character after parsing property name. Expected ':' but got: {self._peek()}")
            self.place += 1
            self._skip()
            pairs.pop(name, None)
            pairs[name] = self._value(level + 1)
            self._skip()
            if self._peek() == ",":
                self.place += 1
            elif self._peek() not in {"}", ""}:
                raise self._bad(f"After parsing a value an unexpected character was encountered: {self._peek()}")

    def _name(self, letter: str) -> str:
        if letter in "\"'":
            return self._string(letter)
        word = _WORD.match(self.text, self.place)
        if word is None:
            raise self._bad(f"Invalid property identifier character: {letter}")
        self.place = word.end()
        return word[0]

    def _array(self, level: int) -> Value:
        self.place += 1
        items: list[Value] = []
        while True:
            self._skip()
            letter = self._peek()
            if letter == "]":
                self.place += 1
                return Array(items)
            if not letter:
                return Array(items)
            items.append(self._value(level + 1))
            self._skip()
            if self._peek() == ",":
                self.place += 1
            elif self._peek() not in {"]", ""}:
                raise self._bad(f"After parsing a value an unexpected character was encountered: {self._peek()}")

    def _string(self, quote: str) -> str:
        out: list[str] = []
        self.place += 1
        while True:
            piece = _PIECE.match(self.text, self.place)
            if piece is not None:
                out.append(piece[0])
                self.place = piece.end()
            letter = self._peek()
            if not letter:
                raise self._bad(f"Unterminated string. Expected delimiter: {quote}")
            self.place += 1
            if letter == quote:
                return _paired("".join(out))
            out.append(self._escape() if letter == "\\" else letter)

    def _escape(self) -> str:
        letter = self._peek()
        self.place += 1
        if letter == "u":
            digits = self.text[self.place : self.place + 4]
            if not re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                raise self._bad(f"Could not convert Unicode escape {digits}")
            self.place += 4
            return chr(int(digits, 16))
        if letter not in _UNESCAPED:
            raise self._bad(f"Bad JSON escape sequence: \\{letter}")
        return _UNESCAPED[letter]

    def _number(self, text: str) -> Value:
        if text[:2].lower() == "0x":
            return Int64(int(text, 16))
        if any(letter in text for letter in ".eE"):
            if is_desktop() and "e" not in text.lower():
                return decimal.Decimal(text)
            return float(text)
        whole = int(text)
        if is_desktop() and -(1 << 31) <= whole < 1 << 31:
            return whole
        if Int64.least <= whole <= Int64.most:
            return Int64(whole)
        from jcad.lab.powershell.values import BigInteger  # noqa: PLC0415  - rare

        return decimal.Decimal(whole) if is_desktop() else BigInteger(whole)

    def _dated(self, text: str) -> Value:
        """A text that looks like a date is one (7: ISO 8601 and /Date(0)/; 5.1: the second only)."""
        if self.dates == "String" or not text or text[0] not in "0123456789/":
            return text
        old = _MS_DATE.match(text)
        if old is not None:
            return DateTime(621_355_968_000_000_000 + int(old[1]) * 10_000, 2 if old[2] else 1)
        if is_desktop() or _ISO_DATE.match(text) is None:
            return text
        try:
            ticks, offset = parse_date(text)
        except (ValueError, OverflowError):
            return text
        return _dated_as(self.dates, ticks, offset, zulu=text.endswith("Z"))

    def _made(self, pairs: dict[str, Value]) -> Value:
        if self.as_table:
            return Hashtable(pairs.items(), fold=plain_key)
        members: dict[str, Any] = {}
        for name, value in pairs.items():
            if not name:
                message = (
                    "The provided JSON includes a property whose name is an empty string, this is only supported using the "
                    "-AsHashTable switch."
                )
                raise BadJson(message, "EmptyKeyInJsonString")
            lower = name.lower()
            if lower in members:
                message = (
                    f"Cannot convert the JSON string because it contains keys with different casing. Please use the "
                    f"-AsHashTable switch instead. The key that was attempted to be added to the "
                    f"existing key '{members[lower].name}' was '{name}'."
                )
                raise BadJson(message, "KeysWithDifferentCasing")
            members[lower] = NoteProperty(name, value)
        return PSCustomObject(members)


def _dated_as(dates: str, ticks: int, offset: int | None, *, zulu: bool) -> Value:
    if dates == "Offset":
        return DateTimeOffset(ticks, offset or 0)
    if dates == "Utc":
        return DateTime(ticks - (offset or 0) * 600_000_000, 1)
    if dates == "Local":
        return DateTime(ticks - (offset or 0) * 600_000_000, 2)
    return DateTime(ticks, 1) if zulu else localized(ticks, offset)


def _paired(text: str) -> str:
    from jcad.lab.powershell.utf16 import joined  # noqa: PLC0415  - only where escapes made surrogates

    return joined(text)


__all__ = ["SCALARS", "BadJson", "Reader", "Writer", "folded_key", "net_text"]
