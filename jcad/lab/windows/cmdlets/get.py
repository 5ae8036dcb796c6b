"""Get-ADUser, Get-ADGroup, Get-ADComputer, Get-ADObject, Get-ADOrganizationalUnit: by identity, -Filter or -LDAPFilter."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from jcad.errors import DirectoryError
from jcad.lab.powershell.values import base_of
from jcad.lab.windows import failures, filters, ldap
from jcad.lab.windows.cmdlets.base import AdCmdlet, declared, texts
from jcad.lab.windows.cmdlets.variables import caller_variable
from jcad.lab.windows.directory import REFUSALS, Directory
from jcad.lab.windows.failures import Operation
from jcad.lab.windows.filter_language import parse
from jcad.lab.windows.filter_translation import Translation
from jcad.lab.windows.identity import class_filter, find
from jcad.lab.windows.ldap import Control, ResultCode, Scope
from jcad.lab.windows.properties import COMPUTER, GROUP, OBJECT, UNIT, USER, ObjectClass
from jcad.lab.windows.reading import Request

_SCOPES = {"Base": Scope.BASE, "OneLevel": Scope.ONE_LEVEL, "Subtree": Scope.SUBTREE}
_DEFAULT_PAGE = 256
_COMPARED = re.compile(r"\(\s*([A-Za-z][\w-]*)\s*(?::[^=()]*|[~<>])?=")
"""An attribute of an LDAP filter; a bracket of a value is written `\\28`, so it never looks like one."""
_SEARCHABLE = frozenset({"createtimestamp", "modifytimestamp"})
"""Computed, and yet perhaps searched by a domain controller: left to the directory (unverified on Windows)."""


class GetObjects(AdCmdlet):
    """Objects of one class."""

    __slots__ = ()

    def run(self) -> None:
        """One object by its identity, or all that a filter finds, as they come."""
        directory = self.directory
        request = Request.of(self.kind, (*texts(self.bound.get("Properties")), *self._extra()), directory.schema)
        if self.context.set_name == "Identity":
            found = find(
                directory,
                self.bound["Identity"],
                self.kind,
                request.attributes,
                controls=(*request.controls, *self._controls()),
                partition=self.text("Partition"),
            )
            self.context.write(request.build(directory, found))
        else:
            self._search(directory, request)

    def _search(self, directory: Directory, request: Request) -> None:
        if base_of(self.bound.get("SearchBase")) == "":
            raise failures.empty_search_base()
        base = self.text("SearchBase") or directory.default_context
        if not directory.is_within(base):
            raise failures.outside_partitions(directory.partitions)
        query = filters.every(class_filter(self.kind), self._query(directory))
        limit, page = self.size("ResultSetSize"), self.size("ResultPageSize")
        entries = directory.connection.search(
            base,
            _SCOPES[str(base_of(self.bound.get("SearchScope")) or "Subtree")],
            query,
            request.attributes,
            controls=(*request.controls, *self._controls()),
            page=page or _DEFAULT_PAGE,
            limit=limit,
        )
        try:
            for entry in entries:
                self.context.check_stop()
                self.context.write(request.build(directory, directory.view(entry)))
        except REFUSALS as error:
            if isinstance(error, DirectoryError) and error.result == ResultCode.INVALID_DN:
                raise failures.object_not_found() from error
            raise directory.failure(error, Operation.READ) from error

    def _query(self, directory: Directory) -> bytes:
        if self.context.set_name == "LdapFilter":
            text = str(base_of(self.bound["LDAPFilter"]))
            try:
                query = filters.parse(text)
            except filters.FilterSyntaxError as error:
                raise failures.invalid_search_filter() from error
            for name in _COMPARED.findall(f"({text})"):
                attribute = directory.schema.get(name)
                if attribute is not None and attribute.constructed and name.lower() not in _SEARCHABLE:
                    raise failures.constructed_attribute()
            return query
        expression = parse(str(base_of(self.bound["Filter"])))
        return Translation(self.kind, directory.schema, self._variable).of(expression)

    def _variable(self, variable: Any) -> Any:
        return caller_variable(self.context, variable)

    def _controls(self) -> tuple[Control, ...]:
        return (Control(ldap.SHOW_DELETED),) if self.on("IncludeDeletedObjects") else ()

    def _extra(self) -> tuple[str, ...]:
        return ("Deleted",) if self.on("IncludeDeletedObjects") else ()


@declared("Get-ADUser")
class GetADUser(GetObjects):
    """Get-ADUser."""

    kind: ClassVar[ObjectClass] = USER
    __slots__ = ()


@declared("Get-ADGroup", unsupported="ShowMemberTimeToLive")
class GetADGroup(GetObjects):
    """Get-ADGroup."""

    kind: ClassVar[ObjectClass] = GROUP
    __slots__ = ()


@declared("Get-ADComputer")
class GetADComputer(GetObjects):
    """Get-ADComputer."""

    kind: ClassVar[ObjectClass] = COMPUTER
    __slots__ = ()


@declared("Get-ADOrganizationalUnit")
class GetADOrganizationalUnit(GetObjects):
    """Get-ADOrganizationalUnit."""

    kind: ClassVar[ObjectClass] = UNIT
    __slots__ = ()


@declared("Get-ADObject")
class GetADObject(GetObjects):
    """Get-ADObject."""

    kind: ClassVar[ObjectClass] = OBJECT
    __slots__ = ()
