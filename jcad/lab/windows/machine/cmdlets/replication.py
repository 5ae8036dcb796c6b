"""Get-ADReplicationPartnerMetadata: what a domain controller knows of its partners. The lab's have one Samba for all."""

from __future__ import annotations

from typing import Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.values import custom_object
from jcad.lab.windows.machine.cmdlets.base import OBJECT, TEXT, TEXTS, MachineCmdlet, moment, own

_TYPE: Final = "Microsoft.ActiveDirectory.Management.ADReplicationPartnerMetadata"


@own(
    "Get-ADReplicationPartnerMetadata",
    {
        "Target": parameter(TEXTS, "mandatory, position 0, pipeline", "Name", "HostName", "Site", "Domain", "Forest"),
        "Scope": parameter(TEXT, "position 1"),
        "Partition": parameter(TEXTS, "", "NC", "NamingContext"),
        "PartnerType": parameter(TEXT),
        "Server": parameter(TEXT),
        "Credential": parameter(OBJECT),
    },
    unsupported="Credential Server",
)
class GetReplicationPartnerMetadata(MachineCmdlet):
    """The inbound partners of this domain controller: every other one, each with how its last replication ended.

    # unverified on Windows: what a domain controller without partners answers (here: nothing).
    """

    __slots__ = ()

    def process(self) -> None:
        """Write each partner."""
        machine = self.machine
        for target in self.texts("Target"):
            if target.partition(".")[0].upper() != machine.name or not machine.controller:
                raise LabUnsupported(f"Get-ADReplicationPartnerMetadata of {target} on {machine.name}")
            if self.text("Scope").lower() not in {"", "server"} or self.text("PartnerType").lower() not in {
                "",
                "inbound",
            }:
                raise LabUnsupported("Get-ADReplicationPartnerMetadata but of one server's inbound partners")
            for partner in machine.surroundings.controllers:
                if partner != machine.name:
                    self._write(partner)

    def _write(self, partner: str) -> None:
        machine = self.machine
        result = machine.settings.replication_result
        self.context.write(
            custom_object(
                [
                    ("Server", machine.dns_name),
                    ("Partner", f"CN=NTDS Settings,CN={partner},CN=Servers,CN=Default-First-Site-Name,CN=Sites"),
                    ("PartnerType", "Inbound"),
                    ("LastReplicationResult", result),
                    ("ConsecutiveReplicationFailures", int(result != 0)),
                    ("LastReplicationAttempt", moment(machine.booted)),
                    ("LastReplicationSuccess", moment(machine.booted)),
                ],
                _TYPE,
            )
        )
