"""Members of groups: Get-, Add-, Remove-ADGroupMember, and the same from the principal's side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from jcad.errors import DirectoryError
from jcad.lab.powershell.values import base_of
from jcad.lab.windows import dn, failures, filters, ldap
from jcad.lab.windows.adtypes import AD_PRINCIPAL, AdObject
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared, listed
from jcad.lab.windows.directory import REFUSALS, Directory
from jcad.lab.windows.entry import DirectoryEntryView
from jcad.lab.windows.failures import Operation, from_code
from jcad.lab.windows.identity import find, find_member
from jcad.lab.windows.ldap import Change, ChangeKind, Control, Entry, ResultCode, Scope
from jcad.lab.windows.properties import GROUP, PRINCIPAL, ObjectClass
from jcad.lab.windows.reading import Request

MOST_ENTRIES: Final = 5000
"""How many members or groups the web service lists for one object (MaxGroupOrMemberEntries, by default)."""
_GROUP_ATTRIBUTES: Final = ("groupType", "objectSid")
_MEMBER_ATTRIBUTES: Final = ("objectClass", "groupType", "primaryGroupID", "objectSid")
_GLOBAL, _DOMAIN_LOCAL, _UNIVERSAL = 0x2, 0x4, 0x8
_ALREADY: Final = frozenset({ResultCode.ENTRY_ALREADY_EXISTS, ResultCode.ATTRIBUTE_OR_VALUE_EXISTS})
_NOT_THERE: Final = frozenset({ResultCode.UNWILLING, ResultCode.NO_SUCH_ATTRIBUTE})


def refuse_nesting(group: DirectoryEntryView, member: DirectoryEntryView) -> None:
    """Windows' rules of which group may hold which; Samba has none (MS-ADTS 3.1.1.5.2.2, [MS-SAMR] 3.1.1.8.9)."""
    holder, held = group.number("groupType") or 0, member.number("groupType")
    if held is None:
        return
    if holder & _GLOBAL and held & _DOMAIN_LOCAL:
        raise from_code(failures.GLOBAL_HAS_NO_LOCAL)
    if holder & _GLOBAL and held & _UNIVERSAL:
        raise from_code(failures.GLOBAL_HAS_NO_UNIVERSAL)
    if holder & _UNIVERSAL and held & _DOMAIN_LOCAL:
        raise from_code(failures.UNIVERSAL_HAS_NO_LOCAL)


def refuse_too_many(entries: Sequence[Entry]) -> None:
    """The web service lists no more than its limit; over it, it lists nothing (G11)."""
    if len(entries) > MOST_ENTRIES:
        raise from_code(failures.SIZE_LIMIT, Operation.READ)


def rid_of(entry: DirectoryEntryView) -> int:
    """The last part of an object's SID."""
    sid = entry.bytes("objectSid")
    return int.from_bytes(sid[0][-4:], "little") if sid else 0


def change_members(
    directory: Directory,
    group: DirectoryEntryView,
    members: Sequence[DirectoryEntryView],
    kind: ChangeKind,
    *,
    permissive: bool,
) -> None:
    """Add or remove members in one request. Permissive: who is there already, or is not there, does not matter.

    Samba fails a permissive modify of members all the same; then those that are to change are picked by reading the group.
    """
    try:
        _modify_members(directory, group.dn, [member.dn for member in members], kind, permissive=permissive)
    except REFUSALS as error:
        refused = _ALREADY if kind is ChangeKind.ADD else _NOT_THERE
        if not isinstance(error, DirectoryError) or error.result not in refused:
            raise directory.failure(error, Operation.MEMBERS) from error
        if kind is ChangeKind.DELETE and any(member.number("primaryGroupID") == rid_of(group) for member in members):
            raise from_code(failures.PRIMARY_GROUP) from error
        if not permissive:
            code = failures.ALREADY_A_MEMBER if kind is ChangeKind.ADD else failures.NOT_A_MEMBER
            raise from_code(code) from error
        _change_the_rest(directory, group, members, kind)


