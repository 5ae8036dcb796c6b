"""Paging, sorting, choosing fields and filtering, in the two dialects of JumpCloud's API. Pure; no I/O.

V1: `fields` and `sort` separated by spaces, `filter=field:$op:value`, answers wrapped with `totalCount`.
V2: separated by commas, `filter=field:op:value`, bare arrays with the header `x-total-count`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, overload

from jcad.errors import LabUnsupported
from jcad.lab.jumpcloud.exchange import Document, Refused, Request

DEFAULT_LIMIT = 10
V2_LIMIT = 100

Condition = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, the number of rows in the whole list, and where the page began."""

    rows: list[Document]
    total: int
    skip: int
    limit: int

    @property
    def is_last(self) -> bool:
        """Whether no row follows."""
        return self.skip + len(self.rows) >= self.total


class Built(Sequence[Document]):
    """Rows that are made when they are looked at: a page of a large list costs a page, not the list."""

    def __init__(self, ids: Sequence[str], build: Callable[[str], Document]) -> None:
        self._ids = ids
        self._build = build

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | Sequence[Document]:
        if isinstance(index, slice):
            return Built(self._ids[index], self._build)
        return self._build(self._ids[index])


def page_v1(rows: Iterable[Document], request: Request, *, cap: int) -> Page:
    """The page that a V1 list request asks for; `cap` is the largest limit honoured."""
    conditions = [_condition_v1(text) for text in request.every("filter")]
    if request.one("search"):
        raise LabUnsupported("the query parameter search")
    sort = request.one("sort").split()
    return _page(rows, conditions, sort, request, cap=cap)


def page_v2(rows: Iterable[Document], request: Request) -> Page:
    """The page that a V2 list request asks for."""
    conditions = [_condition_v2(text) for text in request.every("filter")]
    sort = [name for text in request.every("sort") for name in text.split(",") if name]
    return _page(rows, conditions, sort, request, cap=V2_LIMIT)


def _page(
    rows: Iterable[Document], conditions: Sequence[Condition], sort: Sequence[str], request: Request, *, cap: int
) -> Page:
    chosen = rows if isinstance(rows, Sequence) else list(rows)
    if conditions or sort:
        chosen = [row for row in chosen if all(condition(row) for condition in conditions)]
        for name in reversed(sort):
            chosen.sort(key=_sort_key(name.lstrip("-")), reverse=name.startswith("-"))
    skip, limit = _number(request, "skip", 0), min(_number(request, "limit", DEFAULT_LIMIT) or DEFAULT_LIMIT, cap)
    return Page(list(chosen[skip : skip + limit]), len(chosen), skip, limit)


def _number(request: Request, name: str, default: int) -> int:
    text = request.one(name, str(default))
    if not re.fullmatch(r"\d{1,9}", text):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name} must be a number that is not negative, not {text!r}")
    return int(text)


def value_of(row: Document, name: str) -> Any:
    """The value of a field, by a path with dots where it is nested. V1's `_id`, V2's `id`, `object_id` are one."""
    if name in {"id", "_id", "object_id"}:
        return row.get("_id", row.get("id"))
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _sort_key(name: str) -> Callable[[Document], tuple[int, Any]]:
    return lambda row: _comparable(value_of(row, name))


def _comparable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, "")
    if isinstance(value, bool | int | float):
        return (1, value)
    return (2, str(value))


def fields_v1(request: Request) -> list[str]:
    """The chosen fields of a V1 request."""
    return request.one("fields").split()


def fields_v2(request: Request) -> list[str]:
    """The chosen fields of a V2 request."""
    return [name for text in request.every("fields") for name in text.split(",") if name]


def chosen(row: Document, fields: Sequence[str]) -> Document:
    """The row with the chosen fields only (all where none were chosen); its id always comes along."""
    if not fields:
        return row
    return {name: value for name, value in row.items() if name in fields or name in {"_id", "id"}}


# --- filters -------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_ORDER: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "lte": lambda a, b: a <= b,
}
_V1 = frozenset({"eq", "ne", "gt", "gte", "lt", "lte"})
_V2 = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})


def _split(text: str) -> tuple[str, str, str]:
    parts = text.split(":", 2)
    if len(parts) != 3:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the filter {text!r} is not of the form field:operator:value")
    return parts[0], parts[1], parts[2]


def _condition_v1(text: str) -> Condition:
    name, operator, value = _split(text)
    plain = operator.removeprefix("$")
    if not operator.startswith("$"):
        raise Refused(HTTPStatus.BAD_REQUEST, f"the operator {operator!r} of a filter begins with $ here")
    if plain not in _V1:
        raise LabUnsupported(f"the filter operator {operator}")
    return lambda row: _ORDER[plain](_text(value_of(row, name)), value)


def _condition_v2(text: str) -> Condition:
    name, operator, value = _split(text)
    if operator.startswith("$"):
        raise Refused(HTTPStatus.BAD_REQUEST, f"the operator {operator!r} of a filter has no $ here")
    if operator == "in":
        return lambda row: _text(value_of(row, name)) in value.split("|")  # unverified on JumpCloud: the separator
    if operator == "search":
        return lambda row: value.lower() in _text(value_of(row, name)).lower()
    if operator not in _V2:
        raise LabUnsupported(f"the filter operator {operator}")
    if "*" in value:
        raise LabUnsupported("a wild card in a filter")
    return lambda row: _ORDER[operator](_text(value_of(row, name)), value)


# --- POST /search/systemusers --------------------------------------------------------------------------------------


def search_condition(body: Document) -> Condition:
    """What a search body asks for: `filter` (and, or, or a list: all must hold) and `searchFilter` (part of a text)."""
    conditions = [_search_filter(body.get("filter")), _search_text(body.get("searchFilter"))]
    return lambda row: all(condition(row) for condition in conditions)


def _search_filter(given: Any) -> Condition:
    if given in (None, {}, []):
        return lambda _: True
    joined: Callable[[Iterable[bool]], bool] = all
    expressions = given
    if isinstance(given, dict):
        joined = any if "or" in given else all
        expressions = given.get("or", given.get("and", [given]))
    if not isinstance(expressions, list):
        raise Refused(HTTPStatus.BAD_REQUEST, "filter must hold a list of expressions")
    parts = [_expression(expression) for expression in expressions]
    return lambda row: joined(part(row) for part in parts)


def _expression(expression: Any) -> Condition:
    if isinstance(expression, str):
        return _condition_v1(expression)
    if not isinstance(expression, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, f"the filter expression {expression!r} is not an object")
    parts = [_field_condition(name, wanted) for name, wanted in expression.items()]
    return lambda row: all(part(row) for part in parts)


def _field_condition(name: str, wanted: Any) -> Condition:
    if not isinstance(wanted, dict):
        return lambda row: _text(value_of(row, name)) == _text(wanted)
    parts = []
    for operator, value in wanted.items():
        plain = operator.removeprefix("$")
        if plain not in _V1:
            raise LabUnsupported(f"the filter operator {operator}")
        parts.append((_ORDER[plain], _text(value)))
    return lambda row: all(compare(_text(value_of(row, name)), value) for compare, value in parts)


def _search_text(given: Any) -> Condition:
    if not given:
        return lambda _: True
    terms = given.get("searchTerm", "")
    names = given.get("fields") or []
    wanted = [str(term).lower() for term in (terms if isinstance(terms, list) else [terms])]
    return lambda row: any(term in _text(value_of(row, name)).lower() for term in wanted for name in names)
