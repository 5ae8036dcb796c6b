"""A name server for the lab's names: A records of its hosts, SRV records of its domain controllers.

Listens on loopback, UDP and TCP. What is outside the lab's domain it refuses; it asks nobody else.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from jcad.errors import LabError
from jcad.lab.domain.loopback import require_loopback
from jcad.lab.waiting import WaitingServer

PORT: Final = 53
SITE: Final = "Default-First-Site-Name"
_TTL: Final = 600
_LDAP, _KERBEROS, _PASSWORD, _CATALOG = 389, 88, 464, 3268


@dataclass(frozen=True, slots=True)
class Zone:
    """What the name server knows: each host's address, and which hosts are domain controllers.

    `origin` is the domain's DNS name; `hosts` maps full names to addresses; `controllers` are full names, the first of which
    is the PDC emulator. As in a real domain a controller that is down is still listed.
    """

    origin: str
    hosts: Mapping[str, str]
    controllers: tuple[str, ...]

    def records(self, name: str, kind: str) -> list[str] | None:
        """Give the data of the records of this name and type; None where the name does not exist at all."""
        known = self._table().get(name.lower().rstrip("."))
        return None if known is None else known.get(kind, [])

    def _table(self) -> dict[str, dict[str, list[str]]]:
        table = {name.lower(): {"A": [address]} for name, address in self.hosts.items()}
        table[self.origin] = {"A": [self.hosts[name] for name in self.controllers]}
        for service, port, hosts in self._services():
            table[f"{service}.{self.origin}"] = {"SRV": [f"0 100 {port} {host}." for host in hosts]}
        return table

    def _services(self) -> Iterable[tuple[str, int, tuple[str, ...]]]:
        """The SRV records that a domain controller registers (MS-ADTS 6.3.2.3), as far as clients of the lab ask."""
        everyone = self.controllers
        for place in ("", f".{SITE.lower()}._sites"):
            yield f"_ldap._tcp{place}", _LDAP, everyone
            yield f"_ldap._tcp{place}.dc._msdcs", _LDAP, everyone
            yield f"_ldap._tcp{place}.gc._msdcs", _CATALOG, everyone
            yield f"_gc._tcp{place}", _CATALOG, everyone
            yield f"_kerberos._tcp{place}", _KERBEROS, everyone
            yield f"_kerberos._tcp{place}.dc._msdcs", _KERBEROS, everyone
        yield "_kerberos._udp", _KERBEROS, everyone
        yield "_kpasswd._tcp", _PASSWORD, everyone
        yield "_kpasswd._udp", _PASSWORD, everyone
        yield "_ldap._tcp.pdc._msdcs", _LDAP, everyone[:1]


def answer(wire: bytes, zone: Zone) -> bytes | None:
    """Answer one DNS message; None for what is none, or is no query."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
        response.set_rcode(dns.rcode.NOTIMP)
        return response.to_wire()
    question = query.question[0]
    if not question.name.is_subdomain(dns.name.from_text(zone.origin)):
        response.flags &= ~dns.flags.AA
        response.set_rcode(dns.rcode.REFUSED)
        return response.to_wire()
    _fill(response, question, zone)
    return response.to_wire()


def _fill(response: dns.message.Message, question: dns.rrset.RRset, zone: Zone) -> None:
    kind = dns.rdatatype.to_text(question.rdtype)
    found = zone.records(question.name.to_text(), kind)
    if found is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif found:
        response.answer.append(dns.rrset.from_text(question.name, _TTL, "IN", kind, *found))
        if kind == "SRV":
            for name in (each.split()[-1] for each in found):
                address = zone.hosts[name.rstrip(".")]
                response.additional.append(dns.rrset.from_text(name, _TTL, "IN", "A", address))


class NameServer:
    """The name server on one loopback address, port 53 (0 takes a free one).

    with NameServer("127.0.0.16", zone) as names: ...
    """

    def __init__(self, address: str, zone: Zone, port: int = PORT) -> None:
        require_loopback(address)
        try:
            self._tcp = _TcpServer((address, port), zone)
            self._udp = _UdpServer((address, self._tcp.server_address[1]), zone)
        except OSError as error:
            raise LabError(f"the lab's name server cannot listen on {address}:{port}: {error}") from error
        self.address = address
        self._thread = threading.Thread(
            target=self._udp.serve_forever, args=(0.05,), name="lab-nameserver", daemon=True
        )

    @property
    def port(self) -> int:
        """The port, of UDP and TCP alike."""
        return int(self._tcp.server_address[1])

    def start(self) -> Self:
        """Begin to answer."""
        self._tcp.start("lab-nameserver")
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening."""
        self._tcp.stop()
        if self._thread.is_alive():
            self._udp.shutdown()
            self._thread.join()
        self._udp.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class _UdpServer(socketserver.UDPServer):
    def __init__(self, address: tuple[str, int], zone: Zone) -> None:
        self.zone = zone
        super().__init__(address, _Datagram)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that goes away is nothing to report."""


class _TcpServer(WaitingServer, socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], zone: Zone) -> None:
        self.zone = zone
        super().__init__(address, _Stream)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that goes away is nothing to report."""


class _Datagram(socketserver.BaseRequestHandler):
    server: _UdpServer

    def handle(self) -> None:
        wire, reply_to = self.request
        response = answer(wire, self.server.zone)
        if response is not None:
            reply_to.sendto(response, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    server: _TcpServer
    timeout = 5.0

    def handle(self) -> None:
        while len(length := self.rfile.read(2)) == 2:
            response = answer(self.rfile.read(int.from_bytes(length)), self.server.zone)
            if response is None:
                return
            self.wfile.write(len(response).to_bytes(2) + response)
