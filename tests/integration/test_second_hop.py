"""Scripts that run on a member server and write the domain controller: only with an account of their own for it."""

from __future__ import annotations

import pytest
from labsite import Site

from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, WRITER

MEMBER = "srv1.lab.jcad.test"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("hop") / "lab", members=1) as lab:
        yield Site(lab)


@pytest.fixture
def site(shared):
    yield shared
    shared.__post_init__()
    (shared.lab.folder / "state.db").unlink(missing_ok=True)


def run_on_the_member(site, protocol="psrp"):
    """The session is the administrator's, on the member server; the writer writes, by a credential."""
    folder = site.lab.folder / "secrets"
    site.edit(
        f'[remoting]\nuser = "LAB\\\\{WRITER}"\npassword = "file:{folder / WRITER}"\n',
        f'[remoting]\nrun_on = "{MEMBER}"\nprotocol = "{protocol}"\n'
        f'user = "LAB\\\\{ADMINISTRATOR}"\npassword = "file:{folder / ADMINISTRATOR}"\n'
        f'write_as = "LAB\\\\{WRITER}"\nwrite_password = "file:{folder / WRITER}"\n',
    )


@pytest.mark.parametrize(("protocol", "kind"), [("psrp", "create user"), ("winrm", "update user")])
def test_a_member_server_writes_the_domain_controller_by_the_writers_credential(site, protocol, kind):
    run_on_the_member(site, protocol)
    answer = site.jcad("sync", "apply", "--yes", "--only", kind)
    assert answer.code == 0, answer.err + answer.out
    assert site.jcad("sync", "plan", "--json").kinds().get(kind, 0) == 0
    assert site.lab.member(1).https.requests["create"]


def test_without_an_account_that_writes_the_run_is_refused(site):
    site.edit("[remoting]\n", f'[remoting]\nrun_on = "{MEMBER}"\n')
    before = site.lab.member(1).https.requests["http"]
    answer = site.jcad("sync", "apply", "--yes", "--only", "add member")
    assert "cannot hop on" in " ".join(answer.err.split())
    assert "write_as" in answer.err
    assert answer.code in {1, 3}
    assert site.lab.member(1).https.requests["http"] == before


def test_a_wrong_password_of_the_writer_is_counted_once_and_remembered(site):
    run_on_the_member(site)
    site.set_secret(WRITER, "wrong")
    before = int(site.value(WRITER, "badPwdCount") or 0)
    answer = site.jcad("sync", "apply", "--yes", "--only", "add member")
    assert answer.code == 1
    assert "the account that writes" in " ".join(answer.err.split())
    assert int(site.value(WRITER, "badPwdCount")) == before + 1
    again = site.jcad("sync", "apply", "--resume")
    assert "not tried again" in " ".join(again.err.split())
    assert int(site.value(WRITER, "badPwdCount")) == before + 1
