"""The scripts that jcad runs, by name: what each is for, what it needs, its text. Text holds no data.

The rights of an entry are what prepare delegates, what a JEA endpoint checks and what the hint of an access error
names, so they are stated here and nowhere else.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jcad.errors import ScriptError
from jcad.model.script import Right, Script
from jcad.powershell.environment import render

_SYNOPSIS = re.compile(r"^\.SYNOPSIS\n(?P<text>(?: {4}.*\n)+)", re.MULTILINE)
_USER, _GROUP = "user", "group"
_RENDERING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One script: its template is `<name>.ps1`."""

    rights: tuple[Right, ...] = ()
    writes: bool = True
    takes_secret: bool = False


def _write(on: str, *attributes: str) -> tuple[Right, ...]:
    return tuple(Right("WriteProperty", on, attribute) for attribute in attributes)


_RESET = Right("ExtendedRight", _USER, "Reset Password")
_SYNCED = ("givenName", "sn", "mail")
"""What the documentation's attribute table writes; whoever maps further attributes needs WriteProperty on those too."""

_ENTRIES: Mapping[str, _Entry] = {
    "add-members": _Entry(rights=_write(_GROUP, "member")),
    "allow-logon": _Entry(rights=_write(_GROUP, "member")),
    "create-group": _Entry(rights=(Right("CreateChild", _GROUP), *_write(_GROUP, "description"))),
    "create-ou": _Entry(rights=(Right("CreateChild", "organizationalUnit"),)),
    "create-service-account": _Entry(
        takes_secret=True,
        rights=(Right("CreateChild", _USER), _RESET, *_write(_USER, "userAccountControl", "pwdLastSet", "description")),
    ),
    "create-user": _Entry(
        takes_secret=True,
        rights=(Right("CreateChild", _USER), _RESET, *_write(_USER, *_SYNCED, "userAccountControl")),
    ),
    "disable-user": _Entry(rights=_write(_USER, "userAccountControl")),
    "enable-user": _Entry(rights=_write(_USER, "userAccountControl")),
    "move-object": _Entry(
        rights=tuple(
            right
            for kind in (_USER, _GROUP)
            for right in (Right("DeleteChild", kind), Right("CreateChild", kind), *_write(kind, "cn", "name"))
        )
    ),
    "probe-host": _Entry(writes=False),
    "remove-members": _Entry(rights=_write(_GROUP, "member")),
    "remove-probe": _Entry(rights=(Right("DeleteChild", _USER),)),
    "rename-group": _Entry(rights=_write(_GROUP, "cn", "name", "sAMAccountName")),
    "rename-user": _Entry(rights=_write(_USER, "sAMAccountName", "userPrincipalName")),
    "reset-password": _Entry(takes_secret=True, rights=(_RESET, *_write(_USER, "lockoutTime"))),
    "set-attributes": _Entry(rights=_write(_USER, *_SYNCED)),
    "set-permissions": _Entry(rights=(Right("ReadControl", "container"), Right("WriteDacl", "container"))),
    "set-service-account": _Entry(rights=_write(_USER, "userAccountControl")),
    "unlock-user": _Entry(rights=_write(_USER, "lockoutTime")),
}


def scripts() -> tuple[Script, ...]:
    """Every script, in the order of their names."""
    return tuple(_script(name) for name in sorted(_ENTRIES))


def script(name: str) -> Script:
    """The script of that name. Raises ScriptError, with suggestions, where there is none."""
    if name not in _ENTRIES:
        close = difflib.get_close_matches(name, _ENTRIES, n=3)
        raise ScriptError(
            f"there is no script called {name!r}",
            hint=f"did you mean {' or '.join(close)}?" if close else "`jcad script list` shows them all",
        )
    return _script(name)


def _script(name: str) -> Script:
    entry = _ENTRIES[name]
    return rendered_script(name, writes=entry.writes, takes_secret=entry.takes_secret, rights=entry.rights)


def rendered_script(name: str, *, writes: bool, takes_secret: bool, rights: tuple[Right, ...] = ()) -> Script:
    """The script of the template `<name>.ps1`, rendered once in a process, however many threads ask for it at a time.

    Raises ScriptError where it does not render, or does not say what it is.
    """
    with _RENDERING:
        return _rendered(name, writes, takes_secret, rights)


@cache
def _rendered(name: str, writes: bool, takes_secret: bool, rights: tuple[Right, ...]) -> Script:
    text = render(f"{name}.ps1")
    return Script(
        name=name,
        synopsis=_synopsis(name, text),
        text=text,
        digest=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        writes=writes,
        takes_secret=takes_secret,
        rights=rights,
    )


def _synopsis(name: str, text: str) -> str:
    match = _SYNOPSIS.search(text)
    if match is None:
        raise ScriptError(f"the script {name} does not say what it is for (.SYNOPSIS)")
    return " ".join(match["text"].split())
