"""What the lab needs of Debian, asked of a dpkg-query that says what the test wants."""

from __future__ import annotations

import os

import pytest

from jcad.errors import LabError
from jcad.lab.domain import packages


@pytest.fixture
def dpkg(tmp_path, monkeypatch):
    """Put a dpkg-query on PATH that prints these lines."""

    def answer(*lines, code=0):
        script = tmp_path / "dpkg-query"
        script.write_text("#!/bin/sh\ncat <<'END'\n" + "".join(f"{line}\n" for line in lines) + f"END\nexit {code}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    return answer


def test_nothing_is_missing_where_all_is_installed(dpkg):
    dpkg(*(f"{package} installed" for package in packages.PACKAGES))
    assert packages.missing_packages() == ()


def test_a_package_that_was_removed_is_missing(dpkg):
    """Its configuration files are still there, so dpkg still knows it."""
    dpkg("samba-ad-dc config-files", *(f"{package} installed" for package in packages.PACKAGES[1:]))
    assert packages.missing_packages() == ("samba-ad-dc",)


def test_packages_that_dpkg_does_not_know_are_missing(dpkg):
    dpkg("ldap-utils installed", code=1)
    assert packages.missing_packages() == packages.PACKAGES[:-1]


def test_the_command_installs_without_letting_services_start(dpkg):
    dpkg(code=1)
    with pytest.raises(LabError, match="samba-ad-dc") as missing:
        packages.require_packages()
    command = missing.value.hint
    assert command.index("systemctl mask samba-ad-dc smbd nmbd winbind") < command.index("apt-get install --yes")
    assert all(package in command for package in packages.PACKAGES)


def test_elsewhere_than_on_debian_the_lab_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="no Debian"):
        packages.missing_packages()


def test_only_root_may_run_the_lab(dpkg, monkeypatch):
    dpkg(*(f"{package} installed" for package in packages.PACKAGES))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="root"):
        packages.require_packages()
