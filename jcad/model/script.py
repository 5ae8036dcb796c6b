"""A script as the registry knows it, and one call of it. Pure values: powershell makes them, remoting runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jcad.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Right:
    """One right that a script needs.

    `right` is WriteProperty, CreateChild, ExtendedRight ...; `on` a class; `attribute` one of it, or an extended right.
    """

    right: str
    on: str
    attribute: str = ""

    def __str__(self) -> str:
        return f"{self.right} {self.attribute} on {self.on}".replace("  ", " ")


VERSION_FUNCTION = "Get-JcadScript"
"""The function of a JEA endpoint that says which scripts it has: one line of JSON each, `{"name", "digest"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One reviewed script: its name in the registry, its text, what it is for, whether it writes, the rights it needs.

    `digest` is the SHA-256 of the text: what a JEA endpoint's version is compared with.
    """

    name: str
    synopsis: str
    text: str = field(repr=False)
    digest: str
    writes: bool = True
    takes_secret: bool = False
    rights: tuple[Right, ...] = ()

    @property
    def function(self) -> str:
        """The name of the function that a JEA endpoint has for it: `Invoke-JcadDisableUser`."""
        return "Invoke-Jcad" + "".join(part.capitalize() for part in self.name.split("-"))


@dataclass(frozen=True, slots=True)
class Credential:
    r"""An account (`DOMAIN\user` or `user@domain`) and its password, which travel as a PSCredential."""

    account: str
    password: Secret = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One run of a script: named parameters (text, numbers, booleans), and secrets that travel as secure strings.

    `credential` is the account that reads and writes the directory, where it is not the one that opened the session.
    `lines` is how many lines it is expected to write, 0 where that is not known: output is then fetched as it comes.
    `feed` is what the script reads from its pipeline, as byte arrays: a stream of bytes that the session cuts as its wire
    likes, read once, and not beyond the session's `feed_limit`. What it raises stops the script, and comes through.
    """

    script: Script
    parameters: Mapping[str, str | int | bool]
    secrets: tuple[Secret, ...] = ()
    credential: Credential | None = None
    lines: int = 0
    feed: Iterable[bytes] | None = field(default=None, repr=False, compare=False)
