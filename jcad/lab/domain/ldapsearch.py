"""OpenLDAP's own client, as a reader of the lab's domain that shares nothing with jcad. Runs `ldapsearch`."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterable
from pathlib import Path

from jcad.errors import LabError
from jcad.lab.domain.database import Entry
from jcad.lab.seed import ADMINISTRATOR, DNS_DOMAIN, DOMAIN_DN, password_of


def ldapsearch(url: str, ca_file: Path, expression: str, *attributes: str, base: str = DOMAIN_DN) -> list[Entry]:
    """Search as the domain's Administrator over LDAPS. Raises `LabError` with the client's words where it fails."""
    done = subprocess.run(
        ["ldapsearch", "-LLL", "-x", "-o", "ldif-wrap=no", "-E", "pr=1000/noprompt", "-H", url,
         "-D", f"{ADMINISTRATOR}@{DNS_DOMAIN}", "-w", password_of(ADMINISTRATOR), "-b", base, expression, *attributes],
        capture_output=True, text=True, check=False, env={"LDAPTLS_CACERT": str(ca_file)},
    )  # fmt: skip
    if done.returncode:
        raise LabError(f"ldapsearch {expression} on {url} failed: {done.stderr.strip()}")
    return list(_entries(done.stdout))


def _entries(ldif: str) -> Iterable[Entry]:
    """Read what ldapsearch -LLL prints (RFC 2849, unfolded): records apart by an empty line, `#` before what is none."""
    for record in ldif.split("\n\n"):
        values: dict[str, tuple[bytes, ...]] = {}
        for line in record.splitlines():
            name, colon, value = line.partition(":")
            if colon and not line.startswith("#"):
                raw = base64.b64decode(value[1:]) if value.startswith(":") else value.removeprefix(" ").encode()
                values[name] = (*values.get(name, ()), raw)
        if "dn" in values:
            yield Entry(values.pop("dn")[0].decode(), values)
