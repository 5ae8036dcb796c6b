"""One LDAP connection to the lab's domain controller, bound and sealed as one account.

Touches the network: TCP to a loopback address. SASL GSS-SPNEGO with NTLM by pyspnego, signed and sealed (RFC 4178, MS-NLMP,
MS-ADTS 5.1.1.1). The endpoint never knows a password, so the bind uses the account's current NT hash.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import spnego

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.windows import ber, ldap
from jcad.lab.windows.ldap import Answer, Change, Control, Entry, Result, ResultCode, Scope

_RECEIVE = 1 << 18
_PAGE = 256
"""Objects per page, the module's own default (-ResultPageSize, Get-ADUser)."""
_SEALED = spnego.ContextReq.default | spnego.ContextReq.confidentiality | spnego.ContextReq.integrity


@dataclass(frozen=True, slots=True)
class Credential:
    r"""Who binds: by NT hash (16 bytes) when the endpoint authenticated the account, by password for `-Credential`.

    `name` is `user`, `DOMAIN\user` or `user@domain`.
    """

    name: str
    nt_hash: bytes | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def _pyspnego(self) -> Any:
        if self.nt_hash is None:
            return spnego.Password(self.name, self.password or "")
        return spnego.NTLMHash(self.name, nt_hash=self.nt_hash.hex())


