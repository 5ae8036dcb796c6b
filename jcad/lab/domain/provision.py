"""Making the lab's domain: provisioned once per machine, user and Samba version, then copied for each lab.

Runs samba-tool; writes the cache folder and the folder that it is given.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from jcad.errors import LabError
from jcad.lab import database as child
from jcad.lab.domain.database import Change, Database, add, modify
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, NETBIOS_DOMAIN
from jcad.model import Sid

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAKERS: Final = (Path(__file__), Path(child.__file__).with_name("protection.py"))
"""The sources of what is made here: a template made by other ones is made again."""
_OPTIONS: Final = (
    "--server-role=dc",
    "--use-rfc2307",
    "--dns-backend=NONE",
    f"--realm={DNS_DOMAIN.upper()}",
    f"--domain={NETBIOS_DOMAIN}",
    "--host-name=dc1",
    "--host-ip=127.0.0.1",
    "--option=interfaces=lo",
    "--option=bind interfaces only=yes",
)

REMOTE_MANAGEMENT_USERS: Final = "S-1-5-32-580"
"""The builtin group whose members may open a PowerShell session on a domain controller. Samba does not have it."""

_BUILTIN_LOCAL: Final = -2147483643  # GROUP_TYPE_BUILTIN_LOCAL_GROUP, resource, security enabled (MS-ADTS 2.2.12)
_DOMAIN_LOCAL: Final = -2147483644
_CANNOT_RENAME_MOVE_DELETE: Final = -1946157056  # systemFlags of every builtin group (MS-ADTS 2.2.10)


def provision(folder: Path, *, fresh: bool = False) -> Path:
    """Lay a provisioned domain into `folder` (its `private` databases, nothing that runs); the folder of databases.

    Copies of one template are the same domain, with the same SID and GUIDs; `fresh` provisions anew, for a domain with a SID
    of its own, in about four seconds. Raises `LabError` with samba-tool's own words where it fails.
    """
    private = folder / "private"
    if fresh:
        with tempfile.TemporaryDirectory(prefix="jcad-provision-") as temporary:
            shutil.copytree(_make(Path(temporary) / "domain") / "private", private)
    else:
        shutil.copytree(template() / "private", private)
    private.chmod(0o700)
    return private


def template() -> Path:
    """Give the cached domain of this machine's Samba; it is provisioned where it is missing."""
    cache = Path(platformdirs.user_cache_dir("jcad")) / "lab"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = cache / f"domain-{_key()}"
    with _alone(cache / "provision.lock"):
        if not wanted.is_dir():
            for outdated in cache.glob("domain-*"):
                shutil.rmtree(outdated, ignore_errors=True)
            made = _make(cache / f"making-{os.getpid()}")
            made.rename(wanted)
    return wanted


def _key() -> str:
    version = subprocess.run(["samba", "--version"], capture_output=True, text=True, check=True).stdout
    makers = [maker.read_bytes() for maker in _MAKERS]
    return hashlib.sha256(repr((version, makers)).encode()).hexdigest()[:16]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    password = "Aa1." + secrets.token_urlsafe(24)  # replaced by the seed; nobody needs it
    done = subprocess.run(
        ["samba-tool", "domain", "provision", f"--targetdir={folder}", f"--adminpass={password}", *_OPTIONS],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise LabError(
            f"samba-tool could not provision the lab's domain: {done.stderr.strip().rpartition(chr(10))[2]}",
            hint="check that the packages of ./dev install are those of one Samba version",
        )
    with Database(folder / "etc" / "smb.conf") as database:
        database.apply(_what_samba_lacks())
        database.protect()
    return folder


def _what_samba_lacks() -> list[Change]:
    return [
        add(
            f"CN=Remote Management Users,CN=Builtin,{DOMAIN_DN}",
            {
                "objectClass": ["top", "group"],
                "sAMAccountName": ["Remote Management Users"],
                "description": ["Members of this group can access WMI resources over management protocols"],
                "objectSid": [Sid.parse(REMOTE_MANAGEMENT_USERS).to_bytes()],
                "groupType": [str(_BUILTIN_LOCAL)],
                "systemFlags": [str(_CANNOT_RENAME_MOVE_DELETE)],
                "isCriticalSystemObject": ["TRUE"],
            },
            system=True,
        ),
        add(
            f"CN=DnsAdmins,CN=Users,{DOMAIN_DN}",
            {
                "objectClass": ["top", "group"],
                "sAMAccountName": ["DnsAdmins"],
                "description": ["DNS Administrators Group"],
                "groupType": [str(_DOMAIN_LOCAL)],
            },
        ),
        password_policy(),
    ]


def password_policy(
    *, minimum_length: int = 7, complexity: bool = True, lockout_threshold: int = 5, lockout_minutes: int = 30
) -> Change:
    """Set the domain's password policy: Windows Server's defaults, but for a lockout after five wrong passwords."""
    interval = str(-lockout_minutes * 60 * 10_000_000)
    return modify(
        DOMAIN_DN,
        ("replace", "minPwdLength", [str(minimum_length)]),
        ("replace", "pwdProperties", [str(int(complexity))]),
        ("replace", "lockoutThreshold", [str(lockout_threshold)]),
        ("replace", "lockOutObservationWindow", [interval]),
        ("replace", "lockoutDuration", [interval]),
    )
