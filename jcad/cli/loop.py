"""`jcad sync run`: the loop. Parses, arranges what is told to whom, lets signals end it, and goes."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from jcad.runs import Stop, Workplace
    from jcad.settings import Loop

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)\Z")


class Duration(click.ParamType[float]):
    """Seconds, or with a unit: 90s, 5m, 1h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a duration as seconds."""
        match = _DURATION.match(str(value).strip())
        if match is None or not 1 <= (seconds := float(match[1]) * _UNITS[match[2] or "s"]) <= 86400:
            self.fail(f"{value!r} is no duration between 1s and 24h, such as 90s or 5m", param, ctx)
        return seconds


@click.command("run")
@click.option("--interval", type=Duration(), metavar="TIME", help="From one cycle to the next: 90s, 5m (setting: 90s).")
@click.option("--once", is_flag=True, help="One cycle, then end.")
@click.option("--cycles", type=click.IntRange(min=1), metavar="N", help="So many cycles, then end.")
@click.option(
    "--health", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write how it stands here."
)
@click.option("--metrics", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write metrics here.")
@click.option("--metrics-listen", metavar="ADDRESS:PORT", help="Answer /metrics and /health on a loopback address.")
@click.option("--second-writer", is_flag=True, help="Write although JumpCloud's own agent is active.")
@click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more, in the first cycle.")
@pass_invocation
def run_command(
    invocation: Invocation,
    interval: float | None,
    once: bool,
    cycles: int | None,
    health: Path | None,
    metrics: Path | None,
    metrics_listen: str | None,
    second_writer: bool,
    retry_auth: bool,
) -> int:
    """Plan and apply again and again, without asking, until stopped.

    \b
    jcad sync run
    jcad sync run --interval 5m --health /run/jcad/health.json
    jcad sync run --once                       # for a scheduler of your own

    Limits hold over 24 hours. A cycle that goes wrong is reported and tried again; Ctrl-C or SIGTERM ends the loop after
    the batch under way, a second one at once.

    Exit codes, by the last cycle: 0 all as planned, 1 error, 3 stopped by a guard, 4 something failed.
    """
    from jcad.cli.logs import configure_logging
    from jcad.runs import Choices, SyncLoop

    configure_logging(max(1, invocation.verbosity))
    first = invocation.workplace(retry_auth=retry_auth)
    told = first.settings.sync.run.model_copy(
        update={
            name: value
            for name, value in (("health", health), ("metrics", metrics), ("metrics_listen", metrics_listen))
            if value is not None
        }
    )
    loaded = iter([first])

    def load() -> Workplace:
        return next(loaded, None) or invocation.workplace()

    with _reporters(told) as reporters, _until_stopped() as stop:
        loop = SyncLoop(
            load=load, choices=Choices(second_writer=second_writer), interval=interval, reporters=reporters, stop=stop
        )
        return loop.run(1 if once else cycles)


@contextlib.contextmanager
def _reporters(told: Loop) -> Iterator[Sequence[Any]]:
    """Whoever is told of each cycle. Nothing is written, and nothing listens, but what was asked for."""
    from jcad.runs import HealthFile, Listener, Metrics, MetricsFile

    counted = Metrics()
    reporters: list[Any] = [counted]
    with contextlib.ExitStack() as stack:
        if told.health is not None:
            reporters.append(HealthFile(told.health))
        if told.metrics is not None:
            reporters.append(MetricsFile(told.metrics, counted))
        if told.metrics_listen:
            reporters.append(stack.enter_context(Listener(told.metrics_listen, counted)))
        yield reporters


@contextlib.contextmanager
def _until_stopped() -> Iterator[Stop]:
    """Let the first Ctrl-C or SIGTERM ask for the end, and the second one interrupt."""
    from jcad.runs import Stop

    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: Any) -> None:
        if stop():
            signal.default_int_handler(number, frame)
        stop.ask()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
