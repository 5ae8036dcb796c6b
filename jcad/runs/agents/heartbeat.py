"""Whether JumpCloud hears of an agent: its record is active, of the right version, and was heard of since. Asks JumpCloud.

A running service is no proof: an agent with a wrong password runs, and so does one that cannot get out. Times are compared
with JumpCloud's own earlier ones, never with a clock of this side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jcad.errors import ConnectionFailed, JumpCloudError, NotChecked
from jcad.jumpcloud import AgentRecords, JumpCloudReader
from jcad.model import Agent

_FIRST_LOOK: Final = 0.25
_LONGEST_LOOK: Final = 5.0
"""Seconds between two looks at JumpCloud's list: doubled from the first to the longest."""

Pause = Callable[[float], None]
"""Waits so many seconds; raises where the run is stopped."""


@dataclass(frozen=True, slots=True)
class Since:
    """What JumpCloud knew of the agents of one kind on a host, before something was done to them: last contact by record."""

    contacts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, records: Iterable[Agent]) -> Since:
        """What these records say now."""
        return cls(tuple(sorted((one.id, one.contact_at) for one in records)))

    def heard(self, record: Agent, version: str) -> bool:
        """Whether the agent is at work since, in that version (any, where it is empty)."""
        before = dict(self.contacts).get(record.id, "")
        fits = not version or not record.version or record.version == version
        return record.is_active and fits and bool(record.contact_at) and _later(record.contact_at, before)

    def missing(self, record: Agent | None, version: str) -> str:
        """What is not so yet, in words."""
        if record is None:
            return "it has no record of it"
        if not record.is_active:
            return f"its record is {record.state or 'without a state'}"
        if version and record.version and record.version != version:
            return f"its record says version {record.version}, not {version}"
        return f"it last heard of it at {record.contact_at or 'no time'}, which is not since"


def _later(moment: str, before: str) -> bool:
    try:
        return not before or datetime.fromisoformat(moment) > datetime.fromisoformat(before)
    except ValueError:
        return moment != before


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCloud:
    """JumpCloud's records of one AD instance: read, made with a connect key, deleted, waited for."""

    reader: JumpCloudReader
    records: AgentRecords
    instance: str

    def all(self) -> tuple[Agent, ...]:
        """Every record of the instance."""
        return self.reader.agents(self.instance)

    def one(self, identity: str) -> Agent | None:
        """A record by its id; None where it is not there."""
        return next((each for each in self.all() if each.id == identity), None)

    def wait(
        self, find: Callable[[Iterable[Agent]], Agent | None], since: Since, version: str, pause: Pause, timeout: float
    ) -> Agent:
        """Wait until JumpCloud has heard of an agent, which `find` picks. Raises NotChecked when the time is over."""
        waited, look, trouble = 0.0, _FIRST_LOOK, ""
        record: Agent | None = None
        while True:
            try:
                record, trouble = find(self.all()), ""
            except (JumpCloudError, ConnectionFailed) as error:
                trouble = error.message
            if record is not None and not trouble and since.heard(record, version):
                return record
            if waited >= timeout:
                break
            pause(look)
            waited, look = waited + look, min(look * 2, _LONGEST_LOOK)
        if trouble:
            raise NotChecked(
                f"JumpCloud could not be asked whether it hears of the agent: {trouble}",
                hint="The agent may be at work: `jcad agent status` tells, once JumpCloud answers.",
            )
        raise NotChecked(
            f"JumpCloud has not heard of the agent within {timeout:.0f} s: {since.missing(record, version)}",
            hint="Does its host get out to port 443 of JumpCloud? `jcad agent logs` shows what the agent says, "
            "`jcad agent status` whether it was heard of later.",
        )
