"""`jcad doctor connect`: whether everything that the settings name can be reached and logged on to, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.cli.console import Output
    from jcad.runs import Step

_STYLES = {"ok": "green", "failed": "bold red", "not checked": "yellow"}
_PARTS = ("jumpcloud", "directory", "remoting")


@click.group()
def doctor() -> None:
    """Find out what is wrong before a run does."""


@doctor.command()
@click.option("--only", "parts", multiple=True, type=click.Choice(_PARTS), help="Only this part; may be repeated.")
@click.option("--protection", metavar="WORD", help="Another protection of LDAP than the settings', for this once.")
@click.option("--protocol", metavar="WORD", help="Another protocol of remoting: psrp, winrm.")
@click.option("--scheme", metavar="WORD", help="Another scheme of remoting: https, http.")
@click.option("--authentication", metavar="WORD", help="Another way of logging on over remoting.")
@click.option("--retry-auth", is_flag=True, help="Try accounts once more that were refused before.")
@json_option
@pass_invocation
def connect(
    invocation: Invocation, /, *, parts: tuple[str, ...], retry_auth: bool, as_json: bool, **others: str | None
) -> int:
    """Try name, port, certificate, login and rights of every server, and what is found there. Changes nothing.

    \b
    jcad doctor connect
    jcad doctor connect --only remoting --authentication kerberos
    jcad doctor connect --json

    A step that comes behind one that failed is not checked. An account that is refused is tried once, and remembered.
    Exit code 0: all is well; 1: something failed; 5: nothing failed, but something could not be checked.
    """
    from jcad.runs import Connect, StepStatus

    output = invocation.use_json(as_json)
    workplace = invocation.workplace(retry_auth=retry_auth).differently(**others)
    found: list[Step] = []
    with Connect(workplace, parts or _PARTS) as trying:
        for step in trying.steps():
            found.append(step)
            _show(output, step)
    counts = {status: sum(step.status is status for step in found) for status in StepStatus}
    output.document("jcad.doctor/1", {"steps": [_row(step) for step in found], **_named(counts)})
    if counts[StepStatus.FAILED]:
        return ExitCode.ERROR
    return ExitCode.NOT_CHECKED if counts[StepStatus.NOT_CHECKED] else ExitCode.OK


@doctor.command()
@click.option(
    "--script",
    "maker",
    type=click.Choice(("domain-ca", "self-signed")),
    help="Print the script that gives a domain controller a certificate, instead of looking.",
)
@json_option
@pass_invocation
def ldaps(invocation: Invocation, /, *, maker: str | None, as_json: bool) -> int:
    """Say for each domain controller whether LDAPS answers, and whether its certificate meets the rules. Logs in nowhere.

    \b
    jcad doctor ldaps
    jcad doctor ldaps --script domain-ca       # enroll one from the domain's authority: run it on the domain controller
    jcad doctor ldaps --script self-signed     # for a lab: nobody trusts it by itself

    Exit code 0: all is well; 1: something failed; 5: nothing failed, but something could not be checked.
    """
    from datetime import UTC, datetime

    from jcad.powershell import printed_script
    from jcad.runs import StepStatus
    from jcad.runs.ldaps import ldaps_readiness

    output = invocation.use_json(as_json)
    if maker is not None:
        output.raw(printed_script(f"ldaps-{maker}").text)
        return ExitCode.OK
    found: list[Step] = []
    for step in ldaps_readiness(invocation.workplace(), datetime.now(UTC)):
        found.append(step)
        _show(output, step)
    counts = {status: sum(step.status is status for step in found) for status in StepStatus}
    output.document("jcad.doctor/1", {"steps": [_row(step) for step in found], **_named(counts)})
    if counts[StepStatus.FAILED]:
        return ExitCode.ERROR
    return ExitCode.NOT_CHECKED if counts[StepStatus.NOT_CHECKED] else ExitCode.OK


def _show(output: Output, step: Step) -> None:
    status = f"{step.status.value:<12}"
    output.parts([(status, _STYLES[step.status.value]), (f"{step.part}: {step.name}: ", ""), (step.detail, "")])
    if step.remedy:
        output.line(f"{'':<12}-> {step.remedy}")


def _row(step: Step) -> dict[str, Any]:
    return {
        "part": step.part,
        "step": step.name,
        "status": step.status.value,
        "detail": step.detail,
        "remedy": step.remedy or None,
    }


def _named(counts: dict[Any, int]) -> dict[str, int]:
    return {status.value.replace(" ", "_"): count for status, count in counts.items()}
