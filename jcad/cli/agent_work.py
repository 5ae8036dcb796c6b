"""`jcad agent install | reinstall | uninstall | upgrade | configure | restart`: parse, plan, show, ask, carry out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output, confirm, visible
from jcad.cli.hosts import host_option, kind_argument, kinds_of
from jcad.cli.invocation import Invocation, json_option, pass_invocation, report_option
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.plan import Plan
    from jcad.runs.agents import AgentRun

_EXIT_CODES = (
    "Exit codes: 0 all as planned, 2 with --dry-run where there is something to do, 3 stopped by a guard with nothing done, "
    "4 something failed or met a conflict (with --strict also where the plan has one), 5 a host could not be looked at."
)


def _complete_limit(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [f"{name}=" for name in ("agents-down", "reboots") if name.startswith(incomplete)]


def _work_options(function: Any) -> Any:
    """Options of every command that does something on hosts."""
    for option in (
        json_option,
        report_option,
        click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more."),
        click.option("--resume", is_flag=True, help="Go on with the run that ended early, whatever it was."),
        click.option("--what-if", is_flag=True, help="Look at the hosts once more, and change nothing."),
        click.option("--dry-run", is_flag=True, help="Only say what would be done."),
        click.option("--strict", is_flag=True, help="Exit with 4 where something is skipped, missing or in conflict."),
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option(
            "--window",
            metavar="HH:MM-HH:MM",
            default="",
            help="Begin, and go on from host to host, only within these hours.",
        ),
        click.option(
            "--allow",
            multiple=True,
            metavar="LIMIT=N",
            shell_complete=_complete_limit,
            help="Raise a limit for this once.",
        ),
        click.option(
            "--allow-only-dc", is_flag=True, help="Restart a domain controller also where it is the only one."
        ),
        click.option(
            "--allow-reboot", is_flag=True, help="Restart domain controllers where that is needed, one by one."
        ),
        host_option,
    ):
        function = option(function)
    return function


def work_command(name: str, help_text: str, *, kind_required: bool = False) -> click.Command:
    """A command that brings agents to what is wanted; `name` is the verb that is planned."""

    @click.command(name, help=f"{inspect.cleandoc(help_text)}\n\n{_EXIT_CODES}")
    @kind_argument(required=False)
    @_work_options
    @pass_invocation
    def command(invocation: Invocation, /, kind: str | None, **told: Any) -> int:
        if kind_required and kind is None and not told["resume"]:
            raise click.UsageError("Say which agent: sync or import.")
        return _work(invocation, name, kind, **told)

    return command


def _work(
    invocation: Invocation,
    verb: str,
    kind: str | None,
    *,
    host: tuple[str, ...],
    allow_reboot: bool,
    allow_only_dc: bool,
    allow: tuple[str, ...],
    window: str,
    yes: bool,
    dry_run: bool,
    strict: bool,
    what_if: bool,
    resume: bool,
    retry_auth: bool,
    report: tuple[Any, ...],
    as_json: bool,
    reinstall_instead: bool = False,
) -> int:
    from jcad.agents import AgentOptions, Verb
    from jcad.cli.carrying import Carrying, mention_unfinished
    from jcad.cli.reports import Wanted
    from jcad.runs.agents import AgentChoices, AgentRun

    output = invocation.use_json(as_json)
    wanted = Wanted.to(report)
    choices = AgentChoices(
        options=AgentOptions(
            verb=Verb(verb),
            kinds=kinds_of(kind),
            hosts=host,
            allow_reboot=allow_reboot,
            allow_only_dc=allow_only_dc,
            reinstall_instead=reinstall_instead,
        ),
        allowances=dict(map(_allowance, allow)),
        window=window,
        what_if=what_if,
        tell=_teller(output),
    )
    with AgentRun.begin(invocation.workplace(retry_auth=retry_auth), choices) as run:
        carrying = Carrying(output, run, wanted, f"agent {verb}")
        if resume:
            return carrying.resume()
        with output.err.status("looking at the hosts"):
            plan = run.plan()
        if dry_run:
            mention_unfinished(output, run.unfinished(), f"agent {verb}")
            code = _only_shown(output, run, plan)
        else:
            code = _carry_out(output, run, plan, carrying, yes=yes)
        return _strictly(plan, code) if strict else code


def _only_shown(output: Output, run: AgentRun, plan: Plan) -> int:
    from jcad.cli import documents

    _show(output, run, plan)
    output.document(documents.PLAN, {**documents.plan_json(plan), **mention_stop(output, run, plan)})
    if plan.is_pending:
        return ExitCode.PENDING
    return _unchecked(run)


def mention_stop(output: Output, run: AgentRun, plan: Plan) -> dict[str, Any]:
    """Say what would stop a plan that is only shown, were it carried out now; the same for its document."""
    stopped = run.stopped_by(plan)
    if stopped is not None:
        output.note(f"Carried out now it would be stopped: {stopped.message}", "yellow")
        if stopped.hint:
            output.note(f"  ->  {stopped.hint}", "yellow")
    return {"stopped_by": None if stopped is None else {"message": stopped.message, "hint": stopped.hint}}


def _carry_out(output: Output, run: AgentRun, plan: Plan, carrying: Any, *, yes: bool) -> int:
    if not plan.is_pending:
        carrying.wanted.plan(output, plan)
        _show(output, run, plan)
        carrying.nothing()
        return _unchecked(run)
    run.guard(plan)
    _show(output, run, plan)
    hosts = len({action.object.value for action in plan.actions})
    if not yes and not confirm(f"Carry out these {len(plan.actions)} actions on {hosts} host{'s' * (hosts > 1)}?"):
        output.note("Nothing was written.", "bold")
        return ExitCode.ERROR
    code: int = carrying.apply(plan)
    if run.window_is_over and run.unfinished() is not None:
        output.note(
            f"The window {run.window} is over: `jcad {carrying.command} --resume` goes on in the next.", "bold yellow"
        )
    return code or _unchecked(run)


def _show(output: Output, run: AgentRun, plan: Plan) -> None:
    from jcad.cli.plans import show_plan

    show_plan(output, plan, full=True)
    if run.workplace.settings.agents.secrets_on_command_line:
        for witness in run.witnesses(plan):
            output.note(witness, "yellow")


def _strictly(plan: Plan, code: int) -> int:
    """What a run ends with that is to fail where something is for people to decide, such as an upgrade by somebody else."""
    from jcad.cli.plans import needs_a_look

    fine = code in {ExitCode.OK, ExitCode.PENDING}
    return ExitCode.FAILED if fine and needs_a_look(plan) else code


def _unchecked(run: AgentRun) -> int:
    """A host that could not be looked at may have needed something as well."""
    from jcad.agents import Unreachable

    unseen = any(isinstance(state, Unreachable) for state in run.concerned().values())
    return ExitCode.NOT_CHECKED if unseen else ExitCode.OK


def _teller(output: Output) -> Callable[[str, str, str], None]:
    def tell(host: str, kind: str, step: str) -> None:
        output.note(f"{visible(host)}: {kind}: {visible(step)}")

    return tell


def _allowance(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not equals or not number.isdecimal():
        raise click.BadParameter(f"{text!r} is not LIMIT=N, such as reboots=3", param_hint="--allow")
    return name, int(number)


INSTALL = work_command(
    "install",
    """Install an agent where the settings want it: stage, verify, connect key, installer, service, first heartbeat.

    \b
    jcad agent install sync
    jcad agent install sync --host srv1 --host srv2 --dry-run
    jcad agent install import --allow-reboot --window 22:00-04:00
    jcad agent install --resume                 # go on with a run that was interrupted

    With --host also where the settings do not say so. Fresh installations go on side by side; an import agent on a domain
    controller needs a restart of it, one after the other.""",
    kind_required=True,
)
REINSTALL = work_command(
    "reinstall",
    """Remove an agent and install it anew, with a new connect key and the account of the settings.

    \b
    jcad agent reinstall sync --host srv1
    jcad agent reinstall sync --yes             # on every host that has it, the primary last

    Never two agents of a kind are down at once; a host that fails stops the roll-out.""",
    kind_required=True,
)
UNINSTALL = work_command(
    "uninstall",
    """Remove an agent where the settings say `sync = false` or `import = false`, and JumpCloud's record of it.

    \b
    jcad agent uninstall sync
    jcad agent uninstall import --host srv2     # whatever the settings say""",
    kind_required=True,
)
CONFIGURE = work_command(
    "configure",
    """Write what the settings want into the agents' configuration files: the same on every host.

    \b
    jcad agent configure --dry-run
    jcad agent configure import --host dc1

    Only keys that a file has are written, the others are kept; the file is backed up, and its agent stopped meanwhile.""",
)
RESTART = work_command(
    "restart",
    """Restart the agents' services one by one, or start those that do not run, and wait until JumpCloud hears of each.

    \b
    jcad agent restart sync
    jcad agent restart --host srv3""",
)


@click.command("upgrade")
@kind_argument(required=False)
@click.option(
    "--reinstall-instead",
    is_flag=True,
    help="Reinstall where somebody else installed it, and an upgrade would not start.",
)
@_work_options
@pass_invocation
def upgrade_command(invocation: Invocation, /, kind: str | None, **told: Any) -> int:
    """Bring the agents to the version of the settings, one by one, the primary last.

    \b
    jcad agent upgrade --dry-run
    jcad agent upgrade sync --window 22:00-04:00
    jcad agent upgrade sync --reinstall-instead

    Only the Windows administrator who installed an agent can upgrade it: jcad remembers who that was.

    Exit codes: 0 all as planned, 2 with --dry-run where there is something to do, 3 stopped by a guard with nothing done,
    4 something failed or met a conflict (with --strict also where the plan has one), 5 a host could not be looked at.
    """
    return _work(invocation, "upgrade", kind, **told)
