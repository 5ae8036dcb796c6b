"""`jcad lab`: a whole domain on loopback, to try jcad on, and the lab's PowerShell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.demo import demo
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.cli.witness import psrp
from jcad.errors import ExitCode, LabError

if TYPE_CHECKING:
    from jcad.cli.console import Output
    from jcad.lab.state import LabOptions, LabState

_SCHEMA = "jcad.lab/1"


def _folder_option(function: Any) -> Any:
    return click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=".lab",
        show_default=True,
        envvar="JCAD_LAB",
        metavar="FOLDER",
        help="Where the lab keeps everything; it goes when the lab does.",
    )(function)


def _size_options(function: Callable[..., Any]) -> Any:
    number = click.IntRange(min=0)
    for option in (
        click.option("--existing", type=number, default=0, help="So many of the numbered people have an AD account."),
        click.option("--people", type=number, default=0, help="Numbered people besides the named ones."),
    ):
        function = option(function)
    return function


@click.group()
def lab() -> None:
    """A whole domain on loopback: Samba, WinRM endpoints and JumpCloud's API.

    \b
    jcad lab up                     bring it up, filled with people and groups with awkward names
    jcad --config .lab/jcad.toml sync plan
    jcad lab down                   stop it and remove every trace

    The domain is lab.jcad.test. Everything listens on loopback alone; needs Debian's Samba packages, and root.
    """


lab.add_command(demo)
lab.add_command(psrp)


@lab.command()
@_folder_option
@_size_options
@click.option("--controllers", type=click.IntRange(1, 9), default=1, show_default=True, help="Domain controllers.")
@click.option("--members", type=click.IntRange(0, 6), default=0, help="Member servers.")
@click.option("--fresh", is_flag=True, help="A domain with a SID of its own; takes some seconds more.")
@click.option("--bare", is_flag=True, help="A domain that nobody has prepared: no ADI group, no service accounts.")
@click.option(
    "--edition",
    type=click.Choice(["5.1", "7"]),
    default="5.1",
    show_default=True,
    help="Whose remote sessions: Windows PowerShell 5.1's, or PowerShell 7's.",
)
@click.option("--foreground", is_flag=True, help="Stay, and take the lab down on Ctrl-C.")
@json_option
@pass_invocation
def up(invocation: Invocation, /, folder: Path, *, foreground: bool, as_json: bool, **sizes: Any) -> int:
    """Bring the lab up and say where everything is."""
    from jcad.lab import daemon
    from jcad.lab.state import LabOptions

    output = invocation.use_json(as_json)
    options = LabOptions(**sizes)
    if foreground:
        daemon.clear(folder)
        daemon.serve(folder, options, lambda state: _show(output, state))
        return ExitCode.OK
    _show(output, daemon.up(folder, options))
    return ExitCode.OK


@lab.command()
@_folder_option
@json_option
@pass_invocation
def status(invocation: Invocation, folder: Path, *, as_json: bool) -> int:
    """Say whether the lab is up, and where everything is."""
    output = invocation.use_json(as_json)
    _show(output, _running(folder))
    return ExitCode.OK


@lab.command()
@_folder_option
@pass_invocation
def down(invocation: Invocation, folder: Path) -> int:
    """Stop the lab and remove every trace of it, also of one that crashed."""
    from jcad.lab import daemon

    there = daemon.down(folder)
    invocation.output.note(f"The lab in {folder} is down." if there else f"There is no lab in {folder}.")
    return ExitCode.OK


@lab.command()
@_folder_option
@json_option
@pass_invocation
def reset(invocation: Invocation, folder: Path, *, as_json: bool) -> int:
    """Bring the lab back to where it began: the same size, and nothing left of what was done in it.

    The objects have new GUIDs and the state store is gone with the folder: jcad begins anew as well.
    """
    output = invocation.use_json(as_json)
    _show(output, _again(folder, _running(folder).options))
    return ExitCode.OK


@lab.command()
@_folder_option
@_size_options
@json_option
@pass_invocation
def seed(invocation: Invocation, folder: Path, *, people: int, existing: int, as_json: bool) -> int:
    """Fill the lab anew with the named people and groups, and so many numbered people.

    What was in it is gone, as with `jcad lab reset`.
    """
    from dataclasses import replace

    output = invocation.use_json(as_json)
    _show(output, _again(folder, replace(_running(folder).options, people=people, existing=existing)))
    return ExitCode.OK


@lab.command(context_settings={"ignore_unknown_options": False})
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-Command", "-c", "command", metavar="TEXT", help="The script itself.")
@click.option(
    "--answers",
    "corpus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CORPUS.jsonl",
    help="Answer every script of a corpus (an id and a script a line), one JSON line each, in the recorded form.",
)
@click.option(
    "--edition",
    type=click.Choice(["5.1", "7"]),
    help="Whose language: Windows PowerShell 5.1, or PowerShell 7. A script runs as 5.1, a corpus is answered as 7.",
)
@pass_invocation
def powershell(
    invocation: Invocation, file: Path | None, command: str | None, corpus: Path | None, edition: str | None
) -> int:
    """Run a script in the lab's PowerShell interpreter, without a domain; one line of text per object.

    What the lab does not know it refuses by name. It speaks Windows PowerShell 5.1, as a domain controller does; the answers
    that a corpus is held against were recorded from 7.
    """
    from jcad.lab.powershell.editions import EDITIONS

    if sum(each is not None for each in (file, command, corpus)) != 1:
        raise click.UsageError("give a FILE, -Command TEXT or --answers CORPUS.jsonl")
    if corpus is not None:
        return _answer(invocation.output, corpus, EDITIONS[edition or "7"])
    return _run(invocation.output, command if file is None else _script(file), EDITIONS[edition or "5.1"])


def _script(file: Path) -> str:
    """The text of a script file, line ends as they are: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252."""
    content = file.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


@lab.command()
@click.option(
    "--answers",
    "corpus",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CASES.jsonl",
    help="Cases, one JSON object a line: a security descriptor, and operations of ActiveDirectorySecurity on it.",
)
@pass_invocation
def acl(invocation: Invocation, corpus: Path) -> int:
    """Say what the lab's ActiveDirectorySecurity does to security descriptors; one JSON line per case.

    The form is the one in which the behaviour of the .NET class was recorded, so that the two can be compared.
    """
    from jcad.lab.windows.access.answers import answers

    with corpus.open(encoding="utf-8", newline="\n") as lines:
        for line in answers(lines):
            invocation.output.raw(line)
    return ExitCode.OK


def _answer(output: Output, corpus: Path, edition: str) -> int:
    from jcad.lab.powershell.answers import answer, read_corpus

    with corpus.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
        for identity, script in read_corpus(lines):
            output.raw(json.dumps({"id": identity, "answer": answer(script, edition)}))
    return ExitCode.OK


def _run(output: Output, text: str | None, edition: str) -> int:
    from jcad.lab.powershell.answers import Recorder
    from jcad.lab.powershell.engine import Engine
    from jcad.lab.powershell.objects import to_text

    class Shown(Recorder):
        """Shows output as it comes, and the other streams on stderr."""

        def output(self, value: Any) -> None:
            output.raw(to_text(value))

        def error(self, record: Any) -> None:
            output.note(f"{record.message} [{record.fqid}]", "red")

        def warning(self, message: str) -> None:
            output.note(f"WARNING: {message}", "yellow")

        def verbose(self, message: str) -> None:
            output.note(f"VERBOSE: {message}")

        def information(self, record: Any) -> None:
            output.note(to_text(getattr(record, "message_data", record)))

    outcome = Engine(edition=edition).run_script(text or "", Shown())
    if outcome.terminated is not None:
        output.note(f"{outcome.terminated.message} [{outcome.terminated.fqid}]", "red")
        return ExitCode.ERROR
    return outcome.exit_code or ExitCode.OK


def _running(folder: Path) -> LabState:
    from jcad.lab.state import read_state

    state = read_state(folder)
    if state is None:
        raise LabError(f"No lab is up in {folder}.", hint="jcad lab up brings one up")
    if not state.alive:
        raise LabError(
            f"The lab in {folder} has crashed: its process {state.pid} is gone.",
            hint="jcad lab up clears up after it and brings a new one up",
        )
    return state


def _again(folder: Path, options: LabOptions) -> LabState:
    from jcad.lab import daemon

    daemon.down(folder)
    return daemon.up(folder, options)


def _show(output: Output, state: LabState) -> None:
    output.document(_SCHEMA, {key: value for key, value in state.document().items() if key != "schema"})
    output.line(f"The lab is up: domain {state.domain} ({state.netbios_domain}), process {state.pid}.", "bold")
    for host in state.hosts:
        _lines(
            output,
            host.name,
            {
                "LDAP": f"{host.ldaps} {host.ldap}".strip() or "(a member server has none)",
                "WinRM": f"{host.https} {host.http}",
            },
        )
    _lines(output, "JumpCloud", {"API": state.jumpcloud, "API key": f"in {state.api_key_file}"})
    files = {"jcad's settings": state.settings, "trusted CA": state.ca_file, "name server": state.nameserver}
    _lines(output, "For clients", files)
    folder = Path(state.accounts[0].password_file).parent
    _lines(output, f"Accounts (passwords in {folder})", {each.account: each.purpose for each in state.accounts})
    _lines(output, "Try", {f"jcad --config {state.settings} sync plan": "", "jcad lab down": ""})


def _lines(output: Output, heading: str, rows: Mapping[str, str]) -> None:
    output.line()
    output.line(heading, "bold")
    width = max(len(name) for name, text in rows.items() if text) if any(rows.values()) else 0
    for name, text in rows.items():
        output.line(f"  {name:{width}}  {text}".rstrip())
