"""References to secrets: what the settings hold instead of a secret. Pure; `runs` resolves them."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Scheme(StrEnum):
    """Where a secret may be kept. KEYRING and VAULT can be written to."""

    ENV = "env"
    FILE = "file"
    KEYRING = "keyring"
    VAULT = "vault"
    PROMPT = "prompt"
    COMMAND = "command"


WRITABLE = frozenset({Scheme.KEYRING, Scheme.VAULT})
_EXAMPLE = (
    'a reference such as "env:NAME", "file:PATH", "keyring:SERVICE/USER", "vault:NAME", "prompt" '
    'or "command:PROGRAM ARGUMENT"'
)


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret by reference: `scheme`, and what it needs to find the secret."""

    scheme: Scheme
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """Read a reference. Raises ValueError, whose message never repeats the text: it may be a secret by mistake."""
        scheme, _, value = text.partition(":")
        if scheme not in set(Scheme):
            raise ValueError(f"this is no reference to a secret; write {_EXAMPLE}, never the secret itself")
        if not value and scheme != Scheme.PROMPT:
            raise ValueError(f"the reference says {scheme}: and not what; write {_EXAMPLE}")
        reference = cls(Scheme(scheme), value)
        if reference.scheme is Scheme.COMMAND and not reference.arguments:
            raise ValueError("command: needs a program")
        return reference

    @property
    def arguments(self) -> tuple[str, ...]:
        """The argument list of a `command:`; a JSON list, or words as a shell would split them (no shell runs them)."""
        if self.value.startswith("["):
            return tuple(str(part) for part in json.loads(self.value))
        return tuple(shlex.split(self.value))

    @property
    def writable(self) -> bool:
        """Whether a generated secret can be kept there."""
        return self.scheme in WRITABLE

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}" if self.value else str(self.scheme)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read a reference from text."""
        from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), from_text], serialization=core_schema.to_string_ser_schema()
        )
