"""Reading a text file in parts, on a host of the lab: whole lines, each once, whatever is in them and however it is cut."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell.answers import Recorder, encode_error
from jcad.lab.windows import WindowsHost
from jcad.lab.windows.machine.facts import AgentSettings
from jcad.lab.windows.machine.host import Machine, Session
from jcad.lab.windows.machine.runspaces import engine_of
from jcad.powershell.environment import render

LOG = "C:\\app.log"
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r\ufeff"), max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
READ = (
    "param([long] $Offset, [int] $Count, [switch] $ToEnd)\nSet-StrictMode -Version 3.0\n$ErrorActionPreference = 'Stop'\n"
    + render("_textfile.ps1")
    + "$part = Read-TextPart -Path C:\\app.log -Offset $Offset -Count $Count -ToEnd:$ToEnd\n"
    + "$part.text; $part.next; $part.size\n"
)


class Alone:
    """The surroundings of a host that needs nobody."""

    faults = Faults()
    settings = AgentSettings()


@pytest.fixture(scope="module")
def machine():
    made = Machine("SRV1", "lab.jcad.test", Alone(), controller=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def read(machine):
    """Read a part: text, next, size."""
    login = Login("ada", "LAB", "S-1-5-21-1-2-3-1100", b"", frozenset())
    engine, close = engine_of(Session(machine, login, key_store=False), WindowsHost("SRV1", "lab.jcad.test", "LAB", {}))

    def part(offset, count, **more):
        recorder = Recorder()
        ended = engine.run_script(READ, recorder, {"Offset": offset, "Count": count, **more})
        assert ended.terminated is None, encode_error(ended.terminated)
        text, following, size = recorder.values
        return text, int(following), int(size)

    yield part
    close()


def write(machine, content, *, age=60.0):
    machine.files.write(LOG, content).written = time.time() - age


def whole(read, count, **more):
    """The file, read part by part; and how many parts it took."""
    told, offset = "", 0
    for number in range(1, 300):
        text, following, size = read(offset, count, **more)
        assert offset <= following <= size
        told += text
        if following in {offset, size}:
            return told, number
        offset = following
    raise AssertionError("it does not come to an end")


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINE, max_size=8), end=st.sampled_from(["\n", "\r\n"]), finished=st.booleans(), encoding=ENCODINGS,
    count=st.integers(64, 120),
)  # fmt: skip
def test_a_file_that_is_read_in_parts_comes_whole_and_each_line_once(
    machine, read, *, lines, end, finished, encoding, count
):
    text = end.join(lines) + (end if finished else "")
    write(machine, text.encode(encoding))
    assert whole(read, count)[0] == text


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, max_size=8), ENCODINGS, st.integers(8, 120))
def test_the_end_of_a_file_is_its_last_whole_lines(machine, read, lines, encoding, count):
    text = "".join(f"{line}\n" for line in lines)
    write(machine, text.encode(encoding))
    told, following, size = read(-1, count)
    assert following == size
    if "is left out" not in told:
        assert text.endswith(told)
        assert not told or f"\n{text}".endswith(f"\n{told}")


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE, max_size=5), LINE, ENCODINGS, st.integers(64, 120))
def test_an_unfinished_line_waits_while_the_file_is_written(machine, read, lines, rest, encoding, count):
    text = "".join(f"{line}\n" for line in lines)
    write(machine, (text + rest).encode(encoding), age=0.0)
    assert whole(read, count)[0] == text
    assert whole(read, count, ToEnd=True)[0] == text + rest


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(20, 400), st.integers(16, 64), ENCODINGS)
def test_no_piece_of_a_line_that_is_longer_than_a_part_is_shown(machine, read, length, count, encoding):
    """A piece cannot be searched for secrets: what was before it is not known."""
    write(machine, f"a\n{'x' * length}\nb\n".encode(encoding))
    told, _ = whole(read, count)
    pieces = set(re.findall("x+", told)) - {"x" * length}
    assert not pieces
    assert told.replace("\r", "").endswith("b\n")


def test_what_is_written_on_to_a_line_that_was_shown_is_told_and_left_out(machine, read):
    write(machine, b"one\npass")
    text, following, _ = read(0, 100)
    assert text == "one\npass"
    write(machine, b"one\npassword=abc\ntwo\n")
    text, _, _ = read(following, 100)
    assert text == "(the rest of a line is left out)\r\ntwo\n"
    write(machine, b"one\npass\r\ntwo\n")
    assert read(following, 100)[0] == "two\n"
