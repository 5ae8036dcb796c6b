"""The exception types of the ActiveDirectory module, each with its base: what `catch [type]` and `-is` go by.

Pure data; `declare` adds them to those that the interpreter knows. Source: the module's public reference.
"""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell.types.failures import declare_exceptions

AD_EXCEPTION_BASES: Final[dict[str, str]] = {
    "Microsoft.ActiveDirectory.Management.ADException": "System.Exception",
    "Microsoft.ActiveDirectory.Management.ADFilterParsingException": "Microsoft.ActiveDirectory.Management.ADException",
    "Microsoft.ActiveDirectory.Management.ADIdentityAlreadyExistsException": (
        "Microsoft.ActiveDirectory.Management.ADException"
    ),
    "Microsoft.ActiveDirectory.Management.ADIdentityNotFoundException": (
        "Microsoft.ActiveDirectory.Management.ADIdentityResolutionException"
    ),
    "Microsoft.ActiveDirectory.Management.ADIdentityResolutionException": (
        "Microsoft.ActiveDirectory.Management.ADException"
    ),
    "Microsoft.ActiveDirectory.Management.ADInvalidOperationException": (
        "Microsoft.ActiveDirectory.Management.ADException"
    ),
    "Microsoft.ActiveDirectory.Management.ADInvalidPasswordException": (
        "Microsoft.ActiveDirectory.Management.ADPasswordException"
    ),
    "Microsoft.ActiveDirectory.Management.ADMultipleMatchingIdentitiesException": (
        "Microsoft.ActiveDirectory.Management.ADIdentityResolutionException"
    ),
    "Microsoft.ActiveDirectory.Management.ADPasswordComplexityException": (
        "Microsoft.ActiveDirectory.Management.ADPasswordException"
    ),
    "Microsoft.ActiveDirectory.Management.ADPasswordException": "Microsoft.ActiveDirectory.Management.ADException",
    "Microsoft.ActiveDirectory.Management.ADReferentialIntegrityException": (
        "Microsoft.ActiveDirectory.Management.ADException"
    ),
    "Microsoft.ActiveDirectory.Management.ADServerDownException": "Microsoft.ActiveDirectory.Management.ADException",
}


def declare() -> None:
    """Tell the interpreter."""
    declare_exceptions(AD_EXCEPTION_BASES)
