"""String, Char and StringComparer."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, Literal

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import utf16
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.formatting.composite import format_composite
from jcad.lab.powershell.formatting.numbers import BadFormat
from jcad.lab.powershell.limits import check_items, check_text
from jcad.lab.powershell.objects import formatted, unroll
from jcad.lab.powershell.operators.collation import compare_text, equal_text
from jcad.lab.powershell.runtime import check_stop, is_desktop
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.enums import STRING_COMPARISON
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import (
    AUTOMATION_NULL,
    CHAR_ARRAY,
    STRING_ARRAY,
    Array,
    Char,
    EnumValue,
    NetObject,
    Value,
    folded_key,
    plain_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BLANKS: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)

STRING = members_of(net.STRING)


def _unit(text: str, place: int) -> str:
    """A character of a text by its number, as the indexer has it."""
    found = utf16.units(text)
    if not 0 <= place < len(found):
        raise NetError.of("System.IndexOutOfRangeException", "Index was outside the bounds of the array.")
    return found[place]


def unit_at(text: str, place: int) -> str:
    """The same, as a method with an argument `index` has it."""
    found = utf16.units(text)
    if not 0 <= place < len(found):
        raise out_of_range("Specified argument was out of the range of valid values.", "index")
    return found[place]


def out_of_range(message: str, parameter: str) -> NetError:
    """ArgumentOutOfRangeException as .NET words it."""
    return NetError.of(
        "System.ArgumentOutOfRangeException", f"{message} (Parameter '{parameter}')", ParamName=parameter
    )


def null_argument(parameter: str) -> NetError:
    """ArgumentNullException as .NET words it."""
    return NetError.of(
        "System.ArgumentNullException", f"Value cannot be null. (Parameter '{parameter}')", ParamName=parameter
    )


def substring(text: str, start: int, length: int | None = None) -> str:
    """`String.Substring`."""
    letters = utf16.units(text)
    if start < 0:
        raise out_of_range("StartIndex cannot be less than zero.", "startIndex")
    if start > len(letters):
        raise out_of_range("startIndex cannot be larger than length of string.", "startIndex")
    if length is None:
        return utf16.joined(letters[start:])
    if length < 0:
        raise out_of_range("Length cannot be less than zero.", "length")
    if start + length > len(letters):
        raise out_of_range("Index and length must refer to a location within the string.", "length")
    return utf16.joined(letters[start : start + length])


def ignores_case(comparison: EnumValue | None) -> bool:
    """Whether a StringComparison ignores case."""
    return comparison is not None and comparison.number % 2 == 1


def _folded(text: str, comparison: EnumValue | None) -> str:
    return text.upper() if ignores_case(comparison) else text


def _index(text: str, part: str, start: int = 0, count: int | None = None, comparison: EnumValue | None = None) -> int:
    letters, wanted = _folded(utf16.units(text), comparison), _folded(utf16.units(part), comparison)
    if not 0 <= start <= len(letters):
        raise out_of_range(
            "Index was out of range. Must be non-negative and less than or equal to the size of the collection.",
            "startIndex",
        )
    if count is not None and not 0 <= count <= len(letters) - start:
        raise out_of_range(
            "Count must be positive and count must refer to a location within the string/array/collection.", "count"
        )
    return letters.find(wanted, start, len(letters) if count is None else start + count)


def _last_index(text: str, part: str, comparison: EnumValue | None = None, start: int | None = None) -> int:
    letters, wanted = _folded(utf16.units(text), comparison), _folded(utf16.units(part), comparison)
    return letters.rfind(wanted) if start is None else letters.rfind(wanted, 0, start + 1)


def _any_index(text: str, letters: Iterable[Char], start: int = 0, *, last: bool = False) -> int:
    wanted = {letter.text for letter in letters}
    units = utf16.units(text)
    places = [place for place, letter in enumerate(units) if letter in wanted and place >= start]
    return -1 if not places else places[-1] if last else places[0]


def _replace(text: str, old: str, new: str | None, comparison: EnumValue | None = None) -> str:
    if old == "":
        raise NetError.of(
            "System.ArgumentException", "String cannot be of zero length. (Parameter 'oldValue')", ParamName="oldValue"
        )
    if not ignores_case(comparison):
        return text.replace(old, new or "")
    import re  # noqa: PLC0415  - only here

    return re.sub(re.escape(old), lambda _found: new or "", text, flags=re.IGNORECASE)


def _split(text: str, separators: list[str], count: int = 0x7FFFFFFF, options: EnumValue | None = None) -> Array:
    number = options.number if options is not None else 0
    if count < 0:
        raise out_of_range("Count cannot be less than zero.", "count")
    if count == 0:
        return Array([], STRING_ARRAY)
    separators = [one for one in separators if one]
    if len(separators) == 1:
        check_items(min(count, text.count(separators[0])))
    pieces: list[str] = []
    start = 0
    for found in re.finditer("|".join(map(re.escape, separators)), text) if separators else ():
        piece = _piece(text[start : found.start()], number)
        if piece is not None and len(pieces) + 1 >= count:
            break
        if piece is not None:
            pieces.append(piece)
            if not len(pieces) & 0x3FFF:
                check_items(len(pieces))
                check_stop()
        start = found.end()
    last = _piece(text[start:], number)
    if last is not None:
        pieces.append(last)
    return Array(pieces, STRING_ARRAY)


def _letters(text: str) -> Array:
    found = utf16.units(text)
    check_items(len(found))
    return Array([Char(letter) for letter in found], CHAR_ARRAY)


def _piece(piece: str, options: int) -> str | None:
    if options & 2:
        piece = piece.strip(BLANKS)
    return None if options & 1 and not piece else piece


def _char_separators(letters: Array | None) -> list[str]:
    return [letter.text for letter in letters] if letters else list(BLANKS)


def _text_separators(texts: Array | None) -> list[str]:
    return [text for text in texts if text] if texts else list(BLANKS)


def _one_separator(part: Char | str | None) -> list[str]:
    """One separator: a character, or a text (5.1 has no such overload: there its characters separate)."""
    if isinstance(part, Char):
        return [part.text]
    if not part:
        return list(BLANKS)
    return list(part) if is_desktop() else [part]


def _strip_set(letters: Array | None) -> str:
    return "".join(letter.text for letter in letters) if letters else BLANKS


def format_net(pattern: str, arguments: Iterable[Value]) -> str:
    """`String.Format`; raises FormatException."""
    try:
        return format_composite(pattern, list(arguments), formatted)
    except BadFormat:
        message = (
            "Index (zero based) must be greater than or equal to zero and less than the size of the argument list."
        )
        raise NetError.of("System.FormatException", message) from None


def join_texts(separator: str, items: Iterable[Value]) -> str:
    """`String.Join` of any values: their ToString in the current culture."""
    return (separator or "").join(item if type(item) is str else formatted(item, "") for item in items)


def _compare(one: str | None, other: str | None, *, ignore_case: bool, ordinal: bool = False) -> int:
    if one is None or other is None:
        return (one is not None) - (other is not None)
    if ordinal:
        first, second = (one.upper(), other.upper()) if ignore_case else (one, other)
        for letter, against in zip(utf16.units(first), utf16.units(second), strict=False):
            if letter != against:
                return ord(letter) - ord(against)
        return len(first) - len(second)
    return compare_text(one, other, ignore_case=ignore_case)


def compare_by(one: str | None, other: str | None, comparison: EnumValue) -> int:
    """`String.Compare(one, other, comparison)`."""
    return _compare(one, other, ignore_case=ignores_case(comparison), ordinal=comparison.number >= 4)


def equal_by(one: str | None, other: str | None, comparison: EnumValue | None = None) -> bool:
    """`String.Equals(one, other, comparison)`."""
    if one is None or other is None:
        return one is other
    return equal_text(one, other, ignore_case=ignores_case(comparison))


def _normalize(text: str, form: EnumValue) -> str:
    forms: dict[int, Literal["NFC", "NFD", "NFKC", "NFKD"]] = {1: "NFC", 2: "NFD", 5: "NFKC", 6: "NFKD"}
    return unicodedata.normalize(forms[form.number], text)


def _insert(text: str, place: int, part: str) -> str:
    letters = utf16.units(text)
    if not 0 <= place <= len(letters):
        raise out_of_range("Specified argument was out of the range of valid values.", "startIndex")
    return utf16.joined(letters[:place] + part + letters[place:])


def _remove(text: str, start: int, count: int | None = None) -> str:
    letters = utf16.units(text)
    if start < 0:
        raise out_of_range("StartIndex cannot be less than zero.", "startIndex")
    if count is None:
        if start > len(letters):
            raise out_of_range("startIndex must be less than length of string.", "startIndex")
        return utf16.joined(letters[:start])
    if count < 0:
        raise out_of_range("Count cannot be less than zero.", "count")
    if start + count > len(letters):
        raise out_of_range("Index and count must refer to a location within the string.", "count")
    return utf16.joined(letters[:start] + letters[start + count :])


def repeated(letter: str, count: int) -> str:
    """A character so many times."""
    if count < 0:
        raise out_of_range("'count' must be non-negative.", "count")
    check_text(count)
    return letter * count


def _padded(text: str, width: int, letter: str, *, left: bool) -> str:
    if width < 0:
        raise out_of_range("Non-negative number required.", "totalWidth")
    check_text(width)
    missing = letter * max(0, width - utf16.length(text))
    return missing + text if left else text + missing


def _upper(letter: str) -> str:
    """One character's upper case where that is one character (ß stays)."""
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _join_range(separator: str, items: Array, start: int, count: int) -> str:
    if start < 0 or count < 0 or start + count > len(items):
        raise out_of_range(
            "Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex"
        )
    return join_texts(separator, items[start : start + count])


