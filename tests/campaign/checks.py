"""What must hold after each scenario: nothing lost, nothing done twice, true reports, no secret anywhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stage import SECRETS, Stage

CLAIMED = {"changed", "unchanged"}
DENIED = {"failed", "conflict", "skipped"}
"""Not "unknown": a host may come to it after it was looked for, and the next call says what has become of it."""


def keys(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each result of a run's document with its kind and name, as `smallseed.PENDING` tells them."""
    for result in document["results"]:
        scope = f" in {result['scope']}" if result["kind"].endswith("member") else ""
        yield result["kind"], result["name"] + scope, result


def untrue(document: Mapping[str, Any], stage: Stage) -> list[str]:
    """What a report says that an independent reading of the domain does not bear out."""
    results = list(keys(document))
    done = stage.done((kind, name) for kind, name, _ in results)
    wrong = []
    for kind, name, result in results:
        if result["status"] in CLAIMED and (kind, name) not in done:
            wrong.append(f"reported as {result['status']}, but it is not so: {kind} {name}")
        if result["status"] in DENIED and (kind, name) in done:
            wrong.append(f"reported as {result['status']}, but it is done: {kind} {name}: {result['reason']}")
    return wrong


def twice(writes: Mapping[str, Counter[int]], calm: Mapping[str, Counter[int]]) -> list[str]:
    """Attributes that were written more often than in an undisturbed run, and objects that such a run does not make."""
    wrong = [f"an object that nobody asked for: {label}" for label in sorted(writes.keys() - calm.keys())]
    for label, expected in calm.items():
        more = writes.get(label, Counter()) - expected
        wrong += [f"attribute {number:#x} of {label} was written {count} more times" for number, count in more.items()]
    return wrong


def leaks(texts: Mapping[str, str], stage: Stage) -> list[str]:
    """Where a secret is to be seen: in what was printed, in files of jcad's, in command lines and environments."""
    secrets = {*SECRETS, *stage.passwords.read_text("utf-8").split()}
    places = {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}
    places |= {str(path): path.read_bytes() for path in _files(stage.lab.folder)}
    return [f"a secret is in {name}" for name, raw in places.items() if _holds(raw, secrets)]


def _holds(raw: bytes, secrets: Iterable[str]) -> bool:
    return any(secret.encode(coding) in raw for secret in secrets for coding in ("utf-8", "utf-16-le"))


def _files(folder: Path) -> list[Path]:
    """Everything that jcad itself may have written, and core files."""
    return [path for path in folder.iterdir() if path.is_file() and re.match(r"state\.db|core|jcad|.*\.log", path.name)]


def seen_of(process: int) -> dict[str, str]:
    """The command line and environment of a process and its children, as anyone on the machine might see them."""
    found: dict[str, str] = {}
    for one in (process, *_children(process)):
        for what in ("cmdline", "environ"):
            try:
                found[f"{what} of process {one}"] = Path(f"/proc/{one}/{what}").read_bytes().decode(errors="replace")
            except OSError:  # it has ended
                continue
    return found


def _children(process: int) -> list[int]:
    try:
        lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    return [int(one) for text in lists for one in text.split()]
