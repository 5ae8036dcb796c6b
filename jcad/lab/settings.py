"""The jcad.toml of a lab, and the files of its secrets.

Writes only what it is asked to, mode 0600.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jcad.lab.seed import (
    API_KEY,
    CLIENT_SECRET,
    DNS_DOMAIN,
    LOGINS,
    NETBIOS_DOMAIN,
    READER,
    ROOT_USER_CONTAINER,
    WRITER,
)

if TYPE_CHECKING:
    from pathlib import Path

    from jcad.lab.lab import Lab

SETTINGS_FILE: Final = "jcad.toml"
API_KEY_FILE: Final = "api-key"
CLIENT_SECRET_FILE: Final = "client-secret"


def secrets_folder(lab: Lab) -> Path:
    """Where the lab keeps one file for each password and key."""
    return lab.folder / "secrets"


def settings_text(lab: Lab) -> str:
    """Write the jcad.toml of a lab: the reader reads over LDAPS, the writer writes over WinRM with HTTPS."""
    secrets = secrets_folder(lab)
    return f"""\
# The settings of a jcad lab. Nothing here is real: the lab is on loopback, and so are its passwords.

[jumpcloud]
api_key = {_text(f"file:{secrets / API_KEY_FILE}")}
url = {_text(lab.jumpcloud.url)}
ca_file = {_text(str(lab.ca_file))}

[directory]
domain = "{DNS_DOMAIN}"
nameserver = {_text(f"{lab.nameserver.address}:{lab.nameserver.port}")}
user = {_account(READER)}
password = {_text(f"file:{secrets / READER}")}
ca_file = {_text(str(lab.ca_file))}

[remoting]
user = {_account(WRITER)}
password = {_text(f"file:{secrets / WRITER}")}
ca_file = {_text(str(lab.ca_file))}

[sync]
container = {_text(ROOT_USER_CONTAINER)}

[store]
location = {_text(str(lab.folder / "state.db"))}
"""


def write_settings(lab: Lab) -> Path:
    """Write jcad.toml and the files of its secrets into the lab's folder; the path of jcad.toml."""
    folder = secrets_folder(lab)
    folder.mkdir(mode=0o700, exist_ok=True)
    for login in LOGINS:
        write_private(folder / login.account, login.password)
    write_private(folder / API_KEY_FILE, API_KEY)
    write_private(folder / CLIENT_SECRET_FILE, CLIENT_SECRET)
    path = lab.folder / SETTINGS_FILE
    write_private(path, lab.settings_text())
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read."""
    temporary = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _account(name: str) -> str:
    return _text(f"{NETBIOS_DOMAIN}\\{name}")


def _text(value: str) -> str:
    """A TOML basic string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
