"""Members of Regex, Match, Group and their collections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.convert import cast
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.regex import objects as regexes
from jcad.lab.powershell.regex.objects import Collection, Group, Match, Regex
from jcad.lab.powershell.types import delegates, enums
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.text import null_argument
from jcad.lab.powershell.values import STRING_ARRAY, Array, EnumValue, TimeSpan, Value, array_from

if TYPE_CHECKING:
    from collections.abc import Callable

del delegates  # imported for its declarations

REGEX: Final = members_of(regexes.REGEX)
_OPTIONS: Final = "System.Text.RegularExpressions.RegexOptions"
_EVALUATOR: Final = "System.Text.RegularExpressions.MatchEvaluator"


def _texts(pieces: list[str]) -> Array:
    return Array(pieces, STRING_ARRAY)


def _all(regex: Regex, text: str | None, start: int = 0) -> Collection:
    if text is None:
        raise null_argument("input")
    return Collection(list(regexes.find_all(regex, text, start)), regexes.MATCHES)


def _evaluated(evaluator: Callable[[Match], Value]) -> Callable[[Match], str]:
    return lambda found: to_text(evaluator(found))


def _checked(text: str | None) -> str:
    if text is None:
        raise null_argument("input")
    return text


def _static(name: str, parameters: str, work: Callable[..., Any]) -> None:
    """A static method that takes the pattern after the text, with and without options."""
    REGEX.static(
        f"{name}(string, string{parameters})",
        lambda text, source, *rest: work(regexes.make_regex(source), _checked(text), *rest),
    )
    REGEX.static(
        f"{name}(string, string{parameters}, {_OPTIONS})",
        lambda text, source, *rest: work(regexes.make_regex(source, rest[-1].number), _checked(text), *rest[:-1]),
    )


def escape(text: str) -> str:
    """`Regex.Escape`."""
    shown = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}
    return "".join(shown.get(letter) or ("\\" + letter if letter in "\\*+?|{[()^$.# " else letter) for letter in text)


_UNESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def unescape(text: str) -> str:
    """`Regex.Unescape`."""
    shown = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "b": "\b", "0": "\0"}
    return _UNESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else shown.get(m[3], m[3]), text)


GROUP: Final = members_of(regexes.GROUP)
MATCH: Final = members_of(regexes.MATCH)


def _captures(group: Group) -> Collection:
    """The captures of a group: Python's `re` keeps only the last one of a repeated group, so that is refused."""
    if not isinstance(group, Match):
        raise LabUnsupported("Captures of a group")
    return Collection([group] if group.success else [], regexes.CAPTURES)


def _next(match: Match) -> Match:
    if match.found is None:
        return match
    end = match.found.end() + (match.found.end() == match.found.start())
    if end > len(match.found.string):
        return Match(match.regex, None)
    return regexes.find(match.regex, match.found.string, end)


def _item(self: Collection, index: Value) -> Group | None:
    if isinstance(index, str) and self.net_type is regexes.GROUPS:
        return self.named(index)
    number = int(cast(index, net.INT32))
    if self.net_type is regexes.GROUPS:
        return self.named(str(number)) if not 0 <= number < len(self.items) else self.items[number]
    if not 0 <= number < len(self.items):
        message = "Specified argument was out of the range of valid values. (Parameter 'i')"
        raise NetError.of("System.ArgumentOutOfRangeException", message)
    return self.items[number]


def _indexed(self: Collection, index: Value) -> Value:
    if (
        isinstance(index, int)
        and self.net_type is not regexes.GROUPS
        and not -len(self.items) <= index < len(self.items)
    ):
        return None
    if isinstance(index, int) and index < 0:
        return self.items[index]
    return _item(self, index)


