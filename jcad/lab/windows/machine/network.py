r"""What the hosts of a lab reach beside each other: web servers and shares, in memory; nothing is ever asked of a real network.

The lab decides what an address leads to: `network.publish("https://files.example/agent.exe", content)`,
`network.share("\\\\files\\installers", {"agent.exe": content}, readers={"LAB\\ada"})`. Pure bookkeeping, thread-safe.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from jcad.lab.windows.machine.files import FileFault, Node, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_REDIRECTS: Final = 10


class NetworkFault(Exception):
    """A request that came to nothing: `status` is .NET's WebExceptionStatus, `code` the HTTP status (0: none)."""

    def __init__(self, status: str, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class WebFile:
    """What an address gives: content with HTTP status 200, another status, or `leads_to` another address.

    `trusted` says whether hosts trust the certificate, `tls` the newest TLS that the server speaks (times ten: 12);
    `length` whether it says how much will come.
    """

    content: bytes = b""
    status: int = 200
    leads_to: str = ""
    trusted: bool = True
    tls: int = 12
    length: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    r"""A share: its files by path in lower case, and who may read them (`DOMAIN\account` in lower case; None: everybody)."""

    files: Mapping[str, bytes]
    readers: frozenset[str] | None = None


@dataclass
class Network:
    """The web and the shares. With `needs_proxy` nobody reaches the web but through one of `proxies` (http://HOST:PORT)."""

    proxies: set[str] = field(default_factory=set)
    needs_proxy: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._web: dict[str, WebFile] = {}
        self._shares: dict[str, Share] = {}

    def publish(self, address: str, content: bytes | WebFile) -> None:
        """Let an address give this."""
        with self._lock:
            self._web[address] = content if isinstance(content, WebFile) else WebFile(content)

    def share(self, root: str, files: Mapping[str, bytes], readers: Iterable[str] | None = None) -> None:
        r"""Let `\\server\share` hold these files; `readers` may read them, or everybody."""
        held = {path.lower(): content for path, content in files.items()}
        named = None if readers is None else frozenset(name.lower() for name in readers)
        with self._lock:
            self._shares[root.lower().rstrip("\\")] = Share(held, named)

    def load(self, address: str, *, tls: int, proxy: str | None = None) -> tuple[str, WebFile]:
        """Follow an address to its end: where that is, and what is there. Raises `NetworkFault`."""
        for _ in range(_REDIRECTS):
            found = self._asked(address, tls, proxy)
            if not found.leads_to:
                return address, found
            address = found.leads_to
        raise NetworkFault("ProtocolError", "Too many automatic redirections were attempted.", 302)

    def _asked(self, address: str, tls: int, proxy: str | None) -> WebFile:
        self._check_way(proxy)
        parts = urlsplit(address)
        with self._lock:
            found = self._web.get(address)
            known = any(urlsplit(one).netloc == parts.netloc for one in self._web)
        if not known:
            raise NetworkFault(
                "NameResolutionFailure", f"The remote name could not be resolved: '{parts.hostname or address}'"
            )
        if parts.scheme == "https":
            _check_tls(found, tls)
        if found is None or found.status >= 400:
            code = 404 if found is None else found.status
            raise NetworkFault("ProtocolError", f"The remote server returned an error: ({code}).", code)
        return found

    def _check_way(self, proxy: str | None) -> None:
        if proxy is None and self.needs_proxy:
            raise NetworkFault("ConnectFailure", "Unable to connect to the remote server")
        if proxy is not None and proxy.rstrip("/") not in self.proxies:
            name = urlsplit(proxy).hostname or proxy
            raise NetworkFault("ProxyNameResolutionFailure", f"The proxy name could not be resolved: '{name}'")

    def has_share(self, path: str) -> bool:
        """Whether there is the share of a path."""
        with self._lock:
            return root_of(path).lower() in self._shares

    def read(self, path: str, identity: str | None) -> Node | None:
        r"""The file of a share's path as somebody (`DOMAIN\account`; None: nobody, as after a second hop) sees it.

        None where there is none. Raises `FileFault` where it is not his to read.
        """
        root = root_of(path)
        with self._lock:
            share = self._shares.get(root.lower())
        if share is None:
            return None
        if share.readers is not None and (identity or "").lower() not in share.readers:
            raise FileFault(Trouble.DENIED, path)
        content = share.files.get(path[len(root) + 1 :].lower())
        return None if content is None else Node(path, bytearray(content))


def root_of(path: str) -> str:
    r"""The `\\server\share` of a path."""
    return "\\".join(path.split("\\")[:4])


def _check_tls(found: WebFile | None, tls: int) -> None:
    if found is not None and found.tls < tls:
        raise NetworkFault("SecureChannelFailure", "The request was aborted: Could not create SSL/TLS secure channel.")
    if found is not None and not found.trusted:
        message = "The underlying connection was closed: Could not establish trust relationship for the SSL/TLS secure channel."
        raise NetworkFault("TrustFailure", message)
