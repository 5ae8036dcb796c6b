"""`jcad lab demo`: brings a bare lab up, prepares it, says what must come out, runs the main job, and holds it against that.

Then it installs JumpCloud's agent on two servers, and gives it a new password there and back. It calls jcad as anybody would,
as a program of its own, and fails when a count or an independent reading differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.console import Output, visible
from jcad.cli.invocation import Invocation, pass_invocation
from jcad.errors import ExitCode, LabError

if TYPE_CHECKING:
    from jcad.lab.seed import Expected
    from jcad.lab.state import LabState

_CODE = "import sys; from jcad.cli import main; main(sys.argv[1:])"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".lab",
    show_default=True,
    help="Where the lab is kept.",
)
@click.option("--down", is_flag=True, help="Take the lab down at the end.")
@pass_invocation
def demo(invocation: Invocation, folder: Path, down: bool) -> int:
    """Bring a bare lab up, prepare its domain, run the main job on it, and install agents: each as a plan that is carried out.

    The sync runs as the service account, with nothing but what preparing the domain delegated to it. The demo says
    beforehand what must come out, object by object, and fails when anything differs.
    """
    from jcad.lab import daemon
    from jcad.lab.seed import make_seed
    from jcad.lab.state import LabOptions

    output = invocation.output
    output.line("1. A lab: a Samba AD domain, its WinRM endpoint, JumpCloud's API, all on loopback", "bold cyan")
    daemon.down(folder)
    state = daemon.up(folder, LabOptions(bare=True, members=2))
    output.line(f"   {state.domain} is up: {state.hosts[0].name} at {state.hosts[0].address}; nobody has prepared it.")
    try:
        _prepare(output, Program(state.settings, "administrator"))
        _run(output, state, make_seed().expected)
        _agents(output, state)
    except BaseException:
        output.note(f"The lab is still up, for a look: `jcad lab down --folder {folder}` ends it.")
        raise
    if down:
        daemon.down(folder)
    else:
        _what_next(output, state, folder)
    return ExitCode.OK


def _prepare(output: Output, administrator: Program) -> None:
    output.line()
    output.line("2. jcad --profile administrator prepare plan, and apply", "bold cyan")
    output.raw(_abridged(administrator.show("prepare", "plan", "--full"), 40))
    report = administrator.document("prepare", "apply", "--yes", code=ExitCode.OK)
    output.line(
        f"   {_counts(report)}. What was granted is what the sync has from here on: it runs as jcsync.", "bold green"
    )
    if administrator.document("prepare", "plan", code=ExitCode.OK)["actions"]:
        raise LabError("A second plan of the prepared domain finds things to do, and must find none.")
    proofs = administrator.document("prepare", "verify", code=ExitCode.OK)
    output.line(
        f"   jcad prepare verify: {proofs['as_wanted']} rights asked as each account, all as wanted.", "bold green"
    )


def _counts(report: dict[str, Any]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(report["counts"].items()))


def _run(output: Output, state: LabState, expected: Expected) -> None:
    output.line()
    output.line("3. What must come out, written down beforehand", "bold cyan")
    wanted = Outlook.of(expected)
    _say_beforehand(output, expected)
    jcad = Program(state.settings)

    output.line()
    output.line("4. jcad sync plan, as jcsync", "bold cyan")
    shown = jcad.show("sync", "plan")
    output.raw(_abridged(shown))
    plan = jcad.document("sync", "plan", code=ExitCode.PENDING)
    wanted.hold(Outlook.of_plan(plan))
    output.line("   The plan says what was said beforehand.", "bold green")

    output.line()
    output.line("5. jcad sync apply, as jcsync", "bold cyan")
    report = jcad.document("sync", "apply", "--yes", code=ExitCode.OK)
    output.line(
        f"   {_counts(report)}: each was carried out by PowerShell on the domain controller, and read back over LDAP."
    )

    output.line()
    output.line("6. An independent reading, with OpenLDAP's client", "bold cyan")
    _bear_witness(state)
    output.line("   Every account, attribute, password, group and member is as it was said beforehand.", "bold green")

    output.line()
    output.line("7. jcad sync plan, again", "bold cyan")
    again = jcad.document("sync", "plan", code=ExitCode.OK)
    if again["actions"]:
        raise LabError(f"A second plan finds {len(again['actions'])} things to do, and must find none.")
    output.line("   Nothing to do.", "bold green")


def _agents(output: Output, state: LabState) -> None:
    administrator = Program(state.settings, "administrator")
    servers = [host.name for host in state.hosts if not host.ldap]
    output.line()
    output.line(
        "8. jcad --profile administrator agent install sync: JumpCloud's own agent, on two servers", "bold cyan"
    )
    report = administrator.document("agent", "install", "sync", "--yes", code=ExitCode.OK)
    output.line(
        f"   {_counts(report)}: staged, verified, a connect key for each, installed; JumpCloud has heard of both."
    )
    output.raw(administrator.show("agent", "status", "sync"))

    output.line()
    output.line("9. jcad --profile administrator account rotate jcsync, and back", "bold cyan")
    output.raw(_steps(administrator.show("account", "rotate", "jcsync", "--dry-run")))
    for account, left in (("jcsync-b", "jcsync"), ("jcsync", "jcsync-b")):
        report = administrator.document("account", "rotate", "jcsync", "--yes", code=ExitCode.OK)
        _require_on(administrator, account, left, servers)
        output.line(
            f"   {_counts(report)}: one agent after the other is at work as {account}; {left} is disabled.",
            "bold green",
        )
    report = administrator.document(
        "agent", "uninstall", "sync", *_on(servers), "--allow", "agents-down=1", "--yes", code=ExitCode.OK
    )
    if Program(state.settings).document("sync", "plan", code=ExitCode.OK)["actions"]:
        raise LabError("After the rotations a plan of the sync finds things to do, and must find none.")
    output.line(f"   {_counts(report)}: the agents are gone again; the sync runs as jcsync, with its new password.")


def _on(servers: list[str]) -> list[str]:
    return [word for name in servers for word in ("--host", name)]


def _require_on(administrator: Program, account: str, left: str, servers: list[str]) -> None:
    """Raise LabError unless every agent uses the account, with its present password, and the other one is disabled."""
    found = {one["name"]: one for one in administrator.document("account", "status", code=ExitCode.OK)["accounts"]}
    agents = found[account]["agents"]
    if sorted(one["host"] for one in agents) != sorted(servers) or any(one["has_old_password"] for one in agents):
        raise LabError(f"After the rotation not every agent uses {account} with its present password: {agents}")
    if not found[account]["logon"]["enabled"] or found[left]["logon"]["enabled"]:
        raise LabError(f"After the rotation {account} must be enabled, and {left} disabled.")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a first sync comes to, in numbers."""

    counts: Counter[str]

    @classmethod
    def of(cls, expected: Expected) -> Outlook:
        """As it was written down with the seed."""
        from jcad.lab.seed import Outcome

        names = {Outcome.CREATE: "created", Outcome.LINK: "linked"}
        counts: Counter[str] = Counter()
        for one in expected.users:
            counts[f"user {names.get(one.outcome, one.outcome)}"] += 1
        for group in expected.groups:
            counts[f"group {names.get(group.outcome, group.outcome)}"] += 1
        counts["user updated"] = len(expected.aligned)
        counts["user disabled"] = len(expected.disabled)
        counts["member added"] = expected.memberships
        return cls(counts)

    @classmethod
    def of_plan(cls, plan: dict[str, Any]) -> Outlook:
        """As a plan says it, in JSON."""
        past = {"create": "created", "link": "linked", "update": "updated", "disable": "disabled", "add": "added"}
        counts: Counter[str] = Counter()
        for action in plan["actions"]:
            verb, _, noun = action["kind"].partition(" ")
            counts[f"{noun} {past.get(verb, verb)}"] += 1
        for finding in plan["findings"]:
            if finding["kind"] != "reported":
                counts[f"{finding['noun']} {finding['kind']}"] += 1
        return cls(counts)

    def hold(self, seen: Outlook) -> None:
        """Raise LabError where a number differs."""
        wrong = [
            f"{name}: {seen.counts[name]}, and must be {self.counts[name]}"
            for name in sorted(self.counts.keys() | seen.counts.keys())
            if seen.counts[name] != self.counts[name]
        ]
        if wrong:
            raise LabError("The plan is not what was said beforehand: " + "; ".join(wrong))


