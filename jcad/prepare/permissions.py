"""What is delegated: one write for each object whose permissions lack something, and what stands in the way. Pure.

Only entries of the service accounts are ever added or removed; what other trustees have is looked at, never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from jcad.directory import SecuredObject
from jcad.errors import DescriptorError
from jcad.model import DistinguishedName, Sid
from jcad.model.descriptor import Ace, Acl, SecurityDescriptor, is_canonical
from jcad.model.schema import SchemaMap
from jcad.plan import Action, Change, FindingKind, ObjectRef, Target
from jcad.prepare.aces import Comparison, Facts, compare
from jcad.prepare.desired import OWNER_RIGHTS, Delegation, Grant, Inheritance, WantedAce
from jcad.prepare.draft import PERMISSION_WAVE, Draft
from jcad.prepare.rules import Rule, explicit_rules, rules_of
from jcad.prepare.token import ALWAYS
from jcad.prepare.undo import saved
from jcad.prepare.words import Words

_DOMAIN_USERS = 513
_SHOWN = 5


@dataclass
class _Rules:
    """What is to be changed of one object's permissions."""

    added: dict[Rule, str] = field(default_factory=dict)
    removed: dict[Rule, None] = field(default_factory=dict)


def plan_permissions(draft: Draft, facts: Facts, words: Words, *, prune: bool) -> None:
    """One action for each object whose permissions are not as wanted."""
    for container, delegations in _by_container(draft).items():
        if draft.has(container) or _found(draft, container) is not None:
            _one_object(draft, facts, words, container, delegations, prune=prune)
        else:
            _absent(draft, container)


def facts_of(draft: Draft) -> Facts:
    """What the arithmetic is to know: the schema, and whose entries are ours."""
    ours = frozenset(
        state.user.sid
        for name, state in draft.actual.accounts.items()
        if name not in draft.unusable and state.user.is_person
    )
    return Facts(
        schema=draft.actual.schema,
        trustees=ours,
        groups={state.user.sid: state.token for state in draft.actual.accounts.values()},
        resolves=lambda sid: sid not in draft.actual.unresolved,
    )


def _by_container(draft: Draft) -> dict[DistinguishedName, list[Delegation]]:
    """What is delegated on each object; and nothing on objects that have entries of our accounts all the same."""
    found: dict[DistinguishedName, list[Delegation]] = {one: [] for one in draft.desired.touched()}
    for delegation in draft.desired.delegations:
        if delegation.account.casefold() not in draft.unusable:
            found[delegation.container].append(delegation)
    sids = [state.user.sid.to_bytes() for state in draft.actual.accounts.values()]
    for one in (*draft.actual.objects.values(), *draft.actual.below):
        if one.descriptor is not None and any(sid in one.descriptor for sid in sids):
            found.setdefault(one.dn, [])
    return found


def _absent(draft: Draft, container: DistinguishedName) -> None:
    if not any(one.rule == "container-missing" and one.name == str(container) for one in draft.findings):
        reason = "it is not there, or this account may not see it, so nothing is delegated on it"
        draft.find(FindingKind.MISSING, "permissions", str(container), "container-missing", reason)


def _one_object(
    draft: Draft,
    facts: Facts,
    words: Words,
    container: DistinguishedName,
    delegations: list[Delegation],
    *,
    prune: bool,
) -> None:
    rules = _Rules()
    found = _found(draft, container)
    descriptor = _descriptor(draft, container, found) if found is not None else None
    if found is not None and descriptor is None:
        return
    wanted: list[WantedAce] = []
    for delegation in delegations:
        one = _without_given(draft, facts, descriptor, delegation)
        state = draft.actual.accounts.get(one.account.casefold())
        if descriptor is not None and state is not None:
            wanted += one.aces(state.user.sid)
        else:
            trustee = str(state.user.sid) if state else f"created-by:{draft.accounts[one.account.casefold()]}"
            rules.added |= {_granted(grant, trustee): grant.reason for grant in one.grants}
    if descriptor is not None:
        result = compare(descriptor, wanted, facts, without_extra=prune)
        rules.added |= {_rule(ace): ace.reason for ace in result.missing}
        rules.removed |= dict.fromkeys(_extra(draft, words, container, result, prune=prune))
        _show(draft, words, container, result)
        if rules.added and (problem := _too_large(draft, descriptor, rules)):
            draft.find(FindingKind.CONFLICT, "permissions", str(container), "descriptor-too-large", problem)
            return
    if rules.added or rules.removed:
        draft.actions.append(_action(draft, words, container, rules))


