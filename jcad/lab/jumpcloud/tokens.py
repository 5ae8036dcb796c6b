"""Tokens of JumpCloud's service accounts: OAuth 2.0 client credentials (RFC 6749 4.4), as POST /oauth2/token. No I/O.

Facts: form `grant_type=client_credentials&scope=api`, HTTP Basic; the answer has access_token, token_type and expires_in.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from jcad.lab.jumpcloud.exchange import Reply
from jcad.lab.seed import CLIENT_ID, CLIENT_SECRET

if TYPE_CHECKING:
    from jcad.lab.jumpcloud.exchange import Request

PATH: Final = "/oauth2/token"


class TokenDesk:
    """Gives tokens out to the lab's one service account, and knows those that are good. `lifetime` is in seconds."""

    def __init__(self, lifetime: float = 3600.0) -> None:
        self.lifetime = lifetime
        self._lock = threading.Lock()
        self._good: dict[str, float] = {}

    def answer(self, request: Request) -> Reply:
        """Answer POST /oauth2/token."""
        form = parse_qs(request.body.decode("utf-8", "replace"))
        if request.method != "POST" or form.get("grant_type") != ["client_credentials"]:
            return Reply(HTTPStatus.BAD_REQUEST, {"error": "unsupported_grant_type"})
        if form.get("scope") != ["api"]:
            return Reply(HTTPStatus.BAD_REQUEST, {"error": "invalid_scope"})
        if not _is_the_client(request.headers.get("authorization", "")):
            return Reply(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client"})
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._good[token] = time.monotonic() + self.lifetime
        return Reply(
            HTTPStatus.OK,
            {"access_token": token, "token_type": "bearer", "scope": "api", "expires_in": int(self.lifetime)},
        )

    def admits(self, authorization: str) -> bool:
        """Whether this is a token that is good now."""
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            return scheme.lower() == "bearer" and self._good.get(token, 0.0) > time.monotonic()

    def revoke(self) -> None:
        """End every token at once."""
        with self._lock:
            self._good.clear()


def _is_the_client(authorization: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    right = hmac.compare_digest(unquote(secret).encode(), CLIENT_SECRET.encode())
    return scheme.lower() == "basic" and unquote(name) == CLIENT_ID and right
