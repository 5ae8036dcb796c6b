"""The order of a roll-out, for any domain: what is never down together, what comes last, what a failure leaves at work."""

from __future__ import annotations

from dataclasses import replace

from agenthosts import ADMIN, IMPORT, SYNC, TABLE, agent, command, desired, host, installation, observed, record
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.agents import BOTH, Observed, Procedure, Unreachable, Verb, plan_agents
from jcad.model.agents import AgentKind, HostState
from jcad.plan import Plan, digest

NAMES = [f"h{number}.lab.test" for number in range(6)]
STATES = st.sampled_from(["Running", "Running", "Running", "Stopped"])
VERSIONS = st.sampled_from(["2.26.0", "2.30.0"])


@st.composite
def domains(draw):
    """A domain with hosts of any sort, and what its settings want of them."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    hosts, wanted, remembered = {}, [], []
    for name in sorted(names):
        if draw(st.integers(0, 9)) == 0:
            hosts[name] = Unreachable(reason="no answer")
        else:
            present = [
                agent(
                    kind,
                    state=draw(STATES),
                    version=draw(VERSIONS),
                    config={"MainLoop.UserDissociationAction": '"remove"'},
                )
                for kind in (SYNC, IMPORT)
                if draw(st.booleans())
            ]
            hosts[name] = host(name, *present, controller=draw(st.booleans()))
        wanted.append({"name": name} | {kind.value: draw(st.booleans()) for kind in BOTH if draw(st.booleans())})
        remembered += [
            installation(name, kind, by=draw(st.sampled_from([ADMIN, "LAB\\x"])))
            for kind in BOTH
            if draw(st.booleans())
        ]
    controllers = [name for name, one in hosts.items() if isinstance(one, HostState) and one.controller]
    seen = observed(hosts, installations=tuple(remembered))
    primaries = {}
    for kind in sorted(BOTH):
        if running := sorted(seen.running(kind)):
            primaries[kind] = record(draw(st.sampled_from(running)), kind).id
    state = desired(wanted, controllers, **{"import": TABLE_WITH_KEY})
    return state, replace(seen, primaries=primaries)


TABLE_WITH_KEY = {**TABLE, "configuration": {"UserDissociationAction": "unbind"}}
OPTIONS = st.builds(
    command,
    st.sampled_from(Verb),
    hosts=st.sampled_from([(), tuple(NAMES[:1])]),
    allow_reboot=st.booleans(),
    allow_only_dc=st.booleans(),
    reinstall_instead=st.booleans(),
)


def planned(domain, options) -> tuple[Plan, Observed]:
    state, seen = domain
    known = tuple(name for name in options.hosts if name in state.hosts)
    return plan_agents(state, seen, replace(options, hosts=known)), seen


def taken_down(action, seen: Observed) -> set[tuple[AgentKind, str]]:
    """The agents at work that are down during an action, as a bystander would tell."""
    name = action.object.value
    own = AgentKind(action.item["agent"])
    kinds = set(AgentKind) if action.item.get("reboot") or action.executor == Procedure.REBOOT else {own}
    if action.executor == Procedure.START:
        kinds = set()
    return {(kind, name) for kind in kinds if name in seen.running(kind)}


@given(domains(), OPTIONS)
@settings(max_examples=150, deadline=None)
def test_never_are_two_agents_of_a_kind_down_in_one_wave(domain, options):
    plan, seen = planned(domain, options)
    for _, actions in plan.waves():
        down = [one for action in actions for one in taken_down(action, seen)]
        for kind in AgentKind:
            assert sum(one[0] is kind for one in down) <= 1
        assert not down or len(actions) == 1


@given(domains(), OPTIONS)
@settings(max_examples=150, deadline=None)
def test_a_host_does_one_thing_at_a_time_and_is_not_restarted_beside_another(domain, options):
    plan, _ = planned(domain, options)
    for _, actions in plan.waves():
        assert len({action.object for action in actions}) == len(actions)
        assert len(actions) == 1 or not any("reboots" in action.guards for action in actions)


@given(domains(), OPTIONS)
@settings(max_examples=150, deadline=None)
def test_the_primary_sync_agent_goes_down_after_all_others(domain, options):
    plan, seen = planned(domain, options)
    down = [one for action in plan.actions for one in sorted(taken_down(action, seen)) if one[0] is SYNC]
    primaries = [place for place, (_, name) in enumerate(down) if seen.is_primary(name, SYNC)]
    hosts = {down[place][1] for place in primaries}
    assert all(down[place][1] in hosts for place in range(primaries[0], len(down))) if primaries else True


@given(domains(), OPTIONS)
@settings(max_examples=100, deadline=None)
def test_the_primary_import_agent_comes_last_where_the_command_is_about_one_kind(domain, options):
    plan, seen = planned(domain, replace(options, kinds=frozenset({IMPORT})))
    down = [action.scope for action in plan.actions if (IMPORT, action.scope) in taken_down(action, seen)]
    crossing = any((SYNC, action.scope) in taken_down(action, seen) for action in plan.actions)
    primary = [place for place, name in enumerate(down) if seen.is_primary(name, IMPORT)]
    assert crossing or not primary or primary[0] >= len(down) - len(primary)


@given(domains(), OPTIONS, st.sets(st.sampled_from(NAMES)))
@settings(max_examples=200, deadline=None)
def test_whatever_hosts_fail_an_agent_stays_at_work_unless_a_limit_says_otherwise(domain, options, failing):
    """A host that fails loses its agents, and what needs it is skipped: what is left must not be nothing."""
    plan, seen = planned(domain, options)
    up = {kind: set(seen.running(kind)) for kind in AgentKind}
    had = {kind: bool(up[kind]) for kind in AgentKind}
    done: set[str] = set()
    guarded = False
    for _, actions in plan.waves():
        for action in actions:
            if any(need not in done for need in action.needs):
                continue
            guarded = guarded or "agents-down" in action.guards
            down = taken_down(action, seen)
            short = action.executor in {Procedure.RESTART, Procedure.CONFIGURE}
            for kind, name in down:
                assert guarded or short or up[kind] - {name}
            if action.object.value in failing:
                for kind, name in down:
                    up[kind].discard(name)
                continue
            done.add(action.id)
            own = AgentKind(action.item["agent"])
            if action.executor == Procedure.UNINSTALL:
                up[own].discard(action.object.value)
            else:
                up[own].add(action.object.value)
    for kind in AgentKind:
        single = len(seen.running(kind)) <= 1
        assert up[kind] or not had[kind] or guarded or single


@given(domains(), OPTIONS)
@settings(max_examples=60, deadline=None)
def test_every_wave_needs_the_whole_wave_before(domain, options):
    plan, _ = planned(domain, options)
    before: tuple[str, ...] = ()
    for number, (wave, actions) in enumerate(plan.waves()):
        assert wave == number
        assert all(action.needs == before for action in actions)
        before = tuple(sorted(action.id for action in actions))


@given(domains(), OPTIONS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_every_plan_is_the_same_for_the_same_input(domain, options, random):
    """Whatever the order in which hosts, records and installations arrive."""
    state, seen = domain
    first, _ = planned(domain, options)
    hosts, records, remembered = list(seen.hosts.items()), list(seen.records or ()), list(seen.installations)
    for one in (hosts, records, remembered):
        random.shuffle(one)
    again = replace(seen, hosts=dict(hosts), records=tuple(records), installations=tuple(remembered))
    assert digest(planned((state, again), options)[0]) == digest(first)
