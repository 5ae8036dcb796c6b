"""Reading characters: blanks and comments, numbers, strings, variables and bare words of PowerShell's two modes.

The language has no single tokenisation: what `-5` or `a.b` is depends on whether a command's arguments or an expression
are being read. So this is a scanner that the parser (parser.py) asks for what it expects. Pure; raises ParseError.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NoReturn

from jcad.errors import LabUnsupported
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import Int64

SINGLE_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
DOUBLE_QUOTES: Final = '"\u201c\u201d\u201e'
DASHES: Final = "-\u2013\u2014\u2015"
BLANKS: Final = " \t\f\v\u0085\u00a0"
#: Characters that end a bare word.
ENDS_WORD: Final = frozenset(" \t\f\v\u0085\u00a0\r\n&(),;{|}<>") | {""}
_ENDS_NUMBER: Final = ENDS_WORD | frozenset("!#%*+-./=]?[^:\u2013\u2014\u2015")
_BLANK: Final = re.compile(
    "[ \t\f\v\u0085\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]+|`\r?\n|#[^\r\n]*|<#.*?#>", re.DOTALL
)
#: What a blank, a continued line or a comment begins with.
_BEGIN_BLANKS: Final = frozenset(
    " \t\f\v\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000`#<"
)
_NUMBER: Final = re.compile(
    r"(?:0[xX](?P<hex>[0-9a-fA-F]+)|(?P<real>\d+\.\d*|\.\d+|\d+)(?P<exponent>[eE][+\-\u2013\u2014\u2015]?\d+)?)"
    r"(?P<suffix>[dDlL]?)(?P<multiplier>[kKmMgGtTpP][bB])?"
)
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")
_VARIABLE: Final = re.compile(r"\$(?:(?P<drive>\w+):(?!:))?(?P<name>[\w?]+)")
_SPECIAL_VARIABLE: Final = re.compile(r"\$[$^?]")
_BRACED: Final = re.compile(r"\$\{((?:[^}`]|`.)*)\}", re.DOTALL)
_ESCAPES: Final = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SEVENS_ESCAPE: Final = re.compile(r"`(?:e|u\{(?P<code>[0-9a-fA-F]{1,6})\})")
_SEVENS_NUMBER: Final = re.compile(
    r"0[bB][01]+\w*|(?:0[xX][0-9a-fA-F]+|\d+)(?:[uU]?[yYsSlL]|[uUnN])(?:[kKmMgGtTpP][bB])?"
)
_MULTIPLIERS: Final = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_INT32_MAX: Final = (1 << 31) - 1
_INT64_MAX: Final = (1 << 63) - 1
_DECIMAL_MAX: Final = (1 << 96) - 1


class ParseError(Exception):
    """The text is not PowerShell: `error_id` is the engine's own id for why (`UnexpectedToken`), `at` where."""

    def __init__(self, error_id: str, at: int, message: str = "") -> None:
        super().__init__(message or f"{error_id} at offset {at}")
        self.error_id = error_id
        self.at = at


def integer(value: int) -> int | Int64 | Decimal | float:
    """A whole number of a literal, in the first type that holds it."""
    if -_INT32_MAX - 1 <= value <= _INT32_MAX:
        return value
    if -_INT64_MAX - 1 <= value <= _INT64_MAX:
        return Int64(value)
    return Decimal(value) if abs(value) <= _DECIMAL_MAX else float(value)


def negative(value: Int64 | Decimal | float) -> int | Int64 | Decimal | float:
    """The literal with a minus before it; -2147483648 is an Int32 although 2147483648 is none."""
    if isinstance(value, Int64):
        lowered = integer(-int(value))
        return lowered if int(value) == _INT32_MAX + 1 else Int64(-int(value))
    return -value


