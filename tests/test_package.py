"""The wheel: installed without network into an empty environment, it runs and finds its templates."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import jcad

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this tree, built here and now: the one in dist/ may be older."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (found,) = target.glob("*.whl")
    return found


def test_the_wheel_carries_the_templates(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    templates = {path.name for path in (REPOSITORY / "ps_templates").rglob("*.j2")} | {
        path.name for path in (REPOSITORY / "ps_templates").rglob("*.ps1")
    }
    assert templates
    for template in templates:
        assert any(name.startswith("jcad/ps_templates/") and name.endswith(template) for name in names), template
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment that has jcad from the wheel, and its dependencies from this one: nothing is fetched."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    (site,) = environment.rglob("site-packages")
    own = Path(jcad.__file__).parent.parent
    others = [path for path in sys.path if path.endswith("site-packages") and Path(path) != own]
    (site / "dependencies.pth").write_text("\n".join(others), "utf-8")
    install = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return binaries / "python"


def environment():
    """The environment of this process, without what would lead to this tree."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(python, *arguments):
    code = "import sys; from jcad.cli import main; main(sys.argv[1:])"
    return subprocess.run(
        [str(python), "-c", code, *arguments], cwd=python.parent, check=True, capture_output=True, text=True, env=environment(),
    ).stdout  # fmt: skip


def test_the_installed_jcad_says_its_version(installed):
    assert run(installed, "--version") == f"jcad {jcad.__version__}\n"


def test_the_installed_jcad_is_the_one_of_the_wheel(installed):
    code = "import jcad; print(jcad.__file__)"
    found = subprocess.run(
        [str(installed), "-c", code], cwd=installed.parent, check=True, capture_output=True, text=True, env=environment(),
    ).stdout  # fmt: skip
    assert str(installed.parent.parent) in found


def test_the_installed_jcad_lists_and_shows_its_scripts(installed):
    assert "create-user" in run(installed, "script", "list")
    assert "Set-StrictMode" in run(installed, "script", "show", "create-user")


def test_the_installed_jcad_has_the_delegation_profiles_and_the_scripts_for_hosts(installed):
    code = "from jcad.prepare.profiles import needs, profiles; print(len(profiles()), len(needs()) > 0)"
    found = subprocess.run(
        [str(installed), "-c", code], cwd=installed.parent, check=True, capture_output=True, text=True, env=environment(),
    ).stdout  # fmt: skip
    assert found == "4 True\n"
    assert "New-SelfSignedCertificate" in run(installed, "doctor", "ldaps", "--script", "self-signed")
