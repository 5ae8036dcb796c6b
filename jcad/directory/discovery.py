"""Where the domain controllers of a domain are: the list of the settings, or DNS. Touches DNS only."""

from __future__ import annotations

import ipaddress
from typing import Any

import dns.exception
import dns.resolver

from jcad.directory.target import LDAP_PORT, DirectoryTarget, Host
from jcad.errors import ConnectionFailed, SettingsError


def candidates(target: DirectoryTarget) -> list[Host]:
    """The servers to try, in order. Raises ConnectionFailed where DNS does not answer, SettingsError for a bad host."""
    if target.hosts:
        return [_listed(target, text) for text in target.hosts]
    found = _from_dns(target)
    if not found:
        raise ConnectionFailed(
            f"DNS knows no domain controller of {target.domain}",
            hint="Check the domain's name and the name server, or list the domain controllers in the settings.",
        )
    return found


def _listed(target: DirectoryTarget, text: str) -> Host:
    """A host of the settings: `name`, `name:port`, `address`, `[ipv6]:port`."""
    name, _, port = text.strip().rpartition(":") if _has_port(text.strip()) else (text.strip(), "", "")
    name = name.removeprefix("[").removesuffix("]")
    if not name or (port and not 0 < int(port) < 65536):
        raise SettingsError(f"{text!r} is no host", hint="Write name, name:port or [ipv6]:port.")
    return Host(name=name, address=name, port=int(port) if port else target.default_port)


def _has_port(text: str) -> bool:
    head, colon, port = text.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in head or head.endswith("]"))


def _from_dns(target: DirectoryTarget) -> list[Host]:
    """Domain controllers from their SRV records (MS-ADTS 6.3.2.3), those of the site first.

    By priority, then the heaviest first: always in the same order, so that two runs meet the same domain controller.
    """
    domain = target.domain.rstrip(".")
    zones = [f"_ldap._tcp.{target.site}._sites.dc._msdcs.{domain}"] if target.site else []
    hosts: dict[str, Host] = {}
    for zone in [*zones, f"_ldap._tcp.dc._msdcs.{domain}"]:
        for record in sorted(_query(target, zone, "SRV"), key=lambda r: (r.priority, -r.weight, str(r.target))):
            name = str(record.target).rstrip(".")
            port = target.port or (target.default_port if target.protection.tls else int(record.port) or LDAP_PORT)
            hosts.setdefault(name.lower(), Host(name=name, address=name, port=port))
    return list(hosts.values())


def addresses(target: DirectoryTarget, host: Host) -> list[str]:
    """Where the host is; the system's resolver is left to ldap3. Raises ConnectionFailed."""
    if not target.nameserver or _is_address(host.name) or host.address != host.name:
        return [host.address]
    found = [each for kind in ("A", "AAAA") for each in sorted(r.address for r in _query(target, host.name, kind))]
    if not found:
        raise ConnectionFailed(f"{host} has no address in DNS", hint=f"Asked the name server {target.nameserver}.")
    return found


def host_address(target: DirectoryTarget, name: str) -> str:
    """Where some other host of the domain is, by the target's own name server; the name itself where the system resolves it."""
    return addresses(target, Host(name=name, address=name, port=0))[0]


def _query(target: DirectoryTarget, name: str, kind: str) -> list[Any]:
    """The records of a name; none is an empty list. Raises ConnectionFailed where no name server answers."""
    try:
        return list(_resolver(target).resolve(name, kind, lifetime=target.timeouts.connect, search=False))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise ConnectionFailed(
            f"DNS gives no answer for {name} ({kind}): {error}",
            hint="Check the name server, or list the domain controllers in the settings.",
        ) from error


def _resolver(target: DirectoryTarget) -> dns.resolver.Resolver:
    if not target.nameserver:
        return dns.resolver.Resolver()
    address, _, port = (
        target.nameserver.rpartition(":") if _has_port(target.nameserver) else (target.nameserver, "", "")
    )
    resolver = dns.resolver.Resolver(configure=False)
    try:
        resolver.nameservers = [str(ipaddress.ip_address(address.strip("[]")))]
    except ValueError as error:
        raise SettingsError(
            f"the name server {target.nameserver!r} is no address", hint="Write 10.0.0.10 or 10.0.0.10:53."
        ) from error
    resolver.port = int(port) if port else 53
    return resolver


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
