"""A directory of dictionaries, and an executor that writes it, for tests of apply that need no server.

It can be told to break: at the k-th item, before or after the item is done, with an error or by dying on the spot.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from jcad.model import ItemOutcome, Status
from jcad.plan import Batch, Identity, ObjectRef, Target

MADE_FOR = Identity(organisation="org", instance="inst", domain_sid="S-1-5-21-1", domain="DC=lab", dc="dc1")


class Died(BaseException):
    """The process was killed: nobody handles it."""


class World:
    """Objects by objectGUID; each is a dictionary of attributes. `writes` lists every write in order."""

    def __init__(self) -> None:
        self.objects: dict[UUID, dict[str, str | None]] = {}
        self.members: dict[UUID, set[str]] = {}
        self.writes: list[str] = []

    def add(self, **attributes) -> UUID:
        guid = uuid4()
        self.objects[guid] = dict(attributes)
        return guid


class WorldExecutor:
    """Carries actions out on a world. `before` and `after` are called with the number of the item and its action."""

    def __init__(self, world: World, size: int = 2) -> None:
        self.world, self.size = world, size
        self.before: Callable = lambda *_: None
        self.after: Callable = lambda *_: None
        self.count = 0
        self.batches_sent: list[list[str]] = []
        self.stopped = False

    def batches(self, actions):
        for start in range(0, len(actions), self.size):
            yield Batch(tuple(actions[start : start + self.size]))

    def execute(self, batch):
        self.batches_sent.append([one.action.id for one in batch.actions])
        for one in batch.actions:
            self.count += 1
            self.before(self.count, one.action)
            outcome = self._do(one)
            self.after(self.count, one.action)
            yield outcome

    def stop(self):
        self.stopped = True

    def _do(self, ready):
        action, world = ready.action, self.world
        if action.verb == "create":
            return self._create(ready)
        state = world.objects.get(ready.guid)
        if state is None:
            return ItemOutcome(id=action.id, status=Status.FAILED, reason="not found")
        if action.member is not None:
            return self._member(ready)
        wanted = {change.attribute: change.new for change in action.changes}
        if all(state.get(name) == value for name, value in wanted.items()):
            return ItemOutcome(id=action.id, status=Status.UNCHANGED, guid=ready.guid)
        if any(state.get(name) != old for name, old in action.expected.items()):
            return ItemOutcome(id=action.id, status=Status.CONFLICT, guid=ready.guid, reason="it has changed")
        world.writes.append(action.id)
        state.update(wanted)
        return ItemOutcome(id=action.id, status=Status.CHANGED, guid=ready.guid)

    def _create(self, ready):
        action, world = ready.action, self.world
        name = action.item["name"]
        there = [guid for guid, state in world.objects.items() if state.get("name") == name]
        if there and there[0] != ready.guid:
            return ItemOutcome(id=action.id, status=Status.CONFLICT, reason="the name exists")
        guid = there[0] if there else world.add(name=name)
        world.writes.append(action.id)
        world.objects[guid].update({change.attribute: change.new for change in action.changes})
        return ItemOutcome(id=action.id, status=Status.CHANGED, guid=guid)

    def _member(self, ready):
        members = self.world.members.setdefault(ready.guid, set())
        key = str(ready.member)
        if key in members:
            return ItemOutcome(id=ready.action.id, status=Status.UNCHANGED, guid=ready.member)
        self.world.writes.append(ready.action.id)
        members.add(key)
        return ItemOutcome(id=ready.action.id, status=Status.CHANGED, guid=ready.member)


class WorldVerifier:
    """Reads a world back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reads = 0

    def read(self, ready):
        self.reads += 1
        readings = {}
        for one in ready:
            state = self.world.objects.get(one.guid)
            if state is not None and one.member is not None:
                readings[one.action.id] = {"member": frozenset(self.world.members.get(one.guid, ()))}
            else:
                readings[one.action.id] = None if state is None else dict(state)
        return readings

    def find_created(self, action, since):
        del since
        name = action.item["name"]
        return next((guid for guid, state in self.world.objects.items() if state.get("name") == name), None)


def reference(guid: UUID) -> ObjectRef:
    return ObjectRef.guid(guid)


DIRECTORY = Target.DIRECTORY
