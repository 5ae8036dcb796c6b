"""The benchmarks run: each that needs no lab gives rows in its quick form. Their times are nobody's business here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "benchmarks"


def bench(*arguments):
    return subprocess.run(
        [sys.executable, str(FOLDER), *arguments], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("name", ["directory", "startup"])
def test_a_benchmark_gives_rows_with_jcad_and_its_peers(tmp_path, name):
    written = tmp_path / "figures.json"
    done = bench("--quick", "--only", name, "--json", str(written))
    assert done.returncode == 0, done.stderr
    document = json.loads(written.read_text())
    assert document["machine"]["cores"] >= 1
    (found,) = document["benchmarks"]
    names = [next(iter(row.values())) for row in found["rows"]]
    assert any("jcad" in one for one in names)
    assert any("jcad" not in one for one in names)
    assert found["title"] in " ".join(done.stdout.split())


def test_every_benchmark_says_what_its_quick_form_is():
    for path in FOLDER.glob("bench_*.py"):
        text = path.read_text("utf-8")
        assert "\nQUICK = {" in text, path.name
        assert "\ndef rows(" in text, path.name


def test_a_benchmark_that_there_is_not_is_answered_with_those_that_are():
    done = bench("--only", "nothing")
    assert done.returncode == 1
    assert "directory_read" in done.stderr


def test_many_shells_of_an_endpoint_are_opened_used_and_closed_without_a_failure(tmp_path):
    written = tmp_path / "figures.json"
    done = bench("--quick", "--only", "endpoint", "--json", str(written))
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(written.read_text())["benchmarks"]
    assert [row["failures"] for row in found["rows"]] == [0] * 5
    assert [row["times"] for row in found["rows"]][1::3] == [20, 20]
