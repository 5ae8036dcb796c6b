"""./dev, tried with stand-ins for the programs that change a system: what it would install, and what it puts back."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = "samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-samba ldap-utils"


class Checkout:
    """A copy of ./dev alone, on a system where nothing is installed unless the test says so."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.policy = folder / "policy-rc.d"
        self.log = folder / "log"
        self.bin.mkdir()
        shutil.copy(ROOT / "dev", folder)
        shutil.copy(ROOT / "pyproject.toml", folder)
        self.stand_in("id", "echo 0")
        self.stand_in("dpkg-query", "exit 1")
        self.stand_in("update-rc.d", f'echo "update-rc.d $*" >>{self.log}')
        self.stand_in(
            "apt-get",
            f'echo "apt-get $*" >>{self.log}; {self.policy}; echo "a service start is answered $?" >>{self.log}',
        )
        environment = folder / ".venv"
        environment.mkdir()
        digest = hashlib.sha256((folder / "pyproject.toml").read_bytes()).hexdigest()
        (environment / "installed-from").write_text(f"{digest}  - {folder}\n")

    def stand_in(self, name, script):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def dev(self, *arguments):
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "POLICY_RC_D": str(self.policy)}
        return subprocess.run(
            [str(self.folder / "dev"), *arguments], capture_output=True, text=True, check=False, env=environment
        )

    def said(self):
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path.resolve())


def test_packages_are_installed_while_no_service_may_start(checkout):
    done = checkout.dev("install")
    assert done.returncode == 0, done.stderr
    assert f"apt-get install --yes -qq --no-install-recommends {PACKAGES}" in checkout.said()
    assert "a service start is answered 101" in checkout.said()
    assert not checkout.policy.exists()


def test_a_policy_that_was_there_is_put_back(checkout):
    checkout.policy.write_text("#!/bin/sh\nexit 0  # the administrator's own\n")
    checkout.policy.chmod(0o755)
    checkout.dev("install")
    assert "a service start is answered 101" in checkout.said()
    assert "the administrator's own" in checkout.policy.read_text()
    assert stat.S_IMODE(checkout.policy.stat().st_mode) == 0o755


def test_the_policy_is_put_back_when_the_installation_fails(checkout):
    checkout.policy.write_text("#!/bin/sh\nexit 0  # the administrator's own\n")
    checkout.stand_in("apt-get", "exit 100")
    assert checkout.dev("install").returncode == 100
    assert "the administrator's own" in checkout.policy.read_text()


def test_a_policy_left_by_a_run_that_was_killed_is_removed(checkout):
    checkout.policy.write_text(
        "#!/bin/sh\n# jcad: no service starts while the packages of its lab are installed\nexit 101\n"
    )
    checkout.policy.with_name("policy-rc.d.before-jcad").write_text("#!/bin/sh\nexit 0  # the administrator's own\n")
    checkout.dev("install")
    assert "the administrator's own" in checkout.policy.read_text()


def test_only_what_is_missing_is_installed(checkout):
    checkout.stand_in("dpkg-query", 'for name; do :; done; [ "$name" = winbind ] || printf installed')
    checkout.dev("install")
    assert "--no-install-recommends winbind\n" in checkout.said()


def test_nothing_is_installed_where_nothing_is_missing(checkout):
    checkout.stand_in("dpkg-query", "printf installed")
    assert checkout.dev("install").returncode == 0
    assert checkout.said() == ""


@pytest.mark.parametrize("command", ["demo", "test", "bench", "install"])
def test_without_root_the_exact_command_is_shown(checkout, command):
    checkout.stand_in("id", "echo 1000")
    done = checkout.dev(command)
    assert done.returncode == 1
    assert f"\n    sudo ./dev {command}\n" in done.stderr
    assert checkout.said() == ""


def test_a_word_that_is_no_command_is_answered_with_those_that_are(checkout):
    done = checkout.dev("tset")
    assert done.returncode == 1
    for command in ("demo", "test", "lint", "bench", "docs", "clean"):
        assert f"./dev {command}" in done.stderr
    assert checkout.dev().returncode == 0


def test_clean_leaves_the_sources_alone(checkout):
    for name in ("dist", ".pytest_cache", "jcad/__pycache__"):
        (checkout.folder / name).mkdir(parents=True)
    (checkout.folder / "jcad" / "errors.py").write_text("# kept")
    assert checkout.dev("clean").returncode == 0
    left = {
        str(path.relative_to(checkout.folder))
        for path in checkout.folder.rglob("*")
        if checkout.bin not in path.parents
    }
    assert left - {"bin"} == {"dev", "pyproject.toml", "jcad", "jcad/errors.py"}


def test_no_registry_is_named():
    """Where packages come from is the machine's business."""
    text = (ROOT / "dev").read_text() + (ROOT / ".ci" / "run").read_text()
    assert not re.search(r"https?://|pypi|--index-url|--find-links", text)
