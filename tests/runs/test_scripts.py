"""The executor of scripts: several workers, the first login made alone, and one refusal told to everybody."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from jcad.errors import AuthenticationFailed, ScriptError
from jcad.plan import Action, ObjectRef, Ready, Target
from jcad.runs.scripts import ScriptExecutor

WORKERS = 4


class Host:
    """Opens sessions in which every item is changed, and counts logins, those that were made at once, and closes."""

    server = "dc1.lab.jcad.test"

    def __init__(self, *, refuse=False, answer_for=None):
        self.refuse = refuse
        self.answer_for = answer_for
        self.logins = self.let_in = self.closed = 0
        self.at_once_before_the_first = 0
        self.under_way = 0
        self.lock = threading.Lock()

    def open(self):
        with self.lock:
            self.logins += 1
            self.under_way += 1
            if not self.let_in:
                self.at_once_before_the_first = max(self.at_once_before_the_first, self.under_way)
        threading.Event().wait(0.05)
        with self.lock:
            self.under_way -= 1
            if self.refuse:
                raise AuthenticationFailed("no", account="LAB\\jcsync")
            self.let_in += 1
        return Session(self)


class Session:
    def __init__(self, host):
        self.host = host
        self.server = host.server

    def run(self, call):
        for item in json.loads(call.parameters["Batch"])["items"]:
            threading.Event().wait(0.02)
            yield json.dumps({"id": self.host.answer_for or item["id"], "status": "changed", "done": []})

    def close(self):
        with self.host.lock:
            self.host.closed += 1


def batches(executor, count=WORKERS):
    """Batches of one action each."""
    for number in range(count):
        guid = UUID(int=number + 1)
        action = Action(
            id=f"disable-{number}",
            kind="disable user",
            target=Target.DIRECTORY,
            object=ObjectRef.guid(guid),
            name=f"user{number}",
            wave=1,
            executor="disable-user",
        )
        yield from executor.batches([Ready(action=action, guid=guid)])


def run_all(executor):
    with ThreadPoolExecutor(WORKERS) as pool:
        return [
            pool.submit(lambda batch=batch: [outcome.id for outcome in executor.execute(batch)])
            for batch in batches(executor)
        ]


def test_workers_have_a_session_each_and_the_first_logs_on_alone():
    host = Host()
    executor = ScriptExecutor(host.open, host.server, workers=WORKERS)
    done = [future.result() for future in run_all(executor)]
    assert sorted(done) == [[f"disable-{number}"] for number in range(WORKERS)]
    assert host.at_once_before_the_first == 1
    assert host.logins <= WORKERS
    executor.close()
    assert host.closed == host.logins


def test_a_wrong_password_is_counted_once_however_many_workers_there_are():
    host = Host(refuse=True)
    executor = ScriptExecutor(host.open, host.server, workers=WORKERS)
    for future in run_all(executor):
        with pytest.raises(AuthenticationFailed):
            future.result()
    assert host.logins == 1


def test_a_session_is_used_again_by_the_next_batch():
    host = Host()
    executor = ScriptExecutor(host.open, host.server, workers=1)
    for batch in batches(executor, 3):
        list(executor.execute(batch))
    assert host.logins == 1
    executor.stop()


def test_a_session_that_answered_for_something_else_is_closed():
    host = Host(answer_for="somebody-else")
    executor = ScriptExecutor(host.open, host.server, workers=1)
    with pytest.raises(ScriptError, match="not asked for"):
        list(executor.execute(next(batches(executor))))
    assert host.closed == 1
