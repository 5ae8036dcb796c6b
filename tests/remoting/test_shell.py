"""Sessions over WinRM's command shell, on the lab's own endpoint with the lab's interpreter behind it."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, ScriptError, SettingsError
from jcad.lab.endpoint import EndpointServer
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.powershell.engine import Engine
from jcad.model import Call, Script, Secret
from jcad.remoting import Authentication, Protocol, open_session
from jcad.remoting.bootstrap import BOOTSTRAP, COMMAND_LINE_LIMIT, LineReader, command_line, document, errors_of

SHOW_SECRET = """
param([string] $Batch, [securestring[]] $Secret)
foreach ($one in $Secret) {
    $credential = New-Object -TypeName PSCredential -ArgumentList 'x', $one
    $one.GetType().Name + ' ' + $credential.GetNetworkCredential().Password.Length
}
"""


def call(text, *secrets, **parameters):
    script = Script(name="a-script", synopsis="", text=text, digest="")
    return Call(script=script, parameters=parameters, secrets=tuple(map(Secret, secrets)))


@pytest.fixture(scope="module")
def engine_runspaces():
    return runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))


@pytest.fixture
def server(accounts, faults, certificate, engine_runspaces):
    with EndpointServer(
        "127.0.0.1", 0, name="dc1.lab.jcad.test", certificate=certificate, authentication=("negotiate", "basic"),
        accounts=accounts, runspaces=engine_runspaces, faults=faults,
    ) as server:  # fmt: skip
        yield server


@pytest.fixture
def open_shell(server, endpoint, password):
    opened = []

    def make(**changes):
        session = open_session(endpoint(server, protocol=Protocol.WINRM, **changes), password)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()
    assert server.shells == 0


def test_the_bootstrap_fits_a_command_line_whatever_it_is_to_run():
    assert len(BOOTSTRAP) < 2000
    assert len(command_line()) < COMMAND_LINE_LIMIT / 2
    assert BOOTSTRAP.isascii()


@pytest.mark.parametrize("authentication", [Authentication.NTLM, Authentication.NEGOTIATE, Authentication.BASIC])
def test_a_script_runs_with_its_parameters(open_shell, authentication):
    session = open_shell(authentication=authentication)
    text = 'param([string] $Batch, [switch] $WhatIf, [int] $N) "$Batch"; "$WhatIf $N"'
    assert list(session.run(call(text, Batch="a 'b' \"c\"", WhatIf=True, N=7))) == ["a 'b' \"c\"", "True 7"]


def test_text_of_any_language_comes_back_as_json_can_say_it(open_shell):
    (line,) = open_shell().run(call("param([string] $Batch) $Batch", Batch="José 渡辺 😀"))
    assert line.encode().decode("unicode_escape").encode("utf-16", "surrogatepass").decode("utf-16") == "José 渡辺 😀"


def test_text_that_looks_like_a_date_stays_text(open_shell):
    wanted = "2026-01-01T00:00:00Z"
    assert list(open_shell().run(call("param([string] $Batch) $Batch", Batch=wanted))) == [wanted]


def test_secrets_arrive_as_secure_strings(open_shell):
    lines = list(open_shell().run(call(SHOW_SECRET, "Pass.word-1", "ééé", Batch="x")))
    assert lines == ["SecureString 11", "SecureString 3"]


def test_a_batch_of_half_a_megabyte_goes_through_standard_input(open_shell):
    batch = "x" * 500_000
    assert list(open_shell().run(call("param([string] $Batch) $Batch.Length", Batch=batch))) == ["500000"]


def test_one_shell_runs_several_scripts_one_process_each(open_shell, server):
    session = open_shell()
    assert list(session.run(call("$global:seen = 1; 'first'"))) == ["first"]
    assert list(session.run(call("[string] ($null -eq $global:seen)"))) == ["True"]
    assert server.requests["create"] == 1


def test_a_script_that_fails_is_an_error_with_its_reason(open_shell):
    session = open_shell()
    with pytest.raises(ScriptError, match=r"a-script failed on dc1.*it is over") as caught:
        list(session.run(call("'before'; throw 'it is over'")))
    assert "exit code 1" in str(caught.value)
    assert list(session.run(call("'after'"))) == ["after"]


def test_lines_before_a_failure_are_given(open_shell):
    lines = open_shell().run(call("'before'; throw 'x'"))
    assert next(lines) == "before"
    with pytest.raises(ScriptError):
        next(lines)


def test_closing_the_iterator_ends_the_script(open_shell, server):
    session = open_shell()
    lines = session.run(call('1..600 | ForEach-Object { "line $_"; Start-Sleep -Milliseconds 100 }'))
    assert next(lines) == "line 1"
    lines.close()
    assert server.requests["signal"] == 1
    assert list(session.run(call("'after'"))) == ["after"]


def test_a_silent_script_is_waited_for(open_shell):
    session = open_shell(operation_timeout=1, read_timeout=5)
    assert list(session.run(call("Start-Sleep -Seconds 2; 'done'"))) == ["done"]


def test_a_script_that_says_nothing_for_too_long_is_stopped(open_shell):
    session = open_shell(operation_timeout=1, read_timeout=5, script_timeout=2)
    with pytest.raises(ScriptError, match=r"gave no result on .* for 2 s, and was stopped"):
        list(session.run(call("Start-Sleep -Seconds 60; 'done'")))
    assert list(session.run(call("'after'"))) == ["after"]


def test_over_http_the_messages_are_sealed(accounts, endpoint, password, engine_runspaces):
    with EndpointServer(
        "127.0.0.1", 0, name="dc1.lab.jcad.test", certificate=None, authentication=("negotiate",),
        accounts=accounts, runspaces=engine_runspaces,
    ) as server, open_session(endpoint(server, protocol=Protocol.WINRM), password) as session:  # fmt: skip
        assert list(session.run(call("'sealed'"))) == ["sealed"]


def test_a_wrong_password_is_counted_once(server, endpoint, accounts):
    with pytest.raises(AuthenticationFailed):
        open_session(endpoint(server, protocol=Protocol.WINRM), Secret("wrong"))
    assert accounts.wrong == {"admin": 1}


def test_the_command_shell_is_for_administrators(server, endpoint, password, accounts):
    accounts.add("operator", "Lab-Passw0rd!", "S-1-5-32-580")
    with pytest.raises(AccessDenied) as caught:
        open_session(endpoint(server, protocol=Protocol.WINRM, user="LAB\\operator"), password)
    assert "Administrators" in (caught.value.hint or "")
    with open_session(endpoint(server, user="LAB\\operator"), password):
        pass


def test_a_broken_line_is_an_error_and_no_second_login(open_shell, faults, server):
    session = open_shell()
    faults.set("endpoint.drop_request", at=1)
    with pytest.raises(ConnectionFailed):
        list(session.run(call("'never'")))


def test_a_closed_session_says_so(open_shell):
    session = open_shell()
    session.close()
    session.close()
    with pytest.raises(ConnectionFailed, match="closed"):
        list(session.run(call("'never'")))


def test_a_jea_endpoint_is_not_reached_this_way(endpoint, server):
    with pytest.raises(SettingsError, match="over psrp alone"):
        endpoint(server, protocol=Protocol.WINRM, configuration="jcad")


def test_nothing_secret_is_logged(open_shell, caplog):
    caplog.set_level(logging.DEBUG)
    list(open_shell().run(call(SHOW_SECRET, "Pass.word-1", Batch="x")))
    assert "Pass.word-1" not in caplog.text
    assert "<env:" not in caplog.text


@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=10), max_size=3),
)
def test_the_document_is_one_line_of_ascii(text, secrets):
    made = document(call(text, *secrets, Batch=text))
    assert made.isascii()
    assert made.endswith(b"\r\n")
    assert b"\n" not in made[:-2]


@settings(max_examples=50)
@given(
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20), max_size=8), st.integers(1, 9)
)
def test_lines_are_whole_however_they_arrive(lines, size):
    data = "".join(f"{line}\r\n" for line in lines).encode()
    reader = LineReader()
    found = [line for start in range(0, len(data), size) for line in reader.feed(data[start : start + size])]
    assert found + reader.end() == lines


def test_standard_output_that_is_not_ascii_is_no_line():
    with pytest.raises(ScriptError, match="not ASCII"):
        LineReader().feed("Grüße\n".encode("cp437"))


def test_only_errors_count_among_what_comes_over_standard_error():
    progress = '#< CLIXML\r\n<Objs><Obj S="progress" RefId="0"><MS/></Obj></Objs>'
    assert errors_of(progress.encode()) == ""
    text = '#< CLIXML\r\n<Objs><S S="Error">a &lt;b&gt; &amp;amp; c_x000D__x000A_</S><S S="Error">d</S></Objs>'
    assert errors_of(text.encode()) == "a <b> &amp; c\r\nd"
    assert errors_of(b"The command line is too long.\r\n") == "The command line is too long."


@given(st.binary(max_size=200))
def test_any_standard_error_is_read(data):
    assert isinstance(errors_of(data), str)
