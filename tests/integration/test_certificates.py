"""A client certificate logs a local account of a member server on; domain controllers have no local accounts."""

from __future__ import annotations

import pytest
from labsite import Site

from jcad.lab.lab import LOCAL_ACCOUNT, Lab
from jcad.lab.seed import WRITER

MEMBER = "srv1.lab.jcad.test"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("certificates") / "lab", members=1) as lab:
        yield Site(lab)


@pytest.fixture
def site(shared):
    yield shared
    shared.__post_init__()
    (shared.lab.folder / "state.db").unlink(missing_ok=True)


def by_certificate(site, host, certificate):
    folder = site.lab.folder / "secrets"
    site.edit(
        f'[remoting]\nuser = "LAB\\\\{WRITER}"\npassword = "file:{folder / WRITER}"\n',
        f'[remoting]\nrun_on = "{host}"\nuser = "SRV1\\\\{LOCAL_ACCOUNT}"\nauthentication = "certificate"\n'
        f'certificate = "{certificate.certificate}"\nkey = "{certificate.key}"\n'
        f'write_as = "LAB\\\\{WRITER}"\nwrite_password = "file:{folder / WRITER}"\n',
    )


def test_a_mapped_certificate_opens_the_session_and_the_writer_writes(site):
    by_certificate(site, MEMBER, site.lab.client_certificate())
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 0, answer.err + answer.out
    assert site.jcad("sync", "plan", "--json").kinds().get("update user", 0) == 0


def test_a_certificate_that_is_mapped_to_nobody_is_told(site):
    by_certificate(site, MEMBER, site.lab.client_certificate("somebody"))
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user", "--limit", "1")
    assert answer.code == 1
    assert "does not take the client certificate" in " ".join(answer.err.split())
    assert "ClientCertificate" in answer.err


def test_a_domain_controller_maps_no_certificate(site):
    by_certificate(site, "dc1.lab.jcad.test", site.lab.client_certificate())
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user", "--limit", "1")
    assert answer.code == 1
    assert "never on a domain controller" in " ".join(answer.err.split())


def test_a_key_that_others_can_read_is_refused(site):
    certificate = site.lab.client_certificate()
    certificate.key.chmod(0o640)
    by_certificate(site, MEMBER, certificate)
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user", "--limit", "1")
    assert answer.code == 1
    assert "others can read" in answer.err