class Lexer:
    """A position in a text, and the readers of the smallest things."""

    def __init__(self, source: nodes.Source, *, seven: bool = False) -> None:
        self.source = source
        self.seven = seven
        self.text = source.text
        self.pos = 0

    # ---- position ----------------------------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> str:
        """The character here, "" at the end."""
        at = self.pos + ahead
        return self.text[at : at + 1]

    def starts(self, text: str) -> bool:
        """Whether this text comes next."""
        return self.text.startswith(text, self.pos)

    def fail(self, error_id: str, at: int | None = None) -> NoReturn:
        """Raise the ParseError of this id."""
        raise ParseError(error_id, self.pos if at is None else at)

    def blanks(self) -> bool:
        """Skip blanks, comments and continued lines; true if there were any."""
        begin, text = self.pos, self.text
        if text[begin : begin + 1] not in _BEGIN_BLANKS:
            return False
        while (match := _BLANK.match(text, self.pos)) is not None:
            self.pos = match.end()
        if text.startswith("<#", self.pos):
            self.fail("MissingTerminatorMultiLineComment")
        return self.pos > begin

    def lines(self) -> None:
        """Skip blanks and line ends."""
        while True:
            self.blanks()
            if self.peek() not in {"\n", "\r"} or not self.peek():
                return
            self.pos += 1

    def separators(self) -> None:
        """Skip blanks, line ends and semicolons."""
        while True:
            self.lines()
            if self.peek() != ";":
                return
            self.pos += 1

    def accept(self, text: str) -> bool:
        """Take this text if it comes next (blanks before it are skipped)."""
        begin = self.pos
        self.blanks()
        if self.starts(text):
            self.pos += len(text)
            return True
        self.pos = begin
        return False

    # ---- words -------------------------------------------------------------------------------------------------------

    def identifier(self) -> str:
        """A name of letters, digits and underscores, or ""."""
        match = _IDENTIFIER.match(self.text, self.pos)
        if match is None:
            return ""
        self.pos = match.end()
        return match.group()

    def keyword(self) -> str:
        """The word that comes next, in lower case, if it stands alone; it is not taken."""
        match = _IDENTIFIER.match(self.text, self.pos)
        if match is None:
            return ""
        after = self.text[match.end() : match.end() + 1]
        return match.group().lower() if after in ENDS_WORD or (after in "#[$'\"@:" and after != ":") else ""

    def dash(self) -> bool:
        """Whether a dash of any sort comes next."""
        return self.peek() != "" and self.peek() in DASHES

    def operator_word(self) -> str:
        """The operator `-word` that comes next, in lower case with a plain dash, or ""; it is not taken."""
        if not self.dash():
            return ""
        match = _IDENTIFIER.match(self.text, self.pos + 1)
        return "-" + match.group().lower() if match is not None else ""

    # ---- numbers -----------------------------------------------------------------------------------------------------

    def number(self, *, expression: bool) -> nodes.Constant | None:
        """A number literal, or None where the text is no number but a word (`5x`, and in a command `1..3`)."""
        begin = self.pos
        match = _NUMBER.match(self.text, begin)
        if match is None:
            return None
        end = match.end()
        if self.seven and (later := _SEVENS_NUMBER.match(self.text, begin)) is not None and later.end() > end:
            raise LabUnsupported(f"the number {later.group()}")
        real = match["real"]
        if real and real.endswith(".") and self.text.startswith(".", match.end("real")) and not match["exponent"]:
            real = real[:-1]
            end = match.start("real") + len(real)
            match = _NUMBER.fullmatch(self.text, begin, end)
            if match is None:
                return None
        after = self.text[end : end + 1]
        if after not in (_ENDS_NUMBER if expression else ENDS_WORD):
            return None
        self.pos = end
        return nodes.Constant(begin, number_value(match), text=match.group())

    # ---- variables ---------------------------------------------------------------------------------------------------

    def variable(self, *, in_string: bool = False) -> nodes.Variable | None:
        """`$name`, `$scope:name`, `${name}`, or None where the dollar stands alone."""
        begin = self.pos
        special = _SPECIAL_VARIABLE.match(self.text, begin)
        if special is not None:
            self.pos = special.end()
            return nodes.Variable(begin, special.group()[1:])
        if self.text.startswith("${", begin):
            return self._braced(begin)
        match = _VARIABLE.match(self.text, begin)
        if match is None:
            return None
        self.pos = match.end()
        if in_string and not match["drive"] and self.peek() == ":" and self.peek(1) != ":":
            self.fail("InvalidVariableReferenceWithDrive")
        return nodes.Variable(begin, match["name"], (match["drive"] or "").lower())

    def _braced(self, begin: int) -> nodes.Variable:
        match = _BRACED.match(self.text, begin)
        if match is None:
            self.fail("IncompleteDollarVariableReference")
        if not match.group(1):
            self.fail("EmptyVariableReference")
        self.pos = match.end()
        name = re.sub(r"`(.)", r"\1", match.group(1), flags=re.DOTALL)
        drive, colon, rest = name.partition(":")
        if colon and rest and re.fullmatch(r"\w+", drive):
            return nodes.Variable(begin, rest, drive.lower())
        return nodes.Variable(begin, name)

    # ---- strings -----------------------------------------------------------------------------------------------------

    def single_quoted(self) -> nodes.Constant:
        """A 'literal' string."""
        begin = self.pos
        self.pos += 1
        parts: list[str] = []
        while True:
            char = self.peek()
            if not char:
                self.fail("TerminatorExpectedAtEndOfString", begin)
            self.pos += 1
            if char in SINGLE_QUOTES:
                if not self.peek() or self.peek() not in SINGLE_QUOTES:
                    return nodes.Constant(begin, "".join(parts))
                self.pos += 1
            parts.append(char)

    def escape(self) -> str:
        """What the backtick here stands for; it and its character are taken."""
        char = self.peek(1)
        if self.seven and (found := _SEVENS_ESCAPE.match(self.text, self.pos)) is not None:
            self.pos = found.end()
            return "\x1b" if found["code"] is None else self._code_point(found["code"])
        self.pos += 2
        if char == "\r" and self.peek() == "\n":
            self.pos += 1
            return "\r\n"
        return _ESCAPES.get(char, char)

    def _code_point(self, digits: str) -> str:
        if int(digits, 16) > 0x10FFFF:
            self.fail("InvalidUnicodeEscapeSequenceValue")
        return chr(int(digits, 16))

    def literal_here_string(self) -> nodes.Constant:
        """A here-string between @' and '@."""
        begin = self.pos
        body, _ = self._here_body(SINGLE_QUOTES)
        return nodes.Constant(begin, body)

    def _here_body(self, quotes: str) -> tuple[str, int]:
        """The body of a here-string and the offset where it begins; the position moves behind its footer."""
        begin = self.pos
        head = re.compile(r"[ \t]*\r?\n").match(self.text, begin + 2)
        if head is None:
            self.fail("UnexpectedCharactersAfterHereStringHeader")
        foot = re.compile(rf"\r?\n[{quotes}]@").search(self.text, head.end() - 1)
        if foot is None:
            indented = re.compile(rf"\n[ \t]+[{quotes}]@").search(self.text, head.end() - 1)
            self.fail("WhitespaceBeforeHereStringFooter" if indented else "TerminatorExpectedAtEndOfString", begin)
        self.pos = foot.end()
        return self.text[head.end() : max(foot.start(), head.end())], head.end()


