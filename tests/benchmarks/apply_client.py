"""The client's half of the benchmark of apply, in a process of its own, so that its processor time is jcad's alone.

    python tests/benchmarks/apply_client.py jcad|ldap3|pywinrm < JSON > JSON

The parent has the lab, and says on standard input where it is; this says on standard output what it took.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


def with_jcad(told: dict[str, Any]) -> dict[str, Any]:
    """The whole of `apply`: guard, lease, journal, sessions, scripts, verify, for a plan of so many changes."""
    import structlog  # noqa: PLC0415  - each client imports what it needs, and is charged for it

    from jcad.cli.invocation import Invocation  # noqa: PLC0415
    from jcad.model import DistinguishedName  # noqa: PLC0415
    from jcad.runs import Choices, SyncRun  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    workplace = Invocation(config=Path(told["settings"])).workplace()
    choices = Choices(allowances={"total": told["count"]})
    with SyncRun.begin(workplace, choices) as run:
        users = list(run.directory.users(DistinguishedName.parse(told["container"])))[: told["count"]]
        plan = _plan(run, users, told["value"])
        report, taken = _measured(lambda: run.apply(plan))
        if report.stopped is not None or not report.succeeded or len(report.results) != told["count"]:
            raise AssertionError(f"not all as planned: {report.counts()} {report.stopped}")
        return taken


def _plan(run: Any, users: list[Any], value: str) -> Any:
    from jcad.plan import Action, Change, Identity, ObjectRef, Plan, Target  # noqa: PLC0415

    def action(number: int, user: Any) -> Action:
        change = Change("givenName", user.given_name, f"{value} {number}")
        return Action(
            id=f"set-attributes:{user.sam}",
            kind="update user",
            target=Target.DIRECTORY,
            object=ObjectRef.guid(user.guid),
            name=user.sam,
            wave=2,
            executor="set-attributes",
            changes=(change,),
            expected={change.attribute: change.old},
            item={"set": {change.attribute: change.new}, "clear": ()},
        )

    dc = run.directory.dc
    made_for = Identity(
        organisation="bench", instance="bench", domain_sid=str(dc.domain_sid), domain=str(dc.naming_context), dc=dc.name
    )
    return Plan.make("sync", made_for, [action(number, user) for number, user in enumerate(users)], (), {})


def with_ldap3(told: dict[str, Any]) -> dict[str, Any]:
    """One modify a change over one LDAPS connection: what no script can be faster than. No journal, no check, no reading."""
    import ldap3  # noqa: PLC0415

    server = ldap3.Server(told["address"], 636, use_ssl=True, get_info=ldap3.NONE)
    with ldap3.Connection(server, told["upn"], told["password"], auto_bind=True) as connection:

        def write() -> None:
            for number, dn in enumerate(told["names"]):
                connection.modify(dn, {"givenName": [(ldap3.MODIFY_REPLACE, [f"{told['value']} {number}"])]})
                if connection.result["result"] != 0:
                    raise AssertionError(connection.result)

        return _measured(write)[1]


def with_pywinrm(told: dict[str, Any]) -> dict[str, Any]:
    """One `run_ps` a change, as scripts that loop over pywinrm do."""
    import winrm  # noqa: PLC0415

    session = winrm.Session(
        f"https://{told['address']}:5986/wsman", auth=(told["user"], told["password"]), transport="ntlm",
        ca_trust_path=told["ca_file"], server_cert_validation="validate",
    )  # fmt: skip

    def write() -> None:
        for number, sam in enumerate(told["sams"]):
            answer = session.run_ps(f"Set-ADUser -Identity '{sam}' -GivenName '{told['value']} {number}'")
            if answer.status_code != 0:
                raise AssertionError(answer.std_err.decode(errors="replace"))

    return _measured(write)[1]


def _measured(deed: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = deed()
    return result, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


CLIENTS = {"jcad": with_jcad, "ldap3": with_ldap3, "pywinrm": with_pywinrm}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps(CLIENTS[sys.argv[1]](json.load(sys.stdin))))
