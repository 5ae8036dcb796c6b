"""Agent records: made with a connect key, deleted, and whole after lost answers; the key is never seen."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from jcad.errors import AccessDenied, ConnectionFailed, JumpCloudError
from jcad.jumpcloud import AgentRecords
from jcad.lab.jumpcloud.state import ApiKey
from jcad.model.agents import AgentKind

NOBODY = "f" * 24


@pytest.fixture
def instance(seed) -> str:
    return seed.tenant.instance_id


@pytest.fixture
def records(reader) -> AgentRecords:
    return AgentRecords(reader)


@pytest.fixture
def on_post(server):
    """Have something done when a record is about to be made, some times; lists stay as they are."""

    def arm(do, *, times=1):
        left = [times]

        def on_request(request):
            if request.method == "POST" and left[0]:
                left[0] -= 1
                do()

        server._on_request = on_request

    return arm


@pytest.fixture
def spoil(on_post, faults):
    """Have the answer to a new record spoilt by a fault, some times."""
    return lambda fault, value=None, times=1: on_post(lambda: faults.set(fault, value), times=times)


def _unsealed(tenant, instance):
    return [each["id"] for each in tenant.state.agents[instance].values() if each["state"] == "unsealed"]


def test_a_record_is_made_and_its_key_installs_one_agent(records, tenant, instance):
    agent, key = records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == [agent]
    assert tenant.use_connect_key(key.reveal(), "SYNC", hostname="srv1", version="1") == (instance, agent)


def test_each_kind_of_agent_gets_a_record_of_its_own_kind(records, tenant, instance):
    made = {kind: records.create_agent(instance, kind)[0] for kind in AgentKind}
    kinds = {kind: tenant.state.agents[instance][agent]["agentType"] for kind, agent in made.items()}
    assert kinds == {AgentKind.SYNC: "SYNC", AgentKind.IMPORT: "IMPORT"}


def test_a_record_is_deleted(records, tenant, instance):
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    assert records.delete_agent(instance, agent)
    assert agent not in tenant.state.agents[instance]


def test_a_record_that_is_gone_already_is_as_good_as_deleted(records, instance):
    assert not records.delete_agent(instance, NOBODY)


def test_deleting_within_an_unknown_instance_is_an_error(records):
    with pytest.raises(JumpCloudError, match=NOBODY):
        records.delete_agent(NOBODY, NOBODY)


def test_deleting_is_tried_again_when_the_answer_was_lost(records, tenant, faults, instance):
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    faults.set("jumpcloud.status", 503)
    assert records.delete_agent(instance, agent)
    assert agent not in tenant.state.agents[instance]


@pytest.mark.parametrize(
    "fault", [("jumpcloud.truncate", 10), ("jumpcloud.not_json", None)], ids=["cut short", "not JSON"]
)
def test_a_record_whose_answer_was_lost_is_deleted_and_one_more_is_made(
    records, server, tenant, instance, spoil, fault
):
    """The record was made, the answer is spoilt on its way: without looking there would be two."""
    spoil(*fault)
    agent, key = records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == [agent]
    assert tenant.use_connect_key(key.reveal(), "SYNC", hostname="srv1", version="1") == (instance, agent)
    assert [each.split()[0] for each in server.seen].count("POST") == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_of_jumpclouds_own_is_looked_at_before_one_more_is_made(records, tenant, instance, spoil, status):
    spoil("jumpcloud.status", status)
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == [agent]


def test_too_many_requests_is_waited_out_for_nothing_was_made(records, tenant, instance, spoil):
    spoil("jumpcloud.status", 429)
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == [agent]


def test_two_lost_answers_end_it_and_leave_nothing_behind(records, server, tenant, instance, spoil):
    spoil("jumpcloud.truncate", 5, times=9)
    with pytest.raises(JumpCloudError, match="cut short"):
        records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == []
    assert [each.split()[0] for each in server.seen].count("POST") == 2


def test_a_record_that_was_unsealed_before_is_never_deleted(records, tenant, instance, spoil):
    before = tenant.add_agent(instance, "SYNC")["id"]
    spoil("jumpcloud.truncate", 5)
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    assert set(_unsealed(tenant, instance)) == {before, agent}


def test_it_stops_where_it_cannot_be_told_whose_record_is_whose(records, tenant, faults, instance, on_post):
    def somebody_else_adds_one():
        tenant.add_agent(instance, "SYNC")
        faults.set("jumpcloud.truncate", 5)

    on_post(somebody_else_adds_one)
    with pytest.raises(JumpCloudError, match="cannot be told") as caught:
        records.create_agent(instance, AgentKind.SYNC)
    assert "somebody else" in caught.value.hint
    assert len(_unsealed(tenant, instance)) == 2


def test_a_new_import_agent_of_somebody_else_is_left_alone(records, tenant, faults, instance, on_post):
    def somebody_else_adds_one():
        tenant.add_agent(instance, "IMPORT")
        faults.set("jumpcloud.truncate", 5)

    on_post(somebody_else_adds_one)
    agent, _ = records.create_agent(instance, AgentKind.SYNC)
    kinds = sorted(tenant.state.agents[instance][each]["agentType"] for each in _unsealed(tenant, instance))
    assert kinds == ["IMPORT", "SYNC"]
    assert agent in _unsealed(tenant, instance)


def test_threads_do_not_take_each_others_records_for_strays(records, tenant, instance, spoil):
    """Several hosts ask at the same time, and an answer is lost."""
    spoil("jumpcloud.truncate", 5)
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(records.create_agent(instance, AgentKind.SYNC)[0]))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(made) == 4
    assert sorted(_unsealed(tenant, instance)) == sorted(made)


def test_a_key_that_may_only_read_is_access_denied(open_reader, tenant, instance):
    tenant.state.keys["looks-only"] = ApiKey(read_only=True)
    with pytest.raises(AccessDenied, match="may not make a record and connect key"):
        AgentRecords(open_reader("looks-only")).create_agent(instance, AgentKind.SYNC)


def test_an_answer_without_a_key_is_an_error_and_its_record_is_deleted(records, tenant, instance, monkeypatch):
    add = tenant.add_agent
    monkeypatch.setattr(tenant, "add_agent", lambda *given: {**add(*given), "connectKey": ""})
    with pytest.raises(JumpCloudError, match="connectKey"):
        records.create_agent(instance, AgentKind.SYNC)
    assert _unsealed(tenant, instance) == []


def test_a_server_that_cannot_be_reached_is_said_by_name(open_reader, instance):
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        AgentRecords(open_reader(url="http://127.0.0.1:9")).create_agent(instance, AgentKind.SYNC)


def test_the_connect_key_is_in_no_log_and_no_message(records, tenant, instance, spoil, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    answer = {k: v for k, v in tenant.add_agent(instance, "SYNC").items() if k not in {"agentType", "idSourceId"}}
    cut = len(json.dumps(answer)) - 2
    spoil("jumpcloud.truncate", cut)  # the lost answer holds the whole key
    _, key = records.create_agent(instance, AgentKind.SYNC)
    spoil("jumpcloud.truncate", cut, times=2)
    with pytest.raises(JumpCloudError) as caught:
        records.create_agent(instance, AgentKind.SYNC)
    shown = capsys.readouterr()
    everything = caplog.text + shown.out + shown.err + str(caught.value) + repr(caught.value.__context__)
    keys = [*tenant.state.connect_keys, key.reveal()]
    assert "answer was lost" in shown.out + caplog.text
    assert not [each for each in keys if each in everything]
