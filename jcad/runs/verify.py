"""`jcad prepare verify`: logs in as each service account, once, and asks the directory what it may do. Changes nothing."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

from jcad.directory import DirectoryReader, Filter, SecuredObject, SecurityReader, equals
from jcad.errors import DescriptorError, NotChecked
from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import SecurityDescriptor
from jcad.prepare.desired import Delegation, WantedAccount
from jcad.prepare.proof import Proof, Sample, proofs
from jcad.prepare.token import Token
from jcad.runs.prepare import PrepareRun
from jcad.settings import SecretReference

_EFFECTIVE = (
    "objectClass",
    "objectSid",
    "allowedAttributesEffective",
    "allowedChildClassesEffective",
    "sDRightsEffective",
)
LOOKED_AT = 100
"""So many objects of a class are looked at to find one that tells something of the others."""

_PEOPLE = equals("objectCategory", "person") & equals("objectClass", "user") & ~equals("adminCount", 1)
_GROUPS = equals("objectCategory", "group") & ~equals("adminCount", 1)


def verify(run: PrepareRun) -> list[Proof]:
    """Each right of each service account. Raises NotChecked where there is none, SecretError, AuthenticationFailed."""
    if not run.desired.accounts:
        raise NotChecked(
            "The settings name no service account, so there is nothing to verify.",
            hint="Say [prepare.sync] or [prepare.import] in jcad.toml.",
        )
    found: list[Proof] = []
    for wanted in run.desired.accounts:
        found += _account(run, wanted)
    return found


def _account(run: PrepareRun, wanted: WantedAccount) -> list[Proof]:
    state = run.actual.accounts.get(wanted.sam.casefold())
    if state is None:
        raise NotChecked(f"{wanted.sam} is not there.", hint="`jcad prepare apply` makes it.")
    if not wanted.secret:
        raise NotChecked(
            f"The settings do not say where the password of {wanted.sam} is kept, so it cannot log in.",
            hint="Set `password` of the account in jcad.toml.",
        )
    secret = run.workplace.secrets.resolve(SecretReference.parse(wanted.secret), f"the password of {wanted.sam}")
    token = Token.of(state.user.sid, state.token)
    found: list[Proof] = []
    with contextlib.closing(run.log_on(wanted.upn, secret)) as itself:
        for delegation in run.desired.delegations:
            if delegation.account.casefold() == wanted.sam.casefold():
                found += _delegation(run, itself, delegation, token)
    return found


def _delegation(run: PrepareRun, itself: DirectoryReader, delegation: Delegation, token: Token) -> Iterator[Proof]:
    container = _sample(run, itself, delegation.container)
    if container is None:
        raise NotChecked(f"{delegation.container} is not there, or {delegation.account} may not see it.")
    samples = [
        sample
        for where in (_PEOPLE, _GROUPS)
        if (dn := _first(run.directory, delegation.container, where, token.user)) is not None
        and (sample := _sample(run, itself, dn)) is not None
    ]
    return proofs(delegation.account, token, delegation.grants, container, samples, run.actual.schema)


def _first(
    directory: DirectoryReader, base: DistinguishedName, where: Filter, account: Sid
) -> DistinguishedName | None:
    """One object below that takes permissions over from above, and is not the account's own.

    Whoever created an object owns it, and may change its permissions for that alone: it would tell nothing of the others.
    """
    security = SecurityReader(directory)
    for dn, _ in itertools.islice(directory.search(base, where, ("objectClass",)), LOOKED_AT):
        found = security.object(DistinguishedName.parse(dn), with_owner=True)
        if found is not None and found.inherits and _owner(found) != account:
            return found.dn
    return None


def _owner(found: SecuredObject) -> Sid | None:
    try:
        return SecurityDescriptor.parse(found.descriptor).owner if found.descriptor is not None else None
    except DescriptorError:
        return None


def _sample(run: PrepareRun, itself: DirectoryReader, dn: DistinguishedName) -> Sample | None:
    values = itself.read(dn, _EFFECTIVE)
    if values is None:
        return None
    secured = SecurityReader(run.directory).object(dn, with_owner=True)
    descriptor = None
    if secured is not None and secured.descriptor is not None:
        with contextlib.suppress(DescriptorError):
            descriptor = SecurityDescriptor.parse(secured.descriptor)
    return Sample(
        dn=dn,
        object_class=values["objectclass"][-1].decode("utf-8").lower(),
        attributes=_names(values.get("allowedattributeseffective", [])),
        children=_names(values.get("allowedchildclasseseffective", [])),
        rights=int(next(iter(values.get("sdrightseffective", [])), b"0")),
        descriptor=descriptor,
        sid=Sid.from_bytes(values["objectsid"][0]) if "objectsid" in values else None,
    )


def _names(values: list[bytes]) -> frozenset[str]:
    return frozenset(value.decode("utf-8").lower() for value in values)
