"""Delimited text (CSV), the way ConvertTo-Csv and ConvertFrom-Csv write and read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def quoted(text: str) -> str:
    """A field in quotes."""
    return '"' + text.replace('"', '""') + '"'


def line(
    fields: Iterable[str | None], delimiter: str, *, quote: str = "Always", named: frozenset[int] = frozenset()
) -> str:
    """One line; a field that is None is empty and unquoted. `quote`: Always, AsNeeded, Never; `named` fields are quoted alone."""
    shown = []
    for place, field in enumerate(fields):
        if field is None:
            shown.append("")
        elif named:
            shown.append(quoted(field) if place in named else field)
        elif quote == "Always" or (quote == "AsNeeded" and _needs(field, delimiter)):
            shown.append(quoted(field))
        else:
            shown.append(field)
    return delimiter.join(shown)


def _needs(field: str, delimiter: str) -> bool:
    return delimiter in field or '"' in field or "\n" in field or "\r" in field


def rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of a text; quoted fields may hold delimiters, quotes (doubled) and line ends. Blank lines are no rows."""
    fields: list[str] = []
    current: list[str] = []
    place, inside, was_quoted = 0, False, False
    while place <= len(text):
        letter = text[place : place + 1]
        if inside:
            place, inside = _inside(text, place, current)
            if not inside and place > len(text):
                letter = ""
            else:
                continue
        if letter == '"' and not "".join(current).strip():
            current.clear()
            inside = was_quoted = True
        elif letter in {delimiter, "\n", "\r", ""}:
            field = "".join(current)
            if field or was_quoted or letter or not fields:  # nothing behind the text's last delimiter is no field
                fields.append(field if was_quoted else field.strip(" \t"))
            current, was_quoted_row = [], was_quoted
            was_quoted = False
            if letter != delimiter:
                if letter == "\r" and text[place + 1 : place + 2] == "\n":
                    place += 1
                if fields != [""] or was_quoted_row:
                    yield fields
                fields = []
        else:
            current.append(letter)
        place += 1


def _inside(text: str, place: int, current: list[str]) -> tuple[int, bool]:
    """Within quotes: take up to the closing one; where to go on, and whether still inside."""
    while place < len(text):
        end = text.find('"', place)
        if end < 0:
            current.append(text[place:])
            return len(text) + 1, False
        current.append(text[place:end])
        if text[end + 1 : end + 2] == '"':
            current.append('"')
            place = end + 2
        else:
            return end + 1, False
    return len(text) + 1, False


def header(names: Sequence[str]) -> list[str]:
    """Column names; an empty one becomes H1, H2 ..."""
    found, count = [], 0
    for name in names:
        if name:
            found.append(name)
        else:
            count += 1
            found.append(f"H{count}")
    return found
