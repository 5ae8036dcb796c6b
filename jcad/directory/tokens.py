"""Which groups hold everybody: what tokenGroups of an account leaves out. Reads only; one search.

A domain controller adds Everyone and Authenticated Users to the token of whoever logs on, and the groups that these are in
(MS-ADTS 5.1.3.4): Pre-Windows 2000 Compatible Access often, whose entries then speak to every account. tokenGroups, which
is computed for the account alone, does not show them (seen on Samba).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jcad.directory import attributes as attr
from jcad.directory.filters import any_of, equals
from jcad.directory.reader import DirectoryReader
from jcad.model import DistinguishedName, Sid

_GROUP = equals("objectCategory", "group")


def groups_of_everybody(reader: DirectoryReader, everybody: Iterable[Sid]) -> Mapping[Sid, frozenset[Sid]]:
    """For each of these well-known SIDs the groups of the domain that it is in, directly or through groups.

    They are members as foreign security principals. Raises DirectoryError and its like.
    """
    home = reader.domain.child("CN", "ForeignSecurityPrincipals")
    found: dict[Sid, set[Sid]] = {sid: set() for sid in everybody}
    pending = {home.child("CN", str(sid)): {sid} for sid in found}
    while pending:
        above: dict[DistinguishedName, set[Sid]] = {}
        where = _GROUP & any_of(*(equals("member", dn) for dn in sorted(pending, key=str)))
        for dn, values in reader.search(reader.domain, where, ("objectSid", "member")):
            group = attr.sid(values)
            if group is None:
                continue
            members = map(DistinguishedName.parse, attr.texts(values, "member"))
            through = {sid for member in members for sid in pending.get(member, ()) if group not in found[sid]}
            for sid in through:
                found[sid].add(group)
            if through:
                above[DistinguishedName.parse(dn)] = through
        pending = above
    return {sid: frozenset(groups) for sid, groups in found.items()}
