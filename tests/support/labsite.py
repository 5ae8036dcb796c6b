"""A lab with its settings, and jcad called on it in this process, for the integration tests."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jcad.cli import run
from jcad.lab.domain.database import Change, delete, modify, move
from jcad.lab.lab import Lab
from jcad.lab.seed import ROOT_USER_CONTAINER
from jcad.lab.settings import write_settings


@dataclass(frozen=True)
class Answer:
    """What one call of jcad gave."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document of `--json`."""
        return json.loads(self.out)

    def kinds(self) -> dict[str, int]:
        """How many actions there are of each kind, in a plan's document."""
        counts: dict[str, int] = {}
        for action in self.document["actions"]:
            counts[action["kind"]] = counts.get(action["kind"], 0) + 1
        return counts


@dataclass
class Site:
    """A lab and the settings with which jcad reaches it."""

    lab: Lab
    settings: Path = field(init=False)

    def __post_init__(self) -> None:
        self.settings = write_settings(self.lab)

    def jcad(self, *arguments: str) -> Answer:
        """Call jcad as the command line would."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["--config", str(self.settings), *arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    def edit(self, old: str, new: str) -> None:
        """Change a piece of jcad.toml, which must be there."""
        text = self.settings.read_text("utf-8")
        assert old in text
        self.settings.write_text(text.replace(old, new), "utf-8")

    def set_secret(self, name: str, value: str) -> None:
        """Put another secret into the file that the settings name."""
        (self.lab.folder / "secrets" / name).write_text(value, "utf-8")

    # ---- the directory, past every access check ------------------------------------------------------------------------

    def dn(self, sam: str) -> str:
        (entry,) = self.lab.database.search(f"(sAMAccountName={sam})", ["distinguishedName"])
        return entry.dn

    def value(self, sam: str, attribute: str) -> str:
        (entry,) = self.lab.database.search(f"(sAMAccountName={sam})", [attribute])
        return entry.text(attribute)

    def enabled(self, sam: str) -> bool:
        return not int(self.value(sam, "userAccountControl")) & 2

    def members(self, group: str) -> set[str]:
        """The sAMAccountNames of a group's members."""
        found = self.lab.database.search(f"(memberOf={self.dn(group)})", ["sAMAccountName"])
        return {entry.text("sAMAccountName") for entry in found}

    def change(self, *changes: Change) -> None:
        self.lab.database.apply(changes)

    def set(self, sam: str, attribute: str, value: str) -> None:
        self.change(modify(self.dn(sam), ("replace", attribute, [value])))

    def delete(self, sam: str) -> None:
        self.change(delete(self.dn(sam)))

    def move(self, sam: str, container: str) -> None:
        dn = self.dn(sam)
        self.change(move(dn, f"{dn.partition(',')[0]},{container}"))

    def exists(self, sam: str) -> bool:
        return bool(self.lab.database.search(f"(sAMAccountName={sam})", ["sAMAccountName"]))


CONTAINER = ROOT_USER_CONTAINER
