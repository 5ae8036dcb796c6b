"""Programs that a lab host can run: msiexec, the lab's installers, w32tm, powershell, shutdown. Others are refused by name."""

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
SHUTDOWN_SCHEDULED: Final = 1190


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
    if name == "msiexec":
        return Finished(_msiexec(session, split_arguments(arguments)))
    words = arguments_of(arguments)
    if name == "w32tm":
        return _w32tm(machine, words)
    if name == "powershell":
        return Finished(_powershell(session, words))
    if name == "shutdown":
        return Finished(_shutdown(machine, words))
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


def arguments_of(line: str) -> list[str]:
    """The arguments of a command line as CommandLineToArgvW splits what follows the program's name.

    2n backslashes and a quote: n backslashes, and the quote opens or closes; 2n+1: n, and a quote. Two quotes in quotes: one,
    and the quotes go on, as the C runtime has it since 2008.
    """
    words: list[str] = []
    word: list[str] | None = None
    quoted, at = False, 0
    while at < len(line):
        char = line[at]
        if char in " \t" and not quoted:
            words += [] if word is None else ["".join(word)]
            word, at = None, at + 1
            continue
        word = [] if word is None else word
        run = len(line) - at - len(line[at:].lstrip("\\"))
        if line[at + run : at + run + 1] == '"':
            word.append("\\" * (run // 2))
            at += run + 1
            if run % 2:
                word.append('"')
            elif quoted and line[at : at + 1] == '"':
                word.append('"')
                at += 1
            else:
                quoted = not quoted
            continue
        word.append(line[at : at + max(run, 1)])
        at += max(run, 1)
    return words if word is None else [*words, "".join(word)]


def _shutdown(machine: Machine, words: list[str]) -> int:
    """`shutdown /r /t SECONDS`: 0, or 1190 where a restart is under way."""
    lowered = [word.lower() for word in words]
    if "/r" not in lowered or "/t" not in lowered:
        raise LabUnsupported("shutdown without /r and /t")
    if machine.restarting:
        return SHUTDOWN_SCHEDULED
    machine.reboot("shutdown.exe", delay=float(words[lowered.index("/t") + 1]))
    return 0


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
