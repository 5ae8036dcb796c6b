"""The SQL store: pairs, members seen, journal and history, the lease, refused logons."""

from jcad.store.journal import StoreJournal
from jcad.store.store import Store

__all__ = ["Store", "StoreJournal"]
