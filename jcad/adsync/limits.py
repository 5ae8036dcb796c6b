"""The sync's limits and their defaults. Pure; the guard of `plan` applies them.

Defaults follow what peers ship: a share with a floor for small sets, absolute numbers for what is new.
"""

from __future__ import annotations

from collections.abc import Mapping

from jcad.plan import Limit

DEFAULTS: tuple[Limit, ...] = (
    Limit(guard="creates", count=100, what="creates"),
    Limit(guard="takeovers", count=50, what="takeovers and links"),
    Limit(guard="disables", count=50, share=0.1, floor=5, population="users", what="disables"),
    Limit(
        guard="removals",
        count=100,
        share=0.2,
        floor=5,
        population="members",
        per_scope=True,
        what="removals of members",
    ),
    Limit(
        guard="authoritative-removals",
        count=0,
        population="members",
        per_scope=True,
        what="removals of members that only AD had",
    ),
    Limit(
        guard="may-delete",
        count=0,
        what="changes that may delete the JumpCloud account, because an IMPORT agent is active (UserDissociationAction)",
    ),
    Limit(guard="renames", count=10, what="logon names changed"),
    Limit(guard="unlinks", count=20, what="pairs dropped"),
    Limit(guard="total", count=1000, what="changes in all"),
)


def configured(counts: Mapping[str, int]) -> list[Limit]:
    """The defaults with the counts of the settings in their place; a count that is set replaces the share as well."""
    return [
        Limit(
            guard=limit.guard,
            count=counts[limit.guard],
            population=limit.population,
            per_scope=limit.per_scope,
            what=limit.what,
        )
        if limit.guard in counts
        else limit
        for limit in DEFAULTS
    ]
