"""System.DirectoryServices: DirectoryEntry, DirectorySearcher, ActiveDirectorySecurity and its rules, over LDAP.

Everything is carried out as the logged-on account, or as the one that the script names. `declare` tells the interpreter.
"""

from functools import cache

from jcad.lab.windows.directoryservices import entry_members, rules, searcher, security, well_known


@cache
def declare() -> None:
    """Declare the types, once."""
    rules.declare()
    security.declare()
    entry_members.declare()
    searcher.declare()
    well_known.declare()


__all__ = ["declare"]
