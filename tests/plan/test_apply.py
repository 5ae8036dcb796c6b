"""Apply on a world of dictionaries and a real store: waves, needs, conflicts, broken connections, killed runs."""

from __future__ import annotations

import threading
import time

import pytest
from world import DIRECTORY, MADE_FOR, Died, World, WorldExecutor, WorldVerifier, reference

from jcad.errors import AuthenticationFailed, ConnectionFailed, ScriptError, StoreError
from jcad.model import RunStatus, Status
from jcad.plan import Action, Apply, Change, ObjectRef, Plan, Verdict
from jcad.store import Store


@pytest.fixture
def world():
    return World()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store.db") as opened:
        yield opened


def create(name, wave=1):
    identity = f"create:{name}"
    return Action(
        id=identity,
        kind="create user",
        target=DIRECTORY,
        object=ObjectRef.created_by(identity),
        name=name,
        wave=wave,
        executor="create-user",
        changes=(Change("sn", None, "Last"),),
        item={"name": name},
    )


def change(guid, name, old, new, wave=2):
    return Action(
        id=f"change:{name}",
        kind="update user",
        target=DIRECTORY,
        object=reference(guid),
        name=name,
        wave=wave,
        executor="set-attributes",
        changes=(Change("sn", old, new),),
        expected={"sn": old},
    )


def member(group, user):
    return Action(
        id=f"member:{group}:{user}",
        kind="add member",
        target=DIRECTORY,
        object=ObjectRef.created_by(f"create:{group}"),
        member=ObjectRef.created_by(f"create:{user}"),
        name=user,
        wave=3,
        executor="add-members",
        scope=group,
        changes=(Change("member", None, user),),
        needs=(f"create:{group}", f"create:{user}"),
    )


def a_plan(*actions):
    return Plan.make("sync", MADE_FOR, actions, (), {})


def applying(plan, world, journal, executor=None, **values):
    return Apply(
        plan=plan,
        executors={DIRECTORY: executor or WorldExecutor(world)},
        verifier=WorldVerifier(world),
        journal=journal,
        effects=lambda *_: (),
        **values,
    )


def test_waves_are_carried_out_in_order_and_references_resolved(world, store):
    plan = a_plan(create("g"), create("u"), member("g", "u"))
    with store.lease() as journal:
        report = applying(plan, world, journal).run()
    assert report.succeeded
    assert world.writes == ["create:g", "create:u", "member:g:u"]
    assert {result.verdict for result in report.results} == {Verdict.AS_PLANNED}
    assert store.journal().load(report.run).status is RunStatus.FINISHED


def test_what_needs_a_failed_action_is_skipped_with_the_reason(world, store):
    world.add(name="u")
    plan = a_plan(create("g"), create("u"), member("g", "u"))
    with store.lease() as journal:
        report = applying(plan, world, journal).run()
    by_id = {result.action.id: result for result in report.results}
    assert by_id["create:u"].outcome.status is Status.CONFLICT
    assert by_id["member:g:u"].outcome.status is Status.SKIPPED
    assert "create user u" in by_id["member:g:u"].outcome.reason
    assert not report.succeeded


def test_an_object_that_changed_since_the_plan_is_a_conflict_and_stays_as_it_is(world, store):
    guid = world.add(sn="Somebody else's")
    with store.lease() as journal:
        report = applying(a_plan(change(guid, "x", "Old", "New")), world, journal).run()
    assert report.results[0].outcome.status is Status.CONFLICT
    assert world.objects[guid]["sn"] == "Somebody else's"


def test_what_was_said_to_be_done_and_is_not_there_is_no_success(world, store):
    """Verify tells what is there, never what was intended."""
    guid = world.add(sn="Old")
    executor = WorldExecutor(world)
    executor.after = lambda *_: world.objects[guid].update(sn="Reverted")
    with store.lease() as journal:
        report = applying(a_plan(change(guid, "x", "Old", "New")), world, journal, executor).run()
    (result,) = report.results
    assert result.outcome.status is Status.CHANGED
    assert result.verdict is Verdict.DIFFERENT
    assert result.seen == {"sn": "Reverted"}
    assert not report.succeeded
    assert report.counts() == {"different": 1}


