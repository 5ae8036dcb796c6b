"""A value that must never be seen: it refuses text, JSON, pickling and templates. Pure."""

from __future__ import annotations

import hmac
from typing import NoReturn

from jcad.errors import SecretInScript


class Secret:
    """A password, a key or a token. `reveal()` is the one way to its text; every caller of it can be found by name.

    `str()`, `format()`, JSON, pickling and Jinja raise; `repr()` shows stars, so that a traceback is safe.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The secret's text, for the one place that hands it to a wire."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> NoReturn:
        raise SecretInScript("a secret was about to become text", hint="pass it as a secure string, never as text")

    def __format__(self, spec: str) -> NoReturn:
        str(self)
        raise AssertionError(spec)

    def __html__(self) -> NoReturn:
        str(self)
        raise AssertionError

    def __reduce__(self) -> NoReturn:
        raise SecretInScript("a secret was about to be written out", hint="keep a reference to it instead")

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode("utf-16-le"), other.reveal().encode("utf-16-le"))

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dictionary
