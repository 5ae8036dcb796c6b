"""A session over the real wire: what runs, what comes back, and that nothing stays behind."""

from __future__ import annotations

import hashlib
import time

import pytest

from jcad.errors import ConnectionFailed, ScriptError
from jcad.lab.endpoint.authentication import ConnectionSecurity
from jcad.model.secret import Secret
from jcad.remoting import Authentication, open_session

MECHANISMS = [Authentication.NTLM, Authentication.NEGOTIATE]


@pytest.mark.parametrize("authentication", MECHANISMS)
def test_lines_come_back_over_sealed_http(http, endpoint, password, call, authentication):
    with open_session(endpoint(http, authentication=authentication), password) as session:
        assert session.server == "dc1.lab.jcad.test"
        assert list(session.run(call("lines 3"))) == ["line 0", "line 1", "line 2"]
        assert list(session.run(call("lines 2"))) == ["line 0", "line 1"]
    assert http.shells == 0


@pytest.mark.parametrize("authentication", [*MECHANISMS, Authentication.BASIC])
def test_lines_come_back_over_https(https, endpoint, password, call, authentication):
    with open_session(endpoint(https, authentication=authentication), password) as session:
        assert list(session.run(call("lines 3"))) == ["line 0", "line 1", "line 2"]


@pytest.mark.parametrize("authentication", MECHANISMS)
def test_a_name_and_password_beyond_ascii_log_on(http, endpoint, call, authentication):
    described = endpoint(http, user="LAB\\José", authentication=authentication)
    with open_session(described, Secret("Pässwörd-渡辺")) as session:
        assert list(session.run(call("lines 1"))) == ["line 0"]


def test_a_pipeline_costs_two_requests_and_the_pool_few(http, endpoint, password, call):
    session = open_session(endpoint(http), password)
    opened = http.requests["http"]
    for _ in range(5):
        assert list(session.run(call("lines 1"))) == ["line 0"]
    spent = http.requests["http"] - opened
    session.close()
    assert opened <= 6
    assert spent <= 5 * 2 + 1


def test_the_host_is_told_to_forget_finished_pipelines(http, endpoint, password, call):
    """It counts them per session, and refuses more after a thousand."""
    with open_session(endpoint(http), password) as session:
        for _ in range(60):
            list(session.run(call("lines 1")))
        assert http.requests["signal"] == 50


def test_lines_come_as_they_happen(http, endpoint, password, call):
    with open_session(endpoint(http), password) as session:
        lines = session.run(call("slow 30"))
        assert next(lines) == "line 0"
        first = time.monotonic()
        assert list(lines) == [f"line {n}" for n in range(1, 30)]
        assert time.monotonic() - first > 1  # the script runs for three seconds: its lines did not wait for its end


def test_parameters_keep_their_types(http, endpoint, password, call):
    with open_session(endpoint(http), password) as session:
        lines = list(session.run(call("parameters", Batch="O'Brien 渡辺 \U0001f600 _x0041_", WhatIf=True, Big=1 << 40)))
    assert [line.split(" ", 2)[::2] for line in lines] == [
        ["Batch", "O'Brien 渡辺 \U0001f600 _x0041_"], ["Big", str(1 << 40)], ["WhatIf", "True"],
    ]  # fmt: skip


def test_a_large_batch_arrives_whole(http, endpoint, password, call):
    """Larger than one envelope: it travels in several requests."""
    with open_session(endpoint(http), password) as session:
        (line,) = session.run(call("parameters", Batch="x" * 900_000))
    assert line.count("x") == 900_000


def test_secrets_travel_as_secure_strings(https, endpoint, password, call):
    secrets = [Secret("hush-1"), Secret("hush-渡辺")]
    with open_session(endpoint(https), password) as session:
        for _ in range(2):
            lines = [line.split() for line in session.run(call("secrets", secrets=secrets))]
            assert [line[2] for line in lines] == [
                hashlib.sha256(secret.reveal().encode()).hexdigest() for secret in secrets
            ]
            assert all("Secure" in line[0] for line in lines)


def test_what_is_no_text_comes_as_text(http, endpoint, password, call):
    with open_session(endpoint(http), password) as session:
        assert list(session.run(call("number"))) == ["5"]


