"""Invoke-Expression, Invoke-Command, Get-Command, modules as far as scripts of one file need them, Start-Sleep."""

from __future__ import annotations

import fnmatch
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.containers import folded_key
from jcad.lab.powershell.engine import Stopped
from jcad.lab.powershell.errors import ErrorRecord, Failure, NetException
from jcad.lab.powershell.evaluate.binder import Argument
from jcad.lab.powershell.evaluate.blocks import Body, FunctionInfo
from jcad.lab.powershell.evaluate.calls import block_processor
from jcad.lab.powershell.evaluate.commandobjects import AliasInfo, CmdletInfo
from jcad.lab.powershell.evaluate.pipelines import run_one, run_pipeline
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.values import EnumValue, GenericDictionary, ScriptBlock, Version, base_of, custom_object

_BUILT_IN: Final = frozenset(
    {
        "microsoft.powershell.core",
        "microsoft.powershell.utility",
        "microsoft.powershell.management",
        "microsoft.powershell.security",
    }
)


@core("Invoke-Expression")
class InvokeExpression(Cmdlet):
    """Run a text as script in the caller's scope."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        text = self.bound["Command"]
        try:
            tree = self.context.engine.parse(text)
        except Failure as failure:
            raise self.context.terminate(failure.record) from failure
        block = ScriptBlock(text, Body.of(tree))
        frame = self.context.frame()  # type: ignore[attr-defined]
        run_one(frame, block_processor(frame, block, [], [], expects_input=False, dot=True), self.context.write)


@core(
    "Invoke-Command",
    unsupported="ComputerName Session Credential AsJob HideComputerName JobName ThrottleLimit SessionOption "
    "Authentication CertificateThumbprint ConfigurationName ApplicationName Port UseSSL ConnectionUri FilePath "
    "EnableNetworkAccess InDisconnectedSession SessionName VMId VMName ContainerId RunAsAdministrator HostName UserName "
    "KeyFilePath Subsystem SSHTransport SSHConnection Options ConnectingTimeout RemoteDebug AllowRedirection",
)
class InvokeCommand(Cmdlet):
    """Run a script block here."""

    __slots__ = ("_input",)

    def begin(self) -> None:
        """Make ready for the first object."""
        self._input: list[Any] = []

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        if "InputObject" in self.bound:
            self._input.append(self.bound["InputObject"])

    def end(self) -> None:
        """Finish after the last object."""
        frame = self.context.frame()  # type: ignore[attr-defined]
        arguments = [Argument(one) for one in self.bound.get("ArgumentList") or ()]
        piped = bool(self._input)
        processor = block_processor(
            frame,
            base_of(self.bound["ScriptBlock"]),
            arguments,
            [],
            expects_input=piped,
            dot=self.on("NoNewScope"),
        )
        if piped:
            run_pipeline(frame, [processor], self.context.write, piped=self._input)
        else:
            run_one(frame, processor, self.context.write)


@core(
    "Get-Command",
    unsupported="TotalCount Syntax ShowCommandInfo ListImported ParameterName ParameterType FullyQualifiedModule "
    "UseFuzzyMatching FuzzyMinimumDistance UseAbbreviationExpansion",
)
class GetCommand(Cmdlet):
    """Find commands by name."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        for name in self.bound.get("Name") or ["*"]:
            found = self._find(name)
            if not found and not any(sign in name for sign in "*?["):
                if name.lower() in self.context.engine.declined:
                    raise LabUnsupported(name)
                self.context.write_error(_not_found(name))
            for one in found:
                if self._wanted(one):
                    self.context.write(one)

    def _wanted(self, one: Any) -> bool:
        wanted = base_of(self.bound.get("CommandType"))
        if not isinstance(wanted, EnumValue):
            return True
        if isinstance(one, FunctionInfo):
            return bool(wanted.number & (4 if one.is_filter else 2))
        return bool(wanted.number & (1 if isinstance(one, AliasInfo) else 8))

    def _find(self, name: str) -> list[Any]:
        frame = self.context.f  # type: ignore[attr-defined]
        engine = self.context.engine
        if any(sign in name for sign in "*?["):
            return self._matching(name.lower())
        alias = frame.scope.alias(name.lower())
        if alias is not None:
            return [AliasInfo(name, alias)]
        found = engine.find_command(frame, name)
        if found is None:
            return []
        return [found if isinstance(found, FunctionInfo) else CmdletInfo(found)]

    def _matching(self, pattern: str) -> list[Any]:
        functions: dict[str, Any] = {}
        scope = self.context.f.scope  # type: ignore[attr-defined]
        while scope is not None:
            for name, one in (scope.functions or {}).items():
                if fnmatch.fnmatchcase(name, pattern):
                    functions.setdefault(name, one)
            scope = scope.parent
        cmdlets = {
            name: CmdletInfo(kind)
            for name, kind in self.context.engine.cmdlets.items()
            if fnmatch.fnmatchcase(name, pattern)
        }
        return [one for _, one in sorted({**cmdlets, **functions}.items())]