def _change_the_rest(
    directory: Directory, group: DirectoryEntryView, members: Sequence[DirectoryEntryView], kind: ChangeKind
) -> None:
    present = _present(directory, group.dn)
    rest = [member.dn for member in members if (dn.normal(member.dn) in present) is (kind is ChangeKind.DELETE)]
    if rest:
        directory.attempt(Operation.MEMBERS, lambda: _modify_members(directory, group.dn, rest, kind, permissive=False))


def _present(directory: Directory, group: str) -> set[str]:
    found = directory.attempt(Operation.READ, lambda: directory.connection.read(group, ["member"]))
    values = found.attributes.get("member", ()) if found is not None else ()
    return {dn.normal(value.decode()) for value in values}


def _modify_members(
    directory: Directory, group: str, members: Sequence[str], kind: ChangeKind, *, permissive: bool
) -> None:
    values = tuple(dict.fromkeys(member.encode() for member in members))
    controls = (Control(ldap.PERMISSIVE_MODIFY),) if permissive else ()
    directory.connection.modify(group, [Change(kind, "member", values)], controls)


class ChangeGroup(AdCmdlet):
    """Adds or removes the -Members of one group. Every member is looked up before anything is written."""

    kind: ClassVar[ObjectClass] = GROUP
    change: ClassVar[ChangeKind] = ChangeKind.ADD
    __slots__ = ("_member",)

    def run(self) -> None:
        """Find the group, then every member, then write once."""
        self._member: Any = None
        group = self.find(*_GROUP_ATTRIBUTES)
        members = []
        for member in listed(self.bound["Members"]):
            self._member = base_of(member)
            members.append(find_member(self.directory, member, _MEMBER_ATTRIBUTES))
        self._member = None
        if self.change is ChangeKind.ADD:
            for entry in members:
                refuse_nesting(group, entry)
        if self.context.should_process(group.dn, "Set"):
            change_members(
                self.directory, group, members, self.change, permissive=not self.on("DisablePermissiveModify")
            )
            if self.on("PassThru"):
                self.emit(group.dn)

    def target(self) -> tuple[Any, str, str]:
        """The member that could not be found, or else the group."""
        if self._member is not None:
            return self._member, str(self._member), PRINCIPAL.short
        return AdCmdlet.target(self)


@declared("Add-ADGroupMember", unsupported="MemberTimeToLive")
class AddADGroupMember(ChangeGroup):
    """Add-ADGroupMember."""

    __slots__ = ()


@declared("Remove-ADGroupMember")
class RemoveADGroupMember(ChangeGroup):
    """Remove-ADGroupMember."""

    change: ClassVar[ChangeKind] = ChangeKind.DELETE
    __slots__ = ()


class ChangeMemberships(AdCmdlet):
    """Adds or removes one principal in every group of -MemberOf."""

    kind: ClassVar[ObjectClass] = PRINCIPAL
    change: ClassVar[ChangeKind] = ChangeKind.ADD
    __slots__ = ()

    def run(self) -> None:
        """Find the principal and every group, then write group by group."""
        member = self.find(*_MEMBER_ATTRIBUTES)
        groups = [find(self.directory, group, GROUP, _GROUP_ATTRIBUTES) for group in listed(self.bound["MemberOf"])]
        for group in groups:
            if self.change is ChangeKind.ADD:
                refuse_nesting(group, member)
        for group in groups:
            if self.context.should_process(group.dn, "Set"):
                change_members(self.directory, group, [member], self.change, permissive=True)
        if self.on("PassThru"):
            self.emit(member.dn)


@declared("Add-ADPrincipalGroupMembership")
class AddADPrincipalGroupMembership(ChangeMemberships):
    """Add-ADPrincipalGroupMembership."""

    __slots__ = ()


@declared("Remove-ADPrincipalGroupMembership")
class RemoveADPrincipalGroupMembership(ChangeMemberships):
    """Remove-ADPrincipalGroupMembership."""

    change: ClassVar[ChangeKind] = ChangeKind.DELETE
    __slots__ = ()