def breaks(executor, at, when, error=ConnectionFailed):
    def fault(number, _action):
        if number == at:
            raise error("it broke")

    setattr(executor, when, fault)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_connection_that_breaks_anywhere_loses_nothing_and_does_nothing_twice(world, store, when, at):
    """The fate of each item is established by reading back; the rest is tried once more."""
    guids = [world.add(sn="Old") for _ in range(5)]
    plan = a_plan(*(change(guid, f"x{number}", "Old", "New") for number, guid in enumerate(guids)))
    executor = WorldExecutor(world)
    breaks(executor, at, when)
    with store.lease() as journal:
        report = applying(plan, world, journal, executor).run()
    assert report.succeeded
    assert sorted(world.writes) == sorted(action.id for action in plan.actions)
    assert all(world.objects[guid]["sn"] == "New" for guid in guids)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_create_whose_answer_was_lost_is_found_and_not_made_again(world, store, when):
    plan = a_plan(create("a"), create("b"), create("c"))
    executor = WorldExecutor(world)
    breaks(executor, 2, when)
    with store.lease() as journal:
        report = applying(plan, world, journal, executor).run()
    assert report.succeeded
    assert sorted(state["name"] for state in world.objects.values()) == ["a", "b", "c"]
    assert all(result.outcome.guid for result in report.results)


def test_a_connection_that_stays_broken_ends_the_run_with_the_truth(world, store):
    guids = [world.add(sn="Old") for _ in range(4)]
    plan = a_plan(*(change(guid, f"x{number}", "Old", "New") for number, guid in enumerate(guids)))
    executor = WorldExecutor(world)

    def always(number, _action):
        if number >= 2:
            raise ConnectionFailed("down")

    executor.before = always
    with store.lease() as journal:
        report = applying(plan, world, journal, executor).run()
    assert isinstance(report.stopped, ConnectionFailed)
    assert world.writes == ["change:x0"]
    statuses = {result.action.id: result.outcome.status for result in report.results}
    assert statuses["change:x0"] is Status.CHANGED
    assert Status.CHANGED not in {status for name, status in statuses.items() if name != "change:x0"}
    assert {action.id for action in report.remaining} | statuses.keys() == {action.id for action in plan.actions}
    assert store.journal().load(report.run).status is RunStatus.FAILED


def test_one_refused_logon_ends_the_run_at_once(world, store):
    guids = [world.add(sn="Old") for _ in range(4)]
    plan = a_plan(*(change(guid, f"x{number}", "Old", "New") for number, guid in enumerate(guids)))
    executor = WorldExecutor(world)
    breaks(executor, 1, "before", AuthenticationFailed)
    with store.lease() as journal:
        report = applying(plan, world, journal, executor, workers=3).run()
    assert isinstance(report.stopped, AuthenticationFailed)
    assert len(executor.batches_sent) == 1


def test_a_script_that_cannot_run_is_not_tried_again(world, store):
    plan = a_plan(change(world.add(sn="Old"), "x", "Old", "New"))
    executor = WorldExecutor(world)
    breaks(executor, 1, "before", ScriptError)
    with store.lease() as journal:
        report = applying(plan, world, journal, executor).run()
    assert isinstance(report.stopped, ScriptError)
    assert len(executor.batches_sent) == 1
    assert report.results[0].outcome.status is Status.UNKNOWN
    assert "not done" in report.results[0].outcome.reason
    with store.lease() as journal:
        again = applying(plan, world, journal).resume(journal.unfinished("sync"))
    assert again.succeeded


