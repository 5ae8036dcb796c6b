"""What stands against an agent on a host: wrong Windows, too little room, a clock that is off. Pure.

Sources: JumpCloud's system requirements ("64-bit Windows Server 2012, 2016, 2019, 2022; Server Core OK for 2016/2019/2022";
15 MB of disk; outbound HTTPS to console.jumpcloud.com), and Kerberos' five minutes between clocks (MS-KILE 3.1.1: five
minutes by default). The pages tell no .NET version, so .NET is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jcad.model.agents import HostState

LOWEST_BUILD = 9200
"""Windows Server 2012."""
CORE_BUILD = 14393
"""Windows Server 2016: the first whose Server Core the page names."""
HIGHEST_BUILD = 20348
"""Windows Server 2022: the newest that the page names."""
DISK_NEEDED = 15 * 1024 * 1024
CLOCK_ALLOWED = 300.0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands against an agent. `blocks` says that nothing is installed there; else it is a remark."""

    rule: str
    reason: str
    blocks: bool = True


def obstacles(state: HostState, jumpcloud_host: str = "console.jumpcloud.com") -> Iterator[Obstacle]:
    """What stands against an agent on a host. What the probe could not tell is not judged."""
    yield from _windows(state)
    if state.free_bytes is not None and state.free_bytes < DISK_NEEDED:
        free = state.free_bytes / 1024 / 1024
        yield Obstacle("disk-full", f"{free:.1f} MB are free on its system drive; an agent needs 15 MB")
    if state.outbound is False:
        reason = (
            f"port 443 of {jumpcloud_host} does not answer from there, and an agent talks to nothing else; where it goes "
            'through a proxy, jumpcloud_host = "" in [agents] leaves the test out'
        )
        yield Obstacle("outbound-closed", reason)
    yield from _remarks(state)


def _windows(state: HostState) -> Iterator[Obstacle]:
    named = state.windows or "its Windows"
    if state.windows and "server" not in state.windows.lower():
        yield Obstacle("windows-version", f"it is {named}; the agents are for Windows Server")
    if state.architecture and "64" not in state.architecture:
        yield Obstacle("architecture", f"{named} is {state.architecture}; the agents are for 64-bit Windows Server")
    elif "arm" in state.architecture.lower():
        yield Obstacle("architecture", f"{named} is {state.architecture}; the documentation names no ARM", blocks=False)
    if state.build is None:
        return
    if state.build < LOWEST_BUILD:
        yield Obstacle("windows-version", f"{named} (build {state.build}) is older than Windows Server 2012")
    elif state.core and state.build < CORE_BUILD:
        yield Obstacle("server-core", f"{named} is a Server Core; the documentation has those of 2016, 2019 and 2022")
    elif state.build > HIGHEST_BUILD:
        reason = f"{named} (build {state.build}) is newer than Windows Server 2022, the newest in the documentation"
        yield Obstacle("windows-undocumented", reason, blocks=False)


def _remarks(state: HostState) -> Iterator[Obstacle]:
    if state.pending_reboot:
        why = ", ".join(state.pending_reboot)
        yield Obstacle("pending-reboot", f"it waits for a restart ({why})", blocks=False)
    if state.clock_offset is not None and abs(state.clock_offset) > CLOCK_ALLOWED:
        way = "ahead of" if state.clock_offset > 0 else "behind"
        reason = f"its clock is {abs(state.clock_offset):.0f} s {way} the domain controller's: Kerberos refuses more than 300 s"
        yield Obstacle("clock-offset", reason, blocks=False)
    if state.ldaps is False:
        reason = "port 636 of the domain controller does not answer: JumpCloud strongly recommends LDAPS for the agents"
        yield Obstacle("ldaps-closed", reason, blocks=False)
