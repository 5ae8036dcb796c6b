"""A lab with running sync agents on its member servers, two service accounts in the settings, and a watch over heartbeats."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import contextmanager

from labsite import Site

from jcad.agents import AgentOptions, Verb
from jcad.cli.invocation import Invocation
from jcad.lab.lab import Lab
from jcad.lab.seed import password_of
from jcad.lab.windows.machine.facts import SIGNER
from jcad.lab.windows.machine.packages import make_installer
from jcad.model import Secret
from jcad.runs.agents.run import AgentChoices, AgentRun
from jcad.settings import SecretReference
from jcad.store import Store

VERSION = "2.30.0"
SERVICE = "JCADSyncAgent_DC"
TABLES = """
[vault]
path = {vault}
key = {vault_key}

[prepare.sync]
name = "jcsync"
password = "vault:jcsync"
alternate = "jcsync-b"
alternate_password = "vault:jcsync-b"

[agents]
secrets_on_command_line = true
service_timeout = 20
heartbeat_timeout = 20

[agents.sync]
version = "{version}"
installer = {installer}
sha256 = "{sha256}"
signer = {signer}
arguments = "/msiexec LAB_CONNECT_KEY={{connect_key}} LAB_SERVICE_ACCOUNT={{account}} LAB_SERVICE_PASSWORD={{password}}"
"""


class RotationSite(Site):
    """A site whose members run sync agents with the account jcsync, installed by jcad."""

    members: tuple[str, ...] = ()

    def store(self):
        return Store(self.lab.folder / "state.db")

    def workplace(self):
        return Invocation(config=self.settings).workplace()

    def rotate(self, *arguments):
        return self.jcad("account", "rotate", *arguments)

    def accounts_in_use(self):
        """The account of each host's agent, as jcad remembers it."""
        with self.store() as store:
            return {host.partition(".")[0]: found.account for (host, _), found in sorted(store.installations().items())}

    def held(self, name):
        """A secret of the vault."""
        return self.workplace().secrets.resolve(SecretReference.parse(f"vault:{name}"), "the password")

    def holds(self, name):
        return self.workplace().secrets.holds(SecretReference.parse(f"vault:{name}"))

    def lets_in(self, account, secret):
        """Whether the domain takes a password, by a simple bind of the lab's own."""
        return self._refusal(f"LAB\\{account}", secret.reveal()) is None

    def _refusal(self, account, password):
        return self.lab.dc(1).machine.surroundings.refusal(account, password)

    def service(self, number):
        """The agent's service on a member; None where there is none."""
        return self.lab.member(number).machine.services.find(SERVICE)

    def services(self):
        """The state of each member's agent service."""
        found = {name: self.service(number) for number, name in enumerate(self.members, 1)}
        return {name: service.state if service else None for name, service in found.items()}

    def agents(self):
        """JumpCloud's records of sync agents, as it would tell them now."""
        (instance,) = self.lab.tenant.state.agents
        self.lab.tenant.mark_silent(instance)
        return [one for one in self.lab.tenant.state.agents[instance].values() if one["agentType"] == "SYNC"]

    def active(self):
        """The host names of the agents that JumpCloud hears of now."""
        return sorted(one["hostname"] for one in self.agents() if one["state"] == "active")

    def primary(self):
        """The host name of the agent that JumpCloud sends work to."""
        (instance,) = self.lab.tenant.state.agents
        primary = self.lab.tenant.primary(instance, "SYNC")
        return next(one["hostname"] for one in self.agents() if one["id"] == primary)

    def in_order(self):
        """The host names as a rotation takes them: the primary last."""
        primary = self.primary()
        return [*(name.upper() for name in self.members if name.upper() != primary), primary]

    def account(self):
        """The account that every agent uses."""
        (found,) = set(self.accounts_in_use().values())
        return found.rpartition("\\")[2]

    def agents_log_on(self):
        """Whether each agent's own password is let in by the domain."""
        held = [self.lab.member(number).machine.agents["sync"].credential for number in range(1, len(self.members) + 1)]
        return all(self._refusal(one.account, one.password) is None for one in held)

    def text_files(self, number):
        """What every file of a member holds."""
        nodes = self.lab.member(number).machine.files.children("C:\\", below=True)
        return [bytes(node.content) for node in nodes if not node.is_folder]

    def install(self):
        """Install the agents that the settings want."""
        with AgentRun.begin(self.workplace(), AgentChoices(options=AgentOptions(verb=Verb.INSTALL))) as run:
            report = run.apply(run.plan())
        assert report.succeeded, report
        assert {host for host, _ in self.installations()} == {f"{name}.lab.jcad.test" for name in self.members}

    def installations(self):
        with self.store() as store:
            return store.installations()


@contextmanager
def rotation_site(folder, *, members=3, agents=None):
    """A lab in a folder, whose members have agents at work; `agents` are settings of the lab's agents."""
    with Lab.start(folder, members=members) as lab:
        for name, value in (agents or {}).items():
            setattr(lab.agents, name, value)
        site = RotationSite(lab)
        site.members = tuple(f"srv{number}" for number in range(1, members + 1))
        site.set_secret("vault-key", "correct horse battery staple")
        (folder / "secrets" / "vault-key").chmod(0o600)
        installer = folder / "setup.exe"
        installer.write_bytes(make_installer("sync", VERSION))
        tables = TABLES.format(
            vault=json.dumps(str(folder / "vault.json")),
            vault_key=json.dumps(f"file:{folder / 'secrets' / 'vault-key'}"),
            version=VERSION,
            installer=json.dumps(str(installer)),
            sha256=hashlib.sha256(installer.read_bytes()).hexdigest(),
            signer=json.dumps(SIGNER),
        )
        hosts = "".join(f'\n[[agents.host]]\nname = "{name}.lab.jcad.test"\nsync = true\n' for name in site.members)
        site.settings.write_text(site.settings.read_text("utf-8") + tables + hosts, "utf-8")
        site.workplace().secrets.put(SecretReference.parse("vault:jcsync"), Secret(password_of("jcsync")))
        retire_seeded_agents(lab)
        site.install()
        yield site


def retire_seeded_agents(lab):
    """Delete the agents that the seed has in JumpCloud: no host of the lab runs them."""
    for instance, agents in lab.tenant.state.agents.items():
        for agent in list(agents):
            lab.tenant.delete_agent(instance, agent)


def wait_until(true, seconds=40.0):
    """Wait until something is so; fail where it is not so in time."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    assert true()


class HeartbeatWatch:
    """Looks at the hosts and at JumpCloud's side all the time: the fewest agents that ran, and that were heard of.

    JumpCloud takes an agent that has gone down for active until it has been silent for a while, so both are counted.
    """

    def __init__(self, site):
        self._site = site
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat-watch", daemon=True)
        self.fewest = self.fewest_active = len(site.members)
        self.seen = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join(10)

    def _run(self):
        while not self._ended.is_set():
            running = sum(state == "Running" for state in self._site.services().values())
            self.fewest = min(self.fewest, running)
            self.fewest_active = min(self.fewest_active, len(self._site.active()))
            self.seen += 1
            time.sleep(0.02)
