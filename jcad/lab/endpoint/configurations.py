"""Session configurations beside Microsoft.PowerShell: JEA endpoints, whose sessions know functions and no script text.

Their language mode is NoLanguage: what a client may send are names of functions with parameters. The functions themselves
run in full language, as on Windows. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jcad.lab.endpoint.runspace import CommandRequest, PipelineRequest, StopToken
from jcad.lab.powershell.errors import ErrorRecord, NetException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jcad.lab.endpoint.runspace import Runspace, RunspaceFactory
    from jcad.lab.login import Login

_NO_SCRIPTS = "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode."


@dataclass(frozen=True, slots=True)
class SessionConfiguration:
    """A session configuration without a run-as account.

    `module` is the text that defines its functions, `functions` the names of those that are visible, `members` the SIDs of
    accounts and groups that may open it.
    """

    module: str
    functions: frozenset[str]
    members: frozenset[str]

    def admits(self, login: Login) -> bool:
        """Whether this account may open a session."""
        return not self.members.isdisjoint(login.groups | {login.sid})

    def refusal(self, request: PipelineRequest) -> ErrorRecord | None:
        """Why a pipeline may not run: script text, or a command that is not visible; None where it may."""
        visible = {name.lower() for name in self.functions}
        for command in (command for statement in request.statements for command in statement):
            if command.is_script:
                exception = NetException("System.Management.Automation.ParseException", _NO_SCRIPTS)
                return ErrorRecord(exception, "ScriptsNotAllowed", "ParserError")
            if command.text.lower() not in visible:
                return _not_found(command.text)
        return None

    def runspaces(self, full: RunspaceFactory) -> RunspaceFactory:
        """The runspaces of its sessions: the host's own, in which the functions are defined."""

        def open_runspace(login: Login, /) -> Runspace:
            runspace = full(login)
            define = CommandRequest(self.module, use_local_scope=False)
            runspace.run(PipelineRequest(((define,),)), Nobody(), StopToken())
            return runspace

        return open_runspace


def _not_found(name: str) -> ErrorRecord:
    text = (
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check "
        "the spelling of the name, or if a path was included, verify that the path is correct and try again."
    )
    exception = NetException("System.Management.Automation.CommandNotFoundException", text)
    return ErrorRecord(exception, "CommandNotFoundException", "ObjectNotFound", target=name)


class Nobody:
    """Streams of a module that is being loaded: nobody sees them."""

    def output(self, value: Any) -> None:
        """Say nothing."""

    def error(self, record: Any) -> None:
        """Say nothing."""

    def warning(self, message: str, invocation: Any = None) -> None:
        """Say nothing."""

    def verbose(self, message: str, invocation: Any = None) -> None:
        """Say nothing."""

    def debug(self, message: str, invocation: Any = None) -> None:
        """Say nothing."""

    def information(self, record: Any) -> None:
        """Say nothing."""

    def progress(self, record: Mapping[str, Any]) -> None:
        """Say nothing."""

    def event(self, event: Any) -> None:
        """Say nothing."""

    def should_exit(self, code: int) -> None:
        """Say nothing."""
