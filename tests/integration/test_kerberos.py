"""Kerberos with the lab's own KDC: LDAP sealed, WinRM over both schemes, tickets from a cache, a keytab, a password."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from labsite import Site
from spnego.channel_bindings import GssChannelBindings

from jcad.lab.endpoint.logon import BAD_BINDINGS
from jcad.lab.lab import Lab
from jcad.lab.seed import DISABLED, READER, WRITER, password_of

pytest.importorskip("gssapi")
pytest.importorskip("krb5")

NEEDS_KINIT = pytest.mark.skipif(shutil.which("kinit") is None, reason="krb5-user is not installed")
NEEDS_FAKETIME = pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
PROGRAM = "import sys; from jcad.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("kerberos") / "lab", controllers=2, members=1) as lab:
        yield Site(lab)


@pytest.fixture
def site(shared, monkeypatch, tmp_path):
    """A site whose clients find the lab's KDC, and a ticket cache of the test's own, empty."""
    monkeypatch.setenv("KRB5_CONFIG", str(shared.lab.krb5_conf))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path / 'tickets'}")
    yield shared
    shared.__post_init__()
    (shared.lab.folder / "state.db").unlink(missing_ok=True)


def kinit(account, *options):
    command = ["kinit", *options, f"{account}@LAB.JCAD.TEST"]
    subprocess.run(command, input=password_of(account) + "\n", text=True, check=True, capture_output=True)


def use(site, table, account, *lines):
    """Let a table of the settings log on by these lines instead of its password."""
    old = f'user = "LAB\\\\{account}"\npassword = "file:{site.lab.folder}/secrets/{account}"\n'
    site.edit(f"[{table}]\n", f"[{table}]\n" + "".join(f"{line}\n" for line in lines))
    site.edit(old, f'user = "LAB\\\\{account}"\n')


def elsewhen(site, offset, *arguments):
    """Call jcad with another idea of the time."""
    command = ["faketime", offset, sys.executable, "-c", PROGRAM, "--config", str(site.settings), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))


def apply_one(site):
    """Carry out one update that the plan has: what is left of them is as good as the last one."""
    plan = site.jcad("sync", "plan", "--json").document
    name = next(action["name"] for action in plan["actions"] if action["kind"] == "update user")
    return site.jcad("sync", "apply", "--yes", "--only", name)


@NEEDS_KINIT
def test_a_ticket_of_the_cache_reads_the_directory_sealed(site):
    use(site, "directory", READER, 'protection = "kerberos"')
    kinit(READER)
    assert site.jcad("sync", "plan").code == 2


def test_a_keytab_reads_the_directory_of_each_domain_controller(site):
    keytab = site.lab.keytab(READER)
    for number in (1, 2):
        use(site, "directory", READER, 'protection = "kerberos"', f'keytab = "{keytab}"',
            f'servers = ["dc{number}.lab.jcad.test"]')  # fmt: skip
        answer = site.jcad("sync", "plan")
        assert answer.code == 2, answer.err
        site.__post_init__()


def test_a_password_is_good_for_a_ticket_too(site):
    site.edit("[directory]\n", '[directory]\nprotection = "kerberos"\n')
    assert site.jcad("sync", "plan").code == 2


def test_a_login_within_tls_reads_the_directory(site):
    site.edit("[directory]\n", '[directory]\nprotection = "ldaps+kerberos"\n')
    answer = site.jcad("sync", "plan")
    assert answer.code == 2, answer.err


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_scripts_run_in_a_session_that_a_ticket_opened(site, scheme):
    keytab = site.lab.keytab(WRITER)
    use(site, "remoting", WRITER, 'authentication = "kerberos"', f'keytab = "{keytab}"', f'scheme = "{scheme}"')
    answer = apply_one(site)
    assert answer.code == 0, answer.err


def test_a_ticket_that_is_bound_to_another_channel_is_refused(site, monkeypatch):
    keytab = site.lab.keytab(WRITER)
    use(site, "remoting", WRITER, 'authentication = "kerberos"', f'keytab = "{keytab}"')
    monkeypatch.setattr("jcad.remoting.login.channel_bindings", lambda _: GssChannelBindings(application_data=b"other"))
    answer = apply_one(site)
    assert answer.code == 1
    assert "did not take the Kerberos ticket" in " ".join(answer.err.split())
    assert any(refusal.code == BAD_BINDINGS for refusal in site.lab.dc(1).https.refusals)


def test_no_ticket_is_told_with_its_remedy(site):
    use(site, "directory", READER, 'protection = "kerberos"')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "holds no Kerberos ticket of jcad-reader@LAB.JCAD.TEST" in answer.err
    assert "kinit" in answer.err


@NEEDS_KINIT
@NEEDS_FAKETIME
def test_an_expired_ticket_is_told_with_its_remedy(site):
    use(site, "directory", READER, 'protection = "kerberos"')
    kinit(READER)
    answer = elsewhen(site, "+2 days", "sync", "plan")
    assert answer.returncode == 1
    assert "has expired" in answer.stderr
    assert "kinit" in answer.stderr


@NEEDS_KINIT
@NEEDS_FAKETIME
def test_clock_skew_is_told_with_its_remedy(site):
    use(site, "directory", READER, 'protection = "kerberos"')
    kinit(READER)
    answer = elsewhen(site, "+1 hour", "sync", "plan")
    assert answer.returncode == 1
    assert "clock" in answer.stderr
    assert "no password was refused" in " ".join(answer.stderr.split())


def test_a_keytab_that_others_can_read_is_refused(site):
    keytab = site.lab.keytab(READER)
    keytab.chmod(0o644)
    use(site, "directory", READER, 'protection = "kerberos"', f'keytab = "{keytab}"')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "others can read" in answer.err
    assert "chmod 600" in answer.err


def test_a_keytab_without_the_account_is_told(site):
    use(site, "directory", READER, 'protection = "kerberos"', f'keytab = "{site.lab.keytab(WRITER)}"')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "holds no key of jcad-reader@LAB.JCAD.TEST" in answer.err


def test_an_unknown_principal_is_told_and_remembered(site):
    site.edit("[directory]\n", '[directory]\nprotection = "kerberos"\n')
    site.edit(f'user = "LAB\\\\{READER}"', 'user = "nobody@lab.jcad.test"')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "the domain knows no account nobody@LAB.JCAD.TEST" in " ".join(answer.err.split())
    assert "not tried again" in " ".join(site.jcad("sync", "plan").err.split())


def test_a_wrong_password_is_counted_once(site):
    site.edit("[directory]\n", '[directory]\nprotection = "kerberos"\n')
    site.set_secret(READER, "wrong")
    before = site.lab.accounts.wrong_passwords(READER)
    answer = site.jcad("sync", "plan")
    assert "pre-authentication failed" in answer.err
    assert site.lab.accounts.wrong_passwords(READER) == before + 1
    site.jcad("sync", "plan")
    assert site.lab.accounts.wrong_passwords(READER) == before + 1


def test_a_disabled_account_is_told_as_revoked(site):
    site.edit("[directory]\n", '[directory]\nprotection = "kerberos"\n')
    site.edit(f'user = "LAB\\\\{READER}"', f'user = "LAB\\\\{DISABLED}"')
    site.edit(f"secrets/{READER}", f"secrets/{DISABLED}")
    assert "disabled, locked or expired" in site.jcad("sync", "plan").err


def test_a_host_without_a_service_name_is_told(site):
    site.edit("[directory]\n", '[directory]\nprotection = "kerberos"\nservers = ["localhost"]\nport = 389\n')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
