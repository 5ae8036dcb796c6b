"""Pairs as a file: what is written is read back, and anything else is refused by name."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import StoreError
from jcad.model import Link, LinkKind, Memory, Origin, Remember, Saw
from jcad.store import Store, StoreIdentity, read_links, write_links

HERE = StoreIdentity(organisation="org", instance="inst", domain_sid="S-1-5-21-1-2-3")
ANN = Link(kind=LinkKind.USER, cloud_id="a" * 24, guid=UUID(int=1), name="ann", disabled_here=True)
TEAM = Link(kind=LinkKind.GROUP, cloud_id="b" * 24, guid=UUID(int=2), name="Team", origin=Origin.CREATED)
MEMORY = Memory(links={ANN.cloud_id: ANN, TEAM.cloud_id: TEAM}, seen={TEAM.cloud_id: frozenset({ANN.cloud_id})})


def test_what_was_written_is_read_back():
    found = read_links(write_links(HERE, MEMORY))
    assert found.made_for == HERE
    assert {link.cloud_id: link for link in found.links} == MEMORY.links
    assert found.members == MEMORY.seen


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_name_comes_back(name):
    link = Link(kind=LinkKind.USER, cloud_id="a" * 24, guid=UUID(int=1), name=name)
    assert read_links(write_links(HERE, Memory(links={link.cloud_id: link}))).links == (link,)


def test_the_same_store_gives_the_same_text():
    turned = Memory(links=dict(reversed(MEMORY.links.items())), seen=MEMORY.seen)
    assert write_links(HERE, turned) == write_links(HERE, MEMORY)


def changed(**values):
    document = json.loads(write_links(HERE, MEMORY))
    for path, value in values.items():
        part = document
        *above, last = path.split("__")
        for step in above:
            part = part[int(step)] if step.isdecimal() else part[step]
        part[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Invalid JSON"),
        ("[]", "valid dictionary or object|object"),
        ('{"schema": "jcad.plan/1"}', "schema"),
        (changed(schema="jcad.links/2"), "schema"),
        (changed(extra=1), "extra"),
        (changed(links__0__guid="not-a-guid"), "links.0.guid"),
        (changed(links__0__kind="computer"), "links.0.kind"),
        (changed(links__0__jumpcloud=""), "links.0.jumpcloud"),
        (changed(made_for__domain_sid=""), "domain_sid"),
        (changed(links__0__guid=str(ANN.guid)), "objectGUID .* in two pairs"),
        (changed(links__0__jumpcloud=ANN.cloud_id), "JumpCloud id .* in two pairs"),
    ],
)
def test_anything_else_is_refused_by_name(text, says):
    with pytest.raises(StoreError, match=says) as caught:
        read_links(text, source="pairs.json")
    assert "pairs.json" in caught.value.message


def test_a_store_knows_what_it_belongs_to(tmp_path):
    with Store(tmp_path / "state.db") as store:
        assert store.identity() is None
        store.belongs_to("org", "inst", "S-1-5-21-1-2-3")
        store.remember([Remember(ANN), Remember(TEAM), Saw(TEAM.cloud_id, frozenset({ANN.cloud_id}))])
        assert store.identity() == HERE
        found = read_links(write_links(store.identity(), store.memory()))
    assert {link.cloud_id: link for link in found.links} == MEMORY.links
