"""The scripts that carry files to hosts and back: what each is given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from jcad.powershell.hosts.fields import Entry

ENTRIES: Mapping[str, Entry] = {}
