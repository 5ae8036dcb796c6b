"""A rotation: onto a second account without an outage, or in place with every agent stopped; and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenthosts import IMPORT, SYNC, agent, desired, host, installation, observed, record, user
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.agents import (
    Account,
    Durations,
    Mode,
    Procedure,
    Rotation,
    Unreachable,
    agent_limits,
    downtimes,
    duration,
    plan_rotation,
    total,
)
from jcad.errors import GuardStopped, SettingsError
from jcad.model import PasswordPolicy
from jcad.plan import Action, ObjectRef, Target, digest, excesses, read_plan, write_plan

ONE, TWO, THREE, FOUR = (f"srv{number}.lab.test" for number in (1, 2, 3, 4))
HOSTS = (ONE, TWO, THREE, FOUR)
WANTED = desired([{"name": name, "sync": True} for name in HOSTS])
OLD = Account(sam="jcsync", user=user("jcsync"), upn="jcsync@lab.test", secret="vault:jcsync")
NEW = Account(sam="jcsync-b", user=user("jcsync-b", enabled=False), upn="jcsync-b@lab.test", secret="vault:jcsync-b")
POLICY = PasswordPolicy(lockout_threshold=5)


def seen(**given):
    hosts = {name: host(name, agent(SYNC)) for name in HOSTS} | given.pop("hosts", {})
    base = observed(hosts, primaries={SYNC: "sync-srv1"}, installations=tuple(installation(name) for name in HOSTS))
    return replace(base, **given)


def onto_second(**given) -> Rotation:
    base = Rotation(mode=Mode.SECOND_ACCOUNT, kind=SYNC, old=OLD, new=NEW, netbios="LAB", policy=POLICY)
    return replace(base, **given)


def in_place(**given) -> Rotation:
    return onto_second(mode=Mode.SAME_ACCOUNT, new=OLD, **given)


def order(plan) -> list[tuple[str, str]]:
    return [(action.kind, action.scope or action.name) for action in plan.actions]


def rules(plan) -> set[str]:
    return {finding.rule for finding in plan.findings}


# ---- onto the second account -----------------------------------------------------------------------------------------


def test_agents_go_to_the_second_account_one_by_one_and_the_old_one_is_disabled_at_the_end():
    plan = plan_rotation(WANTED, seen(), onto_second())
    assert order(plan) == [
        ("reset password", "jcsync-b"),
        ("enable user", "jcsync-b"),
        ("confirm password", "jcsync-b"),
        ("reinstall agent", TWO),
        ("reinstall agent", THREE),
        ("reinstall agent", FOUR),
        ("reinstall agent", ONE),
        ("disable user", "jcsync"),
    ]
    assert [one.wave for one in plan.actions] == list(range(8))
    before = [()] + [(one.id,) for one in plan.actions[:-2]]
    assert [one.needs for one in plan.actions[:-1]] == before
    assert set(plan.actions[-1].needs) == {one.id for one in plan.actions if one.target is Target.HOST}
    assert not excesses(plan, agent_limits({}))


def test_each_agent_is_given_the_second_account_and_its_password():
    plan = plan_rotation(WANTED, seen(), onto_second())
    for action in plan.actions:
        if action.target is Target.HOST:
            assert action.secret == "vault:jcsync-b"
            assert action.item["account"] == "LAB\\jcsync-b"
            assert action.item["values"]["account"] == "LAB\\jcsync-b"
            assert ("sync agent account", "LAB\\jcsync", "LAB\\jcsync-b") in [
                (one.attribute, one.old, one.new) for one in action.changes
            ]


def test_a_rotation_survives_its_file_and_is_the_same_each_time():
    plan = plan_rotation(WANTED, seen(), onto_second())
    assert digest(read_plan(write_plan(plan))) == digest(plan) == digest(plan_rotation(WANTED, seen(), onto_second()))


def test_an_agent_that_never_came_to_life_on_the_second_account_is_done_anew_and_first():
    """Nobody else goes down while it is down."""
    remembered = tuple(
        installation(name, account="LAB\\jcsync-b") if name in {TWO, FOUR} else installation(name) for name in HOSTS
    )
    hosts = {FOUR: host(FOUR, agent(SYNC, state="Stopped"))}
    going_on = onto_second(new=replace(NEW, user=user("jcsync-b")))
    plan = plan_rotation(WANTED, seen(installations=remembered, hosts=hosts), going_on)
    assert order(plan) == [
        ("reinstall agent", FOUR),
        ("reinstall agent", THREE),
        ("reinstall agent", ONE),
        ("disable user", "jcsync"),
    ]


def test_an_agent_that_jumpcloud_does_not_hear_of_is_not_taken_for_done():
    remembered = tuple(installation(name, account="LAB\\jcsync-b") for name in HOSTS)
    silent = record(TWO, state="inactive")
    going_on = onto_second(new=replace(NEW, user=user("jcsync-b")))
    records = (record(ONE), silent, record(THREE), record(FOUR))
    plan = plan_rotation(WANTED, seen(installations=remembered, records=records), going_on)
    assert order(plan) == [("reinstall agent", TWO), ("disable user", "jcsync")]


def test_an_agent_that_was_removed_and_not_installed_anew_is_brought_back():
    plan = plan_rotation(WANTED, seen(hosts={THREE: host(THREE)}), onto_second())
    assert [one for one in order(plan) if one[0] == "reinstall agent"] == [
        ("reinstall agent", name) for name in (THREE, TWO, FOUR, ONE)
    ]


def test_a_rotation_that_ended_early_goes_on_without_a_new_password():
    """The agents that are on it already would be broken by one."""
    remembered = (installation(TWO, account="LAB\\jcsync-b"), *(installation(name) for name in (ONE, THREE, FOUR)))
    going_on = onto_second(new=replace(NEW, user=user("jcsync-b")))
    plan = plan_rotation(WANTED, seen(installations=remembered), going_on)
    assert order(plan) == [
        ("reinstall agent", THREE),
        ("reinstall agent", FOUR),
        ("reinstall agent", ONE),
        ("disable user", "jcsync"),
    ]
    assert "in-use" in rules(plan)


def test_an_agent_of_another_account_is_left_alone():
    remembered = (installation(ONE, account="LAB\\other"), *(installation(name) for name in (TWO, THREE, FOUR)))
    plan = plan_rotation(WANTED, seen(installations=remembered), onto_second())
    assert ONE not in {one.scope for one in plan.actions}
    assert "other-account" in rules(plan)


def test_an_agent_that_jcad_did_not_install_is_taken_to_be_on_the_old_account():
    plan = plan_rotation(WANTED, seen(installations=()), onto_second())
    assert len([one for one in plan.actions if one.executor == Procedure.REINSTALL]) == 4
    assert "account-unknown" in rules(plan)


@pytest.mark.parametrize(
    "change",
    [
        {"hosts": {FOUR: Unreachable(reason="no answer")}},
        {"records": None},
        {"records": (record("elsewhere"),)},
        {"installations": tuple(installation(name) for name in (*HOSTS, "gone.lab.test"))},
        {"installations": (*(installation(name) for name in HOSTS), installation(ONE, IMPORT, account="LAB\\jcsync"))},
    ],
    ids=["unreachable", "jumpcloud not asked", "unknown to us", "remembered", "another kind"],
)
def test_the_old_account_stays_while_anything_may_use_it(change):
    plan = plan_rotation(WANTED, seen(**change), onto_second())
    assert ("disable user", "jcsync") not in order(plan)
    assert "stays-enabled" in rules(plan)
    assert ("reinstall agent", ONE) in order(plan)


def test_the_old_account_stays_where_jcad_itself_uses_it():
    plan = plan_rotation(WANTED, seen(), onto_second(also_used_by=("[remoting] user",)))
    assert ("disable user", "jcsync") not in order(plan)
    assert "account-used-elsewhere" in rules(plan)


def test_the_only_agent_is_moved_when_that_is_allowed():
    alone = desired([{"name": ONE, "sync": True}])
    state = observed({ONE: host(ONE, agent(SYNC))}, installations=(installation(ONE),))
    plan = plan_rotation(alone, state, onto_second())
    assert [one.limit.guard for one in excesses(plan, agent_limits({}))] == ["agents-down"]


def test_a_host_that_cannot_be_reinstalled_keeps_the_old_account_enabled():
    full = {FOUR: host(FOUR, agent(SYNC), free_bytes=1000)}
    plan = plan_rotation(WANTED, seen(hosts=full), onto_second())
    assert ("reinstall agent", FOUR) not in order(plan)
    assert ("disable user", "jcsync") not in order(plan)
    assert "disk-full" in rules(plan)


def test_no_password_is_set_where_no_agent_could_go_onto_the_account():
    """It is said why, instead of an account made ready for nobody."""
    alone = desired([{"name": FOUR, "sync": True}])
    full = seen(hosts={FOUR: host(FOUR, agent(SYNC), free_bytes=1000)})
    full = replace(full, hosts={FOUR: full.hosts[FOUR]}, installations=(installation(FOUR),))
    with pytest.raises(GuardStopped, match="No agent can be brought onto jcsync-b") as stopped:
        plan_rotation(alone, full, onto_second())
    assert "free" in stopped.value.message or "disk" in stopped.value.message


def test_what_an_installation_needs_is_asked_for_before_anything_is_done():
    with pytest.raises(SettingsError, match=r"\[agents.sync\] does not say"):
        plan_rotation(desired([{"name": ONE, "sync": True}], sync={}), seen(), onto_second())


# ---- in place --------------------------------------------------------------------------------------------------------


def test_in_place_every_agent_is_stopped_before_the_password_is_set():
    plan = plan_rotation(WANTED, seen(), in_place())
    assert order(plan) == [
        ("stop agent", ONE),
        ("stop agent", TWO),
        ("stop agent", THREE),
        ("stop agent", FOUR),
        ("reset password", "jcsync"),
        ("confirm password", "jcsync"),
        ("reinstall agent", TWO),
        ("reinstall agent", ONE),
        ("reinstall agent", THREE),
        ("reinstall agent", FOUR),
        ("forget password", "jcsync"),
    ]
    assert [one.wave for one in plan.actions] == [0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 6]
    assert not excesses(plan, agent_limits({}))


def test_in_place_each_step_needs_what_must_be_done_before_it():
    plan = plan_rotation(WANTED, seen(), in_place())
    stops = {one.id for one in plan.actions if one.executor == Procedure.STOP}
    by_kind = {one.kind: one for one in plan.actions}
    assert set(by_kind["reset password"].needs) == stops
    assert by_kind["confirm password"].needs == (by_kind["reset password"].id,)
    assert by_kind["confirm password"].item["keepOld"] is True
    returns = [one for one in plan.actions if one.executor == Procedure.REINSTALL]
    assert returns[0].needs == (by_kind["confirm password"].id,)
    assert returns[1].needs == (returns[0].id,)
    assert set(by_kind["forget password"].needs) == {one.id for one in returns}


def test_an_agent_that_was_stopped_is_expected_to_be_so_when_it_comes_back():
    plan = plan_rotation(WANTED, seen(), in_place())
    returns = [one for one in plan.actions if one.executor == Procedure.REINSTALL]
    assert {one.expected["service"] for one in returns} == {"Stopped"}


@pytest.mark.parametrize("policy", [POLICY, None], ids=["five tries", "not known"])
def test_in_place_is_refused_where_an_agent_that_goes_on_trying_would_lock_the_account(policy):
    state = seen(hosts={FOUR: Unreachable(reason="no answer")})
    with pytest.raises(GuardStopped, match=f"sync agent on {FOUR}") as stopped:
        plan_rotation(WANTED, state, in_place(policy=policy))
    assert "lock" in str(stopped.value)
    assert "alternate" in (stopped.value.hint or "")


def test_in_place_goes_on_where_no_number_of_tries_locks_an_account():
    state = seen(hosts={FOUR: Unreachable(reason="no answer")})
    plan = plan_rotation(WANTED, state, in_place(policy=PasswordPolicy(lockout_threshold=0)))
    assert len([one for one in plan.actions if one.executor == Procedure.STOP]) == 3
    assert "stays-on-old-password" in rules(plan)


def test_in_place_is_refused_where_an_agent_could_not_come_back():
    state = seen(hosts={FOUR: host(FOUR, agent(SYNC), outbound=False)}, records=())
    with pytest.raises(GuardStopped, match="could not be brought back"):
        plan_rotation(WANTED, state, in_place())


def test_in_place_without_a_primary_brings_one_agent_back_before_the_rest():
    plan = plan_rotation(WANTED, seen(primaries={}), in_place())
    returns = [(one.wave, one.scope) for one in plan.actions if one.executor == Procedure.REINSTALL]
    assert returns == [(3, ONE), (4, TWO), (4, THREE), (4, FOUR)]


def test_in_place_with_no_agents_sets_the_password_alone():
    plan = plan_rotation(desired(), observed({}), in_place())
    assert [one.verb for one in plan.actions] == ["reset", "confirm", "forget"]


def test_import_agents_on_domain_controllers_come_back_one_by_one():
    names = ("dc1.lab.test", "dc2.lab.test", "dc3.lab.test", "dc4.lab.test")
    wanted = desired([{"name": name, "import": True} for name in names], controllers=names)
    state = observed(
        {name: host(name, agent(IMPORT), controller=True) for name in names},
        installations=tuple(installation(name, IMPORT) for name in names),
    )
    account = Account(sam="jcimport", user=user("jcimport"), upn="jcimport@lab.test", secret="vault:jcimport")
    rotation = in_place(kind=IMPORT, allow_reboot=True)
    plan = plan_rotation(wanted, state, replace(rotation, old=account, new=account))
    waves = [one.wave for one in plan.actions if one.executor == Procedure.REINSTALL]
    assert len(set(waves)) == 4
    with pytest.raises(GuardStopped, match="--allow-reboot"):
        plan_rotation(wanted, state, replace(rotation, old=account, new=account, allow_reboot=False))


# ---- how long --------------------------------------------------------------------------------------------------------

TIMES = Durations(install=100, uninstall=20, service=5, heartbeat=10, reboot=300)


def test_onto_a_second_account_each_host_is_without_its_agent_for_its_own_installation():
    plan = plan_rotation(WANTED, seen(), onto_second())
    assert downtimes(plan, TIMES) == dict.fromkeys(HOSTS, 135.0)
    assert total(plan, TIMES) == 4 * 135 + 4 * 5


def test_in_place_the_last_host_waits_for_all_before_it():
    found = downtimes(plan_rotation(WANTED, seen(), in_place()), TIMES)
    assert found == {THREE: 420.0, FOUR: 420.0, ONE: 285.0, TWO: 150.0}
    assert list(found) == [THREE, FOUR, ONE, TWO]


def test_what_an_installation_took_on_a_host_counts_there():
    plan = plan_rotation(WANTED, seen(), onto_second())
    assert downtimes(plan, replace(TIMES, hosts={TWO: 200.0}))[TWO] == 235.0


def test_every_procedure_has_its_time():
    """A restart of the host counts its reboot, whatever else is done there."""
    took = {}
    for procedure in Procedure:
        action = Action(
            id="x",
            kind=procedure.kind,
            target=Target.HOST,
            object=ObjectRef.host(ONE),
            name="x",
            wave=0,
            executor=procedure.value,
        )
        took[procedure] = duration(action, TIMES)
    assert took == {
        Procedure.INSTALL: 115,
        Procedure.REINSTALL: 135,
        Procedure.UPGRADE: 115,
        Procedure.UNINSTALL: 20,
        Procedure.CONFIGURE: 20,
        Procedure.START: 20,
        Procedure.STOP: 5,
        Procedure.RESTART: 20,
        Procedure.REBOOT: 315,
    }
    rebooting = replace(action, executor=Procedure.INSTALL.value, item={"reboot": True})
    assert duration(rebooting, TIMES) == 415


# ---- for any domain --------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from(HOSTS), st.sampled_from(["Running", "Stopped", "gone", "no answer"]), min_size=1),
    st.sampled_from([None, *HOSTS]),
    st.sampled_from(Mode),
    st.sets(st.sampled_from(HOSTS)),
)
@settings(max_examples=150, deadline=None)
def test_a_rotation_keeps_its_promises(states, primary, mode, failing):
    """Onto a second account an agent is always at work where two were, whoever fails; in place nobody tries an old password."""
    wanted, state = domain_of(states, primary)
    try:
        plan = plan_rotation(wanted, state, onto_second() if mode is Mode.SECOND_ACCOUNT else in_place())
    except GuardStopped:
        assert mode is Mode.SAME_ACCOUNT
        assert "no answer" in states.values()
        return
    running = set(state.running(SYNC))
    up, done = set(running), set()
    for _, actions in plan.waves():
        for action in actions:
            if all(need in done for need in action.needs):
                carried_out(action, mode, up, done, failing)
        assert up or mode is Mode.SAME_ACCOUNT or len(running) < 2
    if "disable-user:jcsync" in done:
        assert not failing & {action.scope for action in plan.actions if action.target is Target.HOST}


def domain_of(states, primary):
    hosts = {}
    for name, state in states.items():
        if state == "no answer":
            hosts[name] = Unreachable(reason=state)
        else:
            hosts[name] = host(name) if state == "gone" else host(name, agent(SYNC, state=state))
    primaries = {SYNC: f"sync-{primary.partition('.')[0]}"} if primary else {}
    return desired([{"name": name, "sync": True} for name in states]), observed(hosts, primaries=primaries)


def carried_out(action, mode, up: set[str], done: set[str], failing) -> None:
    """One action happens: a host that fails loses its agent."""
    name = action.scope
    if action.target is not Target.HOST:
        assert mode is Mode.SECOND_ACCOUNT or action.kind != "reset password" or not up
        done.add(action.id)
        return
    assert mode is Mode.SECOND_ACCOUNT or ("reset-password:jcsync" in done) == (action.executor == Procedure.REINSTALL)
    up.discard(name)
    if name not in failing:
        done.add(action.id)
        if action.executor == Procedure.REINSTALL:
            up.add(name)
