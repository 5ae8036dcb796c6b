"""Password policy and password generation; the randomness is passed in. Pure.

Source of the complexity rule: passfilt (three of five classes, no account name, no part of the display name).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from jcad.model.secret import Secret

LOWER = "abcdefghijkmnopqrstuvwxyz"
UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
SYMBOLS = "-_.!#%+=@"
SERVICE_SYMBOLS = "-_."
"""Passwords of service accounts pass through installers and their command lines (rules.md)."""
GENERATED_LENGTH = 120
SERVICE_LENGTH = 64
_TOKEN = re.compile(r"[,.\-_ #\t]+")

Choose = Callable[[str], str]
"""Gives one character of a text, at random: `secrets.choice`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """A domain's password policy. Ages and durations in seconds, 0 = never or none; `history` in passwords."""

    min_length: int = 0
    complex: bool = False
    history: int = 0
    max_age: int = 0
    min_age: int = 0
    lockout_threshold: int = 0
    lockout_duration: int = 0
    lockout_window: int = 0


def generate(
    choose: Choose, avoid: tuple[str, ...] = (), length: int = GENERATED_LENGTH, symbols: str = SYMBOLS
) -> Secret:
    """Make a password of all four classes that holds no part of the names in `avoid`.

    Its length meets any minimum up to 120. Characters that are mistaken for one another are left out.
    """
    classes = (LOWER, UPPER, DIGITS, symbols)
    alphabet = "".join(classes)
    while True:
        text = "".join(choose(alphabet) for _ in range(length))
        if all(any(char in group for char in text) for group in classes) and not _holds_name(text, avoid):
            return Secret(text)


def forbidden_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """What a password may not hold of these names, as lower case: each whole, and its parts, of three letters or more."""
    tokens = {name.casefold() for name in names} | {token.casefold() for name in names for token in _TOKEN.split(name)}
    return tuple(sorted(token for token in tokens if len(token) >= 3))


def _holds_name(text: str, names: tuple[str, ...]) -> bool:
    lower = text.casefold()
    return any(part in lower for part in forbidden_parts(names))
