"""Writes docs/_ad_cmdlets.md from the lab's tables: `python docs/ad_cmdlets.py`. A test holds the file against it."""

from __future__ import annotations

from pathlib import Path

from jcad.lab.powershell.command import Cmdlet
from jcad.lab.windows.cmdlets import AD_CMDLETS
from jcad.lab.windows.cmdlets.base import AdCmdlet, facts

TARGET = Path(__file__).with_name("_ad_cmdlets.md")
SOURCE = "https://learn.microsoft.com/powershell/module/activedirectory/"
"""Where Microsoft documents the module; the tables of parameters are made of its pages."""


def table() -> str:
    """Every cmdlet of the module that the lab declares, as Markdown."""
    lines = [
        "<!-- made by docs/ad_cmdlets.py -->",
        "",
        "| cmdlet | parameters known | parameters refused by name | source |",
        "|---|---|---|---|",
    ]
    lines += [_row(kind) for kind in sorted(AD_CMDLETS, key=_order)]
    return "\n".join(lines) + "\n"


def _order(kind: type[Cmdlet]) -> str:
    """By noun, then by verb."""
    verb, _, noun = kind.info.name.partition("-")
    return f"{noun} {verb}"


def _row(kind: type[Cmdlet]) -> str:
    name = kind.info.name
    known = sorted(facts()[name]["parameters"])
    if not issubclass(kind, AdCmdlet):
        carried_out, refused = "none", "the whole cmdlet"
    else:
        carried_out = ", ".join(f"`{one}`" for one in known if one not in kind.unsupported)
        refused = ", ".join(f"`{one}`" for one in sorted(kind.unsupported)) or "none"
    if issubclass(kind, AdCmdlet) and "AuthType" in known:
        refused = refused.replace("none", "") + (", " if kind.unsupported else "") + "`AuthType Basic`"
    return f"| `{name}` | {carried_out} | {refused} | [page]({SOURCE}{name.lower()}) |"


if __name__ == "__main__":
    TARGET.write_text(table(), "utf-8")
