"""The short form of the campaign: every fault, every kind of action, kills all over a run (`./dev soak` has the long one)."""

from __future__ import annotations

import pytest
from engine import FAULTS, Engine
from scenarios import SCRIPTS, Scenario, long, short
from stage import Stage

SEED = 1

pytestmark = pytest.mark.xdist_group("campaign")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("campaign"))
    yield Engine(stage)
    stage.close()


@pytest.mark.parametrize("scenario", short(SEED), ids=str)
def test_nothing_is_lost_or_done_twice_when(engine, scenario):
    wrong = engine.run(scenario)
    assert not wrong, "\n".join([*wrong, f"repeat it: ./dev soak --only {scenario}"])


def test_the_short_form_has_every_fault_and_every_kind_of_action():
    assert {one.fault for one in short(SEED)} == FAULTS.keys()
    assert {one.kind for one in short(SEED)} >= set(SCRIPTS)


def test_a_seed_gives_the_same_scenarios_and_each_is_known_by_its_text():
    assert short(7) == short(7)
    assert long(7) == long(7) != long(8)
    assert [Scenario.parse(str(one)) for one in long(7)] == long(7)
