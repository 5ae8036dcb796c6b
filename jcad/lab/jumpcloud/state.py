"""All that one JumpCloud organisation of the lab holds, and the JSON file that it may be kept in.

Touches the one file it is told; written atomically, readable by its owner only (it holds API keys).
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jcad.errors import LabError
from jcad.lab.jumpcloud.exchange import Document

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What an API key opens: `multi_tenant` keys must be sent with x-org-id, `read_only` ones may not write."""

    multi_tenant: bool = False
    read_only: bool = False
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail that JumpCloud would have sent. `kind` is welcome, activation or directory-added."""

    to: str
    kind: str
    about: str
    at: str


@dataclass(slots=True)
class State:
    """The organisation's objects by their ids. `members` and bindings keep the order in which they were made.

    `connect_keys` are those that nobody has used: for each its `instance`, its `agent` and when it was `made`.
    """

    organization: Document
    keys: dict[str, ApiKey] = field(default_factory=dict)
    users: dict[str, Document] = field(default_factory=dict)
    groups: dict[str, Document] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    instances: dict[str, Document] = field(default_factory=dict)
    agents: dict[str, dict[str, Document]] = field(default_factory=dict)
    bound_users: dict[str, list[str]] = field(default_factory=dict)
    bound_groups: dict[str, list[str]] = field(default_factory=dict)
    directories: dict[str, Document] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    connect_keys: dict[str, Document] = field(default_factory=dict)
    events: list[Document] = field(default_factory=list)


def save(state: State, path: Path) -> None:
    """Write the state to its file, whole or not at all."""
    text = json.dumps({"format": _FORMAT} | asdict(state), ensure_ascii=False)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> State:
    """Read a state from its file. Raises `LabError` where it is not one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("format") != _FORMAT:
            raise LabError(f"{path} was written by another version of the lab", hint="jcad lab reset makes a new one")
        found["keys"] = {text: ApiKey(**key) for text, key in found["keys"].items()}
        found["mails"] = [Mail(**mail) for mail in found["mails"]]
        return State(**found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LabError(
            f"{path} is not a state of the lab's JumpCloud: {error}", hint="jcad lab reset makes one"
        ) from error
