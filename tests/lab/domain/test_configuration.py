"""The smb.conf of a domain controller, as Samba's own parser reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from jcad.lab.domain.configuration import ControllerFiles, controller_name, smb_conf


@pytest.fixture
def parsed(tmp_path):
    """The parameters that testparm finds in it."""
    assert shutil.which("testparm"), "./dev installs it with Samba"
    files = ControllerFiles(tmp_path / "dc1", tmp_path / "private")
    files.folder.mkdir()
    text = smb_conf(
        files, netbios_name="DC1", address="127.0.0.17", services="ldap, kdc",
        certificate=Path("/c.pem"), key=Path("/c.key"), ca=Path("/ca.pem"),
    )  # fmt: skip
    files.configuration.write_text(text)
    shown = subprocess.run(
        ["testparm", "--suppress-prompt", "--verbose", str(files.configuration)],
        capture_output=True,
        text=True,
        check=False,  # it fails where a folder is missing, and shows everything all the same
    )
    assert "Unknown parameter" not in shown.stderr
    pairs = (line.strip().partition(" = ") for line in shown.stdout.splitlines())
    return {name: value for name, separator, value in pairs if separator}


def test_it_listens_on_its_own_address_alone(parsed):
    assert parsed["interfaces"] == "127.0.0.17/8"
    assert parsed["bind interfaces only"] == "Yes"


def test_unprotected_binds_are_refused(parsed):
    assert parsed["ldap server require strong auth"] == "allow_sasl_over_tls"
    assert parsed["tls enabled"] == "Yes"
    assert parsed["tls certfile"] == "/c.pem"


def test_nothing_is_kept_outside_its_folders(parsed, tmp_path):
    kept = [name for name in parsed if name.endswith((" dir", " directory", " socket directory")) or name == "log file"]
    ours = {
        "private dir",
        "state directory",
        "cache directory",
        "lock directory",
        "pid directory",
        "ncalrpc dir",
        "log file",
    }
    assert ours <= set(kept)
    for name in ours | {"binddns dir", "winbindd socket directory", "ntp signd socket directory"}:
        assert parsed[name].startswith(str(tmp_path)), name


def test_controllers_are_named_by_number():
    assert controller_name(2) == "dc2.lab.jcad.test"
