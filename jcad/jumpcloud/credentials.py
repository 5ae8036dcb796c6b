"""What a request to JumpCloud's API proves itself with: an administrator's API key, or a token of a service account.

A token is asked for when the first request needs one (OAuth 2.0 client credentials, RFC 6749 4.4), used by all requests until
shortly before it ends, and asked for once more where the API refuses it early. Touches the network through httpx's client.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from jcad.errors import AuthenticationFailed, JumpCloudError, SettingsError
from jcad.jumpcloud.replies import AGAIN, Again
from jcad.model import Secret

_PRINTABLE = re.compile(r"[!-~]+")
"""What a header may hold; anything else would be refused on the way out, by a message that shows the secret."""

_EARLY = 60.0
"""Seconds before its end from which a token is not used any more."""


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A service account of JumpCloud: its client id and secret, and where tokens are given out."""

    client_id: str
    secret: Secret = field(repr=False)
    token_url: str = ""


class KeyAuth(httpx.Auth):
    """Adds the key to a request as it leaves, so that no client or header list holds it."""

    def __init__(self, key: Secret, organisation: str) -> None:
        _require_printable(key, "API key")
        self._key = key
        self._organisation = organisation

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with the key."""
        request.headers["x-api-key"] = self._key.reveal()
        if self._organisation:
            request.headers["x-org-id"] = self._organisation
        yield request


class TokenAuth(httpx.Auth):
    """Adds a token of the service account to each request. For several threads: one asks, the others wait for it."""

    requires_response_body = True

    def __init__(self, client: ClientCredentials, organisation: str) -> None:
        if not client.client_id or not client.token_url:
            raise SettingsError("the service account of JumpCloud has no client id, or no address for its tokens")
        _require_printable(client.secret, "client secret")
        self._client = client
        self._organisation = organisation
        self._lock = threading.Lock()
        self._token = Secret("")
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request with a token; once more with a new one where the API no longer takes it."""
        token = yield from self._current()
        self._sign(request, token)
        response = yield request
        if response.status_code == 401:
            fresh = yield from self._current(refused=token)
            self._sign(request, fresh)
            yield request

    def _sign(self, request: httpx.Request, token: Secret) -> None:
        request.headers["authorization"] = f"Bearer {token.reveal()}"
        if self._organisation:
            request.headers["x-org-id"] = self._organisation

    def _current(self, refused: Secret | None = None) -> Generator[httpx.Request, httpx.Response, Secret]:
        with self._lock:
            if self._token and time.monotonic() < self._until and (refused is None or self._token != refused):
                return self._token
            response = yield self._asking()
            response.read()
            self._token, seconds = self._granted(response)
            self._until = time.monotonic() + max(seconds - _EARLY, seconds / 2)
            return self._token

    def _asking(self) -> httpx.Request:
        client = self._client
        pair = f"{quote(client.client_id, safe='')}:{quote(client.secret.reveal(), safe='')}"  # RFC 6749 2.3.1
        return httpx.Request(
            "POST",
            client.token_url,
            data={"grant_type": "client_credentials", "scope": "api"},
            headers={
                "authorization": "Basic " + base64.b64encode(pair.encode()).decode("ascii"),
                "accept": "application/json",
                "user-agent": "jcad",
            },
        )

    def _granted(self, response: httpx.Response) -> tuple[Secret, float]:
        status = response.status_code
        if status in AGAIN:
            raise Again(JumpCloudError(f"JumpCloud gives out no token ({status})", status=status))
        if status in {400, 401, 403}:
            raise AuthenticationFailed(
                f"JumpCloud refused the service account {self._client.client_id} ({status}{_error(response)})",
                account=self._client.client_id,
                code=str(status),
                hint="the client secret was rotated, or the service account was deleted or suspended; check `client_id` and "
                "`client_secret` in [jumpcloud]",
            )
        try:
            told: Any = response.json()
            token, seconds = str(told["access_token"]), float(told.get("expires_in") or 3600)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise JumpCloudError(
                f"{response.request.url.host} answered with HTTP {status} and no token",
                status=status,
                hint="check `token_url` in [jumpcloud]; a proxy or a log-on page may be in between",
            ) from error
        _require_printable(Secret(token), "token")
        return Secret(token), seconds


def _error(response: httpx.Response) -> str:
    try:
        told = response.json()
    except ValueError:
        return ""
    code = told.get("error") if isinstance(told, dict) else None
    return f", {code[:60]}" if isinstance(code, str) else ""


def _require_printable(secret: Secret, what: str) -> None:
    if not _PRINTABLE.fullmatch(secret.reveal()):
        raise SettingsError(
            f"the JumpCloud {what} is empty or holds characters that none has",
            hint="look for spaces, line ends or quotes where it is kept",
        )