def _not_null(items: Any) -> Any:
    if items is None:
        raise null_argument("values")
    return items


# ---------------------------------------------------------------- Char

CHAR = members_of(net.CHAR)


def _predicate(name: str, test: Callable[[str], bool]) -> None:
    CHAR.static(f"{name}(char)", lambda letter: test(letter.text))
    CHAR.static(f"{name}(string, int)", lambda text, place: test(unit_at(text, place)))


def _from_utf32(code: int) -> str:
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise out_of_range(
            "A valid UTF32 value is between 0x000000 and 0x10ffff, inclusive, and should not include surrogate codepoint "
            "values (0x00d800 ~ 0x00dfff).",
            "utf32",
        )
    return chr(code)


def _parse_char(text: str) -> Char:
    if utf16.length(text) != 1:
        raise NetError.of("System.FormatException", "String must be exactly one character long.")
    return Char(text)


# ---------------------------------------------------------------- StringComparer

COMPARER: Final = net.define("System.StringComparer", interfaces=(net.ICOMPARER,))
EQUALITY_COMPARER: Final = net.define("System.Collections.Generic.IEqualityComparer`1", is_interface=True)
GENERIC_COMPARER: Final = net.define("System.Collections.Generic.IComparer`1", is_interface=True)
I_EQUALITY_COMPARER: Final = net.define("System.Collections.IEqualityComparer", is_interface=True)
COMPARER.interfaces = (
    net.ICOMPARER,
    I_EQUALITY_COMPARER,
    net.generic(EQUALITY_COMPARER, net.STRING),
    net.generic(GENERIC_COMPARER, net.STRING),
)


