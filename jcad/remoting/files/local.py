"""Files of this machine that go to a host or come from one. Touches files; holds no more than a piece of one in memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from jcad.errors import RemotingError, ReportError, SettingsError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to be sent, as it was when it was looked at: size in bytes, SHA-256, time of its last change."""

    path: Path
    size: int
    sha256: str
    changed: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read all of it once. Raises SettingsError where it cannot be read."""
        with _readable(path), path.open("rb") as file:
            told = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(path, told.st_size, digest, told.st_mtime_ns)

    def blocks(self, start: int, length: int) -> Iterator[bytes]:
        """The bytes from `start` on, in order.

        Raises RemotingError where the file has changed since it was looked at, SettingsError where it is gone.
        """
        with _readable(self.path):
            file = self.path.open("rb")
        with file:
            file.seek(start)
            left = length
            while left:
                with _readable(self.path):
                    block = file.read(min(left, _BLOCK))
                if not block or os.fstat(file.fileno()).st_mtime_ns != self.changed:
                    raise RemotingError(
                        f"{self.path} has changed while it was being sent",
                        hint="run the command again when nobody writes to that file",
                    )
                left -= len(block)
                yield block

    def begins_with(self, length: int, sha256: str) -> bool:
        """Whether its first bytes have this SHA-256."""
        digest = hashlib.sha256()
        for block in self.blocks(0, length):
            digest.update(block)
        return digest.hexdigest() == sha256


class Target:
    """A file that is being received: under a temporary name beside its own until it is whole, for this account alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._digest: Any = hashlib.sha256()
        self._file = self._open()
        self.size = 0

    def _open(self) -> IO[bytes]:
        # Nobody else may read it: logs are in it; nor may somebody's link lead it elsewhere. On Windows the folder's own
        # access control decides, and neither flag nor mode is there.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        with self._writable():
            file = os.fdopen(os.open(self._partial, flags, 0o600), "r+b")
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
        return file

    @contextlib.contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ReportError(
                f"{self._partial} cannot be written: {error.strerror or type(error).__name__}",
                hint="name a folder that is there, has room, and that the account that runs jcad may write to",
            ) from error

    @property
    def sha256(self) -> str:
        """The SHA-256 of what is there."""
        digest: str = self._digest.hexdigest()
        return digest

    def resume(self) -> None:
        """Take what an earlier attempt left for the beginning."""
        with self._writable():
            self._take_over()

    def _take_over(self) -> None:
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._digest.update(block)
            self.size += len(block)

    def restart(self) -> None:
        """Begin anew."""
        with self._writable():
            self._file.seek(0)
            self._file.truncate()
        self._digest, self.size = hashlib.sha256(), 0

    def add(self, block: bytes) -> None:
        """Write what comes next."""
        with self._writable():
            self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def complete(self) -> None:
        """Give the file its name, in place of one that is there."""
        with self._writable():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.replace(self._path)

    def close(self) -> None:
        """Leave what is there for the next attempt."""
        with self._writable():
            self._file.close()


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}",
            hint="name a file that the account that runs jcad may read",
        ) from error
