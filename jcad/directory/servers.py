"""Which domain controller to use: one candidate after the other, until one answers that may be used.

An unreachable one is passed over with its reason; a refused password is not: that ends the search (the next one would refuse
it too, and count it). Before the password is used the server has said, in its rootDSE, which domain it serves and that it is
writable. Touches sockets, through `connection.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from jcad.directory import attributes as attr
from jcad.directory.connection import LdapConnection
from jcad.directory.discovery import addresses, candidates
from jcad.directory.entries import Entry
from jcad.directory.search import read
from jcad.directory.target import DirectoryTarget, Host
from jcad.errors import CertificateError, ConnectionFailed, DirectoryError
from jcad.model import DistinguishedName, Sid

ACTIVE_DIRECTORY: Final = "1.2.840.113556.1.4.800"
READ_ONLY: Final = "1.2.840.113556.1.4.1920"
"""LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS_OID: a read-only domain controller (MS-ADTS 3.1.1.3.4.3.6)."""

_ROOT_DSE: Final = (
    "configurationNamingContext",
    "currentTime",
    "defaultNamingContext",
    "dnsHostName",
    "domainFunctionality",
    "dsServiceName",
    "highestCommittedUSN",
    "isSynchronized",
    "rootDomainNamingContext",
    "schemaNamingContext",
    "supportedCapabilities",
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainController:
    """Who answers: the identity that plans, journals, cookies and USNs are bound to.

    `highest_usn` is highestCommittedUSN at the time of the logon. A different `invocation_id` means that the database was
    restored or is another one: USNs of before mean nothing then (MS-ADTS 3.1.1.1.9).
    """

    name: str
    host: Host
    naming_context: DistinguishedName
    configuration: DistinguishedName
    schema: DistinguishedName
    forest_root: DistinguishedName
    service: DistinguishedName
    domain_sid: Sid
    domain_guid: UUID
    invocation_id: UUID
    highest_usn: int
    functional_level: int


def connect(target: DirectoryTarget) -> tuple[LdapConnection, DomainController]:
    """Connect to the first server that answers and may be used, and log in there.

    Raises AuthenticationFailed at the first refusal, ConnectionFailed where the login itself breaks (it may have counted),
    and ConnectionFailed (CertificateError where that was all) with every failure and its reason when no server is left.
    """
    failures: list[ConnectionFailed] = []
    for host in candidates(target):
        try:
            connection = _open_usable(host, target)
        except ConnectionFailed as error:
            log.warning("domain controller passed over", dc=host.name, reason=error.message)
            failures.append(error)
            continue
        return connection, _log_in(connection, target)
    raise _all_failed(target, failures)


def connect_to(host: Host, target: DirectoryTarget) -> tuple[LdapConnection, DomainController]:
    """Connect to this server, see that it may be used, and log in. Raises what `connect` does."""
    connection = _open_usable(host, target)
    return connection, _log_in(connection, target)


def connect_catalog(hosts: Sequence[Host], target: DirectoryTarget) -> LdapConnection:
    """Connect to the first of these global catalogs that answers, whatever its own domain, and log in. Raises as `connect`."""
    failures: list[ConnectionFailed] = []
    for host in hosts:
        try:
            connection = _first_that_opens(host, target)
        except ConnectionFailed as error:
            log.warning("global catalog passed over", dc=host.name, reason=error.message)
            failures.append(error)
            continue
        try:
            connection.login(target)
        except BaseException:
            connection.close()
            raise
        return connection
    if not failures:
        raise ConnectionFailed("no domain controller of the forest is a global catalog")
    raise _all_failed(target, failures)


def _open_usable(host: Host, target: DirectoryTarget) -> LdapConnection:
    """Connect, and let the server say whether it may be used; the password stays here. Raises ConnectionFailed."""
    connection = _first_that_opens(host, target)
    try:
        _check(connection.host, _root_dse(connection), target)
    except DirectoryError as error:
        connection.close()
        raise ConnectionFailed(f"{connection.host}: {error.message}", hint=error.hint) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: LdapConnection, target: DirectoryTarget) -> DomainController:
    """Use the password, once: whatever happens from here on, no other server gets it. Then read who answered."""
    try:
        connection.login(target)
        dse = _root_dse(connection)
        _check(connection.host, dse, target)
        return _identify(connection, dse)
    except BaseException:
        connection.close()
        raise


def _first_that_opens(host: Host, target: DirectoryTarget) -> LdapConnection:
    """Open the host at the first of its addresses that answers."""
    *others, last = addresses(target, host)
    for address in others:
        try:
            return LdapConnection.open(Host(name=host.name, address=address, port=host.port), target)
        except CertificateError:
            raise
        except ConnectionFailed as error:
            log.info("address passed over", dc=host.name, address=address, reason=error.message)
    return LdapConnection.open(Host(name=host.name, address=last, port=host.port), target)


def _root_dse(connection: LdapConnection) -> dict[str, list[bytes]]:
    entry = read(connection, "", _ROOT_DSE)
    return entry[1] if entry else {}


def _check(host: Host, dse: dict[str, list[bytes]], target: DirectoryTarget) -> None:
    """Whether the server may be used. Raises ConnectionFailed with the reason, so that the next one is tried."""
    capabilities = attr.texts(dse, "supportedcapabilities")
    context = attr.name(dse, "defaultnamingcontext")
    if context is None or ACTIVE_DIRECTORY not in capabilities:
        raise ConnectionFailed(f"{host} is no Active Directory domain controller", hint="Check host and port.")
    if context != target.naming_context:
        raise ConnectionFailed(
            f"{host} serves {context}, not {target.naming_context}",
            hint="Name domain controllers of the configured domain only.",
        )
    if READ_ONLY in capabilities:
        raise ConnectionFailed(f"{host} is a read-only domain controller", hint="Name a writable one.")
    if "issynchronized" in dse and not attr.boolean(dse, "issynchronized"):
        raise ConnectionFailed(
            f"{host} has not finished its first replication", hint="Wait for it, or name another domain controller."
        )


def _identify(connection: LdapConnection, dse: dict[str, list[bytes]]) -> DomainController:
    context = _required_name(dse, "defaultnamingcontext")
    service = _required_name(dse, "dsservicename")
    head = _required(connection, context, ("objectSid", "objectGUID"))
    settings = _required(connection, service, ("invocationId", "msDS-isRODC"))
    if attr.boolean(settings, "msds-isrodc"):
        raise ConnectionFailed(f"{connection.host} is a read-only domain controller", hint="Name a writable one.")
    sid, guid = attr.sid(head), attr.guid(head)
    invocation = attr.guid(settings, "invocationid")
    if sid is None or guid is None or invocation is None:
        raise _unreadable(connection, "objectSid, objectGUID or invocationId")
    return DomainController(
        name=attr.text(dse, "dnshostname") or connection.host.name,
        host=connection.host,
        naming_context=context,
        configuration=_required_name(dse, "configurationnamingcontext"),
        schema=_required_name(dse, "schemanamingcontext"),
        forest_root=_required_name(dse, "rootdomainnamingcontext"),
        service=service,
        domain_sid=sid,
        domain_guid=guid,
        invocation_id=invocation,
        highest_usn=attr.integer(dse, "highestcommittedusn") or 0,
        functional_level=attr.integer(dse, "domainfunctionality") or 0,
    )


def _required(connection: LdapConnection, base: DistinguishedName, names: tuple[str, ...]) -> dict[str, list[bytes]]:
    entry: Entry | None = read(connection, base, names)
    if entry is None:
        raise _unreadable(connection, str(base))
    return entry[1]


def _required_name(dse: dict[str, list[bytes]], name: str) -> DistinguishedName:
    value = attr.name(dse, name)
    if value is None:
        raise DirectoryError(f"the domain controller's rootDSE has no {name}")
    return value


def _unreadable(connection: LdapConnection, what: str) -> DirectoryError:
    return DirectoryError(
        f"{connection.host} does not let this account read {what}",
        hint="Every domain user may read it by default; look at the permissions of the domain object.",
    )


def _all_failed(target: DirectoryTarget, failures: list[ConnectionFailed]) -> ConnectionFailed:
    if len(failures) == 1:
        return failures[0]
    kind = CertificateError if all(isinstance(error, CertificateError) for error in failures) else ConnectionFailed
    reasons = "".join(f"\n  {error.message}" for error in failures)
    hints = list(dict.fromkeys(error.hint for error in failures if error.hint))
    return kind(
        f"none of the {len(failures)} domain controllers of {target.domain} can be used:{reasons}", hint=hints[0]
    )