@declared("Get-ADGroupMember")
class GetADGroupMember(AdCmdlet):
    """Get-ADGroupMember: members, those by primaryGroupID included; -Recursive gives the leaves only."""

    kind: ClassVar[ObjectClass] = GROUP
    __slots__ = ()

    def run(self) -> None:
        """One object for every member that has a SID."""
        group = self.find(*_GROUP_ATTRIBUTES)
        request = Request.of(PRINCIPAL, (), self.directory.schema)
        members = self._leaves(group, request, set()) if self.on("Recursive") else self._direct(group, request)
        seen: set[str] = set()
        for member in members:
            if member.dn not in seen:
                seen.add(member.dn)
                self.context.check_stop()
                self.context.write(_as_member(request.build(self.directory, member)))

    def _direct(self, group: DirectoryEntryView, request: Request) -> Iterator[DirectoryEntryView]:
        of_group = filters.some(
            filters.equals("memberOf", group.dn), filters.equals("primaryGroupID", str(rid_of(group)))
        )
        query = filters.every(filters.present("objectSid"), of_group)
        connection, base = self.directory.connection, self.directory.default_context
        attributes = [*request.attributes, "groupType"]
        found: list[Entry] = self.directory.attempt(
            Operation.READ, lambda: list(connection.search(base, Scope.SUBTREE, query, attributes, page=1000))
        )
        refuse_too_many(found)
        return (self.directory.view(entry) for entry in found)

    def _leaves(self, group: DirectoryEntryView, request: Request, seen: set[str]) -> Iterator[DirectoryEntryView]:
        seen.add(group.dn)
        for member in self._direct(group, request):
            if b"group" not in member.bytes("objectClass"):
                yield member
            elif member.dn not in seen:
                yield from self._leaves(member, request, seen)


_MEMBER_NAMES: Final = ("distinguishedName", "name", "objectClass", "objectGUID", "SamAccountName", "SID")


def _as_member(entity: AdObject) -> AdObject:
    """An ADPrincipal as Get-ADGroupMember spells its properties."""
    return AdObject(AD_PRINCIPAL, [(name, entity.get(name)) for name in _MEMBER_NAMES], directory=entity.directory)


@declared("Get-ADPrincipalGroupMembership", unsupported="ResourceContextPartition ResourceContextServer")
class GetADPrincipalGroupMembership(AdCmdlet):
    """Get-ADPrincipalGroupMembership: the groups that hold it directly, the primary group included."""

    kind: ClassVar[ObjectClass] = PRINCIPAL
    __slots__ = ()

    def run(self) -> None:
        """One ADGroup for every group."""
        member = self.find("objectSid", "primaryGroupID")
        request = Request.of(GROUP, (), self.directory.schema)
        query = filters.equals("member", member.dn)
        primary = member.number("primaryGroupID")
        if primary is not None:
            sid = member.bytes("objectSid")[0][:-4] + primary.to_bytes(4, "little")
            query = filters.some(query, filters.equals("objectSid", sid))
        query = filters.every(filters.equals("objectClass", "group"), query)
        connection, base = self.directory.connection, self.directory.default_context
        found = self.directory.attempt(
            Operation.READ, lambda: list(connection.search(base, Scope.SUBTREE, query, request.attributes))
        )
        refuse_too_many(found)
        for entry in found:
            self.context.write(request.build(self.directory, self.directory.view(entry)))


@declared("Get-ADAccountAuthorizationGroup")
class GetADAccountAuthorizationGroup(AdCmdlet):
    """Get-ADAccountAuthorizationGroup: every security group in an account's token, however it is held.

    Groups of the directory alone.  # unverified on Windows: whether Everyone and its like are listed
    """

    kind: ClassVar[ObjectClass] = PRINCIPAL
    __slots__ = ()

    def run(self) -> None:
        """One ADGroup for every SID of tokenGroups (MS-ADTS 3.1.1.4.5.19), which only a search of the object itself reads."""
        account = self.find("objectSid")
        connection, base = self.directory.connection, self.directory.default_context
        request = Request.of(GROUP, (), self.directory.schema)
        held = self.directory.attempt(Operation.READ, lambda: connection.read(account.dn, ("tokenGroups",)))
        sids = [] if held is None else self.directory.view(held).bytes("tokenGroups")
        if not sids:
            return
        query = filters.some(*(filters.equals("objectSid", sid) for sid in sids))
        found = self.directory.attempt(
            Operation.READ, lambda: list(connection.search(base, Scope.SUBTREE, query, request.attributes))
        )
        for entry in found:
            self.context.write(request.build(self.directory, self.directory.view(entry)))
