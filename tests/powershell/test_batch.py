"""Batches: what travels, how it is cut, what is refused."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.errors import ScriptError
from jcad.model.secret import Secret
from jcad.powershell import batches, script
from jcad.powershell.batch import LIMIT_BYTES, LIMIT_CHUNK

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
GUID = UUID(int=7)


def attributes(number: int, **values: str) -> dict:
    return {"id": f"a{number}", "guid": GUID, "expected": dict.fromkeys(values), "set": values, "clear": []}


def member(number: int, group: int) -> dict:
    return {"id": f"m{number}", "guid": UUID(int=group), "member": UUID(int=1_000_000 + number)}


@given(st.lists(TEXT, max_size=8))
def test_every_text_carries_its_marker_and_comes_back(texts):
    """The JSON is ASCII, so that no code page on the way can touch it."""
    items = [attributes(number, description=text) for number, text in enumerate(texts)]
    read = [item for batch in batches(script("set-attributes"), items) for item in json.loads(batch.text)["items"]]
    assert [item["set"]["description"] for item in read] == ["=" + text for text in texts]
    assert all(batch.text.isascii() for batch in batches(script("set-attributes"), items))


def test_ids_and_guids_travel_bare_and_nothing_else_does():
    (batch,) = batches(script("disable-user"), [{"id": "x-1", "guid": GUID, "expected": {"userAccountControl": 512}}])
    assert json.loads(batch.text) == {
        "count": 1,
        "items": [{"id": "x-1", "guid": str(GUID), "expected": {"userAccountControl": 512}}],
    }
    assert batch.ids == ("x-1",)


def test_a_call_names_batch_and_server_and_holds_no_secret_text():
    item = {"id": "p", "guid": GUID, "expected": {"pwdLastSet": "1"}, "unlock": True}
    (batch,) = batches(script("reset-password"), [item], [Secret("hush-hush")])
    call = batch.call(server="dc1.lab.jcad.test", what_if=True)
    assert set(call.parameters) == {"Batch", "Server", "WhatIf"}
    assert [secret.reveal() for secret in call.secrets] == ["hush-hush"]
    assert "hush" not in repr(call) + batch.text


@settings(max_examples=25)
@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=12))
def test_a_batch_stays_under_its_size_and_loses_nothing(sizes):
    items = [attributes(number, description="x" * size) for number, size in enumerate(sizes)]
    made = list(batches(script("set-attributes"), items))
    assert all(len(batch.text) <= LIMIT_BYTES for batch in made)
    assert [name for batch in made for name in batch.ids] == [item["id"] for item in items]
    assert [json.loads(batch.text)["count"] for batch in made] == [len(batch.ids) for batch in made]


def test_secrets_stay_beside_their_items_when_a_batch_is_cut():
    items = [{"id": f"p{n}", "guid": GUID, "expected": {"pwdLastSet": None}, "unlock": False} for n in range(450)]
    made = list(batches(script("reset-password"), items, [Secret(str(n)) for n in range(450)]))
    assert [len(batch.ids) for batch in made] == [200, 200, 50]
    for batch in made:
        assert [f"p{secret.reveal()}" for secret in batch.secrets] == list(batch.ids)


def test_the_caller_can_ask_for_smaller_batches():
    items = [attributes(number, mail="x") for number in range(7)]
    assert [len(batch.ids) for batch in batches(script("set-attributes"), items, limit=3)] == [3, 3, 1]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4), max_size=60), st.integers(1, 300))
def test_memberships_are_gathered_by_group_and_every_member_is_answered_for(groups, limit):
    items = [member(number, group) for number, group in enumerate(groups)]
    told: dict[str, tuple[str, str]] = {}
    for batch in batches(script("add-members"), items, limit=limit):
        ids = []
        for entry in json.loads(batch.text)["items"]:
            assert 0 < entry["count"] == len(entry["members"]) <= LIMIT_CHUNK
            for one in entry["members"]:
                told[one["id"]] = (entry["guid"], one["guid"])
                ids.append(one["id"])
        assert tuple(ids) == batch.ids
        assert len(ids) <= limit
    assert told == {item["id"]: (str(item["guid"]), str(item["member"])) for item in items}


def test_one_group_of_many_members_is_one_entry_per_chunk():
    made = list(batches(script("add-members"), [member(number, 1) for number in range(2_500)]))
    counts = [[entry["count"] for entry in json.loads(batch.text)["items"]] for batch in made]
    assert counts == [[200] * 5, [200] * 5, [200, 200, 100]]


@pytest.mark.parametrize(
    "item",
    [
        attributes(1, description="a\0b"),
        attributes(1, description="\udc00"),
        attributes(1, description="x" * LIMIT_BYTES),
        attributes(1, **{"bad name": "x"}),
        attributes(1, mail="x", Mail="y"),
        attributes(1, mail=Secret("hush")),
        attributes(1, mail=1.5),
        attributes(1, mail=1 << 63),
        attributes(1, mail="x") | {"id": "2026-01-01T00:00:00Z"},
        attributes(1, mail="x") | {"id": "/Date(0)/"},
        attributes(1, mail="x") | {"id": ""},
        attributes(1, mail="x") | {"more": 1},
        {"id": "a", "guid": GUID, "set": {}, "clear": []},
    ],
)
def test_an_item_that_cannot_travel_is_refused(item):
    with pytest.raises(ScriptError) as caught:
        list(batches(script("set-attributes"), [item]))
    assert "hush" not in str(caught.value)


def test_two_items_of_one_id_are_refused():
    with pytest.raises(ScriptError, match="the same id"):
        list(batches(script("set-attributes"), [attributes(1, mail="x"), attributes(1, mail="y")]))


def test_secrets_must_be_as_many_as_the_items_and_wanted():
    with pytest.raises(ScriptError, match="needs a secret for each of its 1 items, and got 0"):
        list(batches(script("reset-password"), [{"id": "p", "guid": GUID, "expected": {}, "unlock": False}]))
    with pytest.raises(ScriptError, match="takes no secrets"):
        list(batches(script("set-attributes"), [attributes(1, mail="x")], [Secret("x")]))


def test_a_probe_takes_no_batch():
    with pytest.raises(ScriptError, match="probe-host takes no batch"):
        list(batches(script("probe-host"), [{"id": "a"}]))
