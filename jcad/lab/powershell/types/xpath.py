"""The part of XPath 1.0 that administration scripts use, over xml.dom.minidom: paths, unions, predicates, a few functions.

What is beyond it is refused by name. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.dom import Node

from jcad.errors import LabUnsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>\d+(?:\.\d+)?)|(?P<sign>//|::|\.\.|<=|>=|!=|[/@\[\]().,|=<>*+-])"
    r"|(?P<name>[\w.\-]+(?::(?!:)[\w.\-*]+)?))"
)


def select(node: Any, path: str, namespaces: Mapping[str, str]) -> list[Any]:
    """The nodes that a path selects, in document order."""
    parser = _Parser(path, namespaces)
    compute = parser.expression()
    parser.finish()
    found = compute(_Place(node, 1, 1))
    if not isinstance(found, list):
        raise LabUnsupported(f"the XPath expression {path}")
    return found


class _Place:
    """Where an expression is evaluated: the node, its position, how many there are."""

    __slots__ = ("node", "position", "size")

    def __init__(self, node: Any, position: int, size: int) -> None:
        self.node, self.position, self.size = node, position, size


Compute = "Callable[[_Place], Any]"


class _Parser:
    """A recursive-descent parser that makes closures."""

    def __init__(self, path: str, namespaces: Mapping[str, str]) -> None:
        self.path = path
        self.namespaces = namespaces
        self.tokens = self._tokens(path)
        self.place = 0

    def _tokens(self, path: str) -> list[str]:
        out, place = [], 0
        while place < len(path.rstrip()):
            found = _TOKEN.match(path, place)
            if found is None:
                raise self._refuse()
            out.append(found[0].strip())
            place = found.end()
        return out

    def _refuse(self) -> LabUnsupported:
        return LabUnsupported(f"the XPath expression {self.path}")

    def _peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if wanted and token != wanted:
            raise self._refuse()
        self.place += 1
        return token

    def finish(self) -> None:
        """Nothing may be left."""
        if self.place < len(self.tokens):
            raise self._refuse()

    def expression(self) -> Callable[[_Place], Any]:
        """`or` of `and`s of comparisons."""
        left = self._and()
        while self._peek() == "or":
            self._take()
            left = _either(left, self._and())
        return left

    def _and(self) -> Callable[[_Place], Any]:
        left = self._comparison()
        while self._peek() == "and":
            self._take()
            left = _both(left, self._comparison())
        return left

    def _comparison(self) -> Callable[[_Place], Any]:
        left = self._union()
        if self._peek() in {"=", "!=", "<", ">", "<=", ">="}:
            sign = self._take()
            return _compared(left, sign, self._union())
        return left

    def _union(self) -> Callable[[_Place], Any]:
        parts = [self._operand()]
        while self._peek() == "|":
            self._take()
            parts.append(self._operand())
        if len(parts) == 1:
            return parts[0]
        return lambda at: [node for part in parts for node in part(at)]

    def _operand(self) -> Callable[[_Place], Any]:
        token = self._peek()
        if token[:1] in "'\"" and token:
            text = self._take()[1:-1]
            return lambda _at: text
        if token[:1].isdigit():
            number = float(self._take())
            return lambda _at: number
        if token == "(":
            self._take()
            inner = self.expression()
            self._take(")")
            return inner
        if self._peek(1) == "(" and token not in {"text", "node", "comment"}:
            return self._function()
        return self._location()

    def _function(self) -> Callable[[_Place], Any]:
        name = self._take()
        self._take("(")
        arguments = []
        while self._peek() != ")":
            arguments.append(self.expression())
            if self._peek() == ",":
                self._take()
        self._take(")")
        work = _FUNCTIONS.get(name)
        if work is None:
            raise LabUnsupported(f"the XPath function {name}")
        return lambda at: work(at, *(argument(at) for argument in arguments))

    def _location(self) -> Callable[[_Place], Any]:
        absolute = deep = False
        if self._peek() in {"/", "//"}:
            absolute, deep = True, self._take() == "//"
            if not self._peek() or self._peek() in {"|", "]", ")"}:
                return lambda at: [_root(at.node)]
        steps = [self._step(deep=deep)]
        while self._peek() in {"/", "//"}:
            steps.append(self._step(deep=self._take() == "//"))

        def locate(at: _Place) -> list[Any]:
            nodes = [_root(at.node) if absolute else at.node]
            for step in steps:
                nodes = _unique(found for node in nodes for found in step(node))
            return nodes

        return locate

    def _step(self, *, deep: bool) -> Callable[[Any], list[Any]]:
        axis, test = self._axis()
        predicates = []
        while self._peek() == "[":
            self._take()
            predicates.append(self.expression())
            self._take("]")

        def walk(node: Any) -> list[Any]:
            origins = [node, *_descendants(node)] if deep else [node]
            out: list[Any] = []
            for origin in origins:
                found = [one for one in axis(origin) if test(one)]
                for predicate in predicates:
                    found = _filtered(found, predicate)
                out += found
            return out

        return walk

    def _axis(self) -> tuple[Callable[[Any], list[Any]], Callable[[Any], bool]]:
        token = self._take()
        if token == ".":
            return (lambda node: [node]), _anything
        if token == "..":
            return _parent, _anything
        if token == "@":
            return _attributes, self._name_test(self._take())
        if self._peek() == "::":
            self._take()
            axis = _AXES.get(token)
            if axis is None:
                raise LabUnsupported(f"the XPath axis {token}")
            return axis, self._node_test(self._take())
        return _children, self._node_test(token)

    def _node_test(self, token: str) -> Callable[[Any], bool]:
        if token in {"text", "node", "comment"} and self._peek() == "(":
            self._take("(")
            self._take(")")
            kinds = {"text": (Node.TEXT_NODE, Node.CDATA_SECTION_NODE), "comment": (Node.COMMENT_NODE,)}.get(token)
            return _anything if kinds is None else lambda node: node.nodeType in kinds
        test = self._name_test(token)
        return lambda node: node.nodeType in (Node.ELEMENT_NODE, Node.ATTRIBUTE_NODE) and test(node)

    def _name_test(self, token: str) -> Callable[[Any], bool]:
        if not re.match(r"[\w*]", token):
            raise self._refuse()
        if token == "*":
            return _anything
        prefix, colon, local = token.rpartition(":")
        wanted = self.namespaces.get(prefix) if colon else None
        if colon and wanted is None:
            raise self._refuse()
        return lambda node: local in {"*", node.localName or node.nodeName} and (node.namespaceURI or None) == wanted


def _anything(_node: Any) -> bool:
    return True


def _root(node: Any) -> Any:
    return node if node.nodeType == Node.DOCUMENT_NODE else node.ownerDocument


def _children(node: Any) -> list[Any]:
    return list(node.childNodes or ())


def _descendants(node: Any) -> list[Any]:
    out: list[Any] = []
    for child in node.childNodes or ():
        out.append(child)
        out += _descendants(child)
    return out


def _parent(node: Any) -> list[Any]:
    parent = node.ownerElement if node.nodeType == Node.ATTRIBUTE_NODE else node.parentNode
    return [] if parent is None else [parent]


def _ancestors(node: Any) -> list[Any]:
    out: list[Any] = []
    for parent in _parent(node):
        out += [parent, *_ancestors(parent)]
    return out


def _attributes(node: Any) -> list[Any]:
    return [one for one in (node.attributes or {}).values() if one.prefix != "xmlns" and one.name != "xmlns"]


def _following(node: Any) -> list[Any]:
    found = node.nextSibling
    return [] if found is None else [found, *_following(found)]


def _preceding(node: Any) -> list[Any]:
    found = node.previousSibling
    return [] if found is None else [found, *_preceding(found)]


_AXES: Final[dict[str, Callable[[Any], list[Any]]]] = {
    "child": _children,
    "descendant": _descendants,
    "descendant-or-self": lambda node: [node, *_descendants(node)],
    "parent": _parent,
    "ancestor": _ancestors,
    "self": lambda node: [node],
    "attribute": _attributes,
    "following-sibling": _following,
    "preceding-sibling": _preceding,
}


def _unique(nodes: Any) -> list[Any]:
    return list({id(node): node for node in nodes}.values())


def _filtered(nodes: list[Any], predicate: Callable[[_Place], Any]) -> list[Any]:
    out = []
    for position, node in enumerate(nodes, start=1):
        found = predicate(_Place(node, position, len(nodes)))
        if (found == position) if isinstance(found, float) else _boolean(found):
            out.append(node)
    return out


def text_of(node: Any) -> str:
    """A node's string value (`InnerText`)."""
    if node.nodeType in (Node.TEXT_NODE, Node.CDATA_SECTION_NODE, Node.COMMENT_NODE, Node.ATTRIBUTE_NODE):
        return str(node.nodeValue or "")
    inner = (
        child
        for child in node.childNodes
        if child.nodeType not in (Node.COMMENT_NODE, Node.PROCESSING_INSTRUCTION_NODE)
    )
    return "".join(map(text_of, inner))


