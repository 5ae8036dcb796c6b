"""The files of a JEA endpoint: a module with the reviewed scripts as functions, a role capability, a session configuration.

Pure. The scripts stand in the module as they are, so that what was reviewed is what runs; their digests stand beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from jcad.model.script import VERSION_FUNCTION, Script
from jcad.powershell.literals import literal
from jcad.powershell.registry import scripts

CONFIGURATION = "jcad"
"""The usual name of the session configuration, of the module and of its role capability."""

_MODULE_HEAD = """\
# The functions of jcad's JEA endpoint: the scripts that jcad runs over remoting, each under a name of its own. A session
# without a language can call these functions, and nothing else. Made by `jcad script jea`. Do not change it by hand: jcad
# compares the digests with its own scripts', and refuses an endpoint whose scripts are others.
#Requires -Version 5.1
"""
_CAPABILITY = """\
# What a session of jcad's endpoint can see: the functions below. They need no visible cmdlet: a function of a module runs in
# full language, and sees what the module sees.
@{{
    GUID             = '6a1f0b52-6c57-4a6e-9d0e-2f6f4f2b9a11'
    ModulesToImport  = @('jcad')
    VisibleFunctions = @(
{names}
    )
}}
"""
_SESSION = """\
# Register it as an administrator:
#
#   Copy-Item -Recurse .\\jcad "$env:ProgramFiles\\WindowsPowerShell\\Modules"
#   Register-PSSessionConfiguration -Name jcad -Path .\\jcad.pssc -Force
#
# There is no run-as account: a session is the account that opened it, with the rights that were delegated to it. A virtual
# account on a domain controller would be a domain administrator.
@{{
    SchemaVersion       = '2.0.0.0'
    GUID                = '3d9b7f0e-9a3c-4b5d-8a53-5c8e4a2d7c01'
    SessionType         = 'RestrictedRemoteServer'
    LanguageMode        = 'NoLanguage'
    RunAsVirtualAccount = $false
    RoleDefinitions     = @{{
        {group} = @{{ RoleCapabilities = 'jcad' }}
    }}
}}
"""


def jea_module() -> str:
    """The text of `jcad.psm1`: each script as a function, and the function that says which they are."""
    return "\n".join([_MODULE_HEAD, _versions(scripts()), *map(_function, scripts())])


def jea_functions() -> frozenset[str]:
    """The names of all its functions."""
    return frozenset({VERSION_FUNCTION, *(script.function for script in scripts())})


def jea_files(group: str) -> Mapping[str, str]:
    r"""All files by their path; `group` (`DOMAIN\group`) may open sessions."""
    names = "\n".join(f"        {literal(name)}" for name in sorted(jea_functions()))
    return MappingProxyType(
        {
            "jcad/jcad.psm1": jea_module(),
            "jcad/RoleCapabilities/jcad.psrc": _CAPABILITY.format(names=names),
            "jcad.pssc": _SESSION.format(group=literal(group)),
        }
    )


def _function(script: Script) -> str:
    return f"function {script.function} {{\n{script.text.rstrip()}\n}}\n"


def _versions(known: tuple[Script, ...]) -> str:
    lines = "\n".join(f"    {literal(json.dumps({'name': each.name, 'digest': each.digest}))}" for each in known)
    return (
        f"function {VERSION_FUNCTION} {{\n    <#\n    .SYNOPSIS\n        The scripts that this endpoint has, each with its "
        f"digest.\n    #>\n    [CmdletBinding()]\n    [OutputType([string])]\n    param()\n\n{lines}\n}}\n"
    )
