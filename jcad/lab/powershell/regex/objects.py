"""Regex, Match, Group and Capture objects, replacement patterns, splitting. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.limits import check_items, check_text
from jcad.lab.powershell.objects import enumerable, textual
from jcad.lab.powershell.regex.translate import BadPattern, Compiled, compile_pattern
from jcad.lab.powershell.runtime import check_stop
from jcad.lab.powershell.values import NetObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMESPACE: Final = "System.Text.RegularExpressions"
REGEX: Final = net.define(f"{_NAMESPACE}.Regex")
CAPTURE: Final = net.define(f"{_NAMESPACE}.Capture")
GROUP: Final = net.define(f"{_NAMESPACE}.Group", base=CAPTURE)
MATCH: Final = net.define(f"{_NAMESPACE}.Match", base=GROUP)
GROUPS: Final = net.define(f"{_NAMESPACE}.GroupCollection", interfaces=(net.ILIST,))
MATCHES: Final = net.define(f"{_NAMESPACE}.MatchCollection", interfaces=(net.ILIST,))
CAPTURES: Final = net.define(f"{_NAMESPACE}.CaptureCollection", interfaces=(net.ILIST,))


class Regex(NetObject):
    """A Regex object."""

    __slots__ = ("compiled",)
    net_type = REGEX

    def __init__(self, compiled: Compiled) -> None:
        super().__init__()
        self.compiled = compiled


class Group(NetObject):
    """A Group (or Capture): its text, place, and whether it took part."""

    __slots__ = ("index", "length", "name", "success", "text")
    net_type = GROUP

    def __init__(self, text: str | None, index: int, name: str) -> None:
        super().__init__()
        self.text = text or ""
        self.index = max(index, 0)
        self.length = len(self.text)
        self.success = text is not None
        self.name = name


class Match(Group):
    """A Match; `found` is None for Match.Empty."""

    __slots__ = ("found", "regex")
    net_type = MATCH

    def __init__(self, regex: Regex, found: re.Match[str] | None) -> None:
        super().__init__(None if found is None else found[0], 0 if found is None else found.start(), "0")
        self.regex = regex
        self.found = found

    def groups(self) -> list[Group]:
        """Group 0 (the match itself) and the others, in .NET's order."""
        compiled = self.regex.compiled
        if self.found is None:
            return [self]
        places = [(name, compiled.place(self.found, number)) for number, name in enumerate(compiled.names) if number]
        return [self, *(Group(self.found[place], self.found.start(place), name) for name, place in places)]


class Collection(NetObject):
    """GroupCollection, MatchCollection or CaptureCollection."""

    __slots__ = ("items", "net_type")

    def __init__(self, items: list[Group], net_type: net.NetType) -> None:
        super().__init__()
        self.items = items
        self.net_type = net_type

    def named(self, name: str) -> Group:
        """`Groups['name']`: an unsuccessful group where there is none."""
        return next((group for group in self.items if group.name == name), Group(None, 0, name))


enumerable(Collection, lambda collection: list(collection.items))
textual(Regex, lambda regex, _spec, _invariant: regex.compiled.source)
textual(Group, lambda group, _spec, _invariant: group.text)
textual(Match, lambda group, _spec, _invariant: group.text)


def make_regex(source: str, options: int = 0) -> Regex:
    """`[regex]::new(source, options)`; a bad pattern is .NET's RegexParseException."""
    try:
        return Regex(compile_pattern(source, options))
    except BadPattern as error:
        raise NetError.of(f"{_NAMESPACE}.RegexParseException", str(error)) from None


def match_groups(match: Match) -> Collection:
    """`Match.Groups`."""
    return Collection(match.groups(), GROUPS)


def find(regex: Regex, text: str, start: int = 0) -> Match:
    """`Regex.Match`."""
    regex.compiled.guard(text)
    return Match(regex, regex.compiled.pattern.search(text, start))


def find_all(regex: Regex, text: str, start: int = 0) -> list[Match]:
    """`Regex.Matches`."""
    regex.compiled.guard(text)
    return [Match(regex, found) for found in regex.compiled.pattern.finditer(text, start)]


#: A stop is looked for at matches whose place has none of these bits.
_OFTEN: Final = 0xFF
_PART: Final = re.compile(r"\$(?:(\d+)|\{(\w+)\}|([$&`'+_]))")


def replace(regex: Regex, text: str, replacement: str | Callable[[Match], str], count: int = -1) -> str:
    """`Regex.Replace` with a replacement pattern or an evaluator; a negative count means all."""
    evaluator: Callable[[re.Match[str]], str]
    if isinstance(replacement, str):
        pattern = replacement
        evaluator = (lambda found: expand(regex, found, pattern)) if "$" in pattern else (lambda _found: pattern)
    else:
        chosen = replacement
        evaluator = lambda found: chosen(Match(regex, found))  # noqa: E731  - one of three of a kind
    if not count:
        return text
    regex.compiled.guard(text)
    return regex.compiled.pattern.sub(_stoppable(evaluator), text, max(count, 0))


def _stoppable(evaluator: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    """Let a stop end a replacement of many matches, and hold what comes of it to what a runspace holds."""
    size = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal size
        text = evaluator(found)
        size += len(text)
        check_text(size)
        if found.start() & _OFTEN == 0:
            check_stop()
        return text

    return replaced


def expand(regex: Regex, found: re.Match[str], replacement: str) -> str:
    """A replacement pattern filled for one match: $1, ${name}, $&, $`, $', $+, $_, $$."""
    compiled = regex.compiled

    def fill(part: re.Match[str]) -> str:
        digits, name, sign = part.groups()
        if digits is not None:
            return _numbered(compiled, found, digits)
        if name is not None:
            return _named(compiled, found, name, part[0])
        if sign == "+":
            last = compiled.numbers[-1]
            return found[last] or "" if last else found[0]
        surroundings = {
            "$": "$",
            "&": found[0],
            "`": found.string[: found.start()],
            "'": found.string[found.end() :],
            "_": found.string,
        }
        return str(surroundings[sign])

    return _PART.sub(fill, replacement)


def _numbered(compiled: Compiled, found: re.Match[str], digits: str) -> str:
    if digits in compiled.names:
        return found[compiled.place(found, compiled.names.index(digits))] or ""
    return f"${digits}"


def _named(compiled: Compiled, found: re.Match[str], name: str, whole: str) -> str:
    if name in compiled.names:
        return found[compiled.place(found, compiled.names.index(name))] or ""
    return whole


def split(regex: Regex, text: str, count: int = 0) -> list[str]:
    """`Regex.Split`: captured groups are in the result; `count` limits the pieces (0: no limit)."""
    return list(_pieces(regex, text, count))


def _pieces(regex: Regex, text: str, count: int) -> Iterator[str]:
    place, pieces = 0, 1
    regex.compiled.guard(text)
    for found in regex.compiled.pattern.finditer(text):
        if count and pieces >= count:
            break
        if pieces & _OFTEN == 0:
            check_stop()
            check_items(pieces)
        yield text[place : found.start()]
        yield from (found[number] for number in regex.compiled.numbers[1:] if found[number] is not None)
        place = found.end()
        pieces += 1
    yield text[place:]


def matches_table(match: Match) -> list[tuple[Any, Any]]:
    """What `$Matches` becomes: the successful groups by name or number."""
    taken = (group for group in match.groups() if group.success)
    return [(int(group.name) if group.name.isdigit() else group.name, group.text) for group in taken]
