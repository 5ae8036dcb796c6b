"""Reads users with python-ldap, for bench_directory_read: runs under the system's Python, where Debian's package is.

What to read comes as JSON on standard input; how many were read goes to standard output.
"""

from __future__ import annotations

import json
import sys

import ldap
from ldap.controls import SimplePagedResultsControl


def main() -> None:
    """Log in, read page after page, and count."""
    told = json.load(sys.stdin)
    connection = ldap.initialize(told["url"])
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, told["ca_file"])
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.simple_bind_s(told["user"], told["password"])
    count, page = 0, SimplePagedResultsControl(True, size=told["page"], cookie="")
    while True:
        sent = connection.search_ext(
            told["base"], ldap.SCOPE_SUBTREE, told["filter"], told["attributes"], serverctrls=[page]
        )
        _, entries, _, controls = connection.result3(sent)
        count += sum(1 for name, _ in entries if name is not None)
        page.cookie = next(one.cookie for one in controls if one.controlType == page.controlType)
        if not page.cookie:
            break
    connection.unbind_s()
    sys.stdout.write(str(count))


main()
