"""An installer onto a host: sent from here, or fetched by the host, and verified there before anything runs. Touches both."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import structlog

from jcad.errors import ConnectionFailed, JcadError
from jcad.model import Credential
from jcad.plan import Plan, Target
from jcad.powershell.hosts import host_call, read_host_outcome
from jcad.remoting import Session
from jcad.remoting.files import HostFiles, HostScripts, TransferHalted, is_remote, name_on_host, require_file
from jcad.runs.agents.errand import STAGED, VERIFIED, Errand, Failed, Stopped

_log = structlog.get_logger(__name__)

SCRIPTS = HostScripts(host_call, read_host_outcome)


def staged(errand: Errand) -> str:
    """Bring the action's installer onto the host and verify it there: its path. What an earlier try brought is gone on from.

    Raises Failed for a file that is not the expected one, or not signed as expected, and what a transfer raises.
    """
    tools, source = errand.tools, errand.text("installer")
    files = _files(errand)
    errand.waits(f"bringing {source} there")
    try:
        if source.startswith(
            "\\\\"
        ):  # a network logon cannot hop on to a share: it takes the administrator's credential
            reader = Credential(errand.text("runAs") or tools.run_as, tools.run_as_password())
            delivery = files.place(source, sha256=errand.text("sha256"), credential=reader)
        else:
            local = source if is_remote(source) else str(Path(source).expanduser())
            delivery = files.place(local, sha256=errand.text("sha256"))
    except TransferHalted:
        raise Stopped from None
    errand.step(STAGED)
    told = {"path": delivery.path, "sha256": errand.text("sha256"), "signer": errand.text("signer")}
    try:
        errand.run("verify-file", told)
    except Failed:
        clear(errand)  # nobody else shall run it either
        raise
    errand.step(VERIFIED)
    return delivery.path


def require_installers(plan: Plan) -> None:
    """See that every installer of this machine is there and is the expected one, before any host is touched.

    Raises SettingsError. What hosts fetch themselves they compare themselves.
    """
    wanted = {
        (str(action.item["installer"]), str(action.item["sha256"]))
        for action in plan.actions
        if action.target is Target.HOST and action.item.get("installer")
    }
    for installer, sha256 in sorted(wanted):
        if not is_remote(installer):
            require_file(Path(installer).expanduser(), sha256)


def clear(errand: Errand) -> None:
    """Remove the installer that has done its work, whichever run brought it there; one that stays does no harm."""
    name = name_on_host(errand.text("installer"))
    try:
        _files(errand).remove(name)
    except JcadError as error:
        _log.warning("the installer is still on the host", host=errand.host, name=name, reason=error.message)


def remove_log(errand: Errand, path: str) -> None:
    """Remove the log of an installer whose script was cut off before it took the secrets out of it."""
    log = PureWindowsPath(path)
    try:
        errand.run("remove-file", {"folder": str(log.parent), "name": log.name})
    except (JcadError, Stopped) as error:
        _log.warning("a log that may hold secrets is still on the host", path=path, reason=str(error))


def _files(errand: Errand) -> HostFiles:
    tools = errand.tools
    return HostFiles(
        lambda: _lease(errand), folder=tools.settings.staging, scripts=SCRIPTS, halted=tools.stopping.is_set
    )


@contextlib.contextmanager
def _lease(errand: Errand) -> Iterator[Session]:
    """The host's session. Raises Stopped where the run is told to end, so that nothing is tried again."""
    if errand.tools.stopping.is_set():
        raise Stopped
    try:
        with errand.tools.sessions.lease(errand.host) as session:
            yield session
    except ConnectionFailed:
        if errand.tools.stopping.is_set():
            raise Stopped from None
        raise
