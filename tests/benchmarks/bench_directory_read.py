"""Reading a lab domain of many users: jcad beside OpenLDAP's ldapsearch, python-ldap and ldap3, each with its own login.

    python tests/benchmarks/bench_directory_read.py [users] [--runs N]

Same server, same twelve attributes, pages of 1,000, LDAPS with a simple bind (and jcad once more, sealed by NTLM). The readers
take turns, so that a busy machine slows all of them; the median counts. Needs root, as the lab does. python-ldap is
Debian's, under the system's Python and in a process of its own, as ldapsearch is; without it its row is left out. There is
no sealed row of ldapsearch: Cyrus SASL's NTLM has no security layer.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import ldap3
import structlog

from jcad.directory import DirectoryReader, DirectoryTarget, Trust, WireProtection, equals
from jcad.lab.domain.certificates import CertificateAuthority
from jcad.lab.domain.database import add
from jcad.lab.domain.directory import Directory
from jcad.lab.domain.loopback import reserve_addresses
from jcad.lab.seed import ADMINISTRATOR, DNS_DOMAIN, DOMAIN_DN, make_seed, password_of
from jcad.model import Secret

CONTAINER = f"OU=Bench,{DOMAIN_DN}"
FILTER = "(objectCategory=person)"
ATTRIBUTES = (
    "objectGUID",
    "objectSid",
    "sAMAccountName",
    "userPrincipalName",
    "givenName",
    "sn",
    "displayName",
    "mail",
    "userAccountControl",
    "description",
    "department",
    "employeeID",
)
TITLE = "Reading users of twelve attributes from a lab domain, from login to the last user"
TARGET = "target for 20,000: jcad at most 1.2 x ldapsearch with the same transport, bind and pages"
QUICK = {"users": 300, "runs": 1}
PYTHON_LDAP = Path(__file__).with_name("python_ldap_reader.py")
SYSTEM_PYTHON = "/usr/bin/python3"
_TRANSACTION = 1000
_GIVEN = ("Anna", "José", "渡辺", "Søren", "Liam", "Zoë", "Ines", "Chidi", "Priya", "Miles")


class Row(NamedTuple):
    """One reader: median seconds of wall clock, users a second, and its time as a share of ldapsearch's."""

    reader: str
    seconds: float
    rate: float
    ratio: float


