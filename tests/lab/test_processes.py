"""Processes as /proc shows them, on processes of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys

from jcad.lab.processes import all_processes, descendants, end_processes, has_open_below, parent_of, started_at

WAITS = "import signal, sys; {ignore}; print('ready', flush=True); sys.stdin.read()"
TREE = "import subprocess, sys; subprocess.run([sys.executable, '-c', \"print('ready', flush=True); input()\"])"


def start(code):
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def finish(process):
    for pipe in (process.stdin, process.stdout):
        pipe.close()
    return process.wait(10)


def test_children_and_their_children_are_found():
    process = start(TREE)
    try:
        assert len(descendants(process.pid)) == 1
        assert process.pid in descendants(os.getpid())
        assert parent_of(process.pid) == os.getpid()
        assert process.pid in all_processes()
    finally:
        finish(process)
    assert descendants(process.pid) == ()


def test_a_process_that_has_ended_is_no_longer_there_even_unwaited_for():
    process = start(WAITS.format(ignore="0"))
    born = started_at(process.pid)
    assert born == started_at(process.pid)
    process.kill()
    end_processes([process.pid], within=5)
    assert parent_of(process.pid) is None
    assert started_at(process.pid) is None
    finish(process)


def test_a_process_that_will_not_end_is_killed():
    process = start(WAITS.format(ignore="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    end_processes([process.pid], within=0.1)
    assert finish(process) == -9


def test_a_process_that_ends_by_itself_is_not_killed():
    process = start(WAITS.format(ignore="0"))
    process.stdin.close()
    end_processes([process.pid], within=10)
    process.stdout.close()
    assert process.wait(10) == 0


def test_who_has_a_file_below_a_folder_open(tmp_path):
    here = os.getpid()
    assert not has_open_below(here, tmp_path)
    with (tmp_path / "log").open("w"):
        assert has_open_below(here, tmp_path)
        assert not has_open_below(here, tmp_path / "other")
    assert not has_open_below(2**22 + 1, tmp_path)