class StringComparer(NetObject):
    """A StringComparer: whether it ignores case, and whether it goes by code points."""

    __slots__ = ("ignore_case", "ordinal")
    net_type = COMPARER

    def __init__(self, *, ignore_case: bool, ordinal: bool) -> None:
        super().__init__()
        self.ignore_case = ignore_case
        self.ordinal = ordinal

    def fold(self, key: Value) -> Any:
        """The normal form of a key."""
        return folded_key(key) if self.ignore_case else plain_key(key)

    def compare(self, one: Any, other: Any) -> int:
        """The order of two texts."""
        return _compare(one, other, ignore_case=self.ignore_case, ordinal=self.ordinal)


STRING.property("Length", utf16.length, "int")
STRING.static_property("Empty", lambda: "", "string")
STRING.constructor("(char, int)", lambda letter, count: repeated(letter.text, count))
STRING.constructor("(char[])", lambda letters: utf16.joined("".join(letter.text for letter in letters or ())))
STRING.constructor(
    "(char[], int, int)",
    lambda letters, start, count: utf16.joined("".join(letter.text for letter in letters[start : start + count])),
)
STRING.method("Clone()", lambda text: text)
STRING.method("CompareTo(object)", lambda text, other: _compare(text, other, ignore_case=False))
STRING.method("CompareTo(string)", lambda text, other: _compare(text, other, ignore_case=False))
STRING.method("Contains(string)", lambda text, part: part in text)
STRING.method("Contains(char)", lambda text, letter: letter.text in text)
STRING.method(
    "Contains(string, System.StringComparison)", lambda text, part, how: _folded(part, how) in _folded(text, how)
)
STRING.method("EndsWith(string)", str.endswith)
STRING.method("EndsWith(char)", lambda text, letter: text.endswith(letter.text))
STRING.method(
    "EndsWith(string, System.StringComparison)", lambda text, part, how: _folded(text, how).endswith(_folded(part, how))
)
STRING.method(
    "EndsWith(string, bool, cultureinfo)",
    lambda text, part, fold, _c: (text.upper() if fold else text).endswith(part.upper() if fold else part),
)
STRING.method("StartsWith(string)", str.startswith)
STRING.method("StartsWith(char)", lambda text, letter: text.startswith(letter.text))
STRING.method(
    "StartsWith(string, System.StringComparison)",
    lambda text, part, how: _folded(text, how).startswith(_folded(part, how)),
)
STRING.method(
    "StartsWith(string, bool, cultureinfo)",
    lambda text, part, fold, _c: (text.upper() if fold else text).startswith(part.upper() if fold else part),
)
STRING.method("Equals(string)", lambda text, other: text == other)
STRING.method("Equals(object)", lambda text, other: type(other) is str and text == other)
STRING.method("Equals(string, System.StringComparison)", equal_by)
STRING.method("GetTypeCode()", lambda _text: EnumValue(enums.TYPE_CODE, 18))
STRING.method("IndexOf(char)", lambda text, letter: _index(text, letter.text))
STRING.method("IndexOf(char, int)", lambda text, letter, start: _index(text, letter.text, start))
STRING.method("IndexOf(char, int, int)", lambda text, letter, start, count: _index(text, letter.text, start, count))
STRING.method("IndexOf(string)", _index)
STRING.method("IndexOf(string, int)", _index)
STRING.method("IndexOf(string, int, int)", _index)
STRING.method("IndexOf(string, System.StringComparison)", lambda text, part, how: _index(text, part, comparison=how))
STRING.method(
    "IndexOf(string, int, System.StringComparison)",
    lambda text, part, start, how: _index(text, part, start, comparison=how),
)
STRING.method("IndexOfAny(char[])", _any_index)
STRING.method("IndexOfAny(char[], int)", _any_index)
STRING.method("LastIndexOf(char)", lambda text, letter: _last_index(text, letter.text))
STRING.method("LastIndexOf(char, int)", lambda text, letter, start: _last_index(text, letter.text, None, start))
STRING.method("LastIndexOf(string)", _last_index)
STRING.method("LastIndexOf(string, int)", lambda text, part, start: _last_index(text, part, None, start))
STRING.method("LastIndexOf(string, System.StringComparison)", _last_index)
STRING.method("LastIndexOfAny(char[])", lambda text, letters: _any_index(text, letters, last=True))
STRING.method("IsNormalized()", lambda text: unicodedata.is_normalized("NFC", text))
STRING.method("Normalize()", lambda text: unicodedata.normalize("NFC", text))
STRING.method("Normalize(System.Text.NormalizationForm)", _normalize)
STRING.method("Insert(int, string)", _insert)
STRING.method("Remove(int)", _remove)
STRING.method("Remove(int, int)", _remove)
STRING.method("PadLeft(int)", lambda text, width: _padded(text, width, " ", left=True))
STRING.method("PadLeft(int, char)", lambda text, width, letter: _padded(text, width, letter.text, left=True))
STRING.method("PadRight(int)", lambda text, width: _padded(text, width, " ", left=False))
STRING.method("PadRight(int, char)", lambda text, width, letter: _padded(text, width, letter.text, left=False))
STRING.method("Replace(char, char)", lambda text, old, new: text.replace(old.text, new.text))
STRING.method("Replace(string, string)", _replace)
STRING.method("Replace(string, string, System.StringComparison)", _replace)
STRING.method("ReplaceLineEndings()", lambda text: "\n".join(text.splitlines()))
STRING.method("Split(params char[])", lambda text, letters: _split(text, _char_separators(letters)))
STRING.method("Split(char[], int)", lambda text, letters, count: _split(text, _char_separators(letters), count))
STRING.method(
    "Split(char[], System.StringSplitOptions)",
    lambda text, letters, how: _split(text, _char_separators(letters), options=how),
)
STRING.method(
    "Split(char[], int, System.StringSplitOptions)",
    lambda text, letters, count, how: _split(text, _char_separators(letters), count, how),
)
STRING.method(
    "Split(string[], System.StringSplitOptions)",
    lambda text, parts, how: _split(text, _text_separators(parts), options=how),
)
STRING.method(
    "Split(string[], int, System.StringSplitOptions)",
    lambda text, parts, count, how: _split(text, _text_separators(parts), count, how),
)
for _kind in ("char", "string"):
    STRING.method(f"Split({_kind})", lambda text, part: _split(text, _one_separator(part)))
    STRING.method(f"Split({_kind}, int)", lambda text, part, count: _split(text, _one_separator(part), count))
    STRING.method(
        f"Split({_kind}, System.StringSplitOptions)",
        lambda text, part, how: _split(text, _one_separator(part), options=how),
    )
    STRING.method(
        f"Split({_kind}, int, System.StringSplitOptions)",
        lambda text, part, count, how: _split(text, _one_separator(part), count, how),
    )
