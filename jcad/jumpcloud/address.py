"""Where JumpCloud is: a region or an address of one's own, the organisation, and how its certificate is checked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from jcad.errors import SettingsError

REGIONS = {"us": "https://console.jumpcloud.com", "eu": "https://console.eu.jumpcloud.com"}
"""The hosts of JumpCloud's data centres (published API description, x-ms-parameterized-host)."""

INSIGHTS = {"us": "https://api.jumpcloud.com", "eu": "https://api.eu.jumpcloud.com"}
"""The hosts of Directory Insights (its published API description)."""

TOKEN_URLS = {"us": "https://admin-oauth.id.jumpcloud.com/oauth2/token"}
"""Where service accounts get their tokens. That of the European data centre is not known: settings must name it."""

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the API is and for which organisation.

        Address()                                    # JumpCloud in the US
        Address(region="eu", organisation="5f9...")  # a multi-tenant administrator names the organisation
        Address(base_url="https://127.0.0.1:8443", ca_file=Path("lab-ca.pem"))

    `proxy` (http://HOST:PORT) goes before what the environment says. Plain http is taken for loopback only.
    Raises `SettingsError`.
    """

    region: str = "us"
    base_url: str = ""
    organisation: str = ""
    ca_file: Path | None = None
    proxy: str = ""

    def __post_init__(self) -> None:
        if self.region not in REGIONS:
            raise SettingsError(
                f"JumpCloud has no region {self.region!r}", hint=f"region is one of {', '.join(sorted(REGIONS))}"
            )
        if self.organisation and not _OBJECT_ID.fullmatch(self.organisation):
            raise SettingsError(
                f"{self.organisation!r} is no JumpCloud organisation id",
                hint="it has 24 hexadecimal digits; the Admin Portal shows it under Settings > Organization Profile",
            )
        through = urlsplit(self.proxy)
        if self.proxy and (through.scheme not in {"http", "https"} or not through.hostname or through.username):
            raise SettingsError(
                f"{through.hostname or 'this'} is no proxy that jcad can use",
                hint="write http://HOST:PORT; a name and a password in it would be a secret in the settings",
            )
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise SettingsError(f"{self.base_url!r} is no base URL", hint="it looks like https://console.jumpcloud.com")
        if parts.scheme == "http" and not self.is_loopback:
            raise SettingsError(
                f"{self.url} would send the API key in the clear", hint="use https; http is taken for loopback only"
            )

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end; `/api` and `/api/v2` are below it."""
        return (self.base_url or REGIONS[self.region]).rstrip("/")

    @property
    def insights_url(self) -> str:
        """The base URL of Directory Insights, which is not that of the other APIs but for an address of one's own."""
        return self.base_url.rstrip("/") or INSIGHTS[self.region]

    @property
    def host(self) -> str:
        """The host and port, for messages."""
        return urlsplit(self.url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether this is the machine itself: a lab."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"
