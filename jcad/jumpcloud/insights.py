"""Directory Insights: what has happened in an organisation since a time. Touches the network through the reader's wire.

Events are told some time after they happened; how long was not found. So whoever goes on from a time asks for a while before it
as well, and tells events that were seen by their ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from pydantic import Field

from jcad.errors import JumpCloudError
from jcad.jumpcloud.payloads import Id, Payload, Text, checked
from jcad.jumpcloud.reader import JumpCloudReader

PATH: Final = "/insights/directory/v1/events"
PAGE: Final = 10_000
"""Rows asked for at once: the largest number (published API description)."""

_PAGES = 20  # a day's events of a large organisation; more are not worth reading one by one
_WHAT = "read the events of Directory Insights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to one object: the event's type, and the object's id and type (user, user_group, ...)."""

    id: str
    type: str
    object: str
    object_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What was told. `now` is JumpCloud's own time as it began to answer; `whole` says that there was no more."""

    found: tuple[Event, ...]
    now: datetime
    whole: bool = True


class _Resource(Payload):
    id: Text = ""
    type: Text = ""


class _EventPayload(Payload):
    id: Id
    event_type: Text = ""
    resource: _Resource = Field(default_factory=_Resource)

    def value(self) -> Event:
        return Event(id=self.id, type=self.event_type, object=self.resource.id, object_type=self.resource.type)


def events_since(reader: JumpCloudReader, since: datetime) -> Events:
    """Every event of the service `directory` since then (UTC).

    Raises what the reader raises: `AccessDenied` and `JumpCloudError` also where the organisation has no Directory Insights.
    """
    body: dict[str, Any] = {
        "service": ["directory"],
        "start_time": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sort": "ASC",
        "limit": PAGE,
    }
    found: list[Event] = []
    now: datetime | None = None
    for _ in range(_PAGES):
        rows, headers = reader.wire.ask(f"{reader.wire.address.insights_url}{PATH}", body, what=_WHAT)
        if not isinstance(rows, list):
            raise JumpCloudError(f"asked to {_WHAT}, JumpCloud did not send a list", status=200)
        now = now or _time(headers)
        found += [one.value() for one in checked(_EventPayload, rows, what=_WHAT)]
        after = headers.get("x-search_after", "")
        if len(rows) < _limit(headers) or not after:
            return Events(found=tuple(found), now=now)
        body["search_after"] = _place(after)
    return Events(found=tuple(found), now=now or since, whole=False)


def _place(after: str) -> Any:
    """Where the next page begins, as the server wants it back. Raises `JumpCloudError` where it is no JSON."""
    try:
        return json.loads(after)
    except ValueError:
        raise JumpCloudError(
            f"asked to {_WHAT}, JumpCloud did not tell where the next page begins", status=200
        ) from None


def _limit(headers: Mapping[str, str]) -> int:
    """How many rows a page may have: what the server says, or what was asked for."""
    told = headers.get("x-limit", "")
    return int(told) if told.isascii() and told.isdigit() else PAGE


def _time(headers: Mapping[str, str]) -> datetime:
    """The server's time. Raises `JumpCloudError` where it does not tell."""
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        raise JumpCloudError(f"asked to {_WHAT}, JumpCloud did not tell its time", status=200) from None