def _without_given(
    draft: Draft, facts: Facts, descriptor: SecurityDescriptor | None, delegation: Delegation
) -> Delegation:
    """A delegation without what the account's groups give it already, as far as that is to count."""
    counting = tuple(grant for grant in delegation.grants if grant.groups_count)
    if not counting or descriptor is None:
        return delegation
    state = draft.actual.accounts.get(delegation.account.casefold())
    sid = draft.sid_of(delegation)
    groups = state.token if state else frozenset({draft.actual.domain_sid.child(_DOMAIN_USERS)})
    wanted = replace(delegation, grants=counting).aces(sid)
    result = compare(descriptor, wanted, replace(facts, tokens={sid: groups | ALWAYS}))
    explicit = compare(descriptor, wanted, facts)
    missing = {
        (ace.mask, ace.object_type)
        for ace in wanted
        if ace in result.missing or ace not in explicit.missing  # what is there by itself stays wanted
    }
    kept = tuple(
        grant for grant in delegation.grants if not grant.groups_count or (grant.mask, grant.object_type) in missing
    )
    return replace(delegation, grants=kept)


def _too_large(draft: Draft, descriptor: SecurityDescriptor, rules: _Rules) -> str:
    """Why what is to be added does not fit (an access control list holds at most 64 KiB, MS-DTYP 2.4.5), or nothing."""
    dacl = descriptor.dacl or Acl(4)
    kept = [ace for ace in dacl.aces if Rule.of(ace) not in rules.removed or ace.inherited]
    nobody = draft.actual.domain_sid.child(0)
    aces = [
        Ace.allow(nobody, rule.rights, object_type=rule.object_type, inherited_object_type=rule.inherited_object_type)
        for rule in rules.added
    ]
    try:
        descriptor.with_dacl(replace(dacl, aces=(*kept, *aces))).to_bytes()
    except DescriptorError:
        return (
            f"its access control list has {len(dacl.aces)} entries, and {len(aces)} more do not fit into 64 KiB: "
            "remove some by hand, those of trustees that are gone first"
        )
    return ""


def _found(draft: Draft, container: DistinguishedName) -> SecuredObject | None:
    if container in draft.actual.objects:
        return draft.actual.objects[container]
    return next((one for one in draft.actual.below if one.dn == container), None)


def _descriptor(draft: Draft, container: DistinguishedName, found: SecuredObject) -> SecurityDescriptor | None:
    """The permissions of an object as they are; None, with a finding, where nothing can be planned from them."""
    if found.descriptor is None:
        reason = (
            "its permissions cannot be read: the account that reads needs ReadControl on it; nothing is planned for it"
        )
        draft.find(FindingKind.MISSING, "permissions", str(container), "descriptor-unreadable", reason)
        return None
    try:
        descriptor = SecurityDescriptor.parse(found.descriptor)
    except DescriptorError as error:
        reason = f"its permissions are not understood ({error}); nothing is planned for it"
        draft.find(FindingKind.CONFLICT, "permissions", str(container), "descriptor-unreadable", reason)
        return None
    if descriptor.dacl is not None and not is_canonical(descriptor.dacl):
        reason = (
            "its access control list is not in canonical order, so Windows' own classes refuse to change it: open its "
            "Security tab in Active Directory Users and Computers, which offers to reorder it, then plan again"
        )
        draft.find(FindingKind.CONFLICT, "permissions", str(container), "not-canonical", reason)
        return None
    return descriptor


def _granted(grant: Grant, trustee: str) -> Rule:
    return Rule(
        trustee=str(OWNER_RIGHTS) if grant.owner_rights else trustee,
        rights=grant.mask,
        object_type=grant.object_type,
        inheritance=grant.inheritance,
        inherited_object_type=grant.inherited_object_type if grant.inheritance else None,
    )


def _rule(ace: WantedAce) -> Rule:
    return Rule(
        trustee=str(ace.trustee),
        rights=ace.mask,
        object_type=ace.object_type,
        inheritance=ace.inheritance,
        inherited_object_type=ace.inherited_object_type if ace.inheritance else None,
    )


