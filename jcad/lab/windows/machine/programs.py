"""Programs that a lab host can run: msiexec.exe, the lab's installers, w32tm.exe, powershell.exe. Others are refused by name."""

from __future__ import annotations

import base64
import ntpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jcad.errors import LabUnsupported
from jcad.lab.windows.machine.installer import Arguments, Installer, split_arguments, uninstall
from jcad.lab.windows.machine.packages import read_package

if TYPE_CHECKING:
    from jcad.lab.windows.machine.host import Machine, Session

_MSI_LOGS: Final = ("/l*v", "/l*vx", "/log", "/l*", "/l")
NO_PACKAGE: Final = 1619
BAD_COMMAND_LINE: Final = 1639


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it printed."""

    code: int
    output: tuple[str, ...] = ()


class NotFound(Exception):
    """There is no such program."""


def run(session: Session, path: str, arguments: str) -> Finished:
    """Run a program to its end. Raises `NotFound`, LabUnsupported; the event log notes it with its command line (4688)."""
    machine = session.machine
    name = ntpath.basename(path).lower().removesuffix(".exe")
    machine.event(
        4688, 4, f"A new process has been created. Process Command Line: {path} {arguments}",
        provider="Microsoft-Windows-Security-Auditing", log="Security",
    )  # fmt: skip
    words = split_arguments(arguments)
    if name == "msiexec":
        return Finished(_msiexec(session, words))
    if name == "w32tm":
        return _w32tm(machine, words)
    if name == "powershell":
        return Finished(_powershell(session, words))
    node = machine.files.find(path)
    if node is None or node.content is None:
        raise NotFound(path)
    package = read_package(bytes(node.content))
    if package is None:
        raise LabUnsupported(f"the program {path}")
    log_switch = machine.agent_settings.log_switch
    return Finished(Installer(session, package, Arguments.parse(words, (log_switch, *_MSI_LOGS))).run())


def _msiexec(session: Session, words: list[str]) -> int:
    given = Arguments.parse(words, _MSI_LOGS)
    lowered = [word.lower() for word in words]
    for switch in ("/i", "/x"):
        target = next((word[2:] for word in words if word.lower().startswith(switch + "{")), "")
        if switch in lowered and lowered.index(switch) + 1 < len(words):
            target = words[lowered.index(switch) + 1]
        if not target:
            continue
        if not given.switches & {"/qn", "/quiet", "/q", "/qb"}:
            raise LabUnsupported("msiexec with a window: use /qn")
        if switch == "/x" and target.startswith("{"):
            return uninstall(session, target, given.log)
        node = session.machine.files.find(target)
        package = None if node is None or node.content is None else read_package(bytes(node.content))
        if package is None:
            return NO_PACKAGE
        given.switches.add("/qn")
        return (
            uninstall(session, package.product_code, given.log)
            if switch == "/x"
            else Installer(session, package, given).run()
        )
    return BAD_COMMAND_LINE


def _w32tm(machine: Machine, words: list[str]) -> Finished:
    """`w32tm /stripchart /computer:NAME /samples:1 /dataonly`: the offset against a domain controller."""
    lowered = [word.lower() for word in words]
    computer = next((word.partition(":")[2] for word in words if word.lower().startswith("/computer:")), "")
    if "/stripchart" not in lowered or "/dataonly" not in lowered or not computer:
        raise LabUnsupported("w32tm without /stripchart /computer:NAME /dataonly")
    offset = -machine.settings.clock_offset
    return Finished(
        0,
        (
            f"Tracking {computer} [127.0.0.1:123].",
            "Collecting 1 samples.",
            "The current time is 11/24/2026 12:00:00 PM.",
            f"12:00:00, {offset:+.7f}s",
        ),
    )


def _powershell(session: Session, words: list[str]) -> int:
    lowered = [word.lower() for word in words]
    for index, word in enumerate(lowered):
        rest = words[index + 1 :]
        if word in {"-encodedcommand", "-enc", "-e", "-ec"} and rest:
            return session.machine.surroundings.run_powershell(session, base64.b64decode(rest[0]).decode("utf-16-le"))
        if word in {"-command", "-c"}:
            return session.machine.surroundings.run_powershell(session, " ".join(rest))
        if word in {"-file", "-f"} and rest:
            if len(rest) > 1:
                raise LabUnsupported("powershell.exe -File with arguments")
            text = session.machine.files.read(rest[0]).decode("utf-8-sig")
            return session.machine.surroundings.run_powershell(session, text)
    raise LabUnsupported("powershell.exe without -File, -Command or -EncodedCommand")
