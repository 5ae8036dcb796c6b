"""Active Directory, read side: ldap3 opens and logs in, jcad searches and decodes.

`DirectoryReader` is what the features use; the rest makes one, or asks what it has no question for.
"""

from jcad.directory.discovery import host_address
from jcad.directory.entries import Entry
from jcad.directory.filters import (
    Filter,
    all_of,
    any_of,
    at_least,
    at_most,
    equals,
    has_bits,
    in_chain,
    present,
    starts_with,
)
from jcad.directory.messages import Scope, SecurityParts, security_descriptor_control, show_deleted_control
from jcad.directory.reach import answering, find_servers, try_tls
from jcad.directory.reader import Child, DirectoryReader
from jcad.directory.schema import read_schema
from jcad.directory.secured import Count, SecuredObject, SecurityReader
from jcad.directory.servers import DomainController
from jcad.directory.target import DirectoryTarget, Host, Timeouts, Trust, WireProtection
from jcad.directory.tokens import groups_of_everybody

__all__ = [
    "Child",
    "Count",
    "DirectoryReader",
    "DirectoryTarget",
    "DomainController",
    "Entry",
    "Filter",
    "Host",
    "Scope",
    "SecuredObject",
    "SecurityParts",
    "SecurityReader",
    "Timeouts",
    "Trust",
    "WireProtection",
    "all_of",
    "answering",
    "any_of",
    "at_least",
    "at_most",
    "equals",
    "find_servers",
    "groups_of_everybody",
    "has_bits",
    "host_address",
    "in_chain",
    "present",
    "read_schema",
    "security_descriptor_control",
    "show_deleted_control",
    "starts_with",
    "try_tls",
]
