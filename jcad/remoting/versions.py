"""Whether a JEA endpoint has the function of a script, in the version that is to be run. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from jcad.errors import RemotingError
from jcad.model.script import Script
from jcad.remoting.endpoint import Endpoint

HINT = (
    "make the endpoint's files again (jcad script jea FOLDER), copy them to the host and register the configuration anew "
    "(Register-PSSessionConfiguration -Force)"
)
_LONGEST = 100_000


def read_versions(lines: Iterable[str], endpoint: Endpoint) -> dict[str, str]:
    """The digests by name, as the endpoint's version function gives them. Raises RemotingError for anything else."""
    found: dict[str, str] = {}
    for line in lines:
        try:
            told = json.loads(line[:_LONGEST])
            found[str(told["name"])] = str(told["digest"])
        except (ValueError, KeyError, TypeError) as error:
            raise RemotingError(
                f"{endpoint.url}: the session configuration {endpoint.configuration} does not say which scripts it has",
                hint=HINT,
            ) from error
    return found


def missing_functions(endpoint: Endpoint) -> RemotingError:
    """The error of an endpoint without jcad's functions."""
    return RemotingError(
        f"{endpoint.url}: the session configuration {endpoint.configuration} has none of jcad's functions, or hides them from "
        f"{endpoint.user}",
        hint=HINT,
    )


def require_version(versions: dict[str, str], script: Script, endpoint: Endpoint) -> None:
    """Raise RemotingError unless the endpoint has this very script."""
    found = versions.get(script.name)
    if found is None:
        raise RemotingError(
            f"{endpoint.url}: the session configuration {endpoint.configuration} has no function {script.function}: it was "
            "made by an older version of jcad. Nothing was run",
            hint=HINT,
        )
    if found != script.digest:
        raise RemotingError(
            f"{endpoint.url}: {script.function} of the session configuration {endpoint.configuration} is another version "
            f"(digest {found[:12]}) than the one that is to run ({script.digest[:12]}). Nothing was run",
            hint=HINT,
        )
