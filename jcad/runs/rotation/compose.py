"""One plan of two: preparing the account that a rotation goes to, and the rotation itself. Pure.

The second account is prepared as the first was: created where it is not there, and delegated what the first is. Everything of
the rotation comes after that, and needs all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from jcad.errors import GuardStopped
from jcad.model import AdUser
from jcad.plan import Action, Finding, FindingKind, Plan
from jcad.prepare.state import Actual
from jcad.settings import Settings

ABSENT = UUID(int=0)
"""Stands for the objectGUID of an account that the plan itself creates."""

_PASSWORDS = frozenset({"reset password", "confirm password"})


def settings_for(settings: Settings, kind: str, sam: str, reference: object) -> Settings:
    """The settings as if the account that a rotation goes to were the only one: it is prepared by them."""
    told = settings.prepare
    field = "import_" if kind == "import" else "sync"
    account = getattr(told, field).model_copy(
        update={"name": sam, "password": reference, "alternate": "", "alternate_password": None}
    )
    alone = {"sync": None, "import_": None, "adi_group": False, "admins_group": False, "create": False}
    return settings.model_copy(update={"prepare": told.model_copy(update={**alone, field: account})})


def require_usable(preparation: Plan, sam: str) -> None:
    """Stop where the account cannot be a service account: privileged, or its name taken. Raises GuardStopped."""
    reasons = [one.reason for one in preparation.findings if one.kind is FindingKind.CONFLICT and one.name == sam]
    if reasons:
        raise GuardStopped(
            f"The agents cannot be brought onto {sam}: {'; '.join(reasons)}. Nothing was written.",
            hint="Name another second account as `alternate` in jcad.toml.",
        )


def user_of(actual: Actual, sam: str) -> AdUser | None:
    """The account as it was observed; None where it is not there."""
    state = actual.accounts.get(sam.casefold())
    return None if state is None else state.user


def stand_in(actual: Actual, sam: str, upn: str) -> AdUser:
    """What stands for an account that is not there yet; no action on it stays in the plan."""
    return AdUser(
        guid=ABSENT,
        dn=actual.domain.child("CN", sam),
        sid=actual.domain_sid.child(0),
        sam=sam,
        upn=upn,
    )


def compose(preparation: Plan, rotation: Plan, new: AdUser) -> Plan:
    """One plan: first the account, then the agents. An account that the preparation creates gets its password there."""
    created = new.guid == ABSENT
    dropped = frozenset(one.id for one in rotation.actions if created and one.object.value == str(ABSENT))
    prepared = [one for one in preparation.actions if created or one.kind not in _PASSWORDS]
    behind = max((one.wave for one in prepared), default=-1) + 1
    kept = [one for one in rotation.actions if one.id not in dropped]
    moved = _without(kept, dropped, rotation, tuple(sorted(one.id for one in prepared)))
    later = [replace(one, wave=one.wave + behind) for one in moved]
    findings: Iterable[Finding] = (*rotation.findings, *_relevant(preparation, new))
    return Plan.make(rotation.feature, rotation.made_for, [*prepared, *later], findings, rotation.population)


def _without(kept: Iterable[Action], dropped: frozenset[str], whole: Plan, prepared: tuple[str, ...]) -> list[Action]:
    """The actions with what dropped ones needed in their place; what needs nothing else needs the preparation."""

    def needs(action: Action) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for need in action.needs:
            found |= dict.fromkeys(needs(whole.by_id[need]) if need in dropped else (need,))
        return tuple(found) or prepared

    return [replace(action, needs=needs(action)) for action in kept]


def _relevant(preparation: Plan, new: AdUser) -> list[Finding]:
    """What is to be said of the new account; that it is disabled between two rotations is as it should be."""
    return [one for one in preparation.findings if one.name == new.sam and one.rule not in {"disabled", "rotation-due"}]
