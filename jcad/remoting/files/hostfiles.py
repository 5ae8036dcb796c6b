"""The files of one host's staging folder: sent, fetched by the host itself, brought here, removed. Touches the host."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import structlog

from jcad.errors import CertificateError, ConnectionFailed, RemotingError, SettingsError
from jcad.model.outcome import Status
from jcad.model.script import Credential
from jcad.remoting.files.download import Download
from jcad.remoting.files.local import Source, Target
from jcad.remoting.files.upload import Transfer, Upload, answer
from jcad.remoting.files.values import Delivery, HostScripts, Progress
from jcad.remoting.session import Session

log = structlog.get_logger(__name__)

_PLAIN = re.compile(r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z))[A-Za-z0-9][A-Za-z0-9 ._()+-]{0,119}(?<![. ])\Z")
_PAUSE = 0.5  # seconds before a connection that broke is made anew; twice as long each time that nothing came of it
_Done = TypeVar("_Done")
_Done_co = TypeVar("_Done_co", covariant=True)


class _Job(Protocol[_Done_co]):
    """A transfer that is tried until it is done; `reached` says how far it is."""

    @property
    def reached(self) -> int: ...

    def attempt(self, session: Session, /) -> _Done_co: ...


class HostFiles:
    r"""The staging folder of one host.

        scripts = HostScripts(host_call, read_host_outcome)
        files = HostFiles(sessions.lease, folder=r"C:\ProgramData\jcad\files", scripts=scripts)
        installer = files.place("agent.exe", sha256=...)       # or \\server\share\agent.exe, or https://...
        files.download("support.zip", Path("srv1.zip"))
        files.remove("agent.exe")

    `lease` gives a session for as long as a block lasts, and after one that broke a new one. A connection that breaks is
    made anew up to `attempts` times in a row without any progress; what has arrived is not sent again. `halted` is asked
    after each piece, and `progress` told; both may be called from the thread that transfers alone.
    """

    def __init__(
        self,
        lease: Callable[[], AbstractContextManager[Session]],
        *,
        folder: str,
        scripts: HostScripts,
        attempts: int = 3,
        progress: Progress | None = None,
        halted: Callable[[], bool] | None = None,
    ) -> None:
        self._lease = lease
        self._folder = folder.rstrip("\\")
        self._attempts = attempts
        self._transfer = Transfer(scripts=scripts, progress=progress, halted=halted)

    def place(
        self,
        installer: str,
        *,
        sha256: str,
        name: str = "",
        proxy: str | None = None,
        credential: Credential | None = None,
    ) -> Delivery:
        """Bring a file into the folder from wherever it is: a file of this machine is sent, the rest the host fetches."""
        if is_remote(installer):
            return self.fetch(installer, sha256=sha256, name=name, proxy=proxy, credential=credential)
        return self.upload(Path(installer), sha256=sha256, name=name)

    def upload(self, path: Path, *, sha256: str = "", name: str = "") -> Delivery:
        """Send a file; the host has it under `name` (its own, if not given) when all of it has arrived and was compared.

        Raises SettingsError where it cannot be read or is not the one whose SHA-256 is given, ConnectionFailed where the
        host is not reached again, AccessDenied, RemotingError (full disk, a folder that is not safe, a file that changed),
        and `TransferHalted`.
        """
        source = require_file(path, sha256)
        upload = Upload(
            source=source, folder=self._folder, name=_checked(name or path.name, str(path)), transfer=self._transfer
        )
        return self._persist(upload, upload.name)

    def download(self, name: str, to: Path) -> Delivery:
        """Bring a file here, readable for this account alone, in place of one that is there.

        Raises as `upload` does, and ReportError where it cannot be written here.
        """
        target = Target(to)
        try:
            target.resume()
            download = Download(target=target, folder=self._folder, name=_checked(name, name), transfer=self._transfer)
            self._persist(download, name)
            size, sha256 = target.size, target.sha256
            target.complete()
        finally:
            target.close()
        return Delivery(path=str(to), size=size, sha256=sha256, sent=download.received)

    def fetch(
        self,
        source: str,
        *,
        sha256: str,
        name: str = "",
        proxy: str | None = None,
        credential: Credential | None = None,
        timeout: int = 60,
    ) -> Delivery:
        r"""Let the host fetch a file from a share (`\\server\share\...`) or over https, and compare its SHA-256.

        `credential` reads the share, `proxy` (http://HOST:PORT) is the host's way out, `timeout` seconds of silence.
        Raises ConnectionFailed, AccessDenied and RemotingError.
        """
        item = {
            "folder": self._folder,
            "name": _checked(name or _last(source), source),
            "sha256": sha256.lower(),
            "source": source,
            "proxy": proxy,
            "timeout": timeout,
        }
        with self._lease() as session:
            more = {} if credential is None else {"credential": credential}
            outcome, facts = answer(session, self._transfer.scripts, "fetch-file", item, **more)
        there = outcome.status is Status.UNCHANGED
        sent = 0 if there else facts["size"]
        return Delivery(path=facts["path"], size=facts["size"], sha256=sha256.lower(), sent=sent, was_there=there)

    def remove(self, name: str | None = None) -> tuple[str, ...]:
        """Remove a file, what attempts to send it left, and the folder when it is empty; the names that were removed."""
        item = {"folder": self._folder, "name": name if name is None else _checked(name, name)}
        with self._lease() as session:
            _, facts = answer(session, self._transfer.scripts, "remove-file", item)
        return tuple(facts["removed"])

    def _persist(self, job: _Job[_Done], what: str) -> _Done:
        """Try until it is done, over one connection after the other, as long as something comes of it."""
        idle = 0
        while True:
            before = job.reached
            try:
                with self._lease() as session:
                    return job.attempt(session)
            except CertificateError:
                raise
            except ConnectionFailed as error:
                idle = 0 if job.reached > before else idle + 1
                if idle >= self._attempts:
                    raise
                log.warning(
                    "a transfer goes on over a new connection", file=what, reached=job.reached, error=str(error)
                )
                time.sleep(_PAUSE * 2**idle)


def require_file(path: Path, sha256: str = "") -> Source:
    """A file of this machine, read once. Raises SettingsError where it cannot be read, or has another SHA-256 than is given."""
    source = Source.read(path)
    if sha256 and source.sha256 != sha256.lower():
        raise SettingsError(
            f"{path} has the SHA-256 {source.sha256}, and not the expected {sha256.lower()}: nothing was sent",
            hint="it is another version, or was altered; download it again, or correct `sha256`",
        )
    return source


def is_remote(installer: str) -> bool:
    """Whether the host fetches it itself: from a share, or over https. Raises SettingsError for http."""
    if installer.lower().startswith("http://"):
        raise SettingsError(
            f"{installer} would be fetched unprotected",
            hint="name an address that begins with https://, a share or a file",
        )
    return installer.startswith("\\\\") or installer.lower().startswith("https://")


def name_on_host(installer: str) -> str:
    """The name under which `place` puts a file on hosts where it is given none."""
    return _last(installer) if is_remote(installer) else Path(installer).name


def _last(source: str) -> str:
    """The last part of an address or of a share's path."""
    if source.startswith("\\\\"):
        return source.rpartition("\\")[2]
    return unquote(urlsplit(source).path.rpartition("/")[2])


def _checked(name: str, source: str) -> str:
    """A name that every host takes. Raises RemotingError for another."""
    if not _PLAIN.match(name):
        raise RemotingError(
            f"{source} has no name that a file on a host may have: {name!r}",
            hint="give it one: letters, digits, spaces and ._()+- alone, at most 120",
        )
    return name
