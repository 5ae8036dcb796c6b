"""Directory Insights: what has happened in the organisation, oldest first. Each function answers one request. No I/O.

Shapes: JumpCloud's published description of Directory Insights. What an event holds beside its type, time and resource is not
in it, and is left out here. How long JumpCloud takes until an event can be read was not found: `Tenant.events_after` says it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from jcad.errors import LabUnsupported
from jcad.lab.jumpcloud.exchange import Document, Refused, Reply, Request, only_known
from jcad.lab.jumpcloud.tenant import Tenant

DEFAULT_LIMIT = 1_000
LARGEST_LIMIT = 10_000

_ASKED = frozenset({"service", "start_time", "end_time", "limit", "sort", "search_after"})
_SERVICES = frozenset({"all", "directory"})


def list_events(tenant: Tenant, request: Request) -> Reply:
    """POST /insights/directory/v1/events."""
    body = request.document()
    only_known(body, _ASKED, "a query of events")
    services = body.get("service")
    if not isinstance(services, list) or not services:
        raise Refused(HTTPStatus.BAD_REQUEST, "service is required")
    if not set(services) & _SERVICES:
        raise LabUnsupported(f"events of the service {services[0]}")
    if body.get("sort", "ASC") != "ASC":
        raise LabUnsupported("events in another order than ASC")
    limit = min(_count(body.get("limit", DEFAULT_LIMIT)), LARGEST_LIMIT)
    after = body.get("search_after") or []
    start = _moment(body.get("start_time"), "start_time")
    end = _moment(body["end_time"], "end_time") if "end_time" in body else None
    shown = tenant.clock() - timedelta(seconds=tenant.events_after)
    rows = [
        event
        for event in tenant.state.events
        if start <= (at := _moment(event["timestamp"], "timestamp")) <= shown
        and (end is None or at < end)
        and (not after or _place(event) > list(after))
    ][:limit]
    headers = [("X-Result-Count", str(len(rows))), ("X-Limit", str(limit))]
    if rows:
        headers.append(("X-Search_after", json.dumps(_place(rows[-1]))))
    return Reply(body=rows, headers=tuple(headers))


def _place(event: Document) -> list[str]:
    """Where an event stands in their order."""
    return [str(event["timestamp"]), str(event["id"])]


def _count(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise Refused(HTTPStatus.BAD_REQUEST, "limit must be a number of rows")
    return given


def _moment(text: Any, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name} must be a time (RFC 3339)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
