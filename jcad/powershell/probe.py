"""What a host is, as its read-only probe tells: asked before anything is written there. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from jcad.errors import ScriptError
from jcad.model.script import Call, Credential
from jcad.powershell.batch import MARKER
from jcad.powershell.registry import script

_LONGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """A host as its probe saw it; what it does not have is None. `refusal` is the id of the error of the directory."""

    computer: str | None
    account: str | None
    ps_version: str | None
    language_mode: str | None
    ad_module: str | None
    domain_controller: str | None
    domain: str | None
    refusal: str | None

    @property
    def rejected(self) -> bool:
        """Whether the domain controller refused the credential itself."""
        return self.refusal is not None and "AuthenticationException" in self.refusal

    @property
    def obstacle(self) -> str | None:
        """Why scripts cannot run there, with the way out, or None."""
        if self.language_mode != "FullLanguage":
            return (
                f"PowerShell on {self.computer} is in {self.language_mode} mode for {self.account}, and takes no "
                "scripts: exempt the account from the policy that constrains it, or use another host"
            )
        if self.ad_module is None:
            return (
                f"the ActiveDirectory module is missing on {self.computer}: Install-WindowsFeature RSAT-AD-PowerShell, "
                "or choose another host to run the scripts on"
            )
        if self.domain_controller is None:
            return (
                f"{self.computer} cannot read the directory as {self.account} ({self.refusal}): scripts must run on the "
                "domain controller that they write to, since a network logon cannot go on to another host"
            )
        return None


def probe_call(server: str, credential: Credential | None = None) -> Call:
    """The call that asks a host about itself and about the domain controller `server`, as this account if there is one."""
    return Call(script=script("probe-host"), parameters={"Server": server}, credential=credential)


def read_facts(line: str) -> HostFacts:
    """The one line that the probe gives. Raises ScriptError for anything else."""
    try:
        told = json.loads(line[:_LONGEST])
        return HostFacts(
            computer=_text(told["computer"]),
            account=_text(told["account"]),
            ps_version=_text(told["psVersion"]),
            language_mode=_text(told["languageMode"]),
            ad_module=_text(told["adModule"]),
            domain_controller=_text(told["domainController"]),
            domain=_text(told["domain"]),
            refusal=_text(told["refusal"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ScriptError(
            f"probe-host said something that is not its answer: {line[:80]!r}",
            hint="something else writes into the session: look at the profile of the account on that host",
        ) from error


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.startswith(MARKER):
        raise TypeError
    return value.removeprefix(MARKER)
