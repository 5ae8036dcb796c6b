"""What commands about hosts share: which agents, which hosts, and the names that a shell completes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from jcad.cli.invocation import Invocation

if TYPE_CHECKING:
    from jcad.settings import Settings

KINDS = ("sync", "import")


Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def completes(names: Callable[[Settings], Iterable[str]]) -> Complete:
    """What completes a name of the settings, whatever its case; no server is asked."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
        invocation = ctx.find_object(Invocation) or Invocation()
        root = ctx.find_root().params
        invocation.config, invocation.profile = root.get("config"), root.get("profile")
        try:
            found = list(names(invocation.load().settings))
        except Exception:  # noqa: BLE001  - a shell that completes must never see an error
            return []
        return [name for name in found if name.lower().startswith(incomplete.lower())]

    return complete


complete_host = completes(lambda settings: (one.name for one in settings.agents.host))


def host_option(function: Any) -> Any:
    """Add `--host` to a command; it may be given several times."""
    return click.option(
        "--host",
        multiple=True,
        metavar="HOST",
        shell_complete=complete_host,
        help="Only this host: its DNS name, or the first part of it; may be given several times.",
    )(function)


def kind_argument(*, required: bool) -> Callable[[Any], Any]:
    """Add the argument that says which of the two agents."""
    metavar = "|".join(KINDS)
    return click.argument(
        "kind", type=click.Choice(KINDS), required=required, metavar=metavar if required else f"[{metavar}]"
    )


def kinds_of(kind: str | None) -> Any:
    """The agents that were asked about: one, or both."""
    from jcad.agents import BOTH
    from jcad.model import AgentKind

    return BOTH if kind is None else frozenset({AgentKind(kind)})
