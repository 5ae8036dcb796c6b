"""`jcad doctor connect`: each step by name, each failure with its remedy, nothing changed, one wrong password counted once."""

from __future__ import annotations

import socket

import pytest
from labsite import Site

from jcad.lab.domain.certificates import CertificateAuthority
from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, NO_REMOTING, READER, WRITER

MEMBER = "srv1.lab.jcad.test"
OTHERS = f"(!(|(sAMAccountName={READER})(sAMAccountName={WRITER})))"
"""All but the two that log on, whose lastLogon changes."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("doctor") / "lab", controllers=2, members=1) as lab:
        yield Site(lab)


@pytest.fixture
def site(shared):
    yield shared
    shared.lab.faults.clear()
    for host in shared.lab.hosts:
        host.start()
    shared.__post_init__()
    (shared.lab.folder / "state.db").unlink(missing_ok=True)


def connect(site, *arguments):
    """The exit code, and the steps by part and name."""
    answer = site.jcad("doctor", "connect", "--json", *arguments)
    return answer.code, {(step["part"], step["step"]): step for step in answer.document["steps"]}


def failed(steps):
    return [key for key, step in steps.items() if step["status"] == "failed"]


def unchecked(steps):
    return [key for key, step in steps.items() if step["status"] == "not checked"]


def test_a_lab_is_well_and_nothing_is_changed(site):
    before = site.lab.database.search(OTHERS, ["uSNChanged"])
    code, steps = connect(site)
    assert (code, failed(steps), unchecked(steps)) == (0, [], [])
    assert "LAB" in steps["remoting", "PowerShell"]["detail"]
    assert "FullLanguage" in steps["remoting", "PowerShell"]["detail"]
    assert "ms" in steps["remoting", "round trips"]["detail"]
    assert site.lab.database.search(OTHERS, ["uSNChanged"]) == before
    assert site.lab.dc(1).https.shells == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--protection", "ntlm"),
        ("--authentication", "negotiate"),
        ("--authentication", "basic"),
        ("--scheme", "http"),
        ("--protocol", "winrm", "--scheme", "http"),
    ],
    ids=" ".join,
)
def test_other_ways_than_the_settings_are_tried_for_this_once(site, options):
    code, steps = connect(site, "--only", "directory", "--only", "remoting", *options)
    assert (code, failed(steps)) == (0, [])


def test_kerberos_is_tried_with_the_labs_own_kdc(site, monkeypatch):
    pytest.importorskip("gssapi")
    monkeypatch.setenv("KRB5_CONFIG", str(site.lab.krb5_conf))
    code, steps = connect(
        site, "--only", "directory", "--only", "remoting", "--protection", "kerberos", "--authentication", "kerberos"
    )
    assert (code, failed(steps)) == (0, [])
    assert "by kerberos" in steps["remoting", "login"]["detail"]


def test_a_way_that_does_not_exist_is_refused_before_anything_is_tried(site):
    answer = site.jcad("doctor", "connect", "--authentication", "credssp")
    assert answer.code == 1
    assert "authentication" in answer.err


def test_a_name_that_dns_does_not_know(site):
    site.edit("[directory]\n", '[directory]\nservers = ["dc9.lab.jcad.test"]\n')
    code, steps = connect(site, "--only", "directory")
    assert (code, failed(steps)) == (1, [("directory", "name")])
    assert unchecked(steps) == [("directory", name) for name in ("port", "TLS and certificate", "login", "domain")]


def test_a_port_that_takes_no_connection(site):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    site.edit("[remoting]\n", f"[remoting]\nport = {port}\n")
    code, steps = connect(site, "--only", "remoting")
    assert (code, failed(steps)) == (1, [("remoting", "port")])
    assert "winrm enumerate" in steps["remoting", "port"]["remedy"]


def test_one_domain_controller_that_is_down_is_told_and_passed_over(site):
    site.lab.dc(1).stop()
    code, steps = connect(site, "--only", "directory", "--only", "remoting")
    assert (code, failed(steps)) == (0, [])
    assert "not: dc1" in steps["directory", "port"]["detail"]
    assert "write dc2" in steps["remoting", "name"]["detail"]


def test_a_certificate_of_another_authority(site, tmp_path):
    other = CertificateAuthority(tmp_path / "other").certificate
    site.edit(f'ca_file = "{site.lab.ca_file}"\n\n[sync]', f'ca_file = "{other}"\n\n[sync]')
    code, steps = connect(site, "--only", "remoting")
    assert (code, failed(steps)) == (1, [("remoting", "TLS and certificate")])
    assert "ca_file" in steps["remoting", "TLS and certificate"]["remedy"]
    assert ("remoting", "login") in unchecked(steps)


def test_a_wrong_password_is_counted_once_however_often_it_is_tried(site):
    site.set_secret(READER, "wrong")
    before = int(site.value(READER, "badPwdCount") or 0)
    code, steps = connect(site, "--only", "directory")
    assert (code, failed(steps)) == (1, [("directory", "login")])
    code, steps = connect(site, "--only", "directory")
    assert (code, failed(steps)) == (5, [])
    assert "not tried again" in steps["directory", "login"]["detail"]
    assert int(site.value(READER, "badPwdCount")) == before + 1


def test_one_account_for_everything_is_tried_once(site):
    folder = site.lab.folder / "secrets"
    site.edit(
        f'user = "LAB\\\\{READER}"\npassword = "file:{folder / READER}"',
        f'user = "LAB\\\\{WRITER}"\npassword = "file:{folder / WRITER}"',
    )
    site.set_secret(WRITER, "wrong")
    before = site.lab.accounts.wrong_passwords(WRITER)
    code, steps = connect(site, "--only", "directory", "--only", "remoting")
    assert (code, failed(steps)) == (1, [("directory", "login")])
    assert steps["remoting", "login"]["status"] == "not checked"
    assert site.lab.accounts.wrong_passwords(WRITER) == before + 1


def test_a_login_without_the_right_to_open_a_session(site):
    site.edit(f'user = "LAB\\\\{WRITER}"', f'user = "LAB\\\\{NO_REMOTING}"')
    site.edit(f"secrets/{WRITER}", f"secrets/{NO_REMOTING}")
    code, steps = connect(site, "--only", "remoting")
    assert (code, failed(steps)) == (1, [("remoting", "rights to log on")])
    assert steps["remoting", "login"]["status"] == "ok"
    assert "Remote Management Users" in steps["remoting", "rights to log on"]["remedy"]


def test_a_way_that_the_host_does_not_offer_is_told_before_the_password_is_used(site):
    code, steps = connect(site, "--only", "remoting", "--authentication", "basic", "--scheme", "https")
    assert code == 0
    site.edit("[remoting]\n", '[remoting]\nproxy = "http://127.0.0.1:9"\n')
    code, steps = connect(site, "--only", "remoting")
    assert failed(steps) == [("remoting", "port")]
    assert "the proxy" in steps["remoting", "port"]["detail"]


def test_the_account_that_writes_is_tried_from_the_host_that_runs_the_scripts(site):
    folder = site.lab.folder / "secrets"
    site.edit(
        f'[remoting]\nuser = "LAB\\\\{WRITER}"\npassword = "file:{folder / WRITER}"\n',
        f'[remoting]\nrun_on = "{MEMBER}"\nuser = "LAB\\\\{ADMINISTRATOR}"\npassword = "file:{folder / ADMINISTRATOR}"\n'
        f'write_as = "LAB\\\\{WRITER}"\nwrite_password = "file:{folder / WRITER}"\n',
    )
    code, steps = connect(site, "--only", "remoting")
    assert (code, failed(steps)) == (0, [])
    assert f"LAB\\{WRITER} from there" in steps["remoting", "directory from there"]["detail"]
    site.set_secret(WRITER, "wrong")
    before = int(site.value(WRITER, "badPwdCount") or 0)
    code, steps = connect(site, "--only", "remoting")
    assert (code, failed(steps)) == (1, [("remoting", "directory from there")])
    assert connect(site, "--only", "remoting")[0] == 5
    assert int(site.value(WRITER, "badPwdCount")) == before + 1


def test_jumpcloud_without_its_key(site):
    site.set_secret("api-key", "wrong")
    code, steps = connect(site, "--only", "jumpcloud")
    assert (code, failed(steps)) == (1, [("jumpcloud", "login")])
    assert steps["jumpcloud", "AD instance"]["status"] == "not checked"


def test_for_people_each_step_is_a_line_with_its_remedy(site):
    site.set_secret(READER, "wrong")
    answer = site.jcad("doctor", "connect", "--only", "directory")
    assert "ok" in answer.out
    assert "failed" in answer.out
    assert "->" in answer.out


def test_ldaps_is_ready_on_every_domain_controller_and_one_that_is_down_is_told_of(site):
    answer = site.jcad("doctor", "ldaps", "--json")
    assert answer.code == 0
    assert {step["part"] for step in answer.document["steps"]} == {"dc1.lab.jcad.test", "dc2.lab.jcad.test"}
    assert {step["status"] for step in answer.document["steps"]} == {"ok"}
    site.lab.dc(2).stop()
    answer = site.jcad("doctor", "ldaps", "--json")
    assert answer.code == 1
    wrong = {(step["part"], step["step"]) for step in answer.document["steps"] if step["status"] == "failed"}
    assert wrong == {("dc2.lab.jcad.test", "answers")}


def test_an_authority_that_the_settings_do_not_name_is_not_trusted(site, tmp_path):
    stranger = CertificateAuthority(tmp_path)
    before = site.settings.read_text("utf-8")
    head, directory = before.split("[directory]")
    site.settings.write_text(
        f"{head}[directory]{directory.replace(str(site.lab.ca_file), str(stranger.certificate), 1)}", "utf-8"
    )
    answer = site.jcad("doctor", "ldaps", "--json")
    assert answer.code == 1
    assert {step["step"] for step in answer.document["steps"] if step["status"] == "failed"} == {"trust"}
