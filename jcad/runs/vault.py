"""jcad's own file of secrets: AES-256-GCM, its key from a passphrase by scrypt. Touches one file, mode 0600.

Each entry is sealed by itself with its name as associated data, so that two entries cannot be swapped.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from jcad.errors import SecretError
from jcad.model import Secret

_FORMAT = 1
_COST = 2**15


class Vault:
    """A vault file. `get` and `put` open it anew each time; another process may have written to it."""

    def __init__(self, path: Path, passphrase: Secret) -> None:
        self.path = path
        self._passphrase = passphrase

    def get(self, name: str) -> Secret:
        """The secret of that name. Raises SecretError where there is none, or the passphrase is wrong."""
        document = self._read()
        entry = document["entries"].get(name)
        if entry is None:
            raise SecretError(
                f"The vault {self.path} holds no {name!r}.", hint=f"`jcad secret set vault:{name}` puts it there."
            )
        try:
            sealed = base64.b64decode(entry["sealed"])
            plain = AESGCM(self._key(document)).decrypt(base64.b64decode(entry["nonce"]), sealed, name.encode())
        except InvalidTag:
            raise SecretError(
                f"The vault {self.path} does not open: the passphrase is wrong, or the file was changed."
            ) from None
        return Secret(plain.decode())

    def holds(self, name: str) -> bool:
        """Whether there is a secret of that name; nothing is opened. Raises SecretError where the file cannot be read."""
        return self.path.exists() and name in self._read()["entries"]

    def remove(self, name: str) -> None:
        """Drop a secret, if it is there. Raises SecretError."""
        if self.holds(name):
            document = self._read()
            del document["entries"][name]
            self._write(document)

    def put(self, name: str, secret: Secret) -> None:
        """Store a secret, and read it back. Raises SecretError."""
        document = self._read() if self.path.exists() else self._new()
        for existing in document["entries"]:
            self.get(existing)  # a wrong passphrase must not seal a new entry beside the old ones
            break
        nonce = os.urandom(12)
        sealed = AESGCM(self._key(document)).encrypt(nonce, secret.reveal().encode(), name.encode())
        document["entries"][name] = {"nonce": _text(nonce), "sealed": _text(sealed)}
        self._write(document)
        if self.get(name) != secret:
            raise SecretError(f"The vault {self.path} did not keep {name!r}.")

    def _key(self, document: dict[str, Any]) -> bytes:
        salt = base64.b64decode(document["salt"])
        passphrase = self._passphrase.reveal().encode()
        return Scrypt(salt=salt, length=32, n=document["cost"], r=8, p=1).derive(passphrase)

    def _new(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "kdf": "scrypt",
            "cost": _COST,
            "salt": _text(secrets.token_bytes(16)),
            "entries": {},
        }

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            raise SecretError(
                f"There is no vault at {self.path}.", hint="`jcad secret set vault:NAME` makes one."
            ) from None
        except (OSError, ValueError) as error:
            raise SecretError(f"The vault {self.path} cannot be read: {error}") from error
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise SecretError(f"{self.path} is no vault that this jcad knows.")
        return document

    def _write(self, document: dict[str, Any]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".vault-")  # mkstemp makes it private
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError as error:
            raise SecretError(f"The vault {self.path} cannot be written: {error}") from error


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
