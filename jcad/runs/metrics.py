"""The loop's metrics in Prometheus' text format 0.0.4. Counting and rendering are pure; `MetricsFile` writes one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from jcad.runs.health import write_whole

if TYPE_CHECKING:
    from jcad.runs.cycle import Cycle
    from jcad.runs.loop import State

Labels = tuple[tuple[str, str], ...]

FAMILIES: Mapping[str, tuple[str, str]] = {
    "jcad_sync_healthy": ("gauge", "1 after a cycle in which everything was read and done, else 0."),
    "jcad_sync_last_cycle_timestamp_seconds": ("gauge", "When the last cycle ended."),
    "jcad_sync_last_success_timestamp_seconds": ("gauge", "When the last healthy cycle ended."),
    "jcad_sync_next_cycle_timestamp_seconds": ("gauge", "When the next cycle begins."),
    "jcad_sync_cycle_seconds": ("gauge", "How long the last cycle took."),
    "jcad_sync_interval_seconds": ("gauge", "From the beginning of one cycle to the next, while nothing goes wrong."),
    "jcad_sync_errors_in_a_row": ("gauge", "Cycles in a row that ended in an error."),
    "jcad_sync_settings_valid": ("gauge", "0 while the settings file cannot be used and the old settings are kept."),
    "jcad_sync_planned_actions": ("gauge", "Actions of the last plan."),
    "jcad_sync_waiting_actions": ("gauge", "Actions that failed before and are not tried again yet."),
    "jcad_sync_findings": ("gauge", "Findings of the last plan, by kind."),
    "jcad_sync_cycles_total": ("counter", "Cycles, by how they ended."),
    "jcad_sync_late_cycles_total": ("counter", "Cycles that took longer than the interval."),
    "jcad_sync_actions_total": ("counter", "Actions, by how they ended."),
    "jcad_sync_jumpcloud_full_readings_total": ("counter", "Cycles in which JumpCloud was read whole."),
    "jcad_sync_jumpcloud_users_total": ("counter", "JumpCloud users read."),
    "jcad_sync_full_readings_total": ("counter", "Cycles in which the whole domain was read."),
    "jcad_sync_directory_entries_total": ("counter", "Entries that the domain controller sent."),
}
"""Name: type and help."""


class Metrics:
    """A Reporter that counts cycles; `text()` may be called from any thread."""

    def __init__(self) -> None:
        self._counters: Counter[tuple[str, Labels]] = Counter()
        self._gauges: dict[tuple[str, Labels], float] = {}
        self._lock = Lock()

    def ended(self, cycle: Cycle, state: State) -> None:
        """Count a cycle."""
        end = cycle.started + cycle.seconds
        healthy = cycle.outcome.healthy
        with self._lock:
            success = end if healthy else self._gauges.get(("jcad_sync_last_success_timestamp_seconds", ()), 0.0)
            values = {
                "healthy": float(healthy),
                "last_cycle_timestamp_seconds": end,
                "last_success_timestamp_seconds": success,
                "next_cycle_timestamp_seconds": end + state.next_in,
                "cycle_seconds": cycle.seconds,
                "interval_seconds": state.interval,
                "errors_in_a_row": float(state.errors),
                "settings_valid": float(not state.settings_error),
                "planned_actions": float(cycle.planned),
                "waiting_actions": float(cycle.waiting),
            }
            self._gauges = {(f"jcad_sync_{name}", ()): value for name, value in values.items()}
            for kind, count in cycle.findings.items():
                self._gauges["jcad_sync_findings", (("kind", kind),)] = float(count)
            self._counters["jcad_sync_cycles_total", (("outcome", cycle.outcome.value),)] += 1
            self._counters["jcad_sync_late_cycles_total", ()] += state.late
            self._counters["jcad_sync_full_readings_total", ()] += cycle.look.full
            self._counters["jcad_sync_directory_entries_total", ()] += cycle.look.entries
            self._counters["jcad_sync_jumpcloud_full_readings_total", ()] += bool(cycle.cloud.why)
            self._counters["jcad_sync_jumpcloud_users_total", ()] += cycle.cloud.users
            for status, count in cycle.statuses.items():
                self._counters["jcad_sync_actions_total", (("status", status),)] += count

    def text(self) -> str:
        """All of them, as Prometheus reads them."""
        with self._lock:
            found = {**self._gauges, **self._counters}
        return "".join(_lines(found))


class MetricsFile:
    """A Reporter that writes the metrics to a file for the node exporter's textfile collector."""

    def __init__(self, path: Path, metrics: Metrics) -> None:
        self.path = path
        self._metrics = metrics

    def ended(self, _cycle: Cycle, _state: State) -> None:
        """Write what the metrics say now. Raises ReportError."""
        write_whole(self.path, self._metrics.text(), "the file of metrics")


def _lines(found: Mapping[tuple[str, Labels], float]) -> Iterator[str]:
    for name, (kind, meaning) in FAMILIES.items():
        samples = sorted((labels, value) for (sample, labels), value in found.items() if sample == name)
        if samples:
            yield f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n"
            for labels, value in samples:
                yield f"{name}{_labels(labels)} {value:.15g}\n"


def _labels(labels: Labels) -> str:
    shown = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{shown}}}" if shown else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