STRING.method("Substring(int)", substring)
STRING.method("Substring(int, int)", substring)
STRING.method("ToCharArray()", _letters)
STRING.method(
    "ToCharArray(int, int)",
    lambda text, start, count: Array([Char(one) for one in utf16.units(text)[start : start + count]], CHAR_ARRAY),
)
STRING.method("ToLower()", str.lower)
STRING.method("ToLower(cultureinfo)", lambda text, _culture: text.lower())
STRING.method("ToLowerInvariant()", str.lower)
STRING.method("ToUpper()", lambda text: "".join(_upper(letter) for letter in text))
STRING.method("ToUpper(cultureinfo)", lambda text, _culture: "".join(_upper(letter) for letter in text))
STRING.method("ToUpperInvariant()", lambda text: "".join(_upper(letter) for letter in text))
STRING.method("ToString()", lambda text: text)
STRING.method("ToString(System.IFormatProvider)", lambda text, _provider: text)
STRING.method("Trim()", lambda text: text.strip(BLANKS))
STRING.method("Trim(char)", lambda text, letter: text.strip(letter.text))
STRING.method("Trim(params char[])", lambda text, letters: text.strip(_strip_set(letters)))
STRING.method("TrimStart()", lambda text: text.lstrip(BLANKS))
STRING.method("TrimStart(char)", lambda text, letter: text.lstrip(letter.text))
STRING.method("TrimStart(params char[])", lambda text, letters: text.lstrip(_strip_set(letters)))
STRING.method("TrimEnd()", lambda text: text.rstrip(BLANKS))
STRING.method("TrimEnd(char)", lambda text, letter: text.rstrip(letter.text))
STRING.method("TrimEnd(params char[])", lambda text, letters: text.rstrip(_strip_set(letters)))
STRING.method("get_Chars(int)", lambda text, place: Char(_unit(text, place)))
STRING.method("Chars(int)", lambda text, place: Char(_unit(text, place)))
STRING.static("Compare(string, string)", lambda one, other: _compare(one, other, ignore_case=False))
STRING.static("Compare(string, string, bool)", lambda one, other, fold: _compare(one, other, ignore_case=fold))
STRING.static("Compare(string, string, System.StringComparison)", compare_by)
STRING.static(
    "CompareOrdinal(string, string)", lambda one, other: _compare(one, other, ignore_case=False, ordinal=True)
)
STRING.static("Concat(object)", lambda one: join_texts("", [one]))
STRING.static("Concat(params object[])", lambda items: join_texts("", items))
STRING.static("Concat(string, string)", lambda one, other: (one or "") + (other or ""))
STRING.static("Concat(string, string, string)", lambda one, two, three: (one or "") + (two or "") + (three or ""))
STRING.static("Concat(params string[])", lambda items: join_texts("", items))
STRING.static("Copy(string)", lambda text: text)
STRING.static("Equals(string, string)", lambda one, other: one == other)
STRING.static("Equals(string, string, System.StringComparison)", equal_by)
STRING.static("Format(string, object)", lambda pattern, one: format_net(pattern, [one]))
STRING.static("Format(string, object, object)", lambda pattern, *items: format_net(pattern, items))
STRING.static("Format(string, object, object, object)", lambda pattern, *items: format_net(pattern, items))
STRING.static("Format(string, params object[])", format_net)
STRING.static(
    "Format(System.IFormatProvider, string, params object[])",
    lambda _provider, pattern, items: format_net(pattern, items),
)
STRING.static("IsNullOrEmpty(string)", lambda text: not text)
STRING.static("IsNullOrWhiteSpace(string)", lambda text: not text or not text.strip(BLANKS))
STRING.static("Join(string, params object[])", lambda separator, items: join_texts(separator, _not_null(items)))
STRING.static("Join(string, params string[])", lambda separator, items: join_texts(separator, _not_null(items)))
STRING.static(
    "Join(string, System.Collections.Generic.IEnumerable`1)",
    lambda separator, items: join_texts(separator, unroll(_not_null(items)) or ()),
)
STRING.static(
    "Join(string, System.Collections.Generic.IEnumerable[string])",
    lambda separator, items: join_texts(separator, _not_null(items)),
)
STRING.static(
    "Join(string, string[], int, int)",
    _join_range,
)
STRING.static("Intern(string)", lambda text: text)
_predicate("IsDigit", str.isdecimal)
_predicate("IsLetter", str.isalpha)
_predicate("IsLetterOrDigit", lambda letter: letter.isalpha() or letter.isdecimal())
_predicate("IsUpper", str.isupper)
_predicate("IsLower", str.islower)
_predicate("IsWhiteSpace", lambda letter: letter in BLANKS)
_predicate("IsPunctuation", lambda letter: unicodedata.category(letter).startswith("P"))
_predicate("IsSymbol", lambda letter: unicodedata.category(letter).startswith("S"))
_predicate("IsControl", lambda letter: unicodedata.category(letter) == "Cc")
_predicate("IsNumber", lambda letter: unicodedata.category(letter).startswith("N"))
_predicate("IsSeparator", lambda letter: unicodedata.category(letter).startswith("Z"))
_predicate("IsSurrogate", lambda letter: "\ud800" <= letter <= "\udfff")
_predicate("IsHighSurrogate", lambda letter: "\ud800" <= letter <= "\udbff")
_predicate("IsLowSurrogate", lambda letter: "\udc00" <= letter <= "\udfff")
for _name in ("ToUpper", "ToUpperInvariant"):
    CHAR.static(f"{_name}(char)", lambda letter: Char(_upper(letter.text)))
