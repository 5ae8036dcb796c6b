"""A lab server with the seed in it, and readers of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jcad.jumpcloud import Address, JumpCloudReader, Patience
from jcad.lab.faults import Faults
from jcad.lab.jumpcloud import JumpCloudServer, Tenant
from jcad.lab.seed import API_KEY, Seed, make_seed
from jcad.model import Secret

HASTE = Patience(attempts=4, first=0.01, longest=0.05, limit=5.0, timeout=5.0)


@pytest.fixture(scope="session")
def seed() -> Seed:
    return make_seed()


@pytest.fixture
def tenant(seed) -> Tenant:
    return Tenant.from_seed(seed.tenant)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(tenant, faults) -> Iterator[JumpCloudServer]:
    with JumpCloudServer(tenant=tenant, faults=faults) as running:
        yield running


@pytest.fixture
def open_reader(server):
    """Make readers of the lab; they are closed at the end."""
    made = []

    def open_(key: str = API_KEY, *, url: str = "", patience: Patience = HASTE, **address) -> JumpCloudReader:
        reader = JumpCloudReader(Address(base_url=url or server.url, **address), Secret(key), patience=patience)
        made.append(reader)
        return reader

    yield open_
    for reader in made:
        reader.close()


@pytest.fixture
def reader(open_reader) -> JumpCloudReader:
    return open_reader()
