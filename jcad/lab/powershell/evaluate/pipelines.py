"""Pipelines: their commands made, connected and run, objects pushed from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jcad.lab.powershell.errors import Failure, NetError
from jcad.lab.powershell.evaluate.calls import command, redirects_of
from jcad.lab.powershell.evaluate.expressions import expression
from jcad.lab.powershell.evaluate.frame import Frame, StopUpstream, emit, to_failure
from jcad.lab.powershell.evaluate.processors import PipelineAbort, Processor
from jcad.lab.powershell.evaluate.stages import run_stages, stages_of
from jcad.lab.powershell.syntax import nodes
from jcad.lab.powershell.values import Array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jcad.lab.powershell.evaluate.frame import Expression, Statement, Write


def pipeline(node: nodes.Pipeline) -> Statement:
    """The statement of a pipeline."""
    first = node.elements[0]
    if len(node.elements) == 1:
        return _expression(first) if isinstance(first, nodes.CommandExpression) else _command(first)
    source = None
    commands = list(node.elements)
    if isinstance(first, nodes.CommandExpression):
        source = _collected(first) if first.redirections else expression(first.expression)
        commands = commands[1:]
    makers = [command(one) for one in commands if isinstance(one, nodes.CommandCall)]
    stages = [] if source is None else stages_of(commands)

    def run(f: Frame, write: Write) -> None:
        if stages and source is not None and run_stages(f, source, stages, write):
            return
        processors = [maker(f, bool(index) or source is not None) for index, maker in enumerate(makers)]
        run_pipeline(f, processors, write, source)

    return run


def _expression(node: nodes.CommandExpression) -> Statement:
    compute = expression(node.expression)
    if node.redirections:
        return _redirected(compute, node)
    if isinstance(node.expression, nodes.Increment):

        def run_increment(f: Frame, _write: Write) -> None:
            compute(f)
            f.engine.succeeded = True

        return run_increment

    def run(f: Frame, write: Write) -> None:
        emit(compute(f), write)
        f.engine.succeeded = True

    return run


def _collected(node: nodes.CommandExpression) -> Expression:
    """What an expression with redirections writes, as the input of a pipeline."""
    run = _redirected(expression(node.expression), node)

    def compute(f: Frame) -> Array:
        out: list[Any] = []
        run(f, out.append)
        return Array(out)

    return compute


def _redirected(compute: Expression, node: nodes.CommandExpression) -> Statement:
    redirects = redirects_of(node.redirections)

    def run(f: Frame, write: Write) -> None:
        io, outer = f.io.copy(), f.io
        sink = write
        for redirect in redirects:
            for stream in redirect.streams:
                if stream == 1:
                    sink = _drop
                elif not redirect.drop or stream == 2:
                    io.redirect(stream, _drop if redirect.drop else write)
        f.io = io
        try:
            emit(compute(f), sink)
        except (Failure, NetError) as error:
            from jcad.lab.powershell.evaluate.statements import report  # noqa: PLC0415  - they build on each other

            report(f, error)
        finally:
            f.io = outer

    return run


def _drop(_value: Any) -> None:
    """Throw away."""


def _command(node: nodes.CommandCall) -> Statement:
    make = command(node)

    def run(f: Frame, write: Write) -> None:
        run_one(f, make(f, False), write)

    return run


def run_one(f: Frame, processor: Processor, write: Write) -> None:
    """Run a command that nothing is piped into."""
    engine = f.engine
    engine.check_stop()
    processor.connect(write)
    try:
        processor.prepare()
        processor.once_alone()
    except StopUpstream as stop:
        if stop.owner is not processor:
            raise
        processor.end()
    except Failure as failure:
        _note(processor, failure)
        raise
    finally:
        processor.dispose()
    engine.succeeded = not processor.context.failed


def _note(processor: Processor, failure: Failure) -> None:
    """Put a terminating error into -ErrorVariable."""
    held = processor.error_list
    if held is not None and not any(item is failure.record for item in held):
        held.append(failure.record)


def run_pipeline(
    f: Frame,
    processors: Sequence[Processor],
    write: Write,
    source: Expression | None = None,
    *,
    piped: Iterable[Any] | None = None,
) -> None:
    """Run several commands, each writing to the next; `source` gives what the first one is fed, or `piped` has it."""
    engine = f.engine
    engine.check_stop()
    token = object()
    sink = write
    feeders: dict[int, Feeder] = {}
    for index in range(len(processors) - 1, -1, -1):
        processors[index].connect(sink)
        if index or source is not None or piped is not None:
            feeders[index] = feeder = Feeder(processors[index], token)
            sink = feeder.feed
    started = 0
    try:
        for processor in processors:
            started += 1
            processor.prepare()
        for processor in processors:
            processor.begin()
        for index in sorted(feeders, reverse=True):
            feeders[index].open()
        stopped = _feed(f, processors, source, sink, piped)
        for processor in processors[stopped:]:
            _finish(processor, processors)
    except PipelineAbort as abort:
        if abort.token is not token:
            raise
        raise abort.failure from abort
    finally:
        for processor in processors[:started]:
            processor.dispose()
    engine.succeeded = not any(processor.context.failed for processor in processors)


def _feed(
    f: Frame,
    processors: Sequence[Processor],
    source: Expression | None,
    sink: Write,
    piped: Iterable[Any] | None,
) -> int:
    """Push the input through; gives the index of the first command whose end is still to run."""
    try:
        if piped is not None:
            for value in piped:
                sink(value)
        elif source is None:
            processors[0].once()
        else:
            emit(source(f), sink)
    except StopUpstream as stop:
        return _index_of(processors, stop)
    return 0


def _finish(processor: Processor, processors: Sequence[Processor]) -> None:
    try:
        processor.end()
    except StopUpstream as stop:
        _index_of(processors, stop)


def _index_of(processors: Sequence[Processor], stop: StopUpstream) -> int:
    for index, processor in enumerate(processors):
        if processor is stop.owner:
            return index
    raise stop


class Feeder:
    """What stands before a command: it keeps what earlier commands write until all have begun."""

    __slots__ = ("check", "held", "process", "processor", "token")

    def __init__(self, processor: Processor, token: object) -> None:
        self.processor = processor
        self.process = processor.process
        self.check = processor.f.engine.check_stop
        self.token = token
        self.held: list[Any] | None = []

    def open(self) -> None:
        """Let through what was kept, and from now on everything."""
        held, self.held = self.held or [], None
        for value in held:
            self.feed(value)

    def feed(self, value: Any) -> None:
        """Give the command an object; its error is no business of the commands before it."""
        if self.held is not None:
            self.held.append(value)
            return
        self.check()
        try:
            self.process(value)
        except (Failure, NetError, RecursionError) as error:
            failure = to_failure(error)
            _note(self.processor, failure)
            raise PipelineAbort(failure, self.token) from error
