"""Holds [sync.mapping] against the schema of the domain, before anything is planned. One search at most; reads only."""

from __future__ import annotations

from jcad.adsync import doubtful, misfits
from jcad.directory import DirectoryReader
from jcad.directory.user_schema import read_user_schema
from jcad.errors import GuardStopped
from jcad.settings import Settings


def require_fitting(directory: DirectoryReader, settings: Settings) -> None:
    """Raise GuardStopped where the mapping names an attribute that users cannot have or that its rule does not fit."""
    names = doubtful(settings.sync.mapping)
    if not names:
        return
    found = misfits(settings.sync.mapping, read_user_schema(directory, names))
    if found:
        raise GuardStopped(
            "\n".join(
                (
                    f"[sync.mapping] does not fit the schema of {directory.dc.name}:",
                    *map(str, found),
                    "Nothing was written.",
                )
            ),
            hint="Correct these rules in [sync.mapping] of jcad.toml.",
        )
