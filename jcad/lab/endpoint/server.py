"""The endpoint of one lab host: listener, authentication and WinRM service put together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from jcad.errors import LabError, LabUnsupported
from jcad.lab.endpoint import tls
from jcad.lab.endpoint.authentication import Mechanism, Policy
from jcad.lab.endpoint.http import Listener, loopback
from jcad.lab.endpoint.ntlm import HostNames
from jcad.lab.endpoint.service import WinRmService
from jcad.lab.faults import Faults

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from jcad.lab.endpoint.configurations import SessionConfiguration
    from jcad.lab.endpoint.logon import LogonRefused
    from jcad.lab.endpoint.mapping import CertificateMapping
    from jcad.lab.endpoint.runspace import RunspaceFactory
    from jcad.lab.endpoint.tls import TlsFiles
    from jcad.lab.login import Accounts

_KNOWN: frozenset[Mechanism] = frozenset({"negotiate", "basic"})


class EndpointServer:
    """WinRM on one loopback address and port: HTTPS where there is a certificate, else HTTP with message encryption.

    `name` is the host's DNS name (its first label the computer, the rest the domain). `authentication` names what it
    offers, `negotiate` and `basic`; Basic is offered over HTTPS alone. With `strict_bindings` a client must send channel
    bindings over HTTPS (CbtHardeningLevel Strict; Windows' default is Relaxed: checked if sent).
    `keytab` gives the file of the host's own keys, when the first ticket comes; without it there is no Kerberos.
    `mapping` lets clients log on by a certificate, over HTTPS. `desktop`: its runspaces are Windows PowerShell 5.1's.
    Port 0 takes a free one. Raises `LabError` where the address is not loopback's, `LabUnsupported` for a mechanism.
    """

    def __init__(  # noqa: PLR0913  - the parts of an endpoint, by name
        self,
        address: str,
        port: int,
        *,
        name: str,
        certificate: TlsFiles | None,
        authentication: tuple[Mechanism, ...],
        accounts: Accounts,
        runspaces: RunspaceFactory,
        faults: Faults | None = None,
        strict_bindings: bool = True,
        keytab: Callable[[], Path] | None = None,
        mapping: CertificateMapping | None = None,
        desktop: bool = True,
    ) -> None:
        for mechanism in authentication:
            if mechanism not in _KNOWN:
                raise LabUnsupported(f"the authentication {mechanism} of WinRM")
        self.faults = faults if faults is not None else Faults()
        self._address = loopback(address)
        self._port = port
        self._certificate = certificate
        self.on_stop: Callable[[], None] = self.close
        """Called when the fault `endpoint.stop_after_records` happens: by default it closes this endpoint; a host that is
        to go down as a whole sets its own."""
        self._service = WinRmService(name, runspaces, self.faults, self._go_down, desktop=desktop)
        self._policy = Policy(
            mechanisms=authentication,
            accounts=accounts,
            names=HostNames(name),
            bindings=None if certificate is None else tls.channel_bindings(certificate),
            bindings_required=strict_bindings,
            faults=self.faults,
            channel=None if certificate is None else tls.channel_data(certificate),
            keytab=keytab,
            mapping=None if certificate is None else mapping,
        )
        self._lock = threading.Lock()
        self._listener: Listener | None = None

    def start(self) -> Self:
        """Listen. Raises `LabError` where the port is taken."""
        context = (
            None
            if self._certificate is None
            else tls.server_context(
                self._certificate, None if self._policy.mapping is None else self._policy.mapping.authority
            )
        )
        try:
            listener = Listener((self._address, self._port), self._service, self._policy, context, self.faults)
        except OSError as error:
            raise LabError(f"the lab cannot listen on {self._address}:{self._port}: {error}") from error
        self._port = listener.server_address[1]
        with self._lock:
            self._listener = listener
        listener.start(f"endpoint {self.url}")
        return self

    def close(self) -> None:
        """Stop listening, break off every connection, close every shell. May be called again, and from any thread."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
            listener.abort_connections()
        self._service.shells.close_all()

    def register(self, name: str, configuration: SessionConfiguration) -> None:
        """Register a session configuration (Register-PSSessionConfiguration); one of that name is replaced."""
        self._service.configurations[name.lower()] = configuration

    def _go_down(self) -> None:
        self.on_stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """Where clients connect."""
        scheme = "http" if self._certificate is None else "https"
        return f"{scheme}://{self._address}:{self._port}/wsman"

    def close_shells(self) -> None:
        """End every open shell, as its idle time would: a client that was killed leaves one behind."""
        self._service.shells.close_all()

    @property
    def shells(self) -> int:
        """How many shells are open."""
        return len(self._service.shells)

    @property
    def requests(self) -> Counter[str]:
        """How many requests came: `http` in all, and by operation (`create`, `command`, `receive`, `signal` ...)."""
        return self._service.counts.copy()

    @property
    def refusals(self) -> tuple[LogonRefused, ...]:
        """The logons that were refused, with the reason that the client is not told."""
        return tuple(self._service.refusals)
