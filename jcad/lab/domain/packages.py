"""Which Debian packages the lab needs, and the exact command that installs what is missing.

Asks dpkg; changes nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

from jcad.errors import LabError

PACKAGES: Final = (
    "samba-ad-dc",
    "samba-ad-provision",
    "samba-dsdb-modules",
    "samba-vfs-modules",
    "winbind",
    "python3-samba",
    "ldap-utils",
)

SERVICES: Final = ("samba-ad-dc", "smbd", "nmbd", "winbind")
"""What these packages would start, on every interface."""


def missing_packages() -> tuple[str, ...]:
    """Name the packages of `PACKAGES` that are not installed. Raises `LabError` on a system without dpkg."""
    if shutil.which("dpkg-query") is None:
        raise LabError(
            "The lab's directory is Samba as Debian packages it, and this is no Debian system (there is no dpkg-query).",
            hint="run the lab on Debian 12 or newer; jcad itself runs anywhere",
        )
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *PACKAGES],
        capture_output=True,
        text=True,
        check=False,  # it fails where a package is unknown; what it knows it has printed
    )
    installed = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return tuple(package for package in PACKAGES if package not in installed)


def install_command(packages: tuple[str, ...]) -> str:
    """Give the command that installs these packages without letting their services start, then or at the next boot."""
    services = " ".join(SERVICES)
    return (
        f"sudo sh -c 'systemctl mask {services}; "
        f"DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends {' '.join(packages)}'"
    )


def require_packages() -> None:
    """Raise `LabError` unless everything that the lab's directory needs is there: the packages, and root."""
    missing = missing_packages()
    if missing:
        raise LabError(
            f"The lab needs Debian packages that are not installed: {', '.join(missing)}.",
            hint=f"from a checkout run ./dev install as root, elsewhere: {install_command(missing)}",
        )
    if os.geteuid() != 0:
        raise LabError("The lab runs a Samba domain controller, which must be started as root.", hint="use sudo")
