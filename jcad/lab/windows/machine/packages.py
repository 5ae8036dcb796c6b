"""Installers of the lab: bytes that carry what they install, their signer and a digest. Pure.

    make_installer("sync", "2.30.0")                      # signed by the lab's JumpCloud
    make_installer("sync", "2.30.0", signer=None)         # unsigned
    make_installer("sync", "2.30.0", signer="CN=Evil")    # signed by somebody else
    altered(installer)                                    # one byte changed after signing

The form is the lab's own: a magic text, a line of JSON, filling, and where it is signed a last line of JSON.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from jcad.lab.windows.machine.facts import SIGNER

if TYPE_CHECKING:
    from jcad.lab.windows.machine.facts import AgentKind

_MAGIC: Final = b"MZ jcad lab installer\n"
_SIGNATURE: Final = b"\njcad lab signature "

Status = Literal["Valid", "NotSigned", "HashMismatch", "NotTrusted"]


@dataclass(frozen=True, slots=True)
class Package:
    """What an installer installs."""

    agent: AgentKind
    version: str
    architecture: str = "x64"
    minimum_build: int = 9200  # Windows Server 2012

    @property
    def product_code(self) -> str:
        """Its product code: one for each agent and version."""
        digest = hashlib.sha256(f"{self.agent} {self.version}".encode()).hexdigest().upper()
        return f"{{{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}}}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What Get-AuthenticodeSignature finds: the status by .NET's name, the signer's subject and thumbprint."""

    status: Status
    subject: str = ""
    thumbprint: str = ""


def make_installer(
    agent: AgentKind,
    version: str,
    *,
    signer: str | None = SIGNER,
    trusted: bool = True,
    size: int = 4096,
    architecture: str = "x64",
    minimum_build: int = 9200,
) -> bytes:
    """Make an installer of about `size` bytes; `signer` None leaves it unsigned, `trusted` False signs by nobody known."""
    described = {"agent": agent, "version": version, "architecture": architecture, "minimum_build": minimum_build}
    body = _MAGIC + json.dumps(described).encode() + b"\n"
    seed = hashlib.sha256(body).digest()
    body += (seed * (max(size - len(body), 0) // len(seed) + 1))[: max(size - len(body), 0)]
    if signer is None:
        return body
    seal = {"subject": signer, "digest": hashlib.sha256(body).hexdigest(), "trusted": trusted}
    return body + _SIGNATURE + json.dumps(seal).encode()


def altered(installer: bytes) -> bytes:
    """The installer with a byte of its filling changed after it was signed."""
    at = installer.index(b"\n", len(_MAGIC)) + 1
    return installer[:at] + bytes([installer[at] ^ 0xFF]) + installer[at + 1 :]


def read_package(content: bytes) -> Package | None:
    """What the installer installs; None where the file is no installer of the lab's."""
    if not content.startswith(_MAGIC):
        return None
    end = content.find(b"\n", len(_MAGIC))
    try:
        return Package(**json.loads(content[len(_MAGIC) : end]))
    except (ValueError, TypeError):
        return None


def signature_of(content: bytes) -> Signature:
    """The signature of a file."""
    body, marked, seal = content.rpartition(_SIGNATURE)
    if not marked:
        return Signature("NotSigned")
    try:
        found = cast("dict[str, Any]", json.loads(seal))
    except ValueError:
        return Signature("HashMismatch")
    subject = str(found["subject"])
    thumbprint = hashlib.sha1(subject.encode(), usedforsecurity=False).hexdigest().upper()
    if hashlib.sha256(body).hexdigest() != found["digest"]:
        return Signature("HashMismatch", subject, thumbprint)
    return Signature("Valid" if found["trusted"] else "NotTrusted", subject, thumbprint)
