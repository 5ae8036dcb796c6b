"""A .NET regular expression as one of Python's: the syntax, the options, and the numbering of groups.

.NET numbers the unnamed groups first and the named ones after them; Python numbers them as they come. `Compiled.numbers` maps
.NET's numbers to Python's. Source: "Regular expression language" of the .NET documentation. Pure.
"""

from __future__ import annotations

import importlib
import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jcad.errors import LabUnsupported

IGNORE_CASE: Final = 1
MULTILINE: Final = 2
EXPLICIT_CAPTURE: Final = 4
SINGLELINE: Final = 16
IGNORE_WHITESPACE: Final = 32
RIGHT_TO_LEFT: Final = 64
ECMA_SCRIPT: Final = 256
NON_BACKTRACKING: Final = 1024


#: Texts up to this length are searched even so: the tries are few.
_SHORT: Final = 22
#: From here on a bound is none.
_MANY: Final = 50
_NESTED: Final = re.compile(r"\)[+*{]")
#: Python's own parser of patterns; it has no public name any more (3.11).
_sre: Final[Any] = importlib.import_module("re._parser")


class BadPattern(Exception):
    """A pattern that .NET refuses; `reason` is its text."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"Invalid pattern '{pattern}' at offset {len(pattern)}. {reason}")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A translated pattern; `names` are .NET's group names by number, `numbers` Python's group for each of .NET's."""

    source: str
    options: int
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    numbers: tuple[int, ...]
    twins: dict[int, tuple[int, ...]]
    endless: bool = False

    def guard(self, text: str) -> None:
        """Refuse by name what may be tried for ever: nothing can stop a search once it runs."""
        if self.endless and len(text) > _SHORT:
            raise LabUnsupported(f"the regular expression {self.source}, a repetition of repetitions, on a long text")

    def place(self, found: re.Match[str], number: int) -> int:
        """Python's group for one of .NET's: of several of the same name the one that took part last."""
        python = self.numbers[number]
        if not self.twins or python not in self.twins:
            return python
        taken = [one for one in (python, *self.twins[python]) if found[one] is not None]
        return max(taken, key=found.start) if taken else python


@lru_cache(maxsize=2000)
def compile_pattern(source: str, options: int = 0) -> Compiled:
    """Translate and compile; raises BadPattern, or LabUnsupported for what Python's `re` cannot do."""
    if options & (RIGHT_TO_LEFT | ECMA_SCRIPT):
        raise LabUnsupported("RegexOptions.RightToLeft" if options & RIGHT_TO_LEFT else "RegexOptions.ECMAScript")
    translator = _Translator(source, options)
    text = translator.run()
    flags = re.IGNORECASE * bool(options & IGNORE_CASE) | re.MULTILINE * bool(options & MULTILINE)
    flags |= re.DOTALL * bool(options & SINGLELINE)
    try:
        compiled = re.compile(text, flags)
    except re.error as error:
        if "look-behind" in str(error):
            raise LabUnsupported(f"the look-behind of variable width in the regular expression {source}") from None
        raise BadPattern(source, str(error)) from None
    except (OverflowError, RecursionError):
        raise BadPattern(source, "too large") from None
    names, numbers = translator.groups(compiled)
    endless = _NESTED.search(text) is not None and _is_endless(_sre.parse(text, flags))
    return Compiled(source, options, compiled, names, numbers, translator.twins(compiled), endless)


def _is_endless(parsed: Any) -> bool:
    """Whether a repetition repeats what is nothing but repetitions, as (a+)+ does: a text can be cut in endless ways."""
    for operation, argument in parsed:
        name = str(operation)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            _, most, body = argument
            if most > _MANY and _only_repeats(body):
                return True
        if any(_is_endless(one) for one in _bodies(name, argument)):
            return True
    return False