class Connection:
    """A bound connection that is opened when first needed and opened again after it broke.

    A search that breaks is repeated once on a new connection. A write that breaks is not: whether it was carried out is
    unknown, and ConnectionFailed says so. Not thread-safe: one runspace, one connection.
    """

    def __init__(self, address: str, port: int, credential: Credential, *, timeout: float = 120.0) -> None:
        self.address = address
        self.port = port
        self.credential = credential
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._context: Any = None
        self._plain = bytearray()
        self._sealed = bytearray()
        self._last_id = 0

    def close(self) -> None:
        """Unbind and close; harmless when not open."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError, ConnectionFailed):
            self._send(ldap.unbind(self._next_id()))
        self._drop()

    def search(
        self,
        base: str,
        scope: Scope,
        query: bytes,
        attributes: Sequence[str],
        *,
        controls: Sequence[Control] = (),
        page: int = _PAGE,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """The objects found, page by page, with range retrieval done; at most `limit` of them.

        Raises DirectoryError when the server refuses, ConnectionFailed, AuthenticationFailed.
        """
        cookie, found = b"", 0
        while True:
            wanted = page if limit is None else min(page, limit - found)
            entries, result, returned = self._search_page(
                base, scope, query, attributes, (*controls, ldap.paged(wanted, cookie))
            )
            _expect(result, base)
            for entry in entries:
                yield self._whole(entry, controls)
                found += 1
                if limit is not None and found >= limit:
                    return
            cookie = returned
            if not cookie:
                return

    def read(
        self, dn: str, attributes: Sequence[str], *, query: bytes = b"", controls: Sequence[Control] = ()
    ) -> Entry | None:
        """The object of that DN (also `<GUID=...>` and `<SID=...>`), or None where there is none or it does not match."""
        asked = query or ber.octets("objectClass", 0x87)
        entries, result, _ = self._search_page(dn, Scope.BASE, asked, attributes, controls)
        if result.code == ResultCode.NO_SUCH_OBJECT:
            return None
        _expect(result, dn)
        return self._whole(entries[0], controls) if entries else None

    def add(self, dn: str, attributes: Mapping[str, Sequence[bytes]], controls: Sequence[Control] = ()) -> None:
        """Create an object. Raises DirectoryError when refused."""
        self._write(dn, lambda message_id: ldap.add(message_id, dn, attributes, controls))

    def modify(self, dn: str, changes: Sequence[Change], controls: Sequence[Control] = ()) -> None:
        """Change an object. Raises DirectoryError when refused."""
        self._write(dn, lambda message_id: ldap.modify(message_id, dn, changes, controls))

    def delete(self, dn: str, controls: Sequence[Control] = ()) -> None:
        """Delete an object. Raises DirectoryError when refused."""
        self._write(dn, lambda message_id: ldap.delete(message_id, dn, controls))

    def rename(self, dn: str, new_rdn: str, parent: str | None = None) -> None:
        """Rename an object, and move it below `parent` where one is given. Raises DirectoryError when refused."""
        self._write(dn, lambda message_id: ldap.rename(message_id, dn, new_rdn, parent))

    # ---- the wire ----------------------------------------------------------------------------------------------

    def _search_page(
        self, base: str, scope: Scope, query: bytes, attributes: Sequence[str], controls: Sequence[Control]
    ) -> tuple[list[Entry], Result, bytes]:
        fresh = self._ready()
        try:
            return self._search_once(base, scope, query, attributes, controls)
        except ConnectionFailed:
            resumed = any(control.oid == ldap.PAGED and _is_resumed(control) for control in controls)
            if fresh or resumed:
                raise
        self._ready()
        return self._search_once(base, scope, query, attributes, controls)

    def _search_once(
        self, base: str, scope: Scope, query: bytes, attributes: Sequence[str], controls: Sequence[Control]
    ) -> tuple[list[Entry], Result, bytes]:
        message_id = self._next_id()
        self._send(ldap.search(message_id, base, scope, query, attributes, controls=controls))
        entries: list[Entry] = []
        while True:
            answer = self._receive(message_id)
            if answer.entry is not None:
                entries.append(answer.entry)
            elif answer.result is not None:
                page = answer.controls.get(ldap.PAGED)
                return entries, answer.result, ldap.paged_cookie(page) if page else b""

    def _whole(self, entry: Entry, controls: Sequence[Control]) -> Entry:
        """The entry with every attribute that came in ranges read to its end (MS-ADTS 3.1.1.3.1.3.3)."""
        ranged = [name for name in entry.attributes if ";range=" in name.lower()]
        if not ranged:
            return entry
        whole = {name: values for name, values in entry.attributes.items() if name not in ranged}
        for name in ranged:
            attribute, _, span = name.partition(";")
            whole[attribute] = self._rest_of_range(entry.dn, attribute, span, entry.attributes[name], controls)
        return Entry(entry.dn, whole)

    def _rest_of_range(
        self, dn: str, attribute: str, span: str, first: tuple[bytes, ...], controls: Sequence[Control]
    ) -> tuple[bytes, ...]:
        values = list(first)
        kept = tuple(control for control in controls if control.oid != ldap.PAGED)
        while not span.endswith("*"):
            entries, result, _ = self._search_page(
                dn, Scope.BASE, ber.octets("objectClass", 0x87), [f"{attribute};range={len(values)}-*"], kept
            )
            _expect(result, dn)
            more = [(n, v) for n, v in entries[0].attributes.items() if n.lower().startswith(attribute.lower() + ";")]
            if not more:
                break
            name, held = more[0]
            span = name.partition(";")[2]
            values.extend(held)
        return tuple(values)

    def _write(self, dn: str, build: Any) -> None:
        self._ready()
        message_id = self._next_id()
        self._send(build(message_id))
        result = self._receive(message_id).result
        if result is None:
            raise ConnectionFailed(f"The domain controller {self.address} answered a write with something else.")
        _expect(result, dn)

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _ready(self) -> bool:
        """Open and bind unless that is done; True when this connection is new.

        A connection that the server has closed in the meantime is noticed here, before a write is sent into it.
        """
        if self._socket is not None and self._closed_by_server(self._socket):
            self._drop()
        if self._socket is not None:
            return False
        try:
            self._socket = socket.create_connection((self.address, self.port), timeout=self._timeout)
        except OSError as error:
            raise ConnectionFailed(
                f"The domain controller {self.address}:{self.port} does not answer: {error}."
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._bind()
        except BaseException:
            self._drop()
            raise
        return True

    @staticmethod
    def _closed_by_server(opened: socket.socket) -> bool:
        readable, _, _ = select.select([opened], [], [], 0)
        if not readable:
            return False
        try:
            return not opened.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _bind(self) -> None:
        try:
            context = spnego.client(
                self.credential._pyspnego(),  # noqa: SLF001  - the credential keeps its secret to this module
                hostname=self.address,
                service="ldap",
                context_req=_SEALED,
                protocol="negotiate",
                options=spnego.NegotiateOptions.use_negotiate,
            )
            token = context.step()
            while True:
                message_id = self._next_id()
                self._send(ldap.bind_sasl(message_id, "GSS-SPNEGO", token or b""))
                answer = self._receive(message_id)
                self._judge_bind(answer.result)
                token = context.step(answer.token) if answer.token and not context.complete else None
                if answer.result is not None and answer.result.code == ResultCode.SUCCESS:
                    break
        except spnego.exceptions.SpnegoError as error:
            raise AuthenticationFailed(
                f"The logon of {self.credential.name} at {self.address} failed: {error}", account=self.credential.name
            ) from error
        self._context = context

    def _judge_bind(self, result: Result | None) -> None:
        if result is None or result.code in (ResultCode.SUCCESS, ResultCode.SASL_BIND_IN_PROGRESS):
            return
        if result.code == ResultCode.INVALID_CREDENTIALS:
            raise AuthenticationFailed(
                f"The domain controller {self.address} refused {self.credential.name}: {result.text}",
                account=self.credential.name,
                code=result.bind_code,
            )
        _expect(result, self.credential.name)

    def _send(self, message: bytes) -> None:
        if self._context is not None:
            sealed = self._context.wrap(message, encrypt=True).data
            message = len(sealed).to_bytes(4, "big") + sealed
        if self._socket is None:
            raise ConnectionFailed(f"The connection to {self.address} is not open.")
        try:
            self._socket.sendall(message)
        except OSError as error:
            self._drop()
            raise ConnectionFailed(f"The connection to {self.address} broke while sending: {error}.") from error

    def _receive(self, message_id: int) -> Answer:
        """The next answer to this request. Notices of disconnection (message id 0) break the connection."""
        while True:
            answer = ldap.read_answer(self._next_message())
            if answer.message_id == message_id:
                return answer
            if answer.message_id == 0:
                self._drop()
                raise ConnectionFailed(f"The domain controller {self.address} closed the connection.")

    def _next_message(self) -> bytes:
        while True:
            span = ber.measure(self._plain)
            if span is not None and span[1] <= len(self._plain):
                message = bytes(self._plain[: span[1]])
                del self._plain[: span[1]]
                return message
            self._fill()

    def _fill(self) -> None:
        if self._socket is None:
            raise ConnectionFailed(f"The connection to {self.address} is not open.")
        try:
            received = self._socket.recv(_RECEIVE)
        except OSError as error:
            self._drop()
            raise ConnectionFailed(f"The connection to {self.address} broke while reading: {error}.") from error
        if not received:
            self._drop()
            raise ConnectionFailed(f"The domain controller {self.address} closed the connection.")
        if self._context is None:
            self._plain += received
            return
        self._sealed += received
        self._unseal()

    def _unseal(self) -> None:
        while len(self._sealed) >= 4:
            end = 4 + int.from_bytes(self._sealed[:4], "big")
            if len(self._sealed) < end:
                return
            self._plain += self._context.unwrap(bytes(self._sealed[4:end])).data
            del self._sealed[:end]

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._context = None
        self._plain.clear()
        self._sealed.clear()


def _is_resumed(control: Control) -> bool:
    return bool(control.value and ldap.paged_cookie(control.value))


def _expect(result: Result, dn: str) -> None:
    if result.code != ResultCode.SUCCESS:
        raise DirectoryError(f"{result.text or 'no text'} ({dn})", code=result.win32, result=result.code)
