"""How a lab host lets WinRM in: its listeners and the rules of its firewall. Pure bookkeeping, thread-safe."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HTTP_PORT: Final = 5985
HTTPS_PORT: Final = 5986


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRmListener:
    """A listener of WinRM on every address; an HTTPS one has a certificate by its thumbprint."""

    transport: str
    port: int
    hostname: str = ""
    thumbprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRule:
    """A rule that lets TCP in."""

    name: str
    display_name: str
    port: int
    profile: str = "Any"
    remote: tuple[str, ...] = ("Any",)


class Doors:
    """Listeners by transport, rules by name; `on_change` is called after each change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, WinRmListener] = {}
        self._rules: dict[str, FirewallRule] = {}
        self.on_change: Callable[[], None] = lambda: None

    @property
    def listeners(self) -> Mapping[str, WinRmListener]:
        """The listeners by their transport (HTTP, HTTPS)."""
        with self._lock:
            return dict(self._listeners)

    @property
    def rules(self) -> Mapping[str, FirewallRule]:
        """The rules by their name in lower case."""
        with self._lock:
            return dict(self._rules)

    def listen(self, listener: WinRmListener) -> None:
        """Add a listener, in the place of the one with this transport."""
        with self._lock:
            self._listeners[listener.transport] = listener
        self.on_change()

    def allow(self, rule: FirewallRule) -> None:
        """Add a rule."""
        with self._lock:
            self._rules[rule.name.lower()] = rule
        self.on_change()

    def shut(self, transport: str) -> None:
        """Take a listener away, and every rule for its port: a host on which nobody has opened it yet."""
        with self._lock:
            gone = self._listeners.pop(transport, None)
            if gone is not None:
                self._rules = {name: rule for name, rule in self._rules.items() if rule.port != gone.port}
        self.on_change()

    def open(self, transport: str) -> WinRmListener | None:
        """The listener of a transport, if a rule lets its port in."""
        with self._lock:
            found = self._listeners.get(transport)
            let_in = found is not None and any(rule.port == found.port for rule in self._rules.values())
            return found if let_in else None
