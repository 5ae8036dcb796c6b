"""A host without a wire: the engine of a session on it, and surroundings that answer from a table."""

from __future__ import annotations

import threading

import pytest

from jcad.lab.faults import Faults
from jcad.lab.jumpcloud import Tenant
from jcad.lab.login import Login
from jcad.lab.seed import make_seed
from jcad.lab.windows import WindowsHost
from jcad.lab.windows.machine.facts import AgentSettings
from jcad.lab.windows.machine.host import Machine, Session
from jcad.lab.windows.machine.runspaces import engine_of

ADMINISTRATORS = "S-1-5-32-544"


class Heard:
    """The streams of a run, kept."""

    def __init__(self):
        self.out, self.errors, self.warnings = [], [], []

    def output(self, value):
        self.out.append(value)

    def error(self, record):
        self.errors.append(record)

    def warning(self, message):
        self.warnings.append(message)

    def verbose(self, message): ...

    def debug(self, message): ...

    def information(self, record): ...

    def progress(self, record): ...

    def should_exit(self, code): ...


class Town:
    """The surroundings of a host: two administrators, a service account, JumpCloud."""

    def __init__(self):
        self.faults = Faults()
        self.tenant = Tenant.from_seed(make_seed().tenant)
        self.settings = AgentSettings(heartbeat=0.02, retry=0.02)
        self.passwords = {"LAB\\ada": "Ada-1", "LAB\\bob": "Bob-1", "LAB\\jcsync": "Sync-1"}
        self.wrong = 0
        self.host = WindowsHost("SRV1", "lab.jcad.test", "LAB", {})
        self._lock = threading.Lock()

    def find(self, account):
        name = account if "\\" in account else f"LAB\\{account}"
        if name not in self.passwords:
            return None
        number = 1100 + sorted(self.passwords).index(name)
        return Login(name.partition("\\")[2], "LAB", f"S-1-5-21-1-2-3-{number}", b"", frozenset({ADMINISTRATORS}))

    def refusal(self, account, password):
        if self.passwords.get(account) == password:
            return None
        with self._lock:
            self.wrong += 1
        return "52e"

    controllers = ("DC1", "DC2", "DC3")

    def reaches_controller(self, name):
        return name.partition(".")[0].upper() in {"DC1", "DC2"}

    def run_powershell(self, session, script):
        engine, close = engine_of(session, self.host)
        try:
            outcome = engine.run_script(script, Heard())
            return outcome.exit_code or int(outcome.terminated is not None)
        finally:
            close()

    @property
    def instance(self):
        return next(iter(self.tenant.state.instances))

    def connect_key(self, kind="SYNC"):
        return self.tenant.add_agent(self.instance, kind)["connectKey"]


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def machine(town):
    made = Machine("SRV1", "lab.jcad.test", town, controller=False)
    made.settings.boot_seconds = 0.01
    yield made
    made.close()


@pytest.fixture
def run(machine, town):
    """Run a script in a bare session as somebody; its output as Python values, its errors' ids."""

    def run_as(text, user="ada", *, key_store=False):
        engine, close = engine_of(Session(machine, town.find(user), key_store=key_store), town.host)
        heard = Heard()
        outcome = engine.run_script(text, heard)
        close()
        errors = [record.fqid for record in heard.errors]
        if outcome.terminated is not None:
            errors.append(outcome.terminated.fqid)
        return heard.out, errors

    return run_as
