"""The placeholders of an installer's arguments, such as `{account}`: found, and checked against those that are known. Pure.

What the arguments of JumpCloud's installers are called is published nowhere, so they are a template in the settings.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

PLAIN_PLACEHOLDERS = frozenset({"account", "container", "domain", "log", "root_dn", "version"})
"""account (DOMAIN\\name), the root user container's and the domain's distinguished names, the domain's DNS name, the log file
that the installer is to write (the host knows it), the version."""

LOG = "log"

SECRET_PLACEHOLDERS = frozenset({"connect_key", "password"})
"""JumpCloud's one-use connect key, and the service account's password: seen by whoever sees the command line."""

KNOWN = PLAIN_PLACEHOLDERS | SECRET_PLACEHOLDERS
_PLACEHOLDER = re.compile(r"\{([A-Za-z]\w*)\}", re.ASCII)


def placeholders(template: str) -> tuple[str, ...]:
    """The placeholders of a template, each once, in their order. Other braces are text (a product code's)."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def check_template(template: str) -> str:
    """Give a template back, or raise ValueError for a placeholder that is not known or arguments of several lines."""
    for name in placeholders(template):
        if name not in KNOWN:
            close = get_close_matches(name.lower(), KNOWN, n=1, cutoff=0.6)
            meant = f"did you mean {{{close[0]}}}? " if close else ""
            known = ", ".join(f"{{{one}}}" for one in sorted(KNOWN))
            raise ValueError(f"there is no placeholder {{{name}}}; {meant}known are {known}")
    if any(char in template for char in "\r\n\0"):
        raise ValueError("arguments are one line")
    for found in _PLACEHOLDER.finditer(template):
        _check_place(template[: found.start()], found[0], template[found.end() :])
    return template


def _check_place(before: str, placeholder: str, after: str) -> None:
    """A value is quoted by the host as Windows wants it, which it can only where it is an argument, or the end of one."""
    if before.endswith('"') and after.startswith('"'):
        before, after = before[:-1], after[1:]
    begins = not before or before[-1] in "=:" or before[-1].isspace()
    ends = not after or after[0].isspace()
    if not begins or not ends or before.count('"') % 2:
        raise ValueError(
            f"the placeholder {placeholder} stands in the middle of an argument: it must be one ({placeholder}) or end one "
            f"(NAME={placeholder}); the host puts quotes where they are needed"
        )


def check_upgrade_template(template: str) -> str:
    """As `check_template`; an upgrade has no connect key: keys are for installing on a new server, and are used once."""
    if "connect_key" in placeholders(check_template(template)):
        raise ValueError(
            "an upgrade takes no {connect_key}: a key is for an installation, and would make a second agent"
        )
    return template