class Killing:
    """A journal that dies at the k-th call, before or after the call was carried out."""

    def __init__(self, journal, at, after):
        self.journal, self.at, self.after, self.count = journal, at, after, 0

    def __getattr__(self, name):
        method = getattr(self.journal, name)

        def call(*arguments, **named):
            self.count += 1
            if self.count == self.at and not self.after:
                raise Died
            result = method(*arguments, **named)
            if self.count >= self.at:
                raise Died
            return result

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 26))
def test_a_run_killed_at_any_write_of_the_journal_is_continued_with_nothing_lost_or_done_twice(tmp_path, at, after):
    world = World()
    existing = world.add(sn="Old", name="e")
    plan = a_plan(create("g"), create("u"), create("v"), change(existing, "e", "Old", "New"), member("g", "u"))
    path = tmp_path / "store.db"
    with Store(path) as store, store.lease() as journal:
        try:
            report = applying(plan, world, Killing(journal, at, after)).run()
        except Died:
            report = None
    with Store(path) as store, store.lease() as journal:
        prior = journal.unfinished("sync")
        if prior is None:
            if report is None and not world.writes:
                return  # killed before the run was in the journal: nothing was done
            assert store.journal().runs()[0].status is RunStatus.FINISHED
        else:
            report = applying(plan, world, journal).resume(journal.load(prior.id))
            assert report.succeeded, [result for result in report.results if not result.succeeded]
    created = [write for write in world.writes if write.startswith("create:")]
    assert sorted(state["name"] for state in world.objects.values()) == ["e", "g", "u", "v"]
    assert world.objects[existing]["sn"] == "New"
    assert len({*created}) == 3
    assert world.writes.count("change:e") == 1
    assert world.writes.count("member:g:u") == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_run_killed_in_the_middle_of_a_batch_is_continued(tmp_path, at, when):
    world = World()
    plan = a_plan(create("g"), create("u"), create("v"), create("w"), member("g", "u"))
    executor = WorldExecutor(world)
    breaks(executor, at, when, Died)
    path = tmp_path / "store.db"
    with Store(path) as store, store.lease() as journal, pytest.raises(Died):
        applying(plan, world, journal, executor).run()
    assert executor.stopped
    with Store(path) as store, store.lease() as journal:
        report = applying(plan, world, journal).resume(journal.unfinished("sync"))
    assert report.succeeded
    assert sorted(state["name"] for state in world.objects.values()) == ["g", "u", "v", "w"]
    assert world.writes.count("member:g:u") == 1


def test_a_journal_that_cannot_be_written_stops_before_the_batch(world, store):
    """A full disk: what cannot be recorded is not begun."""
    plan = a_plan(create("a"), create("b"), create("c"))
    executor = WorldExecutor(world, size=1)

    class Full:
        def __init__(self, journal):
            self.journal, self.intents = journal, 0

        def __getattr__(self, name):
            return getattr(self.journal, name)

        def intend(self, run, actions):
            self.intents += 1
            if self.intents == 2:
                raise StoreError("disk full")
            self.journal.intend(run, actions)

    with store.lease() as journal:
        report = applying(plan, world, Full(journal), executor).run()
    assert isinstance(report.stopped, StoreError)
    assert world.writes == ["create:a"]
    with store.lease() as journal:
        again = applying(plan, world, journal).resume(journal.load(report.run))
    assert again.succeeded
    assert sorted(world.writes) == ["create:a", "create:b", "create:c"]


def test_several_workers_carry_a_wave_out_and_the_first_batch_goes_alone(world, store):
    plan = a_plan(*(create(f"u{number:02}") for number in range(20)))
    executor = WorldExecutor(world)
    with store.lease() as journal:
        report = applying(plan, world, journal, executor, workers=4).run()
    assert report.succeeded
    assert len(executor.batches_sent) == 10
    assert len(world.objects) == 20


def test_an_observer_is_told_of_every_action(world, store):
    seen = []

    class Observer:
        def planned(self, count):
            seen.append(count)

        def done(self, result):
            seen.append(result.action.id)

    with store.lease() as journal:
        applying(a_plan(create("a"), create("b")), world, journal, observer=Observer()).run()
    assert seen == [2, "create:a", "create:b"]


