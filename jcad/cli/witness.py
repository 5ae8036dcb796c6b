"""`jcad lab psrp`: what the lab's endpoint sends to recorded sessions, to be held against what a real server sent."""

from __future__ import annotations

from pathlib import Path

import click

from jcad.cli.invocation import Invocation, pass_invocation
from jcad.errors import ExitCode


@click.command()
@click.option(
    "--answers",
    "corpus",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RECORDED.jsonl",
    help="Recorded sessions, one JSON object a line: an id, and a script or what the client sent.",
)
@pass_invocation
def psrp(invocation: Invocation, corpus: Path) -> int:
    """Play recorded remoting sessions to the lab's endpoint; one JSON line each with the messages that it sent.

    The form is the one in which the messages of a real server were recorded, so that the two can be compared.
    """
    from jcad.lab.endpoint.recorded import answers

    with corpus.open(encoding="utf-8", newline="\n") as lines:
        for line in answers(lines):
            invocation.output.raw(line)
    return ExitCode.OK
