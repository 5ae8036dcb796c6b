"""The exported script of a prepared domain, run on a domain controller of the lab by its administrator."""

from __future__ import annotations

import json

import pytest
from preparedsite import ROOT, prepared_site

from jcad.lab.powershell.answers import Recorder
from jcad.lab.seed import ADMINISTRATOR, DNS_DOMAIN, NETBIOS_DOMAIN
from jcad.lab.windows import WindowsHost, open_engine

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


class Console(Recorder):
    """A window on the domain controller: keeps what a script says, and its exit code."""

    code = 0

    def should_exit(self, code):
        self.code = code


def run_as(site, account, path):
    """Run a file on the first domain controller, as an account of the domain; what it says, line by line."""
    controllers = {one.name.partition(".")[0].upper(): (one.address, 389) for one in site.lab.directory.controllers}
    host = WindowsHost("DC1", DNS_DOMAIN, NETBIOS_DOMAIN, controllers)
    engine, close = open_engine(host, site.lab.accounts.find(account))
    console = Console()
    try:
        ended = engine.run_script(path.read_text("utf-8-sig"), console, {})
    finally:
        close()
    assert ended.terminated is None, ended.terminated
    return [json.loads(str(value)) for value in console.values]


def test_the_exported_script_creates_and_grants_as_apply_does(tmp_path):
    """All but the accounts, whose passwords somebody would have to type."""
    with prepared_site(tmp_path / "lab") as site:
        assert site.apply("--only", "create account", "--only", "confirm password").code == 0
        script = tmp_path / "prepare.ps1"
        assert site.jcad("prepare", "script", "--out", str(script)).code == 0
        lines = run_as(site, ADMINISTRATOR, script)
        assert {line["status"] for line in lines if "status" in line} == {"changed"}, lines
        assert site.plan().code == 0
        assert {site.sid("jcs"), site.sid("jci")} <= {ace.sid for ace in site.explicit(ROOT)}
