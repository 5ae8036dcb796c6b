"""What is looked into while jcad runs in the engine's own process: batches, generated passwords, the lease. Put back after."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import jcad.runs.scripts as sending
from jcad.runs.links import LinkExecutor
from jcad.runs.scripts import ScriptExecutor


@contextlib.contextmanager
def at_batch(kind: str, happen: Callable[[], object]) -> Iterator[None]:
    """Let something happen when the first batch of a kind is about to be carried out, once."""
    owner = LinkExecutor if kind == "link" else ScriptExecutor
    execute, happened = owner.execute, []

    def watched(self, batch):
        name = "link" if kind == "link" else batch.call.script.name
        if name == kind and not happened:
            happened.append(name)
            happen()
        yield from execute(self, batch)

    with mock.patch.object(owner, "execute", watched):
        yield


@contextlib.contextmanager
def passwords_to(path: Path) -> Iterator[None]:
    """Write every password that is generated to a file, to look for it everywhere else."""
    generate = sending.generate

    def told(*arguments):
        secret = generate(*arguments)
        with path.open("a", encoding="utf-8") as file:
            file.write(secret.reveal() + "\n")
        return secret

    with mock.patch.object(sending, "generate", told):
        yield


@contextlib.contextmanager
def quick_lease() -> Iterator[None]:
    """Take a killed run's lease over at once."""
    with mock.patch("jcad.store.lease.BEAT", 0.1), mock.patch("jcad.store.lease.EXPIRY", 0.5):
        yield
