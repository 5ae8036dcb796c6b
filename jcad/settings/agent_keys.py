"""The keys of the import agent's configuration that its pages tell, with their values. Pure.

Sources: JumpCloud's page on the import agent's configuration ("Edit the configurations in the MainLoop section", on every
server with the agent), and a public script that spells one of them otherwise. The sync agent's keys are published nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

SECTION = "MainLoop"
DISSOCIATION = "MainLoop.UserDissociationAction"
DISSOCIATION_SPELLINGS = (DISSOCIATION, "MainLoop.UserDissociateAction")
"""The page's spelling, and that of a public script for an older agent: whichever a file has is the one that is written."""
DISABLE = "MainLoop.UserDisableAction"
NEVER = "MainLoop.PasswordChangeListener.PollTimeMillis"

Plain = str | bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its dotted path, and what it may be: one of these texts, true or false, or (None) any text."""

    path: str
    values: tuple[Plain, ...] | None

    def refusal(self, value: object) -> str | None:
        """Why it cannot have that value, or None."""
        if self.values is None:
            return None if isinstance(value, str) and value.strip() else f"{self.path} is a text"
        if any(type(value) is type(one) and value == one for one in self.values):
            return None
        known = " or ".join(_spelled(one) for one in self.values)
        return f"{self.path} is {known}, not {value!r}"


KEYS: Mapping[str, Key] = {
    key.path: key
    for key in (
        Key("MainLoop.SyncAdditionalAttributes", (True, False)),
        Key(DISSOCIATION, ("remove", "unbind")),
        Key(DISABLE, None),
        Key("MainLoop.UserFieldMapping.username", ("sAMAccountName", "userPrincipalName")),
        Key("MainLoop.UserTakeoverAction", ("deactivate", "retain")),
    )
}
"""The keys that may be set, by their path."""


def read_configuration(given: object) -> dict[str, Plain]:
    """A table of the settings as dotted paths with values; `MainLoop.` may be left out. Raises ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("configuration is a table of keys and values")  # noqa: TRY004  - pydantic wants a ValueError
    found: dict[str, Plain] = {}
    for path, value in _leaves(given, ()):
        key = _key(path)
        if key.path in found:
            raise ValueError(f"{key.path} is set twice")
        if refusal := key.refusal(value):
            raise ValueError(refusal)
        found[key.path] = value
    return dict(sorted(found.items()))


def canonical(path: str) -> str:
    """A key in the page's spelling."""
    return DISSOCIATION if path in DISSOCIATION_SPELLINGS else path


def _leaves(table: Mapping[Any, Any], above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        path = (*above, str(name))
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield ".".join(path), value


def _key(path: str) -> Key:
    full = canonical(path if path.startswith(f"{SECTION}.") else f"{SECTION}.{path}")
    if full == NEVER:
        raise ValueError(f"{path}: JumpCloud's page says that it is not to be changed")
    if full not in KEYS:
        close = get_close_matches(full, [*KEYS, *DISSOCIATION_SPELLINGS], n=1, cutoff=0.6)
        meant = f"; did you mean {canonical(close[0])}?" if close else f"; known are: {', '.join(KEYS)}"
        raise ValueError(f"{path} is no key that JumpCloud's page tells{meant}")
    return KEYS[full]


def _spelled(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
