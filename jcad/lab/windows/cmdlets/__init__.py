"""The cmdlets, one module for each group of them; `AD_CMDLETS` is what the module offers."""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell.command import Cmdlet
from jcad.lab.windows import members as types_of_the_module
from jcad.lab.windows.cmdlets import (
    account,
    change,
    create,
    domain,
    get,
    members,
    metadata,
    modules,
    placing,
    policies,
    restore,
    search_account,
)
from jcad.lab.windows.cmdlets.base import AdCmdlet, facts, refusing

types_of_the_module.declare()

_MODULES: Final = (account, change, create, domain, get, members, metadata, placing, policies, restore, search_account)

_CARRIED_OUT: Final = {
    found.info.name: found
    for module in _MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, AdCmdlet) and "info" in vars(found)
}

#: Every cmdlet of the module: those that are carried out, and those that are refused by name.
AD_CMDLETS: Final[tuple[type[Cmdlet], ...]] = (
    *_CARRIED_OUT.values(),
    *(refusing(name) for name in facts() if name not in _CARRIED_OUT),
)

#: What a host has besides PowerShell's own cmdlets.
WINDOWS_CMDLETS: Final[tuple[type[Cmdlet], ...]] = (*AD_CMDLETS, modules.ImportModule, modules.GetModule)