def _extra(
    draft: Draft, words: Words, container: DistinguishedName, result: Comparison, *, prune: bool
) -> Iterator[Rule]:
    """Entries of our accounts that no profile wants: removed with --prune, else shown."""
    for one in result.extra:
        rule = Rule.of(one.ace)
        if rule is None:
            reason = f"an entry of type {one.ace.type} of {one.ace.sid}, which Windows' own classes cannot take back"
            draft.find(FindingKind.NOT_MANAGEABLE, "permissions", str(container), "extra", reason)
        elif prune:
            yield rule
        else:
            reason = f"no profile wants it, --prune removes it: {words.rule(rule)}"
            draft.find(FindingKind.REPORTED, "permissions", str(container), "extra", reason)


def _show(draft: Draft, words: Words, container: DistinguishedName, result: Comparison) -> None:
    """What else is not in order, and is left."""
    for standing in result.denied:
        for ace in standing.denied:
            rule = Rule.of(ace)
            denial = words.rule(rule) if rule else f"an entry of {ace.sid}"
            reason = f"{words.rule(_rule(standing.wanted))} does not hold, since this comes first: {denial}"
            draft.find(FindingKind.CONFLICT, "permissions", str(container), "denied", reason)
    for ace in result.duplicated:
        rule = Rule.of(ace)
        reason = f"it is there twice: {words.rule(rule) if rule else ace.sid}"
        draft.find(FindingKind.REPORTED, "permissions", str(container), "duplicated", reason)
    orphans = sorted({str(ace.sid) for ace in result.orphaned})
    if orphans:
        reason = f"entries of trustees that are gone, which are left as they are: {', '.join(orphans[:_SHOWN])}"
        draft.find(FindingKind.REPORTED, "permissions", str(container), "orphaned", reason)


def _action(draft: Draft, words: Words, container: DistinguishedName, rules: _Rules) -> Action:
    found = _found(draft, container)
    made = draft.containers.get(container)
    additions = sorted(rules.added, key=lambda rule: rule.key)
    removals = sorted(rules.removed, key=lambda rule: rule.key)
    needs = {rule.trustee.removeprefix("created-by:") for rule in additions if rule.trustee.startswith("created-by:")}
    number = 1 + sum(one.executor == "set-permissions" for one in draft.actions)
    return Action(
        id=f"permissions:{number}",
        kind="update permissions",
        target=Target.DIRECTORY,
        object=ObjectRef.guid(found.guid) if found else ObjectRef.created_by(made or ""),
        name=str(container),
        wave=PERMISSION_WAVE,
        executor="set-permissions",
        changes=(
            *(Change("access", None, words.rule(rule)) for rule in additions),
            *(Change("access", words.rule(rule), None) for rule in removals),
        ),
        expected={"descriptor": saved(found)},
        item={
            "add": tuple(rule.item(rules.added[rule]) for rule in additions),
            "remove": tuple(rule.item("no profile wants it") for rule in removals),
        },
        needs=(*sorted(needs), *([made] if made else [])),
        guards=("removed-entries",) if removals else (),
        reason=_reach(draft, container, additions),
    )


def _reach(draft: Draft, container: DistinguishedName, added: Iterable[Rule]) -> str:
    """How many objects will inherit what is added."""
    if not any(rule.inheritance is not Inheritance.NONE for rule in added):
        return "nothing below inherits it"
    if container != draft.desired.container:
        return "the objects below inherit it"
    count = draft.actual.count
    return f"{count} {'object' if str(count) == '1' else 'objects'} below inherit it, but for those under protected permissions"


def entries_given(action: Action, raw: bytes, sids: Mapping[str, Sid], schema: SchemaMap) -> frozenset[str]:
    """Which entries of an action's changes a descriptor gives now, in the changes' own words.

    An entry that was added is there when it is there itself, or is covered by what is; one that was removed when it is still
    there itself. `sids` are those of the accounts that the plan created, by the action's id.
    """
    descriptor = SecurityDescriptor.parse(raw)
    there = explicit_rules(descriptor.dacl.aces if descriptor.dacl else ())
    facts = Facts(schema=schema)
    given = set()
    for change, rule in zip(action.changes, rules_of(action, sids), strict=True):
        covered = change.new is not None and not rule.deny and not compare(descriptor, [_wanted(rule)], facts).missing
        if rule in there or covered:
            given.add(change.new or change.old or "")
    return frozenset(given)


def _wanted(rule: Rule) -> WantedAce:
    return WantedAce(
        trustee=Sid.parse(rule.trustee),
        mask=rule.rights,
        object_type=rule.object_type,
        inherited_object_type=rule.inherited_object_type,
        inheritance=rule.inheritance,
    )