@dataclass(frozen=True, slots=True)
class Program:
    """jcad as a program of its own, with the lab's settings."""

    settings: str
    profile: str = ""

    def show(self, *arguments: str) -> str:
        """What people see of a command."""
        return self._run(*arguments).stdout

    def document(self, *arguments: str, code: int) -> dict[str, Any]:
        """The JSON document of a command that must exit with `code`. Raises LabError."""
        ended = self._run(*arguments, "--json")
        if ended.returncode != code:
            raise LabError(
                f"jcad {' '.join(arguments)} exited with {ended.returncode}, and must with {code}:\n"
                f"{ended.stderr.strip()}\n{_failures(ended.stdout)}"
            )
        document: dict[str, Any] = json.loads(ended.stdout)
        return document

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        profile = ["--profile", self.profile] if self.profile else []
        command = [sys.executable, "-c", _CODE, "--config", self.settings, *profile, *arguments]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603  - jcad itself


def _failures(text: str) -> str:
    """What did not go as planned, of a run's document."""
    try:
        results = json.loads(text).get("results", [])
    except ValueError:
        return text[-2000:]
    return "\n".join(
        f"{one['kind']} {one['name']}: {one['status']} {one['reason'] or ''} {one['error'] or ''}"
        for one in results
        if not one["succeeded"]
    )


