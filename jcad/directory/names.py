"""Distinguished names by the ten thousand: containers are parsed once, plain names without the whole grammar. Pure."""

from __future__ import annotations

import re
from typing import Final

from jcad.errors import DirectoryError
from jcad.model import DistinguishedName, Rdn

_PLAIN_HEAD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*=[^\\\";,#\s](?:[^\\\";,]*[^\\\";,\s])?\Z")
_MOST_KNOWN: Final = 200_000


class NameReader:
    """Reads distinguished names as `DistinguishedName.parse` does. Raises DirectoryError for what is no name.

    Containers are remembered, because users share them; whole names only where `member` is asked, because members of groups
    come again and again. Up to 200,000 of each.
    """

    __slots__ = ("_containers", "_members")

    def __init__(self) -> None:
        self._containers: dict[str, DistinguishedName] = {}
        self._members: dict[str, DistinguishedName] = {}

    def __call__(self, text: str) -> DistinguishedName:
        """The name that this text writes."""
        head, comma, tail = text.partition(",")
        if not comma or not _PLAIN_HEAD.match(head):
            return _parse(text)
        container = self._containers.get(tail)
        if container is None:
            container = _remember(self._containers, tail)
        type_, _, value = head.partition("=")
        return DistinguishedName((Rdn(type_, value), *container.rdns))

    def member(self, text: str) -> DistinguishedName:
        """The same, remembered as a whole."""
        known = self._members.get(text)
        if known is None:
            known = self(text)
            if len(self._members) >= _MOST_KNOWN:
                self._members.clear()
            self._members[text] = known
        return known


def _remember(names: dict[str, DistinguishedName], text: str) -> DistinguishedName:
    if len(names) >= _MOST_KNOWN:
        names.clear()
    name = names[text] = _parse(text)
    return name


def _parse(text: str) -> DistinguishedName:
    try:
        return DistinguishedName.parse(text)
    except ValueError as error:
        raise DirectoryError(f"the domain controller sent a name that is none: {error}") from error
