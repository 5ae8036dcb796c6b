"""`jcad sync links list | export | import`: the pairs that the store remembers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jcad.cli.console import Output, visible
from jcad.cli.invocation import Invocation, json_option, pass_invocation
from jcad.errors import ExitCode, StoreError

if TYPE_CHECKING:
    from jcad.model import Link
    from jcad.runs.pairs import PairsReview

LINKS = "jcad.links/1"
REVIEW = "jcad.links-import/1"
LINK_KINDS = ("user", "group")
"""jcad.model.LinkKind, for a choice that a shell completes."""
_SIGNS = {
    "new": ("+", "green"),
    "changed": ("~", "yellow"),
    "same": ("=", "dim"),
    "missing": ("?", "bold yellow"),
    "conflict": ("!", "bold red"),
}


@click.group()
def links() -> None:
    """The pairs of JumpCloud ids and objectGUIDs that the store remembers."""


@links.command("list")
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(LINK_KINDS), help="Only users, or only groups.")
@json_option
@pass_invocation
def list_command(invocation: Invocation, name: str | None, kind: str | None, as_json: bool) -> int:
    """List the pairs; no server is asked. NAME finds a part of a name, an id or an objectGUID.

    \b
    jcad sync links list
    jcad sync links list brien --kind user
    """
    from jcad.store import link_document

    output = invocation.use_json(as_json)
    with invocation.workplace().open_store() as store:
        memory, identity = store.memory(), store.identity()
    word = (name or "").casefold()
    found = [
        link
        for link in sorted(memory.links.values(), key=lambda link: (link.kind, link.name, link.cloud_id))
        if (kind is None or link.kind.value == kind)
        and any(word in text.casefold() for text in (link.name, link.cloud_id, str(link.guid)))
    ]
    if found:
        output.table(
            ("kind", "name", "JumpCloud", "objectGUID", "origin", ""),
            [(one.kind.value, one.name, one.cloud_id, str(one.guid), one.origin.value, _marks(one)) for one in found],
        )
    output.line(f"{len(found)} of {len(memory.links)} pairs.", "bold")
    made_for = None
    if identity is not None:
        made_for = {
            "organisation": identity.organisation,
            "instance": identity.instance,
            "domain_sid": identity.domain_sid,
        }
    output.document(LINKS, {"made_for": made_for, "links": [link_document(one) for one in found]})
    return ExitCode.OK


@links.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@pass_invocation
def export_command(invocation: Invocation, file: Path, force: bool) -> int:
    """Write all pairs, and the members seen in JumpCloud, to FILE (- is stdout); no server is asked.

    \b
    jcad sync links export pairs.json
    """
    from jcad.runs.pairs import own_identity
    from jcad.store import write_links

    with invocation.workplace().open_store() as store:
        text, count = write_links(own_identity(store), store.memory()), len(store.memory().links)
    if str(file) == "-":
        invocation.output.raw(text)
        return ExitCode.OK
    try:
        _write_private(file, text, force=force)
    except FileExistsError:
        raise StoreError(f"{file} is there already.", hint="--force writes over it.") from None
    except OSError as error:
        raise StoreError(f"The pairs cannot be written to {file}: {error.strerror or error}.") from error
    invocation.output.line(f"{count} pairs are in {file}.", "bold")
    return ExitCode.OK


@links.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--apply", "write", is_flag=True, help="Write the pairs; without it they are only looked at.")
@click.option("--skip-conflicts", is_flag=True, help="Import the others where some are in conflict or missing.")
@click.option("--with-missing", is_flag=True, help="Keep pairs whose object the domain controller does not know.")
@click.option("--retry-auth", is_flag=True, help="Try an account that was refused once more.")
@json_option
@pass_invocation
def import_command(
    invocation: Invocation,
    file: Path,
    write: bool,
    skip_conflicts: bool,
    with_missing: bool,
    retry_auth: bool,
    as_json: bool,
) -> int:
    """Look for each pair of FILE on both sides, and say what would be imported; with --apply, do it.

    \b
    jcad sync links import pairs.json
    jcad sync links import pairs.json --apply

    All pairs are imported or none, but for --skip-conflicts. Exit codes: 0 nothing to do, or done; 2 pairs to import;
    3 the file is another tenant's or domain's; 4 pairs in conflict.
    """
    from jcad.runs.pairs import import_pairs, review_pairs
    from jcad.store import read_links

    output = invocation.use_json(as_json)
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{file} cannot be read: {error}.") from error
    found = read_links(text, source=str(file))
    workplace = invocation.workplace(retry_auth=retry_auth)
    with workplace.open_store() as store:
        with output.err.status("looking for the pairs in JumpCloud and Active Directory"):
            review = review_pairs(workplace, store, found)
        bad = review.in_the_way(with_missing=with_missing)
        wanted = review.accepted(with_missing=with_missing)
        does = write and (skip_conflicts or not bad)
        count = import_pairs(store, review, with_missing=with_missing) if does else 0
    _show(output, review)
    output.line()
    listed = ", ".join(f"{number} {standing.value}" for standing, number in sorted(review.counts().items()))
    output.line(f"{listed or 'no pairs'}. " + (f"{count} were imported." if does else "Nothing was written."), "bold")
    output.document(REVIEW, _document(review, imported=count))
    if bad:
        output.note(
            "Correct the file, or use --skip-conflicts (or --with-missing) to import the others.", "bold yellow"
        )
        return ExitCode.FAILED
    return ExitCode.PENDING if wanted and not does else ExitCode.OK


def _show(output: Output, review: PairsReview) -> None:
    from jcad.runs.pairs import Standing

    for one in review.judged:
        if one.standing is Standing.SAME and not one.reason:
            continue
        sign, style = _SIGNS[one.standing.value]
        head = [(f"  {sign} {one.standing.value:<9}", style), (f"{one.link.kind.value} ", "dim")]
        output.parts([*head, (visible(one.link.name or one.link.cloud_id), "bold"), (f"  {visible(one.reason)}", "")])


def _document(review: PairsReview, *, imported: int) -> dict[str, object]:
    from jcad.store import link_document

    return {
        "imported": imported,
        "counts": {standing.value: count for standing, count in review.counts().items()},
        "links": [
            {**link_document(one.link), "standing": one.standing.value, "reason": one.reason or None}
            for one in review.judged
        ],
    }


def _marks(link: Link) -> str:
    return ", ".join(
        text for text, on in (("disabled by jcad", link.disabled_here), ("unfinished", link.unfinished)) if on
    )


def _write_private(path: Path, text: str, *, force: bool) -> None:
    """Write a file that nobody else can read where the system knows modes. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
