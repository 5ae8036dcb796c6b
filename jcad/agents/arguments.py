"""An installer's arguments: a template with placeholders, its plain values, and the names of its secrets. Pure.

The host puts the values in (`run-installer`), so that no secret is ever in a plan, a log or a script's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jcad.errors import GuardStopped, SettingsError
from jcad.model import Secret
from jcad.plan import Plan
from jcad.settings import LOG, SECRET_PLACEHOLDERS, placeholders

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]|\$\(|%[^%]+%")
WITNESSES = (
    "the process list of the host, for as long as the installer runs, to everybody who is logged on there",
    "the security event 4688 with its command line, where that is audited, and wherever such events are collected",
    "the definition of the scheduled task that runs the installer, to administrators, until it is removed",
    "a verbose log of Windows Installer, which holds every property (jcad removes what it knows from the log it keeps)",
)
"""Who sees a command line. (K) general knowledge of Windows; the log as the documentation of Windows Installer has it."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """A template, the values of its plain placeholders, and the names of its secret ones in their order."""

    template: str
    values: Mapping[str, str]
    secrets: tuple[str, ...] = ()


def fill(template: str, values: Mapping[str, str], *, what: str) -> Arguments:
    """Split a template's placeholders into those with plain values and secrets; `{log}` is the host's own.

    Raises SettingsError for a placeholder without a value, and for a value that a task cannot pass on as it is. `what` names
    the setting in messages.
    """
    names = [name for name in placeholders(template) if name != LOG]
    plain = {name: values.get(name, "") for name in names if name not in SECRET_PLACEHOLDERS}
    for name, value in plain.items():
        _check(name, value, what)
    return Arguments(template, plain, tuple(name for name in names if name in SECRET_PLACEHOLDERS))


def shows_secrets(plan: Plan) -> tuple[str, ...]:
    """The names of the secrets that actions of a plan put on a command line, sorted."""
    return tuple(sorted({name for action in plan.actions for name in _names(action.item.get("secretNames"))}))


def require_hidden_secrets(plan: Plan, *, allowed: bool) -> tuple[str, ...]:
    """Raise GuardStopped where a command line would show a secret and that is not `allowed`; else say who would see it.

    The answer is empty where no secret is on a command line.
    """
    shown = shows_secrets(plan)
    if not shown:
        return ()
    names = " and ".join(f"{{{name}}}" for name in shown)
    if not allowed:
        raise GuardStopped(
            f"The installer's arguments put {names} on a command line, where others can see it: "
            f"{'; '.join(WITNESSES)}. Nothing was written.",
            hint="Set secrets_on_command_line = true in [agents] when you accept that, or install by hand.",
        )
    return tuple(f"{names} will be seen in {witness}" for witness in WITNESSES)


def require_passable(password: Secret, account: str) -> None:
    """Raise SettingsError, without a word of it, where a task would not pass a password on: before an agent is removed for it."""
    if _UNSAFE.search(password.reveal()):
        raise SettingsError(
            f"The password of {account} has a control character, $( or %...% in it: no scheduled task passes it on to an "
            "installer as it is. Nothing was written.",
            hint="Give the account another one: letters, digits and -_. are always passed on as they are.",
        )


def _names(value: object) -> Iterable[str]:
    return (str(name) for name in value) if isinstance(value, tuple | list) else ()


def _check(name: str, value: str, what: str) -> None:
    """The task scheduler reads `$(...)` and `%NAME%` in arguments itself, and no program takes control characters."""
    if not value:
        raise SettingsError(f"{what} has the placeholder {{{name}}}, and there is no value for it.")
    if _UNSAFE.search(value):
        raise SettingsError(
            f"{what}: the value of {{{name}}} has a control character, $( or %...% in it, which a scheduled task would not "
            f"pass on as it is: {value!r}"
        )
