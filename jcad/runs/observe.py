"""Observe: reads both directories at the same time into plain values. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from jcad.adsync import CloudSide, DirectorySide, rules_of
from jcad.directory import DirectoryReader
from jcad.jumpcloud import JumpCloudReader
from jcad.model import AdInstance, Protection, fold, protected_through_membership
from jcad.settings import Settings
from jcad.settings.mapping import OWN_FIELDS

_OWN_ATTRIBUTES = frozenset({"givenname", "sn", "mail", "displayname"})
SERVICE_ACCOUNTS = ("jcsync", "jcimport")

ReadDomain = Callable[[DirectoryReader, Settings], DirectorySide]
"""Reads the domain's side."""

ReadCloud = Callable[[JumpCloudReader, AdInstance, Settings], CloudSide]
"""Reads JumpCloud's side."""


def observe(
    jumpcloud: JumpCloudReader,
    instance: AdInstance,
    directory: DirectoryReader,
    settings: Settings,
    domain_of: ReadDomain | None = None,
    cloud_of: ReadCloud | None = None,
) -> tuple[CloudSide, DirectorySide]:
    """Read both sides; the domain from its one DC (as `domain_of` reads it), JumpCloud as of now (as `cloud_of` does)."""
    with ThreadPoolExecutor(1, thread_name_prefix="observe") as pool:
        domain = pool.submit(domain_of or read_domain, directory, settings)
        cloud = (cloud_of or read_cloud)(jumpcloud, instance, settings)
        return cloud, domain.result()


def read_cloud(jumpcloud: JumpCloudReader, instance: AdInstance, settings: Settings) -> CloudSide:
    """Read JumpCloud's side."""
    found = jumpcloud.observe(instance.id, mapped_fields(settings))
    others = frozenset(one.id for one in jumpcloud.instances()) - {instance.id}
    return CloudSide(
        organisation=found.organisation,
        instance=found.instance,
        agents=found.agents,
        users=found.users,
        groups=found.groups,
        bindings=found.bindings,
        other_instances=others,
    )


def mapped_fields(settings: Settings) -> tuple[str, ...]:
    """The fields of JumpCloud's users that the mapping names, beside those that every user is read with."""
    rules = rules_of(settings.sync.mapping, settings.directory.domain)
    return tuple(sorted({name for rule in rules for name in rule.fields} - set(OWN_FIELDS)))


def further_attributes(settings: Settings) -> list[str]:
    """The LDAP attributes that the mapping names, beside those that every user is read with."""
    rules = rules_of(settings.sync.mapping, settings.directory.domain)
    return sorted({rule.to for rule in rules if rule.attribute not in _OWN_ATTRIBUTES})


def read_domain(directory: DirectoryReader, settings: Settings) -> DirectorySide:
    """Read the domain's side: all of it, since names must be unique in all of it."""
    users = tuple(directory.users(extra=further_attributes(settings)))
    groups = tuple(directory.groups())
    known = {one.guid for one in users} | {one.guid for one in groups}
    others = tuple(holder for holder in directory.name_holders() if holder.guid not in known)
    guids = {user.dn: user.guid for user in users} | {group.dn: group.guid for group in groups}
    reasons = protected_through_membership(groups, users, guids.get)
    return DirectorySide(
        dc=directory.dc.name,
        domain=directory.dc.naming_context,
        domain_sid=directory.dc.domain_sid,
        users=users,
        groups=groups,
        others=others,
        foreign=tuple(directory.foreign_holders()) if settings.directory.check_forest else (),
        protection=Protection(reasons=reasons, never=never_written(settings)),
    )


def never_written(settings: Settings) -> Mapping[str, str]:
    """Names that are never written beside what the directory itself protects, each with the reason."""
    own = (settings.directory.user, settings.remoting.user)
    return {
        **_named((*SERVICE_ACCOUNTS, *_prepared(settings), *map(_account, own)), "it is a service account"),
        **_named((settings.sync.adi_group, settings.sync.admins_group), "it is one of JumpCloud's own groups"),
        **_named(settings.sync.never_write, "it is on the never_write list"),
    }


def _named(names: Iterable[str], reason: str) -> dict[str, str]:
    return {fold(name): reason for name in names if name}


def _prepared(settings: Settings) -> list[str]:
    """The names of the service accounts of [prepare]."""
    return [one.name for one in (settings.prepare.import_, settings.prepare.sync) if one is not None]


def _account(name: str) -> str:
    r"""The sAMAccountName of `DOMAIN\user` or `user@domain`."""
    return name.rpartition("\\")[2].partition("@")[0]
