"""Out-String, Out-Host and Out-Default of what is a text, Read-Host, Get-Host: what a script has to do with its host."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetError
from jcad.lab.powershell.objects import net_text, to_text
from jcad.lab.powershell.remotehost import RemoteInterface, answered, ask_credential, not_interactive
from jcad.lab.powershell.remotehosttypes import FieldDescription
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import ArrayList, Char, EnumValue, PSCredential, SecureString, Version, base_of, type_of

#: What the formatting system shows as one line of text. (A Version is a table.)
_PLAIN: Final = (str, bool, int, float, Decimal, Char, EnumValue)


@core("Out-String")
class OutString(Cmdlet):
    """The lines that a host would show, as text. Objects that need a table or a list are refused by name."""

    __slots__ = ("_lines",)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._lines: list[str] = []

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "InputObject" not in self.bound:
            return
        text = self._text(self.bound["InputObject"])
        if self.on("Stream"):
            for line in text.split("\n"):
                self.context.write(line.removesuffix("\r"))
        else:
            self._lines.append(text)

    def _text(self, value: Any) -> str:
        base = base_of(value)
        if base is None:
            return ""
        if isinstance(base, _PLAIN) and not isinstance(base, Version):
            return str(base) if isinstance(base, str) else net_text(base)
        if isinstance(base, ErrorRecord) and not is_desktop():
            return self._concise(base)
        raise LabUnsupported(f"Out-String of {type_of(base).full_name}")

    @staticmethod
    def _concise(record: ErrorRecord) -> str:
        """`ConciseView` of 7: one line for what came up in one line; more are refused by name."""
        source = getattr(record.invocation, "source", None)
        if "\n" in record.message or (source is not None and "\n" in source.text):
            raise LabUnsupported("Out-String of an error record with several lines")
        reason = record.activity or record.reason or record.exception.type_name.rpartition(".")[2]
        if record.exception.properties.get("WasThrownFromThrowStatement"):
            reason = "Exception"
        return f"{reason}: {record.message}"

    def end(self) -> None:
        """Finish after the last object."""
        if self.on("Stream"):
            return
        end = "" if self.on("NoNewline") else "\r\n" if is_desktop() else "\n"
        self.context.write("".join(line + end for line in self._lines))


@core("Read-Host", unsupported="MaskInput")
class ReadHost(Cmdlet):
    """Ask the client's host for a line; where there is none, nobody can be asked."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        host = self.context.engine.host
        if host is None:
            exception = not_interactive("")
            raise self.context.terminate(exception.record or ErrorRecord(exception))
        prompt = to_text(self.bound.get("Prompt") or "")
        if prompt and not self.on("AsSecureString"):
            field = FieldDescription(prompt).sent(desktop=is_desktop())
            answers = host.call("Prompt", "", "", ArrayList([field]))
            self.context.write(to_text(answered(answers, prompt)))
            return
        if self.on("AsSecureString"):
            if prompt:
                host.call("Write1", prompt + ": ")
            answer = host.call("ReadLineAsSecureString")
            self.context.write(answer if isinstance(answer, SecureString) else SecureString(to_text(answer)))
            return
        self.context.write(to_text(host.call("ReadLine")))


@core("Get-Host")
class GetHost(Cmdlet):
    """The host object."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        self.context.write(self.context.engine.scope.get("host"))


@core("Get-Credential", untyped="Credential")
class GetCredential(Cmdlet):
    """Ask the client's host for a name and a password."""

    def begin(self) -> None:
        """Write the credential that was given, or ask for one."""
        given = self.bound.get("Credential")
        if isinstance(base_of(given), PSCredential):
            self.context.write(given)
            return
        name = to_text(given if given is not None else self.bound.get("UserName") or "")
        product = "Windows PowerShell" if is_desktop() else "PowerShell"
        caption = to_text(self.bound.get("Title") or f"{product} credential request")
        message = to_text(self.bound.get("Message") or "Enter your credentials.")
        try:
            answer = ask_credential(RemoteInterface(self.context.engine), caption, message, name, "")
        except NetError as error:
            raise self.context.terminate(error.exception.record or ErrorRecord(error.exception)) from error
        if answer is not None:
            self.context.write(answer)


@core("Out-Host", unsupported="Paging")
class OutHost(Cmdlet):
    """Show on the host; where there is none, nobody sees it."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if self.context.engine.host is not None and "InputObject" in self.bound:
            _show(self.context.engine.host, self.bound["InputObject"], self.info.name)


@core("Out-Default", unsupported="Transcript")
class OutDefault(Cmdlet):
    """Show on the host; where there is none, pass on to where the pipeline's output goes."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if self.context.engine.host is None:
            self.context.write(self.bound.get("InputObject"))
        elif "InputObject" in self.bound:
            _show(self.context.engine.host, self.bound["InputObject"], self.info.name)


def _show(host: Any, value: Any, command: str) -> None:
    """Write what is a text on a host. Raises `LabUnsupported` for what needs a table or a list."""
    base = base_of(value)
    if base is None:
        return
    if not isinstance(base, _PLAIN) or isinstance(base, Version):
        raise LabUnsupported(f"{command} of {type_of(base).full_name}")
    for line in (str(base) if isinstance(base, str) else net_text(base)).split("\n"):
        host.call("WriteLine2", line.removesuffix("\r"))