@contextmanager
def lab_of(users: int) -> Iterator[tuple[Directory, Path]]:
    """A domain with so many users in one container, and the file of its certificate authority."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jcad-bench-")))
        addresses = reserve_addresses()
        stack.callback(addresses.release)
        authority = CertificateAuthority(folder / "certificates")
        directory = stack.enter_context(Directory.start(folder, addresses, authority, seed=make_seed().directory))
        directory.database.apply([add(CONTAINER, {"objectClass": ["organizationalUnit"]})])
        for first in range(0, users, _TRANSACTION):
            directory.database.apply([_user(number) for number in range(first, min(users, first + _TRANSACTION))])
        yield directory, authority.certificate


def _user(number: int) -> object:
    sam, given = f"b{number:06d}", _GIVEN[number % len(_GIVEN)]
    attributes = {
        "objectClass": ["user"],
        "sAMAccountName": [sam],
        "userPrincipalName": [f"{sam}@{DNS_DOMAIN}"],
        "givenName": [given],
        "sn": [f"Bench {number}"],
        "displayName": [f"{given} Bench {number}"],
        "mail": [f"{sam}@example.com"],
        "userAccountControl": ["544"],
        "description": [f"bench user number {number}"],
        "department": ["Bench"],
        "employeeID": [str(number)],
    }
    return add(f"CN={sam},{CONTAINER}", attributes)


def readers(directory: Directory, ca_file: Path) -> dict[str, Callable[[], int]]:
    """Every reader of the table, each from login to the last user; they give how many they read."""
    controller = directory.controller(1)
    secret = password_of(ADMINISTRATOR)
    target = DirectoryTarget(
        domain=DNS_DOMAIN,
        account=f"{ADMINISTRATOR}@{DNS_DOMAIN}",
        password=Secret(secret),
        hosts=(controller.address,),
        trust=Trust(ca_file=ca_file),
    )
    sealed = DirectoryTarget(
        domain=target.domain,
        account=target.account,
        password=target.password,
        hosts=target.hosts,
        protection=WireProtection.NTLM,
    )

    def ldapsearch() -> int:
        with tempfile.TemporaryFile() as out:
            subprocess.run(
                ["ldapsearch", "-LLL", "-x", "-E", "pr=1000/noprompt", "-H", f"ldaps://{controller.address}",
                 "-D", target.account, "-w", secret, "-b", CONTAINER, FILTER, *ATTRIBUTES],
                stdout=out, check=True, env={**os.environ, "LDAPTLS_CACERT": str(ca_file)},
            )  # fmt: skip
            out.seek(0)
            return sum(line.startswith(b"dn:") for line in out)

    def jcad(chosen: DirectoryTarget) -> int:
        with DirectoryReader.connect(chosen) as reader:
            return sum(1 for _ in reader.search(CONTAINER, equals("objectCategory", "person"), ATTRIBUTES))

    def jcad_users() -> int:
        with DirectoryReader.connect(target) as reader:
            return sum(1 for _ in reader.users(CONTAINER, ("description", "department", "employeeID")))

    def stock_ldap3() -> int:
        server = ldap3.Server(controller.address, 636, use_ssl=True, get_info=ldap3.NONE)
        with ldap3.Connection(server, target.account, secret, auto_bind=True) as connection:
            found = connection.extend.standard.paged_search(
                CONTAINER, FILTER, attributes=ATTRIBUTES, paged_size=1000, generator=True
            )
            return sum(1 for _ in found)

    def python_ldap() -> int:
        asked = {
            "url": f"ldaps://{controller.address}", "user": target.account, "password": secret, "ca_file": str(ca_file),
            "base": CONTAINER, "filter": FILTER, "attributes": ATTRIBUTES, "page": 1000,
        }  # fmt: skip
        done = subprocess.run(
            [SYSTEM_PYTHON, str(PYTHON_LDAP)], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
        )
        return int(done.stdout)

    found = {
        "ldapsearch, LDAPS": ldapsearch,
        "jcad, LDAPS": lambda: jcad(target),
        "jcad, NTLM sealed": lambda: jcad(sealed),
        "jcad, LDAPS, as AdUser": jcad_users,
        "ldap3, LDAPS": stock_ldap3,
    }
    if has_python_ldap():
        found["python-ldap, LDAPS"] = python_ldap
    return found


def has_python_ldap() -> bool:
    """Whether the system's Python has python-ldap."""
    return subprocess.run([SYSTEM_PYTHON, "-c", "import ldap"], check=False, stderr=subprocess.DEVNULL).returncode == 0


def rows(users: int = 20_000, runs: int = 5) -> list[Row]:
    """Bring up a lab, time every reader, and take it down again."""
    times: dict[str, list[float]] = {}
    with lab_of(users) as (directory, ca_file):
        for _ in range(runs):
            for name, read in readers(directory, ca_file).items():
                begin = time.perf_counter()
                count = read()
                times.setdefault(name, []).append(time.perf_counter() - begin)
                if count != users:
                    raise AssertionError(f"{name} read {count} of {users} users")
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    base = medians["ldapsearch, LDAPS"]
    return [Row(name, seconds, users / seconds, seconds / base) for name, seconds in medians.items()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("users", nargs="?", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    write = sys.stdout.write
    write(f"{'reading ' + format(given.users, ',') + ' users':<26}{'seconds':>9}{'users/s':>10}{'x ldapsearch':>14}\n")
    for row in rows(given.users, given.runs):
        write(f"{row.reader:<26}{row.seconds:>9.2f}{row.rate:>10,.0f}{row.ratio:>14.2f}\n")


if __name__ == "__main__":
    main()
