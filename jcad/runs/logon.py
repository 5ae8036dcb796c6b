"""One logon of an account at the domain controller that is written: how a password is proved. Touches the directory."""

from __future__ import annotations

from dataclasses import replace

from jcad.directory import DirectoryReader
from jcad.model import Secret
from jcad.runs.workplace import Workplace
from jcad.store import Store


def log_on(workplace: Workplace, store: Store, dc: str, account: str, secret: Secret) -> DirectoryReader:
    """Log an account on to a domain controller. A refusal is remembered. Raises as DirectoryReader.connect does."""
    target = replace(workplace.target(), account=account, password=secret, keytab="", hosts=(dc,))
    with workplace.logon(store, account, secret):
        return DirectoryReader.connect(target)
