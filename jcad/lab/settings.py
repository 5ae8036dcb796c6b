"""The jcad.toml of a lab, and the files of its secrets.

Writes only what it is asked to, mode 0600.
"""

from __future__ import annotations

import hashlib
import os
import secrets as random
from typing import TYPE_CHECKING, Final

from jcad.lab.seed import (
    ADMINISTRATOR,
    API_KEY,
    CLIENT_SECRET,
    DNS_DOMAIN,
    IMPORT_ACCOUNT,
    NETBIOS_DOMAIN,
    READER,
    ROOT_USER_CONTAINER,
    SYNC_ACCOUNT,
    WRITER,
    logins,
)
from jcad.lab.windows.machine.facts import SIGNER
from jcad.lab.windows.machine.packages import make_installer

if TYPE_CHECKING:
    from pathlib import Path

    from jcad.lab.lab import Lab
    from jcad.lab.windows.machine.facts import AgentKind

KINDS: Final[tuple[AgentKind, ...]] = ("sync", "import")
AGENT_VERSION: Final = "2.30.0"
"""The version of the lab's pretend installers."""

SETTINGS_FILE: Final = "jcad.toml"
API_KEY_FILE: Final = "api-key"
CLIENT_SECRET_FILE: Final = "client-secret"
VAULT_KEY_FILE: Final = "vault-key"


def secrets_folder(lab: Lab) -> Path:
    """Where the lab keeps one file for each password and key."""
    return lab.folder / "secrets"


def settings_text(lab: Lab, *, bare: bool = False) -> str:
    """Write the jcad.toml of a lab: the reader reads over LDAPS, the writer writes over WinRM with HTTPS.

    In a bare lab both are the sync account, which is not there before `jcad --profile administrator prepare apply`.
    """
    secrets = secrets_folder(lab)
    reader, writer = (SYNC_ACCOUNT, SYNC_ACCOUNT) if bare else (READER, WRITER)
    text = f"""\
# The settings of a jcad lab. Nothing here is real: the lab is on loopback, and so are its passwords.

[jumpcloud]
api_key = {_text(f"file:{secrets / API_KEY_FILE}")}
url = {_text(lab.jumpcloud.url)}
ca_file = {_text(str(lab.ca_file))}

[directory]
domain = "{DNS_DOMAIN}"
nameserver = {_text(f"{lab.nameserver.address}:{lab.nameserver.port}")}
user = {_account(reader)}
password = {_text(_kept(secrets, reader, bare=bare))}
ca_file = {_text(str(lab.ca_file))}

[remoting]
user = {_account(writer)}
password = {_text(_kept(secrets, writer, bare=bare))}
ca_file = {_text(str(lab.ca_file))}

[sync]
container = {_text(ROOT_USER_CONTAINER)}

[store]
location = {_text(str(lab.folder / "state.db"))}
"""
    return text + _prepare_text(lab) + _agents_text(lab) if bare else text


def _prepare_text(lab: Lab) -> str:
    """What a bare domain is to look like, and a profile for whoever prepares it."""
    secrets = secrets_folder(lab)
    administrator = f"user = {_account(ADMINISTRATOR)}\npassword = {_text(f'file:{secrets / ADMINISTRATOR}')}\n"
    return f"""
[vault]
path = {_text(str(lab.folder / "vault.json"))}
key = {_text(f"file:{secrets / VAULT_KEY_FILE}")}

[prepare]
admins_group = true
logon = "domain-controllers"     # a lab has no JEA endpoint; see the documentation before you choose this anywhere else

[prepare.sync]
name = "{SYNC_ACCOUNT}"
password = "vault:{SYNC_ACCOUNT}"
alternate = "{SYNC_ACCOUNT}-b"              # where `jcad account rotate` brings the agents, and back the next time
alternate_password = "vault:{SYNC_ACCOUNT}-b"

[prepare.import]
name = "{IMPORT_ACCOUNT}"
password = "vault:{IMPORT_ACCOUNT}"

# jcad --profile administrator: a service account cannot grant itself anything.
[profile.administrator.directory]
{administrator}
[profile.administrator.remoting]
{administrator}"""


def _agents_text(lab: Lab) -> str:
    """The tables of the agents, for the member servers of a lab; none without any. Its arguments are the lab's invention."""
    members = [host.name for host in lab.hosts if host.samba is None]
    if not members:
        return ""
    properties = lab.agents
    line = (
        f"{properties.switch} {properties.log_switch} {{log}} {properties.key_property}={{connect_key}} "
        f"{properties.account_property}={{account}} {properties.password_property}={{password}} "
        f"{properties.root_property}={{root_dn}}"
    )
    tables = "".join(
        f"""
[agents.{kind}]
version = "{AGENT_VERSION}"
installer = {_text(str(installer(lab, kind)))}
sha256 = "{hashlib.sha256(make_installer(kind, AGENT_VERSION)).hexdigest()}"
signer = {_text(SIGNER)}
arguments = {_text(line)}
upgrade_arguments = {_text(f"{properties.switch} {properties.log_switch} {{log}}")}
"""
        for kind in KINDS
    )
    hosts = "".join(f"\n[[agents.host]]\nname = {_text(name)}\nsync = true\n" for name in members)
    return f"\n\n[agents]\nsecrets_on_command_line = true     # the pretend installer takes them nowhere else\n{tables}{hosts}"


def installer(lab: Lab, kind: AgentKind) -> Path:
    """Where the lab's pretend installer of an agent is."""
    return lab.folder / "installers" / f"jumpcloud-ad-{kind}-{AGENT_VERSION}.exe"


def write_settings(lab: Lab, *, bare: bool = False) -> Path:
    """Write jcad.toml and the files of its secrets into the lab's folder; the path of jcad.toml."""
    folder = secrets_folder(lab)
    folder.mkdir(mode=0o700, exist_ok=True)
    for login in logins(bare=bare):
        write_private(folder / login.account, login.password)
    if bare:
        write_private(folder / VAULT_KEY_FILE, random.token_urlsafe(32))
        _write_installers(lab)
    write_private(folder / API_KEY_FILE, API_KEY)
    write_private(folder / CLIENT_SECRET_FILE, CLIENT_SECRET)
    path = lab.folder / SETTINGS_FILE
    write_private(path, settings_text(lab, bare=bare))
    return path


def _write_installers(lab: Lab) -> None:
    for kind in KINDS:
        path = installer(lab, kind)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(make_installer(kind, AGENT_VERSION))


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read."""
    temporary = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def _kept(secrets: Path, account: str, *, bare: bool) -> str:
    """Where the password of an account is kept."""
    return f"vault:{account}" if bare else f"file:{secrets / account}"


def _account(name: str) -> str:
    return _text(f"{NETBIOS_DOMAIN}\\{name}")


def _text(value: str) -> str:
    """A TOML basic string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
