"""PowerShell's wildcards: `*`, `?`, `[a-z]`, with the backtick to escape. Pure."""

from __future__ import annotations

import re
from functools import lru_cache


class BadWildcard(Exception):
    """A pattern that PowerShell refuses: a bracket that is not closed, a range that runs backwards."""


@lru_cache(maxsize=2000)
def wildcard(pattern: str, *, case: bool = False) -> re.Pattern[str]:
    """The regular expression of a wildcard pattern, for `fullmatch`; raises BadWildcard."""
    segments: list[list[str]] = [[]]
    position = 0
    while position < len(pattern):
        out = segments[-1]
        letter = pattern[position]
        if letter == "`" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        elif letter == "*":
            segments.append([])
        elif letter == "?":
            out.append(".")
        elif letter == "[":
            text, position = _set(pattern, position)
            out.append(text)
            continue
        else:
            out.append(re.escape(letter))
        position += 1
    flags = re.DOTALL if case else re.DOTALL | re.IGNORECASE
    try:
        return re.compile(_joined(["".join(out) for out in segments]), flags)
    except re.error:  # a range from a later character to an earlier one
        raise BadWildcard(pattern) from None


def _joined(segments: list[str]) -> str:
    """The pattern of what stands between the stars: each is found as early as it can be, and never looked for again."""
    first, *rest = segments
    if not rest:
        return first
    return first + "".join(f"(?>.*?{one})" for one in rest[:-1] if one) + ".*" + rest[-1]


def _set(pattern: str, position: int) -> tuple[str, int]:
    end = position + 1
    letters: list[str] = []
    while True:
        letter = pattern[end : end + 1]
        if not letter:
            raise BadWildcard(pattern)
        if letter == "]" and letters:
            break
        if letter == "`" and end + 1 < len(pattern):
            end += 1
            letter = pattern[end]
            letters.append(re.escape(letter))
        elif letter == "-" and letters and pattern[end + 1 : end + 2] not in {"]", ""}:
            end += 1
            if pattern[end] == "`" and end + 1 < len(pattern):
                end += 1
            letters.append("-" + re.escape(pattern[end]))
        else:
            letters.append(re.escape(letter))
        end += 1
    return "[" + "".join(letters) + "]", end + 1


def matches(text: str, pattern: str, *, case: bool = False) -> bool:
    """Whether the text matches; raises BadWildcard."""
    return wildcard(pattern, case=case).fullmatch(text) is not None


def has_wildcard(pattern: str) -> bool:
    """`WildcardPattern.ContainsWildcardCharacters`: an unescaped `*`, `?` or `[`."""
    return re.search(r"(?<!`)[*?\[]", re.sub(r"``", "", pattern)) is not None


def escape(text: str) -> str:
    """`WildcardPattern.Escape`."""
    return re.sub(r"([*?\[\]`])", r"`\1", text)


def unescape(text: str) -> str:
    """`WildcardPattern.Unescape`."""
    return re.sub(r"`([*?\[\]`])", r"\1", text)
