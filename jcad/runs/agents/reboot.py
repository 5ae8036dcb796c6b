"""Restarting a host and waiting for it: a domain controller must be healthy again before anything goes on. Touches the host."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Final

from jcad.errors import AccessDenied, ConnectionFailed, NotChecked, RemotingError, ScriptError
from jcad.model import HostState
from jcad.powershell import read_controller_health
from jcad.runs.agents.errand import REBOOTED, Errand

_DELAY: Final = 2
"""Seconds between the order to restart and the restart, in which its answer arrives."""
_TOLERANCE: Final = timedelta(seconds=2)
_PAUSE: Final = 1.0


def has_booted_since(state: HostState, boot: str) -> bool:
    """Whether a host has booted since a boot that was seen; Windows tells it anew each time, to a fraction of a second."""
    try:
        return datetime.fromisoformat(state.boot) > datetime.fromisoformat(boot) + _TOLERANCE
    except ValueError:
        return False


def restart(errand: Errand, boot: str) -> HostState:
    """Restart the host, unless it has booted since `boot`, and wait until it is back and healthy.

    Raises Failed where it refuses, ConnectionFailed where it does not come back, NotChecked where it is not healthy in time,
    or a domain controller and no other one is healthy now.
    """
    if not has_booted_since(errand.state(), boot):
        require_another(errand)
    errand.run("restart-host", {"boot": boot, "delay": _DELAY})
    errand.tools.sessions.forget(errand.host)
    return back(errand, boot)


def require_another(errand: Errand) -> None:
    """Where the host is a domain controller, see that another one is healthy while it is away. Raises NotChecked."""
    if errand.host not in errand.tools.questions.controllers:
        return
    others = [name for name in errand.tools.questions.controllers if name != errand.host]
    if errand.tools.allow_only_dc or not others:
        return
    lacks = []
    for other in others:
        found = check_controller(errand, other)
        if not found:
            return
        lacks.append(f"{other}: {'; '.join(found)}")
    raise NotChecked(
        f"{errand.host} is not restarted, for no other domain controller is healthy: {'. '.join(lacks)}",
        hint="Put that right first; --allow-only-dc lets the domain be without one meanwhile.",
    )


def back(errand: Errand, boot: str) -> HostState:
    """Wait until a host that restarts is back, and healthy where it is a domain controller. Raises as `restart`."""
    errand.waits("waiting for the restart")
    timeout = errand.tools.settings.reboot_timeout
    state = errand.wait_for_host(timeout, lambda seen: has_booted_since(seen, boot))
    if state.controller:
        errand.waits("waiting for the domain controller to be healthy")
        wait_until_healthy(errand, timeout)
    errand.step(REBOOTED)
    return state


def wait_until_healthy(errand: Errand, timeout: float) -> None:
    """Wait until a domain controller does its work. Raises NotChecked with what it still lacks."""
    until = time.monotonic() + timeout
    while True:
        lacks = check_controller(errand)
        if not lacks:
            return
        if time.monotonic() >= until:
            raise NotChecked(
                f"{errand.host} is back, and not healthy within {timeout:.0f} s: {'; '.join(lacks)}",
                hint="The roll-out stops here. `dcdiag` on it tells more; go on with --resume when it is healthy.",
            )
        errand.pause(_PAUSE)


def check_controller(errand: Errand, host: str = "") -> tuple[str, ...]:
    """What a domain controller (the errand's own, if not told) lacks to be healthy; it may not answer at all yet."""
    try:
        answer = errand.call("check-controller", {}, host=host)
        if answer.failed:
            return (answer.why,)
        return read_controller_health(answer.facts).troubles
    except (AccessDenied, ConnectionFailed, RemotingError, ScriptError) as error:
        return (error.message,)
