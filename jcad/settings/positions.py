"""At which line of a TOML file a key stands, for error messages. Pure.

tomllib reads the values; it does not tell where it found them. This looks for table headers and keys alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]#]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_TRIPLE = re.compile(r'"""|\'\'\'')


def line_numbers(text: str) -> dict[Path, int]:
    """The line (from 1) of each key and each table header."""
    found: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(text):
        if header := _HEADER.match(line):
            table = _path(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_path(key[1]))
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], number)
    return found


def nearest_line(lines: dict[Path, int], path: Path) -> int | None:
    """The line of a key, or of the nearest table around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a statement begins: not those within a text of several lines or a list."""
    inside, depth = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside and depth == 0:
            yield number, line
        quotes = _TRIPLE.findall(line)
        if len(quotes) % 2:
            inside = "" if inside else quotes[0]
        if not inside and not _HEADER.match(line):
            bare = re.sub(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*', "", line)
            depth = max(0, depth + bare.count("[") - bare.count("]"))


def _path(dotted: str) -> Path:
    """The parts of a dotted key, as TOML reads it."""
    try:
        part: Any = tomllib.loads(f"{dotted} = 1")
    except tomllib.TOMLDecodeError:
        return (dotted,)
    parts: list[str] = []
    while isinstance(part, dict):
        ((name, part),) = part.items()
        parts.append(name)
    return tuple(parts)
