"""The names of the lab's domain, and the smb.conf of each of its domain controllers.

Pure; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jcad.lab.seed import DNS_DOMAIN, NETBIOS_DOMAIN


def controller_name(number: int) -> str:
    """Give the DNS name of a domain controller: dc1.lab.jcad.test."""
    return f"dc{number}.{DNS_DOMAIN}"


@dataclass(frozen=True, slots=True)
class ControllerFiles:
    """Where one domain controller keeps what is its own: `folder` for its runtime files, `private` for its databases."""

    folder: Path
    private: Path

    @property
    def configuration(self) -> Path:
        """Its smb.conf."""
        return self.folder / "smb.conf"

    @property
    def log(self) -> Path:
        """What its Samba says."""
        return self.folder / "samba.log"

    @property
    def pid(self) -> Path:
        """Where its Samba notes its process id."""
        return self.folder / "run" / "samba.pid"


def smb_conf(
    files: ControllerFiles, *, netbios_name: str, address: str, services: str, certificate: Path, key: Path, ca: Path
) -> str:
    """Write the smb.conf of a domain controller that listens on one loopback address and keeps its files together.

    Unsigned, unencrypted binds are refused, as a domain controller of today refuses them; SASL within TLS is not.
    """
    folder = files.folder
    options = {
        "netbios name": netbios_name,
        "realm": DNS_DOMAIN.upper(),
        "workgroup": NETBIOS_DOMAIN,
        "server role": "active directory domain controller",
        "server services": services,
        "dcerpc endpoint servers": "epmapper, lsarpc, samr, netlogon, drsuapi",
        "interfaces": f"{address}/8",
        "bind interfaces only": "yes",
        "private dir": files.private,
        "state directory": folder / "state",
        "cache directory": folder / "cache",
        "lock directory": folder / "lock",
        "pid directory": folder / "run",
        "binddns dir": folder / "bind-dns",
        "ncalrpc dir": folder / "run" / "ncalrpc",
        "winbindd socket directory": folder / "run" / "winbindd",
        "ntp signd socket directory": folder / "run" / "ntp_signd",
        "log file": files.log,
        "logging": "file",
        "max log size": 0,
        "ldap server require strong auth": "allow_sasl_over_tls",
        "tls enabled": "yes",
        "tls certfile": certificate,
        "tls keyfile": key,
        "tls cafile": ca,
        "tls priority": "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3",
        "prefork children": 2,
        "prefork maximum backoff": 2,
        "idmap_ldb:use rfc2307": "yes",
    }
    return "[global]\n" + "".join(f"\t{name} = {value}\n" for name, value in options.items())
