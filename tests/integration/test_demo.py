"""The demo as people run it: a bare domain is prepared, and the sync runs as the account that it was delegated to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jcad.lab import daemon
from jcad.lab.domain.ldapsearch import ldapsearch
from jcad.lab.state import read_state

CODE = "import sys; from jcad.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What the demo says, and the folder of its lab, which is still up."""
    folder = tmp_path_factory.mktemp("demo") / "lab"
    ended = jcad("lab", "demo", "--folder", str(folder))
    assert ended.returncode == 0, ended.stderr[-2000:]
    yield ended.stdout, folder
    daemon.down(folder)


def jcad(*arguments):
    command = [sys.executable, "-c", CODE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_a_bare_domain_is_prepared_verified_and_synced_as_said_beforehand(shown):
    told, _ = shown
    places = [
        told.index(mark)
        for mark in (
            "nobody has prepared it",
            "all as wanted",
            "says what was said",
            "Nothing to do.",
            "JumpCloud has heard of both",
            "at work as jcsync-b",
            "at work as jcsync;",
            "the sync runs as jcsync, with its new password",
        )
    ]
    assert places == sorted(places)


def test_a_probe_tries_what_the_directory_does_not_tell_and_leaves_nothing(shown):
    _, folder = shown
    state = read_state(folder)
    command = ("--config", state.settings, "--profile", "administrator", "prepare", "verify", "--probe", "--json")
    ended = jcad(*command)
    assert ended.returncode == 0, ended.stderr[-2000:]
    tried = {
        one["right"]: (one["wanted"], one["has"])
        for one in json.loads(ended.stdout)["rights"]
        if one["source"] == "tried on a throw-away account"
    }
    assert tried == {"Reset Password of a new user": (True, True), "delete a new user": (False, False)}
    assert not ldapsearch(state.hosts[0].ldaps, Path(state.ca_file), "(sAMAccountName=jcadprobe*)", "cn")


def test_two_rotations_leave_the_accounts_as_they_were_but_for_their_passwords(shown):
    _, folder = shown
    settings = read_state(folder).settings
    told = jcad("--config", settings, "--profile", "administrator", "account", "status", "--json")
    assert told.returncode == 0, told.stderr[-2000:]
    accounts = {one["name"]: one for one in json.loads(told.stdout)["accounts"]}
    assert {name: one["logon"]["enabled"] for name, one in accounts.items()} == {
        "jcsync": True, "jcsync-b": False, "jcimport": True,
    }  # fmt: skip
    assert not [one for account in accounts.values() for one in account["agents"]]


def test_the_sync_ran_as_the_service_account_which_no_privileged_group_has(shown):
    _, folder = shown
    settings = read_state(folder).settings
    text = (folder / "jcad.toml").read_text("utf-8").partition("[prepare]")[0]
    assert text.count('user = "LAB\\\\jcsync"') == 2
    assert "Administrator" not in text
    may = jcad("--config", settings, "prepare", "can", "jcsync", "reset-password", "Administrator", "--json")
    assert json.loads(may.stdout)["granted"] is False
