"""A lab server with the seed in it, and readers of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jcad.jumpcloud import Address, JumpCloudReader, Patience
from jcad.lab.faults import Faults
from jcad.lab.jumpcloud import Certificate, JumpCloudServer, Tenant
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


@pytest.fixture(scope="session")
def make_certificate():
    """Make a self-signed certificate for an address."""
    return _certificate


def _certificate(folder, name, *, address="127.0.0.1", days=10):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(chain, private)