for _name in ("ToLower", "ToLowerInvariant"):
    CHAR.static(f"{_name}(char)", lambda letter: Char(letter.text.lower()[:1]))
CHAR.static("GetNumericValue(char)", lambda letter: float(unicodedata.numeric(letter.text, -1.0)))
CHAR.static("ConvertFromUtf32(int)", _from_utf32)
CHAR.static(
    "ConvertToUtf32(string, int)",
    lambda text, place: ord(utf16.joined(unit_at(text, place) + utf16.units(text)[place + 1 : place + 2])[0]),
)
CHAR.static("ConvertToUtf32(char, char)", lambda high, low: ord(utf16.joined(high.text + low.text)))
CHAR.static("Parse(string)", _parse_char)
CHAR.static_property("MaxValue", lambda: Char("\uffff"), "char")
CHAR.static_property("MinValue", lambda: Char("\0"), "char")
CHAR.method("ToString()", lambda letter: letter.text)
CHAR.method("ToString(System.IFormatProvider)", lambda letter, _provider: letter.text)
CHAR.method("CompareTo(char)", lambda letter, other: letter.code - other.code)
CHAR.method("Equals(char)", lambda letter, other: letter == other)
CHAR.method("GetTypeCode()", lambda _letter: EnumValue(enums.TYPE_CODE, 4))


_COMPARER = members_of(COMPARER)
for _number, _name in enumerate(STRING_COMPARISON.names or {}):
    _COMPARER.static_property(
        _name,
        lambda number=_number: StringComparer(ignore_case=number % 2 == 1, ordinal=number >= 4),
    )
_COMPARER.method("Compare(string, string)", lambda self, one, other: self.compare(one, other))
_COMPARER.method(
    "Equals(string, string)", lambda self, one, other: equal_text(one or "", other or "", ignore_case=self.ignore_case)
)
_COMPARER.method("GetHashCode(string)", lambda self, text: hash(self.fold(text)) & 0x7FFFFFFF)

VOID: Final = AUTOMATION_NULL
