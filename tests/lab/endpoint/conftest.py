"""An endpoint with accounts in memory and a small runspace: what the wire needs to be tried with real clients."""

from __future__ import annotations

import datetime as dt
import ipaddress
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import settings
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan
from spnego._ntlm_raw.crypto import ntowfv1

from jcad.errors import LabUnsupported
from jcad.lab.endpoint import EndpointServer, PipelineFailed, TlsFiles
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.records import InformationRecord

settings.register_profile("unhurried", deadline=None)  # a busy machine is no reason to fail
settings.load_profile("unhurried")

ADMINISTRATORS = "S-1-5-32-544"
REMOTE_MANAGEMENT_USERS = "S-1-5-32-580"
HOST = "dc1.lab.jcad.test"


@dataclass
class MemoryAccounts:
    """A domain LAB of a few accounts; the NT hash is computed from a password."""

    logins: dict[str, Login] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, account: str, password: str, *groups: str) -> None:
        rid = 1100 + len(self.logins)
        sid = f"S-1-5-21-1-2-3-{rid}"
        self.logins[account.lower()] = Login(account, "LAB", sid, ntowfv1(password), frozenset(groups))

    def find(self, name: str) -> Login | None:
        login = self.logins.get(name.rpartition("\\")[2].partition("@")[0].lower())
        return None if login is None else replace(login, refused=self.refusals.get(login.account))

    def wrong_password(self, login: Login) -> None:
        with self.lock:
            self.wrong[login.account] += 1


@dataclass
class Job:
    """One command that the small runspace is to run."""

    command: object
    pipeline: object
    streams: object
    stop: object

    @property
    def number(self) -> float:
        return float(self.command.text.split()[1])


class SmallRunspace:
    """Understands one word a script: enough to send every kind of record through the wire."""

    open = 0
    lock = threading.Lock()

    def __init__(self, login: Login) -> None:
        self.login = login
        self.pipelines = 0
        with SmallRunspace.lock:
            SmallRunspace.open += 1

    def close(self) -> None:
        with SmallRunspace.lock:
            SmallRunspace.open -= 1

    def run(self, pipeline, streams, stop) -> None:
        self.pipelines += 1
        for statement in pipeline.statements:
            for command in statement:
                word = command.text.partition(" ")[0]
                getattr(self, "do_" + word)(Job(command, pipeline, streams, stop))

    def do_echo(self, job):
        for _, value in job.command.parameters:
            job.streams.output(value)
        for value in job.pipeline.input or ():
            job.streams.output(value)

    def do_secrets(self, job):
        """Say the texts of SecureStrings: one, or a list of them."""
        for _, value in job.command.parameters:
            for each in value if isinstance(value, list) else [value]:
                job.streams.output(f"{type(each).__name__} {each.text}")

    def do_types(self, job):
        for name, value in job.command.parameters:
            job.streams.output(f"{name}: {type(value).__name__}")

    def do_whoami(self, job):
        job.streams.output(f"{self.login.name} {self.login.mechanism}")

    def do_pipelines(self, job):
        job.streams.output(self.pipelines)

    def do_lines(self, job):
        for number in range(int(job.number)):
            job.stop.check()
            job.streams.output(f"line {number}")

    def do_big(self, job):
        job.streams.output("x" * int(job.number))

    def do_sleep(self, job):
        job.streams.output("begun")
        if job.stop.wait(job.number):
            job.streams.output("finally")
            job.stop.check()
        job.streams.output("slept")

    def do_error(self, job):
        job.streams.error(missing("nobody"))
        job.streams.output("after")

    def do_throw(self, job):
        job.streams.output("before")
        raise PipelineFailed(missing("nobody"))

    def do_unwritable(self, job):
        raise PipelineFailed(job.command.text)

    def do_crash(self, job):
        raise ZeroDivisionError(job.command.text)

    def do_refuse(self, job):
        raise LabUnsupported(job.command.text)

    def do_talk(self, job):
        job.streams.verbose("v")
        job.streams.warning("w")
        job.streams.debug("d")
        job.streams.information(InformationRecord("i", ["t"], "Write-Information"))
        job.streams.progress({"activity": "a", "status": "s", "percent": 50})

    def do_object(self, job):
        pairs = [("Name", "O'Brien"), ("Count", 3), ("When", ps.DateTime(0, 1)), ("No", None)]
        job.streams.output(ps.custom_object(pairs))

    def do_exit(self, job):
        job.streams.should_exit(3)

    def do_null(self, job):
        job.streams.output(None)

    def do_ask(self, job):
        host = job.pipeline.host
        job.streams.output(None if host is None else host.call("ReadLine"))