def _not_found(name: str) -> ErrorRecord:
    return ErrorRecord(
        NetException(
            "System.Management.Automation.CommandNotFoundException",
            f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program.",
            properties={"CommandName": name},
        ),
        "CommandNotFoundException",
        "ObjectNotFound",
        name,
    )


@core("Import-Module", unsupported="FullyQualifiedName Assembly PSSession CimSession")
class ImportModule(Cmdlet):
    """Import a module that the lab's commands come from; another is not found."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        for name in self.bound.get("Name") or ():
            text = to_text(name)
            if text.lower() in _BUILT_IN | self._modules():
                continue
            self.context.write_error(
                ErrorRecord(
                    NetException(
                        "System.IO.FileNotFoundException",
                        f"The specified module '{text}' was not loaded because no valid module file was found in any "
                        "module directory.",
                    ),
                    "Modules_ModuleNotFound",
                    "ResourceUnavailable",
                    text,
                )
            )

    def _modules(self) -> set[str]:
        return {kind.info.module.lower() for kind in self.context.engine.cmdlets.values() if kind.info.module}


@core(
    "Get-Module",
    unsupported="FullyQualifiedName PSSession CimSession CimResourceUri CimNamespace Refresh PSEdition SkipEditionCheck All",
)
class GetModule(Cmdlet):
    """The modules that the lab's commands come from; `services["modules"]` may give their versions by name."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        versions: dict[str, str] = self.context.engine.services.get("modules", {})
        commands: dict[str, list[str]] = {}
        for kind in self.context.engine.cmdlets.values():
            commands.setdefault(kind.info.module or "Microsoft.PowerShell.Core", []).append(kind.info.name)
        patterns = [to_text(one).lower() for one in self.bound.get("Name") or ["*"]]
        for name in sorted({*commands, *versions}):
            if any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in patterns):
                self.context.write(_module(name, versions.get(name, "1.0.0.0"), sorted(commands.get(name, ()))))


def _module(name: str, version: str, commands: list[str]) -> Any:
    parts = [int(part) for part in version.split(".")]
    exported = GenericDictionary(
        [(one, one) for one in commands], net_type=net.generic(net.DICTIONARY, net.STRING, net.OBJECT), fold=folded_key
    )
    return custom_object(
        [
            ("Name", name),
            ("Version", Version(*parts)),
            ("ModuleType", "Manifest"),
            ("ExportedCommands", exported),
        ],
        "System.Management.Automation.PSModuleInfo",
    )


@core("Export-ModuleMember")
class ExportModuleMember(Cmdlet):
    """Only a module can do this."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        raise self.context.terminate(
            ErrorRecord(
                NetException(
                    "System.InvalidOperationException",
                    "The Export-ModuleMember cmdlet can only be called from inside a module.",
                ),
                "Modules_CanOnlyExecuteExportModuleMemberInsideAModule",
                "PermissionDenied",
            )
        )


@core("Start-Sleep", unsupported="Duration")
class StartSleep(Cmdlet):
    """Wait."""

    def process(self) -> None:
        """Take one object; once without any where nothing is piped in."""
        seconds = float(self.bound.get("Seconds", 0)) + float(self.bound.get("Milliseconds", 0)) / 1000
        stop = self.context.engine.stop_token
        if stop is not None and stop.wait(seconds):
            raise Stopped
        if stop is None:
            import time  # noqa: PLC0415  - only where nobody can stop it

            time.sleep(seconds)
