"""One connection to one domain controller: ldap3 opens it and logs in, jcad searches over it.

ldap3 brings addresses, TCP, the hook for TLS and the bind messages; everything after the bind goes through `send` and
`collect`, because ldap3 would decode each entry at fifteen times the cost. Exactly one login is tried: a refusal is raised
as it is, and nothing else is tried with the same password. Touches sockets. For one thread at a time.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import ldap3
import structlog
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.bind import bind_operation
from ldap3.protocol.sasl.sasl import send_sasl_negotiation

from jcad.directory.entries import EXTENDED_RESPONSE, SEARCH_DONE, Message, MessageSplitter
from jcad.directory.kerberos import KerberosLogin
from jcad.directory.messages import (
    NOTICE_OF_DISCONNECTION,
    Control,
    SearchResult,
    abandon,
    envelope,
    read_disconnection,
    read_result,
    unbind,
)
from jcad.directory.refusals import bind_refusal
from jcad.directory.sealing import SaslLogin, SealedLogin
from jcad.directory.target import DirectoryTarget, Host, WireProtection
from jcad.directory.tls import VerifiedTls
from jcad.errors import ConnectionFailed, DirectoryError

_READ_SIZE: Final = 0x40000
_MOST_SASL_STEPS: Final = 8
_SASL_IN_PROGRESS: Final = 14

log = structlog.get_logger(__name__)


class LdapConnection:
    """A connection to one domain controller. Open it, log in, then search.

    with LdapConnection.open(host, target) as connection:
        connection.login(target)

    Several searches may be under way at once; each has its message id, and what arrives for another one is kept for it.
    """

    def __init__(self, host: Host, ldap: ldap3.Connection, read_timeout: float) -> None:
        # A request is one small write: without this it waits 40 ms for the server to acknowledge the last one.
        ldap.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ldap.socket.settimeout(read_timeout)
        self.host = host
        self.closed = False
        self.lost = False
        """Whether the domain controller, or the network, has ended it: restarted, or idle for too long."""
        self._ldap = ldap
        self._timeout = read_timeout
        self._splitter = MessageSplitter()
        self._boxes: dict[int, list[Message]] = {}

    @classmethod
    def open(cls, host: Host, target: DirectoryTarget) -> Self:
        """Connect, with TLS if the target says so; no password is used. Raises ConnectionFailed, CertificateError."""
        tls = VerifiedTls(target.trust, host) if target.protection.tls else None
        server = ldap3.Server(
            host.address,
            host.port,
            use_ssl=tls is not None,
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=target.timeouts.connect,
        )
        ldap = ldap3.Connection(server, check_names=False, auto_referrals=False, auto_range=False)
        try:
            ldap.open(read_server_info=False)
        except LDAPExceptionError as error:
            if ldap.socket is not None:
                ldap.socket.close()
            if tls is not None and tls.failure is not None:
                raise tls.failure from error
            raise ConnectionFailed(
                f"{host} cannot be reached: {_reason(error)}",
                hint="Check name, port and firewall; a domain controller listens on 389 and, with a certificate, on 636.",
            ) from error
        return cls(host, ldap, target.timeouts.read)

    def login(self, target: DirectoryTarget) -> None:
        """Log in, once. Raises AuthenticationFailed (with the sub-code), AccessDenied, ConnectionFailed."""
        try:
            if target.protection in {WireProtection.LDAPS, WireProtection.PLAIN}:
                self._simple_bind(target)
            else:
                self._sasl_bind(target)
        except LDAPExceptionError as error:
            self.close()
            raise ConnectionFailed(
                f"the connection to {self.host} broke during the login: {_reason(error)}",
                hint="It is not known whether the login was counted; it is not repeated.",
            ) from error
        finally:
            self._ldap.request = None  # ldap3 keeps what it sent, the password included
            if self._ldap.strategy._outstanding:  # noqa: SLF001  - ... here too
                self._ldap.strategy._outstanding.clear()  # noqa: SLF001
        log.info("logged in", dc=self.host.name, account=target.account, protection=target.protection.value)

    def _simple_bind(self, target: DirectoryTarget) -> None:
        # Bytes, because ldap3 passes a text through SASLprep, which changes some passwords.
        password = target.password.reveal().encode("utf-8")
        request = bind_operation(3, ldap3.SIMPLE, target.account, password)
        self._ldap.post_send_single_response(self._ldap.send("bindRequest", request))
        self._check_bind(target, self._ldap.result)

    def _sasl_bind(self, target: DirectoryTarget) -> None:
        """Tokens to and fro (MS-ADTS 5.1.1.1.2), then everything is sealed, where TLS does not do so already."""
        channel = self._ldap.socket.getpeercert(binary_form=True) if target.protection.tls else None
        login: SaslLogin = (
            KerberosLogin(target, self.host.name, channel)
            if target.protection.kerberos
            else SealedLogin(target.account, target.password, self.host.name, channel)
        )
        self._ldap.sasl_mechanism = login.mechanism
        token = login.first
        for _ in range(_MOST_SASL_STEPS):
            result = send_sasl_negotiation(self._ldap, None, token)
            answer = result.get("saslCreds") or b""
            if result["result"] != _SASL_IN_PROGRESS:
                break
            token = login.step(answer)
        self._check_bind(target, result)
        if answer:
            login.step(answer)
        if channel is None:
            self._ldap.socket = login.seal(self._ldap.socket)

    def _check_bind(self, target: DirectoryTarget, result: dict[str, Any]) -> None:
        if result["result"] != 0:
            self.close()
            raise bind_refusal(target.account, str(self.host), result["result"], result["message"])

    @property
    def busy(self) -> bool:
        """Whether an answer is still awaited."""
        return bool(self._boxes)

    def send(self, operation: bytes, controls: Iterable[Control] = ()) -> int:
        """Send a request; give its message id, to be collected or abandoned. Raises ConnectionFailed."""
        message_id: int = self._ldap.server.next_message_id()
        self._write(envelope(message_id, operation, controls))
        self._boxes[message_id] = []
        return message_id

    def collect(self, message_id: int) -> tuple[list[Message], SearchResult]:
        """Wait until everything for this request has come: its messages in order, undecoded, and how it ended.

        Raises ConnectionFailed when the connection breaks or nothing comes in time.
        """
        box = self._boxes.get(message_id)
        if box is None:
            raise self._closed()
        while not box or box[-1][1] != SEARCH_DONE:
            self._receive()
        del self._boxes[message_id]
        return box, read_result(box.pop())

    def abandon(self, message_id: int) -> None:
        """Forget a request; what still comes for it is thrown away."""
        self._boxes.pop(message_id, None)
        if not self.closed:
            with contextlib.suppress(ConnectionFailed):
                self._write(abandon(self._ldap.server.next_message_id(), message_id))

    def _closed(self) -> ConnectionFailed:
        return ConnectionFailed(f"the connection to {self.host} is closed", hint="Open the reader again.")

    def _write(self, data: bytes) -> None:
        if self.closed:
            raise self._closed()
        try:
            self._ldap.socket.sendall(data)
        except OSError as error:
            self.lost = True
            self.close()
            raise ConnectionFailed(f"the connection to {self.host} broke: {_reason(error)}") from error

    def _receive(self) -> None:
        """Read what has come, and put each message where it is waited for."""
        if self.closed:
            raise self._closed()
        try:
            data = self._ldap.socket.recv(_READ_SIZE)
            if not data:
                self.lost = True
                raise ConnectionFailed(
                    f"{self.host} closed the connection in the middle of an answer",
                    hint="What was read so far is not used. Is the domain controller being restarted?",
                )
            messages = self._splitter.feed(data)
        except TimeoutError as error:
            self.close()
            raise ConnectionFailed(
                f"{self.host} sent nothing for {self._timeout:g} seconds",
                hint="The domain controller may be overloaded; raise the read timeout, or name another one.",
            ) from error
        except OSError as error:
            self.lost = True
            self.close()
            raise ConnectionFailed(f"the connection to {self.host} broke: {_reason(error)}") from error
        except (ConnectionFailed, DirectoryError):
            self.close()
            raise
        for message in messages:
            box = self._boxes.get(message[0])
            if box is not None:
                box.append(message)
            elif message[0] == 0 and message[1] == EXTENDED_RESPONSE:
                self._notified(message)

    def _notified(self, message: Message) -> None:
        oid, text = read_disconnection(message)
        if oid == NOTICE_OF_DISCONNECTION:
            self.lost = True
            self.close()
            raise ConnectionFailed(f"{self.host} ended the connection: {text.strip() or 'no reason given'}")

    def close(self) -> None:
        """Say goodbye and close the socket. Whatever was under way is lost."""
        if self.closed:
            return
        self.closed = True
        self._boxes.clear()
        plain, self._ldap.socket = self._ldap.socket, None
        self._ldap.closed = True
        self._ldap.listening = False
        if plain is None:
            return  # ldap3 has closed it, because it broke
        with contextlib.suppress(OSError):
            plain.sendall(unbind(self._ldap.server.next_message_id()))
        with contextlib.suppress(OSError):
            plain.shutdown(socket.SHUT_RDWR)
        plain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reason(error: Exception) -> str:
    """What the operating system said, without ldap3's words around it."""
    text = str(error.args[0]) if error.args else str(error)
    for words in ("socket connection error while opening: ", "error receiving data: ", "socket sending error"):
        text = text.replace(words, "")
    return text or type(error).__name__
