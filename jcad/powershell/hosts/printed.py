"""Scripts that prepare a host, for an administrator who runs them there: jcad prints them, and does not run them."""

from __future__ import annotations

from jcad.errors import ScriptError
from jcad.model.script import Script
from jcad.powershell.registry import rendered_script

PRINTED_SCRIPTS = ("enable-remoting", "ldaps-domain-ca", "ldaps-self-signed")
"""By name: PowerShell remoting over HTTPS on a host that has none yet; an LDAPS certificate from the domain's authority; a
self-signed one, for a lab."""


def printed_script(name: str) -> Script:
    """The script of that name. Raises ScriptError where there is none."""
    if name not in PRINTED_SCRIPTS:
        raise ScriptError(
            f"there is no script called {name!r} for hosts", hint=f"there is {', '.join(PRINTED_SCRIPTS)}"
        )
    return rendered_script(name, writes=True, takes_secret=False)
