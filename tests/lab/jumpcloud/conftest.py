"""A lab server with the seed in it, and a client that holds every answer against JumpCloud's published description."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from jcad.lab.faults import Faults
from jcad.lab.jumpcloud import JumpCloudServer, Tenant
from jcad.lab.seed import API_KEY, make_seed

_DESCRIPTION = json.loads((Path(__file__).parent / "description.json").read_text(encoding="utf-8"))
_BEYOND = {"id"}  # JumpCloud sends both _id and id for users; the description knows _id


def _strict(schema: Any, *, closed: bool = True) -> Any:
    """The schema as JSON Schema; closed: a field that the description does not know is an error."""
    if isinstance(schema, list):
        return [_strict(each, closed=closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _strict(value, closed=name != "allOf" and closed) for name, value in schema.items()}
    if closed and isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        made["properties"] |= {name: {} for name in _BEYOND - schema["properties"].keys()}
        made["additionalProperties"] = False
    return {"anyOf": [made, {"type": "null"}]} if schema.get("x-nullable") else made


class Described:
    """A client that checks method, path, status, body and answer of each request against the description."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.checked: set[tuple[str, str, str]] = set()

    def __call__(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        reply = self.client.request(method, path, **arguments)
        version = "v2" if path.startswith("/api/v2/") else "v1"
        template, operation = self._operation(version, method, path)
        described = operation["responses"]
        assert str(reply.status_code) in described, (method, path, reply.status_code, reply.text)
        if "json" in arguments and "body" in operation:
            self._check(version, operation["body"], arguments["json"], closed=False)
        schema = described[str(reply.status_code)]
        if schema is not None:
            self._check(version, schema, reply.json(), closed=True)
        self.checked.add((version, method, template))
        return reply

    @staticmethod
    def _operation(version: str, method: str, path: str) -> tuple[str, dict[str, Any]]:
        base = _DESCRIPTION[version]["basePath"].rstrip("/")
        for template, operations in _DESCRIPTION[version]["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if re.fullmatch(base + pattern, path.partition("?")[0]) and method.lower() in operations:
                return template, operations[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    @staticmethod
    def _check(version: str, schema: Any, value: Any, *, closed: bool) -> None:
        definitions = {
            name: _strict(
                each, closed=closed and not name.startswith(("GraphAttribute", "GroupAttribute", "GraphOperation"))
            )
            for name, each in _DESCRIPTION[version]["definitions"].items()
        }
        whole = {"definitions": definitions, **_strict(schema, closed=closed)}
        jsonschema.Draft4Validator(whole).validate(value)

    @staticmethod
    def operations() -> set[tuple[str, str, str]]:
        """Every operation that the kept part of the description has."""
        return {
            (version, method.upper(), template)
            for version, part in _DESCRIPTION.items()
            for template, operations in part["paths"].items()
            for method in operations
        }


@pytest.fixture
def tenant():
    return Tenant.from_seed(make_seed().tenant)


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
def server(tenant, faults):
    with JumpCloudServer(tenant=tenant, faults=faults) as running:
        yield running


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, headers={"x-api-key": API_KEY}, trust_env=False) as made:
        yield made


@pytest.fixture
def call(client):
    return Described(client)
