"""CultureInfo (en-US and the invariant one), TextInfo, NumberFormatInfo, character categories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import (
    EnumValue,
    NetObject,
)

if TYPE_CHECKING:
    pass


class CultureInfo(NetObject):
    """A culture: en-US or the invariant one (an empty name)."""

    __slots__ = ("name",)
    net_type = net.CULTURE_INFO

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def make_culture(name: str | None) -> CultureInfo:
    """A culture by name; the lab knows two."""
    if name is None:
        raise null_argument("name")
    if name.lower() not in ("", "en-us", "en", "iv"):
        raise LabUnsupported(f"the culture {name}")
    return CultureInfo({"en-us": "en-US", "en": "en"}.get(name.lower(), ""))


_CULTURE: Final = members_of(net.CULTURE_INFO)


class TextInfo(NetObject):
    """A culture's TextInfo."""

    __slots__ = ("culture",)
    net_type = net.define("System.Globalization.TextInfo")

    def __init__(self, culture: CultureInfo) -> None:
        super().__init__()
        self.culture = culture


class NumberFormat(NetObject):
    """A culture's NumberFormatInfo."""

    __slots__ = ("culture",)
    net_type = net.define("System.Globalization.NumberFormatInfo", interfaces=(net.IFORMAT_PROVIDER,))

    def __init__(self, culture: CultureInfo) -> None:
        super().__init__()
        self.culture = culture

    @property
    def name(self) -> str:
        """The culture's name: what makes a format provider invariant."""
        return self.culture.name


def _title_case(text: str) -> str:
    return re.sub(
        r"\w[\w']*", lambda m: m[0] if m[0].isupper() and len(m[0]) > 1 else m[0][0].upper() + m[0][1:].lower(), text
    )


_TEXT_INFO: Final = members_of(TextInfo.net_type)
_NUMBER_FORMAT: Final = members_of(NumberFormat.net_type)


def _unicode_category(letter: str) -> EnumValue:
    import unicodedata  # noqa: PLC0415  - only here

    order = [
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Mc",
        "Me",
        "Nd",
        "Nl",
        "No",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Cn",
    ]
    return EnumValue(enums.UNICODE_CATEGORY, order.index(unicodedata.category(letter)))


_CULTURE.constructor("(string)", make_culture)
_CULTURE.constructor("(string, bool)", lambda name, _override: make_culture(name))
_CULTURE.static("GetCultureInfo(string)", make_culture)
_CULTURE.static("CreateSpecificCulture(string)", make_culture)
_CULTURE.static_property("InvariantCulture", lambda: CultureInfo(""), "cultureinfo")
for _shown in ("CurrentCulture", "CurrentUICulture", "InstalledUICulture"):
    _CULTURE.static_property(_shown, lambda: CultureInfo("en-US"), "cultureinfo")
_CULTURE.property("Name", lambda self: self.name, "string")
_CULTURE.property("LCID", lambda self: 127 if not self.name else 1033, "int")
_CULTURE.property(
    "DisplayName",
    lambda self: "English (United States)" if self.name else "Invariant Language (Invariant Country)",
    "string",
)
_CULTURE.property(
    "EnglishName",
    lambda self: "English (United States)" if self.name else "Invariant Language (Invariant Country)",
    "string",
)
_CULTURE.property("TwoLetterISOLanguageName", lambda self: "en" if self.name else "iv", "string")
_CULTURE.property("IsReadOnly", lambda _self: True, "bool")
_CULTURE.property("TextInfo", TextInfo)
_CULTURE.property("NumberFormat", NumberFormat)
_CULTURE.method("ToString()", lambda self: self.name)
textual(CultureInfo, lambda value, _spec, _invariant: value.name)
_TEXT_INFO.method("ToTitleCase(string)", _title_case_of := (lambda _self, text: _title_case(text)))
_TEXT_INFO.method("ToUpper(string)", lambda _self, text: text.upper())
_TEXT_INFO.method("ToLower(string)", lambda _self, text: text.lower())
_TEXT_INFO.property("ListSeparator", lambda _self: ",", "string")
for _shown, _text in (
    ("NumberDecimalSeparator", "."),
    ("NumberGroupSeparator", ","),
    ("NegativeSign", "-"),
    ("PositiveSign", "+"),
    ("CurrencyDecimalSeparator", "."),
    ("PercentSymbol", "%"),
):
    _NUMBER_FORMAT.property(_shown, lambda _self, text=_text: text, "string")
_NUMBER_FORMAT.property("CurrencySymbol", lambda self: "$" if self.culture.name else "¤", "string")
_NUMBER_FORMAT.static_property("InvariantInfo", lambda: NumberFormat(CultureInfo("")))
_NUMBER_FORMAT.static_property("CurrentInfo", lambda: NumberFormat(CultureInfo("en-US")))


for _owner in ("System.Globalization.CharUnicodeInfo", "System.Char"):
    _category_table = members_of(net.define(_owner))
    _category_table.static("GetUnicodeCategory(char)", lambda letter: _unicode_category(letter.text))
    _category_table.static("GetUnicodeCategory(string, int)", lambda text, place: _unicode_category(text[place]))