def test_what_a_killed_run_did_is_read_back_when_it_is_continued(world, store):
    """The outcome was journalled, the reading was not: a change that somebody reverted meanwhile is no success."""
    guid = world.add(sn="Old")
    plan = a_plan(change(guid, "x", "Old", "New"))
    with store.lease() as journal:
        verifier = WorldVerifier(world)
        verifier.read = lambda *_: (_ for _ in ()).throw(Died())
        apply = applying(plan, world, journal)
        apply.verifier = verifier
        with pytest.raises(Died):
            apply.run()
    world.objects[guid]["sn"] = "Reverted"
    with store.lease() as journal:
        report = applying(plan, world, journal).resume(journal.unfinished("sync"))
    assert world.writes == ["change:x"]
    assert report.results[0].seen == {"sn": "Reverted"}
    assert not report.succeeded


def test_outcomes_that_come_while_the_journal_writes_are_one_transaction_and_each_is_there_at_once(world, store):
    """The first outcome is written alone; those that came meanwhile are written together, before the next batch ends."""
    plan = a_plan(*(create(f"u{number}") for number in range(6)))
    executor, sizes, all_done = WorldExecutor(world, size=6), [], threading.Event()
    executor.after = lambda number, _action: all_done.set() if number == 6 else None

    class Slow:
        def __init__(self, journal):
            self.journal = journal

        def __getattr__(self, name):
            return getattr(self.journal, name)

        def record_all(self, run, entries):
            assert all_done.wait(10)
            time.sleep(0.05)  # the last outcome is on its way from the worker
            sizes.append(len(entries))
            self.journal.record_all(run, entries)
            steps = self.journal.load(run).steps
            assert all(steps[entry.outcome.id].outcome == entry.outcome for entry in entries)

    with store.lease() as journal:
        report = applying(plan, world, Slow(journal), executor).run()
    assert report.succeeded
    *arriving, verdicts = sizes
    assert sum(arriving) == verdicts == 6
    assert len(arriving) <= 3


def test_a_run_that_is_told_to_halt_ends_after_the_batch_under_way_and_is_continued(world, store):
    executor = WorldExecutor(world, size=1)
    plan = a_plan(*(create(name) for name in ("anna", "bela", "cleo")))
    with store.lease() as journal:
        apply = applying(plan, world, journal, executor, halted=lambda: bool(executor.batches_sent))
        report = apply.run()
        assert len(executor.batches_sent) == 1
        assert (len(report.results), len(report.remaining), report.stopped) == (1, 2, None)
        assert not report.succeeded
        assert not executor.stopped
        record = journal.load(report.run)
        assert record.status is RunStatus.INTERRUPTED
        again = applying(plan, world, journal, WorldExecutor(world, size=1)).resume(record)
    assert again.succeeded
    assert len(world.objects) == 3


def test_an_account_that_the_killed_runs_batch_makes_after_it_was_looked_for_is_no_conflict(world, store):
    """The host goes on with the batch of a run that was killed, while the run is continued."""
    plan = a_plan(create("a"), create("b"))
    killed = WorldExecutor(world)
    killed.before = lambda *_: (_ for _ in ()).throw(Died())
    with store.lease() as journal, pytest.raises(Died):
        applying(plan, world, journal, killed).run()
    executor = WorldExecutor(world)
    executor.before = lambda count, action: world.add(name=action.item["name"]) if count == 2 else None
    with store.lease() as journal:
        report = applying(plan, world, journal, executor).resume(journal.unfinished("sync"))
    assert report.succeeded
    assert [state["sn"] for state in world.objects.values()] == ["Last", "Last"]
    assert journal.load(report.run).steps["create:b"].outcome.status is Status.CHANGED


def test_an_account_of_somebody_else_stays_a_conflict_when_a_killed_run_is_continued(world, store):
    plan = a_plan(create("a"))
    killed = WorldExecutor(world)
    killed.before = lambda *_: (_ for _ in ()).throw(Died())
    with store.lease() as journal, pytest.raises(Died):
        applying(plan, world, journal, killed).run()
    world.add(name="a", sn="Somebody")
    apply_verifier = WorldVerifier(world)
    apply_verifier.find_created = lambda *_: None
    with store.lease() as journal:
        apply = applying(plan, world, journal)
        apply.verifier = apply_verifier
        report = apply.resume(journal.unfinished("sync"))
    assert report.results[0].outcome.status is Status.CONFLICT
    assert [state["sn"] for state in world.objects.values()] == ["Somebody"]
