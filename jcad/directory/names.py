"""Distinguished names by the ten thousand: containers are parsed once, plain names without the whole grammar. Pure."""

from __future__ import annotations

import re
from typing import Final

from jcad.errors import DirectoryError
from jcad.model import DistinguishedName, Rdn

_PLAIN_HEAD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*=[^\\\";,#\s](?:[^\\\";,]*[^\\\";,\s])?\Z")
_MOST_KNOWN: Final = 200_000


class NameReader:
    """Reads distinguished names as `DistinguishedName.parse` does, and remembers up to 200,000 of them.

    Members of groups come again and again, and users share their container. Raises DirectoryError for what is no name.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, DistinguishedName] = {}

    def __call__(self, text: str) -> DistinguishedName:
        """The name that this text writes."""
        known = self._known.get(text)
        if known is None:
            head, comma, tail = text.partition(",")
            if comma and _PLAIN_HEAD.match(head):
                type_, _, value = head.partition("=")
                known = DistinguishedName((Rdn(type_, value), *self._container(tail).rdns))
            else:
                known = _parse(text)
            self._remember(text, known)
        return known

    def _container(self, text: str) -> DistinguishedName:
        known = self._known.get(text)
        if known is None:
            known = _parse(text)
            self._remember(text, known)
        return known

    def _remember(self, text: str, name: DistinguishedName) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[text] = name


def _parse(text: str) -> DistinguishedName:
    try:
        return DistinguishedName.parse(text)
    except ValueError as error:
        raise DirectoryError(f"the domain controller sent a name that is none: {error}") from error
