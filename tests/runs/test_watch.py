"""When the whole domain is read, and when only what has changed: a reader that counts, and time injected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from uuid import UUID

import pytest
from sides import CONTAINER, DOMAIN, DOMAIN_SID

from jcad.errors import ConnectionFailed, GuardStopped
from jcad.model import AdUser, Sid
from jcad.model.changes import DirectoryChanges
from jcad.runs.watch import DomainWatch
from jcad.settings import parse

SETTINGS = """
[jumpcloud]
api_key = "env:KEY"
[directory]
domain = "lab.jcad.test"
user = "LAB\\\\r"
password = "env:P"
[remoting]
user = "LAB\\\\w"
password = "env:P"
"""


def settings(more=""):
    return parse(SETTINGS + more, "jcad.toml")


ANNA = AdUser(guid=UUID(int=1), dn=CONTAINER.child("CN", "anna"), sid=DOMAIN_SID.child(2000), sam="anna")


@dataclass
class Reader:
    """A domain of one user, and what was asked of it."""

    usn: int = 100
    pending: DirectoryChanges | None = None
    fulls: int = 0
    asked: list[tuple[int, int]] = field(default_factory=list)
    fails: bool = False
    dc: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            name="dc1",
            naming_context=DOMAIN,
            domain_sid=DOMAIN_SID,
            invocation_id=UUID(int=7),
            configuration=DOMAIN.child("CN", "Configuration"),
        )
    )
    schema_read: int = 0

    def search(self, *_, **__):
        """The schema: users may have a title."""
        self.schema_read += 1
        user = {"ldapdisplayname": [b"user"], "objectclass": [b"classSchema"], "maycontain": [b"title"]}
        title = {"ldapdisplayname": [b"title"], "objectclass": [b"attributeSchema"], "attributesyntax": [b"2.5.5.12"]}
        return iter([("CN=User", user), ("CN=Title", title)])

    def highest_usn(self):
        return self.usn

    def users(self, **_):
        self.fulls += 1
        return iter([ANNA])

    def groups(self):
        return iter(())

    def foreign_holders(self):
        return iter(())

    def name_holders(self):
        return iter(())

    def changes(self, since, _extra=(), *, known=0):
        if self.fails:
            raise ConnectionFailed("dc1 is gone")
        self.asked.append((since, known))
        return self.pending or DirectoryChanges(usn=self.usn)


class Clock:
    at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return DomainWatch(full_every=3600.0, clock=clock)


def test_the_first_look_is_whole_and_the_next_ones_ask_from_the_usn_before_it(watch):
    reader = Reader()
    first = watch.read(reader, settings())
    assert watch.look.full
    reader.pending = DirectoryChanges(usn=120, users=(replace(ANNA, surname="Black"),), entries=1)
    second = watch.read(reader, settings())
    assert (reader.fulls, reader.asked) == (1, [(100, 1)])
    assert (watch.look.full, watch.look.entries) == (False, 1)
    assert [user.surname for user in second.users] == ["Black"]
    reader.pending, reader.usn = None, 120
    assert watch.read(reader, settings()) is second
    assert reader.asked[-1] == (120, 1)
    assert first is not second


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"invocation_id": UUID(int=8)}, "was replaced"),
        ({"name": "dc2", "invocation_id": UUID(int=9)}, "dc2 took the place of dc1"),
        ({"domain_sid": Sid.parse("S-1-5-21-9-9-9")}, "another domain"),
    ],
)
def test_usns_of_another_database_mean_nothing(watch, change, says):
    reader = Reader()
    watch.read(reader, settings())
    vars(reader.dc).update(change)
    watch.read(reader, settings())
    assert says in watch.look.why
    assert reader.asked == []
    assert reader.fulls == 2


def test_a_usn_that_went_back_is_a_domain_controller_restored_without_saying_so(watch):
    reader = Reader()
    watch.read(reader, settings())
    reader.usn = 50
    watch.read(reader, settings())
    assert "went back from 100 to 50" in watch.look.why
    reader.usn = 51
    watch.read(reader, settings())
    assert reader.asked[-1][0] == 50


def test_a_changed_container_a_time_that_has_come_and_other_settings_ask_for_everything(watch, clock):
    reader = Reader()
    watch.read(reader, settings())
    reader.pending = DirectoryChanges(usn=101, containers=True)
    watch.read(reader, settings())
    assert watch.look.why == "a container was changed"
    reader.pending = None
    clock.at = 3599.0
    watch.read(reader, settings())
    assert not watch.look.full
    clock.at = 3601.0
    watch.read(reader, settings())
    assert watch.look.why == "its time had come"
    watch.read(reader, settings('[sync.mapping]\njobTitle = "title"\n'))
    assert watch.look.why == "the settings ask for something else"
    assert reader.fulls == 4


def test_a_look_that_was_cut_off_is_made_whole_the_next_time(watch):
    reader = Reader()
    watch.read(reader, settings())
    reader.fails = True
    with pytest.raises(ConnectionFailed):
        watch.read(reader, settings())
    reader.fails = False
    watch.read(reader, settings())
    assert watch.look.why == "the last look was not finished"


def test_the_mapping_is_held_against_the_schema_once_for_each_mapping_and_domain_controller(watch):
    reader, titled = Reader(), settings('[sync.mapping]\njobTitle = "title"\n')
    watch.read(reader, settings())
    assert reader.schema_read == 0
    watch.read(reader, titled)
    watch.read(reader, titled)
    assert reader.schema_read == 1
    reader.dc.name, reader.dc.invocation_id = "dc2", UUID(int=8)
    watch.read(reader, titled)
    assert reader.schema_read == 2


def test_a_mapping_that_does_not_fit_is_refused_at_every_look_and_costs_no_whole_reading_afterwards(watch):
    reader = Reader()
    watch.read(reader, settings())
    for _ in range(2):
        with pytest.raises(GuardStopped, match=r"titel.*did you mean title"):
            watch.read(reader, settings('[sync.mapping]\njobTitle = "titel"\n'))
    watch.read(reader, settings())
    assert (reader.schema_read, reader.fulls, watch.look.full) == (2, 1, False)
