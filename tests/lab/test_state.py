"""lab.json: written for its owner, read back as it was, and never believed about a process that is another one by now."""

from __future__ import annotations

import os
import stat
from dataclasses import replace

import pytest

from jcad.errors import LabError
from jcad.lab.processes import started_at
from jcad.lab.state import AccountState, HostState, LabOptions, LabState, read_state


@pytest.fixture
def state(tmp_path):
    return LabState(
        pid=os.getpid(),
        started=started_at(os.getpid()),
        folder=str(tmp_path),
        settings=str(tmp_path / "jcad.toml"),
        ca_file=str(tmp_path / "ca.pem"),
        nameserver="127.0.0.16:53",
        jumpcloud="https://127.0.0.16:443",
        api_key_file=str(tmp_path / "api-key"),
        options=LabOptions(controllers=2, people=7),
        hosts=(HostState("dc1", "127.0.0.17", "http://x", "https://x"),),
        accounts=(AccountState("Administrator", "/x", "it"),),
    )


def test_it_is_read_back_as_it_was_written(state, tmp_path):
    state.write()
    assert read_state(tmp_path) == state
    assert stat.S_IMODE((tmp_path / "lab.json").stat().st_mode) == 0o600


def test_there_may_be_none(tmp_path):
    assert read_state(tmp_path) is None
    assert read_state(tmp_path / "missing") is None


def test_a_process_of_the_same_id_that_started_later_is_another_one(state):
    assert state.alive
    assert not replace(state, started=state.started - 1).alive
    assert not replace(state, pid=2**22 + 1).alive


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"options": {}, "hosts": [], "accounts": []}', '{"options": {"x": 1}}']
)
def test_what_no_lab_wrote_is_named(tmp_path, text):
    (tmp_path / "lab.json").write_text(text)
    with pytest.raises(LabError, match="not what a lab"):
        read_state(tmp_path)
