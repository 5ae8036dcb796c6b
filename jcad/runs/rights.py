"""What an account may do to an object: read from one domain controller, ruled by the arithmetic. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jcad.directory import DirectoryReader, SecuredObject, SecurityReader, groups_of_everybody, read_schema
from jcad.errors import DescriptorError, DirectoryError, NotChecked
from jcad.model import AdNameHolder, AdUser, DistinguishedName, Sid
from jcad.model.descriptor import Ace, SecurityDescriptor
from jcad.model.schema import SchemaMap
from jcad.prepare.can import Ruling, Subject, rule_on
from jcad.prepare.inheritance import Ancestor
from jcad.prepare.show import Shown, show
from jcad.prepare.token import ALWAYS, NAMES, Token
from jcad.prepare.words import Words, names_of


def may(directory: DirectoryReader, account: str, actions: Sequence[str], target: str) -> list[Ruling]:
    """Each right that actions on an object take, and why the account has it or not.

    `account` and `target` are a sAMAccountName, a userPrincipalName or a distinguished name. Raises DirectoryError where there
    is no such object, NotChecked where its permissions cannot be read, PlanError for an action that jcad does not know.
    """
    security = SecurityReader(directory)
    schema = read_schema(directory)
    user = _account(directory, account)
    everybody = groups_of_everybody(directory, ALWAYS)
    token = Token.of(user.sid, security.token(user.guid), lambda sid: everybody.get(sid, ()))
    subject = _subject(directory, security, target)
    words = words_for(security, schema, subject, user)
    return [ruling for action in actions for ruling in rule_on(subject, action, token, schema, words)]


def shown(directory: DirectoryReader, target: str) -> Shown:
    """The permissions of an object in words. Raises DirectoryError where there is none, NotChecked where they are hidden."""
    security = SecurityReader(directory)
    schema = read_schema(directory)
    subject = _subject(directory, security, target)
    aces = subject.descriptor.dacl.aces if subject.descriptor.dacl else ()
    named = {ace.sid for ace in aces if ace.sid is not None} | {sid for sid in (subject.descriptor.owner,) if sid}
    names = security.names(named)
    return show(
        subject.dn,
        subject.descriptor,
        schema=schema,
        name_of=lambda sid: names.get(str(sid)),
        above=subject.above,
        defaults=_defaults(schema, subject.object_class, directory.dc.domain_sid),
    )


def _defaults(schema: SchemaMap, object_class: str, domain_sid: Sid) -> frozenset[Ace]:
    """The entries that every object of a class begins with."""
    try:
        text = schema.class_(object_class).default
        dacl = SecurityDescriptor.from_sddl(text, domain_sid).dacl if text else None
    except (KeyError, DescriptorError):
        return frozenset()
    return frozenset(dacl.aces) if dacl else frozenset()


def _subject(directory: DirectoryReader, security: SecurityReader, target: str) -> Subject:
    found = security.object(_find(directory, target), with_owner=True)
    if found is None:
        raise DirectoryError(f"There is no {target} on {directory.dc.name}, or this account may not see it.")
    return Subject(
        dn=found.dn,
        object_class=found.object_class,
        descriptor=_descriptor(found),
        above=tuple(_above(security, directory, found.dn)),
        sid=found.sid,
    )


def words_for(security: SecurityReader, schema: SchemaMap, subject: Subject, user: AdUser | None = None) -> Words:
    """Names for what the entries of an object hold."""
    aces = subject.descriptor.dacl.aces if subject.descriptor.dacl else ()
    named = {ace.sid for ace in aces if ace.sid is not None and ace.sid not in NAMES}
    trustees = {str(sid): name for sid, name in NAMES.items()} | security.names(named)
    return Words(names=names_of(schema), trustees=trustees | ({str(user.sid): user.sam} if user else {}))


def _account(directory: DirectoryReader, name: str) -> AdUser:
    holder = _holder(directory, name)
    user = directory.by_guid([holder.guid]).get(holder.guid)
    if not isinstance(user, AdUser):
        raise DirectoryError(f"{name} is no account that can log on: {holder.dn} is a {holder.object_class}.")
    return user


def _find(directory: DirectoryReader, name: str) -> DistinguishedName:
    if "=" in name:
        try:
            return DistinguishedName.parse(name)
        except ValueError as error:
            raise DirectoryError(f"{name} is no distinguished name: {error}") from None
    return _holder(directory, name).dn


def _holder(directory: DirectoryReader, name: str) -> AdNameHolder:
    r"""Whoever has a sAMAccountName (also as `DOMAIN\name`) or userPrincipalName; of a distinguished name, that object."""
    bare = name.rpartition("\\")[2]
    if "=" in bare:
        dn = DistinguishedName.parse(bare)
        found = [one for one in directory.find_accounts([dn.name]) if one.dn == dn]
    else:
        found = [
            one
            for one in directory.find_accounts([bare])
            if bare.casefold() in {one.sam.casefold(), (one.upn or "").casefold()}
        ]
    if not found:
        raise DirectoryError(f"There is no {name} on {directory.dc.name}, or this account may not see it.")
    return found[0]


def _above(security: SecurityReader, directory: DirectoryReader, dn: DistinguishedName) -> Iterable[Ancestor]:
    """The objects above, the nearest first, as far as their permissions can be read."""
    domain = directory.dc.naming_context
    while dn != domain and dn.is_under(domain):
        dn = dn.parent
        found = security.object(dn, with_owner=True)
        if found is None or found.descriptor is None:
            return
        yield Ancestor(dn, _descriptor(found))


def _descriptor(found: SecuredObject) -> SecurityDescriptor:
    if found.descriptor is None:
        raise NotChecked(
            f"The permissions of {found.dn} cannot be read, so what they allow is not known.",
            hint="The account that reads needs ReadControl on it.",
        )
    return SecurityDescriptor.parse(found.descriptor)
