"""Looks at one organisation again and again: all of it the first time, then whom Directory Insights says to have changed.

Reads through a JumpCloudReader. Only changes of users are followed one by one; whatever changes who is bound or a member of what
has everything read again, as has anything that cannot be told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from jcad.adsync import CloudSide
from jcad.errors import AccessDenied, AuthenticationFailed, JumpCloudError
from jcad.jumpcloud import Events, JumpCloudReader, events_since
from jcad.model import AdInstance, CloudUser
from jcad.runs.observe import mapped_fields, read_cloud
from jcad.settings import Settings

_log = structlog.get_logger(__name__)

MARGIN = timedelta(minutes=10)
"""So far before the last look events are asked for: they are told late, and how late was not found."""

MOST = 1_000
"""More changed users than that are read with all the others: a page has as many."""

_USERS = frozenset(
    {
        "user_create",
        "user_update",
        "user_activated",
        "user_suspended",
        "user_unsuspended",
        "user_create_provision",
        "user_update_provision",
    }
)
"""What changes a user and nobody else."""

_STRUCTURE = frozenset(
    {
        "user_delete",
        "user_delete_provision",
        "group_create",
        "group_update",
        "group_delete",
        "association_change",
        "activedirectory_create",
        "activedirectory_delete",
        "organization_update",
    }
)
"""What changes who is there, or who is bound or a member of what."""


@dataclass(frozen=True, slots=True)
class CloudLook:
    """How JumpCloud was read the last time: `why` all of it was, or empty, and how many users were."""

    why: str = ""
    users: int = 0


@dataclass(kw_only=True)
class CloudWatch:
    """JumpCloud's side as it was read last, brought up to date by each `read`. `full_every` is in seconds.

    Where `[sync.run] insights` is off everything is read each time.
    """

    full_every: float
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    look: CloudLook = field(default=CloudLook(), init=False)
    _side: CloudSide | None = field(default=None, init=False)
    _read_with: object = field(default=None, init=False)
    _full_at: float = field(default=0.0, init=False)
    _since: datetime | None = field(default=None, init=False)
    _met: frozenset[str] = field(default=frozenset(), init=False)
    _warned: bool = field(default=False, init=False)

    def read(self, jumpcloud: JumpCloudReader, instance: AdInstance, settings: Settings) -> CloudSide:
        """JumpCloud's side as of now. Raises what reading raises; the next time everything is read then."""
        side, self._side = self._side, None  # kept only when this look comes to its end
        events = self._events(jumpcloud) if settings.sync.run.insights else None
        fields = mapped_fields(settings)
        read_with = (instance.id, settings.jumpcloud, fields)
        why, changed = self._judge(side, events, read_with)
        found: CloudSide | None = None
        if side is not None and not why:
            found = _brought_up_to_date(side, jumpcloud.users_now(sorted(changed), fields), jumpcloud, instance)
        if found is None:
            why = why or "a user was deleted"
            found = read_cloud(jumpcloud, instance, settings)
            self._full_at = self.clock()
            self.look = CloudLook(why, len(found.users))
            _log.info("JumpCloud read whole", why=why, users=len(found.users))
        else:
            self.look = CloudLook(users=len(changed))
        if events is not None:
            self._side, self._read_with = found, read_with
            self._since, self._met = events.now - MARGIN, frozenset(event.id for event in events.found)
        return found

    def _events(self, jumpcloud: JumpCloudReader) -> Events | None:
        """What has happened since a while before the last look; None where that cannot be told."""
        try:
            return events_since(jumpcloud, self._since or self.now() - MARGIN)
        except AuthenticationFailed:
            raise
        except (AccessDenied, JumpCloudError) as error:
            if not self._warned:
                _log.warning(
                    "Directory Insights cannot be read, so JumpCloud is read whole each time", reason=str(error)
                )
                self._warned = True
            return None

    def _judge(self, side: CloudSide | None, events: Events | None, read_with: object) -> tuple[str, frozenset[str]]:
        """Why everything must be read, or an empty text; and who has changed."""
        if events is None:
            return "it is read whole in each cycle", frozenset()
        if side is None:
            return "it is the first time, or the last look was not finished", frozenset()
        if read_with != self._read_with:
            return "the settings ask for something else", frozenset()
        if self.clock() - self._full_at >= self.full_every:
            return "its time had come", frozenset()
        if not events.whole:
            return "there were too many events", frozenset()
        fresh = [event for event in events.found if event.id not in self._met]
        for event in fresh:
            if event.type in _STRUCTURE:
                return f"there was an event {event.type}", frozenset()
        changed = frozenset(event.object for event in fresh if event.type in _USERS)
        if "" in changed:
            return "an event does not say whose it is", frozenset()
        if len(changed) > MOST:
            return f"{len(changed)} users have changed", frozenset()
        return "", changed


def _brought_up_to_date(
    side: CloudSide, now: Mapping[str, CloudUser | None], jumpcloud: JumpCloudReader, instance: AdInstance
) -> CloudSide | None:
    """The side with these users as they are now; None where one of them is gone."""
    users = dict(side.users)
    for identity, user in now.items():
        if user is None:
            return None
        if users.get(identity) != user:
            users[identity] = user
    others = frozenset(one.id for one in jumpcloud.instances()) - {instance.id}
    agents = jumpcloud.agents(instance.id)
    return replace(side, instance=instance, agents=agents, users=users, other_instances=others)
