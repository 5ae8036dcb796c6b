"""An agent's configuration file: what is wanted of it against what it holds. Pure.

Source: JumpCloud's page on the import agent's configuration: the same on every server with the agent. A key is written only
where the file has it already, in the spelling that the file has; every other key is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jcad.settings import DISSOCIATION_SPELLINGS, canonical

DISSOCIATION = DISSOCIATION_SPELLINGS[0]
DISABLE = "MainLoop.UserDisableAction"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationDiff:
    """What is to be written: `set` and the values that are `expected` there, as JSON texts by the file's own keys.

    `missing` are wanted keys that the file does not have, in the page's spelling.
    """

    set: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def configuration_diff(wanted: Mapping[str, str], actual: Mapping[str, str]) -> ConfigurationDiff:
    """What differs between wanted keys (the page's spelling) and a file's (its own), both as JSON texts."""
    changed: dict[str, str] = {}
    expected: dict[str, str] = {}
    missing: list[str] = []
    for path, value in sorted(wanted.items()):
        keys = [key for key in spellings(path) if key in actual]
        if not keys:
            missing.append(path)
        for key in keys:
            if not same_json(actual[key], value):
                changed[key], expected[key] = value, actual[key]
    return ConfigurationDiff(set=changed, expected=expected, missing=tuple(missing))


def spellings(path: str) -> tuple[str, ...]:
    """The keys that a file may have for one of the page's."""
    return DISSOCIATION_SPELLINGS if path == DISSOCIATION else (path,)


def in_page_spelling(actual: Mapping[str, str]) -> dict[str, str]:
    """A file's keys as the page spells them; where it has both spellings, the page's own counts."""
    own = {canonical(key): value for key, value in actual.items() if key not in DISSOCIATION_SPELLINGS}
    for key in reversed(DISSOCIATION_SPELLINGS):
        if key in actual:
            own[DISSOCIATION] = actual[key]
    return dict(sorted(own.items()))


def same_json(one: str, other: str) -> bool:
    """Whether two JSON texts are the same value; texts that are no JSON are compared as they are."""
    if one == other:
        return True
    try:
        first, second = json.loads(one), json.loads(other)
    except ValueError:
        return False
    return type(first) is type(second) and bool(first == second)


def differing(configurations: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """The known keys that hosts do not agree on: each with the hosts by value. `configurations` are the files by host.

    A key that a file does not have counts as the text `absent`, where others have it.
    """
    spelled = {host: in_page_spelling(actual) for host, actual in sorted(configurations.items())}
    for key in sorted({key for actual in spelled.values() for key in actual}):
        hosts: dict[str, list[str]] = {}
        for host, actual in spelled.items():
            hosts.setdefault(actual.get(key, "absent"), []).append(host)
        if len(hosts) > 1:
            yield key, {value: tuple(names) for value, names in sorted(hosts.items())}


def contradiction(wanted: Mapping[str, str]) -> str:
    """What two wanted keys say against each other, or an empty text.

    The page: UserDissociationAction "overrides UserDisableAction if their values are not identical".
    """
    dissociation, disable = wanted.get(DISSOCIATION), wanted.get(DISABLE)
    if dissociation is None or disable is None or same_json(dissociation, disable):
        return ""
    return (
        f"UserDissociationAction is {dissociation} and UserDisableAction is {disable}: "
        "where they are not identical, UserDissociationAction overrides the other"
    )
