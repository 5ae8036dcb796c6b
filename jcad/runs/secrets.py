"""From a reference to a secret, and back for those that can be written. Touches what the reference names, nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import keyring
import keyring.errors
import platformdirs

from jcad.errors import SecretError
from jcad.model import Secret
from jcad.runs.vault import Vault
from jcad.settings import Scheme, SecretReference
from jcad.settings import Vault as VaultSettings

Ask = Callable[[str], str]
"""Asks a person for a secret, given what it is for."""

_COMMAND_TIMEOUT = 60.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretSource:
    """Resolves references; each is resolved once and then remembered for the life of this object."""

    def __init__(self, vault: VaultSettings, ask: Ask) -> None:
        self._vault_settings = vault
        self._ask = ask
        self._known: dict[tuple[str, str], Secret] = {}

    def resolve(self, reference: SecretReference, what: str) -> Secret:
        """The secret that a reference names; `what` says what it is for. Raises SecretError, which never repeats it."""
        key = (str(reference), what if reference.scheme is Scheme.PROMPT else "")
        if key not in self._known:
            secret = self._resolve(reference, what)
            if not secret:
                raise SecretError(f"{what}: {reference} gives an empty secret.")
            self._known[key] = secret
        return self._known[key]

    def put(self, reference: SecretReference, secret: Secret) -> None:
        """Store a secret where the reference says, and read it back. Raises SecretError where it cannot be written."""
        if reference.scheme is Scheme.VAULT:
            self._vault().put(reference.value, secret)
        elif reference.scheme is Scheme.KEYRING:
            _keyring_put(reference, secret)
        else:
            raise SecretError(
                f"{reference} cannot be written to.", hint="Generated secrets need a keyring: or vault: reference."
            )
        self._known.pop((str(reference), ""), None)

    def holds(self, reference: SecretReference) -> bool:
        """Whether a writable reference gives a secret now; it is not opened. Raises SecretError."""
        if reference.scheme is Scheme.VAULT:
            return self._vault().holds(reference.value)
        if reference.scheme is Scheme.KEYRING:
            return _keyring_holds(reference)
        raise SecretError(f"{reference} cannot be asked whether it holds a secret.")

    def remove(self, reference: SecretReference) -> None:
        """Drop the secret of a writable reference, if there is one. Raises SecretError."""
        if reference.scheme is Scheme.VAULT:
            self._vault().remove(reference.value)
        elif _keyring_holds(reference):
            _keyring_remove(reference)
        self._known.pop((str(reference), ""), None)

    def _resolve(self, reference: SecretReference, what: str) -> Secret:
        match reference.scheme:
            case Scheme.ENV:
                return _from_environment(reference.value, what)
            case Scheme.FILE:
                return _from_file(Path(reference.value).expanduser(), what)
            case Scheme.COMMAND:
                return _from_command(reference.arguments, what)
            case Scheme.KEYRING:
                return _from_keyring(reference, what)
            case Scheme.VAULT:
                return self._vault().get(reference.value)
            case Scheme.PROMPT:
                return Secret(self._ask(what))

    def _vault(self) -> Vault:
        key = self._vault_settings.key
        if key is None:
            raise SecretError("A vault: reference needs [vault] key in jcad.toml: where its passphrase is kept.")
        if key.scheme is Scheme.VAULT:
            raise SecretError("[vault] key cannot itself be in the vault.")
        path = self._vault_settings.path or platformdirs.user_data_path("jcad") / "vault.json"
        return Vault(path, self.resolve(key, "the passphrase of the vault"))


def private_file(path: Path, what: str) -> Path:
    """A file with keys of its own, such as a keytab. Raises SecretError where it is missing or others can read it."""
    found = path.expanduser()
    _private_bytes(found, what)
    return found


def file_mark(path: Path, what: str) -> Secret:
    """What tells one content of a file of keys from another. Raises SecretError as `private_file` does."""
    return Secret(hashlib.sha256(_private_bytes(path.expanduser(), what)).hexdigest())


def _private_bytes(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & _OTHERS:
                raise SecretError(f"{what}: others can read {path}, so it is not used.", hint=f"chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise SecretError(f"{what}: {path} cannot be read: {error}") from error


def _from_environment(name: str, what: str) -> Secret:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(f"{what}: the environment variable {name} is not set.")
    return Secret(value)


def _from_file(path: Path, what: str) -> Secret:
    try:
        return Secret(_private_bytes(path, what).decode("utf-8").rstrip("\r\n"))
    except UnicodeDecodeError as error:
        raise SecretError(f"{what}: {path} cannot be read: {error}") from error


def _from_command(arguments: tuple[str, ...], what: str) -> Secret:
    program = arguments[0]
    try:
        ended = subprocess.run(  # noqa: S603  - an argument list from the administrator's own settings; no shell
            arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_COMMAND_TIMEOUT, check=True
        )
        return Secret(ended.stdout.decode("utf-8").rstrip("\r\n"))
    except FileNotFoundError:
        raise SecretError(f"{what}: there is no program {program}.") from None
    except subprocess.CalledProcessError as error:
        raise SecretError(f"{what}: {program} ended with {error.returncode}.") from None
    except (subprocess.TimeoutExpired, OSError, UnicodeDecodeError) as error:
        raise SecretError(f"{what}: {program} gave no secret ({type(error).__name__}).") from None


def _from_keyring(reference: SecretReference, what: str) -> Secret:
    service, user = _keyring_names(reference)
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(f"{what}: the keyring cannot be read: {error}") from error
    if value is None:
        raise SecretError(
            f"{what}: the keyring has no {reference.value}.", hint=f"`jcad secret set {reference}` puts it there."
        )
    return Secret(value)


def _keyring_holds(reference: SecretReference) -> bool:
    service, user = _keyring_names(reference)
    try:
        return keyring.get_password(service, user) is not None
    except keyring.errors.KeyringError as error:
        raise SecretError(f"The keyring cannot be read: {error}") from error


def _keyring_remove(reference: SecretReference) -> None:
    service, user = _keyring_names(reference)
    try:
        keyring.delete_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(f"The keyring cannot be written: {error}") from error


def _keyring_put(reference: SecretReference, secret: Secret) -> None:
    service, user = _keyring_names(reference)
    try:
        keyring.set_password(service, user, secret.reveal())
        kept = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(f"The keyring cannot be written: {error}") from error
    if kept is None or Secret(kept) != secret:
        raise SecretError(f"The keyring did not keep {reference.value}.")


def _keyring_names(reference: SecretReference) -> tuple[str, str]:
    service, _, user = reference.value.rpartition("/")
    return (service, user) if service else ("jcad", user)
