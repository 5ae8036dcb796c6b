"""pypsrp's WSMan over jcad's own line and login: one request at a time, none repeated. Touches the network."""

from __future__ import annotations

import threading
from typing import Any
from xml.etree.ElementTree import ParseError

from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.wsman import SelectorSet, WSMan

from jcad.errors import ConnectionFailed
from jcad.model.secret import Secret
from jcad.remoting.endpoint import Authentication, Endpoint
from jcad.remoting.line import Line, direct_session
from jcad.remoting.login import OneLogin

_PYPSRP = {Authentication.BASIC: "basic", Authentication.CERTIFICATE: "certificate"}
"""What pypsrp calls the ways of logging on; all others go through its Negotiate, whose tokens are `OneLogin`'s."""


class Wire(WSMan):
    """WS-Management to one endpoint.

    `clean` says that no answer is missing: only then may the wire be used again, because a sealed message whose answer
    was not read leaves both ends with different keys.
    """

    def __init__(self, endpoint: Endpoint, password: Secret) -> None:
        super().__init__(
            endpoint.host,
            port=endpoint.port,
            ssl=endpoint.secure,
            path=endpoint.path,
            auth=_PYPSRP.get(endpoint.authentication, "negotiate"),
            certificate_pem=endpoint.certificate or None,
            certificate_key_pem=endpoint.key or None,
            no_proxy=True,
            operation_timeout=endpoint.operation_timeout,
            connection_timeout=endpoint.connect_timeout,
            read_timeout=endpoint.read_timeout,
        )
        self._lock = threading.RLock()
        self.clean = True
        self._ended = False
        self._url = endpoint.url
        self._line = Line()
        self._login = OneLogin(endpoint, password, self._line)
        session = direct_session(endpoint, self._line)
        session.auth = self._login
        self.transport.session = session

    @property
    def logged_on(self) -> bool:
        """Whether the host has taken the login."""
        return self._login.accepted

    @property
    def hung_up(self) -> bool:
        """Whether the host has closed the connection between two requests: nothing is lost, and a new wire will do."""
        return self.clean and self._line.hung_up

    def invoke(self, *arguments: Any, **options: Any) -> Any:
        """Send one request and read its answer. pypsrp would repeat a Receive after a timeout, and log on again."""
        options.pop("retries_on_read_timeout", None)
        with self._lock:
            if self._ended or not self.clean:
                raise ConnectionFailed(f"{self._url}: the session was closed")
            self.clean = False
            try:
                answer = super().invoke(*arguments, **options)
            except WSManFaultError:
                self.clean = True
                raise
            except ParseError as error:
                if not self._line.hung_up:
                    raise
                # Cut within its headers an answer looks like an empty one.
                message = f"{self._url}: the connection broke before the answer was whole"
                raise ConnectionFailed(message, hint="what was under way is unknown until it is read back") from error
            self.clean = True
            return answer

    def exchange(self, message: bytes) -> bytes:
        """Send one envelope that somebody else has made, and give the answer. Raises WinRMTransportError for HTTP errors."""
        with self._lock:
            if self._ended or not self.clean:
                raise ConnectionFailed(f"{self._url}: the session was closed")
            self.clean = False
            try:
                answer: bytes = self.transport.send(message)
            except WinRMTransportError:
                self.clean = True
                raise
            self.clean = True
            return answer

    def close(self) -> None:
        """Close the connection; a request that is under way fails."""
        self._ended = True
        super().close()
        self._line.close()

    def delete_shell(self, resource: str, shell_id: str) -> None:
        """Delete a shell, whatever runs in it, also one that was made over another wire."""
        selectors = SelectorSet()
        selectors.add_option("ShellId", shell_id)
        self.delete(resource, selector_set=selectors)

    def end_with(self, resource: str, shell_id: str) -> bool:
        """Delete the shell as this wire's last request. False, and nothing sent, where another is under way or failed."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if not self.clean or self._ended:
                return False
            self.delete_shell(resource, shell_id)
            return True
        finally:
            self._ended = True
            self._lock.release()
