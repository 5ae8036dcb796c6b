"""A request and its reply, free of HTTP's machinery, and the errors that JumpCloud answers with. Pure; no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from jcad.errors import LabUnsupported

Document = dict[str, Any]
"""A JSON object as JumpCloud's API has it."""

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


class Refused(Exception):
    """The request is answered with this HTTP status and message. The wording is unverified on JumpCloud."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` decoded and without query, `query` every value of every parameter, headers in lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self.query.get(name) or self.query.get(f"{name}[]") or ()
        return values[-1] if values else default

    def every(self, name: str) -> list[str]:
        """All values of a repeatable query parameter."""
        return [*self.query.get(name, ()), *self.query.get(f"{name}[]", ())]

    def document(self) -> Document:
        """The body as a JSON object. Raises `Refused` (400)."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid JSON: {error}") from error
        if not isinstance(found, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body must be a JSON object")
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, a body that becomes JSON (None: no body) and further headers."""

    status: HTTPStatus = HTTPStatus.OK
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


def refusal(status: HTTPStatus, message: str) -> Reply:
    """JumpCloud's error body."""
    return Reply(status, {"code": int(status), "message": message, "status": status.phrase})


def checked_id(text: str) -> str:
    """An object id of 24 hexadecimal digits. Raises `Refused` (400)."""
    if not _OBJECT_ID.fullmatch(text):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{text!r} is not a valid ObjectID")
    return text


def only_known(document: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    """Refuse fields that the lab does not know, by name. Raises `LabUnsupported`."""
    if unknown := sorted(set(document) - known):
        raise LabUnsupported(f"the field {unknown[0]} of {what}")
