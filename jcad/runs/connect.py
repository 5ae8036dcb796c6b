"""The steps of `jcad doctor connect` for each part of the settings: JumpCloud, the directory, remoting. Opens sockets."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit

from jcad.directory import DirectoryReader, Host, answering, find_servers, try_tls
from jcad.errors import AccessDenied, ConnectionFailed, JcadError, NotChecked, RemotingError
from jcad.powershell import HostFacts
from jcad.remoting import Endpoint, Session, reach
from jcad.runs.doctor import Check, Step, carry_out
from jcad.runs.workplace import Workplace
from jcad.runs.writer import probe, refuse_rejected
from jcad.store import Store

PARTS = ("jumpcloud", "directory", "remoting")
_ROUND_TRIPS = 3
_IS_CLOSED = (
    "does WinRM listen there? `winrm enumerate winrm/config/listener` on the host tells; what `jcad script export "
    "enable-remoting` writes opens it over HTTPS"
)


class Connect:
    """Tries what the settings name: `with Connect(workplace) as connect:`, then each step of `connect.steps()`."""

    def __init__(self, workplace: Workplace, parts: tuple[str, ...] = PARTS) -> None:
        self._workplace = workplace
        self._parts = parts
        self._open = ExitStack()
        self._store: Store

    def __enter__(self) -> Self:
        self._store = self._open.enter_context(self._workplace.open_store())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def steps(self) -> Iterator[Step]:
        """Every step, as it ends. Remoting needs a domain controller, so the directory is asked before it."""
        if "jumpcloud" in self._parts:
            yield from carry_out("jumpcloud", _CloudChecks(self._workplace).checks())
        directory = _DirectoryChecks(self._workplace, self._store, self._open)
        if "directory" in self._parts:
            yield from carry_out("directory", directory.checks())
        if "remoting" in self._parts:
            remoting = _RemotingChecks(self._workplace, self._store, self._open, directory.first_host)
            yield from carry_out("remoting", remoting.checks())


class _CloudChecks:
    """JumpCloud: its name, port and certificate, the key, and the AD instance."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._address = workplace.cloud_address()
        self._through = urlsplit(self._address.proxy or self._address.url)
        self._what = f"the proxy {self._address.proxy}" if self._address.proxy else self._address.host

    def checks(self) -> list[Check]:
        return [("name", self._name), ("port", self._port), ("login", self._login), ("AD instance", self._instance)]

    def _place(self) -> tuple[str, int]:
        return self._through.hostname or "", self._through.port or (443 if self._through.scheme == "https" else 80)

    def _name(self) -> str:
        name, port = self._place()
        try:
            found = {str(each[4][0]) for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise ConnectionFailed(
                f"there is no address for {name}: {error.strerror or error}", hint="check the name server, or `proxy`"
            ) from error
        return f"{self._what} is at {', '.join(sorted(found))}"

    def _port(self) -> str:
        name, port = self._place()
        _knock(name, port, self._what, "outbound HTTPS must be allowed, or `proxy` must name the way out")
        return f"{self._what} takes connections on port {port}"

    def _login(self) -> str:
        with self._workplace.jumpcloud() as jumpcloud:
            organisation = jumpcloud.organisation()
        return f"certificate and key are good; the organisation is {organisation.name} ({organisation.id})"

    def _instance(self) -> str:
        with self._workplace.jumpcloud() as jumpcloud:
            instance = self._workplace.find_instance(jumpcloud)
        return f"{instance.id} for {instance.domain}"


class _DirectoryChecks:
    """The directory: names of domain controllers, ports, certificate, login, and what answers."""

    def __init__(self, workplace: Workplace, store: Store, undo: ExitStack) -> None:
        self._workplace = workplace
        self._store = store
        self._undo = undo
        self._hosts: tuple[Host, ...] = ()
        self._reader: DirectoryReader | None = None

    def checks(self) -> list[Check]:
        certificate = [("TLS and certificate", self._tls)] if self._workplace.target().protection.tls else []
        return [
            ("name", self._name),
            ("port", self._port),
            *certificate,
            ("login", self._login),
            ("domain", self._domain),
        ]

    def first_host(self) -> Host:
        """The domain controller that was read, or the first that would be."""
        if self._reader is not None:
            return Host(name=self._reader.dc.name, address=self._reader.dc.host.address, port=0)
        found = self._hosts or find_servers(self._workplace.target())
        return found[0]

    def _name(self) -> str:
        self._hosts = find_servers(self._workplace.target())
        return ", ".join(map(str, self._hosts))

    def _port(self) -> str:
        found = answering(self._workplace.target(), self._hosts)
        self._hosts = found.hosts
        silent = f"; not: {'; '.join(found.silent)}" if found.silent else ""
        return f"{', '.join(map(str, found.hosts))} takes connections{silent}"

    def _tls(self) -> str:
        try_tls(self._workplace.target(), self._hosts[0])
        return f"the certificate of {self._hosts[0].name} verifies"

    def _login(self) -> str:
        target = self._workplace.target()
        self._reader = self._undo.enter_context(self._workplace.directory(self._store))
        return f"{target.account} by {target.protection.value}"

    def _domain(self) -> str:
        if self._reader is None:
            raise NotChecked("nobody is logged in")
        dc = self._reader.dc
        return (
            f"{dc.name} is a writable domain controller of {dc.naming_context} (functional level {dc.functional_level})"
        )


class _RemotingChecks:
    """The host that runs scripts: name, port, certificate, login, rights, and what PowerShell finds there."""

    def __init__(self, workplace: Workplace, store: Store, undo: ExitStack, first_host: Callable[[], Host]) -> None:
        self._workplace = workplace
        self._store = store
        self._undo = undo
        self._first_host = first_host
        self._dc = Host(name="", address="", port=0)
        self._endpoint: Endpoint | None = None
        self._session: Session | None = None
        self._facts: HostFacts | None = None
        self._refusal: JcadError | None = None

    def checks(self) -> list[Check]:
        return [
            ("name", self._name),
            ("port", self._port),
            ("TLS and certificate", self._tls),
            ("login", self._login),
            ("rights to log on", self._rights),
            ("PowerShell", self._powershell),
            ("ActiveDirectory module", self._module),
            ("directory from there", self._directory),
            ("round trips", self._round_trips),
        ]

    def _name(self) -> str:
        self._dc = self._first_host()
        self._endpoint = self._workplace.endpoint_at(self._dc.name, self._dc.address)
        at = self._endpoint.address or self._endpoint.host
        return f"scripts run on {self._endpoint.host} ({at}) and write {self._dc.name}"

    def _there(self) -> Endpoint:
        if self._endpoint is None:
            raise NotChecked("there is no host to run scripts on")
        return self._endpoint

    def _port(self) -> str:
        endpoint = self._there()
        through = urlsplit(endpoint.proxy)
        name = through.hostname or endpoint.address or endpoint.host
        port = (through.port or 80) if endpoint.proxy else endpoint.port
        what = f"the proxy {endpoint.proxy}" if endpoint.proxy else endpoint.host
        _knock(name, port, what, _IS_CLOSED)
        return f"{what} takes connections on port {port}"

    def _tls(self) -> str:
        endpoint = self._there()
        found = reach(endpoint)
        offers = ", ".join(found.offers) or "nothing"
        if not found.takes(endpoint.authentication):
            raise RemotingError(
                f"{endpoint.url} offers {offers}, and the settings say {endpoint.authentication.value}",
                hint="winrm get winrm/config/service/auth on the host shows what it takes; nobody was logged on",
            )
        until = found.certificate_until
        shown = (
            f"the certificate verifies, and is good until {until:%Y-%m-%d}" if until else "HTTP, messages are encrypted"
        )
        return f"{shown}; it offers {offers}"

    def _login(self) -> str:
        endpoint = self._there()
        try:
            self._session = self._undo.enter_context(self._workplace.bare_session(self._store, endpoint))
        except (AccessDenied, RemotingError) as error:
            self._refusal = error  # the login itself was taken: what is lacking belongs to the next step
        return f"{endpoint.user} by {endpoint.authentication.value} over {endpoint.protocol.value}"

    def _rights(self) -> str:
        if self._refusal is not None:
            raise self._refusal
        where = self._there().configuration if self._there().protocol.value == "psrp" else "the command shell"
        return f"may open a session of {where}"

    def _powershell(self) -> str:
        self._facts = facts = self._probe()
        if facts.language_mode != "FullLanguage":
            raise RemotingError(facts.obstacle or f"the language mode is {facts.language_mode}")
        return f"PowerShell {facts.ps_version} on {facts.computer}, {facts.language_mode}, as {facts.account}"

    def _module(self) -> str:
        facts = self._known()
        if facts.ad_module is None:
            raise RemotingError(facts.obstacle or "the ActiveDirectory module is missing")
        return f"version {facts.ad_module}"

    def _directory(self) -> str:
        facts = self._known()
        writer = self._workplace.writer()
        who = writer.account if writer else facts.account
        if writer is not None:
            with self._workplace.logon(self._store, writer.account, writer.password):
                refuse_rejected(facts, writer, self._dc.name, self._there().host)
        if facts.obstacle is not None:
            raise RemotingError(facts.obstacle)
        return f"{facts.domain_controller} answers {who} from there"

    def _round_trips(self) -> str:
        times = []
        for _ in range(_ROUND_TRIPS):
            begun = time.perf_counter()
            self._probe()
            times.append(time.perf_counter() - begun)
        return f"a probe takes {statistics.median(times) * 1000:.0f} ms (median of {_ROUND_TRIPS})"

    def _probe(self) -> HostFacts:
        if self._session is None:
            raise NotChecked("there is no session")
        writer = self._workplace.writer()
        if writer is not None and not self._workplace.retry_auth:
            self._store.refusals.check(writer.account, writer.password)
        return probe(self._session, self._dc.name, writer)

    def _known(self) -> HostFacts:
        if self._facts is None:
            raise NotChecked("the host was not asked")
        return self._facts


def _knock(name: str, port: int, what: str, hint: str) -> None:
    try:
        socket.create_connection((name, port), timeout=10).close()
    except OSError as error:
        raise ConnectionFailed(
            f"{what} takes no connection on port {port}: {error.strerror or error}", hint=hint
        ) from error
