"""The scripts that jcad runs on hosts, by name: each with its text and what it is given. Text holds no data.

They need a local administrator of the host, and no right in the directory. What each is given stands in the tables of
`reading`, `writing` and `files`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from jcad.errors import ScriptError
from jcad.model.script import Script
from jcad.powershell.hosts import files, reading, writing
from jcad.powershell.hosts.fields import Entry
from jcad.powershell.registry import rendered_script

ENTRIES: Mapping[str, Entry] = {**reading.ENTRIES, **writing.ENTRIES, **files.ENTRIES}


def host_scripts() -> tuple[Script, ...]:
    """Every script that runs on hosts, in the order of their names."""
    return tuple(_script(name) for name in sorted(ENTRIES))


def host_script(name: str) -> Script:
    """The script of that name. Raises ScriptError, with suggestions, where there is none."""
    host_entry(name)
    return _script(name)


def host_entry(name: str) -> Entry:
    """What the script of that name is given. Raises ScriptError, with suggestions, where there is none."""
    if name not in ENTRIES:
        close = difflib.get_close_matches(name, ENTRIES, n=3)
        raise ScriptError(
            f"there is no script called {name!r} for hosts",
            hint=f"did you mean {' or '.join(close)}?" if close else "`jcad script list` shows them all",
        )
    return ENTRIES[name]


def _script(name: str) -> Script:
    entry = ENTRIES[name]
    return rendered_script(name, writes=entry.writes, takes_secret=bool(entry.secret or entry.each))
