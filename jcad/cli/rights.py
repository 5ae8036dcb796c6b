"""`jcad prepare show | can | verify`: what permissions say, what they allow, and what an account really has."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jcad.cli.console import Output, visible
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode

if TYPE_CHECKING:
    from jcad.prepare.can import Ruling
    from jcad.prepare.proof import Proof


@click.command("show")
@click.argument("target", metavar="DN|NAME")
@click.option("--explicit", is_flag=True, help="Leave out what is inherited or the schema's default.")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a page of HTML."
)
@json_option
@pass_invocation
def show_command(invocation: Invocation, target: str, explicit: bool, page: Path | None, as_json: bool) -> int:
    """Print the permissions of an object so that people can read them: who, what, on which objects, from where.

    \b
    jcad prepare show "OU=JumpCloud,DC=corp,DC=example"
    jcad prepare show mary.jones --explicit
    jcad prepare show "CN=Users,DC=corp,DC=example" --html users.html
    """
    from jcad.cli.reports import require_place, write_whole
    from jcad.prepare.show import COLUMNS, as_html
    from jcad.runs.rights import shown

    output = invocation.use_json(as_json)
    if page is not None:
        require_place(page)
    workplace = invocation.workplace()
    with workplace.open_store() as store, workplace.directory(store) as directory:
        found = shown(directory, target)
    if explicit:
        found = replace(found, rows=tuple(row for row in found.rows if row.source == "explicit"))
    output.parts([(visible(str(found.dn)), "bold"), (f"   owner {visible(found.owner or 'not known')}", "dim")])
    for remark in found.remarks:
        output.line(f"  ! {remark}", "yellow")
    output.table(COLUMNS, [tuple(map(visible, row.cells)) for row in found.rows])
    output.document("jcad.permissions/1", found.document())
    if page is not None:
        write_whole(page, as_html(found).encode("utf-8"))
        output.note(f"The page is in {page}.")
    return ExitCode.OK


@click.command("can")
@click.argument("account")
@click.argument("action")
@click.argument("target", metavar="OBJECT")
@json_option
@pass_invocation
def can_command(invocation: Invocation, account: str, action: str, target: str, as_json: bool) -> int:
    """Say whether an account may do something to an object, and by which entry, or why not.

    \b
    jcad prepare can jcsync reset-password mary.jones
    jcad prepare can jcsync create-user "OU=JumpCloud,DC=corp,DC=example"
    jcad prepare can jcimport read:mail mary.jones
    jcad prepare can jcsync write:title mary.jones

    Actions are the names of `jcad script list`, delete, read:ATTRIBUTE and write:ATTRIBUTE. It is computed from the
    permissions as they are. Exit codes: 0 it may, 4 it may not.
    """
    from jcad.runs.rights import may

    output = invocation.use_json(as_json)
    workplace = invocation.workplace()
    with workplace.open_store() as store, workplace.directory(store) as directory:
        rulings = may(directory, account, [action], target)
    granted = all(one.granted for one in rulings)
    sign, style = ("yes", "bold green") if granted else ("no", "bold red")
    output.parts([(f"{sign}: ", style), (f"{account} {action} {target}", "bold")])
    for one in rulings:
        _show_ruling(output, one)
    output.document(
        "jcad.can/1",
        {
            "account": account,
            "action": action,
            "object": target,
            "granted": granted,
            "rights": [
                {
                    "right": one.right,
                    "on": str(one.on),
                    "new_object": one.new,
                    "granted": one.granted,
                    "how": one.how,
                    "entry": one.entry or None,
                    "origin": str(one.origin) if one.origin else None,
                    "uncertain": one.uncertain,
                }
                for one in rulings
            ],
        },
    )
    return ExitCode.OK if granted else ExitCode.FAILED


@click.command("verify")
@click.option("--full", is_flag=True, help="Show what is as wanted too.")
@click.option("--probe", "probing", is_flag=True, help="Try Reset Password and deletion on a throw-away account, too.")
@click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more.")
@json_option
@pass_invocation
def verify_command(invocation: Invocation, full: bool, probing: bool, retry_auth: bool, as_json: bool) -> int:
    """Log in as each service account and show, right by right, what it has and what it must not have; nothing is changed.

    \b
    jcad prepare verify
    jcad prepare verify --full
    jcad prepare verify --probe     # an administrator's session makes an account, disabled, and removes it afterwards

    Property and child rights are the directory's own answer to the account; control rights, reading and deletion are computed
    from the permissions, and say so. Exit codes: 0 all as wanted, 4 something is not, 5 something could not be checked.
    """
    from jcad.runs import PrepareRun
    from jcad.runs.probe import probe
    from jcad.runs.verify import verify

    output = invocation.use_json(as_json)
    workplace = invocation.workplace(retry_auth=retry_auth)
    with PrepareRun.begin(workplace) as run, output.err.status("asking the directory as each account"):
        found = verify(run)
        if probing:
            found.extend(probe(run))
    for one in found:
        if full or not one.holds:
            _show_proof(output, one)
    wrong = sum(one.has is not None and not one.holds for one in found)
    unknown = sum(one.has is None for one in found)
    counts = f"{len(found) - wrong - unknown} as wanted, {wrong} not, {unknown} not checked"
    output.line(counts + ".", "bold red" if wrong else "bold yellow" if unknown else "bold green")
    output.document(
        "jcad.proofs/1",
        {
            "as_wanted": len(found) - wrong - unknown,
            "not_as_wanted": wrong,
            "not_checked": unknown,
            "rights": [{**asdict(one), "source": one.source.value} for one in found],
        },
    )
    if wrong:
        return ExitCode.FAILED
    return ExitCode.NOT_CHECKED if unknown else ExitCode.OK


def _show_proof(output: Output, one: Proof) -> None:
    sign, style = ("+", "green") if one.holds else ("?", "yellow") if one.has is None else ("x", "red")
    has = "not checked" if one.has is None else "has it" if one.has else "has it not"
    wanted = "wanted" if one.wanted else "must not"
    output.parts(
        [
            (f"  {sign} ", style),
            (f"{visible(one.account)}: {visible(one.right)}", ""),
            (f"  on {visible(one.on)}", "dim"),
            (f"  {wanted}, {has}; {one.source.value}", style),
        ]
    )


def _show_ruling(output: Output, one: Ruling) -> None:
    where = f"a new object in {one.on}" if one.new else str(one.on)
    sign, style = ("+", "green") if one.granted else ("x", "red")
    output.parts([(f"  {sign} ", style), (visible(one.right), ""), (f"  on {visible(where)}", "dim")])
    output.line(f"      {one.how}{f': {visible(one.entry)}' if one.entry else ''}")
    if one.origin is not None and one.origin != one.on:
        output.line(f"      inherited from {visible(str(one.origin))}", "dim")
    if one.uncertain:
        output.line("      a conditional entry speaks of it too, whose condition is not evaluated here", "yellow")
