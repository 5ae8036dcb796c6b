"""`jcad prepare verify --probe`: tries control rights and deletion on a throw-away account, made for it and removed after it.

The session of the settings (an administrator's) makes the account, disabled, in the container; the service account then
resets its password and removes it; what is still there in the end the administrator's session removes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jcad import powershell
from jcad.errors import ScriptError
from jcad.model import ItemOutcome, Secret, Status, generate
from jcad.model.descriptor import mapped
from jcad.model.password import SERVICE_LENGTH, SERVICE_SYMBOLS
from jcad.model.schema import SchemaMap
from jcad.model.script import Credential
from jcad.prepare.desired import Delegation, Grant, Place, WantedAccount
from jcad.prepare.profiles import RIGHTS
from jcad.prepare.proof import Proof, Source
from jcad.remoting import Session
from jcad.runs.prepare import PrepareRun
from jcad.runs.writer import WritingSession
from jcad.settings import SecretReference

_PREFIX = "jcadprobe"
_DENIED_CODES = frozenset({5, 8344})
"""ERROR_ACCESS_DENIED, ERROR_DS_INSUFF_ACCESS_RIGHTS (winerror.h)."""


def probe(run: PrepareRun) -> Iterator[Proof]:
    """Try each sync account on an account of its own. Raises ScriptError where the throw-away account cannot be made."""
    for wanted in run.desired.accounts:
        if wanted.role != "sync" or not wanted.secret:
            continue
        for delegation in run.desired.delegations:
            mine = delegation.account.casefold() == wanted.sam.casefold()
            if mine and any(grant.place is Place.CONTAINER for grant in delegation.grants):
                yield from _tried(run, wanted, delegation)


def _tried(run: PrepareRun, wanted: WantedAccount, delegation: Delegation) -> Iterator[Proof]:
    server = run.directory.dc.name
    place = str(delegation.container)
    credential = Credential(
        wanted.upn,
        run.workplace.secrets.resolve(SecretReference.parse(wanted.secret), f"the password of {wanted.sam}"),
    )
    with run.workplace.session(run.store, run.directory.dc) as own:
        guid = _made(run, own, place)
        try:
            other = run.workplace.bare_session(run.store, run.workplace.endpoint(run.directory.dc))
            with WritingSession(other, credential) as theirs:
                reset = _run(theirs, server, "reset-password", guid, _password(), expected={}, unlock=False)
                removed = _run(theirs, server, "remove-probe", guid)
        finally:
            last = _run(own, server, "remove-probe", guid)
    left = run.directory.by_guid([guid]).get(guid)
    if left is not None:
        told = last.error.message if last.error else last.reason
        raise ScriptError(f"The throw-away account {left.dn} is still there: {told}", hint="Remove it by hand.")
    wants = _Wants(delegation.grants, run.actual.schema)
    yield _proof(wanted, place, "Reset Password of a new user", reset, wanted=wants.reset)
    yield _proof(wanted, place, "delete a new user", removed, wanted=wants.delete)


@dataclass(frozen=True, slots=True)
class _Wants:
    """What the grants of a container say about users in it."""

    grants: tuple[Grant, ...]
    schema: SchemaMap

    @property
    def reset(self) -> bool:
        """Whether passwords may be reset."""
        right = self.schema.right("User-Force-Change-Password").guid
        return any(self._on_users(one, RIGHTS["ExtendedRight"], right) for one in self.grants)

    @property
    def delete(self) -> bool:
        """Whether users may be deleted: by a right of the container, or by one of their own."""
        user = self.schema.class_("user").guid
        by_container = any(
            mapped(one.mask) & RIGHTS["DeleteChild"] and one.object_type in {None, user} for one in self.grants
        )
        return by_container or any(self._on_users(one, RIGHTS["Delete"], None) for one in self.grants)

    def _on_users(self, grant: Grant, bit: int, right: UUID | None) -> bool:
        reaches = grant.inherited_object_type in {None, self.schema.class_("user").guid} and not grant.owner_rights
        return reaches and bool(mapped(grant.mask) & bit) and grant.object_type in {None, right}


def _made(run: PrepareRun, session: Session, place: str) -> UUID:
    sam = f"{_PREFIX}{secrets.token_hex(5)}"
    upn = f"{sam}@{run.workplace.settings.directory.domain}"
    item: dict[str, Any] = {
        "guid": None,
        "expected": {},
        "sam": sam,
        "upn": upn,
        "name": sam,
        "path": place,
        "enabled": False,
        "attributes": {},
    }
    made = _run_item(session, run.directory.dc.name, "create-user", item, _password())
    if made.guid is None or made.status is not Status.CHANGED:
        told = made.error.message if made.error else made.reason
        raise ScriptError(
            f"The throw-away account {sam} could not be made in {place}: {told}",
            hint=(made.error.hint if made.error else None) or "The session must be an administrator's.",
        )
    return made.guid


def _run(
    session: Session, server: str, name: str, guid: UUID, secret: Secret | None = None, **item: Any
) -> ItemOutcome:
    return _run_item(session, server, name, {"guid": guid, **item}, secret)


def _run_item(session: Session, server: str, name: str, item: dict[str, Any], secret: Secret | None) -> ItemOutcome:
    script = powershell.script(name)
    (batch,) = powershell.batches(script, [{"id": "probe", **item}], [secret] if secret else [])
    (line,) = session.run(batch.call(server=server))
    return powershell.read_outcome(script, line)


def _password() -> Secret:
    return generate(secrets.choice, (_PREFIX,), SERVICE_LENGTH, SERVICE_SYMBOLS)


def _proof(account: WantedAccount, place: str, right: str, outcome: ItemOutcome, *, wanted: bool) -> Proof:
    """An error that is no refusal says nothing about the right."""
    denied = outcome.error is not None and (
        outcome.error.code in _DENIED_CODES or "UnauthorizedAccess" in f"{outcome.error.type}{outcome.error.id}"
    )
    has = True if outcome.status is Status.CHANGED else False if denied else None
    reason = outcome.error.message if outcome.error else outcome.reason or ""
    return Proof(account=account.sam, right=right, on=place, wanted=wanted, has=has, source=Source.TRIED, reason=reason)
