"""The directory as one runspace sees it: which domain controller, as whom, its naming contexts and its schema.

Touches the network through its connections, one for each server and credential, kept until the runspace ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from jcad.errors import AuthenticationFailed, ConnectionFailed, DirectoryError
from jcad.lab.login import Login
from jcad.lab.powershell.values import PSCredential
from jcad.lab.windows import dn, failures, ldap
from jcad.lab.windows.account_names import AccountNames
from jcad.lab.windows.connection import Connection, Credential
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import AdFailure, Operation
from jcad.lab.windows.ldap import ResultCode
from jcad.lab.windows.schema import Schema

Answer = TypeVar("Answer")
REFUSALS = (DirectoryError, ConnectionFailed, AuthenticationFailed)
"""What a connection raises: the directory refused, or it could not be asked."""


@dataclass(slots=True)
class Shared:
    """What the runspaces of a host read once: the schema, and which account names are taken."""

    names: AccountNames = field(default_factory=AccountNames)
    _schema: Schema | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def schema(self, connection: Connection, naming_context: str) -> Schema:
        """The schema, read by whoever needs it first."""
        with self._lock:
            if self._schema is None:
                self._schema = Schema.load(connection, naming_context)
            return self._schema


@dataclass(frozen=True, slots=True)
class WindowsHost:
    """A host of the lab, and the domain controllers that it can reach.

    `name` is its short name, `domain` the domain's DNS name, `netbios` its NetBIOS name. `controllers` gives the address
    and LDAP port of every domain controller by its short name; a member server's own name is not among them.
    """

    name: str
    domain: str
    netbios: str
    controllers: Mapping[str, tuple[str, int]]
    shared: Shared = field(default_factory=Shared, compare=False, repr=False)

    @property
    def is_controller(self) -> bool:
        """Whether the host is a domain controller itself."""
        return self.name.lower() in {name.lower() for name in self.controllers}

    def controller_of(self, server: str) -> str | None:
        """The short name of the domain controller that a `-Server` means; None where the lab has no such host."""
        asked = server.strip().lower().rstrip(".")
        domain = self.domain.lower()
        for name, (address, _) in self.controllers.items():
            if asked in {name.lower(), f"{name.lower()}.{domain}", address}:
                return name
        if self.is_controller and asked in {"localhost", "127.0.0.1"}:
            return self.name
        if asked in {domain, self.netbios.lower()}:
            return self.name if self.is_controller else next(iter(self.controllers), None)
        return None


class Directories:
    """The connections of one runspace. Close it with the runspace."""

    def __init__(self, host: WindowsHost, login: Login) -> None:
        self.host = host
        self.login = login
        self._open: dict[tuple[str, int, str, str], Directory] = {}

    def open(self, server: str | None = None, credential: PSCredential | None = None) -> Directory:
        """The directory at `-Server` as `-Credential`, or at the host's own domain controller as the logged-on account.

        A network logon cannot hop on: another host without a credential is refused. Raises AdFailure.
        """
        if credential is not None and not credential.user_name:
            credential = None  # [pscredential]::Empty is the logged-on account
        name, port = _server_and_port(server)
        controller = self.host.controller_of(name) if name else self._default()
        if controller is None:
            raise failures.server_down() if name else failures.no_default_server()
        if credential is None and controller.lower() != self.host.name.lower():
            raise failures.rejected_credentials()
        address, ldap_port = self.host.controllers[_spelt(self.host.controllers, controller)]
        return self._directory(address, port or ldap_port, credential, named=bool(name))

    def close(self) -> None:
        """Close every connection."""
        for directory in self._open.values():
            directory.connection.close()
        self._open.clear()

    def _default(self) -> str | None:
        return self.host.name if self.host.is_controller else next(iter(self.host.controllers), None)

    def _directory(self, address: str, port: int, credential: PSCredential | None, *, named: bool) -> Directory:
        if credential is None:
            who = Credential(self.login.name, nt_hash=self.login.nt_hash)
        else:
            who = Credential(self._qualified(credential.user_name or ""), password=credential.password.text)
        key = (address, port, who.name.lower(), who.password or "")
        if key not in self._open:
            self._open[key] = Directory(Connection(address, port, who), self.host)
        self._open[key].named = named
        return self._open[key]

    def _qualified(self, name: str) -> str:
        return name if "\\" in name or "@" in name else f"{self.host.netbios}\\{name}"


class Directory:
    """One domain controller, bound as one account."""

    def __init__(self, connection: Connection, host: WindowsHost, *, named: bool = True) -> None:
        self.connection = connection
        self.host = host
        self.named = named

    @cached_property
    def root(self) -> ldap.Entry:
        """The rootDSE."""
        found = self.attempt(Operation.READ, lambda: self.connection.read("", ["*", "+"]))
        if found is None:
            raise failures.server_down()
        return found

    def _root_text(self, name: str) -> str:
        return self.root.attributes[name][0].decode()

    @cached_property
    def default_context(self) -> str:
        """The DN of the domain."""
        return self._root_text("defaultNamingContext")

    @cached_property
    def configuration_context(self) -> str:
        """The DN of the configuration."""
        return self._root_text("configurationNamingContext")

    @cached_property
    def partitions(self) -> list[str]:
        """The DNs of every naming context."""
        return [value.decode() for value in self.root.attributes["namingContexts"]]

    @cached_property
    def server_name(self) -> str:
        """The DNS name of the domain controller."""
        return self._root_text("dnsHostName")

    @cached_property
    def schema(self) -> Schema:
        """The schema, shared by the host."""
        context = self._root_text("schemaNamingContext")
        return self.attempt(Operation.READ, lambda: self.host.shared.schema(self.connection, context))

    def is_within(self, name: str) -> bool:
        """Whether a DN belongs to one of the partitions."""
        return any(dn.is_below(name, partition) for partition in self.partitions)

    def view(self, entry: ldap.Entry) -> DirectoryEntryView:
        """An entry with the schema beside it."""
        return DirectoryEntryView(entry, self.schema)

    def attempt(self, operation: Operation, do: Callable[[], Answer]) -> Answer:
        """Carry out, and turn what the directory or the way to it answers into what Windows reports. Raises AdFailure."""
        try:
            return do()
        except REFUSALS as error:
            raise self.failure(error, operation) from error

    def failure(self, error: Exception, operation: Operation) -> AdFailure:
        """What Windows reports for a refusal; a server that nobody named and that does not answer was not found (S2)."""
        if isinstance(error, ConnectionFailed) and not self.named:
            return failures.no_default_server()
        return failures.translate(error, operation)

    def exists(self, name: str) -> bool:
        """Whether there is an object of that DN."""
        try:
            return self.connection.read(name, ["objectClass"]) is not None
        except DirectoryError as error:
            if error.result == ResultCode.INVALID_DN:
                return False
            raise


def _server_and_port(server: str | None) -> tuple[str, int | None]:
    if not server:
        return "", None
    name, colon, port = server.strip().rpartition(":")
    if colon and port.isdigit():
        return name, int(port)
    return server.strip(), None


def _spelt(controllers: Mapping[str, tuple[str, int]], name: str) -> str:
    return next(known for known in controllers if known.lower() == name.lower())