@pytest.mark.parametrize(("script", "first"), [("throw", "before"), ("error", "after")])
def test_an_error_of_the_script_is_told_by_its_id_after_the_lines(http, endpoint, password, call, script, first):
    """Also where it did not end the script: a script of jcad's has nothing to say on the error stream."""
    with open_session(endpoint(http), password) as session:
        lines = session.run(call(script))
        assert next(lines) == first
        with pytest.raises(
            ScriptError, match=r"ActiveDirectoryCmdlet:Microsoft\.ActiveDirectory\.Management\.ADIdentityN"
        ):
            next(lines)
        assert list(session.run(call("lines 1"))) == ["line 0"]


def test_a_script_that_says_nothing_for_longer_than_a_poll_goes_on(http, endpoint, password, call):
    described = endpoint(http, operation_timeout=1, read_timeout=3)
    with open_session(described, password) as session:
        assert list(session.run(call("silent 3"))) == ["done"]


def test_a_script_that_says_nothing_for_too_long_is_stopped_and_the_session_kept(
    http, endpoint, password, call, runspaces, eventually
):
    described = endpoint(http, operation_timeout=1, read_timeout=3, script_timeout=2)
    with open_session(described, password) as session:
        with pytest.raises(ScriptError, match=r"gave no result on .* for 2 s, and was stopped"):
            list(session.run(call("silent 60")))
        assert eventually(lambda: runspaces.stopped == 1)
        assert list(session.run(call("lines 1"))) == ["line 0"]


def test_leaving_the_lines_early_stops_the_script_and_keeps_the_session(
    http, endpoint, password, call, runspaces, eventually
):
    with open_session(endpoint(http), password) as session:
        lines = session.run(call("slow 100"))
        assert next(lines) == "line 0"
        lines.close()
        assert eventually(lambda: runspaces.stopped == 1)
        assert list(session.run(call("lines 2"))) == ["line 0", "line 1"]


def test_an_exception_in_the_caller_leaves_no_shell(http, endpoint, password, call, runspaces, eventually):
    with pytest.raises(KeyboardInterrupt), open_session(endpoint(http), password) as session:  # noqa: PT012
        for _ in session.run(call("slow 100")):
            raise KeyboardInterrupt
    assert http.shells == 0
    assert eventually(lambda: runspaces.open == 0)


def test_closing_twice_and_running_after_it(http, endpoint, password, call):
    session = open_session(endpoint(http), password)
    session.close()
    session.close()
    with pytest.raises(ConnectionFailed, match="the session was closed"):
        list(session.run(call("lines 1")))


def test_the_environment_sends_nothing_elsewhere_and_trusts_nobody_else(
    https, endpoint, password, call, monkeypatch, tmp_path
):
    """No proxy, no netrc, no further authorities: what is in the settings is all there is."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    (tmp_path / ".netrc").write_text("machine dc1.lab.jcad.test login other password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with open_session(endpoint(https), password) as session:
        assert list(session.run(call("lines 1"))) == ["line 0"]


@pytest.mark.parametrize(("kind", "requests"), [("http", 5), ("https", 4)])
def test_a_session_takes_as_few_requests_as_there_can_be(request, endpoint, password, kind, requests):
    """Two legs of the login (over https the second is the request itself), create, receive, delete: nobody asks first."""
    server = request.getfixturevalue(kind)
    open_session(endpoint(server), password).close()
    assert server.requests["http"] == requests


def test_a_server_that_passes_over_what_it_did_not_ask_for_is_logged_on_at_as_usual(
    https, endpoint, password, call, accounts, monkeypatch
):
    """Such a server answers as to somebody who showed nothing; no password was used, so the login begins anew."""
    admit, shown = ConnectionSecurity.admit, []

    def pass_over(self, header):
        shown.append(header)
        return admit(self, header if len(shown) > 1 else None)

    monkeypatch.setattr(ConnectionSecurity, "admit", pass_over)
    with open_session(endpoint(https), password) as session:
        assert list(session.run(call("lines 2"))) == ["line 0", "line 1"]
    assert all(shown[:3])
    assert not accounts.wrong
