"""An installer onto a host: sent from here, or fetched by the host, and verified there before anything runs. Touches both."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final
from urllib.parse import unquote, urlsplit

from jcad.errors import RemotingError
from jcad.runs.agents.errand import STAGED, VERIFIED, Errand

_SILENCE: Final = 60
"""Seconds without a byte after which a host gives a download up."""


def staged(errand: Errand) -> str:
    """Bring the action's installer onto the host and verify it there: its path. Raises Failed, SettingsError, RemotingError."""
    source = errand.text("installer")
    name = _name(source)
    folder = errand.tools.settings.staging
    path = str(PureWindowsPath(folder, name))
    if is_local(source):
        errand.waits(f"sending {name}")
        _send(errand, Path(source).expanduser(), folder, name)
    else:
        errand.waits(f"fetching {name}")
        told = {"folder": folder, "name": name, "sha256": errand.text("sha256"), "source": source}
        errand.run("fetch-file", {**told, "proxy": None, "timeout": _SILENCE})
    errand.step(STAGED)
    errand.run("verify-file", {"path": path, "sha256": errand.text("sha256"), "signer": errand.text("signer")})
    errand.step(VERIFIED)
    return path


def is_local(source: str) -> bool:
    r"""Whether an installer is a file of this machine: not `https://...`, and not `\\SERVER\SHARE\...`."""
    return not source.lower().startswith("https:") and not source.startswith("\\\\")


def _name(source: str) -> str:
    """The file's name on the host: the last part of where it is."""
    if source.lower().startswith("https:"):
        return PurePosixPath(unquote(urlsplit(source).path)).name or "installer.exe"
    return PureWindowsPath(source).name


def _send(errand: Errand, source: Path, folder: str, name: str) -> None:
    """Send a file from here; what an earlier try has brought there is gone on from."""
    raise RemotingError(f"{source} cannot be sent to {errand.host} yet.", hint="Put it where the host can fetch it.")