def missing(name: str) -> ErrorRecord:
    inner = NetException("System.Exception", "the inner reason")
    exception = NetException(
        "Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException", f"Cannot find {name}", inner
    )
    return ErrorRecord(
        exception,
        "ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException",
        "ObjectNotFound",
        target=name,
        command="Microsoft.ActiveDirectory.Management.Commands.GetADUser",
        activity="Get-ADUser",
    )


@pytest.fixture
def accounts() -> MemoryAccounts:
    return domain()


def domain() -> MemoryAccounts:
    """The accounts of the tests."""
    known = MemoryAccounts()
    known.add("admin", "Lab-Passw0rd!", ADMINISTRATORS)
    known.add("remote", "R3mote-Pass", REMOTE_MANAGEMENT_USERS)
    known.add("nobody", "N0body-Pass", "S-1-5-32-545")
    known.add("José", "Pässwörd-渡辺", ADMINISTRATORS)
    return known


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> TlsFiles:
    """A self-signed certificate for the host and its address; it is its own CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(HOST), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    files = TlsFiles(folder / "host.pem", folder / "host.key")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def http(accounts, faults):
    """An endpoint over HTTP, which has message encryption."""
    yield from serve(accounts, faults, None)


@pytest.fixture
def https(accounts, faults, certificate):
    """An endpoint over HTTPS."""
    yield from serve(accounts, faults, certificate)


def serve(accounts, faults, certificate):
    server = EndpointServer(
        "127.0.0.1",
        0,
        name=HOST,
        certificate=certificate,
        authentication=("negotiate", "basic"),
        accounts=accounts,
        runspaces=SmallRunspace,
        faults=faults,
    )
    with server:
        yield server
    assert server.shells == 0


def open_wsman(server, user="admin", password="Lab-Passw0rd!", auth="negotiate", **more) -> WSMan:
    options = {"ssl": server.url.startswith("https"), "auth": auth, "connection_timeout": 5, "read_timeout": 30}
    return WSMan("127.0.0.1", port=server.port, username=user, password=password, **(options | more))


def run_script(pool, script, *values):
    shell = PowerShell(pool)
    shell.add_script(script)
    for value in values:
        shell.add_argument(value)
    shell.invoke()
    return shell


def wait_until(condition, seconds=5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(scope="module")
def module_accounts() -> MemoryAccounts:
    """The accounts of a module's own endpoint."""
    return domain()


@pytest.fixture(scope="module")
def open_client():
    """Open a WSMan client of pypsrp's for a module: `open_client(server, user, password, auth)`."""
    return open_wsman


@pytest.fixture
def connect():
    """Open a WSMan client of pypsrp's: `connect(server, user, password, auth)`."""
    return open_wsman


@pytest.fixture
def run_in():
    """Run one script in an open pool: `run_in(pool, script, *arguments)`; its PowerShell, after the end."""
    return run_script


@pytest.fixture
def run():
    """Run one script in a pool of its own: `run(server, script, *arguments)`; its PowerShell, after the end."""

    def run_alone(server, script, *values, **more):
        with open_wsman(server, **more) as wsman, RunspacePool(wsman) as pool:
            return run_script(pool, script, *values)

    return run_alone


@pytest.fixture
def wait_for():
    """Wait for something that another thread does: `wait_for(condition, seconds)`."""
    return wait_until


@pytest.fixture
def small_runspace():
    """Count the small runspaces that are open, in `.open`."""
    SmallRunspace.open = 0
    return SmallRunspace
