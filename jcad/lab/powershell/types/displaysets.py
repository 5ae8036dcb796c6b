"""Which properties of an object are shown: what a script said by Update-TypeData. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVICE: Final = "display sets"
"""Where a runspace keeps them: names of properties, by the type's name in lower case."""


def display_set(engine: Any, type_names: Sequence[str]) -> Sequence[str] | None:
    """The properties to show of an object of these types, the nearest type first; None where all are."""
    sets: dict[str, Sequence[str]] = engine.services.get(SERVICE, {})
    return next((sets[name.lower()] for name in type_names if name.lower() in sets), None)
