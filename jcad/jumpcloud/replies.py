"""What an HTTP reply means: rows, a reason to try again, or an error for the administrator. Pure; no I/O.

The API key is never part of a message, nor is the body of a reply beyond JumpCloud's own `message`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

from jcad.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, JcadError, JumpCloudError

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Statuses after which an idempotent request is tried again."""

_LONGEST_QUOTE = 200


FINE = frozenset({200, 201, 204})
"""Statuses of what was carried out: read, made, and done without more to say."""


class Again(Exception):
    """The request may be tried again; `final` is the error when it may not any more, `after` the seconds asked for.

    `untouched` says that the server surely has not carried it out, so that what is not idempotent may be sent again as well.
    """

    def __init__(self, final: JcadError, after: float | None = None, *, untouched: bool = False) -> None:
        super().__init__(final.message)
        self.final = final
        self.after = after
        self.untouched = untouched


class Unanswered(Exception):
    """A request that is not idempotent got no whole answer, so that it may have been carried out; `final` says why."""

    def __init__(self, final: JcadError) -> None:
        super().__init__(final.message)
        self.final = final


def read(status: int, headers: Mapping[str, str], body: bytes, *, what: str, organisation: str, now: datetime) -> Any:
    """The JSON that a reply holds; None of one without content (204).

    `what` names the request for messages, `now` is the time that a Retry-After date counts from. Raises `Again`,
    `AuthenticationFailed` (401), `AccessDenied` (403) or `JumpCloudError`.
    """
    if status in AGAIN:
        after = retry_after(headers.get("retry-after", ""), now)
        raise Again(_exhausted(status, what), after, untouched=status == 429)
    if status not in FINE:
        raise _refused(status, _message(body), what, organisation)
    if status == 204:
        return None
    kind = headers.get("content-type", "")
    try:
        return _parsed(body)
    except ValueError:
        raise Again(_unreadable(kind, body, what)) from None


def _parsed(body: bytes) -> Any:
    """The JSON: by pydantic's parser, in a third of the time; what that refuses and Python's own takes is taken."""
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def retry_after(text: str, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for: a number, or an HTTP date (RFC 9110, 10.2.3); None if neither."""
    text = text.strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def _message(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    text = found.get("message", "") if isinstance(found, dict) else ""
    return str(text)[:_LONGEST_QUOTE]


def _refused(status: int, said: str, what: str, organisation: str) -> JcadError:
    quoted = f": {said}" if said else ""
    if status == 401:
        return _unauthorized(quoted, organisation)
    if status == 403:
        return AccessDenied(
            f"the API key may not {what} (403{quoted})",
            hint="give the key's administrator a role that may, or use the key of another administrator",
        )
    if status == 404:
        return _not_found(said, what, organisation)
    if 300 <= status < 400:
        return JumpCloudError(
            f"asked to {what}, the server redirects elsewhere ({status}); jcad does not follow with an API key",
            status=status,
            hint="check region and base_url",
        )
    return JumpCloudError(f"JumpCloud would not {what} ({status}{quoted})", status=status)


def _unauthorized(quoted: str, organisation: str) -> JcadError:
    if organisation:
        return AuthenticationFailed(
            f"JumpCloud refused the API key for the organisation {organisation} (401{quoted})",
            account="JumpCloud API key",
            code="401",
            hint="the key has expired, was rotated, its administrator was deleted, or it is not of this organisation",
        )
    return AuthenticationFailed(
        f"JumpCloud refused the API key (401{quoted})",
        account="JumpCloud API key",
        code="401",
        hint="the key has expired, was rotated, or its administrator was deleted; "
        "the key of a multi-tenant administrator needs an organisation id as well",
    )


def _not_found(said: str, what: str, organisation: str) -> JumpCloudError:
    if organisation and "organi" in said.lower():
        return JumpCloudError(
            f"JumpCloud knows no organisation {organisation} that this API key opens (404)",
            status=404,
            hint="check the organisation id in the settings",
        )
    quoted = f": {said}" if said else ""
    return JumpCloudError(
        f"JumpCloud could not {what}: there is no such object (404{quoted})",
        status=404,
        hint="it was deleted, or the id is of another organisation or region",
    )


def _exhausted(status: int, what: str) -> JumpCloudError:
    if status == 429:
        return JumpCloudError(
            f"JumpCloud would not {what}: too many requests (429)",
            status=status,
            hint="wait some minutes, and see what else uses the API with this organisation",
        )
    return JumpCloudError(
        f"JumpCloud could not {what}: it has trouble of its own ({status})",
        status=status,
        hint="see https://status.jumpcloud.com, and try again later",
    )


def _unreadable(kind: str, body: bytes, what: str) -> JumpCloudError:
    if "json" in kind.lower():
        return JumpCloudError(
            f"the reply was cut short when asked to {what}: {len(body)} bytes that are no whole JSON",
            status=200,
            hint="something between here and JumpCloud breaks connections; try again",
        )
    return JumpCloudError(
        f"asked to {what}, the server answered with {kind or 'something'} instead of JSON",
        status=200,
        hint="a proxy or a log-on page may be in between; check region, base_url and the proxy settings",
    )


def cut_short(what: str, why: str) -> JumpCloudError:
    """The error for a reply that broke off in its middle."""
    return JumpCloudError(
        f"the reply was cut short when asked to {what} ({why})",
        hint="something between here and JumpCloud breaks connections; try again",
    )


def unreachable(host: str, why: str) -> ConnectionFailed:
    """The error for a server that does not answer at all."""
    return ConnectionFailed(
        f"JumpCloud cannot be reached at {host}: {why}",
        hint="check the network, the name server and the proxy settings; outbound HTTPS (443) is needed",
    )
