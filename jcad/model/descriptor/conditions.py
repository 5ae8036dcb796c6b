"""The condition of a conditional entry (MS-DTYP 2.4.4.17): from its bytes to SDDL's words and back. Pure.

A condition is kept as bytes. It is written as words only when these words give the same bytes again; else it is refused by
name, so that nothing is lost on the way through text. Resource attributes (entries of type RA), which only file servers
have, are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from jcad.errors import DescriptorError
from jcad.model.descriptor.binary import read_sid
from jcad.model.sid import Sid

_MAGIC: Final = b"artx"
_BINARY: Final = {"==": 0x80, "!=": 0x81, "<": 0x82, "<=": 0x83, ">": 0x84, ">=": 0x85} | {
    "Contains": 0x86,
    "Any_of": 0x88,
    "Not_Contains": 0x8E,
    "Not_Any_of": 0x8F,
}
_EXISTS: Final = {"Exists": 0x87, "Not_Exists": 0x8D}
_MEMBER: Final = (
    {"Member_of": 0x89, "Device_Member_of": 0x8A, "Member_of_Any": 0x8B, "Device_Member_of_Any": 0x8C}
    | {"Not_Member_of": 0x90, "Not_Device_Member_of": 0x91}
    | {"Not_Member_of_Any": 0x92, "Not_Device_Member_of_Any": 0x93}
)
_SPELLED: Final = {word.lower(): word for word in (*_BINARY, *_EXISTS, *_MEMBER)}
_AND, _OR, _NOT = 0xA0, 0xA1, 0xA2
_ATTRIBUTES: Final = {"": 0xF8, "@user.": 0xF9, "@resource.": 0xFA, "@device.": 0xFB}
_STRING, _OCTETS, _COMPOSITE, _SID = 0x10, 0x18, 0x50, 0x51
_SIGNS: Final = {"+": 1, "-": 2, "": 3}
_DEEPEST: Final = 60

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||==|!=|<=|>=|[<>!(){},])
          |(?P<string>"[^"]*")
          |(?P<octets>\#(?:[0-9a-fA-F]{2})*)
          |(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)(?![\w.:/%]))
          |(?P<sid>SID\(\s*(?P<inside>[^()\s]+)\s*\))
          |(?P<word>@?[A-Za-z_:./%0-9]+))""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME_CHAR = re.compile(r"[A-Za-z0-9_:./]")
_ESCAPED = re.compile(r"%([0-9a-fA-F]{4})")


def closing(text: str, at: int) -> int:
    """Where the bracket that closes the entry stands; `at` is inside it. Raises DescriptorError when there is none."""
    depth, quoted = 0, False
    for place in range(at, len(text)):
        char = text[place]
        if char == '"':
            quoted = not quoted
        elif not quoted and char == "(":
            depth += 1
        elif not quoted and char == ")":
            if depth == 0:
                return place
            depth -= 1
    raise DescriptorError(f"not SDDL: the entry with {text[at : at + 60]!r} is not closed")


def compile_condition(text: str, sid: Callable[[str], Sid]) -> bytes:
    """The bytes of a condition, `sid` reading the SIDs in it. Raises DescriptorError."""
    compiled = _Compiler(text, sid).condition()
    return compiled + bytes(-len(compiled) % 4)


def write_condition(raw: bytes, sid: Callable[[Sid], str]) -> str:
    """The words of a condition. Raises DescriptorError when they would not give the same bytes again."""
    writer = _Writer(raw, sid)
    text = writer.text()
    if compile_condition(text, writer.found.__getitem__) != raw:
        raise DescriptorError("SDDL has no words for exactly this condition", hint="Keep the descriptor's bytes.")
    return text


class _Compiler:
    """A recursive descent over the grammar of MS-DTYP 2.5.1.1, giving postfix tokens."""

    def __init__(self, text: str, sid: Callable[[str], Sid]) -> None:
        self._sid = sid
        self._tokens: list[re.Match[str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            token = _TOKEN.match(text, at)
            if token is None:
                raise DescriptorError(f"not a condition: {text[at : at + 60]!r}")
            self._tokens.append(token)
            at = token.end()
        self._at = 0
        self._depth = 0

    def condition(self) -> bytes:
        """The whole: an expression in brackets, and nothing behind it."""
        self._take("(")
        body = self._or()
        self._take(")")
        if self._at < len(self._tokens):
            self._refuse()
        return _MAGIC + body

    def _refuse(self) -> NoReturn:
        rest = "".join(token[0] for token in self._tokens[self._at : self._at + 8])
        raise DescriptorError(f"not a condition at {rest!r}" if rest else "a condition ends too early")

    def _peek(self, group: str) -> str | None:
        return self._tokens[self._at][group] if self._at < len(self._tokens) else None

    def _take(self, mark: str) -> None:
        if self._peek("mark") != mark:
            self._refuse()
        self._at += 1

    def _or(self) -> bytes:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DescriptorError("a condition is nested too deep")
        body = self._and()
        while self._peek("mark") == "||":
            self._at += 1
            body += self._and() + bytes((_OR,))
        self._depth -= 1
        return body

    def _and(self) -> bytes:
        body = self._term()
        while self._peek("mark") == "&&":
            self._at += 1
            body += self._term() + bytes((_AND,))
        return body

    def _term(self) -> bytes:
        denied = 0
        while self._peek("mark") == "!":
            self._at += 1
            denied += 1
        if self._peek("mark") == "(":
            self._at += 1
            body = self._or()
            self._take(")")
        else:
            body = self._comparison()
        return body + bytes((_NOT,)) * denied

    def _comparison(self) -> bytes:
        word = _SPELLED.get((self._peek("word") or "").lower(), "")
        if word in _MEMBER:
            self._at += 1
            return self._operand() + bytes((_MEMBER[word],))
        if word in _EXISTS:
            self._at += 1
            return self._attribute() + bytes((_EXISTS[word],))
        left = self._attribute()
        operator = _BINARY.get(_SPELLED.get((self._peek("mark") or self._peek("word") or "").lower(), ""))
        if operator is None:
            return left
        self._at += 1
        return left + self._operand() + bytes((operator,))

    def _attribute(self) -> bytes:
        word = self._peek("word")
        if word is None:
            self._refuse()
        self._at += 1
        prefix = next((one for one in ("@user.", "@resource.", "@device.") if word.lower().startswith(one)), "")
        name = word[len(prefix) :]
        if not name or "@" in name:
            raise DescriptorError(f"not an attribute of a condition: {word[:60]!r}")
        pieces = _ESCAPED.split(name)  # every other one is the four digits of an escape
        if any("%" in piece for piece in pieces[::2]):
            raise DescriptorError(f"not an attribute of a condition: {word[:60]!r}")
        units = (
            int(piece, 16).to_bytes(2, "little") if number % 2 else piece.encode("utf-16-le")
            for number, piece in enumerate(pieces)
        )
        return _with_length(_ATTRIBUTES[prefix], b"".join(units))

    def _operand(self) -> bytes:
        if self._peek("mark") == "{":
            return self._composite()
        if self._peek("word") is not None:
            return self._attribute()
        return self._literal()

    def _composite(self) -> bytes:
        self._take("{")
        inside = b""
        while self._peek("mark") != "}":
            inside += self._literal()
            if self._peek("mark") != "}":
                self._take(",")
        self._take("}")
        return _with_length(_COMPOSITE, inside)

    def _literal(self) -> bytes:
        if self._at >= len(self._tokens):
            self._refuse()
        token = self._tokens[self._at]
        if token["string"] is not None:
            literal = _with_length(_STRING, token["string"][1:-1].encode("utf-16-le", "surrogatepass"))
        elif token["octets"] is not None:
            literal = _with_length(_OCTETS, bytes.fromhex(token["octets"][1:]))
        elif token["sid"] is not None:
            literal = _with_length(_SID, self._sid(token["inside"]).to_bytes())
        elif token["number"] is not None:
            literal = _number(token["number"])
        else:
            self._refuse()
        self._at += 1
        return literal


def _with_length(kind: int, content: bytes) -> bytes:
    return bytes((kind,)) + len(content).to_bytes(4, "little") + content


def _number(text: str) -> bytes:
    """An integer: 64 bits, and how its sign and its base were written."""
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    if digits[:2].lower() == "0x":
        base, value = 3, int(digits, 16)
    elif digits.startswith("0") and len(digits) > 1:
        base, value = 1, int(digits, 8) if set(digits) <= set("01234567") else 1 << 64
    else:
        base, value = 2, int(digits)
    value = -value if sign == "-" else value
    if not -(1 << 63) <= value < 1 << 63:
        raise DescriptorError(f"not a number of 64 bits in a condition: {text[:40]}")
    return b"\x04" + value.to_bytes(8, "little", signed=True) + bytes((_SIGNS[sign], base))


class _Writer:
    """Postfix tokens back to words."""

    def __init__(self, raw: bytes, sid: Callable[[Sid], str]) -> None:
        self._raw = raw
        self._sid = sid
        self.found: dict[str, Sid] = {}
        """The SIDs that the condition names, by the words that they were written with."""

    def text(self) -> str:
        """The expression, in brackets. Raises DescriptorError."""
        if not self._raw.startswith(_MAGIC):
            raise DescriptorError("SDDL has no words for application data that is not a condition")
        stack: list[tuple[str, int]] = []  # the words of an operand, and how deep its brackets go
        at = len(_MAGIC)
        while at < len(self._raw) and self._raw[at] != 0:
            kind = self._raw[at]
            if kind in _OPERATORS:
                word, operands = _OPERATORS[kind]
                if len(stack) < operands:
                    raise DescriptorError("a condition has an operator without operands")
                taken = [stack.pop() for _ in range(operands)][::-1]
                depth = 1 + max(deep for _, deep in taken)
                if depth > _DEEPEST:
                    raise DescriptorError("a condition is nested too deep")
                first, last = taken[0][0], taken[-1][0]
                stack.append((f"({first} {word} {last})" if operands == 2 else f"({word} {first})", depth))
                at += 1
            else:
                operand, at = self._operand(at)
                stack.append((operand, 0))
        if len(stack) != 1:
            raise DescriptorError("a condition does not come to one result")
        text = stack[0][0]
        return text if text.startswith("(") else f"({text})"

    def _operand(self, at: int) -> tuple[str, int]:
        kind = self._raw[at]
        if 1 <= kind <= 4:
            return self._number(at), at + 11
        size = int.from_bytes(self._raw[at + 1 : at + 5], "little")
        content, end = self._raw[at + 5 : at + 5 + size], at + 5 + size
        if end > len(self._raw):
            raise DescriptorError("a condition is cut off")
        if kind == _STRING:
            return f'"{_units(content)}"', end
        if kind == _OCTETS:
            return f"#{content.hex()}", end
        if kind == _SID:
            sid = read_sid(content, 0, len(content))
            word = self._sid(sid)
            self.found[word] = sid
            return f"SID({word})", end
        if kind == _COMPOSITE:
            return self._composite(at + 5, end), end
        if kind in _PREFIXES:
            return _PREFIXES[kind] + "".join(map(_escaped, _units(content))), end
        raise DescriptorError(f"a condition has a token {kind:#x} that is not known")

    def _composite(self, at: int, end: int) -> str:
        inside = []
        while at < end:
            if self._raw[at] in (_COMPOSITE, *_PREFIXES):
                raise DescriptorError("a condition has a list in a list")
            literal, at = self._operand(at)
            inside.append(literal)
        return "{" + ", ".join(inside) + "}"

    def _number(self, at: int) -> str:
        token = self._raw[at + 1 : at + 11]
        if len(token) < 10 or token[8] not in (1, 2, 3) or token[9] not in (1, 2, 3):
            raise DescriptorError("a number of a condition is cut off")
        value = abs(int.from_bytes(token[:8], "little", signed=True))
        sign = {1: "+", 2: "-", 3: ""}[token[8]]
        return sign + {1: f"0{value:o}", 2: str(value), 3: f"{value:#x}"}[token[9]]


_OPERATORS: Final = (
    {code: (word, 2) for word, code in _BINARY.items()}
    | {code: (word, 1) for word, code in (_EXISTS | _MEMBER).items()}
    | {_AND: ("&&", 2), _OR: ("||", 2), _NOT: ("!", 1)}
)
_PREFIXES: Final = {0xF8: "", 0xF9: "@User.", 0xFA: "@Resource.", 0xFB: "@Device."}


def _units(content: bytes) -> str:
    try:
        return content.decode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        raise DescriptorError("a text of a condition is cut off") from None


def _escaped(char: str) -> str:
    if _NAME_CHAR.fullmatch(char):
        return char
    units = char.encode("utf-16-le", "surrogatepass")
    return "".join(f"%{int.from_bytes(units[at : at + 2], 'little'):04x}" for at in range(0, len(units), 2))
