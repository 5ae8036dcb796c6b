"""The global catalog: who holds a userPrincipalName in the forest's other domains, where it must be one of its kind too.

The catalog is a domain controller that has a partial copy of every domain (MS-ADTS 3.1.1.1.11) and answers for all of them
on ports of its own. A forest of one domain is never asked for. Touches sockets, through `servers.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from jcad.directory import attributes as attr
from jcad.directory import objects
from jcad.directory.entries import Entry
from jcad.directory.filters import equals, has_bits, present
from jcad.directory.messages import SearchRequest
from jcad.directory.names import NameReader
from jcad.directory.search import search
from jcad.directory.servers import DomainController, connect_catalog
from jcad.directory.target import DirectoryTarget, Host
from jcad.errors import ConnectionFailed, DirectoryError
from jcad.model import AdNameHolder, DistinguishedName

CATALOG_PORT: Final = 3268
CATALOG_TLS_PORT: Final = 3269

_DOMAIN_IN_FOREST: Final = 0x3  # FLAG_CR_NTDS_NC | FLAG_CR_NTDS_DOMAIN (MS-ADTS 2.2.10)
_IS_CATALOG: Final = 0x1  # NTDSDSA_OPT_IS_GC (MS-ADTS 6.1.1.2.2.1.2.1.1)

Search = Callable[..., Iterator[Entry]]
"""`DirectoryReader.search`."""


def domains(search_in: Search, dc: DomainController) -> tuple[DistinguishedName, ...]:
    """All domains of the forest, from its cross references."""
    where = equals("objectCategory", "crossRef") & has_bits("systemFlags", _DOMAIN_IN_FOREST)
    found = search_in(dc.configuration.child("CN", "Partitions"), where, ("nCName",))
    return tuple(name for _, values in found if (name := attr.name(values, "ncname")) is not None)


def catalogs(search_in: Search, dc: DomainController, target: DirectoryTarget) -> list[Host]:
    """The forest's catalogs, from its configuration: the domain controller that is read first, if it is one."""
    port = CATALOG_TLS_PORT if target.protection.tls else CATALOG_PORT
    sites = dc.configuration.child("CN", "Sites")
    where = equals("objectCategory", "nTDSDSA") & has_bits("options", _IS_CATALOG)
    servers = [DistinguishedName.parse(name).parent for name, _ in search_in(sites, where, ("objectGUID",))]
    found = []
    for server in servers:
        for _, values in search_in(server, equals("objectClass", "server"), ("dNSHostName",)):
            if name := attr.text(values, "dnshostname"):
                here = name.casefold() == dc.name.casefold()
                found.append(replace(dc.host, port=port) if here else Host(name=name, address=name, port=port))
    return sorted(found, key=lambda host: (host.address != dc.host.address, host.name.casefold()))


def foreign_holders(search_in: Search, dc: DomainController, target: DirectoryTarget) -> Iterator[AdNameHolder]:
    """Who holds a userPrincipalName in the forest's other domains. Without any nothing more is asked.

    Raises ConnectionFailed where no catalog can be used, AuthenticationFailed at the first refusal, DirectoryError.
    """
    forest = domains(search_in, dc)
    others = [domain for domain in forest if domain != dc.naming_context]
    if not others:
        return
    try:
        connection = connect_catalog(catalogs(search_in, dc, target), target)
    except ConnectionFailed as error:
        raise ConnectionFailed(
            f"a userPrincipalName must be the only one in the forest, whose other domains ({'; '.join(map(str, others))}) "
            f"only a global catalog tells of: {error.message}",
            hint="Open port 3269 (3268 without TLS) to a global catalog, or set `check_forest = false` in [directory].",
        ) from error
    with contextlib.closing(connection):
        names = NameReader()
        for root in _roots(others):
            request = SearchRequest(
                base=str(root),
                filter=present("userPrincipalName"),
                attributes=objects.HOLDER_ATTRIBUTES,
                page=target.page,
            )
            for entry in search(connection, request):
                holder = objects.name_holder(entry, names)
                if _domain_of(holder.dn, forest) != dc.naming_context:
                    yield holder


def _roots(others: list[DistinguishedName]) -> list[DistinguishedName]:
    """Where to begin: a search in a catalog goes on into the domains below."""
    return [one for one in others if not any(one != other and one.is_under(other) for other in others)]


def _domain_of(dn: DistinguishedName, forest: tuple[DistinguishedName, ...]) -> DistinguishedName:
    """The domain that an object is in: the nearest one above it."""
    above = [domain for domain in forest if dn == domain or dn.is_under(domain)]
    if not above:
        raise DirectoryError(f"the global catalog told of {dn}, which is in no domain of the forest")
    return max(above, key=lambda domain: len(domain.rdns))
