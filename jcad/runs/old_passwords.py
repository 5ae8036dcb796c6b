"""Which agents have the password that was before: jcad installed them earlier than their account's was set. Reads only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from jcad.directory import DirectoryReader
from jcad.directory.attributes import moment
from jcad.model.agents import AgentKind, Installation
from jcad.model.logon import bare


def clock_ahead(directory: DirectoryReader) -> timedelta:
    """How far the domain controller's clock, which dates passwords, is before this machine's, which dates installations."""
    return directory.now() - datetime.fromtimestamp(time.time(), UTC)


def has_old_password(installation: Installation, password_set: datetime | None, ahead: timedelta) -> bool:
    """Whether an agent was installed before the password was set, by the domain controller's clock."""
    if password_set is None or not installation.at:
        return False
    return datetime.fromisoformat(installation.at) + ahead < password_set


def agents_with_old_passwords(
    directory: DirectoryReader, installations: Mapping[tuple[str, AgentKind], Installation]
) -> frozenset[tuple[str, AgentKind]]:
    """The agents, by host and kind, whose account has had a new password since. Asks the directory where any is known."""
    if not installations:
        return frozenset()
    users = directory.users_called({bare(one.account) for one in installations.values()})
    set_at = {name: moment(user.pwd_last_set) for name, user in users.items()}
    ahead = clock_ahead(directory)
    return frozenset(
        (host.lower(), kind)
        for (host, kind), one in installations.items()
        if has_old_password(one, set_at.get(bare(one.account).casefold()), ahead)
    )
