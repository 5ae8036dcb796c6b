"""The child process: read a question, answer it, until standard input ends. Its one argument is the smb.conf file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

from jcad.lab.database import accounts, entries, keytabs, protection

Question = dict[str, Any]

ANSWERS: dict[str, Callable[[Any, Question], Any]] = {
    "ready": lambda database, _: str(database.domain_dn()),
    "account": accounts.account,
    "wrong_password": accounts.wrong_password,
    "search": entries.search,
    "apply": entries.apply,
    "hold": entries.hold,
    "release": entries.release,
    "keytab": keytabs.export,
    "protect": protection.protect,
}


def open_database(configuration: str) -> Any:
    """Open the database of this smb.conf as the system itself, to which no access control applies."""
    parameters = LoadParm()
    parameters.load(configuration)
    return SamDB(url=parameters.private_path("sam.ldb"), lp=parameters, session_info=system_session(parameters))


def answer(database: Any, line: str) -> dict[str, Any]:
    """Answer one line. A question that Samba refuses gives its error and LDAP result code."""
    try:
        question = json.loads(line)
        return {"answer": ANSWERS[question["ask"]](database, question)}
    except ldb.LdbError as error:
        code, text = error.args
        return {"error": str(text), "code": code}
    except (KeyError, ValueError, TypeError) as error:
        return {"error": f"{type(error).__name__}: {error}", "code": 0}


def main() -> None:
    """Answer until standard input ends."""
    database = open_database(sys.argv[1])
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(database, line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
