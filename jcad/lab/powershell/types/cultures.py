"""CultureInfo (names of many, the rules of en-US and the invariant one), TextInfo, NumberFormatInfo, character categories."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.objects import textual
from jcad.lab.powershell.types import enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument, unit_at
from jcad.lab.powershell.values import (
    EnumValue,
    NetObject,
)

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class _Names:
    """What a culture is called: LCID, in English, in ISO 639-2 and -1, by Windows."""

    lcid: int
    display: str
    iso: str
    windows: str
    short: str


#: The names of cultures, by theirs. Source: [MS-LCID], and the registry of ISO 639.
_KNOWN: Final = {
    "": _Names(127, "Invariant Language (Invariant Country)", "ivl", "IVL", "iv"),
    "en": _Names(9, "English", "eng", "ENU", "en"),
    "en-US": _Names(1033, "English (United States)", "eng", "ENU", "en"),
    "en-GB": _Names(2057, "English (United Kingdom)", "eng", "ENG", "en"),
    "en-AU": _Names(3081, "English (Australia)", "eng", "ENA", "en"),
    "en-CA": _Names(4105, "English (Canada)", "eng", "ENC", "en"),
    "de": _Names(7, "German", "deu", "DEU", "de"),
    "de-DE": _Names(1031, "German (Germany)", "deu", "DEU", "de"),
    "de-AT": _Names(3079, "German (Austria)", "deu", "DEA", "de"),
    "de-CH": _Names(2055, "German (Switzerland)", "deu", "DES", "de"),
    "fr": _Names(12, "French", "fra", "FRA", "fr"),
    "fr-FR": _Names(1036, "French (France)", "fra", "FRA", "fr"),
    "fr-CA": _Names(3084, "French (Canada)", "fra", "FRC", "fr"),
    "fr-CH": _Names(4108, "French (Switzerland)", "fra", "FRS", "fr"),
    "es-ES": _Names(3082, "Spanish (Spain)", "spa", "ESN", "es"),
    "es-MX": _Names(2058, "Spanish (Mexico)", "spa", "ESM", "es"),
    "it-IT": _Names(1040, "Italian (Italy)", "ita", "ITA", "it"),
    "pt-BR": _Names(1046, "Portuguese (Brazil)", "por", "PTB", "pt"),
    "pt-PT": _Names(2070, "Portuguese (Portugal)", "por", "PTG", "pt"),
    "nl-NL": _Names(1043, "Dutch (Netherlands)", "nld", "NLD", "nl"),
    "da-DK": _Names(1030, "Danish (Denmark)", "dan", "DAN", "da"),
    "sv-SE": _Names(1053, "Swedish (Sweden)", "swe", "SVE", "sv"),
    "nb-NO": _Names(1044, "Norwegian Bokmål (Norway)", "nob", "NOR", "nb"),
    "fi-FI": _Names(1035, "Finnish (Finland)", "fin", "FIN", "fi"),
    "pl-PL": _Names(1045, "Polish (Poland)", "pol", "PLK", "pl"),
    "cs-CZ": _Names(1029, "Czech (Czechia)", "ces", "CSY", "cs"),
    "hu-HU": _Names(1038, "Hungarian (Hungary)", "hun", "HUN", "hu"),
    "ru-RU": _Names(1049, "Russian (Russia)", "rus", "RUS", "ru"),
    "ja-JP": _Names(1041, "Japanese (Japan)", "jpn", "JPN", "ja"),
}
#: The cultures whose rules for numbers, dates and texts the lab has.
_RULES: Final = frozenset({"", "en", "en-US"})


class CultureInfo(NetObject):
    """A culture, by its name: the invariant one's is empty."""

    __slots__ = ("name",)
    net_type = net.CULTURE_INFO

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def require_rules(self) -> CultureInfo:
        """Itself, if the lab has its rules for numbers, dates and texts. Raises `LabUnsupported`."""
        if self.name not in _RULES:
            raise LabUnsupported(f"the culture {self.name}")
        return self


def make_culture(name: str | None) -> CultureInfo:
    """A culture by name. Raises `LabUnsupported` for one whose names the lab does not know."""
    if name is None:
        raise null_argument("name")
    if name.lower() == "iv":
        return CultureInfo("")
    known = next((each for each in _KNOWN if each.lower() == name.lower()), None)
    if known is None:
        raise LabUnsupported(f"the culture {name}")
    return CultureInfo(known)


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
_CULTURE.property("LCID", lambda self: _KNOWN[self.name].lcid, "int")
for _shown in ("DisplayName", "EnglishName"):
    _CULTURE.property(_shown, lambda self: _KNOWN[self.name].display, "string")
_CULTURE.property("IetfLanguageTag", lambda self: self.name, "string")
_CULTURE.property("ThreeLetterISOLanguageName", lambda self: _KNOWN[self.name].iso, "string")
_CULTURE.property("ThreeLetterWindowsLanguageName", lambda self: _KNOWN[self.name].windows, "string")
_CULTURE.property("TwoLetterISOLanguageName", lambda self: _KNOWN[self.name].short, "string")
_CULTURE.property("IsReadOnly", lambda _self: True, "bool")
_CULTURE.property("TextInfo", lambda self: TextInfo(self.require_rules()))
_CULTURE.property("NumberFormat", lambda self: NumberFormat(self.require_rules()))
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
    _category_table.static(
        "GetUnicodeCategory(string, int)", lambda text, place: _unicode_category(unit_at(text, place))
    )