def number_value(match: re.Match[str]) -> int | Int64 | Decimal | float:
    """The value of a number literal, in the type that PowerShell gives it."""
    factor = _MULTIPLIERS[match["multiplier"][0].lower()] if match["multiplier"] else 1
    suffix = match["suffix"].lower()
    if match["hex"]:
        return _hexadecimal(match["hex"], suffix, factor)
    exponent = match["exponent"] or ""
    text = match["real"] + re.sub("[\u2013\u2014\u2015]", "-", exponent)
    if suffix == "d":
        return Decimal(text) * factor
    if "." in match["real"] or exponent:
        value = float(text) * factor
        return Int64(round(value)) if suffix == "l" else value
    whole = int(match["real"]) * factor
    if suffix == "l":
        return Int64(whole) if whole <= _INT64_MAX else float(whole)
    return integer(whole) if factor == 1 or whole <= _INT64_MAX else float(whole)


def _hexadecimal(digits: str, suffix: str, factor: int) -> int | Int64 | Decimal | float:
    value = int(digits, 16)
    significant = digits.lstrip("0") or "0"
    if len(significant) <= 8 and value > _INT32_MAX and len(digits) <= 8 and suffix != "l":
        value -= 1 << 32
    elif len(digits) <= 16 and value > _INT64_MAX:
        value -= 1 << 64
    value *= factor
    return Int64(value) if suffix == "l" else integer(value)