def _only_repeats(parsed: Any) -> bool:
    """Whether nothing in it must be there besides a repetition without bound."""
    repeats = False
    for operation, argument in parsed:
        name = str(operation)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            least, most, _ = argument
            if least > 0 and most <= _MANY:
                return False
            repeats = repeats or most > _MANY
        elif any(_only_repeats(one) for one in _bodies(name, argument)):
            repeats = True
        elif name != "AT":
            return False
    return repeats


def _bodies(name: str, argument: Any) -> list[Any]:
    """The parts of an operation that are patterns themselves."""
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    return []


_OPEN: Final = re.compile(r"\(\?(?:<([A-Za-z_]\w*|\d+)>|'([A-Za-z_]\w*|\d+)')")
_BALANCING: Final = re.compile(r"\(\?(?:<|')\w*-\w+(?:>|')")
_INLINE: Final = re.compile(r"\(\?([imnsx]*)(?:-([imnsx]+))?([:)])")
_BACK_REFERENCE: Final = re.compile(r"\\k(?:<(\w+)>|'(\w+)'|\{(\w+)\})")
_QUANTIFIER: Final = re.compile(r"\{(\d+)(,\d*)?\}")


class _Translator:
    """One pass over a pattern."""

    def __init__(self, source: str, options: int) -> None:
        self.source = source
        self.position = 0
        self.out: list[str] = []
        self.explicit = [bool(options & EXPLICIT_CAPTURE)]
        self.verbose = [bool(options & IGNORE_WHITESPACE)]
        self.closers = [0]
        self.unnamed = 0
        self.named: list[str] = []
        self.again: list[str] = []

    def run(self) -> str:
        while self.position < len(self.source):
            self._step()
        if len(self.closers) > 1:
            raise BadPattern(self.source, "Not enough )'s.")
        self.out.append(")" * self.closers[0])
        return "".join(self.out)

    def groups(self, compiled: re.Pattern[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """.NET's names and Python's numbers, in the order of .NET's numbers; group 0 first."""
        index = compiled.groupindex
        named = {number for name, number in index.items()}
        plain = [number for number in range(1, compiled.groups + 1) if number not in named]
        numeric = [(int(name[1:]), index[name]) for name in self.named if name.startswith("_") and name[1:].isdigit()]
        names = ["0", *(str(n) for n in range(1, len(plain) + 1))]
        numbers = [0, *plain]
        for number, place in sorted(numeric):
            names.append(str(number))
            numbers.append(place)
        for name in self.named:
            if not (name.startswith("_") and name[1:].isdigit()):
                names.append(name)
                numbers.append(index[name])
        return tuple(names), tuple(numbers)

    def twins(self, compiled: re.Pattern[str]) -> dict[int, tuple[int, ...]]:
        """Python's groups of a name given more than once, by the first of them."""
        found: dict[int, tuple[int, ...]] = {}
        for count, name in enumerate(self.again, start=1):
            first = compiled.groupindex[name]
            found[first] = (*found.get(first, ()), compiled.groupindex[f"{name}__again{count}"])
        return found

    def _step(self) -> None:
        letter = self.source[self.position]
        if letter == "\\":
            self._escape()
        elif letter == "[":
            text, self.position = translate_class(self.source, self.position)
            self.out.append(text)
        elif letter == "(":
            self._group()
        elif letter == ")":
            self._close()
        elif letter == "{":
            self._brace()
        elif self.verbose[-1] and letter.isspace():
            self.position += 1
        elif self.verbose[-1] and letter == "#":
            end = self.source.find("\n", self.position)
            self.position = len(self.source) if end < 0 else end
        else:
            self._plain(letter)

    def _plain(self, letter: str) -> None:
        following = self.source[self.position + 1 : self.position + 2]
        if letter in "*+?" and following == "+":
            raise BadPattern(self.source, "Nested quantifier '+'.")
        self.out.append(letter)
        self.position += 1

    def _brace(self) -> None:
        found = _QUANTIFIER.match(self.source, self.position)
        if found is None:
            self.out.append(r"\{")
            self.position += 1
            return
        self.out.append(found[0])
        self.position = found.end()
        if self.source[self.position : self.position + 1] == "+":
            raise BadPattern(self.source, "Nested quantifier '+'.")

    def _close(self) -> None:
        if len(self.closers) == 1:
            raise BadPattern(self.source, "Too many )'s.")
        self.out.append(")" * (self.closers.pop() + 1))
        self.explicit.pop()
        self.verbose.pop()
        self.position += 1

    def _push(self, text: str, length: int) -> None:
        self.out.append(text)
        self.closers.append(0)
        self.explicit.append(self.explicit[-1])
        self.verbose.append(self.verbose[-1])
        self.position += length

    def _group(self) -> None:
        rest = self.source[self.position :]
        if _BALANCING.match(rest):
            raise LabUnsupported(f"the balancing group in the regular expression {self.source}")
        found = _OPEN.match(rest)
        if found is not None:
            name = found[1] or found[2]
            python = "_" + name if name.isdigit() else name
            if python in self.named:
                self.again.append(python)
                python = f"{python}__again{len(self.again)}"
            else:
                self.named.append(python)
            self._push(f"(?P<{python}>", found.end())
        elif rest.startswith("(?#"):
            end = rest.find(")")
            self.position = len(self.source) if end < 0 else self.position + end + 1
        elif (inline := _INLINE.match(rest)) is not None:
            self._inline(inline)
        elif rest.startswith("(?"):
            length = 4 if rest[2:4] in {"<=", "<!"} else 3
            if rest[2:3] not in {"=", "!", ":", ">", "<", "("}:
                raise BadPattern(self.source, "Unrecognized grouping construct.")
            if rest[2:3] == "(":
                self._push("(?", 2)
                return
            self._push(rest[:length], length)
        elif self.explicit[-1]:
            self._push("(?:", 1)
        else:
            self.unnamed += 1
            self._push("(", 1)

    def _inline(self, found: re.Match[str]) -> None:
        on, off, end = found[1], found[2] or "", found[3]
        python_on = "".join(letter for letter in on if letter in "ims")
        python_off = "".join(letter for letter in off if letter in "ims")
        opener = f"(?{python_on}{'-' + python_off if python_off else ''}:"
        if end == ":":
            self._push(opener, found.end())
        else:
            self.out.append(opener)
            self.closers[-1] += 1
            self.position += found.end()
        self.explicit[-1] = ("n" in on) or (self.explicit[-1] and "n" not in off)
        self.verbose[-1] = ("x" in on) or (self.verbose[-1] and "x" not in off)

    def _escape(self) -> None:
        back = _BACK_REFERENCE.match(self.source, self.position)
        if back is not None:
            name = back[1] or back[2] or back[3]
            self.out.append(
                f"(?P={'_' + name if name.isdigit() and '_' + name in self.named else name})"
                if not name.isdigit() or "_" + name in self.named
                else f"\\{name}(?:)"
            )
            self.position = back.end()
            return
        letter = self.source[self.position + 1 : self.position + 2]
        if not letter:
            raise BadPattern(self.source, "Illegal \\ at end of pattern.")
        text, self.position = _escape(self.source, self.position, in_class=False)
        self.out.append(text)


_SIMPLE: Final = {"z": r"\Z", "Z": r"(?=\n?\Z)", "e": r"\x1b", "a": r"\x07", "A": r"\A", "s": r"\s", "S": r"\S"}


def _escape(source: str, position: int, *, in_class: bool) -> tuple[str, int]:
    """One escape sequence; the text of it and where the pattern goes on."""
    letter = source[position + 1]
    if letter in "pP":
        return _category(source, position, in_class=in_class)
    if letter == "c" and source[position + 2 : position + 3]:
        return re.escape(chr(ord(source[position + 2].upper()) - 64)), position + 3
    if letter == "G":
        raise LabUnsupported(f"\\G in the regular expression {source}")
    if letter in "zZ" and in_class:
        return letter, position + 2
    if letter in _SIMPLE and not (in_class and letter == "A"):
        return _SIMPLE[letter], position + 2
    if letter == "x" and not re.match(r"[0-9A-Fa-f]{2}", source[position + 2 :]):
        raise BadPattern(source, "Insufficient or invalid hexadecimal digits.")
    if letter == "u" and not re.match(r"[0-9A-Fa-f]{4}", source[position + 2 :]):
        raise BadPattern(source, "Insufficient or invalid hexadecimal digits.")
    if letter.isdigit() and not in_class:
        digits = re.match(r"\d{1,3}", source[position + 1 :])
        number = digits[0] if digits else letter
        return ("\\" + number if number.startswith("0") else f"\\{number}(?:)"), position + 1 + len(number)
    if letter.isalpha() and letter not in "dDwWbBnrtfvxu":
        raise BadPattern(source, f"Unrecognized escape sequence \\{letter}.")
    return "\\" + letter, position + 2


_CATEGORY: Final = re.compile(r"\\[pP]\{(\w+)\}")
_BLOCKS: Final = {"IsBasicLatin": "\x00-\x7f", "IsCyrillic": "\u0400-\u04ff", "IsGreek": "\u0370-\u03ff"}


@lru_cache(maxsize=64)
def _category_members(name: str) -> str:
    """The characters of the Basic Multilingual Plane in a Unicode category, as the inside of a class."""
    if name in _BLOCKS:
        return _BLOCKS[name]
    spans: list[tuple[int, int]] = []
    for code in range(min(0x10000, sys.maxunicode)):
        if unicodedata.category(chr(code)).startswith(name):
            if spans and spans[-1][1] == code - 1:
                spans[-1] = (spans[-1][0], code)
            else:
                spans.append((code, code))
    return "".join(f"\\u{low:04x}" if low == high else f"\\u{low:04x}-\\u{high:04x}" for low, high in spans)


def _category(source: str, position: int, *, in_class: bool) -> tuple[str, int]:
    found = _CATEGORY.match(source, position)
    if found is None:
        raise BadPattern(source, "Incomplete \\p{X} character escape.")
    members = _category_members(found[1])
    if not members:
        raise BadPattern(source, f"Unknown property '{found[1]}'.")
    negative = source[position + 1] == "P"
    if in_class and negative:
        raise LabUnsupported(f"{found[0]} in a class of the regular expression {source}")
    return (members if in_class else f"[{'^' * negative}{members}]"), found.end()


def translate_class(source: str, position: int) -> tuple[str, int]:
    """A character class from its `[` on: the text of it and where the pattern goes on."""
    start, out = position, ["["]
    position += 1
    if source[position : position + 1] == "^":
        out.append("^")
        position += 1
    first = True
    while True:
        letter = source[position : position + 1]
        if not letter:
            raise BadPattern(source, "Unterminated [] set.")
        if letter == "]" and not first:
            return "".join(out) + "]", position + 1
        if source.startswith("-[", position) and not first:
            inner, end = translate_class(source, position + 1)
            if source[end : end + 1] != "]":
                raise BadPattern(source, "A subtraction must be the last element in a character class.")
            return f"(?:(?!{inner}){''.join(out)}])", end + 1
        if letter == "\\":
            if position + 1 >= len(source):
                raise BadPattern(source, "Unterminated [] set.")
            text, position = _escape(source, position, in_class=True)
            out.append(text)
        else:
            out.append(
                "\\" + letter
                if letter in "[]&~|" or (letter == "-" and _bare_dash(source, position, start))
                else letter
            )
            position += 1
        first = False


def _bare_dash(source: str, position: int, start: int) -> bool:
    """Whether a dash stands at an end of its class, where it means itself."""
    before = source[start + 1 : position]
    return before in {"", "^"} or source[position + 1 : position + 2] == "]"
