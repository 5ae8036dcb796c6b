"""The lab's end of the child process `jcad.lab.database`: questions to Samba's own database, answered in about a millisecond.

Starts one child process per object, under the system's Python.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import jcad
from jcad.errors import LabError

SYSTEM_PYTHON: Final = "/usr/bin/python3"
_ROOT: Final = Path(jcad.__file__).resolve().parent.parent
# Appended, not put in front: the system's own packages must win over those of a virtual environment.
_START: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module('jcad.lab.database', run_name='__main__')"
)
_BUSY: Final = 51
_TRIES: Final = 5

Values = Sequence[str | bytes]


class DatabaseRefused(LabError):
    """Samba refused a question or a change. `code` is the LDAP result code (0: the question itself was wrong)."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the directory, with each attribute's values as bytes."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]

    def texts(self, attribute: str) -> tuple[str, ...]:
        """Give the attribute's values as text; none where it is missing. Names ignore case."""
        for name, values in self.attributes.items():
            if name.lower() == attribute.lower():
                return tuple(value.decode() for value in values)
        return ()

    def text(self, attribute: str) -> str:
        """Give the attribute's first value, or an empty string."""
        return next(iter(self.texts(attribute)), "")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an entry, as the child takes it; made by the functions below."""

    parts: tuple[Any, ...]


def add(dn: str, attributes: Mapping[str, Values], *, system: bool = False) -> Change:
    """Add an entry. A `system` one may have a SID and flags of its own, as provisioning gives them."""
    coded = {name: _coded(values) for name, values in attributes.items() if values}
    return Change(("add system" if system else "add", dn, coded))


def modify(dn: str, *changes: tuple[str, str, Values]) -> Change:
    """Change attributes of an entry: `("add" | "replace" | "delete", attribute, values)` each."""
    return Change(("modify", dn, [[how, name, _coded(values)] for how, name, values in changes]))


def move(dn: str, new_dn: str) -> Change:
    """Rename or move an entry."""
    return Change(("move", dn, new_dn))


def delete(dn: str) -> Change:
    """Delete an entry and all below it."""
    return Change(("delete", dn))


class Database:
    """Samba's database behind a running (or stopped) lab domain; safe to use from several threads.

        with Database(smb_conf) as database:
            database.search("(sAMAccountName=mary)", ["mail"])

    Nothing here passes an access check: it is how the lab looks at itself, and how scenarios change it.
    """

    def __init__(self, configuration: Path) -> None:
        self._lock = threading.RLock()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  - closed with the child
        self._child = subprocess.Popen(
            [SYSTEM_PYTHON, "-c", _START, str(_ROOT), str(configuration)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
        )
        try:
            self.domain_dn = str(self.ask("ready"))
        except BaseException:
            self.close()
            raise

    def ask(self, question: str, **parameters: Any) -> Any:
        """Ask one question. Raises `DatabaseRefused` where Samba refuses, `LabError` where the child has ended."""
        line = json.dumps({"ask": question, **parameters}) + "\n"
        for _ in range(_TRIES):
            answer = self._exchange(line)
            if answer.get("code") != _BUSY:  # another process was about to write: nothing has happened yet
                break
        if "error" in answer:
            raise DatabaseRefused(f"Samba's database refused {question}: {answer['error']}", int(answer["code"]))
        return answer["answer"]

    def _exchange(self, line: str) -> dict[str, Any]:
        assert self._child.stdin is not None  # noqa: S101  - both are pipes
        assert self._child.stdout is not None  # noqa: S101
        with self._lock:
            try:
                self._child.stdin.write(line)
                self._child.stdin.flush()
                answer = self._child.stdout.readline()
            except (OSError, ValueError) as error:
                raise self._ended() from error
        if not answer:
            raise self._ended()
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def _ended(self) -> LabError:
        if self._said.closed:
            return LabError("The lab's domain is down: nobody reads its database any more.")
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip().rpartition("\n")[2]
        return LabError(f"The process that reads Samba's database has ended. Its last words: {said or '(none)'}")

    def search(
        self,
        expression: str,
        attributes: Iterable[str] | None = None,
        *,
        base: str | None = None,
        scope: str = "subtree",
    ) -> list[Entry]:
        """Find entries by an LDAP filter; `scope` is base, one or subtree. Deleted ones are not shown."""
        wanted = None if attributes is None else list(attributes)
        found = self.ask("search", filter=expression, attributes=wanted, base=base, scope=scope)
        return [Entry(each["dn"], _decoded(each["attributes"])) for each in found]

    def apply(self, changes: Iterable[Change]) -> int:
        """Carry out changes in one transaction, all or none; how many. Raises `DatabaseRefused`."""
        return int(self.ask("apply", changes=[change.parts for change in changes]))

    def protect(self) -> tuple[str, ...]:
        """Run what SDProp does in Windows every hour: the names of the objects that changed."""
        return tuple(self.ask("protect"))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Keep everybody, Samba too, from writing meanwhile: the files can be copied."""
        with self._lock:
            self.ask("hold")
            try:
                yield
            finally:
                self.ask("release")

    def close(self) -> None:
        """End the child process."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # it had ended already, with a question unread
                    pipe.close()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._said.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _coded(values: Values) -> list[str]:
    raw = (value.encode() if isinstance(value, str) else value for value in values)
    return [base64.b64encode(value).decode() for value in raw]


def _decoded(attributes: Mapping[str, list[str]]) -> dict[str, tuple[bytes, ...]]:
    return {name: tuple(base64.b64decode(value) for value in values) for name, values in attributes.items()}