def _boolean(value: Any) -> bool:
    return bool(value)


def _string(value: Any) -> str:
    if isinstance(value, list):
        return text_of(value[0]) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value)


def _number(value: Any) -> float:
    try:
        return float(_string(value)) if not isinstance(value, bool) else float(value)
    except ValueError:
        return float("nan")


def _either(left: Callable[[_Place], Any], right: Callable[[_Place], Any]) -> Callable[[_Place], Any]:
    return lambda at: _boolean(left(at)) or _boolean(right(at))


def _both(left: Callable[[_Place], Any], right: Callable[[_Place], Any]) -> Callable[[_Place], Any]:
    return lambda at: _boolean(left(at)) and _boolean(right(at))


def _compared(left: Callable[[_Place], Any], sign: str, right: Callable[[_Place], Any]) -> Callable[[_Place], Any]:
    def compare(at: _Place) -> bool:
        first, second = left(at), right(at)
        ones = [text_of(node) for node in first] if isinstance(first, list) else [first]
        others = [text_of(node) for node in second] if isinstance(second, list) else [second]
        return any(_holds(one, sign, other) for one in ones for other in others)

    return compare


def _holds(one: Any, sign: str, other: Any) -> bool:
    if sign in {"=", "!="}:
        numbers = isinstance(one, float) or isinstance(other, float)
        same = _number(one) == _number(other) if numbers else _string(one) == _string(other)
        return same == (sign == "=")
    first, second = _number(one), _number(other)
    return {"<": first < second, ">": first > second, "<=": first <= second, ">=": first >= second}[sign]


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "position": lambda at: float(at.position),
    "last": lambda at: float(at.size),
    "count": lambda _at, nodes: float(len(nodes)),
    "not": lambda _at, value: not _boolean(value),
    "true": lambda _at: True,
    "false": lambda _at: False,
    "contains": lambda _at, text, part: _string(part) in _string(text),
    "starts-with": lambda _at, text, part: _string(text).startswith(_string(part)),
    "string": lambda at, *value: _string(value[0] if value else [at.node]),
    "number": lambda at, *value: _number(value[0] if value else [at.node]),
    "string-length": lambda at, *value: float(len(_string(value[0] if value else [at.node]))),
    "normalize-space": lambda at, *value: " ".join(_string(value[0] if value else [at.node]).split()),
    "concat": lambda _at, *values: "".join(map(_string, values)),
    "local-name": lambda at, *nodes: (nodes[0][0] if nodes and nodes[0] else at.node).localName or "",
    "name": lambda at, *nodes: (nodes[0][0] if nodes and nodes[0] else at.node).nodeName,
    "translate": lambda _at, text, old, new: _translated(_string(text), _string(old), _string(new)),
    "substring-after": lambda _at, text, part: _string(text).partition(_string(part))[2],
    "substring-before": lambda _at, text, part: (
        _string(text).partition(_string(part))[0] if _string(part) in _string(text) else ""
    ),
}


def _translated(text: str, old: str, new: str) -> str:
    table = {letter: new[place] if place < len(new) else "" for place, letter in enumerate(old)}
    return "".join(table.get(letter, letter) for letter in text)
