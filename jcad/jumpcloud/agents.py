"""The writing side of JumpCloud's agent records: a record with its connect key, and its removal. Touches the network.

A connect key is told once, in the answer that makes the record, and works once within seven days (facts on
`POST /activedirectories/{id}/agents`). It is never logged, nor part of a message.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Final

import structlog
from pydantic import Field

from jcad.errors import JumpCloudError
from jcad.jumpcloud.payloads import Id, Payload, checked
from jcad.jumpcloud.reader import JumpCloudReader
from jcad.jumpcloud.replies import Unanswered
from jcad.model import Agent, AgentType, Secret
from jcad.model.agents import AgentKind

_log = structlog.get_logger("jcad.jumpcloud")

UNSEALED: Final = "unsealed"
"""The state of a record whose connect key nobody has used yet."""

_TYPES: Final = {AgentKind.SYNC: AgentType.SYNC, AgentKind.IMPORT: AgentType.IMPORT}


class _Made(Payload):
    """The answer that makes a record."""

    id: Id
    connect_key: str = Field(alias="connectKey", min_length=1, repr=False)


class AgentRecords:
    """Makes and deletes the agent records of an organisation, over a reader's connections. Thread-safe.

        records = AgentRecords(reader)
        agent, key = records.create_agent(instance.id, AgentKind.SYNC)

    Every method may raise what the reader raises. Records are made one after the other, so that after a lost answer a
    stray record can be told from those of other threads.
    """

    def __init__(self, reader: JumpCloudReader) -> None:
        self._reader = reader
        self._making = threading.Lock()

    def create_agent(self, instance: str, kind: AgentKind) -> tuple[str, Secret]:
        """Make a record of an AD instance: its id, and the connect key that an installer is given.

        Making is not idempotent. After a lost answer the record that it may have left, unsealed and not there before, is
        deleted, and one more is made. Raises `JumpCloudError` where that is lost as well, or where somebody else makes
        records meanwhile, so that it cannot be told whose they are.
        """
        with self._making:
            before = self._ids(instance)
            try:
                return self._made(instance, kind)
            except Unanswered as lost:
                _log.warning(
                    "an answer was lost; looking for what it left", what=_making(instance, kind), why=str(lost)
                )
            self._delete_stray(instance, kind, before)
            try:
                return self._made(instance, kind)
            except Unanswered as lost:
                self._delete_stray(instance, kind, before)
                raise lost.final from None

    def delete_agent(self, instance: str, agent: str) -> bool:
        """Delete a record. False where it is not there (any more), which is as good."""
        what = f"delete the agent {agent} of the Active Directory instance {instance}"
        try:
            self._reader.wire.delete(_path(instance, agent), what=what)
        except JumpCloudError as error:
            if error.status != 404 or agent in self._ids(instance):  # an unknown instance raises here
                raise
            return False
        return True

    def _made(self, instance: str, kind: AgentKind) -> tuple[str, Secret]:
        what = _making(instance, kind)
        found = self._reader.wire.post(_path(instance), {"agentType": _TYPES[kind].value}, what=what)
        try:
            made = checked(_Made, [found], what=what)[0]
        except JumpCloudError as error:
            self._undo(instance, found)
            raise error from None
        return made.id, Secret(made.connect_key)

    def _undo(self, instance: str, found: Any) -> None:
        """Delete a record whose answer lacks its key, so that nobody can ever use it."""
        if isinstance(found, dict) and isinstance(found.get("id"), str) and found["id"]:
            self.delete_agent(instance, found["id"])

    def _delete_stray(self, instance: str, kind: AgentKind, before: Iterable[str]) -> None:
        known = frozenset(before)
        strays = [
            each.id for each in self._reader.agents(instance) if each.id not in known and _is_unused(each, _TYPES[kind])
        ]
        if len(strays) > 1:
            raise JumpCloudError(
                f"the answer to a new {kind} agent of {instance} was lost, and {len(strays)} unsealed records have appeared "
                f"meanwhile ({', '.join(sorted(strays))}): it cannot be told which of them is this run's",
                hint="somebody else is adding agents just now; delete the unsealed ones that nobody needs in JumpCloud, "
                "and try again",
            )
        for stray in strays:
            self.delete_agent(instance, stray)

    def _ids(self, instance: str) -> frozenset[str]:
        return frozenset(each.id for each in self._reader.agents(instance))


def _path(instance: str, agent: str = "") -> str:
    root = f"/api/v2/activedirectories/{instance}/agents"
    return f"{root}/{agent}" if agent else root


def _making(instance: str, kind: AgentKind) -> str:
    return f"make a record and connect key of a {kind} agent in the Active Directory instance {instance}"


def _is_unused(agent: Agent, kind: AgentType) -> bool:
    return agent.state == UNSEALED and agent.type is kind and not agent.hostname
