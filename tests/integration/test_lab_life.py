"""The life of a lab: up, status, reset, seed, down; what a crash leaves; the command line that does it."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path

import dns.resolver
import httpx
import pytest

from jcad.errors import LabError
from jcad.lab import daemon
from jcad.lab.domain.samba import answers_ldap
from jcad.lab.domain.shortcut import SHORTCUTS
from jcad.lab.processes import descendants, parent_of
from jcad.lab.seed import API_KEY, DNS_DOMAIN, LOGINS
from jcad.lab.state import LabOptions, read_state
from jcad.settings import load

JCAD = str(Path(sys.executable).with_name("jcad"))


def jcad(*arguments, check=True):
    return subprocess.run([JCAD, *arguments], capture_output=True, text=True, check=check, timeout=120)


@pytest.fixture
def folder(tmp_path):
    """A folder for a lab, which is down when the test has ended."""
    where = tmp_path / "a folder whose path is longer than the name of a Unix socket may be" / ("x" * 60) / "lab"
    where.parent.mkdir(parents=True)
    yield where
    daemon.down(where)


def gone(pids, *, within=10.0):
    until = time.monotonic() + within
    while time.monotonic() < until:
        if all(parent_of(pid) is None for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_up_says_where_everything_is_and_down_leaves_nothing(folder):
    """All in one life, because each up takes seconds: status, modes, settings, name server, API, and the end of it."""
    said = jcad("lab", "up", "--folder", str(folder), "--members", "1", "--json")
    document = json.loads(said.stdout)
    assert document["schema"] == "jcad.lab/1"
    state = read_state(folder)
    assert state.alive
    assert document["pid"] == state.pid
    assert json.loads(jcad("lab", "status", "--folder", str(folder), "--json").stdout) == document

    for path in (folder / "lab.json", Path(state.settings), Path(state.api_key_file)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert {each.account: Path(each.password_file).read_text() for each in state.accounts} == {
        login.account: login.password for login in LOGINS
    }
    settings = load(Path(state.settings)).settings
    assert settings.directory.domain == DNS_DOMAIN

    resolver = dns.resolver.Resolver(configure=False)
    server, _, port = state.nameserver.partition(":")
    resolver.nameservers, resolver.port = [server], int(port)
    (record,) = resolver.resolve(f"_ldap._tcp.dc._msdcs.{DNS_DOMAIN}", "SRV")
    (address,) = resolver.resolve(record.target, "A")
    assert answers_ldap(str(address))
    answer = httpx.get(
        f"{state.jumpcloud}/api/organizations", headers={"x-api-key": API_KEY}, verify=_trusting(state.ca_file)
    )
    assert answer.status_code == 200

    family = (state.pid, *descendants(state.pid))
    assert len(family) > 3
    again = jcad("lab", "up", "--folder", str(folder), check=False)
    assert again.returncode == 1
    assert "up in" in again.stderr
    assert state.alive

    assert "is down" in jcad("lab", "down", "--folder", str(folder)).stderr
    assert not folder.exists()
    assert gone(family)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((state.hosts[0].address, 5986), 1)
    assert "no lab" in jcad("lab", "down", "--folder", str(folder)).stderr
    assert jcad("lab", "status", "--folder", str(folder), check=False).returncode == 1


def _trusting(ca_file):
    return ssl.create_default_context(cafile=ca_file)


def test_a_crashed_lab_is_cleared_up_by_the_next_one(folder):
    """SIGKILL gives the lab no time for anything: Samba ends by itself, the folder waits for the next up."""
    first = daemon.up(folder, LabOptions())
    family = descendants(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    assert gone((first.pid, *family))
    assert folder.exists()
    status = jcad("lab", "status", "--folder", str(folder), check=False)
    assert status.returncode == 1
    assert "crashed" in status.stderr

    second = daemon.up(folder, LabOptions())
    assert second.alive
    assert second.pid != first.pid
    assert json.loads((folder / "lab.json").read_text())["pid"] == second.pid


def test_samba_that_outlived_its_lab_is_ended_with_its_folder(folder):
    """Even a Samba that did not notice the crash (it was stopped) is found by its open files, and ended."""
    state = daemon.up(folder, LabOptions())
    family = descendants(state.pid)
    samba = [pid for pid in family if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"samba")]
    assert samba
    for pid in samba:
        os.kill(pid, signal.SIGSTOP)
    os.kill(state.pid, signal.SIGKILL)
    assert gone([state.pid])
    assert daemon.down(folder)
    assert gone(family)
    assert not folder.exists()
    assert not [link for link in SHORTCUTS.glob("*") if link.readlink() == folder]


def test_reset_begins_anew_and_seed_fills_with_more(folder):
    first = daemon.up(folder, LabOptions(edition="7"))
    reset = json.loads(jcad("lab", "reset", "--folder", str(folder), "--json").stdout)
    assert reset["options"]["edition"] == "7"
    assert reset["pid"] != first.pid
    assert gone([first.pid])
    filled = jcad("lab", "seed", "--folder", str(folder), "--people", "12", "--existing", "7", "--json")
    assert json.loads(filled.stdout)["options"]["people"] == 12
    state = read_state(folder)
    found = subprocess.run(
        ["ldapsearch", "-LLL", "-x", "-H", state.hosts[0].ldaps, "-D", f"Administrator@{DNS_DOMAIN}",
         "-y", state.accounts[0].password_file, "-b", "DC=lab,DC=jcad,DC=test", "(cn=person.*)", "1.1"],
        capture_output=True, text=True, check=True, env={"LDAPTLS_CACERT": state.ca_file},
    )  # fmt: skip
    assert found.stdout.count("dn: CN=person.") == 7


def test_a_lab_in_the_foreground_ends_with_ctrl_c(folder):
    process = subprocess.Popen(
        [JCAD, "lab", "up", "--folder", str(folder), "--foreground"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process.stdout as said:
        assert "The lab is up" in said.readline()
        process.send_signal(signal.SIGINT)
        said.read()
    assert process.wait(30) == 0
    assert not folder.exists()


def test_what_stops_a_lab_from_coming_up_is_said(folder):
    """The error of the lab's own process arrives with its hint, and nothing stays behind."""
    with pytest.raises(LabError, match="at most people") as stopped:
        daemon.up(folder, LabOptions(people=1, existing=2))
    assert stopped.value.hint is None
    assert not folder.exists()


def test_a_folder_that_no_lab_made_is_left_alone(folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    try:
        for act in (daemon.down, daemon.clear, lambda where: daemon.up(where, LabOptions())):
            with pytest.raises(LabError, match="left as it is"):
                act(folder)
        assert (folder / "letter.txt").read_text() == "mine"
    finally:
        (folder / "letter.txt").unlink()