REGEX.constructor("(string)", regexes.make_regex)
REGEX.constructor(f"(string, {_OPTIONS})", lambda source, options: regexes.make_regex(source, options.number))
REGEX.constructor(
    f"(string, {_OPTIONS}, timespan)", lambda source, options, _timeout: regexes.make_regex(source, options.number)
)
REGEX.property("Options", lambda self: EnumValue(enums.REGEX_OPTIONS, self.compiled.options), _OPTIONS)
REGEX.property("RightToLeft", lambda _self: False, "bool")
REGEX.property("MatchTimeout", lambda _self: TimeSpan(-10_000), "timespan")  # Regex.InfiniteMatchTimeout
REGEX.method("ToString()", lambda self: self.compiled.source)
REGEX.method("IsMatch(string)", lambda self, text: regexes.find(self, _checked(text)).success)
REGEX.method("IsMatch(string, int)", lambda self, text, start: regexes.find(self, text, start).success)
REGEX.method("Match(string)", lambda self, text: regexes.find(self, _checked(text)))
REGEX.method("Match(string, int)", regexes.find)
REGEX.method("Matches(string)", _all)
REGEX.method("Matches(string, int)", _all)
REGEX.method("Replace(string, string)", regexes.replace)
REGEX.method("Replace(string, string, int)", regexes.replace)
REGEX.method(f"Replace(string, {_EVALUATOR})", lambda self, text, by: regexes.replace(self, text, _evaluated(by)))
REGEX.method(
    f"Replace(string, {_EVALUATOR}, int)",
    lambda self, text, by, count: regexes.replace(self, text, _evaluated(by), count),
)
REGEX.method("Split(string)", lambda self, text: _texts(regexes.split(self, text)))
REGEX.method("Split(string, int)", lambda self, text, count: _texts(regexes.split(self, text, count)))
REGEX.method("GetGroupNames()", lambda self: _texts(list(self.compiled.names)))
REGEX.method("GetGroupNumbers()", lambda self: array_from(range(len(self.compiled.names)), net.INT32))
REGEX.method(
    "GroupNameFromNumber(int)",
    lambda self, number: self.compiled.names[number] if number < len(self.compiled.names) else "",
)
REGEX.method(
    "GroupNumberFromName(string)",
    lambda self, name: self.compiled.names.index(name) if name in self.compiled.names else -1,
)
_static("IsMatch", "", lambda regex, text: regexes.find(regex, text).success)
_static("Match", "", regexes.find)
_static("Matches", "", _all)
_static("Replace", ", string", regexes.replace)
_static("Replace", f", {_EVALUATOR}", lambda regex, text, by: regexes.replace(regex, text, _evaluated(by)))
_static("Split", "", lambda regex, text: _texts(regexes.split(regex, text)))
REGEX.static("Escape(string)", escape)
REGEX.static("Unescape(string)", unescape)
for _kind in (regexes.CAPTURE, regexes.GROUP):
    _table = members_of(_kind)
    _table.property("Index", lambda self: self.index, "int")
    _table.property("Length", lambda self: self.length, "int")
    _table.property("Value", lambda self: self.text, "string")
    _table.method("ToString()", lambda self: self.text)
GROUP.property("Success", lambda self: self.success, "bool")
GROUP.property("Name", lambda self: self.name, "string")
GROUP.property("Captures", _captures)
MATCH.property("Groups", regexes.match_groups)
MATCH.method("NextMatch()", _next)
MATCH.method(
    "Result(string)", lambda self, pattern: regexes.expand(self.regex, self.found, pattern) if self.found else ""
)
for _kind in (regexes.GROUPS, regexes.MATCHES, regexes.CAPTURES):
    _table = members_of(_kind)
    _table.property("Count", lambda self: len(self.items), "int")
    _table.method("Item(int)", _item)
members_of(regexes.GROUPS).property("Keys", lambda self: _texts([group.name for group in self.items]))
members_of(regexes.GROUPS).property("Values", lambda self: array_from(self.items, regexes.GROUP))
members_of(regexes.GROUPS).method("Item(string)", lambda self, name: self.named(name))
members_of(regexes.GROUPS).method(
    "ContainsKey(string)", lambda self, name: any(group.name == name for group in self.items)
)


INDEXERS[Collection] = (_indexed, None)
