"""A lab with hosts for JumpCloud's agents, and settings that want them there; installers are files of this machine."""

from __future__ import annotations

import hashlib
import json
import re
import time
from contextlib import contextmanager

from labsite import Site

from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, IMPORT_ACCOUNT, SYNC_ACCOUNT, WRITER
from jcad.lab.windows.machine.facts import AGENTS, SIGNER
from jcad.lab.windows.machine.packages import make_installer

ARGUMENTS = (
    "/msiexec LAB_CONNECT_KEY={connect_key} LAB_SERVICE_ACCOUNT={account} LAB_SERVICE_PASSWORD={password} "
    'LAB_ROOT_DN=\\"{root_dn}\\" /log \\"{log}\\"'
)
AGENT_TABLES = """
[agents]
secrets_on_command_line = true
service_timeout = 10
heartbeat_timeout = 10
install_timeout = 30
reboot_timeout = 30

[agents.sync]
version = "2.30.0"
installer = "{folder}/sync-2.30.0.exe"
sha256 = "{sync}"
signer = "{signer}"
arguments = "{arguments}"
upgrade_arguments = "/msiexec"
account = "{sync_account}"
password = "file:{secrets}/{sync_account}"

[agents.import]
version = "3.1.0"
installer = "{folder}/import-3.1.0.exe"
sha256 = "{imported}"
signer = "{signer}"
arguments = "{arguments}"
upgrade_arguments = "/msiexec"
account = "{import_account}"
password = "file:{secrets}/{import_account}"
"""


class AgentSite(Site):
    """A site whose member servers are to have the sync agent; its session is the administrator's."""

    def __init__(self, lab, sync_on=("srv1", "srv2", "srv3")):
        super().__init__(lab)
        self.edit(WRITER, ADMINISTRATOR)
        self.folder = lab.folder
        text = AGENT_TABLES.format(
            folder=self.folder,
            secrets=lab.folder / "secrets",
            sync=self.make("sync", "2.30.0"),
            imported=self.make("import", "3.1.0"),
            signer=SIGNER,
            arguments=ARGUMENTS,
            sync_account=SYNC_ACCOUNT,
            import_account=IMPORT_ACCOUNT,
        )
        hosts = "".join(f'\n[[agents.host]]\nname = "{name}.lab.jcad.test"\nsync = true\n' for name in sync_on)
        self.settings.write_text(self.settings.read_text("utf-8") + text + hosts, "utf-8")

    def make(self, kind, version, **how):
        """Make an installer beside the settings; its SHA-256."""
        path = self.folder / f"{kind}-{version}.exe"
        path.write_bytes(make_installer(kind, version, **how))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def want(self, kind, version, **how):
        """Let the settings want another version of an agent, from a new installer."""
        digest = self.make(kind, version, **how)
        head, mark, rest = self.settings.read_text("utf-8").partition(f"[agents.{kind}]\n")
        rest = re.sub(r'version = "[^"]*"', f'version = "{version}"', rest, count=1)
        rest = re.sub(r'installer = "[^"]*"', f'installer = "{self.folder}/{kind}-{version}.exe"', rest, count=1)
        rest = re.sub(r'sha256 = "[^"]*"', f'sha256 = "{digest}"', rest, count=1)
        self.settings.write_text(head + mark + rest, "utf-8")

    def agent(self, *arguments):
        """Call `jcad agent`."""
        return self.jcad("agent", *arguments)

    def status(self, *arguments):
        """The document of `jcad agent status`: each agent by its host's first label and kind."""
        answer = self.agent("status", "--json", *arguments)
        return {(one["host"].partition(".")[0], one["agent"]): one for one in answer.document["agents"]}

    @property
    def instance(self):
        """The AD instance's id."""
        return next(iter(self.lab.tenant.state.instances))

    def records(self, kind="SYNC"):
        """JumpCloud's records of one kind by hostname, those of the seed's DC1 left out."""
        found = self.lab.tenant.state.agents[self.instance].values()
        return {one["hostname"]: dict(one) for one in found if one["agentType"] == kind and one["hostname"] != "DC1"}

    def usable_keys(self):
        """The connect keys that nobody has used, and whose record is still there."""
        state = self.lab.tenant.state
        return [key for key, of in state.connect_keys.items() if of["agent"] in state.agents[of["instance"]]]

    def host(self, label):
        """A host of the lab by its first label."""
        return next(host for host in self.lab.hosts if host.name.partition(".")[0] == label)

    def version(self, label, kind="sync"):
        """The version that a host's agent has, as its own registry says."""
        return self.host(label).machine.agents[kind].value("Version")

    def state(self, label, kind="sync"):
        """The state of an agent's service."""
        machine = self.host(label).machine
        service = machine.services.find(machine.agents[kind].service_name)
        return None if service is None else service.state

    def log(self, label, kind="sync"):
        """What an agent has logged."""
        return self.host(label).machine.files.read(AGENTS[kind].log).decode()


@contextmanager
def agent_site(folder, **lab):
    """A lab in a folder: one domain controller and three member servers, the last a Server Core."""
    with Lab.start(folder, **{"members": 3, **lab}) as running:
        yield AgentSite(running)


def told(answer):
    """What was said, as one line."""
    return " ".join((answer.out + answer.err).split())


def results(answer):
    """How each action of a run ended, by its id."""
    return {one["action"]: one for one in json.loads(answer.out)["results"]}


def wait_until(true, seconds=40.0):
    """Wait for something that another thread brings about."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()
