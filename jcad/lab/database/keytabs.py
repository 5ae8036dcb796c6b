"""Keytabs of the domain's accounts, written by Samba itself."""

from __future__ import annotations

import os
from typing import Any

import samba.dckeytab  # noqa: F401  - gives Net its export_keytab
from samba.net import Net


def export(database: Any, question: dict[str, Any]) -> None:
    """Write the keys of one principal (an account's name, or a service's) into a new file that its owner alone can read."""
    before = os.umask(0o077)
    try:
        Net(None, lp=database.lp).export_keytab(keytab=question["file"], principal=question["principal"])
    finally:
        os.umask(before)
