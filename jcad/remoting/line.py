"""The one TCP connection of a session, as requests and urllib3 make it: verified, and never made twice.

A login belongs to its connection. A connection that broke is not replaced behind the caller's back, since that would
log on once more and send the request a second time. Touches sockets and the CA file.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import is_connection_dropped

from jcad.errors import SettingsError
from jcad.remoting.endpoint import Endpoint

if TYPE_CHECKING:
    from urllib3.poolmanager import PoolManager


class Line:
    """What is known of the connection: whether it has been made, and the certificate (DER) that the host showed."""

    def __init__(self) -> None:
        self.certificate: bytes | None = None
        self._connection: HTTPConnection | None = None

    def before(self, connection: HTTPConnection) -> None:
        """Refuse a second connection."""
        if self._connection is not None:
            raise NewConnectionError(connection, "the connection of this session is gone")

    def after(self, connection: HTTPConnection) -> None:
        """Take note of the connection that was made."""
        self._connection = connection
        if isinstance(connection.sock, ssl.SSLSocket):
            self.certificate = connection.sock.getpeercert(binary_form=True)

    @property
    def hung_up(self) -> bool:
        """Whether the host has closed the connection while nothing was under way (http.sys does after two minutes)."""
        return self._connection is not None and is_connection_dropped(self._connection)

    def close(self) -> None:
        """Close the connection, also where an answer on it was never read."""
        if self._connection is not None:
            self._connection.close()


def direct_session(endpoint: Endpoint, line: Line) -> requests.Session:
    """A requests session for this endpoint alone: no proxy but its own, no environment, no retry, no redirect to elsewhere."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    session.proxies = {"https": endpoint.proxy} if endpoint.proxy else {}
    session.verify = endpoint.fingerprint is None
    session.headers.update(
        {"User-Agent": "jcad", "Accept-Encoding": "identity", "Host": f"{_bracketed(endpoint.host)}:{endpoint.port}"}
    )
    session.adapters.clear()
    session.mount(f"{endpoint.scheme}://", _Adapter(endpoint, line))
    return session


class _Adapter(HTTPAdapter):
    """Connects to the endpoint's address, and verifies its name, its authority or its fingerprint; nothing else."""

    def __init__(self, endpoint: Endpoint, line: Line) -> None:
        self._endpoint = endpoint
        self._line = line
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._security())
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pool_classes(self._line)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options, **self._security())
        manager.pool_classes_by_scheme = _pool_classes(self._line)
        return manager

    def _security(self) -> dict[str, Any]:
        """What TLS to the host is made with, through a proxy or not."""
        if not self._endpoint.secure:
            return {}
        options: dict[str, Any] = {"ssl_context": _tls(self._endpoint), "server_hostname": self._endpoint.host}
        if self._endpoint.fingerprint is not None:
            options["assert_fingerprint"] = self._endpoint.fingerprint
        return options

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._endpoint.address:
            host["host"] = self._endpoint.address
        return host, options

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The TLS context says all: requests would add the authorities that come with it."""


def _pool_classes(line: Line) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            line.before(self)
            super().connect()
            line.after(self)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            line.before(self)
            super().connect()
            line.after(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"{endpoint.host}: the CA file {endpoint.ca_file} cannot be used: {error}",
            hint="it must hold the certificate of the authority in PEM form",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if endpoint.fingerprint is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the fingerprint is compared instead, by urllib3, before anything is sent
    if endpoint.certificate:
        try:
            context.load_cert_chain(endpoint.certificate, endpoint.key)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"{endpoint.host}: the client certificate {endpoint.certificate} or its key cannot be used: {error}",
                hint="both must be PEM files, the key without a passphrase",
            ) from error
    return context


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