def _bear_witness(state: LabState) -> None:
    from jcad.lab.seed import make_seed
    from jcad.lab.witness import Witness

    found = Witness(make_seed(), state.hosts[0].ldaps, Path(state.ca_file)).differences()
    if found:
        raise LabError("The domain is not what was said beforehand:\n" + "\n".join(found))


def _say_beforehand(output: Output, expected: Expected) -> None:
    """Each outcome with its reasons, most frequent first."""
    for noun, objects in (("users", expected.users), ("groups", expected.groups)):
        by_outcome: dict[str, Counter[str]] = {}
        for one in objects:
            by_outcome.setdefault(str(one.outcome), Counter())[one.because] += 1
        for outcome, reasons in by_outcome.items():
            output.line(f"   {sum(reasons.values()):>3} {noun} {outcome}")
            for reason, count in reasons.most_common():
                output.parts([(f"         {count:>3}  ", "dim"), (visible(reason), "dim")])
    output.line(
        f"   {expected.memberships:>3} members added; {len(expected.aligned)} users updated, {len(expected.disabled)} disabled"
    )


def _abridged(text: str, lines: int = 24) -> str:
    """The beginning of a plan, and its count line: a screenful."""
    rows = text.rstrip("\n").split("\n")
    if len(rows) <= lines:
        return text
    return "\n".join([*rows[: lines - 4], f"  ... {len(rows) - lines} lines more ...", *rows[-3:]])


def _steps(text: str) -> str:
    """The steps of a plan and what they take, without single entries of permissions and who sees a command line."""
    return "\n".join(row for row in text.rstrip("\n").split("\n") if not row.startswith(("      + ", "  ! ")))


def _what_next(output: Output, state: LabState, folder: Path) -> None:
    settings = Path(state.settings)
    output.line()
    output.line("What you have seen", "bold cyan")
    output.line(
        "   jcad read JumpCloud over its API and the domain over LDAPS, made a plan, and carried it out with PowerShell"
    )
    output.line(
        "   over WinRM, as an account that may do nothing else; each change was journalled before, and read back after."
    )
    output.line()
    output.line("What to try next", "bold cyan")
    for command, what in (
        ('sync explain "o\'brien"', "why this one is synced, and what is on each side"),
        ("sync explain email.differs", "why that one is not"),
        ("history 2", "what the sync did, step by step"),
        ("--profile administrator prepare show JumpCloud", "what was delegated, to whom"),
        ("--profile administrator agent status", "the servers, and what they lack"),
        ("script show create-user", "the PowerShell that created the accounts"),
        ("sync plan --full", "everything, to the last member"),
    ):
        output.parts([(f"   jcad --config {settings} {command}".ljust(62) + " ", "bold"), (what, "dim")])
    output.parts(
        [(f"   jcad lab down --folder {folder}".ljust(62), "bold"), ("stop the lab and remove every trace", "dim")]
    )
