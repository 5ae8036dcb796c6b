"""One Samba process tree: started, waited for, stopped; and found again after a crash.

Starts processes that listen on one loopback address.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jcad.errors import LabError
from jcad.lab.domain.loopback import require_loopback
from jcad.lab.processes import all_processes, descendants, end_processes, has_open_below

if TYPE_CHECKING:
    from jcad.lab.domain.configuration import ControllerFiles

LDAP: Final = 389
LDAPS: Final = 636
_STARTS_WITHIN: Final = 60.0
_STOPS_WITHIN: Final = 5.0
_LEFTOVERS_WITHIN: Final = 1.0

# An anonymous search of the rootDSE (RFC 4511 4.5.1): message 1, base "", scope base, (objectClass=*), no attributes ("1.1").
_ROOT_DSE: Final = (
    bytes.fromhex("302a 020101 6325 0400 0a0100 0a0100 020100 020100 010100 870b") + b"objectClass\x30\x05\x04\x031.1"
)


class SambaServer:
    """The Samba of one domain controller, with a folder, an address and a configuration of its own.

    Samba runs in its interactive mode with a pipe for standard input: it ends, with all its children, when that pipe closes,
    and so also when the process that started it is killed.
    """

    def __init__(self, files: ControllerFiles, address: str) -> None:
        self.files = files
        self.address = require_loopback(address)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start Samba and return when it answers over LDAP. Raises `LabError` with the end of its log where it does not."""
        if self.running:
            return
        for each in ("run", "lock", "cache", "state"):
            (self.files.folder / each).mkdir(parents=True, exist_ok=True)
        with self.files.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["samba", "--interactive", "--no-process-group", f"--configfile={self.files.configuration}"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is for the lab, which then stops Samba in order
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while not answers_ldap(self.address):
            ended = not self.running
            if ended or time.monotonic() > until:
                self.stop()
                raise LabError(
                    f"Samba on {self.address} {'ended' if ended else f'did not answer within {_STARTS_WITHIN:g} s'}. "
                    f"Its log ends: {_last_lines(self.files.log)}",
                    hint=f"the whole log is {self.files.log}",
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """End Samba and wait until its last process is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        family = descendants(process.pid)
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_processes(family, within=_STOPS_WITHIN)


def answers_ldap(address: str, *, timeout: float = 2.0) -> bool:
    """Whether an LDAP server on this address answers a search of its rootDSE."""
    try:
        with socket.create_connection((address, LDAP), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(_ROOT_DSE)
            return connection.recv(1) == b"\x30"
    except OSError:
        return False


def clean_up(folder: Path) -> tuple[int, ...]:
    """End every Samba process that works in this folder: what a crashed lab left. Gives their ids."""
    left = [pid for pid in all_processes() if _is_samba(pid) and has_open_below(pid, folder)]
    family = dict.fromkeys(pid for root in left for pid in (root, *descendants(root)))
    end_processes(family, within=_LEFTOVERS_WITHIN)
    return tuple(family)


def _is_samba(pid: int) -> bool:
    # Samba's workers rename themselves ("samba: task[ldap] ..."), so their smb.conf is not in their command line.
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith((b"samba", b"/usr/sbin/samba"))
    except OSError:
        return False


def _last_lines(log: Path, count: int = 5) -> str:
    if not log.exists():
        return "(nothing)"
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]) or "(nothing)"
