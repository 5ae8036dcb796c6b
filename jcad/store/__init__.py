"""The SQL store: pairs, members seen, installations, journal and history, the lease, refused logons."""

from jcad.store.exchange import LinksFile, StoreIdentity, link_document, read_links, write_links
from jcad.store.journal import StoreJournal
from jcad.store.store import Store

__all__ = [
    "LinksFile",
    "Store",
    "StoreIdentity",
    "StoreJournal",
    "link_document",
    "read_links",
    "write_links",
]
