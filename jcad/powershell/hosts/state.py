"""What inspect-host tells, as the model's values. Pure; the data are outside text and are checked.

Whatever is missing or not of its kind counts as not told: an old or odd host must not hide the other thirty.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from jcad.errors import ScriptError
from jcad.model.agents import AgentKind, ControllerHealth, HostState, InstalledAgent

_LONGEST = 4_000
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)\Z", re.ASCII)


def read_host_state(data: Mapping[str, Any]) -> HostState:
    """A host from the `data` of inspect-host's answer. Raises ScriptError where they name no host."""
    name = _text(data.get("name"))
    if not name:
        raise ScriptError(
            "inspect-host told no name of the host",
            hint="its answer was cut off, or something else writes into the session: look at the account's profile there",
        )
    agents = (_agent(one) for one in _list(data.get("agents")))
    return HostState(
        name=name,
        windows=_text(data.get("windows")),
        build=_number(data.get("build")),
        architecture=_text(data.get("architecture")),
        core=_truth(data.get("core")),
        controller=_truth(data.get("controller")),
        boot=_text(data.get("boot")),
        pending_reboot=_texts(data.get("pendingReboot")),
        free_bytes=_number(data.get("freeBytes")),
        net_release=_number(data.get("netRelease")),
        ps_version=_text(data.get("psVersion")),
        clock_offset=_seconds(data.get("clockOffset")),
        outbound=_truth(data.get("outbound")),
        ldaps=_truth(data.get("ldaps")),
        entra=_texts(data.get("entra")),
        agents=MappingProxyType({one.kind: one for one in agents if one is not None}),
    )


def read_controller_health(data: Mapping[str, Any]) -> ControllerHealth:
    """A domain controller's health from the `data` of check-controller's answer; nonsense counts as not told."""
    services = data.get("services")
    roles = [one for one in _list(data.get("fsmo")) if isinstance(one, Mapping)]
    return ControllerHealth(
        sysvol_ready=_truth(data.get("sysvolReady")),
        services=MappingProxyType(
            {name: _text(state) or None for name, state in services.items()} if isinstance(services, Mapping) else {}
        ),
        ldap=_truth(data.get("ldap")),
        replication_failures=_number(data.get("replicationFailures")),
        fsmo=MappingProxyType(
            {_text(one.get("role")): (_text(one.get("holder")), one.get("reachable") is True) for one in roles}
        ),
    )


def canonical_json(text: str) -> str:
    r"""A JSON text as jcad compares it: Windows PowerShell writes `\u0027` where others write `'`. ValueError if it is none."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _agent(told: Any) -> InstalledAgent | None:
    if not isinstance(told, Mapping) or told.get("kind") not in tuple(AgentKind):
        return None
    config, wrong = _config(told.get("config"))
    return InstalledAgent(
        kind=AgentKind(told["kind"]),
        service=_text(told.get("service")),
        display_name=_text(told.get("displayName")),
        state=_text(told.get("state")),
        start_mode=_text(told.get("startMode")),
        runs_as=_text(told.get("runsAs")),
        version=_text(told.get("version")),
        product_code=_text(told.get("productCode")),
        uninstall=_text(told.get("uninstall")),
        folder=_text(told.get("folder")),
        config_file=_text(told.get("configFile")),
        config=config,
        config_error=_text(told.get("configError")) or wrong,
        log_file=_text(told.get("logFile")),
        last_error=_text(told.get("lastError")),
        installed_at=_day(_text(told.get("installedAt"))),
    )


def _config(told: Any) -> tuple[Mapping[str, str] | None, str]:
    """The settings by dotted path, and what is wrong with them."""
    if not isinstance(told, list):
        return None, ""
    found: dict[str, str] = {}
    for row in told:
        if (
            not isinstance(row, Mapping)
            or not isinstance(row.get("name"), str)
            or not isinstance(row.get("value"), str)
        ):
            return None, "the configuration was not told in its form"
        try:
            found[row["name"]] = canonical_json(row["value"])
        except (ValueError, RecursionError):
            return None, f"the setting {row['name']} is not JSON"
    return MappingProxyType(found), ""


def _day(text: str) -> str:
    """Windows Installer's InstallDate (`20260131`) as RFC 3339; anything else is not told."""
    found = _DAY.match(text)
    return "-".join(found.groups()) if found else ""


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one[:_LONGEST] for one in _list(value) if isinstance(one, str))


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
