"""References to secrets: each scheme, what goes wrong with it, and that no message repeats a secret."""

from __future__ import annotations

import json
import os
import stat
import sys

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from jcad.errors import SecretError
from jcad.model import Secret
from jcad.runs.secrets import SecretSource
from jcad.runs.vault import Vault
from jcad.settings import SecretReference
from jcad.settings import Vault as VaultSettings

SECRET = "Tr0ub4dor & 渡辺 ''"


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps its passwords in memory, in place of the operating system's."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@pytest.fixture
def memory_keyring():
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def source(vault=None, ask=lambda _what: SECRET):
    return SecretSource(vault or VaultSettings(), ask)


def resolve(text, **values):
    return source(**values).resolve(SecretReference.parse(text), "the password")


def test_an_environment_variable(monkeypatch):
    monkeypatch.setenv("JCAD_TEST", SECRET)
    assert resolve("env:JCAD_TEST") == Secret(SECRET)
    monkeypatch.delenv("JCAD_TEST")
    with pytest.raises(SecretError, match="the password: the environment variable JCAD_TEST is not set"):
        resolve("env:JCAD_TEST")


def test_an_empty_secret_is_refused(monkeypatch):
    monkeypatch.setenv("JCAD_TEST", "")
    with pytest.raises(SecretError, match="empty"):
        resolve("env:JCAD_TEST")


def test_a_file_without_its_line_end(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n", "utf-8")
    path.chmod(0o600)
    assert resolve(f"file:{path}") == Secret(SECRET)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "secret"
    path.write_text(SECRET, "utf-8")
    path.chmod(mode)
    with pytest.raises(SecretError, match="others can read") as caught:
        resolve(f"file:{path}")
    assert "chmod 600" in caught.value.hint
    assert SECRET not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SecretError, match="nowhere"):
        resolve(f"file:{tmp_path / 'nowhere'}")


def test_a_prompt_asks_for_what_it_is_for_and_only_once():
    asked = []
    secrets = source(ask=lambda what: asked.append(what) or SECRET)
    for _ in range(2):
        assert secrets.resolve(SecretReference.parse("prompt"), "the password of jcsync") == Secret(SECRET)
    secrets.resolve(SecretReference.parse("prompt"), "the API key")
    assert asked == ["the password of jcsync", "the API key"]


def test_a_command_is_run_without_a_shell():
    code = f"import sys; sys.stdout.buffer.write({SECRET!r}.encode() + b'\\n')"
    assert resolve(f"command:{json.dumps([sys.executable, '-c', code])}") == Secret(SECRET)
    with pytest.raises(SecretError, match="there is no program"):
        resolve("command:no-such-program-at-all ; echo x")


def test_a_command_that_fails_tells_no_output():
    code = f"print({SECRET!r}); raise SystemExit(3)"
    with pytest.raises(SecretError, match="ended with 3") as caught:
        resolve(f"command:{json.dumps([sys.executable, '-c', code])}")
    assert SECRET not in repr(caught.getrepr())


def test_the_keyring_is_read_and_written(memory_keyring):
    reference = SecretReference.parse("keyring:jcad/LAB\\jcsync")
    secrets = source()
    with pytest.raises(SecretError, match="keyring has no") as caught:
        secrets.resolve(reference, "the password")
    assert "jcad secret set" in caught.value.hint
    secrets.put(reference, Secret(SECRET))
    assert memory_keyring.kept == {("jcad", "LAB\\jcsync"): SECRET}
    assert secrets.resolve(reference, "the password") == Secret(SECRET)


def test_a_keyring_that_forgets_is_seen(memory_keyring, mocker):
    mocker.patch.object(memory_keyring, "set_password")
    with pytest.raises(SecretError, match="did not keep"):
        source().put(SecretReference.parse("keyring:x"), Secret(SECRET))


@pytest.mark.parametrize("text", ["env:X", "file:/x", "prompt", "command:x"])
def test_what_cannot_be_written_is_refused(text):
    with pytest.raises(SecretError, match="cannot be written to"):
        source().put(SecretReference.parse(text), Secret(SECRET))


# ---- the vault -------------------------------------------------------------------------------------------------------


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "private" / "vault.json", Secret("correct horse"))


def test_a_vault_keeps_secrets_and_shows_none(vault):
    vault.put("api key", Secret(SECRET))
    vault.put("other", Secret("second"))
    assert vault.get("api key") == Secret(SECRET)
    assert vault.get("other") == Secret("second")
    raw = vault.path.read_bytes()
    assert SECRET.encode() not in raw
    assert b"second" not in raw
    if os.name == "posix":
        assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600


def test_a_wrong_passphrase_opens_nothing_and_seals_nothing(vault):
    vault.put("a", Secret(SECRET))
    before = vault.path.read_bytes()
    wrong = Vault(vault.path, Secret("incorrect horse"))
    with pytest.raises(SecretError, match="passphrase is wrong"):
        wrong.get("a")
    with pytest.raises(SecretError, match="passphrase is wrong"):
        wrong.put("b", Secret("x"))
    assert vault.path.read_bytes() == before


def test_entries_of_a_vault_cannot_be_swapped(vault):
    vault.put("a", Secret("first"))
    vault.put("b", Secret("second"))
    document = json.loads(vault.path.read_text("utf-8"))
    document["entries"]["a"], document["entries"]["b"] = document["entries"]["b"], document["entries"]["a"]
    vault.path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(SecretError, match="was changed"):
        vault.get("a")


def test_a_vault_that_is_none_is_a_clear_error(vault):
    with pytest.raises(SecretError, match="There is no vault"):
        vault.get("a")
    vault.path.parent.mkdir()
    vault.path.write_text("{}", "utf-8")
    with pytest.raises(SecretError, match="no vault that this jcad knows"):
        vault.get("a")


def test_a_vault_by_reference(tmp_path, monkeypatch):
    monkeypatch.setenv("JCAD_PASSPHRASE", "correct horse")
    settings = VaultSettings(path=tmp_path / "vault.json", key=SecretReference.parse("env:JCAD_PASSPHRASE"))
    secrets = source(vault=settings)
    reference = SecretReference.parse("vault:jcsync")
    secrets.put(reference, Secret(SECRET))
    assert source(vault=settings).resolve(reference, "x") == Secret(SECRET)
    with pytest.raises(SecretError, match=r"needs \[vault\] key"):
        source().resolve(reference, "x")
