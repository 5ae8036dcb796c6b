"""A WinRM endpoint of the lab with accounts in memory and a runspace of a few words: real sockets, real sealing."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from spnego._ntlm_raw.crypto import ntowfv1

from jcad.lab.endpoint import EndpointServer, PipelineFailed, TlsFiles
from jcad.lab.faults import Faults
from jcad.lab.login import Login
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.types.convert import byte_array
from jcad.model.script import Call, Script
from jcad.model.secret import Secret
from jcad.remoting import Endpoint

HOST = "dc1.lab.jcad.test"
PASSWORD = "Lab-Passw0rd!"
ADMINISTRATORS = "S-1-5-32-544"


@dataclass
class MemoryAccounts:
    """A domain LAB of a few accounts, and the wrong passwords that were counted."""

    logins: dict[str, Login] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, account: str, password: str, *groups: str) -> None:
        sid = f"S-1-5-21-1-2-3-{1100 + len(self.logins)}"
        self.logins[account.lower()] = Login(account, "LAB", sid, ntowfv1(password), frozenset(groups))

    def find(self, name: str) -> Login | None:
        login = self.logins.get(name.rpartition("\\")[2].partition("@")[0].lower())
        return None if login is None else replace(login, refused=self.refusals.get(login.account))

    def wrong_password(self, login: Login) -> None:
        self.wrong[login.account] += 1


@dataclass
class Job:
    """One command that the runspace is to run."""

    parameters: dict
    number: int
    streams: object
    stop: object
    input: object = ()


class WordRunspace:
    """Runs scripts of one word and a number: each sends something particular through the wire."""

    open = 0
    stopped = 0
    lock = threading.Lock()

    def __init__(self, login: Login) -> None:
        self.login = login
        with WordRunspace.lock:
            WordRunspace.open += 1

    def close(self) -> None:
        with WordRunspace.lock:
            WordRunspace.open -= 1

    def run(self, pipeline, streams, stop) -> None:
        for statement in pipeline.statements:
            for command in statement:
                word, _, number = command.text.partition(" ")
                getattr(self, "do_" + word)(
                    Job(dict(command.parameters), int(number or 0), streams, stop, pipeline.input)
                )

    def do_lines(self, job):
        for index in range(job.number):
            job.stop.check()
            job.streams.output(f"line {index}")

    def do_slow(self, job):
        """One line every tenth of a second."""
        for index in range(job.number):
            job.streams.output(f"line {index}")
            if job.stop.wait(0.1):
                with WordRunspace.lock:
                    WordRunspace.stopped += 1
                job.stop.check()

    def do_silent(self, job):
        if job.stop.wait(job.number):
            with WordRunspace.lock:
                WordRunspace.stopped += 1
        job.stop.check()
        job.streams.output("done")

    def do_parameters(self, job):
        for name, value in sorted(job.parameters.items()):
            job.streams.output(f"{name} {type(value).__name__} {value}")

    def do_secrets(self, job):
        for value in job.parameters["Secret"]:
            job.streams.output(
                f"{type(value).__name__} {len(value.text)} {hashlib.sha256(value.text.encode()).hexdigest()}"
            )

    def do_fed(self, job):
        """Read the pipeline's input to its end: its hash, and its beginning as bytes."""
        content = b"".join(map(bytes, job.input))
        job.stop.check()
        job.streams.output(hashlib.sha256(content).hexdigest())
        job.streams.output(byte_array(content[:10] or b"none"))

    def do_number(self, job):
        job.streams.output(5)

    def do_error(self, job):
        job.streams.error(missing())
        job.streams.output("after")

    def do_throw(self, job):
        job.streams.output("before")
        raise PipelineFailed(missing())


def missing() -> ErrorRecord:
    exception = NetException("Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException", "Cannot find nobody")
    return ErrorRecord(
        exception,
        "ActiveDirectoryCmdlet:Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException",
        "ObjectNotFound",
        target="nobody",
        command="Microsoft.ActiveDirectory.Management.Commands.GetADUser",
        activity="Get-ADUser",
    )


@pytest.fixture
def accounts() -> MemoryAccounts:
    known = MemoryAccounts()
    known.add("admin", PASSWORD, ADMINISTRATORS)
    known.add("nobody", PASSWORD, "S-1-5-32-545")
    known.add("José", "Pässwörd-渡辺", ADMINISTRATORS)
    return known


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> TlsFiles:
    """A certificate for the host's name alone, made by itself."""
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture(scope="session")
def another_certificate(tmp_path_factory) -> TlsFiles:
    """A certificate for the same name, made by somebody else."""
    return make_certificate(tmp_path_factory.mktemp("other"), HOST)


@pytest.fixture(scope="session")
def misnamed_certificate(tmp_path_factory) -> TlsFiles:
    """A certificate for another name."""
    return make_certificate(tmp_path_factory.mktemp("misnamed"), "dc2.lab.jcad.test")


@pytest.fixture(scope="session")
def file_certificate(tmp_path_factory) -> TlsFiles:
    """A certificate for the member server that files are sent to."""
    return make_certificate(tmp_path_factory.mktemp("files"), "srv1.lab.jcad.test")


def make_certificate(folder, name: str) -> TlsFiles:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TlsFiles(folder / "host.pem", folder / "host.key")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@pytest.fixture
def serve(accounts, faults):
    """Start endpoints: `serve(certificate)`; each is stopped at the end, and must have no shell left."""
    WordRunspace.open = WordRunspace.stopped = 0
    servers = []

    def start(certificate=None, host="127.0.0.1"):
        server = EndpointServer(
            host,
            0,
            name=HOST,
            certificate=certificate,
            authentication=("negotiate", "basic"),
            accounts=accounts,
            runspaces=WordRunspace,
            faults=faults,
        )
        server.__enter__()
        servers.append(server)
        return server

    yield start
    left = [server.shells for server in servers]
    for server in servers:
        server.__exit__(None, None, None)
    assert left == [0] * len(servers)


@pytest.fixture
def http(serve):
    """An endpoint over HTTP, where messages are sealed."""
    return serve()


@pytest.fixture
def https(serve, certificate):
    """An endpoint over HTTPS, where NTLM is bound to the channel."""
    return serve(certificate)


@pytest.fixture
def endpoint(certificate):
    """The endpoint value of a server: `endpoint(server, user="admin", ...)`."""

    def of(server, **changes):
        options = {"host": HOST, "address": "127.0.0.1", "user": "LAB\\admin", "port": server.port}
        if server.url.startswith("https"):
            options["ca_file"] = str(certificate.certificate)
        else:
            options["scheme"] = "http"
        return Endpoint(**(options | changes))

    return of


@pytest.fixture
def password() -> Secret:
    return Secret(PASSWORD)


@pytest.fixture
def call():
    """A call of a script whose text is given: `call("lines 5", Batch="...")`."""

    def of(text, *, secrets=(), **parameters):
        script = Script(name="word", synopsis="", text=text, digest="")
        return Call(script=script, parameters=parameters, secrets=tuple(secrets))

    return of


@pytest.fixture
def eventually():
    """Wait for something that another thread does."""

    def wait(condition, seconds=5.0):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    return wait


@pytest.fixture
def runspaces():
    """How many runspaces are open and were stopped."""
    return WordRunspace
